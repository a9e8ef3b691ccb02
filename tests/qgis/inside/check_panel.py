"""The panel: maps by guesses, runs, shows; faults are told, and nothing is left behind."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import GOLDEN, started_by_us
from qgis.core import QgsApplication, QgsProcessingUtils, QgsProject, QgsVectorLayer
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QMainWindow

REAL = os.environ["CARBONSPACE_PYTHON"]
_ROWS = "SELECT level, unit_id, indicator, value, profile, target, status, margin FROM indicators"


class Window:
    """As much of QGIS's interface as the panel uses."""

    def __init__(self) -> None:
        self.window = QMainWindow()
        self.canvas = QgsMapCanvas(self.window)
        self.window.setCentralWidget(self.canvas)
        self.messages: list[str] = []

    def mainWindow(self) -> QMainWindow:
        return self.window

    def mapCanvas(self) -> QgsMapCanvas:
        return self.canvas

    def messageBar(self) -> Any:
        return SimpleNamespace(
            pushMessage=lambda *words: self.messages.append("\n".join(words[1:3]))
        )

    def removeDockWidget(self, dock: Any) -> None:
        self.window.removeDockWidget(dock)


def until(done: Callable[[], Any], seconds: float = 240.0) -> Any:
    limit = time.monotonic() + seconds
    while not (found := done()) and time.monotonic() < limit:
        QgsApplication.processEvents()
        time.sleep(0.01)
    assert found
    return found


@pytest.fixture
def window() -> Window:
    return Window()


@pytest.fixture
def panel(qgis: Any, window: Window) -> Iterator[Any]:
    """Yield a panel; at the end nothing is left of it."""
    from carbonspace_qgis import catalogue, interpreter
    from carbonspace_qgis.panel import Panel

    room = Path(QgsProcessingUtils.tempFolder())
    before = {*room.iterdir()}
    known = interpreter.current()
    made = Panel(window, catalogue.kept(known) or catalogue.fetched(known))
    window.window.addDockWidget(Qt.RightDockWidgetArea, made)
    yield made
    made.unload()
    until(lambda: started_by_us() == [])
    assert {*room.iterdir()} == before


def load(*names: str) -> None:
    for name in names:
        layer = QgsVectorLayer(f"{GOLDEN}|layername={name}", name, "ogr")
        assert QgsProject.instance().addMapLayer(layer)


@pytest.fixture
def mapped(panel: Any) -> Any:
    """Return the panel with the layers of the golden plan mapped, parks and roads ticked."""
    load("units", "parcels", "parks", "roads")
    panel.match()
    until(lambda: panel.task is None)
    for path in ("indicators/parks", "profiles/pku"):
        panel.tree.rows[path].setCheckState(0, Qt.Checked)
    return panel


def table(gpkg: Path) -> set[Any]:
    with closing(sqlite3.connect(f"{gpkg.as_uri()}?mode=ro", uri=True)) as opened:
        return {*opened.execute(_ROWS)}


def run(panel: Any, out: Path) -> None:
    panel.outFolder.setFilePath(str(out))
    panel.run()
    until(lambda: panel.task is None)


def test_layers_and_fields_are_guessed(mapped: Any) -> None:
    rows = mapped.tree.rows
    assert [path for path, row in rows.items() if row.is_layer and row.facts] == [
        "layers/units", "layers/parcels", "layers/roads", "layers/parks"]  # fmt: skip
    assert rows["layers/parcels/land_use"].text(1) == "land_use"
    assert rows["layers/parcels/land_use"].text(2) == "certain"
    assert "park_coverage" in mapped.tree.ticked("indicators")


def test_results_are_those_of_the_command_line(mapped: Any, window: Window, tmp_path: Path) -> None:
    out = tmp_path / "结果 1"
    run(mapped, out)
    assert window.messages == []
    layers = "".join(f'[layers.{one}]\nsource = "{GOLDEN}"\nlayer = "{one}"\n'
                     for one in ("units", "parcels", "parks", "roads"))  # fmt: skip
    plan = tmp_path / "plan.toml"
    plan.write_text(f'format = 1\nname = "x"\ncrs = "EPSG:4547"\n{layers}', "utf-8")
    indicators = [part for one in mapped.tree.ticked("indicators") for part in ("--indicator", one)]
    subprocess.run([REAL, "-m", "carbonspace.cli", "run", plan, "--profile", "pku", *indicators,
                    "--out", tmp_path / "expected"], check=True, capture_output=True)  # fmt: skip
    assert table(out / "results.gpkg") == table(tmp_path / "expected" / "results.gpkg")


def test_a_red_cell_leads_to_its_place_evidence_and_clause(
    mapped: Any, window: Window, tmp_path: Path
) -> None:
    run(mapped, tmp_path / "out")
    shown = mapped.verdicts
    column = shown.columns.index("park_coverage")
    cell = next(shown.index(row, column) for row, place in enumerate(shown.places)
                if place[0] == "unit" and "✗" in shown.data(shown.index(row, column)))  # fmt: skip
    mapped.verdictView.clicked.emit(cell)
    units = QgsProject.instance().mapLayersByName("Planning units")[0]
    (unit,) = units.getFeatures(f"unit_id = '{shown.places[cell.row()][1]}'")
    assert window.canvas.extent().contains(unit.geometry().boundingBox())
    assert window.canvas.extent().height() < 2 * unit.geometry().boundingBox().height()
    root = QgsProject.instance().layerTreeRoot()
    seen = [one.name() for one in root.checkedLayers() if one.name().startswith("Evidence")]
    assert seen == ["Evidence: Homes within reach of a park"]
    assert "公园绿地 500 米服务半径覆盖率达到 100%" in mapped.clauseView.toPlainText()
    assert "not met" in mapped.clauseView.toPlainText().lower()
    assert units.renderer().type() == "categorizedSymbol"


def test_cancelling_leaves_no_process_and_no_file(
    mapped: Any, window: Window, tmp_path: Path
) -> None:
    mapped.outFolder.setFilePath(str(tmp_path / "out"))
    mapped.run()
    until(lambda: mapped.progressBar.value() > 0)
    mapped.cancel()
    until(lambda: mapped.task is None)
    assert started_by_us() == []
    assert [*tmp_path.iterdir()] == []
    assert window.messages == ["cancelled; no file is left\n"]
    assert mapped.runButton.isEnabled()
