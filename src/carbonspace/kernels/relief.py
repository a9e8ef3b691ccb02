"""Prisms on a grid: how high they stand in each cell, and how much of each cell they cover.

A grid has square cells, rows counted southwards and columns eastwards from its north-western
corner. A window is a part of it in whole cells; what is computed in a window is, bit for bit, what
is computed in any other that has the same cells.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from ._compiling import Compiled
from .cells import Lattice, covered_cells, ragged
from .overlay import Floats, Geometries, Integers, as_geometries

Heights: TypeAlias = NDArray[np.float32] | NDArray[np.float64]
Small: TypeAlias = NDArray[np.int32]
Corner: TypeAlias = tuple[int, int]
Routine = TypeVar("Routine", bound=Callable[..., Any])

_SPECK = 1e-12
"""A share of a cell below this is rounding."""


def compiled(routine: Routine) -> Routine:
    """Compile without Python's lock, once per machine."""
    return cast(Routine, Compiled(routine, {}))


class Grid(NamedTuple):
    """North-western corner and side of a cell, metres."""

    west: float
    north: float
    cell: float


class Window(NamedTuple):
    """First row and column, and how many there are."""

    row: int
    col: int
    rows: int
    cols: int


class Cells(NamedTuple):
    """Cells that shapes touch, sorted by shape, row and column.

    Cells ``first[i]`` to ``first[i + 1]`` belong to shape i; `row` and `col` count from the grid's
    corner; `share` (0..1] is how much of the cell the shape covers.
    """

    first: Integers
    row: Small
    col: Small
    share: Floats


def window_of(grid: Grid, west: float, south: float, east: float, north: float) -> Window:
    """Return the smallest window that holds a box, given in metres."""
    row, col = floor((grid.north - north) / grid.cell), floor((west - grid.west) / grid.cell)
    last_row = ceil((grid.north - south) / grid.cell)
    last_col = ceil((east - grid.west) / grid.cell)
    return Window(row, col, max(last_row - row, 1), max(last_col - col, 1))


def relief(
    polygons: ArrayLike,
    tops: ArrayLike,
    grid: Grid,
    window: Window,
    *,
    ground: ArrayLike = 0.0,
) -> tuple[Heights, Small]:
    """Return the height of every cell's centre, and which polygon stands there.

    Parameters
    ----------
    polygons : polygons or multipolygons, n; valid, in metres; the higher one wins
    tops : float[n], metres above the datum of the ground
    ground : float or float[rows, cols], where no higher polygon stands

    Returns
    -------
    float32[rows, cols], and int32[rows, cols] with -1 for the ground; of equal tops the first owns.

    Raises
    ------
    ValueError
        If a top is not finite, or the ground does not have the window's shape.
    """
    shapes, levels = as_prisms(polygons, tops)
    height = np.empty((window.rows, window.cols), dtype=np.float32)
    height[...] = ground
    owner = np.full(height.shape, -1, dtype=np.int32)
    ends, first = on_grid(shapes, grid)
    _paint(ends, first, levels.astype(np.float32), (window.row, window.col), height, owner)
    return height, owner


def cells_of(polygons: ArrayLike, grid: Grid, *, down: int = 1, across: int = 1) -> Cells:
    """Return the cells each polygon touches and its exact share in them.

    The shares of a polygon times the area of a cell add up to its area.

    Parameters
    ----------
    polygons : polygons or multipolygons, n; None and empty ones touch nothing
    down, across : into how many rows and columns each cell of the grid is divided first
    """
    shapes = as_geometries(polygons)
    drawn = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    bounds = shapely.total_bounds(drawn).tolist() if len(drawn) else [grid.west, grid.north] * 2
    box = window_of(grid, *bounds)
    top, left = box.row * down, box.col * across
    found = covered_cells(
        shapes,
        Lattice(grid.west, grid.north, grid.cell / across, grid.cell / down,
                top, left, box.rows * down, box.cols * across),
    )  # fmt: skip
    return Cells(found.start, found.row + np.int32(top), found.column + np.int32(left), found.share)


def as_prisms(footprints: ArrayLike, tops: ArrayLike) -> tuple[Geometries, Floats]:
    """Return the footprints and their tops as arrays of one length, every top finite."""
    shapes, heights = as_geometries(footprints), np.atleast_1d(np.asarray(tops, dtype=np.float64))
    if shapes.shape != heights.shape:
        raise ValueError(f"{len(shapes)} footprints but {len(heights)} tops")
    if not np.isfinite(heights).all():
        raise ValueError(f"{np.count_nonzero(~np.isfinite(heights))} tops are not finite")
    return shapes, heights


def edges(shapes: Geometries) -> tuple[Floats, Integers]:
    """Return the edges (x, y, x, y) that have their shape on the left, and whose they are."""
    return _edges(*ragged(shapes))


@compiled
def _edges(
    xy: Floats, rings: Integers, hole: NDArray[np.bool_], starts: Integers
) -> tuple[Floats, Integers]:
    ends = np.empty((len(xy), 4))
    owner = np.empty(len(ends), dtype=np.int64)
    n = 0
    for s in range(len(starts) - 1):
        for ring in range(starts[s], starts[s + 1]):
            begin, end = rings[ring], rings[ring + 1]
            twice = 0.0
            for k in range(begin + 1, end - 1):
                twice += (xy[k, 0] - xy[begin, 0]) * (xy[k + 1, 1] - xy[begin, 1])
                twice -= (xy[k + 1, 0] - xy[begin, 0]) * (xy[k, 1] - xy[begin, 1])
            forth = (twice > 0) != hole[ring]
            for k in range(end - begin - 1):
                a, b = (begin + k, begin + k + 1) if forth else (end - 1 - k, end - 2 - k)
                ends[n, 0], ends[n, 1] = xy[a, 0], xy[a, 1]
                ends[n, 2], ends[n, 3] = xy[b, 0], xy[b, 1]
                owner[n] = s
                n += 1
    return ends[:n], owner[:n]


def on_grid(shapes: Geometries, grid: Grid) -> tuple[Floats, Integers]:
    """Return the edges (x, y, x, y) in cells from the grid's corner, y southwards.

    Edges ``first[i]`` to ``first[i + 1]`` of the second array are those of shape i.
    """
    ends, owner = edges(shapes)
    ends[:, ::2] = (ends[:, ::2] - grid.west) / grid.cell
    ends[:, 1::2] = (grid.north - ends[:, 1::2]) / grid.cell
    return ends, np.searchsorted(owner, np.arange(len(shapes) + 1))


@compiled
def by_step(along: Small, start: int, count: int) -> tuple[Integers, Small]:
    """Where each step's cells begin, and the cells in the order of the steps."""
    first = np.zeros(count + 1, dtype=np.int64)
    for p in range(len(along)):
        first[along[p] - start + 1] += 1
    first = np.cumsum(first)
    free, place = first.copy(), np.empty(len(along), dtype=np.int32)
    for p in range(len(along)):
        place[free[along[p] - start]] = p
        free[along[p] - start] += 1
    return first, place


@compiled
def _box(ends: Floats) -> tuple[int, int, int, int]:
    """First column and row of some edges, and how many there are."""
    west, north, east, south = ends[0, 0], ends[0, 1], ends[0, 0], ends[0, 1]
    for e in range(len(ends)):
        west, east = min(west, ends[e, 0]), max(east, ends[e, 0])
        north, south = min(north, ends[e, 1]), max(south, ends[e, 1])
    col, row = floor(west), floor(north)
    return col, row, ceil(east) - col, ceil(south) - row


@compiled
def _paint(
    ends: Floats, first: Integers, tops: Heights, corner: Corner, height: Heights, owner: Small
) -> None:
    """Raise the cells whose centre lies in a shape to its top."""
    odd = np.zeros(1, dtype=np.bool_)
    for s in range(len(first) - 1):
        mine = ends[first[s] : first[s + 1]]
        if len(mine) == 0:
            continue
        col, row, wide, high = _box(mine)
        down, right = row - corner[0], col - corner[1]
        if down >= len(height) or right >= height.shape[1] or down + high <= 0 or right + wide <= 0:
            continue
        if len(odd) < (wide + 1) * high:
            odd = np.zeros(2 * (wide + 1) * high, dtype=np.bool_)
        table = odd[: (wide + 1) * high].reshape(high, wide + 1)
        _flip(table, mine, col, row)
        _raise(table, tops[s], s, down, right, height, owner)
        table[:] = False


@compiled
def _flip(odd: NDArray[np.bool_], mine: Floats, col: int, row: int) -> None:
    """Flip, in each row, the first centre east of every edge that crosses the row's middle."""
    for e in range(len(mine)):
        x0, y0, x1, y1 = mine[e, 0] - col, mine[e, 1] - row, mine[e, 2] - col, mine[e, 3] - row
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        for r in range(ceil(y0 - 0.5), ceil(y1 - 0.5)):
            x = x0 + (r + 0.5 - y0) * ((x1 - x0) / (y1 - y0))
            c = min(max(ceil(x - 0.5), 0), odd.shape[1] - 1)
            odd[r, c] = not odd[r, c]


@compiled
def _raise(
    odd: NDArray[np.bool_],
    top: float,
    shape: int,
    down: int,
    right: int,
    height: Heights,
    owner: Small,
) -> None:
    """Raise the cells that have an odd number of flips at them and west of them."""
    for r in range(max(-down, 0), min(len(odd), len(height) - down)):
        inside = False
        for c in range(min(odd.shape[1], height.shape[1] - right)):
            if odd[r, c]:
                inside = not inside
            if inside and c + right >= 0 and top > height[r + down, c + right]:
                height[r + down, c + right] = top
                owner[r + down, c + right] = shape


@compiled
def mark(ends: Floats, first: Integers, tops: Floats, corner: Corner, peak: Floats) -> None:
    """Raise each cell of `peak` to the top of the highest shape that touches it."""
    turns = np.zeros(1)
    for s in range(len(first) - 1):
        mine = ends[first[s] : first[s + 1]]
        if len(mine) == 0:
            continue
        col, row, wide, high = _box(mine)
        down, right = row - corner[0], col - corner[1]
        if down >= len(peak) or right >= peak.shape[1] or down + high <= 0 or right + wide <= 0:
            continue
        if len(turns) < (wide + 2) * high:
            turns = np.zeros(2 * (wide + 2) * high)
        turn = turns[: (wide + 2) * high].reshape(high, wide + 2)
        for e in range(len(mine)):
            _add(turn, mine[e, 0] - col, mine[e, 1] - row, mine[e, 2] - col, mine[e, 3] - row)
        for r in range(max(-down, 0), min(high, len(peak) - down)):
            covered = 0.0
            for c in range(min(wide, peak.shape[1] - right)):
                covered += turn[r, c]
                if covered > _SPECK and c + right >= 0:
                    peak[r + down, c + right] = max(peak[r + down, c + right], tops[s])
        turn[:] = 0


@compiled
def _add(turn: Floats, x0: float, y0: float, x1: float, y1: float) -> None:
    """Add what lies east of an edge to the changes of coverage along the rows it crosses.

    Edges that run south (y grows southwards) add, edges that run north take away.
    """
    sign = 1.0
    if y0 > y1:
        x0, y0, x1, y1, sign = x1, y1, x0, y0, -1.0
    if y0 == y1:
        return
    slope = (x1 - x0) / (y1 - y0)
    for r in range(floor(y0), ceil(y1)):
        top, bottom = max(y0, float(r)), min(y1, r + 1.0)
        a = x0 + (top - y0) * slope if top > y0 else x0
        b = x0 + (bottom - y0) * slope if bottom < y1 else x1
        low, high = min(a, b), max(a, b)
        start, stop = floor(low), max(ceil(high), floor(low) + 1)
        for c in range(start, stop):
            west, east = max(low, float(c)), min(high, c + 1.0)
            tall = bottom - top
            if stop - start > 1:
                tall *= (east - west) / (high - low)
            beyond = 0.5 * (west + east) - c
            turn[r, c] += sign * tall * (1.0 - beyond)
            turn[r, c + 1] += sign * tall * beyond
