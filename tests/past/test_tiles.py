"""An evaluation that was killed goes on: what is taken over from its tiles is what it would be."""

from __future__ import annotations

import errno
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.past.editing import edited, town_of_units
from tests.past.test_past import edge, same

from carbonspace import Assessment, Plan, evaluate, measuring
from carbonspace.measuring import Answer, Question
from carbonspace.parts import Part
from carbonspace.past import tiles as past_tiles
from carbonspace.past.memory import Memory
from carbonspace.past.tiles import Tiles

KEYS = ("park_coverage", "road_density", "roof_solar_access", "intersection_density", "land_area",
        "green_space_rate", "parcel_far", "block_size")  # fmt: skip
RULES = ("pku", "bayannur")


@pytest.fixture(autouse=True)
def every_tile_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_tiles, "WORTH_S", 0.0)


@pytest.fixture(scope="module")
def town() -> Plan:
    return town_of_units(7)


@pytest.fixture(scope="module")
def expected(town: Plan) -> Assessment:
    return evaluate(town, KEYS, RULES, part_features=400, workers=2)


def over(plan: Plan, tiles: Tiles | None, program: str | None = None) -> Assessment:
    """Evaluate in small parts, with tiles."""
    memory = Memory(tiles=tiles, program=program)
    return evaluate(plan, KEYS, RULES, memory=memory, part_features=400, workers=2)


@pytest.fixture(scope="module")
def made(town: Plan, tmp_path_factory: pytest.TempPathFactory) -> Tiles:
    tiles = Tiles(tmp_path_factory.mktemp("made"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(past_tiles, "WORTH_S", 0.0)
        over(town, tiles)
    assert tiles.put > 8
    assert tiles.taken == 0
    return tiles


@pytest.fixture
def begun(made: Tiles, tmp_path: Path) -> Tiles:
    """Return the tiles of an evaluation of which nothing else is left."""
    return replace(made, folder=Path(shutil.copytree(made.folder, tmp_path / "tiles")))


def again(tiles: Tiles) -> Tiles:
    """Return the folder as the next process finds it."""
    return Tiles(tiles.folder)


def receipts(tiles: Tiles) -> list[Path]:
    return sorted(tiles.folder.glob("*.receipt"))


def test_nothing_is_measured_twice(
    town: Plan, begun: Tiles, expected: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = list[str](), measuring.answer_of

    def noted(question: Question, part: Part) -> Answer:
        asked.append(question.one.key)
        return answer(question, part)

    monkeypatch.setattr(measuring, "answer_of", noted)
    tiles = again(begun)
    found = over(town, tiles)
    assert (tiles.taken, tiles.put, asked) == (begun.put, 0, [])
    same(found, expected)
    known = over(town, None)
    for key in KEYS:
        pd.testing.assert_frame_equal(found.evidence(key), known.evidence(key))
        (ours, theirs) = (one.measures[key].parts for one in (found, expected))
        assert {*ours} == {*theirs}
        for level in ours:
            pd.testing.assert_frame_equal(ours[level], theirs[level], check_exact=True)


def test_the_rest_is_measured(town: Plan, begun: Tiles, expected: Assessment) -> None:
    for file in receipts(begun)[::2]:
        file.unlink()
    there = len(receipts(begun))
    tiles = again(begun)
    same(over(town, tiles), expected)
    assert (tiles.taken, tiles.put) == (there, begun.put - there)
    assert len(receipts(begun)) == begun.put


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def another_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def lost(file: Path) -> None:
    file.unlink()


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def empty(file: Path) -> None:
    file.write_text("", "utf-8")


HARM = {
    "a tile is cut": ("tile", cut),
    "a tile has another bit": ("tile", another_bit),
    "a tile is lost": ("tile", lost),
    "a tile is a folder": ("tile", folder),
    "a receipt is cut": ("receipt", cut),
    "a receipt is empty": ("receipt", empty),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_is_not_whole_is_measured_again(
    town: Plan, begun: Tiles, expected: Assessment, harm: str
) -> None:
    kind, act = HARM[harm]
    act(sorted(begun.folder.glob(f"*.{kind}"))[0])
    tiles = again(begun)
    same(over(town, tiles), expected)
    assert tiles.taken == begun.put - 1


@pytest.mark.parametrize("facts", ["none", [1], [["greatest", ["buildings"], "floors", 5]]])
def test_a_receipt_that_says_what_none_says(
    town: Plan, begun: Tiles, expected: Assessment, facts: object
) -> None:
    file = receipts(begun)[0]
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "facts": facts}), "utf-8")
    tiles = again(begun)
    same(over(town, tiles), expected)
    assert tiles.taken == begun.put - 1


def test_what_another_program_made_is_removed(
    town: Plan, begun: Tiles, expected: Assessment
) -> None:
    before = {file.read_bytes() for file in receipts(begun)}
    tiles = again(begun)
    same(over(town, tiles, program="another"), expected)
    assert (tiles.taken, tiles.put) == (0, begun.put)
    assert before.isdisjoint(file.read_bytes() for file in receipts(begun))


def test_an_edit_costs_the_tiles_that_see_it(town: Plan, begun: Tiles) -> None:
    now, tiles = replace(town, layers=edge(town, "parks")), again(begun)
    same(over(now, tiles), evaluate(now, KEYS, RULES))
    assert 0 < tiles.put < tiles.taken


@pytest.mark.parametrize("seed", range(4))
def test_edits_between(town: Plan, begun: Tiles, seed: int) -> None:
    draw = np.random.default_rng(seed)
    now = edited(town, draw, times=int(draw.integers(1, 4)))
    same(over(now, again(begun)), evaluate(now, KEYS, RULES))


def test_other_parameters_are_another_tile(town: Plan, begun: Tiles) -> None:
    given, tiles = {"park_coverage": {"radius": 123.0}}, again(begun)
    found = evaluate(town, KEYS, RULES, parameters=given, memory=Memory(tiles=tiles),
                     part_features=400, workers=2)  # fmt: skip
    same(found, evaluate(town, KEYS, RULES, parameters=given))


def test_on_a_full_disk_it_is_said_once(
    town: Plan, tmp_path: Path, expected: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, left, said = Path.write_bytes, [5], list[Exception]()

    def until_it_is_full(file: Path, content: bytes) -> int:
        left[0] -= 1
        if left[0] < 0:
            write(file, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, content)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", until_it_is_full)
        tiles = Tiles(tmp_path / "tiles", told=said.append)
        same(over(town, tiles), expected)
    assert ["space" in str(one) for one in said] == [True]
    assert tiles.put == 2
    resumed = again(tiles)
    same(over(town, resumed), expected)
    assert resumed.taken == 2
    assert not [*tiles.folder.glob("*.new")]


def test_a_folder_that_cannot_be_made(town: Plan, tmp_path: Path, expected: Assessment) -> None:
    (tmp_path / "file").write_text("a file", "utf-8")
    said = list[Exception]()
    same(over(town, Tiles(tmp_path / "file" / "tiles", told=said.append)), expected)
    assert len(said) == 1


def test_the_folder_goes_when_it_is_cleared(begun: Tiles) -> None:
    (begun.folder / ".x.tile.1-0.new").write_bytes(b"")
    begun.clear()
    assert not begun.folder.exists()


def test_what_takes_no_time_is_not_kept(
    town: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_tiles, "WORTH_S", 1e9)
    tiles = Tiles(tmp_path / "tiles")
    over(town, tiles)
    assert tiles.put == 0
    assert not tiles.folder.exists()
