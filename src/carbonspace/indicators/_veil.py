"""Hills and trees that stand before the sun, and the ground below buildings, from rasters."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import shapely
from numpy.typing import ArrayLike

from carbonspace.errors import InputError
from carbonspace.indicators._casters import (
    Sun,
    casters,
    light_through,
    lit_over,
    middles,
    nearest,
)
from carbonspace.indicators._shared import Floats, Geometries
from carbonspace.kernels.cells import Lattice, sums_in
from carbonspace.kernels.rays import Veil
from carbonspace.kernels.relief import Grid as RayGrid
from carbonspace.kernels.relief import Heights, Small
from carbonspace.model.finding import Finding
from carbonspace.model.grid import Grid
from carbonspace.model.measure import divided
from carbonspace.model.rasters import PREFIX
from carbonspace.model.text import Text


def veil_of(
    dem: Grid | None,
    canopy: Grid | None,
    *,
    transmissivity: float,
    grid: RayGrid,
    far: float = inf,
) -> Veil | None:
    """Return what takes light away from roofs besides other roofs; None if there is nothing.

    Parameters
    ----------
    dem
        Terrain, metres above a datum; without it the ground is level, at 0.
    canopy
        Height of the crowns above the ground, metres; a value above 0 is a tree. Where the
        terrain is given and not known, no crown stands.
    transmissivity
        Of a crown, 0 to 1; see `sunlight.light_under`.
    grid
        That of the rays.
    far
        What is farther away than so many metres takes no light. The answer is the same to the
        last bit with any window of the rasters that has all within `sight` of what is asked.

    Returns
    -------
    Veil
        To be called with a sun above the horizon and levels above the datum of the terrain. A
        point has the shade of the middle of the raster's cell that it lies in; outside of the
        cells at hand it has none.

    Raises
    ------
    InputError
        If the canopy is in percent: that says where crowns are, not how high.
    ValueError
        When it is called, if the transmissivity is not within 0 to 1.
    """
    hills = None if dem is None else casters(dem)
    crowns = None if canopy is None else casters(crowns_on(dem, canopy))
    if hills is None and crowns is None:
        return None

    def veil(azimuth: float, elevation: float, row: Small, col: Small, level: Floats) -> Heights:
        at = middles((grid.west, grid.north, grid.cell, grid.cell), row, col, level)
        sun = Sun(azimuth, elevation)
        light = np.ones(len(level))
        if hills is not None:
            light *= lit_over(hills, sun, at, far=far)
        if crowns is not None:
            light *= light_through(crowns, sun, at, transmissivity, far=far)
        return light

    return veil


def ground_of(dem: Grid, footprints: ArrayLike, *, around: float = 10.0) -> Floats:
    """Return the level of the ground below buildings, metres above the datum of the terrain.

    It is the mean over the footprint, each cell by its share: the height of a building counts
    from the ground at its entrance, which may be at any side of it, and the lowest cell would
    make a building the lower the larger it is, or by one bad cell.

    Parameters
    ----------
    dem
        Terrain; cells without a value take no part.
    footprints
        Polygons.
    around
        Where no cell of a footprint is known, as in terrain with gaps in the place of buildings,
        the ground within so many metres is taken.

    Returns
    -------
    float[n], NaN where no ground is known.
    """
    shapes = np.atleast_1d(np.asarray(footprints, dtype=object))
    level = _mean(dem, shapes)
    unknown = np.flatnonzero(np.isnan(level))
    level[unknown] = _mean(dem, shapely.buffer(shapes[unknown], around))
    return level


def crowns_on(ground: Grid | None, canopy: Grid) -> Grid:
    """Return the tops of crowns above the datum of the ground, NaN where no tree is.

    Raises
    ------
    InputError
        If the canopy is in percent.
    """
    if canopy.unit == "%":
        raise InputError([_no_heights()])
    tops = np.where(canopy.values > 0, canopy.values, np.nan)
    if ground is not None:
        tops += nearest(ground, canopy)
    return replace(canopy, values=tops)


def _no_heights() -> Finding:
    return Finding(
        "error",
        PREFIX + "canopy",
        Text("树冠没有高度，不能计算遮挡", "Crowns without heights cast no shade"),
        "%",
        Text("以米为单位的树冠高度", "heights of crowns in metres"),
        Text("请改用树冠高度栅格，或计算遮挡时不用树冠",
             "Give a raster of heights, or leave "
             "crowns out of the shade"),
        local=True,
    )  # fmt: skip


def _mean(dem: Grid, shapes: Geometries) -> Floats:
    found = sums_in(shapes, dem.values, Lattice(*dem.place))
    return divided(found.integral, found.area, scale=1.0)
