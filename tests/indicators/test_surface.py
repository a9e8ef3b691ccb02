"""Roofs in a surface model: in the head, by a walk along rays, against exact parts of prisms."""

from __future__ import annotations

from math import atan, cos, degrees, hypot, radians, sin, tan
from typing import Any

import numpy as np
import pytest
import shapely
import shapely.affinity
from numpy.typing import NDArray
from tests.indicators.heights import Floats, around, middles, raster, walked

from carbonspace.errors import InputError
from carbonspace.indicators import _casters
from carbonspace.indicators._surface import Limits, Surface, roof_surface
from carbonspace.kernels.prisms import lit_area
from carbonspace.kernels.relief import Grid as TownGrid
from carbonspace.kernels.relief import Window, relief
from carbonspace.kernels.sunlight import reach
from carbonspace.model.grid import Grid

SOUTH = 180.0
NOON = ((SOUTH, 45.0),)
DAY = ((130.0, 14.0), (155.0, 26.0), (180.0, 32.0), (205.0, 26.0), (230.0, 14.0))


def drawn(height: Any, cell: float = 1.0, side: float = 60.0) -> Grid:
    """Return a square raster of a function of x and y."""
    count = int(side / cell)
    return raster(height(*middles(raster(np.zeros((count, count)), cell))), cell)


def surface(dsm: Grid, *faces: Any, suns: Any = NOON, **more: Any) -> Surface:
    return roof_surface(dsm, list(faces), suns=suns, hours=np.ones(len(suns)), **more)


def on_map(dsm: Grid, found: Surface, values: Any) -> Floats:
    """Return values of the cells on the raster, NaN elsewhere."""
    result = np.full(dsm.values.shape, np.nan)
    result[found.cells.row - dsm.top, found.cells.col - dsm.left] = values
    return result


# --- slope and aspect


@pytest.mark.parametrize(
    ("east", "north", "aspect"),
    [(0.0, 0.5, 180), (0.0, -0.3, 0), (0.4, 0.0, 270), (-0.4, 0.0, 90), (0.3, 0.3, 225)],
)
def test_a_tilted_plane_has_its_slope_and_aspect(east: float, north: float, aspect: float) -> None:
    roof = shapely.Polygon([(12.3, 10.2), (44.8, 14), (40, 41.6), (9, 35)])
    dsm = drawn(
        lambda x, y: np.where(shapely.contains_xy(roof, x, y), 30 + east * x + north * y, 2)
    )
    found = surface(dsm, roof)
    assert found.slope == pytest.approx(degrees(atan(hypot(east, north))), abs=1e-3)
    turn = (found.aspect - aspect + 180) % 360 - 180
    assert turn == pytest.approx(0, abs=1e-3)
    assert not found.raised.any()
    assert found.known.all()
    assert (found.cells.share.sum(), found.area.shape) == (pytest.approx(roof.area), (1, 1))


def test_a_level_roof_has_no_aspect() -> None:
    found = surface(drawn(lambda x, y: 0 * x + 7), shapely.box(10, 10, 30, 30))
    assert (found.slope == 0).all()
    assert np.isnan(found.aspect).all()
    assert not found.steep.any()


def gable(slope: float) -> Grid:
    """Return a house of 20 by 12 m whose ridge runs east, on level ground."""

    def height(x: Floats, y: Floats) -> Floats:
        house = (x > 20) & (x < 40) & (y > 24) & (y < 36)
        return np.where(house, 9 - slope * np.abs(y - 30), 0)

    return drawn(height)


HOUSE = shapely.box(20, 24, 40, 36)


def test_a_ridge_parts_two_aspects() -> None:
    found = surface(gable(tan(radians(35))), HOUSE)
    y = 60 - (found.cells.row + 0.5)
    assert found.slope == pytest.approx(35, abs=1e-3)
    assert (found.aspect[y < 30] - 180) == pytest.approx(0, abs=1e-3)
    assert np.sin(np.radians(found.aspect[y > 30])) == pytest.approx(0, abs=1e-4)
    assert np.cos(np.radians(found.aspect[y > 30])) == pytest.approx(1)
    assert not found.raised.any()


def test_too_steep_but_for_the_sunny_side() -> None:
    dsm = gable(tan(radians(35)))
    for limits, expected in (
        (Limits(max_slope=40), (False, False)),
        (Limits(max_slope=30), (True, True)),
        (Limits(max_slope=30, spared=((135.0, 225.0),)), (False, True)),
        (Limits(max_slope=30, spared=((315.0, 45.0),)), (True, False)),
        (Limits(max_slope=30, spared=((0.0, 360.0),)), (False, False)),
    ):
        found = surface(dsm, HOUSE, limits=limits)
        y = 60 - (found.cells.row + 0.5)
        assert (found.steep == np.where(y < 30, *expected)).all()


def test_a_lift_head_stands_out_and_shades_the_roof() -> None:
    def height(x: Floats, y: Floats) -> Floats:
        roof = (x > 10) & (x < 50) & (y > 10) & (y < 50)
        head = (x > 28) & (x < 32) & (y > 20) & (y < 24)
        return np.where(head, 13.0, np.where(roof, 10.0, 0.0))

    dsm = drawn(height)
    found = surface(dsm, shapely.box(10, 10, 50, 50))
    head = on_map(dsm, found, found.raised)[36:40, 28:32]
    assert head.all()
    assert found.raised.sum() == 16
    assert not found.steep.any()
    lit = on_map(dsm, found, found.time.total)
    expected = np.ones((40, 40))
    expected[23:26, 18:22] = 0
    assert (lit[10:50, 10:50] == expected).all()
    assert found.area[0, 0] == 1600 - 12
    assert surface(dsm, shapely.box(10, 10, 50, 50), limits=Limits(max_rise=3.5)).raised.sum() == 0


# --- light


def test_a_hill_to_the_south_shades_the_lower_roof() -> None:
    dsm = drawn(lambda x, y: np.where(y < 10, 30.0, np.where((y > 25) & (y < 45), 6.0, 0.0)))
    found = surface(dsm, shapely.box(5, 25, 55, 45))
    y = 60 - (found.cells.row + 0.5)
    assert (found.time.total == (y > 34)).all()
    assert found.area[0, 0] == 50 * 11


def test_a_row_of_trees_lets_three_tenths_through_and_stands_on_the_terrain() -> None:
    dsm = drawn(lambda x, y: np.where((y > 30) & (y < 50), 104.0, 100.0))
    dem = drawn(lambda x, y: 0 * x + 100, 2.0)
    canopy = drawn(lambda x, y: np.where((y > 26) & (y < 28), 12.5, 0.0), 2.0)
    roof = shapely.box(10, 30, 50, 50)
    for ground in (dem, None):
        found = surface(dsm, roof, dem=ground, canopy=canopy, transmissivity=0.3)
        y = 60 - (found.cells.row + 0.5)
        expected = np.where(y < 36, 0.3, 1.0)
        assert found.time.total == pytest.approx(expected)
        assert found.time.longest == pytest.approx(np.where(y < 36, 0.0, 1.0))
        assert found.area[0, 0] == pytest.approx(40 * (14 + 6 * 0.3))
    with pytest.raises(InputError, match="crowns"):
        surface(dsm, roof, canopy=Grid(canopy.values, 0, 60, 2, 2, unit="%"))


@pytest.mark.parametrize("turn", range(0, 360, 30))
@pytest.mark.parametrize("slope", [20, 30, 40])
def test_a_slope_is_lit_where_the_sun_stands_before_it(slope: int, turn: int) -> None:
    """Whatever the way of the rays, a plane neither shades itself nor takes light from behind."""
    rise, way = tan(radians(slope)), radians(turn)
    dsm = drawn(lambda x, y: 50 + rise * (sin(way) * x + cos(way) * y))
    roof = shapely.box(25, 25, 35, 35)
    for azimuth in (100.0, 128.0, 151.0, 180.0, 200.0, 247.0):
        for elevation in (8.0, 18.0, 33.0):
            before = -rise * cos(radians(azimuth) - way) + tan(radians(elevation))
            if abs(before) > 0.01:
                found = surface(dsm, roof, suns=[(azimuth, elevation)])
                assert found.area[0, 0] == pytest.approx(100.0 if before > 0 else 0.0)


def test_hours_add_up_and_nights_are_dark() -> None:
    dsm = drawn(lambda x, y: np.where(y < 10, 30.0, 0.0))
    suns = [(SOUTH, 45.0), (0.0, 45.0), (SOUTH, -4.0), (0.0, 30.0), (0.0, 60.0)]
    found = roof_surface(dsm, [shapely.box(10, 20, 20, 21)], suns=suns, hours=[1, 2, 4, 0.5, 0.25])
    assert (found.time.total == 2.75).all()
    assert (found.time.longest == 2).all()
    assert found.area.tolist() == [[0, 10, 0, 10, 10]]
    with pytest.raises(ValueError, match="durations"):
        roof_surface(dsm, [HOUSE], suns=suns, hours=[1.0])


def test_what_is_not_known_is_not_lit_and_casts_nothing() -> None:
    values = np.full((60, 60), 5.0)
    values[:, 30:] = np.nan
    found = surface(raster(values), shapely.box(20, 20, 40, 40), shapely.box(50, 50, 70, 70))
    x = found.cells.col + 0.5
    assert (found.known == (x < 30)).all()
    assert np.isnan(found.time.total[~found.known]).all()
    assert (found.time.total[found.known] == 1).all()
    assert found.area[:, 0].tolist() == [200, 0]
    assert not found.steep.any()
    assert not found.raised.any()
    assert np.diff(found.cells.first).tolist() == [400, 100]
    none = surface(raster(values), suns=DAY)
    assert none.area.shape == (0, 5)


# --- another way


def city(seed: int, side: float = 120.0) -> tuple[NDArray[np.object_], Floats]:
    """Return level roofs that do not touch, in a row of lots."""
    rng = np.random.default_rng(seed)
    shapes, tops = [], []
    for west in np.arange(0, side, 24.0):
        for south in np.arange(0, side, 24.0):
            x, y = west + rng.uniform(1, 4), south + rng.uniform(1, 4)
            block = shapely.box(x, y, x + rng.uniform(8, 17), y + rng.uniform(8, 17))
            shapes.append(shapely.affinity.rotate(block, rng.uniform(-12, 12)))
            tops.append(rng.uniform(4, 30))
    return np.array(shapes), np.array(tops)


def as_raster(shapes: NDArray[np.object_], tops: Floats, cell: float, side: float) -> Grid:
    count = int((side + 40) / cell)
    height, _ = relief(shapes, tops, TownGrid(-20, side + 20, cell), Window(0, 0, count, count))
    return raster(height, cell, west=-20.0, north=side + 20)


def test_roofs_are_as_light_as_exact_parts_say() -> None:
    off, better = [], []
    for seed in range(6):
        shapes, tops = city(seed)
        exact = np.stack([lit_area(shapes, tops, *sun) for sun in DAY], axis=1)
        dsm = as_raster(shapes, tops, 1.0, 120)
        plain = surface(dsm, *shapes, suns=DAY).area
        finer = surface(dsm, *shapes, suns=DAY, extrapolate=True).area
        off.append([(area.sum() - exact.sum()) / exact.sum() for area in (plain, finer)])
        better.append(np.abs(plain - exact).sum() / exact.sum())
        assert (finer <= shapely.area(shapes)[:, None] + 1e-9).all()
    bias = np.mean(off, axis=0)
    assert abs(bias[0]) < 0.02
    assert abs(bias[1]) < 0.01
    assert np.mean(better) < 0.05


def test_a_walk_along_the_ray_finds_the_same_hours() -> None:
    rng = np.random.default_rng(8)
    shapes, tops = city(9)
    level = as_raster(shapes, tops, 1.0, 120)
    x, _ = middles(level)
    bumps = 2.5 * (rng.random((40, 40)) < 0.03).repeat(4, axis=0).repeat(4, axis=1)
    dsm = raster(level.values + bumps + 0.02 * x, 1.0, west=-20.0, north=140.0)
    found = surface(dsm, *shapes, suns=DAY)
    own = found.cells.share > 0.5
    east, north = found.cells.col[own] - 19.5, 139.5 - found.cells.row[own]
    height = dsm.values[found.cells.row[own], found.cells.col[own]]
    hours = np.zeros(len(height))
    for azimuth, elevation in DAY:
        seen, rise = walked(dsm, east, north, azimuth, elevation, 160)
        hours += ~(seen[10:] > height + rise[10:] + 1e-3).any(axis=0)
    assert found.time.total[own].mean() == pytest.approx(hours.mean(), rel=0.02)
    assert (np.abs(found.time.total[own] - hours) > 1).mean() < 0.03


# --- window by window


@pytest.mark.parametrize("far", [50.0, np.inf])
def test_no_bit_hangs_on_the_window_or_on_what_else_is_asked(
    far: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_casters, "BLOCK_M", 32.0)
    rng = np.random.default_rng(1)
    shapes, tops = city(4, 240.0)
    tops[-1] = 90
    plain = as_raster(shapes, tops, 1.0, 240)
    dsm = raster(plain.values + rng.normal(0, 0.1, plain.values.shape), 1.0, west=-20, north=260)
    canopy = raster(12 * (rng.random((140, 140)) < 0.05), 2.0, west=-20, north=260)
    dem = raster(np.zeros((35, 35)), 8.0, west=-20, north=260)
    suns = ((140.0, 40.0), (200.0, 55.0))
    more = {"suns": suns, "transmissivity": 0.3, "far": far, "extrapolate": True}
    whole = surface(dsm, *shapes, dem=dem, canopy=canopy, **more)
    sides = _casters.sight(min(far, max(reach(91.0, suns)))) + 4
    for mine in ([0, 1, 11], [45], [55, 44, 54]):
        west, south, east, north = shapely.total_bounds(shapes[mine])
        box = west - sides, south - sides, east + sides, north + sides
        part = surface(around(dsm, *box), *shapes[mine], dem=around(dem, *box),
                       canopy=around(canopy, *box), **more)  # fmt: skip
        cells = np.concatenate([np.arange(*whole.cells.first[[n, n + 1]]) for n in mine])
        assert (part.area == whole.area[mine]).all()
        assert (part.cells.row == whole.cells.row[cells]).all()
        for name in ("known", "slope", "aspect", "steep", "raised"):
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[cells])
        assert (part.time.total == whole.time.total[cells]).all()
        assert (part.time.longest == whole.time.longest[cells]).all()
