"""Reach of facilities: in the head, against union and intersection, on a real community."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box
from tests.kernels.shapes import (
    SIDE,
    Geometries,
    blobs,
    moved,
    offsets,
    patient,
    seeds,
    square,
    town,
    turned,
)

from carbonspace.kernels.coverage import covered_points, uncovered
from carbonspace.kernels.overlay import Floats

HLG = Path(__file__).parents[1] / "data" / "hlg" / "hlg.geojson"


def plain(demand: Geometries, facilities: Geometries, radius: float, quad_segs: int) -> Floats:
    """Area within reach by union and intersection, as a user writes it."""
    reach = shapely.union_all(shapely.buffer(facilities, radius, quad_segs=quad_segs))
    result: Floats = shapely.area(shapely.intersection(demand, reach))
    return result


def covered_area(demand: Geometries, facilities: Geometries, radius: float) -> Floats:
    result: Floats = shapely.area(demand) - shapely.area(uncovered(demand, facilities, radius))
    return result


def community() -> tuple[Geometries, Geometries]:
    layer = gpd.read_file(HLG)
    layer = layer[layer["existence"]].set_crs("EPSG:4547", allow_override=True)
    homes, parks = layer[layer["type"] == 4], layer[layer["type"].isin([7, 8])]
    return homes.geometry.to_numpy(), parks[parks.area >= 2000].geometry.to_numpy()


def test_all_out_all_in_and_half() -> None:
    park = box(0, 0, 100, 100)
    far, near, half = box(900, 0, 950, 50), box(110, 0, 120, 10), box(150, 40, 250, 60)
    rest = uncovered([far, near, half], [park], 100.0)
    assert rest[0] is far
    assert rest[1].is_empty
    assert rest[2].equals(box(200, 40, 250, 60))


def test_two_facilities_cover_what_neither_covers_alone() -> None:
    ends = [LineString([(0, -50), (0, 50)]), LineString([(100, -50), (100, 50)])]
    assert uncovered([box(10, -10, 90, 10)], ends, 50.0)[0].is_empty
    assert shapely.area(uncovered([box(10, -10, 90, 10)], ends, 30.0))[0] == pytest.approx(800)


def test_each_facility_may_have_its_own_radius() -> None:
    walls = [LineString([(0, -90), (0, 90)]), LineString([(100, -90), (100, 90)])]
    rest = uncovered([box(0, -10, 100, 10)], walls, [30.0, 10.0])
    assert rest[0].equals(box(30, -10, 90, 10))


def test_no_facilities_and_no_demand() -> None:
    home = square(0, 0, 10)
    assert uncovered([home], [], 500)[0] is home
    assert uncovered([home], [None, Point()], 500)[0] is home
    assert len(uncovered([], [home], 500)) == 0


@pytest.mark.parametrize("radius", [-1.0, float("nan")])
def test_a_radius_that_is_no_distance_is_refused(radius: float) -> None:
    with pytest.raises(ValueError, match="radius"):
        uncovered([square(0, 0, 10)], [Point(0, 0)], radius)


@pytest.mark.parametrize(
    ("radius", "quad_segs", "share"),
    [(300, 16, 0.7302937), (300, 256, 0.7306534), (500, 16, 0.9586273), (500, 64, 0.9587509)],
)
def test_a_real_community(radius: float, quad_segs: int, share: float) -> None:
    homes, parks = community()
    rest = uncovered(homes, parks, radius, quad_segs=quad_segs)
    found = 1 - shapely.area(rest).sum() / shapely.area(homes).sum()
    assert found == pytest.approx(share, abs=5e-8)


@pytest.mark.parametrize("radius", [30.0, 120.0, 300.0])
@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_union_and_intersection(seed: int, radius: float) -> None:
    rng = np.random.default_rng(seed)
    homes, parks = town(rng, 60), blobs(rng, 25, 60)
    expected = plain(homes, parks, radius, 64)
    np.testing.assert_allclose(covered_area(homes, parks, radius), expected, rtol=1e-9, atol=1e-6)


def test_rounding_leaves_no_specks_of_land() -> None:
    rng = np.random.default_rng(1)
    homes = moved(shapely.buffer(shapely.points(rng.uniform(0, 1000, (400, 2))), 9), 5e5, 4e6)
    parks = moved(shapely.points(np.mgrid[0:1100:90, 0:1100:90].reshape(2, -1).T), 5e5, 4e6)
    share = shapely.area(uncovered(homes, parks, 64.0)) / shapely.area(homes)
    assert ((share == 0) | (share > 1e-9)).all()


@patient
@given(seed=seeds, east=offsets, north=offsets)
def test_moving_and_turning_change_nothing(seed: int, east: int, north: int) -> None:
    rng = np.random.default_rng(seed)
    homes, parks = town(rng, 20), blobs(rng, 6, 60)
    before = covered_area(homes, parks, 120)
    for change in (turned, lambda geometry: moved(geometry, east, north)):
        after = covered_area(change(homes), change(parks), 120)
        np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-5)


@patient
@given(seed=seeds)
def test_a_tile_with_its_halo_gives_the_very_same_pieces(seed: int) -> None:
    rng = np.random.default_rng(seed)
    homes, parks = town(rng, 20), blobs(rng, 12, 60)
    whole = uncovered(homes, parks, 120)
    halo = shapely.dwithin(shapely.union_all(homes[:5]), parks, 130)
    tile = uncovered(homes[:5], parks[halo], 120)
    assert shapely.to_wkb(tile).tolist() == shapely.to_wkb(whole[:5]).tolist()


@patient
@given(seed=seeds)
def test_the_order_of_facilities_changes_no_area(seed: int) -> None:
    rng = np.random.default_rng(seed)
    homes, parks = town(rng, 20), blobs(rng, 12, 60)
    after = covered_area(homes, rng.permutation(parks), 120)
    np.testing.assert_allclose(after, covered_area(homes, parks, 120), rtol=1e-9, atol=1e-6)


@patient
@given(seed=seeds, at=st.floats(1, SIDE - 1))
def test_splitting_a_polygon_conserves_the_total(seed: int, at: float) -> None:
    parks = blobs(np.random.default_rng(seed), 8, 60)
    halves = np.array([box(0, 0, at, SIDE), box(at, 0, SIDE, SIDE)], dtype=object)
    whole = np.array([square(0, 0, SIDE)], dtype=object)
    total = covered_area(whole, parks, 120).sum()
    assert covered_area(halves, parks, 120).sum() == pytest.approx(total, rel=1e-9, abs=1e-6)


def test_points_are_reached_by_true_distance() -> None:
    angle = np.radians(0.7)
    rim = Point(500 * np.cos(angle), 500 * np.sin(angle))
    points = [Point(499.999, 0), Point(500.001, 0), Point(rim.x * 0.999999, rim.y * 0.999999)]
    assert covered_points(points, [Point(0, 0)], 500).tolist() == [True, False, True]
    assert covered_points(points, [], 500).tolist() == [False] * 3
    assert covered_points(points, [Point(0, 0), Point(500.001, 0)], [1, 0.0]).tolist() == [
        False,
        True,
        False,
    ]
