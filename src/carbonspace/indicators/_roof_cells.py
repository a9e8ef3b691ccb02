"""Roofs looked at cell by cell: which part has the light it needs, in patches large enough."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._shade import Suns
from carbonspace.indicators._shared import Floats, Geometries
from carbonspace.kernels import rays
from carbonspace.kernels.patches import patches
from carbonspace.kernels.prisms import bare_tops
from carbonspace.kernels.relief import Cells, Grid

_ROUNDING = 1e-6

USABLE, SHADED, SMALL, STEEP, OBSTRUCTED, SETBACK = range(6)
"""What a piece of a roof is."""


class Need(NamedTuple):
    """What makes a place on a roof usable, and what is taken off before.

    `least` is the light it needs; with `whole_cells` light counts all or nothing, so that a cell
    stands for its middle. `setback` (m), `stands` (the share that things stand on) and `patch`
    (m²) are the deductions.
    """

    least: float
    setback: float
    stands: float
    patch: float
    whole_cells: bool


class Cellwork(NamedTuple):
    """The town, the suns with what each stands for, the cells, and what is needed.

    `rows` are the buildings its prisms are; `veil` is what hills and trees take. On terrain, where
    no height says how far shadows fall, `far` is how far around a square of light's groups
    buildings shade.
    """

    rows: NDArray[np.intp]
    town: rays.Scene
    suns: Suns
    grid: Grid
    need: Need
    veil: rays.Veil | None = None
    far: float | None = None


class Looked(NamedTuple):
    """Some roofs: what nothing stands on, that within the setback, its cells and what they are.

    `patch` is the first cell of the patch a cell with enough light belongs to, else -1.
    """

    bare: Geometries
    face: Geometries
    light: rays.Light
    kind: NDArray[np.int8]
    patch: NDArray[np.int64]

    @property
    def cells(self) -> Cells:
        """The cells of the faces."""
        return self.light.cells


def worked(shapes: Geometries, setback: float) -> Geometries:
    """Return shapes without a strip of this width along their edges, those of holes too."""
    if setback <= 0:
        return shapes
    inner: Geometries = shapely.buffer(shapes, -setback, join_style="mitre")
    return inner


def looked_at(work: Cellwork, group: NDArray[np.intp]) -> Looked:
    """Look at the tops of some prisms near each other."""
    town, need = work.town, work.need
    if work.far is not None:
        town, group = _around(work, group, work.far)
    bare = bare_tops(town.shapes, town.tops, asked=group, tree=town.tree)
    face = worked(bare, need.setback)
    light = rays.light_on_tops(
        town, group, *work.suns, work.grid, faces=face, veil=work.veil,
        whole_cells=need.whole_cells,
    )  # fmt: skip
    bright = light.time.total >= need.least * (1 - _ROUNDING)
    patch = patches(light.cells, bright)
    size = held(patch[bright], light.cells.share[bright], len(patch))
    large = np.where(bright, size[patch] * work.grid.cell**2 >= need.patch * (1 - _ROUNDING), False)
    kind = np.where(large, USABLE, np.where(bright, SMALL, SHADED)).astype(np.int8)
    return Looked(bare, face, light, kind, patch)


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
    parts = _areas(look, face)
    hours = work.suns[1]
    sun = _mean(look, look.kind == USABLE)
    access = over(look.light.area @ hours, _covered(look) * work.grid.cell**2 * hours.sum())
    stands = face * work.need.stands
    left = 1 - work.need.stands
    obstructed = footprint - bare + stands
    whole = (parts[USABLE] * left, parts[SHADED] * left, bare - face, obstructed,
             parts[SMALL] * left, parts[STEEP] * left)  # fmt: skip
    return (*(over(one, footprint) for one in whole), sun, access)


def _areas(look: Looked, face: Floats) -> Floats:
    """Return the area of each kind (rows) of each roof, m²: shares of its face by its cells."""
    owner = _owner(look.cells)
    count = len(face)
    code = look.kind.astype(np.intp) * count + owner
    table = held(code, look.cells.share, (SETBACK + 1) * count).reshape(-1, count)
    table[SMALL, (table.sum(axis=0) <= 0) & (face > 0)] = 1.0  # a sliver no cell tells of
    result: Floats = table * over(face, table.sum(axis=0))
    return result


def _owner(cells: Cells) -> NDArray[np.intp]:
    return np.repeat(np.arange(len(cells.first) - 1), np.diff(cells.first))


def _covered(look: Looked) -> Floats:
    """Return how many cells each face covers."""
    cells = look.cells
    return held(_owner(cells), cells.share, len(cells.first) - 1)


def _mean(look: Looked, chosen: NDArray[np.bool_]) -> Floats:
    """Return the light a square metre of the chosen cells of each roof receives; NaN of none."""
    owner, count = _owner(look.cells)[chosen], len(look.cells.first) - 1
    share, time = look.cells.share[chosen], look.light.time.total[chosen]
    area = held(owner, share, count)
    return np.where(area > 0, over(held(owner, share * time, count), area), np.nan)


def held(groups: NDArray[Any], values: Floats, count: int) -> Floats:
    """Return the sum of values per group, added in their order."""
    return np.asarray(np.bincount(groups, values, minlength=count), dtype=np.float64)


def over(top: Floats, bottom: Floats) -> Floats:
    """Return top / bottom, 0 where the bottom is."""
    return np.divide(top, bottom, out=np.zeros(len(bottom)), where=bottom > 0)
