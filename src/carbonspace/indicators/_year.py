"""The sun of a whole year over a place: its hours, and a few directions that stand for them.

What falls onto a cell in the shade of others is asked of each direction once. So there are few:
one for each cell of a mesh of declination and hour angle, the mean of the suns in it by their
energy under a clear sky. Diffuse light comes from everywhere alike.
"""

from __future__ import annotations

from functools import lru_cache
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonspace.indicators._shared import Floats
from carbonspace.indicators._sun import YEAR, Place, pvlib
from carbonspace.model.weather import HOURS, Weather

TURBIDITY = 4.0
"""Linke turbidity where nothing else is known: between clean and hazy air. Our choice, not
verified; pvlib's own map of the world says more for a place and month."""

_DECLINATIONS, _HOUR_ANGLE, _SKY = 4, 15.0, 32
"""Cells of declination, degrees of hour angle in each, and parts of the sky."""

_LOW = 4.0
"""Degrees: no direction is lower, shadows would be too long for what little light comes there."""

_QUARTERS = np.array([-5.625, -1.875, 1.875, 5.625])
"""Degrees of hour angle from the middle of an hour to the middles of its quarters."""

_OBLIQUITY = 23.45
_GOLDEN = 180.0 * (3.0 - sqrt(5.0))


class Hours(NamedTuple):
    """The hours of a year over a place, as far as a panel feels them.

    `azimuth` from true north and `elevation` without refraction, degrees; on a horizontal
    surface `ghi` and of it diffuse `dhi`, across the ray `dni`, W/m²; `air` in °C (NaN under a
    clear sky, of which it is not known) and `wind` in m/s.
    """

    azimuth: Floats
    elevation: Floats
    ghi: Floats
    dni: Floats
    dhi: Floats
    air: Floats
    wind: Floats


class Rays(NamedTuple):
    """Directions of light: degrees from grid north and above the horizon, and their energy.

    `kwh` is what comes from there in the year, kWh per m² of unshaded horizontal surface.
    """

    azimuth: Floats
    elevation: Floats
    kwh: Floats

    @property
    def suns(self) -> Floats:
        """float[s, 2], azimuth and elevation, as the kernels of light take them."""
        return np.column_stack([self.azimuth, self.elevation])


def hours_over(place: Place, weather: Weather | None, *, turbidity: float = TURBIDITY) -> Hours:
    """Return the hours of a year.

    Parameters
    ----------
    place
        On the earth; the sun is taken there, also where the weather is of a station elsewhere.
    weather
        What was measured; without it the sky is always clear (Ineichen and Perez 2002).
    turbidity
        Of the clear sky, after Linke, all the year.

    Raises
    ------
    ServiceError
        Without pvlib.
    """
    import pandas as pd

    location = pvlib().location
    start = np.datetime64(f"{YEAR}-01-01T00:30")
    moments = start + np.arange(HOURS) * np.timedelta64(1, "h") if weather is None else weather.time
    times = pd.DatetimeIndex(moments.astype("datetime64[s]"), tz="UTC")
    # The map's sea has a floor; the air above it ends at the surface.
    altitude = max(float(location.lookup_altitude(place.latitude, place.longitude)), 0.0)
    site = location.Location(place.latitude, place.longitude, altitude=altitude)
    stands = site.get_solarposition(times)
    azimuth, elevation = stands["azimuth"].to_numpy(), stands["elevation"].to_numpy()
    if weather is not None:
        return Hours(azimuth, elevation, weather.ghi, weather.dni, weather.dhi,
                     weather.air, weather.wind)  # fmt: skip
    above = pvlib().irradiance.get_extra_radiation(times.day_of_year.to_numpy())
    sky = site.get_clearsky(times, "ineichen", solar_position=stands, dni_extra=above,
                            linke_turbidity=turbidity)  # fmt: skip
    ghi, dni, dhi = (sky[name].to_numpy(dtype=float) for name in ("ghi", "dni", "dhi"))
    return Hours(azimuth, elevation, ghi, dni, dhi, np.full(HOURS, np.nan), np.ones(HOURS))


def directions_over(place: Place) -> Floats:
    """Return where the light of a year comes from: float[s, 2], degrees, as `rays_of` has it.

    They hang on the place alone, whatever the weather.
    """
    return rays_of(hours_over(place, None), place).suns


def rays_of(hours: Hours, place: Place) -> Rays:
    """Return the directions that stand for all light of a year; their energies sum up to it.

    Direct light is put onto the direction nearest to its sun, also that of a sun lower than any
    direction (all are above 4°), and what a file reports before sunrise. Where more light is
    diffuse than there is, there is no direct light.

    In a town of thirty buildings of 6 to 60 m, 35 m apart, all roofs together receive what they do
    from 8,760 suns and a thousand parts of the sky to 0.25 %, each of them to 2 %, and a cell of
    2 m on average to 1 % of the light above (clear sky at 23°, 36°, 70° north and 34° south, and a
    typical year as measured at 36° north).
    """
    beam = np.maximum(hours.ghi - hours.dhi, 0.0) / 1000.0
    suns, middle = _quarters(hours, place), _directions(place)
    nearest = np.argmax(suns.towards @ middle.T, axis=1)
    shared = np.repeat(beam, len(_QUARTERS)) * suns.share
    kwh = np.bincount(nearest, shared, minlength=len(middle)).astype(float)
    azimuth = np.degrees(np.arctan2(middle[:, 0], middle[:, 1])) - place.convergence
    direct = Rays(azimuth % 360.0, np.degrees(np.arcsin(middle[:, 2])), kwh)
    diffuse = _sky(float((hours.ghi / 1000.0 - beam).sum()))
    return Rays(*(np.concatenate(pair) for pair in zip(direct, diffuse, strict=True)))


@lru_cache(maxsize=4)
def _directions(place: Place) -> Floats:
    """Return unit vectors towards the means of direct light under a clear sky, by cell."""
    clear = hours_over(place, None)
    suns = _quarters(clear, place)
    light = np.repeat(clear.ghi - clear.dhi, len(_QUARTERS)) * suns.share
    up = light > 0
    _, cell = np.unique(suns.cell[up], return_inverse=True)
    weighted = light[up, None] * suns.towards[up]
    total = np.stack([np.bincount(cell, one) for one in weighted.T], axis=1)
    middle = total / np.linalg.norm(total, axis=1, keepdims=True)
    counted: Floats = middle[middle[:, 2] > np.sin(np.radians(_LOW))]
    return counted


class _Suns(NamedTuple):
    """Four suns of each hour: unit vectors (east, north, up), share of the hour, and cell."""

    towards: Floats
    share: Floats
    cell: NDArray[np.int64]


def _quarters(hours: Hours, place: Place) -> _Suns:
    """Return the suns of the quarters of each hour: in an hour it goes on by 15° of hour angle.

    Their shares go by their height, and are alike in an hour without any sun.
    """
    sine, cosine = np.sin(np.radians(place.latitude)), np.cos(np.radians(place.latitude))
    east, north, up = _vectors(hours.azimuth, hours.elevation)
    declined = np.clip(sine * up + cosine * north, -1.0, 1.0)[:, None]
    angle = np.degrees(np.arctan2(-east, cosine * up - sine * north))[:, None] + _QUARTERS
    out, along = np.sqrt(1.0 - declined**2), np.cos(np.radians(angle))
    height = sine * declined + cosine * out * along
    towards = np.stack([-out * np.sin(np.radians(angle)),
                        cosine * declined - sine * out * along, height], axis=-1)  # fmt: skip
    weight = np.maximum(height, 0.0)
    weight += (weight.sum(axis=1) == 0.0)[:, None]
    share = weight / weight.sum(axis=1)[:, None]
    row = np.floor((np.degrees(np.arcsin(declined)) / _OBLIQUITY + 1.0) / 2.0 * _DECLINATIONS)
    column = np.floor(angle / _HOUR_ANGLE + 0.5)
    cell = (np.clip(row, 0, _DECLINATIONS - 1) * 1000 + column).astype(np.int64)
    return _Suns(towards.reshape(-1, 3), share.ravel(), cell.ravel())


def _sky(kwh: float) -> Rays:
    """Return parts of the sky that are the same seen from a horizontal surface.

    Points of a sunflower on the disc that the sky is projected onto: each stands for the same
    solid angle by the sine of its elevation.
    """
    part = np.arange(_SKY, dtype=np.float64)
    elevation = np.degrees(np.arccos(np.sqrt((part + 0.5) / _SKY)))
    return Rays(part * _GOLDEN % 360.0, elevation, np.full(_SKY, kwh / _SKY))


def _vectors(azimuth: Floats, elevation: Floats) -> tuple[Floats, Floats, Floats]:
    """Return how far east, north and up unit vectors towards the sun lead."""
    turned, raised = np.radians(azimuth), np.radians(elevation)
    flat = np.cos(raised)
    return flat * np.sin(turned), flat * np.cos(turned), np.sin(raised)
