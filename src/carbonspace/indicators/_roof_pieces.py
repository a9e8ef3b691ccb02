"""The pieces of roofs as polygons: what is usable, patch by patch, and what is not and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._account import Account
from carbonspace.indicators._roof import Roof
from carbonspace.indicators._roof_cells import (
    OBSTRUCTED,
    SETBACK,
    USABLE,
    Looked,
    held,
    looked_at,
    over,
)
from carbonspace.indicators._roof_work import Surroundings, cells_over, cellwork, groups_of
from carbonspace.indicators._roofs import Roofs
from carbonspace.indicators._shared import Floats, Geometries, evidence_frame, text_column
from carbonspace.kernels.overlay import Integers
from carbonspace.kernels.relief import Cells
from carbonspace.model.shared import Shared

CLASSES = ("usable", "shaded", "small", "steep", "obstructed", "setback")
"""What a piece of a roof is."""


class Pieces(NamedTuple):
    """Pieces of roofs: whose they are, what they are, and the light a square metre receives."""

    building: Integers
    kind: NDArray[np.int8]
    geometry: Geometries
    sun: Floats


def roof_evidence(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    roofs: Roofs,
    account: Account,
    around: Surroundings,
    roof: Roof,
    shared: Shared | None,
) -> gpd.GeoDataFrame:
    """Return the roofs in units with what becomes of them, or their pieces where light counts."""
    if not roof.is_lit:
        return _roofs(units, buildings, roofs, account, roof)
    wanted = (shared or Shared()).wanted(units)[roofs.unit]
    asked = np.unique(roofs.building[wanted])
    made = _pieces_of(units, buildings, asked, around, roof, shared)
    part, piece = _in_units(roofs, made)
    geometry = _cut(roofs, made, part, piece)
    building = roofs.building[part]
    stands = roof.deduction[1]
    area = shapely.area(geometry)
    kind = made.kind[piece]
    usable = np.where(kind == USABLE, area * (1 - stands), 0.0)
    sun = made.sun[piece]
    light = {"sun_h": sun}
    if roof.definition == "irradiation":
        light = {"kwh_per_m2": sun, "sun_kwh": np.where(usable > 0, usable * sun, 0.0)}
    return evidence_frame(
        units,
        roofs.unit[part],
        geometry,
        **_facts(buildings, building),
        roof_class=np.asarray(CLASSES, dtype=object)[kind],
        area_m2=area,
        usable_m2=usable,
        **light,
        **_named(around, roof, len(part)),
    )


def _roofs(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    roofs: Roofs,
    account: Account,
    roof: Roof,
) -> gpd.GeoDataFrame:
    usable = account.usable[roofs.building]
    return evidence_frame(
        units,
        roofs.unit,
        roofs.geometry,
        **_facts(buildings, roofs.building),
        roof_m2=roofs.area,
        coefficient=usable,
        usable_m2=roofs.area * usable,
        pv_m2=roofs.pv,
        definition=roof.definition,
    )


def _facts(buildings: gpd.GeoDataFrame, rows: Integers) -> dict[str, Any]:
    return {
        "building_id": np.asarray(buildings.index)[rows],
        "use": text_column(buildings, "use").to_numpy()[rows],
        "roof_type": text_column(buildings, "roof_type").to_numpy()[rows],
    }


def _named(around: Surroundings, roof: Roof, count: int) -> dict[str, Any]:
    """Return what the figures were made with, as columns; a year has suns of its own, no step."""
    step = roof.step if roof.definition == "sunlit" else np.nan
    facts = {"definition": roof.definition, "surface": roof.surface,
             "cell_m": cells_over(around, roof)[2], "step_min": step}  # fmt: skip
    return {name: np.full(count, value) for name, value in facts.items()}


def _pieces_of(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    asked: Integers,
    around: Surroundings,
    roof: Roof,
    shared: Shared | None,
) -> Pieces:
    """Return the pieces of some roofs under a definition that asks for light."""
    work = cellwork(units, buildings, around, roof, shared)
    return _joined([
        _pieces(looked_at(work, group), work.rows[group], work.town.shapes[group])
        for group in groups_of(work, asked)
    ])  # fmt: skip


def _joined(found: Sequence[Pieces]) -> Pieces:
    none = Pieces(np.empty(0, np.intp), np.empty(0, np.int8), np.empty(0, object), np.empty(0))
    building, kind, geometry, sun = zip(none, *found, strict=True)
    return Pieces(*(np.concatenate(column) for column in (building, kind, geometry, sun)))


def _pieces(look: Looked, group: Integers, shapes: Geometries) -> Pieces:
    found = (
        _inner(look),
        _outer(shapes, look.bare, OBSTRUCTED),
        _outer(look.bare, look.face, SETBACK),
    )
    made = _joined(found)
    kept = shapely.area(made.geometry) > 0
    return Pieces(group[made.building[kept]], *(column[kept] for column in made[1:]))


def _inner(look: Looked) -> Pieces:
    """Return what lies within the setback, by the position of the roof: patches and the rest."""
    cells = look.cells
    owner = np.repeat(np.arange(len(look.face)), np.diff(cells.first))
    label = np.where(look.kind == USABLE, look.patch, -1 - look.kind.astype(np.int64))
    pairs = np.column_stack((owner, label))
    _, rows, code = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    code, count = code.ravel(), len(rows)
    weight = held(code, look.lit.weight, count)
    light = over(held(code, look.lit.weight * look.lit.time, count), weight)
    boxes = _drawn(cells, code, count, look.lit.place)
    drawn = shapely.intersection(boxes, look.face[owner[rows]])[weight > 0]
    rows, light = rows[weight > 0], light[weight > 0]
    return Pieces(owner[rows], look.kind[rows], drawn, light)


def _drawn(cells: Cells, code: Integers, count: int, place: tuple[float, ...]) -> Geometries:
    """Return the cells of each code as one geometry; neighbours in a row are one box."""
    goes_on = (np.diff(code) == 0) & (np.diff(cells.row) == 0) & (np.diff(cells.col) == 1)
    start = np.flatnonzero(np.concatenate(([True], ~goes_on))) if len(code) else np.empty(0, int)
    stop = np.append(start[1:], len(code)) - 1
    order = np.argsort(code[start], kind="stable")
    start, stop = start[order], stop[order]
    west, north, width, height = place
    low, high = north - (cells.row[start] + 1) * height, north - cells.row[start] * height
    boxes = shapely.box(west + cells.col[start] * width, low,
                        west + (cells.col[stop] + 1) * width, high)  # fmt: skip
    heaps = shapely.geometrycollections(boxes, indices=code[start])
    drawn: Geometries = shapely.union_all(heaps[:count, None], axis=1)
    return drawn


def _outer(whole: Geometries, left: Geometries, kind: int) -> Pieces:
    """Return what was taken off shapes."""
    smaller = np.flatnonzero(shapely.area(left) < shapely.area(whole))
    drawn = shapely.difference(whole[smaller], left[smaller])
    return Pieces(smaller, np.full(len(smaller), kind, dtype=np.int8), drawn,
                  np.full(len(smaller), np.nan))  # fmt: skip


def _in_units(roofs: Roofs, made: Pieces) -> tuple[Integers, Integers]:
    """Pair the parts of roofs in units with the pieces of these roofs."""
    order = np.argsort(made.building, kind="stable")
    first, last = (np.searchsorted(made.building[order], roofs.building, side)
                   for side in ("left", "right"))  # fmt: skip
    count = last - first
    part = np.repeat(np.arange(len(first)), count)
    within = np.arange(len(part)) - np.repeat(np.cumsum(count) - count, count)
    return part, order[first[part] + within]


def _cut(roofs: Roofs, made: Pieces, part: Integers, piece: Integers) -> Geometries:
    """Return the pieces as far as they lie in the unit."""
    geometry, building = made.geometry[piece], roofs.building
    known = building.max(initial=-1) + 1
    whole = np.bincount(made.building, shapely.area(made.geometry), minlength=known)
    beyond = shapely.area(roofs.geometry) < whole[building] * (1 - 1e-9)
    split = (beyond | (np.bincount(building)[building] > 1))[part]
    geometry[split] = shapely.intersection(geometry[split], roofs.geometry[part[split]])
    return geometry
