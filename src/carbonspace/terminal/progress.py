"""What a person or a program sees of a command while it works."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text as Styled

from carbonspace.model.progress import Step, json_line, remaining_s
from carbonspace.model.text import Lang, Text


class Teller:
    """Says how far the work is: on a bar, as JSON lines, or not at all."""

    def __init__(self, plan: str, lang: Lang, bar: Progress | None, as_json: bool) -> None:
        self._plan, self._lang, self._bar, self._json = plan, lang, bar, as_json
        self._started = time.monotonic()
        self._task = bar.add_task("", total=1.0, ends=None) if bar else None

    def __call__(self, step: Step) -> None:
        """Say that a step begins."""
        now = time.monotonic()
        if self._json:
            sys.stderr.write(json_line(self._plan, step, now - self._started) + "\n")
            sys.stderr.flush()
        if self._bar and self._task is not None:
            left = remaining_s(step, now - self._started)
            self._bar.update(
                self._task, description=step.title.to(self._lang), completed=step.done,
                total=step.total, ends=None if left is None else now + left,
            )  # fmt: skip

    def close(self) -> None:
        """Take the bar away and give the cursor back."""
        if self._bar:
            self._bar.stop()


class _LeftColumn(ProgressColumn):
    """The time that is left, counted down from what the last step let expect."""

    def __init__(self, lang: Lang) -> None:
        self._words = Text("约剩 {left}", "~{left} left")
        self._lang = lang
        super().__init__()

    def render(self, task: Task) -> Styled:
        """Return the time left, or nothing where it is not known (any more)."""
        left = (task.fields["ends"] or 0.0) - time.monotonic()
        if left <= 0:
            return Styled("")
        minutes, seconds = divmod(round(left), 60)
        shown = self._words.filled(left=f"{minutes}:{seconds:02}")
        return Styled(shown.to(self._lang), style="progress.remaining")


@contextmanager
def shown_progress(mode: str, plan: str, lang: Lang) -> Iterator[Teller]:
    """Yield a `Teller` for one plan; `mode` is auto, json or none."""
    console = Console(stderr=True)
    if mode != "auto" or not console.is_terminal:
        yield Teller(plan, lang, None, mode == "json")
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
               TimeElapsedColumn(), _LeftColumn(lang))  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        yield Teller(plan, lang, bar, False)
