"""Steps that several indicators take, each made once where they share: see `Shared`."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._shared import (
    ON_EDGE_M,
    Floats,
    Geometries,
    arrays,
    evidence_frame,
    places,
    stretches,
)
from carbonspace.kernels import lines as line_kernels
from carbonspace.kernels import overlay
from carbonspace.kernels.overlay import Cut
from carbonspace.model.floors import floor_areas
from carbonspace.model.levels import Level
from carbonspace.model.shared import Shared

Table = TypeVar("Table", bound=tuple[NDArray[Any], ...])

PARCELS_BY_UNIT = "parcels by unit"
BUILDINGS_BY_UNIT = "buildings by unit"
BUILDINGS_BY_PARCEL = "buildings by parcel"
BLOCKS_BY_UNIT = "blocks by unit"
PARCELS_BY_BLOCK = "parcels by block"
ROADS_BY_UNIT = "roads by unit"
CORRIDORS_BY_UNIT = "corridors by unit"
CIRCLES_BY_UNIT = "life circles by unit"

_BY_UNIT: dict[Level, str] = {
    "block": BLOCKS_BY_UNIT,
    "parcel": PARCELS_BY_UNIT,
    "building": BUILDINGS_BY_UNIT,
    "life_circle": CIRCLES_BY_UNIT,
}


class Stretches(NamedTuple):
    """The stretch of each line in each zone: positions, and the metres the zone owns.

    `whole` tells where the stretch is all of the line.
    """

    zone: NDArray[np.intp]
    line: NDArray[np.intp]
    length: Floats
    whole: NDArray[np.bool_]

    def of(self, chosen: NDArray[np.bool_]) -> Stretches:
        """Return the stretches of the chosen lines (bool, one for each line)."""
        return taken(self, chosen[self.line])


def taken(table: Table, rows: NDArray[Any]) -> Table:
    """Return some rows of a named tuple of aligned arrays."""
    return type(table)(*(values[rows] for values in table))


def polygons_in(
    zones: gpd.GeoDataFrame, layer: gpd.GeoDataFrame, name: str, shared: Shared | None
) -> Cut:
    """Return every polygon of a layer cut along zones; `name` says of what along what."""
    shared = shared or Shared()
    return shared.once(name, (zones, layer), lambda: overlay.cut_along(*arrays(zones, layer)))


def places_by_unit(
    units: gpd.GeoDataFrame, places: gpd.GeoDataFrame, level: Level, shared: Shared | None
) -> Cut:
    """Return the places of a level cut along the units."""
    return polygons_in(units, places, _BY_UNIT[level], shared)


def mostly_in(
    units: gpd.GeoDataFrame, places: gpd.GeoDataFrame, level: Level, shared: Shared | None
) -> pd.Series:
    """Return the id of the unit that holds most of each place, null where none does.

    Of two units that hold the same the one whose id comes first has it, in whatever order the
    units are given.
    """
    shared = shared or Shared()

    def make() -> pd.Series:
        return _holders(units, places, places_by_unit(units, places, level, shared))

    return shared.once(f"{_BY_UNIT[level]}, mostly", (units, places), make)


def _holders(units: gpd.GeoDataFrame, places: gpd.GeoDataFrame, cut: Cut) -> pd.Series:
    held = pd.DataFrame(
        {
            "unit": np.asarray(units.index, dtype=object)[cut.zone],
            "place": cut.feature,
            "mm2": np.round(cut.area * 1e6),
        }
    )
    held = held.sort_values(["mm2", "unit"], ascending=[False, True]).drop_duplicates("place")
    best = held.set_index("place")["unit"].reindex(range(len(places)))
    return best.set_axis(places.index)


def floors_of_all(buildings: gpd.GeoDataFrame, shared: Shared | None) -> Floats:
    """Return the floor area of each building, m²."""
    return (shared or Shared()).once("floor areas", (buildings,), lambda: floor_areas(buildings))


def chosen_rows(cut: Cut, chosen: NDArray[np.bool_]) -> Cut:
    """Return the parts of the chosen features (bool, one for each feature)."""
    return taken(cut, chosen[cut.feature])


def lines_in(
    units: gpd.GeoDataFrame,
    layer: gpd.GeoDataFrame,
    name: str,
    shared: Shared | None,
    *,
    tolerance: float = ON_EDGE_M,
) -> Stretches:
    """Return the stretch of every line of a layer in each unit it runs in or along."""

    def make() -> Stretches:
        zones, lines = arrays(units, layer)
        shares = line_kernels.zone_lengths(lines, zones, tolerance=tolerance)
        return Stretches(*shares)

    return (shared or Shared()).once(name, (units, layer), make, tolerance)


def points_in(
    units: gpd.GeoDataFrame, layer: gpd.GeoDataFrame, name: str, shared: Shared | None
) -> overlay.Shares:
    """Return which unit holds what part of each feature, counted at one point."""

    def make() -> overlay.Shares:
        return overlay.shares(places(layer), arrays(units, layer)[0], tolerance=ON_EDGE_M)

    return (shared or Shared()).once(name, (units, layer), make)


def drawn(
    units: gpd.GeoDataFrame,
    layer: gpd.GeoDataFrame,
    parts: Stretches,
    *,
    tolerance: float = ON_EDGE_M,
) -> Geometries:
    """Return the geometry of stretches that were found with this tolerance."""
    zones, lines = arrays(units, layer)
    return stretches(lines, zones, line_kernels.LineShares(*parts), tolerance=tolerance)


def cut_evidence(
    units: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    cut: Cut,
    called: str = "",
    /,
    **columns: object,
) -> gpd.GeoDataFrame:
    """Return parts of places with the id of their place, `called` so, else as in its layer."""
    ids = {called or str(places.index.name or "id"): np.asarray(places.index)[cut.feature]}
    return evidence_frame(units, cut.zone, cut.geometry, **ids, **columns)


def stretch_evidence(
    units: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    parts: Stretches,
    *,
    tolerance: float = ON_EDGE_M,
    **columns: object,
) -> gpd.GeoDataFrame:
    """Return each stretch with the id and facts of its line and its lengths.

    `length_m` is what is drawn, `counted_m` (unless given) what the unit owns of it.
    """
    ids, geometry = (
        np.asarray(lines.index)[parts.line],
        drawn(units, lines, parts, tolerance=tolerance),
    )
    facts = {
        name: np.asarray(lines[name], dtype=object)[parts.line]
        for name in ("name", "road_class", "corridor_class", "route")
        if name in lines
    }
    lengths = {"length_m": shapely.length(geometry), "counted_m": parts.length}
    return evidence_frame(units, parts.zone, geometry, line_id=ids, **(facts | lengths | columns))
