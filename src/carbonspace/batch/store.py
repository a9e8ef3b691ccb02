"""Where results are kept: the same tables and the same SQL in PostgreSQL and in a file of SQLite.

A statement is written once, with `{schema}` before the names of tables and `%s` for values, which
are always bound. What differs between the two is a `Sql`.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from carbonspace.batch.kept import ALL_KEPT, Changes, Kept, Row
from carbonspace.errors import BusyError, ServiceError
from carbonspace.model.plan import Input
from carbonspace.version import __version__

GOOD = ("done", "unchanged")
"""How a night ends after which the results are those of the data."""
_INPUTS = ("run", "layer", "source", "digest", "features", "crs")
_RUNS = """SELECT id, city, began, ended, version, status, host, pid, request, error
FROM {schema}.run WHERE city = %s ORDER BY id DESC LIMIT %s"""
_RUN = """SELECT id, city, began, ended, version, status, host, pid, request, error
FROM {schema}.run WHERE id = %s"""
_LAST_GOOD = """SELECT id, city, began, ended, version, status, host, pid, request, error
FROM {schema}.run WHERE city = %s AND status IN ('done', 'unchanged') ORDER BY id DESC LIMIT 1"""


class Run(NamedTuple):
    """One night of one city, as it is recorded."""

    id: int
    city: str
    began: datetime
    ended: datetime | None
    version: str
    status: str
    host: str | None
    pid: int | None
    request: str | None
    error: str | None


class Standing(NamedTuple):
    """How much of what holds now."""

    units: int
    verdicts: Mapping[str, int]


class Sql(Protocol):
    """What a store needs of a database."""

    schema: str

    def ask(self, text: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return what a statement gives."""

    def put(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Add rows to a table."""

    def close_rows(self, table: str, ids: Sequence[int], run: int, at: datetime) -> None:
        """Say of rows that they hold no more."""

    def transaction(self) -> AbstractContextManager[None]:
        """Have all that is done within it happen, or none of it."""

    def alone(self, city: str) -> AbstractContextManager[bool]:
        """Hold the lock of a city; false where somebody else does. It ends with the process."""

    def migrated(self) -> None:
        """Bring the tables to the form of this version."""

    def exists(self, table: str = "run") -> bool:
        """Return whether there is a table: of runs in this version and every earlier one."""

    def show(self, indicators: Sequence[str]) -> None:
        """Make what maps are drawn from, where the database can."""


class Store:
    """The history of cities in one database."""

    def __init__(self, sql: Sql) -> None:
        self.sql = sql

    @contextmanager
    def locked(self, city: str) -> Iterator[None]:
        """Hold a city alone, with the tables in the form of this version.

        Raises
        ------
        BusyError
            Another night of the city is under way.
        """
        self.sql.migrated()
        with self.sql.alone(city) as is_ours:
            if not is_ours:
                raise self._busy(city)
            yield

    def _busy(self, city: str) -> BusyError:
        run = next((one for one in self.runs(city) if one.status == "running"), None)
        who = f" ({run.host}, {run.pid}, {run.began:%Y-%m-%d %H:%M} UTC)" if run else ""
        return BusyError(
            f"{city}: another night of this city is under way{who}; nothing was done. Wait for it "
            "to end, or end that process: its lock goes with it.",
            f"{city}：该城市的另一次夜间计算正在进行{who}，本次未做任何事。"
            "请等其结束，或结束该进程，锁随进程释放。",
        )

    def begin(self, city: str, at: datetime) -> int:
        """Record that a night begins, and that those are lost which never ended."""
        with self.sql.transaction():
            self.sql.ask("UPDATE {schema}.run SET status = 'lost' WHERE city = %s "
                         "AND status = 'running' RETURNING id", [city])  # fmt: skip
            (row,) = self.sql.ask(
                "INSERT INTO {schema}.run (city, began, version, status, host, pid) "
                "VALUES (%s, %s, %s, 'running', %s, %s) RETURNING id",
                [city, at, __version__, socket.gethostname(), os.getpid()],
            )  # fmt: skip
        return int(row[0])

    def end(
        self, run: int, status: str, at: datetime, request: str | None = None, *,
        summary: Mapping[str, Any] | None = None, error: str | None = None,
        ledger: Any = None, timings: Any = None,
    ) -> None:  # fmt: skip
        """Record how a night ended.

        Raises
        ------
        ServiceError
            Somebody else has declared it lost meanwhile.
        """
        found = self.sql.ask(
            "UPDATE {schema}.run SET status = %s, ended = %s, request = %s, summary = %s, "
            "error = %s, ledger = %s, timings = %s WHERE id = %s AND status = 'running' "
            "RETURNING id",
            [status, at, request, _json(summary), error, _json(ledger), _json(timings), run],
        )  # fmt: skip
        if not found:
            raise ServiceError(
                f"run {run} was declared lost by another one; its results were not kept",
                f"第 {run} 次计算已被另一次计算判为中断，其结果未保存",
            )

    def end_own(self, city: str, status: str, at: datetime, error: str) -> None:
        """Record how the night that this process has begun ended, if it has begun one.

        Whoever is interrupted may not know yet that it had.
        """
        for run in self.runs(city, 1):
            if (run.status, run.host, run.pid) == ("running", socket.gethostname(), os.getpid()):
                self.end(run.id, status, at, error=error)

    def runs(self, city: str, most: int = 10_000) -> list[Run]:
        """Return the nights of a city, the last one first."""
        return [Run._make(row) for row in self.sql.ask(_RUNS, [city, most])]

    def run(self, run: int) -> Run | None:
        """Return a night; None where there is no such."""
        rows = self.sql.ask(_RUN, [run])
        return next((Run._make(row) for row in rows), None)

    def standing(self, city: str) -> Standing:
        """Return how many units and verdicts, by their status, hold now."""
        where = "WHERE city = %s AND to_run IS NULL"
        units = self.sql.ask(f"SELECT count(*) FROM {{schema}}.unit {where}", [city])
        found = self.sql.ask(f"SELECT status, count(*) FROM {{schema}}.verdict {where} "
                             "GROUP BY status", [city])  # fmt: skip
        return Standing(int(units[0][0]), {status: int(number) for status, number in found})

    def latest(self, city: str) -> datetime | None:
        """Return the latest time that is recorded of a city."""
        began = self.sql.ask("SELECT max(began) AS began, max(ended) AS ended FROM {schema}.run "
                             "WHERE city = %s", [city])  # fmt: skip
        return max((one for one in began[0] if one is not None), default=None)

    def message(self, run: int) -> dict[str, Any] | None:
        """Return what was told of a night; None where it came to nothing."""
        text = "SELECT CAST(summary AS text) FROM {schema}.run WHERE id = %s"
        said = next((row[0] for row in self.sql.ask(text, [run])), None)
        return None if said is None else dict(json.loads(said))

    def last_good(self, city: str) -> Run | None:
        """Return the last night after which the results were those of the data."""
        return next((Run._make(row) for row in self.sql.ask(_LAST_GOOD, [city])), None)

    def current(self, kept: Kept, city: str) -> list[tuple[int, Row]]:
        """Return the rows that hold now, with their ids."""
        rows = self.sql.ask(f"SELECT id, {', '.join(kept.columns)} FROM {{schema}}.{kept.name} "
                            "WHERE city = %s AND to_run IS NULL", [city])  # fmt: skip
        return [(int(row[0]), tuple(row[1:])) for row in rows]

    def keep(self, kept: Kept, city: str, found: Changes, run: int, at: datetime) -> None:
        """Close the rows that hold no more and add those of tonight."""
        self.sql.close_rows(kept.name, found.closed, run, at)
        columns = ("city", *kept.columns, "from_run", "valid_from")
        self.sql.put(kept.name, columns, [(city, *row, run, at) for row in found.added])

    def inputs(self, run: int) -> list[Input]:
        """Return what was read in a night."""
        rows = self.sql.ask("SELECT layer, source, digest, features, crs FROM {schema}.input "
                            "WHERE run = %s", [run])  # fmt: skip
        return [Input(*row) for row in rows]

    def put_inputs(self, run: int, inputs: Sequence[Input]) -> None:
        """Record what was read in a night."""
        self.sql.put("input", _INPUTS, [
            (run, one.layer, one.path, one.sha256, one.features, one.crs) for one in inputs
        ])  # fmt: skip

    def last_read(self, city: str) -> list[Input]:
        """Return what the results are made of: what was read in the last night that computed."""
        run = self.last_computed(city)
        return [] if run is None else self.inputs(run)

    def last_computed(self, city: str) -> int | None:
        """Return the last night that computed what holds now."""
        rows = self.sql.ask("SELECT max(id) FROM {schema}.run WHERE city = %s AND status = 'done'",
                            [city])  # fmt: skip
        return None if rows[0][0] is None else int(rows[0][0])

    def forget(self, city: str, before: datetime) -> None:
        """Delete what has not held since a moment, and the nights before it.

        What holds now stays, and so do the last night that computed and the last good one.
        """
        for kept in ALL_KEPT:
            self.sql.ask(f"DELETE FROM {{schema}}.{kept.name} WHERE city = %s AND valid_to < %s "
                         "RETURNING 1", [city, before])  # fmt: skip
        good = self.last_good(city)
        old = ("SELECT id FROM {schema}.run WHERE city = %s AND coalesce(ended, began) < %s "
               "AND id NOT IN (%s, %s)")  # fmt: skip
        values = [city, before, self.last_computed(city) or 0, good.id if good else 0]
        self.sql.ask(f"DELETE FROM {{schema}}.input WHERE run IN ({old}) RETURNING 1", values)
        self.sql.ask(f"DELETE FROM {{schema}}.delivery WHERE run IN ({old}) RETURNING 1", values)
        self.sql.ask(f"DELETE FROM {{schema}}.run WHERE id IN ({old}) RETURNING 1", values)


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False)
