"""Which cells polygons cover, walked edge by edge; compiled, and imported only where it is run.

Lengths are in cells: x counts columns from the west, y rows from the north.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _compiled(function: _Function) -> _Function:
    made = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return cast(_Function, made)


_NOISE = 1e-12
"""A share this near to none or all of a cell is rounding."""

_MOST_ROWS = 1 << 12
"""Rows of a polygon walked at a time."""


@_compiled
def runs(
    xy: NDArray[np.float64],
    rings: NDArray[np.int64],
    hole: NDArray[np.bool_],
    polygons: NDArray[np.int64],
    window: tuple[int, int, int, int],
    first: int,
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    length: NDArray[np.int32],
    share: NDArray[np.float64],
    start: NDArray[np.int64],
    cells: NDArray[np.float64],
) -> int:
    """Write runs of cells that share alike in a polygon, as many polygons as there is room for.

    `rings` and `polygons` say where rings begin among points, and polygons among rings. `window`
    is (top, left, rows, columns): of other cells nothing is written, and rows and columns count
    from it. Runs of polygon `first + n` are `start[n]:start[n + 1]`, by row and column. `cells`
    is scratch, all zero before and after, with two numbers for each cell of the widest row.

    Returns the first polygon that was not written.
    """
    top, left, rows, columns = window
    near, far = np.zeros(_MOST_ROWS, np.int64), np.zeros(_MOST_ROWS, np.int64)
    start[0] = used = 0
    for polygon in range(first, len(polygons) - 1):
        a, b = polygons[polygon], polygons[polygon + 1]
        low, high, west, east = _extent(xy, rings[a], rings[b])
        low, high = max(low, top), min(high, top + rows)
        if east < left or west >= left + columns:
            low = high
        wide = east - west + 2
        most = min(_MOST_ROWS, len(cells) // (2 * wide))
        for upper in range(low, high, most):
            lower = min(upper + most, high)
            near[: lower - upper], far[: lower - upper] = wide, -1
            for ring in range(a, b):
                turn = _turn(xy, rings[ring], rings[ring + 1], hole[ring])
                for k in range(rings[ring], rings[ring + 1] - 1):
                    _walk(xy, k, turn, upper, lower, west, wide, cells, near, far)
            for n in range(lower - upper):
                used = _sweep(cells[2 * wide * n :], near[n], far[n], upper + n - top,
                              west - left, columns, row, column, length, share, used)  # fmt: skip
            if used < 0:
                return polygon
        start[polygon - first + 1] = used
    return len(polygons) - 1


@_compiled
def _extent(xy: NDArray[np.float64], begin: int, end: int) -> tuple[int, int, int, int]:
    """Return the rows (first, one past the last) and columns (first, last) of some points."""
    if begin == end:
        return 0, 0, 0, 0
    west = east = xy[begin, 0]
    low = high = xy[begin, 1]
    for k in range(begin + 1, end):
        west, east = min(west, xy[k, 0]), max(east, xy[k, 0])
        low, high = min(low, xy[k, 1]), max(high, xy[k, 1])
    return math.floor(low), math.ceil(high), math.floor(west), math.floor(east)


@_compiled
def _turn(xy: NDArray[np.float64], begin: int, end: int, hole: bool) -> float:
    """Return 1 where a ring has the polygon on the east of its edges that go down, else -1."""
    twice = 0.0
    for k in range(begin + 1, end - 1):
        twice += (xy[k, 0] - xy[begin, 0]) * (xy[k + 1, 1] - xy[begin, 1])
        twice -= (xy[k + 1, 0] - xy[begin, 0]) * (xy[k, 1] - xy[begin, 1])
    return 1.0 if (twice < 0) != hole else -1.0


@_compiled
def _walk(
    xy: NDArray[np.float64],
    k: int,
    turn: float,
    upper: int,
    lower: int,
    west: int,
    wide: int,
    cells: NDArray[np.float64],
    near: NDArray[np.int64],
    far: NDArray[np.int64],
) -> None:
    """Walk along edge k through the rows `upper` to `lower`.

    To each cell is added what the edge passes of it: its height, and the area west of the edge.
    """
    x0, y0, x1, y1 = xy[k, 0], xy[k, 1], xy[k + 1, 0], xy[k + 1, 1]
    if y0 > y1:
        x0, y0, x1, y1, turn = x1, y1, x0, y0, -turn
    if y1 <= upper or y0 >= lower or y0 == y1:
        return
    begin = max(upper, math.floor(y0))
    slope, least, most = (x1 - x0) / (y1 - y0), min(x0, x1), max(x0, x1)
    y = max(float(begin), y0)
    x = x0 if y == y0 else min(max(x0 + (y - y0) * slope, least), most)
    for n in range(begin, min(lower, math.ceil(y1))):
        below = min(float(n + 1), y1)
        beyond = x1 if below == y1 else min(max(x0 + (below - y0) * slope, least), most)
        one, other = _pass(min(x, beyond) - west, max(x, beyond) - west, turn * (below - y),
                           2 * wide * (n - upper), cells)  # fmt: skip
        near[n - upper], far[n - upper] = min(near[n - upper], one), max(far[n - upper], other)
        x, y = beyond, below


@_compiled
def _pass(
    xa: float, xb: float, tall: float, at: int, cells: NDArray[np.float64]
) -> tuple[int, int]:
    """Add what passes from `xa` to `xb` over a height to the cells of a row, which begin `at`."""
    first = math.floor(xa)
    if xb <= first + 1:
        cells[at + 2 * first] += tall
        cells[at + 2 * first + 1] += tall * ((xa + xb) / 2 - first)
        return first, first
    last = math.ceil(xb) - 1
    each = tall / (xb - xa)
    part = each * (first + 1 - xa)
    cells[at + 2 * first] += part
    cells[at + 2 * first + 1] += part * (1 + xa - first) / 2
    rest = tall - part
    for c in range(first + 1, last):
        cells[at + 2 * c] += each
        cells[at + 2 * c + 1] += each / 2
        rest -= each
    cells[at + 2 * last] += rest
    cells[at + 2 * last + 1] += rest * (xb - last) / 2
    return first, last


@_compiled
def _sweep(
    cells: NDArray[np.float64],
    near: int,
    far: int,
    at_row: int,
    west: int,
    columns: int,
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    length: NDArray[np.int32],
    share: NDArray[np.float64],
    used: int,
) -> int:
    """Write the runs of one row, and clear its cells; -1 where there was no room."""
    full, c = 0.0, near
    while c <= far:
        begin, covered = c, full
        if cells[2 * c] == 0.0 and cells[2 * c + 1] == 0.0:
            while cells[2 * c] == 0.0 and cells[2 * c + 1] == 0.0 and c <= far:
                c += 1
        else:
            full += cells[2 * c]
            covered = full - cells[2 * c + 1]
            cells[2 * c] = cells[2 * c + 1] = 0.0
            c += 1
        if 1.0 - _NOISE < covered < 1.0 + _NOISE:
            covered = 1.0
        one, end = max(begin + west, 0), min(c + west, columns)
        if covered > _NOISE and one < end and used >= 0:
            if used == len(share):
                used = -1
                continue
            row[used], column[used], length[used], share[used] = at_row, one, end - one, covered
            used += 1
    return used


@_compiled
def spread(
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    length: NDArray[np.int32],
    share: NDArray[np.float64],
    start: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Return how many cells each polygon meets, and their rows, columns and shares, from runs."""
    total = 0
    for k in range(len(length)):
        total += length[k]
    count = np.zeros(len(start) - 1, np.int64)
    rows, columns, shares = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total)
    n = 0
    for polygon in range(len(count)):
        for k in range(start[polygon], start[polygon + 1]):
            count[polygon] += length[k]
            for c in range(column[k], column[k] + length[k]):
                rows[n], columns[n], shares[n] = row[k], c, share[k]
                n += 1
    return count, rows, columns, shares


@_compiled
def sums(
    values: NDArray[Any],
    first: int,
    last: int,
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    length: NDArray[np.int32],
    share: NDArray[np.float64],
    start: NDArray[np.int64],
    found: NDArray[np.float64],
) -> None:
    """Write (cells with a value, their sum, lowest, highest) of polygons from runs."""
    for polygon in range(first, last):
        cells = total = 0.0
        lowest, highest = np.inf, -np.inf
        for k in range(start[polygon - first], start[polygon - first + 1]):
            many, amount = 0, 0.0
            for c in range(column[k], column[k] + length[k]):
                value = values[row[k], c]
                if not np.isnan(value):
                    many += 1
                    amount += value
                    lowest, highest = min(lowest, value), max(highest, value)
            cells += share[k] * many
            total += share[k] * amount
        found[polygon, 0], found[polygon, 1] = cells, total
        if cells > 0:
            found[polygon, 2], found[polygon, 3] = lowest, highest


@_compiled
def class_sums(
    classes: NDArray[np.int16],
    first: int,
    last: int,
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    length: NDArray[np.int32],
    share: NDArray[np.float64],
    start: NDArray[np.int64],
    found: NDArray[np.float64],
) -> None:
    """Write how many cells of each class polygons hold, from runs; -1 is no class."""
    for polygon in range(first, last):
        for k in range(start[polygon - first], start[polygon - first + 1]):
            for c in range(column[k], column[k] + length[k]):
                one = classes[row[k], c]
                if one >= 0:
                    found[polygon, one] += share[k]
