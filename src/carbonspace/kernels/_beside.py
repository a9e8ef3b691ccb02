"""Which stretches of lines the edges of polygons run beside, in compiled code."""

from __future__ import annotations

from math import floor, hypot, inf, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._boxes import Box, box_of
from .overlay import Floats, Integers
from .relief import compiled

_NOISE = 1e-6
"""Metres; what is so little beyond a corner is at it."""


class Rings(NamedTuple):
    """Corners of polygons, of polygon i ``first[i]`` to ``first[i + 1]``; where a ring ends."""

    xy: Floats
    first: Integers
    last: NDArray[np.bool_]


class Runs(NamedTuple):
    """Corners of lines, of line i ``first[i]`` to ``first[i + 1]``, and metres along it."""

    xy: Floats
    first: Integers
    along: Floats


@compiled
def along_each(xy: Floats, first: Integers) -> Floats:
    """Metres along each line from its own first corner."""
    along = np.zeros(len(xy))
    for i in range(len(first) - 1):
        for k in range(first[i] + 1, first[i + 1]):
            along[k] = along[k - 1] + hypot(xy[k, 0] - xy[k - 1, 0], xy[k, 1] - xy[k - 1, 1])
    return along


@compiled
def stretches(
    place: Integers, line: Integers, rings: Rings, runs: Runs, beside: float
) -> tuple[Integers, Integers, Integers]:
    """Pairs of a place and a line, and mm from and to, wherever the place's edge is beside.

    Sorted by pair and apart; where both are the same it is a point.
    """
    corners, opens, ends = rings  # whatever is taken out of a tuple or an array is counted
    xy, starts, along = runs
    size = max(len(place), 16)
    pair = np.empty(size, dtype=np.int64)
    low, high = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    near = np.empty(np.diff(opens).max() if len(place) else 0, dtype=np.int64)
    parts = np.empty((len(near), 2))
    n = 0
    for k in range(len(place)):
        begin, first, last = n, starts[line[k]], starts[line[k] + 1]
        box = box_of(xy, (first, last), beside)
        count, box = _around(corners, ends, (opens[place[k]], opens[place[k] + 1]), box, near)
        for j in range(first, last - 1 if count else first):
            step = (xy[j, 0], xy[j, 1], xy[j + 1, 0], xy[j + 1, 1])
            if _is_off(step, (box[0] - beside, box[1] - beside, box[2] + beside, box[3] + beside)):
                continue
            ahead = _ahead(xy, j + 1, last)
            for m in range(_beside(corners, near, count, step, ahead, along[j], beside, parts)):
                start, stop = floor(1000 * parts[m, 0] + 0.5), floor(1000 * parts[m, 1] + 0.5)
                if n > begin and start <= high[n - 1]:
                    high[n - 1] = max(high[n - 1], stop)
                    continue
                if n == len(pair):
                    pair, low, high = _grown(pair), _grown(low), _grown(high)
                pair[n], low[n], high[n] = k, start, stop
                n += 1
    return pair[:n], low[:n], high[:n]


@compiled
def _around(
    xy: Floats, ends: NDArray[np.bool_], corners: tuple[int, int], around: Box, near: Integers
) -> tuple[int, Box]:
    """Write down the corners whose edge has a box that meets another; how many, and their box."""
    west = south = inf
    east = north = -inf
    n = 0
    for e in range(corners[0], corners[1]):
        if ends[e]:
            continue
        edge = (xy[e, 0], xy[e, 1], xy[e + 1, 0], xy[e + 1, 1])
        if _is_off(edge, around):
            continue
        near[n] = e
        n += 1
        west, south = min(west, edge[0], edge[2]), min(south, edge[1], edge[3])
        east, north = max(east, edge[0], edge[2]), max(north, edge[1], edge[3])
    return n, (west, south, east, north)


@compiled
def _is_off(edge: Box, box: Box) -> bool:
    """Tell whether the box of an edge (x, y, x, y) is off another one."""
    return bool(
        (edge[0] < box[0] and edge[2] < box[0])
        or (edge[0] > box[2] and edge[2] > box[2])
        or (edge[1] < box[1] and edge[3] < box[1])
        or (edge[1] > box[3] and edge[3] > box[3])
    )


@compiled
def _ahead(xy: Floats, corner: int, last: int) -> tuple[float, float]:
    """Return which way a line goes on from a corner, as a step of a metre; nowhere at its end."""
    for k in range(corner + 1, last):
        length = hypot(xy[k, 0] - xy[corner, 0], xy[k, 1] - xy[corner, 1])
        if length > 0.0:
            return (xy[k, 0] - xy[corner, 0]) / length, (xy[k, 1] - xy[corner, 1]) / length
    return 0.0, 0.0


@compiled
def _goes_on(x0: float, y0: float, x1: float, y1: float, way: tuple[float, float]) -> bool:
    """Tell whether all of an edge lies ahead of a corner on the way that a line goes on."""
    return bool(min(x0 * way[0] + y0 * way[1], x1 * way[0] + y1 * way[1]) > _NOISE)


@compiled
def _grown(values: Integers) -> Integers:
    result = np.empty(2 * len(values), dtype=np.int64)
    result[: len(values)] = values
    return result


@compiled
def _beside(
    xy: Floats,
    near: Integers,
    count: int,
    step: Box,
    ahead: tuple[float, float],
    along: float,
    gap: float,
    parts: Floats,
) -> int:
    """Write down what of a step of a line the edges from some corners are projected on.

    Stretches along the line, of which the step begins at `along`, in order; return how many.
    Edges follow each other, so that most of them only make the latest stretch longer. What lies
    beyond an end of the step is beside that end where the line ends, too, or turns away (`ahead`
    is which way it goes on): a corner on the way of a straight line is none.
    """
    length = hypot(step[2] - step[0], step[3] - step[1])
    if length == 0.0:
        return 0
    found = 0
    east, north, before = (step[2] - step[0]) / length, (step[3] - step[1]) / length, -1
    turn = (ahead[0] * east + ahead[1] * north, ahead[1] * east - ahead[0] * north)
    y1 = 0.0
    low, high = inf, -inf
    for k in range(count):
        e, y0 = near[k], y1
        if e != before:
            y0 = (xy[e, 1] - step[1]) * east - (xy[e, 0] - step[0]) * north
        before = e + 1
        y1 = (xy[before, 1] - step[1]) * east - (xy[before, 0] - step[0]) * north
        if (y0 > gap and y1 > gap) or (y0 < -gap and y1 < -gap):
            continue
        x0 = (xy[e, 0] - step[0]) * east + (xy[e, 1] - step[1]) * north
        x1 = (xy[before, 0] - step[0]) * east + (xy[before, 1] - step[1]) * north
        if (x0 < -gap and x1 < -gap) or (x0 > length + gap and x1 > length + gap):
            continue
        one, two = _projected((x0, y0, x1, y1), length, gap, turn)
        if one > two or (along > 0.0 and two < -_NOISE):
            continue
        one, two = min(max(one, 0.0), length), min(max(two, 0.0), length)
        if one <= high and two >= low:
            low, high = min(low, one), max(high, two)
            if low == 0.0 and high == length:
                break
            continue
        if low <= high:
            found = _joined(parts, found, along + low, along + high)
        low, high = one, two
    return _joined(parts, found, along + low, along + high) if low <= high else found


@compiled
def _projected(
    edge: Box, length: float, gap: float, turn: tuple[float, float]
) -> tuple[float, float]:
    """Between which x an edge is beside the x axis from 0 to a length; nowhere, the greater first.

    `turn` is which way a line goes on from the end.
    """
    x0, y0, x1, y1 = edge
    if not (_is_near(x0, y0, length, gap) and _is_near(x1, y1, length, gap)):
        start, stop = _near(x0, y0, x1 - x0, y1 - y0, length, gap)
        if start > stop:
            return inf, -inf
        x0, x1 = x0 + start * (x1 - x0), x0 + stop * (x1 - x0)
        y0, y1 = y0 + start * (y1 - y0), y0 + stop * (y1 - y0)
    low, high = min(x0, x1), max(x0, x1)
    if low > length + _NOISE and _goes_on(x0 - length, y0, x1 - length, y1, turn):
        return inf, -inf
    return low, high


@compiled
def _joined(parts: Floats, count: int, low: float, high: float) -> int:
    """Put a stretch among others that are in order and apart; return how many there are then."""
    first = 0
    while first < count and parts[first, 1] < low:
        first += 1
    last = first
    while last < count and parts[last, 0] <= high:
        low, high = min(low, parts[last, 0]), max(high, parts[last, 1])
        last += 1
    move = 1 - (last - first)
    if move > 0:
        for k in range(count - 1, last - 1, -1):
            parts[k + move, 0], parts[k + move, 1] = parts[k, 0], parts[k, 1]
    elif move < 0:
        for k in range(last, count):
            parts[k + move, 0], parts[k + move, 1] = parts[k, 0], parts[k, 1]
    parts[first, 0], parts[first, 1] = low, high
    return count + move


@compiled
def _is_near(x: float, y: float, length: float, gap: float) -> bool:
    """Tell whether a point is near the x axis from 0 to a length."""
    off = max(-x, x - length, 0.0)
    return off * off + y * y <= gap * gap


@compiled
def _near(
    x: float, y: float, dx: float, dy: float, length: float, gap: float
) -> tuple[float, float]:
    """Between which t of 0 to 1 (x + t dx, y + t dy) is near the x axis from 0 to a length."""
    one, two = _between(x, dx, 0.0, length)
    three, four = _between(y, dy, -gap, gap)
    start, stop = max(one, three), min(two, four)
    if start > stop:
        start, stop = inf, -inf
    for centre in (0.0, length):
        one, two = _in_disc(x - centre, y, dx, dy, gap)
        if one <= two:
            start, stop = min(start, one), max(stop, two)
    return max(start, 0.0), min(stop, 1.0)


@compiled
def _between(at: float, step: float, low: float, high: float) -> tuple[float, float]:
    """Between which t at + t step is between two values."""
    if step == 0.0:
        return (-inf, inf) if low <= at <= high else (inf, -inf)
    one, two = (low - at) / step, (high - at) / step
    return min(one, two), max(one, two)


@compiled
def _in_disc(x: float, y: float, dx: float, dy: float, radius: float) -> tuple[float, float]:
    """Between which t a point is in the disc about the origin."""
    square = dx * dx + dy * dy
    if square == 0.0:
        return (-inf, inf) if x * x + y * y <= radius * radius else (inf, -inf)
    middle = -(x * dx + y * dy) / square
    off = (x * dy - y * dx) ** 2 / square
    if off > radius * radius:
        return inf, -inf
    half = sqrt((radius * radius - off) / square)
    return middle - half, middle + half
