"""Lines cut where they meet.

In a network most lines meet end to end and need no cutting; only the others are taken apart.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .network import connected
from .overlay import Floats, Geometries, Integers, as_geometries

_NEAR = 1e-6
"""Metres; a line that ends so near to another ends on it, at a place that was rounded."""

_LINE = 1

_AT_ONCE = 1 << 13
"""So many chains of lines are joined at a time, for they are in memory three times."""

_END_TO_END = "FF*F*****"
"""What two lines have in common are ends of both (DE-9IM)."""


def noded(lines: ArrayLike) -> Geometries:
    """Cut lines so that what they have in common are ends of both; one where several coincide.

    Parameters
    ----------
    lines : lines, n

    Returns
    -------
    Single lines in no particular order. An end that is within a micrometre of another line cuts
    it. Lines that met end to end only are as they were.
    """
    parts = _single(as_geometries(lines))
    parts = _with_ends_of_others(parts[shapely.length(parts) > 0])
    first, second = shapely.STRtree(parts).query(parts)
    first, second = first[first < second], second[first < second]
    meet = ~shapely.relate_pattern(parts[first], parts[second], _END_TO_END)
    crossing = ~shapely.is_simple(parts)
    crossing[first[meet]] = crossing[second[meet]] = True
    cut = shapely.get_parts(shapely.union_all(parts[crossing]))
    result: Geometries = np.concatenate((parts[~crossing], cut))
    return result


def chained(lines: ArrayLike) -> Geometries:
    """Join noded lines where just two of them end: fewer lines between the same nodes.

    Parameters
    ----------
    lines : lines, n, as from `noded`
    """
    lines = as_geometries(lines)
    _, start, end = _ends(lines)
    end_of, node = np.tile(np.arange(len(lines)), 2), np.concatenate((start, end))
    order = np.argsort(node, kind="stable")
    pair = order[np.bincount(node)[node[order]] == 2].reshape(-1, 2)
    one, other = end_of[pair].T
    count, chain = connected(one, other, len(lines))
    order = np.argsort(chain, kind="stable")
    stops = np.searchsorted(chain[order], np.arange(0, count + _AT_ONCE, _AT_ONCE))
    parts = [_joined(lines[some], chain[some]) for some in np.split(order, stops[1:-1])]
    result: Geometries = np.concatenate(parts)
    return result


def _joined(lines: Geometries, chain: Integers) -> Geometries:
    """Return lines of the same chain (sorted) as one; those that are alone are not copied."""
    first = np.diff(chain, prepend=-1) > 0
    alone = first & (np.diff(chain, append=chain[-1:] + 1) > 0)
    _, number = np.unique(chain[~alone], return_inverse=True)
    joined = shapely.line_merge(shapely.multilinestrings(lines[~alone], indices=number))
    result: Geometries = np.concatenate((lines[alone], joined))
    return result


def _single(lines: Geometries) -> Geometries:
    """Return the parts of lines; those that are one part are not copied."""
    whole = shapely.get_type_id(lines) == _LINE
    result: Geometries = np.concatenate((lines[whole], shapely.get_parts(lines[~whole])))
    return result


def _with_ends_of_others(lines: Geometries) -> Geometries:
    """Return lines with a vertex wherever another one ends nearly, but not quite, on them."""
    places, start, end = _ends(lines)
    points = shapely.points(places)
    point, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=_NEAR)
    foreign = (start[line] != point) & (end[line] != point)
    point, line = point[foreign], line[foreign]
    off = shapely.distance(points[point], lines[line]) > 0
    off &= _is_away(places, point, start[line]) & _is_away(places, point, end[line])
    result = lines.copy()
    for one in np.unique(line[off]):
        near = shapely.multipoints(points[point[off & (line == one)]])
        result[one] = shapely.snap(lines[one], near, _NEAR)
    return result


def _ends(lines: Geometries) -> tuple[Floats, Integers, Integers]:
    """Return the places where lines end (float[m, 2]), and which are each line's first and last."""
    count = shapely.get_num_points(lines)
    after = np.cumsum(count)
    ends = shapely.get_coordinates(lines)[np.concatenate((after - count, after - 1))]
    places, which = np.unique(ends @ (1, 1j), return_inverse=True)
    return np.stack((places.real, places.imag), axis=1), which[: len(lines)], which[len(lines) :]


def _is_away(places: Floats, point: Integers, end: Integers) -> NDArray[np.bool_]:
    """Tell which points are further than nearly nothing from an end of a line."""
    return np.asarray(np.hypot(*(places[point] - places[end]).T) > _NEAR)
