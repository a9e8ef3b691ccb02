"""Lines that steps alone tell apart do not meet between their ends, as GEOS has it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from carbonspace.kernels import junctions
from carbonspace.kernels._apart import surely_apart
from carbonspace.kernels.streets import streets


def lines(draw: np.random.Generator, count: int, side: int) -> np.ndarray:
    """Bent lines between corners of a grid: they share ends, cross, overlap and touch."""
    made = [
        shapely.LineString(draw.integers(0, side, (draw.integers(2, 6), 2))) for _ in range(count)
    ]
    made = [one for one in made if one.length > 0]
    return np.array([*made, *(shapely.reverse(one) for one in made[:3])], dtype=object)


def apart(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs, and which are surely apart."""
    one, other = np.triu_indices(len(drawn), 1)
    first = np.append(0, np.cumsum(shapely.get_num_coordinates(drawn)))
    xy, boxes = shapely.get_coordinates(drawn), shapely.bounds(drawn)
    return one, other, surely_apart(one, other, xy, first, boxes)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_surely_apart_does_not_meet_between_its_ends(seed: int) -> None:
    draw = np.random.default_rng(seed)
    drawn = lines(draw, 60, 4 + 2 * seed)
    drawn = drawn[shapely.is_simple(drawn)]
    for move in (0.0, 487_654.321):
        moved = shapely.transform(drawn, lambda xy, by=move: xy / 3 + by)
        one, other, told = apart(moved)
        meet = shapely.relate_pattern(moved[one], moved[other], "T********")
        assert not (told & meet).any()
        assert told.sum() > 0.5 * (~meet).sum()


def test_ends_in_common_are_told_and_a_ring_is_not() -> None:
    star = [shapely.LineString([(0, 0), end]) for end in ((9, 1), (1, 9), (-9, 4), (9, 2))]
    ring = shapely.LineString([(0, 0), (-1, -9), (-9, -1), (0, 0)])
    one, _, told = apart(np.array([ring, *star, shapely.LineString([(9, 1), (18, 3)])]))
    assert not told[one == 0].any()
    assert told[one > 0].all()
    for along in ([(0, 0), (18, 2)], [(4.5, 0.5), (5, 5)], [(-1, 1), (3, -1)]):
        assert not apart(np.array([star[0], shapely.LineString(along)]))[2].any()


@pytest.mark.parametrize("seed", range(4))
def test_streets_are_the_same_however_many_pairs_there_are(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = lines(np.random.default_rng(seed), 80, 30)
    few = streets(drawn, snap=0.5)
    monkeypatch.setattr(junctions, "_MANY", 0)
    many = streets(drawn, snap=0.5)
    np.testing.assert_equal(many[1:], few[1:])
