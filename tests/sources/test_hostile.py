"""Files that are broken, locked, empty, enormous or meant to do harm: read whole, or refused."""

from __future__ import annotations

import os
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from tests.sources.shared import shared

from carbonspace.errors import CarbonspaceError
from carbonspace.sources import gdal
from carbonspace.sources.listing import datasets

from .conftest import OsmFile

COUNT = 200
FIELDS = 'fields = { parcel_id = "DKBH", land_use = "YDDM" }\n'
FORMATS = [
    ("p.gpkg", "GPKG"), ("p.shp", "ESRI Shapefile"), ("p.geojson", "GeoJSON"),
    ("p.fgb", "FlatGeobuf"), ("p.gml", "GML"), ("p.kml", "KML"), ("p.parquet", ""),
]  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_is_left_behind(tmp_path: Path) -> Iterator[None]:
    """Whatever is read, no file is written beside it and none in the temporary folder."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(scratch))
        yield
    assert not list(scratch.iterdir())
    assert not list(tmp_path.rglob("*.gfs"))


def layer(source: str, more: str = FIELDS) -> str:
    return f'[layers.parcels]\nsource = "{source}"\n{more}'


def written(path: Path, driver: str, **columns: Any) -> Path:
    """Write a row of squares, with codes that must stay text."""
    columns = columns or {"DKBH": [f"地-{n}" for n in range(COUNT)], "YDDM": ["0701"] * COUNT}
    count = len(next(iter(columns.values())))
    squares = [shapely.box(100 * n, 0, 100 * n + 100, 100) for n in range(count)]
    frame = gpd.GeoDataFrame(columns, geometry=squares, crs="EPSG:4547")
    if not driver:
        frame.to_parquet(path)
        return path
    placed = frame.to_crs(4326) if driver == "KML" else frame
    name = path.stem.split()[-1]
    pyogrio.write_dataframe(placed, path, driver=driver, encoding="UTF-8", layer=name)
    return path


@pytest.mark.parametrize(("name", "driver"), FORMATS)
def test_text_codes_come_out_of_every_format(
    name: str, driver: str, tmp_path: Path, read: Any
) -> None:
    written(tmp_path / name, driver)
    parcels = read(layer(name)).layers["parcels"]
    assert len(parcels) == COUNT
    assert set(parcels["land_use"]) == {"0701"}
    assert set(parcels["parcel_id"]) == {f"地-{n}" for n in range(COUNT)}


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize(("name", "driver"), FORMATS)
def test_what_is_cut_short_is_refused(
    name: str, driver: str, kept: float, tmp_path: Path, faults: Any
) -> None:
    path = written(tmp_path / name, driver)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert faults(layer(name))[0].severity == "error"


@pytest.mark.parametrize("suffix", [".shp", ".shx", ".dbf"])
def test_each_part_of_a_shapefile_must_be_whole(suffix: str, tmp_path: Path, faults: Any) -> None:
    part = written(tmp_path / "p.shp", "ESRI Shapefile").with_suffix(suffix)
    part.write_bytes(part.read_bytes()[:-20])
    found = faults(layer("p.shp"))
    assert [f.what.en for f in found] == ["The file is cut short"]
    assert part.name in found[0].found_in("en")


def test_rows_and_shapes_must_be_as_many(tmp_path: Path, faults: Any) -> None:
    written(tmp_path / "p.shp", "ESRI Shapefile")
    written(tmp_path / "q.shp", "ESRI Shapefile", DKBH=["1"], YDDM=["07"])
    (tmp_path / "q.dbf").replace(tmp_path / "p.dbf")
    (one,) = faults(layer("p.shp"))
    assert one.what.en == "The shapes and the rows of the shapefile differ in number"
    assert one.found_in("en") == "p.shp: 200 shapes (.shx), 1 rows (.dbf)"


@pytest.mark.parametrize(("name", "driver"), FORMATS)
def test_what_is_corrupt_is_read_or_refused(
    name: str, driver: str, tmp_path: Path, read: Any
) -> None:
    path = written(tmp_path / name, driver)
    content = path.read_bytes()
    places = np.random.default_rng(7).integers(0, len(content), (20, 8))
    for row in places:
        hurt = bytearray(content)
        for at in row:
            hurt[at] ^= 0xFF
        path.write_bytes(hurt)
        with suppress(CarbonspaceError):
            assert len(read(layer(name)).layers["parcels"]) <= COUNT


def test_a_database_that_another_program_writes_is_read_as_it_was(
    tmp_path: Path, read: Any
) -> None:
    path = written(tmp_path / "p.gpkg", "GPKG")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert len(read(layer("p.gpkg")).layers["parcels"]) == COUNT
        other.execute("ROLLBACK")


@pytest.mark.parametrize("name", ["p.gpkg", "p.shp", "p.geojson", "p.parquet", "p.zip", "p.osm"])
def test_a_file_of_no_bytes(name: str, tmp_path: Path, faults: Any) -> None:
    (tmp_path / name).touch()
    (one,) = faults(layer(name))
    assert one.what.en == "The file is empty (0 bytes)"


def test_a_layer_of_no_features(tmp_path: Path, faults: Any) -> None:
    written(tmp_path / "p.gpkg", "GPKG", DKBH=[], YDDM=[])
    (one,) = faults(layer("p.gpkg"))
    assert one.what.en == "The layer has no features"


def test_a_folder_that_is_no_data(tmp_path: Path, faults: Any) -> None:
    (tmp_path / "p.gdb").mkdir()
    (one,) = faults(layer("p.gdb"))
    assert one.what.en == "The file cannot be read"


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.gpkg", "t.parquet"])
def test_tables_without_geometry(name: str, tmp_path: Path, faults: Any) -> None:
    table = pd.DataFrame({"DKBH": ["1"], "YDDM": ["07"]})
    if name.endswith(".parquet"):
        table.to_parquet(tmp_path / name)
    else:
        pyogrio.write_dataframe(table, tmp_path / name)
    (one,) = faults(layer(name))
    assert one.what.en == "The file holds tables, no geometry"


def test_a_loop_of_links(tmp_path: Path, faults: Any) -> None:
    (tmp_path / "p.gpkg").symlink_to(tmp_path / "q.gpkg")
    (tmp_path / "q.gpkg").symlink_to(tmp_path / "p.gpkg")
    (one,) = faults(layer("p.gpkg"))
    assert one.what.en == "A loop of symbolic links"


def test_a_pipe_is_not_waited_for(tmp_path: Path, faults: Any) -> None:
    os.mkfifo(tmp_path / "p.gpkg")
    (one,) = faults(layer("p.gpkg"))
    assert one.what.en == "It is no ordinary file"


@pytest.mark.parametrize(("name", "driver"), FORMATS)
def test_chinese_paths_with_blanks(name: str, driver: str, tmp_path: Path, read: Any) -> None:
    folder = tmp_path / "规划 成果（终稿）" / "100% 完成 #1"
    folder.mkdir(parents=True)
    path = written(folder / f"地块 {name}", driver)
    plan = read(layer(path.relative_to(tmp_path).as_posix()))
    assert len(plan.layers["parcels"]) == COUNT


def test_ten_thousand_vertices(tmp_path: Path, read: Any) -> None:
    circle = shapely.Point(0, 0).buffer(1000, quad_segs=2500)
    frame = gpd.GeoDataFrame({"DKBH": ["1"], "YDDM": ["07"]}, geometry=[circle], crs="EPSG:4547")
    frame.to_file(tmp_path / "p.gpkg")
    result = read(layer("p.gpkg")).layers["parcels"]
    assert shapely.get_num_coordinates(result.geometry.iloc[0]) == 10_001
    assert result.geometry.area.iloc[0] == pytest.approx(np.pi * 1e6, rel=1e-6)


def test_ten_gigabytes_of_text(tmp_path: Path, faults: Any) -> None:
    with (tmp_path / "p.geojson").open("wb") as file:
        file.write(b'{"type":"FeatureCollection","features":[')
        file.truncate(10 << 30)  # a hole: it takes no room on the disk
    (one,) = faults(layer("p.geojson"))
    assert one.what.en == "The text file is too large"


@pytest.mark.parametrize(("name", "driver"), FORMATS)
def test_more_than_the_memory_is_not_read(
    name: str, driver: str, tmp_path: Path, faults: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / name, driver)
    monkeypatch.setattr(gdal, "most_bytes", lambda: 10_000)
    (one,) = faults(layer(name))
    assert "too much for the memory" in one.found_in("en")
    assert one.what.en == "The layer is too large"
    assert "Select features" in one.action.en


def test_equal_rows_that_unpack_to_gigabytes(
    tmp_path: Path, faults: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    geo = '{"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}'
    rows = pa.table({"YDDM": ["x" * 100_000] * 5_000, "geometry": pa.nulls(5_000, pa.binary())})
    pq.write_table(rows.replace_schema_metadata({"geo": geo}), tmp_path / "p.parquet")
    assert (tmp_path / "p.parquet").stat().st_size < 100_000
    monkeypatch.setattr(gdal, "most_bytes", lambda: 300 << 20)
    (one,) = faults(layer("p.parquet", 'fields = { land_use = "YDDM" }'))
    assert "too much for the memory" in one.found_in("en")


def test_a_grid_that_no_library_knows(tmp_path: Path, faults: Any) -> None:
    path = written(tmp_path / "p.parquet", "")
    table = pq.read_table(path)
    geo = table.schema.metadata[b"geo"].replace(b'"ProjectedCRS"', b'"no CRS"')
    pq.write_table(table.replace_schema_metadata({"geo": geo}), path)
    (one,) = faults(layer("p.parquet"))
    assert "Invalid projection" in one.found_in("en")
    assert len(one.found_in("en")) < 500
    (found,) = datasets(path)
    assert found.kind == "unreadable"


def zipped(path: Path, files: list[Path]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"成果/{file.name}")
    return path


def test_a_zip_is_read_as_what_it_holds(tmp_path: Path, read: Any, faults: Any) -> None:
    (tmp_path / "in").mkdir()
    written(tmp_path / "in" / "地块.shp", "ESRI Shapefile")
    zipped(tmp_path / "p.zip", [*(tmp_path / "in").iterdir()])
    assert len(read(layer("p.zip")).layers["parcels"]) == COUNT
    written(tmp_path / "in" / "现状.shp", "ESRI Shapefile", DKBH=["1"], YDDM=["07"])
    zipped(tmp_path / "p.zip", [*(tmp_path / "in").iterdir()])
    assert len(read(layer("p.zip", FIELDS + 'layer = "现状"')).layers["parcels"]) == 1
    (one,) = faults(layer("p.zip"))
    assert "地块, 现状" in one.found_in("en")


def test_a_zip_that_unpacks_to_too_much(
    tmp_path: Path, faults: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonspace.sources.archive.MOST_BYTES", 1 << 20)
    (tmp_path / "big.geojson").write_bytes(b" " * (2 << 20))
    zipped(tmp_path / "p.zip", [tmp_path / "big.geojson"])
    (one,) = faults(layer("p.zip"))
    assert one.what.en == "The archive unpacks to too much"
    (tmp_path / "p.zip").rename(tmp_path / "p.xlsx")
    (one,) = faults(layer("p.xlsx"))
    assert one.what.en == "The archive unpacks to too much"


def test_entities_in_gml(tmp_path: Path, faults: Any) -> None:
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    (tmp_path / "p.gml").write_text(
        f'<?xml version="1.0"?><!DOCTYPE g [<!ENTITY l0 "ha">{laughs}]><g>&l9;</g>', "utf-8"
    )
    (one,) = faults(layer("p.gml"))
    assert "DOCTYPE" in one.what.en
    (tmp_path / "p.gml").rename(tmp_path / "p.osm")
    (one,) = faults(layer("p.osm", ""))
    assert "DOCTYPE" in one.what.en


def test_a_file_that_points_elsewhere(tmp_path: Path, faults: Any) -> None:
    written(tmp_path / "p.gpkg", "GPKG")
    (tmp_path / "p.vrt").write_text(
        "<OGRVRTDataSource><OGRVRTLayer name='p'><SrcDataSource>p.gpkg</SrcDataSource>"
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    (one,) = faults(layer("p.vrt"))
    assert one.what.en == "The file only points to data somewhere else"


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_an_extract_that_is_cut_short(
    kept: float, osm: OsmFile, tmp_path: Path, faults: Any
) -> None:
    for n in range(50):
        osm.square(100 * n, 0, 100, landuse="residential")
    osm.write()
    content = osm.path.read_bytes()
    osm.path.write_bytes(content[: int(len(content) * kept)])
    found = faults('[layers.parcels]\nsource = "city.osm"\n[layers.parks]\nsource = "city.osm"\n')
    assert {f.layer for f in found} == {"parcels", "parks"}


@pytest.mark.parametrize("kept", [0.0001, 0.5, 0.999999])
def test_a_compressed_extract_that_is_cut_short(kept: float, tmp_path: Path, faults: Any) -> None:
    content = shared("las_palmas", "example_las_palmas_2023_osm_20230221.pbf").read_bytes()
    (tmp_path / "city.osm.pbf").write_bytes(content[: int(len(content) * kept)])
    (one,) = faults('[layers.parks]\nsource = "city.osm.pbf"\n')
    assert one.what.en == "The file is cut short"


@pytest.mark.parametrize(
    "source", ["长" * 300, "..", ".", "", "/", "/dev/zero", "/vsicurl/http://x/y.gpkg",
               "http://127.0.0.1:1/x.geojson", "WFS:http://127.0.0.1:1/"]
)  # fmt: skip
def test_sources_that_are_no_files(source: str, faults: Any) -> None:
    assert faults(layer(source))[0].layer == "parcels"


def test_a_source_that_no_file_can_be_named(faults: Any) -> None:
    """No file of any layer is at fault, but the line of plan.toml that names it."""
    (one,) = faults(layer("a\\u0000b"))
    assert one.layer == "plan"
    place = "layers.parcels.source cannot be used"
    assert re.fullmatch(rf"plan\.toml: {place} \(line \d+\)", one.what.en)
    assert one.expected.en == "text without a NUL character (\\u0000)"


@pytest.mark.parametrize(
    ("encoding", "stated"), [("gb18030", True), ("gb18030", False), ("utf-16", False)]
)
def test_text_files_in_chinese_encodings(
    encoding: str, stated: bool, tmp_path: Path, read: Any
) -> None:
    rows = 'WKT,DKBH,YDDM\n"POLYGON ((0 0, 1 0, 1 1, 0 0))",甲-1,0701\n'
    (tmp_path / "p.csv").write_bytes(rows.encode(encoding))
    plan = read(layer("p.csv", FIELDS + ('encoding = "GB18030"' if stated else "")))
    assert plan.layers["parcels"]["parcel_id"].tolist() == ["甲-1"]
    assert len(plan.findings) == (0 if stated else 1)


def test_field_names_cut_in_the_middle_of_a_character(tmp_path: Path, read: Any) -> None:
    frame = gpd.GeoDataFrame({"地块编号": ["甲-1"], "用地代码": ["0701"], "容积率上限": ["≤2.5"]},
                             geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4547")  # fmt: skip
    with pytest.warns(RuntimeWarning):
        pyogrio.write_dataframe(frame, tmp_path / "p.shp", encoding="UTF-8")
    plan = read(layer("p.shp", """
fields = { parcel_id = "地块编号", land_use = "用地代码", far_max = "容积率上限" }
"""))  # fmt: skip
    parcels = plan.layers["parcels"]
    assert parcels[["parcel_id", "land_use", "far_max"]].iloc[0].tolist() == ["甲-1", "0701", 2.5]
    told = [f.what.en.split(" was read from field ") for f in plan.findings]
    assert [one for one in told if len(one) == 2] == [
        ["parcel_id", "地块编"], ["land_use", "用地代"], ["far_max", "容积率"],
    ]  # fmt: skip


LIMITS = ["green_ratio_min", "green_ratio_max"]


@pytest.mark.parametrize(
    ("stated", "doubtful", "read_as"),
    [
        ("", {"green_rati": LIMITS, "green_ra_1": LIMITS}, []),
        ('green_ratio_min = "green_rati", ', {"green_ra_1": LIMITS[1:]}, [30.0]),
        ('green_ratio_min = "green_rati", green_ratio_max = "green_ra_1", ', {}, [30.0, 40.0]),
    ],
)
def test_field_names_that_several_columns_are_cut_to(
    stated: str, doubtful: dict[str, list[str]], read_as: list[float], tmp_path: Path, read: Any
) -> None:
    """Which is which cannot be known: neither is read, and that is said, until it is stated."""
    frame = gpd.GeoDataFrame(
        {"DKBH": ["a"], "YDDM": ["0701"], "green_ratio_min": [0.3], "green_ratio_max": [0.4]},
        geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4547",
    )  # fmt: skip
    with pytest.warns(RuntimeWarning):
        pyogrio.write_dataframe(frame, tmp_path / "p.shp")
    plan = read(layer("p.shp", FIELDS.replace("{ ", "{ " + stated)))
    told = {f.found_in("en"): f.expected.en for f in plan.findings if f.severity == "warning"}
    assert told == {field: f"which it is: {', '.join(names)}" for field, names in doubtful.items()}
    parcels = plan.layers["parcels"]
    assert [parcels[name].iloc[0] for name in LIMITS if name in parcels] == read_as


def test_a_field_name_cut_to_a_column_of_another_layer(tmp_path: Path, read: Any) -> None:
    """The quota of a unit's floor area is not taken from what may be its floor area."""
    frame = gpd.GeoDataFrame({"unit_id": ["u"], "floor_area": [5.0]},
                             geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4547")  # fmt: skip
    pyogrio.write_dataframe(frame, tmp_path / "u.shp")
    plan = read('[layers.units]\nsource = "u.shp"\n')
    told = [(f.found_in("en"), f.expected.en) for f in plan.findings if f.severity == "warning"]
    assert told == [("floor_area", "which it is: floor_area_quota")]
    assert "floor_area_quota" not in plan.layers["units"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_grid_with_a_chinese_name(encoding: str, tmp_path: Path, read: Any) -> None:
    grid = written(tmp_path / "p.shp", "ESRI Shapefile").with_suffix(".prj")
    text = grid.read_text("ascii").replace("CGCS2000_3_Degree_GK_CM_114E", "国家大地坐标系114度带")
    assert "国家" in text
    grid.write_bytes(text.encode(encoding))
    crs = read(layer("p.shp")).layers["parcels"].crs
    assert crs is not None
    assert [f for f in crs.coordinate_operation.params if f.value == 114.0]


def test_a_cpg_that_lies(tmp_path: Path, read: Any) -> None:
    written(tmp_path / "p.shp", "ESRI Shapefile", DKBH=["甲乙"], YDDM=["0701"])
    (tmp_path / "p.cpg").write_text("GBK")
    plan = read(layer("p.shp"))
    assert [f.what.en for f in plan.findings] == ["The stated encoding may be wrong"]
    plan = read(layer("p.shp", FIELDS + 'encoding = "UTF-8"'))
    assert plan.layers["parcels"]["parcel_id"].tolist() == ["甲乙"]
    assert not plan.findings


def test_a_filter_on_chinese_text(tmp_path: Path, read: Any) -> None:
    frame = gpd.GeoDataFrame({"编号": ["甲", "乙"], "YDDM": ["0701", "1401"]},
                             geometry=[shapely.box(n, 0, n + 1, 1) for n in (0, 1)],
                             crs="EPSG:4547")  # fmt: skip
    pyogrio.write_dataframe(frame, tmp_path / "p.shp", encoding="GB18030")
    more = 'fields = { parcel_id = "编号", land_use = "YDDM" }\nwhere = "\\"编号\\" = \'乙\'"'
    assert read(layer("p.shp", more)).layers["parcels"]["land_use"].tolist() == ["1401"]
