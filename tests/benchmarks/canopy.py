"""The crowns of a made city as a raster: how much of each cell they cover, with holes in it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from rasterio.transform import Affine
from rasterio.windows import Window
from tests.benchmarks.net import Floats

CELL = 5.0
_UNKNOWN = 255
_ROWS = 512
"""Rows made at a time, a multiple of those of a tile."""

_WAVES = 8
_LONGEST, _SHORTEST = 4_000.0, 60.0
"""Metres from one crest of the crowns' density to the next."""


class Canopy(NamedTuple):
    """Percent of each cell under crowns, NaN where unknown, and the north-western corner."""

    percent: Floats
    west: float
    north: float


class _Waves(NamedTuple):
    """Waves across the city: radians per metre east and north, where they begin, how high."""

    east: Floats
    north: Floats
    phase: Floats
    height: Floats


def write_canopy(path: Path, box: tuple[float, float, float, float], crs: str, seed: int) -> None:
    """Write the crowns over a box (west, south, east, north), some rows at a time."""
    west, north = np.floor(box[0] / CELL) * CELL, np.ceil(box[3] / CELL) * CELL
    columns, rows = (int(np.ceil(side / CELL)) for side in (box[2] - west, north - box[1]))
    waves = _waves(np.random.default_rng([seed, 11]))
    with rasterio.open(
        path, "w", driver="GTiff", width=columns, height=rows, count=1, dtype="uint8", crs=crs,
        nodata=_UNKNOWN, transform=Affine(CELL, 0, west, 0, -CELL, north), tiled=True,
        compress="deflate",
    ) as target:  # fmt: skip
        target.units = ["%"]
        for top in range(0, rows, _ROWS):
            count = min(_ROWS, rows - top)
            draw = np.random.default_rng([seed, 12, top])
            target.write(_crowns(waves, top, count, columns, draw), 1,
                         window=Window(0, top, columns, count))  # fmt: skip


def _waves(draw: np.random.Generator) -> _Waves:
    length = np.geomspace(_LONGEST, _SHORTEST, _WAVES)
    way = draw.uniform(0, 2 * np.pi, _WAVES)
    turns = 2 * np.pi / length
    return _Waves(turns * np.cos(way), turns * np.sin(way), draw.uniform(0, 2 * np.pi, _WAVES),
                  np.geomspace(28.0, 14.0, _WAVES))  # fmt: skip


def _crowns(
    waves: _Waves, top: int, rows: int, columns: int, draw: np.random.Generator
) -> np.ndarray:
    """Return some rows: bare here, wooded there, rough from cell to cell, and holes."""
    x, y = np.arange(columns) * CELL, (top + np.arange(rows))[:, None] * CELL
    percent = np.full((rows, columns), 12.0)
    for east, north, phase, height in zip(*waves, strict=True):
        percent += height * np.sin(east * x + north * y + phase)
    percent += draw.normal(0, 12.0, percent.shape)
    found = np.clip(np.round(percent), 0, 100).astype(np.uint8)
    for _ in range(1 + found.size // 200_000):
        row, column = draw.integers(0, rows), draw.integers(0, columns)
        found[row : row + draw.integers(1, 40), column : column + draw.integers(1, 60)] = _UNKNOWN
    return found


def read_canopy(path: Path) -> Canopy:
    """Return the crowns of a city, in memory."""
    with rasterio.open(path) as source:
        percent = source.read(1, masked=True).astype(np.float64).filled(np.nan)
        return Canopy(percent, source.transform.c, source.transform.f)


def by_exactextract(parcels: gpd.GeoDataFrame, canopy: Canopy) -> pd.Series:
    """Return the share of each parcel under crowns, percent, as exactextract finds it."""
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    rows, columns = canopy.percent.shape
    source = NumPyRasterSource(
        canopy.percent, canopy.west, canopy.north - rows * CELL,
        canopy.west + columns * CELL, canopy.north,
    )  # fmt: skip
    found = exact_extract(source, parcels[["geometry"]], ["mean"], output="pandas")
    return pd.Series(found["mean"].to_numpy(float), index=parcels.index)
