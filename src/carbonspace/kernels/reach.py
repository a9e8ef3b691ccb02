"""How far along streets: distances from all sources at once, and what lies within a limit.

Lengths are whole millimetres, so that sums are exact and do not hang on their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from .frontage import Fronts
from .overlay import Floats, Integers
from .segments import ragged
from .streets import Streets


class Ways(NamedTuple):
    """Which lines may be gone along, and which of them against the way they are drawn (bool[n])."""

    forth: NDArray[np.bool_]
    back: NDArray[np.bool_]


class Reach(NamedTuple):
    """Distances along streets to the nearest source.

    `away` is that of each node, mm, infinite beyond the limit (mm). What lies on an edge is reached
    by way of its start where `back`, by way of its end where `forth`; edges `beside` a source lie
    at it all along.
    """

    streets: Streets
    limit: int
    away: Floats
    forth: NDArray[np.bool_]
    back: NDArray[np.bool_]
    beside: NDArray[np.bool_]


def reach(streets: Streets, ways: Ways, sources: Fronts, limit: int) -> Reach:
    """Find everything from where a source can be reached.

    Parameters
    ----------
    streets : as from `streets.streets`
    ways : of its lines; gaps may be crossed both ways
    sources : stretches of lines, each a source all along, and how far away the source is from it
    limit : mm; what is farther away counts as out of reach

    Returns
    -------
    Reach
        Its streets are those given, with nodes where sources begin and end.
    """
    there = ways.forth | ways.back
    sources = sources.take(there[sources.line] & (sources.away <= limit))
    cut = divided(streets, np.concatenate((sources.line, sources.line)),
                  np.concatenate((sources.low, sources.high)))  # fmt: skip
    forth, back = _open(cut, ways.forth), _open(cut, ways.back)
    beside = np.zeros(len(cut.line), dtype=np.bool_)
    beside[edges_of(cut, sources)[1]] = True
    graph = arcs(cut, forth, back, np.where(beside, 0, cut.length), seeds(cut, sources))
    away = dijkstra(graph, indices=len(cut.place), limit=float(limit))[:-1]
    return Reach(cut, limit, away, forth, back, beside)


def distance_at(found: Reach, line: Integers, at: Integers) -> Floats:
    """Return how far places on lines (mm along them) are from the nearest source, mm."""
    edge = found.streets.edges_at(line, at)
    return _distance(found, edge, at)


def nearest(found: Reach, places: Fronts, count: int) -> Floats:
    """Return how far each of `count` places is from the nearest source at its nearest point, mm.

    Infinite where nothing is within the limit.
    """
    result = np.full(count, np.inf)
    row, edge = edges_of(found.streets, places, points=True)
    for end in (found.streets.low[edge], found.streets.high[edge]):
        at = np.clip(end, places.low[row], places.high[row])
        far = _distance(found, edge, at) + places.away[row]
        np.minimum.at(result, places.place[row], far)
    result[result > found.limit] = np.inf
    return result


def shares(found: Sequence[Reach], places: Fronts, count: int) -> Floats:
    """Return the share (0..1) of the stretches of each of `count` places within every limit.

    Parameters
    ----------
    found : what was found from sources of one or of several kinds, on the same streets
    places : stretches of lines
    count : number of places

    Returns
    -------
    float[count]. Points count only where a place has no stretch with length, each different place
    on the streets as much as any other: so what a street adds that runs along an edge for a
    shorter and shorter bit vanishes, and streets that do so alike count alike. NaN for a place
    without any stretch.
    """
    streets = found[0].streets
    places = _weighty(streets, places, count)
    row, edge = edges_of(streets, places, points=True)
    low = np.maximum(places.low[row], streets.low[edge]).astype(float)
    high = np.minimum(places.high[row], streets.high[edge]).astype(float)
    away = places.away[row].astype(float)
    missed = _missed([_ends_within(one, edge, away) for one in found], low, high)
    passed = np.bincount(row, high - low - missed, minlength=len(places.place))
    point = places.low == places.high
    passed[point] = _points_within(found, places.take(point))
    whole = np.where(point, 1, places.high - places.low)
    top = np.bincount(places.place, passed, minlength=count)
    bottom = np.bincount(places.place, whole, minlength=count).astype(np.float64)
    result = np.full(count, np.nan)
    np.divide(top, bottom, out=result, where=bottom > 0)
    return result


def _weighty(streets: Streets, places: Fronts, count: int) -> Fronts:
    """Return the stretches with length, and of places without any the points, each once."""
    long = places.high > places.low
    fronted = np.zeros(count, dtype=np.bool_)
    fronted[places.place[long]] = True
    points = np.flatnonzero(~fronted[places.place])
    at = places.low[points]
    edge = streets.edges_at(places.line[points], at)
    node = -1 - points  # what is no node is on one line only
    for drawn, mark in ((streets.start, streets.low), (streets.end, streets.high)):
        node = np.where(at == mark[edge], drawn[edge], node)
    _, once = np.unique(np.stack((places.place[points], node)), axis=1, return_index=True)
    long[points[once]] = True
    return places.take(long)


def _missed(ends: Sequence[tuple[Floats, Floats]], low: Floats, high: Floats) -> Floats:
    """Return how much of stretches, from low to high, is out of some reach, mm.

    Of each reach the stretch that is out of it is given, from and to.
    """
    begin = np.stack([np.clip(left, low, high) for left, _ in ends])
    finish = np.stack([np.clip(right, low, high) for _, right in ends])
    finish = np.maximum(begin, finish)
    order = np.argsort(begin, axis=0, kind="stable")
    begin, finish = (np.take_along_axis(one, order, axis=0) for one in (begin, finish))
    before = np.concatenate((low[None], np.maximum.accumulate(finish, axis=0)[:-1]))
    result: Floats = np.maximum(finish - np.maximum(begin, before), 0.0).sum(axis=0)
    return result


def _points_within(found: Sequence[Reach], points: Fronts) -> NDArray[np.bool_]:
    """Tell which points are within every limit."""
    result = np.ones(len(points.place), dtype=np.bool_)
    for one in found:
        result &= distance_at(one, points.line, points.low) + points.away <= one.limit
    return result


def whole_lines(found: Reach) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which lines are within the limit all along, and of which not even a point is."""
    streets = found.streets
    edge = np.arange(streets.first[-1])
    left, right = _ends_within(found, edge, np.zeros(len(edge)))
    start = found.back[edge] & (found.away[streets.start[edge]] <= found.limit)
    end = found.forth[edge] & (found.away[streets.end[edge]] <= found.limit)
    within, beyond = (np.diff(streets.first) > 0 for _ in range(2))
    within[streets.line[edge[left < right]]] = False
    beyond[streets.line[edge[start | end | found.beside[edge]]]] = False
    return within, beyond


class Stretches(NamedTuple):
    """Stretches of edges within reach: mm along the line of each."""

    edge: Integers
    low: Floats
    high: Floats


def reached(found: Reach) -> Stretches:
    """Return all that is within the limit, but for gaps; up to two stretches of an edge."""
    streets = found.streets
    edge = np.flatnonzero(~streets.gaps)
    left, right = _ends_within(found, edge, np.zeros(len(edge)))
    whole = left >= right
    edge = np.concatenate((edge, edge[~whole]))
    low = np.concatenate((streets.low[edge[: len(whole)]].astype(float), right[~whole]))
    high = np.concatenate((np.where(whole, streets.high[edge[: len(whole)]], left),
                           streets.high[edge[len(whole) :]]))  # fmt: skip
    some = high > low
    order = np.lexsort((low[some], edge[some]))
    return Stretches(edge[some][order], low[some][order], high[some][order])


def divided(streets: Streets, line: Integers, at: Integers) -> Streets:
    """Return the streets with nodes at places on lines (mm along them), too."""
    key = np.unique(line.astype(np.int64) * streets.span + at)
    line, at = key // streets.span, key % streets.span
    edge = streets.edges_at(line, at)
    inside = (at > streets.low[edge]) & (at < streets.high[edge])
    if not inside.any():
        return streets
    edge, mark = edge[inside], at[inside]
    node = len(streets.place) + np.arange(len(edge))
    every = np.arange(len(streets.line))
    owner = np.concatenate((every, edge))
    begin = np.lexsort((np.concatenate((streets.low, mark)), owner))
    finish = np.lexsort((np.concatenate((streets.high, mark)), owner))
    own = owner[begin]
    low, high = np.concatenate((streets.low, mark)), np.concatenate((streets.high, mark))
    along = streets.between(streets.line[own], low[begin], high[finish])
    length = np.where(streets.gaps[own], streets.length[own], along)
    grown = np.searchsorted(edge, streets.first)
    return streets._replace(
        first=streets.first + grown,
        line=streets.line[own],
        low=low[begin],
        high=high[finish],
        start=np.concatenate((streets.start, node))[begin],
        end=np.concatenate((streets.end, node))[finish],
        length=length,
        place=np.concatenate((streets.place, np.full((len(node), 2), np.nan))),
        drawn=np.concatenate((streets.drawn, np.zeros(len(node), dtype=np.bool_))),
    )


def _open(streets: Streets, lines: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which edges are open, from which lines are; gaps always are."""
    result = np.ones(len(streets.line), dtype=np.bool_)
    known = ~streets.gaps
    result[known] = lines[streets.line[known]]
    return result


def edges_of(
    streets: Streets, places: Fronts, *, points: bool = False
) -> tuple[Integers, Integers]:
    """Return (row, edge): the edges that stretches lie on, those of points where asked."""
    first = streets.edges_at(places.line, places.low)
    last = streets.edges_at(places.line, places.high)
    on_node = (streets.high[first] == places.low) & (places.high > places.low)
    first = first + on_node
    chosen = np.full(len(first), points) | (places.high > places.low)
    row, edge = ragged(first[chosen], last[chosen] + 1)
    return np.flatnonzero(chosen)[row], edge


def seeds(streets: Streets, sources: Fronts) -> tuple[Integers, Integers]:
    """Return the nodes where sources begin and end, and how far the source is from there."""
    nodes = []
    for at in (sources.low, sources.high):
        edge = streets.edges_at(sources.line, at)
        nodes.append(np.where(streets.high[edge] == at, streets.end[edge], streets.start[edge]))
    return np.concatenate(nodes), np.concatenate((sources.away, sources.away))


def arcs(
    streets: Streets,
    forth: NDArray[np.bool_],
    back: NDArray[np.bool_],
    length: Integers,
    seeds: tuple[Integers, Integers],
) -> csr_array:
    """Return arcs away from the sources, the last node, against the way that is gone to them."""
    origin = np.full(len(seeds[0]), len(streets.place))
    one = np.concatenate((streets.end[forth], streets.start[back], origin))
    other = np.concatenate((streets.start[forth], streets.end[back], seeds[0]))
    metres = np.concatenate((length[forth], length[back], seeds[1]))
    size = len(streets.place) + 1
    order = np.argsort(one * size + other)
    one, other, metres = one[order], other[order], metres[order]
    fresh = np.flatnonzero((np.diff(one, prepend=-1) != 0) | (np.diff(other, prepend=-1) != 0))
    begins = np.searchsorted(one[fresh], np.arange(size + 1))
    least = np.minimum.reduceat(metres, fresh) if len(fresh) else metres
    return csr_array((least.astype(np.float64), other[fresh], begins), shape=(size, size))


def _distance(found: Reach, edge: Integers, at: Integers) -> Floats:
    """Return how far places on edges are from the nearest source, mm."""
    streets = found.streets
    line = streets.line[edge]
    by_start = found.away[streets.start[edge]] + streets.between(line, streets.low[edge], at)
    by_end = found.away[streets.end[edge]] + streets.between(line, at, streets.high[edge])
    far = np.minimum(
        np.where(found.back[edge], by_start, np.inf), np.where(found.forth[edge], by_end, np.inf)
    )
    result: Floats = np.where(found.beside[edge], 0.0, far)
    return result


def _ends_within(found: Reach, edge: Integers, away: Floats) -> tuple[Floats, Floats]:
    """Return up to where edges are within the limit from their start, and from where to their end.

    `away` is what of the limit is used up beyond the edge.
    """
    streets, left = found.streets, found.limit - away
    from_start = np.where(found.back[edge], left - found.away[streets.start[edge]], -np.inf)
    from_end = np.where(found.forth[edge], left - found.away[streets.end[edge]], -np.inf)
    line, low, high = streets.line[edge], streets.low[edge], streets.high[edge]
    from_start = np.where(found.beside[edge] & (left >= 0), np.inf, from_start)
    begin, finish = streets.up_to(line, low, from_start), streets.down_to(line, high, from_end)
    return np.clip(begin, low, high), np.clip(finish, low, high)
