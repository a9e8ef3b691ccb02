"""Evaluated by tiles: every value, verdict and name as in one process, whatever the tiles."""

from __future__ import annotations

from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.tiled.conftest import COLUMNS, ROWS, RULES, bits, partitioned, town

from carbonspace import Assessment, evaluate, read_plan
from carbonspace.errors import SourceError
from carbonspace.model.progress import Step
from carbonspace.robustness import outcomes_of
from carbonspace.tiled import TilesError, evaluate_tiled

ASKED = (
    "road_density", "park_coverage", "bus_stop_coverage",
    "block_size", "sunlight_hours", "bike_network_connectivity",
    "bike_route_count", "park_walk_population_share", "pop_density",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(plan: Path) -> Assessment:
    return evaluate(read_plan(plan), ASKED, RULES, workers=1)


@pytest.mark.parametrize("features", [10**6, 900, 250])
def test_tiles_change_no_bit(
    plan: Path, whole: Assessment, one: Executor, tmp_path: Path, features: int
) -> None:
    found = evaluate_tiled(plan, executor=one, folder=tmp_path, indicators=ASKED, profiles=RULES,
                           tile_features=features)  # fmt: skip
    pd.testing.assert_frame_equal(bits(found), bits(whole))
    assert {"unit", "city", "block"} <= {*found.table["level"]}
    assert found.run["inputs"] == whole.run["inputs"]


def test_a_unit_may_be_larger_than_a_tile(plan: Path, one: Executor, tmp_path: Path) -> None:
    found = _run(plan, one, tmp_path, tile_features=1)
    known = evaluate(read_plan(plan), ("road_density", "bike_route_count"), (), workers=1)
    pd.testing.assert_frame_equal(bits(found), bits(known))
    assert len(_written(tmp_path)) == 2 * COLUMNS * ROWS + 2  # with the whole, and what is wide


def test_what_is_seen_may_leave_the_data(plan: Path, one: Executor, tmp_path: Path) -> None:
    far = {"park_coverage": {"radius": 50_000.0}}
    found = _run(plan, one, tmp_path, indicators=("park_coverage",), parameters=far)
    known = evaluate(read_plan(plan), ("park_coverage",), (), parameters=far, workers=1)
    pd.testing.assert_frame_equal(bits(found), bits(known))
    assert {*known.table["value"]} == {100.0}


def test_other_processes_do_it_as_well(plan: Path, whole: Assessment, tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = evaluate_tiled(plan, executor=pool, folder=tmp_path, indicators=ASKED[:2],
                               profiles=RULES, tile_features=900)  # fmt: skip
    known = bits(whole)[lambda table: table["indicator"].isin(ASKED[:2])].reset_index(drop=True)
    pd.testing.assert_frame_equal(bits(found), known)


def _run(plan: Path, pool: Executor, folder: Path, **more: Any) -> Assessment:
    given = {"indicators": ("road_density", "bike_route_count"), "tile_features": 900, **more}
    return evaluate_tiled(plan, executor=pool, folder=folder, profiles=(), **given)


def _written(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mtime_ns for file in folder.glob("*.tile")}


def test_a_rerun_does_only_what_is_missing(plan: Path, one: Executor, tmp_path: Path) -> None:
    first = _run(plan, one, tmp_path)
    before = _written(tmp_path)
    lost, broken = sorted(before)[:2]
    (tmp_path / lost).unlink()
    (tmp_path / broken.replace(".receipt", ".tile")).write_bytes(b"?")
    again = _run(plan, one, tmp_path)
    after = _written(tmp_path)
    pd.testing.assert_frame_equal(bits(again), bits(first))
    assert before.keys() == after.keys()
    whole = {name for name in before if before[name] != after[name]}
    assert {lost, broken} <= whole
    assert len(whole) <= 3  # what is known of the whole is always put down anew


def test_a_tile_that_fails_is_named_and_the_others_complete(
    plan: Path, one: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = outcomes_of

    def failing(*args: Any, scope: Any, **more: Any) -> Any:
        if "u4" in scope.units and len(scope.units) < 18:
            raise SourceError("the disk is full", "磁盘已满")
        return real(*args, scope=scope, **more)

    monkeypatch.setattr("carbonspace.tiled.answering.outcomes_of", failing)
    with pytest.raises(TilesError, match="the disk is full") as caught:
        _run(plan, one, tmp_path)
    assert len(caught.value.failed) == 1
    assert "tile" in caught.value.failed[0].en
    assert "磁盘已满" in caught.value.to("zh")
    before = _written(tmp_path)
    monkeypatch.undo()
    found = _run(plan, one, tmp_path)
    done = {name for name, time in _written(tmp_path).items() if before.get(name) != time}
    assert len(done) == 2  # that tile, and what is known of the whole plan
    assert {*found.table["status"]} == {"no_target"}


def test_after_an_edit_only_tiles_that_see_it_are_done_again(one: Executor, tmp_path: Path) -> None:
    layers, tiles = town(), tmp_path / "tiles"
    plan = partitioned(tmp_path, layers, features=20)
    asked = {"indicators": ("park_coverage", "road_density", "solar_roof_area")}
    _run(plan, one, tiles, **asked)
    before = _written(tiles)
    first = layers["buildings"].index == 0
    layers["buildings"].loc[first, "geometry"] = layers["buildings"][first].translate(1.0, 1.0)
    partitioned(tmp_path, layers, features=20)
    found = _run(plan, one, tiles, **asked)
    again = {name for name, time in _written(tiles).items() if before.get(name) != time}
    known = evaluate(read_plan(plan), asked["indicators"], [], workers=1)
    pd.testing.assert_frame_equal(bits(found), bits(known))
    assert len(before) == 7  # three tiles settled and answered, and what is known of the whole
    assert len(again) == 3  # the one that looks so far, and what is known of the whole


def test_another_plan_takes_nothing_over(plan: Path, one: Executor, tmp_path: Path) -> None:
    _run(plan, one, tmp_path)
    before = _written(tmp_path)
    _run(plan, one, tmp_path, parameters={"road_density": {"boundary_tolerance": 3.0}})
    assert len(_written(tmp_path)) == 2 * len(before)


def test_progress_is_told_tile_by_tile(plan: Path, one: Executor, tmp_path: Path) -> None:
    told: list[Step] = []
    _run(plan, one, tmp_path, progress=told.append)
    shares = [step.done / step.total for step in told]
    assert shares == sorted(shares)
    assert any("of 3 tiles" in step.title.en and "a minute" in step.title.en for step in told)


def test_a_city_too_large_for_one_process_has_no_rows(
    one: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonspace.tiled.evaluating.CITY_FEATURES", 100)
    layers = town()
    layers = {key: layers[key] for key in ("units", "roads")}
    wider = layers["units"].dissolve().buffer(50).to_frame("geometry").assign(city_id="c")
    plan = partitioned(tmp_path, {**layers, "city": wider})
    found = _run(plan, one, tmp_path / "tiles", indicators=("road_density",))
    known = evaluate(read_plan(plan), ["road_density"], [], workers=1).table.query(
        "level == 'unit'"
    )
    assert found.table["value"].tolist() == known["value"].tolist()
    assert "By tiles the city has no rows" in set(found.findings["what"])


def test_a_column_that_tiles_read_in_different_ways_is_refused(
    one: Executor, tmp_path: Path
) -> None:
    layers = town()
    zones = layers["census"].assign(population=[float("nan")] * 4 + [9.0] * 4)
    plan = partitioned(tmp_path, {**layers, "census": zones})
    with pytest.raises(SourceError, match="people: population"):
        _run(plan, one, tmp_path / "tiles", indicators=("pop_density",), tile_features=60)


def test_a_layer_in_another_crs_is_refused(one: Executor, tmp_path: Path) -> None:
    layers = town()
    plan = partitioned(tmp_path, {**layers, "parks": layers["parks"].to_crs("EPSG:4490")})
    with pytest.raises(TilesError, match="parks: not in the CRS of the plan"):
        _run(plan, one, tmp_path / "tiles", indicators=("park_coverage",))


def test_every_indicator_of_the_golden_plan(one: Executor, tmp_path: Path) -> None:
    golden = Path(__file__).parents[2] / "data" / "samples" / "golden" / "plan.toml"
    found = evaluate_tiled(golden, executor=one, folder=tmp_path, tile_features=3_000)
    assert len(_written(tmp_path)) > 4  # two tiles or more
    pd.testing.assert_frame_equal(bits(found), bits(evaluate(read_plan(golden))))


def test_a_worker_with_another_program_is_told(
    plan: Path, one: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonspace.tiled.running.this_program", lambda: "another")
    with pytest.raises(TilesError, match="another program"):
        _run(plan, one, tmp_path)
    assert not _written(tmp_path)
