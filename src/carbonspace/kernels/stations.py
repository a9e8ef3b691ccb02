"""Stations along lines: how far along a line something is, and the gaps between."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Geometries, Integers, as_geometries
from .segments import ragged


class Gaps(NamedTuple):
    """Stretches of lines between stations: their line, shape, spacing in metres, and `weight`.

    A stretch from the end of a line to its first station stands for half a gap (`weight` 0.5) of
    twice its length; a line without any station is one gap.
    """

    line: Integers
    shape: Geometries
    spacing: Floats
    weight: Floats


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
    length, closed = shapely.length(lines), shapely.is_closed(lines)
    at, place = _stations(np.asarray(line, dtype=np.intp), np.asarray(position, float), same)
    at, place = _at_ends(at, place, length, closed, same)
    owner, start, end, weight = _spans(at, place, length, closed)
    shapes = _between(lines, owner, start, np.minimum(end, length[owner]))
    for n in np.flatnonzero(end > length[owner]):  # round the start of a closed line
        rest = _between(lines, owner[n : n + 1], np.zeros(1), end[n : n + 1] - length[owner[n]])
        shapes[n] = shapely.line_merge(shapely.multilinestrings([shapes[n], *rest]))
    return Gaps(owner, shapes, (end - start) / weight, weight)


def _stations(line: Integers, position: Floats, same: float) -> tuple[Integers, Floats]:
    """Return stations by line and position, those that follow each other closely as one."""
    order = np.lexsort((position, line))
    line, position = line[order], position[order]
    begins = np.flatnonzero(
        (np.diff(line, prepend=-1) > 0) | (np.diff(position, prepend=-np.inf) > same)
    )
    ends = np.append(begins[1:], len(line))[: len(begins)] - 1
    return line[begins], (position[begins] + position[ends]) / 2


def _at_ends(
    line: Integers, place: Floats, length: Floats, closed: NDArray[np.bool_], same: float
) -> tuple[Integers, Floats]:
    """Return stations with those near an end of their line there, or as one with the first."""
    whole, ring = length[line], closed[line]
    place = np.where(~ring & (place >= whole - same), whole, place)
    place = np.where(~ring & (place <= same), 0.0, place)
    first = np.searchsorted(line, line)
    last = np.diff(line, append=len(length)) > 0
    around = ring & last & (np.arange(len(line)) > first) & (place[first] + whole - place <= same)
    again = (np.diff(line, prepend=-1) == 0) & (np.diff(place, prepend=np.nan) == 0)
    kept = ~around & ~again
    return line[kept], place[kept]


def _spans(
    line: Integers, place: Floats, length: Floats, closed: NDArray[np.bool_]
) -> tuple[Integers, Floats, Floats, Floats]:
    """Return the line, start, end and weight of stretches; one round a closed line ends beyond it.

    Every line is stopped at its ends, but a closed one with stations only by the first of them,
    once round.
    """
    some, first = np.unique(line, return_index=True)
    stopped = np.setdiff1d(np.arange(len(length)), some[closed[some]])
    round_ = some[closed[some]]
    at = np.concatenate((line, round_, stopped, stopped))
    once_more = place[first[closed[some]]] + length[round_]
    stop = np.concatenate((place, once_more, np.zeros(len(stopped)), length[stopped]))
    station = np.arange(len(at)) < len(line) + len(round_)
    order = np.lexsort((~station, stop, at))
    at, stop, station = at[order], stop[order], station[order]
    fresh = (np.diff(at, prepend=-1) > 0) | (np.diff(stop, prepend=np.nan) != 0)
    at, stop, station = at[fresh], stop[fresh], station[fresh]
    pair = np.flatnonzero(at[1:] == at[:-1])
    weight = np.where(station[pair] == station[pair + 1], 1.0, 0.5)
    return at[pair], stop[pair], stop[pair + 1], weight


def _between(lines: Geometries, line: Integers, start: Floats, end: Floats) -> Geometries:
    """Return the stretch of each of some lines from `start` to `end`, metres along it."""
    points, owner = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(owner, np.arange(len(lines) + 1))
    step = np.hypot(*np.diff(points, axis=0, prepend=points[:1]).T)
    step[first[:-1]] = 0.0
    run = np.cumsum(step)
    from_, to = (run[first[line]] + at for at in (start, end))
    low = np.maximum(np.searchsorted(run, from_, "right"), first[line])
    high = np.minimum(np.searchsorted(run, to, "left"), first[line + 1])
    row, vertex = ragged(low, np.maximum(low, high))
    ends = shapely.line_interpolate_point(np.tile(lines[line], 2), np.concatenate((start, end)))
    place = np.concatenate((shapely.get_coordinates(ends), points[vertex]))
    of = np.concatenate((np.arange(len(line)), np.arange(len(line)), row))
    rank = np.concatenate((np.full(len(line), -1), np.full(len(line), len(points)), vertex))
    order = np.lexsort((rank, of))
    result: Geometries = shapely.linestrings(place[order], indices=of[order])
    return result


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
