"""How streets hang together: connected pieces, the gaps between them, corners and dead ends."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from .junctions import MM, millimetres
from .network import connected
from .overlay import Floats, Geometries, Integers
from .streets import Streets

_SAME = 0.01
"""Metres; two edges between the same corners whose middles lie so near are drawn twice."""


class Pieces(NamedTuple):
    """Connected parts of streets, numbered from the longest on; of equals from the west.

    `of` is the piece of each line, -1 for one without length; `length` of each piece, mm.
    """

    of: Integers
    length: Integers


class Gaps(NamedTuple):
    """Where pieces come nearest to each other: piece `one` and the smaller `other`, and the way."""

    one: Integers
    other: Integers
    way: Geometries


class Corners(NamedTuple):
    """Nodes, those on both sides of a gap that counts as joined being one.

    `of` is the corner of each node; `place` where corners are (float[k, 2]), and `legs` how many
    different edges meet there. A loop has two legs.
    """

    of: Integers
    place: Floats
    legs: Integers


def pieces(streets: Streets) -> Pieces:
    """Return the connected pieces of streets; which way they may be gone along does not matter."""
    _, label = connected(streets.start, streets.end, len(streets.place))
    edge = np.flatnonzero(~streets.gaps)
    _, own = np.unique(label[streets.start[edge]], return_inverse=True)
    count = int(own.max(initial=-1)) + 1
    length = np.bincount(own, streets.length[edge], count).astype(np.int64)
    corner = np.full((2, count), np.inf)
    west, south = shapely.bounds(streets.lines)[streets.line[edge], :2].T
    np.minimum.at(corner[0], own, west)
    np.minimum.at(corner[1], own, south)
    order = np.lexsort((corner[1], corner[0], -length))
    of = np.full(len(streets.lines), -1, dtype=np.intp)
    of[streets.line[edge]] = np.argsort(order)[own]
    return Pieces(of, length[order])


def gaps(streets: Streets, found: Pieces, level: Integers, *, far: float) -> Gaps:
    """Return for each two pieces where they are nearest, if that is no farther than `far` metres.

    Parameters
    ----------
    streets, found : and their pieces
    level : int[n]; lines of different level are not held against each other
    far : metres

    Returns
    -------
    Gaps
        Sorted by pieces. Lines that cross or touch without meeting have no gap between them.
    """
    small = np.flatnonzero(found.of > 0)
    tree = shapely.STRtree(streets.lines)
    row, two = tree.query(streets.lines[small], predicate="dwithin", distance=far)
    one = small[row]
    apart = (found.of[two] >= 0) & (found.of[one] != found.of[two]) & (level[one] == level[two])
    one, two = one[apart], two[apart]
    swap = found.of[one] > found.of[two]
    one, two = np.where(swap, two, one), np.where(swap, one, two)
    metres = millimetres(shapely.distance(streets.lines[one], streets.lines[two]))
    one, two, metres = one[metres > 0], two[metres > 0], metres[metres > 0]
    order = np.lexsort((two, one, metres, found.of[two], found.of[one]))
    one, two = one[order], two[order]
    larger, smaller = found.of[one], found.of[two]
    first = (np.diff(larger, prepend=-1) != 0) | (np.diff(smaller, prepend=-1) != 0)
    way = shapely.shortest_line(streets.lines[one[first]], streets.lines[two[first]])
    return Gaps(larger[first], smaller[first], np.asarray(way, dtype=object))


def corners(streets: Streets) -> Corners:
    """Return the corners of streets; what is drawn twice is one leg."""
    joined = streets.gaps
    size, of = connected(streets.start[joined], streets.end[joined], len(streets.place))
    edge = np.flatnonzero(single(streets))
    ends = of[np.concatenate((streets.start[edge], streets.end[edge]))]
    order = np.lexsort((streets.place[:, 1], streets.place[:, 0], ~streets.drawn, of))
    first = order[np.flatnonzero(np.diff(of[order], prepend=-1))]
    return Corners(of, streets.place[first], np.bincount(ends, minlength=size))


def single(streets: Streets) -> NDArray[np.bool_]:
    """Tell which edges are streets: no gaps, and of those that are drawn twice the first."""
    result: NDArray[np.bool_] = ~streets.gaps
    edge = np.flatnonzero(result)
    ends = np.sort(np.stack((streets.start[edge], streets.end[edge])), axis=0)
    order = np.lexsort((edge, streets.length[edge], ends[1], ends[0]))
    edge, ends = edge[order], ends[:, order]
    alike = (np.diff(ends, axis=1) == 0).all(axis=0) & (np.diff(streets.length[edge]) == 0)
    for row in np.flatnonzero(alike).tolist():
        begin = row
        while begin and alike[begin - 1]:
            begin -= 1
        one, others = edge[row + 1], edge[begin : row + 1]
        near = shapely.distance(_middle(streets, others), _middle(streets, one)) < _SAME
        result[one] = not near.any()
    return result


def _middle(streets: Streets, edge: Integers) -> Geometries:
    """Return the point half along edges."""
    at = (streets.low[edge] + streets.high[edge]) / (2 * MM)
    result: Geometries = shapely.line_interpolate_point(streets.lines[streets.line[edge]], at)
    return result
