"""Results read again: the same pages, and what is no result folder is refused."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.outputs.town import IDS

from carbonspace import evaluate, read_plan
from carbonspace.catalogue import indicators
from carbonspace.errors import SourceError
from carbonspace.model.assessment import Assessment
from carbonspace.model.indicator import Indicator
from carbonspace.outputs.reading import read_results
from carbonspace.outputs.reports import write_reports
from carbonspace.outputs.webpage import write_pages
from carbonspace.sources.samples import sample_plan


def pages(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*.html")}  # fmt: skip


def assert_same_pages(
    folder: Path, again: Path, known: Mapping[str, Indicator] | None = None
) -> None:
    again.mkdir()
    write_pages(read_results(folder, known or indicators()), again)
    first, second = pages(folder), pages(again)
    assert first.keys() == second.keys()
    for name, page in first.items():
        assert second[name].decode().split("\n") == page.decode().split("\n"), name


def test_pages_made_again_are_the_same(town: Assessment, results: Path, tmp_path: Path) -> None:
    assert_same_pages(results, tmp_path / "again", town.indicators)


@pytest.mark.sample
def test_pages_of_the_golden_plan_are_the_same(golden: Assessment, tmp_path: Path) -> None:
    assert_same_pages(golden.write(tmp_path / "out", maps=True), tmp_path / "again")


@pytest.mark.sample
def test_units_that_were_not_asked_for_are_drawn_again(tmp_path: Path) -> None:
    plan = read_plan(sample_plan("golden"))
    last = [plan.layers["units"]["unit_id"].iloc[-1]]
    found = evaluate(plan, ["park_coverage", "road_density"], units=last)
    assert_same_pages(found.write(tmp_path / "out"), tmp_path / "again")


def test_results_that_nothing_was_asked_of_are_read_again(town: Assessment, tmp_path: Path) -> None:
    """No profile: a column of margins without one number in it."""
    nothing = {"profile": None, "target": None, "rule": None, "margin": math.nan}
    table = town.table.drop_duplicates(["level", "unit_id", "indicator"])
    table = table.assign(**nothing, status="no_target")
    folder = replace(town, table=table, profiles={}).write(tmp_path / "out")
    assert_same_pages(folder, tmp_path / "again", town.indicators)
    renewed = tmp_path / "renewed"
    renewed.mkdir()
    write_reports(read_results(folder, town.indicators), renewed, ["pdf", "xlsx", "docx"])
    assert len([*renewed.rglob("*.pdf")]) == 1 + len(IDS)


def broken(folder: Path, tmp_path: Path, told: dict[str, object]) -> Path:
    """Return a copy of results of which `run.json` says something else (None: nothing)."""
    shutil.copytree(folder, folder := tmp_path / "broken")
    run = json.loads((folder / "run.json").read_text("utf-8")) | told
    kept = {key: value for key, value in run.items() if value is not None}
    (folder / "run.json").write_text(json.dumps(kept), "utf-8")
    return folder


@pytest.mark.parametrize("told", [{"results": 0}, {"results": None}, {"writer": "me"},
                                  {"sha256": None}, {"indicators": None}])  # fmt: skip
def test_a_folder_of_another_form_is_refused(
    results: Path, tmp_path: Path, told: dict[str, object]
) -> None:
    with pytest.raises(SourceError, match=r"no run\.json that this version writes"):
        read_results(broken(results, tmp_path, told), indicators())


def test_results_of_unknown_indicators_are_refused(results: Path, tmp_path: Path) -> None:
    folder = broken(results, tmp_path, {"indicators": ["moon_share"]})
    with pytest.raises(SourceError, match="this version has no indicator moon_share"):
        read_results(folder, indicators())


def test_a_changed_or_missing_file_is_refused(results: Path, tmp_path: Path) -> None:
    folder = broken(results, tmp_path, {})
    with (folder / "results.gpkg").open("ab") as file:
        file.write(b"more")
    with pytest.raises(SourceError, match="it was changed since"):
        read_results(folder, indicators())
    (folder / "results.gpkg").unlink()
    with pytest.raises(SourceError, match=r"results\.gpkg is missing"):
        read_results(folder, indicators())
    with pytest.raises(SourceError, match="holds no results"):
        read_results(tmp_path / "nothing", indicators())
