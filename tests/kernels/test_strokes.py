"""Pieces that read as one street: by hand, and whatever the order and the place."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from tests.kernels.shapes import Geometries, moved, seeds, streets, turned

from carbonspace.kernels.strokes import chains, continued, strokes


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(points)


WEST, EAST = line((0, 0), (100, 0)), line((100, 0), (200, 0))
NORTH, SOUTH = line((100, 0), (100, 90)), line((100, -90), (100, 0))


def test_two_streets_cross_and_each_goes_straight_on() -> None:
    labels = strokes([WEST, NORTH, EAST, SOUTH], gap=1, turn=45)
    assert labels.tolist() == [0, 1, 0, 1]
    backwards = [shapely.reverse(one) for one in (WEST, NORTH, EAST, SOUTH)]
    assert strokes(backwards, gap=1, turn=45).tolist() == [0, 1, 0, 1]


def test_the_straightest_of_several_goes_on() -> None:
    fork = [WEST, line((100, 0), (200, 30)), line((100, 0), (200, -20))]
    assert strokes(fork, gap=1, turn=45).tolist() == [0, 1, 0]


@pytest.mark.parametrize(("turn", "count"), [(29, 2), (31, 1)])
def test_a_sharper_turn_begins_another(turn: float, count: int) -> None:
    bent = line((100, 0), (100 + 100 * np.cos(np.pi / 6), 50))
    assert len(set(strokes([WEST, bent], gap=1, turn=turn))) == count


@pytest.mark.parametrize(("gap", "count"), [(39.9, 2), (40.1, 1)])
def test_a_break_may_be_so_wide(gap: float, count: int) -> None:
    assert len(set(strokes([WEST, line((140, 0), (240, 0))], gap=gap, turn=45))) == count


def test_what_runs_beside_does_not_continue() -> None:
    assert len(set(strokes([WEST, line((0, 20), (100, 20))], gap=50, turn=45))) == 2
    assert len(set(strokes([WEST, line((110, 40), (210, 40))], gap=50, turn=45))) == 2


def test_the_end_of_one_in_the_middle_of_another_is_no_continuation() -> None:
    assert len(set(strokes([line((0, 0), (200, 0)), NORTH], gap=1, turn=90))) == 2


def test_parts_of_one_line_are_together() -> None:
    far = shapely.MultiLineString([WEST, line((500, 50), (600, 50))])
    on = line((600, 50), (700, 50))
    assert strokes([far, EAST, on], gap=1, turn=45).tolist() == [0, 0, 0]


def test_nothing_and_no_length() -> None:
    assert strokes([], gap=1, turn=45).tolist() == []
    assert continued([WEST, line((100, 0), (100, 0))], gap=1, turn=45).tolist() == []


def test_a_chain_is_one_line_from_end_to_end() -> None:
    found, number = chains([EAST, NORTH, shapely.reverse(WEST)], gap=1, turn=45)
    assert number.tolist() == [0, 1, 0]
    assert shapely.get_coordinates(found[0]).tolist() == [[0, 0], [100, 0], [200, 0]]
    assert found[1].equals(NORTH)


def test_a_ring_of_pieces_is_closed() -> None:
    corner = np.radians(np.arange(0, 361, 15))
    around = 100 * np.stack((np.cos(corner), np.sin(corner)), axis=1)
    pieces = [shapely.LineString(around[n : n + 2]) for n in range(24)]
    (ring,), number = chains(pieces, gap=1, turn=45)
    assert ring.is_closed
    assert ring.length == pytest.approx(sum(one.length for one in pieces))
    assert set(number) == {0}


def cut_streets(seed: int) -> Geometries:
    """Streets cut where they cross, as in a network."""
    found: Geometries = shapely.get_parts(
        shapely.union_all(streets(np.random.default_rng(seed), 5))
    )
    return found


def together(labels: np.ndarray) -> np.ndarray:
    return np.asarray(labels[:, None] == labels[None, :])


@given(seeds)
def test_neither_order_place_nor_direction_matters(seed: int) -> None:
    lines = cut_streets(seed)
    same = together(strokes(lines, gap=1, turn=60))
    order = np.random.default_rng(seed).permutation(len(lines))
    mixed = together(strokes(shapely.reverse(lines[order]), gap=1, turn=60))
    assert (mixed == same[np.ix_(order, order)]).all()
    for other in (moved(lines, 4e5, 4e6), turned(lines)):
        assert (together(strokes(other, gap=1, turn=60)) == same).all()


@given(seeds)
def test_chains_hold_every_line_once(seed: int) -> None:
    lines = cut_streets(seed)
    found, number = chains(lines, gap=1e-3, turn=60)
    length = np.bincount(number, shapely.length(lines))
    assert shapely.length(found) == pytest.approx(length, abs=0.01)
    assert (together(number) == together(strokes(lines, gap=1e-3, turn=60))).all()
