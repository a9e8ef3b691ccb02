"""Car parks and their chargers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon, affinity, box

from carbonspace.errors import CrsError, MissingColumnError
from carbonspace.indicators.parking import (
    car_park_count,
    charging_car_park_share,
    charging_site_count,
    charging_space_share,
)
from carbonspace.model.measure import Measure

CRS = "EPSG:4547"
FAMILY: tuple[Callable[..., Measure], ...] = (
    charging_car_park_share,
    charging_space_share,
    car_park_count,
    charging_site_count,
)


def frame(
    geometry: list[Any], index: list[str] | None = None, **columns: list[Any]
) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS, index=index)


def units() -> gpd.GeoDataFrame:
    """Two units of 1 km², side by side along x = 1000."""
    return frame([box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)], ["west", "east"])


def car_parks() -> gpd.GeoDataFrame:
    """Two in the west, one on the boundary, one in the east, one outside."""
    places = [(100, 100), (500, 500), (1000, 300), (1500, 500), (5000, 5000)]
    return frame(
        [Point(p) for p in places],
        ["a", "b", "c", "d", "e"],
        spaces=[100.0, 50.0, 40.0, np.nan, 10.0],
        charging_spaces=[10.0, 0.0, 20.0, 5.0, 10.0],
    )


def chargers() -> gpd.GeoDataFrame:
    """One 20 m from car park b, one by itself in the east, and a school."""
    places = [Point(500, 520), Point(1800, 800), Point(500, 500)]
    return frame(places, ["f", "g", "h"], facility_type=["charging", "charging", "school"])


def test_share_of_car_parks_counts_a_boundary_car_park_half_to_each() -> None:
    table = charging_car_park_share(units(), car_parks()).table
    assert table["numerator"].tolist() == [1.5, 1.5]
    assert table["denominator"].tolist() == [2.5, 1.5]
    assert table["value"].tolist() == [60.0, 100.0]


def test_a_charger_within_the_distance_belongs_to_the_car_park() -> None:
    near = charging_car_park_share(units(), car_parks(), chargers(), charger_distance=20)
    far = charging_car_park_share(units(), car_parks(), chargers(), charger_distance=19.9)
    assert near.table["numerator"].tolist() == [2.5, 1.5]
    assert far.table["numerator"].tolist() == [1.5, 1.5]


def test_chargers_alone_say_which_car_parks_charge() -> None:
    plain = car_parks().drop(columns=["spaces", "charging_spaces"])
    measure = charging_car_park_share(units(), plain, chargers(), charger_distance=20)
    assert measure.table["value"].tolist() == [40.0, 0.0]


def test_a_charger_inside_a_car_park_polygon_needs_no_distance() -> None:
    lots = frame([box(480, 480, 520, 540), box(600, 600, 640, 640)], ["p", "q"])
    assert charging_car_park_share(units(), lots, chargers()).table["value"]["west"] == 50


def test_evidence_names_the_car_parks_without_chargers() -> None:
    evidence = charging_car_park_share(units(), car_parks()).evidence()
    assert evidence.columns[0] == "unit_id"
    assert evidence[["unit_id", "car_park_id"]].to_numpy().tolist() == [["west", "b"]]
    assert evidence.crs == units().crs


def test_evidence_is_an_empty_layer_where_every_car_park_charges() -> None:
    everyone = car_parks().assign(charging_spaces=1.0)
    evidence = charging_car_park_share(units(), everyone).evidence()
    assert evidence.empty
    assert evidence.crs == units().crs


def test_share_of_spaces_leaves_out_unknown_sizes() -> None:
    table = charging_space_share(units(), car_parks()).table
    assert table["numerator"].tolist() == [10 + 10, 10]
    assert table["denominator"].tolist() == [100 + 50 + 20, 20]
    assert table["value"].tolist() == pytest.approx([100 * 20 / 170, 50])


def test_share_of_spaces_by_parcel_is_that_of_the_car_parks_in_it() -> None:
    """Lot c lies on the border of two parcels; d states no spaces, e is out of every unit."""
    shapes = [box(0, 0, 600, 600), box(900, 200, 1000, 400), box(1000, 200, 1100, 400),
              box(1400, 400, 1600, 600), box(4900, 4900, 5100, 5100)]  # fmt: skip
    parcels = frame(shapes, ["P1", "P2", "P3", "P4", "P5"], land_use=["0701"] * 5)
    measure = charging_space_share(units(), car_parks(), parcels)
    rows = measure.parts["parcel"]
    assert rows.index.tolist() == ["P1", "P2", "P3"]
    assert rows["unit_id"].tolist() == ["west", "west", "east"]
    assert rows["numerator"].tolist() == [10, 10, 10]
    assert rows["denominator"].tolist() == [150, 20, 20]
    assert rows["value"].tolist() == pytest.approx([100 * 10 / 150, 50, 50])
    alone = charging_space_share(units(), car_parks())
    assert measure.table.equals(alone.table)
    assert not alone.parts


def test_count_of_car_parks() -> None:
    measure = car_park_count(units(), car_parks())
    assert measure.table["value"].tolist() == [2.5, 1.5]
    assert measure.is_sum
    assert len(measure.evidence()) == 5


def test_charging_sites_are_car_parks_with_chargers_and_chargers_of_their_own() -> None:
    apart = charging_site_count(units(), car_parks(), chargers(), charger_distance=0)
    together = charging_site_count(units(), car_parks(), chargers(), charger_distance=20)
    assert apart.table["value"].tolist() == [2.5, 2.5]
    assert together.table["value"].tolist() == [2.5, 2.5]
    assert set(apart.evidence()["site_id"]) == {"a", "c", "d", "f", "g"}
    assert set(together.evidence()["site_id"]) == {"a", "b", "c", "d", "g"}
    assert together.evidence()["kind"].tolist().count("facility") == 1


def test_shangdang_figures() -> None:
    spots = [Point(20 + 50 * i, 500) for i in range(37)]
    parks = frame(spots, charging_spaces=[2.0] * 6 + [0.0] * 31)
    alone = frame([Point(20 + 50 * i, 700) for i in range(4)], facility_type=["charging"] * 4)
    assert round(charging_car_park_share(units(), parks, alone).total()[2], 1) == 16.2
    assert charging_site_count(units(), parks, alone).total()[2] == 10
    assert car_park_count(units(), parks).total()[2] == 37


def test_units_without_car_parks_have_no_share_and_a_count_of_zero() -> None:
    empty = car_parks().iloc[:2]
    assert np.isnan(charging_car_park_share(units(), empty).table["value"]["east"])
    assert car_park_count(units(), empty).table["value"]["east"] == 0


@pytest.mark.parametrize("measure", [charging_car_park_share, charging_site_count])
def test_nothing_known_about_chargers_is_an_error(measure: Callable[..., Measure]) -> None:
    silent = car_parks().assign(charging_spaces=np.nan)
    schools = chargers().iloc[2:]
    with pytest.raises(MissingColumnError, match="charging_spaces"):
        measure(units(), silent)
    with pytest.raises(MissingColumnError, match="charging_spaces"):
        measure(units(), silent, schools)


@pytest.mark.parametrize("column", ["spaces", "charging_spaces"])
def test_spaces_must_be_known(column: str) -> None:
    with pytest.raises(MissingColumnError, match=f"car_parks: column '{column}'"):
        charging_space_share(units(), car_parks().drop(columns=column))


def test_layers_must_share_one_projected_crs() -> None:
    with pytest.raises(CrsError, match="one CRS"):
        car_park_count(units(), car_parks().set_crs("EPSG:4548", allow_override=True))


def test_agrees_with_a_spatial_join() -> None:
    rng = np.random.default_rng(2)
    spots = [Point(*p) for p in rng.uniform([0, 0], [2000, 1000], (300, 2))]
    spaces = rng.integers(1, 200, 300).astype(float)
    lots = frame(spots, spaces=list(spaces), charging_spaces=list(rng.integers(0, 2, 300) * 3.0))
    joined = gpd.sjoin(lots, units(), predicate="within").groupby("index_right")
    shares = charging_car_park_share(units(), lots).table["value"]
    of_spaces = charging_space_share(units(), lots).table["value"]
    expected = joined["charging_spaces"].agg(lambda s: 100 * (s > 0).mean())
    sums = joined[["spaces", "charging_spaces"]].sum()
    assert shares.to_dict() == pytest.approx(expected.to_dict())
    plain = 100 * sums["charging_spaces"] / sums["spaces"]
    assert of_spaces.to_dict() == pytest.approx(plain.to_dict())


@settings(max_examples=25, deadline=None)
@given(
    cut=st.integers(1, 999),
    dx=st.integers(-5000, 5000),
    seed=st.integers(0, 2**16),
    polygons=st.booleans(),
)
def test_cutting_moving_and_permuting_change_no_total(
    cut: int, dx: int, seed: int, polygons: bool
) -> None:
    rng = np.random.default_rng(seed)
    spots = [Point(*p) for p in rng.integers(1, 1000, (12, 2))]
    shapes: list[Polygon | Point] = [p.buffer(9) for p in spots] if polygons else list(spots)
    columns = {"spaces": [20.0] * 12, "charging_spaces": list(rng.integers(0, 3, 12) * 1.0)}
    lots = frame(shapes, **columns)
    lots.loc[0, "charging_spaces"] = 1.0
    whole = frame([box(0, 0, 1000, 1000)])
    halves = frame([box(0, 0, cut, 1000), box(cut, 0, 1000, 1000)])
    moved = lots.set_geometry([affinity.translate(g, dx) for g in lots.geometry])
    shuffled = moved.iloc[rng.permutation(12)]
    there = halves.set_geometry([affinity.translate(g, dx) for g in halves.geometry])
    for measure in FAMILY:
        expected = measure(whole, lots).total()
        got = measure(there.iloc[::-1], shuffled).total()
        assert got == pytest.approx(expected, nan_ok=True)
