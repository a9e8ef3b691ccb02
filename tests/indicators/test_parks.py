"""Homes within reach of parks, by hand, against a plain overlay, and under harmless changes."""

from __future__ import annotations

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

from carbonspace.errors import MissingColumnError
from carbonspace.indicators import _sites
from carbonspace.indicators.parks import VARIANTS, park_coverage, park_coverage_by_size


def homes(*shapes: shapely.Polygon, land_use: str = "070102") -> gpd.GeoDataFrame:
    return layer(shapes, id_name="parcel_id", land_use=[land_use] * len(shapes))


def west_of_the_unit(width: float) -> gpd.GeoDataFrame:
    """Return a park as tall as the unit, left of it: its reach is a straight line at x = radius."""
    return layer([shapely.box(-width, 0, 0, 1000)], id_name="park_id")


def test_a_park_outside_the_unit_serves_it() -> None:
    measure = park_coverage(square_unit(), homes(square(0, 0)), west_of_the_unit(10))
    assert measure.table.loc["u1"].tolist() == pytest.approx([5e5, 1e6, 50.0])


def test_the_evidence_is_the_homes_out_of_reach() -> None:
    units = square_unit()
    left = park_coverage(units, homes(square(0, 0)), west_of_the_unit(10)).evidence()
    assert left[["unit_id", "parcel_id", "land_use"]].to_numpy().tolist() == [
        ["u1", "parcel_id1", "070102"]
    ]
    assert left["area_m2"].tolist() == pytest.approx([5e5])
    assert left.columns[0] == "unit_id"
    assert left.crs == units.crs
    assert left.geometry[0].bounds == pytest.approx((500, 0, 1000, 1000))


def test_evidence_is_made_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sites, "evidence_frame", None)
    measure = park_coverage(square_unit(), homes(square(0, 0)), west_of_the_unit(10))
    with pytest.raises(TypeError):
        measure.evidence()


def test_parks_below_the_smallest_area_do_not_count() -> None:
    plots, park = homes(square(0, 0)), west_of_the_unit(10)
    exact = park_coverage(square_unit(), plots, park, min_area=10_000)
    assert exact.table.loc["u1", "value"] == pytest.approx(50)
    more = park_coverage(square_unit(), plots, park, min_area=10_001)
    assert more.table.loc["u1", "value"] == 0
    assert more.evidence()["area_m2"].tolist() == [1e6]


@pytest.mark.parametrize(("width", "percent"), [(5, 50), (4.9, 30), (2, 30), (1.9, 0)])
def test_a_park_serves_as_its_size_allows(width: float, percent: float) -> None:
    measure = park_coverage_by_size(square_unit(), homes(square(0, 0)), west_of_the_unit(width))
    assert measure.table.loc["u1", "value"] == pytest.approx(percent)


def test_size_classes_are_a_parameter() -> None:
    measure = park_coverage_by_size(
        square_unit(), homes(square(0, 0)), west_of_the_unit(5), tiers=((9000, 700), (100, 200))
    )
    assert measure.table.loc["u1", "value"] == pytest.approx(20)


@pytest.mark.parametrize(
    ("code", "is_home"),
    [("0701", True), ("070102", True), ("0703", True), ("07", True), ("0702", False),
     ("0801", False), ("1001", False), (None, False)],
)  # fmt: skip
def test_which_land_is_home(code: str | None, is_home: bool) -> None:
    plots = layer([square(0, 0), square(0, 0, 1)], land_use=[code, "0801"])
    measure = park_coverage(square_unit(), plots, west_of_the_unit(10))
    assert measure.table.loc["u1", "denominator"] == (1e6 if is_home else 0)


def test_land_coded_07_is_no_home_where_homes_are_something_else() -> None:
    measure = park_coverage(
        square_unit(), homes(square(0, 0), land_use="07"), west_of_the_unit(10), homes=("09",)
    )
    assert measure.table.loc["u1", "denominator"] == 0


def test_a_unit_without_homes_has_no_value() -> None:
    units = square_units(2)
    measure = park_coverage(units, homes(square(0, 0)), west_of_the_unit(10))
    assert measure.table["value"].tolist() == pytest.approx([50, np.nan], nan_ok=True)
    assert measure.total()[2] == pytest.approx(50)


def test_a_parcel_counts_where_it_lies() -> None:
    measure = park_coverage(
        square_units(2), homes(square(500, 0)), west_of_the_unit(10), radius=750
    )
    assert measure.table["numerator"].tolist() == pytest.approx([250_000, 0])
    assert measure.table["denominator"].tolist() == pytest.approx([500_000, 500_000])


def test_no_parks_cover_nobody() -> None:
    measure = park_coverage(square_unit(), homes(square(0, 0)), layer([], id_name="park_id"))
    assert measure.table.loc["u1", "value"] == 0


def test_land_use_must_be_known() -> None:
    with pytest.raises(MissingColumnError, match="land_use"):
        park_coverage(square_unit(), layer([square(0, 0)]), west_of_the_unit(10))
    empty = layer([square(0, 0)], land_use=[None])
    with pytest.raises(MissingColumnError, match="missing or empty"):
        park_coverage(square_unit(), empty, west_of_the_unit(10))


def test_ten_minutes_are_five_hundred_metres() -> None:
    ten = VARIANTS[0].function(square_unit(), homes(square(0, 0)), west_of_the_unit(10))
    assert ten.table.loc["u1", "value"] == pytest.approx(50)
    assert "500" in VARIANTS[0].definition.zh
    assert "500" in VARIANTS[0].definition.en


def plots_and_parks(seed: int, count: int = 60) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    plots = homes(*[square(x * 100, y * 100, 90) for x in range(10) for y in range(10)])
    parks = layer(random_boxes(count // 10, seed=seed, size=80), id_name="park_id")
    return plots, parks


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_a_plain_overlay(seed: int) -> None:
    units = square_units(3, 3, side=333)
    plots, parks = plots_and_parks(seed)
    reach = gpd.GeoDataFrame(geometry=parks.buffer(150, quad_segs=64)).dissolve()
    mine = gpd.overlay(plots.reset_index(drop=True), units.reset_index())
    served = gpd.overlay(mine, reach)
    expected = (
        served.area.groupby(served["unit_id"]).sum().reindex(units.index, fill_value=0)
        / mine.area.groupby(mine["unit_id"]).sum()
        * 100
    )
    measure = park_coverage(units, plots, parks, radius=150)
    assert np.abs(measure.table["value"] - expected).max() < 1e-6


def test_agrees_with_a_plain_overlay_by_size() -> None:
    plots, parks = plots_and_parks(6)
    radius = np.select([parks.area >= 2000, parks.area >= 800], [150, 90], -1)
    buffers = parks.geometry[radius > 0].buffer(radius[radius > 0], quad_segs=64)
    served = plots.intersection(buffers.union_all()).area.sum()
    measure = park_coverage_by_size(square_unit(), plots, parks, tiers=((2000, 150), (800, 90)))
    assert len(set(radius)) == 3
    assert measure.total()[0] == pytest.approx(served, rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(x=st.floats(1, 999), seed=st.integers(0, 99))
def test_a_unit_cut_in_two_has_the_same_homes(x: float, seed: int) -> None:
    plots, parks = plots_and_parks(seed)
    whole = park_coverage(square_unit(), plots, parks, radius=120)
    parts = park_coverage(cut_at(square_unit(), x), plots, parks, radius=120)
    assert parts.total() == pytest.approx(whole.total(), rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99))
def test_order_and_place_do_not_matter(seed: int) -> None:
    units = square_units(2, 2, side=500)
    plots, parks = plots_and_parks(7)
    before = park_coverage(units, plots, parks, radius=120).table
    mixed = park_coverage(units, shuffled(plots, seed), shuffled(parks, seed), radius=120).table
    assert np.allclose(mixed, before, rtol=1e-12)
    there = [moved(frame, 5e5, 4e6) for frame in (units, plots, parks)]
    assert np.allclose(park_coverage(*there, radius=120).table, before, rtol=1e-7)


def test_overlapping_parks_count_once() -> None:
    twice = layer([shapely.box(-10, 0, 0, 1000)] * 2, id_name="park_id")
    measure = park_coverage(square_unit(), homes(square(0, 0)), twice)
    assert measure.table.loc["u1", "value"] == pytest.approx(50)


def test_a_sliver_of_a_neighbour_s_home_is_no_home() -> None:
    overhanging = homes(shapely.box(0, 0, 1000 + 1e-8, 1000))
    measure = park_coverage(square_units(2), overhanging, west_of_the_unit(10))
    assert np.isnan(measure.table.loc["u2", "value"])
