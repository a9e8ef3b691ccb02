"""What rasters of heights shade, whichever window of them is at hand.

Points are shared out among the blocks of a raster. Each block is looked at with as much around it
as may shade it and lies near enough, so that what a point is told hangs on its place alone: not on
the points asked with it, nor on how much more of the raster is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot, inf, radians, tan
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from carbonspace.indicators._shared import Floats
from carbonspace.kernels.overlay import Integers
from carbonspace.kernels.relief import Heights, Small, Window
from carbonspace.kernels.sunlight import light_at, reach, shadow_height, sweep_of
from carbonspace.model.grid import Grid

BLOCK_M = 512.0
"""Side of a block, at most; a cell that is larger is a block."""

_MARGIN = 2
"""Cells by which rays may stray from the straight line."""
_WALL = tan(radians(60))
"""What falls off more steeply from cell to cell is a wall, no slope."""


Place: TypeAlias = tuple[float, float, float, float]


class Points(NamedTuple):
    """Where the sun is looked for: metres in the CRS of the rasters, and above their datum."""

    x: Floats
    y: Floats
    level: Floats


class Casters(NamedTuple):
    """A raster of heights above the datum, NaN where nothing casts, and the highest of them."""

    grid: Grid
    peak: float


class Sun(NamedTuple):
    """Degrees clockwise from grid north, and above the horizon."""

    azimuth: float
    elevation: float


def middles(place: Place, row: Small, col: Small, level: Floats) -> Points:
    """Return the middles of cells, by the raster's north-western corner and the size of a cell."""
    west, north, width, height = place
    x = west + (col.astype(np.float64) + 0.5) * width
    return Points(x, north - (row.astype(np.float64) + 0.5) * height, level)


def sight(far: float) -> float:
    """Return how far around the points rasters must be at hand if what is `far` counts."""
    return far + BLOCK_M


def casters(grid: Grid) -> Casters:
    """Return a raster of heights, ready to cast shadows."""
    return Casters(grid, float(np.fmax.reduce(grid.values, axis=None, initial=-inf)))


def lit_over(
    surface: Casters, sun: Sun, at: Points, *, far: float = inf, walls: bool = False
) -> NDArray[np.bool_]:
    """Tell which points nothing of a surface shades.

    `walls`: the surface has walls, that stand half a cell beyond the last middle within; without
    them it is smooth.
    """
    lit = np.ones(len(at.x), dtype=np.bool_)
    side = surface.grid.width, surface.grid.height
    for mine, row, col, window in _blocks(surface, sun, at, far):
        height = _cut(surface.grid, window)
        casting = _with_walls(height, side, sun) if walls else height
        plane = shadow_height(casting, side, *sun, corner=window[:2], edge=0.0)
        lit[mine] = plane[row, col] <= at.level[mine]
    return lit


def light_through(
    crowns: Casters, sun: Sun, at: Points, transmissivity: float, *, far: float = inf
) -> Floats:
    """Return the share of light that crowns leave to points."""
    light = np.ones(len(at.x))
    side = crowns.grid.width, crowns.grid.height
    for mine, row, col, window in _blocks(crowns, sun, at, far):
        asked = row.astype(np.int32), col.astype(np.int32), at.level[mine]
        tops = _cut(crowns.grid, window)
        light[mine] = light_at(tops, asked, transmissivity, side, *sun, corner=window[:2])
    return light


def nearest(grid: Grid, like: Grid) -> Heights:
    """Return what a raster is at the middles of another one's cells; NaN beyond what is at hand."""
    rows, cols = (np.arange(n) + 0.5 for n in like.values.shape)
    y = like.north - (like.top + rows) * like.height
    x = like.west + (like.left + cols) * like.width
    row = np.floor((grid.north - y) / grid.height).astype(np.intp) - grid.top
    col = np.floor((x - grid.west) / grid.width).astype(np.intp) - grid.left
    there = [np.flatnonzero((at >= 0) & (at < n))
             for at, n in zip((row, col), grid.values.shape, strict=True)]  # fmt: skip
    found = np.full(like.values.shape, np.nan, grid.values.dtype)
    found[np.ix_(*there)] = grid.values[np.ix_(row[there[0]], col[there[1]])]
    return found


def _cut(grid: Grid, window: Window) -> Heights:
    """Return the values in a window, which lies within what is at hand."""
    top, left = window.row - grid.top, window.col - grid.left
    values: Heights = grid.values[top : top + window.rows, left : left + window.cols]
    return values


def _blocks(
    surface: Casters, sun: Sun, at: Points, far: float
) -> Iterator[tuple[Integers, Integers, Integers, Window]]:
    """Yield points by block: which they are, row and column in a window, and that window.

    Points that nothing can shade are left out, as are those without a level.
    """
    grid = surface.grid
    row = np.floor((grid.north - at.y) / grid.height).astype(np.intp)
    col = np.floor((at.x - grid.west) / grid.width).astype(np.intp)
    rows, cols = grid.values.shape
    open_ = np.flatnonzero(
        (row >= grid.top) & (row < grid.top + rows) & (col >= grid.left)
        & (col < grid.left + cols) & (at.level < surface.peak)
    )  # fmt: skip
    if not len(open_):
        return
    down, across = max(int(BLOCK_M / grid.height), 1), max(int(BLOCK_M / grid.width), 1)
    below, along = row[open_] // down, col[open_] // across
    first, begin, wide = below.min(), along.min(), along.max() - along.min() + 1
    block = (below - first) * wide + along - begin
    limit = far * tan(radians(sun.elevation))
    for one in np.flatnonzero(np.bincount(block)).tolist():
        mine = open_[block == one]
        top, left = int(first + one // wide) * down, int(begin + one % wide) * across
        home, lowest = Window(top, left, down, across), float(at.level[mine].min())
        window = _seen(surface, sun, home, lowest, limit)
        if window is not None:
            yield mine, row[mine] - window.row, col[mine] - window.col, window


def _seen(surface: Casters, sun: Sun, home: Window, lowest: float, limit: float) -> Window | None:
    """Return the window that holds a block and what may shade a level in it, if anything may.

    Nothing that is `limit` higher would be near enough.
    """
    window = _grown(surface.grid, home, sun, min(surface.peak - lowest, limit))
    fall = float(np.fmax.reduce(_cut(surface.grid, window), axis=None, initial=-inf)) - lowest
    return _grown(surface.grid, home, sun, min(fall, limit)) if fall > 0 else None


def _grown(grid: Grid, home: Window, sun: Sun, fall: float) -> Window:
    """Return a block with what stands on the sun's side of it, as far as it is at hand."""
    sides = np.array(reach(fall, [sun])) / (grid.width, grid.height, grid.width, grid.height)
    west, south, east, north = (np.ceil(sides).astype(int) + _MARGIN).tolist()
    rows, cols = grid.values.shape
    top, left = max(home.row - north, grid.top), max(home.col - west, grid.left)
    low = min(home.row + home.rows + south, grid.top + rows)
    far = min(home.col + home.cols + east, grid.left + cols)
    return Window(top, left, low - top, far - left)


def _with_walls(height: Heights, side: tuple[float, float], sun: Sun) -> Heights:
    """Return heights that cast as if walls stood half a cell nearer to what they shade.

    Half a cell beyond its middle a block is as high as it is; a slope is not.
    """
    way = sweep_of(*sun, side)
    away = -1 if way.backwards else 1
    aside = round(way.aside * away)
    down, across = (aside, away) if way.by_columns else (away, aside)
    rows, cols = height.shape
    here = (slice(max(-down, 0), rows - max(down, 0)),
            slice(max(-across, 0), cols - max(across, 0)))  # fmt: skip
    behind = (slice(max(down, 0), rows - max(-down, 0)),
              slice(max(across, 0), cols - max(-across, 0)))  # fmt: skip
    falls = height[here] - height[behind]
    casting = height.copy()
    casting[here][falls > _WALL * hypot(down * side[1], across * side[0])] += 0.5 * way.drop
    return casting
