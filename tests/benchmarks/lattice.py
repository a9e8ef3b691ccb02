"""A cell of a province as a net: corners of parcels on a lattice that never ends, pushed about.

What is at a place follows from its numbers on the lattice and the seed alone, so cells that are
drawn apart meet to the millimetre.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from tests.benchmarks.net import Flags, Floats, Integers, Net, ragged
from tests.benchmarks.streets import Streets

STEP = 75.0
"""Metres between corners: parcels of 0.56 ha with their share of the streets."""
SOUTH_WEST = (300_000.0, 3_900_000.0)

_MIXED = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)
_PUSHED = 0.2
_BENT = 0.5
_MOST_POINTS = 5
_NO_STREET = 7


class Grid(NamedTuple):
    """How the lattice is shared out: parcels along the side of a cell, a unit, a block."""

    cell: int = 96
    unit: int = 24
    block: int = 4


class Piece(NamedTuple):
    """The net of a cell, its streets, and which ridges are its own: each belongs to one cell."""

    net: Net
    streets: Streets
    own: Flags


def drawn(seed: int, what: int, *place: Integers) -> Floats:
    """Return a number from 0 to 1 for each place, always the same for the same seed."""
    mixed = np.full(place[0].shape, seed * 64 + what, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for part in place:
            mixed = (mixed ^ part.astype(np.int64).view(np.uint64)) + _MIXED[0]
            mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIXED[1]
            mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIXED[2]
            mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(float) / (1 << 53)


def piece_of(cell: tuple[int, int], grid: Grid, seed: int, rim: tuple[bool, bool]) -> Piece:
    """Return a cell of the lattice.

    Parameters
    ----------
    cell
        Its column and row among the cells.
    rim
        Whether no cell lies to its east, to its north: ridges there are its own, too.
    """
    side = grid.cell
    i, j = (one.ravel() for one in np.meshgrid(np.arange(side + 1), np.arange(side + 1)))
    i0, j0 = cell[0] * side, cell[1] * side
    along, up = np.flatnonzero(i < side), np.flatnonzero(j < side)
    column, row = np.concatenate([i[along], i[up]]), np.concatenate([j[along], j[up]])
    rises = np.arange(len(column)) >= len(along)
    points, first = _ridges(column + i0, row + j0, rises, seed)
    left, right = _sides(column, row, rises, side)
    turned = left < 0
    points = _turned(points, first, turned)
    seeds = _middles(i0, j0, side, seed)
    x, y = (one.ravel() for one in np.meshgrid(np.arange(side), np.arange(side)))
    net = Net(
        seeds, _group(x, y, grid.block, side), _group(x, y, grid.unit, side),
        _group(x, y, 3 * grid.block, side), np.where(turned, right, left),
        np.where(turned, left, right), points, first,
    )  # fmt: skip
    is_own = ((column < side) | rim[0] | ~rises) & ((row < side) | rim[1] | rises)
    return Piece(net, _streets(column + i0, row + j0, rises, grid, seed), is_own)


def _corners(i: Integers, j: Integers, seed: int) -> Floats:
    """Return where corners of the lattice lie."""
    push = np.stack([drawn(seed, 1, i, j), drawn(seed, 2, i, j)], axis=1) * 2 - 1
    return np.asarray((np.stack([i, j], axis=1) + _PUSHED * push) * STEP + SOUTH_WEST)


def _ridges(i: Integers, j: Integers, rises: Flags, seed: int) -> tuple[Floats, Integers]:
    """Return ragged ridges from corners to the next in the east or north."""
    start = np.round(_corners(i, j, seed), 3)
    end = np.round(_corners(i + ~rises, j + rises, seed), 3)
    which = rises.astype(np.int64)
    inner = (drawn(seed, 3, i, j, which) * _MOST_POINTS).astype(np.int64) + 1
    step, ridge = ragged(np.zeros(len(i), dtype=np.int64), inner + 2)
    place = (i[ridge], j[ridge], which[ridge], step)
    t = np.clip((step + 0.4 * (drawn(seed, 4, *place) - 0.5)) / (inner[ridge] + 1), 0, 1)
    bend = (drawn(seed, 5, i, j, which) - 0.5)[ridge] + _BENT * (drawn(seed, 6, *place) - 0.5)
    along = end - start
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    shift = 1.6 * (t * (1 - t)) ** 2 * bend
    points = np.round(start[ridge] + along[ridge] * t[:, None] + across[ridge] * shift[:, None], 3)
    first = np.concatenate([[0], np.cumsum(inner + 2)])
    points[first[:-1]], points[first[1:] - 1] = start, end
    return points, first


def _sides(i: Integers, j: Integers, rises: Flags, side: int) -> tuple[Integers, Integers]:
    """Return the parcels left and right of ridges, -1 outside the cell."""
    left = (np.where(rises, i - 1, i), j)
    right = (i, np.where(rises, j, j - 1))
    found = [np.where((x >= 0) & (x < side) & (y >= 0) & (y < side), y * side + x, -1)
             for x, y in (left, right)]  # fmt: skip
    return found[0], found[1]


def _turned(points: Floats, first: Integers, which: Flags) -> Floats:
    """Return points with some ridges running the other way."""
    ridge = np.repeat(np.arange(len(which)), np.diff(first))
    place = np.arange(len(points))
    mirrored = first[ridge] + first[ridge + 1] - 1 - place
    return np.asarray(points[np.where(which[ridge], mirrored, place)])


def _middles(i0: int, j0: int, side: int, seed: int) -> Floats:
    i, j = (one.ravel() for one in np.meshgrid(np.arange(side) + i0, np.arange(side) + j0))
    corners = [_corners(i + a, j + b, seed) for a in (0, 1) for b in (0, 1)]
    return np.asarray(np.round(np.mean(corners, axis=0), 3), dtype=float)


def _group(x: Integers, y: Integers, size: int, side: int) -> Integers:
    return np.asarray((y // size) * (-(-side // size)) + x // size)


def _streets(i: Integers, j: Integers, rises: Flags, grid: Grid, seed: int) -> Streets:
    """Return which ridges are streets, by the line of the lattice they lie on.

    Lines between blocks are local streets, each third a secondary road, those between units
    arterial roads, every eighth of these an expressway; some stretches are missing.
    """
    line = np.where(rises, i, j)
    which = rises.astype(np.int64)
    chance = drawn(seed, 7, i, j, which)
    kind = np.where(chance < 0.05, 4, np.where(chance < 0.08, 5, _NO_STREET))
    is_there = drawn(seed, 8, i // grid.block, j // grid.block, which) < 0.9
    kind = np.where((line % grid.block == 0) & is_there, 3, kind)
    kind = np.where((line % (3 * grid.block) == 0) & is_there, 2, kind)
    kind = np.where(line % grid.unit == 0, 1, kind)
    kind = np.where(line % (8 * grid.unit) == 0, 0, kind)
    name = np.where(kind < 2, 2 * line + which, -1)
    dual = (kind == 0) | ((kind == 1) & (drawn(seed, 9, line, which) < 0.5))
    return Streets(kind, dual, name)
