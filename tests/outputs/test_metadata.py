"""The metadata extension, and what else GeoPackage asks of a file, statement by statement."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyogrio
import pytest
from tests.outputs.town import assessment

from carbonspace.model.assessment import Assessment
from carbonspace.outputs import write_results
from carbonspace.outputs.iso19139 import document
from carbonspace.outputs.results import results_of

_NAMES = {"gmd": "http://www.isotc211.org/2005/gmd", "gco": "http://www.isotc211.org/2005/gco"}
_HOSTILE = "</script>\x00\x0b\uffff\U0001f600\u202e\"'&<" + "长" * 300


@pytest.fixture(scope="module")
def path(results: Path) -> Path:
    return results / "results.gpkg"


def _query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


def _texts(root: ET.Element, name: str) -> list[str]:
    return [str(one.text) for one in root.iterfind(f".//gmd:{name}/*", _NAMES)]


def test_the_file_is_whole_and_of_its_version(path: Path) -> None:
    assert _query(path, "PRAGMA integrity_check") == [("ok",)]
    assert _query(path, "PRAGMA foreign_key_check") == []
    assert _query(path, "PRAGMA application_id") == [(0x47504B47,)]  # requirement 2: "GPKG"


def test_contents_name_what_is_there_its_bounds_and_its_crs(path: Path) -> None:
    tables = {name for (name,) in _query(path, "SELECT name FROM sqlite_master")}
    rows = _query(path, "SELECT c.table_name, min_x, min_y, max_x, max_y, c.srs_id, g.srs_id "
                        "FROM gpkg_contents c LEFT JOIN gpkg_geometry_columns g USING (table_name) "
                        "WHERE data_type = 'features'")  # fmt: skip
    assert len(rows) == 9
    for name, *box, crs, crs_of_geometry in rows:
        assert name in tables
        assert crs == crs_of_geometry == 4547
        bounds = pyogrio.read_info(path, layer=name, force_total_bounds=True)["total_bounds"]
        assert box == pytest.approx(bounds)


def test_moments_are_of_the_form_that_is_asked_for_and_all_the_same(path: Path) -> None:
    moments = {m for (m,) in _query(path, "SELECT last_change FROM gpkg_contents")}
    moments |= {m for (m,) in _query(path, "SELECT update_time FROM layer_styles")}
    moments |= {m for (m,) in _query(path, "SELECT timestamp FROM gpkg_metadata_reference")}
    (moment,) = moments
    assert datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%f%z")


def test_the_extension_is_declared_and_refers_to_its_document(path: Path) -> None:
    columns = "table_name, column_name, extension_name, definition, scope"
    where = "extension_name = 'gpkg_metadata'"
    declared = _query(path, f"SELECT {columns} FROM gpkg_extensions WHERE {where}")
    definition = "http://www.geopackage.org/spec120/#extension_metadata"
    assert declared == [
        (table, None, "gpkg_metadata", definition, "read-write")
        for table in ("gpkg_metadata", "gpkg_metadata_reference")
    ]
    assert _query(path, "SELECT m.md_scope, m.mime_type, r.reference_scope, r.table_name, "
                        "r.column_name, r.row_id_value, r.md_parent_id FROM gpkg_metadata m "
                        "JOIN gpkg_metadata_reference r ON r.md_file_id = m.id") == [
        ("dataset", "text/xml", "geopackage", None, None, None, None)
    ]  # fmt: skip


def test_the_document_tells_who_of_what_and_from_what(path: Path) -> None:
    ((text,),) = _query(path, "SELECT metadata FROM gpkg_metadata")
    root = ET.fromstring(text)
    assert _texts(root, "title") == ["某市中心城区详细规划 | Detailed plan of a town centre"]
    assert _texts(root, "credit") == ["© OpenStreetMap contributors, ODbL 1.0"]
    assert _texts(root, "useLimitation") == _texts(root, "credit")
    assert _texts(root, "organisationName") == ["carbonspace 0.1.0"]
    assert _texts(root, "code") == ["EPSG:4547"]
    (source,) = root.iterfind(".//gmd:LI_Source", _NAMES)
    assert "ab" * 32 in _texts(source, "description")[0]
    steps = _texts(root, "description")
    assert any('"park_coverage": {"radius": 500}' in step for step in steps)
    assert any("某市低碳建设规划" in step for step in steps)
    west, east, south, north = (
        float(_texts(root, name)[0])
        for name in ("westBoundLongitude", "eastBoundLongitude", "southBoundLatitude",
                     "northBoundLatitude")
    )  # fmt: skip
    # Central meridian 114° is x = 500 km; 3 km further are 3 / (111.32 cos 34.3°) degrees.
    assert west == pytest.approx(114.0, abs=1e-6)
    assert east - west == pytest.approx(0.0326, abs=2e-4)
    assert north - south == pytest.approx(2 / 110.9, abs=2e-4)


def test_names_that_xml_cannot_hold_do_no_harm(town: Assessment) -> None:
    gathered = results_of(town)
    run = {**gathered.run, "plan": {"zh": _HOSTILE, "en": "\ud800"}, "attribution": [_HOSTILE]}
    root = ET.fromstring(document(replace(gathered, run=run), "2030-01-01T00:00:00.000Z"))
    shown = _HOSTILE
    for forbidden in ("\x00", "\x0b", "\uffff"):
        shown = shown.replace(forbidden, "\ufffd")
    assert _texts(root, "credit") == [shown]
    assert _texts(root, "title") == [f"{shown} | \ufffd"]


def test_two_runs_at_one_moment_are_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    one, other = assessment(), assessment()
    other = replace(other, run={**other.run, "seconds": {"park_coverage": 9.9}})
    files = [write_results(each, tmp_path / name) / "results.gpkg"
             for name, each in (("one", one), ("other", other))]  # fmt: skip
    assert files[0].read_bytes() == files[1].read_bytes()
    moments = _query(files[0], "SELECT DISTINCT last_change FROM gpkg_contents")
    assert moments == [("2023-11-14T22:13:20.000Z",)]
