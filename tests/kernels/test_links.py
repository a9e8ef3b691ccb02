"""Links that are missing: by hand, and by adding each of them to a graph of networkx."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np
import pytest
import shapely

from carbonspace.kernels.frontage import Fronts, fronts
from carbonspace.kernels.links import Links, linked, missing
from carbonspace.kernels.reach import Reach, Ways, divided, nearest, reach, seeds
from carbonspace.kernels.streets import Streets, streets


def lines(*points: Sequence[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.LineString(p) for p in points], dtype=object)


def flat(made: Streets) -> np.ndarray:
    return np.zeros(len(made.lines), dtype=np.intp)


def spots(made: Streets, *places: tuple[float, float]) -> Fronts:
    return fronts(shapely.points(np.array(places, float)), made.lines, beside=0, far=1e3)


def found(made: Streets, *places: tuple[float, float], limit: float) -> Reach:
    every = np.ones(len(made.lines), dtype=bool)
    return reach(made, Ways(every, every), spots(made, *places), round(1000 * limit))


LADDER = [(0, 0), (100, 0)], [(60, 30), (60, 90)], [(60, 90), (0, 90)]
"""A street, and another round a corner that ends 30 m short of it."""


def test_links_go_from_dead_ends_to_other_lines() -> None:
    made = streets(lines(*LADDER))
    found_ = missing(made, flat(made), far=49.9)
    assert found_.line.T.tolist() == [[1, 0]]
    assert found_.at.T.tolist() == [[0, 60_000]]
    assert found_.gap.tolist() == [30_000]
    (way,) = found_.drawn(made, np.array([0]))
    assert shapely.get_coordinates(way).tolist() == [[60, 30], [60, 0]]
    assert len(missing(made, flat(made), far=29.9).gap) == 0
    assert len(missing(made, np.array([0, 1, 0]), far=49.9).gap) == 0
    assert len(missing(made, flat(made), far=50.0).gap) == 2


def test_a_link_brings_places_within_the_limit() -> None:
    """From the stop at the start 60 m, the link of 30 m, and 60 and 20 m on: 170."""
    made = streets(lines(*LADDER))
    links, asked = missing(made, flat(made), far=50.0), spots(made, (40.0, 90.0), (90.0, 0.0))
    near = linked(found(made, (0.0, 0.0), limit=170.0), links, asked, 2)
    assert near.far.tolist() == [170_000, np.inf]
    assert near.link.tolist() == [0, -1]
    none = linked(found(made, (0.0, 0.0), limit=169.9), links, asked, 2)
    assert none.link.tolist() == [-1, -1]
    back = linked(found(made, (0.0, 90.0), limit=1e3), links, spots(made, (60.0, 0.0)), 1)
    assert back.far.tolist() == [60_000 + 60_000 + 30_000]


def test_without_dead_ends_nothing_is_missing() -> None:
    ring = streets(lines([(0, 0), (9, 0)], [(9, 0), (9, 9)], [(9, 9), (0, 0)]))
    links = missing(ring, flat(ring), far=50.0)
    assert len(links.gap) == 0
    nothing = linked(found(ring, (0.0, 0.0), limit=5.0), links, spots(ring, (9.0, 9.0)), 1)
    assert nothing.link.tolist() == [-1]


@pytest.mark.parametrize("seed", range(8))
def test_each_link_added_to_a_graph_gives_the_same(seed: int) -> None:
    draw = np.random.default_rng(seed)
    start = draw.uniform(0, 300, (22, 2))
    made = streets(lines(*zip(start, start + draw.uniform(-90, 90, (22, 2)), strict=True)))
    links = missing(made, flat(made), far=40.0)
    places = spots(made, *draw.uniform(0, 300, (15, 2)).tolist())
    away = found(made, tuple(start[0]), limit=250.0)
    got = linked(away, links, places, 15)
    want = _by_adding(made, links, places, tuple(start[0]), 15)
    now = nearest(away, places, 15)
    best = np.where(want.min(axis=0) <= 250_000, want.min(axis=0), np.inf)
    helped = best < now
    assert got.far[helped].tolist() == best[helped].tolist()
    assert got.link[helped].tolist() == want.argmin(axis=0)[helped].tolist()
    assert (got.far[~helped] >= now[~helped]).all()
    assert len(links.gap) > 5


def _by_adding(
    made: Streets, links: Links, places: Fronts, source: tuple[float, float], count: int
) -> np.ndarray:
    """Return how far each place is with each of the links added, mm."""
    line = np.concatenate((*links.line, places.line))
    at = np.concatenate((*links.at, places.low))
    cut = divided(made, line, at)
    graph = nx.Graph()
    for a, b, mm in zip(cut.start.tolist(), cut.end.tolist(), cut.length.tolist(), strict=True):
        if mm < graph.get_edge_data(a, b, {"mm": np.inf})["mm"]:
            graph.add_edge(a, b, mm=mm)
    points = Fronts(np.arange(len(line)), line, at, at, np.zeros(len(line), dtype=np.int64))
    node = seeds(cut, points)[0][: len(line)]
    ends, spots_ = node[: 2 * len(links.gap)].reshape(2, -1), node[2 * len(links.gap) :]
    begin = int(np.argmin(np.hypot(*(cut.place[: len(made.place)] - source).T)))
    result = np.full((len(links.gap), count), np.inf)
    for n, (a, b, gap) in enumerate(zip(*ends.tolist(), links.gap.tolist(), strict=True)):
        again = graph.copy()
        if gap < again.get_edge_data(a, b, {"mm": np.inf})["mm"]:
            again.add_edge(a, b, mm=gap)
        far = nx.single_source_dijkstra_path_length(again, begin, weight="mm")
        result[n] = [far.get(s, np.inf) for s in spots_.tolist()] + places.away
    return result
