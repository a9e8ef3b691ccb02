"""Pieces of a network, the gaps between them, and corners: by hand and against networkx."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from carbonspace.kernels.junctions import rules
from carbonspace.kernels.pieces import corners, gaps, pieces, single
from carbonspace.kernels.streets import streets

LONG = [(0, 0), (100, 0)]
SHORT = [(0, 30), (60, 30)]


def lines(*points: Sequence[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.LineString(p) for p in points], dtype=object)


def level(count: int) -> np.ndarray:
    return np.zeros(count, dtype=np.intp)


def test_pieces_are_numbered_from_the_longest() -> None:
    made = streets(lines(SHORT, LONG, [(50, 0), (50, -5)], [(7, 7), (7, 7)]))
    found = pieces(made)
    assert found.of.tolist() == [1, 0, 0, -1]
    assert found.length.tolist() == [105_000, 60_000]


def test_of_pieces_as_long_as_each_other_the_western_one_is_first() -> None:
    drawn = lines([(50, 0), (60, 0)], [(0, 0), (10, 0)])
    assert pieces(streets(drawn)).of.tolist() == [1, 0]
    assert pieces(streets(drawn[::-1])).of.tolist() == [0, 1]


def test_what_is_within_the_tolerance_is_one_piece_and_the_gap_adds_no_length() -> None:
    made = streets(lines([(0, 0), (10, 0)], [(10.5, 0), (20, 0)]), snap=1.0)
    assert pieces(made).length.tolist() == [19_500]


def test_a_gap_is_where_two_pieces_are_nearest() -> None:
    """Two ways across, of 20 and of 30 m; the nearest lines meet nobody else."""
    made = streets(lines(LONG, SHORT, [(60, 30), (60, 20)], [(0, 200), (9, 200)]))
    found = gaps(made, pieces(made), level(4), far=50.0)
    assert (found.one.tolist(), found.other.tolist()) == ([0], [1])
    assert shapely.get_coordinates(found.way).tolist() == [[60, 0], [60, 20]]
    assert len(gaps(made, pieces(made), level(4), far=19.9).way) == 0
    wide = gaps(made, pieces(made), level(4), far=250.0)
    assert list(zip(wide.one.tolist(), wide.other.tolist(), strict=True)) == [
        (0, 1), (0, 2), (1, 2),
    ]  # fmt: skip
    assert shapely.length(wide.way).tolist() == [20, 200, 170]


def test_over_and_under_a_bridge_there_is_no_gap_to_close() -> None:
    drawn = lines(LONG, [(50, -50), (50, 50)])
    height = np.array([0, 1])
    made = streets(drawn, meet=rules(2, snap=0.0)._replace(level=height))
    assert pieces(made).length.tolist() == [100_000, 100_000]
    assert len(gaps(made, pieces(made), height, far=50.0).way) == 0


def test_corners_have_the_legs_that_meet_there() -> None:
    """A crossing of four, a street that ends at another a little short of it, and dead ends."""
    made = streets(lines(LONG, [(30, -20), (30, 20)], [(70, 0.5), (70, 30)]), snap=1.0)
    found = corners(made)
    legs = {tuple(p): n for p, n in zip(found.place.tolist(), found.legs.tolist(), strict=True)}
    assert sorted(legs.values()) == [1, 1, 1, 1, 1, 3, 4]
    assert legs[(30.0, 0.0)] == 4
    assert legs[(70.0, 0.5)] == 3


def test_what_is_drawn_twice_is_one_leg_and_two_ways_round_are_two() -> None:
    twice = streets(lines(LONG, LONG[::-1], LONG))
    assert corners(twice).legs.tolist() == [1, 1]
    assert single(twice).tolist() == [True, False, False]
    upper, lower = [(0, 0), (50, 9), (100, 0)], [(0, 0), (50, -9), (100, 0)]
    island = streets(lines(upper, lower, upper, [(100, 0), (200, 0)]))
    assert sorted(corners(island).legs.tolist()) == [1, 2, 3]
    loop = streets(lines([(0, 0), (9, 0), (9, 9), (0, 0)]))
    assert corners(loop).legs.tolist() == [2]


@given(st.lists(st.tuples(*(st.integers(0, 9),) * 4), min_size=1, max_size=10))
def test_pieces_are_those_of_networkx(drawn: list[tuple[int, int, int, int]]) -> None:
    made = streets(lines(*([(a, b), (c, d)] for a, b, c, d in drawn)))
    graph = nx.MultiGraph()
    for a, b, line, mm in zip(made.start, made.end, made.line, made.length, strict=True):
        graph.add_edge(int(a), int(b), line=int(line), mm=int(mm))
    parts = [graph.subgraph(c) for c in nx.connected_components(graph)]
    want = sorted((sum(m for _, _, m in p.edges(data="mm")) for p in parts), reverse=True)
    found = pieces(made)
    assert found.length.tolist() == want
    for part in parts:
        assert len({found.of[line] for _, _, line in part.edges(data="line")}) == 1


@pytest.mark.parametrize("seed", range(3))
def test_gaps_are_those_of_every_pair(seed: int) -> None:
    draw = np.random.default_rng(seed)
    start = draw.uniform(0, 400, (40, 2))
    made = streets(lines(*zip(start, start + draw.uniform(-30, 30, (40, 2)), strict=True)))
    found = pieces(made)
    got = gaps(made, found, level(40), far=40.0)
    want = {}
    whole = [shapely.union_all(made.lines[found.of == n]) for n in range(len(found.length))]
    for one in range(len(whole)):
        for other in range(one + 1, len(whole)):
            if whole[one].distance(whole[other]) <= 40:
                want[one, other] = whole[one].distance(whole[other])
    pairs = list(zip(got.one.tolist(), got.other.tolist(), strict=True))
    assert pairs == list(want)
    assert shapely.length(got.way).tolist() == pytest.approx(list(want.values()))
