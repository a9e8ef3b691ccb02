"""The guesses of init as one object: what is used, what else it could be, what is not used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.calls import called
from tests.intake.conftest import Row, save

from carbonspace.model.layers import LAYERS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "init-json.md"


@pytest.fixture
def told(tmp_path: Path, row: Row, lines: Row, capsys: pytest.CaptureFixture[str]) -> Any:
    folder = tmp_path / "某 单元"
    folder.mkdir()
    save(row(DKBH=["A", "B"], YDYHFLDM=["0701", "1401"], RJLSX=[2.0, 1.0]),
         folder / "plan.gpkg", layer="地块")  # fmt: skip
    save(lines(DLDJ=["主干路", "支路"], 备注=["x", "y"]), folder / "plan.gpkg", layer="道路")
    save(row(x=[1.5, 2.5]), folder / "odd.gpkg", layer="odd")
    before = sorted(folder.rglob("*"))
    capsys.readouterr()
    assert called("init", folder, "--format", "json") == 0
    assert sorted(folder.rglob("*")) == before  # nothing is written
    return json.loads(capsys.readouterr().out)


def test_layers_and_their_columns(told: Any) -> None:
    parcels, roads = (next(one for one in told["layers"] if one["layer"] == key)
                      for key in ("parcels", "roads"))  # fmt: skip
    assert parcels["source_layer"] == "地块"
    assert parcels["certainty"] == "certain"
    assert {c["column"]: c["field"] for c in parcels["columns"]} == {
        "parcel_id": "DKBH", "land_use": "YDYHFLDM", "far_max": "RJLSX"}  # fmt: skip
    (held,) = [c for c in roads["columns"] if c["column"] == "road_class"]
    assert held["values"] == {"主干路": "arterial", "支路": "local"}
    assert all(c["why"]["zh"] and c["why"]["en"] for c in parcels["columns"])
    assert all(c["taken"] for c in parcels["columns"])
    assert told["crs"]["value"] == "EPSG:4547"


def test_a_dataset_says_what_else_it_could_be(told: Any) -> None:
    (odd,) = [one for one in told["datasets"] if one["name"] == "odd"]
    assert odd["fields"] == [{"name": "x", "type": "number"}]
    polygons = {key for key, one in LAYERS.items() if "polygon" in one.geometry}
    assert {one["layer"] for one in odd["could_be"]} == polygons
    (plots,) = [one for one in told["datasets"] if one["name"] == "地块"]
    assert plots["could_be"][0]["layer"] == "parcels"
    scores = [one["score"] for one in plots["could_be"]]
    assert scores == sorted(scores, reverse=True)


def test_what_is_unused_says_why(told: Any) -> None:
    assert {one["name"] for one in told["unused"]} <= {"odd"}
    assert all(one["why"]["zh"] and one["why"]["en"] for one in told["unused"])


def test_the_page_names_all_of_it(told: Any) -> None:
    page = PAGE.read_text("utf-8")
    assert all(f"`{name}`" in page for name in told)
    assert all(f"`{name}`" in page for name in told["datasets"][0])


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert called("init", tmp_path / "nowhere", "--format", "json", "--lang", "en") == 3
