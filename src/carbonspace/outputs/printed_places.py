"""What print says of places that are no units: districts, and places within the units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from carbonspace.model.text import Text
from carbonspace.outputs.lines import Line, clause, heading
from carbonspace.outputs.overview import Compared
from carbonspace.outputs.within import Tally

_BESIDE = 6
"""Districts beside each other in a table."""


def districts(
    names: Sequence[str], compared: Iterable[tuple[Text, Sequence[Compared]]]
) -> Iterator[dict[str, Any]]:
    """Yield the figures of districts, some districts at a time; by theme, a line per indicator."""
    themes = [*compared]
    for start in range(0, len(names), _BESIDE):
        chosen = slice(start, start + _BESIDE)
        yield {
            "names": [*names[chosen]],
            "themes": [{"title": [*title], "lines": [_compared(one, chosen) for one in held]}
                       for title, held in themes],
        }  # fmt: skip


def _compared(one: Compared, chosen: slice) -> Line:
    cells = one.cells[chosen]
    return {**heading(one.indicator), "targets": [*one.targets],
            "cells": [[row.shown, row.worst] if row else ["", ""] for row in cells]}  # fmt: skip


def within_lines(found: Iterable[Tally]) -> list[Line]:
    """Return a line per rule that places within a unit, or within the plan, are held against."""
    return [
        {
            **heading(one.indicator), "level": [*one.level],
            "target": f"{one.rule.target_text()} {one.rule.unit}".strip(),
            "judged": one.judged, "missed": one.missed, "exempt": one.exempt,
            "worst": [[*place] for place in one.worst],
            "excused": [[place.id, *place.reason] for place in one.excused],
            "clause": clause(one.rule, one.profile),
        }
        for one in found
    ]  # fmt: skip


def within_counts(found: Iterable[Tally]) -> list[dict[str, Any]]:
    """Return by level how many verdicts there are on places within a unit, and how many miss."""
    counted: dict[Text, list[Tally]] = {}
    for one in found:
        counted.setdefault(one.level, []).append(one)
    return [{"level": [*level], "missed": sum(one.missed for one in held),
             "judged": sum(one.judged for one in held)}
            for level, held in counted.items()]  # fmt: skip
