"""Which reader a source needs: told by its content, its suffix or its form, never by a setting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from carbonspace.sources import gtfs
from carbonspace.sources.boundary_txt import boundary_datasets, is_boundary, read_boundary
from carbonspace.sources.contents import (
    osm_datasets,
    parquet_datasets,
    raster_datasets,
    vector_datasets,
)
from carbonspace.sources.dataset import Dataset
from carbonspace.sources.gtfs_tables import is_gtfs
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.osm import is_osm, read_osm_layer, read_tables
from carbonspace.sources.vector import Read, read_layer

_PARQUET = (".parquet", ".geoparquet")
_RASTERS = (".tif", ".tiff", ".asc", ".img", ".vrt")

Reader = Callable[[Sequence[LayerSource], str | None], list[Read]]
"""Reads all layers a plan takes from one source, given the CRS the plan measures in."""


class Format(NamedTuple):
    """One way data lies about.

    `accepts` recognises a source, `listed` says what it holds, `read` reads layers of it. A
    `whole` source is one thing even where it is a folder.
    """

    key: str
    accepts: Callable[[str], bool]
    listed: Callable[[str], list[Dataset]]
    read: Reader
    whole: bool = False


def format_of(source: str) -> Format:
    """Return the format of a path or DSN: the first that knows it, at last any GDAL reads."""
    return next(one for one in _FORMATS if one.accepts(source))


def reader_of(source: str) -> Reader:
    """Return the reader of a path or DSN."""
    return format_of(source).read


def _each(read: Callable[[LayerSource], Read]) -> Reader:
    return lambda sources, _: [read(source) for source in sources]


def _suffix(*known: str) -> Callable[[str], bool]:
    return lambda source: Path(source).suffix.lower() in known


def _read_osm(sources: Sequence[LayerSource], crs: str | None) -> list[Read]:
    """Read an extract once for all layers it gives; a `layer` names one as GDAL has it."""
    mapped = [source.key for source in sources if source.layer is None]
    tables = read_tables(sources[0].path, mapped) if mapped else {}
    return [read_osm_layer(s, tables, crs) if s.layer is None else read_layer(s) for s in sources]


def _read_gtfs(sources: Sequence[LayerSource], _: str | None) -> list[Read]:
    feed = gtfs.open_feed(sources[0].path)
    return [gtfs.read_gtfs_layer(source, feed) for source in sources]


_FORMATS = (
    Format("filegdb", _suffix(".gdb"), vector_datasets, _each(read_layer), whole=True),
    Format("parquet", _suffix(*_PARQUET), parquet_datasets, _each(read_layer)),
    Format("raster", _suffix(*_RASTERS), raster_datasets, _each(read_layer)),
    Format("gtfs", is_gtfs, gtfs.gtfs_datasets, _read_gtfs, whole=True),
    Format("boundary", is_boundary, boundary_datasets, _each(read_boundary), whole=True),
    Format("osm", lambda source: is_osm(Path(source)), osm_datasets, _read_osm),
    Format("vector", lambda _: True, vector_datasets, _each(read_layer)),
)
