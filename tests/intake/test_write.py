"""plan.toml as written: TOML whatever the names, a comment for every guess, read back."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.conftest import Drafting, Row, written

from carbonspace.intake import plan_text
from carbonspace.intake.toml import quoted
from carbonspace.model.text import Lang
from carbonspace.sources import read_plan
from carbonspace.sources.samples import sample_plan


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_quoted_so_that_it_is_read_back(text: str) -> None:
    read = tomllib.loads(f"value = {quoted(text)}\n[keys]\n{quoted(text)} = true")
    assert read == {"value": text, "keys": {text: True}}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_guess_has_its_certainty(
    draft: Drafting, row: Row, tmp_path: Path, lang: Lang
) -> None:
    made = draft(地块=row(DKBH=["A", "B"], YDDM=["R2", "B1"]))
    text = plan_text(made, tmp_path / "plan.toml", lang, ["pku"])
    words = ("确定", "很可能", "不确定") if lang == "zh" else ("certain", "likely", "unsure")
    guesses = [line for line in text.splitlines() if " = " in line and "#" in line]
    assert len(guesses) >= 2
    assert all(any(word in line for word in words) for line in guesses)
    assert "pku" in text


def test_hostile_names_stay_in_their_place(draft: Drafting, row: Row, tmp_path: Path) -> None:
    name = 'land"\n[layers.units]\nsource = "x'
    frame = row(**{'a"b': ["A", "B"], "YDDM": ["R2", 'B1"\n']})
    made = draft(**{name: frame})
    assert set(written(made, tmp_path)["layers"]) <= {"parcels", "parks"}


def test_paths_start_at_the_file(draft: Drafting, row: Row, tmp_path: Path) -> None:
    made = draft(地块=row(DKBH=["A", "B"], YDDM=["R2", "B1"]))
    (tmp_path / "out").mkdir()
    read = written(made, tmp_path / "out")
    assert read["layers"]["parcels"]["source"] == "../plan.gpkg"


def test_the_golden_plan_is_recognised(draft: Drafting, tmp_path: Path) -> None:
    """Every layer of the golden plan, each column from the field of its own name."""
    golden = read_plan(sample_plan("golden"))
    made = draft(**golden.layers)
    read: dict[str, Any] = written(made, tmp_path)
    assert set(read["layers"]) == set(golden.layers)
    assert read["crs"] == "EPSG:4547"
    for key, table in read["layers"].items():
        fields = {c for c in golden.layers[key].columns if c != "geometry"}
        assert table["layer"] == key
        assert all(column == field for column, field in table.get("fields", {}).items())
        assert set(table.get("fields", {})) <= fields


def test_what_is_written_is_read_back(draft: Drafting, tmp_path: Path) -> None:
    golden = read_plan(sample_plan("golden"))
    made = draft(**golden.layers)
    (tmp_path / "plan.toml").write_text(plan_text(made, tmp_path / "plan.toml", "zh"), "utf-8")
    again = read_plan(tmp_path)
    assert {k: len(v) for k, v in again.layers.items()} == {
        k: len(v) for k, v in golden.layers.items()
    }
