"""A large plan seen from far: evidence as the cells that it lies in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.outputs.page_coding import Grid
from carbonspace.outputs.page_evidence import Explained

_CELLS = 10_000
"""Cells that a layer of evidence may have: they grow until there are no more."""
_ACROSS = 400
"""Cells over the longer side of the plan, to begin with."""


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
