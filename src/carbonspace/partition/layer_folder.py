"""A layer written as partitions: GeoParquet files, and the index that says what lies in which."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray
from pyarrow import parquet
from pyproj import CRS

from carbonspace.kernels.hilbert import BITS, hilbert
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.partitions import INDEX, Index, Part, index_text
from carbonspace.sources.stored import built

FEATURES = 20_000
"""So many features make a file, where nothing else is said."""

KEY = "\0key"
"""The column, while partitions are made, of where a feature lies on the curve."""
NOWHERE = 1 << 2 * BITS
"""Where features without a place lie on the curve: behind all others."""

_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_BOX = pa.struct([pa.field(name, pa.float64()) for name in _CORNERS])
_ROW_GROUP = 1 << 13
_REACH = {True: 512.0, False: float(1 << 26)}
"""How far from the origin places are told apart, in degrees and in metres."""


@dataclass(frozen=True)
class Shape:
    """What the files of a layer have in common; `fields` are the columns of the source.

    The CRS is as its reader named it.
    """

    fields: pa.Schema
    geometry: str
    crs: str | dict[str, Any] | None
    hidden: tuple[str, ...] = ()

    @property
    def box(self) -> str:
        """The column of the box of each feature."""
        return self._free("bbox")

    @property
    def order(self) -> str:
        """The column of the position of each feature in the source."""
        return self._free("row")

    @property
    def schema(self) -> pa.Schema:
        """All columns of a file."""
        return self.fields.append(pa.field(self.box, _BOX)).append(
            pa.field(self.order, pa.int64()))  # fmt: skip

    def _free(self, name: str) -> str:
        taken = {one.casefold() for one in self.fields.names}
        while name in taken:
            name += "_"
        return name


def with_boxes(table: pa.Table, rows: NDArray[np.int64], shape: Shape) -> pa.Table:
    """Return rows of a source with their boxes, positions and places on the curve.

    Parameters
    ----------
    rows
        The position of each in the source.
    """
    bounds = _bounds(table[shape.geometry].to_numpy(), shape.crs)
    nowhere = np.asarray(~np.isfinite(bounds).all(axis=1))
    corners = [pa.array(bounds[:, n]) for n in range(4)]
    boxes = pa.StructArray.from_arrays(corners, fields=list(_BOX), mask=pa.array(nowhere))
    columns = [*table.select(shape.fields.names).cast(shape.fields).columns, boxes, pa.array(rows)]
    made = pa.table(columns, schema=shape.schema)
    return made.append_column(KEY, pa.array(_along(bounds, nowhere, shape.crs)))


def sorted_rows(table: pa.Table, shape: Shape) -> pa.Table:
    """Return rows in the order of the curve, those at the same place in that of the source."""
    keys, rows = table[KEY].to_numpy(), table[shape.order].to_numpy()
    return table.take(pa.array(np.lexsort((rows, keys))))


class LayerFolder:
    """A folder of partitions as it is written: files one after the other, at last the index."""

    def __init__(self, folder: Path, shape: Shape) -> None:
        self._folder, self._shape = folder, shape
        self._parts: list[Part] = []
        folder.mkdir(parents=True)

    def add(self, table: pa.Table) -> None:
        """Write rows as a file; they have the columns of the layer, sorted by place.

        Raises
        ------
        OSError
            It cannot be written.
        """
        name = f"{len(self._parts):05}.parquet"
        plain = table.select(self._shape.schema.names).combine_chunks()
        box = _box_of(plain[self._shape.box])
        content = _content(plain.replace_schema_metadata(self._geo(box)))
        (self._folder / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        self._parts.append(Part(name, len(plain), box, len(content), digest))

    def close(self) -> Index:
        """Write the index and return it.

        Raises
        ------
        OSError
            It cannot be written.
        """
        if not self._parts:
            self.add(self._shape.schema.empty_table())
        shape = self._shape
        rows = sum(part.rows for part in self._parts)
        index = Index(rows, shape.crs, shape.geometry, shape.box, shape.order, shape.hidden,
                      tuple(self._parts))  # fmt: skip
        (self._folder / INDEX).write_text(index_text(index), "utf-8", newline="\n")
        return index

    def _geo(self, box: Bounds | None) -> dict[str, str]:
        shape = self._shape
        crs = CRS.from_user_input(shape.crs).to_json_dict() if shape.crs else None
        covering = {corner: [shape.box, corner] for corner in _CORNERS}
        column: dict[str, Any] = {"encoding": "WKB", "geometry_types": [], "crs": crs,
                  "covering": {"bbox": covering}, **({"bbox": box} if box else {})}  # fmt: skip
        return {"geo": json.dumps({"version": "1.1.0", "primary_column": shape.geometry,
                                   "columns": {shape.geometry: column}})}  # fmt: skip


def _content(table: pa.Table) -> bytes:
    buffer = pa.BufferOutputStream()
    parquet.write_table(table, buffer, compression="zstd", row_group_size=_ROW_GROUP)
    return bytes(buffer.getvalue())


def _bounds(wkb: NDArray[np.object_], crs: Any) -> NDArray[np.float64]:
    """Return the box of each feature, NaN where it has none; arcs bulge a millimetre at most."""
    named = crs if isinstance(crs, str) else None
    shapes = built(wkb, named, 0.001)
    bounds = np.array(shapely.bounds(shapes.geometry)).reshape(-1, 4)
    bounds[shapes.curved] += np.array([-1, -1, 1, 1]) * _arc_margin(named)
    return bounds


def _arc_margin(crs: str | None) -> float:
    return 1e-7 if crs and CRS.from_user_input(crs).is_geographic else 0.01


def _along(bounds: NDArray[np.float64], nowhere: NDArray[np.bool_], crs: Any) -> NDArray[np.int64]:
    """Return where the middle of each box lies on a curve that is the same for all data."""
    reach = _REACH[bool(crs) and CRS.from_user_input(crs).is_geographic]
    middle = np.where(nowhere[:, None], 0.0, (bounds[:, :2] + bounds[:, 2:]) / 2)
    cells = np.clip((middle + reach) / (2 * reach), 0, 1) * ((1 << BITS) - 1)
    x, y = cells.astype(np.int64).T
    return np.where(nowhere, NOWHERE, hilbert(x, y))


def _box_of(boxes: pa.ChunkedArray) -> Bounds | None:
    """Return the box around the boxes of all rows that have one."""
    corners = [pc.struct_field(boxes, name) for name in _CORNERS]
    found = [pc.min(one).as_py() for one in corners[:2]] + [
        pc.max(one).as_py() for one in corners[2:]]  # fmt: skip
    return None if found[0] is None else (found[0], found[1], found[2], found[3])
