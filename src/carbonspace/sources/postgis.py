"""Layers of a PostGIS database become canonical layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text, quoted
from carbonspace.sources import faults
from carbonspace.sources.columns import canonical
from carbonspace.sources.connection import connected
from carbonspace.sources.database import (
    Table,
    extent_of,
    fields_of,
    rows_of,
    srids_of,
    tables_of,
)
from carbonspace.sources.dataset import LOOKED_THROUGH, Dataset, kind_of, spread
from carbonspace.sources.dsn import has_password, without_password
from carbonspace.sources.fieldnames import source_fields
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.uom import uom_fields, uoms_said
from carbonspace.sources.vector import Read, finished

if TYPE_CHECKING:
    from psycopg import Connection


def postgis_datasets(source: str) -> list[Dataset]:
    """Return the tables and views with geometry of a database, named without a password.

    Raises
    ------
    ServiceError, SourceError
        The database does not answer; it cannot be asked.
    """
    with connected(source) as connection:
        tables = tables_of(connection)
        return [_dataset(connection, source, table, _name(table, tables)) for table in tables]


def read_postgis(source: LayerSource) -> Read:
    """Return one canonical layer of a database, or every reason why it cannot be used.

    Raises
    ------
    ServiceError, SourceError
        The database does not answer; it cannot be asked.
    """
    from psycopg import errors

    if source.encoding:
        return Read(None, [faults.not_for(source, "encoding", "PostGIS")])
    with connected(source.source) as connection:
        tables = tables_of(connection)
        found = [table for table in tables if source.layer in table.names]
        if len(found) != 1:
            return Read(None, [faults.no_layer(source, [_name(t, tables) for t in tables])])
        types = fields_of(connection, found[0])
        try:
            return _read(connection, source, found[0], types)
        except (errors.ProgrammingError, errors.DataError) as error:
            if source.where is None:
                raise
            reason = " ".join(str(error).split())
            return Read(None, [faults.bad_where(source, types, quoted(reason))])


def _read(
    connection: Connection[Any], source: LayerSource, table: Table, types: dict[str, str]
) -> Read:
    fields, notes = source_fields(source, [*types])
    if any(note.severity == "error" for note in notes):
        return Read(None, notes)
    srids = srids_of(connection, table, source.where)
    if len(srids) > 1:
        return Read(None, [_mixed(source, srids)])
    wanted = dict.fromkeys([*fields.values(), *(e.field for e in source.extract.values()),
                            *uom_fields(source, fields, types).values()])  # fmt: skip
    rows = rows_of(connection, table, {name: types[name] for name in wanted}, sum(srids),
                   where=source.where, chord=source.policy("curves").limit)  # fmt: skip
    columns, bad = canonical(rows.fields, source, fields)
    read = finished(source, columns, rows.shapes.geometry, rows.crs)
    curved = [faults.stroked(source)] if len(rows.shapes.curved) else []
    whole = read._replace(mended=rows.shapes.mended(source.key),
                          uoms=uoms_said(rows.fields, source, fields))  # fmt: skip
    return whole.after([*notes, *curved, *bad])


def _dataset(connection: Connection[Any], source: str, table: Table, name: str) -> Dataset:
    types = fields_of(connection, table)
    srids = srids_of(connection, table)
    count, bounds = extent_of(connection, table)
    srid = srids[0] if len(srids) == 1 else 0
    rows = rows_of(connection, table, types, srid, limit=LOOKED_THROUGH)
    frame = gpd.GeoDataFrame(rows.fields, geometry=rows.shapes.geometry)
    return Dataset(
        without_password(source), name, kind_of(rows.shapes.geometry), tuple(types.items()), count,
        rows.crs, bounds, spread(frame), (_left_out(source),) if has_password(source) else (),
    )  # fmt: skip


def _name(table: Table, tables: Sequence[Table]) -> str:
    """Return the name of a table, with its geometry column where it has several."""
    full, usual, _ = table.names
    return usual if sum(other[:2] == table[:2] for other in tables) == 1 else full


def _mixed(source: LayerSource, srids: Sequence[int]) -> Finding:
    return Finding(
        "error", source.key,
        Text("图层混有多个坐标系", "The layer mixes several CRSs"),
        f"SRID {', '.join(map(str, srids))}", Text("一个坐标系", "one CRS"),
        Text("用 where 选出其中一个，例如 where = \"ST_SRID(geom) = 4547\"。",
             "Select one of them, for instance where = \"ST_SRID(geom) = 4547\"."),
    )  # fmt: skip


def _left_out(source: str) -> Finding:
    return Finding(
        "note", without_password(source),
        Text("密码不写入 plan.toml", "The password is not written into plan.toml"),
        Text("连接中的密码", "a password"),
        Text("不含密码的连接", "a connection without its password"),
        Text("改用 ~/.pgpass、PGPASSWORD 或 pg_service.conf。",
             "Use ~/.pgpass, PGPASSWORD or pg_service.conf."),
    )  # fmt: skip
