"""A table as the catalogue of PostgreSQL knows it, with the parts that it inherits to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from carbonspace.sources.database import Table

if TYPE_CHECKING:
    from psycopg import Connection

_RELATIONS = """
WITH RECURSIVE tree AS (
    SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = %s
    UNION SELECT i.inhrelid FROM pg_inherits AS i JOIN tree ON i.inhparent = tree.oid
)
SELECT c.oid::bigint, c.relkind::text, n.nspname::text, c.relname::text, c.relfilenode::bigint,
    c.relrowsecurity, c.relforcerowsecurity,
    pg_get_viewdef(CASE WHEN c.relkind IN ('v', 'm') THEN c.oid END),
    (SELECT array_agg(array[p.oid::text, p.xmin::text] ORDER BY p.oid)
     FROM pg_policy AS p WHERE p.polrelid = c.oid)
FROM tree JOIN pg_class AS c ON c.oid = tree.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace
ORDER BY c.oid
"""


class Relation(NamedTuple):
    """A table, or a part of it; `more` is what else of it counts: where it lies, rights on rows."""

    number: int
    kind: str
    schema: str
    name: str
    more: tuple[Any, ...]


def relations_of(connection: Connection[Any], table: Table) -> list[Relation]:
    """Return a table and all that it inherits to."""
    rows = connection.execute(_RELATIONS, [table.schema, table.table]).fetchall()
    return [Relation(number, kind, schema, name, tuple(more))
            for number, kind, schema, name, *more in rows]  # fmt: skip
