"""Places on a corridor network: where routes end, and places counted by the length of corridor."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._routes import Integers
from carbonspace.indicators._shared import (
    ON_EDGE_M,
    Floats,
    Geometries,
    arrays,
    evidence_frame,
    summed,
)
from carbonspace.indicators._steps import CORRIDORS_BY_UNIT, lines_in
from carbonspace.kernels import network, overlay
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared


def per_length(
    units: gpd.GeoDataFrame,
    corridors: gpd.GeoDataFrame,
    points: Geometries,
    names: NDArray[np.object_],
    same_place: float,
    shared: Shared | None,
) -> Measure:
    """Return how many places there are per length of corridor.

    Points no further apart than `same_place` metres are one place; `names` (object[k, n]) are
    the routes at each of the n points.
    """
    label = network.components(points, tolerance=same_place)
    places = middles(points, label)
    held = overlay.shares(places, arrays(units)[0], tolerance=ON_EDGE_M)
    parts = lines_in(units, corridors, CORRIDORS_BY_UNIT, shared)
    return Measure.of(
        units.index,
        summed(held.zone, held.weight, units),
        summed(parts.zone, parts.length, units),
        scale=1000.0,
        evidence=lambda: evidence_frame(
            units,
            held.zone,
            places[held.feature],
            routes=_listed(names, label, len(places))[held.feature],
            counted=held.weight,
        ),
    )


def at_end(
    points: Geometries, route: Integers, ends: Geometries, of: Integers, tolerance: float
) -> NDArray[np.bool_]:
    """Tell which points of routes are at an end of their route."""
    point, end = shapely.STRtree(ends).query(points, predicate="dwithin", distance=tolerance)
    return np.isin(np.arange(len(points)), point[route[point] == of[end]])


def terminals(lines: Geometries, route: Integers, tolerance: float) -> tuple[Geometries, Integers]:
    """Return the ends of routes, and whose they are: ends no other part of the route is near."""
    parts, line = shapely.get_parts(shapely.line_merge(lines), return_index=True)
    ends = np.concatenate((shapely.get_point(parts, 0), shapely.get_point(parts, -1)))
    part, owner = np.tile(np.arange(len(parts)), 2), np.tile(route[line], 2)
    end, near = shapely.STRtree(parts).query(ends, predicate="dwithin", distance=tolerance)
    goes_on = (owner[end] == route[line[near]]) & (part[end] != near)
    open_ = ~np.isin(np.arange(len(ends)), end[goes_on])
    open_ &= ~np.tile(shapely.is_closed(parts), 2)
    return ends[open_], owner[open_]


def middles(points: Geometries, label: Integers) -> Geometries:
    """Return the middle of each group of points, the same in whatever order they come."""
    if not len(points):
        return points
    count = np.bincount(label)
    middle = [overlay.sums(label, axis, len(count)) / count for axis in _coordinates(points)]
    return np.asarray(shapely.points(*middle), dtype=object)


def _coordinates(points: Geometries) -> Floats:
    result: Floats = shapely.get_coordinates(points).T
    return result


def _listed(names: NDArray[np.object_], label: Integers, count: int) -> NDArray[np.object_]:
    """Return the different names of each group, in order."""
    found: list[set[str]] = [set() for _ in range(count)]
    for row in names:
        for group, name in zip(label, row, strict=True):
            found[group].add(str(name))
    return np.array(["; ".join(sorted(one)) for one in found], dtype=object)
