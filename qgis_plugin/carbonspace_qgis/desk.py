"""Work beside the window: one task at a time, told of when it ends, given up when asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis import core

from .words import say


class Desk:
    """A widget that has work done beside the window; while it is, `busy` widgets are disabled."""

    task: Any = None
    busy: tuple[Any, ...] = ()

    def begin(self, work: Callable[[Any], Any], done: Callable[[Any, Any], Any]) -> None:
        """Do `work`, which is given its task; then `done` gets what went wrong, and what was made.

        What comes of it after `leave` is for nobody.
        """

        def ended(error: Any, made: Any = None) -> None:
            if task is self.task:
                self.leave()
                done(say("cancelled") if error and task.isCanceled() else error, made)

        self.task = task = core.QgsTask.fromFunction("carbonspace", work, on_finished=ended)
        for one in self.busy:
            one.setEnabled(False)
        core.QgsApplication.taskManager().addTask(task)

    def cancel(self) -> None:
        """End what is at work; what it began is removed."""
        if self.task is not None:
            self.task.cancel()

    def leave(self) -> None:
        """Wait no longer for what is at work."""
        self.task = None
        for one in self.busy:
            one.setEnabled(True)
