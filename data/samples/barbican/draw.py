"""Draw `plan.gpkg` from the surface model of the Barbican: roofs of one height, as footprints.

    python draw.py London_BNG.zip

The archive is that of the UMEP tutorials, see LICENCE.md. It is not part of the project.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes, sieve
from rasterio.transform import Affine
from scipy.ndimage import median, median_filter

PLAN = Path(__file__).with_name("plan.gpkg")
CRS = "EPSG:27700"
LOWEST, STOREY = 2.5, 3.0
"""Metres from which on something is a building, and by which roofs are told apart."""
SMALLEST = 60
"""Square metres below which a roof is part of its neighbour."""
LEAST = 20
"""Square metres below which what stands alone is no building."""
STRAIGHT = 1.5
"""Metres by which steps of cells are made straight."""
BUILDING = 4
"""The class of buildings in the land cover."""
UNIT = shapely.box(532050, 181500, 532600, 181920)
"""What is measured: away from the edges of the data, beyond which nothing is known to shade."""


def read(archive: Path, name: str) -> tuple[NDArray[Any], Affine]:
    with rasterio.open(f"zip://{archive}!London_BNG/{name}.tif") as source:
        return source.read(1), source.transform


def roofs(archive: Path) -> gpd.GeoDataFrame:
    """Return polygons of about one height each, that neither overlap nor leave gaps."""
    surface, place = read(archive, "dsm_barb_1m_tif")
    height = median_filter(surface - read(archive, "dem_barb_1m_tif")[0], size=3)
    built = (read(archive, "landcover_barb_1m_v3")[0] == BUILDING) & (height >= LOWEST)
    built = sieve(built.astype(np.uint8), LEAST).astype(bool)
    level = np.where(built, 1 + height // STOREY, 0).astype(np.int32)
    level = np.where(built, sieve(level, SMALLEST, mask=built), 0).astype(np.int32)
    found = [shapely.geometry.shape(one) for one, _ in shapes(level, mask=built, transform=place)]
    drawn = shapely.coverage_simplify(np.array(found, dtype=object), STRAIGHT)
    number = rasterio.features.rasterize(
        [(one, n) for n, one in enumerate(found, 1)], level.shape, transform=place, dtype="int32"
    )
    middle = median(height, number, np.arange(1, len(found) + 1))
    made = gpd.GeoDataFrame({"height": np.round(middle, 1)}, geometry=drawn, crs=CRS)
    return made[made.area >= 1].reset_index(drop=True)


def draw(archive: Path, path: Path = PLAN) -> Path:
    buildings = roofs(archive)
    buildings.insert(0, "building_id", [f"B{n:04d}" for n in range(len(buildings))])
    buildings["geometry"] = shapely.set_precision(buildings.geometry.to_numpy(), 0.01)
    unit = gpd.GeoDataFrame(
        {"unit_id": ["barbican"], "name": ["Barbican"]}, geometry=[UNIT], crs=CRS
    )
    path.unlink(missing_ok=True)
    unit.to_file(path, layer="units", driver="GPKG")
    buildings.to_file(path, layer="buildings", driver="GPKG")
    return path


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
