"""What lies in a folder, before anybody says what it means."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from rasterio.transform import Affine

from carbonspace.sources.dataset import SAMPLE_ROWS
from carbonspace.sources.listing import datasets

VECTORS = [
    ("p.gpkg", "GPKG"),
    ("p.shp", "ESRI Shapefile"),
    ("p.geojson", "GeoJSON"),
    ("p.gdb", "OpenFileGDB"),
    ("p.fgb", "FlatGeobuf"),
]


@pytest.mark.parametrize(("name", "driver"), VECTORS)
def test_a_layer_says_what_it_is(name: str, driver: str, tmp_path: Path, parcels: Any) -> None:
    frame = parcels(DKBH=["A-1", "A-2"], FAR=[1.5, 2.0], floors=np.array([3, 4], dtype="int32"))
    frame.to_file(tmp_path / name, driver=driver)
    (found,) = datasets(tmp_path / name)
    assert (found.kind, found.features, found.crs) == ("polygon", 2, "EPSG:4547")
    assert found.source == str(tmp_path / name)
    assert found.bounds == (0, 0, 200, 100)
    assert dict(found.fields) == {"DKBH": "text", "FAR": "number", "floors": "integer"}
    assert sorted(found.sample["DKBH"]) == ["A-1", "A-2"]
    assert found.sample.geometry.area.tolist() == [10_000, 10_000]


def test_geoparquet(tmp_path: Path, parcels: Any) -> None:
    parcels(DKBH=["A-1"], FAR=[1.5], new=[True]).to_parquet(tmp_path / "p.parquet")
    (found,) = datasets(tmp_path / "p.parquet")
    assert (found.kind, found.layer, found.features) == ("polygon", None, 1)
    assert (found.crs, found.bounds) == ("EPSG:4547", (0, 0, 100, 100))
    assert found.fields == (("DKBH", "text"), ("FAR", "number"), ("new", "flag"))
    assert found.sample.geometry.area.tolist() == [10_000]


def test_a_plain_parquet_file_is_a_table(tmp_path: Path) -> None:
    pd.DataFrame({"zone": ["a"], "jobs": [3]}).to_parquet(tmp_path / "t.parquet")
    (found,) = datasets(tmp_path / "t.parquet")
    assert (found.kind, found.crs, found.bounds) == ("table", None, None)
    assert found.sample["jobs"].tolist() == [3]


def test_every_layer_of_a_file_and_tables_too(tmp_path: Path, parcels: Any) -> None:
    frame = parcels(DKBH=["A-1"])
    frame.to_file(tmp_path / "p.gpkg", layer="地块")
    frame.set_geometry(frame.centroid).to_file(tmp_path / "p.gpkg", layer="stops")
    (tmp_path / "t.csv").write_text("zone,jobs\na,3\n", "utf-8")
    found = datasets(tmp_path)
    assert [(d.layer, d.kind) for d in found] == [
        ("地块", "polygon"), ("stops", "point"), ("t", "table"),
    ]  # fmt: skip


def test_mixed_geometries(tmp_path: Path) -> None:
    shapes = [shapely.Point(0, 0), shapely.box(0, 0, 1, 1), None]
    gpd.GeoDataFrame({"a": [1, 2, 3]}, geometry=shapes, crs=4547).to_file(tmp_path / "m.gpkg")
    (found,) = datasets(tmp_path / "m.gpkg")
    assert (found.kind, found.features) == ("mixed", 3)


def test_an_empty_layer_has_the_kind_it_declares(tmp_path: Path, parcels: Any) -> None:
    parcels(a=["x"]).iloc[:0].to_file(tmp_path / "e.gpkg", geometry_type="MultiPolygon")
    (found,) = datasets(tmp_path / "e.gpkg")
    assert (found.kind, found.features, len(found.sample)) == ("polygon", 0, 0)
    assert found.bounds is None


def test_the_sample_is_small_and_spread(tmp_path: Path, parcels: Any) -> None:
    parcels(n=range(1000)).to_file(tmp_path / "p.gpkg")
    (found,) = datasets(tmp_path / "p.gpkg")
    assert found.features == 1000
    assert found.sample["n"].tolist() == [*range(0, 1000, 1000 // SAMPLE_ROWS)]


def write_raster(path: Path) -> None:
    transform = Affine(2, 0, 500_000, 0, -2, 4_000_000)
    facts = {"count": 1, "width": 3, "height": 2, "dtype": "float32", "crs": "EPSG:4547"}
    with rasterio.open(path, "w", transform=transform, **facts) as file:
        file.write(np.zeros((1, 2, 3), dtype="float32"))


def test_rasters(tmp_path: Path) -> None:
    write_raster(tmp_path / "dsm.tif")
    (found,) = datasets(tmp_path)
    assert (found.kind, found.crs, found.fields) == (
        "raster", "EPSG:4547", (("band 1", "float32"),),
    )  # fmt: skip
    assert found.bounds == (500_000, 3_999_996, 500_006, 4_000_000)


def test_an_osm_extract_names_what_it_gives(osm: Any) -> None:
    osm.way([(0, 0), (100, 0)], highway="residential")
    osm.square(0, 0, 50, building="yes")
    osm.write()
    (found,) = datasets(osm.path)
    assert (found.kind, found.layer, found.crs) == ("feed", None, "EPSG:4326")
    assert found.gives == ("buildings", "roads")


def test_a_broken_file_is_listed_with_its_fault(tmp_path: Path, parcels: Any) -> None:
    parcels(a=["x"]).to_file(tmp_path / "good.gpkg")
    (tmp_path / "bad.gpkg").write_bytes(b"SQLite format 3\0 and no more")
    (tmp_path / "empty.shp").write_bytes(b"")
    (tmp_path / "notes.md").write_text("not data", "utf-8")
    found = datasets(tmp_path)
    assert [(Path(d.source).name, d.kind) for d in found] == [
        ("bad.gpkg", "unreadable"), ("empty.shp", "unreadable"), ("good.gpkg", "polygon"),
    ]  # fmt: skip
    assert all(f.severity == "error" for d in found[:2] for f in d.findings)
    assert all(d.findings for d in found[:2])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (found,) = datasets(tmp_path / "none.gpkg")
    assert found.kind == "unreadable"
    assert found.findings[0].found_in("en")


def test_a_loop_of_links_ends(tmp_path: Path, parcels: Any) -> None:
    parcels(a=["x"]).to_file(tmp_path / "p.gpkg")
    (tmp_path / "round").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.gpkg").symlink_to(tmp_path / "self.gpkg")
    assert [d.kind for d in datasets(tmp_path)] == ["polygon", "unreadable"]


def test_a_gbk_shapefile_and_a_gbk_table(tmp_path: Path, parcels: Any) -> None:
    frame = parcels(编号=["甲-1"])
    pyogrio.write_dataframe(frame, tmp_path / "p.shp", encoding="GB18030")
    (tmp_path / "p.cpg").unlink(missing_ok=True)
    (tmp_path / "t.csv").write_text("街道,人口\n城关,3\n", "gb18030")
    shapes, table = datasets(tmp_path)
    assert shapes.sample["编号"].tolist() == ["甲-1"]
    assert shapes.fields == (("编号", "text"),)
    assert table.sample["街道"].tolist() == ["城关"]
    assert table.source == str(tmp_path / "t.csv")


def test_an_archive_holds_layers_and_rasters(tmp_path: Path, parcels: Any) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    parcels(DKBH=["A-1"]).to_file(inside / "地块.shp")
    parcels(DKBH=["A-2"]).to_file(inside / "p.gpkg")
    write_raster(inside / "dsm.tif")
    with zipfile.ZipFile(tmp_path / "plan.zip", "w") as archive:
        for file in inside.iterdir():
            archive.write(file, f"plan/{file.name}")
    shutil.rmtree(inside)
    found = {d.layer or Path(d.source).name: d for d in datasets(tmp_path)}
    assert {name: d.kind for name, d in found.items()} == {
        "p": "polygon", "地块": "polygon", "dsm.tif": "raster",
    }  # fmt: skip
    assert found["地块"].source == str(tmp_path / "plan.zip")
    assert found["dsm.tif"].source == str(tmp_path / "plan.zip" / "plan" / "dsm.tif")


def test_a_raster_in_an_archive_is_read_there(tmp_path: Path, parcels: Any, read: Any) -> None:
    parcels(land_use=["07"]).to_file(tmp_path / "p.gpkg")
    write_raster(tmp_path / "dsm.tif")
    with zipfile.ZipFile(tmp_path / "dem.zip", "w") as archive:
        archive.write(tmp_path / "dsm.tif", "a/dsm.tif")
    plan = read(
        '[layers.parcels]\nsource = "p.gpkg"\n[rasters.dsm]\nsource = "dem.zip/a/dsm.tif"\n'
    )
    with rasterio.open(plan.rasters["dsm"].path) as file:
        assert file.shape == (2, 3)
    assert [i.path for i in plan.inputs] == ["p.gpkg", "dem.zip/a/dsm.tif"]


def test_a_document_type_in_gml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.gml").write_text('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x/>')
    (found,) = datasets(tmp_path)
    assert found.kind == "unreadable"
    assert "DOCTYPE" in found.findings[0].what.en
