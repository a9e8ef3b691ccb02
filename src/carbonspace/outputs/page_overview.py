"""A large plan seen from far: land use as one picture, evidence as the cells that it lies in."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from rasterio.io import MemoryFile

from carbonspace.outputs.ground import Base
from carbonspace.outputs.page_coding import Grid
from carbonspace.outputs.page_evidence import Explained

_PIXELS = 2000
"""The longer side of the picture."""
_CELLS = 10_000
"""Cells that a layer of evidence may have: they grow until there are no more."""
_ACROSS = 400
"""Cells over the longer side of the plan, to begin with."""


def land_picture(base: Base, grid: Grid) -> dict[str, Any] | None:
    """Return the parcels as a PNG and the box it fills in steps; None where there are none."""
    mine = np.flatnonzero(base.group < base.land)
    shapes = base.ground.shapes[mine]
    kept = mine[shapely.get_dimensions(shapes) == 2]
    if not len(kept):
        return None
    xmin, ymin, xmax, ymax = shapely.total_bounds(base.ground.shapes[kept]).tolist()
    pixel = max(xmax - xmin, ymax - ymin) / _PIXELS
    width, height = (max(1, round(size / pixel)) for size in (xmax - xmin, ymax - ymin))
    seen = shapely.simplify(base.ground.shapes[kept], pixel / 2, preserve_topology=False)
    there = ~shapely.is_empty(seen)
    drawn = rasterize(
        zip(seen[there], (base.group[kept][there] + 1).tolist(), strict=True),
        out_shape=(height, width), dtype="uint8",
        transform=Affine((xmax - xmin) / width, 0.0, xmin, 0.0, (ymin - ymax) / height, ymax),
    )  # fmt: skip
    colours = {0: (0, 0, 0, 0)} | {n + 1: _rgba(one.fill) for n, one in enumerate(base.looks)}
    box = grid.placed(np.array([[xmin, ymin], [xmax, ymax]])).ravel().tolist()
    return {"box": box, "png": base64.b64encode(_png(drawn, colours)).decode("ascii")}


def _rgba(colour: str) -> tuple[int, ...]:
    return (*bytes.fromhex(colour.removeprefix("#")), 255) if colour else (0, 0, 0, 0)


def _png(drawn: NDArray[np.uint8], colours: dict[int, tuple[int, ...]]) -> bytes:
    height, width = drawn.shape
    with catch_warnings(), MemoryFile() as memory:
        simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(
            memory.name, "w", driver="PNG", width=width, height=height, count=1, dtype="uint8",
            ZLEVEL=6,
        ) as picture:  # fmt: skip
            picture.write(drawn, 1)
            picture.write_colormap(1, colours)
        return bytes(memory.read())


def cells(one: Explained, grid: Grid, metres_per_unit: float) -> dict[str, Any]:
    """Return the cells that the features of a layer of evidence lie in, and how many they are.

    `groups` are lists of unit, kind, set, number of features, and the cells as column and row:
    those of the first from the middle of the plan, then steps. `cell` is their width in metres.
    """
    spots = (_spots(one) - (grid.x, grid.y)) * metres_per_unit
    known = np.isfinite(spots).all(axis=1)
    spots, group = spots[known], _numbered(one)[known]
    extent = float(np.ptp(spots, axis=0).max()) if len(spots) else 0.0
    width = max(1.0, extent / _ACROSS)
    while len(found := _taken(spots, group, width)) > _CELLS:
        width *= 2**0.5
    return {"cell": round(width, 3), "groups": [*_groups(one, found, group)]}


def _spots(one: Explained) -> NDArray[np.float64]:
    """Return where each feature is, seen from far."""
    bounds = shapely.bounds(one.shapes)
    return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2)


def _numbered(one: Explained) -> NDArray[np.int64]:
    """Return unit, kind and set of each feature as one number."""
    kinds, sets = len(one.shown.kinds), max(len(one.sets), 1)
    return np.asarray(((one.unit + 1) * kinds + one.kind) * sets + one.set_of, dtype=np.int64)


_FAR = 2**15
"""More than any column or row of a cell: those of the plan are within some hundred."""


def _taken(
    spots: NDArray[np.float64], group: NDArray[np.int64], width: float
) -> NDArray[np.int64]:  # fmt: skip
    """Return group, row and column of every cell that something lies in, sorted by them."""
    column, row = np.clip(np.floor(spots / width).astype(np.int64), 1 - _FAR, _FAR - 1).T + _FAR
    key, row = np.divmod(np.unique((group * 2 * _FAR + row) * 2 * _FAR + column), 4 * _FAR**2)
    row, column = np.divmod(row, 2 * _FAR)
    return np.column_stack([key, row - _FAR, column - _FAR])


def _groups(
    one: Explained, found: NDArray[np.int64], group: NDArray[np.int64]
) -> Iterator[list[Any]]:  # fmt: skip
    """Yield the cells of each unit, kind and set."""
    names, counts = np.unique(group, return_counts=True)
    parts = np.split(found[:, [2, 1]], np.flatnonzero(np.diff(found[:, 0])) + 1)
    kinds, sets = len(one.shown.kinds), max(len(one.sets), 1)
    for name, count, part in zip(names.tolist(), counts.tolist(), parts, strict=bool(len(names))):
        unit, rest = divmod(name, kinds * sets)
        steps = np.diff(part, axis=0, prepend=0).ravel().tolist()
        yield [unit - 1, *divmod(rest, sets), count, steps]
