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
from carbonspace.profiles.faults import Block, Fault, Lines

_NUMBER = r"(-?\d+(?:\.\d*)?)"
_LIMIT = re.compile(rf"(>=|>|<=|<|==|~) ?{_NUMBER}(?: to {_NUMBER})?", re.ASCII)
_RANGE = re.compile(rf"{_NUMBER} to {_NUMBER}", re.ASCII)
_SAID_BY_FIGURE = ("indicator", "comparator", "target")
_COLUMN = (
    Text("[table.columns.…] 中一列的名称与数值", "the name of a column of [table.columns.…]"),
    Text("改正列名，或补上该列。", "Correct the name, or add the column."),
)
_FIGURE = (
    Text('">= 5"、"6 to 9" 之类', 'such as ">= 5" or "6 to 9"'),
    Text("改正该数值。", "Correct the figure."),
)


class Entry(NamedTuple):
    """A rule as written: its keys and values, what it is called, and the lines it stands in."""

    facts: Mapping[str, Any]
    name: Text
    block: Block


def entries(content: Mapping[str, Any], lines: Lines) -> tuple[list[Entry], list[Fault]]:
    """Return every rule of a file as written out, and what is wrong with its tables."""
    written, faults, rows = list[Entry](), list[Fault](), 0
    for n, facts in enumerate(content.get("rule", ())):
        name = Text(
            f"第 {n + 1} 条 {called(facts)}".strip(), f"rule {n + 1} {called(facts)}".strip()
        )
        written.append(Entry(facts, name, lines.of("rule", n)))
    for n, table in enumerate(content.get("table", ()), 1):
        for m, row in enumerate(table.get("row", ()), 1):
            block = lines.of("table.row", rows)
            rows += 1
            name = Text(f"第 {n} 个表第 {m} 行", f"table {n} row {m}")
            if not {*row} & {*table.get("columns", {})}:
                words = Text("该行没有表中任何一列的数值", "the row has a figure of no column")
                faults.append(Fault(block.line, words.of(name), *_COLUMN))
            for column, one in _row(table, row):
                place = _of_column(block, column)
                if one is None:
                    words = Text(f"{column} = {row[column]!r} 不是数值",
                                 f"{column} = {row[column]!r} is no figure")  # fmt: skip
                    faults.append(Fault(place.line_of(column), words.of(name), *_FIGURE))
                else:
                    own = Text(f"{name.zh} {column}", f"{name.en} {column}")
                    written.append(Entry(one, own, place))
    return written, faults


def called(facts: Mapping[str, Any]) -> str:
    """Return the indicator that a rule names, nothing where it names none."""
    named = facts.get("indicator")
    return named if isinstance(named, str) else ""


def _of_column(block: Block, column: str) -> Block:
    """Return the lines of a rule that a figure stands for: what it says is said there."""
    line = block.line_of(column)
    return Block(block.line, {**block.keys, **dict.fromkeys(_SAID_BY_FIGURE, line)})


def _row(table: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[
    tuple[str, dict[str, Any] | None]
]:  # fmt: skip
    """Yield the rules of one row of a table by column, None where that holds no figure."""
    columns = table.get("columns", {})
    common = {k: v for k, v in table.items() if k not in ("columns", "row")}
    own = {k: v for k, v in row.items() if k not in columns}
    for key, figure in row.items():
        if key not in columns:
            continue
        held = _figure(figure)
        facts = held and {**common, **columns[key], **own, "indicator": key, **held}
        yield key, facts


def _figure(words: object) -> dict[str, Any] | None:
    """Return the comparator and the target that a figure of a table means."""
    text = str(words).strip()
    if found := _RANGE.fullmatch(text):
        return {"comparator": "between", "target": [float(found[1]), float(found[2])]}
    found = _LIMIT.fullmatch(text)
    if found is None:
        return None
    return {"comparator": found[1], "target": [float(t) for t in found.groups()[1:] if t]}
