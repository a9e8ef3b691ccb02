"""Lines that continue each other: pieces that read as one street, whatever they are called.

An end of one piece goes on in an end of another where they lie near each other and the way turns
little; of several that might, each end takes the straightest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike

from .network import labelled
from .overlay import Floats, Geometries, Integers, as_geometries

_BACK_M = 10.0
"""The direction of a line at its end is that from a place so far back."""

_TOUCHING_M = 1.0
"""Between ends so near the way from one to the other says nothing of a direction."""

_DIGITS = 6
"""Turns (radians) and lengths (metres) that agree so far are one: what comes next decides."""


class Ends(NamedTuple):
    """Ends of lines, 2n the start of line n and 2n + 1 its end: place, and direction outwards."""

    place: Floats
    outward: Floats


def strokes(lines: ArrayLike, *, gap: float, turn: float) -> Integers:
    """Label the lines that continue each other.

    Parameters
    ----------
    lines : lines, n, of one part or several
    gap : metres between the ends of two pieces at most
    turn : degrees by which the way may turn from one to the other, at most

    Returns
    -------
    int[n], numbered from 0 in order of first appearance; the parts of one line are together.
    """
    lines = as_geometries(lines)
    parts, owner = shapely.get_parts(shapely.line_merge(lines), return_index=True)
    one, other = owner[continued(parts, gap=gap, turn=turn) // 2].T
    return labelled(one, other, len(lines))


def continued(lines: ArrayLike, *, gap: float, turn: float) -> Integers:
    """Return pairs of ends (int[k, 2]) in which lines continue each other; no end is in two.

    Parameters
    ----------
    lines : lines of one part each, n; the ends of line n are 2n and 2n + 1
    gap, turn : as for `strokes`
    """
    lines = as_geometries(lines)
    ends = _ends(lines)
    points = shapely.points(ends.place)
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=gap)
    apart = one // 2 < other // 2
    one, other = one[apart], other[apart]
    bend, distance = _bend(ends, one, other)
    straight = bend <= np.radians(turn)
    order = _ranked(lines, one[straight], other[straight], bend[straight], distance[straight])
    pairs = np.stack((one[straight], other[straight]), axis=1)[order]
    taken, chosen = np.zeros(2 * len(lines), dtype=np.bool_), np.zeros(len(pairs), dtype=np.bool_)
    for n, pair in enumerate(pairs):
        if not taken[pair].any():
            chosen[n] = taken[pair] = True
    return np.asarray(pairs[chosen], dtype=np.intp).reshape(-1, 2)


def chains(lines: ArrayLike, *, gap: float, turn: float) -> tuple[Geometries, Integers]:
    """Return lines that continue each other as one line each, and the chain of every line.

    A chain that comes back to where it began is closed.

    Parameters
    ----------
    lines : lines of one part each, n
    gap, turn : as for `strokes`
    """
    lines = as_geometries(lines)
    follows = np.full(2 * len(lines), -1, dtype=np.intp)
    for one, other in continued(lines, gap=gap, turn=turn):
        follows[one], follows[other] = other, one
    number = np.full(len(lines), -1, dtype=np.intp)
    found: list[shapely.LineString] = []
    # First from open ends, then round what is closed; west and south first, in any order the same.
    place = _ends(lines).place
    for end in np.lexsort((place[:, 1], place[:, 0], follows >= 0)):
        if number[end // 2] < 0:
            found.append(_walked(lines, follows, int(end), number, len(found)))
    return np.array(found, dtype=object), number


def _walked(
    lines: Geometries, follows: Integers, end: int, number: Integers, chain: int
) -> shapely.LineString:
    """Follow a chain from the end of a line, number its lines, and return it as one line."""
    if follows[end] < 0 and follows[end ^ 1] < 0:
        number[end // 2] = chain
        return lines[end // 2]
    points, closed = [], False
    while end >= 0 and not closed:
        line, backward = divmod(end, 2)
        number[line] = chain
        coordinates = shapely.get_coordinates(lines[line])
        points.append(coordinates[::-1] if backward else coordinates)
        end = int(follows[2 * line + 1 - backward])
        closed = end >= 0 and number[end // 2] >= 0
    if closed:
        points.append(points[0][:1])
    every = np.concatenate(points)
    fresh = np.append(True, np.any(every[1:] != every[:-1], axis=1))
    return shapely.linestrings(every[fresh])


def _ends(lines: Geometries) -> Ends:
    """Return the ends of lines of one part."""
    start, end = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
    back = np.minimum(_BACK_M, shapely.length(lines))
    inner = shapely.line_interpolate_point(lines, np.stack((back, -back)))
    place = shapely.get_coordinates(np.stack((start, end), axis=1).ravel())
    step = place - shapely.get_coordinates(inner.T.ravel())
    length = np.hypot(*step.T)[:, None]
    return Ends(place, np.divide(step, length, out=np.zeros_like(step), where=length > 0))


def _bend(ends: Ends, one: Integers, other: Integers) -> tuple[Floats, Floats]:
    """Return by how much the way turns from one end to another (radians), and how far it is."""
    step = ends.place[other] - ends.place[one]
    distance = np.hypot(*step.T)
    ahead, onward = ends.outward[one], -ends.outward[other]
    bend = _angle(ahead, onward)
    far = distance > _TOUCHING_M
    between = np.maximum(_angle(ahead[far], step[far]), _angle(step[far], onward[far]))
    bend[far] = np.maximum(bend[far], between)
    aimless = ~(ahead.any(axis=1) & onward.any(axis=1))
    return np.where(aimless, np.inf, bend), distance


def _angle(one: Floats, other: Floats) -> Floats:
    """Return the angle between pairs of vectors, radians."""
    sine = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    cosine = (one * other).sum(axis=1)
    result: Floats = np.abs(np.arctan2(sine, cosine))
    return result


def _ranked(
    lines: Geometries, one: Integers, other: Integers, bend: Floats, distance: Floats
) -> Integers:
    """Return the order of pairs: the straightest first, the nearest, the longest; then by place."""
    middle = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    first = np.lexsort(middle.T).argsort()
    here, there = first[one // 2], first[other // 2]
    length = shapely.length(lines)
    measured = (bend, distance, -(length[one // 2] + length[other // 2]))
    keys = (np.maximum(here, there), np.minimum(here, there))
    result: Integers = np.lexsort((*keys, *(np.round(one, _DIGITS) for one in measured[::-1])))
    return result
