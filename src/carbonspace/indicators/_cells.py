"""What cells of rasters say of polygons: shares of ground, of which some may be unknown."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonspace.indicators._shared import Floats, Geometries
from carbonspace.kernels.cells import Lattice, sums_in
from carbonspace.model.grid import Grid
from carbonspace.model.shared import Shared

_NOISE = 1e-9
Shares = NDArray[np.float32]


class Ground(NamedTuple):
    """Of polygons: how much of the ground is known (m²), and how much of that is meant."""

    known: Floats
    meant: Floats


class Field(NamedTuple):
    """The share of each cell that is meant, 0 to 1, NaN where unknown; and where cells lie."""

    share: Shares
    lattice: Lattice


def ground_in(polygons: Geometries, field: Field) -> Ground:
    """Return how much of polygons is known, and how much of it is meant."""
    found = sums_in(polygons, field.share, field.lattice)
    return Ground(found.area, found.integral)


def enough(known: Floats, area: Floats, min_covered: float) -> NDArray[np.bool_]:
    """Tell of which places enough is known; `min_covered` is a percentage."""
    return known >= min_covered / 100 * area * (1 - _NOISE)


def canopy_field(canopy: Grid, min_height: float, shared: Shared | None) -> Field:
    """Return where tree crowns are: above a height, or by the share of the cell."""

    def make() -> Field:
        values = canopy.values
        share = values / 100 if canopy.unit == "%" else _where(values > min_height, values)
        return Field(np.asarray(share, np.float32), Lattice(*canopy.place))

    return (shared or Shared()).once("canopy field", (canopy,), make, min_height)


def cover_field(land_cover: Grid, covers: tuple[str, ...]) -> Field:
    """Return where the land cover is one of some."""
    chosen = [n for n, name in enumerate(land_cover.classes) if name in covers]
    share = np.isin(land_cover.values, chosen).astype(np.float32)
    share[land_cover.values < 0] = np.nan
    return Field(share, Lattice(*land_cover.place))


def sealed_field(impervious: Grid) -> Field:
    """Return which share of each cell is sealed."""
    return Field(np.asarray(impervious.values / 100, np.float32), Lattice(*impervious.place))


def index_field(ndvi: Grid, least: float) -> Field:
    """Return where the vegetation index reaches `least`."""
    share = _where(ndvi.values >= least, ndvi.values)
    return Field(share, Lattice(*ndvi.place))


def either(one: Field, other: Field) -> Field:
    """Return where either field says so, on the finer cells of the two.

    A cell has of the coarser field what holds at its middle. What one of them does not know, the
    other says; within a cell what is meant by one lies beside what is meant by the other as
    chance would have it.
    """
    fine, coarse = sorted((one, other), key=lambda field: field.lattice.cell)
    at = fine.lattice
    rows = at.top + np.arange(at.rows) + 0.5
    columns = at.left + np.arange(at.columns) + 0.5
    there = coarse.lattice
    row = np.floor((there.north - (at.north - rows * at.height)) / there.height) - there.top
    column = np.floor((at.west + columns * at.width - there.west) / there.width) - there.left
    beyond = ((row < 0) | (row >= there.rows))[:, None] | ((column < 0) | (column >= there.columns))
    nearest = np.ix_(
        np.clip(row, 0, max(there.rows - 1, 0)).astype(np.intp),
        np.clip(column, 0, max(there.columns - 1, 0)).astype(np.intp),
    )
    if not coarse.share.size:
        return fine
    said = np.where(beyond, np.float32(np.nan), coarse.share[nearest])
    both = 1 - (1 - fine.share) * (1 - said)
    share = np.where(np.isnan(fine.share), said, np.where(np.isnan(said), fine.share, both))
    return Field(np.asarray(share, np.float32), at)


def _where(holds: NDArray[np.bool_], values: NDArray[np.floating]) -> Shares:
    """Return 1 where something holds, 0 where not, NaN where there is no value."""
    share = holds.astype(np.float32)
    share[np.isnan(values)] = np.nan
    return share
