"""The settings: which Python has carbonspace, whether it works, and how to get one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.PyQt import QtWidgets

from qgis import core

from . import catalogue, interpreter
from .catalogue import Catalogue
from .child import ChildError, shown
from .running import log
from .words import say


class Settings(QtWidgets.QDialog):
    """Chooses, tests and installs; work goes on beside the window, and can be given up."""

    def __init__(self, parent: Any, use: Callable[[Catalogue], None]) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("settings"))
        self.use = use
        self.task: Any = None
        self.path = QtWidgets.QComboBox(editable=True)
        self.told = QtWidgets.QPlainTextEdit(readOnly=True)
        layout = QtWidgets.QGridLayout(self)
        layout.addWidget(QtWidgets.QLabel(say("python_of_carbonspace")), 0, 0, 1, 3)
        layout.addWidget(self.path, 1, 0, 1, 3)
        self.buttons = [QtWidgets.QPushButton(say(key)) for key in ("search", "test", "install")]
        for column, called in enumerate((self.search, self.test, self.install)):
            self.buttons[column].clicked.connect(called)
            layout.addWidget(self.buttons[column], 2, column)
        layout.addWidget(self.told, 3, 0, 1, 3)
        self.resize(640, 360)
        named = core.QgsSettings().value(interpreter.SETTING, "")
        self.path.setEditText(str(named or getattr(interpreter.remembered(), "path", "")))

    def search(self) -> None:
        """List the interpreters that may have carbonspace."""
        self.path.clear()
        self.path.addItems([*interpreter.candidates()])

    def test(self) -> None:
        """Ask the interpreter what it has, take its catalogue, and keep it as the choice."""
        path = self.path.currentText().strip()
        self._begin(lambda task: self._tested(interpreter.probe(path), task))

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
            self._begin(lambda task: self._installed(commands, task))

    def done(self, result: int) -> None:
        """Give up what is still at work when the window closes."""
        if self.task is not None:
            self.task.cancel()
        super().done(result)

    def _tested(self, known: interpreter.Known, task: Any) -> Any:
        return known, catalogue.fetched(known, task.isCanceled)

    def _installed(self, commands: list[list[str]], task: Any) -> Any:
        return self._tested(interpreter.install(commands, log, task.isCanceled), task)

    def _begin(self, work: Callable[[Any], Any]) -> None:
        for button in self.buttons:
            button.setEnabled(False)
        self.told.setPlainText(say("working"))
        self.task = core.QgsTask.fromFunction("carbonspace", work, on_finished=self._ended)
        core.QgsApplication.taskManager().addTask(self.task)

    def _ended(self, error: Exception | None, found: Any = None) -> None:
        self.task = None
        for button in self.buttons:
            button.setEnabled(True)
        if found is None:
            self.told.setPlainText(str(error or say("cancelled")))
            return
        known, told = found
        interpreter.remember(known, chosen=True)
        self.path.setEditText(known.path)
        words = say("works", version=known.version, python=known.python, count=len(told.indicators))
        if known.missing:
            words += "\n" + say("lacks", missing=" ".join(known.missing), path=known.path)
        self.told.setPlainText(words)
        self.use(told)
