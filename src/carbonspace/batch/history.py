"""How a figure and its verdicts went, night by night."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from carbonspace.batch.kept import Row
from carbonspace.batch.store import GOOD, Store
from carbonspace.model.text import Text

_ROWS = """SELECT level, profile, clause, clause_zh, nth, value, unit, status, target, from_run,
to_run, valid_from, valid_to FROM {schema}.verdict
WHERE city = %s AND unit_id = %s AND indicator = %s ORDER BY level, profile, clause, nth, from_run
"""
_BARS = "▁▂▃▄▅▆▇█"
_KEY = 5


class Spell(NamedTuple):
    """What held from one night to another (None: it holds)."""

    value: float | None
    unit: str | None
    status: str
    target: str | None
    since: datetime
    until: datetime | None


class Series(NamedTuple):
    """A figure of a place held against one clause, and its value after each good night."""

    level: str
    profile: str
    clause: Text
    spells: list[Spell]
    nightly: list[float | None]


def series_of(store: Store, city: str, unit: str, indicator: str) -> list[Series]:
    """Return the history of an indicator of a unit: one for each clause it is held against."""
    nights = sorted(one.id for one in store.runs(city) if one.status in GOOD)
    rows = store.sql.ask(_ROWS, [city, unit, indicator])
    return [_series([*group], nights) for _, group in groupby(rows, lambda row: row[:_KEY])]


def _series(rows: Sequence[Row], nights: Sequence[int]) -> Series:
    level, profile, clause, clause_zh, *_ = rows[0]
    return Series(
        level, profile, Text(clause_zh or "", clause),
        [Spell(row[5], row[6], row[7], row[8], row[11], row[12]) for row in rows],
        [next((row[5] for row in rows if _holds(row, run)), None) for run in nights],
    )  # fmt: skip


def _holds(row: Row, run: int) -> bool:
    return bool(row[9] <= run and (row[10] is None or run < row[10]))


def sparkline(values: Sequence[float | None], most: int = 60) -> str:
    """Return values as bars, the last ones where there are many; a gap where there is none."""
    shown = values[-most:]
    known = [one for one in shown if one is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    steps = len(_BARS) - 1
    return "".join(" " if one is None else
                   _BARS[round((one - low) / span * steps) if span else steps // 2]
                   for one in shown)  # fmt: skip
