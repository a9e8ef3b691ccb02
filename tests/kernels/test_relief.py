"""Prisms on a grid: shares against cutting cell by cell, centres against points in polygons."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from shapely import Polygon, box
from tests.kernels.shapes import patient, seeds
from tests.kernels.test_prisms import district

from carbonspace.kernels.relief import Grid, Window, cells_of, relief, window_of

GRID = Grid(-40.0, 340.0, 2.0)


def test_a_window_holds_its_box_and_no_more() -> None:
    assert window_of(GRID, -40, 330, -30, 340) == Window(0, 0, 5, 5)
    assert window_of(GRID, -39, 331, -31, 339) == Window(0, 0, 5, 5)
    assert window_of(GRID, -50, 350, -50, 350) == Window(-5, -5, 1, 1)


def test_the_higher_of_two_wins_and_the_first_of_equals() -> None:
    shapes = [box(0, 0, 4, 4), box(2, 0, 6, 4), box(4, 0, 8, 4)]
    height, owner = relief(shapes, [5.0, 9.0, 9.0], Grid(0, 4, 1), Window(0, 0, 4, 8), ground=1.5)
    assert owner.tolist() == [[0, 0, 1, 1, 1, 1, 2, 2]] * 4
    assert height.tolist() == [[5, 5, 9, 9, 9, 9, 9, 9]] * 4
    bare, nobody = relief([], [], Grid(0, 4, 1), Window(0, 0, 2, 2), ground=[[1, 2], [3, 4]])
    assert bare.tolist() == [[1, 2], [3, 4]]
    assert (nobody == -1).all()


def test_tops_and_ground_must_fit() -> None:
    with pytest.raises(ValueError, match="not finite"):
        relief([box(0, 0, 1, 1)], [np.nan], GRID, Window(0, 0, 1, 1))
    with pytest.raises(ValueError, match="broadcast"):
        relief([], [], GRID, Window(0, 0, 2, 2), ground=[1.0, 2.0, 3.0])


def test_shares_by_hand() -> None:
    cells = cells_of([box(0.5, 0.5, 2, 1), Polygon(), box(-3, -3, -2, -2)], Grid(0, 1, 1))
    assert cells.first.tolist() == [0, 2, 2, 3]
    assert (cells.row.tolist(), cells.col.tolist()) == ([0, 0, 3], [0, 1, -3])
    assert cells.share.tolist() == [0.25, 0.5, 1.0]
    half = cells_of([Polygon([(0, 0), (2, 0), (0, 2)])], Grid(0, 2, 1))
    assert list(zip(half.row, half.col, half.share, strict=True)) == [
        (0, 0, 0.5),
        (1, 0, 1.0),
        (1, 1, 0.5),
    ]


@patient
@given(seed=seeds)
def test_shares_are_what_cutting_gives(seed: int) -> None:
    shapes, _ = district(np.random.default_rng(seed), 10)
    cells = cells_of(shapes, GRID)
    owner = np.repeat(np.arange(len(shapes)), np.diff(cells.first))
    west, north = GRID.west + GRID.cell * cells.col, GRID.north - GRID.cell * cells.row
    squares = shapely.box(west, north - GRID.cell, west + GRID.cell, north)
    cut = shapely.area(shapely.intersection(squares, shapes[owner])) / GRID.cell**2
    np.testing.assert_allclose(cells.share, cut, atol=1e-9)
    whole = np.bincount(owner, cells.share, len(shapes)) * GRID.cell**2
    np.testing.assert_allclose(whole, shapely.area(shapes), rtol=1e-12)


@patient
@given(seed=seeds)
def test_centres_are_owned_by_the_highest_and_windows_agree(seed: int) -> None:
    shapes, tops = district(np.random.default_rng(seed), 20)
    whole = window_of(GRID, -40, -40, 340, 340)
    height, owner = relief(shapes, tops, GRID, whole)
    row, col = np.indices(height.shape)
    x, y = GRID.west + (col + 0.5) * GRID.cell, GRID.north - (row + 0.5) * GRID.cell
    inside = shapely.contains_xy(shapes[:, None, None], x, y)
    expected = np.where(inside, tops[:, None, None], 0.0).max(axis=0)
    assert (height == expected).all()
    assert (tops[owner[owner >= 0]] == height[owner >= 0]).all()
    part, its_owner = relief(shapes, tops, GRID, Window(30, 50, 60, 40))
    assert (part == height[30:90, 50:90]).all()
    assert (its_owner == owner[30:90, 50:90]).all()
