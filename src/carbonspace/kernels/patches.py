"""Patches: cells of one shape that hang together by their sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .overlay import Floats, Integers
from .relief import Cells, Heights, compiled


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
def large(patch: Integers, share: Floats, square: float, least: float) -> NDArray[np.bool_]:
    """Tell which cells belong to a patch of `least` m²; cells are `square` m², by their share."""
    size = np.zeros(len(patch))
    for p in range(len(patch)):
        if patch[p] >= 0:
            size[patch[p]] += share[p]
    result = np.zeros(len(patch), dtype=np.bool_)
    for p in range(len(patch)):
        result[p] = patch[p] >= 0 and size[patch[p]] * square >= least
    return result


@compiled
def amounts(
    first: Integers, kind: NDArray[np.int8], weight: Floats, light: Heights, kinds: int
) -> tuple[Floats, Floats, Floats]:
    """Return what shapes hold of each kind of cell: float[kinds, n], all, and of light by kind.

    Parameters
    ----------
    first : cells ``first[i]`` to ``first[i + 1]`` belong to shape i
    kind, weight, light : of each cell; a cell counts by its weight
    kinds : how many there are

    Returns
    -------
    float[kinds, n], weights by kind; float[n], all weights; float[kinds, n], light times weight.
    """
    count = len(first) - 1
    held, lit = np.zeros((kinds, count)), np.zeros((kinds, count))
    whole = np.zeros(count)
    for s in range(count):
        for p in range(first[s], first[s + 1]):
            held[kind[p], s] += weight[p]
            lit[kind[p], s] += weight[p] * light[p]
            whole[s] += weight[p]
    return held, whole, lit


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
