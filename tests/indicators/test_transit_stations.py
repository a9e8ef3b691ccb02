"""Stations and what is around them: by hand, and under harmless changes."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.indicators.squares import (
    cut_at,
    layer,
    moved,
    random_boxes,
    shuffled,
    square,
    square_unit,
    square_units,
)

from carbonspace.errors import MissingColumnError, MissingLayerError
from carbonspace.indicators.transit_stations import pr_coverage, station_area_intensity_ratio
from carbonspace.indicators.transit_tod import (
    rail_microcentre_count,
    tod_station_count,
    tod_station_share,
)


def stops(*shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
    return layer(shapes, id_name="stop_id", **({"mode": ["metro"] * len(shapes)} | columns))


def houses(*shapes: Any, floors: list[float]) -> gpd.GeoDataFrame:
    return layer(shapes, id_name="building_id", floors=floors)


# A station as wide as two units, below them: within 300 m is y < 300.
SOUTH = stops(shapely.box(0, -10, 2000, 0))


def test_stations_that_are_marked() -> None:
    """Two in the first unit, one on the boundary; the bus stop is no station."""
    points = [(100, 100), (500, 500), (1000, 500), (1500, 500)]
    facts: dict[str, Any] = {"is_tod": [True, None, True, True], "is_microcentre": [True] * 4}
    marked = stops(*map(shapely.Point, points), mode=["metro", "rail", "tram", "bus"], **facts)
    units = square_units(2)
    share = tod_station_share(units, marked)
    assert share.table["numerator"].tolist() == [1.5, 0.5]
    assert share.table["denominator"].tolist() == [2.5, 0.5]
    assert share.evidence()["stop_id"].tolist() == ["stop_id2"]
    count = tod_station_count(units, marked)
    assert count.is_sum
    assert count.table["value"].tolist() == [1.5, 0.5]
    assert count.evidence()["stop_id"].tolist() == ["stop_id1", "stop_id3", "stop_id3"]
    assert rail_microcentre_count(units, marked).table["value"].tolist() == [2.5, 0.5]


def test_stations_nobody_marked_are_no_data() -> None:
    for measured in (tod_station_share, tod_station_count, rail_microcentre_count):
        with pytest.raises(MissingColumnError, match="is_"):
            measured(square_unit(), SOUTH)


def around(**options: Any) -> tuple[float, float, float]:
    """A station in the middle of the unit, 100 m square; around it, 200 m wide, four uses.

    Within 100 m, with the corners rounded: 100² + 4·100·100 + π·100².
    """
    station = stops(square(450, 450, 100))
    land = [square(0, 0, 500), square(500, 0, 500), square(0, 500, 500), square(500, 500, 500)]
    uses = layer(land, id_name="parcel_id", land_use=["0701", "0802", "0901", "1207"])
    tall = houses(square(460, 460, 50), square(0, 0, 100), floors=[4.0, 9.0])
    chosen: dict[str, Any] = {"criterion": "computed", "radius": 100.0} | options
    return tod_station_share(square_unit(), station, uses, tall, **chosen).total()


def test_tod_by_what_is_built() -> None:
    """10,000 m² of floor; three equal classes of six: ln 3 / ln 6."""
    land = 100**2 + 4 * 100**2 + shapely.Point(0, 0).buffer(100, quad_segs=64).area
    ratio, mix = 10_000 / land, np.log(3) / np.log(6)
    assert around(min_far=ratio - 1e-9, min_mix=mix - 1e-9) == (1, 1, 100)
    assert around(min_far=ratio + 1e-9, min_mix=0.0) == (0, 1, 0)
    assert around(min_far=0.0, min_mix=mix + 1e-9) == (0, 1, 0)
    assert around(min_far=0.0, min_mix=0.99, land_classes=("07", "08", "09"))[0] == 1


def test_land_outside_the_units_does_not_count() -> None:
    """Half of the circle lies outside: the same floor on half of the land."""
    station = stops(shapely.Point(0, 500))
    tall = houses(square(0, 450, 50), floors=[1.0])
    land = layer([square(0, 0)], id_name="parcel_id", land_use=["0701"])
    half = shapely.Point(0, 0).buffer(100, quad_segs=64).area / 2

    def found(least: float) -> float:
        return tod_station_share(
            square_unit(), station, land, tall, criterion="computed", radius=100.0, min_far=least,
            min_mix=0.0,
        ).total()[0]  # fmt: skip

    assert found(2500 / half - 1e-9) == 1
    assert found(2500 / half + 1e-9) == 0


def test_tod_by_what_is_built_needs_to_know_it() -> None:
    options: dict[str, Any] = {"criterion": "computed"}
    with pytest.raises(MissingLayerError, match="parcels"):
        tod_station_share(square_unit(), stops(shapely.Point(5, 5)), **options)


def test_intensity_around_stations() -> None:
    """Within 300 m 4 floors of 100 m square, elsewhere 2 in the first and 8 in the second unit."""
    built = houses(square(100, 100, 100), square(500, 700, 100), square(1500, 700, 100),
                   floors=[4.0, 2.0, 8.0])  # fmt: skip
    units = square_units(2)
    measure = station_area_intensity_ratio(units, SOUTH, built, radius=300)
    average = 140_000 / 2e6
    assert measure.table["numerator"].tolist() == pytest.approx([40_000, 0])
    assert measure.table["denominator"].tolist() == pytest.approx([300_000 * average] * 2)
    assert measure.total()[2] == pytest.approx((40_000 / 600_000) / average)
    own = station_area_intensity_ratio(units, SOUTH, built, radius=300, reference="unit")
    assert own.table["value"].tolist() == pytest.approx([(40_000 / 300_000) / 0.06, 0])
    shown = measure.evidence()
    assert shown[["building_id", "floor_m2"]].to_numpy().tolist() == [
        ["building_id1", pytest.approx(40_000)]
    ]


def test_a_building_partly_within_the_radius_counts_in_part() -> None:
    built = houses(shapely.box(100, 200, 200, 400), floors=[1.0])
    measure = station_area_intensity_ratio(square_unit(), SOUTH, built, radius=300)
    assert measure.total()[:2] == pytest.approx((10_000, 300_000 * 0.02))


def test_without_stations_or_buildings_there_is_no_ratio() -> None:
    built = houses(square(100, 100, 100), floors=[4.0])
    buses = SOUTH.assign(mode="bus")
    assert np.isnan(station_area_intensity_ratio(square_unit(), buses, built).total()[2])
    assert np.isnan(station_area_intensity_ratio(square_unit(), SOUTH, built.iloc[:0]).total()[2])


def car_parks() -> gpd.GeoDataFrame:
    points = [shapely.Point(500, 800), shapely.Point(1500, 500)]
    return layer(points, id_name="car_park_id", park_and_ride=[True, None])


def test_stations_with_park_and_ride() -> None:
    """The first is 300 m away, the second 301 m, the third beside a car park for others."""
    three = stops(*map(shapely.Point, [(500, 500), (500, 499), (1500, 500)]))
    measure = pr_coverage(square_units(2), three, car_parks())
    assert measure.table["numerator"].tolist() == [1, 0]
    assert measure.table["denominator"].tolist() == [2, 1]
    assert measure.evidence()["stop_id"].tolist() == ["stop_id2", "stop_id3"]


def test_the_core_is_left_out() -> None:
    units = square_units(2).assign(unit_type=["centre", None])
    two = stops(shapely.Point(500, 500), shapely.Point(1500, 500))
    land = layer([square(1540, 400, 100), square(1400, 0, 9)], id_name="parcel_id",
                 zone=["main_centre", "suburb"])  # fmt: skip

    def stations(core: Any, **options: Any) -> list[float]:
        measure = pr_coverage(units, two, car_parks(), land, core=core, **options)
        return list(measure.table["denominator"])

    assert stations("none") == [1, 1]
    assert stations("units", core_zones=("centre",)) == [0, 1]
    assert stations("parcels") == [1, 0]
    assert stations("parcels", core_distance=39.0) == [1, 1]
    assert stations("parcels", core_zones=("suburb",)) == [1, 1]
    with pytest.raises(MissingLayerError, match="parcels"):
        pr_coverage(units, two, car_parks(), core="parcels")


def random_plan(seed: int) -> list[gpd.GeoDataFrame]:
    draw = np.random.default_rng(seed)
    points = [shapely.Point(p) for p in draw.uniform(0, 1000, (9, 2))]
    built = random_boxes(40, seed=seed, size=60)
    land = [square(x * 100, y * 100, 100) for x in range(10) for y in range(10)]
    return [
        stops(*points, is_tod=list(draw.random(9) < 0.5)),
        layer(land, id_name="parcel_id", land_use=list(draw.choice(["0701", "0901"], 100))),
        houses(*built, floors=list(draw.integers(1, 9, 40).astype(float))),
        layer(points[:3], id_name="car_park_id", park_and_ride=[True, False, True]),
    ]


def measured(units: gpd.GeoDataFrame, plan: list[gpd.GeoDataFrame]) -> list[Any]:
    stations, land, built, parks = plan
    options: dict[str, Any] = {
        "criterion": "computed",
        "radius": 120,
        "min_far": 0.6,
        "min_mix": 0.3,
    }
    return [
        tod_station_share(units, stations),
        tod_station_share(units, stations, land, built, **options),
        tod_station_count(units, stations, land, built, **options),
        station_area_intensity_ratio(units, stations, built, radius=120),
        pr_coverage(units, stations, parks, pr_distance=200),
    ]


@settings(max_examples=10, deadline=None)
@given(x=st.floats(1, 999), seed=st.integers(0, 99))
def test_a_unit_cut_in_two_has_the_same_stations(x: float, seed: int) -> None:
    whole = measured(square_unit(), random_plan(seed))
    parts = measured(cut_at(square_unit(), x), random_plan(seed))
    for one, other in zip(whole, parts, strict=True):
        assert other.total() == pytest.approx(one.total(), rel=1e-9, nan_ok=True)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 99))
def test_order_and_place_do_not_matter(seed: int) -> None:
    units, plan = square_units(2, 2, side=500), random_plan(seed)
    before = [one.table for one in measured(units, plan)]
    mixed = measured(units, [shuffled(frame, seed) for frame in plan])
    there = measured(moved(units, 5e5, 4e6), [moved(frame, 5e5, 4e6) for frame in plan])
    for table, one, other in zip(before, mixed, there, strict=True):
        assert np.allclose(one.table, table, rtol=1e-12, equal_nan=True)
        assert np.allclose(other.table, table, rtol=1e-6, equal_nan=True)
