"""Windows of rasters: the same cells whatever is asked for, in the plan's CRS, unknown not zero."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyproj import Transformer
from rasterio.transform import Affine
from tests.rasters import CRS, NORTH, WEST, north_up, write

from carbonspace.grids import Box, is_in, opened, whole
from carbonspace.kernels.cells import Lattice, sums_in
from carbonspace.model.grid import Grid
from carbonspace.model.plan import Raster
from carbonspace.sources.raster import read_raster

HOME = (WEST, NORTH - 200, WEST + 200, NORTH)
DRAW = np.random.default_rng(4)


def read(path: Path, kind: str = "canopy", **said: Any) -> Raster:
    raster, findings = read_raster(kind, path, **said)
    assert raster is not None, findings
    return raster


def cells(grid: Grid) -> dict[tuple[int, int], str]:
    """Return every known cell of the raster by its position, its value as its very bits."""
    found = {}
    for row, column in np.argwhere(~np.isnan(grid.values)):
        value = float(grid.values[row, column]).hex()
        found[grid.top + int(row), grid.left + int(column)] = value
    return found


def grown(box: Box, metres: float) -> Box:
    return box[0] - metres, box[1] - metres, box[2] + metres, box[3] + metres


def test_cells_lie_where_they_lie(tmp_path: Path) -> None:
    raster = read(write(tmp_path / "c.tif", np.arange(400, dtype="float32").reshape(20, 20) / 4))
    grid = opened(raster, CRS, (WEST + 50, NORTH - 60, WEST + 60, NORTH - 50), HOME)
    assert (grid.west, grid.north, grid.width, grid.height) == (WEST, NORTH, 10, 10)
    assert grid.values[5 - grid.top, 5 - grid.left] == 105 / 4
    assert grid.values.dtype == np.float32


@pytest.mark.parametrize("crs", [CRS, "EPSG:4326", "EPSG:4548", "EPSG:3857"])
def test_no_value_hangs_on_the_window(tmp_path: Path, crs: str) -> None:
    over = Transformer.from_crs(CRS, crs, always_xy=True)
    west, south, east, north = over.transform_bounds(*grown(HOME, 400))
    values = DRAW.uniform(0, 30, (150, 170)).astype("float32")
    at = north_up(west, north, (east - west) / 170, (north - south) / 150)
    raster = read(write(tmp_path / "c.tif", values, crs=crs, transform=at))
    all_of_it = cells(opened(raster, CRS, grown(HOME, 300), HOME))
    assert len(all_of_it) > 1000
    for _ in range(5):
        x, y = DRAW.uniform(WEST - 200, WEST + 300), DRAW.uniform(NORTH - 300, NORTH + 100)
        part = cells(opened(raster, CRS, (x, y, x + 90, y + 70), HOME))
        assert len(part) > 20
        assert part.items() <= all_of_it.items()


def test_what_is_resampled_lies_where_it_lay(tmp_path: Path) -> None:
    over = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    west, south, east, north = over.transform_bounds(*grown(HOME, 500))
    step = 1e-5
    xs, ys = np.arange(west, east, step), np.arange(north, south, -step)
    x, y = over.transform(*np.meshgrid(xs + step / 2, ys - step / 2), direction="INVERSE")
    ramp = ((x - WEST + 1000) / 50 + (y - NORTH + 1000) / 100).astype("float32")
    raster = read(write(tmp_path / "c.tif", ramp, crs="EPSG:4326",
                        transform=north_up(west, north, step, step)))  # fmt: skip
    assert not is_in(raster, CRS, HOME)
    grid = opened(raster, CRS, HOME, HOME)
    assert 0.5 < grid.width < 2
    row, column = np.indices(grid.values.shape)
    east_of = grid.west + (grid.left + column + 0.5) * grid.width
    north_of = grid.north - (grid.top + row + 0.5) * grid.height
    expected = (east_of - WEST + 1000) / 50 + (north_of - NORTH + 1000) / 100
    np.testing.assert_allclose(grid.values, expected, atol=0.02)


def test_one_crs_by_two_names_is_one(tmp_path: Path) -> None:
    local = ("+proj=tmerc +lat_0=0 +lon_0=114 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 "
             "+towgs84=0,0,0,0,0,0,0 +units=m +no_defs")  # fmt: skip
    raster = read(write(tmp_path / "c.tif", np.ones((20, 20), "float32"), crs=local))
    assert is_in(raster, CRS, HOME)


def test_rows_that_run_northwards_are_turned_over(tmp_path: Path) -> None:
    values = np.arange(400, dtype="float32").reshape(20, 20) / 4
    up = Affine(10, 0, WEST, 0, 10, NORTH - 200)
    turned = read(write(tmp_path / "u.tif", values[::-1], transform=up))
    straight = read(write(tmp_path / "s.tif", values))
    assert turned.is_upside_down
    for box in (HOME, (WEST + 33, NORTH - 90, WEST + 70, NORTH - 51)):
        assert cells(opened(turned, CRS, box, HOME)) == cells(opened(straight, CRS, box, HOME))


@pytest.mark.parametrize(
    ("nodata", "written"), [(-9999.0, -9999.0), (None, -3.4028235e38), (None, 1e35), (None, -999)]
)
def test_no_data_is_unknown_declared_or_not(
    tmp_path: Path, nodata: float | None, written: float
) -> None:
    values = np.full((20, 20), 5.0, "float32")
    values[:10] = written
    grid = opened(read(write(tmp_path / "c.tif", values, nodata=nodata)), CRS, HOME, HOME)
    assert np.isnan(grid.values).sum() == 200
    assert np.nansum(grid.values) == 1000


@pytest.mark.parametrize(("unit", "height"), [("cm", 0.05), ("ft", 1.524), ("m", 5.0)])
def test_units_become_metres(tmp_path: Path, unit: str, height: float) -> None:
    path = write(tmp_path / "c.tif", np.full((20, 20), 5, "uint8"))
    grid = opened(read(path, unit=unit), CRS, HOME, HOME)
    assert np.nanmax(grid.values) == pytest.approx(height)


def test_codes_become_positions_of_land_covers(tmp_path: Path) -> None:
    values = np.full((20, 20), 10, "uint8")
    values[0], values[1] = 50, 77
    raster = read(write(tmp_path / "c.tif", values), "land_cover", legend="worldcover")
    grid = opened(raster, CRS, HOME, HOME)
    assert [grid.classes[n] if n >= 0 else None for n in grid.values[:3, 0]] == [
        "built", None, "trees",
    ]  # fmt: skip


def test_a_window_beyond_the_raster_is_empty(tmp_path: Path) -> None:
    raster = read(write(tmp_path / "c.tif", np.ones((20, 20), "float32")))
    away = (WEST + 5000, NORTH - 200, WEST + 5200, NORTH)
    grid = opened(raster, CRS, away, HOME)
    assert sums_in([], grid.values, Lattice(*grid.place)).area.tolist() == []
    assert not cells(grid)


def test_cells_as_polygons_keep_their_amounts(tmp_path: Path) -> None:
    values = DRAW.uniform(0, 9, (20, 20)).astype("float32")
    values[3, 4] = -1
    drawn, amounts = whole(read(write(tmp_path / "p.tif", values, nodata=-1), "population"),
                           CRS, HOME)  # fmt: skip
    assert len(drawn) == 399
    assert amounts.sum() == pytest.approx(values.sum(dtype=float) + 1)
    assert drawn[0].bounds == (WEST, NORTH - 10, WEST + 10, NORTH)
