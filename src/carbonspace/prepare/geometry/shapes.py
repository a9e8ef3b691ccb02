"""Faults of single features: kind, heights, emptiness, validity."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.once import Once, made_now
from carbonspace.model.policy import Policies, Policy
from carbonspace.model.repair import Repair
from carbonspace.model.text import Text, quoted
from carbonspace.prepare.geometry.treat import Spot, Treated, treated

_KINDS = np.array(["point", "line", "line", "polygon", "point", "line", "polygon", "collection"])
_TITLES = {
    "point": Text("点", "point"), "line": Text("线", "line"), "polygon": Text("面", "polygon"),
    "collection": Text("几何集合", "collection"),
}  # fmt: skip
_REASONS = {
    "Self-intersection": "边界自相交", "Ring Self-intersection": "环自相交",
    "Hole lies outside shell": "洞在外环之外", "Holes are nested": "洞中有洞",
    "Nested shells": "外环相互嵌套", "Interior is disconnected": "内部不连通",
    "Duplicate Rings": "环重复", "Too few points in geometry component": "点数过少",
    "Invalid Coordinate": "坐标无效", "Ring is not closed": "环未闭合",
}  # fmt: skip
"""GEOS's reasons in Chinese."""
_PLANE = 2
_DIMENSION = {"point": 0, "line": 1, "polygon": 2}


def sound_shapes(
    key: str, layer: gpd.GeoDataFrame, policies: Policies, once: Once = made_now
) -> Treated:
    """Return the layer with measurable geometry: of its kind, in the plane, present and valid.

    `layer` is indexed by its id.
    """
    findings: list[Finding] = []
    repairs: list[Repair] = []
    for look in (_of_kind, _flat, _present, _valid):
        layer, told, entries = look(key, layer, policies, once)
        findings += told
        repairs += entries
    absent = once.of(_nothing, layer.geometry.to_numpy())
    return Treated(layer[~absent] if absent.any() else layer, findings, repairs)


def made_valid(
    geometry: shapely.Geometry, *, dimensions: tuple[int, ...] = (2,)
) -> shapely.Geometry:
    """Return `geometry` made valid, keeping only parts of the given dimensions."""
    valid = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    return _parts_of(valid, dimensions)


def _of_kind(key: str, layer: gpd.GeoDataFrame, policies: Policies, once: Once) -> Treated:
    """Look for geometry of a kind the layer does not hold."""
    shapes = layer.geometry.to_numpy()
    kinds = shapely.get_type_id(shapes)
    wrong = ~np.isin(_KINDS, LAYERS[key].geometry)[kinds]
    wrong[wrong] = ~_nothing(shapes[wrong])
    names = layer.index
    spots = [Spot(str(names[n]), _TITLES[_KINDS[kinds[n]]], shapes[n])
             for n in np.flatnonzero(wrong)]  # fmt: skip

    def mend(given: gpd.GeoDataFrame, _policy: Policy) -> gpd.GeoDataFrame:
        geometry = shapes.copy()
        geometry[wrong] = [_of_own_kind(shape, _dimensions(key)) for shape in shapes[wrong]]
        return _with(given, geometry)[~wrong | ~shapely.is_empty(geometry)]

    return treated("mixed_types", key, layer, spots, policies, mend, once)


def _flat(key: str, layer: gpd.GeoDataFrame, policies: Policies, once: Once) -> Treated:
    """Look for heights and measures, which no figure here uses."""
    shapes = layer.geometry.to_numpy()
    raised = shapely.get_coordinate_dimension(shapes) > _PLANE
    raised[raised] = shapely.has_z(shapes[raised]) | shapely.has_m(shapes[raised])
    count = int(raised.sum())
    found = Text(f"{count} 个要素", f"{count} features")
    spots = [Spot(None, found)] if count else []

    def mend(given: gpd.GeoDataFrame, _policy: Policy) -> gpd.GeoDataFrame:
        return _with(given, shapely.force_2d(shapes))

    flat, findings, repairs = treated("heights", key, layer, spots, policies, mend, once)
    return Treated(flat, findings, repairs)


def _present(key: str, layer: gpd.GeoDataFrame, policies: Policies, once: Once) -> Treated:
    absent = once.of(_nothing, layer.geometry.to_numpy())
    spots = [Spot(str(name), Text("空几何", "empty geometry")) for name in layer.index[absent]]
    return treated("empty", key, layer, spots, policies, lambda given, _: given[~absent], once)


def _valid(key: str, layer: gpd.GeoDataFrame, policies: Policies, once: Once) -> Treated:
    before = layer.geometry.to_numpy()
    broken = once.chosen(f"{key} invalid", before, lambda some: ~shapely.is_valid(some))
    broken = broken[~_nothing(before[broken])]
    after = before.copy()
    after[broken] = [made_valid(one, dimensions=_dimensions(key)) for one in before[broken]]
    spots = [Spot(str(layer.index[n]), _change(before[n], after[n]), before[n]) for n in broken]

    def mend(given: gpd.GeoDataFrame, _policy: Policy) -> gpd.GeoDataFrame:
        mended = _with(given, after)
        once.taken(mended.geometry.to_numpy(), before, anew=broken)
        return mended

    return treated("invalid", key, layer, spots, policies, mend, once)


def _change(before: shapely.Geometry, after: shapely.Geometry) -> Text:
    reason = _reason(before)
    if shapely.is_empty(after):
        return Text(f"{reason.zh}；修复后无剩余", f"{reason.en}; nothing is left of it")
    change = f"{before.area:,.2f} → {after.area:,.2f} m²"
    return Text(f"{reason.zh}；{change}", f"{reason.en}; {change}")


def _reason(shape: shapely.Geometry) -> Text:
    """Return what GEOS finds wrong, and where."""
    said, bracket, place = shapely.is_valid_reason(shape).partition("[")
    known = _REASONS.get(said)
    zh = known if known is not None else quoted(said).zh
    return Text(f"{zh}{bracket}{place}", f"{said}{bracket}{place}")


def _nothing(shapes: np.ndarray) -> np.ndarray:
    missing: np.ndarray = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    return missing


def _of_own_kind(shape: shapely.Geometry, dimensions: tuple[int, ...]) -> shapely.Geometry:
    """Return what of a shape has one of the dimensions; a closed line bounds a polygon."""
    if 2 in dimensions and 1 not in dimensions:
        shape = shapely.geometrycollections([*_filled(shape)])
    return _parts_of(shape, dimensions)


def _filled(shape: shapely.Geometry) -> Iterator[shapely.Geometry]:
    for part in shapely.get_parts(shapely.get_parts(shape)):
        ring = shapely.get_dimensions(part) == 1 and shapely.is_closed(part)
        yield shapely.polygons(shapely.get_coordinates(part)) if ring else part


def _parts_of(shape: shapely.Geometry, dimensions: tuple[int, ...]) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(shape))
    kept = parts[np.isin(shapely.get_dimensions(parts), dimensions) & ~shapely.is_empty(parts)]
    return kept[0] if len(kept) == 1 else shapely.union_all(kept)


def _dimensions(key: str) -> tuple[int, ...]:
    return tuple(_DIMENSION[kind] for kind in LAYERS[key].geometry)


def _with(layer: gpd.GeoDataFrame, geometry: np.ndarray) -> gpd.GeoDataFrame:
    return layer.set_geometry(gpd.GeoSeries(geometry, layer.index, crs=layer.crs))
