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


def test_a_street_through_a_lot_runs_along_it_nowhere() -> None:
    """It crosses two sides of the lot and is far from the others: the lot is where it enters."""
    lot = [shapely.box(10, 0, 240, 200)]
    plain = shapely.LineString([(0, 90), (250, 90)])
    turns = shapely.LineString([(0, 90), (100, 90), (101, 90), (250, 90)])
    for street in (plain, turns):
        found = fronts(lot, [street], beside=25.0, far=0.0)
        assert [c.tolist() for c in found] == [[0], [0], [10_000], [10_000], [0]]
    with_side = fronts(lot, [plain, shapely.LineString([(0, -9), (90, -9)])], beside=25.0, far=0.0)
    assert [c.tolist() for c in with_side] == [[0], [1], [10_000], [90_000], [0]]


def test_what_lies_between_two_wings_is_no_front() -> None:
    wings = shapely.box(0, 5, 100, 65).difference(shapely.box(30, 0, 70, 60))
    street = shapely.LineString([(-10, 0), (60, 0), (110, 0)])
    for drawn, ends in ((street, (10, 40, 80, 110)), (shapely.reverse(street), (10, 40, 80, 110))):
        found = fronts([wings], [drawn], beside=20.0, far=0.0)
        both = np.stack((found.low, found.high), axis=1).ravel() / 1000
        assert both.tolist() == list(ends)


def test_of_equally_near_streets_and_places_it_is_the_first() -> None:
    """Also where coordinates are a billionth off, as after conversion from another system."""
    streets = [shapely.LineString([(0, y), (100, y)]) for y in (46, 34)]
    lots = [shapely.Point(30, 40), shapely.box(20, 39, 50, 41)]
    for off in (-1e-9, 0.0, 1e-9):
        moved = [shapely.transform(one, lambda xy, by=off: xy + np.array([0, by])) for one in lots]
        found = fronts(moved, streets, beside=1.0, far=50.0)
        assert [c.tolist() for c in found] == [[0, 1], [0, 0], [30_000, 20_000], [30_000, 20_000],
                                               [6_000, 5_000]]  # fmt: skip


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
    assert got == pytest.approx(want, abs=0.3)


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
