"""Rasters: their facts, and what makes one unusable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

HEIGHTS = '[layers.parcels]\nsource = "p.gpkg"\n[rasters.dsm]\nsource = "dsm.tif"\n'


@pytest.fixture(autouse=True)
def plan_file(tmp_path: Path, parcels: Any) -> None:
    parcels(land_use=["07"]).to_file(tmp_path / "p.gpkg")


def write(path: Path, *, crs: str | None = "EPSG:4547", bands: int = 1,
          transform: Affine | None = None) -> None:  # fmt: skip
    transform = transform or Affine(2, 0, 0, 0, -2, 100)
    with rasterio.open(
        path, "w", driver="GTiff", width=5, height=4, count=bands, dtype="float32", crs=crs,
        nodata=-9999, transform=transform,
    ) as target:  # fmt: skip
        target.write(np.zeros((bands, 4, 5), dtype="float32"))


def test_the_facts_of_a_raster(tmp_path: Path, read: Any) -> None:
    write(tmp_path / "dsm.tif")
    plan = read(HEIGHTS)
    raster = plan.rasters["dsm"]
    assert (raster.kind, raster.crs, raster.resolution) == ("dsm", "EPSG:4547", (2.0, 2.0))
    assert raster.nodata == -9999
    assert [i.layer for i in plan.inputs] == ["parcels", "rasters.dsm"]


def test_a_missing_raster(faults: Any) -> None:
    (one,) = faults(HEIGHTS)
    assert (one.layer, one.what.en) == ("rasters.dsm", "The file does not exist")


def test_a_file_that_is_no_raster(tmp_path: Path, faults: Any) -> None:
    (tmp_path / "dsm.tif").write_text("nothing")
    (one,) = faults(HEIGHTS)
    assert one.what.en == "The raster cannot be read"


def test_every_fault_of_a_raster_at_once(tmp_path: Path, faults: Any) -> None:
    turned = Affine(2, 0.1, 0, 0.1, -2, 100)
    write(tmp_path / "dsm.tif", crs=None, bands=2, transform=turned)
    assert [f.what.en for f in faults(HEIGHTS)] == [
        "The raster has no CRS", "The raster is rotated", "The raster has several bands",
    ]  # fmt: skip


def test_unknown_kind_and_key(faults: Any) -> None:
    found = faults(HEIGHTS.replace("dsm]", "dms]"))
    assert [f.action.en for f in found] == ["Did you mean dsm?"]
    found = faults(HEIGHTS + "band = 2\n")
    assert found[0].what.en == "plan.toml: rasters.dsm.band is not known"
