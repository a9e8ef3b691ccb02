"""Stops by how often they are served: by hand, and under harmless changes."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.indicators.squares import cut_at, layer, moved, shuffled, square_unit, square_units

from carbonspace.errors import MissingColumnError
from carbonspace.indicators.transit import bus_stop_area_coverage
from carbonspace.indicators.transit_service import (
    VARIANTS,
    bus_stop_coverage,
    frequent_stop_coverage,
    mean_peak_headway,
    served_stop_count,
)

SIDES = [shapely.box(-10, 0, 0, 1000), shapely.box(1000, 0, 1010, 1000)]
"""Stations as tall as the unit, left and right of it: within 300 m is a strip of 300 m."""


def stops(*shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
    return layer(shapes, id_name="stop_id", **({"mode": ["bus"] * len(shapes)} | columns))


def plots() -> gpd.GeoDataFrame:
    ground = [shapely.box(0, 0, 1000, 500), shapely.box(0, 500, 1000, 1000)]
    return layer(ground, id_name="parcel_id", population=[1000.0, 0.0], jobs=[0.0, 500.0])


@pytest.mark.parametrize(
    ("longest", "of", "percent"),
    [(4.0, "both", 0), (5.0, "both", 30), (15.0, "residents", 30), (20.0, "jobs", 60)],
)
def test_people_near_a_stop_that_is_served_often(longest: float, of: Any, percent: float) -> None:
    served = stops(*SIDES, peak_headway=[5.0, 20.0])
    measure = frequent_stop_coverage(
        square_unit(), plots(), served, max_headway=longest, radius=300, of=of
    )
    assert measure.total()[2] == pytest.approx(percent)


def test_a_stop_without_a_peak_is_not_frequent() -> None:
    served = stops(*SIDES, peak_headway=[5.0, np.nan])
    measure = frequent_stop_coverage(square_unit(), plots(), served, max_headway=999, radius=300)
    assert measure.total() == pytest.approx((450, 1500, 30))
    left = measure.evidence()
    assert left["people"].sum() == pytest.approx(1050)


def test_headways_nobody_knows_are_no_data() -> None:
    served = stops(*SIDES, peak_headway=[np.nan, np.nan])
    with pytest.raises(MissingColumnError, match="peak_headway"):
        frequent_stop_coverage(square_unit(), plots(), served)
    with pytest.raises(MissingColumnError, match="peak_headway"):
        mean_peak_headway(square_unit(), served)
    with pytest.raises(MissingColumnError, match="departures_workday"):
        served_stop_count(square_unit(), served)


def test_people_and_area_near_a_bus_stop() -> None:
    served = stops(*SIDES, mode=["bus", "metro"])
    people = bus_stop_coverage(square_unit(), plots(), served, radius=300)
    assert people.total() == pytest.approx((450, 1500, 30))
    area = bus_stop_area_coverage(square_unit(), served, radius=300)
    assert area.total()[2] == pytest.approx(30)


def days(**columns: Any) -> gpd.GeoDataFrame:
    """Three stops, the second on the boundary of two units of a kilometre."""
    points = [shapely.Point(10, 10), shapely.Point(1000, 500), shapely.Point(1500, 10)]
    facts: dict[str, Any] = {
        "departures_workday": [10.0, 4.0, 0.0],
        "departures_saturday": [2.0, None, 1.0],
        "departures_sunday": [0.0, 0.0, 0.0],
    }
    return stops(*points, **(facts | columns))


def test_stops_served_by_type_of_day() -> None:
    units = square_units(2)
    assert served_stop_count(units, days()).table["value"].tolist() == [1.5, 0.5]
    saturday, sunday = (one.function(units, days()) for one in VARIANTS)
    assert saturday.table["value"].tolist() == [1, 1]
    assert sunday.table["value"].tolist() == [0, 0]
    often = served_stop_count(units, days(), min_departures=5)
    assert often.table["value"].tolist() == [1, 0]
    shown = often.evidence()
    assert shown[["stop_id", "counted", "departures"]].to_numpy().tolist() == [
        ["stop_id1", 1.0, 10.0]
    ]


def test_the_mean_headway_is_that_of_the_stops_served() -> None:
    served = days(peak_headway=[10.0, 30.0, np.nan])
    measure = mean_peak_headway(square_units(2), served)
    assert measure.table["numerator"].tolist() == [25, 15]
    assert measure.table["denominator"].tolist() == [1.5, 0.5]
    assert measure.total()[2] == pytest.approx(20)
    assert measure.evidence()["headway_min"].tolist() == [10, 30, 30]


def random_stops(seed: int) -> gpd.GeoDataFrame:
    draw = np.random.default_rng(seed)
    points = [shapely.Point(p) for p in draw.uniform(0, 1000, (9, 2))]
    return stops(*points, peak_headway=draw.integers(5, 40, 9).astype(float),
                 departures_workday=draw.integers(0, 3, 9).astype(float))  # fmt: skip


def measured(units: gpd.GeoDataFrame, served: gpd.GeoDataFrame, land: gpd.GeoDataFrame) -> Any:
    return [
        frequent_stop_coverage(units, land, served, radius=150, max_headway=20),
        served_stop_count(units, served),
        mean_peak_headway(units, served),
    ]


@settings(max_examples=15, deadline=None)
@given(x=st.floats(1, 999), seed=st.integers(0, 99))
def test_a_unit_cut_in_two_is_served_alike(x: float, seed: int) -> None:
    whole = measured(square_unit(), random_stops(seed), plots())
    parts = measured(cut_at(square_unit(), x), random_stops(seed), plots())
    for one, other in zip(whole, parts, strict=True):
        assert other.total() == pytest.approx(one.total(), rel=1e-9, nan_ok=True)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99))
def test_order_and_place_do_not_matter(seed: int) -> None:
    units, served, land = square_units(2, 2, side=500), random_stops(seed), plots()
    before = [one.table for one in measured(units, served, land)]
    mixed = measured(units, shuffled(served, seed), shuffled(land, seed))
    there = measured(*(moved(frame, 5e5, 4e6) for frame in (units, served, land)))
    for table, one, other in zip(before, mixed, there, strict=True):
        assert np.allclose(one.table, table, rtol=1e-12, equal_nan=True)
        assert np.allclose(other.table, table, rtol=1e-6, equal_nan=True)
