"""Cells in the order light walks them, each cut into strips along it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .overlay import Integers
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
    stands for) are in the order of the table; `full` is the sum of a cell's weights.
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


def table_of(
    cells: Cells,
    strips: Cells,
    by_columns: bool,
    rays: int,
    shape: Small,
    beside: NDArray[np.bool_],
) -> Table:
    """Sort cells by the rows (or columns) that light walks along."""
    along, aside = (cells.col, cells.row) if by_columns else (cells.row, cells.col)
    start = int(along.min()) - MARGIN
    count = int(along.max()) + MARGIN + 1 - start
    weight = _weights(cells, strips, by_columns, rays)
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
def _weights(cells: Cells, strips: Cells, by_columns: bool, rays: int) -> NDArray[np.float32]:
    """Share of each cell's cover that lies in each of its strips along the light."""
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
