"""Cells in the order light walks them, each cut into strips along it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Integers
from .relief import Cells, Grid, Small, by_step, cells_of, compiled

MARGIN = 2
"""Cells around a group that its cells may look at."""


class Table(NamedTuple):
    """Cells in runs along the rows (or columns) that light walks from one to the next.

    Runs of step i are ``first[i]`` to ``first[i + 1]``: cells of one shape side by side, from
    `aside` on, of which the first is ``begin[run]`` in the order of the table. `start` is the row
    (or column) of the first step, `sides` the least and the largest place aside. `place` says
    where a cell of the table is among all; None where that is the very order. `beside` and
    `weight` (float32[cells, rays], the share of what is asked in the cell that each of its rays
    stands for) are in the order of the table.
    """

    start: int
    sides: tuple[int, int]
    first: Integers
    aside: Small
    shape: Small
    begin: Integers
    size: Small
    place: Small | None
    beside: NDArray[np.bool_]
    weight: NDArray[np.float32]


def strips_of(faces: ArrayLike, grid: Grid, by_columns: bool, rays: int) -> Cells:
    """Return the cells of faces, each cut into strips along the light."""
    return cells_of(faces, grid, down=rays if by_columns else 1, across=1 if by_columns else rays)


@compiled
def joined(strips: Cells, by_columns: bool, rays: int) -> tuple[Cells, NDArray[np.float32]]:
    """Return the cells that strips are of, and their weights, see `weights`."""
    across, down = (1, rays) if by_columns else (rays, 1)
    first = np.zeros(len(strips.first), dtype=np.int64)
    row, col = np.empty_like(strips.row), np.empty_like(strips.col)
    share = np.empty_like(strips.share)
    weight, held = np.empty((len(row), rays), dtype=np.float32), np.zeros((64, rays))
    n = 0
    for s in range(len(first) - 1):
        p, stop = strips.first[s], strips.first[s + 1]
        while p < stop:
            here, end, low, high = strips.row[p] // down, p, strips.col[p], strips.col[p]
            while end < stop and strips.row[end] // down == here:
                low, high = min(low, strips.col[end]), max(high, strips.col[end])
                end += 1
            low, high = low // across, high // across
            if high - low >= len(held):
                held = np.zeros((2 * (high - low + 1), rays))
            for k in range(p, end):
                c = strips.col[k] // across
                q = strips.row[k] % down if by_columns else strips.col[k] - c * across
                held[c - low, q] = strips.share[k]
            n = _taken(held, here, low, high + 1 - low, row, col, share, weight, n)
            p = end
        first[s + 1] = n
    return Cells(first, row[:n].copy(), col[:n].copy(), share[:n].copy()), weight[:n].copy()


@compiled
def _taken(
    held: Floats,
    here: int,
    low: int,
    count: int,
    row: Small,
    col: Small,
    share: Floats,
    weight: NDArray[np.float32],
    n: int,
) -> int:
    """Write the cells of one row from the shares of their strips, and clear these."""
    for c in range(count):
        whole = 0.0
        for q in range(weight.shape[1]):
            whole += held[c, q]
        if whole > 0:
            for q in range(weight.shape[1]):
                weight[n, q], held[c, q] = held[c, q] / whole, 0.0
            row[n], col[n], share[n] = here, low + c, whole / weight.shape[1]
            n += 1
    return n


def table_of(
    cells: Cells,
    weight: NDArray[np.float32],
    by_columns: bool,
    shape: Small,
    beside: NDArray[np.bool_],
) -> Table:
    """Sort cells by the rows (or columns) that light walks along."""
    along, aside = (cells.col, cells.row) if by_columns else (cells.row, cells.col)
    start = int(along.min()) - MARGIN
    count = int(along.max()) + MARGIN + 1 - start
    place = None
    if by_columns:
        place = by_step(along, start, count)[1]
        along, aside, shape = along[place], aside[place], shape[place]
        beside, weight = beside[place], weight[place]
    begin, size = _runs(along, aside, shape)
    first, order = by_step(along[begin], start, count)
    begin = begin[order]
    return Table(
        start, (int(aside.min()), int(aside.max())), first, aside[begin], shape[begin], begin,
        size[order], place, beside, weight,
    )  # fmt: skip


@compiled
def _runs(along: Small, aside: Small, shape: Small) -> tuple[Integers, Small]:
    """First cell and number of cells of each run."""
    begin = np.empty(len(along), dtype=np.int64)
    size = np.empty(len(along), dtype=np.int32)
    n = -1
    for p in range(len(along)):
        goes_on = (
            p > 0
            and shape[p] == shape[p - 1]
            and along[p] == along[p - 1]
            and aside[p] == aside[p - 1] + 1
        )
        if goes_on:
            size[n] += 1
        else:
            n += 1
            begin[n], size[n] = p, 1
    return begin[: n + 1].copy(), size[: n + 1].copy()


@compiled
def weights(cells: Cells, strips: Cells, by_columns: bool, rays: int) -> NDArray[np.float32]:
    """Return the share of each cell's cover that lies in each of its strips along the light."""
    result = np.zeros((len(cells.row), rays), dtype=np.float32)
    across, down = (1, rays) if by_columns else (rays, 1)
    for s in range(len(cells.first) - 1):
        k = cells.first[s]
        for p in range(strips.first[s], strips.first[s + 1]):
            row, col = strips.row[p] // down, strips.col[p] // across
            if cells.row[k] != row or cells.col[k] != col:
                k = min(k + 1, cells.first[s + 1] - 1)
                if cells.row[k] != row or cells.col[k] != col:
                    k = _found(cells, s, row, col)
                if cells.row[k] != row or cells.col[k] != col:
                    k = cells.first[s]
                    continue  # rounding left a speck this way that the other did not
            q = strips.row[p] - row * down if by_columns else strips.col[p] - col * across
            result[k, q] = strips.share[p] / (rays * cells.share[k])
    return result


@compiled
def _found(cells: Cells, shape: int, row: int, col: int) -> Any:
    """Position of a cell of a shape, by halving."""
    low, high = cells.first[shape], cells.first[shape + 1] - 1
    while low < high:
        middle = (low + high) // 2
        before = cells.row[middle] < row or (cells.row[middle] == row and cells.col[middle] < col)
        low, high = (middle + 1, high) if before else (low, middle)
    return low
