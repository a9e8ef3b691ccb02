"""Cutting features along zones, and sums that do not depend on the order of their terms.

Geometry is valid and in one projected CRS; ``None`` and empty geometry take no part.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from math import fsum
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

Geometries: TypeAlias = NDArray[np.object_]
Integers: TypeAlias = NDArray[np.intp]
Floats: TypeAlias = NDArray[np.float64]

_COLLECTION = 7
_CHUNK = 16
"""Edges of a border in one box."""

_AT_ONCE = 1 << 17
"""Features cut at a time: what it takes besides them and their parts is bounded."""

_SHORT = 4
"""Borders with so many corners for each feature at most come near few features: measured."""

_MULTI = {0: shapely.multipoints, 1: shapely.multilinestrings, 2: shapely.multipolygons}


class Pieces(NamedTuple):
    """Parts of features by zone, sorted by (zone, feature); the three arrays are aligned."""

    zone: Integers
    feature: Integers
    geometry: Geometries


class Cut(NamedTuple):
    """Parts of polygons by zone: positions, geometry, m², and share of the polygon's area."""

    zone: Integers
    feature: Integers
    geometry: Geometries
    area: Floats
    share: Floats


class Shares(NamedTuple):
    """Which zone has what weight (0..1) in a feature, sorted by (zone, feature)."""

    zone: Integers
    feature: Integers
    weight: Floats


def as_geometries(values: ArrayLike) -> Geometries:
    """Return `values` as a one-dimensional object array."""
    return np.atleast_1d(np.asarray(values, dtype=object))


def prepared(values: ArrayLike) -> Geometries:
    """Return prepared copies.

    What is prepared is written to whenever it is asked, so no two threads may share it.
    """
    copies: Geometries = shapely.force_2d(as_geometries(values))
    shapely.prepare(copies)
    return copies


def only(geometry: Geometries, chosen: NDArray[np.bool_]) -> Geometries:
    """Return the chosen geometry in its place and ``None`` for the rest."""
    result = geometry.copy()
    result[~chosen] = None
    return result


def pieces(zones: ArrayLike, features: ArrayLike) -> Pieces:
    """Cut features along zones.

    Parameters
    ----------
    zones : polygons, n
    features : points, lines or polygons, m

    Returns
    -------
    Pieces
        The part of each feature in each zone it shares size with: area for polygons, length
        for lines; a mere touch is no piece. A point, or a line, on the shared edge of two
        zones is a piece of both: see `shares` and `lines.zone_lengths` for dividing them.
    """
    cut = _cut(zones, features)
    return Pieces(cut.zone, cut.feature, cut.geometry)


class _Parts(NamedTuple):
    """Pieces, and which of them are a whole feature."""

    zone: Integers
    feature: Integers
    geometry: Geometries
    whole: NDArray[np.bool_]


def _cut(zones: ArrayLike, features: ArrayLike) -> _Parts:
    zones, features = prepared(zones), as_geometries(features)
    starts = range(0, max(len(features), 1), _AT_ONCE)
    found = [_cut_some(zones, features[n : n + _AT_ONCE]) for n in starts]
    if len(found) == 1:
        return found[0]
    moved = [one._replace(feature=one.feature + n) for n, one in zip(starts, found, strict=True)]
    zone, feature, geometry, whole = map(np.concatenate, zip(*moved, strict=True))
    order = np.lexsort((feature, zone))
    return _Parts(zone[order], feature[order], geometry[order], whole[order])


def _cut_some(zones: Geometries, features: Geometries) -> _Parts:
    """Cut features along prepared zones."""
    zone, feature, whole = _candidates(zones, features)
    parts = features[feature]
    split = np.flatnonzero(~whole)
    whole[split] = shapely.contains_properly(zones[zone[split]], parts[split])
    split = split[~whole[split]]
    split = split[shapely.intersects(zones[zone[split]], parts[split])]
    covered = shapely.covers(zones[zone[split]], parts[split])
    whole[split[covered]] = True
    keep, split = whole.copy(), split[~covered]
    split = split[~shapely.touches(zones[zone[split]], parts[split])]
    cut = shapely.intersection(parts[split], zones[zone[split]])
    parts[split] = _of_dimension(cut, shapely.get_dimensions(parts[split]))
    keep[split] = _size(parts[split]) > 0
    return _Parts(zone[keep], feature[keep], parts[keep], whole[keep])


def _candidates(
    zones: Geometries, features: Geometries
) -> tuple[Integers, Integers, NDArray[np.bool_]]:
    """(zone, feature, whole): sorted pairs that may share size, and which are surely whole.

    Where no border comes near the box of a feature, one point tells in or out. Borders are
    looked at where they are short beside the features; else every feature would be near one.
    """
    tree = shapely.STRtree(features)
    zone, feature = tree.query(zones)
    order = np.lexsort((feature, zone))
    zone, feature = zone[order], feature[order]
    whole = np.zeros(len(zone), dtype=np.bool_)
    if shapely.get_num_coordinates(zones).sum() > _SHORT * len(features):
        return zone, feature, whole
    boxes, owner = border_boxes(zones)
    border, near = tree.query(shapely.box(*boxes.T))
    pairs, close = zone * len(features) + feature, owner[border] * len(features) + near
    away = np.ones(len(zone), dtype=np.bool_)
    away[np.searchsorted(pairs, close)] = False
    west, south, east, north = shapely.bounds(features[feature[away]]).T
    whole[away] = shapely.contains_xy(zones[zone[away]], (west + east) / 2, (south + north) / 2)
    may = whole | ~away
    return zone[may], feature[may], whole[may]


def border_boxes(zones: ArrayLike) -> tuple[Floats, Integers]:
    """Return boxes (west, south, east, north; float[k, 4]) along the borders, and whose they are.

    Each holds some consecutive edges of one ring; together they hold every edge.
    """
    rings, zone = shapely.get_parts(shapely.boundary(as_geometries(zones)), return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.searchsorted(ring, np.arange(len(rings) + 1))
    step, last = np.arange(len(points)) - first[ring], first[ring + 1] - 1
    start = np.flatnonzero((step % _CHUNK == 0) & (np.arange(len(points)) < last))
    end = points[np.minimum(start + _CHUNK, last[start])]
    low = np.minimum(np.minimum.reduceat(points, start, axis=0), end)
    high = np.maximum(np.maximum.reduceat(points, start, axis=0), end)
    return np.concatenate((low, high), axis=1), zone[ring[start]]


def cut_along(zones: ArrayLike, polygons: ArrayLike, *, noise: float = 1e-4) -> Cut:
    """Cut polygons along zones, leaving out the slivers that rounding leaves on shared edges.

    Parameters
    ----------
    zones, polygons : polygons, n and m
    noise : m²; a part this small or smaller is left out, so that a zone looks not measured by it
    """
    polygons = as_geometries(polygons)
    parts = _cut(zones, polygons)
    full = shapely.area(polygons)[parts.feature]
    area = full.copy()
    area[~parts.whole] = shapely.area(parts.geometry[~parts.whole])
    keep = area > noise
    share = area[keep] / full[keep]
    return Cut(parts.zone[keep], parts.feature[keep], parts.geometry[keep], area[keep], share)


def sums(groups: ArrayLike, values: ArrayLike, count: int) -> Floats:
    """Sum `values` by group, exactly rounded, hence in any order the same.

    Parameters
    ----------
    groups : int[n], -1 for values that belong nowhere
    values : float[n]
    count : number of groups

    Returns
    -------
    float[count], 0 for a group without values.
    """
    groups, values = np.asarray(groups, dtype=np.intp), np.asarray(values, dtype=np.float64)
    order = np.argsort(groups, kind="stable")
    edges = np.searchsorted(groups[order], np.arange(count + 1))
    ordered, terms = values[order], np.diff(edges)
    totals = np.zeros(count)
    totals[terms == 1] = ordered[edges[:-1][terms == 1]]
    several = np.flatnonzero(terms > 1)
    listed, starts, ends = ordered.tolist(), edges[several].tolist(), edges[several + 1].tolist()
    totals[several] = [fsum(listed[a:b]) for a, b in zip(starts, ends, strict=True)]
    return totals


def shares(points: ArrayLike, zones: ArrayLike, *, tolerance: float = 0.0) -> Shares:
    """Divide points among zones, those on a shared boundary equally.

    Parameters
    ----------
    points : points, n
    zones : polygons, m
    tolerance : metres; a point belongs to every zone at most this far away

    Returns
    -------
    Shares
        The weights of one point add up to 1; a point in no zone is left out.
    """
    points = as_geometries(points)
    zone, feature = shapely.STRtree(points).query(
        prepared(zones), predicate="dwithin", distance=tolerance
    )
    order = np.lexsort((feature, zone))
    zone, feature = zone[order], feature[order]
    weight = 1.0 / np.bincount(feature, minlength=len(points))[feature]
    return Shares(zone, feature, weight)


def planar(polygons: ArrayLike, order: ArrayLike) -> Geometries:
    """Make polygons disjoint: each loses what those before it in `order` take.

    Parameters
    ----------
    polygons : polygons, n
    order : int[n], positions in `polygons`, the strongest first (as from ``numpy.argsort``)

    Returns
    -------
    polygons, n, in the order given; untouched where nothing overlaps, empty where all is taken.
    """
    polygons, order = as_geometries(polygons), np.asarray(order, dtype=np.intp)
    result = polygons.copy()
    copies = order[np.flatnonzero(alike(polygons[order]) < np.arange(len(order)))]
    result[copies] = shapely.Polygon()
    strong = np.setdiff1d(order, copies)
    rank = np.empty(len(polygons), dtype=np.intp)
    rank[order] = np.arange(len(polygons))
    taker, loser = strong[np.asarray(_overlapping(polygons[strong]))]
    earlier = rank[taker] < rank[loser]
    taker, loser = taker[earlier], loser[earlier]
    by_loser = np.lexsort((rank[taker], loser))
    losers, starts = np.unique(loser[by_loser], return_index=True)
    for target, takers in zip(losers, np.split(taker[by_loser], starts[1:]), strict=False):
        result[target] = shapely.difference(polygons[target], shapely.union_all(polygons[takers]))
    return result


def alike(polygons: ArrayLike, groups: ArrayLike | None = None) -> Integers:
    """Return the position of the first polygon of the same shape for each, itself where it is.

    Parameters
    ----------
    polygons : polygon[n]
    groups : int[n]; only polygons of one group are held against each other

    Returns
    -------
    int[n]
    """
    shapes = as_geometries(polygons)
    own = np.zeros(len(shapes)) if groups is None else np.asarray(groups, dtype=float)
    boxes = np.column_stack((shapely.bounds(shapes), own))
    _, kind, count = np.unique(boxes, axis=0, return_inverse=True, return_counts=True)
    maybe = np.flatnonzero(count[kind.ravel()] > 1)
    drawn = [*zip(own[maybe], shapely.to_wkb(shapely.normalize(shapes[maybe])), strict=True)]
    firsts: dict[tuple[float, bytes], int] = {}
    result = np.arange(len(shapes))
    result[maybe] = [
        firsts.setdefault(key, n) for key, n in zip(drawn, maybe.tolist(), strict=True)
    ]
    return result


def met(shapes: Geometries, others: Geometries) -> Iterator[tuple[int, Geometries]]:
    """Yield the position of each shape that others meet, and these others."""
    shape, other = shapely.STRtree(others).query(shapes, predicate="intersects")
    for position in np.unique(shape):
        yield int(position), others[other[shape == position]]


def united(zones: ArrayLike) -> shapely.Geometry:
    """Return zones as one, the same in whatever order they come.

    Those that share their borders exactly need no overlay; what GEOS finds to be such a coverage
    it may yet refuse to join as one.
    """
    zones = as_geometries(zones)
    zones = zones[np.lexsort(shapely.bounds(zones).T[::-1])]
    if shapely.coverage_is_valid(zones):
        with suppress(shapely.GEOSException):
            return shapely.coverage_union_all(zones)
    return shapely.union_all(zones)


def overlap_area(zones: ArrayLike) -> float:
    """Area counted more than once: the areas of `zones` less the area of their union, m²."""
    zones = as_geometries(zones)
    left = planar(zones, np.arange(len(zones)))
    return fsum(_size(zones)) - fsum(_size(left))


def uncovered_area(zones: ArrayLike, whole: Any) -> float:
    """Area of the polygon `whole` that lies in none of `zones`, m²."""
    return float(shapely.area(shapely.difference(whole, shapely.union_all(as_geometries(zones)))))


def _overlapping(polygons: Geometries) -> tuple[Integers, Integers]:
    """Ordered pairs of different polygons whose interiors meet."""
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    different = first < second
    first, second = first[different], second[different]
    interiors = shapely.relate_pattern(polygons[first], polygons[second], "T********")
    first, second = first[interiors], second[interiors]
    return np.concatenate((first, second)), np.concatenate((second, first))


def _of_dimension(geometry: Geometries, dimension: Integers) -> Geometries:
    """Only the parts of each geometry that have the dimension asked for, else ``None``."""
    result = only(geometry, shapely.get_dimensions(geometry) == dimension)
    mixed = np.flatnonzero(shapely.get_type_id(geometry) == _COLLECTION)
    for position in mixed:
        parts = shapely.get_parts(geometry[position])
        wanted = int(dimension[position])
        own = parts[shapely.get_dimensions(parts) == wanted]
        result[position] = _MULTI[wanted](own) if len(own) else None
    return result


def _size(geometry: Geometries) -> Floats:
    """Area of polygons, length of lines, count of points; 0 for nothing."""
    dimension = shapely.get_dimensions(geometry)
    count = shapely.get_num_coordinates(geometry)
    linear = np.where(dimension == 1, shapely.length(geometry), count)
    size: Floats = np.where(dimension == 2, shapely.area(geometry), linear)
    return np.nan_to_num(size)
