"""Distances along streets, by hand and against networkx, and what lies within a limit."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonspace.kernels.frontage import Fronts, fronts
from carbonspace.kernels.reach import Reach, Ways, distance_at, nearest, reach, reached, shares
from carbonspace.kernels.streets import Streets, streets


def grid(cells: int, side: float) -> np.ndarray:
    """Streets of a chessboard, each line from one end to the other."""
    ticks = np.arange(cells + 1) * side
    end = cells * side
    return np.array(
        [shapely.LineString([(0, t), (end, t)]) for t in ticks]
        + [shapely.LineString([(t, 0), (t, end)]) for t in ticks],
        dtype=object,
    )


def open_ways(made: Streets) -> Ways:
    every = np.ones(len(made.lines), dtype=bool)
    return Ways(every, every)


def spots(made: Streets, *places: tuple[float, float], far: float = 1e3) -> Fronts:
    return fronts(shapely.points(np.array(places, float)), made.lines, beside=0, far=far)


def found(made: Streets, *places: tuple[float, float], limit: float) -> Reach:
    return reach(made, open_ways(made), spots(made, *places), round(1000 * limit))


def test_a_point_enters_at_its_foot_and_the_way_to_it_counts() -> None:
    made = streets(grid(2, 100.0))
    away = found(made, (30.0, 20.0), limit=1000.0)
    at = {tuple(p): d for p, d in zip(away.streets.place[:9].tolist(), away.away, strict=False)}
    assert at[(0.0, 0.0)] == 50_000
    assert at[(100.0, 100.0)] == 20_000 + 70_000 + 100_000
    assert at[(200.0, 200.0)] == 20_000 + 170_000 + 200_000


def test_distances_hold_to_the_limit_and_are_infinite_beyond() -> None:
    made = streets(grid(4, 100.0))
    away = found(made, (0.0, 0.0), limit=250.0)
    near = away.away[np.isfinite(away.away)]
    assert near.max() == 200_000
    far = distance_at(away, np.array([0, 0]), np.array([250_000, 251_000]))
    assert far.tolist() == [250_000, 251_000]


def test_a_polygon_is_a_source_all_along_its_edge() -> None:
    """A park of 100 m beside a street 10 m off: nothing along it is any distance away."""
    made = streets(np.array([shapely.LineString([(0, 0), (400, 0)])]))
    park = fronts([shapely.box(150, 10, 250, 60)], made.lines, beside=20, far=0)
    assert park.low.tolist() == [150_000 - 0]
    assert park.high.tolist() == [250_000 + 0]
    away = reach(made, open_ways(made), park, 60_000)
    asked = np.array([80_000, 90_000, 150_000, 200_000, 310_000])
    got = distance_at(away, np.zeros(5, int), asked)
    assert got.tolist() == [70_000, 60_000, 0, 0, 60_000]
    stretch = reached(away)
    assert (stretch.high - stretch.low).sum() == 100_000 + 2 * 60_000


def test_a_parcel_is_reached_along_its_front_by_share() -> None:
    """A front of 100 m of which 25 m lie within 75 m of the stop at the street's end."""
    made = streets(np.array([shapely.LineString([(0, 0), (400, 0)])]))
    lots = [shapely.box(50, 5, 150, 60), shapely.box(200, 5, 260, 60), shapely.box(0, 90, 9, 99)]
    front = fronts(lots, made.lines, beside=20, far=0)
    away = found(made, (0.0, 0.0), limit=75.0)
    assert shares([away], front, 3).tolist()[:2] == [0.25, 0.0]
    assert np.isnan(shares([away], front, 3)[2])
    assert nearest(away, front, 3).tolist() == [50_000, np.inf, np.inf]


def test_a_park_that_paths_cross_is_entered_at_every_crossing() -> None:
    """Two paths through it, one of which ends in it; and then a street along it besides."""
    paths = [[(-300, 50), (400, 50)], [(50, -300), (50, 120)]]
    park = [shapely.box(0, 0, 100, 100)]

    def away(*drawn: list[tuple[float, float]]) -> list[float]:
        made = streets(np.array([shapely.LineString(p) for p in (*drawn, *paths)]))
        on = fronts(park, made.lines, beside=20, far=0)
        line = np.array([-2, -2, -1, -1]) + len(made.lines)
        at = np.array([0, 700_000, 0, 410_000])
        return [*distance_at(reach(made, open_ways(made), on, 10**6), line, at)]

    assert away() == [300_000, 300_000, 300_000, 10_000]
    assert away([(-100, -300), (300, -300)], [(0, -10), (100, -10)]) == [300_000, 300_000, 290_000,
                                                                        10_000]  # fmt: skip


def test_of_a_parcel_at_points_of_streets_each_place_counts_alike() -> None:
    """Four paths cross its edges; the stop is 40 m from the first crossing, 140 from the next."""
    lot = [shapely.box(0, 0, 100, 100)]
    cross = [[(-40, 50), (140, 50)], [(50, -40), (50, 140)]]
    for drawn in (cross, [[(-40, 50), (0, 50)], [(0, 50), (140, 50)], cross[1]]):
        made = streets(np.array([shapely.LineString(p) for p in drawn]))
        front = fronts(lot, made.lines, beside=20, far=0)
        for limit, want in ((39.9, 0.0), (40.0, 0.25), (139.9, 0.25), (140.0, 1.0)):
            away = found(made, (-40.0, 50.0), limit=limit)
            assert shares([away], front, 1).tolist() == [want]
        assert nearest(away, front, 1).tolist() == [40_000]


def test_points_are_no_part_of_a_front() -> None:
    """A street along 80 m of the lot, and a path that ends at its far edge: the front is 80 m."""
    made = streets(np.array([shapely.LineString([(0, -9), (80, -9)]),
                             shapely.LineString([(50, 300), (50, 100)])]))  # fmt: skip
    front = fronts([shapely.box(0, 0, 100, 100)], made.lines, beside=20, far=0)
    assert front.line.tolist() == [0, 1]
    path = found(made, (50.0, 200.0), limit=150.0)
    assert shares([path], front, 1).tolist() == [0.0]
    assert nearest(path, front, 1).tolist() == [100_000]
    assert shares([found(made, (0.0, -9.0), limit=20.0)], front, 1).tolist() == [0.25]


def test_a_street_askew_of_an_edge_by_less_and_less_comes_to_count_as_a_point() -> None:
    """Two paths at one angle; the nearer to right angles, the nearer the share to that of two."""
    lot = [shapely.box(0, 0, 400, 200)]
    for askew, off in ((10.0, 0.1), (1.0, 0.01), (0.1, 1e-3), (0.0, 0.0)):
        paths = [shapely.LineString([(x, -90), (x + askew, 90)]) for x in (100, 300)]
        made = streets(np.array(paths))
        front = fronts(lot, made.lines, beside=20, far=0)
        share = shares([found(made, (100.0, -90.0), limit=130.0)], front, 1)[0]
        assert share == pytest.approx(0.5, abs=off)


def test_a_parcel_on_both_ends_of_a_street_loses_its_middle() -> None:
    made = streets(np.array([shapely.LineString([(0, 0), (400, 0)])]))
    front = fronts([shapely.box(0, 5, 400, 60)], made.lines, beside=20, far=0)
    away = found(made, (0.0, 0.0), (400.0, 0.0), limit=100.0)
    assert shares([away], front, 1).tolist() == [0.5]


def test_a_place_off_the_street_is_taken_to_the_next_one_and_its_way_counts() -> None:
    made = streets(np.array([shapely.LineString([(0, 0), (400, 0)])]))
    lot = shapely.Polygon([(90, 60), (110, 70), (100, 80)])
    front = fronts([lot], made.lines, beside=20, far=100)
    assert (front.low[0], front.away[0]) == (90_000, 60_000)
    assert shares([found(made, (0.0, 0.0), limit=149.9)], front, 1).tolist() == [0.0]
    assert shares([found(made, (0.0, 0.0), limit=150.0)], front, 1).tolist() == [1.0]


def test_one_way_streets_are_gone_along_only_as_they_run() -> None:
    """To get to the stop at the start of a one-way street one has to come round the block."""
    ring = [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]
    made = streets(np.array([shapely.LineString(p) for p in ring]))
    oneway = Ways(np.ones(4, bool), np.zeros(4, bool))
    away = reach(made, oneway, spots(made, (0.0, 0.0)), 10**6)
    got = distance_at(away, np.array([0, 1, 2, 3]), np.array([50_000] * 4))
    assert got.tolist() == [350_000, 250_000, 150_000, 50_000]


def test_closed_streets_are_not_entered() -> None:
    made = streets(grid(1, 100.0))
    shut = np.array([True, True, True, False])
    away = reach(made, Ways(shut, shut), spots(made, (100.0, 50.0)), 10**6)
    assert not np.isfinite(away.away).any()


def test_a_gap_that_counts_as_joined_is_as_long_as_it_is() -> None:
    pair = [shapely.LineString([(0, 0), (10, 0)]), shapely.LineString([(10.5, 0), (20, 0)])]
    made = streets(np.array(pair), snap=1.0)
    away = found(made, (0.0, 0.0), limit=100.0)
    assert distance_at(away, np.array([1]), np.array([9_500])).tolist() == [20_000]


def _random(seed: int) -> tuple[Streets, Fronts]:
    draw = np.random.default_rng(seed)
    ends = draw.uniform(0, 1000, (40, 2, 2))
    made = streets(np.array([shapely.LineString(e) for e in ends]), snap=5.0)
    return made, spots(made, *draw.uniform(0, 1000, (6, 2)).tolist(), far=200.0)


def _as_networkx(made: Streets) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    for u, v, mm in zip(made.start, made.end, made.length, strict=True):
        graph.add_edge(int(u), int(v), mm=int(mm))
    return graph


@pytest.mark.parametrize("seed", range(8))
def test_distances_are_those_of_networkx_at_every_node(seed: int) -> None:
    made, sources = _random(seed)
    away = reach(made, open_ways(made), sources, 10**9)
    graph = _as_networkx(away.streets)
    edge = away.streets.edges_at(sources.line, sources.low)
    node = np.where(away.streets.high[edge] == sources.low,
                    away.streets.end[edge], away.streets.start[edge])  # fmt: skip
    for n, mm in zip(node.tolist(), sources.away.tolist(), strict=True):
        graph.add_edge("from", n, mm=mm)
    want = nx.single_source_dijkstra_path_length(graph, "from", weight="mm")
    got = {n: d for n, d in enumerate(away.away.tolist()) if np.isfinite(d)}
    assert got == {n: d for n, d in want.items() if n != "from"}


@given(st.integers(0, 10**6), st.floats(1, 900))
@settings(max_examples=25, deadline=None)
def test_what_is_within_the_limit_is_so_at_every_point(seed: int, limit: float) -> None:
    """Points of what is reached, and of what is not, are asked one by one."""
    made, sources = _random(seed)
    away = reach(made, open_ways(made), sources, round(1000 * limit))
    inside = np.zeros(len(away.streets.line))
    np.add.at(inside, reached(away).edge, reached(away).high - reached(away).low)
    for line, at, expected in _asked(away):
        edge = away.streets.edges_at(np.array([line]), np.array([at]))[0]
        told = reached(away)
        own = (told.edge == edge) & (told.low <= at) & (at <= told.high)
        assert own.any() == expected


def _asked(away: Reach) -> Iterator[tuple[int, int, bool]]:
    streets_ = away.streets
    for edge in range(0, len(streets_.line), 7):
        if streets_.line[edge] >= 0:
            at = int((streets_.low[edge] + streets_.high[edge]) // 2)
            far = distance_at(away, streets_.line[edge : edge + 1], np.array([at]))[0]
            if abs(far - away.limit) > 1:
                yield int(streets_.line[edge]), at, bool(far <= away.limit)


@given(st.integers(0, 10**6), st.floats(1, 900), st.floats(1, 900))
@settings(max_examples=25, deadline=None)
def test_a_shorter_limit_never_reaches_more_and_another_street_never_less(
    seed: int, one: float, other: float
) -> None:
    made, sources = _random(seed)
    lots = shapely.buffer(shapely.points(np.random.default_rng(seed).uniform(0, 1000, (9, 2))), 30)
    front = fronts(lots, made.lines, beside=20, far=500)

    def share(town: Streets, limit: float) -> np.ndarray:
        return shares([reach(town, open_ways(town), sources, round(1000 * limit))], front, 9)

    low, high = sorted((one, other))
    assert (share(made, low) <= share(made, high) + 1e-12).all()
    more = streets(np.append(made.lines, shapely.LineString([(0, 300), (1000, 700)])), snap=5.0)
    assert (share(made, low) <= share(more, low) + 1e-4).all()


@given(st.integers(0, 10**6), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_more_streets_take_no_way_away_from_areas_beside_some(seed: int, more: int) -> None:
    """Neither where an area is entered nor how near it is, whatever the new streets touch."""
    draw = np.random.default_rng(seed)
    drawn = shapely.linestrings(draw.uniform(0, 1000, (30 + more, 2, 2)))
    areas = shapely.buffer(shapely.points(draw.uniform(100, 900, (15, 2))), 60, quad_segs=3)
    few, many = streets(drawn[:30]), streets(drawn)
    areas = areas[np.unique(fronts(areas, few.lines, beside=20, far=0).place)]
    far = []
    for made in (few, many):
        on = fronts(areas, made.lines, beside=20, far=0)
        goal = on.place < len(areas) // 2
        away = reach(made, open_ways(made), on.take(goal), 400_000)
        far.append(nearest(away, on.take(~goal), len(areas)))
    assert (far[1] <= far[0]).all()


def test_distances_are_whole_millimetres_whatever_else_is_cut() -> None:
    """Another stop out of reach cuts edges, and changes no figure."""
    made = streets(grid(6, 100.0 / 3))
    front = fronts([shapely.box(30, 35, 65, 60)], made.lines, beside=5, far=0)
    one = found(made, (1.0, 1.0), limit=66.6)
    two = found(made, (1.0, 1.0), (199.0, 190.3), limit=66.6)
    assert shares([one], front, 1).tolist() == shares([two], front, 1).tolist()


def test_what_is_within_the_reach_of_every_kind() -> None:
    """Stops at both ends of 400 m: 300 m from either is the middle half; 150 m is nothing."""
    made = streets(np.array([shapely.LineString([(0, 0), (400, 0)])]))
    front = fronts([shapely.box(0, 5, 400, 60)], made.lines, beside=20, far=0)
    for limit, want in ((300.0, 0.5), (150.0, 0.0), (400.0, 1.0)):
        both = [found(made, end, limit=limit) for end in ((0.0, 0.0), (400.0, 0.0))]
        assert shares(both, front, 1).tolist() == [want]
        assert shares(both[:1], front, 1).tolist() == [limit / 400]
