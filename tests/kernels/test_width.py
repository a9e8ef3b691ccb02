"""Whether a circle fits: in the head, and against shrinking the polygon."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given
from shapely import MultiPolygon, Polygon, box
from tests.kernels.shapes import Geometries, blobs, patient, seeds, streets, town

from carbonspace.kernels.width import holds_circle, longer_side


def held(polygon: shapely.Geometry, radius: float) -> bool:
    return bool(holds_circle(np.array([polygon]), radius)[0])


def strips(rng: np.random.Generator, count: int = 20) -> Geometries:
    """Bands about broken lines, of every width."""
    found: Geometries = shapely.buffer(streets(rng, count), rng.uniform(2, 30, count))
    return found


def test_a_circle_in_a_square_a_strip_and_a_corner() -> None:
    assert held(box(0, 0, 20, 20), 9.99)
    assert not held(box(0, 0, 20, 20), 10.01)
    assert held(box(0, 0, 1000, 20), 9.99)
    assert not held(box(0, 0, 1000, 20), 10.01)
    # The circle in a right-angled triangle with legs 30 and 40: (30 + 40 - 50) / 2.
    assert held(Polygon([(0, 0), (40, 0), (0, 30)]), 9.99)
    assert not held(Polygon([(0, 0), (40, 0), (0, 30)]), 10.01)


def test_holes_leave_less_room_than_size_and_boundary_promise() -> None:
    middles = np.arange(5, 100, 10)
    holes = [box(x - 1e-3, y - 1e-3, x + 1e-3, y + 1e-3) for x in middles for y in middles]
    pierced = shapely.difference(box(0, 0, 100, 100), shapely.union_all(holes))
    assert pierced.area > 10 * pierced.length
    assert held(pierced, 6.9)
    assert not held(pierced, 7.2)


def test_parts_are_not_added_up() -> None:
    squares = MultiPolygon([box(n * 100, 0, n * 100 + 20, 20) for n in range(50)])
    assert held(squares, 9.9)
    assert not held(squares, 10.1)


def test_a_long_winding_strip_is_wide_where_it_is_wide() -> None:
    x = np.arange(0, 20_001, 10.0)
    half = np.where(x == 17_000, 9.0, 6.0)
    middle = 30 * np.sin(x / 70)
    rim = np.concatenate((np.stack((x, middle + half), 1), np.stack((x, middle - half), 1)[::-1]))
    strip = Polygon(rim)
    assert held(strip, 5)
    assert held(strip, 6.1)
    assert not held(strip, 8)


def test_small_slanting_strips_far_from_the_origin() -> None:
    strip = shapely.affinity.rotate(box(0, 0, 1, 0.1), 33)
    far = shapely.affinity.translate(strip, 500_000, 4_000_000)
    assert held(far, 0.0495)
    assert not held(far, 0.0505)


def test_nothing_holds_no_circle_and_any_area_one_of_no_radius() -> None:
    assert holds_circle(np.array([], dtype=object), 1).tolist() == []
    assert holds_circle(np.array([Polygon(), box(0, 0, 1e-3, 1e-3)]), 0).tolist() == [False, True]
    assert not held(Polygon(), 1)


@patient
@given(seeds)
@pytest.mark.parametrize("make", [town, strips, lambda rng: blobs(rng, 30, 100)])
def test_as_shrinking_has_it(make: Callable[[np.random.Generator], Geometries], seed: int) -> None:
    rng = np.random.default_rng(seed)
    polygons = make(rng)
    radius = rng.uniform(1, 60)
    left = ~shapely.is_empty(shapely.buffer(polygons, -radius, quad_segs=64))
    exact = shapely.length(shapely.maximum_inscribed_circle(polygons, tolerance=1e-3))
    told = np.abs(exact - radius) > 0.02 * radius
    assert (holds_circle(polygons, radius) == left)[told].all()


def test_the_longer_side_of_the_smallest_rectangle() -> None:
    triangle = Polygon([(0, 0), (4, 0), (0, 3)])  # 5 by 2.4, 4 by 3 and 3 by 4: all 12 m²
    turned = shapely.affinity.rotate(box(0, 0, 600, 200), 33)
    found = longer_side([box(0, 0, 600, 200), turned, triangle, Polygon([(0, 0), (1, 0), (1, 9)])])
    assert found == pytest.approx([600, 600, 4, 9])


def test_no_polygon_has_no_side() -> None:
    assert longer_side([]).tolist() == []


@given(seeds)
def test_no_rectangle_along_a_side_is_smaller(seed: int) -> None:
    for blob in blobs(np.random.default_rng(seed), 5, 150.0):
        found = []
        for step in np.diff(shapely.get_coordinates(blob.convex_hull), axis=0):
            turn = -np.degrees(np.arctan2(step[1], step[0]))
            w, s, e, n = shapely.affinity.rotate(blob, turn, origin=(0, 0)).bounds
            found.append(((e - w) * (n - s), max(e - w, n - s)))
        least = min(found)[0] * (1 + 1e-6)
        small = [longer for area, longer in found if area <= least]
        assert np.isclose(longer_side([blob]), small, rtol=1e-6).any()
