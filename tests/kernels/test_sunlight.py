"""The sweep over heights: in the head, turned, in tiles, and against a march along rays."""

from __future__ import annotations

from itertools import product
from math import cos, radians, sin, tan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.kernels.shapes import patient, seeds
from tests.kernels.test_prisms import district

from carbonspace.kernels.relief import Grid, Window, relief, window_of
from carbonspace.kernels.sunlight import (
    light_at,
    light_under,
    reach,
    shadow_height,
    sunshine,
    sweep_of,
)

SOUTH = 180.0
azimuths = st.integers(0, 359)


def hills(rng: np.random.Generator, rows: int, cols: int) -> NDArray[np.float64]:
    """Blocks of several heights on level ground."""
    height = np.zeros((rows, cols))
    for _ in range(rows * cols // 60):
        r, c = rng.integers(0, rows), rng.integers(0, cols)
        height[r : r + rng.integers(1, 7), c : c + rng.integers(1, 7)] = rng.integers(1, 12)
    return height


def marched(height: NDArray[np.float64], azimuth: float, elevation: float) -> NDArray[np.bool_]:
    """Walk from every cell's middle towards the sun in steps of a tenth of a cell."""
    rows, cols = height.shape
    row, col = np.indices(height.shape) + 0.5
    lit = np.ones(height.shape, dtype=bool)
    for far in np.arange(0.1, height.max() / tan(radians(elevation)) + 1, 0.1):
        r = np.floor(row - far * cos(radians(azimuth))).astype(int)
        c = np.floor(col + far * sin(radians(azimuth))).astype(int)
        there = (r >= 0) & (r < rows) & (c >= 0) & (c < cols)
        met = np.where(there, height[r.clip(0, rows - 1), c.clip(0, cols - 1)], -np.inf)
        lit &= met <= height + far * tan(radians(elevation)) + 1e-9
    return lit


def test_a_block_at_45_degrees_casts_its_height() -> None:
    height = np.zeros((30, 9))
    height[20:25, 3:6] = 8.0
    plane = shadow_height(height, 1.0, SOUTH, 45.0)
    assert (plane[19:11:-1, 4] > 0).all()
    assert plane[19:11:-1, 4] == pytest.approx(np.arange(7.5, -0.5, -1))
    assert plane[11, 4] <= 0
    assert (plane[:, [0, 1, 2, 6, 7, 8]] <= 0).all()
    assert (plane[25:] <= 0).all()
    assert (plane[20:25, 3:6] <= 8).all()
    sharp = shadow_height(height, 1.0, SOUTH, 45.0, edge=0.0)
    assert sharp[19:12:-1, 4] == pytest.approx(np.arange(7, 0, -1))
    assert shadow_height(height, 2.0, SOUTH, 45.0)[19, 4] == pytest.approx(7.0)


def test_sweeps_run_by_the_nearer_axis() -> None:
    assert not sweep_of(200.0, 30.0, 1.0).by_columns
    assert sweep_of(100.0, 30.0, 1.0).by_columns
    assert sweep_of(SOUTH, 45.0, 2.0).drop == pytest.approx(2.0)
    assert sweep_of(225.0, 45.0, 1.0).drop == pytest.approx(2**0.5)
    assert reach(10.0, [[SOUTH, 45.0], [90.0, 45.0], [0.0, -3.0]]) == pytest.approx((0, 10, 10, 0))
    assert reach(-1.0, [[SOUTH, 45.0]]) == (0, 0, 0, 0)


@patient
@given(seed=seeds, azimuth=azimuths, elevation=st.integers(8, 80))
def test_turning_the_town_turns_the_shade(seed: int, azimuth: int, elevation: int) -> None:
    height = hills(np.random.default_rng(seed), 41, 41)
    middle = (-20, -20)
    one = shadow_height(height, 1.0, azimuth, elevation, corner=middle)
    left = shadow_height(np.rot90(height), 1.0, azimuth - 90, elevation, corner=middle)
    np.testing.assert_allclose(left, np.rot90(one), atol=1e-9)


@patient
@given(seed=seeds, azimuth=azimuths, elevation=st.integers(15, 80))
def test_tiles_with_a_halo_have_the_bits_of_the_whole(
    seed: int, azimuth: int, elevation: int
) -> None:
    rng = np.random.default_rng(seed)
    height = hills(rng, 120, 110).astype(np.float32)
    whole = sunshine(height, 1.0, [[azimuth, elevation], [azimuth + 60, elevation]], [1.0, 0.5])
    sides = np.array(reach(12.0, [[azimuth, elevation], [azimuth + 60, elevation]]))
    west, south, east, north = np.ceil(sides).astype(int) + 2
    for r, c in ((0, 0), (40, 30), (80, 70)):
        top, left = max(r - north, 0), max(c - west, 0)
        tile = height[top : r + 40 + south, left : c + 40 + east]
        part = sunshine(
            tile,
            1.0,
            [[azimuth, elevation], [azimuth + 60, elevation]],
            [1.0, 0.5],
            corner=(top, left),
        )
        core = slice(r - top, r - top + 40), slice(c - left, c - left + 40)
        assert (part.total[core] == whole.total[r : r + 40, c : c + 40]).all()
        assert (part.longest[core] == whole.longest[r : r + 40, c : c + 40]).all()


@patient
@given(seed=seeds, azimuth=azimuths, elevation=st.integers(15, 70))
def test_a_march_along_the_ray_differs_at_the_rims_of_shadows_only(
    seed: int, azimuth: int, elevation: int
) -> None:
    height = hills(np.random.default_rng(seed), 15, 15).repeat(4, axis=0).repeat(4, axis=1)
    lit = shadow_height(height, 1.0, azimuth, elevation) <= height
    expected = marched(height, azimuth, elevation)
    near = [np.roll(expected, shift, (0, 1)) for shift in product((-2, -1, 0, 1, 2), repeat=2)]
    rim = np.any(near, axis=0) & ~np.all(near, axis=0)
    assert ((lit != expected) & ~rim).mean() < 0.01
    assert (lit != expected).mean() < 0.08


def test_on_the_whole_a_town_is_as_light_as_the_march_says() -> None:
    rng = np.random.default_rng(5)
    shapes, tops = district(rng)
    grid = Grid(-40.0, 320.0, 1.0)
    height, _ = relief(shapes, tops, grid, window_of(grid, -40, -40, 320, 320))
    found, expected = [], []
    for azimuth in range(0, 360, 90):
        found.append((shadow_height(height, 1.0, azimuth + 20, 30.0) <= height).mean())
        expected.append(marched(height.astype(np.float64), azimuth + 20, 30.0).mean())
    assert np.mean(found) == pytest.approx(np.mean(expected), abs=0.004)
    assert found == pytest.approx(expected, abs=0.008)


def test_hours_add_up_and_runs_are_broken() -> None:
    height = np.zeros((1, 3))
    height[0, 0] = 1.0
    suns = [[90.0, 45.0], [270.0, 45.0], [270.0, -1.0], [90.0, 45.0], [90.0, 45.0]]
    time = sunshine(height, 1.0, suns, [1.0, 2.0, 4.0, 0.5, 0.25])
    assert time.total.tolist() == [[3.75, 1.75, 3.75]]
    assert time.longest.tolist() == [[3.0, 1.0, 3.0]]
    polar = sunshine(height, 1.0, [[180.0, 0.0], [200.0, -8.0]], [1.0, 1.0])
    assert (polar.total == 0).all()
    assert (shadow_height(height, 1.0, 180.0, 0.0) == np.inf).all()
    assert sunshine(height, 1.0, np.empty((0, 2)), []).total.tolist() == [[0, 0, 0]]


def test_light_is_multiplied_once_per_crown() -> None:
    canopy = np.full((1, 12), np.nan)
    canopy[0, [9, 10, 6]] = 30.0
    light = light_under(canopy, 0.0, 0.5, 1.0, 90.0, 45.0)
    assert light.tolist() == [[0.25] * 7 + [0.5] * 4 + [1.0]]
    assert light_under(canopy, 100.0, 0.5, 1.0, 90.0, 45.0).min() == 1
    assert light_under(canopy, 0.0, 0.0, 1.0, 270.0, 45.0)[0, 5:].tolist() == [1] + [0] * 6
    assert (light_under(canopy, 0.0, 0.5, 1.0, 90.0, -1.0) == 0).all()
    time = sunshine(
        np.zeros((1, 12)), 1.0, [[90.0, 45.0]], [2.0], canopy=canopy, transmissivity=0.5
    )
    assert time.total[0, [0, 8, 11]].tolist() == [0.5, 1.0, 2.0]
    assert time.longest[0, [0, 8, 11]].tolist() == [0.0, 2.0, 2.0]


def test_crowns_end_where_their_shade_does() -> None:
    canopy = np.full((12, 1), np.nan)
    canopy[9, 0] = 3.7
    light = light_under(canopy, 0.0, 0.2, 1.0, SOUTH, 45.0)[:, 0]
    assert light.tolist() == [1.0] * 5 + [0.2] * 5 + [1.0] * 2
    sharp = light_under(canopy, 0.0, 0.2, 1.0, SOUTH, 45.0, edge=0.0)[:, 0]
    assert sharp.tolist() == [1.0] * 6 + [0.2] * 4 + [1.0] * 2
    own = light_under(canopy, 3.8, 0.2, 1.0, SOUTH, 45.0)[:, 0]
    assert own.tolist() == [1.0] * 12


def test_unknown_heights_cast_nothing_and_are_unknown() -> None:
    height = np.zeros((3, 3), dtype=np.float32)
    height[1, 1] = np.nan
    assert (shadow_height(height, 1.0, 200.0, 30.0) <= 0).all()
    time = sunshine(height, 1.0, [[200.0, 30.0]], [1.0])
    assert np.isnan(time.total[1, 1])
    assert np.isnan(time.longest[1, 1])
    assert np.nansum(time.total) == 8


@pytest.mark.parametrize(
    ("height", "suns", "hours", "word"),
    [
        ([[np.inf]], [[180.0, 30.0]], [1.0], "infinite"),
        ([1.0], [[180.0, 30.0]], [1.0], "rows and columns"),
        ([[1.0]], [[180.0, np.nan]], [1.0], "finite"),
        ([[1.0]], [[180.0, 30.0]], [1.0, 1.0], "2 durations"),
        ([[1.0]], [[180.0, 30.0]], [-1.0], "negative"),
    ],
)
def test_what_makes_no_sense_is_refused(
    height: list[list[float]], suns: list[list[float]], hours: list[float], word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        sunshine(height, 1.0, suns, hours)


def test_cells_and_transmissivities_are_checked() -> None:
    with pytest.raises(ValueError, match="cell 0"):
        shadow_height([[1.0]], 0.0, 180.0, 30.0)
    with pytest.raises(ValueError, match="transmissivity"):
        light_under([[1.0]], 0.0, 1.5, 1.0, 180.0, 30.0)


def test_the_relief_of_a_window_is_shaded_as_in_the_whole() -> None:
    shapes, tops = district(np.random.default_rng(8))
    grid, whole = Grid(-40.0, 340.0, 1.0), Window(0, 0, 380, 380)
    height, _ = relief(shapes, tops, grid, whole)
    part, _ = relief(shapes, tops, grid, Window(100, 100, 200, 200))
    one = shadow_height(height, 1.0, SOUTH + 10, 45.0)
    other = shadow_height(part, 1.0, SOUTH + 10, 45.0, corner=(100, 100))
    inner = slice(40, 150)
    lit = one[100:300, 100:300] <= height[100:300, 100:300]
    assert ((other <= part)[inner, inner] == lit[inner, inner]).all()


@patient
@given(seed=seeds, azimuth=azimuths, elevation=st.integers(8, 80))
def test_cells_that_are_not_square_are_shaded_like_the_square_ones_in_them(
    seed: int, azimuth: int, elevation: int
) -> None:
    height = hills(np.random.default_rng(seed), 20, 20)
    wide = shadow_height(height, (2.0, 1.0), azimuth, elevation) <= height
    fine = height.repeat(4, axis=1).repeat(2, axis=0)
    fine_lit = shadow_height(fine, 0.5, azimuth, elevation) <= fine
    assert wide.mean() == pytest.approx(fine_lit.mean(), abs=0.06)


def test_a_wide_cell_is_a_long_step() -> None:
    assert sweep_of(90.0, 45.0, (3.0, 1.0)).drop == pytest.approx(3.0)
    assert sweep_of(180.0, 45.0, (3.0, 2.0)).drop == pytest.approx(2.0)
    way = sweep_of(135.0, 45.0, (1.0, 2.0))
    assert way.by_columns
    assert way.aside == pytest.approx(0.5)
    assert way.drop == pytest.approx(2**0.5)
    assert sweep_of(213.0, 31.0, (0.7, 0.7)) == sweep_of(213.0, 31.0, 0.7)
    with pytest.raises(ValueError, match="no sweep"):
        sweep_of(213.0, 31.0, (1.0, -1.0))


@patient
@given(seed=seeds, azimuth=azimuths, elevation=st.integers(8, 80))
def test_levels_asked_in_one_cell_are_told_apart(seed: int, azimuth: int, elevation: int) -> None:
    rng = np.random.default_rng(seed)
    canopy = np.where(rng.random((30, 40)) < 0.1, rng.uniform(3, 15, (30, 40)), np.nan)
    row, col = rng.integers(0, 30, 500, dtype=np.int32), rng.integers(0, 40, 500, dtype=np.int32)
    level = rng.choice([0.0, 4.0, 9.0], 500)
    found = light_at(canopy, (row, col, level), 0.4, 1.0, azimuth, elevation)
    for one in (0.0, 4.0, 9.0):
        here = level == one
        whole = light_under(canopy, one, 0.4, 1.0, azimuth, elevation)
        assert (found[here] == whole[row[here], col[here]]).all()
    with pytest.raises(ValueError, match="transmissivity"):
        light_at(canopy, (row, col, level), 1.4, 1.0, azimuth, elevation)
