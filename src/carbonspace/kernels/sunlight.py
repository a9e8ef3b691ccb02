"""Parallel light over a raster of heights: how high the shadow stands, how long a cell is lit.

A sweep goes once over the cells, row by row away from the sun (column by column where the sun is
nearer to east or west), and carries the plane of the shadow along rays that stay apart: a cell
belongs to the ray nearest to its centre. Rays are counted from the grid's corner, so that a part
of the grid with a halo (see `reach`) gives the same bits as the whole.
"""

from __future__ import annotations

from math import cos, isfinite, radians, sin, tan
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Integers
from .relief import Corner, Heights, Small, by_step, compiled

Shifts: TypeAlias = NDArray[np.int64]
Side: TypeAlias = float | tuple[float, float]
"""Of a square cell the side, of another one width and height."""

_CROSSINGS = 4
"""Crowns whose shade on one another is told apart; the lowest of more is forgotten."""


class Sweep(NamedTuple):
    """How rays run: by columns or by rows, against their count, aside and down per step."""

    by_columns: bool
    backwards: bool
    aside: float
    drop: float


class Sunshine(NamedTuple):
    """Time in light, accumulated and in the longest uninterrupted run."""

    total: Heights
    longest: Heights


def sweep_of(azimuth: float, elevation: float, cell: Side) -> Sweep:
    """Return how rays run over cells of `cell` metres, for a sun above the horizon (degrees)."""
    width, height = cell if isinstance(cell, tuple) else (cell, cell)
    if not (isfinite(azimuth) and isfinite(elevation) and width > 0 and height > 0):
        raise ValueError(f"no sweep for azimuth {azimuth}, elevation {elevation}, cell {cell}")
    east, north = sin(radians(azimuth)), cos(radians(azimuth)) * (width / height)
    by_columns = abs(east) > abs(north)
    aside = -north / east if by_columns else -east / north
    drop = width * tan(radians(elevation)) / max(abs(east), abs(north))
    return Sweep(by_columns, east > 0 if by_columns else north < 0, aside, drop)


def reach(fall: float, suns: ArrayLike) -> tuple[float, float, float, float]:
    """Return how far west, south, east and north something `fall` metres higher may shade from.

    Suns are float[s, 2], azimuth and elevation; those below the horizon take no part.
    """
    angle = np.radians(as_suns(suns))
    angle = angle[angle[:, 1] > 0]
    far = max(fall, 0.0) / np.tan(angle[:, 1])
    east, north = far * np.sin(angle[:, 0]), far * np.cos(angle[:, 0])
    sides = (-east, -north, east, north)
    west_side, south_side, east_side, north_side = (float(x.max(initial=0.0)) for x in sides)
    return west_side, south_side, east_side, north_side


def as_suns(suns: ArrayLike) -> Floats:
    """Return positions of the sun as float[s, 2], all finite."""
    angle = np.asarray(suns, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(angle).all():
        raise ValueError("the sun's azimuth and elevation must be finite")
    return angle


def shadow_height(
    height: ArrayLike,
    cell: Side,
    azimuth: float,
    elevation: float,
    *,
    corner: Corner = (0, 0),
    edge: float = 0.5,
) -> Heights:
    """Return up to which height each cell lies in the shadow of others.

    Parameters
    ----------
    height : float[rows, cols], metres; rows from north to south; NaN casts no shadow
    cell : side of a square cell, or width and height of another one, metres
    azimuth : of the sun, degrees clockwise from north
    elevation : of the sun, degrees; at 0 and below the shadow is without end
    corner : row and column of the first cell in the grid that the rays are counted in
    edge : how far a cell's height reaches beyond its centre, in cells along the ray: a half for
        blocks, whose walls stand half a cell from the last centre within, 0 for samples of a
        smooth surface

    Returns
    -------
    float[rows, cols] of the dtype of `height` (float32 or float64), -inf where nothing shades;
    what is at most as high as the shadow's height, and not itself what casts it, is dark.

    Raises
    ------
    ValueError
        If a height is infinite, an angle is not finite, or the cell is not positive.
    """
    surface = as_heights(height)
    if elevation <= 0 and isfinite(azimuth):
        return np.full_like(surface, np.inf)
    way = sweep_of(azimuth, elevation, cell)
    rows = np.ascontiguousarray(surface.T if way.by_columns else surface)
    plane, drop = np.empty_like(rows), rows.dtype.type(way.drop)
    lift = rows.dtype.type(edge * way.drop)
    _cast(rows, _shifts(way, surface.shape, corner), way.backwards, drop, lift, plane)
    return np.ascontiguousarray(plane.T) if way.by_columns else plane


def light_under(
    canopy: ArrayLike,
    level: ArrayLike,
    transmissivity: float,
    cell: Side,
    azimuth: float,
    elevation: float,
    *,
    corner: Corner = (0, 0),
    edge: float = 0.5,
) -> Floats:
    """Return the share of direct light that crowns of trees let through to each cell.

    Crowns reach down to the ground. Cells with crowns that follow each other along a ray are
    one crown, and light is multiplied by the transmissivity once per crown.

    Parameters
    ----------
    canopy : float[rows, cols], height of the crowns' tops above the datum; NaN for no tree
    level : float[rows, cols] or float, the heights that are asked
    transmissivity : 0..1
    cell, azimuth, elevation, corner, edge : see `shadow_height`

    Returns
    -------
    float[rows, cols], 0..1; 0 everywhere with the sun on the horizon or below it.

    Raises
    ------
    ValueError
        If the transmissivity is not within 0..1, and as `shadow_height`.
    """
    crowns = as_heights(canopy)
    row, col = np.indices(crowns.shape, dtype=np.int32)
    asked = np.broadcast_to(np.asarray(level, dtype=np.float64), crowns.shape)
    light = light_at(
        crowns,
        (row.ravel(), col.ravel(), asked.ravel()),
        transmissivity,
        cell,
        azimuth,
        elevation,
        corner=corner,
        edge=edge,
    )
    return light.reshape(crowns.shape)


def light_at(
    canopy: ArrayLike,
    asked: tuple[Small, Small, Floats],
    transmissivity: float,
    cell: Side,
    azimuth: float,
    elevation: float,
    *,
    corner: Corner = (0, 0),
    edge: float = 0.5,
) -> Floats:
    """Return the share of direct light that crowns let through to levels in some cells.

    Parameters
    ----------
    asked : row and column of cells of the raster, and a level; of a cell as many as there are
    canopy, transmissivity, cell, azimuth, elevation, corner, edge : see `light_under`

    Returns
    -------
    float[n], 0..1.

    Raises
    ------
    ValueError
        As `light_under`.
    """
    if not 0 <= transmissivity <= 1:
        raise ValueError(f"a transmissivity of {transmissivity} is not within 0..1")
    crowns = as_heights(canopy)
    row, col, level = asked
    light = np.zeros(len(level))
    if elevation <= 0 and isfinite(azimuth):
        return light
    way = sweep_of(azimuth, elevation, cell)
    along, aside = (col, row) if way.by_columns else (row, col)
    rows = np.ascontiguousarray(crowns.T if way.by_columns else crowns)
    first, order = by_step(along, 0, len(rows))
    shift = _shifts(way, crowns.shape, corner)
    _filter(rows, first, order, aside, level, shift, way, edge * way.drop, transmissivity, light)
    return light


def sunshine(
    height: ArrayLike,
    cell: Side,
    suns: ArrayLike,
    hours: ArrayLike,
    *,
    corner: Corner = (0, 0),
    edge: float = 0.5,
    canopy: ArrayLike | None = None,
    transmissivity: float = 0.0,
    least: float = 0.5,
) -> Sunshine:
    """Return how long the surface of each cell is in direct light.

    Parameters
    ----------
    height, cell, corner, edge : see `shadow_height`; canopy, transmissivity : see `light_under`
    suns : float[s, 2], azimuth and elevation in the order of time
    hours : float[s], the time each position stands for; it is multiplied by the light
    least : share of light from which on the longest run is not interrupted

    Returns
    -------
    float32[rows, cols] twice, NaN where the height is; 0 where the sun never rises.

    Raises
    ------
    ValueError
        If there is not one duration, finite and not negative, for each sun; see the others.
    """
    surface, angle = as_heights(height), as_suns(suns)
    weight = as_hours(hours, len(angle))
    total, longest, run = (np.zeros(surface.shape, dtype=np.float32) for _ in range(3))
    light = np.empty(surface.shape, dtype=np.float32)
    for (azimuth, elevation), time in zip(angle.tolist(), weight.tolist(), strict=True):
        plane = shadow_height(surface, cell, azimuth, elevation, corner=corner, edge=edge)
        light[...] = plane <= surface
        if canopy is not None:
            light *= light_under(
                canopy, surface, transmissivity, cell, azimuth, elevation, corner=corner
            )
        tally(light.ravel(), time, least, total.ravel(), run.ravel(), longest.ravel())
    unknown = np.isnan(surface)
    total[unknown] = longest[unknown] = np.nan
    return Sunshine(total, longest)


def extrapolated(fine: ArrayLike, coarse: ArrayLike, whole: ArrayLike) -> Floats:
    """Return ``2 fine - coarse``, for areas at a cell and at twice the cell, within 0..whole."""
    result: Floats = np.clip(2 * np.asarray(fine) - np.asarray(coarse), 0, whole)
    return result


def as_heights(height: ArrayLike) -> NDArray[Any]:
    """Return a raster of float32 or float64 without infinite heights."""
    surface: NDArray[Any] = np.asarray(height)
    if surface.dtype not in (np.float32, np.float64):
        surface = surface.astype(np.float64)
    if surface.ndim != 2 or np.isinf(surface).any():
        raise ValueError("heights must be a raster of rows and columns, and none of them infinite")
    return surface


def as_hours(hours: ArrayLike, count: int) -> Floats:
    """Return the durations, one for each of `count` suns."""
    weight = np.asarray(hours, dtype=np.float64)
    if weight.shape != (count,):
        raise ValueError(f"{weight.size} durations for {count} positions of the sun")
    if not (np.isfinite(weight) & (weight >= 0)).all():
        raise ValueError("durations must be finite and not negative")
    return weight


def _shifts(way: Sweep, shape: tuple[int, ...], corner: Corner) -> Shifts:
    """Return how many cells the rays have moved aside at each step."""
    first, count = (corner[1], shape[1]) if way.by_columns else (corner[0], shape[0])
    result: Shifts = np.rint((np.arange(count) + first) * way.aside).astype(np.int64)
    return result


@compiled
def tally(
    light: Heights, time: float, least: float, total: Heights, run: Heights, longest: Heights
) -> None:
    """Add the light of one position to what has been counted so far."""
    for p in range(len(light)):
        total[p] += time * light[p]
        run[p] = run[p] + time if light[p] >= least and light[p] > 0 else 0.0
        longest[p] = max(longest[p], run[p])


@compiled
def _cast(
    height: NDArray[Any],
    shift: Shifts,
    backwards: bool,
    drop: Any,
    lift: Any,
    plane: NDArray[Any],
) -> None:
    """Walk from row to row; `above` is what arrives at the cells along the rays."""
    rows, cols = height.shape
    most = shift.max()
    ray = np.full(cols + most - shift.min(), -np.inf, dtype=height.dtype)
    for step in range(rows):
        r = rows - 1 - step if backwards else step
        here, there = height[r], plane[r]
        above = ray[most - shift[r] : most - shift[r] + cols]
        for c in range(cols):
            arriving = above[c]
            there[c] = arriving
            own = here[c] + lift
            above[c] = (own if own > arriving else arriving) - drop


@compiled
def _filter(
    canopy: NDArray[Any],
    first: Integers,
    order: Small,
    aside: Small,
    level: Floats,
    shift: Shifts,
    way: Sweep,
    lift: float,
    transmissivity: float,
    light: Floats,
) -> None:
    """Carry the crown a ray is in, and those it has left, each with the plane of its shadow."""
    rows, cols = canopy.shape
    most = shift.max()
    crown = np.full(cols + most - shift.min(), -np.inf)
    left = np.full((len(crown), _CROSSINGS), -np.inf)
    for step in range(rows):
        r = rows - 1 - step if way.backwards else step
        begin = most - shift[r]
        for c in range(cols):
            if not canopy[r, c] > -np.inf and crown[begin + c] > -np.inf:
                _keep(left[begin + c], crown[begin + c])
                crown[begin + c] = -np.inf
        for p in order[first[r] : first[r + 1]]:
            u = begin + aside[p]
            light[p] = 1.0
            if crown[u] > level[p] or canopy[r, aside[p]] > level[p]:
                light[p] = transmissivity
            for k in range(_CROSSINGS):
                if left[u, k] > level[p]:
                    light[p] *= transmissivity
        for c in range(cols):
            u = begin + c
            if canopy[r, c] > -np.inf:
                crown[u] = max(crown[u], canopy[r, c] + lift)
            crown[u] -= way.drop
            for k in range(_CROSSINGS):
                left[u, k] -= way.drop


@compiled
def _keep(planes: Floats, plane: float) -> None:
    """Put a plane in the place of the lowest, if that is lower."""
    lowest = 0
    for k in range(1, len(planes)):
        if planes[k] < planes[lowest]:
            lowest = k
    planes[lowest] = max(planes[lowest], plane)
