"""Hills and trees before the sun: in the head, by a walk along rays, whichever window is there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from tests.indicators.heights import around, looked_up, middles, raster, walked

from carbonspace.errors import InputError
from carbonspace.indicators import _casters
from carbonspace.indicators._veil import ground_of, veil_of
from carbonspace.kernels.overlay import Floats
from carbonspace.kernels.rays import light_on_tops, scene
from carbonspace.kernels.relief import Grid as RayGrid
from carbonspace.kernels.relief import Small
from carbonspace.kernels.sunlight import reach
from carbonspace.model.grid import Grid

SOUTH = 180.0
RAYS = RayGrid(0.0, 100.0, 1.0)


def column(count: int, col: int = 20) -> tuple[Small, Small]:
    """Return the cells of the ray grid in a column, from the north."""
    return np.arange(count, dtype=np.int32), np.full(count, col, dtype=np.int32)


def light(
    dem: Grid | None, canopy: Grid | None, level: float, sun: tuple[float, float] = (SOUTH, 45.0)
) -> Floats:
    """Return the light on the column of 100 cells of the ray grid."""
    veil = veil_of(dem, canopy, transmissivity=0.3, grid=RAYS)
    assert veil is not None
    row, col = column(100)
    return np.asarray(veil(*sun, row, col, np.full(100, level)), dtype=float)


# --- in the head


def test_a_hill_to_the_south_shades_as_far_as_it_is_high() -> None:
    dem = np.zeros((50, 30))
    dem[40] = 20.0
    crest = 100 - 81.0
    for level in (0.5, 5.5, 12.5):
        y = 100 - (np.arange(100) // 2 * 2 + 1.0)
        behind = y - crest
        expected = (behind <= 0) | (behind >= 20 - level)
        assert light(raster(dem, 2.0), None, level).tolist() == expected.astype(float).tolist()
    assert light(raster(dem, 2.0), None, 20.0).min() == 1
    assert light(raster(dem, 2.0), None, 0.5, (0.0, 45.0))[90] == 0


def test_a_row_of_trees_lets_three_tenths_through() -> None:
    canopy = np.zeros((100, 40))
    canopy[60:63] = 8.0
    found = light(None, raster(canopy), 2.8)
    expected = np.ones(100)
    expected[55:63] = 0.3
    assert found.tolist() == expected.tolist()
    two = canopy.copy()
    two[57] = 8.0
    assert light(None, raster(two), 2.8)[[51, 52, 54, 56, 58, 62]] == pytest.approx(
        [1, 0.3, 0.3, 0.09, 0.3, 0.3]
    )
    assert light(None, raster(canopy), 8.0).min() == 1


def test_crowns_stand_on_the_terrain_whatever_its_cells() -> None:
    canopy, dem = np.zeros((50, 20)), np.full((25, 10), 100.0)
    canopy[30] = 8.0
    canopy[5] = np.nan
    found = light(raster(dem, 4.0), raster(canopy, 2.0), 102.5)
    expected = np.ones(100)
    expected[54:62] = 0.3
    assert found.tolist() == expected.tolist()
    unknown = raster(np.full((25, 10), np.nan), 4.0)
    assert light(unknown, raster(canopy, 2.0), 2.5).min() == 1


def test_roofs_of_several_levels_in_one_cell_are_told_apart() -> None:
    canopy = np.zeros((10, 10))
    canopy[6] = 9.0
    veil = veil_of(None, raster(canopy, 10.0), transmissivity=0.5, grid=RAYS)
    assert veil is not None
    row, col = np.full(4, 69, np.int32), np.arange(4, dtype=np.int32)
    level = np.array([1.0, 12.0, 1.0, 8.9])
    assert veil(SOUTH, 45.0, row, col, level).tolist() == [0.5, 1.0, 0.5, 0.5]


def test_cells_that_are_not_square_are_as_wide_and_high_as_they_are() -> None:
    dem = np.zeros((25, 50))
    dem[20] = 20.0
    found = light(raster(dem, 2.0, height=4.0), None, 5.5)
    y = 100 - (np.arange(100) // 4 * 4 + 2.0)
    assert found.tolist() == ((y <= 18) | (y - 18 >= 14.5)).astype(float).tolist()
    high = np.zeros((25, 50))
    high[:, 30] = 20.0
    veil = veil_of(raster(high, 2.0, height=4.0), None, transmissivity=0, grid=RAYS)
    assert veil is not None
    col = np.arange(100, dtype=np.int32)
    along = veil(90.0, 45.0, np.full(100, 40, np.int32), col, np.full(100, 5.5))
    x = col // 2 * 2 + 1.0
    assert along.tolist() == ((x >= 61) | (61 - x >= 14.5)).astype(float).tolist()


def test_light_on_tops_takes_the_veil() -> None:
    canopy = np.zeros((100, 40))
    canopy[60:63] = 8.0
    town = scene([shapely.box(10, 30, 20, 60)], [2.8])
    veil = veil_of(None, raster(canopy), transmissivity=0.3, grid=RAYS)
    found = light_on_tops(town, [0], [[SOUTH, 45.0]], [1.0], RAYS, veil=veil)
    assert found.area[0, 0] == pytest.approx(300 - 0.7 * 10 * 8)


def test_nothing_given_nothing_veiled_and_percent_are_no_heights() -> None:
    assert veil_of(None, None, transmissivity=0.3, grid=RAYS) is None
    percent = replace(raster(np.zeros((5, 5))), unit="%")
    with pytest.raises(InputError, match="heights of crowns") as caught:
        veil_of(None, percent, transmissivity=0.3, grid=RAYS)
    assert caught.value.findings[0].layer == "rasters.canopy"
    veil = veil_of(None, raster(np.ones((100, 40))), transmissivity=3, grid=RAYS)
    assert veil is not None
    with pytest.raises(ValueError, match="transmissivity"):
        veil(SOUTH, 45.0, *column(2), np.zeros(2))


def test_roofs_beyond_the_rasters_and_without_a_level_have_all_light() -> None:
    dem = raster(np.full((10, 10), 50.0), 2.0, west=500.0)
    assert light(dem, dem, 1.0).min() == 1
    dem = raster(np.full((50, 30), 50.0), 2.0)
    assert light(dem, dem, np.nan).min() == 1
    empty = replace(dem, values=dem.values[:0])
    assert light(empty, empty, 1.0).min() == 1


# --- ground


def test_the_ground_of_a_building_is_the_mean_below_it() -> None:
    x, y = middles(raster(np.zeros((20, 20)), 2.0))
    dem = raster(100 + 0.3 * x - 0.1 * y, 2.0)
    boxes = [shapely.box(4, 6, 14, 10), shapely.box(5.5, 6.5, 9.5, 9.5)]
    assert ground_of(dem, boxes) == pytest.approx([101.9, 101.45], abs=1e-4)


def test_ground_that_is_not_known_is_looked_for_beside_the_building() -> None:
    values = np.full((20, 20), 7.0)
    values[5:10, 5:10] = np.nan
    dem = raster(values, 2.0)
    inside, straddling = shapely.box(10, 20, 20, 30), shapely.box(8, 20, 20, 30)
    assert ground_of(dem, [inside, straddling]) == pytest.approx([7, 7])
    assert np.isnan(ground_of(dem, [inside], around=0)).all()
    assert np.isnan(ground_of(dem, [shapely.box(900, 900, 910, 910)])).all()
    assert ground_of(dem, []).shape == (0,)


# --- another way, and window by window


def country(seed: int) -> tuple[Grid, Grid]:
    """Return hills of 2 m cells on 1 km², with a mountain in the south-east, and trees on them."""
    rng = np.random.default_rng(seed)
    row, col = np.indices((500, 500))
    dem = 10 * np.sin(row / 40 + seed) * np.cos(col / 55) + 0.02 * col
    dem += 250 * np.exp(-((row - 450) ** 2 + (col - 450) ** 2) / 3000)
    canopy = np.zeros((500, 500))
    for _ in range(900):
        r, c = rng.integers(0, 497, 2)
        canopy[r : r + 3, c : c + 3] = rng.uniform(4, 18)
    canopy[rng.integers(0, 500, 50), rng.integers(0, 500, 50)] = np.nan
    return raster(dem, 2.0), raster(canopy, 2.0, west=-0.7, north=1000.4)


def asked(seed: int, dem: Grid, count: int = 4000) -> tuple[Small, Small, Floats]:
    rng = np.random.default_rng(seed)
    row, col = rng.integers(100, 900, (2, count)).astype(np.int32)
    ground = looked_up(dem, col + 0.5, 1000 - (row + 0.5))
    return row, col, ground + rng.choice([3.0, 6.0, 15.0], count)


KM = RayGrid(0.0, 1000.0, 1.0)
SUNS = ((130.0, 12.0), (183.0, 30.0), (251.0, 6.0), (95.0, 20.0))


def test_a_walk_along_the_ray_finds_the_same_light_but_for_rims() -> None:
    dem, canopy = country(1)
    row, col, level = asked(2, dem, 800)
    x, y = col // 2 * 2 + 1.0, 1000 - (row // 2 * 2 + 1.0)
    off = []
    for azimuth, elevation in SUNS:
        hills = veil_of(dem, None, transmissivity=0.3, grid=KM)
        assert hills is not None
        found = hills(azimuth, elevation, row, col, level)
        seen, rise = walked(dem, x, y, azimuth, elevation, 1400)
        lit = ~(seen > level + rise).any(axis=0)
        assert np.mean(found != lit) < 0.02
        assert np.mean(found) == pytest.approx(lit.mean(), abs=0.005)
        trees = veil_of(None, canopy, transmissivity=0.3, grid=KM)
        assert trees is not None
        high = level - looked_up(dem, col + 0.5, 1000 - (row + 0.5))
        seen, rise = walked(canopy, col + 0.5, 1000 - (row + 0.5), azimuth, elevation, 250)
        over = (seen > high + rise) & (seen > 0)
        crown = (seen > 0) & ~np.isnan(seen)
        run = np.cumsum(np.diff(crown, axis=0, prepend=False) & crown, axis=0)
        count = [len(np.unique(run[over[:, k], k])) for k in range(len(high))]
        expected = 0.3 ** np.array(count)
        light = trees(azimuth, elevation, row, col, high)
        assert np.mean(np.abs(light - expected) > 0.01) < 0.15
        off.append(np.mean(light) - expected.mean())
    # From a slant, rays from middle to middle miss up to half a cell at either side of a crown.
    assert -0.005 < np.mean(off) < 0.015


@pytest.mark.parametrize(("far", "suns"), [(60.0, SUNS), (np.inf, ((183.0, 50.0), (95.0, 45.0)))])
def test_no_bit_hangs_on_the_window_or_on_what_else_is_asked(
    far: float, suns: tuple[tuple[float, float], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_casters, "BLOCK_M", 64.0)
    dem, canopy = country(3)
    row, col, level = asked(4, dem)
    whole = veil_of(dem, canopy, transmissivity=0.3, grid=KM, far=far)
    assert whole is not None
    for sun in suns:
        together = whole(*sun, row, col, level)
        sides = _casters.sight(min(far, max(reach(270.0, [sun]))))
        for west, south in ((100, 100), (520, 480), (700, 210)):
            mine = (col >= west) & (col < west + 150) & (1000 - row > south)
            mine &= 1000 - row <= south + 150
            box = west - sides, south - sides, west + 150 + sides, south + 150 + sides
            part = veil_of(around(dem, *box), around(canopy, *box), transmissivity=0.3,
                           grid=KM, far=far)  # fmt: skip
            assert part is not None
            assert mine.sum() > 50
            assert (part(*sun, row[mine], col[mine], level[mine]) == together[mine]).all()
            one = np.flatnonzero(mine)[:1]
            assert whole(*sun, row[one], col[one], level[one]) == together[one]


def test_what_is_too_far_away_takes_no_light() -> None:
    dem, _ = country(5)
    row, col, level = asked(6, dem)
    near = veil_of(dem, None, transmissivity=0, grid=KM, far=60)
    all_ = veil_of(dem, None, transmissivity=0, grid=KM)
    assert near is not None
    assert all_ is not None
    sun = (135.0, 12.0)
    assert near(*sun, row, col, level).sum() > 1.1 * all_(*sun, row, col, level).sum()
