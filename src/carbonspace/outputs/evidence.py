"""What explains a unit's verdicts: the evidence of each theme, drawn on the unit's map."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model.indicator import Indicator
from carbonspace.model.text import Text
from carbonspace.outputs.apart import Shown, kind_of_each, shown
from carbonspace.outputs.ground import Drawn
from carbonspace.outputs.maps import Paths, Pieces
from carbonspace.outputs.rows import Group, Row

_MOST_MAPS_PER_THEME = 3
_LITTLE = 1000.0
"""Square metres below which nobody would speak of hectares."""


class Exhibit(NamedTuple):
    """One small map: the indicator it explains, its paths, the sums behind it, what lies below."""

    row: Row
    title: Text
    paths: tuple[Drawn, ...]
    facts: tuple[Text, ...]
    behind: tuple[Drawn, ...] = ()

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
    kind
        Which of the kinds of its evidence each is.
    shown
        What the evidence shows, and its kinds.
    amounts
        The columns that can be summed.
    rows
        Which rows are those of each unit.
    """

    shapes: NDArray[Any]
    kind: NDArray[np.intp]
    shown: Shown
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
    amounts = {c: pd.to_numeric(layer[c], errors="coerce").to_numpy(dtype=float)[order]
               for c in _SUMS if c in layer}  # fmt: skip
    rows = {str(unit): slice(*ends) for unit, ends in zip(units, pairwise(starts), strict=True)}
    shapes, kind = layer.geometry.to_numpy()[order], kind_of_each(layer)[order]
    return Filed(shapes, kind, shown(one, layer), amounts, rows)


class Case(NamedTuple):
    """An indicator worth a map of its own in a unit, and the rows of its evidence there."""

    row: Row
    filed: Filed
    rows: slice

    def pieces(self) -> Pieces:
        """Return what is to be drawn."""
        filed = self.filed
        return Pieces(filed.shapes[self.rows], filed.kind[self.rows], len(filed.shown.kinds))


def cases(
    groups: tuple[Group, ...], found: Evidence, unit_id: str, also: Container[str] = ()
) -> list[Case]:
    """Return what is mapped of a unit: per theme every missed target, else the first evidence.

    Where that has nothing of the indicators `also`, the first of these is added.
    """
    return [case for group in groups for case in _worth_showing(group, found, unit_id, also)]


def _worth_showing(group: Group, found: Evidence, unit_id: str, also: Container[str]) -> list[Case]:
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
    chosen = [case for case, _ in different[:_MOST_MAPS_PER_THEME]]
    if any(case.row.indicator.key in also for case in chosen):
        return chosen
    return chosen + [case for case in held if case.row.indicator.key in also][:1]


def exhibit(case: Case, paths: Paths) -> Exhibit:
    """Return the small map of a case from the paths of its pieces."""
    shapes, kind, _ = case.pieces()
    drawn = (
        Drawn(one.css + _dot(shapes[kind == n]), d, "", _with_area(case, n))
        for n, (one, d) in enumerate(zip(case.filed.shown.kinds, paths, strict=True))
        if (kind == n).any()
    )
    facts = tuple(_facts(case.filed, case.rows))
    return Exhibit(case.row, case.filed.shown.title, tuple(drawn), facts)


def _with_area(case: Case, number: int) -> Text:
    """Return the title of a kind, with the area of its features where kinds divide an area."""
    filed = case.filed
    title = filed.shown.kinds[number].marked
    if len(filed.shown.kinds) == 1 or "area_m2" not in filed.amounts:
        return title
    mine = filed.kind[case.rows] == number
    area = float(np.nansum(filed.amounts["area_m2"][case.rows][mine]))
    if area < _LITTLE:
        return Text(f"{title.zh} {area:,.0f} 平方米", f"{title.en}: {area:,.0f} m²")
    return Text(f"{title.zh} {area / 1e4:,.2f} 公顷", f"{title.en}: {area / 1e4:,.2f} ha")


def _dot(shapes: NDArray[Any]) -> str:
    """Return the style class of points, which are drawn as dots."""
    return " dot" if (shapely.get_type_id(shapes) == 0).all() else ""


def _facts(filed: Filed, rows: slice) -> Iterator[Text]:
    """Yield how many features there are, and the sums of the columns that can be summed."""
    count = rows.stop - rows.start
    yield Text(f"{count:,} 处", f"{count:,} feature{'s' if count > 1 else ''}")
    for column, (factor, words) in _SUMS.items():
        if column in filed.amounts:
            total = np.nansum(filed.amounts[column][rows]) * factor
            digits = 0 if factor >= 1 else 1 if total >= 1 else 2
            yield words.filled(total=f"{total:,.{digits}f}")


_SUMS: dict[str, tuple[float, Text]] = {
    "area_m2": (1e-4, Text("合计 {total} 公顷", "{total} ha in all")),
    "people": (1.0, Text("涉及 {total} 人", "{total} people")),
    "length_m": (1e-3, Text("长 {total} 公里", "{total} km long")),
    "counted_m": (1e-3, Text("计入 {total} 公里", "{total} km counted")),
    "spaces": (1.0, Text("{total} 个泊位", "{total} spaces")),
    "roof_m2": (1e-4, Text("屋顶 {total} 公顷", "{total} ha of roof")),
    "usable_m2": (1e-4, Text("计为可利用 {total} 公顷", "{total} ha count as usable")),
    "kwp": (1.0, Text("装机 {total} kWp", "{total} kWp")),
    "kwh": (1e-3, Text("年发电 {total} MWh", "{total} MWh a year")),
    "pv_m2": (1e-4, Text("光伏板 {total} 公顷", "{total} ha of panels")),
}
