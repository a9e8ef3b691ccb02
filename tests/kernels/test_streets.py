"""Lines as a graph: where they meet, and where they do not."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from carbonspace.kernels.junctions import rules
from carbonspace.kernels.streets import Streets, streets

CROSS = [[(0, 5), (10, 5)], [(5, 0), (5, 10)]]


def lines(*points: Sequence[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.LineString(p) for p in points], dtype=object)


def degree(made: Streets) -> list[int]:
    both = np.concatenate((made.start, made.end))
    return sorted(np.bincount(both, minlength=len(made.place)).tolist())


def parts(made: Streets) -> int:
    graph = nx.Graph(zip(made.start.tolist(), made.end.tolist(), strict=True))
    return int(nx.number_connected_components(graph))


def test_lines_that_cross_meet_there() -> None:
    made = streets(lines(*CROSS))
    assert degree(made) == [1, 1, 1, 1, 4]
    assert made.length.tolist() == [5000] * 4
    assert made.place[~made.drawn].tolist() == [[5.0, 5.0]]
    assert made.first.tolist() == [0, 2, 4]


def test_a_bridge_crosses_without_meeting_but_its_ends_meet_the_ground() -> None:
    """A road over another and the road that goes on from the bridge's end."""
    drawn = lines(*CROSS, [(10, 5), (20, 5)], [(10, 0), (10, 10)])
    meet = rules(4, snap=0.5)._replace(level=np.array([1, 0, 0, 0]))
    made = streets(drawn, meet=meet)
    assert parts(made) == 2
    assert degree(made) == [1, 1, 1, 1, 1, 1, 4]


def test_an_end_on_a_line_and_one_that_nearly_reaches_it() -> None:
    touching = streets(lines([(0, 0), (10, 0)], [(4, 0), (4, 8)]))
    assert degree(touching) == [1, 1, 1, 3]
    short = lines([(0, 0), (10, 0)], [(4, 0.25), (4, 8)])
    assert parts(streets(short, snap=0.2)) == 2
    joined = streets(short, snap=0.25)
    assert parts(joined) == 1
    assert joined.length[joined.gaps].tolist() == [250]
    assert joined.length[joined.line == 0].tolist() == [4000, 6000]


def test_a_near_miss_under_a_bridge_is_none() -> None:
    short = lines([(0, 0), (10, 0)], [(4, 0.25), (4, 8)])
    made = streets(short, meet=rules(2, snap=1.0)._replace(level=np.array([1, 0])))
    assert not made.gaps.any()


def test_ends_that_nearly_touch_are_joined_on_any_level() -> None:
    """A bridge drawn short of the street that it goes on as, and not of the one that passes by."""
    level = np.array([1, 0, 0])
    drawn = lines([(0, 0), (9.5, 0)], [(10, 0), (20, 0)], [(9.2, -5), (9.2, 5)])
    made = streets(drawn, meet=rules(3, snap=0.6)._replace(level=level))
    assert made.length[made.gaps].tolist() == [500]
    assert parts(made) == 2
    passing = streets(drawn, meet=rules(3, snap=0.6)._replace(level=level * 0))
    assert parts(passing) == 1


def test_ends_that_rounding_keeps_apart_are_one_node() -> None:
    made = streets(lines([(0, 0), (1 / 3, 1 / 3)], [(1 / 3 + 1e-9, 1 / 3), (5, 5)]))
    assert degree(made) == [1, 1, 2]


def test_a_loop_a_lollipop_and_a_figure_of_eight() -> None:
    loop = streets(lines([(0, 0), (10, 0), (10, 10), (0, 0)]))
    assert (loop.start == loop.end).tolist() == [True]
    lollipop = streets(lines([(0, -5), (0, 0), (5, 5), (-5, 5), (0, 0)]))
    assert degree(lollipop) == [1, 3]
    assert lollipop.length.tolist() == [5000, round(1000 * (10 + 2 * 50**0.5))]
    eight = streets(lines([(0, 0), (10, 10), (10, 0), (0, 10)]))
    assert degree(eight) == [1, 1, 4]


def test_lines_along_each_other_share_nodes_where_they_end() -> None:
    made = streets(lines([(0, 0), (10, 0)], [(4, 0), (14, 0)]))
    assert parts(made) == 1
    assert made.length.tolist() == [4000, 6000, 6000, 4000]


def test_lines_without_length_have_no_edges_and_the_others_keep_their_numbers() -> None:
    drawn = lines([(0, 0), (0, 0)], [(0, 0), (3, 4)])
    made = streets(drawn, snap=1.0)
    assert made.line.tolist() == [1]
    assert made.first.tolist() == [0, 0, 1]


def test_lines_of_two_sides_meet_at_gates_only() -> None:
    street, inner = [(0, 0), (100, 0)], [[(20, 0), (20, 30)], [(80, 0), (80, 30)]]
    drawn = lines(street, *inner, [(20, 30), (80, 30)])
    gates = shapely.points([[22.0, 0.0]])
    meet = rules(4, snap=1.0)._replace(side=np.array([0, 1, 1, 1]), gates=gates, reach=3.0)
    made = streets(drawn, meet=meet)
    on_street = made.length[made.line == 0].tolist()
    assert on_street == [20_000, 80_000]
    assert parts(made) == 1
    assert parts(streets(drawn, meet=meet._replace(gates=gates[:0]))) == 2


@pytest.mark.parametrize("snap", [0.0, 2.0])
def test_an_edge_is_found_by_any_place_on_its_line(snap: float) -> None:
    made = streets(lines(*CROSS, [(0, 1), (4, 1)]), snap=snap)
    line, at = np.array([0, 0, 0, 1, 2]), np.array([0, 5000, 5001, 9999, 4000])
    edge = made.edges_at(line, at)
    assert (made.line[edge] == line).all()
    assert ((made.low[edge] <= at) & (at <= made.high[edge])).all()


@given(st.lists(st.tuples(*(st.integers(0, 8),) * 4), min_size=1, max_size=12))
def test_every_edge_lies_on_its_line_and_all_together_are_as_long(
    drawn: list[tuple[int, int, int, int]],
) -> None:
    given_lines = lines(*([(a, b), (c, d)] for a, b, c, d in drawn))
    made = streets(given_lines)
    whole = np.rint(1000 * shapely.length(given_lines))
    own = np.bincount(made.line[made.line >= 0], made.length[made.line >= 0], len(drawn))
    assert own.tolist() == whole.tolist()
    apart = shapely.length(shapely.unary_union(given_lines[whole > 0])) if whole.any() else 0.0
    assert made.length.sum() >= 1000 * apart - len(made.line)
    touching = {
        (i, j)
        for i in range(len(drawn)) for j in range(i)
        if whole[i] and whole[j] and given_lines[i].intersects(given_lines[j])
    }  # fmt: skip
    graph = nx.Graph(zip(made.start.tolist(), made.end.tolist(), strict=True))
    label = {n: k for k, c in enumerate(nx.connected_components(graph)) for n in c}
    of = {int(i): label[int(n)] for i, n in zip(made.line, made.start, strict=True) if i >= 0}
    assert all(of[i] == of[j] for i, j in touching)
