"""Layers go out as carbonspace reads them: any field names, rasters, plan.toml, models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import GOLDEN, Heard, golden, memory
from osgeo import gdal, osr
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsVectorLayer,
)


def test_awkward_fields_arrive_whole(qgis: Any, tmp_path: Path) -> None:
    from carbonspace_qgis.files import exported

    kinds = (
        "field=fid:string&field=Name:string&field=name:integer&field=geom:double&field=名 称:string"
    )
    layer = memory("Polygon", kinds, ["a", "甲", 1, 0.5, "é"], ["a", "乙", 2, 1.5, ""])
    made = exported("parcels", layer, tmp_path)
    assert (made.path, made.layer, made.crs) == (str(tmp_path / "parcels.gpkg"), "parcels", None)
    assert made.fields == ("fid", "Name", "name_", "geom", "名 称")
    read = QgsVectorLayer(f"{made.path}|layername=parcels", "x", "ogr")
    rows = [[one[name] for name in made.fields] for one in read.getFeatures()]
    assert rows == [["a", "甲", 1, 0.5, "é"], ["a", "乙", 2, 1.5, ""]]
    assert read.crs().authid() == "EPSG:4547"


def test_a_file_stays_where_it_lies_unless_it_shows_something_else(
    qgis: Any, tmp_path: Path
) -> None:
    from carbonspace_qgis.files import exported

    layer = QgsVectorLayer(golden("parks"), "parks", "ogr")
    assert exported("parks", layer, tmp_path)[:3] == (str(GOLDEN), "parks", None)
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:4548"))
    assert exported("parks", layer, tmp_path)[:3] == (str(GOLDEN), "parks", "EPSG:4548")
    layer.setSubsetString("park_id = 'GY-01'")
    aside = exported("parks", layer, tmp_path)
    assert aside.path == str(tmp_path / "parks.gpkg")
    assert QgsVectorLayer(f"{aside.path}|layername=parks", "x", "ogr").featureCount() == 1


def test_a_plan_is_written_as_it_is_meant(qgis: Any, tmp_path: Path) -> None:
    from carbonspace_qgis.files import Source, write_plan

    odd = 'a"b\\c\n\t\x00\x7f\u2028é 中'
    layer = Source(f"C:\\数据 夹\\{odd}", odd, None, ("x",)).stated(
        "地块", [{"column": "far", "field": "x", "why": {}}], where="a = 'b'"
    )
    file = write_plan(tmp_path, odd, "", {"parcels": layer},
                      parameters={"far": {"tiers": [1.5, odd], "flag": False}})  # fmt: skip
    assert json.loads(Path(file).read_text("utf-8")) == {
        "format": 1, "name": odd, "crs": "guess", "layers": {"parcels": {
            "source": f"C:\\数据 夹\\{odd}", "layer": odd, "crs": None,
            "columns": [{"column": "far", "field": "x", "why": {}}],
            "where": "a = 'b'"}},
        "parameters": {"far": {"tiers": [1.5, odd], "flag": False}}}  # fmt: skip


@pytest.fixture
def canopy(tmp_path: Path) -> Path:
    """Return a raster of crowns over the golden plan: 8 m in every second column."""
    extent = QgsVectorLayer(golden("units"), "units", "ogr").extent()
    cell, file = 20.0, tmp_path / "树 冠.tif"
    wide, high = (int(side / cell) + 1 for side in (extent.width(), extent.height()))
    made = gdal.GetDriverByName("GTiff").Create(str(file), wide, high, 1, gdal.GDT_Float32)
    made.SetGeoTransform((extent.xMinimum(), cell, 0, extent.yMaximum(), 0, -cell))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(4547)
    made.SetProjection(reference.ExportToWkt())
    made.GetRasterBand(1).WriteArray(np.tile(np.arange(wide) % 2 * 8.0, (high, 1)))
    made.FlushCache()
    return file


def test_rasters_are_taken_from_the_project(qgis: Any, tmp_path: Path, canopy: Path) -> None:
    import processing

    out = tmp_path / "out.gpkg"
    found = processing.run("carbonspace:canopy_cover", {
        "UNITS": golden("units"), "RASTER_CANOPY": str(canopy), "OUTPUT": str(out)},
        feedback=Heard())  # fmt: skip
    assert found["CITY"] == pytest.approx(50.0, abs=1.0)
