"""The dock: a plan goes in; verdicts, their places on the map and their clauses come out."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qgis.PyQt import QtGui, uic
from qgis.PyQt.QtCore import QUrl, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog

from qgis import core, gui

from . import interpreter, loading
from .catalogue import Catalogue
from .child import ChildError
from .export import exported, projected
from .plan import Plan, guesses, write_plan
from .running import carbonspace, free
from .verdicts import VerdictTable
from .words import say

_RESULTS, _REPORT = "results.gpkg", "report.html"
_OPTIONS = {"profiles": "--profile", "indicators": "--indicator"}
_ENTRY = ("carbonspace", "panel")
_OUTLINE = QtGui.QColor("#1f4fbf")


def worded(name: str) -> io.StringIO:
    """Return a .ui file with its texts, which are keys of words.json, in the language of QGIS."""
    text = Path(__file__).with_name(name).read_text("utf-8")
    found = re.sub(r"(?<=<string>)\w+(?=</string>)", lambda key: html.escape(say(key[0])), text)
    return io.StringIO(found)


class Feedback(core.QgsProcessingFeedback):
    """What a child says, passed on to its task and to the panel."""

    told = pyqtSignal(str)
    task: Any = None

    def isCanceled(self) -> bool:
        """Return whether somebody cancelled the task, here or in the window."""
        return self.task.isCanceled()

    def setProgress(self, done: float) -> None:
        """Pass on how far it is."""
        self.task.setProgress(done)

    def setProgressText(self, text: str) -> None:
        """Pass on what is being done."""
        self.told.emit(text)


class Panel(gui.QgsDockWidget):
    """Maps, runs and shows; what was chosen is kept in the project. The widgets are in panel.ui."""

    def __init__(self, iface: Any, catalogue: Catalogue | None) -> None:
        super().__init__(iface.mainWindow())
        self.iface, self.is_quiet = iface, True
        self.task: Any = None
        self.gpkg: Path | None = None
        uic.loadUi(worded("panel.ui"), self)
        self.outFolder.setStorageMode(gui.QgsFileWidget.GetDirectory)
        self.verdicts = VerdictTable(self)
        self.verdictView.setModel(self.verdicts)
        self.shownBox.activated.connect(self.verdicts.filter)
        self.outline = gui.QgsRubberBand(iface.mapCanvas(), core.QgsWkbTypes.PolygonGeometry)
        self.outline.setStrokeColor(_OUTLINE)
        self.outline.setFillColor(QtGui.QColor(0, 0, 0, 0))
        self.outline.setWidth(3)
        core.QgsProject.instance().cleared.connect(self.clear)
        core.QgsProject.instance().readProject.connect(self.recall)
        self.use(catalogue)

    def use(self, catalogue: Catalogue | None) -> None:
        """Offer what a catalogue has."""
        self.catalogue = catalogue
        self.recall()

    def recall(self, *_: Any) -> None:
        """Show what the project says was chosen, and the results it had."""
        state = json.loads(core.QgsProject.instance().readEntry(*_ENTRY, "{}")[0])
        self.is_quiet = True
        self.tree.offer(self.catalogue.told if self.catalogue else {}, state.get("rows", {}))
        self.planFile.setFilePath(state.get("plan", ""))
        self.outFolder.setFilePath(state.get("folder", ""))
        if (results := Path(state.get("results", "")) / _RESULTS).is_file():
            self.show_results(results.parent, loads=False)
        self.is_quiet = False

    def remember(self) -> None:
        """Keep in the project what is chosen."""
        if not self.is_quiet:
            told = {"rows": self.tree.state(), "plan": self.planFile.filePath(),
                    "folder": self.outFolder.filePath(),
                    "results": str(self.gpkg.parent) if self.gpkg else ""}  # fmt: skip
            written = json.dumps(told, ensure_ascii=False)
            core.QgsProject.instance().writeEntry(*_ENTRY, written)

    def clear(self) -> None:
        """Stop, and forget all: the project is closed."""
        self.cancel()
        self._busy(None)
        self._forget()
        self.recall()

    def match(self) -> None:
        """Guess which layer of the project is which, and which field which column."""
        sources: dict[str, Any] = {}
        room = Path(tempfile.mkdtemp(dir=core.QgsProcessingUtils.tempFolder()))
        for layer in core.QgsProject.instance().mapLayers().values():
            is_vector = isinstance(layer, core.QgsVectorLayer) and layer.isSpatial()
            if is_vector and not layer.customProperty(loading.RESULTS):
                try:
                    sources[layer.id()] = exported(f"layer{len(sources)}", layer, room)
                except ChildError as error:
                    self.tell(error)
        self._begin(
            room, lambda said: guesses(interpreter.current(), sources.values(), said.isCanceled),
            lambda told: self.tree.guessed(told, sources) if told else None,
        )  # fmt: skip

    def run(self) -> None:
        """Write the layers aside, and evaluate them beside the window."""
        out = Path(self.outFolder.filePath())
        room = Path(tempfile.mkdtemp(dir=core.QgsProcessingUtils.tempFolder()))
        try:
            plan = self.planFile.filePath() or write_plan(self._plan(room), room / "plan.toml")
            if not out.is_absolute():
                raise ChildError(say("no_folder"))
            self._forget(out)
            free(out / _RESULTS)
        except ChildError as error:
            shutil.rmtree(room, ignore_errors=True)
            self.tell(error)
            return
        options = [part for section, option in _OPTIONS.items()
                   for one in self.tree.ticked(section) for part in (option, one)]  # fmt: skip
        self._begin(
            room, lambda said: carbonspace(interpreter.current(), said, "run", str(plan), *options,
                                           "--report", "html", "--progress", "json", out=out),
            lambda _: self.show_results(out) if (out / _RESULTS).is_file() else None,
        )  # fmt: skip

    def cancel(self) -> None:
        """End what is at work; what it began is removed."""
        if self.task is not None:
            self.task.cancel()

    def tell(self, error: Any) -> None:
        """Say what went wrong, and what to do, in the bar of messages."""
        first, _, rest = str(error).strip().partition("\n")
        self.iface.messageBar().pushMessage("carbonspace", first, rest, core.Qgis.Warning, 0)
        self.statusLabel.setText(first)

    def choose_results(self) -> None:
        """Open a folder of results that is there already."""
        if folder := QFileDialog.getExistingDirectory(self, say("open_results")):
            self.show_results(Path(folder))

    def show_results(self, folder: Path, *, loads: bool = True) -> None:
        """Show the verdicts of a folder of results, and load its layers."""
        gpkg = folder / _RESULTS
        try:
            self.verdicts.read(gpkg, self.catalogue, self.shownBox.currentIndex())
        except (sqlite3.Error, KeyError) as error:
            self.tell(say("no_results", folder=folder, error=error))
            return
        self.gpkg = gpkg
        self.styleBox.clear()
        self.styleBox.addItem(say("missed_targets"), "")
        for key, missed in self.verdicts.judged().items():
            self.styleBox.addItem(f"{self.verdicts.title(key)}  ✗{missed}", key)
        self.reportButton.setEnabled((folder / _REPORT).exists())
        if loads:
            loading.load_now(gpkg, loading.shown_first(gpkg), self._group(), self.catalogue)
            self.tabs.setCurrentWidget(self.resultTab)
            self.remember()

    def report(self) -> None:
        """Open the page of the results."""
        if self.gpkg:
            page = QUrl.fromLocalFile(str(self.gpkg.with_name(_REPORT)))
            QtGui.QDesktopServices.openUrl(page)

    def paint(self, number: int) -> None:
        """Colour the units by an indicator of the list, and show its evidence."""
        if self.gpkg:
            key = self.styleBox.itemData(number) or ""
            loading.paint(self.gpkg, key, self._group(), self.catalogue)

    def go(self, index: Any) -> None:
        """Show the place of a cell, the evidence of its indicator, and the clauses."""
        if not self.gpkg:
            return
        place, key = self.verdicts.at(index)
        self.clauseView.setHtml(self.verdicts.told(place, key))
        self.styleBox.setCurrentIndex(self.styleBox.findData(key))
        loading.paint(self.gpkg, key, self._group(), self.catalogue)
        layer, canvas = loading.layer_of(self.gpkg, "units"), self.iface.mapCanvas()
        column = {"unit": "unit_id", "district": "district"}.get(place[0])
        asked = core.QgsExpression.createFieldEqualityExpression(column, place[1])
        found = [*layer.getFeatures(asked if column else "")]
        canvas.zoomToFeatureIds(layer, [one.id() for one in found])
        self.outline.reset(core.QgsWkbTypes.PolygonGeometry)
        for one in found:
            self.outline.addGeometry(one.geometry(), layer)

    def unload(self) -> None:
        """Stop, and leave nothing on the map or listening."""
        core.QgsProject.instance().cleared.disconnect(self.clear)
        core.QgsProject.instance().readProject.disconnect(self.recall)
        self.cancel()
        self.task = None
        self.iface.mapCanvas().scene().removeItem(self.outline)
        self.iface.removeDockWidget(self)
        self.deleteLater()

    def _begin(self, room: Path, work: Callable[[Any], Any], done: Callable[[Any], Any]) -> None:
        """Work beside the window; `done` gets what comes of it, or None, unless all is closed."""
        feedback = Feedback()
        feedback.told.connect(self.statusLabel.setText)

        def worked(task: Any) -> Any:
            feedback.task = task
            try:
                return work(feedback)
            finally:
                shutil.rmtree(room, ignore_errors=True)

        def ended(error: Exception | None, made: Any = None) -> None:
            shutil.rmtree(room, ignore_errors=True)  # it may not even have begun
            if task is self.task:
                self._busy(None)
                if error:
                    self.tell(say("cancelled") if task.isCanceled() else error)
                done(made)

        task = core.QgsTask.fromFunction("carbonspace", worked, on_finished=ended)
        task.progressChanged.connect(lambda done: self.progressBar.setValue(int(done)))
        self._busy(task)
        core.QgsApplication.taskManager().addTask(task)

    def _busy(self, task: Any) -> None:
        self.task = task
        self.cancelButton.setEnabled(task is not None)
        self.progressBar.setValue(0)
        self.statusLabel.clear()
        for one in (self.runButton, self.matchButton, self.openButton):
            one.setEnabled(task is None)

    def _forget(self, folder: Path | None = None) -> None:
        """Let go of the results that are shown, and of a folder that is to be replaced."""
        if folder:
            loading.let_go(folder / _RESULTS)
        self.gpkg = None
        self.verdicts.clear()
        self.styleBox.clear()
        self.clauseView.clear()
        self.reportButton.setEnabled(False)
        self.outline.reset(core.QgsWkbTypes.PolygonGeometry)

    def _group(self) -> str:
        return say("group", name=self.gpkg.parent.name if self.gpkg else "")

    def _plan(self, room: Path) -> Plan:
        layers, project = self.tree.chosen(room), core.QgsProject.instance()
        found = [row.layer() for row in self.tree.rows.values() if row.is_layer]
        known = [project.crs(), *(one.crs() for one in found if one)]
        crs = next(filter(None, map(projected, known)), None)
        if not layers or not crs:
            raise ChildError(say("no_projected_crs" if layers else "nothing_mapped"))
        return Plan(project.title() or project.baseName() or "carbonspace", crs, layers)
