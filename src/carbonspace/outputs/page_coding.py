"""Shapes as whole numbers: small in a page, quick to read, and still true to the centimetre."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.outputs.svgmap import Box

_SMALL = 10_000.0
"""Metres up to which a plan is written in centimetres; beyond them in decimetres."""

Coded = list[Any]
"""The parts of a shape. Of a polygon each is a list of rings, without the corner that closes them;
rings, lines and points are flat lists: x and y of the first corner, then steps to the next ones."""


class Grid(NamedTuple):
    """What shapes are written in: whole steps from an origin, both in map units."""

    x: float
    y: float
    step: float

    def placed(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return map coordinates (n, 2) as steps."""
        moved = (xy - (self.x, self.y)) / self.step
        return np.rint(moved, out=moved).astype(np.int64)


def grid_of(box: Box, metres_per_unit: float) -> Grid:
    """Return a grid from the middle of a box in map units, in centimetres or decimetres."""
    xmin, ymin, xmax, ymax = box
    size = max(xmax - xmin, ymax - ymin) * metres_per_unit
    step = 0.01 if size <= _SMALL else 0.1
    return Grid((xmin + xmax) / 2, (ymin + ymax) / 2, step / metres_per_unit)


def coded(shapes: NDArray[Any], grid: Grid, *, dimension: int) -> list[Coded]:
    """Return the points (dimension 0), lines (1) or polygons (2) of each shape.

    Shapes that have none, empty ones and None are empty lists.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    mine = (shapely.get_dimensions(parts) == dimension) & ~shapely.is_empty(parts)
    parts, owner = parts[mine], owner[mine]
    held = _polygons(parts, grid) if dimension == 2 else _corners(parts, grid)
    found: list[Coded] = [[] for _ in shapes]
    for n, part in zip(owner.tolist(), held, strict=True):
        found[n].append(part)
    return found


def _polygons(polygons: NDArray[Any], grid: Grid) -> list[Coded]:
    rings, owner = shapely.get_rings(polygons, return_index=True)
    found: list[Coded] = [[] for _ in polygons]
    for n, ring in zip(owner.tolist(), _corners(rings, grid, closed=True), strict=True):
        found[n].append(ring)
    return found


def _corners(lines: NDArray[Any], grid: Grid, *, closed: bool = False) -> list[Coded]:
    """Return the corners of lines; those at the same step as the one before are left out."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    placed = grid.placed(xy)
    first = np.diff(line, prepend=-1) > 0
    steps = np.diff(placed, axis=0, prepend=0)
    kept = first | (steps != 0).any(axis=1)
    if closed:
        kept &= ~np.diff(line, append=len(lines)).astype(bool) | first
    steps[first] = placed[first]
    ends = 2 * np.cumsum(np.bincount(line[kept], minlength=len(lines)))
    flat = steps[kept].ravel().tolist()
    return [flat[a:b] for a, b in zip([0, *ends.tolist()], ends.tolist(), strict=False)]
