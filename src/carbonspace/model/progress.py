"""How far a piece of work is, and what to call to say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from carbonspace.model.text import Text


class Step(NamedTuple):
    """What comes next, and how much of the work is done before it, of how much in all.

    The parts of the work need not take equally long: `done` counts what they are expected to.
    """

    title: Text
    done: float
    total: float


Progress = Callable[[Step], None]


def nobody(_: Step) -> None:
    """Listen to no progress."""


def share(progress: Progress, start: float, end: float) -> Progress:
    """Return whom a part of the work tells how far it is, of its own work.

    The part is what lies between `start` and `end` of the whole, both from 0 to 1.
    """

    def tell(step: Step) -> None:
        part = step.done / step.total if step.total else 0.0
        progress(Step(step.title, start + (end - start) * part, 1.0))

    return tell
