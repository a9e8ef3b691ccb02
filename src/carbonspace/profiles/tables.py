"""Regular tables of a standard, written as the table they are: rows, columns, figures.

A `[[table]]` holds what all its rules share, `[table.columns.<indicator>]` what those of one
column do, and each `[[table.row]]` where it applies and its figures: `block_height = "<= 18"`,
`block_residential_far = "1.0 to 1.4"`. Every figure becomes the rule one would have written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from carbonspace.model.text import Text
from carbonspace.profiles.faults import Fault, Lines

_NUMBER = r"(-?\d+(?:\.\d*)?)"
_LIMIT = re.compile(rf"(>=|>|<=|<|==|~) ?{_NUMBER}(?: to {_NUMBER})?", re.ASCII)
_RANGE = re.compile(rf"{_NUMBER} to {_NUMBER}", re.ASCII)


class Entry(NamedTuple):
    """A rule as written: its keys and values, what it is called, and the line it stands in."""

    facts: Mapping[str, Any]
    name: str
    line: int
    keys: Mapping[str, int]

    def line_of(self, key: str) -> int:
        """Return the line of a key, or of the rule where it is not in a line of its own."""
        return self.keys.get(key, self.line)


def entries(content: Mapping[str, Any], lines: Lines) -> tuple[list[Entry], list[Fault]]:
    """Return every rule of a file as written out, and what is wrong with its tables."""
    written, faults, rows = list[Entry](), list[Fault](), 0
    for n, facts in enumerate(content.get("rule", ())):
        block = lines.of("rule", n)
        written.append(Entry(facts, f"rule {n}", block.line, block.keys))
    for n, table in enumerate(content.get("table", ())):
        for m, row in enumerate(table.get("row", ())):
            block = lines.of("table.row", rows)
            rows += 1
            if not {*row} & {*table.get("columns", {})}:
                words = Text("该行没有表中任何一列的数值", "the row has a figure of no column")
                faults.append(Fault(block.line, words))
            for one in _row(table, row):
                if isinstance(one, str):
                    words = Text(f"{one} 不是数值", f"{one} is no figure")
                    faults.append(Fault(block.line, words))
                else:
                    name = f"table {n} row {m} {one['indicator']}"
                    written.append(Entry(one, name, block.line, block.keys))
    return written, faults


def _row(table: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[dict[str, Any] | str]:
    """Yield the rules of one row of a table, or the words that say no figure."""
    columns = table.get("columns", {})
    common = {k: v for k, v in table.items() if k not in ("columns", "row")}
    own = {k: v for k, v in row.items() if k not in columns}
    for key, figure in row.items():
        if key not in columns:
            continue
        held = _figure(figure)
        if held is None:
            yield f"{key} = {figure!r}"
        else:
            yield {**common, **columns[key], **own, "indicator": key, **held}


def _figure(words: object) -> dict[str, Any] | None:
    """Return the comparator and the target that a figure of a table means."""
    text = str(words).strip()
    if found := _RANGE.fullmatch(text):
        return {"comparator": "between", "target": [float(found[1]), float(found[2])]}
    found = _LIMIT.fullmatch(text)
    if found is None:
        return None
    return {"comparator": found[1], "target": [float(t) for t in found.groups()[1:] if t]}
