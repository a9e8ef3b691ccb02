"""A layer in several files; sources that plan.toml must not name; what the docs show of sources."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from carbonspace.model.layers import LAYERS
from carbonspace.sources.mapping import layer_sources

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "read-data.md"
TWO = '[layers.parcels]\nsource = ["a.gpkg", "b.shp"]\n'
MAPPED = 'fields = { parcel_id = "DKBH" }\nconstants = { land_use = "07" }\n'


def test_the_rows_of_all_files(tmp_path: Path, parcels: Any, read: Any) -> None:
    parcels(DKBH=["A-1", "A-2"]).to_file(tmp_path / "a.gpkg")
    parcels(DKBH=["B-1"]).to_file(tmp_path / "b.shp")
    plan = read(TWO + MAPPED)
    assert plan.layers["parcels"]["parcel_id"].tolist() == ["A-1", "A-2", "B-1"]
    assert plan.layers["parcels"].index.tolist() == [0, 1, 2]
    assert plan.layers["parcels"].crs.to_epsg() == 4547
    assert [(i.layer, i.path, i.features) for i in plan.inputs] == [
        ("parcels", "a.gpkg", 2), ("parcels", "b.shp", 1),
    ]  # fmt: skip


def test_files_in_different_crs_are_refused_unless_one_is_stated(
    tmp_path: Path, parcels: Any, read: Any, faults: Any
) -> None:
    parcels(DKBH=["A-1"]).to_file(tmp_path / "a.gpkg")
    parcels(crs="EPSG:4526", DKBH=["B-1"]).to_file(tmp_path / "b.shp")
    (fault,) = faults(TWO + MAPPED)
    assert fault.found_in("en") == "EPSG:4526, EPSG:4547"
    assert len(read(TWO + 'crs = "EPSG:4547"\n' + MAPPED).layers["parcels"]) == 2


def test_one_missing_file_is_one_fault(tmp_path: Path, parcels: Any, faults: Any) -> None:
    parcels(DKBH=["A-1"]).to_file(tmp_path / "a.gpkg")
    assert [f.what.en for f in faults(TWO + MAPPED)] == ["The file does not exist"]


@pytest.mark.parametrize("source", ["[]", "[1]", '["a.gpkg", 2]'])
def test_sources_are_names(source: str, faults: Any) -> None:
    found = faults(f"[layers.parcels]\nsource = {source}\n")
    assert [f.what.en for f in found] == ["plan.toml: layers.parcels.source has the wrong type"]


def test_a_password_in_a_plan_is_refused_unseen(faults: Any) -> None:
    (fault,) = faults('[layers.parcels]\nsource = "postgresql://u:S3cret@h/city"\n')
    assert fault.what.en == "plan.toml holds a database password"
    assert fault.found_in("en") == "postgresql://u@h/city"
    assert "S3cret" not in repr(fault)


def test_the_examples_of_the_docs_are_sound(tmp_path: Path) -> None:
    examples = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text("utf-8"), re.S | re.M)
    assert len(examples) == 5
    for key, table in (pair for e in examples for pair in tomllib.loads(e)["layers"].items()):
        sources, found = layer_sources(key, table, tmp_path)
        assert found == []
        assert key in LAYERS
        assert sources
