"""The dock: a plan goes in; verdicts, their places on the map and their clauses come out."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from qgis.PyQt import QtCore, QtGui, QtWidgets, uic

from qgis import core, gui

from . import interpreter, loading
from .child import ChildError, Desk, log
from .files import exported, free, projected, write_plan
from .interpreter import Catalogue
from .verdicts import RESULTS, VerdictTable
from .words import form, say, titled

_OPTIONS = {"profiles": "--profile", "indicators": "--indicator"}
_PATHS = ("planFile", "outFolder", "resultFolder")
_ENTRY = ("carbonspace", "panel")
_INK = QtGui.QColor("#1f4fbf")


class Panel(Desk, gui.QgsDockWidget):
    """Maps, runs and shows; what was chosen is kept in the project. The widgets are in panel.ui."""

    heard = QtCore.pyqtSignal(str)
    is_quiet, outline = True, None

    def __init__(self, iface: Any, catalogue: Catalogue | None) -> None:
        super().__init__(iface.mainWindow())
        self.iface, self.catalogue, self.project = iface, catalogue, core.QgsProject.instance()
        self.verdicts = VerdictTable(self)
        uic.loadUi(form("panel.ui"), self)
        self.busy = (self.runButton, self.matchButton, self.resultFolder)
        self.verdictView.setModel(self.verdicts)
        self.tree.header().setSectionResizeMode(0, QtWidgets.QHeaderView.Stretch)
        self.project.cleared.connect(self.clear)
        self.project.readProject.connect(self.recall)
        self.recall()

    def recall(self, *_: Any) -> None:
        """Show what the catalogue offers, what the project says was chosen, and its results."""
        state = json.loads(self.project.readEntry(*_ENTRY, "{}")[0])
        self.is_quiet = True
        self.tree.offer(self.catalogue.told if self.catalogue else {}, state.get("rows", {}))
        for name in _PATHS:
            getattr(self, name).setFilePath("")  # what is set again is read again
            getattr(self, name).setFilePath(state.get(name, ""))
        self.is_quiet = False
        self.statusLabel.setText("" if self.catalogue else say("not_found_yet"))

    def remember(self) -> None:
        """Keep in the project what is chosen."""
        state = {name: getattr(self, name).filePath() for name in _PATHS}
        self.tree.rows["layers"].setDisabled(bool(state["planFile"]))
        if self.catalogue and not self.is_quiet:  # without one nothing of the plan is shown
            told = json.dumps({**state, "rows": self.tree.state()}, ensure_ascii=False)
            self.project.writeEntry(*_ENTRY, told)

    def clear(self) -> None:
        """Stop, and forget all: the project is closed."""
        self.cancel()
        self.leave()
        self.recall()

    def match(self) -> None:
        """Guess which layer of the project is which, and which field which column."""
        sources: dict[str, Any] = {}

        def prepare(room: Path) -> Any:
            for number, layer in enumerate(loading.plain_layers()):
                if layer.crs().isValid():
                    sources[layer.id()] = exported(f"layer{number}", layer, room)
                else:
                    self.tell(say("no_crs", layer=layer.name()))
            paths = sorted({source.path for source in sources.values()})
            return lambda said: interpreter.current().asked(
                "init", *paths, cancelled=said.isCanceled
            )

        self._work(prepare, lambda told: told and self.tree.guessed(told, sources))

    def run(self) -> None:
        """Write the layers aside, and evaluate them beside the window."""
        out = Path(self.outFolder.filePath())
        options = [part for section, option in _OPTIONS.items()
                   for one in self.tree.ticked(section) for part in (option, one)]  # fmt: skip

        def prepare(room: Path) -> Any:
            if not out.is_absolute():
                raise ChildError(say("no_folder"))
            plan = self.planFile.filePath() or self._plan(room)
            self.resultFolder.setFilePath("")
            loading.let_go(out / RESULTS)
            free(out / RESULTS)
            return lambda said: interpreter.current().run(
                said, "run", plan, *options, "--report", "html",
                "--progress", "json", out=out)  # fmt: skip

        self._work(prepare, lambda _: self.resultFolder.setFilePath(
            str(out) if (out / RESULTS).exists() else ""))  # fmt: skip

    def tell(self, error: Any) -> None:
        """Say what went wrong, and what to do, in the bar of messages."""
        first, _, rest = str(error).strip().partition("\n")
        self.iface.messageBar().pushMessage("carbonspace", first, rest, core.Qgis.Warning, 0)
        self.statusLabel.setText(first)

    def leave(self) -> None:
        """Be idle again."""
        super().leave()
        self.cancelButton.setEnabled(False)
        self.progressBar.setValue(0)
        self.statusLabel.clear()

    def show_results(self, folder: str) -> None:
        """Show the verdicts of a folder of results, and load its layers; "" for none."""
        self.gpkg, self.outline = Path(folder) / RESULTS, None
        self.clauseView.clear()
        self.styleBox.clear()
        try:
            self.verdicts.read(folder)
        except (OSError, ValueError, KeyError, TypeError, sqlite3.Error) as error:
            self.tell(say("no_results", folder=folder, error=error))
            self.show_results("")
            return
        self.reportButton.setEnabled(bool(folder))
        if folder:
            self.styleBox.addItem(say("missed_targets"), "")
            for one in self.verdicts.told["indicators"]:
                if one["judged"]:
                    self.styleBox.addItem(titled(one["label"]), one["key"])
            self.paint(0)
            self.tabs.setCurrentWidget(self.resultTab)
        self.remember()

    def report(self) -> None:
        """Open the page of the results."""
        page = QtCore.QUrl.fromLocalFile(str(self.gpkg.with_name("report.html")))
        QtGui.QDesktopServices.openUrl(page)

    def paint(self, number: int) -> None:
        """Colour the units by an indicator of the list, and show its evidence."""
        loading.paint(self.gpkg, self.verdicts.told, self.styleBox.itemData(number))

    def go(self, index: Any) -> None:
        """Show the place of a cell, the evidence of its indicator, and the clauses."""
        place, indicator, _ = self.verdicts.at(index)
        self.clauseView.setHtml(self.verdicts.words(index))
        self.styleBox.setCurrentIndex(self.styleBox.findData(indicator["key"]))
        loading.paint(self.gpkg, self.verdicts.told, indicator["key"])
        layer, found = loading.features_of(self.gpkg, place)
        canvas = self.iface.mapCanvas()
        canvas.zoomToFeatureIds(layer, [one.id() for one in found])
        whole = core.QgsGeometry.unaryUnion([one.geometry() for one in found])
        self.outline = gui.QgsHighlight(canvas, whole, layer)
        self.outline.setColor(_INK)
        self.outline.setFillColor(QtCore.Qt.transparent)
        self.outline.setWidth(3)

    def unload(self) -> None:
        """Stop, and leave nothing on the map or listening."""
        self.project.cleared.disconnect(self.clear)
        self.project.readProject.disconnect(self.recall)
        self.cancel()
        self.task = self.outline = None
        self.iface.removeDockWidget(self)
        self.deleteLater()

    def _work(self, prepare: Callable[[Path], Any], done: Callable[[Any], Any]) -> None:
        """Do here what `prepare` does, and beside the window the work that it returns.

        `done` gets what comes of that, or None where it failed.
        """
        room = tempfile.TemporaryDirectory(dir=core.QgsProcessingUtils.tempFolder())
        try:
            work = prepare(Path(room.name))
        except ChildError as error:
            self.tell(error)
            return

        def worked(task: Any) -> Any:
            with room:
                return work(SimpleNamespace(
                    isCanceled=task.isCanceled, setProgress=task.setProgress, pushConsoleInfo=log,
                    pushCommandInfo=log, setProgressText=self.heard.emit))  # fmt: skip

        def ended(error: Any, made: Any) -> None:
            if error:
                self.tell(error)
            done(made)

        self.begin(worked, ended)
        self.task.progressChanged.connect(lambda done: self.progressBar.setValue(int(done)))
        self.cancelButton.setEnabled(True)

    def _plan(self, room: Path) -> str:
        layers = self.tree.chosen(room)
        systems = [self.project.crs(), *(one.crs() for one in loading.plain_layers())]
        crs = next(filter(None, map(projected, systems)), None)
        if not layers or not crs:
            raise ChildError(say("no_projected_crs" if layers else "nothing_mapped"))
        name = self.project.title() or self.project.baseName() or "carbonspace"
        return write_plan(room, name, crs, layers)
