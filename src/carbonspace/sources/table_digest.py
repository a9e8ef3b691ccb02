"""What a table holds, hashed by the server: rows need not travel to be known.

The SHA-256 of each row, of the very values that would be read, sorted, hashed again: whatever the
order of rows, another content has another digest. Rows are kept in 256 parts by their first byte,
so that no part outgrows what a value may hold, and parts that differ tell how many rows do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from carbonspace.sources.connection import asked_once
from carbonspace.sources.database import Table, near, query_of, srids_of, values_of

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composable, Composed

    from carbonspace.sources.dataset import Bounds

_PARTS = 256
_DIGITS = 8


class TableDigest(NamedTuple):
    """What identifies rows: their number, the digest of all, and a short one of each part."""

    rows: int
    sha256: str
    parts: str


def digest_of_rows(
    connection: Connection[Any], table: Table, types: Mapping[str, str], where: str | None = None,
    known: TableDigest | None = None, box: Bounds | None = None,
) -> TableDigest:  # fmt: skip
    """Return what identifies the rows of a table, as far as they are read.

    `types` are the fields that count, `where` is a condition and `box` a place, as for `rows_of`.
    `known` is what it would come to, where that is known.
    """
    from psycopg.sql import SQL, Identifier

    shape = SQL("ST_AsEWKB({}, 'NDR')").format(
        Identifier(table.geometry) + SQL("" if table.planar else "::geometry"))  # fmt: skip
    place = _near(connection, table, where, box)
    query = _hashed([*values_of(types), shape], table, where, place)
    return asked_once(connection, query.as_string(connection),
                      lambda: known or _asked(connection, query))  # fmt: skip


def digest_of_kinds(
    connection: Connection[Any], table: Table, values: Sequence[Composable], where: str | None,
    told: Sequence[Composable] = (), box: Bounds | None = None,
) -> TableDigest:  # fmt: skip
    """Return what identifies which values there are in a table, and how often: quicker than rows.

    `values` are expressions over its columns that can be grouped by, `told` are aggregates that
    are asked of each group besides how many rows it has. `where` and `box` as for rows.
    """
    return _asked(connection, _hashed(values, table, where, _near(connection, table, where, box),
                                      told))  # fmt: skip


def _near(
    connection: Connection[Any], table: Table, where: str | None, box: Bounds | None
) -> Composed:
    return near(table, box, sum(srids_of(connection, table, where)) if box else 0)


def _asked(connection: Connection[Any], query: Composed) -> TableDigest:
    # Binary results come by a protocol that takes one statement: `where` cannot add another.
    return _digest(connection.execute(query, binary=True).fetchall())


def differing(before: str, after: str) -> int:
    """Return how many rows differ at least, told from the parts of two digests.

    A row that was changed is in two parts, one that was added or removed in one.
    """
    pairs = zip(_cut(before), _cut(after), strict=True)
    return -(-sum(one != other for one, other in pairs) // 2)


def _cut(parts: str) -> list[str]:
    return [parts[n : n + _DIGITS] for n in range(0, _PARTS * _DIGITS, _DIGITS)]


def _hashed(
    values: Sequence[Composable], table: Table, where: str | None, place: Composed,
    told: Sequence[Composable] | None = None,
) -> Composed:  # fmt: skip
    from psycopg.sql import SQL

    row: Composable = SQL(", ").join(values)
    groups: Composable = SQL("")
    if told is not None:
        groups = SQL(" GROUP BY ") + row
        row = SQL(", ").join([*values, *told, SQL("count(*)")])
    # OFFSET 0: else each row is hashed once for its part and once more for the whole.
    return query_of(
        "SELECT get_byte(h, 0), count(*), sha256(string_agg(h, ''::bytea ORDER BY h)) FROM ("
        "SELECT sha256(record_send(ROW({row}))) AS h FROM {table} WHERE ", table, where, row=row,
    ) + place + groups + SQL(" OFFSET 0) AS hashed GROUP BY 1 ORDER BY 1")  # fmt: skip


def _digest(rows: Sequence[tuple[Any, ...]]) -> TableDigest:
    found = {number: digest.hex() for number, _, digest in rows}
    text = "".join(f"{found.get(number, '')}\n" for number in range(_PARTS))
    parts = "".join(found.get(number, "0" * _DIGITS)[:_DIGITS] for number in range(_PARTS))
    count = sum(int(count) for _, count, _ in rows)
    return TableDigest(count, hashlib.sha256(text.encode()).hexdigest(), parts)
