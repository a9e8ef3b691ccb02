"""Which lines surely have nothing in common but ends, by their steps alone; in compiled code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._boxes import Box, meet
from .overlay import Floats, Integers
from .relief import compiled

_NOISE = 1e-12
"""Of the products an area is the difference of: what is less may be rounding alone."""


@compiled
def surely_apart(
    one: Integers, other: Integers, xy: Floats, first: Integers, boxes: Floats
) -> NDArray[np.bool_]:
    """Tell which pairs of lines have nothing in common but, at most, an end of both.

    Line i has the corners ``xy[first[i]:first[i + 1]]`` and a box. Lines that end where they
    begin are not told of; of the others some are not told either.
    """
    result = np.zeros(len(one), dtype=np.bool_)
    for k in range(len(one)):
        a, b = (first[one[k]], first[one[k] + 1] - 1), (first[other[k]], first[other[k] + 1] - 1)
        if not (_same(xy, a[0], a[1]) or _same(xy, b[0], b[1])):
            result[k] = _are_apart(xy, a, b, boxes[one[k]], boxes[other[k]])
    return result


@compiled
def _are_apart(
    xy: Floats, a: tuple[int, int], b: tuple[int, int], around: Floats, box: Floats
) -> bool:
    """Tell it of the lines from corner to corner that have these boxes."""
    west, south = max(around[0], box[0]), max(around[1], box[1])
    east, north = min(around[2], box[2]), min(around[3], box[3])
    common = (west, south, east, north)
    for i in range(a[0], a[1]):
        step = (xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1])
        if not meet(step, common):
            continue
        for j in range(b[0], b[1]):
            way = (xy[j, 0], xy[j, 1], xy[j + 1, 0], xy[j + 1, 1])
            off = not (meet(way, common) and _meet_too(step, way))
            if not (off or _beside_each_other(step, way) or _part_at_ends(xy, (i, j), a, b)):
                return False
    return True


@compiled
def _part_at_ends(
    xy: Floats, steps: tuple[int, int], a: tuple[int, int], b: tuple[int, int]
) -> bool:
    """Tell whether two steps have an end of both lines in common and go different ways there."""
    i, j = steps
    for p, q in ((i, i + 1), (i + 1, i)):
        for r, s in ((j, j + 1), (j + 1, j)):
            ends = (p == a[0] or p == a[1]) and (r == b[0] or r == b[1])
            if ends and _same(xy, p, r):
                return _side((xy[p, 0], xy[p, 1], xy[q, 0], xy[q, 1]), xy[s, 0], xy[s, 1]) != 0
    return False


@compiled
def _beside_each_other(step: Box, way: Box) -> bool:
    """Tell whether one of two steps lies wholly on one side of the other."""
    one, two = _side(step, way[0], way[1]), _side(step, way[2], way[3])
    three, four = _side(way, step[0], step[1]), _side(way, step[2], step[3])
    return bool(one * two > 0 or three * four > 0)


@compiled
def _side(step: Box, x: float, y: float) -> int:
    """On which side of a step a point lies: 1 left, -1 right; 0 where rounding leaves it open."""
    one = (step[2] - step[0]) * (y - step[1])
    two = (step[3] - step[1]) * (x - step[0])
    if abs(one - two) <= _NOISE * (abs(one) + abs(two)):
        return 0
    return 1 if one > two else -1


@compiled
def _same(xy: Floats, one: int, other: int) -> bool:
    """Tell whether two corners are at one place."""
    return bool(xy[one, 0] == xy[other, 0] and xy[one, 1] == xy[other, 1])


@compiled
def _meet_too(step: Box, way: Box) -> bool:
    """Tell whether the boxes of two steps meet."""
    return bool(
        min(step[0], step[2]) <= max(way[0], way[2])
        and max(step[0], step[2]) >= min(way[0], way[2])
        and min(step[1], step[3]) <= max(way[1], way[3])
        and max(step[1], step[3]) >= min(way[1], way[3])
    )
