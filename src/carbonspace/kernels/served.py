"""What is within reach as shapes: stretches of streets cut at the limit, and the ground along."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from .junctions import MM, millimetres
from .overlay import Floats, Geometries, Integers
from .reach import Reach, reached
from .segments import ragged

_CORE = 0.1
"""Metres around reached streets that are theirs even where one out of reach runs or crosses."""
_ROUND = 4
"""Segments of a quarter circle; they lie inside of it."""


class Cuttings(NamedTuple):
    """Stretches of lines, sorted: mm along each, and as drawn."""

    line: Integers
    low: Floats
    high: Floats
    drawn: Geometries


def within(found: Reach) -> Cuttings:
    """Return the stretches of streets that are within the limit, as long as they go on."""
    some = reached(found)
    line = found.streets.line[some.edge]
    fresh = np.ones(len(line), dtype=np.bool_)
    fresh[1:] = (np.diff(line) != 0) | (some.low[1:] > some.high[:-1])
    last = np.append(fresh[1:], True)[: len(line)]
    return _cuttings(found, line[fresh], some.low[fresh], some.high[last])


def beyond(found: Reach, inside: Cuttings) -> Cuttings:
    """Return the stretches of streets that may be gone along, but are out of reach."""
    edge = np.flatnonzero((found.forth | found.back) & ~found.streets.gaps)
    line = np.unique(found.streets.line[edge])
    whole = millimetres(shapely.length(found.streets.lines[line])).astype(float)
    owner = np.concatenate((line, inside.line))
    low = np.concatenate((np.zeros(len(line)), inside.high))
    high = np.concatenate((whole, inside.low))
    first, last = np.lexsort((low, owner)), np.lexsort((high, owner))
    low, high, owner = low[first], high[last], owner[first]
    some = high > low
    return _cuttings(found, owner[some], low[some], high[some])


def cut_out(
    lines: Geometries, line: Integers, low: Floats | Integers, high: Floats | Integers
) -> Geometries:
    """Return stretches of lines, from low to high mm along them, as lines."""
    after = np.cumsum(shapely.get_num_points(lines))
    first = after - shapely.get_num_points(lines)
    xy = shapely.get_coordinates(lines)
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    step[first[first < len(xy)]] = 0.0
    along = np.cumsum(step)
    begin, finish = along[first[line]] + low / MM, along[first[line]] + high / MM
    start = np.clip(np.searchsorted(along, begin, "right"), first[line] + 1, after[line] - 1)
    stop = np.clip(np.searchsorted(along, finish, "left"), start, after[line] - 1)
    row, corner = ragged(start, stop)
    ends = [shapely.get_coordinates(shapely.line_interpolate_point(lines[line], at / MM))
            for at in (low, high)]  # fmt: skip
    every = np.arange(len(line))
    owner = np.concatenate((every, row, every))
    order = np.argsort(owner, kind="stable")
    points = np.concatenate((ends[0], xy[corner], ends[1]))
    result: Geometries = np.empty(len(line), dtype=object)
    if len(line):
        result[:] = shapely.linestrings(points[order], indices=owner[order])
    return result


def ground(
    found: Reach, inside: Cuttings, outside: Cuttings, *, width: float, holes: float
) -> shapely.Geometry:
    """Return the ground along the streets that are within reach.

    Parameters
    ----------
    found, inside, outside : what was found, and its streets within reach and beyond
    width : metres to either side of streets; where one beyond reach runs, half as much is not
        taken, so that no street beyond reach lies inside
    holes : m²; smaller holes are filled, unless a street beyond reach runs there

    Returns
    -------
    shapely.Geometry
        A valid MultiPolygon, empty where nothing is reached. It ends square where the limit is.
    """
    if not len(inside.drawn):
        return shapely.MultiPolygon()
    lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(inside.drawn)))
    band = shapely.buffer(lines, width, cap_style="flat", quad_segs=_ROUND)
    whole = shapely.union_all(np.concatenate((band, _discs(found, width))))
    shapely.prepare(whole)
    near = outside.drawn[shapely.dwithin(whole, outside.drawn, width / 2)]
    if len(near):
        away = shapely.union_all(
            shapely.buffer(near, width / 2, cap_style="flat", quad_segs=_ROUND)
        )
        shapely.prepare(away)
        core = shapely.buffer(lines[shapely.intersects(away, lines)], _CORE, cap_style="flat")
        whole = shapely.union_all([shapely.difference(whole, away), *core])
    return _clean(whole, inside.drawn, outside.drawn, holes)


def _cuttings(found: Reach, line: Integers, low: Floats, high: Floats) -> Cuttings:
    return Cuttings(line, low, high, cut_out(found.streets.lines, line, low, high))


def _discs(found: Reach, width: float) -> Geometries:
    """Return the ground around nodes, as far as the limit leaves."""
    left = (found.limit - found.away) / MM
    left = np.where(np.isfinite(found.streets.place[:, 0]), left, -np.inf)
    some = np.flatnonzero(left > _CORE)
    points = shapely.points(found.streets.place[some])
    result: Geometries = shapely.buffer(points, np.minimum(left[some], width), quad_segs=_ROUND)
    return result


def _clean(
    whole: shapely.Geometry, inside: Geometries, outside: Geometries, holes: float
) -> shapely.Geometry:
    """Return the parts that a street runs in, small holes filled where none runs out of reach."""
    parts = shapely.get_parts(whole)
    parts = parts[shapely.area(parts) > 0]
    held = np.unique(shapely.STRtree(inside).query(parts, predicate="intersects")[0])
    parts = parts[held]
    rings, owner = shapely.get_rings(parts, return_index=True)
    shell = np.diff(owner, prepend=-1) > 0
    disc = shapely.polygons(rings)
    fill = ~shell & (shapely.area(disc) < holes)
    taken: NDArray[np.intp] = shapely.STRtree(outside).query(disc[fill], predicate="intersects")[0]
    fill[np.flatnonzero(fill)[np.unique(taken)]] = False
    return shapely.multipolygons(shapely.get_parts(shapely.union_all([*parts, *disc[fill]])))
