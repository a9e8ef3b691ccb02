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
Shares = NDArray[np.float32] | NDArray[np.float64]
"""All or nothing of a cell needs no more than 32 bits; a percentage does."""


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
        is_share = canopy.unit == "%"
        share = _part(values) if is_share else _where(values > min_height, values)
        return Field(share, Lattice(*canopy.place))

    return (shared or Shared()).once("canopy field", (canopy,), make, min_height)


def cover_field(land_cover: Grid, covers: tuple[str, ...]) -> Field:
    """Return where the land cover is one of some."""
    chosen = [n for n, name in enumerate(land_cover.classes) if name in covers]
    share = np.isin(land_cover.values, chosen).astype(np.float32)
    share[land_cover.values < 0] = np.nan
    return Field(share, Lattice(*land_cover.place))


def sealed_field(impervious: Grid) -> Field:
    """Return which share of each cell is sealed."""
    return Field(_part(impervious.values), Lattice(*impervious.place))


def index_field(ndvi: Grid, least: float) -> Field:
    """Return where the vegetation index reaches `least`."""
    share = _where(ndvi.values >= least, ndvi.values)
    return Field(share, Lattice(*ndvi.place))


def either(one: Field, other: Field) -> Field:
    """Return where either of two fields of one matter says so.

    What one of them does not know, the other says.
    """
    here, there, lattice = _aligned(one, other)
    both = _together(here, there)
    share = np.where(np.isnan(here), there, np.where(np.isnan(there), here, both))
    return Field(share, lattice)


def with_crowns(vegetation: Field, canopy: Field) -> Field:
    """Return where vegetation is, or a crown over whatever there is.

    Where the vegetation is not known, only a cell that is all crown is.
    """
    plants, crowns, lattice = _aligned(vegetation, canopy)
    both = _together(plants, np.where(np.isnan(crowns), 0.0, crowns))
    return Field(np.where(np.isnan(plants) & (crowns >= 1), 1.0, both), lattice)


def _together(one: Shares, other: Shares) -> Shares:
    """Return the share of cells that lies in either: as chance has it within a cell."""
    return np.asarray(1 - (1 - one) * (1 - other))


def _aligned(one: Field, other: Field) -> tuple[Shares, Shares, Lattice]:
    """Return two fields on the finer cells of the two; of the coarser what holds at a middle."""
    fine, coarse = (one, other) if one.lattice.cell <= other.lattice.cell else (other, one)
    at, there = fine.lattice, coarse.lattice
    rows = at.top + np.arange(at.rows) + 0.5
    columns = at.left + np.arange(at.columns) + 0.5
    row = np.floor((there.north - (at.north - rows * at.height)) / there.height) - there.top
    column = np.floor((at.west + columns * at.width - there.west) / there.width) - there.left
    within = (((row >= 0) & (row < there.rows))[:, None]
              & ((column >= 0) & (column < there.columns)))  # fmt: skip
    said = np.full(fine.share.shape, np.nan, coarse.share.dtype)
    seen = np.nonzero(within)
    said[seen] = coarse.share[row[seen[0]].astype(np.intp), column[seen[1]].astype(np.intp)]
    return (fine.share, said, at) if fine is one else (said, fine.share, at)


def _part(percent: NDArray[np.floating]) -> Shares:
    """Return percentages as parts of one."""
    return np.asarray(percent, np.float64) / 100


def _where(holds: NDArray[np.bool_], values: NDArray[np.floating]) -> Shares:
    """Return 1 where something holds, 0 where not, NaN where there is no value."""
    share = holds.astype(np.float32)
    share[np.isnan(values)] = np.nan
    return share
