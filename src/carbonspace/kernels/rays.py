"""Parallel light on the tops of prisms, in cells: rays side by side, each of them exact.

A ray is followed over the walls it passes, not over cells: what a wall casts begins at the wall
and falls along the ray. Only aside, from ray to ray, light is sampled. The shadow's plane is held
as the height it would have at the grid's corner, so that it need not be carried: along a ray it
is the highest that began before. How tops are grouped makes no difference to any bit.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from ._strips import MARGIN, Table, joined, strips_of, table_of, weights
from .overlay import Floats, Geometries, Integers
from .prisms import bare_tops
from .relief import (
    Cells,
    Grid,
    Heights,
    Small,
    as_prisms,
    by_step,
    compiled,
    mark,
    on_grid,
)
from .sunlight import Shifts, Sunshine, Sweep, as_hours, as_suns, reach, sweep_of, tally

Walls: TypeAlias = tuple[Floats, Integers]
Veil: TypeAlias = Callable[[float, float, Small, Small, Floats], Heights]
"""Azimuth, elevation, rows, columns and levels of cells to the share of light that is left."""

SIDE = 1024
"""Cells along the side of the square whose prisms are looked at together."""

_ROUNDING = 1e-6
"""Metres below which a shadow is not above a level."""

_DEEP = 0.51
"""Share of a step's fall from which on a plane that has not just begun shades the whole cell."""


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


def groups(town: Scene, grid: Grid, *, side: int = SIDE) -> list[Integers]:
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
    whole_cells: bool = False,
) -> Light:
    """Return how the tops of some prisms, near each other, are lit.

    Parameters
    ----------
    asked : int[n], positions of prisms; memory grows with the box around them (see `groups`)
    suns : float[s, 2], azimuth and elevation in degrees, in the order of time
    hours : float[s], the time each position stands for, or whatever else it brings (kWh/m²)
    faces : polygons[n], the part of each top that is asked; without it all that no higher prism
        stands on
    rays : per cell, side by side
    least : share of a cell's light from which on its longest run is not interrupted
    veil : what else takes light away, such as hills and trees
    whole_cells : whether the time of a cell counts a position only if `least` of the cell is lit,
        and then in full: the cell stands for its middle

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
    near = _near(town, target, angle, MARGIN * grid.cell)
    level = town.tops[target]
    given = (
        bare_tops(town.shapes, town.tops, asked=target, tree=town.tree)
        if faces is None
        else np.asarray(faces, dtype=object)
    )
    ways = [sweep_of(az, el, grid.cell) if el > 0 else None for az, el in angle.tolist()]
    first = min((way.by_columns for way in ways if way), default=False)
    cells, share = joined(strips_of(given, grid, first, rays), first, rays)
    total, run, longest = (np.zeros(len(cells.row), dtype=np.float32) for _ in range(3))
    area = np.zeros((len(target), len(angle)))
    walls = on_grid(town.shapes[near], grid)
    beside = _beside_higher(*walls, town.tops[near], cells, level)
    owner = np.repeat(np.arange(len(target), dtype=np.int32), np.diff(cells.first))
    tables = {first: table_of(cells, share, first, owner, beside)} if len(cells.row) else {}
    for k, way in enumerate(ways):
        light = np.zeros(len(cells.row), dtype=np.float32)
        if way and len(light):
            by = way.by_columns
            if by not in tables:
                other = weights(cells, strips_of(given, grid, by, rays), by, rays)
                tables[by] = table_of(cells, other, by, owner, beside)
            light = _lit(way, rays, walls, town.tops[near], tables[by], level)
            if veil:
                azimuth, elevation = angle[k].tolist()
                light *= veil(azimuth, elevation, cells.row, cells.col, level[owner])
            area[:, k] = grid.cell**2 * _sums(cells.first, light, cells.share)
        if whole_cells:
            _settle(light, least)
        tally(light, weight[k], least, total, run, longest)
    return Light(area, cells, Sunshine(total, longest))


def _near(town: Scene, target: Integers, suns: Floats, margin: float) -> Integers:
    """Return the prisms that may shade a wanted top, sorted."""
    target = target[np.isfinite(town.box[target]).all(axis=1)]
    if not len(target):
        return np.empty(0, dtype=np.intp)
    low, box = town.tops[target].min(), town.box[target]
    around = np.concatenate((box[:, :2].min(axis=0), box[:, 2:].max(axis=0)))
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


@compiled
def _beside_higher(
    ends: Floats, first: Integers, tops: Floats, cells: Cells, level: Floats
) -> NDArray[np.bool_]:
    """Tell which cells a higher prism touches, too."""
    result = np.zeros(len(cells.row), dtype=np.bool_)
    if len(result) == 0:
        return result
    row, col = cells.row.min(), cells.col.min()
    peak = np.full((cells.row.max() + 1 - row, cells.col.max() + 1 - col), -np.inf)
    mark(ends, first, tops, (row, col), peak)
    for s in range(len(level)):
        for p in range(cells.first[s], cells.first[s + 1]):
            result[p] = peak[cells.row[p] - row, cells.col[p] - col] > level[s]
    return result


def _lit(
    way: Sweep, rays: int, walls: Walls, tops: Floats, table: Table, level: Floats
) -> NDArray[np.float32]:
    """Return the share of each cell that is lit."""
    count = len(table.first) - 1
    shift = np.rint((np.arange(count) + table.start) * (way.aside * rays)).astype(np.int64)
    low = table.sides[0] * rays - int(shift.max())
    width = (table.sides[1] + 1) * rays - int(shift.min()) - low
    walked = -(table.start + count - 1) if way.backwards else table.start
    step, ray, plane = _shadows(
        walls[0], walls[1], tops, way, rays, (walked, walked + count), (low, low + width)
    )
    begun = _sorted(step, ray, plane, count)
    light = np.empty(len(table.beside), dtype=np.float32)
    _look(light, table, level, way, rays, shift + low, begun, width)
    if table.place is None:
        return light
    found = np.empty_like(light)
    found[table.place] = light
    return found


class _Begun(NamedTuple):
    """Shadows that begin at step i, ``first[i]`` to ``first[i + 1]``: ray and plane."""

    first: Integers
    ray: Small
    plane: Floats


@compiled
def _shadows(
    ends: Floats,
    first: Integers,
    tops: Floats,
    way: Sweep,
    rays: int,
    steps: tuple[int, int],
    band: tuple[int, int],
) -> tuple[Small, Small, Floats]:
    """Step, ray and plane of the shadows that begin where a ray leaves a shape.

    A shadow begins at the first step after the wall; what began before all steps does at the first.
    """
    forth = -1.0 if way.backwards else 1.0
    x, y = (1, 0) if way.by_columns else (0, 1)
    n = 0
    step, ray, plane = _table_of(1024)
    for s in range(len(first) - 1):
        for e in range(first[s], first[s + 1]):
            near, far = ends[e, y] - 0.5, ends[e, y + 2] - 0.5
            a = (ends[e, x] - near * way.aside) * rays
            b = (ends[e, x + 2] - far * way.aside) * rays
            if a == b or (a < b) != (way.backwards == way.by_columns):
                continue
            if a > b:
                a, b, near, far = b, a, far, near
            slope = (far - near) / (b - a)
            left, right = max(ceil(a - 0.5), band[0]), min(ceil(b - 0.5), band[1])
            if n + right - left > len(step):
                more = _table_of(2 * (n + right - left))
                more[0][:n], more[1][:n], more[2][:n] = step[:n], ray[:n], plane[:n]
                step, ray, plane = more
            for u in range(left, right):
                at = forth * (near + (u + 0.5 - a) * slope)
                if at <= steps[1] - 1:
                    step[n], ray[n] = max(ceil(at) - steps[0], 0), u - band[0]
                    plane[n] = tops[s] + at * way.drop
                    n += 1
    return step[:n], ray[:n], plane[:n]


@compiled
def _sorted(step: Small, ray: Small, plane: Floats, count: int) -> _Begun:
    first, order = by_step(step, 0, count)
    return _Begun(first, ray[order], plane[order])


@compiled
def _table_of(size: int) -> tuple[Small, Small, Floats]:
    return np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32), np.empty(size)


@compiled
def _look(
    light: NDArray[np.float32],
    table: Table,
    level: Floats,
    way: Sweep,
    rays: int,
    origin: Shifts,
    begun: _Begun,
    width: int,
) -> None:
    """Walk along the light, one step ahead of the cells that are asked, and ask their rays.

    Of every ray are known its plane, what it was before its last two changes, and their steps.
    """
    first, aside, shape, cell, size = table[2:7]
    beside, weight = table[8:]
    begin, ray, plane = begun
    count, drop, backwards = len(first) - 1, way.drop, way.backwards
    now, then, once = np.full(width, -np.inf), np.full(width, -np.inf), np.full(width, -np.inf)
    at, before = np.full(width, -2, dtype=np.int32), np.full(width, -2, dtype=np.int32)
    for step in range(-1, count - 1):
        for i in range(begin[step + 1], begin[step + 2]):
            u = ray[i]
            if plane[i] > now[u]:
                if at[u] != step + 1:
                    before[u], once[u], at[u], then[u] = at[u], then[u], step + 1, now[u]
                now[u] = plane[i]
        r = count - 1 - step if backwards else step
        if step < 0:
            continue
        fallen = (table.start + r) * (-drop if backwards else drop)
        for run in range(first[r], first[r + 1]):
            base, u = level[shape[run]] + fallen, aside[run] * rays - origin[r]
            bright, dark = base - drop, base + _DEEP * drop
            for p in range(cell[run], cell[run] + size[run]):
                lit = 0.0
                for q in range(rays):
                    high, since = now[u], at[u]
                    if high <= bright:
                        lit += weight[p, q]
                    elif since > step and before[u] < step and then[u] <= bright and not beside[p]:
                        lit += weight[p, q]  # a wall of its own begins behind it
                    elif since >= step or high < dark:
                        here = earlier = after = high - base
                        if since > step:
                            here = then[u] - base
                            earlier = once[u] - base if before[u] == step else here
                        elif since == step:
                            earlier = then[u] - base
                        share = _open(earlier, here, after if beside[p] else -np.inf, drop)
                        lit += weight[p, q] * share
                    u += 1
                light[p] = lit


@compiled
def _open(earlier: float, here: float, after: float, drop: float) -> float:
    """Share of a ray's way through a cell that is lit: the shadow's end may lie in it.

    The planes of the steps before, at and after the cell are given as they stand above its level
    at its middle. Where something higher stands in the cell (`after` is -inf elsewhere), what lies
    behind it is dark if it is so at the step after. A plane that is not above the level at the
    middle shades only what lies before, and only if it was above the level at the step before: one
    that has just begun was not.
    """
    above = max(here, after - drop) if after - drop > _ROUNDING else here
    if above <= _ROUNDING:
        above = earlier
        if above + drop <= _ROUNDING:
            return 1.0
    share: float = min(max(0.5 - above / drop, 0.0), 1.0)
    return share


@compiled
def _settle(light: NDArray[np.float32], least: float) -> None:
    """Count cells of which `least` is lit in full, and others not at all."""
    for p in range(len(light)):
        light[p] = 1.0 if light[p] >= least and light[p] > 0 else 0.0


@compiled
def _sums(first: Integers, light: Heights, share: Floats) -> Floats:
    result = np.zeros(len(first) - 1)
    for s in range(len(result)):
        for p in range(first[s], first[s + 1]):
            result[s] += light[p] * share[p]
    return result
