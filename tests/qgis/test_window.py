"""The real window of QGIS, used as a person does: its dialogs, the panel, the map, its end."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.cli.calls import called
from tests.qgis.desktop import QGIS, ROOT, Played, play

from carbonspace.outputs.apart import RED
from carbonspace.outputs.look import STEPS, VERDICTS

pytestmark = pytest.mark.qgis

_KEY = "park_coverage"
_LAYERS = ("units", "parcels", "parks")
_VALUES = "SELECT unit_id, value FROM indicators WHERE level = 'unit' AND indicator = ?"
_PLAN = 'format = 1\nname = "x"\ncrs = "EPSG:4547"\n'


@pytest.fixture(scope="module")
def at_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of the golden plan: QGIS writes into what it opens."""
    if shutil.which(QGIS) is None:
        pytest.fail('no QGIS: apt-get install qgis xvfb, or pytest -m "not qgis"')
    home = tmp_path_factory.mktemp("窗口 window")
    shutil.copy(ROOT / "data" / "samples" / "golden" / "plan.gpkg", home / "样例.gpkg")
    return home


@pytest.fixture(scope="module")
def dialog(at_home: Path) -> Played:
    return _played(at_home, "dialog", "en")


@pytest.fixture(scope="module")
def panel(at_home: Path) -> Played:
    return _played(at_home, "panel", "zh-Hans")


def _played(at_home: Path, scenes: str, language: str) -> Played:
    folder = at_home / scenes
    folder.mkdir()
    sample = str(at_home / "样例.gpkg")
    return play("session.py", folder, language=language, scenes=scenes, sample=sample)


@pytest.fixture(scope="module")
def expected(at_home: Path) -> dict[str, float | None]:
    """Return what the command line says of the same layers."""
    folder = at_home / "command"
    folder.mkdir()
    tables = [f'[layers.{one}]\nsource = "../样例.gpkg"\nlayer = "{one}"\n' for one in _LAYERS]
    (folder / "plan.toml").write_text(_PLAN + "".join(tables), "utf-8")
    assert called("run", folder / "plan.toml", "--indicator", _KEY, "--out", folder / "out") == 0
    return values(folder / "out" / "results.gpkg")


def told(played: Played, scene: str) -> dict[str, Any]:
    assert scene in played.told, (played.code, played.told, played.log)
    found = dict(played.told[scene])
    assert "failed" not in found, found["failed"]
    return found


def values(gpkg: Path) -> dict[str, float | None]:
    with closing(sqlite3.connect(gpkg)) as opened:
        return dict(opened.execute(_VALUES, (_KEY,)))


def seen(colours: dict[str, int], colour: str) -> int:
    """Return how many pixels a colour takes that white ground is seen through by a quarter."""
    mixed = [0.75 * one + 0.25 * 255 for one in bytes.fromhex(colour[1:])]
    return sum(
        count
        for one, count in colours.items()
        if max(abs(a - b) for a, b in zip(bytes.fromhex(one[1:]), mixed, strict=True)) < 3
    )


@pytest.mark.parametrize("name", ["dialog", "panel"])
def test_it_ends_well_and_leaves_nothing(name: str, request: pytest.FixtureRequest) -> None:
    played = request.getfixturevalue(name)
    assert played.code == 0, played.log[-3000:]
    assert played.left == []
    assert played.told["faults"] == []


def test_the_dialog_gives_what_the_command_line_gives(
    dialog: Played, at_home: Path, expected: dict[str, float | None]
) -> None:
    run, made = told(dialog, "runs"), at_home / "dialog" / "结果 1.gpkg"
    assert run["done"]
    assert run["output"] == f"{made}|layername=units"
    assert values(made) == expected
    assert any(expected.values())


def test_the_dialog_loads_evidence_in_red_above_its_units(dialog: Played) -> None:
    run = told(dialog, "runs")
    assert run["group"] == "carbonspace: Homes within reach of a park"
    assert run["layers"] == ["Evidence: Homes within reach of a park", "Planning units"]
    assert run["renderers"] == ["singleSymbol", "RuleRenderer"]
    assert run["colours"][RED] > 1000


@pytest.mark.parametrize("scene", ["is_cancelled_at_once", "is_cancelled_midway"])
def test_cancelling_in_the_dialog_leaves_no_process_and_no_file(dialog: Played, scene: str) -> None:
    cancelled = told(dialog, scene)
    assert "cancelled; no file is left" in cancelled["log"]
    assert "Traceback" not in cancelled["log"]
    assert any("carbonspace.cli" in line for line in cancelled["working"])
    assert not cancelled["done"]
    assert cancelled["children"] == []
    assert cancelled["files"] == cancelled["room"] == []
    assert cancelled["layers"] == 0


def test_the_panel_opens_by_its_button_and_guesses_the_layers(panel: Played) -> None:
    assert told(panel, "opens") == {"title": "规划面板"}
    matched = told(panel, "matches")
    assert {*_LAYERS, "buildings", "roads", "transit_stops"} == {*matched}
    assert all(key == name for key, name in matched.items())


def test_the_panel_shows_what_the_command_line_gives(
    panel: Played, at_home: Path, expected: dict[str, float | None]
) -> None:
    run = told(panel, "runs")
    assert values(at_home / "panel" / "结果 1" / "results.gpkg") == expected
    shown = {
        unit: text for level, unit, key, text in run["cells"] if (level, key) == ("unit", _KEY)
    }
    signs = {unit: "" if value is None else f"{value:.2f} {'✓' if value == 100 else '✗'}"
             for unit, value in expected.items()}  # fmt: skip
    assert {unit: text.strip(" ·") for unit, text in shown.items()} == signs
    assert run["title"] == "公园绿地服务半径覆盖率"
    assert any("公园" in step for step in run["steps"])
    assert seen(run["colours"], STEPS["m2"]) > 10_000
    assert run["children"] == []


def test_a_click_on_a_red_cell_leads_to_its_place_its_evidence_and_its_clause(
    panel: Played,
) -> None:
    found = told(panel, "goes_to_what_is_missed")
    assert found["off"] < 1
    assert 0.5 < found["share"] <= 1
    assert "公园绿地 500 米服务半径覆盖率达到 100%" in found["clause"]
    assert "未达标" in found["clause"]
    assert found["evidence"] == ["evidence_park_coverage"]
    assert found["colours"][RED] > 500
    assert seen(found["colours"], VERDICTS["not_met"].pale) > 10_000


@pytest.mark.parametrize("scene", ["is_cancelled", "outlives_its_project"])
def test_what_is_stopped_leaves_nothing(panel: Played, scene: str) -> None:
    stopped = told(panel, scene)
    assert any("carbonspace.cli" in line for line in stopped["working"])
    assert stopped["left"] == []
    assert stopped.get("rows", 0) == 0
    assert stopped.get("children", []) == []
    assert "已取消" in "".join(stopped.get("said", ["已取消"]))


def test_qgis_is_left_in_the_middle_of_a_run(panel: Played) -> None:
    left = told(panel, "is_left")
    assert any("carbonspace.cli" in line for line in left["working"])
    assert len(left["asked"]) == 1
    assert left["children"] == []
