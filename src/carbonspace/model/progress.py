"""How far a piece of work is, and what to call to say so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from carbonspace.model.text import Text


class Step(NamedTuple):
    """What comes next, and how much of the work is done before it, of how much in all.

    The parts of the work need not take equally long: `done` counts what they are expected to.
    """

    title: Text
    done: float
    total: float


Progress = Callable[[Step], None]
Part = TypeVar("Part")
_TELLING = 0.03


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


def each(progress: Progress, parts: Iterable[tuple[Part, Text, float]]) -> Iterator[Part]:
    """Yield the parts of some work, having said of each that it begins.

    With each comes what it is called, and how much of the work it is, in any measure.
    """
    listed = [*parts]
    done, total = 0.0, float(sum(weight for _, _, weight in listed))
    for part, title, weight in listed:
        progress(Step(title, done, total))
        done += weight
        yield part


def remaining_s(step: Step, elapsed_s: float) -> float | None:
    """Return how many seconds the work may still take; None while there is too little to tell.

    What is left is taken to go on as what is done did.
    """
    part = step.done / step.total if step.total else 0.0
    if part >= 1:
        return 0.0
    return elapsed_s * (1 - part) / part if part >= _TELLING and elapsed_s >= 1 else None


def json_line(plan: str, step: Step, elapsed_s: float) -> str:
    """Return a step as one line of JSON; `done` is in percent."""
    left = remaining_s(step, elapsed_s)
    part = step.done / step.total if step.total else 0.0
    told = {
        "plan": plan, "title": step.title._asdict(), "done": round(100 * part, 1), "total": 100,
        "elapsed_s": round(elapsed_s, 2), "remaining_s": None if left is None else round(left, 1),
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False)
