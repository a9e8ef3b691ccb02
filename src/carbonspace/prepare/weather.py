"""The weather of a plan held against it: is its station near, and does its sun rise with ours."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.model.weather import WEATHER, Weather

_NEAR_M = 100_000.0
_HORIZON = -2.0
"""Degrees; an hour in whose middle the sun has set may have been light when it began."""
_MOST_DARK = 0.01
"""Share of the light of a year that may come while the sun has set."""


def weather_findings(weather: Weather | None, units: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield what is to be said of the weather where the plan is.

    Parameters
    ----------
    weather
        As read, or None.
    units
        In the plan's CRS.
    """
    if weather is None:
        return
    geographic = units.crs.to_2d().geodetic_crs
    turn = pyproj.Transformer.from_crs(units.crs, geographic, always_xy=True)
    west, south, east, north = units.total_bounds
    longitude, latitude = turn.transform((west + east) / 2, (south + north) / 2)
    metres = geographic.get_geod().inv(
        longitude, latitude, weather.longitude, weather.latitude
    )[2]  # fmt: skip
    if metres > _NEAR_M:
        yield _far(weather, metres / 1000.0)
    share = _in_the_dark(weather, latitude, longitude)
    if share > _MOST_DARK:
        yield _by_night(weather, share)


def _in_the_dark(weather: Weather, latitude: float, longitude: float) -> float:
    """Return the share of the light that comes while the sun has set over the plan."""
    stands = import_module("pvlib").solarposition.get_solarposition(
        pd.DatetimeIndex(weather.time, tz="UTC"), latitude, longitude
    )
    dark = stands["elevation"].to_numpy() < _HORIZON
    return float(weather.ghi[dark].sum() / max(float(np.sum(weather.ghi)), 1.0))


def _far(weather: Weather, kilometres: float) -> Finding:
    return Finding(
        "warning", WEATHER, Text("气象站离规划区较远", "The weather is of a place far away"),
        Text(f"{weather.source}：{weather.label}，相距 {kilometres:,.0f} km",
             f"{weather.source}: {weather.label}, {kilometres:,.0f} km away"),
        Text("100 km 以内的气象站", "a station within 100 km"),
        Text("换用附近气象站的文件，或核对文件的经纬度。",
             "Use the file of a station nearby, or check the coordinates in the file."),
    )  # fmt: skip


def _by_night(weather: Weather, share: float) -> Finding:
    return Finding(
        "warning", WEATHER, Text("气象文件在日落后仍有辐射", "The weather has sunlight at night"),
        Text(f"{weather.source}：占全年的 {share:.1%}",
             f"{weather.source}: {share:.1%} of the year"),
        Text("规划区的日出与日落", "sunrise and sunset of the plan"),
        Text("核对文件的时区与经纬度；这些光计入最近的太阳方位。",
             "Check the time zone and the coordinates in the file; this light is put onto the "
             "nearest position of the sun."),
    )  # fmt: skip
