"""A year of weather: what the sky sends down, hour by hour, at a station near the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from carbonspace.model.text import Text

WEATHER = "weather"
"""What the weather is called beside layers: the table of plan.toml, an argument of indicators."""

TITLE = Text("气象数据", "Weather")

HOURS = 8760
"""The hours of a year without a leap day."""

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Weather:
    """The 8,760 hours of a year, in the order of the calendar.

    Attributes
    ----------
    time
        datetime64[s][8760], UTC: the moment at which the sun stands for the hour. Hours of a
        typical year are of several years.
    ghi, dni, dhi
        float[8760], W/m²: global and diffuse on a horizontal surface, direct across the ray.
    air, wind
        float[8760], °C and m/s.
    latitude, longitude
        Degrees, of the station.
    label
        What the file says of the station.
    source
        The file, as plan.toml names it.
    """

    time: NDArray[np.datetime64]
    ghi: Floats
    dni: Floats
    dhi: Floats
    air: Floats
    wind: Floats
    latitude: float
    longitude: float
    label: str = ""
    source: str = ""
