"""Stations along lines: how far along a line something is, and the gaps between."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.ops import substring

from .overlay import Floats, Geometries, Integers, as_geometries


class Gaps(NamedTuple):
    """Stretches of lines between stations: their line, shape, spacing in metres, and `weight`.

    A stretch from the end of a line to its first station stands for half a gap (`weight` 0.5) of
    twice its length; a line without any station is one gap.
    """

    line: Integers
    shape: Geometries
    spacing: Floats
    weight: Floats


class _Span(NamedTuple):
    line: int
    start: float
    end: float
    weight: float


def gaps(lines: ArrayLike, line: ArrayLike, position: ArrayLike, *, same: float) -> Gaps:
    """Divide lines at stations.

    Parameters
    ----------
    lines : lines of one part, n; a closed one has no ends
    line : int[k], the line each station is on
    position : metres[k] from the start of the line
    same : metres; stations that follow each other within so much are one, in their middle, and
        one within so much of the end of a line is that end

    Returns
    -------
    Gaps
        Every place of a line is in one of them; sorted by line and position.
    """
    lines = as_geometries(lines)
    order = np.lexsort((np.asarray(position), np.asarray(line)))
    at, place = np.asarray(line, dtype=np.intp)[order], np.asarray(position, dtype=float)[order]
    first = np.searchsorted(at, np.arange(len(lines) + 1))
    length, closed = shapely.length(lines), shapely.is_closed(lines)
    spans = [
        span
        for n in range(len(lines))
        for span in _spans(n, place[first[n] : first[n + 1]], length[n], bool(closed[n]), same)
    ]
    shapes = np.empty(len(spans), dtype=object)
    shapes[:] = [_between(lines[s.line], s.start, s.end) for s in spans]
    owner, start, end, weight = np.array(spans, dtype=float).reshape(-1, 4).T
    return Gaps(owner.astype(np.intp), shapes, (end - start) / weight, weight)


def _spans(line: int, positions: Floats, length: float, closed: bool, same: float) -> list[_Span]:
    """Return the stretches of one line; one that passes its start ends beyond its length."""
    places = _merged(positions, same)
    if not len(places):
        return [_Span(line, 0.0, length, 1.0)]
    if closed:
        if len(places) > 1 and places[0] + length - places[-1] <= same:
            places = places[:-1]
        ends = np.append(places[1:], places[0] + length)
        return [_Span(line, a, b, 1.0) for a, b in zip(places, ends, strict=True)]
    at_end = np.where(places >= length - same, length, places)
    places = np.unique(np.where(places <= same, 0.0, at_end))
    inner = [_Span(line, a, b, 1.0) for a, b in np.stack((places[:-1], places[1:]), axis=1)]
    head = [_Span(line, 0.0, places[0], 0.5)] if places[0] > 0 else []
    tail = [_Span(line, places[-1], length, 0.5)] if places[-1] < length else []
    return [*head, *inner, *tail]


def _merged(positions: Floats, same: float) -> Floats:
    """Return positions (sorted) with those that follow each other closely as one."""
    if not len(positions):
        return positions
    begins = np.flatnonzero(np.diff(positions, prepend=-np.inf) > same)
    lasts = np.append(begins[1:], len(positions)) - 1
    result: Floats = (positions[begins] + positions[lasts]) / 2
    return result


def _between(line: shapely.LineString, start: float, end: float) -> shapely.Geometry:
    """Return the stretch of a line, which may pass the start of a closed one."""
    if end <= line.length or not line.is_closed:
        return substring(line, start, end)
    parts = substring(line, start, line.length), substring(line, 0, end - line.length)
    return shapely.line_merge(shapely.multilinestrings([p for p in parts if p.length > 0]))


def nearest(
    places: ArrayLike, lines: ArrayLike, chosen: NDArray[np.bool_], *, within: float, slack: float
) -> tuple[Integers, Integers]:
    """Return pairs of a place and a chosen line that it is on.

    A place is on every line that is hardly (`slack` metres) further away than the nearest of all
    lines, and at most `within` metres.

    Parameters
    ----------
    places : points or polygons, k
    lines : lines, n
    chosen : bool[n]
    """
    places, lines = as_geometries(places), as_geometries(lines)
    place, line = shapely.STRtree(lines).query(places, predicate="dwithin", distance=within)
    away = shapely.distance(places[place], lines[line])
    least = np.full(len(places), np.inf)
    np.minimum.at(least, place, away)
    on = chosen[line] & (away <= least[place] + slack)
    return place[on], line[on]
