"""The datasets in files: what GDAL, GeoParquet and rasters say of themselves, and a sample."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import rasterio
import shapely
from pyarrow import parquet
from pyproj import CRS

from carbonspace.sources import osm
from carbonspace.sources.dataset import (
    LOOKED_THROUGH,
    Bounds,
    Dataset,
    DatasetKind,
    kind_of,
    spread,
)
from carbonspace.sources.dbf import BYTE_FOR_BYTE, decoded, guessed_encoding
from carbonspace.sources.gate import aside
from carbonspace.sources.gdal import described, layer_names, reading
from carbonspace.sources.plaintext import as_utf8

_TYPES = {"OFTString": "text", "OFTInteger": "integer", "OFTInteger64": "integer",
          "OFTReal": "number", "OFTDate": "date", "OFTDateTime": "date", "OFTTime": "date",
          "OFTBinary": "binary"}  # fmt: skip
_DECLARED: tuple[tuple[str, DatasetKind], ...] = (
    ("polygon", "polygon"), ("surface", "polygon"), ("tin", "polygon"), ("triangle", "polygon"),
    ("line", "line"), ("curve", "line"), ("point", "point"), ("unknown", "table"),
    ("collection", "mixed"),
)  # fmt: skip


def vector_datasets(source: str) -> list[Dataset]:
    """Return the layers of a file GDAL reads, tables without geometry among them."""
    path = Path(source)
    encoding = guessed_encoding(path) if path.suffix.lower() == ".shp" else None
    with warnings.catch_warnings(), aside(path) as beside, as_utf8(beside, None) as text:
        warnings.simplefilter("ignore")
        found = [_layer(text.path, name, encoding) for name in layer_names(text.path)]
    return [replace(one, source=source) for one in found]


def parquet_datasets(source: str) -> list[Dataset]:
    """Return the one layer of a GeoParquet file, or the table of a plain one."""
    with parquet.ParquetFile(source) as file:
        schema = file.schema_arrow
        rows = file.metadata.num_rows
        first = next(file.iter_batches(LOOKED_THROUGH), None)
    geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    name = geo.get("primary_column", "")
    fields = tuple((f.name, arrow_type(f.type)) for f in schema if f.name != name)
    rest = schema.empty_table() if first is None else pa.Table.from_batches([first])
    table = rest.select([n for n, _ in fields]).to_pandas(integer_object_nulls=True)
    if not name:
        return [Dataset(source, None, "table", fields, rows, sample=spread(table))]
    facts = geo["columns"][name]
    whole = gpd.read_parquet(source, columns=[name])
    sample = gpd.GeoDataFrame(table, geometry=whole.geometry.to_numpy()[: len(table)])
    kind = kind_of(whole.geometry.to_numpy())
    return [Dataset(source, None, kind, fields, rows, _parquet_crs(facts),
                    _bounds(whole.total_bounds), spread(sample))]  # fmt: skip


def raster_datasets(source: str) -> list[Dataset]:
    """Return a raster: its bands as fields, its extent; no sample."""
    with rasterio.open(source) as raster:
        fields = tuple((f"band {n}", str(t)) for n, t in enumerate(raster.dtypes, 1))
        crs = raster.crs.to_string() if raster.crs else None
        return [Dataset(source, None, "raster", fields, 0, crs, _bounds(raster.bounds))]


def osm_datasets(source: str) -> list[Dataset]:
    """Return an OpenStreetMap extract as one feed; `gives` are the layers it holds."""
    path = Path(source)
    gives = osm.layers_in(path)
    bounds = _bounds(pyogrio.read_info(path, layer="points")["total_bounds"])
    return [Dataset(source, None, "feed", (), -1, "EPSG:4326", bounds, gives=gives)]


def _layer(path: Path, name: str, encoding: str | None) -> Dataset:
    info = described(path, name, encoding, force_feature_count=True, force_total_bounds=True)
    types = [_field_type(t, s) for t, s in
             zip(info["ogr_types"], info["ogr_subtypes"], strict=True)]  # fmt: skip
    fields = tuple(zip(map(str, info["fields"]), types, strict=True))
    sample = _sample(path, name, info, encoding)
    kind = _kind(info["geometry_type"], sample)
    crs = str(info["crs"]) if info["crs"] else None
    return Dataset(str(path), name, kind, fields, int(info["features"]), crs,
                   _bounds(info["total_bounds"]), spread(sample))  # fmt: skip


def _sample(path: Path, name: str, info: Mapping[str, Any], encoding: str | None) -> pd.DataFrame:
    """Return the first rows of a layer; their CRS stays unsaid, as `Dataset.crs` says it."""
    with reading():
        _, _, wkb, values = pyogrio.raw.read(
            path, layer=name, encoding=BYTE_FOR_BYTE if encoding else None, force_2d=True,
            max_features=LOOKED_THROUGH, read_geometry=info["geometry_type"] is not None,
        )  # fmt: skip
    table = pd.DataFrame(dict(zip(map(str, info["fields"]), values, strict=True)))
    if encoding:
        texts = [n for n, t in zip(table, info["ogr_types"], strict=True) if t == "OFTString"]
        table = table.assign(**{n: decoded(table[n], encoding, errors="replace") for n in texts})
    if wkb is None:
        return table
    return gpd.GeoDataFrame(table, geometry=shapely.from_wkb(wkb, on_invalid="ignore"))


def _kind(declared: str | None, sample: pd.DataFrame) -> DatasetKind:
    if declared is None:
        return "table"
    if isinstance(sample, gpd.GeoDataFrame) and sample.geometry.notna().any():
        return kind_of(sample.geometry.to_numpy())
    return next((kind for word, kind in _DECLARED if word in declared.lower()), "table")


def _field_type(ogr: str, subtype: str) -> str:
    return "flag" if subtype == "OFSTBoolean" else _TYPES.get(ogr, "text")


def arrow_type(kind: pa.DataType) -> str:
    """Return what a type of Arrow is called in a `Dataset`."""
    tests = ((pa.types.is_boolean, "flag"), (pa.types.is_integer, "integer"),
             (pa.types.is_floating, "number"), (pa.types.is_decimal, "number"),
             (pa.types.is_temporal, "date"), (pa.types.is_binary, "binary"))  # fmt: skip
    return next((name for test, name in tests if test(kind)), "text")


def _parquet_crs(facts: Mapping[str, Any]) -> str | None:
    """Return the CRS of a GeoParquet column: unsaid is longitude and latitude, null is none."""
    stated = facts.get("crs", "OGC:CRS84")
    return str(CRS.from_user_input(stated).to_string()) if stated else None


def _bounds(values: Any) -> Bounds | None:
    numbers = [float(v) for v in values] if values is not None else []
    if len(numbers) != 4 or not np.isfinite(numbers).all():
        return None
    return (numbers[0], numbers[1], numbers[2], numbers[3])
