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
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

PLAN = Path(__file__).with_name("plan.gpkg")
CRS = "EPSG:27700"
LOWEST, LEAP = 2.5, 1.5
"""Metres from which on something is a building, and by which a roof leaps up to the next one."""
SMALLEST = 60
"""Square metres below which a roof is part of its neighbour."""
LEAST = 20
"""Square metres below which what stands alone is no building."""
STRAIGHT = 1.5
"""Metres by which steps of cells are made straight."""
BUILDING = 4
"""The class of buildings in the land cover."""
MIDDLE = shapely.box(532050, 181500, 532600, 181920)
"""What is measured: away from the edges of the data, beyond which nothing is known to shade."""


def read(archive: Path, name: str) -> tuple[NDArray[Any], Affine]:
    with rasterio.open(f"zip://{archive}!London_BNG/{name}.tif") as source:
        return source.read(1), source.transform


def hanging_together(height: NDArray[Any], built: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Number the cells of buildings: alike where one comes to the other without a leap."""
    cell = np.arange(height.size).reshape(height.shape)
    pairs = []
    for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        near = np.abs(height[one] - height[other]) <= LEAP
        near &= built[one] & built[other]
        pairs.append((cell[one][near], cell[other][near]))
    a, b = (np.concatenate(ends) for ends in zip(*pairs, strict=True))
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(height.size, height.size))
    _, number = connected_components(graph, directed=False)
    return np.where(built, 1 + number.reshape(height.shape), 0).astype(np.int32)


def roofs(archive: Path) -> gpd.GeoDataFrame:
    """Return polygons of about one height each, that neither overlap nor leave gaps."""
    surface, place = read(archive, "dsm_barb_1m_tif")
    height = median_filter(surface - read(archive, "dem_barb_1m_tif")[0], size=3)
    built = (read(archive, "landcover_barb_1m_v3")[0] == BUILDING) & (height >= LOWEST)
    built = sieve(built.astype(np.uint8), LEAST).astype(bool)
    whole = np.where(built, sieve(hanging_together(height, built), SMALLEST, mask=built), 0)
    found = [shapely.geometry.shape(one) for one, _ in shapes(whole, mask=built, transform=place)]
    drawn = shapely.coverage_simplify(np.array(found, dtype=object), STRAIGHT)
    number = rasterio.features.rasterize(
        [(one, n) for n, one in enumerate(found, 1)], whole.shape, transform=place, dtype="int32"
    )
    middle = median(height, number, np.arange(1, len(found) + 1))
    made = gpd.GeoDataFrame({"height": np.round(middle, 1)}, geometry=drawn, crs=CRS)
    return made[made.area >= 1].reset_index(drop=True)


def draw(archive: Path, path: Path = PLAN) -> Path:
    buildings = roofs(archive)
    buildings.insert(0, "building_id", [f"B{n:04d}" for n in range(len(buildings))])
    buildings["geometry"] = shapely.set_precision(buildings.geometry.to_numpy(), 0.01)
    cut = shapely.union_all(buildings.geometry[buildings.crosses(MIDDLE.boundary)].to_numpy())
    outline = shapely.difference(MIDDLE, cut, grid_size=0.01)  # so that it parts no roof
    unit = gpd.GeoDataFrame(
        {"unit_id": ["barbican"], "name": ["Barbican"]}, geometry=[outline], crs=CRS
    )
    path.unlink(missing_ok=True)
    unit.to_file(path, layer="units", driver="GPKG")
    buildings.to_file(path, layer="buildings", driver="GPKG")
    return path


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
