"""Patches: cells of one shape that hang together by their sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .overlay import Integers
from .relief import Cells, compiled


@compiled
def patches(cells: Cells, chosen: NDArray[np.bool_]) -> Integers:
    """Return which patch each cell belongs to.

    Parameters
    ----------
    cells : sorted by shape, row and column
    chosen : bool[n], the cells that count; cells of different shapes never hang together

    Returns
    -------
    int64[n], the position of the first cell of the patch; -1 for cells that do not count.
    """
    found = np.full(len(chosen), -1, dtype=np.int64)
    for s in range(len(cells.first) - 1):
        above = cells.first[s]
        for p in range(cells.first[s], cells.first[s + 1]):
            if not chosen[p]:
                continue
            found[p] = p
            row, col = cells.row[p], cells.col[p]
            before = max(p - 1, cells.first[s])
            beside = cells.row[before] == row and cells.col[before] == col - 1
            if beside and found[before] >= 0:
                _join(found, before, p)
            while cells.row[above] < row - 1 or (
                cells.row[above] == row - 1 and cells.col[above] < col
            ):
                above += 1
            if cells.row[above] == row - 1 and cells.col[above] == col and found[above] >= 0:
                _join(found, above, p)
    for p in range(len(found)):
        if found[p] >= 0:
            found[p] = _first(found, p)
    return found


@compiled
def _first(found: Integers, p: int) -> int:
    """Return the first cell of a patch, and shorten the way there."""
    while found[p] != p:
        found[p] = found[found[p]]
        p = found[p]
    return p


@compiled
def _join(found: Integers, one: int, other: int) -> None:
    a, b = _first(found, one), _first(found, other)
    if a < b:
        found[b] = a
    elif b < a:
        found[a] = b
