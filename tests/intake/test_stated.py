"""A plan as a program states it: what it leaves open is guessed, what it says holds."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.intake.conftest import CRS, Row, save

from carbonspace.errors import InputError
from carbonspace.intake import settled, toml_text


@pytest.fixture
def data(tmp_path: Path, row: Row, lines: Row) -> Path:
    """Return a folder with parcels and roads under names of their own."""
    save(row(DKBH=["A", "B"], YDYHFLDM=["0701", "1401"], RJLSX=[2.0, 1.0], 丙=[3.5, 4.5]),
         tmp_path / "plan.gpkg", layer="地块")  # fmt: skip
    save(lines(DLDJ=["主干路", "支路"]), tmp_path / "plan.gpkg", layer="道路")
    return tmp_path


def parcels(**said: Any) -> dict[str, Any]:
    return {"layers": {"parcels": {"source": "plan.gpkg", "layer": "地块", **said}}}


def test_fields_are_guessed_where_nothing_is_said_of_them(data: Path) -> None:
    made = settled(parcels(guess=True, fields={"far_max": "丙"}, where=None), data)
    layer = made.table["layers"]["parcels"]
    assert layer["fields"] == {"parcel_id": "DKBH", "land_use": "YDYHFLDM", "far_max": "丙"}
    assert "guess" not in layer
    assert any("parcels.land_use ← YDYHFLDM (certain" in note.en for note in made.notes)
    assert all("确定" in note.zh or "很可能" in note.zh for note in made.notes)


def test_nothing_is_guessed_unasked(data: Path) -> None:
    stated = parcels(fields={"land_use": "YDYHFLDM"})
    assert settled(stated, data) == (stated, [])


def test_what_is_unsure_is_told_and_not_taken(data: Path, monkeypatch: Any) -> None:
    from carbonspace.intake.draft import ColumnDraft

    monkeypatch.setattr(ColumnDraft, "certainty", "unsure")
    made = settled(parcels(guess=True), data)
    assert made.table["layers"]["parcels"]["fields"] == {"parcel_id": "DKBH"}  # an id
    assert any(note.en.startswith("not taken, being unsure: parcels.far_max ← RJLSX")
               for note in made.notes)  # fmt: skip


def test_values_and_columns_go_where_plan_toml_has_them(data: Path) -> None:
    roads = {"source": "plan.gpkg", "layer": "道路", "guess": True}
    columns = [{"column": "parcel_id", "field": "DKBH", "pattern": "^(.)", "certainty": "likely"},
               {"column": "land_use", "field": "YDYHFLDM", "pattern": None, "values": {"x": "07"}},
               {"column": "is_new", "constant": False, "values": {}}]  # fmt: skip
    made = settled({"layers": {"roads": roads, **parcels(columns=columns)["layers"]}}, data)
    assert made.table["layers"]["roads"]["values"] == {
        "road_class": {"主干路": "arterial", "支路": "local"}}  # fmt: skip
    assert made.table["layers"]["parcels"] == {
        "source": "plan.gpkg", "layer": "地块", "fields": {"land_use": "YDYHFLDM"},
        "extract": {"parcel_id": {"field": "DKBH", "pattern": "^(.)"}},
        "constants": {"is_new": False}, "values": {"land_use": {"x": "07"}}}  # fmt: skip


@pytest.mark.parametrize("said", [{}, {"guess": True}, {"crs": CRS}])
def test_the_crs_is_guessed_where_that_is_asked(data: Path, said: dict[str, Any]) -> None:
    assert settled({**parcels(**said), "crs": "guess"}, data).table["crs"] == CRS
    assert "crs" not in settled(parcels(**said), data).table


def test_degrees_give_a_crs_to_measure_in(tmp_path: Path, row: Row) -> None:
    frame = row(DKBH=["A"], YDYHFLDM=["0701"]).to_crs("EPSG:4490")
    save(frame, tmp_path / "plan.gpkg", layer="地块")
    assert settled({**parcels(), "crs": "guess"}, tmp_path).table["crs"] == CRS


def test_a_crs_that_the_data_do_not_tell(tmp_path: Path, row: Row) -> None:
    save(row(crs=None, x=[1]), tmp_path / "plan.gpkg", layer="地块")
    with pytest.raises(InputError, match=r"which projected CRS to measure in.*EPSG:4547"):
        settled({**parcels(), "crs": "guess"}, tmp_path)


@pytest.mark.parametrize("layers", [
    7, [], {"parcels": 7}, {"nowhere": {"guess": True, "source": "x"}},
    {"parcels": {"guess": True}},
    {"parcels": {"guess": True, "source": "gone.gpkg"}},
    {"parcels": {"guess": True, "source": ["plan.gpkg", 7], "layer": "no such"}},
    {"parcels": {"guess": True, "source": "plan.gpkg", "fields": 7}},
    {"parcels": {"columns": 7}}, {"parcels": {"columns": [7]}}, {"parcels": {"columns": [{}]}},
    {"parcels": {"columns": [{"column": "far_max", "field": 7, "pattern": {}}]}},
])  # fmt: skip
def test_what_is_wrong_is_left_to_the_reader_of_plan_toml(data: Path, layers: Any) -> None:
    made = settled({"name": "x", "layers": layers}, data)
    assert tomllib.loads(toml_text(made.table))["name"] == "x"


def test_toml_says_what_was_meant() -> None:
    odd = 'a"b\\c\n\t\x00\x7f\u2028é 中'
    table = {
        "format": 1, "name": {"zh": odd, "en": "x"}, "on": date(2025, 12, 31), "none": None,
        "lists": [[1.5, 2], [], ["a", None]], "flag": False, "tiny": 1e-300, "far": float("inf"),
        "exemption": [{"indicator": "far"}, {"until": date(2030, 1, 1)}], "derive": {},
        "layers": {"é.b": {"where": "a = 'b'"}, "parcels": {
            "source": f"C:\\数据 夹\\{odd}", "values": {"mode": {odd: "x", "": 1}}, "crs": None}},
    }  # fmt: skip
    table |= {odd: "C:\\x y"}
    kept = {**{key: one for key, one in table.items() if key != "none"}}
    assert tomllib.loads(toml_text(table)) == kept | {
        "lists": [[1.5, 2], [], ["a"]], "layers": {
            "parcels": {"source": f"C:\\数据 夹\\{odd}", "values": {"mode": {odd: "x", "": 1}}},
            "é.b": {"where": "a = 'b'"}}}  # fmt: skip
