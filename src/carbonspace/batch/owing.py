"""What nights still owe: messages that wait for a way, and an output that is to be written again.

Results are kept first and told afterwards, so that whatever ends a night between the two, or
stands in the way of telling, leaves something owed. The next night makes good for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from carbonspace.batch.cityfile import City
from carbonspace.batch.store import GOOD, Store
from carbonspace.batch.stores import store_of

FILES = "files"
"""The way of messages that are written into a folder, beside those that are sent."""
_OUTPUT = "output"
_KNOWN = "SELECT run, sent FROM {schema}.delivery WHERE city = %s AND channel = %s"
_CHANGED = """SELECT unit_id FROM {schema}.verdict WHERE city = %s AND from_run >= %s
AND level = 'unit' UNION SELECT unit_id FROM {schema}.unit WHERE city = %s AND from_run >= %s"""


def pending(store: Store, city: City, way: str) -> list[int]:
    """Return the nights whose message is still to go a way, the oldest first.

    They begin after the last one that went it, for they go in their order; else with the first
    that was to, else with the last night.
    """
    if not store.sql.exists("delivery"):  # a history of before, at which one only looks
        return []
    known = {int(run): sent for run, sent in store.sql.ask(_KNOWN, [city.name, way])}
    good = sorted(one.id for one in store.runs(city.name) if one.status in GOOD)
    went = [run for run, sent in known.items() if sent is not None]
    first = max(went) + 1 if went else min(known, default=good[-1] if good else 0)
    waiting = [run for run in good if run >= first]
    if not city.only_changes:
        return waiting
    return [run for run in waiting if (store.message(run) or {}).get("changes")]


def record(store: Store, city: City, run: int, way: str, error: str | None = None) -> None:
    """Record that a message went a way, or why it could not."""
    key = [run, city.name, way]
    with store.sql.transaction():
        before = store.sql.ask("DELETE FROM {schema}.delivery WHERE run = %s AND city = %s AND "
                               "channel = %s RETURNING tries", key)  # fmt: skip
        tries = 1 + sum(int(row[0]) for row in before)
        sent = datetime.now(UTC) if error is None else None
        store.sql.put("delivery", ("run", "city", "channel", "tries", "sent", "error"),
                      [(*key, tries, sent, error)])  # fmt: skip


def owe_output(store: Store, city: City, run: int) -> None:
    """Record with the results of a night that its output is still to be written."""
    if city.output is not None:
        store.sql.put("delivery", ("run", "city", "channel", "tries"),
                      [(run, city.name, _OUTPUT, 0)])  # fmt: skip


def owes_output(store: Store, city: City) -> bool:
    """Tell whether a night kept its results and never came to write its output."""
    return city.output is not None and bool(store.sql.ask(_KNOWN, [city.name, _OUTPUT]))


def units_owed(store: Store, city: City) -> set[str]:
    """Return the units that changed since the first night whose output is still to be written."""
    owed = store.sql.ask(_KNOWN, [city.name, _OUTPUT])
    if not owed:
        return set()
    since = min(int(run) for run, _ in owed)
    return {str(row[0]) for row in store.sql.ask(_CHANGED, [city.name, since] * 2)}


def paid(city: City, write: Callable[[], Path | None]) -> Path | None:
    """Write the output; only then none is owed any more."""
    folder = write()
    if city.output is not None:
        with store_of(city) as store:
            store.sql.ask("DELETE FROM {schema}.delivery WHERE city = %s AND channel = %s "
                          "RETURNING 1", [city.name, _OUTPUT])  # fmt: skip
    return folder
