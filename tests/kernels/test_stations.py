"""Gaps between stations along lines: in the head, and in whatever order they come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from tests.kernels.shapes import seeds, streets

from carbonspace.kernels.stations import Gaps, gaps, nearest

ROAD = shapely.LineString([(0, 0), (600, 0), (600, 400)])
RING = shapely.LineString([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)])


def divided(line: Any, *at: float, same: float = 40.0) -> Gaps:
    return gaps([line], [0] * len(at), at, same=same)


def test_gaps_between_and_half_gaps_to_the_ends() -> None:
    found = divided(ROAD, 700, 100, 400)
    assert shapely.length(found.shape).tolist() == [100, 300, 300, 300]
    assert found.weight.tolist() == [0.5, 1, 1, 0.5]
    assert found.spacing.tolist() == [200, 300, 300, 600]
    assert shapely.get_coordinates(found.shape[2]).tolist() == [[400, 0], [600, 0], [600, 100]]


def test_a_line_without_stations_is_one_gap() -> None:
    found = divided(ROAD)
    assert (found.spacing.tolist(), found.weight.tolist()) == ([1000], [1])


@pytest.mark.parametrize(("same", "spacing"), [(29, [200, 30, 1740]), (30, [230, 1770])])
def test_stations_near_each_other_are_one(same: float, spacing: list[float]) -> None:
    assert divided(ROAD, 100, 130, same=same).spacing.tolist() == pytest.approx(spacing)


def test_a_station_near_an_end_is_the_end() -> None:
    found = divided(ROAD, 20, 500, 990)
    assert (found.spacing.tolist(), found.weight.tolist()) == ([500, 500], [1, 1])
    assert divided(ROAD, 0, 1000).spacing.tolist() == [1000]
    assert divided(ROAD, 10).spacing.tolist() == [2000]


def test_round_a_closed_line_there_are_no_ends() -> None:
    found = divided(RING, 50, 350)
    assert found.spacing.tolist() == [300, 100]
    assert shapely.get_coordinates(found.shape[1]).tolist() == [[0, 50], [0, 0], [50, 0]]
    assert divided(RING, 50).spacing.tolist() == [400]
    assert divided(RING, 10, 390).spacing.tolist() == [400]
    assert divided(RING).spacing.tolist() == [400]


@given(seeds)
def test_gaps_hold_all_of_every_line_in_any_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines = streets(rng, 6)
    line = rng.integers(0, 6, 20)
    at = rng.uniform(0, shapely.length(lines)[line])
    found = gaps(lines, line, at, same=5.0)
    whole = np.bincount(found.line, shapely.length(found.shape), minlength=6)
    assert whole == pytest.approx(shapely.length(lines))
    assert shapely.length(found.shape) == pytest.approx(found.spacing * found.weight)
    order = rng.permutation(20)
    again = gaps(lines, line[order], at[order], same=5.0)
    assert again.spacing.tolist() == found.spacing.tolist()


def test_a_place_is_on_the_nearest_line_if_that_is_chosen() -> None:
    lines = [shapely.LineString([(0, y), (100, y)]) for y in (0, 10, 30)]
    places = [shapely.Point(50, 2), shapely.Point(50, 19.8), shapely.box(40, -1, 60, 11)]
    chosen = np.array([True, False, True])
    place, line = nearest(places, lines, chosen, within=15, slack=1)
    assert sorted(zip(place.tolist(), line.tolist(), strict=True)) == [(0, 0), (1, 2), (2, 0)]
    assert len(nearest(places[:1], lines, chosen, within=1, slack=1)[0]) == 0
    assert len(nearest([], lines, chosen, within=1, slack=1)[0]) == 0
