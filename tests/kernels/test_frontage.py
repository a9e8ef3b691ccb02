"""Stretches of streets along polygons, against shapely asked point by point."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from carbonspace.kernels.frontage import fronts


def test_a_front_is_what_the_edge_is_projected_on() -> None:
    """A lot of 30 m, 8 m from a street, with a slanting back; the lot behind fronts nothing."""
    street = [shapely.LineString([(0, 0), (60, 0), (100, 0)])]
    lots = [shapely.Polygon([(50, 8), (80, 8), (70, 40)]), shapely.box(50, 41, 80, 60)]
    found = fronts(lots, street, beside=10.0, far=0.0)
    assert found.place.tolist() == [0]
    assert (found.low.tolist(), found.high.tolist()) == ([50_000], [80_000])


def test_a_corner_lot_has_two_fronts_and_a_hole_has_one_too() -> None:
    streets = [shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(0, 0), (0, 100)])]
    lot = fronts([shapely.box(5, 5, 45, 25)], streets, beside=5.0, far=0.0)
    assert [(int(n), int(a), int(b)) for n, a, b in zip(lot.line, lot.low, lot.high, strict=True)
            ] == [(0, 5_000, 45_000), (1, 5_000, 25_000)]  # fmt: skip
    ring = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60))
    inner = fronts([ring], [shapely.LineString([(41, 50), (59, 50)])], beside=11.0, far=0.0)
    assert (inner.low[0], inner.high[0]) == (0, 18_000)


def test_points_and_nothing() -> None:
    street = [None, shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(0, 0), (100, 0)])]
    asked = [shapely.Point(30, 4), None, shapely.Polygon(), shapely.Point(30, 400)]
    found = fronts(asked, street, beside=9.0, far=50.0)
    assert [c.tolist() for c in found] == [[0], [1], [30_000], [30_000], [4_000]]


def _by_points(lot: shapely.Polygon, line: shapely.LineString, beside: float) -> tuple[float, int]:
    """Metres of a line within a step of where points of the edge that are near are projected."""
    edge, step = shapely.boundary(lot), 0.02
    points = shapely.line_interpolate_point(edge, np.arange(0, edge.length, step))
    near = points[shapely.distance(points, line) <= beside]
    at = np.unique(np.round(shapely.line_locate_point(line, near) / step))
    return float(step * len(at)), len(near)


@pytest.mark.parametrize("seed", range(12))
def test_a_straight_street_is_fronted_where_points_of_the_edge_are_projected(seed: int) -> None:
    draw = np.random.default_rng(seed)
    lot = shapely.convex_hull(shapely.multipoints(draw.uniform(0, 60, (7, 2))))
    line = shapely.LineString(draw.uniform(-30, 90, (2, 2)))
    found = fronts([lot], [line], beside=15.0, far=0.0)
    want, near = _by_points(lot, line, 15.0)
    got = float((found.high - found.low).sum()) / 1000
    assert bool(len(found.place)) == (near > 0)
    assert got >= want - 0.1


@pytest.mark.parametrize("seed", range(6))
def test_moving_and_cutting_edges_finer_changes_nothing(seed: int) -> None:
    draw = np.random.default_rng(seed)
    lot = shapely.convex_hull(shapely.multipoints(draw.uniform(0, 60, (9, 2))))
    line = shapely.LineString(draw.uniform(-30, 90, (5, 2)))
    plain = fronts([lot], [line], beside=15.0, far=0.0)
    finer = fronts([shapely.segmentize(lot, 0.7)], [line], beside=15.0, far=0.0)
    away = fronts(*(shapely.transform([one], lambda xy: xy + 4e5) for one in (lot, line)),
                  beside=15.0, far=0.0)  # fmt: skip
    for other in (finer, away):
        assert np.abs(plain.low - other.low).max(initial=0) <= 1
        assert np.abs(plain.high - other.high).max(initial=0) <= 1
