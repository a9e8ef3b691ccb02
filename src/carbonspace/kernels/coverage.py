"""What of an area lies beyond the reach of facilities, by straight-line distance."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Geometries, Integers, as_geometries

_NOTHING = 1e-9
"""A remainder below this share of its polygon is rounding, not land."""

_POINT = 0
_SURELY = 0.97
"""A polygon within this share of the radius lies in the buffer, whose rim is not quite round."""

_MANY = 8
"""Facilities at one polygon from which their buffers are joined before it is cut."""


def uncovered(
    demand: ArrayLike, facilities: ArrayLike, radius: ArrayLike, *, quad_segs: int = 64
) -> Geometries:
    """Take from each demand polygon what lies within reach of any facility.

    The answer for a polygon depends on it and on the facilities in reach alone, never on what
    else is in the arrays, so that tiles with a halo of one reach give the same numbers.

    Parameters
    ----------
    demand : polygons, n
    facilities : points, lines or polygons, m; reach is measured from their edge
    radius : metres, one for all or float[m]
    quad_segs : segments of the buffers' quarter circles

    Returns
    -------
    polygons, n; the very object given where nothing is in reach, an empty polygon where all is.

    Raises
    ------
    ValueError
        If a radius is negative or not a number.
    """
    demand, facilities = as_geometries(demand), as_geometries(facilities)
    buffers = shapely.buffer(facilities, _radii(radius, len(facilities)), quad_segs=quad_segs)
    shapely.prepare(buffers)
    rest = demand.copy()
    inside, unsure = by_distance(demand, facilities, radius)
    open_ = np.flatnonzero(unsure)
    rest[inside] = shapely.Polygon()
    rest[open_[_wholly_covered(demand[open_], buffers)]] = shapely.Polygon()
    facility, piece = shapely.STRtree(rest[open_]).query(buffers, predicate="intersects")
    piece = open_[piece]
    touched = np.unique(piece)
    many = np.bincount(piece, minlength=len(rest))[piece] >= _MANY
    few, near = piece[~many], facility[~many]
    distance = shapely.distance(demand[few], facilities[near])
    order = np.lexsort((near, distance, few))
    few, near = few[order], near[order]
    for turn in _turns(few):
        rest[few[turn]] = _beyond(rest[few[turn]], buffers[near[turn]])
    _cut_by_all(rest, piece[many], buffers, facility[many])
    specks = shapely.area(rest[touched]) <= _NOTHING * shapely.area(demand[touched])
    rest[touched[specks]] = shapely.Polygon()
    return rest


def covered_points(
    points: ArrayLike, facilities: ArrayLike, radius: ArrayLike
) -> NDArray[np.bool_]:
    """Tell which points lie within `radius` (metres, one or float[m]) of any facility.

    Distances are true ones: no circle is drawn as a polygon. Returns bool[n].
    """
    points, facilities = as_geometries(points), as_geometries(facilities)
    _, reached = shapely.STRtree(points).query(
        facilities, predicate="dwithin", distance=_radii(radius, len(facilities))
    )
    result = np.zeros(len(points), dtype=np.bool_)
    result[reached] = True
    return result


def _radii(radius: ArrayLike, count: int) -> Floats:
    radii = np.broadcast_to(np.asarray(radius, dtype=np.float64), (count,))
    if not np.all(radii >= 0):
        raise ValueError("radius: found a negative or missing value, expected metres >= 0")
    return radii


def by_distance(
    demand: ArrayLike, facilities: ArrayLike, radius: ArrayLike
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which polygons are well within reach of one facility, and for which it is open.

    A polygon is as near as the middle of its box is, give or take half the box's diagonal. The
    question is open for all where facilities are not points: their distance costs too much.
    What holds for a polygon holds for whatever lies in it.

    Parameters
    ----------
    demand, facilities, radius : as in `uncovered`

    Returns
    -------
    (bool[n], bool[n]) : wholly covered; open. The rest is wholly out of reach.
    """
    demand, facilities = as_geometries(demand), as_geometries(facilities)
    radii = _radii(radius, len(facilities))
    inside, beyond = np.zeros(len(demand), dtype=np.bool_), np.ones(len(demand), dtype=np.bool_)
    if (shapely.get_type_id(facilities) != _POINT).any():
        return inside, beyond
    west, south, east, north = shapely.bounds(demand).T
    middle = shapely.points((west + east) / 2, (south + north) / 2)
    half = np.hypot(east - west, north - south) / 2
    for reach in np.unique(radii):
        away = nearest(middle, facilities[radii == reach])
        inside |= away + half <= _SURELY * reach
        beyond &= away - half > reach / _SURELY
    return inside, ~inside & ~beyond


def nearest(places: Geometries, goals: Geometries, *, exclusive: bool = False) -> Floats:
    """Return the distance of each place to the nearest goal, metres; infinite where there is none.

    With `exclusive`, to the nearest that is not the same shape.
    """
    away = np.full(len(places), np.inf)
    (place, _), found = shapely.STRtree(goals).query_nearest(
        places, exclusive=exclusive, return_distance=True, all_matches=False
    )
    away[place] = found
    return away


def _wholly_covered(demand: Geometries, buffers: Geometries) -> Integers:
    """Positions of polygons that one buffer contains."""
    _, piece = shapely.STRtree(demand).query(buffers, predicate="contains_properly")
    return np.unique(piece)


def _turns(piece: Integers) -> list[Integers]:
    """Positions in sorted `piece`: all first occurrences, then all second ones, and so on."""
    first = np.searchsorted(piece, piece)
    turn = np.arange(len(piece)) - first
    order = np.argsort(turn, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(turn[order])) + 1)


def _cut_by_all(rest: Geometries, piece: Integers, buffers: Geometries, facility: Integers) -> None:
    """Take from each piece the union of its buffers, those that meet it only."""
    order = np.lexsort((facility, piece))
    piece, facility = piece[order], facility[order]
    starts = np.flatnonzero(np.diff(piece, prepend=-1))
    for one, own in zip(piece[starts], np.split(facility, starts[1:]), strict=False):
        rest[one] = shapely.difference(rest[one], shapely.union_all(buffers[own]))


def _beyond(rest: Geometries, buffers: Geometries) -> Geometries:
    """`rest` less `buffers`, pairwise; buffers are prepared, so misses and full hits are cheap."""
    result = rest.copy()
    inside = shapely.contains_properly(buffers, rest)
    result[inside] = shapely.Polygon()
    cut = ~inside & shapely.intersects(buffers, rest)
    result[cut] = shapely.difference(rest[cut], buffers[cut])
    return result
