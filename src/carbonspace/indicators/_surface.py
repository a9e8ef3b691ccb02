"""Roofs as a surface model shows them: how they slope, what stands on them, what light they get."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonspace.indicators._casters import (
    Casters,
    Points,
    Sun,
    casters,
    light_through,
    lit_over,
    middles,
)
from carbonspace.indicators._shared import Floats
from carbonspace.indicators._veil import crowns_on
from carbonspace.kernels.cells import Lattice, covered_cells
from carbonspace.kernels.facets import OWN, Facets, facets, standing_out
from carbonspace.kernels.relief import Cells
from carbonspace.kernels.sunlight import (
    Sunshine,
    as_hours,
    as_suns,
    extrapolated,
    sweep_of,
    tally,
)
from carbonspace.model.grid import Grid


@dataclass(frozen=True)
class Limits:
    """What of a roof is not fit: by slope (degrees), and by what stands out of it (metres).

    Attributes
    ----------
    spared
        Aspects, each clockwise from the first to the second (degrees from grid north), in which no
        slope is too steep.
    max_rise, max_width
        What is higher by more stands out; what is wider each way is a roof of its own.
    """

    max_slope: float = 60.0
    spared: tuple[tuple[float, float], ...] = ()
    max_rise: float = 0.5
    max_width: float = 6.0


class Surface(NamedTuple):
    """Roofs in the cells of a surface model; all but `area` is aligned to the cells.

    Attributes
    ----------
    cells
        On the lattice of the surface model, rows and columns counted from its corner; those
        beyond what is at hand are left out.
    known
        Which of them have a value.
    area
        float[n, s], m² seen from above of the known cells of each face that each sun lights.
    time
        Of every cell in light; NaN where it is not known.
    slope, aspect
        Degrees from level, and clockwise from grid north the way water runs; NaN where there is
        none: in a face too narrow to tell, and the aspect where it is level.
    steep, raised
        Which cells are not fit: see `Limits`.
    """

    cells: Cells
    known: NDArray[np.bool_]
    area: Floats
    time: Sunshine
    slope: Floats
    aspect: Floats
    steep: NDArray[np.bool_]
    raised: NDArray[np.bool_]


class _Laid(NamedTuple):
    """Faces on a raster: their cells and the value of each, planes, and where light is looked for.

    That is at the cell's height, or, where a cell is hardly the face's, on the face's plane.
    """

    cells: Cells
    height: Floats
    planes: Facets
    at: Points

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which cells have a value."""
        return ~np.isnan(self.height)


class _Sky(NamedTuple):
    """What gives and takes light besides the surface."""

    suns: Floats
    crowns: Casters | None
    transmissivity: float
    far: float


def roof_surface(
    dsm: Grid,
    faces: ArrayLike,
    *,
    suns: ArrayLike,
    hours: ArrayLike,
    dem: Grid | None = None,
    canopy: Grid | None = None,
    transmissivity: float = 0.0,
    limits: Limits = Limits(),
    least: float = 0.5,
    far: float = inf,
    extrapolate: bool = False,
) -> Surface:
    """Return what a surface model says of roofs.

    Parameters
    ----------
    dsm
        Heights of ground and buildings, metres. Where a canopy is given trees are to be left out
        of it: what is in it lets no light through.
    faces
        Polygons, n: the roofs, each looked at by itself.
    suns, hours, least
        See `sunlight.sunshine`.
    dem, canopy, transmissivity
        See `veil_of`; without `dem` crowns stand on the surface model.
    far
        What is farther away than so many metres takes no light: see `veil_of`.
    extrapolate
        `area` is what follows from cells of this and of twice the size for ever smaller ones:
        the bias shrinks, the error of a single roof grows. Not for a model that is rough: what
        cells of twice the size miss of its roughness is taken for bias.

    Raises
    ------
    InputError
        If the canopy is in percent.
    ValueError
        If durations do not fit the suns, or the transmissivity is not within 0 to 1.
    """
    sky = _Sky(as_suns(suns), _crowns(dsm, dem, canopy), transmissivity, far)
    laid = _laid(dsm, np.atleast_1d(np.asarray(faces, dtype=object)))
    plain, time = _light(dsm, laid, sky, as_hours(hours, len(sky.suns)), least)
    area = _finer(dsm, faces, laid, sky, plain) if extrapolate else plain
    side, planes = (dsm.width, dsm.height), laid.planes
    rise = np.hypot(planes.east, planes.north)
    slope = np.degrees(np.arctan(rise))
    aspect = np.degrees(np.arctan2(-planes.east, -planes.north)) % 360.0
    raised = standing_out(
        laid.height, laid.cells, planes, side, rise=limits.max_rise, wide=limits.max_width
    )
    return Surface(
        laid.cells,
        laid.known,
        area,
        time,
        slope,
        np.where(rise > 0, aspect, np.nan),
        (slope > limits.max_slope) & ~_within(aspect, limits.spared),
        raised,
    )


def _crowns(dsm: Grid, dem: Grid | None, canopy: Grid | None) -> Casters | None:
    if canopy is None:
        return None
    return casters(crowns_on(dsm if dem is None else dem, canopy))


def _laid(dsm: Grid, faces: NDArray[np.object_]) -> _Laid:
    """Return faces on the cells of a surface model."""
    found = covered_cells(faces, Lattice(*dsm.place))
    height = dsm.values[found.row, found.column].astype(np.float64)
    cells = Cells(
        found.start,
        found.row + np.int32(dsm.top),
        found.column + np.int32(dsm.left),
        found.share,
    )
    planes = facets(height, cells, (dsm.width, dsm.height))
    own = (cells.share > OWN) | np.isnan(planes.level)
    level = np.where(own, height, planes.level)
    return _Laid(cells, height, planes, middles(dsm.place[:4], cells.row, cells.col, level))


def _light(
    dsm: Grid, laid: _Laid, sky: _Sky, hours: Floats, least: float
) -> tuple[Floats, Sunshine]:
    """Return m² of each face lit by each sun, and the time of each cell in light."""
    surface, known, count = casters(dsm), laid.known, len(laid.height)
    total, run, longest = (np.zeros(count, dtype=np.float32) for _ in range(3))
    area = np.zeros((len(laid.cells.first) - 1, len(sky.suns)))
    owner = np.repeat(np.arange(len(area)), np.diff(laid.cells.first))
    for k, (azimuth, elevation) in enumerate(sky.suns.tolist()):
        light = np.zeros(count, dtype=np.float32)
        if elevation > 0:
            light += _lit(surface, laid, Sun(azimuth, elevation), sky)
        light[~known] = 0
        area[:, k] = np.bincount(owner, light * laid.cells.share, len(area))
        tally(light, hours[k], least, total, run, longest)
    total[~known] = longest[~known] = np.nan
    return area * dsm.width * dsm.height, Sunshine(total, longest)


def _lit(surface: Casters, laid: _Laid, sun: Sun, sky: _Sky) -> Floats:
    """Return the share of the light of one sun that each cell gets.

    A slope shades itself where it falls away from the sun more steeply than light falls. Where
    rays change from one line of cells to the next they meet a slope across them up to one cell
    too high: so much a cell may lie in the shade, less what light falls faster than the slope.
    """
    side = surface.grid.width, surface.grid.height
    east, north = np.nan_to_num(laid.planes.east), np.nan_to_num(laid.planes.north)
    azimuth, elevation = np.radians(sun)
    faster = np.tan(elevation) - (east * np.sin(azimuth) + north * np.cos(azimuth))
    way = sweep_of(*sun, side)
    across = np.abs(north) * side[1] if way.by_columns else np.abs(east) * side[0]
    slack = np.maximum(across - np.maximum(faster, 0) * way.drop / np.tan(elevation), 0)
    above = laid.at._replace(level=laid.at.level + slack)
    lit = lit_over(surface, sun, above, far=sky.far, walls=True) & (faster > 0)
    light: Floats = np.asarray(lit, dtype=np.float64)
    if sky.crowns is not None:
        light *= light_through(sky.crowns, sun, laid.at, sky.transmissivity, far=sky.far)
    return light


def _finer(dsm: Grid, faces: ArrayLike, laid: _Laid, sky: _Sky, area: Floats) -> Floats:
    """Return lit areas as cells that grow ever smaller would have them."""
    coarse = _every_other(dsm)
    there = _laid(coarse, np.atleast_1d(np.asarray(faces, dtype=object)))
    rough, _ = _light(coarse, there, sky, np.zeros(len(sky.suns)), 1.0)
    whole, seen = _known_area(dsm, laid)[:, None], _known_area(coarse, there)[:, None]
    scale = np.divide(whole, seen, out=np.zeros_like(seen), where=seen > 0)
    return extrapolated(area, np.where(seen > 0, rough * scale, area), whole)


def _known_area(dsm: Grid, laid: _Laid) -> Floats:
    owner = np.repeat(np.arange(len(laid.cells.first) - 1), np.diff(laid.cells.first))
    held = np.bincount(owner, laid.cells.share * laid.known, len(laid.cells.first) - 1)
    return np.asarray(held * dsm.width * dsm.height, dtype=np.float64)


def _every_other(dsm: Grid) -> Grid:
    """Return cells of twice the size around every other middle, whichever window is at hand."""
    down, across = dsm.top % 2, dsm.left % 2
    return replace(
        dsm,
        values=dsm.values[down::2, across::2],
        west=dsm.west - dsm.width / 2,
        north=dsm.north + dsm.height / 2,
        width=2 * dsm.width,
        height=2 * dsm.height,
        top=(dsm.top + down) // 2,
        left=(dsm.left + across) // 2,
    )


def _within(aspect: Floats, windows: tuple[tuple[float, float], ...]) -> NDArray[np.bool_]:
    """Tell which aspects lie clockwise between the first and the second of any window."""
    result = np.zeros(len(aspect), dtype=np.bool_)
    for first, last in windows:
        wide = last - first if last >= first else last - first + 360.0
        result |= (aspect - first) % 360.0 <= wide
    return result
