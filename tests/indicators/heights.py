"""Rasters of heights that can be solved in the head, and windows of them."""

from __future__ import annotations

from dataclasses import replace
from math import cos, radians, sin, tan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonspace.model.grid import Grid

Floats = NDArray[np.float64]


def raster(values: Any, cell: float = 1.0, *, height: float | None = None, **more: Any) -> Grid:
    """Return a raster whose south-western corner is the origin, if no corner is given."""
    grid = np.asarray(values, dtype=np.float32)
    corner = {"west": 0.0, "north": len(grid) * (height or cell), **more}
    return Grid(grid, width=cell, height=height or cell, **corner)


def middles(grid: Grid) -> tuple[Any, Any]:
    """Return x and y of the middle of every cell."""
    row, col = np.indices(grid.values.shape).astype(np.float64)
    return (
        grid.west + (grid.left + col + 0.5) * grid.width,
        grid.north - (grid.top + row + 0.5) * grid.height,
    )


def around(grid: Grid, west: float, south: float, east: float, north: float) -> Grid:
    """Return the cells that touch a box."""
    top = max(int((grid.north - north) // grid.height), 0)
    low = int(-((south - grid.north) // grid.height))
    left = max(int((west - grid.west) // grid.width), 0)
    far = int(-((grid.west - east) // grid.width))
    return replace(grid, values=grid.values[top:low, left:far].copy(), top=top, left=left)


def looked_up(grid: Grid, x: Any, y: Any) -> Floats:
    """Return the value of the cell that holds each point, NaN beyond."""
    row = np.floor((grid.north - y) / grid.height).astype(int) - grid.top
    col = np.floor((x - grid.west) / grid.width).astype(int) - grid.left
    rows, cols = grid.values.shape
    there = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
    values = grid.values[row.clip(0, rows - 1), col.clip(0, cols - 1)]
    return np.where(there, values, np.nan)


def walked(
    grid: Grid, x: Any, y: Any, azimuth: float, elevation: float, far: float
) -> tuple[Floats, Floats]:
    """Return what points see towards the sun: values every tenth of a cell, and the ray's rise."""
    away = np.arange(0.1 * grid.width, far, 0.1 * grid.width)[:, None]
    seen = looked_up(grid, x + away * sin(radians(azimuth)), y + away * cos(radians(azimuth)))
    return seen, away * tan(radians(elevation))
