"""Reading a layer that lies in partitions: whole, in the order of its source, or within a box."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial, reduce
from operator import and_
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import dataset, parquet
from pyproj import CRS

from carbonspace.errors import InputError, SourceError
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.sources import faults
from carbonspace.sources.columns import canonical
from carbonspace.sources.contents import arrow_type
from carbonspace.sources.dataset import LOOKED_THROUGH, Bounds, Dataset, kind_of, spread
from carbonspace.sources.fieldnames import located, source_fields
from carbonspace.sources.gdal import Raw, as_frame, gathered, reading
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.partitions import (
    Index,
    Part,
    Place,
    broken_parts,
    digest_of_index,
    index_of,
    place_of,
    size_faults,
)
from carbonspace.sources.stored import Built, built
from carbonspace.sources.vector import Read, mapped

_ROWS_AT_ONCE = 1 << 12
_CHANGED = Text("内容与索引所记的 SHA-256 不符", "its SHA-256 is not that of the index")

Positions = NDArray[np.int64]


class Within(NamedTuple):
    """Features of a layer within a box, in the order of the source, and their positions there."""

    read: Read
    rows: Positions


def read_partitioned(source: LayerSource) -> Read:
    """Return a whole layer with its canonical columns, as if it were read from its source.

    Every byte is held against the index.

    Raises
    ------
    InputError
        With every partition that is missing or corrupt.
    SourceError
        The storage does not answer, or the layer is too large for the memory.
    """
    if refused := _refused(source):
        return Read(None, refused)
    place = place_of(source.key, source.source, source.path)
    index = index_of(place)
    if missing := size_faults(place, index.parts):
        raise InputError(missing)
    with reading():
        batches = _checked(place, index)
        schema = _schema(place, index)
        table, shapes = gathered(batches, schema, index.geometry, _builder(source, index))
    order = np.argsort(table[index.order].to_numpy(), kind="stable")
    raw = _raw(table.take(order), shapes.taken(order), index)
    return _canonical(source, raw)._replace(digest=digest_of_index(index))


def partitions_within(source: LayerSource, box: Bounds) -> Within:
    """Return the features of a layer whose boxes touch a box; other files are not opened.

    Raises
    ------
    InputError
        With every partition of those that is missing or corrupt.
    SourceError
        The storage does not answer.
    """
    if refused := _refused(source):
        raise InputError(refused)
    place = place_of(source.key, source.source, source.path)
    index = index_of(place)
    table = rows_within(place, index, box)
    wkb = table[index.geometry].to_numpy()
    raw = _raw(table.drop_columns([index.geometry]), _builder(source, index)(wkb), index)
    return Within(_canonical(source, raw, may_be_empty=True), table[index.order].to_numpy())


def rows_within(place: Place, index: Index, box: Bounds) -> pa.Table:
    """Return the rows as stored whose boxes touch a box, in the order of the source.

    Raises
    ------
    InputError
        With every partition that is missing or corrupt, of those that are needed.
    """
    parts = index.touching(box)
    if missing := size_faults(place, parts):
        raise InputError(missing)
    if not parts:
        return _schema(place, index).empty_table()
    try:
        with reading():
            files = dataset.dataset([place.path(part.file) for part in parts], format="parquet",
                                    filesystem=place.files)  # fmt: skip
            table = files.to_table(filter=_touches(index.box, box))
    except SourceError:
        if broken := _unreadable(place, parts):
            raise InputError(broken_parts(place, broken)) from None
        raise
    return table.sort_by(index.order)


def partitioned_datasets(source: str) -> list[Dataset]:
    """Return the one layer that lies in a folder of partitions.

    Raises
    ------
    InputError, SourceError
        As `index_of`.
    """
    place = place_of(source, source, Path(source))
    index = index_of(place)
    first = parquet.read_table(place.path(index.parts[0].file), filesystem=place.files)
    shapes = built(first[index.geometry].to_numpy()[:LOOKED_THROUGH], None, 1.0).geometry
    plain = first.drop_columns([index.geometry, index.box, index.order, *index.hidden])
    sample = gpd.GeoDataFrame(as_frame(plain)[: len(shapes)], geometry=shapes)
    boxes = np.array([part.box for part in index.parts if part.box is not None])
    bounds = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
    crs = CRS.from_user_input(index.crs).to_string() if index.crs else None
    fields = tuple((field.name, arrow_type(field.type)) for field in plain.schema)
    return [Dataset(source, None, kind_of(shapes), fields, index.rows, crs,
                    bounds if len(boxes) else None, spread(sample))]  # fmt: skip


def _refused(source: LayerSource) -> list[Finding]:
    given = [name for name in ("layer", "where", "encoding") if getattr(source, name)]
    return [faults.not_for(source, name, "carbonspace partition") for name in given]


def _checked(place: Place, index: Index) -> Iterator[pa.RecordBatch]:
    """Yield the rows of all files, each held against its SHA-256; what differs is told at the end.

    Raises
    ------
    InputError
        With every file that differs.
    """
    broken = list[tuple[str, Text]]()
    for part in index.parts:
        content = place.content(part.file)
        if hashlib.sha256(content).hexdigest() != part.sha256:
            broken.append((part.file, _CHANGED))
        elif not broken:
            yield from parquet.ParquetFile(pa.BufferReader(content)).iter_batches(_ROWS_AT_ONCE)
    if broken:
        raise InputError(broken_parts(place, broken))


def _schema(place: Place, index: Index) -> pa.Schema:
    """Return the columns of a layer: those of its first file that can be read."""
    reasons = _unreadable(place, index.parts[:1])
    if reasons:
        raise InputError(broken_parts(place, reasons))
    return parquet.read_schema(place.path(index.parts[0].file), filesystem=place.files)


def _unreadable(place: Place, parts: Sequence[Part]) -> list[tuple[str, Text]]:
    """Return which files are no Parquet, or not that of the index, and why."""
    broken = list[tuple[str, Text]]()
    for part in parts:
        try:
            content = place.content(part.file)
        except OSError as error:
            broken.append((part.file, faults.words_of(error)))
            continue
        if hashlib.sha256(content).hexdigest() != part.sha256:
            broken.append((part.file, _CHANGED))
    return broken


def _touches(column: str, box: Bounds) -> pc.Expression:
    west, south, east, north = box
    tests = (
        pc.field(column, "xmin") <= east, pc.field(column, "xmax") >= west,
        pc.field(column, "ymin") <= north, pc.field(column, "ymax") >= south,
    )  # fmt: skip
    return reduce(and_, tests)


def _builder(source: LayerSource, index: Index) -> partial[Built]:
    crs = index.crs if isinstance(index.crs, str) else None
    return partial(built, crs=crs, metres=source.policy("curves").limit)


def _raw(table: pa.Table, shapes: Built, index: Index) -> Raw:
    fields = table.drop_columns([index.box, index.order, *index.hidden])
    crs: Any = CRS.from_user_input(index.crs) if isinstance(index.crs, dict) else index.crs
    return Raw(as_frame(fields), shapes, crs)


def _canonical(source: LayerSource, raw: Raw, *, may_be_empty: bool = False) -> Read:
    present = [str(name) for name in raw.fields.columns]
    fields, notes = source_fields(source, present)
    if any(note.severity == "error" for note in notes):
        return Read(None, notes)
    meant = located(source, present)
    if len(raw.geometry) or not may_be_empty:
        return mapped(meant, fields, raw).after(notes)
    columns, _ = canonical(raw.fields, meant, fields)
    return Read(gpd.GeoDataFrame(columns, geometry=raw.geometry, crs=raw.crs), notes)
