"""What stands before a facade: walls that may hide suns from a stretch of it, for all its points.

A tuple of arrays handed to a compiled routine is counted, array by array; where that would be done
for each wall and point it costs more than the rest. What loops most is one routine therefore, and
counts in unsigned numbers, without which its loops over suns are not done many at a time.
"""

from __future__ import annotations

from math import floor, inf

import numpy as np

from ._sky import STEPS, Flags, Sky, least_between, turn_of
from .overlay import Floats, Integers
from .relief import compiled
from .shading import Town, candidates

_TOGETHER = 16
"""Points of a stretch at most: of what may hide suns from some of a longer one, many see none."""

_HALF = 2.1
"""Somewhat more than a half turn: no wall looks wider, but for the rounding of one seen end-on."""

_OFTEN = 4
"""Walls after which it is looked at whether enough suns are left."""

COLUMNS = 6
"""Of a wall before a stretch: both ends, how far it rises, the least slope of suns behind it."""


@compiled
def stretches(
    owner: Integers, place: Floats, outward: Floats, level: Floats, side: float
) -> Integers:
    """Return where stretches begin, and the number of points.

    Points of a stretch follow one another and are of one owner, direction, level and square.
    """
    first, count = np.empty(len(owner) + 1, dtype=np.int64), 0
    for n in range(len(owner)):
        same = count > 0 and n - first[count - 1] < _TOGETHER
        same = same and owner[n] == owner[n - 1] and level[n] == level[n - 1]
        for i in range(2):
            same = same and outward[n, i] == outward[n - 1, i]
            same = same and floor(place[n, i] / side) == floor(place[n - 1, i] / side)
        if not same:
            first[count] = n
            count += 1
    first[count] = len(owner)
    return first[: count + 1].copy()


@compiled
def around(place: Floats) -> tuple[float, float, float, float]:
    """Return the box of some points: west, south, east, north."""
    west, south, east, north = inf, inf, -inf, -inf
    for n in range(len(place)):
        west, east = min(west, place[n, 0]), max(east, place[n, 0])
        south, north = min(south, place[n, 1]), max(north, place[n, 1])
    return west, south, east, north


@compiled
def screens(
    place: Floats, level: float, town: Town, lowest: float, least: Floats, walls: Floats
) -> tuple[Floats, int]:
    """Put walls that may hide suns from a stretch into `walls`, and count them.

    No sun is lower than `lowest`. It may be another array that is returned, if one was too small.
    """
    count = 0
    west, south, east, north = around(place)
    start, stop = candidates(west, south, town)
    for i in range(start, stop if lowest < inf else start):
        p = town.prism[i]
        rise, box = town.tops[p] - level, town.box[p]
        # The box seen from anywhere in the stretch is a larger one seen from one place.
        slope = _behind(
            box[0] - east, box[1] - north, box[2] - west, box[3] - south,
            rise, lowest, least,
        )  # fmt: skip
        if slope == inf:
            continue
        first, last = town.first[p], town.first[p + 1]
        if count + last - first > len(walls):
            more = np.empty((2 * (count + last - first), COLUMNS))
            more[:count] = walls[:count]
            walls = more
        count = _facing(town.ends[first:last], west, south, east, north, rise, slope, walls, count)
    return walls, count


@compiled
def _behind(
    west: float,
    south: float,
    east: float,
    north: float,
    rise: float,
    lowest: float,
    least: Floats,
) -> float:
    """Least slope of the suns behind a box that rises so far, inf where it can hide none."""
    far = max(west, -east, 0.0) ** 2 + max(south, -north, 0.0) ** 2
    if rise <= 0 or rise * rise <= lowest * lowest * far:
        return inf
    if far <= 0:
        return lowest
    slope = _skyline(west, south, east, north, least)
    return inf if rise * rise <= slope * slope * far else slope


@compiled
def _skyline(west: float, south: float, east: float, north: float, least: Floats) -> float:
    """Least slope of the suns behind a box, given as seen from a point that is not in it.

    The two corners it is seen between hang on which side of it the point is.
    """
    aside = 1 if west > 0 else -1 if east < 0 else 0
    ahead = 1 if south > 0 else -1 if north < 0 else 0
    begin = turn_of(
        west if ahead == 1 or (ahead == 0 and aside == 1) else east,
        north if aside == 1 or (aside == 0 and ahead == -1) else south,
    )
    end = turn_of(
        east if ahead == 1 or (ahead == 0 and aside == -1) else west,
        south if aside == 1 or (aside == 0 and ahead == 1) else north,
    )
    return least_between(begin, end, least)


@compiled
def _facing(
    ends: Floats,
    west: float,
    south: float,
    east: float,
    north: float,
    rise: float,
    slope: float,
    walls: Floats,
    count: int,
) -> int:
    """Add the walls of a prism that face some place in a box and are near enough, count all."""
    x, y, wide, high = (
        (west + east) / 2,
        (south + north) / 2,
        (east - west) / 2,
        (north - south) / 2,
    )
    for e in range(len(ends)):
        ax, ay, bx, by = ends[e, 0], ends[e, 1], ends[e, 2], ends[e, 3]
        wx, wy = bx - ax, by - ay
        cross = (ax - x) * (by - y) - (ay - y) * (bx - x)
        slack = abs(wx) * high + abs(wy) * wide
        near = slope * min(cross + slack, 0.0)
        if cross - slack > 0 or rise * rise * (wx * wx + wy * wy) <= near * near:
            continue
        wall = walls[count]
        wall[0], wall[1], wall[2], wall[3], wall[4], wall[5] = ax, ay, bx, by, rise, slope
        count += 1
    return count


@compiled
def hide(x: float, y: float, walls: Floats, count: int, sky: Sky, few: int, dark: Flags) -> int:
    """Mark the suns that walls hide from a point, and return how many are left.

    It is given up where they are no more than `few`. The slope to the top of a wall is linear in
    the way to the sun: `up_east` and `up_north` times it.
    """
    turn, first, slope, east, north = sky.turn, sky.first, sky.slope, sky.east, sky.north
    last_x, last_y, last, left, marked = np.nan, np.nan, 0.0, len(dark), 0
    for w in range(count):
        ax, ay, bx, by = walls[w, 0] - x, walls[w, 1] - y, walls[w, 2] - x, walls[w, 3] - y
        rise, wx, wy, cross = walls[w, 4], bx - ax, by - ay, ax * by - ay * bx
        if cross >= 0 or rise * rise * (wx * wx + wy * wy) <= (walls[w, 5] * cross) ** 2:
            continue
        begin = last if ax == last_x and ay == last_y else turn_of(ax, ay)
        end = turn_of(bx, by)
        last_x, last_y, last = bx, by, end
        if (end - begin) % 4.0 > _HALF:
            continue
        low, high = first[int(begin * (STEPS / 4))], first[int(end * (STEPS / 4))]
        while low < len(turn) and turn[low] < begin:
            low += 1
        while high < len(turn) and turn[high] < end:
            high += 1
        up_east, up_north, round_ = rise / cross * wy, -rise / cross * wx, begin > end
        for i, j in ((low, len(dark) if round_ else high), (0, high if round_ else 0)):
            for k in range(np.uintp(i), np.uintp(j)):
                dark[k] |= slope[k] < up_east * east[k] + up_north * north[k]
        marked += 1
        if few >= 0 and marked % _OFTEN == 0:
            left = _count(dark)
            if left <= few:
                return left
    return _count(dark)


@compiled
def _count(dark: Flags) -> int:
    left = 0
    for k in range(np.uintp(len(dark))):
        left += not dark[k]
    return left
