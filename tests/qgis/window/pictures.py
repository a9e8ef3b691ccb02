"""The pictures of the how-to, taken in one window of QGIS; docs/windows.py starts it."""

from __future__ import annotations

from typing import Any

import processing
from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDockWidget, QToolBar
from qgis.utils import iface, plugins
from tests.qgis.window import panel, town
from tests.qgis.window.stage import FOLDER, colours, picture, play, until

from carbonspace_qgis.words import say, titled

_SIZE, _DIALOG, _LEFT, _RIGHT = (1440, 860), (860, 600), 250, 470
_KEPT = {"mFileToolBar", "mMapNavToolBar", "mAttributesToolBar", "mPluginToolBar"}
_THEMES = ("roads", "parks", "transit", "cycling", "parking", "mixed_use", "solar")
_PROFILES = ("shangdang", "bayannur", "pku")


def tidies() -> dict[str, Any]:
    """Open the sample with the layers' titles, and put away what the page does not speak of."""
    plugin, window = plugins["carbonspace_qgis"], iface.mainWindow()
    known = until(lambda: plugin.provider.catalogue)
    window.resize(*_SIZE)
    for bar in window.findChildren(QToolBar):
        if window.toolBarArea(bar) and bar.objectName() not in _KEPT:
            bar.hide()
    window.insertToolBar(iface.attributesToolBar(), iface.pluginToolBar())
    window.findChild(QDockWidget, "Browser").close()
    made = town.opened(lambda key: titled(known.layers[key]["title"]))
    iface.setActiveLayer(made["units"])
    plugin.show_panel()
    layers = window.findChild(QDockWidget, "Layers")
    window.resizeDocks([layers, panel.dock()], [_LEFT, _RIGHT], Qt.Horizontal)
    colours()
    town.all_shown(made)
    return {}


def asks() -> dict[str, Any]:
    """Take the dialog of an indicator as it is before a run."""
    project, known = QgsProject.instance(), plugins["carbonspace_qgis"].provider.catalogue
    given = {key.upper(): project.mapLayersByName(titled(known.layers[key]["title"]))[0].id()
             for key in ("units", "parcels", "parks")}  # fmt: skip
    dialog = processing.createAlgorithmDialog(f"carbonspace:{panel.KEY}", given)
    dialog.resize(*_DIALOG)
    dialog.show()
    _still("qgis-dialog", dialog)
    dialog.close()
    return {}


def matches() -> dict[str, Any]:
    """Take the panel with what it guessed."""
    panel.dock().matchButton.click()
    until(panel.dock().matchButton.isEnabled)
    panel.dock().tree.rows["layers/parks"].setExpanded(True)
    _still("qgis-match", panel.dock())
    return {}


def judges() -> dict[str, Any]:
    """Take the panel after a run, and after a click on what is missed."""
    chosen = [f"profiles/{key}" for key in _PROFILES] + [f"indicators/{key}" for key in _THEMES]
    for path in chosen:
        panel.dock().tree.rows[path].setCheckState(0, Qt.Checked)
    panel.dock().outFolder.setFilePath(str(FOLDER / say("tab_results")))
    panel.dock().runButton.click()
    until(panel.dock().runButton.isEnabled, 200)
    _still("qgis-run")
    panel.click(panel.missed())
    _still("qgis-cell")
    return {}


def _still(name: str, widget: Any = None) -> None:
    """Take a picture once all is drawn, and what QGIS says of its own tasks has gone."""
    panel.idle()
    iface.messageBar().clearWidgets()
    colours()
    picture(name, widget)


play(tidies, asks, matches, judges)
