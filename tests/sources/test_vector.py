"""Every kind of vector file, and every fault one can have."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from carbonspace.model.repair import Mended

Parcels = Callable[..., gpd.GeoDataFrame]

FORMATS = [
    ("plan.gpkg", "GPKG"),
    ("plan.shp", "ESRI Shapefile"),
    ("plan.geojson", "GeoJSON"),
    ("plan.gdb", "OpenFileGDB"),
]
FIELDS = 'fields = { parcel_id = "DKBH", land_use = "YDDM" }\n'


def layer(source: str, more: str = FIELDS) -> str:
    return f'[layers.parcels]\nsource = "{source}"\n{more}'


@pytest.mark.parametrize(("name", "driver"), FORMATS)
def test_every_format_gives_the_same_parcels(
    name: str, driver: str, tmp_path: Path, parcels: Parcels, read: Any
) -> None:
    frame = parcels(DKBH=["A-1", "A-2"], YDDM=["0701", "1401"], other=["x", "y"])
    pyogrio.write_dataframe(frame, tmp_path / name, driver=driver)
    result = read(layer(name)).layers["parcels"]
    assert list(result.columns) == ["parcel_id", "land_use", "geometry"]
    assert result["parcel_id"].tolist() == ["A-1", "A-2"]
    assert result["land_use"].tolist() == ["0701", "1401"]
    assert result.crs == frame.crs
    assert result.geometry.area.tolist() == pytest.approx([10_000, 10_000])


def test_geoparquet(tmp_path: Path, parcels: Parcels, read: Any) -> None:
    parcels(DKBH=["A-1"], YDDM=["0701"]).to_parquet(tmp_path / "plan.parquet")
    result = read(layer("plan.parquet")).layers["parcels"]
    assert result["land_use"].tolist() == ["0701"]
    assert result.crs.to_epsg() == 4547


def test_geoparquet_has_no_filter(tmp_path: Path, parcels: Parcels, faults: Any) -> None:
    parcels(DKBH=["A-1"], YDDM=["0701"]).to_parquet(tmp_path / "plan.parquet")
    found = faults(layer("plan.parquet", FIELDS + 'where = "x = 1"'))
    assert [f.what.en for f in found] == ["where does not apply to GeoParquet"]


def test_two_fields_of_one_name_are_refused_where_they_matter(
    tmp_path: Path, read: Any, faults: Any
) -> None:
    """Found by the fuzzer: a reader gives both, and none can tell which is meant."""
    rows = '"POLYGON ((0 0,1 0,1 1,0 0))",A-1,0701,x,y\n'
    (tmp_path / "plan.csv").write_text(f"WKT,DKBH,YDDM,remark,remark\n{rows}", "utf-8")
    assert read(layer("plan.csv")).layers["parcels"]["parcel_id"].tolist() == ["A-1"]
    (tmp_path / "plan.csv").write_text(f"WKT,DKBH,YDDM,YDDM,DKBH\n{rows}", "utf-8")
    assert [f.what.en for f in faults(layer("plan.csv"))] == [
        "several fields are named DKBH", "several fields are named YDDM",
    ]  # fmt: skip


def test_names_that_are_canonical_map_themselves(
    tmp_path: Path, parcels: Parcels, read: Any
) -> None:
    parcels(parcel_id=[1, 2], land_use=["07", None], population=["12", " 3.5 "]).to_file(
        tmp_path / "p.gpkg"
    )
    result = read(layer("p.gpkg", "")).layers["parcels"]
    assert result["parcel_id"].tolist() == ["1", "2"]
    assert result["land_use"].isna().tolist() == [False, True]
    assert result["population"].tolist() == [12.0, 3.5]


@pytest.mark.parametrize("stated", [True, False])
def test_gbk_shapefile(stated: bool, tmp_path: Path, parcels: Parcels, read: Any) -> None:
    frame = parcels(编号=["甲-1", "乙-2"], YDDM=["0701", "1401"])
    pyogrio.write_dataframe(frame, tmp_path / "地块.shp", encoding="GB18030")
    (tmp_path / "地块.cpg").unlink(missing_ok=True)
    more = 'fields = { parcel_id = "编号", land_use = "YDDM" }\n'
    plan = read(layer("地块.shp", more + ('encoding = "GB18030"' if stated else "")))
    assert plan.layers["parcels"]["parcel_id"].tolist() == ["甲-1", "乙-2"]
    guessed = ["The file does not state its encoding"]
    assert [f.what.en for f in plan.findings] == ([] if stated else guessed)


def test_wrong_encoding_is_named(tmp_path: Path, parcels: Parcels, faults: Any) -> None:
    frame = parcels(DKBH=["甲-1"], YDDM=["0701"])
    pyogrio.write_dataframe(frame, tmp_path / "p.shp", encoding="GB18030")
    (tmp_path / "p.cpg").unlink(missing_ok=True)
    for name in ("UTF-8", "no-such", "zlib"):
        (one,) = faults(layer("p.shp", FIELDS + f'encoding = "{name}"'))
        assert one.what.en == "The encoding cannot be used"
        assert name in one.found_in("en")


def test_constants_extract_and_values(tmp_path: Path, parcels: Parcels, read: Any) -> None:
    parcels(ID=["ZKB-023-28", "ZKB-024-01", "?"], kind=["住宅", "绿地", "0901"]).to_file(
        tmp_path / "p.gpkg"
    )
    plan = read(layer("p.gpkg", r"""
fields = { parcel_id = "ID", land_use = "kind" }
constants = { zone = "centre", jobs = 3 }
extract = { unit_id = { field = "ID", pattern = '^(ZKB-\d+)' } }
values = { land_use = { "住宅" = "0701", "绿地" = "1401" } }
"""))  # fmt: skip
    result = plan.layers["parcels"]
    assert result["land_use"].tolist() == ["0701", "1401", "0901"]
    assert result["unit_id"].tolist()[:2] == ["ZKB-023", "ZKB-024"]
    assert pd.isna(result["unit_id"].iloc[2])
    assert result["zone"].tolist() == ["centre"] * 3
    assert result["jobs"].tolist() == [3.0] * 3
    (missed,) = plan.findings
    assert missed.severity == "warning"
    assert missed.found_in("en") == "1 features: '?'"


def test_where_and_layer(tmp_path: Path, parcels: Parcels, read: Any, faults: Any) -> None:
    file = tmp_path / "p.gpkg"
    frame = parcels(DKBH=["1", "2"], YDDM=["G1", "R2"])
    frame.to_file(file, layer="地块")
    frame.to_file(file, layer="现状")
    chosen = FIELDS + 'layer = "地块"\n'
    result = read(layer("p.gpkg", chosen + "where = \"YDDM = 'G1'\"")).layers["parcels"]
    assert result["parcel_id"].tolist() == ["1"]
    (one,) = faults(layer("p.gpkg"))
    assert "地块, 现状" in one.found_in("en")
    (one,) = faults(layer("p.gpkg", FIELDS + 'layer = "路"'))
    assert one.expected.en == "one of: 地块, 现状"
    (one,) = faults(layer("p.gpkg", chosen + 'where = "YDDM ="'))
    assert one.what.en == "The filter cannot be used"
    assert "fields: DKBH, YDDM" in one.found_in("en")
    (one,) = faults(layer("p.gpkg", chosen + "where = \"YDDM = 'X'\""))
    assert one.what.en == "The layer has no features"


def test_a_layer_of_the_canonical_name_needs_no_naming(
    tmp_path: Path, parcels: Parcels, read: Any
) -> None:
    frame = parcels(parcel_id=["1"], land_use=["07"])
    frame.to_file(tmp_path / "p.gpkg", layer="parcels")
    frame.to_file(tmp_path / "p.gpkg", layer="older")
    assert len(read(layer("p.gpkg", "")).layers["parcels"]) == 1


def test_missing_file_lists_what_is_there(tmp_path: Path, faults: Any) -> None:
    (tmp_path / "other.gpkg").touch()
    (one,) = faults(layer("plan.gpkg"))
    assert one.found_in("en") == "plan.gpkg (there: other.gpkg, plan.toml)"


def test_a_file_that_is_no_data(tmp_path: Path, faults: Any) -> None:
    (tmp_path / "p.dat").write_text("nothing")
    (one,) = faults(layer("p.dat"))
    assert one.what.en == "The file cannot be read"


def test_a_shapefile_without_its_index_cannot_be_read(
    tmp_path: Path, parcels: Parcels, faults: Any
) -> None:
    parcels(DKBH=["1"], YDDM=["07"]).to_file(tmp_path / "p.shp")
    (tmp_path / "p.shx").unlink()
    (one,) = faults(layer("p.shp"))
    assert "needs its .shp, .shx and .dbf" in one.action.en


def test_missing_fields_are_all_named(tmp_path: Path, parcels: Parcels, faults: Any) -> None:
    parcels(a=["1"], b=["07"]).to_file(tmp_path / "p.gpkg")
    found = faults(layer("p.gpkg", 'fields = { parcel_id = "x", population = "y" }\n'))
    assert [f.what.en for f in found] == [
        "the file has no field x",
        "the file has no field y",
        "the required column land_use is missing",
    ]
    assert all(f.found_in("en") == "fields: a, b" for f in found)


def test_wrong_kind_of_geometry(tmp_path: Path, faults: Any, read: Any) -> None:
    shapes = [shapely.Point(0, 0), shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)])]
    frame = gpd.GeoDataFrame({"YDDM": ["07"] * 3}, geometry=shapes, crs="EPSG:4547")
    frame.to_file(tmp_path / "p.geojson")
    more = 'fields = { land_use = "YDDM" }\n'
    (one,) = faults(layer("p.geojson", more))
    assert one.found_in("en") == "1 × line, 1 × point"
    remedy = "where = \"OGR_GEOMETRY LIKE '%POLYGON'\""
    assert remedy in one.action.en
    assert len(read(layer("p.geojson", more + remedy)).layers["parcels"]) == 1


def test_a_value_of_the_wrong_type_is_named(tmp_path: Path, parcels: Parcels, faults: Any) -> None:
    frame = parcels(parcel_id=["A", "B"], land_use=["07", "07"], population=["12", "many"])
    frame.to_file(tmp_path / "p.gpkg")
    (one,) = faults(layer("p.gpkg", ""))
    assert (one.layer, one.feature, one.found_in("en")) == ("parcels", "B", "'many' in B")
    assert one.expected.en == "a number"


def test_many_bad_values_are_summed_up(tmp_path: Path, parcels: Parcels, faults: Any) -> None:
    jobs = ["?"] * 7 + [f"x{n}" for n in range(24)]
    parcels(land_use=["07"] * 31, jobs=jobs).to_file(tmp_path / "p.gpkg")
    found = faults(layer("p.gpkg", ""))
    assert len(found) == 21
    assert (found[0].feature, found[0].found_in("en")) == ("#1", "'?' in #1, #2, #3, #4, #5, … (7)")
    assert found[-1].found_in("en") == "5 more values"


def test_no_crs_is_left_to_prepare(tmp_path: Path, parcels: Parcels, read: Any) -> None:
    parcels(land_use=["07"]).to_file(tmp_path / "p.shp")
    (tmp_path / "p.prj").unlink()
    plan = read(layer("p.shp", 'crs = "EPSG:4526"'))
    assert plan.layers["parcels"].crs is None
    assert plan.layer_crs == {"parcels": "EPSG:4526"}
    assert plan.inputs[0].crs == ""


def test_a_ring_of_two_points_loses_its_geometry(tmp_path: Path, read: Any) -> None:
    good = shapely.box(0, 0, 1, 1)
    frame = gpd.GeoDataFrame(
        {"DKBH": ["A", "B"], "YDDM": ["07", "07"]}, geometry=[good, good], crs="EPSG:4547"
    )
    file = tmp_path / "p.geojson"
    frame.to_file(file)
    ring = "[ [ 0.0, 0.0 ], [ 1.0, 0.0 ] ]"
    text = file.read_text("utf-8")
    head, found, tail = text.rpartition('"coordinates"')
    assert found
    file.write_text(head + f'"coordinates": [ {ring} ]' + tail[tail.index("}") - 1 :], "utf-8")
    plan = read(layer("p.geojson"))
    assert plan.layers["parcels"].geometry.isna().tolist() == [False, True]
    assert [(f.feature, f.what.en) for f in plan.findings] == [
        ("B", "The geometry cannot be built")
    ]


def test_open_rings_are_closed_and_named(tmp_path: Path, read: Any, faults: Any) -> None:
    """A square of 100 m whose last side is not drawn, beside one that is whole."""
    whole = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))"
    left_open = "POLYGON ((100 0, 200 0, 200 100, 100 100))"
    hole = "POLYGON ((200 0, 300 0, 300 100, 200 100, 200 0), (210 10, 220 10, 220 20, 210 20))"
    two = "POLYGON ((300 0, 400 0, 300 0, 400 0, 300 0))"
    rows = [("A", whole), ("B", left_open), ("C", hole), ("D", two)]
    text = "".join(f'"{shape}",{name},07\n' for name, shape in rows)
    (tmp_path / "p.csv").write_text(f"WKT,DKBH,YDDM\n{text}", "utf-8")
    plan = read(layer("p.csv"))
    assert plan.layers["parcels"].area.tolist() == [10_000, 10_000, 9_900, 0]
    assert [(f.severity, f.feature, f.what.en) for f in plan.findings] == [
        ("warning", "B", "A ring of a polygon is left open"),
        ("warning", "C", "A ring of a polygon is left open"),
    ]
    assert plan.mended == (Mended("unclosed", "parcels", 2, 0.0, 19_900.0),)
    found = faults(layer("p.csv") + '[policy]\nunclosed = "refuse"')
    assert [f.feature for f in found] == ["B", "C"]


def test_arcs_become_segments(tmp_path: Path, read: Any) -> None:
    curved = "CURVEPOLYGON (CIRCULARSTRING (0 0, 2 0, 2 2, 0 2, 0 0))"
    (tmp_path / "p.csv").write_text(f'WKT,YDDM\n"{curved}",07\n', "utf-8")
    plan = read(layer("p.csv", 'fields = { land_use = "YDDM" }'))
    result = plan.layers["parcels"]
    assert [(f.severity, f.what.en) for f in plan.findings] == [("note", "The geometry has arcs")]
    assert result.geometry.area.tolist() == pytest.approx([6.283], rel=1e-2)
    (done,) = plan.mended
    assert (done.fault, done.layer, done.features) == ("curves", "parcels", 1)
    assert done.before == pytest.approx(2 * math.pi, rel=1e-4)
    assert done.before > done.after == result.geometry.area.sum()


def test_how_near_segments_stay_to_arcs_is_for_the_plan_to_say(
    tmp_path: Path, faults: Any, read: Any
) -> None:
    ring = "CIRCULARSTRING (0 0, 200 0, 200 200, 0 200, 0 0)"
    (tmp_path / "p.csv").write_text(f'WKT,YDDM\n"CURVEPOLYGON ({ring})",07\n', "utf-8")
    table = layer("p.csv", 'crs = "EPSG:4547"\nfields = { land_use = "YDDM" }\n')
    fine = read(f"{table}[policy.parcels]\ncurves = {{ tolerance = 0.001 }}")
    assert fine.layers["parcels"].area.tolist() == pytest.approx([2e4 * math.pi], rel=1e-5)
    assert "0.001 m" in fine.findings[0].expected.en
    (fault,) = faults(f'{table}[policy]\ncurves = "refuse"')
    assert fault.what.en == "The geometry has arcs"


def test_mixed_kinds_are_read_where_the_plan_wants_them_repaired(tmp_path: Path, read: Any) -> None:
    shapes = [shapely.Point(0, 0), shapely.box(0, 0, 1, 1)]
    frame = gpd.GeoDataFrame({"YDDM": ["07"] * 2}, geometry=shapes, crs="EPSG:4547")
    frame.to_file(tmp_path / "p.geojson")
    table = layer("p.geojson", 'fields = { land_use = "YDDM" }\n')
    assert len(read(f'{table}[policy]\nmixed_types = "repair"').layers["parcels"]) == 2
