"""A year of sun: against pvlib asked another way, and against every hour of it in a small town."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pvlib
import pytest
import shapely

from carbonspace.indicators._sun import Place
from carbonspace.indicators._year import Hours, Rays, directions_over, hours_over, rays_of
from carbonspace.kernels.rays import light_on_tops, scene
from carbonspace.kernels.relief import Grid
from carbonspace.model.weather import HOURS, Weather

CHANGZHI = Place(36.19, 113.11, -0.5)
TROMSO = Place(69.65, 18.96, 0.0)
SOUTH = Place(-33.9, 151.2, 0.0)
PLACES = pytest.mark.parametrize("place", [CHANGZHI, TROMSO, SOUTH], ids=["36N", "70N", "34S"])


def weather(**given: Any) -> Weather:
    """A year of constant diffuse light, at half past every hour of UTC."""
    start = np.datetime64("2001-01-01T00:30:00")
    hours = dict.fromkeys(("ghi", "dni", "dhi", "air", "wind"), np.zeros(HOURS))
    return Weather(**{
        "time": start + np.arange(HOURS) * np.timedelta64(3600, "s"), **hours,
        "latitude": 36.0, "longitude": 113.0, **given,
    })  # fmt: skip


@PLACES
def test_the_energies_sum_up_to_the_light_of_the_year(place: Place) -> None:
    hours = hours_over(place, None)
    rays = rays_of(hours, place)
    assert rays.kwh.sum() == pytest.approx(hours.ghi.sum() / 1000, rel=1e-12)
    assert (rays.kwh >= 0).all()
    assert (rays.elevation > 4).all()
    assert len(rays.kwh) <= 90


@pytest.mark.filterwarnings("ignore:DatetimeIndex.dayofyear")
def test_the_clear_sky_is_that_of_pvlib_asked_minute_by_minute() -> None:
    """Another almanac, every ten minutes instead of an hour, and the sums by hand."""
    times = pd.date_range("2001-01-01", "2001-12-31 23:50", freq="10min", tz="UTC")
    position = pvlib.solarposition.ephemeris(times, CHANGZHI.latitude, CHANGZHI.longitude)
    height = pvlib.location.lookup_altitude(CHANGZHI.latitude, CHANGZHI.longitude)
    mass = pvlib.atmosphere.get_relative_airmass(position["apparent_zenith"])
    mass = pvlib.atmosphere.get_absolute_airmass(mass, pvlib.atmosphere.alt2pres(height))
    sky = pvlib.clearsky.ineichen(
        position["apparent_zenith"], mass, 3.0, altitude=height,
        dni_extra=pvlib.irradiance.get_extra_radiation(times.day_of_year.to_numpy()),
    )  # fmt: skip
    hours = hours_over(CHANGZHI, None, turbidity=3.0)
    for name in ("ghi", "dni", "dhi"):
        total = getattr(hours, name).sum()
        assert total == pytest.approx(sky[name].sum() / 6, rel=2e-3), name


@pytest.mark.filterwarnings("ignore:DatetimeIndex.dayofyear")
def test_the_sun_stands_where_the_ephemeris_says() -> None:
    times = pd.date_range("2001-01-01 00:30", periods=HOURS, freq="h", tz="UTC")
    found = pvlib.solarposition.ephemeris(times, CHANGZHI.latitude, CHANGZHI.longitude)
    hours = hours_over(CHANGZHI, None)
    assert hours.elevation == pytest.approx(found["elevation"].to_numpy(), abs=0.03)


def test_hazier_air_lets_less_direct_light_through() -> None:
    clean, hazy = (hours_over(CHANGZHI, None, turbidity=t) for t in (2.0, 6.0))
    assert hazy.dni.sum() < 0.75 * clean.dni.sum()
    assert hazy.dhi.sum() > clean.dhi.sum()


def towards(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """Return unit vectors: east, north, up."""
    turned, raised = np.radians(azimuth), np.radians(elevation)
    flat = np.cos(raised)
    return np.array([flat * np.sin(turned), flat * np.cos(turned), np.sin(raised)])


@PLACES
def test_the_mean_of_the_rays_is_the_mean_of_the_hours(place: Place) -> None:
    hours = hours_over(place, None)
    rays = rays_of(hours, place)
    beam, direct = (hours.ghi - hours.dhi) / 1000, slice(0, -32)
    sent = towards(hours.azimuth - place.convergence, hours.elevation) @ beam
    kept = (towards(rays.azimuth, rays.elevation) * rays.kwh)[:, direct].sum(axis=1)
    assert kept == pytest.approx(sent, abs=0.01 * beam.sum())


def test_the_sky_is_alike_everywhere() -> None:
    """A wall of elevation h, all around, hides sin²(h) of what falls onto a horizontal surface."""
    rays = rays_of(
        hours_over(CHANGZHI, weather(ghi=np.full(HOURS, 100.0), dhi=np.full(HOURS, 100.0))),
        CHANGZHI,
    )
    assert rays.kwh.sum() == pytest.approx(876)
    for wall in (10, 30, 45, 60):
        hidden = rays.kwh[rays.elevation < wall].sum() / 876
        assert hidden == pytest.approx(np.sin(np.radians(wall)) ** 2, abs=0.02)
    west = (rays.azimuth > 180).mean()
    assert west == pytest.approx(0.5, abs=0.04)


def test_light_from_below_the_horizon_is_put_onto_the_nearest_direction() -> None:
    hours = hours_over(CHANGZHI, None)
    night = np.where(hours.elevation < -10, 50.0, 0.0)
    lit = hours._replace(ghi=hours.ghi + night)
    before, after = (rays_of(one, CHANGZHI) for one in (hours, lit))
    assert after.kwh.sum() == pytest.approx(before.kwh.sum() + night.sum() / 1000)
    assert np.array_equal(after.suns, before.suns)


def test_the_directions_hang_on_the_place_alone() -> None:
    """So that how far shade reaches is known before the weather is."""
    hazy = rays_of(hours_over(CHANGZHI, None, turbidity=6.0), CHANGZHI)
    light = np.full(HOURS, 100.0)
    grey = rays_of(hours_over(CHANGZHI, weather(ghi=light, dhi=light)), CHANGZHI)
    assert np.array_equal(hazy.suns, directions_over(CHANGZHI))
    assert np.array_equal(grey.suns, directions_over(CHANGZHI))


def test_more_diffuse_than_global_light_is_no_negative_sun() -> None:
    given = weather(ghi=np.full(HOURS, 100.0), dhi=np.full(HOURS, 130.0))
    assert rays_of(hours_over(CHANGZHI, given), CHANGZHI).kwh.sum() == pytest.approx(876)


def test_the_sun_of_a_weather_file_is_that_of_its_own_moments() -> None:
    """Hours written in another order are the same rays."""
    hours = hours_over(CHANGZHI, None)
    given = weather(ghi=hours.ghi, dni=hours.dni, dhi=hours.dhi)
    turned = weather(**{name: np.roll(getattr(given, name), 5000)
                        for name in ("time", "ghi", "dni", "dhi")})  # fmt: skip
    one, other, clear = (rays_of(hours_over(CHANGZHI, w), CHANGZHI) for w in (given, turned, None))
    assert other.kwh == pytest.approx(one.kwh)
    assert clear.kwh == pytest.approx(one.kwh)


def every_hour(hours: Hours, place: Place) -> Rays:
    """Return one ray for each hour the sun is up, and a thousand parts of the sky by rings."""
    up = (hours.elevation > 0) & (hours.ghi > hours.dhi)
    beam = (hours.ghi - hours.dhi)[up] / 1000
    ring, turn = np.meshgrid(np.arange(20), np.arange(48))
    low = np.degrees(np.arcsin(np.sqrt((ring + 0.5) / 20)))
    around = turn * 7.5 + ring * 2.3
    rest = (hours.ghi.sum() / 1000 - beam.sum()) / ring.size
    return Rays(
        np.concatenate([hours.azimuth[up] - place.convergence, around.ravel()]),
        np.concatenate([hours.elevation[up], low.ravel()]),
        np.concatenate([beam, np.full(ring.size, rest)]),
    )


def small_town() -> tuple[np.ndarray, np.ndarray]:
    """Thirty buildings of 6 to 60 m, some of them turned, their corners 35 m apart."""
    draw = np.random.default_rng(3)
    places = [(x, y) for x in range(0, 210, 35) for y in range(0, 175, 35)]
    size = draw.uniform(10, 20, (len(places), 2))
    boxes = [shapely.box(x, y, x + w, y + h) for (x, y), (w, h) in zip(places, size, strict=True)]
    turned = [
        shapely.affinity.rotate(b, a) for b, a in zip(boxes, draw.uniform(0, 90, 30), strict=True)
    ]
    shapes = np.where(draw.random(30) < 0.5, np.array(boxes, object), np.array(turned, object))
    return shapes, draw.choice([6.0, 9.0, 18.0, 33.0, 60.0], 30)


def received(rays: Rays) -> tuple[np.ndarray, np.ndarray]:
    """Return what each roof gets in the year, and what each cell does (kWh/m²)."""
    shapes, tops = small_town()
    lit = light_on_tops(
        scene(shapes, tops), np.arange(30), rays.suns, rays.kwh, Grid(0.0, 200.0, 2.0)
    )
    return lit.area @ rays.kwh, lit.time.total


def greensboro() -> tuple[Place, Weather]:
    """Return the typical year of a real station that comes with pvlib; hours end at their label."""
    file = Path(str(files("pvlib"))) / "data" / "723170TYA.CSV"
    table, said = pvlib.iotools.read_tmy3(file, coerce_year=2001, map_variables=True)
    time = table.index.tz_convert("UTC").tz_localize(None).to_numpy() - np.timedelta64(30, "m")
    columns = {"ghi": "ghi", "dni": "dni", "dhi": "dhi", "air": "temp_air", "wind": "wind_speed"}
    given = {key: table[name].to_numpy(dtype=float) for key, name in columns.items()}
    place = Place(said["latitude"], said["longitude"], 0.0)
    return place, weather(time=time.astype("datetime64[s]"), **given)


def test_the_suns_of_a_measured_year_explain_its_light() -> None:
    """Direct by the sine of our suns, and diffuse, are what was measured on level ground."""
    place, given = greensboro()
    hours = hours_over(place, given)
    height = np.maximum(np.sin(np.radians(hours.elevation)), 0)
    assert (hours.dni * height + hours.dhi).sum() == pytest.approx(hours.ghi.sum(), rel=1e-3)
    assert hours.ghi[hours.elevation < -2].sum() < 1e-3 * hours.ghi.sum()


def test_a_town_in_a_measured_year() -> None:
    place, given = greensboro()
    hours = hours_over(place, given)
    (roofs, cells), (true_roofs, true_cells) = (
        received(one) for one in (rays_of(hours, place), every_hour(hours, place))
    )
    assert roofs.sum() == pytest.approx(true_roofs.sum(), rel=0.0025)
    assert roofs == pytest.approx(true_roofs, rel=0.02)
    assert np.abs(cells - true_cells).mean() < 0.01 * hours.ghi.sum() / 1000


@pytest.mark.parametrize("place", [CHANGZHI, SOUTH], ids=["36N", "34S"])
def test_a_town_by_rays_and_by_every_hour(place: Place) -> None:
    """Under a clear sky: the town to 0.25 %, a roof to 2 %, a cell of 2 m to 1 %."""
    hours = hours_over(place, None, turbidity=3.0)
    few, all_hours = rays_of(hours, place), every_hour(hours, place)
    (roofs, cells), (true_roofs, true_cells) = received(few), received(all_hours)
    total = hours.ghi.sum() / 1000
    assert len(all_hours.kwh) > 40 * len(few.kwh)
    assert true_cells.min() < 0.75 * total
    assert roofs.sum() == pytest.approx(true_roofs.sum(), rel=0.0025)
    assert roofs == pytest.approx(true_roofs, rel=0.02)
    assert np.abs(cells - true_cells).mean() < 0.01 * total
