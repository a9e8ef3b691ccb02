"""The sun against published tables, against pvlib's own almanac, and by symmetry."""

from __future__ import annotations

import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pvlib
import pytest
import shapely

from carbonspace.errors import NoSunError, ServiceError, UnknownNameError
from carbonspace.indicators._sun import (
    DAYS,
    LOWEST,
    Place,
    declination,
    hours_of,
    place_of,
    refuse_night,
    sun_over,
)

CHANGZHI = Place(36.05, 113.05, 0.0)


@pytest.mark.parametrize(
    ("day", "degrees"), [("great_cold", -20.15), ("winter_solstice", -23.44), ("06-21", 23.44)]
)
def test_declinations_of_the_standard_days(day: str, degrees: float) -> None:
    assert declination(day) == pytest.approx(degrees, abs=0.01)


def test_the_sun_is_highest_in_the_south_at_noon_of_true_solar_time() -> None:
    sun = sun_over(CHANGZHI, "winter_solstice", (9.0, 15.0), 60.0)
    assert sun.time.tolist() == [9, 10, 11, 12, 13, 14, 15]
    assert sun.elevation[3] == pytest.approx(90 - 36.05 - 23.4393, abs=1e-9)
    assert sun.azimuth[3] == pytest.approx(180, abs=1e-6)


def test_morning_and_afternoon_mirror_each_other() -> None:
    sun = sun_over(CHANGZHI, "great_cold", (8.0, 16.0), 30.0)
    assert sun.elevation == pytest.approx(sun.elevation[::-1], abs=1e-9)
    assert sun.azimuth + sun.azimuth[::-1] == pytest.approx(np.full(17, 360.0), abs=1e-6)


def test_the_steps_stand_for_all_hours() -> None:
    sun = sun_over(CHANGZHI, "great_cold", hours_of("great_cold"), 7.0)
    assert sun.weight.sum() == pytest.approx(8)
    assert sun.weight[0] == pytest.approx(sun.weight[1] / 2)


def test_true_solar_time_against_the_almanac() -> None:
    """At 113.05 east noon comes 27.8 minutes after Beijing's, less the equation of time."""
    for date in ("01-20", "04-15", "07-26", "11-03"):
        noon = pd.to_datetime([f"2001-{date} 12:00"]).tz_localize("Asia/Shanghai")
        almanac = pvlib.solarposition.get_solarposition(noon, CHANGZHI.latitude, 113.05)
        late = almanac["equation_of_time"].iloc[0] - (120 - 113.05) * 4
        time = 12 + late / 60
        sun = sun_over(CHANGZHI, date, (time, time + 1), 60.0)
        assert sun.elevation[0] == pytest.approx(almanac["elevation"].iloc[0], abs=0.05)
        assert sun.azimuth[0] == pytest.approx(almanac["azimuth"].iloc[0], abs=0.1)


def test_the_place_is_the_middle_of_the_layer_and_knows_where_the_grid_points() -> None:
    west = gpd.GeoSeries([shapely.Point(113.05, 36.05).buffer(0.01)], crs=4490).to_crs(4547)
    place = place_of(gpd.GeoDataFrame(geometry=west))
    assert place[:2] == pytest.approx((36.05, 113.05), abs=1e-4)
    # West of the central meridian (114) grid north lies west of true north.
    assert place.convergence == pytest.approx((113.05 - 114) * np.sin(np.radians(36.05)), abs=1e-3)


def test_azimuths_are_turned_to_grid_north() -> None:
    true, grid = (sun_over(p, "great_cold", (9.0, 15.0), 60.0)
                  for p in (CHANGZHI, CHANGZHI._replace(convergence=-0.56)))  # fmt: skip
    assert grid.azimuth - true.azimuth == pytest.approx(np.full(7, 0.56))


def test_shadows_on_the_map_fall_away_from_the_sun_by_the_ellipsoid() -> None:
    """A point a little away towards the sun on the ellipsoid lies that way on the grid."""
    place = Place(36.05, 113.05, 0.0)
    from pyproj import Geod, Transformer

    turn = Transformer.from_crs(4490, 4547, always_xy=True)
    sun = sun_over(place, "winter_solstice", (10.0, 12.0), 120.0)
    east, north, _ = Geod(ellps="GRS80").fwd(113.05, 36.05, sun.azimuth[0], 100.0)
    here, there = turn.transform(113.05, 36.05), turn.transform(east, north)
    on_grid = np.degrees(np.arctan2(there[0] - here[0], there[1] - here[1])) % 360
    layer = gpd.GeoDataFrame(geometry=gpd.GeoSeries([shapely.Point(here).buffer(1)], crs=4547))
    turned = sun_over(place_of(layer), "winter_solstice", (10.0, 12.0), 120.0)
    assert turned.azimuth[0] == pytest.approx(on_grid, abs=0.01)


@pytest.mark.parametrize(("day", "date"), [("great_cold", "01-20"), ("winter_solstice", "12-22"),
                                           ("spring_equinox", "03-20"),
                                           ("summer_solstice", "06-21")])  # fmt: skip
def test_the_named_days_are_where_the_almanac_has_them(day: str, date: str) -> None:
    """In the reference year the sun reaches each longitude on that date, Beijing time."""
    assert declination(day) == pytest.approx(declination(date), abs=0.25)


# --- where days are short, and where they are others


@pytest.mark.parametrize(
    ("latitude", "day", "side"),
    [(69.65, "winter_solstice", "69.65° N"), (-70.0, "06-21", "70.00° S"),
     (90.0, "great_cold", "90.00° N"), (65.7, "winter_solstice", "65.70° N")],
)  # fmt: skip
def test_a_polar_night_is_refused_with_place_day_and_remedy(
    latitude: float, day: str, side: str
) -> None:
    place = Place(latitude, 19.0, 0.0)
    with pytest.raises(NoSunError) as raised:
        refuse_night(place, day, sun_over(place, day, hours_of(day), 60.0))
    for word in (side, day, "Choose another day"):
        assert word in str(raised.value)
    assert "请改用其他日期" in raised.value.zh
    assert day in raised.value.zh


def test_a_sun_that_just_clears_the_horizon_is_enough() -> None:
    """At 65.5 degrees north the sun of noon stands 1.06 degrees high in midwinter."""
    place = Place(65.5, 19.0, 0.0)
    sun = sun_over(place, "winter_solstice", (9.0, 15.0), 60.0)
    assert sun.elevation.max() == pytest.approx(90 - 65.5 - 23.4393, abs=1e-6)
    assert sun.elevation.max() > LOWEST > sun.elevation.min()
    refuse_night(place, "winter_solstice", sun)


def test_south_of_the_equator_the_named_days_are_those_of_summer() -> None:
    """Nothing is turned round: it is the same day, and the sun of noon stands in the north."""
    buenos_aires = Place(-34.6, -58.4, 0.0)
    sun = sun_over(buenos_aires, "winter_solstice", (9.0, 15.0), 60.0)
    assert sun.elevation[3] == pytest.approx(90 - (34.6 - 23.4393), abs=1e-6)
    assert sun.azimuth[3] == pytest.approx(0, abs=1e-6)
    assert sun.azimuth[0] < 100
    assert sun.azimuth[-1] > 260
    june = sun_over(buenos_aires, "06-21", (9.0, 15.0), 60.0)
    north = sun_over(CHANGZHI._replace(latitude=34.6), "12-22", (9.0, 15.0), 60.0)
    assert june.elevation == pytest.approx(north.elevation, abs=0.05)
    assert june.azimuth == pytest.approx((180 - north.azimuth) % 360, abs=0.1)


def test_within_the_tropics_the_sun_of_noon_may_stand_on_either_side() -> None:
    singapore = Place(1.35, 103.8, 0.0)
    for day, azimuth in (("winter_solstice", 180.0), ("summer_solstice", 0.0)):
        sun = sun_over(singapore, day, (12.0, 13.0), 60.0)
        assert sun.azimuth[0] % 360 == pytest.approx(azimuth, abs=1e-6)


def test_an_unknown_day_names_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match="great_cold, winter_solstice"):
        sun_over(CHANGZHI, "bad day", (9.0, 15.0), 60.0)


def test_every_named_day_has_its_hours() -> None:
    assert hours_of("great_cold") == (8, 16)
    assert hours_of("winter_solstice") == (9, 15)
    assert all(first < last for first, last in map(hours_of, DAYS))


def test_without_pvlib_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pvlib", None)
    with pytest.raises(ServiceError, match=r"carbonspace\[sun\]"):
        sun_over(CHANGZHI, "great_cold", (9.0, 15.0), 60.0)
