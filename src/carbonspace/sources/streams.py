"""A source as a stream: all its rows as they lie there, some at a time, so that any size passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyogrio
from pyarrow import parquet

from carbonspace.errors import InputError, SourceError
from carbonspace.sources import faults
from carbonspace.sources.connection import connected
from carbonspace.sources.database import Table, crs_of, fields_of, query_of, srids_of, values_of
from carbonspace.sources.formats import format_of
from carbonspace.sources.gate import aside, barred
from carbonspace.sources.gdal import described, reading
from carbonspace.sources.geoparquet import geometry_facts, stated_crs
from carbonspace.sources.layer_table import table_named
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.partitions import index_of, place_of, size_faults
from carbonspace.sources.postgis import mixed
from carbonspace.sources.vector import contents_of, is_bad_where
from carbonspace.sources.whole import not_whole

if TYPE_CHECKING:
    from psycopg import Connection

_ROWS_AT_ONCE = 1 << 12
_ARROW_ROOM = "OGR_ARROW_MEM_LIMIT"
_ROOM = 64 << 20
_BY_GDAL = (".gpkg", ".gdb", ".fgb")
_TYPES = {"integer": pa.int64(), "number": pa.float64(), "flag": pa.bool_()}


class Stream(NamedTuple):
    """Rows of a source.

    `geometry` is a column of `schema`, well-known binary as stored. `order` is a column with the
    position of each row, where the rows do not come in order; `hidden` are columns besides, that
    the source does not show as fields. `rows` is how many are expected.
    """

    schema: pa.Schema
    geometry: str
    crs: str | dict[str, Any] | None
    rows: int
    batches: Iterator[pa.RecordBatch]
    hidden: tuple[str, ...] = ()
    order: str | None = None


def can_stream(source: LayerSource) -> bool:
    """Return whether a source is of a kind whose rows can be taken as they come."""
    return _opener(source) is not None


@contextmanager
def streamed(source: LayerSource) -> Iterator[Stream]:
    """Open a source for one pass over its rows.

    Raises
    ------
    InputError
        With every reason why it cannot be read.
    ServiceError
        A database does not answer.
    """
    opener = _opener(source)
    if opener is None or (opener in (_gdal, _parquet) and (faulty := _at_the_gate(source))):
        raise InputError(faulty if opener else [faults.not_for(source, "source", "partition")])
    try:
        with opener(source) as stream:
            yield stream
    except SourceError as error:
        said = faults.words_of(error)
        is_filter = is_bad_where(source, error)
        fault = faults.bad_where(source, (), said) if is_filter else faults.unreadable(source, said)
        raise InputError([fault]) from error


def _opener(source: LayerSource) -> Callable[[LayerSource], Any] | None:
    key = format_of(source.location).key
    suffix = source.path.suffix.lower()
    by_gdal = _gdal if suffix in _BY_GDAL and source.encoding is None else None
    return {"postgis": _postgis, "parquet": _parquet, "partitions": _partitions,
            "filegdb": by_gdal, "vector": by_gdal}.get(key)  # fmt: skip


def _at_the_gate(source: LayerSource) -> list[Any]:
    fault = barred(source.key, source.source, source.path)
    if fault is None and not source.path.exists():
        fault = faults.no_file(source)
    return [fault] if fault else not_whole(source.key, source.source, source.path)


@contextmanager
def _gdal(source: LayerSource) -> Iterator[Stream]:
    with reading(), aside(source.path) as path, _little_room():
        found, findings = contents_of(replace(source, path=path))
        if found is None:
            raise InputError(findings)
        info = described(path, found.layer, None, force_feature_count=True)
        with pyogrio.raw.open_arrow(
            path, layer=found.layer, use_pyarrow=True, batch_size=_ROWS_AT_ONCE,
            where=source.where, return_fids=True,
        ) as (meta, reader):  # fmt: skip
            name = meta["geometry_name"] or "wkb_geometry"
            fid = [one for one in reader.schema.names if one not in (*meta["fields"], name)]
            yield Stream(_plain(reader.schema, name), name, meta["crs"], max(info["features"], 0),
                         iter(reader), tuple(fid))  # fmt: skip


@contextmanager
def _little_room() -> Iterator[None]:
    """Have GDAL end a batch early where its rows are large."""
    before = pyogrio.get_gdal_config_option(_ARROW_ROOM)
    pyogrio.set_gdal_config_options({_ARROW_ROOM: str(_ROOM)})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({_ARROW_ROOM: before})


@contextmanager
def _parquet(source: LayerSource) -> Iterator[Stream]:
    if given := [name for name in ("layer", "where", "encoding") if getattr(source, name)]:
        raise InputError([faults.not_for(source, name, "GeoParquet") for name in given])
    with reading(), parquet.ParquetFile(source.path) as file:
        facts = geometry_facts(file.schema_arrow.metadata or {})
        if facts is None or facts[1].get("encoding") != "WKB":
            raise InputError([faults.not_spatial(source, [source.path.stem])])
        crs = stated_crs(facts[1])
        yield Stream(_plain(file.schema_arrow, facts[0]), facts[0],
                     crs.to_json_dict() if crs else None, file.metadata.num_rows,
                     file.iter_batches(_ROWS_AT_ONCE))  # fmt: skip


@contextmanager
def _partitions(source: LayerSource) -> Iterator[Stream]:
    place = place_of(source.key, source.source, source.path)
    index = index_of(place)
    if missing := size_faults(place, index.parts):
        raise InputError(missing)
    with reading():
        paths = [place.path(part.file) for part in index.parts]
        schema = parquet.read_schema(paths[0], filesystem=place.files)
        kept = [name for name in schema.names if name != index.box]
        batches = (batch for path in paths
                   for batch in parquet.ParquetFile(path, filesystem=place.files).iter_batches(
                       _ROWS_AT_ONCE, columns=kept))  # fmt: skip
        yield Stream(_plain(pa.schema([schema.field(n) for n in kept]), index.geometry),
                     index.geometry, index.crs, index.rows, batches, index.hidden,
                     index.order)  # fmt: skip


@contextmanager
def _postgis(source: LayerSource) -> Iterator[Stream]:
    from psycopg import errors

    with connected(source.source) as connection:
        table = table_named(connection, source)
        if not isinstance(table, Table):
            raise InputError(table)
        present = fields_of(connection, table)
        try:
            srids = srids_of(connection, table, source.where)
            count = query_of("SELECT count(*) FROM {table} WHERE ", table, source.where)
            rows = connection.execute(count, binary=True).fetchall()[0][0]
        except (errors.ProgrammingError, errors.DataError) as error:
            said = faults.words_of(error)
            raise InputError([faults.bad_where(source, present, said)]) from None
        if len(srids) > 1:
            raise InputError([mixed(source, srids)])
        schema = pa.schema({name: _TYPES.get(kind, pa.string())
                            for name, kind in present.items()})  # fmt: skip
        name = next(n for n in ("geometry", "geom", "wkb", "shape_") if n not in present)
        schema = schema.append(pa.field(name, pa.binary()))
        yield Stream(schema, name, crs_of(connection, sum(srids)), int(rows),
                     _fetched(connection, source, table, present, schema))  # fmt: skip


def _fetched(
    connection: Connection[Any],
    source: LayerSource,
    table: Table,
    present: Mapping[str, str],
    schema: pa.Schema,
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a table by a cursor of the server."""
    from psycopg.sql import SQL

    fields = SQL(", ").join([SQL("1"), *values_of(present)])
    query = query_of("SELECT {fields}, ST_AsBinary({geometry}) FROM {table} WHERE ",
                     table, source.where, fields=fields)  # fmt: skip
    with connection.cursor("carbonspace", binary=True) as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            _, *columns = zip(*rows, strict=True)
            yield pa.record_batch(
                [
                    pa.array([*values], field.type)
                    for values, field in zip(columns, schema, strict=True)
                ],
                schema=schema,
            )


def _plain(schema: pa.Schema, geometry: str) -> pa.Schema:
    """Return a schema whose rows can be written anywhere: no code lists, no types of extensions."""
    fields = [pa.field(field.name, pa.binary() if field.name == geometry else _flat(field.type))
              for field in schema]  # fmt: skip
    return pa.schema(fields)


def _flat(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
