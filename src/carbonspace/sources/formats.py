"""Which reader a source needs: told by its content, its suffix or its form, never by a setting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from carbonspace.sources.contents import (
    osm_datasets,
    parquet_datasets,
    raster_datasets,
    vector_datasets,
)
from carbonspace.sources.dataset import Dataset
from carbonspace.sources.osm import is_osm

_PARQUET = (".parquet", ".geoparquet")
_RASTERS = (".tif", ".tiff", ".asc", ".img", ".vrt")


class Format(NamedTuple):
    """One way data lies about.

    `accepts` recognises a source; `listed` says what it holds. `whole` sources are one thing even
    where they are a folder.
    """

    key: str
    accepts: Callable[[str], bool]
    listed: Callable[[str], list[Dataset]]
    whole: bool = False


def format_of(source: str) -> Format:
    """Return the format of a source: the first that recognises it, at last any GDAL reads."""
    return next(one for one in _FORMATS if one.accepts(source))


def _suffix(*known: str) -> Callable[[str], bool]:
    return lambda source: Path(source).suffix.lower() in known


_FORMATS = (
    Format("filegdb", _suffix(".gdb"), vector_datasets, whole=True),
    Format("parquet", _suffix(*_PARQUET), parquet_datasets),
    Format("raster", _suffix(*_RASTERS), raster_datasets),
    Format("osm", lambda source: is_osm(Path(source)), osm_datasets),
    Format("vector", lambda _: True, vector_datasets),
)
