"""Parallel light on the tops of prisms, in cells: rays side by side, each of them exact.

A ray is followed over the walls it passes, not over cells: what a wall casts begins at the wall
and falls along the ray. Only aside, from ray to ray, light is sampled. The shadow's plane is held
as its height at the grid's corner line, so that it need not be carried: along a ray it is the
highest that began before. All is counted from the grid's corner; how tops are grouped makes no
difference to any bit.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Geometries, Integers
from .prisms import bare_tops
from .relief import Cells, Grid, Small, as_prisms, cells_of, compiled, on_grid
from .sunlight import Shifts, Sunshine, Sweep, as_hours, as_suns, reach, sweep_of, tally

Veil: TypeAlias = Callable[[float, float, Small, Small, Floats], ArrayLike]
"""Azimuth, elevation, rows, columns and levels of cells to the share of light that is left."""

_MARGIN = 2
"""Cells around a group that its cells may look at."""

_ROUNDING = 1e-6
"""Metres below which a shadow is not above a level."""


class Scene(NamedTuple):
    """Prisms that shade each other, ready to be asked from several threads."""

    shapes: Geometries
    tops: Floats
    box: Floats
    tree: shapely.STRtree


class Light(NamedTuple):
    """Light on some tops: m² of each top lit by each sun, and the time of every cell in light."""

    area: Floats
    cells: Cells
    time: Sunshine


def scene(footprints: ArrayLike, tops: ArrayLike) -> Scene:
    """Return the prisms ready to be asked; see `prisms.lit_parts` for what is expected."""
    shapes, heights = as_prisms(footprints, tops)
    return Scene(shapes, heights, shapely.bounds(shapes), shapely.STRtree(shapes))


def groups(town: Scene, grid: Grid, *, side: int = 1024) -> list[Integers]:
    """Share out the prisms among squares of `side` cells, by the middle of their boxes."""
    middle = (town.box[:, :2] + town.box[:, 2:]) / 2
    known = np.flatnonzero(np.isfinite(middle).all(axis=1))
    place = np.floor((middle[known] - (grid.west, grid.north)) / (grid.cell * side))
    order = np.lexsort((known, place[:, 0], -place[:, 1]))
    ends = np.flatnonzero(np.diff(place[order], axis=0).any(axis=1)) + 1
    return [known[part] for part in np.split(order, ends) if len(part)]


def light_on_tops(
    town: Scene,
    asked: ArrayLike,
    suns: ArrayLike,
    hours: ArrayLike,
    grid: Grid,
    *,
    faces: ArrayLike | None = None,
    rays: int = 2,
    least: float = 0.5,
    veil: Veil | None = None,
) -> Light:
    """Return how the tops of some prisms, near each other, are lit.

    Parameters
    ----------
    asked : int[n], positions of prisms; memory grows with the box around them (see `groups`)
    suns : float[s, 2], azimuth and elevation in degrees, in the order of time
    hours : float[s], the time each position stands for
    faces : polygons[n], the part of each top that is asked; without it all that no higher prism
        stands on
    rays : per cell, side by side
    least : share of a cell's light from which on its longest run is not interrupted
    veil : what else takes light away, such as hills and trees

    Returns
    -------
    float[n, s]; the cells of the faces; their time in light, aligned to the cells.

    Raises
    ------
    ValueError
        If durations do not fit the suns, or there is less than one ray per cell.
    """
    angle, target = as_suns(suns), np.atleast_1d(np.asarray(asked, dtype=np.intp))
    weight = as_hours(hours, len(angle))
    if rays < 1:
        raise ValueError(f"{rays} rays per cell are none")
    near = _near(town, target, angle, _MARGIN * grid.cell)
    level = town.tops[target]
    given = _bare(town, near, target) if faces is None else np.asarray(faces, dtype=object)
    cells = cells_of(given, grid)
    total, run, longest = (np.zeros(len(cells.row), dtype=np.float32) for _ in range(3))
    area = np.zeros((len(target), len(angle)))
    walls = on_grid(town.shapes[near], grid)
    beside = _beside_higher(town, near, grid, cells, level)
    for k, (azimuth, elevation) in enumerate(angle.tolist()):
        light = np.zeros(len(cells.row))
        if elevation > 0 and len(light):
            way = sweep_of(azimuth, elevation, grid.cell)
            _fill(light, way, rays, walls, town.tops[near], cells, level, beside)
            if veil:
                each = np.repeat(level, np.diff(cells.first))
                light *= veil(azimuth, elevation, cells.row, cells.col, each)
            area[:, k] = grid.cell**2 * _sums(cells.first, light, cells.share)
        tally(light, weight[k], least, total, run, longest)
    return Light(area, cells, Sunshine(total, longest))


def extrapolated(fine: ArrayLike, coarse: ArrayLike, whole: ArrayLike) -> Floats:
    """Return ``2 fine - coarse``, for areas at a cell and at twice the cell, within 0..whole."""
    result: Floats = np.clip(2 * np.asarray(fine) - np.asarray(coarse), 0, whole)
    return result


def _near(town: Scene, target: Integers, suns: Floats, margin: float) -> Integers:
    """Return the prisms that may shade a wanted top, sorted."""
    if not len(target) or not len(suns):
        return np.empty(0, dtype=np.intp)
    low, box = town.tops[target].min(), town.box[target]
    around = np.concatenate((np.nanmin(box[:, :2], axis=0), np.nanmax(box[:, 2:], axis=0)))
    around += np.array([-margin, -margin, margin, margin])
    west, south, east, north = reach(1.0, suns)
    fall = max(town.tops.max() - low, 0.0)
    wide = around + fall * np.array([-west, -south, east, north])
    found = town.tree.query(shapely.box(*wide))
    rise, there = town.tops[found] - low, town.box[found]
    cast = there + rise[:, None] * np.array([-east, -north, west, south])
    touches = (cast[:, :2] <= around[2:]) & (cast[:, 2:] >= around[:2])
    result: Integers = np.sort(found[(rise > 0) & touches.all(axis=1)])
    return result


def _bare(town: Scene, near: Integers, target: Integers) -> Geometries:
    """Return the part of each wanted top that no higher prism stands on."""
    both = np.union1d(near, target)
    place = np.searchsorted(both, target)
    return bare_tops(town.shapes[both], town.tops[both], asked=place)


def _beside_higher(
    town: Scene, near: Integers, grid: Grid, cells: Cells, level: Floats
) -> NDArray[np.bool_]:
    """Tell which cells a higher prism touches, too."""
    row, col = int(cells.row.min(initial=0)), int(cells.col.min(initial=0))
    rows, cols = int(cells.row.max(initial=row)) + 1 - row, int(cells.col.max(initial=col)) + 1 - col
    west, north = grid.west + col * grid.cell, grid.north - row * grid.cell
    east, south = west + cols * grid.cell, north - rows * grid.cell
    box = town.box[near]
    within = (box[:, :2] <= (east, north)) & (box[:, 2:] >= (west, south))
    near = near[within.all(axis=1)]
    result = np.zeros(len(cells.row), dtype=np.bool_)
    peak = np.full((rows, cols), -np.inf)
    _mark(cells_of(town.shapes[near], grid), town.tops[near], row, col, peak)
    _compare(cells, level, row, col, peak, result)
    return result


class _Frame(NamedTuple):
    """Where steps and rays begin: rows along the light, rays aside, as counted from the corner."""

    start: int
    ray: int
    shift: Shifts


def _frame(way: Sweep, rays: int, cells: Cells) -> tuple[_Frame, Floats]:
    """Return the frame that holds all cells, and its planes, as yet of no shadow."""
    along, aside = (cells.col, cells.row) if way.by_columns else (cells.row, cells.col)
    first, last = int(along.min()) - _MARGIN, int(along.max()) + _MARGIN
    rows = np.arange(last, first - 1, -1) if way.backwards else np.arange(first, last + 1)
    shift = np.rint(rows * (way.aside * rays)).astype(np.int64)
    low = int(aside.min()) * rays - int(shift.max())
    high = (int(aside.max()) + 1) * rays - int(shift.min())
    return _Frame(int(rows[0]), low, shift), np.full((len(rows), high - low), -np.inf)


def _fill(
    light: Floats,
    way: Sweep,
    rays: int,
    walls: tuple[Floats, Integers],
    tops: Floats,
    cells: Cells,
    level: Floats,
    beside: NDArray[np.bool_],
) -> None:
    """Write the share of each cell that is lit."""
    frame, plane = _frame(way, rays, cells)
    _throw(walls[0], walls[1], tops, way, rays, frame, plane)
    _look(light, cells, level, beside, way, rays, frame, plane)


@compiled
def _throw(
    ends: Floats,
    first: Integers,
    tops: Floats,
    way: Sweep,
    rays: int,
    frame: _Frame,
    plane: Floats,
) -> None:
    """Begin a shadow where a ray leaves a shape, at the first step after it, and carry it on."""
    count, width = plane.shape
    forth = -1.0 if way.backwards else 1.0
    start = forth * frame.start
    x, y = (1, 0) if way.by_columns else (0, 1)
    for s in range(len(first) - 1):
        for e in range(first[s], first[s + 1]):
            near, far = ends[e, y] - 0.5, ends[e, y + 2] - 0.5
            a = (ends[e, x] - near * way.aside) * rays
            b = (ends[e, x + 2] - far * way.aside) * rays
            if (a < b) != (way.backwards == way.by_columns):
                continue
            if a > b:
                a, b, near, far = b, a, far, near
            near, far = near * forth, far * forth
            low, high = max(ceil(a - 0.5), frame.ray), min(ceil(b - 0.5), frame.ray + width)
            for u in range(low, high):
                at = near + (u + 0.5 - a) * ((far - near) / (b - a))
                step = max(ceil(at - start), 0)
                if step < count:
                    k = u - frame.ray
                    plane[step, k] = max(plane[step, k], tops[s] + at * way.drop)
    for step in range(1, count):
        for k in range(width):
            plane[step, k] = max(plane[step, k], plane[step - 1, k])


@compiled
def _look(
    light: Floats,
    cells: Cells,
    level: Floats,
    beside: NDArray[np.bool_],
    way: Sweep,
    rays: int,
    frame: _Frame,
    plane: Floats,
) -> None:
    """Ask the rays of every cell."""
    forth = -1 if way.backwards else 1
    for s in range(len(level)):
        for p in range(cells.first[s], cells.first[s + 1]):
            row, col = cells.row[p], cells.col[p]
            if way.by_columns:
                row, col = col, row
            step = forth * (row - frame.start)
            k = col * rays - frame.shift[step] - frame.ray
            base = level[s] + forth * row * way.drop
            lit = 0.0
            for q in range(k, k + rays):
                lit += _open(plane, step, q, base, way.drop, beside[p])
            light[p] = lit / rays


@compiled
def _open(
    plane: Floats, step: int, ray: int, base: float, drop: float, beside: bool
) -> float:
    """Share of a ray's way through a cell that is lit: the shadow's end may lie in it.

    Where something higher stands in the cell, what lies behind it is dark from the next step on.
    """
    above = plane[step, ray] - base
    if beside:
        following = plane[step + 1, ray] - base - drop
        if following > _ROUNDING:
            above = max(above, following)
    if above <= _ROUNDING:
        above = plane[step - 1, ray] - base
        if above + drop <= _ROUNDING:
            return 1.0
    return min(max(0.5 - above / drop, 0.0), 1.0)


@compiled
def _sums(first: Integers, light: Floats, share: Floats) -> Floats:
    result = np.zeros(len(first) - 1)
    for s in range(len(result)):
        for p in range(first[s], first[s + 1]):
            result[s] += light[p] * share[p]
    return result


@compiled
def _mark(cells: Cells, tops: Floats, row: int, col: int, peak: Floats) -> None:
    """Raise each cell to the highest shape that touches it."""
    for s in range(len(tops)):
        for p in range(cells.first[s], cells.first[s + 1]):
            i, j = cells.row[p] - row, cells.col[p] - col
            if 0 <= i < len(peak) and 0 <= j < peak.shape[1]:
                peak[i, j] = max(peak[i, j], tops[s])


@compiled
def _compare(
    cells: Cells, level: Floats, row: int, col: int, peak: Floats, higher: NDArray[np.bool_]
) -> None:
    for s in range(len(level)):
        for p in range(cells.first[s], cells.first[s + 1]):
            higher[p] = peak[cells.row[p] - row, cells.col[p] - col] > level[s]
