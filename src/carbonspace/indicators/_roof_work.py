"""What it takes to follow light on the roofs of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from carbonspace.errors import MissingLayerError, UnknownNameError
from carbonspace.indicators._roof import Roof
from carbonspace.indicators._roof_cells import Cellwork, Model, Need
from carbonspace.indicators._shade import Suns, light_of_day, place_over, suns_of_day, tops_of
from carbonspace.indicators._shared import Geometries, arrays
from carbonspace.indicators._sun import Place
from carbonspace.indicators._surface import Limits
from carbonspace.indicators._veil import ground_of, veil_of
from carbonspace.indicators._year import directions_over, hours_over, rays_of
from carbonspace.kernels import rays
from carbonspace.kernels.relief import Grid as RayGrid
from carbonspace.model.grid import Grid
from carbonspace.model.shared import Shared
from carbonspace.model.weather import Weather


class Surroundings(NamedTuple):
    """What a plan gives of the sky and the land around its roofs."""

    dsm: Grid | None = None
    dem: Grid | None = None
    canopy: Grid | None = None
    weather: Weather | None = None


NOTHING = Surroundings()


def cellwork(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    around: Surroundings,
    roof: Roof,
    shared: Shared | None,
) -> Cellwork:
    """Return what it takes to look at roofs cell by cell; buildings on unknown ground are left out.

    Raises
    ------
    MissingColumnError
        If no building has a height or floors, where roofs are taken from footprints.
    MissingLayerError
        If roofs are to be taken from a surface model and there is none.
    InputError
        If the canopy is in percent.
    UnknownNameError
        If more hours of sun are asked for than the day has.
    """
    _, footprints = arrays(units, buildings)
    suns = suns_for(units, around.weather, roof, shared)
    if roof.surface == "dsm":
        return _by_model(footprints, suns, around, roof)
    tops = tops_of(buildings, roof.storey_height, shared)
    if around.dem is not None:
        tops = tops + ground_of(around.dem, footprints)
    rows = np.flatnonzero(np.isfinite(tops))
    grid = RayGrid(0.0, 0.0, roof.cell)
    veil = veil_of(around.dem, around.canopy, transmissivity=roof.transmissivity, grid=grid,
                   far=roof.shade_far)  # fmt: skip
    town = rays.scene(footprints[rows], tops[rows])
    far = None if around.dem is None else roof.shade_far
    return Cellwork(rows, town, suns, grid, need_of(roof, suns), veil, far)


def _by_model(footprints: Geometries, suns: Suns, around: Surroundings, roof: Roof) -> Cellwork:
    """Return what it takes to look at roofs in the cells of a surface model."""
    if around.dsm is None:
        raise MissingLayerError("rasters.dsm")
    limits = Limits(roof.max_slope, roof.sunny_aspects, roof.max_rise)
    model = Model(around.dsm, around.dem, around.canopy, roof.transmissivity, limits,
                  roof.shade_far)  # fmt: skip
    town = rays.scene(footprints, np.zeros(len(footprints)))
    grid, rows = RayGrid(0.0, 0.0, roof.cell), np.arange(len(footprints))
    return Cellwork(rows, town, suns, grid, need_of(roof, suns), model=model)


def cells_over(around: Surroundings, roof: Roof) -> tuple[float, float, float, float]:
    """Return corner (west, north), width and height of the cells that light is followed in."""
    if roof.surface == "dsm" and around.dsm is not None:
        return around.dsm.place[:4]
    return 0.0, 0.0, roof.cell, roof.cell


def suns_for(
    units: gpd.GeoDataFrame, weather: Weather | None, roof: Roof, shared: Shared | None
) -> Suns:
    """Return the positions of the sun that count, and the hours or kWh/m² each stands for.

    Raises
    ------
    NoSunError
        If the sun does not rise on the day.
    """
    place = place_over(units, shared)
    if roof.definition == "irradiation":
        year = rays_of(hours_over(place, weather, turbidity=roof.turbidity), place)
        return year.suns, year.kwh
    return light_of_day(place, roof.day, roof.step)


def angles_over(place: Place, roof: Roof) -> NDArray[np.float64]:
    """Return where light comes from: float[s, 2], degrees."""
    if roof.definition == "irradiation":
        return directions_over(place)
    return suns_of_day(place, roof.day, roof.step)[0]


def need_of(roof: Roof, suns: Suns) -> Need:
    """Return what makes a place on a roof usable.

    Raises
    ------
    UnknownNameError
        If more hours of sun are asked for than the day has.
    """
    setback, stands, patch = roof.deduction
    if roof.definition == "irradiation":
        return Need(roof.min_irradiation, setback, stands, patch, whole_cells=False)
    most = float(suns[1].sum())
    if roof.min_sun > most * (1 + 1e-9):
        raise UnknownNameError(
            f"min_sun = {roof.min_sun:g} h cannot be: {roof.day} has {most:g} h",
            f"min_sun = {roof.min_sun:g} h 不可能达到：{roof.day} 共 {most:g} h",
        )
    return Need(roof.min_sun, setback, stands, patch, whole_cells=True)


def groups_of(work: Cellwork, asked: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Yield the prisms of the buildings asked for, those near each other together."""
    wanted = np.isin(work.rows, asked)
    for group in rays.groups(work.town, work.grid):
        if wanted[group].any():
            yield group[wanted[group]]
