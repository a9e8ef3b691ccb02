"""Who is near a stop, by hand, against a plain overlay, and under harmless changes."""

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
    shuffled,
    square,
    square_unit,
    square_units,
)

from carbonspace.errors import MissingColumnError, UnknownNameError
from carbonspace.indicators import _near_stops as near_stops
from carbonspace.indicators import transit as theme
from carbonspace.indicators.transit import (
    VARIANTS,
    bus_stop_area_coverage,
    bus_stop_count,
    station_coverage,
)

# A station building as tall as the unit, left of it: within 500 m is west of x = 500.
WEST = layer([shapely.box(-10, 0, 0, 1000)], id_name="stop_id", mode=["metro"])


def parcels(*shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
    return layer(shapes, id_name="parcel_id", **columns)


def buildings(*shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
    return layer(shapes, id_name="building_id", **columns)


def near(plots: gpd.GeoDataFrame, houses: gpd.GeoDataFrame | None = None, **options: Any) -> float:
    """Return the share of residents within 500 m of the station in the west."""
    chosen: dict[str, Any] = {"radius": 500.0, "of": "residents"} | options
    measure = station_coverage(square_unit(), plots, WEST, houses, **chosen)
    return measure.total()[2]


def test_people_are_spread_over_the_ground() -> None:
    plots = parcels(square(0, 0), population=[1000.0])
    measure = station_coverage(square_unit(), plots, WEST, radius=500, of="residents")
    assert measure.table.loc["u1"].tolist() == pytest.approx([500, 1000, 50])


def test_people_where_units_overlap_count_in_each() -> None:
    units = layer(
        [shapely.box(0, 0, 600, 1000), shapely.box(400, 0, 1000, 1000)], id_name="unit_id"
    )
    plots = parcels(shapely.box(420, 0, 580, 1000), population=[10.0])
    houses = buildings(square(450, 100, 10), floor_area=[100.0])
    people = station_coverage(units, plots, WEST, houses, radius=500, of="residents").table
    assert people["denominator"].tolist() == [10, 10]


def test_people_are_spread_over_the_floor_area_of_buildings() -> None:
    plots = parcels(square(0, 0), population=[1000.0])
    houses = buildings(square(100, 100, 10), square(800, 100, 10), floor_area=[3000.0, 1000.0])
    assert near(plots, houses) == pytest.approx(75)


@pytest.mark.parametrize(
    ("columns", "percent"),
    [
        ({}, 50.0),
        ({"floors": [9.0, 1.0]}, 90.0),
        ({"floors": [4.0, None]}, 80.0),
        ({"floors": [0.0, 0.5]}, 50.0),
        ({"floor_area": [300.0, None], "floors": [1.0, 1.0]}, 75.0),
        ({"floor_area": [0.0, 0.0]}, 50.0),
    ],
)
def test_floor_area_or_footprint_times_floors(
    columns: dict[str, list[float | None]], percent: float
) -> None:
    plots = parcels(square(0, 0), population=[1000.0])
    houses = buildings(square(100, 100, 10), square(800, 100, 10), **columns)
    assert near(plots, houses) == pytest.approx(percent)


def test_a_building_partly_within_reach_counts_in_part() -> None:
    plots = parcels(square(0, 0), population=[1000.0])
    assert near(plots, buildings(shapely.box(400, 0, 800, 10))) == pytest.approx(25)


def test_a_building_on_two_parcels_counts_in_part_for_each() -> None:
    plots = parcels(
        shapely.box(0, 0, 600, 1000), shapely.box(600, 0, 1000, 1000), population=[800.0, 200.0]
    )
    across = buildings(shapely.box(400, 0, 700, 10), shapely.box(900, 0, 1000, 10))
    assert near(plots, across) == pytest.approx((800 * 0.5 + 200 * 0) / 1000 * 100)


def test_parcels_with_and_without_buildings() -> None:
    plots = parcels(
        shapely.box(0, 0, 1000, 500), shapely.box(0, 500, 1000, 1000), population=[600.0, 400.0]
    )
    assert near(plots, buildings(square(100, 100, 10))) == pytest.approx(60 + 20)


def test_half_of_a_parcel_inside_brings_half_of_its_people() -> None:
    plots = parcels(shapely.box(500, 0, 1500, 1000), population=[1000.0])
    measure = station_coverage(square_unit(), plots, WEST, radius=750, of="residents")
    assert measure.table.loc["u1"].tolist() == pytest.approx([250, 500, 50])
    outside = buildings(square(600, 0, 100), square(1200, 0, 100))
    built = station_coverage(square_unit(), plots, WEST, outside, radius=750, of="residents")
    assert built.table.loc["u1"].tolist() == pytest.approx([500, 500, 100])


def test_residents_jobs_and_both() -> None:
    plots = parcels(
        shapely.box(0, 0, 500, 1000),
        shapely.box(500, 0, 1000, 1000),
        population=[600.0, None],
        jobs=[100.0, 300.0],
    )
    both = station_coverage(square_unit(), plots, WEST, radius=500)
    assert both.table.loc["u1"].tolist() == pytest.approx([700, 1000, 70])
    people = [v for v in VARIANTS if v.variant_of == "station_coverage"]
    values = [v.function(square_unit(), plots, WEST, radius=500).total()[2] for v in people]
    assert values == pytest.approx([100, 25])


def test_only_the_chosen_modes_count() -> None:
    plots = parcels(square(0, 0), population=[1000.0])
    assert near(plots, modes=("bus",)) == 0
    assert near(plots, modes=["metro"]) == pytest.approx(50)


def test_the_evidence_says_who_is_left_out() -> None:
    units = square_unit()
    plots = parcels(
        shapely.box(0, 0, 1000, 500), shapely.box(0, 500, 1000, 1000), population=[600.0, 400.0]
    )
    houses = buildings(square(100, 100, 10), square(800, 100, 10), floor_area=[200.0, 100.0])
    measure = station_coverage(units, plots, WEST, houses, radius=500, of="residents")
    left = measure.evidence()
    assert list(left.columns) == [
        "unit_id", "parcel_id", "building_id", "people", "area_m2", "geometry"
    ]  # fmt: skip
    assert left.crs == units.crs
    assert left["building_id"].fillna("ground").tolist() == ["building_id2", "ground"]
    assert left["people"].tolist() == pytest.approx([200, 200])
    assert left["area_m2"].tolist() == pytest.approx([100, 250_000])
    top, bottom, _ = measure.total()
    assert left["people"].sum() == pytest.approx(bottom - top)


def test_evidence_is_made_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (theme, near_stops):
        monkeypatch.setattr(module, "evidence_frame", None)
    plots = parcels(square(0, 0), population=[1000.0], jobs=[1.0])
    stops = layer([shapely.Point(5, 5)], mode=["bus"])
    for measure in (
        station_coverage(square_unit(), plots, WEST),
        bus_stop_count(square_unit(), stops),
        bus_stop_area_coverage(square_unit(), stops),
    ):
        with pytest.raises(TypeError):
            measure.evidence()


def test_a_unit_without_people_has_no_value() -> None:
    plots = parcels(square(0, 0), square(1000, 0), population=[10.0, 0.0])
    measure = station_coverage(square_units(2), plots, WEST, radius=500, of="residents")
    assert measure.table["value"].tolist() == pytest.approx([50, np.nan], nan_ok=True)


def test_what_is_missing_is_named() -> None:
    plots = parcels(square(0, 0), population=[10.0])
    with pytest.raises(MissingColumnError, match="jobs"):
        station_coverage(square_unit(), plots, WEST)
    with pytest.raises(MissingColumnError, match="mode"):
        station_coverage(square_unit(), plots, WEST.drop(columns="mode"), of="residents")
    with pytest.raises(UnknownNameError, match="visitors"):
        station_coverage(square_unit(), plots, WEST, of="visitors")  # type: ignore[arg-type]


def random_plan(seed: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    draw = np.random.default_rng(seed)
    cells = [square(x * 100, y * 100, 100) for x in range(10) for y in range(10)]
    plots = parcels(*cells, population=list(draw.uniform(0, 900, 100)))
    points = [shapely.Point(p) for p in draw.uniform(0, 1000, (5, 2))]
    return plots, layer(points, id_name="stop_id", mode=["bus"] * 5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_a_plain_overlay(seed: int) -> None:
    units = square_units(3, 3, side=333)
    plots, stops = random_plan(seed)
    dense = plots.assign(density=plots["population"] / plots.area).reset_index(drop=True)
    mine = gpd.overlay(dense, units.reset_index())
    reach = gpd.GeoDataFrame(geometry=stops.buffer(200, quad_segs=64)).dissolve()
    served = gpd.overlay(mine, reach)

    def people(frame: gpd.GeoDataFrame) -> Any:
        return (frame.area * frame["density"]).groupby(frame["unit_id"]).sum()

    expected = people(served).reindex(units.index, fill_value=0) / people(mine) * 100
    measure = station_coverage(units, plots, stops, radius=200, of="residents")
    assert np.abs(measure.table["value"] - expected).max() < 1e-6


@settings(max_examples=20, deadline=None)
@given(x=st.floats(1, 999), seed=st.integers(0, 99))
def test_a_unit_cut_in_two_has_the_same_people(x: float, seed: int) -> None:
    plots, stops = random_plan(seed)
    houses = buildings(*[square(60 + 100 * i, 60 + 100 * i, 80) for i in range(9)])
    options: dict[str, Any] = {"radius": 150, "of": "residents"}
    whole = station_coverage(square_unit(), plots, stops, houses, **options)
    parts = station_coverage(cut_at(square_unit(), x), plots, stops, houses, **options)
    assert parts.total() == pytest.approx(whole.total(), rel=1e-9)
    assert whole.total()[1] == pytest.approx(plots["population"].sum())


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99))
def test_order_and_place_do_not_matter(seed: int) -> None:
    units, (plots, stops) = square_units(2, 2, side=500), random_plan(5)
    options: dict[str, Any] = {"radius": 150, "of": "residents"}
    before = station_coverage(units, plots, stops, **options).table
    mixed = station_coverage(units, shuffled(plots, seed), shuffled(stops, seed), **options).table
    assert np.allclose(mixed, before, rtol=1e-12)
    there = [moved(frame, 5e5, 4e6) for frame in (units, plots, stops)]
    assert np.allclose(station_coverage(*there, **options).table, before, rtol=1e-6)


def test_stops_are_counted_where_they_stand() -> None:
    points = [(10, 10), (1000, 500), (1500, 10), (5000, 5000), (20, 20)]
    stops = layer(
        [shapely.Point(p) for p in points],
        id_name="stop_id",
        mode=["bus", "bus", "bus", "bus", "metro"],
    )
    measure = bus_stop_count(square_units(2), stops)
    assert measure.is_sum
    assert measure.table["value"].tolist() == [1.5, 1.5]
    assert measure.total()[2] == 3
    counted = measure.evidence()
    assert counted["stop_id"].tolist() == ["stop_id1", "stop_id2", "stop_id2", "stop_id3"]
    assert counted["counted"].tolist() == [1, 0.5, 0.5, 1]


@settings(max_examples=20, deadline=None)
@given(x=st.floats(1, 999))
def test_a_unit_cut_in_two_has_the_same_stops(x: float) -> None:
    points = [shapely.Point(x, 100), shapely.Point(x / 2, 5), shapely.Point(0, 0)]
    stops = layer(points, mode=["bus"] * 3)
    assert bus_stop_count(cut_at(square_unit(), x), stops).total()[2] == pytest.approx(3)


def test_area_near_a_bus_stop() -> None:
    units = square_units(2)
    terminal = WEST.assign(mode="bus")
    measure = bus_stop_area_coverage(units, terminal, radius=250)
    assert measure.table["value"].tolist() == pytest.approx([25, 0])
    assert measure.total()[2] == pytest.approx(12.5)
    left = measure.evidence()
    assert left["unit_id"].tolist() == ["u1", "u2"]
    assert left["area_m2"].tolist() == pytest.approx([750_000, 1e6])


def test_area_near_a_point_agrees_with_its_buffer() -> None:
    stops = layer([shapely.Point(500, 500), shapely.Point(700, 500)], mode=["bus", "metro"])
    measure = bus_stop_area_coverage(square_unit(), stops, radius=300)
    expected = shapely.Point(500, 500).buffer(300, quad_segs=64).area
    assert measure.total()[0] == pytest.approx(expected)
