"""Layers in every state a project has them in: what is shown counts, all of it, or nothing."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from conftest import GOLDEN, Heard, copied, golden, memory, room_of
from qgis.core import (
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
    QgsVectorLayerJoinInfo,
)
from qgis.PyQt.QtCore import QDate, QTime, QVariant


def rows(gpkg: Path | str, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(str(gpkg)) as opened:
        return opened.execute(query).fetchall()


def test_every_unsaved_edit_arrives_and_stays_unsaved(qgis: Any, tmp_path: Path) -> None:
    from carbonspace_qgis.files import exported

    layer = copied("parks", tmp_path / "parks.gpkg")
    assert exported("parks", layer, tmp_path / "aside").path == str(tmp_path / "parks.gpkg")
    before = rows(tmp_path / "parks.gpkg", "SELECT park_id FROM parks ORDER BY 1")
    layer.startEditing()
    first, second, *_ = sorted(layer.getFeatures(), key=lambda one: str(one["park_id"]))
    layer.deleteFeature(first.id())
    layer.changeGeometry(second.id(), QgsGeometry.fromWkt("MULTIPOLYGON(((0 0,2 0,2 2,0 0)))"))
    layer.addAttribute(QgsField("新 field", QVariant.Int))
    layer.changeAttributeValue(second.id(), layer.fields().indexOf("新 field"), 7)
    new = QgsFeature(layer.fields())
    new.setGeometry(QgsGeometry.fromWkt("MULTIPOLYGON(((0 0,1 0,1 1,0 0)))"))
    new["park_id"] = "新"
    assert layer.addFeature(new)
    made = exported("parks", layer, tmp_path / "aside")
    found = dict(rows(made.path, 'SELECT park_id, "新 field" FROM parks'))
    assert set(found) == {one for (one,) in before} - {first["park_id"]} | {"新"}
    assert found[second["park_id"]] == 7
    written = QgsVectorLayer(f"{made.path}|layername=parks", "x", "ogr")
    assert min(one.geometry().area() for one in written.getFeatures()) == 0.5
    assert layer.isModified()
    assert rows(tmp_path / "parks.gpkg", "SELECT park_id FROM parks ORDER BY 1") == before


@pytest.mark.parametrize("driver", ["ESRI Shapefile", "GeoJSON", "FlatGeobuf"])
def test_files_of_every_kind_stay_where_they_lie(qgis: Any, tmp_path: Path, driver: str) -> None:
    from carbonspace_qgis.files import Source, exported

    file = tmp_path / f"公园 1.{({'GeoJSON': 'geojson', 'FlatGeobuf': 'fgb'}).get(driver, 'shp')}"
    layer = copied("parks", file, driver)
    assert layer.startEditing()  # nothing is edited yet
    fields = tuple(one.name() for one in layer.fields())
    assert exported("parks", layer, tmp_path / "aside") == Source(str(file), None, None, fields)


def test_joined_and_computed_fields_count(qgis: Any, tmp_path: Path) -> None:
    from carbonspace_qgis.files import exported

    layer = copied("parks", tmp_path / "parks.gpkg")
    codes = memory("Polygon", "field=id:string&field=land_use:string", ["GY-00", "1402"])
    QgsProject.instance().addMapLayer(codes)
    join = QgsVectorLayerJoinInfo()
    join.setJoinLayer(codes)
    join.setJoinFieldName("id")
    join.setTargetFieldName("park_id")
    join.setPrefix("账_")
    assert layer.addJoin(join)
    layer.addExpressionField("upper(\"park_id\") || '!'", QgsField("loud", QVariant.String))
    made = exported("parks", layer, tmp_path / "aside")
    found = rows(made.path, 'SELECT loud, "账_land_use" FROM parks ORDER BY park_id')
    assert found[0] == ("GY-00!", "1402")
    assert {one for _, one in found[1:]} == {None}


def test_one_kind_of_geometry_of_a_file_is_not_the_whole_file(qgis: Any, tmp_path: Path) -> None:
    from carbonspace_qgis.files import exported

    file = tmp_path / "mixed.geojson"
    shape = '{{"type":"Feature","properties":{{}},"geometry":{{"type":"{}","coordinates":{}}}}}'
    shapes = [
        shape.format("Point", "[1,2]"),
        shape.format("Polygon", "[[[0,0],[1,0],[1,1],[0,0]]]"),
    ]
    file.write_text(f'{{"type":"FeatureCollection","features":[{",".join(shapes)}]}}', "utf-8")
    layer = QgsVectorLayer(f"{file}|geometrytype=Polygon", "面", "ogr")
    made = exported("parcels", layer, tmp_path / "aside")
    assert rows(made.path, "SELECT count(*) FROM parcels") == [(1,)]
    whole = QgsVectorLayer(f"{file}|option:FLATTEN_NESTED_ATTRIBUTES=YES", "面", "ogr")
    assert Path(exported("parcels", whole, tmp_path / "aside").path) != file


def test_fields_that_no_geopackage_holds_are_left_empty(qgis: Any, tmp_path: Path) -> None:
    from carbonspace_qgis.files import exported

    kinds = "field=a:string[]&field=i:int[]&field=d:date&field=t:time&field=n:double"
    layer = memory("Polygon", kinds, [["x"], [1, 2], QDate(2025, 1, 2), QTime(1, 2, 3), 0.5])
    made = exported("parcels", layer, tmp_path)
    assert rows(made.path, "SELECT a, i, d, n FROM parcels") == [(None, None, "2025-01-02", 0.5)]


@pytest.mark.parametrize("wkt", [
    "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))", "POLYGON Z((0 0 1,1 0 1,1 1 1,0 0 1))",
    "CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))", "POLYGON((0 0,1 1,1 0,0 1,0 0))", "",
])  # fmt: skip
def test_shapes_arrive_for_carbonspace_to_judge(qgis: Any, tmp_path: Path, wkt: str) -> None:
    from carbonspace_qgis.files import exported

    kind = wkt.partition("(")[0].strip().replace(" ", "") or "Polygon"
    layer = memory(kind, "field=x:string", ["é"], wkt=wkt)
    made = exported("parcels", layer, tmp_path)
    (shape,) = (
        one.geometry()
        for one in QgsVectorLayer(f"{made.path}|layername=parcels", "x", "ogr").getFeatures()
    )
    assert shape.isEmpty() if not wkt else shape.equals(QgsGeometry.fromWkt(wkt))


@pytest.mark.parametrize("driver", ["ESRI Shapefile", "GeoJSON", "GPKG"])
def test_a_file_that_has_gone_is_no_empty_layer(qgis: Any, tmp_path: Path, driver: str) -> None:
    from carbonspace_qgis.child import ChildError
    from carbonspace_qgis.files import exported

    ending = {"ESRI Shapefile": "shp", "GeoJSON": "geojson", "GPKG": "gpkg"}[driver]
    layer = copied("parks", tmp_path / f"gone.{ending}", driver)
    for one in tmp_path.glob("gone.*"):
        one.unlink()
    with pytest.raises(ChildError, match="parks.*cannot be written: .*Check that all of it opens"):
        exported("parks", layer, tmp_path / "aside")
    assert not [*(tmp_path / "aside").iterdir()]


@pytest.mark.parametrize("size", [60_000, 300_000])
def test_a_full_disk_is_told_and_nothing_is_left(qgis: Any, tmp_path: Path, size: int) -> None:
    from carbonspace_qgis.child import ChildError
    from carbonspace_qgis.files import exported

    layer = memory("Polygon", "field=x:string", *[["é" * 20]] * 4000)
    with room_of(size), pytest.raises(ChildError, match="the disk is not full"):
        exported("parcels", layer, tmp_path)
    assert not [*tmp_path.glob("*.gpkg")]


def park_coverage(**given: Any) -> Any:
    import processing

    layers = {one.upper(): golden(one) for one in ("units", "parcels", "parks")}
    return processing.run("carbonspace:park_coverage", {**layers, **given}, feedback=Heard())


@pytest.fixture(scope="module")
def straight(qgis: Any, tmp_path_factory: pytest.TempPathFactory) -> float:
    """Return the city's value, of files that are called as people may call them."""
    folder = tmp_path_factory.mktemp("in") / "数据 & 100% 'x' [1]"
    folder.mkdir()
    shutil.copy(GOLDEN, folder / "控规 plan #2.gpkg")
    layers = {one.upper(): f"{folder / '控规 plan #2.gpkg'}|layername={one}"
              for one in ("units", "parcels", "parks")}  # fmt: skip
    out = folder / "结果 & 100% 'x' [1]" / "值 #1?.gpkg"
    found = park_coverage(OUTPUT=str(out), **layers)
    assert rows(out, "SELECT count(*) FROM units") == [(12,)]
    return float(found["CITY"])


def test_a_layer_of_a_lost_source(qgis: Any, tmp_path: Path) -> None:
    lost = QgsVectorLayer("/nowhere/x.gpkg|layername=parks", "丢失 parks", "ogr")
    QgsProject.instance().addMapLayer(lost)
    out = {"OUTPUT": str(tmp_path / "out.gpkg")}
    with pytest.raises(QgsProcessingException, match="丢失 parks.*does not open.*Repair it under"):
        park_coverage(PARKS=lost, **out)
    for given in (lost.id(), QgsProcessingFeatureSourceDefinition(lost.id(), True)):
        with pytest.raises(QgsProcessingException, match="Could not load source layer for PARKS"):
            park_coverage(PARKS=given, **out)
    assert not [*tmp_path.iterdir()]


def test_a_raster_that_is_no_file(qgis: Any, tmp_path: Path) -> None:
    import processing

    tiles = QgsRasterLayer("type=xyz&url=http://127.0.0.1:9/%7Bz%7D/%7Bx%7D", "瓦片", "wms")
    assert tiles.isValid()
    QgsProject.instance().addMapLayer(tiles)
    given = {"UNITS": golden("units"), "OUTPUT": str(tmp_path / "out.gpkg")}
    with pytest.raises(QgsProcessingException, match="“瓦片” is no local file. Save it as"):
        processing.run("carbonspace:canopy_cover", {**given, "RASTER_CANOPY": tiles})
    with pytest.raises(QgsProcessingException, match="RASTER_CANOPY: /nowhere.tif"):
        processing.run("carbonspace:canopy_cover", {**given, "RASTER_CANOPY": "/nowhere.tif"})


def test_what_is_stated_of_a_layer_leaves_its_other_guesses(
    qgis: Any, tmp_path: Path, straight: float
) -> None:
    parcels = memory("MultiPolygon", "field=DKBH:string&field=YDDM:string&field=甲:double")
    for one in QgsVectorLayer(golden("parcels"), "parcels", "ogr").getFeatures():
        copy = QgsFeature(parcels.fields())
        copy.setGeometry(one.geometry())
        copy.setAttributes([one["parcel_id"], one["land_use"], 1.0])
        assert parcels.dataProvider().addFeature(copy)
    QgsProject.instance().addMapLayer(parcels)
    files = {one.upper(): copied(one, tmp_path / f"{one}.gpkg") for one in ("units", "parks")}
    told = {"PARCELS": parcels, "FIELDS": ["parcels", "far_max", "甲"], **files}
    assert park_coverage(OUTPUT=str(tmp_path / "b.gpkg"), **told)["CITY"] == straight


def test_a_plan_is_drafted_of_layers_that_are_no_files(qgis: Any, tmp_path: Path) -> None:
    import processing

    ring = "POLYGON((500000 4000000,500100 4000000,500100 4000100,500000 4000000))"
    layers = [memory("Polygon", "field=YDDM:string", [one], wkt=ring) for one in ("07", "08")]
    bare = memory("Polygon", "field=x:string", ["?"], crs="")
    QgsProject.instance().addMapLayers([*layers, bare])
    given = {"LAYERS": layers, "OUTPUT": str(tmp_path / "计划 1.toml")}
    with pytest.raises(QgsProcessingException, match="has no CRS"):
        processing.run("carbonspace:create_plan_file", {**given, "LAYERS": [*layers, bare]})
    assert not [*tmp_path.iterdir()]
    (tmp_path / "计划 1_data").mkdir()
    (tmp_path / "计划 1_data" / "earlier").touch()
    processing.run("carbonspace:create_plan_file", given)
    made = sorted(one.name for one in tmp_path.rglob("*.gpkg"))
    assert made == ["层.gpkg", "层_1.gpkg"]
    text = (tmp_path / "计划 1.toml").read_text("utf-8")
    assert "计划 1_data_/层.gpkg" in text
    before = {one: one.stat().st_mtime_ns for one in tmp_path.rglob("*")}
    with pytest.raises(QgsProcessingException, match="exists and was left as it is") as raised:
        processing.run("carbonspace:create_plan_file", given)
    assert "Usage" not in str(raised.value)
    assert {one: one.stat().st_mtime_ns for one in tmp_path.rglob("*")} == before


def test_nothing_to_draft_a_plan_of(qgis: Any, tmp_path: Path) -> None:
    import processing

    with pytest.raises(QgsProcessingException, match="Give layers, or a folder of data"):
        processing.run("carbonspace:create_plan_file", {"OUTPUT": str(tmp_path / "p.toml")})
