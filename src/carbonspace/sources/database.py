"""What a PostGIS database holds, asked in read-only transactions, its rows streamed in binary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple, cast

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from carbonspace.errors import SourceError
from carbonspace.sources.connection import asked_once
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.room import TooLargeError, most_bytes
from carbonspace.sources.stored import FINER, Built

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composed

_M_PER_DEGREE = 111_000
_ROWS_AT_ONCE = 10_000
_TYPES = {"int2": "integer", "int4": "integer", "int8": "integer", "float4": "number",
          "float8": "number", "numeric": "number", "bool": "flag", "date": "date",
          "timestamp": "date", "timestamptz": "date", "bytea": "binary"}  # fmt: skip
_CASTS: Mapping[str, LiteralString] = {"integer": "", "flag": "", "number": "::float8"}
_GEOMETRIES = """
SELECT f_table_schema, f_table_name, f_geometry_column, true FROM geometry_columns
WHERE has_table_privilege(format('%I.%I', f_table_schema, f_table_name), 'SELECT')
UNION ALL
SELECT f_table_schema, f_table_name, f_geography_column, false FROM geography_columns
WHERE has_table_privilege(format('%I.%I', f_table_schema, f_table_name), 'SELECT')
ORDER BY 1, 2, 3
"""
_FIELDS = """
SELECT column_name, udt_name FROM information_schema.columns
WHERE table_schema = %s AND table_name = %s AND udt_name NOT IN ('geometry', 'geography', 'raster')
ORDER BY ordinal_position
"""


class Table(NamedTuple):
    """A table or view with one of its geometry columns."""

    schema: str
    table: str
    geometry: str
    planar: bool

    @property
    def names(self) -> tuple[str, str, str]:
        """What plan.toml may call it, the shortest last."""
        return (f"{self.schema}.{self.table}.{self.geometry}", f"{self.schema}.{self.table}",
                self.table)  # fmt: skip


_DECLARED = """
SELECT postgis_typmod_srid(a.atttypmod) FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = %s AND a.attname = %s AND c.relkind IN ('r', 'p')
"""


class Rows(NamedTuple):
    """What came out of a table."""

    fields: pd.DataFrame
    shapes: Built
    crs: str | None


def tables_of(connection: Connection[Any]) -> list[Table]:
    """Return the tables and views with geometry that may be read, in order of name.

    Raises
    ------
    SourceError
        The database has no PostGIS.
    """
    from psycopg import errors

    try:
        return [Table(*row) for row in connection.execute(_GEOMETRIES).fetchall()]
    except errors.UndefinedTable as error:
        raise SourceError(
            "the database has no PostGIS: CREATE EXTENSION postgis",
            "数据库没有 PostGIS 扩展：CREATE EXTENSION postgis",
        ) from error


def fields_of(connection: Connection[Any], table: Table) -> dict[str, str]:
    """Return the type of each field that is no geometry."""
    rows = connection.execute(_FIELDS, (table.schema, table.table)).fetchall()
    return {name: _TYPES.get(kind, "text") for name, kind in rows}


def srids_of(connection: Connection[Any], table: Table, where: str | None = None) -> list[int]:
    """Return the SRIDs that the geometries of a table have, or the one that they have to have."""
    if where is None and (declared := _declared(connection, table)):
        return [declared]
    query = query_of("SELECT DISTINCT ST_SRID({geometry}) FROM {table} "
                     "WHERE {geometry} IS NOT NULL AND ", table, where)  # fmt: skip
    # Binary results come by a protocol that takes one statement: `where` cannot add another.
    rows = asked_once(connection, query.as_string(connection),
                      lambda: connection.execute(query, binary=True).fetchall())  # fmt: skip
    return sorted(int(row[0]) for row in rows)


def _declared(connection: Connection[Any], table: Table) -> int:
    """Return the SRID without which no row comes into a table; 0 where it may have any."""
    column = [table.schema, table.table, table.geometry]
    rows = asked_once(connection, f"{_DECLARED} {column}",
                      lambda: connection.execute(_DECLARED, column).fetchall())  # fmt: skip
    return int(rows[0][0]) if rows else 0


def extent_of(connection: Connection[Any], table: Table) -> tuple[int, Bounds | None]:
    """Return the number of rows of a table and the bounds of its geometries."""
    query = query_of("SELECT n, ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT "
                   "count(*) AS n, ST_Extent({geometry}) AS e FROM {table}) AS whole WHERE ",
                   table, None)  # fmt: skip
    count, *corners = connection.execute(query).fetchall()[0]
    return int(count), None if corners[0] is None else cast(Bounds, tuple(corners))


def rows_of(
    connection: Connection[Any], table: Table, types: Mapping[str, str], srid: int, *,
    where: str | None = None, limit: int | None = None, chord: float = 0.01,
    box: Bounds | None = None,
) -> Rows:  # fmt: skip
    """Return rows of a table, geometry in two dimensions and without arcs.

    Parameters
    ----------
    types
        The fields to read, with their types as `fields_of` says them.
    srid
        Of its geometries; 0 where they have none.
    where
        A condition in SQL; it runs read-only like everything here.
    chord
        How many metres a segment may be away from the arc it stands for.
    box
        Only what touches it, in the coordinates of the table; the database sees it a little larger.
    """
    from psycopg.sql import SQL, Literal

    crs = crs_of(connection, srid)
    fields = values_of(types)
    if crs and CRS.from_user_input(crs).is_geographic:
        chord /= _M_PER_DEGREE
    # Not ST_Area of the curves: it takes 32 segments to a quarter, which may be too few.
    query = query_of(
        "SELECT {fields}, ST_AsBinary(ST_Force2D(CASE WHEN ST_HasArc({geometry}) THEN "
        "ST_CurveToLine({geometry}, {finer}, 1, 1) END)), "
        "ST_AsBinary(ST_Force2D(ST_CurveToLine({geometry}, {chord}, 1, 1))) FROM {table} WHERE ",
        table, where, fields=SQL(", ").join([*fields, SQL("1")]), chord=Literal(chord),
        finer=Literal(chord / FINER),
    ) + near(table, box, srid) + SQL(" LIMIT {}").format(Literal(limit))  # fmt: skip
    *values, _, arcs, wkb = _fetched(connection, query, len(types) + 3)
    columns = {n: _series(found, types[n]) for n, found in zip(types, values, strict=True)}
    return Rows(pd.DataFrame(columns, index=range(len(wkb))), _shapes(wkb, arcs), crs)


def near(table: Table, box: Bounds | None, srid: int) -> Composed:
    """Return the condition that a feature is near a box: one that an index answers."""
    from psycopg.sql import SQL, Composed, Identifier, Literal

    if box is None:
        return Composed([])
    envelope = SQL(", ").join(map(Literal, [*box, srid]))
    planar = SQL("" if table.planar else "::geometry")
    return SQL(" AND {}{} && ST_MakeEnvelope({})").format(
        Identifier(table.geometry), planar, envelope
    )


def _shapes(wkb: Sequence[Any], arcs: Sequence[Any]) -> Built:
    """Return the shapes of rows; `arcs` are those that have any, nearly as stored."""
    geometry = shapely.from_wkb(np.array(wkb, dtype=object), on_invalid="ignore")
    curved = np.flatnonzero([one is not None for one in arcs])
    finer = shapely.from_wkb(np.array(arcs, dtype=object)[curved])
    return Built(geometry, curved=curved, arcs=finer)


def values_of(types: Mapping[str, str]) -> list[Composed]:
    """Return the fields of a table as they are read."""
    from psycopg.sql import SQL, Identifier

    return [Identifier(n) + SQL(_CASTS.get(kind, "::text")) for n, kind in types.items()]


def query_of(text: LiteralString, table: Table, where: str | None, **more: Any) -> Composed:
    """Return a query that ends in its condition, with names quoted."""
    from psycopg.sql import SQL, Identifier

    planar = SQL("" if table.planar else "::geometry")
    condition = SQL(f"({where}\n)" if where else "true")
    return SQL(text).format(
        table=Identifier(table.schema, table.table), geometry=Identifier(table.geometry) + planar,
        **more,
    ) + condition  # fmt: skip


def _fetched(connection: Connection[Any], query: Composed, width: int) -> list[list[Any]]:
    """Return the columns of a result, fetched in parts so that too much of it is not held."""
    columns: list[list[Any]] = [[] for _ in range(width)]
    size, limit = 0, most_bytes()
    with connection.cursor("carbonspace", binary=True) as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            for column, values in zip(columns, zip(*rows, strict=True), strict=True):
                column.extend(values)
            size += sum(len(wkb) for row in rows for wkb in row[-2:] if wkb is not None)
            if size > limit:
                raise TooLargeError(limit, len(columns[0]))
    return columns


def _series(values: Sequence[Any], kind: str) -> pd.Series:
    dtype = {"number": "float64", "text": "str", "date": "str", "flag": "boolean"}.get(kind)
    return pd.Series(values, dtype=dtype or object)


def crs_of(connection: Connection[Any], srid: int) -> str | None:
    """Return what an SRID stands for; None for 0 and for what is not known."""
    query = "SELECT auth_name || ':' || auth_srid, srtext FROM spatial_ref_sys WHERE srid = %s"
    for name in (one for row in connection.execute(query, (srid,)).fetchall() for one in row):
        try:
            return CRS.from_user_input(name).to_string()
        except CRSError:
            continue
    return None
