"""Vector files become canonical layers: GeoPackage, Shapefile, GeoJSON, FileGDB, GeoParquet.

Files are read through Arrow. Only the fields that are mapped are read at all.
"""

from __future__ import annotations

import codecs
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Text
from carbonspace.sources import faults
from carbonspace.sources.columns import canonical, source_fields
from carbonspace.sources.dbf import guessed_encoding
from carbonspace.sources.mapping import LayerSource

_KINDS = ("point", "line", "line", "polygon", "point", "line", "polygon")
_PARQUET = (".parquet", ".geoparquet")
_UNREADABLE = (DataSourceError, DataLayerError, pa.ArrowInvalid, OSError)


class Read(NamedTuple):
    """What came of reading one layer: None where it cannot be used."""

    frame: gpd.GeoDataFrame | None
    findings: list[Finding]


class Raw(NamedTuple):
    """Fields and geometries as they lie in a file.

    `broken` are the positions of features whose stored geometry cannot be built; it is None.
    `stroked` is True where arcs were turned into segments.
    """

    fields: pd.DataFrame
    geometry: np.ndarray
    crs: str | None
    broken: np.ndarray
    stroked: bool = False


class Contents(NamedTuple):
    """A layer of a file before it is read."""

    layer: str | None
    fields: list[str]
    encoding: str | None
    findings: list[Finding]


def read_layer(source: LayerSource) -> Read:
    """Return one layer with its canonical columns, or every reason why it cannot be used.

    The frame has a RangeIndex, the column `geometry`, and the CRS its file states (or None).
    """
    if not source.path.exists():
        return Read(None, [faults.no_file(source)])
    try:
        with _noticed(source.key) as noticed:
            read = _read(source)
    except _UNREADABLE as error:
        return Read(None, [faults.unreadable(source, str(error))])
    return Read(read.frame, [*read.findings, *noticed])


def read_raw(path: Path, layer: str | None, **options: Any) -> Raw:
    """Return a layer of any file GDAL reads, fields and geometry apart.

    Geometries that cannot be built as stored (a ring of two points, say) are None and listed.
    `options` are those of `pyogrio.raw.open_arrow`, among them GDAL's open options.
    """
    with pyogrio.raw.open_arrow(path, layer=layer, use_pyarrow=True, **options) as (meta, reader):
        table = reader.read_all()
    table.validate(full=True)
    name = meta["geometry_name"] or "wkb_geometry"
    wkb, stroked = table.column(name).to_numpy(), False
    try:
        geometry = shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:  # arcs: only GDAL's own reader strokes them
        stroked = True
        wkb = pyogrio.raw.read(path, layer=layer, columns=[], where=options.get("where"))[2]
        geometry = shapely.from_wkb(wkb, on_invalid="ignore")
    broken = np.flatnonzero(shapely.is_missing(geometry) & pd.notna(wkb))
    fields = table.drop_columns([name]).to_pandas(integer_object_nulls=True)
    return Raw(fields, geometry, meta["crs"], broken, stroked)


def finished(source: LayerSource, columns: pd.DataFrame, geometry: np.ndarray, crs: Any) -> Read:
    """Return columns and geometry as a layer, if its geometry is of the kind it must be."""
    if not len(columns):
        return Read(None, [faults.empty(source)])
    expected = LAYERS[source.key].geometry
    types = shapely.get_type_id(geometry)
    kinds = np.array([*_KINDS, "collection", "none"])[types]
    wrong = (types >= 0) & ~np.isin(kinds, expected)
    if wrong.any():
        return Read(None, [faults.wrong_kind(source, kinds[wrong])])
    return Read(gpd.GeoDataFrame(columns, geometry=geometry, crs=crs), [])


def _read(source: LayerSource) -> Read:
    if source.path.suffix.lower() in _PARQUET:
        return _read_parquet(source)
    contents, missing = _contents(source)
    if contents is None:
        return Read(None, missing)
    fields, missing = source_fields(source, contents.fields)
    if missing:
        return Read(None, [*contents.findings, *missing])
    wanted = [*fields.values(), *(e.field for e in source.extract.values())]
    try:
        raw = read_raw(source.path, contents.layer, columns=sorted(set(wanted)),
                       where=source.where, encoding=contents.encoding)  # fmt: skip
    except (ValueError, OSError) as error:
        if source.where is None or isinstance(error, pa.ArrowInvalid):
            raise
        fault = faults.bad_where(source, contents.fields, str(error))
        return Read(None, [*contents.findings, fault])
    read = _mapped(source, fields, raw)
    return Read(read.frame, [*contents.findings, *read.findings])


def _mapped(source: LayerSource, fields: Mapping[str, str], raw: Raw) -> Read:
    columns, bad = canonical(raw.fields, source, fields)
    read = finished(source, columns, raw.geometry, raw.crs)
    ids = columns.get(LAYERS[source.key].id)
    names = [str(ids.iloc[n]) if ids is not None else f"#{n + 1}" for n in raw.broken]
    broken = [faults.broken(source.key, name) for name in names]
    arcs = [faults.stroked(source.key)] if raw.stroked else []
    return Read(read.frame, [*bad, *arcs, *broken, *read.findings])


def _contents(source: LayerSource) -> tuple[Contents | None, list[Finding]]:
    """Return the layer to read and the names of its fields."""
    listed = pyogrio.list_layers(source.path)
    names = [str(name) for name, kind in listed if kind is not None]
    layer = source.layer or (names[0] if len(names) == 1 else source.key)
    if layer not in names:
        return None, [faults.no_layer(source, names)]
    encoding, findings = source.encoding, list[Finding]()
    if encoding is None and source.path.suffix.lower() == ".shp":
        encoding = guessed_encoding(source.path)
        findings = [faults.guessed(source, encoding)] if encoding else []
    try:
        codecs.lookup(encoding or "UTF-8")
        info = pyogrio.read_info(source.path, layer=layer, encoding=encoding)
    except (LookupError, UnicodeDecodeError):
        return None, [faults.bad_encoding(source, str(encoding))]
    return Contents(layer, [str(f) for f in info["fields"]], encoding, findings), []


def _read_parquet(source: LayerSource) -> Read:
    """Return a layer of a GeoParquet file; it has one layer and no OGR filter."""
    refused = [name for name in ("layer", "where", "encoding") if getattr(source, name)]
    if refused:
        return Read(None, [faults.not_for(source, name, "GeoParquet") for name in refused])
    try:
        frame = gpd.read_parquet(source.path)
    except ValueError as error:
        return Read(None, [faults.unreadable(source, str(error))])
    geometry = frame.geometry.to_numpy()
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name)).reset_index(drop=True)
    fields, missing = source_fields(source, [str(c) for c in table.columns])
    if missing:
        return Read(None, missing)
    raw = Raw(table, geometry, frame.crs, np.zeros(0, dtype=int))
    return _mapped(source, fields, raw)


@contextmanager
def _noticed(key: str) -> Iterator[list[Finding]]:
    """Collect what GDAL warns of as findings. Measures (M) are dropped by `prepare`, with Z."""
    findings: list[Finding] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield findings
    texts = dict.fromkeys(str(w.message) for w in caught if "Measured (M)" not in str(w.message))
    findings += [Finding(
        "warning", key, Text("读取文件时的提示", "A notice while the file was read"), text,
        Text("无提示", "no notice"), Text("请核对该文件。", "Check the file."),
    ) for text in texts]  # fmt: skip
