"""What is kept of a night: the tables that have a history, and how one night changes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Row = tuple[Any, ...]


class Kept(NamedTuple):
    """A table with history: what tells its rows apart, and what they say."""

    name: str
    key: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a row as the program handles it."""
        return (*self.key, *self.values)

    def key_of(self, row: Row) -> Row:
        """Return what tells a row apart."""
        return row[: len(self.key)]


VERDICT = Kept(
    "verdict", ("level", "unit_id", "indicator", "profile", "clause", "nth"),
    ("clause_zh", "value", "unit", "numerator", "denominator", "target", "clause_status", "status",
     "margin", "robust", "flips", "flips_zh", "reason", "reason_zh", "parameters"),
)  # fmt: skip
FINDING = Kept(
    "finding",
    ("severity", "layer", "feature", "what", "found", "nth"),
    ("what_zh", "found_zh", "expected", "expected_zh", "action", "action_zh", "x", "y"),
)
UNIT = Kept("unit", ("unit_id",), ("geometry",))
"""Geometry is WKB with its SRID, in hexadecimal digits."""
ALL_KEPT = (VERDICT, FINDING, UNIT)


class Changes(NamedTuple):
    """What a night does to a table: ids of rows to close, and rows to add.

    `turned` are the pairs of what was and what is under one key; `gone` and `new` have no pair.
    """

    closed: list[int]
    added: list[Row]
    turned: list[tuple[Row, Row]]
    gone: list[Row]
    new: list[Row]


def changes(kept: Kept, before: Iterable[tuple[int, Row]], after: Iterable[Row]) -> Changes:
    """Return how rows that hold now become the rows of tonight; equal rows stay as they are."""
    was = {kept.key_of(row): (number, row) for number, row in before}
    found = Changes([], [], [], [], [])
    for row in after:
        number, old = was.pop(kept.key_of(row), (0, None))
        if old == row:
            continue
        found.added.append(row)
        if old is None:
            found.new.append(row)
        else:
            found.closed.append(number)
            found.turned.append((old, row))
    found.closed.extend(number for number, _ in was.values())
    found.gone.extend(row for _, row in was.values())
    return found


def as_dict(kept: Kept, row: Row) -> Mapping[str, Any]:
    """Return a row with the names of its columns."""
    return dict(zip(kept.columns, row, strict=True))
