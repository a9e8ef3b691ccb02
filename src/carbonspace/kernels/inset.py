"""Shapes without a strip along their edges.

Most buildings keep their corners: each moves inwards along its bisector, which is exact and less
work than a general buffer. Where edges vanish, a shape falls apart or has holes, it is left to
GEOS.
"""

from __future__ import annotations

from math import hypot

import numpy as np
import shapely
from numpy.typing import NDArray

from .overlay import Floats, Geometries, Integers
from .relief import compiled

_POLYGON = 3
_BLUNT = 0.08
"""One and the cosine of a turn: below it a mitre is longer than five widths, where GEOS cuts it."""

_SHORT = 0.04
"""Edges and dents of less than this share of the width are left to GEOS: it smooths them."""

_ROUNDING = 1e-7
"""Metres by which a moved edge may seem too near to others."""


def inset(shapes: Geometries, width: float) -> Geometries:
    """Return shapes without a strip of this width along their edges, those of holes too.

    Corners that look inwards are mitred: the strip is as wide along both of their edges.

    Parameters
    ----------
    shapes : polygons or multipolygons, n; valid, in metres; None stays None
    width : metres; at 0 and below the very shapes are returned
    """
    if width <= 0:
        return shapes
    one_ring = (shapely.get_type_id(shapes) == _POLYGON) & ~shapely.is_empty(shapes)
    simple = np.flatnonzero(one_ring & (shapely.get_num_interior_rings(shapes) == 0))
    xy, ring = shapely.get_coordinates(shapes[simple], return_index=True)
    moved, kept = _moved(xy, np.searchsorted(ring, np.arange(len(simple) + 1)), width)
    result = np.empty(len(shapes), dtype=object)
    rest = np.ones(len(shapes), dtype=bool)
    rest[simple[kept]] = False
    result[rest] = shapely.buffer(shapes[rest], -width, join_style="mitre")
    held = kept[ring]
    if held.any():
        place = np.cumsum(kept) - 1
        result[simple[kept]] = shapely.polygons(
            shapely.linearrings(moved[held], indices=place[ring[held]])
        )
    return result


@compiled
def _moved(xy: Floats, first: Integers, width: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Move the corners of rings inwards, and tell which rings are sound then."""
    moved, kept = np.empty_like(xy), np.zeros(len(first) - 1, dtype=np.bool_)
    for s in range(len(kept)):
        old, new = xy[first[s] : first[s + 1]], moved[first[s] : first[s + 1]]
        straight, convex = _move(old, width, new)
        kept[s] = straight and (convex or _is_apart(old, new, width - _ROUNDING))
    return moved, kept


@compiled
def _move(old: Floats, width: float, new: Floats) -> tuple[bool, bool]:
    """Move the corners of a closed ring; tell whether all edges keep their way, and turn alike."""
    n = len(old) - 1
    twice = 0.0
    for k in range(1, n - 1):
        twice += (old[k, 0] - old[0, 0]) * (old[k + 1, 1] - old[0, 1])
        twice -= (old[k + 1, 0] - old[0, 0]) * (old[k, 1] - old[0, 1])
    side = width if twice > 0 else -width
    convex = True
    for k in range(n):
        before = k - 1 if k > 0 else n - 1
        ax, ay = old[k, 0] - old[before, 0], old[k, 1] - old[before, 1]
        bx, by = old[k + 1, 0] - old[k, 0], old[k + 1, 1] - old[k, 1]
        one, other = hypot(ax, ay), hypot(bx, by)
        if other < _SHORT * width:
            return False, False
        ax, ay, bx, by = ax / one, ay / one, bx / other, by / other
        blunt, turn = 1 + ax * bx + ay * by, ax * by - ay * bx
        dent = turn * side < 0
        if blunt < _BLUNT or (dent and abs(turn) * min(one, other) < _SHORT * width):
            return False, False
        convex &= not dent
        new[k, 0] = old[k, 0] - side * (ay + by) / blunt
        new[k, 1] = old[k, 1] + side * (ax + bx) / blunt
    new[n] = new[0]
    for k in range(n):
        dx, dy = old[k + 1, 0] - old[k, 0], old[k + 1, 1] - old[k, 1]
        along = (new[k + 1, 0] - new[k, 0]) * dx + (new[k + 1, 1] - new[k, 1]) * dy
        if along < _SHORT * width * hypot(dx, dy):
            return False, False
    return True, convex


@compiled
def _is_apart(old: Floats, new: Floats, least: float) -> bool:
    """Tell whether no edge of a ring is nearer than `least` to one of another.

    Nor may edges of the other cross each other: mitres may, even though they are far enough.
    """
    last = len(new) - 2
    for i in range(last + 1):
        for j in range(last + 1):
            if _is_near(old, i, new, j, least):
                return False
            beside = j <= i + 1 or (i == 0 and j == last)
            if not beside and _is_near(new, i, new, j, 0.0):
                return False
    return True


@compiled
def _is_near(one: Floats, i: int, other: Floats, j: int, least: float) -> bool:
    """Tell whether an edge of a ring meets one of another, or is nearer than `least`."""
    for k in range(2):
        a, b, c, d = one[i, k], one[i + 1, k], other[j, k], other[j + 1, k]
        if max(a, b) + least < min(c, d) or max(c, d) + least < min(a, b):
            return False
    across = (_side(one, i, other, j) > 0) != (_side(one, i, other, j + 1) > 0)
    if across and (_side(other, j, one, i) > 0) != (_side(other, j, one, i + 1) > 0):
        return True
    near = min(_gap(one, i, other, j), _gap(one, i, other, j + 1))
    return min(near, _gap(other, j, one, i), _gap(other, j, one, i + 1)) < least


@compiled
def _side(ring: Floats, k: int, points: Floats, p: int) -> float:
    """Twice the area of an edge and a point, positive where it is on the left."""
    dx, dy = ring[k + 1, 0] - ring[k, 0], ring[k + 1, 1] - ring[k, 1]
    area: float = dx * (points[p, 1] - ring[k, 1]) - dy * (points[p, 0] - ring[k, 0])
    return area


@compiled
def _gap(ring: Floats, k: int, points: Floats, p: int) -> float:
    """Distance of a point from an edge that has a length."""
    dx, dy = ring[k + 1, 0] - ring[k, 0], ring[k + 1, 1] - ring[k, 1]
    x, y = points[p, 0] - ring[k, 0], points[p, 1] - ring[k, 1]
    at = min(max((x * dx + y * dy) / (dx * dx + dy * dy), 0.0), 1.0)
    return hypot(x - at * dx, y - at * dy)
