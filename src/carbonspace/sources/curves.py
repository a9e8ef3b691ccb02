"""Arcs in well-known binary become straight segments that stay within a tolerance of them.

GEOS knows no arcs, and GDAL strokes them by angle: 4° of a circle of 1 km radius is 0.6 m off.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

_EARTH_M = 6_378_137.0
_MOST_SEGMENTS = 10_000
_FEWEST = 3
_COARSEST = math.pi / 4
"""An arc is never drawn with fewer than eight segments to the circle."""
_SRID, _MEASURED, _RAISED = 0x20000000, 0x40000000, 0x80000000
_MULTIS = {
    4: shapely.multipoints, 5: shapely.multilinestrings, 6: shapely.multipolygons,
    7: shapely.geometrycollections, 11: shapely.multilinestrings, 12: shapely.multipolygons,
    15: shapely.multipolygons, 16: shapely.multipolygons,
}  # fmt: skip

Points = NDArray[np.float64]
Geometries = NDArray[np.object_]


class _Head(NamedTuple):
    """What a piece of well-known binary says it is."""

    order: str
    kind: int
    width: int


class _Cursor:
    """A place in a buffer that moves on as it is read."""

    def __init__(self, buffer: bytes, closing: bool) -> None:
        self.closing = closing
        self._buffer = buffer
        self._at = 0

    def head(self) -> _Head:
        order = "<" if self.numbers("B", 1)[0] == 1 else ">"
        code = int(self.numbers(f"{order}I", 4)[0])
        if code & _SRID:
            self.numbers(f"{order}I", 4)
        thousands, kind = divmod(code & 0xFFFF, 1000)
        raised = bool(code & _RAISED) or thousands in (1, 3)
        measured = bool(code & _MEASURED) or thousands in (2, 3)
        return _Head(order, kind, 2 + raised + measured)

    def count(self, head: _Head) -> int:
        return int(self.numbers(f"{head.order}I", 4)[0])

    def points(self, head: _Head) -> Points:
        """Return x and y of the points that follow their number."""
        return self.point(head, self.count(head))

    def point(self, head: _Head, count: int = 1) -> Points:
        size = 8 * head.width * count
        flat = np.frombuffer(self._taken(size), dtype=f"{head.order}f8")
        return flat.reshape(count, head.width)[:, :2].astype(float)

    def numbers(self, form: str, size: int) -> tuple[int, ...]:
        return struct.unpack(form, self._taken(size))

    def _taken(self, size: int) -> bytes:
        taken = self._buffer[self._at : self._at + size]
        if len(taken) < size:
            raise ValueError("the geometry ends before its end")
        self._at += size
        return taken


def without_arcs(wkb: Iterable[bytes | None], crs: str | None, metres: float) -> Geometries:
    """Return the geometries of a layer, arcs as segments at most `metres` away from them.

    What cannot be built as stored is None, as where there is none.
    """
    tolerance = metres / _metres_per_unit(crs)
    built = [None if one is None else _built(one, tolerance) for one in wkb]
    result = np.empty(len(built), dtype=object)
    result[:] = built
    return result


def linearised(wkb: bytes, tolerance: float, *, closing: bool = False) -> shapely.Geometry:
    """Return the geometry of `wkb` in the plane, its arcs as segments.

    Parameters
    ----------
    wkb
        Well-known binary, ISO or extended; arcs, compound curves, curve polygons and their
        collections, and everything that has none.
    tolerance
        How far a segment may be from its arc, in the units of the coordinates.
    closing
        Whether rings that are left open are closed, where they have three points or more.

    Raises
    ------
    ValueError
        For a buffer that is cut off, a kind of geometry that is not known, an open ring.
    """
    return _geometry(_Cursor(bytes(wkb), closing), tolerance)


def closed(wkb: bytes, crs: str | None, metres: float) -> shapely.Geometry | None:
    """Return a geometry with its open rings closed, or None where that does not mend it."""
    return _built(wkb, metres / _metres_per_unit(crs), closing=True)


def _built(wkb: bytes, tolerance: float, *, closing: bool = False) -> shapely.Geometry | None:
    try:
        return linearised(wkb, tolerance, closing=closing)
    except (ValueError, shapely.errors.ShapelyError):
        return None


def _metres_per_unit(crs: str | None) -> float:
    """Return the length of a unit of the coordinates; of a degree, that on the equator."""
    if crs is None:
        return 1.0
    known = CRS.from_user_input(crs)
    factor = float(known.axis_info[0].unit_conversion_factor) if known.axis_info else 1.0
    return factor * _EARTH_M if known.is_geographic else factor


def _geometry(cursor: _Cursor, tolerance: float) -> shapely.Geometry:
    head = cursor.head()
    if head.kind == 1:
        (point,) = cursor.point(head)
        return shapely.Point() if np.isnan(point).any() else shapely.points(point)
    if head.kind in (2, 8, 9):
        path = _path(cursor, head, tolerance)
        return shapely.linestrings(path) if len(path) else shapely.LineString()
    if head.kind in (3, 17):
        return _polygon([cursor.points(head) for _ in range(cursor.count(head))], cursor.closing)
    if head.kind == 10:
        rings = range(cursor.count(head))
        return _polygon([_path(cursor, cursor.head(), tolerance) for _ in rings], cursor.closing)
    if head.kind not in _MULTIS:
        raise ValueError(f"geometry of the unknown kind {head.kind}")
    parts = [_geometry(cursor, tolerance) for _ in range(cursor.count(head))]
    return _MULTIS[head.kind](parts)


def _polygon(rings: list[Points], closing: bool) -> shapely.Geometry:
    for ring in rings:
        if len(ring) and not closing and (ring[0] != ring[-1]).any():
            raise ValueError("a ring is left open")
        if closing and len(np.unique(ring, axis=0)) < _FEWEST:
            raise ValueError("a ring has too few points")
    return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()


def _path(cursor: _Cursor, head: _Head, tolerance: float) -> Points:
    """Return the points of a curve: straight, circular, or a compound of both."""
    if head.kind == 9:
        parts = [_path(cursor, cursor.head(), tolerance) for _ in range(cursor.count(head))]
        rest = [part[1:] for part in parts[1:]]
        return np.concatenate([*parts[:1], *rest]) if parts else np.empty((0, 2))
    points = cursor.points(head)
    return _stroked(points, tolerance) if head.kind == 8 else points


def _stroked(points: Points, tolerance: float) -> Points:
    """Return arcs, each given by its start, a point on it, and its end, as one path."""
    path = [points[:1]]
    for start, through, end in zip(points[:-2:2], points[1::2], points[2::2], strict=False):
        path += [_between(start, through, end, tolerance), end[None]]
    return np.concatenate(path)


def _between(start: Points, through: Points, end: Points, tolerance: float) -> Points:
    """Return the points of an arc between its ends, the same whichever way it runs.

    Neighbours that share an arc draw it in opposite directions; their borders must agree.
    """
    if tuple(end) < tuple(start):
        return _between(end, through, start, tolerance)[::-1]
    centre = _centre(start, through, end)
    radius = float(np.hypot(*(start - centre)))
    if not math.isfinite(radius) or radius == 0:
        return through[None]
    begin, sweep = _swept(start - centre, through - centre, end - centre)
    steps = _steps(radius, sweep, tolerance)
    angles = begin + sweep * np.arange(1, steps) / steps
    circle: Points = centre + radius * np.stack((np.cos(angles), np.sin(angles)), axis=1)
    return circle


def _centre(start: Points, through: Points, end: Points) -> Points:
    """Return the centre of the circle, not finite where the points lie on a line."""
    if (start == end).all():
        return (start + through) / 2
    first, second = through - start, end - start
    across = 2 * (first[0] * second[1] - first[1] * second[0])
    if abs(across) <= 1e-12 * np.hypot(*first) * np.hypot(*second):
        return np.full(2, np.nan)
    lengths = np.array([(first**2).sum(), (second**2).sum()])
    x = (second[1] * lengths[0] - first[1] * lengths[1]) / across
    y = (first[0] * lengths[1] - second[0] * lengths[0]) / across
    centre: Points = start + np.array([x, y])
    return centre


def _swept(start: Points, through: Points, end: Points) -> tuple[float, float]:
    """Return the angle an arc begins at and the angle it runs through, left turns positive."""
    begin, middle, last = (math.atan2(y, x) for x, y in (start, through, end))
    whole = 2 * math.pi
    left = (last - begin) % whole or whole
    return begin, left if (middle - begin) % whole < left else left - whole


def _steps(radius: float, sweep: float, tolerance: float) -> int:
    finest = 2 * math.acos(max(1 - tolerance / radius, 0.0)) or _COARSEST / _MOST_SEGMENTS
    return min(math.ceil(abs(sweep) / min(finest, _COARSEST)), _MOST_SEGMENTS)
