"""The real window of QGIS, used as a person does: its dialogs, its map, its end."""

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

pytestmark = pytest.mark.qgis

_VALUES = "SELECT unit_id, value FROM indicators WHERE level = 'unit' AND indicator = ?"
_PLAN = 'format = 1\nname = "x"\ncrs = "EPSG:4547"\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where QGIS is at home, with a copy of the golden plan: QGIS writes into it."""
    if shutil.which(QGIS) is None:
        pytest.fail('no QGIS: apt-get install qgis xvfb, or pytest -m "not qgis"')
    home = tmp_path_factory.mktemp("窗口 window")
    shutil.copy(ROOT / "data" / "samples" / "golden" / "plan.gpkg", home / "样例.gpkg")
    return home


@pytest.fixture(scope="module")
def played(folder: Path) -> Played:
    return play("session.py", folder, sample=str(folder / "样例.gpkg"))


def told(played: Played, scene: str) -> dict[str, Any]:
    found = dict(played.told[scene])
    assert "failed" not in found, found["failed"]
    return found


def values(gpkg: Path, key: str) -> dict[str, float | None]:
    with closing(sqlite3.connect(gpkg)) as opened:
        return dict(opened.execute(_VALUES, (key,)))


def test_it_ends_well_and_leaves_nothing(played: Played) -> None:
    assert played.code == 0, played.log[-3000:]
    assert played.left == []
    assert played.told["faults"] == []


def test_the_dialog_gives_what_the_command_line_gives(played: Played, folder: Path) -> None:
    run = told(played, "runs")
    assert run["done"]
    made = folder / "结果 1.gpkg"
    assert run["output"] == f"{made}|layername=units"
    tables = [f'[layers.{one}]\nsource = "../样例.gpkg"\nlayer = "{one}"\n'
              for one in ("units", "parcels", "parks")]  # fmt: skip
    (folder / "command").mkdir()
    plan = folder / "command" / "plan.toml"
    plan.write_text(_PLAN + "".join(tables), "utf-8")
    assert called("run", plan, "--indicator", "park_coverage", "--out", plan.parent / "out") == 0
    expected = values(plan.parent / "out" / "results.gpkg", "park_coverage")
    assert values(made, "park_coverage") == expected
    assert any(expected.values())


def test_the_dialog_loads_evidence_in_red_above_its_units(played: Played) -> None:
    run = told(played, "runs")
    assert run["group"] == "carbonspace: Homes within reach of a park"
    assert run["layers"] == ["Evidence: Homes within reach of a park", "Planning units"]
    assert run["renderers"] == ["singleSymbol", "RuleRenderer"]
    assert run["colours"][RED] > 1000


def test_cancelling_in_the_dialog_leaves_no_process_and_no_file(played: Played) -> None:
    cancelled = told(played, "is_cancelled")
    assert any("carbonspace.cli" in line for line in cancelled["working"])
    assert not cancelled["done"]
    assert cancelled["children"] == []
    assert cancelled["files"] == cancelled["room"] == []
    assert cancelled["layers"] == 0
