"""What the values of a raster mean: their unit, and the legend of their codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carbonspace.model.finding import Finding
from carbonspace.model.layers import RASTER_KINDS
from carbonspace.model.rasters import LAND_COVERS, LEGENDS, RASTERS
from carbonspace.model.text import Text
from carbonspace.model.uom import UOMS, Uom, uom_written
from carbonspace.sources.keys import table_faults, unknown_key, wrong_type

_KEYS: dict[str, type | tuple[type, ...]] = {"source": str, "unit": str, "legend": (str, dict)}


def raster_faults(kind: str, facts: Any) -> list[Finding]:
    """Return every fault of one `[rasters.…]` table of plan.toml."""
    place = f"rasters.{kind}"
    if kind not in RASTER_KINDS:
        return [unknown_key("plan", place, kind, RASTER_KINDS)]
    if not isinstance(facts, dict):
        return [wrong_type("plan", place, facts, dict)]
    faults = [*table_faults("plan", place, facts, _known(kind), required=("source",))]
    if faults:
        return faults
    if "unit" in facts and unit_of(kind, facts["unit"]) is None:
        units = [uom.key for unit in RASTERS[kind].ranges for uom in UOMS.get(unit, ())]
        faults.append(unknown_key("plan", f"{place}.unit", facts["unit"], units))
    return [*faults, *_legend_faults(f"{place}.legend", facts.get("legend"))]


def unit_of(kind: str, text: str) -> tuple[str, Uom] | None:
    """Return which canonical unit of a kind of raster, and which spelling of it, a text names."""
    for unit in RASTERS[kind].ranges:
        if (uom := uom_written(unit, text)) is not None:
            return unit, uom
    return None


def legend_of(given: str | Mapping[str, str] | None) -> dict[int, str]:
    """Return the land cover of each code; of a legend without faults."""
    if given is None:
        return {}
    if isinstance(given, str):
        return dict(LEGENDS[given])
    return {int(code): cover for code, cover in given.items()}


def no_legend(kind: str) -> Finding:
    """Return that codes mean nothing without a legend."""
    covers = ", ".join(LAND_COVERS)
    return Finding(
        "error", f"rasters.{kind}", Text("栅格没有图例", "The raster has no legend"), "-",
        Text(f"每个编码的地表类型：{covers}", f"the land cover of each code: {covers}"),
        Text(f'在 [rasters.{kind}] 中写 legend = {{ 1 = "built", 2 = "trees" }}，'
             '或 legend = "worldcover"。',
             f'Write legend = {{ 1 = "built", 2 = "trees" }} in [rasters.{kind}], '
             'or legend = "worldcover".'), local=True,
    )  # fmt: skip


def _known(kind: str) -> dict[str, type | tuple[type, ...]]:
    """Return the keys a kind of raster may have."""
    has_units = any(unit in UOMS for unit in RASTERS[kind].ranges)
    more = {"unit": has_units, "legend": RASTERS[kind].has_classes}
    return {key: types for key, types in _KEYS.items() if more.get(key, True)}


def _legend_faults(place: str, legend: str | Mapping[str, Any] | None) -> list[Finding]:
    if isinstance(legend, str):
        return [] if legend in LEGENDS else [unknown_key("plan", place, legend, LEGENDS)]
    faults = []
    for code, cover in (legend or {}).items():
        if not code.removeprefix("-").isdecimal():
            faults.append(wrong_type("plan", f"{place}.{code}", code, int))
        elif cover not in LAND_COVERS:
            faults.append(unknown_key("plan", f"{place}.{code}", str(cover), LAND_COVERS))
    return faults
