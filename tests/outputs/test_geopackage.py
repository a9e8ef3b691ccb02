from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from tests.outputs.town import IDS, INDICATORS, PARK_VALUES, defined_otherwise

from carbonspace.model.assessment import Assessment
from carbonspace.outputs import write_results
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.styles import name_of


@pytest.fixture(scope="module")
def path(results: Path) -> Path:
    return results / "results.gpkg"


def _query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


def test_layers_and_tables(path: Path) -> None:
    assert set(pyogrio.list_layers(path)[:, 0]) == {
        "units", "parcels", "evidence_road_density", "evidence_park_coverage",
        "evidence_charging_car_park_share", "indicators", "findings", "ledger", "repairs",
        "carbonspace_run", "places", "profiles", "clauses",
        "ground_parcels", "ground_parks", "ground_roads", "ground_transit_stops",
        "layer_styles",
    }  # fmt: skip


def test_the_version_does_not_make_qgis_warn(path: Path) -> None:
    assert _query(path, "PRAGMA user_version") == [(10200,)]


def test_units_keep_values_verdicts_and_counts(path: Path) -> None:
    units = gpd.read_file(path, layer="units").set_index("unit_id")
    assert list(units.index) == list(IDS)
    assert units.crs == "EPSG:4547"
    expected = pd.Series(PARK_VALUES, index=units.index)
    pd.testing.assert_series_equal(units["park_coverage"], expected, check_names=False)
    assert units["park_coverage_status"].tolist() == [
        "met", "not_met", "not_met", "met", "met", "not_applicable",
    ]  # fmt: skip
    assert units.loc["ZKB-02", ["not_met", "met", "no_data"]].tolist() == [3, 0, 1]
    assert units["verdict"].tolist() == ["not_met"] * 6


def test_indicators_table_is_the_tall_table(path: Path, town: Assessment) -> None:
    table = pyogrio.read_dataframe(path, layer="indicators")
    assert len(table) == len(town.table)
    for column in ("value", "numerator", "margin"):
        pd.testing.assert_series_equal(table[column], town.table[column])
    assert table["status"].tolist() == town.table["status"].tolist()


def test_parcels_hold_their_own_verdicts(path: Path) -> None:
    parcels = gpd.read_file(path, layer="parcels").set_index("parcel_id")
    assert parcels["main_use_floor_share_status"].to_dict() == {"P000": "not_met", "P030": "met"}


def test_mixed_evidence_becomes_points(path: Path) -> None:
    car_parks = gpd.read_file(path, layer="evidence_charging_car_park_share")
    assert set(car_parks.geom_type) == {"Point"}
    assert len(car_parks) == 6


def test_every_spatial_layer_has_one_default_style(path: Path) -> None:
    found = _query(path, "SELECT f_table_name, SUM(useAsDefault) FROM layer_styles GROUP BY 1")
    assert dict(found) == {  # type: ignore[arg-type]
        "units": 1, "parcels": 1, "evidence_road_density": 1, "evidence_park_coverage": 1,
        "evidence_charging_car_park_share": 1, "ground_parcels": 1, "ground_parks": 1,
        "ground_roads": 1, "ground_transit_stops": 1,
    }  # fmt: skip


def test_land_use_has_the_colours_of_the_pages(path: Path) -> None:
    where = "f_table_name = 'ground_parcels'"
    ((style,),) = _query(path, f"SELECT styleQML FROM layer_styles WHERE {where}")
    root = ET.fromstring(str(style).split("\n", 1)[1])
    kinds = {c.get("value"): c.get("symbol") for c in root.iter("category")}
    assert list(kinds) == ["07", "08", "09", "10", "14", ""]
    colours = {s.get("name"): p.get("v") for s in root.iter("symbol") for p in s.iter("prop")
               if p.get("k") == "color"}  # fmt: skip
    assert colours[kinds["07"]] == "255,232,102,255"  # landuse.FILLS: #ffe866


def test_every_layer_and_table_says_what_it_is_in_both_languages(path: Path) -> None:
    for name, about in _query(path, "SELECT table_name, description FROM gpkg_contents"):
        zh, _, en = str(about).partition(" | ")
        assert any("\u4e00" <= c <= "\u9fff" for c in zh), name
        assert en, name


def test_units_have_a_style_per_indicator(path: Path) -> None:
    rows = _query(path, "SELECT styleName, styleQML FROM layer_styles WHERE f_table_name = 'units'")
    assert len(rows) == 1 + len(INDICATORS)
    for key in INDICATORS:
        qml = next(str(q) for name, q in rows if f"({key})" in str(name))
        categories = ET.fromstring(qml.split("\n", 1)[1]).findall(".//category")
        assert [c.get("value") for c in categories] == list(VERDICTS)


def test_run_is_a_table(path: Path) -> None:
    rows = _query(path, "SELECT key, value FROM carbonspace_run")
    run = {str(key): value for key, value in rows}
    assert run["carbonspace"] == "0.1.0"
    assert run["parameters"] == '{"park_coverage": {"radius": 500}}'


def test_no_value_stands_beside_a_verdict_on_another_figure(
    town: Assessment, tmp_path: Path
) -> None:
    out = write_results(defined_otherwise(town), tmp_path / "out", reports=())
    rows = _query(out / "results.gpkg", "SELECT styleName, styleQML FROM layer_styles")
    told = {str(name): str(style) for name, style in rows}
    labels = {key: told[name_of(town.indicators[key])] for key in ("park_coverage", "road_density")}
    assert "format_number" not in labels["park_coverage"]
    assert "format_number" in labels["road_density"]
