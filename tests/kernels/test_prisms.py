"""Lit parts of tops: in the head, and against a march of single rays written here."""

from __future__ import annotations

from math import cos, radians, sin, tan

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box
from tests.kernels.shapes import Geometries, blobs, moved, offsets, patient, seeds, square, turned

from carbonspace.kernels.overlay import Floats
from carbonspace.kernels.prisms import _highest, bare_tops, lit_area, lit_parts

SOUTH, EAST = 180.0, 90.0
azimuths = st.integers(0, 359)
elevations = st.integers(5, 85)


def district(rng: np.random.Generator, count: int = 40) -> tuple[Geometries, Floats]:
    """Prisms on 300 m, some with courtyards, that overlap here and there."""
    shapes = blobs(rng, count, 30.0)
    shapes = shapely.affinity.scale(shapely.multipolygons(shapes), 0.25, 0.25, origin=(0, 0)).geoms
    solid = np.array([shapely.make_valid(shape) for shape in shapes])
    yards = shapely.buffer(solid, -4.0)
    hollow = rng.random(count) < 0.3
    solid[hollow] = shapely.difference(solid[hollow], yards[hollow])
    return solid, rng.choice([3.0, 6.0, 9.0, 15.0, 30.0], count)


def lit_point(
    x: float, y: float, level: float, shapes: Geometries, tops: Floats, sun: tuple[float, float]
) -> bool:
    """Walk from a point towards the sun: is a higher prism met before its top is passed?"""
    azimuth, elevation = map(radians, sun)
    for shape, top in zip(shapes, tops, strict=True):
        far = (top - level) / tan(elevation)
        way = shapely.LineString([(x, y), (x + far * sin(azimuth), y + far * cos(azimuth))])
        if far > 0 and shape.intersects(way):
            return False
    return True


def test_a_box_at_45_degrees_casts_its_height() -> None:
    field, block = box(0, 0, 100, 100), box(40, 40, 50, 50)
    (lit,) = lit_parts([field, block], [0.0, 10.0], SOUTH, 45.0, asked=[0])
    assert lit.equals(field.difference(box(40, 40, 50, 60)))
    assert lit_area([field, block], [0.0, 10.0], EAST, 45.0) == pytest.approx([9800, 100])


def test_a_wall_shades_half_a_roof() -> None:
    roof, wall = box(0, 0, 20, 10), box(0, -1, 20, 0)
    assert lit_area([roof, wall], [6.0, 11.0], SOUTH, 45.0) == pytest.approx([100, 20])
    assert lit_area([roof, wall], [6.0, 11.0], 0.0, 45.0) == pytest.approx([200, 20])


def test_a_courtyard_is_lit_where_the_shadow_of_its_walls_ends() -> None:
    ring = box(0, 0, 30, 30).difference(box(10, 10, 20, 20))
    yard = box(10, 10, 20, 20)
    assert lit_area([yard, ring], [0.0, 4.0], SOUTH, 45.0, asked=[0]) == pytest.approx([60])
    (lit,) = lit_parts([yard, ring], [0.0, 4.0], 225.0, 45.0, asked=[0])
    side = 10 - 4 / 2**0.5
    assert lit.area == pytest.approx(side**2)
    assert lit_area([yard, ring], [0.0, 40.0], SOUTH, 45.0, asked=[0]) == pytest.approx([0])


def test_light_comes_through_a_gap_and_into_a_notch() -> None:
    horseshoe = Polygon([(0, 0), (30, 0), (30, 10), (20, 10), (20, 5), (10, 5), (10, 10), (0, 10)])
    field = box(0, 10, 30, 20)
    (lit,) = lit_parts([field, horseshoe], [0.0, 5.0], SOUTH, 45.0, asked=[0])
    assert lit.equals(box(0, 15, 30, 20).union(box(10, 10, 20, 20)))


def test_neither_equal_nor_lower_tops_shade() -> None:
    row = [box(0, 0, 10, 10), box(0, 10, 10, 20), box(0, 20, 10, 30)]
    lit = lit_parts(row, [9.0, 9.0, 3.0], 0.0, 20.0)
    assert list(lit) == row
    assert lit_area(row, [9.0, 9.0, 9.0], SOUTH, 20.0).tolist() == [100.0] * 3


def test_without_sun_all_is_dark() -> None:
    row = [box(0, 0, 10, 10), box(0, 10, 10, 20)]
    for elevation in (0.0, -5.0):
        assert lit_area(row, [3.0, 9.0], SOUTH, elevation).tolist() == [0.0, 0.0]
    assert lit_area([], [], SOUTH, 30.0).tolist() == []
    assert lit_area(row, [3.0, 9.0], SOUTH, 30.0, asked=[]).tolist() == []
    assert lit_area([Polygon(), row[0]], [3.0, 9.0], SOUTH, 30.0).tolist() == [0.0, 100.0]


@pytest.mark.parametrize(
    ("tops", "azimuth", "elevation", "word"),
    [
        ([1.0, np.nan], 180.0, 30.0, "not finite"),
        ([1.0, np.inf], 180.0, 30.0, "not finite"),
        ([1.0], 180.0, 30.0, "1 tops"),
        ([1.0, 2.0], np.nan, 30.0, "azimuth"),
        ([1.0, 2.0], 180.0, np.nan, "elevation"),
    ],
)
def test_what_is_no_number_is_refused(
    tops: list[float], azimuth: float, elevation: float, word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        lit_parts([box(0, 0, 1, 1), box(1, 0, 2, 1)], tops, azimuth, elevation)


def test_bare_tops_are_what_the_sun_in_the_zenith_sees() -> None:
    low, high, beside = square(0, 0, 10), square(5, 0, 10), square(0, 10, 10)
    bare = bare_tops([low, high, beside], [3.0, 6.0, 9.0])
    assert [shape.area for shape in bare] == [50, 100, 100]
    assert bare[1] is high
    assert bare[2] is beside
    assert lit_area([low, high, beside], [3.0, 6.0, 9.0], 0.0, 90.0) == pytest.approx(
        [50, 100, 100]
    )


def test_of_prisms_on_one_footprint_the_highest_stands_for_all() -> None:
    shape, other = square(0, 0, 10), box(0, 0, 5, 10)
    stack = np.array([shape, other, shape, shape, square(20, 0, 10), square(0, 0, 10)])
    tops = np.array([3.0, 4.0, 9.0, 9.0, 5.0, 6.0])
    highest = _highest(stack, tops)
    assert highest is not None
    assert sorted(tops[highest]) == [4, 5, 9]
    assert _highest(stack[[0, 1, 4]], tops[[0, 1, 4]]) is None
    assert [one.area for one in bare_tops(stack, tops)] == [0, 0, 100, 100, 100, 0]
    tops[1] = 10.0
    assert [one.area for one in bare_tops(stack, tops)] == [0, 50, 50, 50, 100, 0]


@patient
@given(seed=seeds, azimuth=azimuths, elevation=elevations)
def test_points_are_lit_as_single_rays_say(seed: int, azimuth: int, elevation: int) -> None:
    rng = np.random.default_rng(seed)
    shapes, tops = district(rng)
    lit = lit_parts(shapes, tops, azimuth, elevation)
    for k in range(10):
        spot = shapely.affinity.translate(shapes[k].representative_point(), *rng.uniform(-2, 2, 2))
        edge = shapely.union(lit[k].boundary, shapes[k].boundary)
        if not shapes[k].contains(spot) or edge.distance(spot) < 1e-6:
            continue
        expected = lit_point(spot.x, spot.y, tops[k], shapes, tops, (azimuth, elevation))
        assert lit[k].contains(spot) == expected


@patient
@given(seed=seeds, azimuth=azimuths, elevation=elevations, east=offsets, north=offsets)
def test_moving_turning_and_order_change_nothing(
    seed: int, azimuth: int, elevation: int, east: int, north: int
) -> None:
    rng = np.random.default_rng(seed)
    shapes, tops = district(rng)
    area, order = lit_area(shapes, tops, azimuth, elevation), rng.permutation(len(shapes))
    away = lit_area(moved(shapes, east, north), tops, azimuth, elevation)
    left = lit_area(turned(shapes), tops, azimuth - 90, elevation)
    mixed = lit_area(shapes[order], tops[order], azimuth, elevation)
    some = lit_area(shapes, tops, azimuth, elevation, asked=order[:7])
    np.testing.assert_allclose(away, area, atol=1e-6)
    np.testing.assert_allclose(left, area, atol=1e-6)
    np.testing.assert_allclose(mixed, area[order], atol=1e-9)
    np.testing.assert_allclose(some, area[order[:7]], atol=1e-9)
    assert (area <= shapely.area(bare_tops(shapes, tops)) + 1e-9).all()
