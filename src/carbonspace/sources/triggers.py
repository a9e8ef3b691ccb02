"""A log of changes that triggers write: the SQL that installs it, and what it says.

Each statement that writes to a table leaves one row per transaction in the log, in the same
transaction. Rows are only ever added, so writers never wait for each other as they would for a
counter; a sequence would tell of changes before they can be seen, and those would be lost. That
rows were taken out of the log is logged, too: it may be shortened, and all counts as changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from carbonspace.model.text import Text
from carbonspace.sources.relations import Relation

if TYPE_CHECKING:
    from psycopg import Connection

SCHEMA = "carbonspace_changes"
_WATCHED = frozenset("rp")
_INSERT, _OTHERS = 4, 8 + 16 + 32
"""In pg_trigger.tgtype of triggers after each statement: insert; delete, update and truncate."""
_INSTALLED = f"""
SELECT t.tgrelid::bigint, t.oid::text, t.xmin::text, p.oid::text, p.xmin::text, md5(p.prosrc)
FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE t.tgrelid = ANY(%s::oid[]) AND n.nspname = '{SCHEMA}' AND p.proname = 'note'
AND t.tgtype = {_OTHERS} + CASE WHEN t.tgrelid = %s THEN 0 ELSE {_INSERT} END
AND t.tgenabled = 'A' AND t.tgattr = '' AND t.tgqual IS NULL
ORDER BY t.tgrelid, t.oid
"""
_READABLE = f"""
SELECT has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'), c.oid::bigint
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = '{SCHEMA}' AND c.relname = 'log'
"""
_LOGGED = f"""
SELECT count(*), md5(string_agg(relation || ' ' || transaction, ',' ORDER BY relation, transaction))
FROM {SCHEMA}.log WHERE relation = ANY(%s::oid[])
"""
_HEAD = f"""CREATE SCHEMA IF NOT EXISTS {SCHEMA};
CREATE TABLE IF NOT EXISTS {SCHEMA}.log (
    relation oid NOT NULL,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (relation, transaction)
);
CREATE OR REPLACE FUNCTION {SCHEMA}.note() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO {SCHEMA}.log (relation) VALUES (TG_RELID) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION {SCHEMA}.note() FROM PUBLIC;
"""
_TRIGGER = f"""DROP TRIGGER IF EXISTS {SCHEMA} ON {{table}};
CREATE TRIGGER {SCHEMA} AFTER {{kinds}} ON {{table}}
    FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.note();
ALTER TABLE {{table}} ENABLE ALWAYS TRIGGER {SCHEMA};
"""


def trigger_state(connection: Connection[Any], relations: Sequence[Relation]) -> list[Any] | Text:
    """Return what the log says of tables and who writes it, or why it cannot be used.

    A trigger that was switched off for a while is another than before.
    """
    if not can_have_triggers(relations):
        return NO_TABLE
    readable = connection.execute(_READABLE).fetchall()
    if not readable or not readable[0][0]:
        return _NO_LOG
    log = readable[0][1]
    numbers = [log, *(one.number for one in relations)]
    installed = connection.execute(_INSTALLED, [numbers, log]).fetchall()
    if {row[0] for row in installed} != {*numbers}:
        return _NO_TRIGGER
    return [installed, connection.execute(_LOGGED, [numbers]).fetchall()]


def can_have_triggers(relations: Iterable[Relation]) -> bool:
    """Return whether all of these are tables, on which such triggers see every change."""
    return {one.kind for one in relations} <= _WATCHED


_SHOW = Text("carbonspace batch --triggers 可打印安装用的 SQL",
             "carbonspace batch --triggers prints the SQL that installs it")  # fmt: skip
NO_TABLE = Text("只有表可以有触发器，视图和外部表没有；请改用 column 或 rows",
                 "only tables have such triggers, not views or foreign tables; use column or rows"
                 )  # fmt: skip
_NO_LOG = Text(f"没有可读取的 {SCHEMA}.log；{_SHOW.zh}", f"no {SCHEMA}.log can be read; {_SHOW.en}")
_NO_TRIGGER = Text(f"触发器未安装、已停用或不完整；{_SHOW.zh}",
                   f"the trigger is missing, switched off or not whole; {_SHOW.en}")  # fmt: skip


def sql_of_triggers(connection: Connection[Any], relations: Iterable[Relation], reader: str) -> str:
    """Return the SQL that has changes of tables logged, and lets a role read that.

    Parts of a table that is partitioned or inherited have a trigger each: statements may name
    them instead of the whole.
    """
    from psycopg.sql import SQL, Identifier

    grant = SQL(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {{role}};\n"
                f"GRANT SELECT ON {SCHEMA}.log TO {{role}};\n")  # fmt: skip
    names = dict.fromkeys((one.schema, one.name) for one in relations)
    others = SQL("UPDATE OR DELETE OR TRUNCATE")
    parts = [SQL(_TRIGGER).format(table=Identifier(SCHEMA, "log"), kinds=others)]
    parts += [SQL(_TRIGGER).format(table=Identifier(*name), kinds=SQL("INSERT OR ") + others)
              for name in names]  # fmt: skip
    whole = SQL(_HEAD) + SQL("").join(parts) + grant.format(role=Identifier(reader))
    return whole.as_string(connection)
