"""Cutting along zones: in the head, against geopandas.overlay, and under harmless changes."""

from __future__ import annotations

import itertools
from math import fsum

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPolygon, Point, box
from tests.kernels.shapes import (
    SIDE,
    Geometries,
    blobs,
    moved,
    offsets,
    patient,
    seeds,
    square,
    streets,
    town,
    turned,
)

from carbonspace.kernels import overlay
from carbonspace.kernels.overlay import (
    Pieces,
    border_boxes,
    cut_along,
    overlap_area,
    pieces,
    planar,
    shares,
    sums,
    uncovered_area,
    united,
)

PAIR = [square(0, 0, 100), square(100, 0, 100)]


def table(found: Pieces, size: Geometries) -> dict[tuple[int, int], float]:
    return {
        (int(zone), int(feature)): float(value)
        for zone, feature, value in zip(found.zone, found.feature, size, strict=True)
    }


def areas(zones: Geometries, features: Geometries) -> dict[tuple[int, int], float]:
    found = pieces(zones, features)
    return table(found, shapely.area(found.geometry))


def overlaid(zones: Geometries, features: Geometries) -> gpd.GeoDataFrame:
    left = gpd.GeoDataFrame({"zone": range(len(zones))}, geometry=zones)
    right = gpd.GeoDataFrame({"feature": range(len(features))}, geometry=features)
    return gpd.overlay(left, right, how="intersection", keep_geom_type=False)


def test_polygons_are_cut_at_the_zone_edge_and_a_touch_is_no_piece() -> None:
    found = pieces(PAIR, [box(50, 0, 150, 10), box(100, 20, 110, 30), box(300, 0, 310, 10)])
    assert found.zone.tolist() == [0, 1, 1]
    assert found.feature.tolist() == [0, 0, 1]
    assert shapely.area(found.geometry).tolist() == [500, 500, 100]


def test_only_parts_of_the_features_own_dimension_are_kept() -> None:
    hook = LineString([(-10, 50), (50, 50), (50, -10), (80, -10), (80, 0), (80, -10)])
    touching = MultiPolygon([box(-10, 10, 10, 20), box(100, 40, 110, 50)])
    found = pieces(PAIR[:1], [hook, touching])
    assert shapely.get_dimensions(found.geometry).tolist() == [1, 2]
    assert shapely.length(found.geometry[0]) == 100
    assert shapely.area(found.geometry[1]) == 100
    assert not any(isinstance(part, GeometryCollection) for part in found.geometry)


def test_points_belong_to_the_zones_they_are_in() -> None:
    found = pieces(PAIR, [Point(10, 10), Point(150, 10), Point(-1, 0)])
    assert list(zip(found.zone.tolist(), found.feature.tolist(), strict=True)) == [(0, 0), (1, 1)]


def test_nothing_in_nothing_out() -> None:
    assert len(pieces([], PAIR).zone) == len(pieces(PAIR, [None, Point()]).zone) == 0


@pytest.mark.parametrize("seed", range(5))
def test_polygons_agree_with_a_plain_overlay(seed: int) -> None:
    rng = np.random.default_rng(seed)
    zones, features = town(rng), blobs(rng, 80, 150)
    plain = overlaid(zones, features)
    expected = {
        (row.zone, row.feature): row.geometry.area
        for row in plain.itertuples()
        if row.geometry.area > 0
    }
    assert areas(zones, features) == pytest.approx(expected, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_lines_agree_with_a_plain_overlay(seed: int) -> None:
    rng = np.random.default_rng(seed)
    zones, features = town(rng), streets(rng, 80)
    plain = overlaid(zones, features)
    expected = dict(
        zip(zip(plain["zone"], plain["feature"], strict=True), plain.length, strict=True)
    )
    found = pieces(zones, features)
    lengths = table(found, shapely.length(found.geometry))
    assert lengths == pytest.approx(expected, rel=1e-12, abs=1e-9)


@patient
@given(seed=seeds)
def test_features_too_many_for_the_borders_are_cut_as_a_few_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    middle = Point(SIDE / 2, SIDE / 2)
    ring = middle.buffer(SIDE / 2).difference(middle.buffer(SIDE / 4))
    zones, features = np.array([*blobs(rng, 3, SIDE), ring]), blobs(rng, 400, 10)
    assert shapely.get_num_coordinates(zones).sum() < len(features)
    every = areas(zones, features)
    few = [areas(zones, features[n : n + 10]) for n in range(0, len(features), 10)]
    assert every == {(z, f + 10 * n): a for n, some in enumerate(few) for (z, f), a in some.items()}


def test_boxes_along_a_border_hold_every_edge() -> None:
    zone = Point(0, 0).buffer(100, quad_segs=40).difference(Point(0, 0).buffer(50))
    boxes, owner = border_boxes([MultiPolygon(), zone])
    edges = [LineString(pair) for ring in (zone.exterior, *zone.interiors)
             for pair in itertools.pairwise(ring.coords)]  # fmt: skip
    assert set(owner) == {1}
    assert shapely.covers(box(*boxes.T)[:, None], edges).any(axis=0).all()


@patient
@given(seed=seeds, east=offsets, north=offsets)
def test_moving_and_turning_change_no_area(seed: int, east: int, north: int) -> None:
    rng = np.random.default_rng(seed)
    zones, features = town(rng), blobs(rng, 20, 150)
    before = areas(zones, features)
    for change in (turned, lambda geometry: moved(geometry, east, north)):
        after = areas(change(zones), change(features))
        keys = before.keys() | after.keys()
        assert all(abs(before.get(k, 0) - after.get(k, 0)) < 1e-6 for k in keys)


@patient
@given(seed=seeds)
def test_the_order_of_features_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    zones, features = town(rng), blobs(rng, 20, 150)
    order = rng.permutation(len(features))
    shuffled = areas(zones, features[order])
    assert areas(zones, features) == {(z, int(order[f])): a for (z, f), a in shuffled.items()}


@patient
@given(seed=seeds, at=st.floats(1, SIDE - 1))
def test_splitting_a_zone_conserves_the_total(seed: int, at: float) -> None:
    features = blobs(np.random.default_rng(seed), 20, 150)
    whole = areas(np.array([square(0, 0, SIDE)]), features)
    halves = areas(np.array([box(0, 0, at, SIDE), box(at, 0, SIDE, SIDE)]), features)
    assert fsum(halves.values()) == pytest.approx(fsum(whole.values()), rel=1e-12)


def test_sums_are_exact_where_a_running_sum_is_not() -> None:
    assert sums([0, 0, 0, 2, -1], [1e16, 1.0, -1e16, 5.0, 9.0], 4).tolist() == [1, 0, 5, 0]
    assert sums([], [], 0).tolist() == []


@patient
@given(st.lists(st.tuples(st.integers(-1, 3), st.floats(-1e9, 1e9))), st.randoms())
def test_sums_do_not_depend_on_order(rows: list[tuple[int, float]], random: object) -> None:
    mixed = rows.copy()
    random.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = (sums([g for g, _ in r], [v for _, v in r], 4) for r in (rows, mixed))
    assert first.tolist() == second.tolist()


def test_a_point_on_a_shared_edge_is_halved_and_one_outside_is_left_out() -> None:
    found = shares([Point(100, 50), Point(10, 10), Point(-1, 0)], PAIR)
    assert found.zone.tolist() == [0, 0, 1]
    assert found.feature.tolist() == [0, 1, 0]
    assert found.weight.tolist() == [0.5, 1.0, 0.5]


def test_shares_reach_as_far_as_the_tolerance() -> None:
    near = [Point(-0.5, 50), Point(99.5, 50), Point(98, 50)]
    found = shares(near, PAIR, tolerance=1.0)
    assert list(zip(found.zone.tolist(), found.feature.tolist(), strict=True)) == [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 1),
    ]
    assert found.weight.tolist() == [1.0, 0.5, 1.0, 0.5]


def test_planar_takes_from_the_later_ones() -> None:
    left, right = box(0, 0, 60, 10), box(40, 0, 100, 10)
    assert shapely.area(planar([left, right], [0, 1])).tolist() == [600, 400]
    assert shapely.area(planar([left, right], [1, 0])).tolist() == [400, 600]
    same = planar([left, left], [0, 1])
    assert same[0] is left
    assert same[1].is_empty
    assert planar(PAIR, [0, 1])[1] is PAIR[1]


@patient
@given(seed=seeds)
def test_planar_covers_the_same_ground_once(seed: int) -> None:
    rng = np.random.default_rng(seed)
    polygons = blobs(rng, 12, 400)
    result = planar(polygons, rng.permutation(12))
    union = shapely.union_all(polygons).area
    assert fsum(shapely.area(result)) == pytest.approx(union, rel=1e-9)
    assert overlap_area(result) == pytest.approx(0, abs=1e-6)


def test_tiles_are_joined_without_their_borders_in_whatever_order() -> None:
    tiles = town(np.random.default_rng(1))
    whole = united(tiles)
    assert whole.area == pytest.approx(SIDE**2)
    assert shapely.equals_exact(united(tiles[::-1]), whole)


def test_what_overlaps_is_joined_too() -> None:
    assert united([square(0, 0, 10), square(5, 0, 10)]).area == 150


def test_overlaps_and_gaps_balance_the_ledger() -> None:
    zones = [square(0, 0, 100), square(90, 0, 100), square(90, 0, 100)]
    whole = box(0, 0, 300, 100)
    assert overlap_area(zones) == 11_000
    assert uncovered_area(zones, whole) == 11_000
    assert 30_000 - overlap_area(zones) + uncovered_area(zones, whole) == whole.area
    assert overlap_area(PAIR) == overlap_area([]) == 0


@pytest.mark.parametrize("at_once", [1, 7, 100])
def test_features_cut_some_at_a_time_come_to_the_same(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    rng = np.random.default_rng(5)
    zones, features = town(rng), np.append(blobs(rng, 90, 60), [None, shapely.Polygon()])
    whole = cut_along(zones, features)
    monkeypatch.setattr(overlay, "_AT_ONCE", at_once)
    some = cut_along(zones, features)
    for one, other in zip(whole, some, strict=True):
        assert one.dtype == other.dtype
    assert np.array_equal(shapely.to_wkb(whole.geometry), shapely.to_wkb(some.geometry))
    for name in ("zone", "feature", "area", "share"):
        assert np.array_equal(getattr(whole, name), getattr(some, name))


def test_polygons_alike_are_told_by_the_first_of_them() -> None:
    one, turned = shapely.box(0, 0, 2, 1), shapely.Polygon([(2, 1), (2, 0), (0, 0), (0, 1)])
    other = shapely.Polygon([(0, 0), (2, 0), (2, 1)])
    shapes = [one, other, turned, one]
    assert overlay.alike(shapes).tolist() == [0, 1, 0, 0]
    assert overlay.alike(shapes, [0, 0, 1, 1]).tolist() == [0, 1, 2, 2]
