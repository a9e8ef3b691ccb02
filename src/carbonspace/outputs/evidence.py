"""What explains a unit's verdicts: the evidence of each theme, drawn on the unit's map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

from carbonspace.model.indicator import Indicator
from carbonspace.model.text import Text
from carbonspace.outputs import svgmap
from carbonspace.outputs.look import evidence_title
from carbonspace.outputs.maps import Drawn
from carbonspace.outputs.rows import Group, Row
from carbonspace.outputs.svgmap import Frame

_MOST_MAPS_PER_THEME = 3


class Exhibit(NamedTuple):
    """One small map: the indicator it explains, its paths, and the sums behind it."""

    row: Row
    title: Text
    paths: tuple[Drawn, ...]
    facts: tuple[Text, ...]

    @property
    def missed(self) -> bool:
        """True where the indicator misses a target."""
        return self.row.worst == "not_met"


Evidence = Mapping[str, Mapping[str, gpd.GeoDataFrame]]


def by_unit(layers: Mapping[str, gpd.GeoDataFrame]) -> Evidence:
    """Return each indicator's evidence by the id of the unit it lies in."""
    return {
        key: {str(unit): part for unit, part in layer.groupby("unit_id", sort=True)}
        for key, layer in layers.items()
        if "unit_id" in layer
    }


def exhibits(
    groups: tuple[Group, ...], found: Evidence, unit_id: str, view: Frame
) -> list[Exhibit]:
    """Return the small maps of a unit: per theme every missed target, else the first evidence."""
    return [
        exhibit(row, found[row.indicator.key][unit_id], view)
        for group in groups
        for row in _worth_showing(group, found, unit_id)
    ]


def _worth_showing(group: Group, found: Evidence, unit_id: str) -> list[Row]:
    held = [row for row in group.rows if unit_id in found.get(row.indicator.key, {})]
    missed = [row for row in held if row.worst == "not_met"]
    different: dict[bytes, Row] = {}
    for row in missed or held[:1]:
        shapes = found[row.indicator.key][unit_id].geometry.to_wkb()
        different.setdefault(b"".join(shapes), row)
    return list(different.values())[:_MOST_MAPS_PER_THEME]


def exhibit(row: Row, features: gpd.GeoDataFrame, view: Frame) -> Exhibit:
    """Draw the evidence of one indicator in one unit."""
    drawn = (
        Drawn(css + _dot(part), svgmap.path(part.geometry, view), "", title)
        for css, title, part in _parted(row.indicator, features)
        if len(part)
    )
    facts = tuple(_facts(features))
    return Exhibit(row, evidence_title(row.indicator), tuple(drawn), facts)


def _dot(features: gpd.GeoDataFrame) -> str:
    """Return the style class of points, which are drawn as dots."""
    return " dot" if (features.geom_type == "Point").all() else ""


def _parted(one: Indicator, features: gpd.GeoDataFrame) -> Iterator[tuple[str, Text, Any]]:
    """Yield style, title and features: what counts apart from what does not."""
    if "counted_m" in features:
        counts = features["counted_m"] > 0
        yield "counted", Text("计入", "Counts"), features[counts]
        yield "excluded", Text("不计入", "Does not count"), features[~counts]
    elif "pv_m2" in features:
        solar = features["pv_m2"].fillna(0) > 0
        yield "bare", Text("无光伏", "Without solar panels"), features[~solar]
        yield "solar", Text("有光伏", "With solar panels"), features[solar]
    else:
        css = "counted" if one.aggregate == "sum" else "shortfall"
        yield css, evidence_title(one), features


def _facts(features: gpd.GeoDataFrame) -> Iterator[Text]:
    """Yield how many features there are, and the sums of the columns that can be summed."""
    count = len(features)
    yield Text(f"{count:,} 处", f"{count:,} feature{'s' if count > 1 else ''}")
    for column, (factor, words) in _SUMS.items():
        if column in features:
            total = pd.to_numeric(features[column], errors="coerce").sum() * factor
            yield words.filled(total=f"{total:,.1f}" if factor < 1 else f"{total:,.0f}")


_SUMS: dict[str, tuple[float, Text]] = {
    "area_m2": (1e-4, Text("合计 {total} 公顷", "{total} ha in all")),
    "people": (1.0, Text("涉及 {total} 人", "{total} people")),
    "length_m": (1e-3, Text("长 {total} 公里", "{total} km long")),
    "counted_m": (1e-3, Text("计入 {total} 公里", "{total} km counted")),
    "spaces": (1.0, Text("{total} 个泊位", "{total} spaces")),
    "roof_m2": (1e-4, Text("屋顶 {total} 公顷", "{total} ha of roof")),
    "pv_m2": (1e-4, Text("光伏板 {total} 公顷", "{total} ha of panels")),
}
