"""Files as GDAL reads them, through Arrow: fields and geometry as they lie in the file.

Whatever a reader says of a broken file comes out as a `SourceError`. Rows are taken as they
come, so that a file that is too large stops before it fills the memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from carbonspace.errors import CarbonspaceError, SourceError
from carbonspace.sources.dbf import BYTE_FOR_BYTE, decode, decoded
from carbonspace.sources.room import TooLargeError, most_bytes
from carbonspace.sources.stored import Built, built, together

_ROWS_AT_ONCE = 1 << 14
_MOST_SAID = 400
_ADVICE = "; It might help to specify the correct driver"
"""From here on GDAL speaks to programmers."""
_BROKEN = (RuntimeError, ValueError, OSError, LookupError, TypeError, ArithmeticError, MemoryError,
           pa.ArrowException, shapely.errors.ShapelyError)  # fmt: skip


Build = Callable[[np.ndarray], Built]
"""Makes shapes of stored geometry."""


class Raw(NamedTuple):
    """Fields and geometries as they lie in a file."""

    fields: pd.DataFrame
    shapes: Built
    crs: str | None

    @property
    def geometry(self) -> np.ndarray:
        """The shapes, None where there is none or none can be built."""
        return self.shapes.geometry


def layer_names(path: Path) -> dict[str, bool]:
    """Return the layers of a file, and whether each has geometry."""
    with reading():
        return {str(name): kind is not None for name, kind in pyogrio.list_layers(path)}


def described(path: Path, layer: str | None, encoding: str | None, **options: Any) -> Any:
    """Return what `pyogrio.read_info` says of a layer, with its field names decoded."""
    with reading():
        info = pyogrio.read_info(path, layer=layer, encoding=_asked(path, encoding), **options)
        info["fields"] = np.array(_names(path, info["fields"], encoding), dtype=object)
        return info


def read_raw(
    path: Path, layer: str | None, *, columns: Iterable[str] | None = None,
    where: str | None = None, encoding: str | None = None, errors: str = "strict",
    chord: float = 0.01, **options: Any,
) -> Raw:  # fmt: skip
    """Return a layer of any file GDAL reads, fields and geometry apart.

    Geometries that cannot be built as stored (a ring of two points, say) are None and listed;
    rings left open are closed.

    Parameters
    ----------
    columns
        The fields to read (default: all).
    encoding
        Of the text, where the file does not say it well; a shapefile is decoded here, see `dbf`.
    errors
        What to do with text that is not in that encoding: "strict" or "replace".
    chord
        How many metres a segment may be away from the arc it stands for.
    options
        Those of `pyogrio.raw.open_arrow`, among them GDAL's open options.

    Raises
    ------
    SourceError
        The file cannot be read, or is larger than an eighth of the memory.
    """
    with reading():
        stored = _stored_names(path, layer, encoding)
        asked: dict[str, Any] = {
            **options, "encoding": _asked(path, encoding),
            "where": _as_stored(where, path, encoding),
            "columns": columns and [stored.get(name, name) for name in columns],
        }  # fmt: skip
        raw = _read(path, layer, asked, chord)
        if not stored:
            return raw
        fields = raw.fields.rename(columns={old: new for new, old in stored.items()})
        return raw._replace(fields=_decoded(fields, encoding, errors))


@contextmanager
def reading() -> Iterator[None]:
    """Turn what readers raise over a broken file into a `SourceError`."""
    try:
        yield
    except CarbonspaceError:
        raise
    except NameError as error:  # pyogrio 0.13 meets a CRS that it cannot write down
        raise SourceError(
            "its coordinate system cannot be understood", "无法理解其坐标系"
        ) from error
    except _BROKEN as error:
        said = str(error).partition(_ADVICE)[0][:_MOST_SAID] or type(error).__name__
        raise SourceError(said, f"“{said}”") from error


def gathered(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, geometry: str, build: Build
) -> tuple[pa.Table, Built]:
    """Return rows as a table of fields and the shapes of their column `geometry`.

    Shapes are built as rows come, so that no more than a few are in memory twice.

    Raises
    ------
    TooLargeError
        They take more than an eighth of the memory, in which nothing could be computed.
    """
    kept, shapes, size, limit = list[pa.RecordBatch](), list[Built](), 0, most_bytes()
    for batch in batches:
        size += batch.nbytes
        if size > limit:
            raise TooLargeError(limit, sum(map(len, kept)) + len(batch))
        batch.validate(full=True)
        shapes.append(build(batch.column(geometry).to_numpy(zero_copy_only=False)))
        # A copy: one column of a batch keeps the memory of all of them.
        kept.append(batch.drop_columns([geometry]).take(np.arange(len(batch))))
    fields = schema.remove(schema.get_field_index(geometry))
    return pa.Table.from_batches(kept, fields), together(shapes)


def as_frame(table: pa.Table) -> pd.DataFrame:
    """Return a table of fields; lists and records become JSON text."""
    frame = table.to_pandas(integer_object_nulls=True).reset_index(drop=True)
    nested = {field.name: table.column(field.name).to_pylist() for field in table.schema
              if pa.types.is_nested(field.type)}  # fmt: skip
    texts = {name: [None if one is None else json.dumps(one, ensure_ascii=False, default=str)
                    for one in values] for name, values in nested.items()}  # fmt: skip
    return frame.assign(**{name: pd.Series(v, dtype="str") for name, v in texts.items()})


def _read(path: Path, layer: str | None, options: Mapping[str, Any], chord: float) -> Raw:
    with pyogrio.raw.open_arrow(
        path, layer=layer, use_pyarrow=True, batch_size=_ROWS_AT_ONCE, **options
    ) as (meta, reader):
        name, crs = meta["geometry_name"] or "wkb_geometry", meta["crs"]
        build = partial(built, crs=crs, metres=chord)
        table, shapes = gathered(reader, reader.schema, name, build)
    return Raw(as_frame(table), shapes, crs)


def _is_shapefile(path: Path) -> bool:
    return path.suffix.lower() == ".shp"


def _asked(path: Path, encoding: str | None) -> str | None:
    return BYTE_FOR_BYTE if _is_shapefile(path) and encoding else encoding


def _stored_names(path: Path, layer: str | None, encoding: str | None) -> dict[str, str]:
    """Return the name GDAL has for each field of a shapefile that is read byte for byte."""
    if not (_is_shapefile(path) and encoding):
        return {}
    info = pyogrio.read_info(path, layer=layer, encoding=BYTE_FOR_BYTE)
    stored = [str(name) for name in info["fields"]]
    return dict(zip(_names(path, stored, encoding), stored, strict=True))


def _names(path: Path, stored: Sequence[Any], encoding: str | None) -> list[str]:
    """Return field names decoded; the second of two that are cut alike keeps its bytes."""
    if not (_is_shapefile(path) and encoding):
        return [str(name) for name in stored]
    names: list[str] = []
    for name in map(str, stored):
        text = decode(name.encode(BYTE_FOR_BYTE), encoding, errors="replace")
        names.append(name if text in names else text)
    return names


def _as_stored(text: str | None, path: Path, encoding: str | None) -> str | None:
    """Return a filter as the bytes it must be compared with."""
    if text is None or not (_is_shapefile(path) and encoding):
        return text
    return text.encode(encoding).decode(BYTE_FOR_BYTE)


def _decoded(fields: pd.DataFrame, encoding: str | None, errors: str) -> pd.DataFrame:
    texts = fields.select_dtypes("str").columns
    found = {name: decoded(fields[name], str(encoding), errors=errors) for name in texts}
    return fields.assign(**found)
