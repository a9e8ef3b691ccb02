"""What ways up and down are worth on the level: by hand, by counting, and what must always hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonspace.kernels.slopes import Worth, knots, slopes, there_and_back, worth_of
from carbonspace.kernels.streets import streets


def tobler(slope: float) -> float:
    """Speed in km/h, as it is printed."""
    return 6 * math.exp(-3.5 * abs(slope + 0.05))


def lines(*paths: list[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.LineString(path) for path in paths], dtype=object)


def test_there_and_back_by_the_speeds_themselves() -> None:
    for slope in (0.0, 0.01, 0.05, 0.1, 0.3, 0.6):
        time = (1 / tobler(slope) + 1 / tobler(-slope)) / 2
        assert there_and_back(np.array([slope]))[0] == pytest.approx(time * tobler(0), rel=1e-12)
    by_hand = math.exp(0.35) * (1 + math.exp(-0.35)) / 2
    assert there_and_back(np.array([0.1]))[0] == pytest.approx(by_hand, rel=1e-12)


def test_nobody_is_faster_on_a_slope_and_steeper_is_never_faster() -> None:
    """Down a gentle slope one is: not there and back."""
    assert tobler(-0.05) > tobler(0)
    factor = there_and_back(np.linspace(0, 2, 200_001))
    assert factor[0] == 1.0
    assert (np.diff(factor) >= 0).all()
    fine = np.linspace(0, 0.06, 100_001)
    unbounded = (np.exp(3.5 * (np.abs(fine + 0.05) - 0.05))
                 + np.exp(3.5 * (np.abs(fine - 0.05) - 0.05))) / 2  # fmt: skip
    assert unbounded.min() > 1 - 1e-15


def test_pieces_are_even_and_hang_on_the_line_alone() -> None:
    both = knots(lines([(0, 0), (50, 0)], [(7, 7), (7, 7)], [(0, 9), (30, 9), (30, 40)]), 20.0)
    assert both.first.tolist() == [0, 4, 5, 10]
    assert both.at.tolist() == [0, 16_666, 33_333, 50_000, 0, 0, 15_250, 30_500, 45_750, 61_000]
    assert both.xy[6].tolist() == [15.25, 9]
    assert both.xy[8].tolist() == pytest.approx([30, 24.75])
    alone = knots(lines([(0, 9), (30, 9), (30, 40)]), 20.0)
    assert alone.at.tolist() == both.at[5:].tolist()
    assert np.array_equal(alone.xy, both.xy[5:])


def test_slopes_by_hand() -> None:
    """Up 2 m in 20, level, unknown, unknown; a bridge over it rises by 4 m in 80 all along."""
    way = [(0.0, 0.0), (80.0, 0.0)]
    places = knots(lines(way, way), 20.0)
    heights = np.array([10, 12, 12, np.nan, 14.0])
    found = slopes(places, np.tile(heights, 2), np.array([False, True]))
    assert found.tolist()[:2] == pytest.approx([0.1, 0.0])
    assert np.isnan(found[2:4]).all()
    assert found[4:].tolist() == pytest.approx([0.05] * 4)


def test_worth_by_hand() -> None:
    """20 m level, 20 m at a tenth: 1.2095 times as long to walk."""
    places = knots(lines([(0, 0), (40, 0)], [(0, 5), (10, 5)]), 20.0)
    made = worth_of(places, np.array([0.0, 0.1, 0.0]))
    assert made is not None
    steep = round(20_000 * math.exp(0.35) * (1 + math.exp(-0.35)) / 2)
    assert made.worth.tolist() == [0, 20_000, 20_000 + steep, 30_000 + steep]
    line, low = np.array([0, 0, 0, 1]), np.array([0, 0, 10_000, 0])
    high = np.array([20_000, 30_000, 40_000, 10_000])
    assert made.between(line, low, high).tolist() == [
        20_000, 20_000 + math.floor(steep / 2 + 0.5), 10_000 + steep, 10_000,
    ]  # fmt: skip


def test_lines_without_length_are_worth_nothing() -> None:
    places = knots(lines([(1, 1), (1, 1)]), 20.0)
    assert worth_of(places, np.empty(0)) is None
    nothing = knots(np.empty(0, dtype=object), 20.0)
    assert worth_of(nothing, np.empty(0)) is None


def drawn(seed: int) -> tuple[np.ndarray, Worth]:
    """A few lines of some millimetres, steep in pieces of a centimetre."""
    draw = np.random.default_rng(seed)
    made = lines(*[[(0.0, 0.0), (float(x) / 1000, 0.0)] for x in draw.integers(1, 60, 4)])
    places = knots(made, 0.01)
    worth = worth_of(places, draw.uniform(0, 0.9, int(places.inner.sum())))
    assert worth is not None
    return np.rint(shapely.length(made) * 1000).astype(int), worth


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_how_far_one_gets_by_counting_millimetres(seed: int) -> None:
    length, worth = drawn(seed)
    for line, end in enumerate(length.tolist()):
        every = np.arange(end + 1)
        row = np.full(end + 1, line)
        along = worth.between(row, np.zeros_like(every), every)
        assert (np.diff(along) >= 1).all()
        assert (along >= every).all()
        for begin in (0, end // 2):
            left = np.arange(-1, int(along[-1]) + 3)
            rows, here = np.full(len(left), line), np.full(len(left), begin)
            up = worth.up_to(rows, here, left.astype(float))
            down = worth.down_to(rows, here, left.astype(float))
            for rest, high, low in zip(left.tolist(), up, down, strict=True):
                if rest >= 0:
                    assert high == np.flatnonzero(along - along[begin] <= rest)[-1]
                    assert low == np.flatnonzero(along[begin] - along <= rest)[0]
        assert worth.up_to(row[:1], every[:1], np.array([np.inf])) == end
        assert worth.down_to(row[:1], every[-1:], np.array([np.inf])) == 0
        assert worth.up_to(row[:1], every[:1], np.array([-np.inf])) <= 0


def test_level_ground_gives_the_very_same_streets() -> None:
    made = streets(lines([(0, 0), (100, 0)], [(50, -50), (50, 0.5)]), snap=1.0)
    places = knots(made.lines, 20.0)
    level = made.sloped(worth_of(places, np.zeros(int(places.inner.sum()))))
    assert level.length.tolist() == made.length.tolist()
    steep = made.sloped(worth_of(places, np.full(int(places.inner.sum()), 0.5)))
    assert steep.length[steep.gaps].tolist() == made.length[made.gaps].tolist()
    assert (steep.length[~steep.gaps] > 2 * made.length[~made.gaps]).all()
    back = made.sloped(None)
    assert back.length.tolist() == made.length.tolist()
