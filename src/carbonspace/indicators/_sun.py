"""Where the sun stands over a plan: by true solar time, on a day a standard names or any other.

Azimuths are turned from true to grid north, so that shadows fall right on the map.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pyproj

from carbonspace.errors import (
    CrsError,
    MissingLayerError,
    NoSunError,
    ServiceError,
    UnknownNameError,
)
from carbonspace.indicators._shared import Floats
from carbonspace.model.parameters import WORDS
from carbonspace.model.text import Text

if TYPE_CHECKING:
    from types import ModuleType

YEAR = 2001
"""The year GB/T 50947-2014 computes in; that it is this one is from memory, not verified."""

LOWEST = 1.0
"""Degrees above the horizon up to which the sun counts as set: shadows would have no end."""

_NOT_QUITE = 1e-12
_OBLIQUITY = 23.4393
"""Degrees between ecliptic and equator in the reference year."""


class Day(NamedTuple):
    """A day by the sun's longitude on the ecliptic (degrees), and the hours that count on it."""

    title: Text
    longitude: float
    hours: tuple[float, float]


DAYS = {
    "great_cold": Day(WORDS["great_cold"], 300.0, (8.0, 16.0)),
    "winter_solstice": Day(WORDS["winter_solstice"], 270.0, (9.0, 15.0)),
    "spring_equinox": Day(WORDS["spring_equinox"], 0.0, (8.0, 16.0)),
    "summer_solstice": Day(WORDS["summer_solstice"], 90.0, (8.0, 16.0)),
}
"""Solar terms by name. The hours of the first two are those of GB 50180 Table 4.0.9; the others
have none in a standard and take the longer ones. They are the same days of the year everywhere:
south of the equator Great Cold and the winter solstice are days of summer, and the sun of noon
stands in the north."""


class Place(NamedTuple):
    """Degrees north, degrees east, and by how many degrees grid north lies east of true north."""

    latitude: float
    longitude: float
    convergence: float


class Sun(NamedTuple):
    """Positions through a day: true solar time (h), the hours each stands for, and degrees.

    `azimuth` runs clockwise from grid north; `elevation` is without refraction.
    """

    time: Floats
    weight: Floats
    azimuth: Floats
    elevation: Floats


def place_of(layer: gpd.GeoDataFrame) -> Place:
    """Return the middle of a layer's box on the earth; one place serves a whole city.

    Twenty kilometres north or south turn the sun's height by less than 0.2 degrees.

    Raises
    ------
    CrsError
        If the layer has no CRS.
    MissingLayerError
        If nothing is in the layer, which is that of the units.
    """
    if layer.empty:
        raise MissingLayerError("units")
    if layer.crs is None:
        raise CrsError(
            "a layer has no CRS; the sun needs to know where on the earth it lies: set_crs()",
            "图层没有坐标系；计算太阳位置需要知道其在地球上的位置：set_crs()",
        )
    west, south, east, north = layer.total_bounds
    geographic = layer.crs.to_2d().geodetic_crs
    turn = pyproj.Transformer.from_crs(layer.crs, geographic, always_xy=True)
    longitude, latitude = turn.transform((west + east) / 2, (south + north) / 2)
    factors = pyproj.Proj(layer.crs).get_factors(longitude, latitude)
    return Place(latitude, longitude, float(factors.meridian_convergence))


def sun_over(place: Place, day: str, hours: tuple[float, float], step: float) -> Sun:
    """Return the sun from the first to the last of some hours, by steps in minutes.

    The first and the last position stand for half a step each, the others for one.

    Raises
    ------
    UnknownNameError
        For a day that is neither named nor a date.
    """
    first, last = hours
    count = max(round((last - first) * 60 / step), 1)
    time = np.linspace(first, last, count + 1)
    weight = np.full(count + 1, (last - first) / count)
    weight[[0, -1]] /= 2
    azimuth, elevation = _stands(place, declination(day), time)
    return Sun(time, weight, (azimuth - place.convergence) % 360.0, elevation)


def refuse_night(place: Place, day: str, sun: Sun) -> None:
    """Let no figure be made where, of all positions of a day, none is above `LOWEST`.

    Raises
    ------
    NoSunError
        With the latitude, the day, and how high the sun stands at most.
    """
    highest = float(sun.elevation.max())
    if highest > LOWEST:
        return
    title = DAYS[day].title.under(day) if day in DAYS else Text(day, day)
    side = ("北纬", "N") if place.latitude >= 0 else ("南纬", "S")
    at, first, last = abs(place.latitude), float(sun.time[0]), float(sun.time[-1])
    raise NoSunError(
        f"no sun at {at:.2f}° {side[1]} on the day {title.en}: from {first:g} to {last:g} h it "
        f"stands at {highest:.1f}° at most, and up to {LOWEST:g}° counts as set. Choose another "
        "day, such as 03-21, where the indicator takes one, or leave it out.",
        f"没有日照：{side[0]} {at:.2f}°，计算日 {title.zh}，{first:g} 至 {last:g} 时太阳高度角最高"
        f"为 {highest:.1f}°，不高于 {LOWEST:g}° 按日落计。"
        "指标可指定日期的，请改用其他日期，如 03-21；否则请不选该指标。",
    )


def hours_of(day: str) -> tuple[float, float]:
    """Return the hours that count on a day: those of the standard, or from 8 to 16."""
    return DAYS[day].hours if day in DAYS else (8.0, 16.0)


def declination(day: str) -> float:
    """Return how many degrees north of the equator the sun stands at noon, Beijing time.

    Parameters
    ----------
    day
        A key of `DAYS`, or a date as month and day: `03-21`.

    Raises
    ------
    UnknownNameError
        It is neither.
    """
    if day in DAYS:
        tilt, longitude = np.radians((_OBLIQUITY, DAYS[day].longitude))
        return float(np.degrees(np.arcsin(np.sin(tilt) * np.sin(longitude))))
    import pandas as pd

    try:
        noon = pd.to_datetime([f"{YEAR}-{day} 12:00"], format="%Y-%m-%d %H:%M")
    except ValueError:
        raise _unknown(day) from None
    beijing = noon.tz_localize("Asia/Shanghai")
    at_the_pole = pvlib().solarposition.get_solarposition(beijing, 90.0, 0.0)
    return float(at_the_pole["elevation"].iloc[0])


def _stands(place: Place, declined: float, time: Floats) -> tuple[Floats, Floats]:
    """Return azimuth from true north and elevation, degrees, at true solar times."""
    position = pvlib().solarposition
    latitude, tilt = np.radians((place.latitude, declined))
    turned = np.radians(15.0 * (time - 12.0))
    turned[turned == 0] = _NOT_QUITE  # at 0 pvlib has the sun in the south wherever it stands
    zenith = position.solar_zenith_analytical(latitude, turned, tilt)
    azimuth = position.solar_azimuth_analytical(latitude, turned, tilt, zenith)
    return np.degrees(azimuth) % 360.0, 90.0 - np.degrees(zenith)


def _unknown(day: str) -> UnknownNameError:
    listed = ", ".join(DAYS)
    return UnknownNameError(
        f"day = {day!r} is unknown; it can be {listed}, or a date as month and day: 03-21",
        f"day = {day!r} 无法识别；可取 {listed}，或月-日，如 03-21",
    )


def pvlib() -> ModuleType:
    """Return the library that knows the sun.

    Raises
    ------
    ServiceError
        It is not installed.
    """
    try:
        return import_module("pvlib")
    except ImportError:
        raise ServiceError(
            "the sun needs pvlib: pip install 'carbonspace[sun]'",
            "计算太阳位置需要 pvlib：pip install 'carbonspace[sun]'",
        ) from None
