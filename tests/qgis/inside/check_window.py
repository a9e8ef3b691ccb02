"""The plugin as the window of QGIS starts and stops it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from conftest import started_by_us
from qgis.core import QgsApplication, QgsSettings
from qgis.PyQt.QtWidgets import QMainWindow


class Window:
    """As much of QGIS's interface as the plugin uses."""

    def __init__(self) -> None:
        self.window, self.menu, self.icons, self.messages = QMainWindow(), [], [], []  # type: ignore[var-annotated]

    def mainWindow(self) -> QMainWindow:
        return self.window

    def addPluginToMenu(self, menu: str, action: Any) -> None:
        self.menu.append(action.text())

    def addToolBarIcon(self, action: Any) -> None:
        self.icons.append(action.text())

    def removeToolBarIcon(self, action: Any) -> None:
        self.icons = [text for text in self.icons if text != action.text()]

    def removePluginMenu(self, menu: str, action: Any) -> None:
        self.menu.remove(action.text())

    def messageBar(self) -> Any:
        return self

    def pushMessage(self, *words: Any) -> None:
        self.messages.append(words[1])


def until(done: Any) -> bool:
    limit = time.monotonic() + 300
    while not done() and time.monotonic() < limit:
        QgsApplication.processEvents()
        time.sleep(0.05)
    return bool(done())


def test_it_starts_without_waiting_and_stops_without_a_trace(qgis: Any, monkeypatch: Any) -> None:
    from carbonspace_qgis import classFactory, interpreter

    qgis.registry.removeProvider("carbonspace")
    known = QgsSettings().value("carbonspace/known")
    for kept in Path(QgsApplication.qgisSettingsDirPath(), "carbonspace").glob("catalog-*.json"):
        kept.unlink()
    window = Window()
    plugin = classFactory(window)
    plugin.initGui()
    assert len(plugin.provider.algorithms()) == 4  # the rest follows; nothing waits for it
    assert window.menu == ["Plan panel", "Settings…"]
    assert window.icons == ["Plan panel"]
    assert until(lambda: len(plugin.provider.algorithms()) > 300)
    assert known
    plugin.unload()
    assert window.menu == window.icons == []
    assert qgis.registry.providerById("carbonspace") is None
    assert started_by_us() == []

    again = classFactory(window)
    monkeypatch.setattr(interpreter, "fetched", None)  # what is kept is not asked for again
    again.initGui()
    assert len(again.provider.algorithms()) > 300
    again.unload()

    QgsSettings().remove("carbonspace/known")
    monkeypatch.setenv("CARBONSPACE_PYTHON", "/nowhere/python")
    missing = classFactory(window)
    missing.initGui()
    assert until(lambda: window.messages)
    assert "Choose the python" in window.messages[0]
    missing.unload()
