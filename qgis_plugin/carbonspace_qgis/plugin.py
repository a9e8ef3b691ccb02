"""The plugin as QGIS starts and stops it."""

from __future__ import annotations

from typing import Any

from qgis.core import Qgis, QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction

from . import catalogue, interpreter
from .algorithms import ICON
from .child import stop_all
from .desk import Desk
from .provider import Provider
from .words import say


class Plugin(Desk):
    """Adds the provider, and in the window the menu; takes them away again."""

    provider: Provider | None = None
    panel: Any = None

    def __init__(self, iface: Any) -> None:
        self.iface = iface
        self.actions: list[QAction] = []

    def initProcessing(self) -> None:
        """Add the provider; in the window nothing waits for a child process."""
        self.provider = Provider(asks=self.iface is None)
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:
        """Add the menu, and look for carbonspace in the background where it is not known yet."""
        self.initProcessing()
        self._action(say("panel"), self.show_panel)
        self.iface.addToolBarIcon(self.actions[0])
        self._action(say("settings"), self.show_settings)
        if self.provider and self.provider.catalogue is None:
            self.begin(lambda task: catalogue.fetched(interpreter.current(), task.isCanceled),
                       self._found)  # fmt: skip

    def unload(self) -> None:
        """Take everything away; no child process outlives the plugin."""
        self.cancel()
        self.leave()
        if self.panel:
            self.panel.unload()
        stop_all()
        for action in self.actions:
            self.iface.removePluginMenu("carbonspace", action)
            self.iface.removeToolBarIcon(action)
        QgsApplication.processingRegistry().removeProvider(self.provider)
        self.provider = self.panel = None

    def use(self, found: catalogue.Catalogue) -> None:
        """Offer what a catalogue has."""
        if self.provider:
            self.provider.catalogue, self.provider.trouble = found, ""
            self.provider.refreshAlgorithms()
        if self.panel:
            self.panel.catalogue = found
            self.panel.recall()

    def show_panel(self) -> None:
        """Open the panel."""
        from .panel import Panel

        if self.panel is None:
            self.panel = Panel(self.iface, self.provider.catalogue if self.provider else None)
            self.iface.addDockWidget(Qt.RightDockWidgetArea, self.panel)
        self.panel.setUserVisible(True)

    def show_settings(self) -> None:
        """Open the settings."""
        from .settings import Settings

        Settings(self.iface.mainWindow(), self.use).exec()

    def _found(self, error: Any, found: Any) -> None:
        if found:
            self.use(found)
        else:
            self.iface.messageBar().pushMessage("carbonspace", str(error), Qgis.Warning)

    def _action(self, text: str, called: Any) -> None:
        action = QAction(QIcon(ICON), text, self.iface.mainWindow())
        action.triggered.connect(called)
        self.iface.addPluginToMenu("carbonspace", action)
        self.actions.append(action)
