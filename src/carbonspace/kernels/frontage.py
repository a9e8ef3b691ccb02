"""Where places lie on streets: along which stretch polygons front them, and where points enter."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from ._beside import Rings, Runs, along_each, stretches
from .junctions import MM, millimetres
from .overlay import Geometries, Integers, as_geometries

_POINT, _POLYGON = 0, 3


class Fronts(NamedTuple):
    """Stretches of lines that places have, sorted by place: mm along a line, from low to high.

    `away` is how far the place is from there, mm: none where it is beside the line. A stretch
    without length is a point: where a line crosses the edge of a place at right angles, ends at it
    or turns away from it.
    """

    place: Integers
    line: Integers
    low: Integers
    high: Integers
    away: Integers

    def take(self, chosen: NDArray[np.bool_] | Integers) -> Fronts:
        """Return the chosen stretches."""
        return Fronts(*(column[chosen] for column in self))


def fronts(
    places: ArrayLike,
    lines: ArrayLike,
    *,
    beside: float,
    far: float,
    tree: shapely.STRtree | None = None,
) -> Fronts:
    """Return where places lie on lines.

    Parameters
    ----------
    places : points or polygons, n; None and empty ones lie nowhere
    lines : single lines, m; None takes no part
    beside : metres; of every line so near to its edge a polygon has the stretch along it: what
        the part of its edge that is so near is projected on, be it a point
    far : metres; a point, and a polygon beside no line, is taken to the nearest line that is not
        farther, at the point next to it, of several that are equally near, to a millimetre, to
        the first line and its first point
    tree : of the lines, where there is one already

    Returns
    -------
    Fronts
        Places that are far from all lines have no stretch.
    """
    places, lines = as_geometries(places), as_geometries(lines)
    tree = shapely.STRtree(lines) if tree is None else tree
    along = _along(places, lines, tree, beside)
    rest = np.ones(len(places), dtype=np.bool_)
    rest[along.place] = False
    near = _nearest(places, np.flatnonzero(rest), lines, tree, max(far, beside))
    near = _settled(near, shapely.get_dimensions(places) == 2, beside, far)
    both = Fronts(*(np.concatenate(pair) for pair in zip(along, near, strict=True)))
    return both.take(np.lexsort((both.low, both.line, both.place)))


def _nearest(
    places: Geometries, asked: Integers, lines: Geometries, tree: shapely.STRtree, far: float
) -> Fronts:
    """Return the point of the nearest line for each place that is asked.

    Lines, and points of a line, that are equally near to a millimetre are equally near.
    """
    place, line, away = _candidates(places[asked], lines, tree, far)
    order = np.lexsort((line, away, place))
    first = order[np.diff(place[order], prepend=-1) > 0]
    place, line, away = place[first], line[first], away[first]
    at = _next_to(places[asked[place]], lines[line])
    return Fronts(asked[place], line, at, at, away)


def _candidates(
    shapes: Geometries, lines: Geometries, tree: shapely.STRtree, far: float
) -> tuple[Integers, Integers, Integers]:
    """Return (place, line, mm): the nearest lines of places, and those hardly farther."""
    if far <= 0:
        return (np.empty(0, dtype=np.int64),) * 3
    (near, _), metres = tree.query_nearest(
        shapes, max_distance=far, return_distance=True, all_matches=False
    )
    found, line = tree.query(shapes[near], predicate="dwithin", distance=metres + 1 / MM)
    place = near[found]
    return place, line, millimetres(shapely.distance(shapes[place], lines[line]))


def _next_to(shapes: Geometries, lines: Geometries) -> Integers:
    """Return where along lines places are next to them, of several equal points the first, mm."""
    at = np.empty(len(shapes), dtype=np.int64)
    point = shapely.get_type_id(shapes) == _POINT
    at[point] = millimetres(shapely.line_locate_point(lines[point], shapes[point]))
    at[~point] = _next_to_wide(shapes[~point], lines[~point])
    return at


def _next_to_wide(shapes: Geometries, lines: Geometries) -> Integers:
    """Return the same for polygons: it is at a corner of one of the two, or where they cross."""
    common = shapely.intersection(lines, shapes)
    corners = [shapely.get_coordinates(g, return_index=True) for g in (shapes, lines, common)]
    points, own = (np.concatenate(both) for both in zip(*corners, strict=True))
    points = shapely.points(points)
    at = millimetres(shapely.line_locate_point(lines[own], points))
    away = shapely.distance(points, lines[own]) + shapely.distance(points, shapes[own])
    order = np.lexsort((at, millimetres(away), own))
    first: Integers = at[order[np.diff(own[order], prepend=-1) > 0]]
    return first


def _settled(near: Fronts, flat: NDArray[np.bool_], beside: float, far: float) -> Fronts:
    """Return points of lines: no way leads to those beside a polygon, none to what is too far."""
    own = flat[near.place] & (near.away <= 1000 * beside)
    there = near._replace(away=np.where(own, 0, near.away))
    return there.take(own | (near.away <= 1000 * far))


def _along(places: Geometries, lines: Geometries, tree: shapely.STRtree, beside: float) -> Fronts:
    """Return the stretches of lines along polygons."""
    flat = np.flatnonzero(shapely.get_dimensions(places) == 2)
    wide = shapely.bounds(places[flat]) + beside * np.array([-1.0, -1.0, 1.0, 1.0])
    place, line = tree.query(shapely.box(*wide.T))
    used, number = np.unique(line, return_inverse=True)
    pair, low, high = stretches(place, number, _rings(places[flat]), _runs(lines[used]), beside)
    end = millimetres(shapely.length(lines[used]))[number[pair]]  # lengths add up otherwise here
    some = end > 0  # a speck has no edges
    pair, low, high = pair[some], np.minimum(low, end)[some], np.minimum(high, end)[some]
    none = np.zeros(len(pair), dtype=np.int64)
    return Fronts(flat[place[pair]], line[pair], low, high, none)


def _rings(shapes: Geometries) -> Rings:
    """Return the rings of polygons as corners; only those with several rings are taken apart."""
    plain = shapely.get_type_id(shapes) == _POLYGON
    plain[plain] = shapely.get_num_interior_rings(shapes[plain]) == 0
    rings, owner = np.empty(len(shapes), dtype=object), np.arange(len(shapes))
    rings[plain] = shapes[plain]
    more, of = shapely.get_parts(shapely.boundary(shapes[~plain]), return_index=True)
    rings = np.concatenate((rings[plain], more))
    owner = np.concatenate((owner[plain], owner[~plain][of]))
    order = np.argsort(owner, kind="stable")
    xy, ring = shapely.get_coordinates(rings[order], return_index=True)
    ends = np.searchsorted(ring, np.arange(len(rings) + 1))
    return Rings(xy, ends[np.searchsorted(owner[order], np.arange(len(shapes) + 1))],
                  np.append(np.diff(ring) != 0, True))  # fmt: skip


def _runs(lines: Geometries) -> Runs:
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(owner, np.arange(len(lines) + 1))
    return Runs(xy, first, along_each(xy, first))
