"""Scenes in the real window of QGIS: the dialog of Processing, run and cancelled."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import processing
from qgis.core import QgsApplication, QgsProcessingUtils, QgsProject, QgsVectorLayer
from qgis.PyQt.QtWidgets import QProgressBar, QTextEdit
from qgis.utils import iface
from tests.qgis.window.stage import FOLDER, children, colours, files, picture, until

KEY = "park_coverage"
LAYERS = ("units", "parcels", "parks")


def opens() -> dict[str, Any]:
    """Load the layers, and wait for the indicators that are looked up in the background."""
    project = QgsProject.instance()
    for name in LAYERS:
        project.addMapLayer(QgsVectorLayer(f"{os.environ['SAMPLE']}|layername={name}", name, "ogr"))
    registry = QgsApplication.processingRegistry()
    until(lambda: registry.algorithmById(f"carbonspace:{KEY}"))
    return {"algorithms": len(registry.providerById("carbonspace").algorithms())}


def runs() -> dict[str, Any]:
    """Press Run, and tell what was loaded and what is red on the map."""
    dialog, ended = _shown(FOLDER / "结果 1.gpkg")
    dialog.runButton().click()
    until(lambda: ended)
    (group,) = until(QgsProject.instance().layerTreeRoot().findGroups)
    loaded = [node.layer() for node in group.findLayers()]
    iface.messageBar().clearWidgets()
    iface.mapCanvas().zoomToFullExtent()
    drawn = colours()
    picture("dialog", dialog)
    dialog.close()
    picture("dialog-loaded")
    return {
        "done": ended[0][0], "output": ended[0][1]["OUTPUT"], "group": group.name(),
        "layers": [one.name() for one in loaded], "colours": drawn,
        "renderers": [one.renderer().type() for one in loaded], "children": children(),
    }  # fmt: skip


def is_cancelled_at_once() -> dict[str, Any]:
    """Press Cancel while carbonspace has hardly begun."""
    return _cancelled(lambda dialog: bool(children()))


def is_cancelled_midway() -> dict[str, Any]:
    """Press Cancel while it is at work."""
    return _cancelled(lambda dialog: dialog.findChild(QProgressBar).value() > 0)


SCENES = (opens, runs, is_cancelled_at_once, is_cancelled_midway)


def _shown(out: Path) -> tuple[Any, list[tuple[bool, dict[str, Any]]]]:
    """Open the dialog for the layers of the project; return where it will tell of its end."""
    project, ended = QgsProject.instance(), list[tuple[bool, dict[str, Any]]]()
    given = {name.upper(): project.mapLayersByName(name)[0].id() for name in LAYERS}
    dialog = processing.createAlgorithmDialog(f"carbonspace:{KEY}", {**given, "OUTPUT": str(out)})
    dialog.algorithmFinished.connect(lambda done, results: ended.append((done, results)))
    dialog.show()
    return dialog, ended


def _cancelled(is_time: Callable[[Any], bool]) -> dict[str, Any]:
    """Press Run, then Cancel when it is time, and tell what is left."""
    out, room = FOLDER / "取消 2" / "out.gpkg", Path(QgsProcessingUtils.tempFolder())
    out.parent.mkdir(exist_ok=True)
    layers, before = {*QgsProject.instance().mapLayers()}, files(room)
    dialog, ended = _shown(out)
    dialog.runButton().click()
    until(lambda: is_time(dialog))
    working = children()
    dialog.cancelButton().click()
    until(lambda: ended)
    picture("dialog-cancelled", dialog)
    log = dialog.findChild(QTextEdit, "txtLog").toPlainText()
    dialog.close()
    return {
        "working": working, "done": ended[0][0], "children": children(), "log": log,
        "files": files(out.parent), "room": sorted({*files(room)} - {*before}),
        "layers": len({*QgsProject.instance().mapLayers()} - layers),
    }  # fmt: skip
