"""A plan whose layer has all that may be strange in a source, and what was made of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from carbonspace.partition import Partitions, partition
from carbonspace.sources.mapping import LayerSource

HEAD = 'format = 1\nname = "试 Trial"\ncrs = "EPSG:4547"\nprofiles = []\n'
TABLE = '[layers.parcels]\nsource = "plan.gpkg"\nlayer = "parcels"\n'

Made = Callable[..., Partitions]
Boxes = np.ndarray


def squares(count: int, seed: int = 0, east: float = 500_000.0) -> gpd.GeoDataFrame:
    """Return squares strewn over 10 km, without any order; each tenth has no geometry."""
    draw = np.random.default_rng(seed)
    x, y = east + draw.uniform(0, 1e4, count), 4_000_000 + draw.uniform(0, 1e4, count)
    side = draw.uniform(1, 300, count)
    shapes = shapely.box(x, y, x + side, y + side)
    shapes[::10] = None
    shapes[5::100] = shapely.Polygon()
    table = {
        "parcel_id": [f"甲{n}" for n in range(count)],
        "land_use": draw.choice(np.array(["0701", "1401", None], dtype=object), count),
        "population": np.where(draw.random(count) < 0.5, np.nan, draw.integers(0, 99, count)),
        "surveyed": pd.Timestamp("2025-12-31"),
        "bbox": draw.integers(0, 1 << 60, count),
        "row": True,
    }
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4547")


def written(folder: Path, frame: gpd.GeoDataFrame, table: str = TABLE) -> Path:
    """Write a plan of one layer and return its plan.toml."""
    folder.mkdir(exist_ok=True)
    frame.to_file(folder / "plan.gpkg", layer="parcels")
    (folder / "plan.toml").write_text(HEAD + table, "utf-8")
    return folder / "plan.toml"


def layer(folder: Path, key: str = "parcels") -> LayerSource:
    """Return the layer of partitions as a plan.toml beside them names it."""
    return LayerSource(key, key, folder / key)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Return a maker of partitions of squares."""

    def make(count: int = 1_000, features: int = 100, east: float = 500_000.0) -> Partitions:
        plan = written(tmp_path / "plan", squares(count, east=east))
        return partition(plan, tmp_path / "out", features=features)

    return make
