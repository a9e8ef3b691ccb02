"""Planes of roofs in cells: in the head, by least squares of numpy, each shape by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.kernels.shapes import patient, seeds

from carbonspace.kernels.facets import Facets, facets, standing_out
from carbonspace.kernels.overlay import Floats
from carbonspace.kernels.relief import Cells, Grid, cells_of

GRID = Grid(0.0, 100.0, 1.0)
SIDE = (1.0, 1.0)


def heights_at(cells: Cells, height: Callable[[Any, Any], Any], grid: Grid = GRID) -> Floats:
    """Return a function of x and y at the middle of every cell."""
    x = grid.west + (cells.col + 0.5) * grid.cell
    y = grid.north - (cells.row + 0.5) * grid.cell
    return np.asarray(height(x, y), dtype=np.float64)


def out(cells: Cells, height: Floats, rise: float = 0.5, wide: float = 6.0) -> NDArray[np.bool_]:
    planes = facets(height, cells, SIDE)
    return standing_out(height, cells, planes, SIDE, rise=rise, wide=wide)


def inside(cells: Cells, west: float, south: float, east: float, north: float) -> NDArray[np.bool_]:
    x, y = cells.col + 0.5, 100 - (cells.row + 0.5)
    result: NDArray[np.bool_] = (x > west) & (x < east) & (y > south) & (y < north)
    return result


# --- slopes


@pytest.mark.parametrize("cell", [0.5, 1.0, 2.0])
def test_a_plane_slopes_the_same_everywhere_up_to_its_eaves(cell: float) -> None:
    grid = Grid(0.3, 99.8, cell)
    roof = shapely.Polygon([(10, 10), (40, 18), (34, 40), (5, 31)])
    cells = cells_of([roof], grid)
    height = heights_at(cells, lambda x, y: 20 + 0.4 * x - 0.25 * y, grid)
    beside = np.where(cells.share > 0.5, height, -7.0)
    planes = facets(beside, cells, (cell, cell))
    assert planes.east == pytest.approx(0.4)
    assert planes.north == pytest.approx(-0.25)
    assert planes.level == pytest.approx(height)
    assert planes.rough == pytest.approx(0, abs=1e-6)


def test_the_two_sides_of_a_ridge_are_two_planes() -> None:
    cells = cells_of([shapely.box(10, 10, 40, 30)], GRID)
    height = heights_at(cells, lambda x, y: 10 - 0.6 * np.abs(y - 20))
    planes = facets(height, cells, SIDE)
    y = 99.5 - cells.row
    assert planes.east == pytest.approx(0, abs=1e-9)
    assert planes.north == pytest.approx(-0.6 * np.sign(y - 20))
    assert planes.level == pytest.approx(height)


def test_a_step_in_a_roof_is_no_slope() -> None:
    cells = cells_of([shapely.box(10, 10, 40, 30)], GRID)
    height = heights_at(cells, lambda x, y: np.where(x > 25, 30.0, 9.0))
    planes = facets(height, cells, SIDE)
    assert planes.east == pytest.approx(0, abs=1e-9)
    assert planes.level == pytest.approx(height)


def test_too_narrow_to_tell() -> None:
    thin, two, empty = shapely.box(10, 10, 11, 40), shapely.box(20, 10, 22, 12), shapely.Polygon()
    cells = cells_of([thin, two, empty], GRID)
    planes = facets(heights_at(cells, lambda x, y: 0.5 * y), cells, SIDE)
    assert np.isnan(planes.north[: cells.first[1]]).all()
    assert planes.north[cells.first[1] :] == pytest.approx(0.5)
    none = facets(np.full(len(cells.row), np.nan), cells, SIDE)
    assert np.isnan(none.level).all()
    with pytest.raises(ValueError, match="one for each"):
        facets([1.0], cells, SIDE)
    with pytest.raises(ValueError, match="infinite"):
        facets(np.full(len(cells.row), np.inf), cells, SIDE)


def by_least_squares(cells: Cells, height: Floats) -> Facets:
    """Lay a plane through the patch around every cell with numpy, and choose one for each."""
    at = {
        (r, c): z
        for r, c, z, share in zip(cells.row, cells.col, height, cells.share, strict=True)
        if share > 0.5 and not np.isnan(z)
    }
    laid = {}
    for r, c in at:
        patch = [(i, j) for i in (r - 1, r, r + 1) for j in (c - 1, c, c + 1) if (i, j) in at]
        matrix = np.array([[j - c, r - i, 1.0] for i, j in patch])
        if len(patch) < 4 or np.linalg.matrix_rank(matrix) < 3:
            continue
        z = np.array([at[p] for p in patch])
        plane = np.linalg.lstsq(matrix, z, rcond=None)[0]
        off = ((z - matrix @ plane) ** 2).sum() / (len(z) - 3)
        middle = matrix[:, :2] - matrix[:, :2].mean(axis=0)
        unsure = (off + 0.03**2) / np.linalg.eigvalsh(middle.T @ middle)[0]
        narrow = (np.ptp(matrix[:, :2], axis=0) < 2).any()
        laid[r, c] = (narrow, unsure, *plane[:2], plane[2], off**0.5)
    rows = []
    for r, c in zip(cells.row, cells.col, strict=True):
        near = [(*laid[i, j], i, j) for i in (r - 1, r, r + 1) for j in (c - 1, c, c + 1)
                if (i, j) in laid]  # fmt: skip
        if not near:
            rows.append([np.nan] * 4)
            continue
        _, _, east, north, level, rough, i, j = min(near)
        rows.append([east, north, level + east * (c - j) + north * (i - r), rough])
    return Facets(*np.array(rows).T)


@patient
@given(seed=seeds)
def test_least_squares_find_the_same_planes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 7))
    roof = shapely.Polygon(40 + rng.uniform(6, 14) * np.stack((np.cos(angle), np.sin(angle)), 1))
    cells = cells_of([roof], GRID)
    height = heights_at(cells, lambda x, y: 0.3 * np.abs(x - 40) - 0.1 * y)
    height += rng.normal(0, 0.2, len(height))
    height[rng.random(len(height)) < 0.05] = np.nan
    found, expected = facets(height, cells, SIDE), by_least_squares(cells, height)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-7)


@patient
@given(seed=seeds)
def test_each_shape_is_looked_at_by_itself(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(10, 70, (12, 2))
    shapes = shapely.box(*corner.T, *(corner + rng.uniform(0.5, 20, (12, 2))).T)
    height = rng.uniform(0, 10, (100, 100))
    cells = cells_of(shapes, GRID)
    known = height[cells.row, cells.col]
    planes = facets(known, cells, SIDE)
    stands = out(cells, known)
    for n in range(12):
        alone = cells_of(shapes[[n]], Grid(0.0, 100.0, 1.0))
        here = slice(cells.first[n], cells.first[n + 1])
        again = facets(height[alone.row, alone.col], alone, SIDE)
        for one, other in zip(planes, again, strict=True):
            np.testing.assert_array_equal(one[here], other)
        assert (stands[here] == out(alone, height[alone.row, alone.col])).all()


# --- what stands out


def test_a_lift_head_a_chimney_and_a_parapet_stand_out() -> None:
    cells = cells_of([shapely.box(10, 10, 40, 30)], GRID)
    lift, chimney = inside(cells, 20, 15, 26, 21), inside(cells, 32, 12, 33, 13)
    parapet = ~inside(cells, 11, 11, 39, 29)
    height = np.full(len(cells.row), 18.0)
    height[lift], height[chimney], height[parapet] = 21.0, 19.2, 18.9
    assert (out(cells, height, rise=1.0) == lift | chimney).all()
    assert (out(cells, height, wide=6.0) == lift | chimney | parapet).all()
    assert (out(cells, height, wide=5.9) == chimney | parapet).all()


def test_a_tower_wider_than_that_is_a_roof_of_its_own() -> None:
    cells = cells_of([shapely.box(10, 10, 40, 30)], GRID)
    tower, mast = inside(cells, 20, 12, 27, 26), inside(cells, 23, 18, 25, 20)
    height = np.where(tower, 40.0, 9.0)
    height[mast] = 44.0
    assert (out(cells, height) == mast).all()


@pytest.mark.parametrize("angle", [0, 20, 45, 70])
def test_no_ridge_stands_out_but_chimneys_on_it_do(angle: int) -> None:
    roof = shapely.affinity.rotate(shapely.box(20, 30, 60, 46), angle)
    cells = cells_of([roof], GRID)
    turn = np.radians(angle)

    def gable(x: Floats, y: Floats) -> Floats:
        aside = -(x - 40) * np.sin(turn) + (y - 38) * np.cos(turn)
        return np.asarray(12 - 0.7 * np.abs(aside))

    height = heights_at(cells, gable)
    assert not out(cells, height).any()
    chimney = inside(cells, 40, 38, 42, 40)
    height[chimney] += 1.5
    assert (out(cells, height) == chimney).all()


def test_rough_roofs_do_not_stand_out_of_themselves() -> None:
    rng = np.random.default_rng(3)
    cells = cells_of([shapely.box(10, 10, 60, 50)], GRID)
    height = heights_at(cells, lambda x, y: 10 - 0.5 * np.abs(y - 30))
    height += rng.normal(0, 0.06, len(height))
    assert out(cells, height).mean() < 0.003


@patient
@given(seed=seeds, wide=st.integers(1, 8))
def test_standing_out_is_what_it_is_said_to_be(seed: int, wide: int) -> None:
    rng = np.random.default_rng(seed)
    cells = cells_of([shapely.box(10, 10, 30, 24)], GRID)
    height = rng.choice([3.0, 3.4, 3.9, 5.0], len(cells.row))
    planes = facets(height, cells, SIDE)._replace(rough=np.full(len(height), np.nan))
    found = standing_out(height, cells, planes, SIDE, rise=0.5, wide=wide)
    table = height.reshape(14, 20)
    for (r, c), level in np.ndenumerate(table):
        squares = [
            table[max(i, 0) : i + wide + 1, max(j, 0) : j + wide + 1]
            for i in range(r - wide, r + 1)
            for j in range(c - wide, c + 1)
        ]
        full = max(square.size for square in squares)
        rests = any((s >= level - 0.5).all() for s in squares if 3 * s.size >= full)
        assert found[r * 20 + c] == (not rests)
