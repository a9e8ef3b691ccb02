"""Roofs looked at cell by cell: which part has the light it needs, in patches large enough."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._shade import Suns
from carbonspace.indicators._shared import Floats, Geometries
from carbonspace.indicators._surface import Limits, roof_surface
from carbonspace.kernels import rays
from carbonspace.kernels.inset import inset
from carbonspace.kernels.patches import amounts, large, patches
from carbonspace.kernels.prisms import bare_tops
from carbonspace.kernels.relief import Cells, Grid, Heights
from carbonspace.model.grid import Grid as Raster

_ROUNDING = 1e-6
_KNOWN = 0.9
"""Share of a roof that a surface model has to know."""

USABLE, SHADED, SMALL, STEEP, OBSTRUCTED, SETBACK = range(6)
"""What a piece of a roof is."""


class Need(NamedTuple):
    """What makes a place on a roof usable, and what is taken off before.

    `least` is the light it needs; with `whole_cells` light counts all or nothing, so that a cell
    stands for its middle. `setback` (m), `stands` (the share that things stand on, where no
    surface model shows them) and `patch` (m²) are the deductions.
    """

    least: float
    setback: float
    stands: float
    patch: float
    whole_cells: bool


class Model(NamedTuple):
    """A surface model of roofs, and what else it takes to follow light on it."""

    dsm: Raster
    dem: Raster | None
    canopy: Raster | None
    transmissivity: float
    limits: Limits
    far: float


class Cellwork(NamedTuple):
    """The town, the suns with what each stands for, the cells, and what is needed.

    `rows` are the buildings its prisms are. Roofs are level, and `veil` is what hills and trees
    take; on terrain, where no height says how far shadows fall, `far` is how far around a square
    of light's groups buildings shade. With a `model` roofs are as it shows them, in its cells.
    """

    rows: NDArray[np.intp]
    town: rays.Scene
    suns: Suns
    grid: Grid
    need: Need
    veil: rays.Veil | None = None
    far: float | None = None
    model: Model | None = None


class Lit(NamedTuple):
    """Cells of faces, their light, and what else they are.

    `weight` is how much of a cell the face covers, 0 where nothing is known of it. `time` is the
    light of a cell, `area` float[n, s] the m² of each face that each sun lights, `unfit` whether a
    cell is STEEP or OBSTRUCTED, else USABLE, and `place` west, north and size of the cells.
    """

    cells: Cells
    weight: Floats
    time: Heights
    area: Floats
    unfit: NDArray[np.int8]
    place: tuple[float, float, float, float]

    @property
    def square(self) -> float:
        """The area of a cell, m²."""
        return self.place[2] * self.place[3]


class Looked(NamedTuple):
    """Some roofs: what nothing stands on, that within the setback, its cells and what they are.

    `patch` is the first cell of the patch a cell with enough light belongs to, else -1.
    """

    bare: Geometries
    face: Geometries
    lit: Lit
    kind: NDArray[np.int8]
    patch: NDArray[np.int64]

    @property
    def cells(self) -> Cells:
        """The cells of the faces."""
        return self.lit.cells


def looked_at(work: Cellwork, group: NDArray[np.intp]) -> Looked:
    """Look at the tops of some prisms near each other."""
    need = work.need
    bare, face, lit = _on_model(work, work.model, group) if work.model else _on_tops(work, group)
    bright = (lit.unfit == USABLE) & (lit.time >= need.least * (1 - _ROUNDING))
    patch = patches(lit.cells, bright)
    usable = large(patch, lit.cells.share, lit.square, need.patch * (1 - _ROUNDING))
    dark = np.where(lit.unfit == USABLE, np.int8(SHADED), lit.unfit)
    kind = np.where(usable, np.int8(USABLE), np.where(bright, np.int8(SMALL), dark))
    return Looked(bare, face, lit, kind, patch)


def _on_tops(work: Cellwork, group: NDArray[np.intp]) -> tuple[Geometries, Geometries, Lit]:
    """Return level roofs without what stands on them, within the setback, and their light."""
    town = work.town
    if work.far is not None:
        town, group = _around(work, group, work.far)
    bare = bare_tops(town.shapes, town.tops, asked=group, tree=town.tree)
    face = inset(bare, work.need.setback)
    light = rays.light_on_tops(
        town, group, *work.suns, work.grid, faces=face, veil=work.veil,
        whole_cells=work.need.whole_cells,
    )  # fmt: skip
    fit = np.full(len(light.cells.row), USABLE, dtype=np.int8)
    place = (work.grid.west, work.grid.north, work.grid.cell, work.grid.cell)
    lit = Lit(light.cells, light.cells.share, light.time.total, light.area, fit, place)
    return bare, face, lit


def _on_model(
    work: Cellwork, model: Model, group: NDArray[np.intp]
) -> tuple[Geometries, Geometries, Lit]:
    """Return roofs as a surface model shows them."""
    shapes = work.town.shapes[group]
    face = inset(shapes, work.need.setback)
    angles, hours = work.suns
    found = roof_surface(
        model.dsm, face, suns=angles, hours=hours, dem=model.dem, canopy=model.canopy,
        transmissivity=model.transmissivity, limits=model.limits, far=model.far,
    )  # fmt: skip
    unfit = np.where(found.steep, STEEP, np.where(found.raised, OBSTRUCTED, USABLE))
    weight = found.cells.share * found.known
    lit = Lit(found.cells, weight, np.nan_to_num(found.time.total).astype(np.float32), found.area,
              unfit.astype(np.int8), model.dsm.place[:4])  # fmt: skip
    return shapes, face, lit


def _around(
    work: Cellwork, group: NDArray[np.intp], far: float
) -> tuple[rays.Scene, NDArray[np.intp]]:
    """Return the prisms around the square that a group lies in, and the group among them."""
    town, side = work.town, work.grid.cell * rays.SIDE
    middle = (town.box[group[0], :2] + town.box[group[0], 2:]) / 2
    low = np.floor(middle / side) * side - far
    near = np.sort(town.tree.query(shapely.box(*low, *(low + side + 2 * far))))
    return rays.scene(town.shapes[near], town.tops[near]), np.searchsorted(near, group)


def shares_of(work: Cellwork, group: NDArray[np.intp]) -> tuple[Floats, ...]:
    """Return the account of some prisms near each other, see `Account`."""
    look = looked_at(work, group)
    footprint = shapely.area(work.town.shapes[group])
    bare, face = shapely.area(look.bare), shapely.area(look.face)
    lit = look.lit
    table, known, light = amounts(look.cells.first, look.kind, lit.weight, lit.time, SETBACK + 1)
    sun = np.where(table[USABLE] > 0, over(light[USABLE], table[USABLE]), np.nan)
    parts, known = _areas(table, face), known * lit.square
    hours = work.suns[1]
    stands = work.need.stands
    left = 1 - stands
    whole = (parts[USABLE] * left, parts[SHADED] * left, bare - face,
             footprint - bare + parts[OBSTRUCTED] * left + face * stands,
             parts[SMALL] * left, parts[STEEP] * left)  # fmt: skip
    # A product of matrices would round by how many roofs are looked at together.
    reached = (lit.area * hours).sum(axis=1)
    access = over(reached, known * hours.sum())
    columns = (*(over(one, footprint) for one in whole), sun, access)
    if work.model is None:
        return columns
    return tuple(np.where(known >= _KNOWN * face, one, np.nan) for one in columns)


def _areas(table: Floats, face: Floats) -> Floats:
    """Return the area of each kind (rows) of each roof, m²: shares of its face by its cells."""
    table[SMALL, (table.sum(axis=0) <= 0) & (face > 0)] = 1.0  # a sliver no cell tells of
    result: Floats = table * over(face, table.sum(axis=0))
    return result


def held(groups: NDArray[Any], values: Floats, count: int) -> Floats:
    """Return the sum of values per group, added in their order."""
    return np.asarray(np.bincount(groups, values, minlength=count), dtype=np.float64)


def over(top: Floats, bottom: Floats) -> Floats:
    """Return top / bottom, 0 where the bottom is."""
    return np.divide(top, bottom, out=np.zeros(len(bottom)), where=bottom > 0)
