"""Which reader a source needs: told by its content, its suffix or its form, never by a setting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from carbonspace.errors import InputError, SourceError
from carbonspace.sources import gtfs
from carbonspace.sources.archive import datasets_in, unpacked
from carbonspace.sources.boundary_txt import boundary_datasets, is_boundary, read_boundary
from carbonspace.sources.citygml import gml_datasets, is_gml, read_gml
from carbonspace.sources.contents import (
    osm_datasets,
    parquet_datasets,
    raster_datasets,
    vector_datasets,
)
from carbonspace.sources.dataset import Dataset
from carbonspace.sources.dsn import is_dsn, is_remote
from carbonspace.sources.faults import no_layer, unreadable, words_of
from carbonspace.sources.gate import barred, is_zip
from carbonspace.sources.gtfs_tables import is_gtfs
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.osm import is_osm, read_osm_layer, read_tables
from carbonspace.sources.partitioned import partitioned_datasets, read_partitioned
from carbonspace.sources.partitions import is_partitioned
from carbonspace.sources.postgis import postgis_datasets, read_postgis
from carbonspace.sources.vector import Read, read_layer
from carbonspace.sources.whole import not_whole

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
    """Return the reader of a path or DSN; what must not be opened is not even recognised."""
    if not (is_dsn(source) or is_remote(source)) and barred("", "", Path(source)) is not None:
        return _refuse
    return _safely(format_of(source).read)


def _refuse(sources: Sequence[LayerSource], _: str | None) -> list[Read]:
    faults = [barred(source.key, source.source, source.path) for source in sources]
    return [Read(None, [fault] if fault else []) for fault in faults]


def _safely(read: Reader) -> Reader:
    """Return a reader that gives what a broken source raises as a fault of each of its layers."""

    def safe(sources: Sequence[LayerSource], crs: str | None) -> list[Read]:
        try:
            return read(sources, crs)
        except (InputError, SourceError) as error:
            if len(sources) > 1:
                return [safe([source], crs)[0] for source in sources]
            if isinstance(error, InputError):
                return [Read(None, [*error.findings])]
            return [Read(None, [unreadable(sources[0], words_of(error))])]

    return safe


def _each(read: Callable[[LayerSource], Read]) -> Reader:
    return lambda sources, _: [read(source) for source in sources]


def _suffix(*known: str) -> Callable[[str], bool]:
    return lambda source: Path(source).suffix.lower() in known


def _read_osm(sources: Sequence[LayerSource], crs: str | None) -> list[Read]:
    """Read an extract once for all layers it gives; a `layer` names one as GDAL has it."""
    mapped = [source.key for source in sources if source.layer is None]
    short = not_whole(sources[0].key, sources[0].source, sources[0].path)
    if short:
        raise InputError(short)
    tables = read_tables(sources[0].path, mapped) if mapped else {}
    return [read_osm_layer(s, tables, crs) if s.layer is None else read_layer(s) for s in sources]


def _read_gtfs(sources: Sequence[LayerSource], _: str | None) -> list[Read]:
    """Open a feed once for all layers it gives; what is wrong with it is said with the first."""
    feed = gtfs.open_feed(sources[0].path)
    later = feed._replace(findings=[]) if feed.tables else feed
    feeds = [feed, *[later] * (len(sources) - 1)]
    return [gtfs.read_gtfs_layer(source, one) for source, one in zip(sources, feeds, strict=True)]


def _is_archive(source: str) -> bool:
    path = Path(source)
    return path.suffix.lower() == ".zip" and is_zip(path)


def _archive_datasets(source: str) -> list[Dataset]:
    """Return what a zip archive holds, as plan.toml would name it.

    Of several files in it a layer is named as its file is; a raster by its path in the archive.
    """
    path = Path(source)
    with unpacked(source, path.name, path) as folder:
        files = datasets_in(folder)
        rasters = [p for p in sorted(folder.rglob("*")) if p.suffix.lower() in _RASTERS]
        found = [replace(d, source=source, layer=d.layer if len(files) == 1 else file.stem)
                 for file in files if file.suffix.lower() != ".txt" or is_boundary(str(file))
                 for d in format_of(str(file)).listed(str(file))]  # fmt: skip
        inside = [replace(d, source=f"{source}/{file.relative_to(folder).as_posix()}")
                  for file in rasters for d in raster_datasets(str(file))]  # fmt: skip
    return [*found, *inside]


def _read_archive(sources: Sequence[LayerSource], crs: str | None) -> list[Read]:
    return [_read_packed(source, crs) for source in sources]


def _read_packed(source: LayerSource, crs: str | None) -> Read:
    """Read the one file of a zip archive, or the one that `layer` names."""
    with unpacked(source.key, source.source, source.path) as folder:
        found = datasets_in(folder)
        if len(found) == 1:
            inner = replace(source, path=found[0])
        else:
            found = [path for path in found if path.stem == source.layer] or found
            inner = replace(source, path=found[0], layer=None) if found else source
        if len(found) != 1:
            return Read(None, [no_layer(source, [path.stem for path in found])])
        return reader_of(str(inner.path))([inner], crs)[0]


_FORMATS = (
    Format("postgis", is_dsn, postgis_datasets, read_postgis, whole=True),
    Format("partitions", is_partitioned, partitioned_datasets, _each(read_partitioned), whole=True),
    Format("filegdb", _suffix(".gdb"), vector_datasets, _each(read_layer), whole=True),
    Format("parquet", _suffix(*_PARQUET), parquet_datasets, _each(read_layer)),
    Format("raster", _suffix(*_RASTERS), raster_datasets, _each(read_layer)),
    Format("gtfs", is_gtfs, gtfs.gtfs_datasets, _read_gtfs, whole=True),
    Format("archive", _is_archive, _archive_datasets, _read_archive),
    Format("boundary", is_boundary, boundary_datasets, _each(read_boundary), whole=True),
    Format("osm", lambda source: is_osm(Path(source)), osm_datasets, _read_osm),
    Format("gml", is_gml, gml_datasets, _each(read_gml)),
    Format("vector", lambda _: True, vector_datasets, _each(read_layer)),
)
