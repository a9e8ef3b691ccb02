"""Surfaces within shapes, from heights in cells: how they slope, and what stands out of them.

Through every patch of a shape's cells a plane is laid, and a cell has the plane of the patch around
it that tells its slope best. So no slope is taken across eaves, ridges, or what stands on a roof.
Each shape is looked at alone, and by its own cells, so that neither other shapes nor the window
make a difference to any bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats
from .relief import Cells, compiled

OWN = 0.5
"""A cell that a shape covers by no more may be anything beside it: its height is not looked at."""
_FEWEST = 4
"""Cells of a patch at least."""
_NOISE = 0.03
"""Metres by which heights may be off however even a patch looks."""
_FLAT = 1e-6
"""Of m² of spread along the narrower way: a patch that has less is a line."""
_WIDE = 3
"""Cells each way at least, if the shape has them: two rows cannot tell a step from a slope."""
_NARROW = 1e9
_PART = 3
"""A square has at least a third of the cells of the fullest one; else it is but an edge."""


class Facets(NamedTuple):
    """The plane of each cell, NaN where there is none.

    Metres it rises per metre east and north, its level in the cell's middle, and how far (m)
    heights lie off it.
    """

    east: Floats
    north: Floats
    level: Floats
    rough: Floats


def facets(
    height: ArrayLike,
    cells: Cells,
    side: tuple[float, float],
    *,
    patch: float = 3.0,
) -> Facets:
    """Return the plane of each cell of some shapes.

    Parameters
    ----------
    height : float[n], of each of the cells, metres; NaN where unknown
    cells : n, of the shapes
    side : width and height of a cell, metres
    patch : about how wide a patch is, metres; it has three cells each way at least

    Raises
    ------
    ValueError
        If a height is infinite, or there is not one for each cell.
    """
    known = _own_heights(height, cells)
    across, down = (max(1, round((patch / length - 1) / 2)) for length in side)
    found = np.full((4, len(cells.row)), np.nan)
    _fit(known, cells, side, (down, across), found)
    return Facets(*found)


def standing_out(
    height: ArrayLike,
    cells: Cells,
    planes: Facets,
    side: tuple[float, float],
    *,
    rise: float,
    wide: float,
) -> NDArray[np.bool_]:
    """Tell which cells stand out of the surface of their shape.

    A cell does not stand out if it lies in a square of more than `wide` metres that nowhere falls
    by more than `rise` below it: below the level of the cell, or below its plane where that is
    even. What is wider than that is a surface of its own. Squares that are hardly in the shape do
    not count.

    Parameters
    ----------
    height, cells, side : see `facets`, and `planes` what it returns
    rise, wide : metres

    Raises
    ------
    ValueError
        As `facets`.
    """
    known = _own_heights(height, cells)
    across, down = (int(wide / length) for length in side)
    found = np.zeros(len(cells.row), dtype=np.bool_)
    _stand(known, cells, planes, side, (down, across), rise, found)
    return found


def _own_heights(height: ArrayLike, cells: Cells) -> Floats:
    """Return the height of each cell that is its shape's own, NaN for others."""
    levels = np.asarray(height, dtype=np.float64)
    if levels.shape != cells.share.shape or np.isinf(levels).any():
        raise ValueError("heights must be one for each cell, and none of them infinite")
    return np.where(cells.share > OWN, levels, np.nan)


@compiled
def _box(cells: Cells, shape: int) -> tuple[int, int, int, int]:
    """First row and column of a shape, and how many there are."""
    begin, end = cells.first[shape], cells.first[shape + 1]
    rows, cols = cells.row[begin:end], cells.col[begin:end]
    return rows.min(), cols.min(), rows.max() - rows.min() + 1, cols.max() - cols.min() + 1


@compiled
def _drawn(known: Floats, cells: Cells, shape: int) -> Floats:
    """Return the heights of a shape in the box around it."""
    row, col, rows, cols = _box(cells, shape)
    result = np.full((rows, cols), np.nan)
    for p in range(cells.first[shape], cells.first[shape + 1]):
        result[cells.row[p] - row, cells.col[p] - col] = known[p]
    return result


@compiled
def _fit(
    known: Floats,
    cells: Cells,
    side: tuple[float, float],
    half: tuple[int, int],
    found: Floats,
) -> None:
    """Write the best plane of each cell."""
    for s in range(len(cells.first) - 1):
        if cells.first[s] == cells.first[s + 1]:
            continue
        drawn = _drawn(known, cells, s)
        rows, cols = drawn.shape
        planes = np.full((rows, cols, 5), np.inf)
        for r in range(rows):
            for c in range(cols):
                if not np.isnan(drawn[r, c]):
                    _plane(drawn, r, c, side, half, planes[r, c])
        row, col = _box(cells, s)[:2]
        for p in range(cells.first[s], cells.first[s + 1]):
            r, c = cells.row[p] - row, cells.col[p] - col
            least = np.inf
            for i in range(max(r - half[0], 0), min(r + half[0] + 1, rows)):
                for j in range(max(c - half[1], 0), min(c + half[1] + 1, cols)):
                    if planes[i, j, 4] < least:
                        least = planes[i, j, 4]
                        east, north, level = planes[i, j, 0], planes[i, j, 1], planes[i, j, 2]
                        x, y = (c - j) * side[0], (i - r) * side[1]
                        found[0, p], found[1, p] = east, north
                        found[2, p] = level + east * x + north * y
                        found[3, p] = planes[i, j, 3]


@compiled
def _plane(
    drawn: Floats,
    r: int,
    c: int,
    side: tuple[float, float],
    half: tuple[int, int],
    plane: Floats,
) -> None:
    """Write the plane of a patch: slopes, level, how far off heights lie, how unsure slopes are."""
    top, low, left, far = r, r, c, c
    n, x, y, z, xx, xy, yy, xz, yz, zz = 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(max(r - half[0], 0), min(r + half[0] + 1, drawn.shape[0])):
        for j in range(max(c - half[1], 0), min(c + half[1] + 1, drawn.shape[1])):
            if np.isnan(drawn[i, j]):
                continue
            top, low, left, far = min(top, i), max(low, i), min(left, j), max(far, j)
            a, b, d = (j - c) * side[0], (r - i) * side[1], drawn[i, j] - drawn[r, c]
            n, x, y, z = n + 1, x + a, y + b, z + d
            xx, xy, yy = xx + a * a, xy + a * b, yy + b * b
            xz, yz, zz = xz + a * d, yz + b * d, zz + d * d
    x, y, z = x / n, y / n, z / n
    xx, xy, yy = xx - n * x * x, xy - n * x * y, yy - n * y * y
    xz, yz, zz = xz - n * x * z, yz - n * y * z, zz - n * z * z
    spread = 0.5 * (xx + yy) - np.sqrt((0.5 * (xx - yy)) ** 2 + xy * xy)
    if n < _FEWEST or spread < _FLAT * side[0] * side[1]:
        return
    whole = xx * yy - xy * xy
    east, north = (xz * yy - yz * xy) / whole, (yz * xx - xz * xy) / whole
    off = max(zz - east * xz - north * yz, 0.0) / (n - 3)
    plane[0], plane[1] = east, north
    plane[2] = drawn[r, c] + z - east * x - north * y
    plane[3] = np.sqrt(off)
    plane[4] = (off + _NOISE**2) / spread
    if low - top + 1 < _WIDE or far - left + 1 < _WIDE:
        plane[4] += _NARROW


@compiled
def _stand(
    known: Floats,
    cells: Cells,
    planes: Facets,
    side: tuple[float, float],
    span: tuple[int, int],
    rise: float,
    found: NDArray[np.bool_],
) -> None:
    """Write which cells stand out."""
    for s in range(len(cells.first) - 1):
        if cells.first[s] == cells.first[s + 1]:
            continue
        drawn = _drawn(known, cells, s)
        held = _held(drawn, span)
        row, col = _box(cells, s)[:2]
        for p in range(cells.first[s], cells.first[s + 1]):
            r, c = cells.row[p] - row, cells.col[p] - col
            if np.isnan(drawn[r, c]):
                continue
            stands = True
            if planes.rough[p] <= rise / 3:
                slope = planes.east[p] * side[0], planes.north[p] * side[1]
                stands = not _rests(drawn, held, r, c, slope, span, rise)
            found[p] = stands and not _rests(drawn, held, r, c, (0.0, 0.0), span, rise)


@compiled
def _held(drawn: Floats, span: tuple[int, int]) -> NDArray[np.int64]:
    """Return how many cells each square holds that has some in the box, by its north-west end."""
    rows, cols = drawn.shape
    before = np.zeros((rows + 1, cols + 1), dtype=np.int64)
    for r in range(rows):
        along = 0
        for c in range(cols):
            along += 0 if np.isnan(drawn[r, c]) else 1
            before[r + 1, c + 1] = before[r, c + 1] + along
    held = np.zeros((rows + span[0], cols + span[1]), dtype=np.int64)
    for r in range(len(held)):
        top, low = max(r - span[0], 0), min(r + 1, rows)
        for c in range(held.shape[1]):
            left, far = max(c - span[1], 0), min(c + 1, cols)
            held[r, c] = before[low, far] - before[top, far] - before[low, left] + before[top, left]
    return held


@compiled
def _rests(
    drawn: Floats,
    held: NDArray[np.int64],
    r: int,
    c: int,
    slope: tuple[float, float],
    span: tuple[int, int],
    rise: float,
) -> bool:
    """Tell whether one of the squares around a cell nowhere falls below its plane."""
    around = held[r : r + span[0] + 1, c : c + span[1] + 1]
    most = around.max()
    for i in range(span[0] + 1):
        for j in range(span[1] + 1):
            if _PART * around[i, j] < most:
                continue
            end = r + i, c + j
            if not _falls(drawn, r, c, end, slope, span, drawn[r, c] - rise):
                return True
    return False


@compiled
def _falls(
    drawn: Floats,
    r: int,
    c: int,
    end: tuple[int, int],
    slope: tuple[float, float],
    span: tuple[int, int],
    level: float,
) -> bool:
    """Tell whether a square, given by its south-eastern cell, is somewhere below a plane."""
    rows, cols = drawn.shape
    for i in range(max(end[0] - span[0], 0), min(end[0] + 1, rows)):
        for j in range(max(end[1] - span[1], 0), min(end[1] + 1, cols)):
            if drawn[i, j] < level + slope[0] * (j - c) + slope[1] * (r - i):
                return True
    return False
