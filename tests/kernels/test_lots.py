"""What streets around places tell of them is what their fronts tell, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonspace.kernels.frontage import Fronts, fronts
from carbonspace.kernels.junctions import Rules
from carbonspace.kernels.lots import Lots, settled
from carbonspace.kernels.overlay import only
from carbonspace.kernels.reach import Reach, Ways, divided, nearest, reach, shares
from carbonspace.kernels.streets import Streets, streets

BESIDE, FAR = 12.0, 60.0


def town(draw: np.random.Generator) -> np.ndarray:
    """Streets of a bent grid, some missing, some that lead nowhere, a ring, a speck and none."""
    ticks = 40.0 * np.arange(8)
    x, y = np.meshgrid(ticks, ticks)
    at = np.stack((x, y), axis=2) + draw.integers(-9, 10, (8, 8, 2))
    lines = []
    for i in range(8):
        for j in range(8):
            for k, m in ((i + 1, j), (i, j + 1)):
                if k < 8 and m < 8 and draw.random() < 0.8:
                    bend = (at[i, j] + at[k, m]) / 2 + draw.integers(-6, 7, 2)
                    lines.append(shapely.LineString([at[i, j], bend, at[k, m]]))
    lines += [shapely.LineString(draw.integers(-20, 300, (2, 2))) for _ in range(4)]
    lines += [shapely.LinearRing([(90, 90), (110, 90), (100, 111)]), None]
    lines.append(shapely.LineString([(33, 30), (33.0002, 30)]))
    return np.array(lines, dtype=object)


def places(draw: np.random.Generator) -> np.ndarray:
    """Lots of all sizes and kinds on and off the streets; points, nothing and what is empty."""
    at, size = draw.integers(-80, 340, (60, 2)), draw.integers(1, 50, (60, 2))
    boxes = [*shapely.box(*at.T, *(at + size).T)]
    hulls = [shapely.convex_hull(shapely.multipoints(draw.uniform(0, 60, (7, 2)) + move))
             for move in draw.uniform(-40, 300, (20, 2))]  # fmt: skip
    large = shapely.box(30, 30, 170, 170)
    more = [large, large.difference(shapely.box(50, 50, 150, 150)), shapely.Polygon(), None,
            shapely.MultiPolygon([*boxes[:1], shapely.box(900, 900, 905, 905)])]  # fmt: skip
    return np.array([*boxes, *hulls, *more, *shapely.points(draw.uniform(0, 300, (5, 2)))])


def ways(draw: np.random.Generator, count: int) -> Ways:
    """Most lines both ways, some one way, some not at all."""
    kind = draw.choice(4, count, p=[0.8, 0.08, 0.08, 0.04])
    return Ways((kind == 0) | (kind == 1), (kind == 0) | (kind == 2))


def made_of(draw: np.random.Generator) -> Streets:
    """Streets on two levels and, where there are gates, two sides."""
    lines = town(draw)
    level, side = (draw.choice(2, len(lines), p=[0.9, 0.1]) for _ in range(2))
    gates = np.asarray(shapely.points(draw.uniform(0, 300, (9, 2))), dtype=object)
    return streets(lines, meet=Rules(1.0, level, side * draw.integers(2), gates, 15.0))


def drawn(made: Streets) -> np.ndarray:
    """The lines that have edges: a speck leads nowhere."""
    return only(made.lines, np.diff(made.first) > 0)


def searched(draw: np.random.Generator, made: Streets, limit: int) -> Reach:
    """What is within a limit of points and of parks, all on the same streets."""
    goals = np.array([*shapely.points(draw.integers(0, 300, (2, 2))), shapely.box(80, 80, 130, 99)])
    sources = fronts(goals[draw.random(3) < 0.7], drawn(made), beside=BESIDE, far=FAR)
    return reach(made, ways(draw, len(made.lines)), sources, limit)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 400))
def test_shares_and_ways_are_those_of_all_fronts(seed: int, metres: int) -> None:
    draw = np.random.default_rng(seed)
    made, asked_of = made_of(draw), places(draw)
    lots = Lots(asked_of, made.lines, shapely.STRtree(drawn(made)), beside=BESIDE, far=FAR)
    every = fronts(asked_of, drawn(made), beside=BESIDE, far=FAR)
    for limit in (1000 * metres, int(draw.integers(1, 300_000))):
        found = searched(draw, made, limit)
        asked = draw.random(len(asked_of)) < 0.7
        got, whole = lots.shares([found], asked), shares([found], every, len(asked_of))
        assert np.where(asked, whole, np.nan).tobytes() == got.tobytes()
        way, far = lots.nearest(found, asked), nearest(found, every, len(asked_of))
        assert np.where(asked, far, np.inf).tobytes() == way.tobytes()
    some = lots.fronts(asked)
    assert all(map(np.array_equal, some, every.take(asked[every.place])))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_several_reaches_are_told_together(seed: int) -> None:
    draw = np.random.default_rng(seed)
    lines, asked_of = town(draw), places(draw)
    made = streets(lines, snap=1.0)
    lines = drawn(made)
    at = fronts(shapely.points(draw.integers(0, 300, (4, 2))), lines, beside=0.0, far=900.0)
    cut = divided(made, at.line, at.low)
    found = [reach(cut, ways(draw, len(lines)), at.take(at.place == n), int(limit))
             for n, limit in enumerate(draw.integers(1, 500_000, 4))]  # fmt: skip
    lots = Lots(asked_of, lines, shapely.STRtree(lines), beside=BESIDE, far=FAR)
    every = fronts(asked_of, lines, beside=BESIDE, far=FAR)
    got = lots.shares(found, np.ones(len(asked_of), dtype=bool))
    assert shares(found, every, len(asked_of)).tobytes() == got.tobytes()


def test_most_lots_need_no_fronts_and_those_at_the_limit_do() -> None:
    """Lots of 20 m along a street of 400 m: the stop at its start is 110 m from the sixth."""
    parts = [shapely.LineString([(n, 0), (n + 50, 0)]) for n in range(0, 400, 50)]
    made = streets(np.array(parts, dtype=object))
    lots_ = np.array([shapely.box(n + 1, 5, n + 19, 30) for n in range(0, 400, 20)])
    lots = Lots(lots_, made.lines, shapely.STRtree(made.lines), beside=10.0, far=0.0)
    stop = Fronts(*(np.zeros(1, dtype=np.int64) for _ in range(5)))
    every = np.ones(8, dtype=bool)
    found = reach(made, Ways(every, every), stop, 110_000)
    told = settled([found], lots.around, len(lots_))
    assert told.tolist()[:4] == [1.0] * 4
    assert np.isnan(told[5])
    assert told.tolist()[8:] == [0.0] * 12
    share = lots.shares([found], np.ones(len(lots_), dtype=bool))
    assert share.tolist()[4:8] == [1.0, pytest.approx(9 / 18), 0.0, 0.0]


def test_at_the_very_limit_nothing_is_told_without_fronts() -> None:
    """The street ends where the limit is: a lot there with a point of it is wholly within."""
    made = streets(np.array([shapely.LineString([(0, 0), (50, 0)]),
                             shapely.LineString([(50, 0), (90, 0)])]))  # fmt: skip
    stop = Fronts(*(np.zeros(1, dtype=np.int64) for _ in range(5)))
    both = np.ones(2, dtype=bool)
    lots = Lots([shapely.box(91, -5, 99, 5), shapely.box(52, 1, 60, 9)], made.lines,
                shapely.STRtree(made.lines), beside=8.0, far=0.0)  # fmt: skip
    for limit, share in ((49_999, 0.0), (50_000, np.nan), (89_999, np.nan), (90_000, 1.0)):
        found = reach(made, Ways(both, both), stop, limit)
        assert np.array_equal(settled([found], lots.around, 2)[:1], [share], equal_nan=True)
    reached = [float(lots.shares([reach(made, Ways(both, both), stop, limit)], both)[0])
               for limit in (89_999, 90_000)]  # fmt: skip
    assert reached == [0.0, 1.0]
