"""Rasters written for a test, and a plan that has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.transform import Affine

from carbonspace import Plan, read_plan

CRS = "EPSG:4547"
WEST, NORTH = 500_000.0, 4_000_000.0
"""The corner of the plans drawn here; y falls towards the south."""


def north_up(west: float, north: float, width: float, height: float | None = None) -> Affine:
    """Return the transform of a raster by its corner and the size of its cells."""
    return Affine(width, 0, west, 0, -(height or width), north)


def write(
    path: Path,
    values: Any,
    *,
    cell: float = 10.0,
    crs: str | None = CRS,
    corner: tuple[float, float] = (WEST, NORTH),
    transform: Affine | None = None,
    nodata: float | None = None,
    unit: str | None = None,
) -> Path:
    """Write values, the first row in the north, as a GeoTIFF."""
    grid = np.asarray(values)
    with rasterio.open(
        path, "w", driver="GTiff", width=grid.shape[1], height=grid.shape[0], count=1,
        dtype=grid.dtype, crs=crs, nodata=nodata,
        transform=transform or north_up(*corner, cell),
    ) as target:  # fmt: skip
        target.write(grid, 1)
        if unit:
            target.units = [unit]
    return path


def squares(columns: int, rows: int, side: float) -> list[shapely.Polygon]:
    """Return squares from the corner eastwards, row by row southwards."""
    return [shapely.box(WEST + i * side, NORTH - (j + 1) * side,
                        WEST + (i + 1) * side, NORTH - j * side)
            for j in range(rows) for i in range(columns)]  # fmt: skip


def frame(shapes: list[shapely.Polygon], **columns: Any) -> gpd.GeoDataFrame:
    """Return shapes as a layer."""
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def plan_with(folder: Path, rasters: str, **layers: gpd.GeoDataFrame) -> Plan:
    """Return a plan of layers, units of 100 m by default, and of the rasters that TOML names."""
    shapes = squares(2, 2, 100)
    own = {"units": frame(shapes, unit_id=[f"u{n + 1}" for n in range(4)]), **layers}
    text = f'format = 1\nname = "t"\ncrs = "{CRS}"\n'
    for key, layer in own.items():
        layer.to_file(folder / "plan.gpkg", layer=key)
        text += f'[layers.{key}]\nsource = "plan.gpkg"\nlayer = "{key}"\n'
    (folder / "plan.toml").write_text(text + rasters, "utf-8")
    return read_plan(folder / "plan.toml")
