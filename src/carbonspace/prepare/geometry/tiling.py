"""Zones that should cover the ground once: overlaps and gaps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.kernels.overlay import planar, united
from carbonspace.model.finding import Finding
from carbonspace.model.once import Once, Pairs, made_now
from carbonspace.model.policy import FAULTS, Policies, Policy
from carbonspace.model.text import Text
from carbonspace.prepare.geometry.copies import (
    best_neighbour,
    first_of_kind,
    of_one_box,
    thinner,
)
from carbonspace.prepare.geometry.treat import SHOWN, Spot, Treated, treated

_NOISE_M2 = 0.01
"""Gaps smaller than this are rounding of shared vertices, not planning."""
_MEETS_M = 1e-6
_CROWD = 20
"""So many features of one shape may be told pair by pair; more would be told for ever."""


def overlaps(
    key: str, layer: gpd.GeoDataFrame, policies: Policies, once: Once = made_now
) -> Treated:
    """Look for pairs that overlap by more than the tolerance, the largest first.

    What is below the tolerance is rounding, told in one note and never counted as an overlap.
    """
    if not FAULTS["overlaps"].concerns(key):
        return Treated(layer, [], [])
    shapes = layer.geometry.to_numpy()
    first, second, area = meeting(key, layer, once)
    order = np.argsort(-area, kind="stable")
    real = order[area[order] > policies.of("overlaps", key).limit]
    shared = np.full(len(real), None)
    shown = real[:SHOWN]
    shared[: len(shown)] = shapely.intersection(shapes[first[shown]], shapes[second[shown]])
    names = layer.index
    spots = [Spot(f"{names[first[n]]} + {names[second[n]]}", f"{area[n]:,.2f} m²", shape)
             for n, shape in zip(real, shared, strict=True)]  # fmt: skip
    noise = np.delete(area, real)
    result, findings, repairs = treated("overlaps", key, layer, spots, policies, _cut, once)
    return Treated(result, [*findings, *_rounding(key, noise)], repairs)


def gaps(key: str, layer: gpd.GeoDataFrame, policies: Policies, once: Once = made_now) -> Treated:
    """Look for ground between two or more units that none of them holds, the largest first.

    These are the holes of all units together, and the slits narrower than the tolerance.
    """
    if not FAULTS["gaps"].concerns(key):
        return Treated(layer, [], [])
    policy = policies.of("gaps", key)
    units = layer.geometry.to_numpy()
    what = f"ground between units, slits of {policy.limit!r}"
    found = once(what, (units,), lambda: _between(units, policy.limit))
    narrow = thinner(found, policy)
    spots = [_gap(shape, thin) for shape, thin in zip(found, narrow, strict=True)]

    def mend(given: gpd.GeoDataFrame, _policy: Policy) -> gpd.GeoDataFrame:
        return _filled(given, found[narrow])

    return treated("gaps", key, layer, spots, policies, mend, once)


def _gap(shape: shapely.Geometry, thin: bool) -> Spot:
    size = f"{shape.area:,.2f} m²"
    found = (
        Text(f"{size}，窄于容差", f"{size}, narrower than the tolerance")
        if thin
        else Text(f"{size}，宽于容差", f"{size}, wider than the tolerance")
    )
    return Spot(None, found, shape)


def meeting(key: str, layer: gpd.GeoDataFrame, once: Once = made_now) -> Pairs:
    """Return the pairs whose interiors meet, and the area they share.

    Of a crowd at one place, the first with each other.
    """
    shapes = layer.geometry.to_numpy()
    firm = np.ones(len(shapes), dtype=bool)
    firm[of_one_box(shapes, once)] = False  # of a crowd, or in the order of their names

    def find(new: np.ndarray) -> Pairs:
        first, second = neighbours(layer, new, once)
        meet = shapely.relate_pattern(shapes[first], shapes[second], "T********")
        first, second = first[meet], second[meet]
        area = shapely.area(shapely.intersection(shapes[first], shapes[second]))
        return Pairs(first, second, area)

    return once.pairs(f"{key} whose interiors meet", shapes, firm, find)


def neighbours(
    layer: gpd.GeoDataFrame, new: np.ndarray | None = None, once: Once = made_now
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs whose boxes meet, in order, those that are `new` with all others.

    Of a crowd at one place, the first with each other.
    """
    shapes = layer.geometry.to_numpy()
    chosen = np.ones(len(shapes), dtype=bool) if new is None else new
    opening = first_of_kind(layer, once)
    crowded = np.bincount(opening, minlength=len(shapes))[opening] > _CROWD
    copies = np.flatnonzero(crowded & (opening != np.arange(len(shapes))))
    alone = np.delete(np.arange(len(shapes)), copies)
    asked = alone[chosen[alone]]
    one, other = shapely.STRtree(shapes[asked]).query(shapes[alone])
    one, other = alone[one], asked[other]
    once_only = (one < other) | ((one > other) & ~chosen[one])
    first, second = np.sort((one[once_only], other[once_only]), axis=0)
    copies = copies[chosen[copies] | chosen[opening[copies]]]
    first, second = np.append(first, opening[copies]), np.append(second, copies)
    order = np.lexsort((second, first))
    return first[order], second[order]


def _cut(layer: gpd.GeoDataFrame, _policy: Policy) -> gpd.GeoDataFrame:
    """Return the layer with larger features cut by smaller ones; nothing left, left out."""
    shapes = layer.geometry.to_numpy()
    left = planar(shapes, np.argsort(shapely.area(shapes), kind="stable"))
    cut = layer.set_geometry(gpd.GeoSeries(left, layer.index, crs=layer.crs))
    return cut[shapely.area(left) > 0]


def _rounding(key: str, area: np.ndarray) -> list[Finding]:
    if not len(area):
        return []
    return [Finding(
        "note", key, Text("共用边界有数值误差", "Shared borders differ by rounding"),
        Text(f"{len(area)} 对，共 {area.sum():.2g} m²",
             f"{len(area)} pairs, {area.sum():.2g} m² in all"),
        Text("完全重合的边界", "borders that are the same"),
        Text("低于容差，不算重叠，也未改动。",
             "Below the tolerance: not counted as overlaps, and left as they are."),
    )]  # fmt: skip


def _between(units: np.ndarray, width: float) -> np.ndarray:
    whole = united(units)
    closed = shapely.buffer(whole, width / 2, join_style="mitre")
    slits = shapely.difference(shapely.buffer(closed, -width / 2, join_style="mitre"), whole)
    holes = shapely.polygons(shapely.get_parts(shapely.get_rings(shapely.get_parts(whole))))
    holes = shapely.difference(shapely.union_all(holes), whole)
    parts = shapely.get_parts(shapely.union(slits, holes))
    parts = parts[shapely.area(parts) > _NOISE_M2]
    part, _ = shapely.STRtree(units).query(parts, predicate="dwithin", distance=_MEETS_M)
    parts = parts[np.bincount(part, minlength=len(parts)) > 1]
    largest_first: np.ndarray = parts[np.argsort(-shapely.area(parts), kind="stable")]
    return largest_first


def _filled(layer: gpd.GeoDataFrame, holes: np.ndarray) -> gpd.GeoDataFrame:
    """Return the layer with each hole given to the unit along its longest border."""
    shapes = layer.geometry.to_numpy().copy()
    tree = shapely.STRtree(shapes)
    for hole in holes:
        host = best_neighbour(hole, shapes, tree, not_=frozenset())
        if host is not None:
            shapes[host] = shapely.union(shapes[host], hole)
    return layer.set_geometry(gpd.GeoSeries(shapes, layer.index, crs=layer.crs))
