"""What a file, folder, feed or database holds.

Nothing is judged here and nothing is raised for a broken file: it is listed with its fault, so
that one look at a folder names them all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import shapely

from carbonspace.errors import CarbonspaceError, InputError
from carbonspace.sources.dataset import Dataset, unreadable
from carbonspace.sources.dsn import is_dsn, is_remote, without_password
from carbonspace.sources.faults import words_of
from carbonspace.sources.formats import format_of
from carbonspace.sources.gate import barred
from carbonspace.sources.whole import not_whole

__all__ = ["Dataset", "datasets"]

_SUFFIXES = frozenset({
    ".shp", ".dbf", ".gpkg", ".geojson", ".json", ".parquet", ".geoparquet", ".gml", ".pbf",
    ".osm", ".tif", ".tiff", ".asc", ".img", ".vrt", ".zip", ".dxf", ".kml", ".fgb", ".tab",
    ".mif", ".gpx", ".csv", ".xlsx", ".sqlite", ".citygml",
})  # fmt: skip
_FAULTS = (
    CarbonspaceError, RuntimeError, OSError, ValueError, LookupError, TypeError, ArithmeticError,
    MemoryError, pa.ArrowException, shapely.errors.ShapelyError,
)  # fmt: skip


def datasets(source: str | Path) -> list[Dataset]:
    """Return every dataset of a file, a folder with all below it, or a database.

    Parameters
    ----------
    source
        A path, or the DSN of a PostGIS database (`postgresql://…`, `service=…`).

    Returns
    -------
    list of Dataset
        In order of name. What cannot be read is of kind `unreadable` and says why in its
        findings. Symbolic links to folders are not followed.
    """
    return [found for name in _sources(str(source)) for found in _listed(name)]


def _sources(source: str) -> Iterator[str]:
    """Yield what to look into: the source itself, or what a folder holds."""
    if not Path(source).is_dir() or format_of(source).whole:
        yield source
        return
    for folder, below, names in os.walk(source):
        inner = [Path(folder) / n for n in sorted(below) if not n.startswith(".")]
        whole = [path for path in inner if format_of(str(path)).whole]
        below[:] = [path.name for path in inner if path not in whole]
        yield from map(str, whole)
        yield from (str(Path(folder) / n) for n in sorted(names) if _is_data(Path(folder) / n))


def _is_data(path: Path) -> bool:
    """Return True for a file that may hold data: a shapefile's table is part of it."""
    suffix = path.suffix.lower()
    if suffix == ".dbf" and any(path.with_suffix(s).exists() for s in (".shp", ".SHP")):
        return False
    if path.name.startswith("."):
        return False
    return suffix in _SUFFIXES or (_may_be_opened(path) and format_of(str(path)).whole)


def _may_be_opened(path: Path) -> bool:
    return barred("", "", path) is None


def _listed(source: str) -> list[Dataset]:
    is_address = is_dsn(source) or is_remote(source)
    shown = without_password(source) if is_address else source
    fault = None if is_address else barred(shown, Path(source).name, Path(source))
    if fault is not None:
        return [Dataset(shown, None, "unreadable", findings=(fault,))]
    if short := [] if is_address else not_whole(shown, Path(source).name, Path(source)):
        return [Dataset(shown, None, "unreadable", findings=tuple(short))]
    try:
        return format_of(source).listed(source)
    except InputError as error:
        return [Dataset(shown, None, "unreadable", findings=tuple(error.findings))]
    except _FAULTS as error:
        return [unreadable(shown, words_of(error))]
