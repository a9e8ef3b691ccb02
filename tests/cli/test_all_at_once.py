"""Faults of plan.toml, of files and of data: one `check` names all of them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box
from tests.cli.calls import called

X, Y = 500_000.0, 4_000_000.0
CRS = "EPSG:4547"
PLAN = """
format = 1
name = "试"
crs = "EPSG:4547"
indicators = ["happiness"]
profiles = ["pkuu"]
position_tolerance = "wide"

[layers.units]
source = "units.gpkg"
[layers.parcels]
source = "parcels.gpkg"
[layers.roads]
source = "roads.gpkg"
[layers.transit_stops]
source = "stops.shp"
[layers.parks]
source = "nowhere.gpkg"
[layers.facilities]
source = "facilities.gpkg"

[parameters.park_coverage]
radios = 500
radius = "far"
"""
EXPECTED = [
    ("plan", "happiness"), ("plan", "pkuu"), ("plan", "wide"), ("plan", "radios"), ("plan", "far"),
    ("units", "The id is not unique"), ("parcels", "ZZ9"), ("parcels", "The id is not unique"),
    ("roads", "the required column road_class is missing"),
    ("transit_stops", "The layer has no CRS"), ("parks", "nowhere.gpkg"),
    ("facilities", "facility_type is empty"),
]  # fmt: skip


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    squares = [box(X + 100 * n, Y, X + 100 * n + 100, Y + 100) for n in range(3)]
    line, point = LineString([(X, Y), (X + 300, Y)]), Point(X + 50, Y + 50)
    codes = ["0701", "ZZ9", "0702"]
    frames = {
        "units": gpd.GeoDataFrame({"unit_id": ["U", "U", "V"]}, geometry=squares, crs=CRS),
        "parcels": gpd.GeoDataFrame({"parcel_id": ["a", "a", "b"], "land_use": codes},
                                    geometry=squares, crs=CRS),
        "roads": gpd.GeoDataFrame({"road_id": ["r"]}, geometry=[line], crs=CRS),
        "stops": gpd.GeoDataFrame({"stop_id": ["s"], "mode": ["bus"]}, geometry=[point],
                                  crs=CRS),
        "facilities": gpd.GeoDataFrame({"facility_id": ["f"], "facility_type": [None]},
                                       geometry=[point], crs=CRS),
    }  # fmt: skip
    for name, frame in frames.items():
        frame.to_file(tmp_path / (f"{name}.shp" if name == "stops" else f"{name}.gpkg"))
    (tmp_path / "stops.prj").unlink()
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, "utf-8")
    return path


def told(findings: pd.DataFrame, layer: str, words: str) -> bool:
    mine = findings[findings["layer"] == layer]
    texts = mine["what"] + " " + mine["found"].astype(str)
    return bool(texts.str.contains(words, regex=False).any())


def test_check_names_every_fault(plan: Path, tmp_path: Path) -> None:
    assert called("check", plan, "--out", tmp_path / "found") == 3
    findings = pd.read_csv(tmp_path / "found" / "findings.csv")
    assert [one for one in EXPECTED if not told(findings, *one)] == []
    plans = findings[findings["layer"] == "plan"]
    assert not plans["found"].duplicated().any()
    false_alarms = ("The layer of planning units is missing", "The plan has no CRS")
    assert not findings["what"].isin(false_alarms).any()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_run_names_them_too(
    plan: Path, tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert called("run", plan, "--out", out, "--progress", "none", "--lang", lang) == 3
    shown = capsys.readouterr().err
    for words in ("happiness", "pkuu", "radios", "far", "ZZ9", "nowhere.gpkg", "road_class"):
        assert words in shown
    assert not out.exists()


def test_faults_of_the_data_show_where_the_units_cannot_be_read(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "units.gpkg").write_bytes(b"")
    assert called("check", plan, "--out", tmp_path / "found") == 3
    findings = pd.read_csv(tmp_path / "found" / "findings.csv")
    assert told(findings, "units", "The file is empty (0 bytes)")
    assert told(findings, "parcels", "ZZ9")
    assert not told(findings, "units", "The layer of planning units is missing")
