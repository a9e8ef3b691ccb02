"""The command: what it writes, what it says, what it refuses, what it asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.intake.conftest import Row, save

from carbonspace.cli import main
from carbonspace.intake import Question, asked, found_in
from carbonspace.sources import read_plan


def called(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(one) for one in arguments])
    return int(stop.value.code or 0)


@pytest.fixture
def folder(tmp_path: Path, row: Row, lines: Row) -> Path:
    """A folder with blanks and Chinese in its name: units, parcels, and roads without a class."""
    place = tmp_path / "某单元 2023"
    place.mkdir()
    save(row(DYBH=["U1", "U2"]), place / "规划单元.gpkg")
    save(row(DKBH=["A", "B"], YDDM=["R2", "B1"]), place / "地块.gpkg")
    save(lines(kind=["a", "b"]), place / "道路.gpkg")
    return place


def test_init_writes_a_plan_that_is_read(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert called("init", ".", "--lang", "zh") == 0
    shown = capsys.readouterr().out
    assert "parcels" in shown
    assert "缺少 road_class" in shown
    assert set(read_plan(folder).layers) == {"units", "parcels"}


def test_init_never_overwrites(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "plan.toml"
    file.write_text("mine", "utf-8")
    assert called("init", folder, "-o", file, "--lang", "en", "--yes") == 2
    assert "exists and was left as it is" in capsys.readouterr().err
    assert file.read_text("utf-8") == "mine"


def test_the_folder_of_the_plan_is_made(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "new" / "deeper" / "plan.toml"
    assert called("init", folder, "-o", file, "--yes") == 0
    assert set(read_plan(file).layers) >= {"units", "parcels"}
    assert [one.name for one in file.parent.iterdir()] == ["plan.toml"]


def test_what_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("init", tmp_path / "没有.gpkg", "-o", tmp_path / "plan.toml") == 3
    assert "没有.gpkg" in capsys.readouterr().err
    assert not (tmp_path / "plan.toml").exists()


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readme.md").write_text("nothing", "utf-8")
    assert called("init", tmp_path, "-o", tmp_path / "plan.toml") == 3
    assert not (tmp_path / "plan.toml").exists()


def test_a_broken_file_is_named_and_the_rest_used(folder: Path) -> None:
    (folder / "坏.gpkg").write_bytes(b"SQLite format 3\0 but not really")
    out = folder / "plan.toml"
    assert called("init", folder, "-o", out) == 0
    assert "坏.gpkg" in out.read_text("utf-8")
    assert set(read_plan(out).layers) == {"units", "parcels"}


def test_the_result_stays_beside_its_folder(folder: Path, tmp_path: Path) -> None:
    assert called("init", folder, "-o", tmp_path) == 0
    assert set(read_plan(tmp_path / "plan.toml").layers) == {"units", "parcels"}


def test_questions_are_asked_until_all_is_said(folder: Path) -> None:
    heard: list[str] = []

    def person(question: Question) -> int:
        heard.append(question.text.en)
        wanted = [n for n, one in enumerate(question.options) if one.en.startswith("kind")]
        return wanted[0] if wanted else question.default

    draft = asked(found_in([str(folder)]), "plan", person)
    roads = draft.layer("roads")
    assert any("Which field of 道路 holds Road class?" in one for one in heard)
    assert len(heard) == len(set(heard))
    assert roads is not None
    assert roads.lacking == ()


def test_a_person_may_choose_the_crs(tmp_path: Path, row: Row) -> None:
    save(row(crs=None, DKBH=["A", "B"], YDDM=["R2", "B1"]), tmp_path / "地块.gpkg")

    def person(question: Question) -> int:
        named = [n for n, one in enumerate(question.options) if one.en.startswith("EPSG:4547")]
        return named[0] if named else question.default

    draft = asked(found_in([str(tmp_path)]), "plan", person)
    assert draft.layers[0].crs == "EPSG:4547"
    assert draft.crs is not None
    assert draft.crs.value == "EPSG:4547"


def test_a_person_may_leave_everything_open(tmp_path: Path, row: Row) -> None:
    save(row(crs=None, DKBH=["A", "B"], YDDM=["R2", "B1"]), tmp_path / "地块.gpkg")
    draft = asked(found_in([str(tmp_path)]), "plan", lambda question: 0)
    assert draft.crs is None
