"""Light on tops in cells: in the head, against the exact parts, whoever is asked with whom."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray
from shapely import Polygon, box
from tests.kernels.shapes import Geometries, patient, seeds, turned
from tests.kernels.test_prisms import azimuths, district

from carbonspace.kernels.overlay import Floats
from carbonspace.kernels.prisms import bare_tops, lit_area
from carbonspace.kernels.rays import groups, light_on_tops, scene
from carbonspace.kernels.relief import Grid
from carbonspace.kernels.sunlight import extrapolated

GRID = Grid(-50.0, 350.0, 1.0)
DAY = np.array([[120.0, 12.0], [150.0, 25.0], [180.0, 35.0], [210.0, 25.0], [250.0, 12.0]])
HOURS = np.ones(5)


def lit(shapes: ArrayLike, tops: ArrayLike, suns: ArrayLike = DAY, grid: Grid = GRID) -> Floats:
    town, count = scene(shapes, tops), len(np.asarray(suns))
    return light_on_tops(town, np.arange(len(town.tops)), suns, np.ones(count), grid).area


def exact(shapes: Geometries, tops: Floats) -> Floats:
    return np.stack([lit_area(shapes, tops, *sun) for sun in DAY.tolist()], axis=1)


def test_a_box_at_45_degrees_casts_its_height() -> None:
    field, block = box(0, 0, 100, 100), box(40, 40, 50, 50)
    for azimuth in (0.0, 90.0, 180.0, 270.0):
        area = lit([field, block], [0.0, 10.0], [[azimuth, 45.0]])
        assert area[:, 0] == pytest.approx([9800, 100])
    part = lit([field, block], [0.0, 10.3], [[180.0, 45.0]])
    assert part[0, 0] == pytest.approx(9900 - 103)


def test_the_end_of_a_shadow_may_lie_within_a_cell_and_walls_off_the_grid() -> None:
    roof, wall = box(0.3, 0.2, 20.3, 10.2), box(0.3, -1, 20.3, 0.2)
    for height, shaded in ((0.1, 0.1), (1.0, 1.0), (3.7, 3.7), (9.4, 9.4), (40.0, 10.0)):
        area = lit([roof, wall], [6.0, 6.0 + height], [[180.0, 45.0], [0.0, 45.0]])
        assert area[0, 0] == pytest.approx(20 * (10 - shaded), abs=2.5)
        assert area[0, 1] == pytest.approx(200)
        assert area[1] == pytest.approx([24, 24])


def test_rows_of_slabs_of_one_width_shade_each_other_and_no_more() -> None:
    slabs = [box(0.4 * k, 14.3 * k, 40.4 + 0.4 * k, 14.3 * k + 10.1) for k in range(4)]
    tops = [21.0, 15.0, 9.0, 3.0]
    for grid in (GRID, Grid(-50.0, 350.0, 0.5)):
        area = lit(slabs, tops, [[180.0, 30.0]], grid)[:, 0]
        assert area == pytest.approx(lit_area(slabs, tops, 180.0, 30.0), rel=0.01)


def test_walls_of_one_height_take_no_light() -> None:
    row = [box(0.2, 7.3 * k, 9.1, 7.3 * (k + 1)) for k in range(5)]
    area = lit(row, [9.0] * 5)
    assert area == pytest.approx(np.full((5, 5), 8.9 * 7.3), rel=1e-9)


def test_what_stands_on_a_top_covers_it() -> None:
    podium, tower = box(0, 0, 30.5, 30), box(10.25, 10, 20.75, 20)
    town = scene([podium, tower], [6.0, 40.0])
    light = light_on_tops(town, [0, 1], [[0.0, 89.999]], [1.0], GRID)
    assert light.area[:, 0] == pytest.approx([30.5 * 30 - 105, 105], rel=1e-3)
    whole = np.add.reduceat(light.cells.share, light.cells.first[:-1])
    assert whole == pytest.approx([30.5 * 30 - 105, 105], rel=1e-12)


def test_hours_and_longest_runs_of_cells() -> None:
    roof, wall = box(0, 0, 4, 1), box(-1, 0, 0, 1)
    suns = [[270.0, 45.0], [180.0, 45.0], [270.0, -2.0], [90.0, 45.0]]
    light = light_on_tops(scene([roof, wall], [0.0, 2.0]), [0], suns, [1.0, 2.0, 8.0, 4.0], GRID)
    assert light.cells.col.tolist() == [50, 51, 52, 53]
    assert light.time.total.tolist() == [6, 6, 7, 7]
    assert light.time.longest.tolist() == [4, 4, 4, 4]
    assert light.area.tolist() == [[2, 4, 0, 4]]


def test_faces_and_veils() -> None:
    town = scene([box(0, 0, 10, 10)], [5.0])

    def half(
        azimuth: float, elevation: float, row: object, col: object, level: Floats
    ) -> NDArray[np.float64]:
        assert (level == 5).all()
        return np.full(len(level), 0.5)

    inner = [box(1, 1, 9, 9)]
    light = light_on_tops(town, [0], DAY, HOURS, GRID, faces=inner, veil=half)
    assert light.area == pytest.approx(np.full((1, 5), 32.0))
    assert light.time.total == pytest.approx(np.full(64, 2.5))


def test_nothing_asked_nothing_there_no_sun() -> None:
    town = scene([Polygon(), box(0, 0, 1, 1)], [1.0, 2.0])
    assert light_on_tops(town, [], DAY, HOURS, GRID).area.shape == (0, 5)
    assert light_on_tops(town, [0], DAY, HOURS, GRID).area.tolist() == [[0] * 5]
    assert light_on_tops(town, [0, 1], np.empty((0, 2)), [], GRID).area.shape == (2, 0)
    polar = light_on_tops(town, [0, 1], [[180.0, -3.0], [180.0, 0.0]], [1.0, 1.0], GRID)
    assert polar.area.tolist() == [[0, 0], [0, 0]]
    assert polar.time.total.tolist() == [0]
    assert [part.tolist() for part in groups(town, GRID)] == [[1]]
    assert groups(scene([], []), GRID) == []


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        scene([box(0, 0, 1, 1)], [np.nan])
    town = scene([box(0, 0, 1, 1)], [1.0])
    with pytest.raises(ValueError, match="rays"):
        light_on_tops(town, [0], DAY, HOURS, GRID, rays=0)
    with pytest.raises(ValueError, match="durations"):
        light_on_tops(town, [0], DAY, [1.0], GRID)
    with pytest.raises(ValueError, match="finite"):
        light_on_tops(town, [0], [[np.nan, 3.0]], [1.0], GRID)


def test_extrapolation_stays_within_the_roof() -> None:
    assert extrapolated([5.0, 1.0, 9.0], [4.0, 3.0, 7.0], 10.0).tolist() == [6.0, 0.0, 10.0]


def test_towns_are_as_light_as_the_exact_parts_say() -> None:
    off, share = [], []
    for seed in range(12):
        shapes, tops = district(np.random.default_rng(seed))
        whole = shapely.area(shapes)[:, None]
        found, expected = lit(shapes, tops), exact(shapes, tops)
        off.append((found - expected).sum() / expected.sum())
        share.append(np.abs(found - expected) / whole)
    assert abs(np.mean(off)) < 0.002
    assert np.mean(np.concatenate(share)) < 0.006


@patient
@given(seed=seeds, azimuth=azimuths, elevation=st.integers(5, 85))
def test_any_sun_is_near_the_exact_parts(seed: int, azimuth: int, elevation: int) -> None:
    shapes, tops = district(np.random.default_rng(seed))
    found = lit(shapes, tops, [[azimuth, elevation]])[:, 0]
    expected = lit_area(shapes, tops, azimuth, elevation)
    assert abs(found.sum() - expected.sum()) < 0.012 * shapely.area(shapes).sum()
    assert (found <= shapely.area(bare_tops(shapes, tops)) * (1 + 1e-9)).all()


@patient
@given(seed=seeds, azimuth=azimuths)
def test_turning_the_town_turns_the_light(seed: int, azimuth: int) -> None:
    shapes, tops = district(np.random.default_rng(seed))
    middle = Grid(-0.5, 0.5, 1.0)
    one = lit(shapes, tops, [[azimuth, 25.0]], middle)
    left = lit(turned(shapes), tops, [[azimuth - 90, 25.0]], middle)
    np.testing.assert_allclose(left, one, atol=1.0)
    assert left.sum() == pytest.approx(one.sum(), rel=2e-3)


@patient
@given(seed=seeds)
def test_groups_make_no_difference_to_any_bit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes, tops = district(rng)
    town = scene(shapes, tops)
    together = light_on_tops(town, np.arange(len(tops)), DAY, HOURS, GRID)
    for side in (40, 100):
        for part in groups(town, GRID, side=side):
            light = light_on_tops(town, part, DAY, HOURS, GRID)
            assert (light.area == together.area[part]).all()
            mine = np.concatenate(
                [np.arange(*together.cells.first[[k, k + 1]]) for k in part.tolist()]
            )
            assert (light.time.total == together.time.total[mine]).all()
            assert (light.time.longest == together.time.longest[mine]).all()
            assert (light.cells.share == together.cells.share[mine]).all()
    order = rng.permutation(len(tops))
    mixed = light_on_tops(scene(shapes[order], tops[order]), np.argsort(order), DAY, HOURS, GRID)
    np.testing.assert_allclose(mixed.area, together.area, atol=1e-6)


def test_what_a_sun_lights_does_not_hang_on_the_others() -> None:
    shapes, tops = district(np.random.default_rng(3))
    together = lit(shapes, tops)
    for k, sun in enumerate(DAY):
        np.testing.assert_allclose(lit(shapes, tops, [sun])[:, 0], together[:, k], rtol=1e-9)
    np.testing.assert_allclose(lit(shapes, tops, DAY[::-1])[:, ::-1], together, rtol=1e-9)
