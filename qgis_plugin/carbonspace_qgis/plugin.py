"""The plugin as QGIS starts and stops it: its provider of algorithms, its menu, its settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import Qgis, QgsApplication, QgsProcessingProvider, QgsSettings
from qgis.PyQt import QtCore, QtGui, QtWidgets, uic

from . import interpreter
from .algorithms import ICON, IndicatorAlgorithm
from .child import ChildError, Desk, log, shown, stop_all
from .commands import COMMANDS, Command, CreatePlanFile
from .interpreter import Catalogue
from .words import form, say


class Provider(QgsProcessingProvider):
    """carbonspace in the toolbox, the modeller, batches and qgis_process.

    `catalogue` is what is known; without one it is looked up when algorithms are loaded, and where
    `asks` is False only if that takes no child process.
    """

    def __init__(self, *, asks: bool = True) -> None:
        super().__init__()
        self.asks = asks
        self.catalogue: Catalogue | None = None
        self.trouble = ""

    def id(self) -> str:
        """Return what stands before the names of algorithms."""
        return "carbonspace"

    def name(self) -> str:
        """Return the name people see."""
        return "carbonspace"

    def icon(self) -> QtGui.QIcon:
        """Return the icon."""
        return QtGui.QIcon(ICON)

    def warningMessage(self) -> str:
        """Return why there are no indicators, for the toolbox."""
        return self.trouble

    def supportedOutputVectorLayerExtensions(self) -> list[str]:
        """Return the one format results come in: with styles, and several layers."""
        return ["gpkg"]

    def loadAlgorithms(self) -> None:
        """Add what the catalogue has."""
        known = self.catalogue = self.catalogue or self._looked_up()
        for key in COMMANDS:
            self.addAlgorithm(Command(known, key))
        self.addAlgorithm(CreatePlanFile(known, "create_plan_file"))
        for key in known.indicators if known else ():
            self.addAlgorithm(IndicatorAlgorithm(known, key))  # type: ignore[arg-type]

    def _looked_up(self) -> Catalogue | None:
        self.trouble = ""
        try:
            known = interpreter.current() if self.asks else interpreter.remembered()
            if known is None:
                return None
            return interpreter.kept(known) or (interpreter.fetched(known) if self.asks else None)
        except ChildError as error:
            self.trouble = str(error)
            log(str(error))
        return None


class Settings(Desk, QtWidgets.QDialog):
    """Chooses, tests and installs; work goes on beside the window, and can be given up."""

    def __init__(self, parent: Any, use: Callable[[Catalogue], None]) -> None:
        super().__init__(parent)
        self.use = use
        uic.loadUi(form("settings.ui"), self)
        self.busy = (self.searchButton, self.testButton, self.installButton)
        named = QgsSettings().value(interpreter.SETTING, "")
        self.path.setEditText(str(named or getattr(interpreter.remembered(), "path", "")))

    def search(self) -> None:
        """List the interpreters that may have carbonspace."""
        self.path.clear()
        self.path.addItems([*interpreter.candidates()])

    def test(self) -> None:
        """Ask the interpreter what it has, take its catalogue, and keep it as the choice."""
        path = self.path.currentText().strip()
        self._ask(lambda _: interpreter.probe(path))

    def install(self) -> None:
        """Show the commands, and run them if the person agrees; a wheel given is what they take."""
        wheel = self.path.currentText().strip()
        try:
            commands = interpreter.installation(*[wheel] * wheel.endswith(".whl"))
        except ChildError as error:
            self.told.setPlainText(str(error))
            return
        consent = say("consent", commands="\n".join(map(shown, commands)))
        asked = QtWidgets.QMessageBox.question(self, say("install"), consent)
        if asked == QtWidgets.QMessageBox.Yes:
            self._ask(lambda task: interpreter.install(commands, log, task.isCanceled))

    def done(self, result: int) -> None:
        """Give up what is still at work when the window closes."""
        self.cancel()
        super().done(result)

    def _ask(self, whom: Callable[[Any], interpreter.Known]) -> None:
        def asked(task: Any) -> Any:
            known = whom(task)
            return known, interpreter.fetched(known, task.isCanceled)

        self.told.setPlainText(say("working"))
        self.begin(asked, self._told)

    def _told(self, error: Any, found: Any) -> None:
        words = str(error)
        if found:
            known, told = found
            interpreter.remember(known, chosen=True)
            self.path.setEditText(known.path)
            facts = {**known._asdict(), "missing": " ".join(known.missing)}
            words = say("works", count=len(told.indicators), **facts)
            words += "\n" + say("lacks", **facts) if known.missing else ""
            self.use(told)
        self.told.setPlainText(words)


class Plugin(Desk):
    """Adds the provider, and in the window the menu; takes them away again."""

    provider: Provider | None = None
    panel: Any = None

    def __init__(self, iface: Any) -> None:
        self.iface = iface
        self.actions: list[QtWidgets.QAction] = []

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
            self.begin(lambda task: interpreter.fetched(interpreter.current(), task.isCanceled),
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

    def use(self, found: Catalogue) -> None:
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
            self.iface.addDockWidget(QtCore.Qt.RightDockWidgetArea, self.panel)
        self.panel.setUserVisible(True)

    def show_settings(self) -> None:
        """Open the settings."""
        Settings(self.iface.mainWindow(), self.use).exec()

    def _found(self, error: Any, found: Any) -> None:
        if found:
            self.use(found)
        else:
            self.iface.messageBar().pushMessage("carbonspace", str(error), Qgis.Warning)

    def _action(self, text: str, called: Any) -> None:
        action = QtWidgets.QAction(QtGui.QIcon(ICON), text, self.iface.mainWindow())
        action.triggered.connect(called)
        self.iface.addPluginToMenu("carbonspace", action)
        self.actions.append(action)
