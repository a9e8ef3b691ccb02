"""How much of each cell of a raster lies in each polygon, exactly, and sums by polygon.

A cell counts to a polygon by the share of its area that lies in it. What a polygon is given hangs
on it and on the cells it meets alone, to the last bit, whichever window of the raster is at hand
and whatever polygons come with it. Geometry is valid and in the CRS of the raster; ``None`` and
empty geometry cover nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Geometries, Integers, as_geometries

_POLYGON = 3
_RUNS = 1 << 18
"""Runs of cells at hand at a time."""
_CELLS = 1 << 16
"""Numbers in which edges add up, at least."""


class Lattice(NamedTuple):
    """Where the cells of a raster lie: its north-west corner, and the window that is at hand.

    Row 0 is the northernmost and column 0 the westernmost of the raster; the window begins at
    (`top`, `left`). A cell is `width` by `height`, both positive, in the units of the CRS.
    """

    west: float
    north: float
    width: float
    height: float
    top: int
    left: int
    rows: int
    columns: int

    @property
    def cell(self) -> float:
        """Area of a cell."""
        return self.width * self.height


class Covered(NamedTuple):
    """Cells by polygon: those of polygon n are `start[n]:start[n + 1]`, by row and column.

    Rows and columns count from the window; `share` is that of the cell's area, above 0, and 1
    at most where the polygon is valid.
    """

    start: Integers
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    share: Floats


class Sums(NamedTuple):
    """What each polygon holds of the cells with a value.

    `area` is in the CRS's units squared, `integral` the sum of value times area, `lowest` and
    `highest` are over all cells it meets, however little of them; NaN where it meets none.
    """

    area: Floats
    integral: Floats
    lowest: Floats
    highest: Floats


class _Batch(NamedTuple):
    """Runs of cells that share alike, of the polygons `first` to `last`."""

    first: int
    last: int
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    length: NDArray[np.int32]
    share: Floats
    start: NDArray[np.int64]


def covered_cells(polygons: ArrayLike, lattice: Lattice) -> Covered:
    """Return every cell that lies in a polygon, in whole or in part.

    Parameters
    ----------
    polygons : polygons or multipolygons, n
    lattice : where the cells lie
    """
    from . import _runs

    counts, rows, columns, shares = [np.zeros(1, np.intp)], [], [], []
    for batch in _batches(as_geometries(polygons), lattice):
        count, row, column, share = _runs.spread(*batch[2:])
        counts.append(count)
        rows.append(row)
        columns.append(column)
        shares.append(share)
    whole = np.zeros(0, np.int32)
    return Covered(
        np.cumsum(np.concatenate(counts)),
        np.concatenate([whole, *rows]),
        np.concatenate([whole, *columns]),
        np.concatenate([np.zeros(0), *shares]),
    )


def sums_in(polygons: ArrayLike, values: ArrayLike, lattice: Lattice) -> Sums:
    """Return the covered area and the integral of a raster in each polygon, and its range.

    Parameters
    ----------
    polygons : polygons or multipolygons, n
    values : float[rows, columns] of the window; NaN is no value
    lattice : where the cells lie

    Raises
    ------
    ValueError
        If the values are not those of the window.
    """
    from . import _runs

    grid = _window(values, lattice)
    grid = grid if grid.dtype == np.float32 else np.asarray(grid, dtype=np.float64)
    geometry = as_geometries(polygons)
    found = np.full((len(geometry), 4), np.nan)
    found[:, :2] = 0.0
    for batch in _batches(geometry, lattice):
        _runs.sums(grid, *batch, found)
    return Sums(found[:, 0] * lattice.cell, found[:, 1] * lattice.cell, found[:, 2], found[:, 3])


def class_areas(polygons: ArrayLike, classes: ArrayLike, lattice: Lattice, count: int) -> Floats:
    """Return the area of each class of a raster in each polygon.

    Parameters
    ----------
    polygons : polygons or multipolygons, n
    classes : int[rows, columns] of the window, from 0 to `count` - 1; -1 is no class
    lattice : where the cells lie
    count : how many classes there are

    Returns
    -------
    float[n, count], in the CRS's units squared.

    Raises
    ------
    ValueError
        If the classes are not those of the window, or not within `count`.
    """
    from . import _runs

    grid = _window(classes, lattice)
    if grid.size and not (grid.min() >= -1 and grid.max() < count):
        raise ValueError(f"classes: found {grid.min()} to {grid.max()}, expected -1 to {count - 1}")
    geometry = as_geometries(polygons)
    found = np.zeros((len(geometry), count))
    for batch in _batches(geometry, lattice):
        _runs.class_sums(grid.astype(np.int16, copy=False), *batch, found)
    return found * lattice.cell


def _window(values: ArrayLike, lattice: Lattice) -> NDArray[Any]:
    grid = np.ascontiguousarray(values)
    if grid.shape != (lattice.rows, lattice.columns):
        expected = (lattice.rows, lattice.columns)
        raise ValueError(f"values: found the shape {grid.shape}, expected that of {expected}")
    return grid


def _batches(polygons: Geometries, lattice: Lattice) -> Iterator[_Batch]:
    """Yield the runs of all polygons, so many at a time."""
    from . import _runs

    xy, rings, hole, starts = ragged(polygons)
    xy -= (lattice.west, lattice.north)
    xy /= (lattice.width, -lattice.height)
    window = (lattice.top, lattice.left, lattice.rows, lattice.columns)
    cells = np.zeros(max(_CELLS, 2 * _widest(polygons, lattice)))
    first, room = 0, _RUNS
    while first < len(polygons):
        row, column, length = (np.empty(room, np.int32) for _ in range(3))
        share = np.empty(room)
        start = np.zeros(len(polygons) - first + 1, np.int64)
        last = _runs.runs(xy, rings, hole, starts, window, first,
                          row, column, length, share, start, cells)  # fmt: skip
        if last == first:
            room *= 4
            continue
        used = start[last - first]
        yield _Batch(first, last, row[:used], column[:used], length[:used], share[:used],
                     start[: last - first + 1])  # fmt: skip
        first, room = last, _RUNS


def _widest(polygons: Geometries, lattice: Lattice) -> int:
    """Return at least how many columns the widest polygon meets, and one more."""
    west, _, east, _ = shapely.bounds(polygons).T
    return int(np.nanmax(east - west, initial=0.0) / lattice.width) + 4


def ragged(
    polygons: Geometries,
) -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """Return points, where rings begin, which of them are holes, and where polygons begin."""
    xy, owner = shapely.get_coordinates(polygons, return_index=True)
    points = np.bincount(owner, minlength=len(polygons))
    holed = shapely.get_num_interior_rings(polygons) > 0
    is_several = (shapely.get_type_id(polygons) != _POLYGON) | holed
    several = np.flatnonzero(is_several)
    parts, part_of = shapely.get_parts(polygons[several], return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    count = np.ones(len(polygons), np.int64)
    count[several] = np.bincount(part_of[ring_of], minlength=len(several))
    starts = np.concatenate([[0], np.cumsum(count)])
    size, hole = np.repeat(points, count), np.zeros(starts[-1], np.bool_)
    mixed = np.repeat(is_several, count)
    size[mixed] = shapely.get_num_coordinates(rings)
    hole[mixed] = np.diff(ring_of, prepend=-1) == 0
    return xy, np.concatenate([[0], np.cumsum(size)]), hole, starts
