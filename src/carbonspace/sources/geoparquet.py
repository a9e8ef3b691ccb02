"""GeoParquet: one layer, read a few rows at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
from pyarrow import parquet
from pyproj import CRS

from carbonspace.sources.gdal import Raw, as_frame, gathered, reading
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
            facts = _geometry_facts(file.schema_arrow.metadata or {})
            if facts is None:
                return None
            table = gathered(file.iter_batches(_ROWS_AT_ONCE), file.schema_arrow)
        name, column = facts
        fields = as_frame(table.drop_columns([name]))
        return Raw(fields, _shapes(path, table.column(name), column), _crs(column))


def _geometry_facts(metadata: Mapping[bytes, bytes]) -> tuple[str, Mapping[str, Any]] | None:
    """Return the name of the geometry column and what the file says of it."""
    if b"geo" not in metadata:
        return None
    geo = json.loads(metadata[b"geo"])
    name = geo["primary_column"]
    return name, geo["columns"][name]


def _shapes(path: Path, column: Any, facts: Mapping[str, Any]) -> Built:
    """Return the geometries; the format has no arcs."""
    if facts.get("encoding") != "WKB":
        return Built(gpd.read_parquet(path).geometry.to_numpy())
    return built(column.to_numpy(), None, 1.0)


def _crs(facts: Mapping[str, Any]) -> Any:
    """Return the CRS: where nothing is said it is longitude and latitude, where null none."""
    stated = facts.get("crs", _UNSAID)
    return CRS.from_user_input(stated) if stated else None
