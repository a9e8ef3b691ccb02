"""Numbered points become polygons with holes, lines and points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from carbonspace.sources.stored import Built

_FEWEST = {"面": 3, "线": 2, "点": 1}
_AT_ONCE = 500


def assembled(
    shapes: Sequence[tuple[Sequence[str], np.ndarray, str]],
) -> Built:
    """Return one geometry per shape, which cannot be built, and which had an open ring.

    Parameters
    ----------
    shapes
        Ring label of each point, the points as float[n, 2], and 面, 线 or 点.
    """
    geometry = np.empty(len(shapes), dtype=object)
    left_open = np.zeros(len(shapes), dtype=bool)
    for n, (labels, xy, kind) in enumerate(shapes):
        rings = _rings(labels, xy)
        geometry[n] = _built(rings, kind)
        left_open[n] = kind == "面" and any((ring[0] != ring[-1]).any() for ring in rings)
    lost = shapely.is_missing(geometry)
    return Built(geometry, np.flatnonzero(lost), np.flatnonzero(left_open & ~lost))


def _rings(labels: Sequence[str], xy: np.ndarray) -> list[np.ndarray]:
    """Return the points of each ring: one ends where the label changes, or where it closes."""
    rings, start = [], 0
    for n in range(1, len(xy) + 1):
        closed = n - start > _FEWEST["面"] and bool((xy[n - 1] == xy[start]).all())
        if n == len(xy) or labels[n] != labels[start] or closed:
            rings.append(xy[start:n])
            start = n
    return rings


def _built(rings: list[np.ndarray], kind: str) -> shapely.Geometry | None:
    if not rings or min(len(np.unique(ring, axis=0)) for ring in rings) < _FEWEST[kind]:
        return None
    if kind == "点":
        return shapely.multipoints(np.concatenate(rings))
    if kind == "线":
        return shapely.multilinestrings([shapely.linestrings(ring) for ring in rings])
    return _areas([shapely.linearrings(ring) for ring in rings])


def _areas(rings: list[shapely.Geometry]) -> shapely.Geometry:
    """Return polygons: a ring inside an odd number of others is a hole of the innermost."""
    if len(rings) == 1:
        return shapely.polygons(rings[0])
    depth, around = _nested(np.array([shapely.polygons(ring) for ring in rings]))
    is_hole = (depth % 2 == 1) & (depth[around] % 2 == 0)
    holes: dict[int, list[shapely.Geometry]] = {int(n): [] for n in np.flatnonzero(~is_hole)}
    for n in np.flatnonzero(is_hole):
        holes[int(around[n])].append(rings[n])
    parts = [shapely.polygons(rings[n], holes=inside or None) for n, inside in holes.items()]
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def _nested(areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return in how many larger areas each lies, and the smallest of them (itself if in none)."""
    by_size = np.argsort(-shapely.area(areas), kind="stable")
    rank = np.empty(len(areas), dtype=int)
    rank[by_size] = np.arange(len(areas))
    tree, points = shapely.STRtree(areas), _inside(areas)
    depth, innermost = np.zeros(len(areas), dtype=int), np.full(len(areas), -1)
    for start in range(0, len(areas), _AT_ONCE):
        inner, outer = tree.query(points[start : start + _AT_ONCE], predicate="within")
        inner = inner + start
        larger = rank[outer] < rank[inner]
        np.add.at(depth, inner[larger], 1)
        np.maximum.at(innermost, inner[larger], rank[outer[larger]])
    own = np.arange(len(areas))
    return depth, np.where(innermost < 0, own, by_size[innermost])


def _inside(areas: np.ndarray) -> np.ndarray:
    """Return a point inside each area, the invalid ones among them."""
    sound = areas.copy()
    invalid = ~shapely.is_valid(areas)
    sound[invalid] = shapely.make_valid(areas[invalid])
    return np.asarray(shapely.point_on_surface(sound))
