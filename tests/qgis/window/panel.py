"""Scenes in the real window of QGIS: the panel, from the first guess to the end of QGIS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDockWidget, QMessageBox
from qgis.utils import iface
from tests.qgis.window import town
from tests.qgis.window.stage import FOLDER, answered, children, colours, files, picture, until

from carbonspace_qgis.words import say

KEY, THEME, PROFILE = "park_coverage", "parks", "pku"
OUT = FOLDER / "结果 1"
ASIDE = FOLDER / "取消 2" / "out"


def opens() -> dict[str, Any]:
    """Open the sample project, and the panel by its button in the toolbar."""
    iface.newProject(False)
    town.opened(str)
    ASIDE.parent.mkdir(exist_ok=True)
    registry = QgsApplication.processingRegistry()
    until(lambda: registry.algorithmById(f"carbonspace:{KEY}"))
    (button,) = [one for one in iface.pluginToolBar().actions() if one.text() == say("panel")]
    button.trigger()
    until(lambda: dock() and dock().isVisible())
    return {"title": dock().windowTitle()}


def matches() -> dict[str, Any]:
    """Press the button that guesses, and tell which layer is taken for which."""
    tree = dock().tree
    dock().matchButton.click()
    until(dock().matchButton.isEnabled)
    picture("panel-matched")
    return {key: tree.rows[f"layers/{key}"].layer().name() for key in town.LAYERS
            if tree.rows[f"layers/{key}"].facts.get("taken")}  # fmt: skip


def runs() -> dict[str, Any]:
    """Choose a profile and a theme, run, and tell what was said and what the table shows."""
    steps = set[str]()

    def is_done() -> bool:
        steps.add(dock().statusLabel.text())
        return bool(dock().runButton.isEnabled())

    begin(OUT)
    until(is_done)
    iface.messageBar().clearWidgets()
    drawn = colours()
    picture("panel-run")
    table = dock().verdictView.model()
    cells = [table.index(row, column) for row in range(table.rowCount())
             for column in range(table.columnCount())]  # fmt: skip
    shown = [[*told(one), table.data(one)] for one in cells]
    return {"steps": sorted(filter(None, steps)), "cells": shown, "children": children(),
            "title": table.headerData(0, Qt.Horizontal), "colours": drawn}  # fmt: skip


def goes_to_what_is_missed() -> dict[str, Any]:
    """Click the cell of a missed target, and tell where the map went and what it shows."""
    canvas, before = iface.mapCanvas(), iface.mapCanvas().extent()
    unit = click(missed())
    until(lambda: canvas.extent() != before)
    drawn = colours()
    picture("panel-cell")
    (one,) = QgsProject.instance().mapLayersByName("units")[0].getFeatures(f"unit_id = '{unit}'")
    box, root = one.geometry().boundingBox(), QgsProject.instance().layerTreeRoot()
    return {
        "unit": unit, "clause": dock().clauseView.toPlainText(), "colours": drawn,
        "off": box.center().distance(canvas.extent().center()),
        "share": box.height() / canvas.extent().height(),
        "evidence": [node.layer().source().rpartition("=")[2] for node in root.findLayers()
                     if "evidence" in node.layer().source() and node.isVisible()],
    }  # fmt: skip


def is_cancelled() -> dict[str, Any]:
    """Press Cancel in the middle of another run, and tell what is left of it."""
    before = files(FOLDER)
    working = begun(ASIDE)
    dock().cancelButton.click()
    until(dock().runButton.isEnabled)
    said = [one.text() for one in iface.messageBar().items()]
    left = sorted({*files(FOLDER)} - {*before})
    picture("panel-cancelled")
    return {"working": working, "children": children(), "said": said, "left": left}


def outlives_its_project() -> dict[str, Any]:
    """Close the project in the middle of a run."""
    before = files(FOLDER)
    working = begun(ASIDE)
    iface.newProject(False)
    until(lambda: dock().runButton.isEnabled() and not children())
    idle()
    left = [one for one in files(FOLDER) if one not in before and not one.startswith("QGIS3")]
    return {"working": working, "left": left, "rows": dock().verdictView.model().rowCount()}


def is_left() -> dict[str, Any]:
    """Leave QGIS in the middle of a run: it asks about the task, and has to be left again."""
    opens()
    matches()
    working, asked = begun(ASIDE), answered(QMessageBox.Yes)
    iface.actionExit().trigger()
    idle()
    return {"working": working, "asked": asked, "children": children()}


SCENES = (opens, matches, runs, goes_to_what_is_missed, is_cancelled, outlives_its_project, is_left)


def dock() -> Any:
    """Return the panel."""
    return iface.mainWindow().findChild(QDockWidget, "carbonspacePanel")


def idle() -> None:
    """Wait until nothing is at work beside the window."""
    until(lambda: not QgsApplication.taskManager().countActiveTasks())


def begin(out: Path) -> None:
    """Choose what is held against what, and press Run."""
    for path in (f"profiles/{PROFILE}", f"indicators/{THEME}"):
        dock().tree.rows[path].setCheckState(0, Qt.Checked)
    dock().outFolder.setFilePath(str(out))
    dock().runButton.click()


def begun(out: Path) -> list[str]:
    """Begin a run, and return what is at work in the middle of it."""
    begin(out)
    until(lambda: dock().progressBar.value() > 0)
    return children()


def missed() -> Any:
    """Return the first cell of a unit that misses the target of the indicator."""
    table = dock().verdictView.model()
    cells = (table.index(row, column) for row in range(table.rowCount())
             for column in range(table.columnCount()))  # fmt: skip
    return next(one for one in cells if told(one)[::2] == ("unit", KEY)
                and "✗" in table.data(one))  # fmt: skip


def told(index: Any) -> tuple[str, str, str]:
    """Return the level, the id and the indicator of a cell."""
    place, one, _ = dock().verdictView.model().at(index)
    return place["level"], place["id"], one["key"]


def click(index: Any) -> str:
    """Click a cell with the mouse, and return which unit it speaks of."""
    view = dock().verdictView
    view.scrollTo(index)
    QTest.mouseClick(view.viewport(), Qt.LeftButton, pos=view.visualRect(index).center())
    return told(index)[1]
