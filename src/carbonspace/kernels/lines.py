"""Lengths of lines by zone, lines that run beside each other, and what lines enclose."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .noding import noded
from .overlay import Floats, Geometries, Integers, as_geometries, only, prepared, sums
from .segments import (
    Segments,
    beside,
    covered_share,
    distances,
    distinct,
    near_pairs,
    opposed_pairs,
    ragged,
    segments,
    within,
)

_TOUCH = 1e-7
"""Metres; above the rounding of national grid coordinates, below anything drawn."""

_SPECK = 1e-6
"""Metres; a shorter share comes from rounding where a line ends on a boundary."""

_ALIGNED = np.cos(np.radians(30.0))
"""Lines run along each other when their directions differ by 30 degrees or less, either way."""


class LineShares(NamedTuple):
    """Metres of each line in each zone, sorted by (zone, feature)."""

    zone: Integers
    feature: Integers
    length: Floats


class _Stretches(NamedTuple):
    """Straight stretches: their segment (sorted), middle (float[n, 2]), length, and reach."""

    segment: Integers
    middle: Floats
    length: Floats
    reach: Floats


class _Edges(NamedTuple):
    """The edges of zones, each once; edge n is one of the zones `zone[first[n]:first[n + 1]]`."""

    parts: Segments
    first: Integers
    zone: Integers


_Pairs = tuple[Integers, Integers]
"""Positions of segments, sorted, and of edges near them."""


def zone_lengths(lines: ArrayLike, zones: ArrayLike, *, tolerance: float = 0.01) -> LineShares:
    """Measure each line in each zone, dividing equally what runs along a shared boundary.

    A stretch belongs to the zones it lies in and to those it runs along, within `tolerance`;
    n such zones get 1/n each. Where a line merely crosses a boundary or ends at it, it is cut
    there exactly, as a plain overlay would. What lies outside all zones is dropped.

    Parameters
    ----------
    lines : lines, n
    zones : polygons, m
    tolerance : metres

    Returns
    -------
    LineShares
        The lengths of one line add up to its length in the union of the zones.
    """
    lines, zones = as_geometries(lines), prepared(zones)
    reach = max(tolerance, _TOUCH)
    edges = _edges(zones)
    near = np.zeros(len(lines), dtype=np.bool_)
    near[_near_edges(lines, edges.parts, reach)] = True
    zone, feature, length = _inside(lines, zones, near)
    parts = segments(only(lines, near))
    pairs = near_pairs(parts, edges.parts, reach)
    stretches = _stretches(parts, edges.parts, pairs, reach)
    cut_zone, stretch, share = _divided(stretches, zones, edges, pairs)
    return _collected(
        np.concatenate((zone, cut_zone)),
        np.concatenate((feature, parts.owner[stretches.segment[stretch]])),
        np.concatenate((length, share)),
        len(lines),
    )


def twin_share(
    lines: ArrayLike, group: ArrayLike, others: ArrayLike, other_group: ArrayLike, *, gap: float
) -> Floats:
    """Share of each line that has a twin: a line of its group in the opposite direction.

    The answer for a stretch does not depend on how lines are cut into features: `lines` may be
    parts of `others`, and a line that comes back beside itself is its own twin.

    Parameters
    ----------
    lines : one-way lines, n, drawn in the direction of travel
    group : int[n]
    others : one-way lines, m
    other_group : int[m]
    gap : metres between twins at most, measured squarely from the line

    Returns
    -------
    float[n], 0..1
    """
    lines, others = as_geometries(lines), as_geometries(others)
    own, foreign = np.asarray(group, dtype=np.intp), np.asarray(other_group, dtype=np.intp)
    parts, beyond = segments(lines), segments(others)
    one, other = opposed_pairs(parts, beyond, gap)
    alike = own[parts.owner[one]] == foreign[beyond.owner[other]]
    one, other = one[alike], other[alike]
    opposed = _cosine(parts.take(one), beyond.take(other)) <= -_ALIGNED
    one, other = one[opposed], other[opposed]
    low, high = beside(parts.take(one), beyond.take(other), gap)
    return _line_share(parts, covered_share(one, low, high, len(parts.owner)), len(lines))


def along(lines: ArrayLike, others: ArrayLike, gap: float) -> Floats:
    """Share (0..1) of each line's length that runs along any of `others` (lines).

    To run along is to be at most `gap` metres away and within 30 degrees of the direction: a
    line that crosses another does not run along it.
    """
    lines = as_geometries(lines)
    parts, beyond = segments(lines), segments(others)
    one, other = near_pairs(parts, beyond, gap)
    parallel = np.abs(_cosine(parts.take(one), beyond.take(other))) >= _ALIGNED
    one, other = one[parallel], other[parallel]
    low, high = within(parts.take(one), beyond.take(other), gap)
    return _line_share(parts, covered_share(one, low, high, len(parts.owner)), len(lines))


def faces(lines: ArrayLike, *, within: Any = None) -> Geometries:
    """Return the polygons that lines enclose once cut where they cross, from west to east.

    Parameters
    ----------
    lines : lines, n
    within : a polygon whose boundary closes faces too, and beyond which there are none
    """
    lines = as_geometries(lines)
    if within is not None:
        lines = np.append(lines, segments(shapely.boundary(within)).geometries())
    found = shapely.get_parts(shapely.polygonize(noded(lines)))
    if within is not None:
        shapely.prepare(within)
        found = found[shapely.contains(within, shapely.point_on_surface(found))]
    result: Geometries = found[np.lexsort(shapely.bounds(found).T[::-1])]
    return result


def azimuth(lines: ArrayLike) -> Floats:
    """Return the main direction of each line in degrees, 0 (east) to 180, weighted by length.

    Opposite directions are one: angles are doubled, averaged and halved. NaN for a line
    without length or without a main direction.
    """
    lines = as_geometries(lines)
    parts = segments(lines)
    step, length = parts.end - parts.start, parts.lengths()
    east = np.bincount(parts.owner, (step[:, 0] ** 2 - step[:, 1] ** 2) / length, len(lines))
    north = np.bincount(parts.owner, 2 * step[:, 0] * step[:, 1] / length, len(lines))
    angle = np.degrees(np.arctan2(north, east)) / 2 % 180.0
    return np.where((east == 0) & (north == 0), np.nan, np.where(angle >= 180.0, 0.0, angle))


def _edges(zones: Geometries) -> _Edges:
    every = segments(shapely.boundary(zones))
    parts, number = distinct(every)
    order = np.argsort(number, kind="stable")
    first = np.searchsorted(number[order], np.arange(len(parts.owner) + 1))
    return _Edges(parts, first, every.owner[order])


def _near_edges(lines: Geometries, edges: Segments, reach: float) -> Integers:
    """Positions of the lines within `reach` of any edge."""
    tree = shapely.STRtree(lines)
    _, near = tree.query(edges.geometries(), predicate="dwithin", distance=reach)
    return np.unique(near)


def _inside(
    lines: Geometries, zones: Geometries, near: NDArray[np.bool_]
) -> tuple[Integers, Integers, Floats]:
    """Whole lines, away from every boundary: each divided among the zones it lies in."""
    away = np.flatnonzero(~near)
    zone, position = shapely.STRtree(lines[away]).query(zones, predicate="contains_properly")
    feature = away[position]
    times = np.bincount(feature, minlength=len(lines))
    return zone, feature, shapely.length(lines[feature]) / times[feature]


def _stretches(parts: Segments, edges: Segments, pairs: _Pairs, reach: float) -> _Stretches:
    """Cut segments wherever they touch an edge or come to within reach of one."""
    one, other = pairs
    band = within(parts.take(one), edges.take(other), reach)
    touch = within(parts.take(one), edges.take(other), _TOUCH)
    ends, t = np.arange(len(parts.owner)), np.concatenate((*band, *touch))
    owner, t = _cuts(
        np.concatenate((ends, ends, one, one, one, one)),
        np.concatenate((np.zeros(len(ends)), np.ones(len(ends)), t)),
    )
    follows = owner[1:] == owner[:-1]
    low, high, segment = t[:-1][follows], t[1:][follows], owner[:-1][follows]
    crossing = _crossing(parts.take(owner).at(t), owner, follows, edges, pairs, reach)
    source = parts.take(segment)
    middle, length = source.at((low + high) / 2), (high - low) * source.lengths()
    return _Stretches(segment, middle, length, np.where(crossing, _TOUCH, reach))


def _cuts(owner: Integers, t: Floats) -> tuple[Integers, Floats]:
    """Sorted cuts of each owner, every one once; NaN is no cut."""
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
    hard = (distance <= 2 * _TOUCH) | (distance >= reach - 2 * _TOUCH)
    hard[1:] |= ~follows
    hard[:-1] |= ~follows
    hard[:1] = hard[-1:] = True
    bounds = np.flatnonzero(hard)
    run = np.cumsum(hard)[:-1][follows] - 1
    first, last = bounds[:-1], bounds[1:]
    ends = np.sort(np.stack((distance[first], distance[last])), axis=0)
    climbs = (ends[0] <= 2 * _TOUCH) & (ends[1] >= reach - 2 * _TOUCH)
    middle = (cuts[first] + cuts[last]) / 2
    climbs &= _distance(middle, owner[first], edges, pairs, reach) >= reach / 4
    short = np.hypot(*(cuts[last] - cuts[first]).T) <= 10 * reach
    result: NDArray[np.bool_] = (climbs | short)[run]
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


def _divided(
    stretches: _Stretches, zones: Geometries, edges: _Edges, pairs: _Pairs
) -> tuple[Integers, Integers, Floats]:
    """(zone, stretch, metres): each stretch divided among the zones within its reach.

    Those are the zones it lies in and those one of whose edges is within its reach.
    """
    middles, count = shapely.points(stretches.middle), len(stretches.middle)
    within_zone, inside = shapely.STRtree(middles).query(zones, predicate="intersects")
    pair, stretch = _points_of(stretches.segment, pairs)
    edge = pairs[1][pair]
    gap = distances(stretches.middle[stretch], edges.parts.take(edge))
    near = gap <= stretches.reach[stretch]
    row, position = ragged(edges.first[edge[near]], edges.first[edge[near] + 1])
    beside, along_edge = edges.zone[position], stretch[near][row]
    both = np.concatenate((within_zone * count + inside, beside * count + along_edge))
    both.sort()
    fresh = np.diff(both, prepend=-1) > 0
    zone, stretch = np.divmod(both[fresh], max(count, 1))
    times = np.bincount(stretch, minlength=count)
    return zone, stretch, stretches.length[stretch] / times[stretch]


def _collected(zone: Integers, feature: Integers, length: Floats, count: int) -> LineShares:
    """Sum the metres by (zone, feature)."""
    pair, position = np.unique(zone * count + feature, return_inverse=True)
    total = sums(position, length, len(pair))
    some = total > _SPECK
    return LineShares(pair[some] // max(count, 1), pair[some] % max(count, 1), total[some])


def _cosine(one: Segments, other: Segments) -> Floats:
    first, second = one.end - one.start, other.end - other.start
    result: Floats = (first * second).sum(axis=1) / (one.lengths() * other.lengths())
    return result


def _line_share(parts: Segments, shares: Floats, count: int) -> Floats:
    """Share of each line from the shares of its segments; 0 for a line without length."""
    length = parts.lengths()
    whole = sums(parts.owner, length, count)
    part = sums(parts.owner, length * shares, count)
    share: Floats = np.divide(part, whole, out=np.zeros(count), where=whole > 0)
    return np.minimum(share, 1.0)
