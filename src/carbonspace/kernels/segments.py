"""Straight segments, and the stretch of one that is near another.

A stretch is an interval of t, where t runs from 0 at a segment's start to 1 at its end.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Geometries, Integers, as_geometries

SECTORS = 12


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
        return np.minimum((turn * SECTORS).astype(np.intp), SECTORS - 1)

    def geometries(self) -> Geometries:
        """Return the segments as lines."""
        result: Geometries = shapely.linestrings(np.stack((self.start, self.end), axis=1))
        return result


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


def beside(segment: Segments, other: Segments, gap: float | Floats) -> tuple[Floats, Floats]:
    """Stretch of each `segment` that sees its `other` squarely at most `gap` away; else NaN.

    `gap` is one for all pairs, or float[n].
    """
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
