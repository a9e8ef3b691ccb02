"""Layers of a PostGIS database become canonical layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text, quoted
from carbonspace.sources import faults
from carbonspace.sources.columns import canonical
from carbonspace.sources.connection import connected, side_by_side
from carbonspace.sources.database import (
    Table,
    extent_of,
    fields_of,
    rows_of,
    srids_of,
    tables_of,
)
from carbonspace.sources.dataset import LOOKED_THROUGH, Bounds, Dataset, kind_of, spread
from carbonspace.sources.dsn import has_password, without_password
from carbonspace.sources.layer_table import LayerTable, name_in_plan, table_of_layer
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.table_digest import digest_of_rows
from carbonspace.sources.uom import uoms_said
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
        return [
            _dataset(connection, source, table, name_in_plan(table, tables)) for table in tables
        ]


def read_postgis(sources: Sequence[LayerSource], _: str | None) -> list[Read]:
    """Return canonical layers of a database, or every reason why they cannot be used.

    Raises
    ------
    ServiceError, SourceError
        The database does not answer; it cannot be asked.
    """
    return side_by_side(_read, sources)


def _read(source: LayerSource) -> Read:
    from psycopg import errors

    with connected(source.source) as connection:
        found = table_of_layer(connection, source)
        if not isinstance(found, LayerTable):
            return Read(None, found)
        try:
            return _rows(connection, source, found)
        except (errors.ProgrammingError, errors.DataError) as error:
            if source.where is None:
                raise
            reason = " ".join(str(error).split())
            return Read(None, [faults.bad_where(source, found.present, quoted(reason))])


def _rows(connection: Connection[Any], source: LayerSource, found: LayerTable) -> Read:
    srids = srids_of(connection, found.table, source.where)
    if len(srids) > 1:
        return Read(None, [mixed(source, srids)])
    rows = rows_of(connection, found.table, found.wanted, sum(srids), where=source.where,
                   chord=source.policy("curves").limit)  # fmt: skip
    columns, bad = canonical(rows.fields, source, found.fields)
    read = finished(source, columns, rows.shapes.geometry, rows.crs)
    curved = [faults.stroked(source)] if len(rows.shapes.curved) else []
    digest = digest_of_rows(connection, found.table, found.wanted, source.where).sha256
    whole = read._replace(mended=rows.shapes.mended(source.key), digest=digest,
                          uoms=uoms_said(rows.fields, source, found.fields))  # fmt: skip
    return whole.after([*found.notes, *curved, *bad])


def postgis_within(source: LayerSource, box: Bounds) -> Read:
    """Return the features of a layer of a database whose boxes touch a box, in any order.

    The database looks into its index and sends no others; its boxes are of single precision, so
    what only they touch is left out here.

    Raises
    ------
    InputError
        With every reason why the layer cannot be used.
    ServiceError, SourceError
        The database does not answer; it cannot be asked.
    """
    with connected(source.source) as connection:
        found = table_of_layer(connection, source)
        if not isinstance(found, LayerTable):
            raise InputError(found)
        srids = srids_of(connection, found.table, source.where)
        if len(srids) > 1:
            raise InputError([mixed(source, srids)])
        rows = rows_of(connection, found.table, found.wanted, sum(srids), where=source.where,
                       chord=source.policy("curves").limit, box=box)  # fmt: skip
    near = np.flatnonzero(touching(rows.shapes.geometry, box))
    shapes = rows.shapes.taken(near)
    columns, bad = canonical(rows.fields.iloc[near].reset_index(drop=True), source, found.fields)
    frame = gpd.GeoDataFrame(columns, geometry=shapes.geometry, crs=rows.crs)
    return Read(frame, [*found.notes, *bad], shapes.mended(source.key))


def touching(geometry: np.ndarray, box: Bounds) -> np.ndarray:
    """Return which boxes of shapes share a point with a box; there is none of what is no place."""
    west, south, east, north = np.array(shapely.bounds(geometry)).reshape(-1, 4).T
    return (west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1])


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


def mixed(source: LayerSource, srids: Sequence[int]) -> Finding:
    """Return the fault that the geometries of a table have several SRIDs."""
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
