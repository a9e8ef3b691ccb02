"""Stretches of streets along polygons, against shapely asked point by point."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from carbonspace.kernels.frontage import Fronts, fronts


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


def _told(found: Fronts) -> list[tuple[int, float, float]]:
    """Line, from and to, in metres."""
    columns = (found.line, found.low / 1000, found.high / 1000)
    return [(int(n), float(a), float(b)) for n, a, b in zip(*columns, strict=True)]


def test_a_street_through_a_lot_is_beside_it_where_it_crosses_the_edge() -> None:
    """It runs along none of it: that is two points, whatever street runs along it elsewhere."""
    lot = [shapely.box(10, 0, 240, 200)]
    plain = shapely.LineString([(0, 90), (250, 90)])
    turns = shapely.LineString([(0, 90), (100, 90), (101, 90), (250, 90)])
    along = shapely.LineString([(0, -9), (90, -9)])
    for street in (plain, turns, shapely.reverse(plain)):
        found = fronts(lot, [street, along], beside=25.0, far=0.0)
        assert _told(found) == [(0, 10, 10), (0, 240, 240), (1, 10, 90)]
        assert not found.away.any()


def test_a_street_that_ends_at_a_lot_is_beside_it_with_its_end() -> None:
    lot = [shapely.box(0, 0, 200, 200)]
    ends = [
        shapely.LineString([(90, 400), (90, 210)]),
        shapely.LineString([(215, 215), (300, 215)]),
    ]
    too_far = shapely.LineString([(220, -20), (300, -20)])
    south = shapely.LineString([(-50, -9), (100, -9)])
    found = fronts(lot, [*ends, too_far, south], beside=25.0, far=0.0)
    assert _told(found) == [(0, 190, 190), (1, 0, 0), (3, 50, 150)]


def test_corners_of_a_street_are_beside_a_lot_where_it_turns_away_only() -> None:
    """Corners on a straight way, or towards the lot, are next to nothing of its edge."""
    lot = [shapely.box(60, 8, 90, 30)]
    straight = shapely.LineString([(0, 0), (50, 0), (50, 0), (55, 0), (100, 0)])
    towards = shapely.LineString([(0, -20), (50, 0), (100, 0)])
    away = shapely.LineString([(0, 0), (50, 0), (50, -90)])
    on = away.length
    for drawn in (straight, straight.segmentize(7.0), straight.reverse()):
        found = _told(fronts(lot, [drawn], beside=25.0, far=0.0))
        assert found in ([(0, 60, 90)], [(0, 10, 40)])
    bent = fronts(lot, [towards], beside=25.0, far=0.0)
    assert (bent.high - bent.low).tolist() == [30_000]
    assert _told(fronts(lot, [away], beside=25.0, far=0.0)) == [(0, 50, 50)]
    assert _told(fronts(lot, [away.reverse()], beside=25.0, far=0.0)) == [(0, on - 50, on - 50)]


def test_a_speck_of_a_street_is_beside_nothing() -> None:
    town = [shapely.LineString([(50, 0), (x, 0)]) for x in (50.0003, 100)]
    assert _told(fronts([shapely.box(49, 5, 51, 9)], town, beside=25.0, far=0.0)) == [(1, 0, 1)]


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


def _next_to(point: np.ndarray, street: np.ndarray, beside: float) -> list[float]:
    """Return where along a street it is nearer to a point than on both sides of there."""
    steps = np.diff(street, axis=0)
    length = np.hypot(*steps.T)
    along = np.concatenate(([0.0], np.cumsum(length)))
    t = ((point - street[:-1]) * steps).sum(axis=1) / length
    feet = street[:-1] + steps * (t / length)[:, None]
    on = (t >= 0) & (t <= length) & (np.hypot(*(point - feet).T) <= beside)
    found: list[float] = (along[:-1] + t)[on].tolist()
    for n, corner in enumerate(street):
        past = n == 0 or t[n - 1] >= length[n - 1]
        before = n == len(t) or t[n] <= 0
        if past and before and np.hypot(*(point - corner)) <= beside:
            found.append(float(along[n]))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_a_bent_street_is_beside_a_lot_where_it_is_nearest_to_points_of_its_edge(seed: int) -> None:
    """Every point of the edge is asked alone: what of the street is nearest thereabouts."""
    draw = np.random.default_rng(seed)
    lot = shapely.convex_hull(shapely.multipoints(draw.uniform(0, 60, (5, 2))))
    street = draw.uniform(-40, 100, (5, 2))
    found = fronts([lot], [shapely.LineString(street)], beside=15.0, far=0.0)
    edge = shapely.get_coordinates(shapely.segmentize(shapely.boundary(lot), 0.02))
    want = np.array([at for point in edge for at in _next_to(point, street, 15.0)])
    low, high = (ends[:, None] / 1000 for ends in (found.low, found.high))
    inside = (low - 1e-3 <= want) & (want <= high + 1e-3)
    assert inside.any(axis=0).all()
    for end in (low, high):
        assert (np.abs(end - want).min(axis=1, initial=np.inf) < 1.0).all()
    assert len(found.place) == 0 or len(want)


@pytest.mark.parametrize("seed", range(6))
def test_another_street_takes_nothing_away(seed: int) -> None:
    draw = np.random.default_rng(seed)
    lots = shapely.buffer(shapely.points(draw.uniform(0, 300, (20, 2))), 30, quad_segs=2)
    streets = shapely.linestrings(draw.uniform(0, 300, (12, 2, 2)))
    few, all_ = (fronts(lots, some, beside=15.0, far=0.0) for some in (streets[:9], streets))
    assert {*zip(*(c.tolist() for c in few), strict=True)} <= {
        *zip(*(c.tolist() for c in all_), strict=True)
    }
