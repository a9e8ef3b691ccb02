"""Roofs of London and Gothenburg as their surface models have them: by walks, by least squares."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes as traced

from carbonspace.grids import opened
from carbonspace.indicators import _casters
from carbonspace.indicators._surface import roof_surface
from carbonspace.indicators._veil import ground_of, veil_of
from carbonspace.kernels.facets import facets
from carbonspace.kernels.relief import Grid as RayGrid
from carbonspace.kernels.relief import cells_of
from carbonspace.model.grid import Grid
from carbonspace.sources.raster import read_raster

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.indicators.heights import around, looked_up, walked
from tests.kernels.test_facets import by_least_squares

SHARED = Path(
    os.environ.get("CARBONSPACE_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")
)
UMEP = SHARED / "umep"
CITIES = {
    "GBG_torgg_3006": ("EPSG:3006", "torgg_dsm", "torgg_dem", "torgg_cdsm"),
    "London_BNG": ("EPSG:27700", "London_BNG/dsm_barb_1m_tif", "London_BNG/dem_barb_1m_tif",
                   "London_BNG/cdsm_barb_1m_v2_float"),
}  # fmt: skip
WINTER = ((150.0, 14.0), (180.0, 18.0), (215.0, 12.0))

pytestmark = pytest.mark.skipif(
    not UMEP.is_dir(),
    reason=f"{UMEP} is not there: real data that is not part of the project "
    "(CARBONSPACE_SHARED_DATA names its folder)",
)


class City(NamedTuple):
    """A city's rasters, and what stands high above its ground."""

    dsm: Grid
    dem: Grid
    canopy: Grid
    roofs: NDArray[np.object_]


@pytest.fixture(scope="module", params=CITIES)
def city(request: pytest.FixtureRequest) -> City:
    crs, *names = CITIES[request.param]
    paths = [UMEP / f"{request.param}.zip" / f"{name}.tif" for name in names]
    with rasterio.open(f"/vsizip/{paths[0]}") as surface_model:
        at, home = surface_model.transform, tuple(surface_model.bounds)
    grids = []
    for kind, path in zip(("dsm", "dem", "canopy"), paths, strict=True):
        raster, findings = read_raster(kind, path)
        assert raster is not None, findings
        grids.append(opened(raster, crs, home, home))
    dsm, dem, canopy = grids
    stands = (dsm.values - dem.values > 2.5).astype(np.uint8)
    drawn = [
        shapely.geometry.shape(one) for one, is_roof in traced(stands, transform=at) if is_roof
    ]
    roofs = shapely.simplify(np.array(drawn), 0.8 * dsm.width)
    return City(dsm, dem, canopy, roofs[shapely.is_valid(roofs) & (shapely.area(roofs) > 60)])


def surface(city: City, roofs: Any = None, **more: Any) -> Any:
    faces = city.roofs if roofs is None else roofs
    return roof_surface(
        city.dsm, faces, suns=WINTER, hours=np.ones(3), dem=city.dem, canopy=city.canopy,
        transmissivity=0.3, **more,
    )  # fmt: skip


def test_no_height_is_that_of_no_data(city: City) -> None:
    for grid in (city.dsm, city.dem, city.canopy):
        assert np.nanmax(np.abs(grid.values)) < 500
    assert np.nanmax(city.dsm.values) > np.nanmax(city.dem.values) + 20
    assert len(city.roofs) > 50


def drawn_between(grid: Grid, x: Any, y: Any) -> Any:
    """Return heights on a surface drawn from middle to middle."""
    u, v = (x - grid.west) / grid.width - 0.5, (grid.north - y) / grid.height - 0.5
    i, j = np.floor(v), np.floor(u)
    down, along = v - i, u - j
    at = [
        [
            looked_up(
                grid,
                grid.west + (j + c + 0.5) * grid.width,
                grid.north - (i + r + 0.5) * grid.height,
            )
            for c in (0, 1)
        ]
        for r in (0, 1)
    ]
    rows = [(1 - along) * west + along * east for west, east in at]
    return (1 - down) * rows[0] + down * rows[1]


def test_roofs_get_light_between_what_blocks_and_what_slopes_would_leave(city: City) -> None:
    """Cells may be blocks, which shade most, or the middles of slopes: walls are, roofs are not."""
    plain = roof_surface(city.dsm, city.roofs, suns=WINTER, hours=np.ones(3))
    own = plain.known & (plain.cells.share > 0.5)
    chosen = np.random.default_rng(1).choice(np.flatnonzero(own), 1200, replace=False)
    x = city.dsm.west + (plain.cells.col[chosen] + 0.5) * city.dsm.width
    y = city.dsm.north - (plain.cells.row[chosen] + 0.5) * city.dsm.height
    height, away = looked_up(city.dsm, x, y), np.arange(0.2, 400, 0.2)[:, None]
    blocks, slopes = np.zeros((2, len(x)))
    for azimuth, elevation in np.radians(WINTER):
        for part in np.array_split(np.arange(len(x)), 6):
            there = x[part] + away * np.sin(azimuth), y[part] + away * np.cos(azimuth)
            ray = height[part] + away * np.tan(elevation) + 1e-3
            beyond = away[:, 0] > 0.75 * city.dsm.width
            blocks[part] += ~(looked_up(city.dsm, *there) > ray)[beyond].any(axis=0)
            slopes[part] += ~(drawn_between(city.dsm, *there) > ray).any(axis=0)
    found = plain.time.total[chosen]
    assert blocks.mean() < found.mean() < 1.03 * slopes.mean()
    assert np.abs(found - slopes).mean() < 0.25


def test_slopes_are_those_of_least_squares(city: City) -> None:
    roofs = city.roofs[(shapely.area(city.roofs) < 400)][:8]
    ray = RayGrid(city.dsm.west, city.dsm.north, city.dsm.width)
    cells = cells_of(roofs, ray)
    x, y = ray.west + (cells.col + 0.5) * ray.cell, ray.north - (cells.row + 0.5) * ray.cell
    height = looked_up(city.dsm, x, y)
    found = facets(height, cells, (city.dsm.width, city.dsm.height))
    for n in range(len(roofs)):
        here = slice(cells.first[n], cells.first[n + 1])
        alone = cells_of(roofs[[n]], ray)
        expected = by_least_squares(alone, height[here])
        for one, per_cell in ((found.east, expected.east), (found.north, expected.north)):
            np.testing.assert_allclose(one[here] * city.dsm.width, per_cell, atol=1e-6)


def test_roofs_are_neither_all_steep_nor_all_raised(city: City) -> None:
    found = surface(city)
    share = found.cells.share * found.known
    assert 0.01 < (share * found.raised).sum() / share.sum() < 0.4
    assert (share * found.steep).sum() / share.sum() < 0.25
    assert 0.9 < share.sum() * city.dsm.width**2 / shapely.area(city.roofs).sum() <= 1 + 1e-9
    assert found.area.sum() > 0


def test_trees_take_some_light_and_extrapolation_little(city: City) -> None:
    with_trees, bare = (
        surface(city),
        roof_surface(city.dsm, city.roofs, suns=WINTER, hours=np.ones(3)),
    )
    assert 0.5 < with_trees.area.sum() / bare.area.sum() < 1
    finer = surface(city, extrapolate=True)
    assert finer.area.sum() == pytest.approx(with_trees.area.sum(), rel=0.15)


def test_no_bit_hangs_on_the_window(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_casters, "BLOCK_M", 64.0)
    middle = shapely.centroid(shapely.union_all(city.roofs))
    mine = np.argsort(shapely.distance(city.roofs, middle))[:3]
    whole, sides = surface(city, far=60.0), _casters.sight(60.0) + 4
    west, south, east, north = shapely.total_bounds(city.roofs[mine])
    box = west - sides, south - sides, east + sides, north + sides
    dsm, dem, canopy = (around(one, *box) for one in (city.dsm, city.dem, city.canopy))
    cut = City(dsm, dem, canopy, city.roofs[mine])
    assert cut.dsm.values.size < city.dsm.values.size
    part = surface(cut, far=60.0)
    assert (part.area == whole.area[mine]).all()
    cells = np.concatenate([np.arange(*whole.cells.first[[n, n + 1]]) for n in mine])
    np.testing.assert_array_equal(part.time.total, whole.time.total[cells])
    np.testing.assert_array_equal(part.slope, whole.slope[cells])
    np.testing.assert_array_equal(part.raised, whole.raised[cells])


def test_ground_and_veil_of_real_roofs(city: City) -> None:
    ground = ground_of(city.dem, city.roofs)
    assert np.isfinite(ground).mean() > 0.95
    low, high = np.nanmin(city.dem.values), np.nanmax(city.dem.values)
    known = np.isfinite(ground)
    assert ((ground[known] >= low) & (ground[known] <= high)).all()
    ray = RayGrid(city.dsm.west, city.dsm.north, 1.0)
    cells = cells_of(city.roofs[known], ray)
    level = np.repeat(ground[known] + 6.0, np.diff(cells.first))
    veil = veil_of(city.dem, city.canopy, transmissivity=0.3, grid=ray)
    assert veil is not None
    light: Any = np.asarray(veil(180.0, 14.0, cells.row, cells.col, level))
    chosen = np.random.default_rng(2).choice(len(level), 2000, replace=False)
    x, y = ray.west + cells.col[chosen] + 0.5, ray.north - cells.row[chosen] - 0.5
    lit = np.ones(len(chosen))
    for turn in range(0, len(chosen), 250):
        part = slice(turn, turn + 250)
        tree, rise = walked(city.canopy, x[part], y[part], 180.0, 14.0, 160)
        away = rise / np.tan(np.radians(14.0))
        hill = looked_up(city.dem, x[part] + 0 * away, y[part] - away)
        over = (tree > 0) & (hill + tree > level[chosen][part] + rise)
        lit[part] = ~over.any(axis=0)
    assert np.mean((light[chosen] < 1) != (lit < 1)) < 0.05
    assert set(np.round(np.unique(light[light > 0.02]), 6)) <= {1.0, 0.3, 0.09, 0.027}
