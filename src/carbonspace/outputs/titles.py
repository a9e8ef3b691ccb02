"""What the layers and tables of `results.gpkg` are called, and what is in them."""

from __future__ import annotations

from carbonspace.model.ground import BELOW, OTHERS
from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Text


def _about(name: str, what: Text) -> tuple[Text, Text]:
    return LAYERS[name].title, what


_WITHIN = Text(
    "单元内有自身数值的{}：各指标的数值与结论",
    "{} within the units that have figures of their own: values and verdicts",
)

PLACES: dict[str, tuple[Text, Text]] = {
    "units": _about("units", Text(
        "各指标的数值与结论、未达标的项数",
        "A value and a verdict per indicator, and how many targets are missed",
    )),
    "districts": (Text("行政区", "Districts"), Text(
        "由其单元汇总的数值与结论", "What their units come to together: values and verdicts",
    )),
    **{name: _about(name, Text(_WITHIN.zh.format(LAYERS[name].title.zh),
                               _WITHIN.en.format(LAYERS[name].title.en)))
       for name in ("blocks", "parcels", "buildings", "life_circles")},
}  # fmt: skip
"""Layers of places that are judged: their title, and what is in them."""

GROUND_TITLES: dict[str, Text] = {
    OTHERS: Text("未评价的单元", "Units that were not assessed"),
    f"{BELOW}transit_stops": LAYERS["transit_stops"].title,
    f"{BELOW}bike_corridors": LAYERS["bike_corridors"].title,
    f"{BELOW}roads": Text("道路", "Roads"),
    f"{BELOW}parks": LAYERS["parks"].title,
    f"{BELOW}parcels": Text("用地", "Land use"),
}
"""Layers that are drawn below, the topmost first."""

TABLES: dict[str, Text] = {
    "indicators": Text("指标结论总表：每个地点、指标与条文一行",
                       "Verdicts: one row per place, indicator and clause"),
    "clauses": Text("条文：目标、引文与出处", "Clauses: targets, quotations and sources"),
    "profiles": Text("标准与规划：条文所属的文件", "Profiles: the documents clauses are of"),
    "places": Text("地块、街坊等所属的单元", "The unit that each place within counts to"),
    "findings": Text("数据问题", "Findings about the data"),
    "repairs": Text("几何修复", "Repairs of geometry"),
    "ledger": Text("守恒账：单元之和与全市", "Ledger: the sum of the units against the city"),
    "carbonspace_run": Text("运行记录：版本、参数与输入", "Run: version, parameters and inputs"),
}  # fmt: skip
"""Tables without geometry, those first that are looked into most."""


def both(*texts: Text) -> str:
    """Return texts in both languages, a line each; empty ones are left out."""
    return "\n".join(f"{one.zh} | {one.en}" for one in texts if one.en)
