"""How wide polygons are: whether a circle fits into them, and the rectangle around them."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Geometries, as_geometries
from .segments import Segments, ragged, segments

_POLYGON = 3
_FINE = 1 / 16
"""Of the radius: how well the largest circle is searched for."""

_SURELY_LESS = 0.98
"""Of the radius: what is hardly narrower, the buffer decides, itself exact to a percent."""

_MOST_STEPS = 4000
"""A longer polygon, in fine steps along its boundary, is too much for the search for a circle."""

_ALIKE = 1 + 1e-9
"""Rectangles whose areas differ by no more are of one size, as all those about a triangle are."""


def holds_circle(polygons: ArrayLike, radius: float) -> NDArray[np.bool_]:
    """Tell which polygons hold a circle larger than `radius`.

    Those that do not are empty once shrunk by the radius; that is asked only of the few of which
    size and boundary, a rectangle around them, or a search for the largest circle do not tell it.

    Parameters
    ----------
    polygons : polygons, n
    radius : metres; any area holds a circle of none
    """
    polygons = as_geometries(polygons)
    area, around = shapely.area(polygons), shapely.length(polygons)
    if radius <= 0:
        return np.asarray(area > 0)
    # Without holes, no polygon is larger than its largest circle's radius times its boundary.
    whole = (shapely.get_type_id(polygons) == _POLYGON) & (
        shapely.get_num_interior_rings(polygons) == 0
    )
    holds: NDArray[np.bool_] = whole & (area > around * radius)
    open_ = np.flatnonzero(~holds & (area > np.pi * radius**2))
    holds[open_] = _left(polygons[open_], radius)
    return holds


def longer_side(polygons: ArrayLike) -> Floats:
    """Return the longer side of the smallest rectangle about each polygon, metres.

    Of several rectangles of that area it is the one least long.

    Parameters
    ----------
    polygons : polygons, n
    """
    count, edges, along, across = _rectangles(polygons)
    area, longer = along * across, np.maximum(along, across)
    least, result = np.full(count, np.inf), np.full(count, np.inf)
    np.minimum.at(least, edges.owner, area)
    small = area <= least[edges.owner] * _ALIKE
    np.minimum.at(result, edges.owner[small], longer[small])
    return result


def long_axis(polygons: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return which way the smallest rectangle about each polygon runs, and its two sides.

    Of several rectangles of that area it is the one least long, and of these the one that turns
    least from the first axis.

    Parameters
    ----------
    polygons : polygons, n

    Returns
    -------
    float[n], float[n], float[n]
        Angle of the longer side to the first axis, degrees, 0 to 180; longer and shorter side, m.
    """
    count, edges, along, across = _rectangles(polygons)
    east, north = (edges.end - edges.start).T
    turn = np.degrees(np.arctan2(north, east)) + np.where(across > along, 90.0, 0.0)
    turn = np.round(turn % 180, 9) % 180
    area, longer = along * across, np.maximum(along, across)
    order = np.lexsort((np.minimum(turn, 180 - turn), np.round(longer, 6), np.round(area, 6),
                        edges.owner))  # fmt: skip
    first = order[np.searchsorted(edges.owner, np.arange(count))]
    return turn[first], longer[first], np.minimum(along, across)[first]


def _rectangles(polygons: ArrayLike) -> tuple[int, Segments, Floats, Floats]:
    """Return how many polygons there are, the edges of their hulls, and what `_extents` says."""
    hulls = shapely.convex_hull(_at_origin(as_geometries(polygons)))
    edges = segments(shapely.boundary(hulls))
    return len(hulls), edges, *_extents(edges)


def _extents(edges: Segments) -> tuple[Floats, Floats]:
    """Return how far the polygon of each edge (sorted by polygon) extends along and across it."""
    first, last = (np.searchsorted(edges.owner, edges.owner, side) for side in ("left", "right"))
    edge, corner = ragged(first, last)
    unit = (edges.end - edges.start) / edges.lengths()[:, None]
    x, y = edges.start[corner].T
    found = []
    for east, north in (unit.T, (-unit[:, 1], unit[:, 0])):
        place, start = x * east[edge] + y * north[edge], np.append(0, np.cumsum(last - first))[:-1]
        found.append(np.maximum.reduceat(place, start) - np.minimum.reduceat(place, start))
    return found[0], found[1]


def _left(polygons: Geometries, radius: float) -> NDArray[np.bool_]:
    """Tell of which polygons something is left once they are shrunk by the radius."""
    left = np.zeros(len(polygons), dtype=np.bool_)
    wide = np.flatnonzero(_short_side(polygons) >= _SURELY_LESS * 2 * radius)
    left[wide] = _searched(polygons[wide], radius)
    return left


def _short_side(polygons: Geometries) -> Floats:
    """Return the width of a rectangle around each polygon: no circle in it is wider."""
    around = shapely.oriented_envelope(_at_origin(polygons))
    corner = shapely.get_point(shapely.get_exterior_ring(around)[:, None], [0, 1, 2])
    sides = shapely.distance(corner[:, :-1], corner[:, 1:])
    return np.asarray(np.nan_to_num(sides.min(axis=1)))


def _at_origin(polygons: Geometries) -> Geometries:
    """Return polygons moved to the origin, where a rectangle around them is computed well."""
    points, owner = shapely.get_coordinates(polygons, return_index=True)
    corner = shapely.bounds(polygons)[:, :2]
    result: Geometries = shapely.set_coordinates(polygons.copy(), points - corner[owner])
    return result


def _searched(polygons: Geometries, radius: float) -> NDArray[np.bool_]:
    """Tell the same by the largest circle, or by shrinking where that is not clear."""
    fine = _FINE * radius
    found = shapely.length(shapely.maximum_inscribed_circle(polygons, tolerance=fine))
    left: NDArray[np.bool_] = found > radius
    searched = shapely.length(polygons) < _MOST_STEPS * fine
    open_ = np.flatnonzero(~left & ~(searched & (found + fine < _SURELY_LESS * radius)))
    left[open_] = ~shapely.is_empty(shapely.buffer(polygons[open_], -radius, quad_segs=16))
    return left
