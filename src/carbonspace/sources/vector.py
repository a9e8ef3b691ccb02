"""Vector files become canonical layers: GeoPackage, Shapefile, GeoJSON, FileGDB, GeoParquet.

Files are read through Arrow. Only the fields that are mapped are read at all.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from carbonspace.errors import InputError, SourceError
from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.repair import Mended
from carbonspace.model.text import Text, quoted
from carbonspace.model.uom import UomSaid
from carbonspace.sources import faults
from carbonspace.sources.archive import check_limits
from carbonspace.sources.columns import canonical
from carbonspace.sources.dbf import FIELD_NAME_BYTES, codec, encoding_of, misfits
from carbonspace.sources.fieldnames import located, source_fields
from carbonspace.sources.gate import aside, barred, is_zip
from carbonspace.sources.gdal import Raw, described, layer_names, read_raw
from carbonspace.sources.geoparquet import is_parquet, read_parquet
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.plaintext import as_utf8
from carbonspace.sources.room import TooLargeError
from carbonspace.sources.uom import uom_fields, uoms_said
from carbonspace.sources.whole import not_whole

_TOLD = ("Measured (M)", "Non closed ring")
_KINDS = ("point", "line", "line", "polygon", "point", "line", "polygon")


class Read(NamedTuple):
    """What came of reading one layer: None where it cannot be used.

    `mended` is what had to be done to its geometry as stored. `crs` is that of the source where
    the reader brought the layer into another. `uoms` is what it says of the unit of columns.
    `digest` identifies what was read, where no file does.
    """

    frame: gpd.GeoDataFrame | None
    findings: list[Finding]
    mended: tuple[Mended, ...] = ()
    crs: str | None = None
    uoms: Mapping[str, UomSaid] = MappingProxyType({})
    digest: str | None = None

    def after(self, findings: Iterable[Finding]) -> Read:
        """Return the same with what was found before."""
        return self._replace(findings=[*findings, *self.findings])


class Contents(NamedTuple):
    """A layer of a file before it is read."""

    layer: str | None
    fields: list[str]
    encoding: str | None = None
    errors: str = "strict"


def read_layer(source: LayerSource) -> Read:
    """Return one layer with its canonical columns, or every reason why it cannot be used.

    The frame has a RangeIndex, the column `geometry`, and the CRS its file states (or None).
    Nothing is written beside any file.
    """
    if (fault := barred(source.key, source.source, source.path)) is not None:
        return Read(None, [fault])
    if not source.path.exists():
        return Read(None, [faults.no_file(source)])
    try:
        with _noticed(source.key) as noticed:
            read = _opened(source)
    except InputError as refused:
        return Read(None, [*refused.findings])
    except SourceError as error:
        return Read(None, [_unreadable(source, error)])
    return read._replace(findings=[*read.findings, *noticed])


def finished(source: LayerSource, columns: pd.DataFrame, geometry: np.ndarray, crs: Any) -> Read:
    """Return columns and geometry as a layer, if its geometry is of the kind it must be."""
    if not len(columns):
        return Read(None, [faults.empty(source)])
    expected = LAYERS[source.key].geometry
    types = shapely.get_type_id(geometry)
    kinds = np.array([*_KINDS, "collection", "none"])[types]
    wrong = (types >= 0) & ~np.isin(kinds, expected)
    if wrong.any() and source.policy("mixed_types").choice == "refuse":
        return Read(None, [faults.wrong_kind(source, kinds[wrong])])
    return Read(gpd.GeoDataFrame(columns, geometry=geometry, crs=crs), [])


def _opened(source: LayerSource) -> Read:
    """Read a file that lies open: whole, beside nothing, in an encoding that its reader knows."""
    if is_zip(source.path):
        check_limits(source.key, source.source, source.path)
    if short := not_whole(source.key, source.source, source.path):
        return Read(None, short)
    if source.encoding is not None and codec(source.encoding) is None:
        return Read(None, [faults.bad_encoding(source, source.encoding)])
    if is_parquet(source.path) and source.encoding is not None:
        return Read(None, [faults.not_for(source, "encoding", "GeoParquet")])
    with aside(source.path) as path, as_utf8(path, source.encoding) as text:
        if text.encoding == "":
            return Read(None, [faults.bad_encoding(source, source.encoding or "-")])
        is_shapefile = source.path.suffix.lower() == ".shp"
        read = _read(replace(source, path=text.path,
                             encoding=source.encoding if is_shapefile else None))  # fmt: skip
    notes = [faults.guessed(source, text.encoding)] if text.encoding and not source.encoding else []
    return read.after(notes)


def _read(source: LayerSource) -> Read:
    if is_parquet(source.path):
        return _read_parquet(source)
    contents, findings = contents_of(source)
    if contents is None:
        return Read(None, findings)
    cut_at = FIELD_NAME_BYTES if source.path.suffix.lower() == ".shp" else None
    fields, notes = source_fields(source, contents.fields, cut_at=cut_at)
    findings += notes
    if any(note.severity == "error" for note in notes):
        return Read(None, findings)
    source = located(source, contents.fields, cut_at)
    wanted = [*fields.values(), *(e.field for e in source.extract.values()),
              *uom_fields(source, fields, contents.fields).values()]  # fmt: skip
    try:
        raw = read_raw(source.path, contents.layer, columns=sorted(set(wanted)),
                       where=source.where, encoding=contents.encoding,
                       errors=contents.errors,
                       chord=source.policy("curves").limit)  # fmt: skip
    except SourceError as error:
        if not is_bad_where(source, error):
            raise
        return Read(
            None, [*findings, faults.bad_where(source, contents.fields, faults.words_of(error))]
        )
    read = mapped(source, fields, raw)
    return read.after(findings)


def is_bad_where(source: LayerSource, error: SourceError) -> bool:
    """Return whether it is the filter of a layer that its reader does not understand."""
    cause = error.__cause__
    is_text = isinstance(cause, ValueError) and not isinstance(cause, UnicodeError)
    return (
        bool(source.where)
        and (is_text or isinstance(cause, OSError))
        and not isinstance(cause, pa.ArrowInvalid)
    )


def _unreadable(source: LayerSource, error: SourceError) -> Finding:
    if isinstance(error.__cause__, UnicodeError):
        said = faults.words_of(error)
        name = source.encoding or "-"
        return faults.bad_encoding(source, Text(f"{name}（{said.zh}）", f"{name} ({said.en})"))
    if isinstance(error, TooLargeError):
        return faults.too_large(source, error)
    return faults.unreadable(source, faults.words_of(error))


def mapped(source: LayerSource, fields: Mapping[str, str], raw: Raw) -> Read:
    """Return what lies in a source as a layer with its canonical columns."""
    columns, bad = canonical(raw.fields, source, fields)
    read = finished(source, columns, raw.geometry, raw.crs)
    ids = columns.get(LAYERS[source.key].id)

    def called(n: int) -> str:
        return f"#{n + 1}" if ids is None else str(ids.iloc[n])

    arcs = [faults.stroked(source)] if len(raw.shapes.curved) else []
    broken = [faults.broken(source.key, called(n)) for n in raw.shapes.broken]
    unclosed = [faults.unclosed(source, called(n)) for n in raw.shapes.closed]
    whole = read._replace(mended=raw.shapes.mended(source.key),
                          uoms=uoms_said(raw.fields, source, fields))  # fmt: skip
    return whole.after([*bad, *arcs, *broken, *unclosed])


def contents_of(source: LayerSource) -> tuple[Contents | None, list[Finding]]:
    """Return the layer to read and the names of its fields, or why there is none."""
    listed = layer_names(source.path)
    names = [name for name, spatial in listed.items() if spatial]
    if listed and not names:
        return None, [faults.not_spatial(source, listed)]
    layer = source.layer or (names[0] if len(names) == 1 else source.key)
    if layer not in names:
        return None, [faults.no_layer(source, names)]
    encoding, errors, findings = source.encoding, "strict", list[Finding]()
    is_shapefile = source.path.suffix.lower() == ".shp"
    if encoding is not None and is_shapefile and (count := misfits(source.path, encoding)):
        return None, [
            faults.bad_encoding(
                source,
                Text(f"{encoding}：{count} 处文字不符", f"{encoding}: {count} texts do not fit"),
            )
        ]
    if encoding is None and is_shapefile:
        found = encoding_of(source.path)
        encoding = found.name if found else None
        errors = "replace" if found and found.misfits else "strict"
        findings = [*faults.encoding_notes(source, found)] if found else []
    info = described(source.path, layer, encoding)
    return Contents(layer, [str(f) for f in info["fields"]], encoding, errors), findings


def _read_parquet(source: LayerSource) -> Read:
    """Return a layer of a GeoParquet file; it has one layer and no OGR filter."""
    refused = [name for name in ("layer", "where") if getattr(source, name)]
    if refused:
        return Read(None, [faults.not_for(source, name, "GeoParquet") for name in refused])
    raw = read_parquet(source.path)
    if raw is None:
        return Read(None, [faults.not_spatial(source, [source.path.stem])])
    present = [str(c) for c in raw.fields.columns]
    fields, notes = source_fields(source, present)
    if any(note.severity == "error" for note in notes):
        return Read(None, notes)
    read = mapped(located(source, present), fields, raw)
    return read.after(notes)


@contextmanager
def _noticed(key: str) -> Iterator[list[Finding]]:
    """Collect what GDAL warns of as findings, but for what is told of each feature anyhow."""
    findings: list[Finding] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield findings
    said = [str(w.message) for w in caught]
    texts = dict.fromkeys(text for text in said if not any(one in text for one in _TOLD))
    findings += [Finding(
        "warning", key, Text("读取文件时的提示", "A notice while the file was read"), quoted(text),
        Text("无提示", "no notice"), Text("请核对该文件。", "Check the file."),
    ) for text in texts]  # fmt: skip
