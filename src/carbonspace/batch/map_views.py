"""A view of each indicator, one row per unit with its place: what QGIS and web maps open."""

from __future__ import annotations

from collections.abc import Sequence

from carbonspace.batch.store import Sql

_PREFIX = "map_"
_RANK = "array_position(ARRAY['not_met', 'exempt', 'no_data', 'met', 'no_target'], v.status)"
_BODY = (
    "SELECT DISTINCT ON (u.id) u.id, u.city, u.unit_id, own.value, own.unit, v.status, v.profile, "
    "v.target, v.margin, v.clause, v.clause_zh, v.reason, v.reason_zh, v.valid_from, "
    "ST_Multi(u.geometry)::geometry(MultiPolygon, {srid}) AS geometry "
    "FROM {{schema}}.current_unit u JOIN {{schema}}.current_verdict v USING (city, unit_id) "
    "JOIN {{schema}}.current_verdict own USING (city, unit_id) "
    "WHERE v.level = 'unit' AND v.indicator = '{key}' AND own.level = 'unit' "
    f"AND own.indicator = '{{key}}' "
    f"ORDER BY u.id, {_RANK}, v.id, own.parameters IS NOT NULL, own.id"
)
_MADE = """SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind = 'v' AND c.relname LIKE 'map\\_%%'"""


def show(sql: Sql, schema: str, indicators: Sequence[str]) -> None:
    """Make the views of indicators where they are not what they should be.

    Where the cities of a schema are in several CRSs, geometry has none: a layer has one only.
    """
    if _lacking(sql, schema, indicators):
        sql.ask("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"carbonspace {schema}"])
    for key, told, body in _lacking(sql, schema, indicators):
        name = f"{_PREFIX}{key}"
        sql.ask(f"DROP VIEW IF EXISTS {{schema}}.{name}")
        sql.ask(f"CREATE VIEW {{schema}}.{name} AS {body}")
        sql.ask(f"COMMENT ON VIEW {{schema}}.{name} IS '{told}'")


def _lacking(sql: Sql, schema: str, indicators: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return the indicators whose view is not as it should be: what is said of it, and its query.

    Another night of the schema may be making them at the same time.
    """
    srids = sql.ask("SELECT DISTINCT ST_SRID(geometry) FROM {schema}.current_unit")
    srid = int(srids[0][0]) if len(srids) == 1 else 0
    made = {str(name): said for name, said in sql.ask(_MADE, [schema])}
    told = f"carbonspace 1, SRID {srid}"
    return [(key, told, _BODY.format(srid=srid, key=key)) for key in indicators
            if made.get(f"{_PREFIX}{key}") != told]  # fmt: skip
