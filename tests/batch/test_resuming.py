"""A night that was killed goes on after what it had finished, and comes to the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from tests.batch.tiled import LOG, killed, small_tiles, tiled
from tests.batch.town import as_run_says, current, figures, night_of

from carbonspace import measuring
from carbonspace.batch import City, Night, store_of
from carbonspace.batch.log import logged
from carbonspace.batch.wording import text_of
from carbonspace.errors import DifferenceError
from carbonspace.evaluation import evaluate
from carbonspace.measuring import Answer
from carbonspace.model.text import Text
from carbonspace.parts import Part
from carbonspace.past import tiles
from carbonspace.sources import read_plan
from carbonspace.terminal import print_nights


@pytest.fixture(autouse=True)
def tiles_are_small() -> Iterator[None]:
    with small_tiles():
        yield


class Undisturbed:
    """A night of which nothing is left but what it came to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with small_tiles():
            self.city = tiled(folder)
            self.tiles = night_of(self.city).figures["tiles"]
        self.verdicts = current(self.city)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def after_three(whole: Undisturbed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = data_of(whole, tmp_path_factory.mktemp("killed"))
    killed(folder, 3)
    return folder


@pytest.fixture
def city(after_three: Path, tmp_path: Path) -> City:
    """Return the town after a night that was killed when three tiles were finished."""
    shutil.copytree(after_three, tmp_path, dirs_exist_ok=True)
    return tiled(tmp_path)


def data_of(whole: Undisturbed, folder: Path) -> Path:
    for file in [*whole.folder.glob("*.gpkg"), whole.folder / "plan.toml"]:
        shutil.copy(file, folder)
    return folder


def finished(city: City) -> int:
    """Return how many tiles lie there."""
    assert city.cache is not None
    return len([*city.cache.glob("*.tiles/*.receipt")])


def events(city: City) -> list[dict[str, Any]]:
    lines = (city.plan.parent / LOG).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def status_of(city: City) -> list[dict[str, Any]]:
    with store_of(city, look=True) as store:
        return [
            {**one._asdict(), "summary": store.message(one.id)} for one in store.runs(city.name)
        ]


def same(city: City, whole: Undisturbed) -> None:
    pd.testing.assert_frame_equal(current(city), whole.verdicts, check_exact=True)


def logged_night(city: City, **more: Any) -> Night:
    with logged(city.plan.parent / LOG):
        return night_of(city, 2, **more)


def test_what_was_finished_is_not_measured_again(
    city: City, whole: Undisturbed, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    there, measured, answered = finished(city), list[Part](), measuring._answered

    def noted(part: Part, *more: Any) -> measuring.Answers:
        measured.append(part)
        return answered(part, *more)

    monkeypatch.setattr(measuring, "_answered", noted)
    assert 3 <= there < whole.tiles
    found = logged_night(city)
    assert found.figures["resumed"] == there
    assert found.figures["tiles"] == len(measured) == whole.tiles - there
    same(city, whole)
    assert finished(city) == 0
    said = events(city)
    assert [one["event"] for one in said] == ["began", "abandoned", "began", "resumed", "done"]
    assert said[3]["tiles"] == found.message["resumed"] == there
    assert f"not measured again: {there}" in text_of(found.message, "en")
    monkeypatch.setenv("COLUMNS", "200")
    print_nights(city.name, status_of(city), "en")
    assert f"went on after {there}" in " ".join(capsys.readouterr().out.split())
    assert city.cache is not None
    assert [file.suffix for file in city.cache.iterdir()] == [".past"]


def test_killed_again_and_again(city: City, whole: Undisturbed) -> None:
    there = finished(city)
    killed(city.plan.parent, 2)
    assert whole.tiles > finished(city) >= there + 2
    there = finished(city)
    assert logged_night(city).figures["resumed"] == there
    same(city, whole)


def test_edited_between(city: City) -> None:
    parks = gpd.read_file(city.plan.parent / "parks.gpkg")
    parks.iloc[1:].to_file(city.plan.parent / "parks.gpkg", layer="parks")
    found = logged_night(city)
    assert found.figures["resumed"] > 0
    pd.testing.assert_frame_equal(figures(current(city)), as_run_says(city), check_dtype=False)


@pytest.mark.parametrize("full", [True, False])
def test_only_what_is_asked_in_full_is_measured_anew(
    city: City, whole: Undisturbed, full: bool
) -> None:
    found = logged_night(city, full=full)
    assert (found.figures["resumed"] == 0) == full
    same(city, whole)


def lies(city: City) -> None:
    """Have the tiles say something else, and their receipts that it is so."""
    assert city.cache is not None
    (folder,) = city.cache.glob("*.tiles")
    shelf = tiles.Tiles(folder)
    for file in folder.glob("*.receipt"):
        receipt = tiles.Receipt(**json.loads(file.read_text("utf-8")))
        shelf.look(receipt.frame)
        held = shelf.get(file.stem)
        assert held is not None
        shelf.keep(file.stem, {k: (other(one), f) for k, (one, f) in held.items()}, receipt)


def other(answer: Answer) -> Answer:
    if isinstance(answer, Text):
        return answer
    return replace(answer, table=answer.table.assign(value=answer.table["value"] + 1.0))


def test_what_is_taken_over_is_held_against_measuring(city: City, whole: Undisturbed) -> None:
    lies(city)
    with pytest.raises(DifferenceError):
        logged_night(city, verify=70)
    assert finished(city) == 0
    assert logged_night(city, verify=70).figures["resumed"] == 0
    same(city, whole)


def test_what_explains_the_figures_is_written_like_always(city: City, tmp_path: Path) -> None:
    found = night_of(replace(city, output=tmp_path / "output"), 3)
    folder, key = found.write(), "park_coverage"
    assert found.figures["resumed"]
    assert folder is not None
    written = gpd.read_file(folder / "results.gpkg", layer=f"evidence_{key}")
    expected = evaluate(read_plan(city.plan), [key], city.profiles).evidence(key)
    assert len(expected)
    assert sorted(written["unit_id"]) == sorted(expected["unit_id"])
    assert written.area.sum() == pytest.approx(expected.area.sum())


def test_a_night_in_which_nothing_changed_leaves_no_tiles(city: City, whole: Undisturbed) -> None:
    assert whole.city.cache is not None
    assert city.cache is not None
    tidy = replace(city, cache=whole.city.cache, results=str(whole.folder / "results"),
                   plan=whole.city.plan)  # fmt: skip
    (folder,) = city.cache.glob("*.tiles")
    shutil.copytree(folder, whole.city.cache / folder.name)
    assert night_of(tidy, 2).status == "unchanged"
    assert finished(tidy) == 0


def test_tiles_that_cannot_be_put_down_are_told_once(whole: Undisturbed, tmp_path: Path) -> None:
    city = tiled(data_of(whole, tmp_path))
    assert city.cache is not None
    city.cache.write_text("a file where a folder should be", "utf-8")
    found = logged_night(city)
    assert (found.status, found.figures["tiles"]) == ("done", 0)
    told = [one for one in events(city) if one["event"] == "not cached"]
    assert [one.get("tiles") for one in told] == [True, None]
    same(city, whole)
