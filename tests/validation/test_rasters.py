"""Real canopy and land cover of Gothenburg and London, against exactextract."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from exactextract import exact_extract

from carbonspace import Assessment, evaluate, read_plan

SHARED = Path(
    os.environ.get("CARBONSPACE_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")
)
UMEP = SHARED / "umep"

pytestmark = pytest.mark.skipif(
    not UMEP.is_dir(),
    reason=f"{UMEP} is not there: real data that is not part of the project "
    "(CARBONSPACE_SHARED_DATA names its folder)",
)

CITIES = {
    "GBG_torgg_3006": ("EPSG:3006", "gbgcity_grid_300m", "torgg_cdsm", "torgg_lc", ""),
    "London_BNG": ("EPSG:27700", "DummyGrid_BNG", "cdsm_barb_1m_v2_float",
                   "landcover_barb_1m_v3", "London_BNG/"),
}  # fmt: skip


@pytest.fixture(scope="module", params=CITIES)
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Assessment]:
    """Return a city, its grid turned a little, so that borders run through cells.

    The blocks are its cells, smaller and turned the other way, with the ids of the units.
    """
    folder = tmp_path_factory.mktemp(request.param)
    crs, grid, canopy, cover, inside = CITIES[request.param]
    archive = UMEP / f"{request.param}.zip"
    units = gpd.read_file(f"/vsizip/{archive}/{inside}{grid}.shp").to_crs(crs)
    ids = [f"u{n}" for n in range(len(units))]
    cells = {"unit": units.rotate(7).buffer(-3), "block": units.scale(0.8, 0.8).rotate(-9)}
    for level, shapes in cells.items():
        layer = gpd.GeoDataFrame({f"{level}_id": ids}, geometry=shapes.to_numpy(), crs=crs)
        layer.to_file(folder / f"{level}s.gpkg")
    (folder / "plan.toml").write_text(f"""
format = 1
name = "{request.param}"
crs = "{crs}"
[layers.units]
source = "units.gpkg"
[layers.blocks]
source = "blocks.gpkg"
[rasters.canopy]
source = "{archive}/{inside}{canopy}.tif"
[rasters.land_cover]
source = "{archive}/{inside}{cover}.tif"
legend = "umep"
[parameters.all]
min_covered = 1
""", "utf-8")  # fmt: skip
    keys = ["canopy_cover", "permeable_share"]
    return request.param, evaluate(read_plan(folder / "plan.toml"), keys, [])


def shares(name: str, raster: str, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return area by value of a raster, by exactextract."""
    inside = CITIES[name][-1]
    found: pd.DataFrame = exact_extract(
        f"/vsizip/{UMEP / name}.zip/{inside}{raster}.tif", places.reset_index(),
        ["count", "unique", "frac"], include_cols=places.index.name, output="pandas",
    )  # fmt: skip
    return found.set_index(places.index.name)


def share_of(table: pd.DataFrame, unit: str, codes: set[float] | None) -> float:
    """Return the percentage of the codes; of what is above 0 for None."""
    values, parts = table.loc[unit, "unique"], table.loc[unit, "frac"]
    meant = values > 0 if codes is None else np.isin(values, [*codes])
    return float(100 * parts[meant].sum())


def test_canopy_is_what_exactextract_finds(city: tuple[str, Assessment]) -> None:
    name, found = city
    table = shares(name, CITIES[name][2], found.plan.layers["units"])
    measure = found.measures["canopy_cover"].table
    known = measure.index[measure["denominator"] > 0]
    assert len(known) >= 4
    for unit in known:
        expected = share_of(table, str(unit), None)
        assert measure.loc[unit, "value"] == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert 1 < found.measures["canopy_cover"].total()[2] < 60


def test_permeable_is_what_exactextract_finds(city: tuple[str, Assessment]) -> None:
    name, found = city
    table = shares(name, CITIES[name][3], found.plan.layers["units"])
    measure = found.measures["permeable_share"].table
    for unit in measure.index[measure["denominator"] > 0]:
        expected = share_of(table, str(unit), {3, 4, 5, 6, 7})
        assert measure.loc[unit, "value"] == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_blocks_are_what_exactextract_finds(city: tuple[str, Assessment]) -> None:
    name, found = city
    blocks = found.plan.layers["blocks"]
    soft = {3.0, 4.0, 5.0, 6.0, 7.0}
    for key, raster, codes in (("canopy_cover", 2, None), ("permeable_share", 3, soft)):
        table = shares(name, CITIES[name][raster], blocks)
        rows = found.measures[key].parts["block"]
        known = rows[rows["denominator"] > 0]
        assert len(known) >= 4
        for block, value in known["value"].items():
            expected = share_of(table, str(block), codes)
            assert value == pytest.approx(expected, rel=1e-6, abs=1e-6)
