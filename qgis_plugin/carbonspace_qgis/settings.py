"""The settings: which Python has carbonspace, whether it works, and how to get one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsSettings
from qgis.PyQt import QtWidgets, uic

from . import interpreter
from .child import ChildError, log, shown
from .desk import Desk
from .interpreter import Catalogue
from .words import form, say


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
