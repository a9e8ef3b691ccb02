"""Routes of a corridor network: what belongs together, and where it leads."""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._shared import Geometries, text_column
from carbonspace.kernels.strokes import strokes
from carbonspace.model.indicator import Unit
from carbonspace.model.kinds import Number
from carbonspace.model.shared import Shared

Turn = Annotated[float, Unit("°"), Number(low=0, high=90, unit="°")]
Integers = NDArray[np.intp]

_DIGITS = 6
"""Lengths in metres that agree so far are equal, wherever the network lies."""


class Routes(NamedTuple):
    """The route each corridor belongs to, and what the routes are called."""

    of: Integers
    names: NDArray[np.object_]


def routes_of(
    corridors: gpd.GeoDataFrame, shared: Shared | None, *, max_break: float, max_turn: float
) -> Routes:
    """Return the routes of a network: corridors of one route or name, or that continue each other.

    A corridor with neither goes on in another such one no further than `max_break` metres away,
    where the way turns by no more than `max_turn` degrees; such a route is called by the first
    of its corridors' ids.
    """

    def make() -> Routes:
        called = _called(corridors)
        nameless = np.flatnonzero(called.isna())
        lines = np.asarray(corridors.geometry.array, dtype=object)[nameless]
        group = strokes(lines, gap=max_break, turn=max_turn)
        ids = pd.Series(corridors.index.astype(str)[nameless])
        first = ids.groupby(group).transform("min")
        names = called.to_numpy(dtype=object, copy=True)
        names[nameless] = "corridor " + first.to_numpy(dtype=object)
        of, found = pd.factorize(names)
        return Routes(np.asarray(of, dtype=np.intp), np.asarray(found, dtype=object))

    shared = shared or Shared()
    return shared.once("bicycle routes", (corridors,), make, max_break, max_turn)


def _called(corridors: gpd.GeoDataFrame) -> pd.Series:
    """Return what the route of each corridor is called: `route`, else `name`, else null."""
    route, name = (
        values.where(values.notna() & (values != ""))
        for values in (text_column(corridors, column) for column in ("route", "name"))
    )
    return route.astype("object").fillna(name.astype("object"))


def in_largest(lines: Geometries, component: Integers) -> NDArray[np.bool_]:
    """Return True for lines of the longest component (of equals, the most south-western)."""
    if not len(lines):
        return np.zeros(0, dtype=bool)
    members = _members(component)
    corner = shapely.bounds(lines)[:, :2]

    def rank(rows: Integers) -> tuple[float, float, float]:
        west, south = corner[rows].min(axis=0)
        return -round(math.fsum(shapely.length(lines[rows])), _DIGITS), west, south

    largest = min(members, key=rank)
    return np.isin(np.arange(len(lines)), largest)


def in_longest_of_route(
    lines: Geometries, route: Integers, component: Integers
) -> NDArray[np.bool_]:
    """Return True for lines of the longest connected piece of their route."""
    joined = np.zeros(len(lines), dtype=bool)
    for rows in _members(route):
        joined[rows] = in_largest(lines[rows], component[rows])
    return joined


def merged(lines: Geometries, group: Integers, count: int) -> Geometries:
    """Return one multi-part line per group."""
    result = np.full(count, shapely.GeometryCollection(), dtype=object)
    for rows in _members(group):
        if group[rows[0]] >= 0:
            result[group[rows[0]]] = shapely.union_all(lines[rows])
    return result


def breaks(pieces: Geometries) -> Geometries:
    """Return the shortest lines that would make one of several pieces."""
    if len(pieces) < 2:
        return np.empty(0, dtype=object)
    order = np.lexsort(shapely.bounds(pieces).T)
    first, left = order[0], order[1:]
    nearest = np.full(len(left), first)
    away = shapely.distance(pieces[left], pieces[first])
    found = []
    while len(left):
        at = int(np.argmin(away))
        new = left[at]
        found.append(shapely.shortest_line(pieces[nearest[at]], pieces[new]))
        left, nearest, away = (np.delete(values, at) for values in (left, nearest, away))
        closer = shapely.distance(pieces[left], pieces[new])
        nearest, away = np.where(closer < away, new, nearest), np.minimum(closer, away)
    return np.array(found, dtype=object)


def axis_of(azimuth: float) -> str:
    """Return the axis an azimuth (degrees from east, 0 to 180) is nearer to; "" if it has none."""
    if math.isnan(azimuth):
        return ""
    return "north_south" if 45.0 < azimuth < 135.0 else "east_west"


def _members(label: Integers) -> list[Integers]:
    """Return the positions of each label, the lowest first."""
    order = np.argsort(label, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1) if len(label) else []
