"""Whether a table may have changed, told without its rows: by a column, versions or triggers.

What is asked comes to a digest. Where it is that of another night the rows are the same; where it
is another they may be the same or not, and their own digest tells. So whatever is in doubt goes
into it: the server that was started again, the table that was written anew, the rights on rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Text
from carbonspace.sources.connection import asked_once
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.layer_table import LayerTable
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.relations import Relation, relations_of
from carbonspace.sources.table_digest import TableDigest, digest_of_kinds
from carbonspace.sources.triggers import trigger_state

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composable

WAYS = ("rows", "versions", "column", "triggers")
"""How a table is watched: rows are always hashed, or only where something else says so."""
_COMPARED = ("integer", "number", "date")
_VERSIONED = frozenset("rpm")
_SERVER = """
SELECT has_function_privilege('pg_control_system()', 'EXECUTE'),
has_function_privilege('pg_control_checkpoint()', 'EXECUTE'),
oid::text, pg_postmaster_start_time()::text, current_user::text,
current_setting('server_version_num'), current_setting('TimeZone'), current_setting('DateStyle'),
current_setting('IntervalStyle'), current_setting('bytea_output'),
current_setting('extra_float_digits')
FROM pg_database WHERE datname = current_database()
"""
_MEANING = """
SELECT postgis_lib_version(),
(SELECT md5(string_agg(row(s.*)::text, '' ORDER BY srid)) FROM spatial_ref_sys AS s)
"""
_COLUMNS = """
SELECT a.attname::text, format_type(a.atttypid, a.atttypmod),
(SELECT array_agg(enumlabel::text ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = a.atttypid)
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""


class Watch(NamedTuple):
    """How a table is watched; a column has a name."""

    way: str = "rows"
    column: str | None = None


class _Asked(NamedTuple):
    connection: Connection[Any]
    source: LayerSource
    found: LayerTable
    watch: Watch
    relations: list[Relation]

    @property
    def has_versions(self) -> bool:
        return {one.kind for one in self.relations} <= _VERSIONED

    def kinds(self, values: Sequence[Composable], *told: Composable) -> TableDigest:
        where = self.source.where
        return digest_of_kinds(self.connection, self.found.table, values, where, told)


def meaning_of(connection: Connection[Any], source: LayerSource, found: LayerTable) -> str:
    """Return what gives the rows of a table their meaning: its columns, their types, the CRSs."""
    known = asked_once(connection, _MEANING, lambda: connection.execute(_MEANING).fetchall())
    table = [found.table.schema, found.table.table]
    columns = connection.execute(_COLUMNS, table).fetchall()
    return _digest([known, found.table, columns, found.wanted, source.where])


def state_of(
    connection: Connection[Any], source: LayerSource, found: LayerTable, watch: Watch
) -> str | Text:
    """Return what a table is known by as it is watched, or why it cannot be watched so."""
    relations = relations_of(connection, found.table)
    said = _WATCHED[watch.way](_Asked(connection, source, found, watch, relations))
    if isinstance(said, Text):
        return said
    server = asked_once(connection, _SERVER, lambda: _server(connection))
    return _digest([watch, server, relations, meaning_of(connection, source, found), said])


def versions_within(
    connection: Connection[Any], source: LayerSource, found: LayerTable, box: Bounds
) -> str | None:
    """Return what tells whether the rows that touch a box are others; None: it cannot be told.

    By which transactions they were written, and how many by each: a row that comes into the box
    was written by a later one, and one that leaves it is missing.
    """
    whole = versioned(connection, source, found)
    if whole is None:
        return None
    here = digest_of_kinds(connection, found.table, _version(), source.where, box=box)
    return _digest([whole, here])


def versioned(connection: Connection[Any], source: LayerSource, found: LayerTable) -> str | None:
    """Return what else than versions tells whether rows are others; None: rows have none."""
    key = repr((found.table, found.wanted, source.where))
    relations = asked_once(connection, f"relations {key}",
                           lambda: relations_of(connection, found.table))  # fmt: skip
    if not _Asked(connection, source, found, Watch("versions"), relations).has_versions:
        return None
    server = asked_once(connection, _SERVER, lambda: _server(connection))
    meaning = asked_once(connection, f"meaning {key}",
                         lambda: meaning_of(connection, source, found))  # fmt: skip
    return _digest([server, relations, meaning])


def _server(connection: Connection[Any]) -> list[Any]:
    """Return what another server, or this one taken back to another day, differs in."""
    (row,) = connection.execute(_SERVER).fetchall()
    may_system, may_checkpoint, *told = row
    if may_system:
        told += connection.execute("SELECT system_identifier FROM pg_control_system()").fetchall()
    if may_checkpoint:
        told += connection.execute("SELECT timeline_id FROM pg_control_checkpoint()").fetchall()
    return list(told)


def _digest(value: list[Any]) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()


def _versions(asked: _Asked) -> Any:
    """Return by which transactions the rows were written, and how many by each.

    Whoever inserts or updates rows does it in a transaction that no row is of as yet, and whoever
    deletes some leaves fewer.
    """
    return asked.kinds(_version()) if asked.has_versions else _NO_VERSIONS


def _version() -> list[Composable]:
    from psycopg.sql import SQL

    return [SQL("tableoid"), SQL("xmin")]


def _column(asked: _Asked) -> Any:
    """Return what the column says of all rows: what is late, or back in time, or gone counts, too.

    Of each version of rows it is the least and the greatest value; where rows have no versions,
    every value with the id of its feature.
    """
    from psycopg.sql import SQL, Identifier

    name = asked.watch.column or ""
    if asked.found.present.get(name) not in _COMPARED:
        return _NO_COLUMN.filled(name=repr(name))
    if asked.has_versions:
        ends = (SQL(f"{one}({{}})").format(Identifier(name)) for one in ("min", "max"))
        return asked.kinds(_version(), *ends)
    number = asked.found.fields.get(LAYERS[asked.source.key].id)
    ids = [] if number is None else [Identifier(number) + SQL("::text")]
    return asked.kinds([Identifier(name), *ids])


def _triggers(asked: _Asked) -> Any:
    """Return what the log of changes says; of a filter also which rows it selects."""
    said = trigger_state(asked.connection, asked.relations)
    if isinstance(said, Text) or asked.source.where is None:
        return said
    return [said, _versions(asked)]


_WATCHED: dict[str, Callable[[_Asked], Any]] = {
    "versions": _versions, "column": _column, "triggers": _triggers,
}  # fmt: skip
_NO_VERSIONS = Text(
    "只有表才有行版本，视图和外部表没有；请改用 column 或 rows",
    "only tables have versions of rows, not views or foreign tables; use column or rows",
)
_NO_COLUMN = Text("没有可用的变更字段 {name}（须为时间或数值）",
                  "there is no column of changes {name} (a time or a number)")  # fmt: skip
