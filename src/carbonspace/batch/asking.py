"""What a night asks of the tables of its plan, and what is kept of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from carbonspace.batch.cityfile import City
from carbonspace.batch.store import Store
from carbonspace.model.layers import LAYERS
from carbonspace.model.plan import Plan
from carbonspace.sources.planfile import plan_file
from carbonspace.sources.table_digest import TableDigest
from carbonspace.sources.tables_now import FAULTY, TableNow, tables_now
from carbonspace.sources.trigger_sql import trigger_sql
from carbonspace.sources.watched import Watch

_COLUMNS = ("layer", "source", "place", "meaning", "state", "features", "digest", "parts")


def tables_tonight(store: Store, city: City, *, full: bool, check: bool) -> list[TableNow]:
    """Return what the tables of the plan hold; those that are as they were are known by that.

    Raises
    ------
    InputError
        plan.toml cannot be read.
    ServiceError, SourceError
        A database does not answer; it cannot be asked.
    """
    before = {} if full else {one.key: one for one in _kept(store, city.name)}
    return tables_now(plan_file(city.plan), partial(_watch, city), before, check=check)


def _kept(store: Store, city: str) -> list[TableNow]:
    found = store.sql.ask(f"SELECT {', '.join(_COLUMNS)} FROM {{schema}}.table_state "
                         "WHERE city = %s", [city])  # fmt: skip
    return [_held(*row) for row in found]


def _held(layer: str, source: str, place: str, meaning: str, state: str | None, rows: int,
          digest: str, parts: str) -> TableNow:  # fmt: skip
    return TableNow(layer, source, place, meaning, state, TableDigest(rows, digest, parts))


def keep_tables(store: Store, city: str, run: int, tables: Sequence[TableNow]) -> None:
    """Keep what the tables hold and are known by, instead of what was kept of them before."""
    store.sql.ask("DELETE FROM {schema}.table_state WHERE city = %s RETURNING 1", [city])
    store.sql.put("table_state", ("city", *_COLUMNS, "run"), [
        (city, *one.key, one.meaning, one.state, one.digest.rows, one.digest.sha256,
         one.digest.parts, run)
        for one in tables if one.digest.rows != FAULTY
    ])  # fmt: skip


def question(tables: Sequence[TableNow]) -> list[list[str]]:
    """Return what of the tables determines the results."""
    return sorted([*one.key, one.meaning, one.digest.sha256] for one in tables)


def is_whole(plan: Plan, tables: Sequence[TableNow]) -> bool:
    """Return whether all tables that can be used were read: else they are tried again."""
    read = {(one.layer, one.path) for one in plan.inputs}
    return all((one.layer, one.source) in read for one in tables if one.digest.rows != FAULTY)


def missed(tables: Sequence[TableNow]) -> list[dict[str, Any]]:
    """Return of which tables rows differ though nothing told so."""
    return [{"layer": one.layer, "source": one.source, "place": one.place, "rows": one.missed}
            for one in tables if one.missed]  # fmt: skip


def unwatched(tables: Sequence[TableNow]) -> list[dict[str, Any]]:
    """Return which tables cannot be watched as city.toml says, and why."""
    return [{"layer": one.layer, "source": one.source, "place": one.place,
             "why": one.unwatched._asdict()} for one in tables if one.unwatched]  # fmt: skip


def sql_of_changes(city: City) -> dict[str, str]:
    """Return by database the SQL that has changes logged of the layers that are to have triggers.

    Raises
    ------
    InputError
        plan.toml cannot be read, or a layer has no table that can have triggers.
    ServiceError, SourceError
        A database does not answer; it cannot be asked.
    """
    return trigger_sql(plan_file(city.plan), lambda key: _watch(city, key).way == "triggers")


def watched_layers(city: City) -> frozenset[str]:
    """Return the layers of which something else than their rows tells whether they changed."""
    return frozenset(key for key in LAYERS if _watch(city, key).way != "rows")


def _watch(city: City, layer: str) -> Watch:
    return city.watch_in.get(layer, city.watch)
