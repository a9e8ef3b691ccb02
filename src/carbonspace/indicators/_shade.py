"""What stands over a plan and shades it, and how far that has to be looked for."""

from __future__ import annotations

import math
from typing import Annotated

import geopandas as gpd
import numpy as np

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._shared import Floats, longest
from carbonspace.indicators._sun import (
    DAYS,
    LOWEST,
    Place,
    hours_of,
    place_of,
    refuse_night,
    sun_over,
)
from carbonspace.kernels.sunlight import reach
from carbonspace.model.floors import heights
from carbonspace.model.indicator import Layers, Unit
from carbonspace.model.kinds import Choice, Number
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DATES = (f"{m:02}-{d:02}" for m, days in enumerate(_LENGTHS, 1) for d in range(1, days + 1))
_DAY = Choice(
    (*DAYS, *_DATES),
    Text(f"{'、'.join(DAYS)}，或月-日（如 03-21）", f"{', '.join(DAYS)}, or month and day: 03-21"),
)
NamedDay = Annotated[str, Unit(""), _DAY]
Minutes = Annotated[float, Unit("min"), Number(low=1, high=240, unit="min")]
Hours = Annotated[float, Unit("h"), Number(low=0, high=24, unit="h")]
Storey = Annotated[float, Unit("m"), Number(low=2, high=10, unit="m")]

Suns = tuple[Floats, Floats]
"""Azimuth and elevation, float[s, 2], and what each position stands for, float[s]."""


def tops_of(
    buildings: gpd.GeoDataFrame, storey_height: float, shared: Shared | None = None
) -> Floats:
    """Return how high each building stands, metres; one storey where it is not known.

    Raises
    ------
    MissingColumnError
        If no building of the plan has a height or floors.
    """
    flat = (shared or Shared()).is_nowhere_positive
    if all(flat("buildings", buildings, one) for one in ("height", "floors")):
        raise MissingColumnError("buildings", "height", "floors")
    found = heights(buildings, storey_height)
    return np.where(np.isnan(found), storey_height, found)


def place_over(units: gpd.GeoDataFrame, shared: Shared | None = None) -> Place:
    """Return the one place on earth that the sun is computed for, of the whole plan."""
    return place_of((shared or Shared()).whole("units", units))


def suns_of_day(place: Place, day: str, step: float) -> Suns:
    """Return the sun through the hours of a day, each position with the hours it stands for."""
    sun = sun_over(place, day, hours_of(day), step)
    return seen(np.column_stack((sun.azimuth, sun.elevation))), sun.weight


def light_of_day(place: Place, day: str, step: float) -> Suns:
    """Return `suns_of_day` for those who make figures of it.

    Raises
    ------
    NoSunError
        If the sun does not rise above `LOWEST`.
    """
    refuse_night(place, day, sun_over(place, day, hours_of(day), step))
    return suns_of_day(place, day, step)


def seen(angles: Floats) -> Floats:
    """Return positions of the sun with those too low put below the horizon."""
    low = angles[:, 1] <= LOWEST
    return np.where(low[:, None], (0.0, -1.0), angles)


def shade_reach(layers: Layers, storey_height: float, angles: Floats) -> float:
    """Return how far from a unit a building may shade one that stands in it, metres.

    NaN without layers. The longest building is added: one across the boundary is shaded whole.
    """
    if "buildings" not in layers:
        return math.nan
    buildings = layers["buildings"]
    tallest = np.nanmax(heights(buildings, storey_height), initial=storey_height)
    return float(max(reach(tallest, angles)) + longest(buildings))
