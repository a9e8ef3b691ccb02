"""Lengths of lines by zone, lines that run beside each other, and what lines enclose."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from . import bands
from .nearby import near_lines, near_pairs, opposed_pairs
from .noding import chained, noded
from .overlay import Floats, Geometries, Integers, as_geometries, only, prepared, sums
from .segments import (
    Segments,
    beside,
    covered_share,
    ragged,
    rising,
    segments,
    within,
)

_SPECK = 1e-6
"""Metres; a shorter share comes from rounding where a line ends on a boundary."""

_ALIGNED = np.cos(np.radians(30.0))
"""Lines run along each other when their directions differ by 30 degrees or less, either way."""


class LineShares(NamedTuple):
    """Metres of each line in each zone, sorted by (zone, feature).

    `whole` tells where the zone has its share in every stretch of the line.
    """

    zone: Integers
    feature: Integers
    length: Floats
    whole: NDArray[np.bool_]


class _Pieces(NamedTuple):
    """Pieces of lines that no boundary cuts: their line, a point inside, and length."""

    line: Integers
    place: Floats
    length: Floats

    def take(self, chosen: Integers) -> _Pieces:
        """Return the chosen pieces, in this order."""
        return _Pieces(self.line[chosen], self.place[chosen], self.length[chosen])


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
    tree = shapely.STRtree(lines)
    edges = rising(segments(shapely.boundary(zones)))
    pieces, (edging, of) = _pieces(lines, tree, edges, max(tolerance, bands.TOUCH))
    zone, inside = _containing(pieces, zones, tree.query(zones), len(lines))
    zone, piece = np.concatenate((zone, of)), np.concatenate((inside, edging))
    return _divided(pieces, zone, piece)


class Twins(NamedTuple):
    """Where a twin runs beside lines, `size` of them, whose segments are `parts`.

    From `low` to `high` (0..1), segment `segment` is beside the line `other` of the others.
    """

    size: int
    parts: Segments
    segment: Integers
    other: Integers
    low: Floats
    high: Floats

    def share(self, among: NDArray[np.bool_] | None = None) -> Floats:
        """Return the share (0..1) of each line with a twin `among` the others, or any of them."""
        chosen = slice(None) if among is None else among[self.other]
        pairs = self.segment[chosen], self.low[chosen], self.high[chosen]
        return _line_share(self.parts, covered_share(*pairs, len(self.parts.owner)), self.size)


def twins(
    lines: ArrayLike, group: ArrayLike, others: ArrayLike, other_group: ArrayLike, *, gap: float
) -> Twins:
    """Find where lines have a twin: a line of their group in the opposite direction.

    The answer for a stretch does not depend on how lines are cut into features: `lines` may be
    parts of `others`, and a line that comes back beside itself is its own twin.

    Parameters
    ----------
    lines : one-way lines, n, drawn in the direction of travel
    group : int[n]
    others : one-way lines, m
    other_group : int[m]
    gap : metres between twins at most, measured squarely from the line
    """
    lines, others = as_geometries(lines), as_geometries(others)
    own, foreign = np.asarray(group, dtype=np.intp), np.asarray(other_group, dtype=np.intp)
    parts, beyond = segments(lines), segments(others)
    one, other = opposed_pairs(parts, beyond, gap, own[parts.owner], foreign[beyond.owner])
    opposed = _cosine(parts, beyond, one, other) <= -_ALIGNED
    one, other = one[opposed], other[opposed]
    low, high = beside(parts.take(one), beyond.take(other), gap)
    seen = ~np.isnan(low)
    return Twins(len(lines), parts, one[seen], beyond.owner[other[seen]], low[seen], high[seen])


def along(lines: ArrayLike, others: ArrayLike, gap: float) -> Floats:
    """Share (0..1) of each line's length that runs along any of `others` (lines).

    To run along is to be at most `gap` metres away and within 30 degrees of the direction: a
    line that crosses another does not run along it.
    """
    lines = as_geometries(lines)
    parts, beyond = segments(lines), segments(others)
    one, other = near_pairs(parts, beyond, gap)
    parallel = np.abs(_cosine(parts, beyond, one, other)) >= _ALIGNED
    one, other = one[parallel], other[parallel]
    low, high = within(parts.take(one), beyond.take(other), gap)
    return _line_share(parts, covered_share(one, low, high, len(parts.owner)), len(lines))


def again(
    lines: ArrayLike, rank: ArrayLike, others: ArrayLike, *, gap: float, opposed_gap: float
) -> Floats:
    """Share (0..1) of each line's length where an earlier one of `others` runs beside it.

    To run beside it is to lie squarely at most `gap` metres away, within 30 degrees of its
    direction or of the opposite one; where the directions are opposed, at most `opposed_gap`.

    Parameters
    ----------
    lines : lines, n, in the direction of travel
    rank : int[n]; of the others those at a lower position are earlier
    others : lines, m
    gap, opposed_gap : metres
    """
    lines, rank = as_geometries(lines), np.asarray(rank, dtype=np.intp)
    parts, beyond = segments(lines), segments(others)
    one, other = near_pairs(parts, beyond, max(gap, opposed_gap))
    earlier = beyond.owner[other] < rank[parts.owner[one]]
    one, other = one[earlier], other[earlier]
    cosine = _cosine(parts, beyond, one, other)
    reach = np.where(cosine <= -_ALIGNED, max(gap, opposed_gap), gap)
    near = np.abs(cosine) >= _ALIGNED
    one, other, reach = one[near], other[near], reach[near]
    low, high = beside(parts.take(one), beyond.take(other), reach)
    return _line_share(parts, covered_share(one, low, high, len(parts.owner)), len(lines))


def faces(lines: ArrayLike, *, within: Any = None, inside: Any = None) -> Geometries:
    """Return the polygons that lines enclose once cut where they cross, from west to east.

    Rings begin at a vertex of their own, whichever lines lie elsewhere: so a face has the same area
    to the last bit. Their order hangs on their shapes alone: see `corners`.

    Parameters
    ----------
    lines : lines, n
    within : a polygon whose boundary closes faces too, and beyond which there are none
    inside : the same, of which the boundary is among the lines where it matters
    """
    lines, inside = as_geometries(lines), within if inside is None else inside
    if within is not None:
        lines = np.append(lines, segments(shapely.boundary(within)).geometries())
    # Chained, for the graph that faces are found in takes a kilobyte for each line.
    found = shapely.normalize(shapely.get_parts(shapely.polygonize(chained(noded(lines)))))
    if inside is not None:
        shapely.prepare(inside)
        found = found[shapely.contains(inside, shapely.point_on_surface(found))]
    result: Geometries = found[_eastward(found)]
    return result


def corners(polygons: ArrayLike) -> Floats:
    """Return what faces are ordered by: west, south, east, north; the y of the westernmost vertex.

    That is the southern one of several. Faces that are alike in all of it begin at the same vertex.

    Parameters
    ----------
    polygons : normalized polygons, n

    Returns
    -------
    float[n, 5]
    """
    polygons = as_geometries(polygons)
    first = shapely.get_point(shapely.get_exterior_ring(polygons), 0)
    return np.column_stack((shapely.bounds(polygons), shapely.get_y(first)))


def _eastward(polygons: Geometries) -> Integers:
    """Return the order of normalized polygons by their corners; of their own shape where tied."""
    corner = corners(polygons)
    order = np.lexsort(corner.T[::-1])
    level = (np.diff(corner[order], axis=0) == 0).all(axis=1)
    tied = np.flatnonzero(np.append(level, False) | np.append(False, level))
    rest = order[tied]
    _, shape = np.unique(shapely.to_wkb(polygons[rest]), return_inverse=True)
    order[tied] = rest[np.lexsort((shape, *corner[rest].T[::-1]))]
    return order


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


def _pieces(
    lines: Geometries, tree: shapely.STRtree, edges: Segments, reach: float
) -> tuple[_Pieces, tuple[Integers, Integers]]:
    """Pieces of all lines, sorted by line, and pairs of a piece and a zone it runs along.

    A line away from every edge is one piece; others, and those of several parts, are taken apart.
    """
    apart = shapely.get_num_geometries(lines) > 1
    near, (line, edge) = apart.copy(), near_lines(tree, edges, reach)
    near[line], edges = True, edges.take(edge)
    parts = segments(only(lines, near))
    met = bands.meetings(parts, edges, reach)
    apart[parts.owner[met.segment]] = True
    chosen = apart[parts.owner]
    parts, met = parts.take(chosen), met.of(chosen)
    cut, (piece, edge) = bands.stretches(parts, edges, met, reach)
    away = _whole(only(lines, ~apart))
    every = _Pieces(
        np.concatenate((parts.owner[cut.segment], away.line)),
        np.concatenate((cut.middle, away.place)),
        np.concatenate((cut.length, away.length)),
    )
    order = np.argsort(every.line, kind="stable")
    position = np.empty_like(order)
    position[order] = np.arange(len(order))
    return every.take(order), (position[piece], edges.owner[edge])


def _whole(lines: Geometries) -> _Pieces:
    """Lines of one part as one piece each."""
    points, line = shapely.get_coordinates(lines, return_index=True)
    first = np.diff(line, prepend=-1) > 0
    return _Pieces(line[first], points[first], shapely.length(lines[line[first]]))


def _containing(
    pieces: _Pieces, zones: Geometries, near: Integers, count: int
) -> tuple[Integers, Integers]:
    """(zone, piece): the zones each piece lies in, out of those `near` its line."""
    zone, line = near[:, np.argsort(near[1], kind="stable")]
    first = np.searchsorted(line, np.arange(count + 1))
    piece, position = ragged(first[pieces.line], first[pieces.line + 1])
    zone = zone[position]
    x, y = pieces.place[piece].T
    inside = shapely.intersects_xy(zones[zone], x, y)
    return zone[inside], piece[inside]


def _divided(pieces: _Pieces, zone: Integers, piece: Integers) -> LineShares:
    """Divide each piece equally among its zones, each counted once, and sum up by line."""
    count = max(len(pieces.line), 1)
    both = np.sort(zone * count + piece)
    zone, piece = np.divmod(both[np.diff(both, prepend=-1) > 0], count)
    share = pieces.length[piece] / np.bincount(piece, minlength=count)[piece]
    line = pieces.line[piece]
    first = np.flatnonzero((np.diff(zone, prepend=-1) > 0) | (np.diff(line, prepend=-1) != 0))
    number = np.diff(first, append=len(line))
    length, whole = np.add.reduceat(share, first), number == np.bincount(pieces.line)[line[first]]
    some = length > _SPECK
    first = first[some]
    return LineShares(zone[first], line[first], length[some], whole[some])


def _cosine(first: Segments, second: Segments, one: Integers, other: Integers) -> Floats:
    """Cosine of the angle between the directions of pairs of segments."""
    step, another = (first.end - first.start)[one], (second.end - second.start)[other]
    result: Floats = (step * another).sum(axis=1)
    return result / (first.lengths()[one] * second.lengths()[other])


def _line_share(parts: Segments, shares: Floats, count: int) -> Floats:
    """Share of each line from the shares of its segments; 0 for a line without length."""
    length = parts.lengths()
    whole = sums(parts.owner, length, count)
    part = sums(parts.owner, length * shares, count)
    share: Floats = np.divide(part, whole, out=np.zeros(count), where=whole > 0)
    return np.minimum(share, 1.0)
