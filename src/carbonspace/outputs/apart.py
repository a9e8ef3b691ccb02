"""What evidence tells apart: the kinds of its features, alike in QGIS and on the pages."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from carbonspace.model.indicator import Indicator
from carbonspace.model.text import Text
from carbonspace.outputs.captions import evidence_title, is_neutral
from carbonspace.outputs.look import ROOFS, SUN, WAYS

RED, GREEN, GREY = "#c1272d", "#007a5c", "#9aa1ac"


class Kind(NamedTuple):
    """Features that look alike.

    `rule` chooses them in QGIS ("" for all), in `colour` and with `brush`; `css` is their style on
    pages. `symbol` stands before the title in legends.
    """

    css: str
    rule: str
    colour: str
    title: Text
    brush: str = ""
    symbol: str = ""

    @property
    def marked(self) -> Text:
        """The title after the symbol."""
        return Text(*(f"{self.symbol} {words}".strip() for words in self.title))


class Shown(NamedTuple):
    """What evidence shows, and the kinds of features it tells apart."""

    title: Text
    kinds: tuple[Kind, ...]


_COUNTED = (
    Kind("counted", '"counted_m" > 0', GREEN, Text("计入", "Counts")),
    Kind("excluded", '"counted_m" = 0', GREY, Text("不计入", "Does not count")),
)
_LINKED = (
    Kind("counted", '"counted_m" > 0 AND "part" <> \'gap\'', GREEN,
         Text("属于最大连通网络", "In the largest network")),
    Kind("excluded", '"counted_m" = 0 AND "part" <> \'gap\'', GREY,
         Text("与其不连通", "Cut off from it")),
    Kind("break", '"part" = \'gap\'', RED, Text("可接通的间断", "A gap that could be closed")),
)  # fmt: skip
_PANELS = (
    Kind("solar", '"pv_m2" > 0', GREEN, Text("有光伏", "With solar panels")),
    Kind("bare", 'coalesce("pv_m2", 0) = 0', GREY, Text("无光伏", "Without solar panels")),
)
_ROOFS = tuple(
    Kind(f"roof {key}", f"\"roof_class\" = '{key}'", one.colour, one.title, one.brush, one.symbol)
    for key, one in ROOFS.items()
)
_WAYS = tuple(
    Kind(f"way {key}", f"\"cause\" = '{key}'", one.colour, one.title, one.brush, one.symbol)
    for key, one in WAYS.items()
)
_SUN = tuple(
    Kind(f"sun {key}", f"\"sun_class\" = '{key}'", one.colour, one.title)
    for key, one in SUN.items()
)
_HOMES = (
    Kind("solar", '"hours" >= "asked_h" - 1e-9', GREEN,
         Text("日照达标", "Has the hours asked for")),
    Kind("shortfall", 'coalesce("hours" < "asked_h" - 1e-9, true)', RED,
         Text("日照不足", "Has fewer hours")),
)  # fmt: skip
_WITHIN = (
    Kind("counted", '"within"', GREEN, Text("不超过上限", "Within the limit")),
    Kind("shortfall", 'NOT "within"', RED, Text("超过上限", "Beyond the limit")),
)
_HOMES_TITLE = Text("日照达标与不足的住宅", "Homes with and without the sunlight asked for")
_ROOFS_TITLE = Text("屋顶：可利用部分与其余的原因", "Roofs: what is usable, and why not the rest")


def shown(one: Indicator, evidence: gpd.GeoDataFrame) -> Shown:
    """Return what an indicator's evidence shows."""
    title = evidence_title(one)
    if "counted_m" in evidence:
        return Shown(title, _LINKED if "part" in evidence else _COUNTED)
    if "roof_class" in evidence:
        return Shown(_ROOFS_TITLE, _ROOFS)
    if "cause" in evidence:
        return Shown(title, _WAYS)
    if "sun_class" in evidence:
        return Shown(title, _SUN)
    if "asked_h" in evidence:
        return Shown(_HOMES_TITLE, _HOMES)
    if "pv_m2" in evidence:
        return Shown(title, _PANELS)
    if "within" in evidence:
        return Shown(title, _WITHIN)
    css, colour = ("counted", GREEN) if is_neutral(one) else ("shortfall", RED)
    return Shown(title, (Kind(css, "", colour, title),))


def kind_of_each(evidence: gpd.GeoDataFrame) -> NDArray[np.intp]:
    """Return the position of each feature's kind among those that `shown` returns."""
    if "counted_m" in evidence:
        second = _told(~(evidence["counted_m"] > 0).to_numpy())
        return np.where(evidence["part"] == "gap", 2, second) if "part" in evidence else second
    for column, classes in (("roof_class", ROOFS), ("sun_class", SUN), ("cause", WAYS)):
        if column in evidence:
            found = evidence[column].to_numpy(dtype=str)[:, None] == np.asarray([*classes])
            return np.asarray(found.argmax(axis=1), dtype=np.intp)
    if "asked_h" in evidence:
        return _told(~(evidence["hours"] >= evidence["asked_h"] - 1e-9).to_numpy())
    if "within" in evidence:
        return _told(~evidence["within"].to_numpy(dtype=bool))
    if "pv_m2" in evidence:
        return _told(~(evidence["pv_m2"].fillna(0) > 0).to_numpy())
    return np.zeros(len(evidence), np.intp)


def _told(second: NDArray[np.bool_]) -> NDArray[np.intp]:
    return second.astype(np.intp)
