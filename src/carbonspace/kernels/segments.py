"""Straight segments: which lie near which, and along what stretch of their length.

A stretch is an interval of t, where t runs from 0 at a segment's start to 1 at its end.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Geometries, Integers, as_geometries

_SECTORS = 12

_FEW, _MANY = 4, 16
"""So many segments that follow each other are looked for together, in segments or in lines."""

_SLACK = 1e-6
"""Metres by which boxes are grown beyond the gap, for the rounding of grid coordinates."""


class Segments(NamedTuple):
    """Segments with x, y of both ends (float[n, 2]) and the position of their line."""

    start: Floats
    end: Floats
    owner: Integers

    def take(self, chosen: Integers | NDArray[np.bool_]) -> Segments:
        """Return the chosen segments."""
        return Segments(self.start[chosen], self.end[chosen], self.owner[chosen])

    def at(self, t: Floats) -> Floats:
        """Return the points float[n, 2] at `t` of each segment."""
        return self.start + (self.end - self.start) * t[:, None]

    def lengths(self) -> Floats:
        """Return the length of each segment."""
        return _norm(self.end - self.start)

    def boxes(self) -> Floats:
        """Return west, south, east, north of each segment (float[n, 4])."""
        low, high = np.minimum(self.start, self.end), np.maximum(self.start, self.end)
        return np.concatenate((low, high), axis=1)

    def sectors(self) -> Integers:
        """Return in which of twelve equal sectors of the circle each segment points."""
        step = self.end - self.start
        turn = np.arctan2(step[:, 1], step[:, 0]) / (2 * np.pi) % 1.0
        return np.minimum((turn * _SECTORS).astype(np.intp), _SECTORS - 1)

    def geometries(self) -> Geometries:
        """Return the segments as lines."""
        result: Geometries = shapely.linestrings(np.stack((self.start, self.end), axis=1))
        return result


class _Bundles(NamedTuple):
    """Bundles of segments `opens[n]` to `opens[n + 1]`, and boxes: of segments, around bundles."""

    opens: Integers
    boxes: Floats
    around: Floats


def segments(lines: ArrayLike) -> Segments:
    """Take lines apart, leaving out what has no length."""
    parts, owner = shapely.get_parts(as_geometries(lines), return_index=True)
    points, part = shapely.get_coordinates(parts, return_index=True)
    follows = (part[1:] == part[:-1]) & np.any(points[1:] != points[:-1], axis=1)
    return Segments(points[:-1][follows], points[1:][follows], owner[part[:-1][follows]])


def rising(parts: Segments) -> Segments:
    """Return the segments from west to east, due north for want of that: two copies are alike."""
    step = parts.end - parts.start
    swap = ((step[:, 0] < 0) | ((step[:, 0] == 0) & (step[:, 1] < 0)))[:, None]
    start, end = np.where(swap, parts.end, parts.start), np.where(swap, parts.start, parts.end)
    return Segments(start, end, parts.owner)


def distances(points: Floats, parts: Segments) -> Floats:
    """Return the distance of each point (float[n, 2]) to its segment (n)."""
    step, offset = parts.end - parts.start, points - parts.start
    along = (offset * step).sum(axis=1) / (step * step).sum(axis=1)
    away = offset - np.clip(along, 0.0, 1.0)[:, None] * step
    return _norm(away)


def ragged(start: Integers, end: Integers) -> tuple[Integers, Integers]:
    """Return row and position of everything in the ranges start[row] to end[row]."""
    count = end - start
    row = np.repeat(np.arange(len(count)), count)
    opens = np.cumsum(count) - count
    return row, np.arange(len(row)) - opens[row] + start[row]


def near_pairs(first: Segments, second: Segments, gap: float) -> tuple[Integers, Integers]:
    """Pairs of segments whose boxes are at most `gap` apart, or by rounding a little more.

    Bundles of segments that follow each other are compared first.
    """
    bundles, others = _bundles(first, first.owner, 0.0), _bundles(second, second.owner, gap)
    return _inside(bundles, others, *_meeting(bundles, others))


def opposed_pairs(
    first: Segments, second: Segments, gap: float, group: Integers, other_group: Integers
) -> tuple[Integers, Integers]:
    """Pairs of segments of one group where one may run against the other and see it squarely.

    All pairs are among them whose directions are opposed to within 30 degrees and where some of
    the second is abreast of the first at most `gap` away, and some more. Groups are numbers, one
    for each segment.
    """
    sector, other_sector = first.sectors(), second.sectors()
    bundles = _bundles(first, first.owner * _SECTORS + sector, gap)
    others = _bundles(second, second.owner * _SECTORS + other_sector, 0.0)
    bundle, other = _meeting(bundles, others)
    one, two = bundles.opens[bundle], others.opens[other]
    turn = (other_sector[two] - sector[one]) % _SECTORS
    chosen = (group[one] == other_group[two]) & (turn >= 5) & (turn <= 7)
    bundle, other = bundle[chosen], other[chosen]
    row, one = ragged(bundles.opens[bundle], bundles.opens[bundle + 1])
    one, other = _abreast(first, others.around, one, other[row])
    row, two = ragged(others.opens[other], others.opens[other + 1])
    return _abreast(first, others.boxes, one[row], two)


def near_lines(lines: shapely.STRtree, parts: Segments, gap: float) -> tuple[Integers, Integers]:
    """Positions of lines, and of segments, that may be at most `gap` from one of the others.

    All whose boxes are so near to one of the others' boxes are among them, and some more.
    """
    bundles = _bundles(parts, parts.owner, gap, _MANY)
    bundle, line = lines.query(_diagonals(bundles.around))
    near = np.zeros(len(bundles.around), dtype=np.bool_)
    near[bundle] = True
    return np.unique(line), np.flatnonzero(np.repeat(near, np.diff(bundles.opens)))


def within(segment: Segments, other: Segments, gap: float) -> tuple[Floats, Floats]:
    """Stretch of each `segment` at most `gap` away from its `other`; NaN where there is none."""
    length = other.lengths()
    start, end = _framed(segment.start, other), _framed(segment.end, other)
    step = end - start
    along = _slab(start[:, 0], step[:, 0], 0.0, length)
    across = _slab(start[:, 1], step[:, 1], -gap, gap)
    box = np.maximum(along[0], across[0]), np.minimum(along[1], across[1])
    head = _disc(start, step, gap)
    tail = _disc(start - np.stack((length, np.zeros_like(length)), axis=1), step, gap)
    low, high = np.stack((box, head, tail), axis=1)
    missed = ~(low <= high)
    low = np.where(missed, np.inf, low).min(axis=0)
    high = np.where(missed, -np.inf, high).max(axis=0)
    return _clipped(low, high)


def beside(segment: Segments, other: Segments, gap: float) -> tuple[Floats, Floats]:
    """Stretch of each `segment` that sees its `other` squarely at most `gap` away; else NaN."""
    length = segment.lengths()
    start, end = _framed(other.start, segment), _framed(other.end, segment)
    step = end - start
    low, high = _slab(start[:, 1], step[:, 1], -gap, gap)
    low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
    seen = low <= high
    first = np.where(seen, start[:, 0] + step[:, 0] * np.where(seen, low, 0.0), np.inf)
    last = np.where(seen, start[:, 0] + step[:, 0] * np.where(seen, high, 0.0), -np.inf)
    backward = seen & (first > last)
    first, last = np.where(backward, last, first), np.where(backward, first, last)
    return _clipped(first / length, last / length)


def covered_share(owner: Integers, low: Floats, high: Floats, count: int) -> Floats:
    """Length of the union of stretches per owner (float[count], 0..1); NaN stretches are none."""
    known = ~np.isnan(low)
    owner, low, high = owner[known], low[known], high[known]
    order = np.lexsort((high, low, owner))
    owner, low, high = owner[order], low[order], high[order]
    fresh = np.maximum(high - np.maximum(low, _highest_before(owner, high)), 0.0)
    total = np.bincount(owner, fresh, count).astype(np.float64)
    return np.minimum(total, 1.0)


def _highest_before(owner: Integers, value: Floats) -> Floats:
    """Return the highest value before each one of its owner, 0 for the first; owners are sorted.

    Ranks stand for the values on the way, so that none is rounded.
    """
    levels, rank = np.unique(value, return_inverse=True)
    highest = np.maximum.accumulate(owner * len(levels) + rank)
    before = np.concatenate(([-1], highest[:-1]))
    own = before // max(len(levels), 1) == owner
    result: Floats = np.where(own, levels[before % len(levels)] if len(levels) else 0.0, 0.0)
    return result


def _bundles(parts: Segments, kind: Integers, gap: float, most: int = _FEW) -> _Bundles:
    """Bundle a few segments that follow each other and are of one kind; grow boxes by the gap."""
    at = np.arange(len(kind))
    start = np.maximum.accumulate(np.where(np.diff(kind, prepend=-1) != 0, at, 0))
    opens = np.append(np.flatnonzero((at - start) % most == 0), len(at))
    boxes = parts.boxes() + (gap + _SLACK) * np.array([-1.0, -1.0, 1.0, 1.0])
    low = np.minimum.reduceat(boxes[:, :2], opens[:-1])
    high = np.maximum.reduceat(boxes[:, 2:], opens[:-1])
    return _Bundles(opens, boxes, np.concatenate((low, high), axis=1))


def _meeting(bundles: _Bundles, others: _Bundles) -> tuple[Integers, Integers]:
    """Pairs of bundles whose boxes meet."""
    tree = shapely.STRtree(_diagonals(bundles.around))
    other, bundle = tree.query(_diagonals(others.around))
    return bundle, other


def _inside(
    bundles: _Bundles, others: _Bundles, bundle: Integers, other: Integers
) -> tuple[Integers, Integers]:
    """Pairs of segments, in pairs of bundles, whose boxes meet."""
    row, one = ragged(bundles.opens[bundle], bundles.opens[bundle + 1])
    meet = _meet(bundles.boxes[one], others.around[other[row]])
    one, other = one[meet], other[row[meet]]
    row, two = ragged(others.opens[other], others.opens[other + 1])
    one = one[row]
    meet = _meet(bundles.boxes[one], others.boxes[two])
    return one[meet], two[meet]


def _abreast(
    parts: Segments, boxes: Floats, one: Integers, other: Integers
) -> tuple[Integers, Integers]:
    """Pairs of a segment and a box some of which is neither before its start nor beyond its end."""
    length = parts.lengths()
    unit = (parts.end - parts.start) / length[:, None]
    start = (parts.start * unit).sum(axis=1)
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    direction = unit[one]
    along = np.einsum("ij,ij->i", middle[other], direction) - start[one]
    reach = np.einsum("ij,ij->i", half[other], np.abs(direction))
    abreast = (along >= -reach) & (along <= length[one] + reach)
    return one[abreast], other[abreast]


def _meet(boxes: Floats, others: Floats) -> NDArray[np.bool_]:
    """Tell which boxes meet their other."""
    result: NDArray[np.bool_] = (boxes[:, 0] <= others[:, 2]) & (others[:, 0] <= boxes[:, 2])
    result &= (boxes[:, 1] <= others[:, 3]) & (others[:, 1] <= boxes[:, 3])
    return result


def _diagonals(boxes: Floats) -> Geometries:
    """Lines with these boxes, which are made sooner than polygons."""
    result: Geometries = shapely.linestrings(boxes.reshape(-1, 2, 2))
    return result


def _norm(vector: Floats) -> Floats:
    result: Floats = np.hypot(vector[:, 0], vector[:, 1])
    return result


def _framed(points: Floats, frame: Segments) -> Floats:
    """Coordinates along and across each frame segment, from its start."""
    unit = (frame.end - frame.start) / frame.lengths()[:, None]
    offset = points - frame.start
    along = offset[:, 0] * unit[:, 0] + offset[:, 1] * unit[:, 1]
    across = unit[:, 0] * offset[:, 1] - unit[:, 1] * offset[:, 0]
    return np.stack((along, across), axis=1)


def _slab(
    start: Floats, step: Floats, low: float | Floats, high: float | Floats
) -> tuple[Floats, Floats]:
    """Interval of t where low <= start + t * step <= high; (inf, -inf) for none."""
    still = step == 0
    inside = (start >= low) & (start <= high)
    pace = np.where(still, 1.0, step)
    one, two = (low - start) / pace, (high - start) / pace
    first = np.where(still, np.where(inside, -np.inf, np.inf), np.minimum(one, two))
    last = np.where(still, np.where(inside, np.inf, -np.inf), np.maximum(one, two))
    return first, last


def _disc(start: Floats, step: Floats, radius: float) -> tuple[Floats, Floats]:
    """Interval of t where start + t * step lies in the disc about the origin."""
    length = _norm(step)
    nearest = -(start[:, 0] * step[:, 0] + start[:, 1] * step[:, 1]) / length**2
    off = (start[:, 0] * step[:, 1] - start[:, 1] * step[:, 0]) / length
    square = radius**2 - off**2
    half = np.where(square < 0, -np.inf, np.sqrt(np.maximum(square, 0.0)) / length)
    return nearest - half, nearest + half


def _clipped(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Stretches cut to 0..1; NaN for both ends where nothing is left."""
    low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
    nothing = ~(low <= high)
    return np.where(nothing, np.nan, low), np.where(nothing, np.nan, high)
