"""Segments cut where they touch edges or come near them, and which edges each stretch is beside.

An edge has a band about it, as wide as the reach to either side. A segment that runs in the band
is beside the edge; one that merely crosses it is not, until it touches the edge itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .nearby import near_pairs
from .overlay import Floats, Integers
from .segments import Segments, distances, ragged, within

TOUCH = 1e-7
"""Metres; above the rounding of national grid coordinates, below anything drawn."""


class Meetings(NamedTuple):
    """Segments, edges in whose bands they come, and whether they lie on the edge all along."""

    segment: Integers
    edge: Integers
    on: NDArray[np.bool_]

    def of(self, chosen: NDArray[np.bool_]) -> Meetings:
        """Return the meetings of the chosen segments, counted anew."""
        number, own = np.cumsum(chosen) - 1, chosen[self.segment]
        return Meetings(number[self.segment[own]], self.edge[own], self.on[own])


class Stretches(NamedTuple):
    """Straight stretches: their segment, middle (float[n, 2]) and length."""

    segment: Integers
    middle: Floats
    length: Floats


_Pairs = tuple[Integers, Integers]
"""Positions of segments, or of stretches, and of edges near them."""


def meetings(parts: Segments, edges: Segments, reach: float) -> Meetings:
    """Find the edges in whose band each segment comes.

    Where a segment lies on an edge of a zone (their owner) all along, no other edge of this zone
    is among them: it would tell nothing new.
    """
    segment, edge = near_pairs(parts, edges, reach)
    on = _lie_on(parts.take(segment), edges.take(edge))
    zone = segment * (edges.owner.max(initial=0) + 1) + edges.owner[edge]
    settled = np.sort(zone[on])
    known = np.append(settled, -1)[np.searchsorted(settled, zone)] == zone
    loose = np.flatnonzero(~known)
    low, _ = within(parts.take(segment[loose]), edges.take(edge[loose]), reach)
    kept = np.concatenate((np.flatnonzero(on), loose[~np.isnan(low)]))
    return Meetings(segment[kept], edge[kept], on[kept])


def stretches(
    parts: Segments, edges: Segments, met: Meetings, reach: float
) -> tuple[Stretches, _Pairs]:
    """Cut segments where they come into a band or onto an edge, and leave either.

    Returns
    -------
    The stretches, and pairs of a stretch and an edge it is beside.
    """
    cut = np.zeros(len(parts.owner), dtype=np.bool_)
    cut[met.segment[~met.on]] = True
    whole, straight = parts.take(~cut), met.of(~cut)
    middle = whole.at(np.full(len(whole.owner), 0.5))
    first = Stretches(np.flatnonzero(~cut), middle, whole.lengths())
    second, (stretch, edge) = _cut(parts.take(cut), edges, met.of(cut), reach)
    second = second._replace(segment=np.flatnonzero(cut)[second.segment])
    every = Stretches(*(np.concatenate(both) for both in zip(first, second, strict=True)))
    stretch = np.concatenate((straight.segment, stretch + len(first.segment)))
    return every, (stretch, np.concatenate((straight.edge, edge)))


def _lie_on(parts: Segments, edges: Segments) -> NDArray[np.bool_]:
    """Tell which segments lie on their edge all along: so they do if both ends do."""
    result: NDArray[np.bool_] = distances(parts.start, edges) <= TOUCH
    result &= distances(parts.end, edges) <= TOUCH
    return result


def _cut(parts: Segments, edges: Segments, met: Meetings, reach: float) -> tuple[Stretches, _Pairs]:
    """Cut segments at every band and edge of theirs; see `stretches`."""
    pairs = met.segment, met.edge
    owner, t = _cuts(parts, edges, pairs, reach)
    follows = owner[1:] == owner[:-1]
    low, high, segment = t[:-1][follows], t[1:][follows], owner[:-1][follows]
    crossing = _crossing(parts.take(owner).at(t), owner, follows, edges, pairs, reach)
    source = parts.take(segment)
    middle, length = source.at((low + high) / 2), (high - low) * source.lengths()
    pair, stretch = _points_of(segment, pairs)
    edge = pairs[1][pair]
    limit = np.where(crossing, TOUCH, reach)[stretch]
    beside = distances(middle[stretch], edges.take(edge)) <= limit
    return Stretches(segment, middle, length), (stretch[beside], edge[beside])


def _cuts(parts: Segments, edges: Segments, pairs: _Pairs, reach: float) -> tuple[Integers, Floats]:
    """Segment (sorted) and t of each cut, both ends among them, every one once."""
    one, other = parts.take(pairs[0]), edges.take(pairs[1])
    ends = np.arange(len(parts.owner))
    inner = np.concatenate((*within(one, other, reach), *within(one, other, TOUCH)))
    owner = np.concatenate((ends, ends, *[pairs[0]] * 4))
    t = np.concatenate((np.zeros(len(ends)), np.ones(len(ends)), inner))
    order = np.lexsort((t, owner))
    owner, t = owner[order], t[order]
    fresh = ~np.isnan(t)
    fresh[1:] &= (owner[1:] != owner[:-1]) | (t[1:] != t[:-1])
    return owner[fresh], t[fresh]


def _crossing(
    cuts: Floats,
    owner: Integers,
    follows: NDArray[np.bool_],
    edges: Segments,
    pairs: _Pairs,
    reach: float,
) -> NDArray[np.bool_]:
    """Tell which stretches between consecutive cuts cross the band along an edge.

    Between the cuts that lie on an edge, on the rim of its band or at a segment's end, a line
    crosses if it climbs straight from edge to rim, or is too short to run along anything.
    """
    distance = _distance(cuts, owner, edges, pairs, reach)
    hard = (distance <= 2 * TOUCH) | (distance >= reach - 2 * TOUCH)
    hard[1:] |= ~follows
    hard[:-1] |= ~follows
    hard[:1] = hard[-1:] = True
    bounds = np.flatnonzero(hard)
    run = np.cumsum(hard)[:-1][follows] - 1
    first, last = bounds[:-1], bounds[1:]
    ends = np.sort(np.stack((distance[first], distance[last])), axis=0)
    climbs = np.flatnonzero((ends[0] <= 2 * TOUCH) & (ends[1] >= reach - 2 * TOUCH))
    middle, source = (cuts[first] + cuts[last])[climbs] / 2, owner[first[climbs]]
    straight = _distance(middle, source, edges, pairs, reach) >= reach / 4
    crossing = np.hypot(*(cuts[last] - cuts[first]).T) <= 10 * reach
    crossing[climbs[straight]] = True
    result: NDArray[np.bool_] = crossing[run]
    return result


def _distance(
    points: Floats, owner: Integers, edges: Segments, pairs: _Pairs, limit: float
) -> Floats:
    """Distance of points on segments (`owner`, sorted) to the nearest edge; `limit` at most."""
    pair, point = _points_of(owner, pairs)
    result = np.full(len(points), limit)
    np.minimum.at(result, point, distances(points[point], edges.take(pairs[1][pair])))
    return result


def _points_of(owner: Integers, pairs: _Pairs) -> tuple[Integers, Integers]:
    """(pair, point): each pair of a segment and an edge with each point of the segment."""
    start = np.searchsorted(owner, pairs[0], side="left")
    return ragged(start, np.searchsorted(owner, pairs[0], side="right"))
