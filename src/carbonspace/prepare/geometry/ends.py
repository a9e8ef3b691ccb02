"""Ends of lines that stop just short of another line, or just beyond it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from shapely.ops import substring

from carbonspace.model.once import Once, made_now
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


def loose_ends(
    key: str, layer: gpd.GeoDataFrame, policies: Policies, once: Once = made_now
) -> Treated:
    """Look for ends that stop just short of another line, then for those that overshoot one."""
    if not FAULTS["near_misses"].concerns(key):
        return Treated(layer, [], [])
    limit = max(policies.of(fault, key).limit for fault in ("near_misses", "dangles"))
    ends = _loose(layer, limit, once)
    short = _looked("near_misses", key, layer, ends, policies, once)
    if short.layer is not layer:
        ends = _loose(short.layer, limit, once)
    over = _looked("dangles", key, short.layer, ends, policies, once)
    return Treated(over.layer, [*short.findings, *over.findings], [*short.repairs, *over.repairs])


def _looked(
    fault: str, key: str, layer: gpd.GeoDataFrame, ends: Sequence[_End], policies: Policies,
    once: Once,
) -> Treated:  # fmt: skip
    """Look among loose ends for those of one fault: the line that is missed is crossed or not."""
    shapes, crossing = layer.geometry.to_numpy(), fault == "dangles"
    near = [e for e in ends if e.distance <= policies.of(fault, key).limit]
    crosses = shapely.intersects(shapes[[e.line for e in near]], shapes[[e.other for e in near]])
    chosen = [e for e, c in zip(near, crosses, strict=True) if c == crossing]
    spots = [_missed(layer, shapes, one) for one in chosen]

    def mend(given: gpd.GeoDataFrame, _policy: Policy) -> gpd.GeoDataFrame:
        return _joined(given, chosen, crossing=crossing)

    return treated(fault, key, layer, spots, policies, mend, once)


def _missed(layer: gpd.GeoDataFrame, shapes: np.ndarray, end: _End) -> Spot:
    away, other = f"{end.distance:.2f} m", layer.index[end.other]
    found = Text(f"距 {other} {away}", f"{away} from {other}")
    place = shapely.get_point(shapes[end.line], -1 if end.last else 0)
    return Spot(str(layer.index[end.line]), found, place)


def _loose(layer: gpd.GeoDataFrame, tolerance: float, once: Once) -> list[_End]:
    lines = layer.geometry.to_numpy()

    def make() -> np.ndarray:
        return np.array(_ends(lines, tolerance), dtype=float).reshape(-1, len(_End._fields))

    found = once.numbers(f"loose ends, within {tolerance!r}", (lines,), make)
    return [
        _End(int(line), bool(last), int(other), away) for line, last, other, away in found.tolist()
    ]


def _ends(lines: np.ndarray, tolerance: float) -> list[_End]:
    """Return the ends that meet no line but have one within the tolerance, in order."""
    points, owner, last = _alone(lines)
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


def _alone(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the ends at which no other line ends: point, position of the line, is it the last."""
    single = np.flatnonzero((shapely.get_type_id(lines) == 1) & ~shapely.is_closed(lines))
    after = np.cumsum(shapely.get_num_points(lines[single]))
    first = after - shapely.get_num_points(lines[single])
    place = shapely.get_coordinates(lines[single])[np.append(first, after - 1)] @ (1, 1j)
    _, which, count = np.unique(place, return_inverse=True, return_counts=True)
    alone = np.flatnonzero(count[which] == 1)
    owner, last = np.tile(single, 2)[alone], np.repeat([False, True], len(single))[alone]
    points = shapely.points(np.stack((place.real, place.imag), axis=1)[alone])
    return points, owner, last


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
