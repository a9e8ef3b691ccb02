"""Night after night by tiles: the same bits as evaluating all of it, and edits that are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from tests.tiled.conftest import RULES, bits, partitioned, town
from tests.tiled.test_tiled import ASKED

from carbonspace import city, evaluate, read_plan
from carbonspace.kernels.overlay import united
from carbonspace.measuring import Question
from carbonspace.model.assessment import Assessment
from carbonspace.prepare.geometry import tiling
from carbonspace.tiled import settling, together
from carbonspace.tiled.files import content_of
from carbonspace.tiled.joining import outcome_of_tiles
from carbonspace.tiled.nights import Again, evaluate_again
from carbonspace.tiled.settling import _prepared as prepared
from carbonspace.tiled.tasks import Answering

HERE = (*ASKED, "bus_stop_count")
Layers = dict[str, gpd.GeoDataFrame]


def _night(plan: Path, folder: Path, run: int, *, keeps: bool = True) -> Again:
    """Compute a night after the run before it; the first one comes after none."""
    found = evaluate_again(plan, folder=folder, indicators=HERE, profiles=RULES, tile_features=900,
                           run=run - 1 or None)  # fmt: skip
    found.leave(run)
    if keeps:
        found.keep_only(run)
    return found


def _move(layers: Layers) -> None:
    first = layers["buildings"].index == 0
    layers["buildings"].loc[first, "geometry"] = layers["buildings"][first].translate(1.0, 1.0)


def _delete(layers: Layers) -> None:
    layers["parks"] = layers["parks"].iloc[1:].reset_index(drop=True)


def _retag(layers: Layers) -> None:
    layers["roads"].loc[[3, 40], "road_class"] = "arterial"


def _insert(layers: Layers) -> None:
    stop = layers["transit_stops"].iloc[[0]].assign(stop_id="new")
    layers["transit_stops"] = pd.concat([layers["transit_stops"], stop], ignore_index=True)


def _redraw(layers: Layers) -> None:
    layers["bike_corridors"] = layers["bike_corridors"].iloc[::2].reset_index(drop=True)


EDITS: tuple[tuple[Callable[[Layers], None], dict[str, tuple[list[str], list[str]]]], ...] = (
    (_move, {"buildings": (["b0"], ["b0"])}),
    (_delete, {"parks": ([], ["p0"])}),
    (_retag, {"roads": (["r3", "r40"], ["r3", "r40"])}),
    (_insert, {"transit_stops": (["new"], [])}),
)  # fmt: skip


def test_each_night_is_what_evaluating_all_gives(tmp_path: Path) -> None:
    layers, tiles = town(), tmp_path / "tiles"
    first = _night(partitioned(tmp_path, layers, features=20), tiles, 1)
    assert not first.since.known
    assert first.since.taken == 0
    for run, (edit, expected) in enumerate(EDITS, start=2):
        edit(layers)
        plan = partitioned(tmp_path, layers, features=20)
        found = _night(plan, tiles, run)
        pd.testing.assert_frame_equal(bits(found.assessment), bits(evaluate(read_plan(plan), HERE,
                                                                            RULES)))  # fmt: skip
        assert found.since.known, edit
        told = {key: (sorted(one.new.ids), sorted(one.gone.ids))
                for key, one in found.since.edits.items()}  # fmt: skip
        assert {key: told[key] for key in expected} == expected
        assert 0 < found.since.measured < found.since.taken


def test_what_was_not_kept_is_told_again(tmp_path: Path) -> None:
    """A night that was killed at its end: the next one does nothing, but tells the same."""
    layers, tiles = town(), tmp_path / "tiles"
    _night(partitioned(tmp_path, layers, features=20), tiles, 1)
    _move(layers)
    plan = partitioned(tmp_path, layers, features=20)
    killed = _night(plan, tiles, 2, keeps=False)
    times = {file: file.stat().st_mtime_ns for file in tiles.glob("*.tile")}
    again = _night(plan, tiles, 2)
    new = [file for file in tiles.glob("*.tile") if times.get(file) != file.stat().st_mtime_ns]
    assert len(new) <= 1  # what is known of the whole is put down anew
    assert [*again.since.edits] == [*killed.since.edits] == ["buildings"]
    quiet = _night(plan, tiles, 3)
    assert quiet.since.known
    assert not quiet.since.edits
    assert quiet.since.measured == 0


def test_only_answers_that_are_new_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers, tiles = town(), tmp_path / "tiles"
    first = _night(partitioned(tmp_path, layers, features=20), tiles, 1)
    _move(layers)
    read = list[str]()

    def told(folder: Path, name: str) -> Any:
        read.append(name)
        return content_of(folder, name)

    monkeypatch.setattr(together, "content_of", told)
    found = _night(partitioned(tmp_path, layers, features=20), tiles, 2)
    before = {one.name for one in first.jobs}
    tiles_now = [one.name for one in found.jobs if isinstance(one, Answering)]
    assert {*read} == {*tiles_now, first.together} - before
    assert len(read) == len({*read})
    assert 1 < len(read) < len(found.jobs)


def test_only_questions_that_came_to_something_else_are_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers, tiles = town(), tmp_path / "tiles"
    first = _night(partitioned(tmp_path, layers, features=20), tiles, 1).assessment
    _insert(layers)
    plan = partitioned(tmp_path, layers, features=20)
    asked = list[str]()

    def told(question: Question, *more: Any) -> Any:
        asked.append(question.one.key)
        return outcome_of_tiles(question, *more)

    monkeypatch.setattr(together, "outcome_of_tiles", told)
    found = _night(plan, tiles, 2).assessment
    others = {key for key in found.measures if not _alike(first, found, key)}
    assert others
    assert others <= {*asked} < {*found.measures}
    pd.testing.assert_frame_equal(bits(found), bits(evaluate(read_plan(plan), HERE, RULES)))


def _alike(one: Assessment, other: Assessment, key: str) -> bool:
    """Tell whether two assessments have the same figures of an indicator."""
    mine, yours = (found.measures[key] for found in (one, other))
    return mine.table.equals(yours.table) and all(
        mine.parts[level].equals(yours.parts[level]) for level in {*mine.parts, *yours.parts}
    )


def test_what_lies_between_units_is_looked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers, tiles = town(), tmp_path / "tiles"
    _night(partitioned(tmp_path, layers, features=20), tiles, 1)
    _move(layers)
    plan = partitioned(tmp_path, layers, features=20)
    asked = list[int]()

    def told(zones: Any) -> Any:
        asked.append(len(zones))
        return united(zones)

    for module in (city, tiling):
        monkeypatch.setattr(module, "united", told)
    found = _night(plan, tiles, 2).assessment
    assert not asked
    monkeypatch.undo()
    pd.testing.assert_frame_equal(bits(found), bits(evaluate(read_plan(plan), HERE, RULES)))


def test_evidence_is_that_of_all_tiles(tmp_path: Path) -> None:
    """Though what they came to was joined to what they came to before."""
    layers, tiles = town(), tmp_path / "tiles"
    _night(partitioned(tmp_path, layers, features=20), tiles, 1)
    _move(layers)
    plan = partitioned(tmp_path, layers, features=20)
    found, whole = _night(plan, tiles, 2).assessment, evaluate(read_plan(plan), HERE, RULES)
    for key in found.measures:
        ours, theirs = (sorted(one.measures[key].evidence().geometry.to_wkb())
                        for one in (found, whole))  # fmt: skip
        assert ours == theirs, key


def test_a_tile_looks_at_once_where_it_had_to_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reaches across its border makes a tile read more; the next night it is known."""
    layers, tiles = town(), tmp_path / "tiles"
    read = list[int]()

    def told(*given: Any) -> Any:
        read.append(1)
        return prepared(*given)

    monkeypatch.setattr(settling, "_prepared", told)
    first = _night(partitioned(tmp_path, layers, features=20), tiles, 1)
    rounds, count = len(read), sum(isinstance(one, Answering) for one in first.jobs)
    read.clear()
    layers["buildings"]["floors"] += 1.0
    _night(partitioned(tmp_path, layers, features=20), tiles, 2)
    assert rounds > count
    assert len(read) == count


@pytest.mark.parametrize("kind", ["past", "shapes", "tile", "receipt", "json"])
def test_what_is_broken_is_measured_again(tmp_path: Path, kind: str) -> None:
    layers, tiles = town(), tmp_path / "tiles"
    _night(partitioned(tmp_path, layers, features=20), tiles, 1)
    for file in tiles.glob(f"*.{kind}"):
        file.write_bytes(b"?")
    _move(layers)
    plan = partitioned(tmp_path, layers, features=20)
    found = _night(plan, tiles, 2).assessment
    pd.testing.assert_frame_equal(bits(found), bits(evaluate(read_plan(plan), HERE, RULES)))


def test_only_what_counts_is_kept(tmp_path: Path) -> None:
    layers, tiles = town(), tmp_path / "tiles"
    _night(partitioned(tmp_path, layers, features=20), tiles, 1)
    count = len([*tiles.iterdir()])
    for run, (edit, _) in enumerate(EDITS, start=2):
        edit(layers)
        _night(partitioned(tmp_path, layers, features=20), tiles, run)
    assert len([*tiles.iterdir()]) == count


def test_a_wide_question_is_asked_again_only_where_its_layers_changed(tmp_path: Path) -> None:
    layers, tiles = town(), tmp_path / "tiles"
    _night(partitioned(tmp_path, layers, features=20), tiles, 1)
    _redraw(layers)
    plan = partitioned(tmp_path, layers, features=20)
    found = _night(plan, tiles, 2).assessment
    pd.testing.assert_frame_equal(bits(found), bits(evaluate(read_plan(plan), HERE, RULES)))
