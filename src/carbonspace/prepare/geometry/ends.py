"""Ends of lines that stop just short of another line, or just beyond it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from shapely.ops import substring

from carbonspace.model.policy import FAULTS, Policies, Policy
from carbonspace.model.text import Text
from carbonspace.prepare.geometry.treat import Spot, Treated, treated

_TOUCH_M = 1e-3
"""Ends this near to a line are on it: a junction computed or rounded, not a miss."""


class _End(NamedTuple):
    """A loose end: position of its line, whether it is the last vertex, and the line it misses."""

    line: int
    last: bool
    other: int
    distance: float


def near_misses(key: str, layer: gpd.GeoDataFrame, policies: Policies) -> Treated:
    """Look for ends that stop short of another line by no more than the tolerance."""
    return _looked("near_misses", key, layer, policies, crossing=False)


def dangles(key: str, layer: gpd.GeoDataFrame, policies: Policies) -> Treated:
    """Look for ends that overshoot a line they cross by no more than the tolerance."""
    return _looked("dangles", key, layer, policies, crossing=True)


def _looked(
    fault: str, key: str, layer: gpd.GeoDataFrame, policies: Policies, *, crossing: bool
) -> Treated:
    if not FAULTS[fault].concerns(key):
        return Treated(layer, [], [])
    shapes = layer.geometry.to_numpy()
    ends = _loose_ends(shapes, policies.of(fault, key).limit)
    lines, others = shapes[[e.line for e in ends]], shapes[[e.other for e in ends]]
    crosses = shapely.intersects(lines, others)
    chosen = [e for e, c in zip(ends, crosses, strict=True) if c == crossing]
    spots = [_missed(layer, shapes, one) for one in chosen]

    def mend(given: gpd.GeoDataFrame, _policy: Policy) -> gpd.GeoDataFrame:
        return _joined(given, chosen, crossing=crossing)

    return treated(fault, key, layer, spots, policies, mend)


def _missed(layer: gpd.GeoDataFrame, shapes: np.ndarray, end: _End) -> Spot:
    away, other = f"{end.distance:.2f} m", layer.index[end.other]
    found = Text(f"距 {other} {away}", f"{away} from {other}")
    place = shapely.get_point(shapes[end.line], -1 if end.last else 0)
    return Spot(str(layer.index[end.line]), found, place)


def _loose_ends(lines: np.ndarray, tolerance: float) -> list[_End]:
    """Return the ends that meet no line but have one within the tolerance, in order."""
    single = np.flatnonzero((shapely.get_type_id(lines) == 1) & ~shapely.is_closed(lines))
    points = np.concatenate([shapely.get_point(lines[single], n) for n in (0, -1)])
    owner, last = np.tile(single, 2), np.repeat([False, True], len(single))
    end, other = shapely.STRtree(lines).query(points, predicate="dwithin", distance=tolerance)
    foreign = owner[end] != other
    end, other = end[foreign], other[foreign]
    distance = shapely.distance(points[end], lines[other])
    met = np.isin(end, end[distance <= _TOUCH_M])
    end, other, distance = end[~met], other[~met], distance[~met]
    nearest = np.lexsort((other, distance, end))
    _, first = np.unique(end[nearest], return_index=True)
    rows = zip(*(a[nearest[first]] for a in (end, other, distance)), strict=True)
    found = [_End(int(owner[e]), bool(last[e]), int(o), float(d)) for e, o, d in rows]
    return sorted(found)


def _joined(layer: gpd.GeoDataFrame, ends: Iterable[_End], *, crossing: bool) -> gpd.GeoDataFrame:
    """Return the layer with ends moved onto the line they miss, or tails cut off at it."""
    shapes = layer.geometry.to_numpy().copy()
    for one in ends:
        line, other = shapes[one.line], shapes[one.other]
        end = shapely.get_point(line, -1 if one.last else 0)
        if shapely.distance(end, other) > _TOUCH_M:
            shapes[one.line] = (
                _trimmed(line, other, last=one.last)
                if crossing
                else _extended(line, other, end, last=one.last)
            )
    return layer.set_geometry(gpd.GeoSeries(shapes, layer.index, crs=layer.crs))


def _extended(
    line: shapely.Geometry, other: shapely.Geometry, end: shapely.Geometry, *, last: bool
) -> shapely.Geometry:
    """Return the line with its end on the nearest point of the other."""
    points = shapely.get_coordinates(line)
    points[-1 if last else 0] = shapely.get_coordinates(shapely.shortest_line(end, other))[1]
    return shapely.linestrings(points)


def _trimmed(line: shapely.Geometry, other: shapely.Geometry, *, last: bool) -> shapely.Geometry:
    """Return the line cut off where it last meets the other before its end."""
    crossings = shapely.get_parts(shapely.intersection(line, other))
    places = shapely.line_locate_point(line, shapely.get_point(crossings, 0))
    places = np.where(np.isnan(places), shapely.line_locate_point(line, crossings), places)
    if last:
        return substring(line, 0.0, float(places.max()))
    return substring(line, float(places.min()), line.length)
