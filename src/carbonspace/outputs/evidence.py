"""What explains a unit's verdicts: the evidence of each theme, drawn on the unit's map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model.indicator import Indicator
from carbonspace.model.text import Text
from carbonspace.outputs.ground import Drawn
from carbonspace.outputs.look import evidence_title
from carbonspace.outputs.maps import Paths, Pieces
from carbonspace.outputs.rows import Group, Row

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


class Filed(NamedTuple):
    """One indicator's evidence, unit by unit.

    Attributes
    ----------
    shapes
        The features; those of one unit follow each other.
    second
        Whether each belongs to the second of the two styles of its kind of evidence.
    amounts
        The columns that can be summed.
    rows
        Which rows are those of each unit.
    """

    shapes: NDArray[Any]
    second: NDArray[np.intp]
    styles: tuple[tuple[str, Text], ...]
    amounts: Mapping[str, NDArray[np.float64]]
    rows: Mapping[str, slice]


Evidence = Mapping[str, Filed]


def by_unit(
    layers: Mapping[str, gpd.GeoDataFrame], indicators: Mapping[str, Indicator]
) -> Evidence:
    """Return each indicator's evidence by the id of the unit it lies in."""
    return {
        key: _filed(indicators[key], layer) for key, layer in layers.items() if "unit_id" in layer
    }


def _filed(one: Indicator, layer: gpd.GeoDataFrame) -> Filed:
    code, units = pd.factorize(layer["unit_id"])
    order = np.argsort(code, kind="stable")
    stops = np.cumsum(np.bincount(code[code >= 0], minlength=len(units)))
    starts = [0, *stops]
    order = order[(code < 0).sum() :]
    second, styles = _parted(one, layer)
    amounts = {c: pd.to_numeric(layer[c], errors="coerce").to_numpy(dtype=float)[order]
               for c in _SUMS if c in layer}  # fmt: skip
    rows = {str(unit): slice(*ends) for unit, ends in zip(units, pairwise(starts), strict=True)}
    return Filed(layer.geometry.to_numpy()[order], second[order], styles, amounts, rows)


class Case(NamedTuple):
    """An indicator worth a map of its own in a unit, and the rows of its evidence there."""

    row: Row
    filed: Filed
    rows: slice

    def pieces(self) -> Pieces:
        """Return what is to be drawn."""
        return Pieces(
            self.filed.shapes[self.rows], self.filed.second[self.rows], len(self.filed.styles)
        )


def cases(groups: tuple[Group, ...], found: Evidence, unit_id: str) -> list[Case]:
    """Return what is mapped of a unit: per theme every missed target, else the first evidence."""
    return [case for group in groups for case in _worth_showing(group, found, unit_id)]


def _worth_showing(group: Group, found: Evidence, unit_id: str) -> list[Case]:
    held = [
        Case(row, filed, filed.rows[unit_id])
        for row in group.rows
        if (filed := found.get(row.indicator.key)) and unit_id in filed.rows
    ]
    missed = [case for case in held if case.row.worst == "not_met"]
    different: list[tuple[Case, NDArray[Any]]] = []
    for case in missed or held[:1]:
        corners = shapely.get_coordinates(case.filed.shapes[case.rows])
        if not any(np.array_equal(corners, other) for _, other in different):
            different.append((case, corners))
    return [case for case, _ in different[:_MOST_MAPS_PER_THEME]]


def exhibit(case: Case, paths: Paths) -> Exhibit:
    """Return the small map of a case from the paths of its pieces."""
    shapes, second, _ = case.pieces()
    drawn = (
        Drawn(css + _dot(shapes[second == n]), d, "", title)
        for n, ((css, title), d) in enumerate(zip(case.filed.styles, paths, strict=True))
        if (second == n).any()
    )
    facts = tuple(_facts(case.filed, case.rows))
    return Exhibit(case.row, evidence_title(case.row.indicator), tuple(drawn), facts)


def _dot(shapes: NDArray[Any]) -> str:
    """Return the style class of points, which are drawn as dots."""
    return " dot" if (shapely.get_type_id(shapes) == 0).all() else ""


def _parted(
    one: Indicator, features: gpd.GeoDataFrame
) -> tuple[NDArray[np.intp], tuple[tuple[str, Text], ...]]:
    """Return which features are the second of two kinds, and the style and title of each kind."""
    if "counted_m" in features:
        second = ~(features["counted_m"] > 0)
        styles = (("counted", Text("计入", "Counts")),
                  ("excluded", Text("不计入", "Does not count")))  # fmt: skip
    elif "pv_m2" in features:
        second = features["pv_m2"].fillna(0) > 0
        styles = (("bare", Text("无光伏", "Without solar panels")),
                  ("solar", Text("有光伏", "With solar panels")))  # fmt: skip
    else:
        css = "counted" if one.aggregate == "sum" else "shortfall"
        return np.zeros(len(features), np.intp), ((css, evidence_title(one)),)
    return second.to_numpy().astype(np.intp), styles


def _facts(filed: Filed, rows: slice) -> Iterator[Text]:
    """Yield how many features there are, and the sums of the columns that can be summed."""
    count = rows.stop - rows.start
    yield Text(f"{count:,} 处", f"{count:,} feature{'s' if count > 1 else ''}")
    for column, (factor, words) in _SUMS.items():
        if column in filed.amounts:
            total = np.nansum(filed.amounts[column][rows]) * factor
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
