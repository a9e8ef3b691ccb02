"""GeoParquet: one layer, read a few rows at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from pyarrow import parquet
from pyproj import CRS

from carbonspace.sources.gdal import Build, Raw, as_frame, gathered, reading
from carbonspace.sources.stored import Built, built

_SUFFIXES = (".parquet", ".geoparquet")
_UNSAID = "OGC:CRS84"
# Few: equal values are packed into almost nothing, and a row may be large.
_ROWS_AT_ONCE = 1 << 10


def is_parquet(path: Path) -> bool:
    """Return True for a (Geo)Parquet file, by its name."""
    return path.suffix.lower() in _SUFFIXES


def read_parquet(path: Path) -> Raw | None:
    """Return the layer of a GeoParquet file, or None where it is a table without geometry.

    Raises
    ------
    SourceError
        The file cannot be read, or is larger than an eighth of the memory.
    """
    with reading():
        with parquet.ParquetFile(path) as file:
            facts = geometry_facts(file.schema_arrow.metadata or {})
            if facts is None:
                return None
            name, column = facts
            batches = file.iter_batches(_ROWS_AT_ONCE)
            table, shapes = gathered(batches, file.schema_arrow, name, _builder(column))
        if not _is_wkb(column):
            shapes = Built(gpd.read_parquet(path).geometry.to_numpy())
        return Raw(as_frame(table), shapes, stated_crs(column))


def geometry_facts(metadata: Mapping[bytes, bytes]) -> tuple[str, Mapping[str, Any]] | None:
    """Return the name of the geometry column and what the file says of it."""
    if b"geo" not in metadata:
        return None
    geo = json.loads(metadata[b"geo"])
    name = geo["primary_column"]
    return name, geo["columns"][name]


def _builder(facts: Mapping[str, Any]) -> Build:
    """Return what builds the geometries; the format has no arcs, and encodings of its own."""
    if _is_wkb(facts):
        return partial(built, crs=None, metres=1.0)
    return lambda stored: Built(np.full(len(stored), None))


def _is_wkb(facts: Mapping[str, Any]) -> bool:
    return bool(facts.get("encoding") == "WKB")


def stated_crs(facts: Mapping[str, Any]) -> Any:
    """Return the CRS: where nothing is said it is longitude and latitude, where null none."""
    stated = facts.get("crs", _UNSAID)
    return CRS.from_user_input(stated) if stated else None
