"""Overlapping land use made planar: what is smaller is more specific and keeps its ground."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text

_POLYGON = 3


def smallest_first(parcels: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return parcels without overlaps: a larger one loses what smaller ones lie on.

    Invalid polygons are made valid first. Parcels with nothing left are dropped. Equal areas:
    the one that comes first keeps its ground. The finding says how much was cut away.
    """
    shapes = parcels.geometry.to_numpy()
    broken = ~shapely.is_valid(shapes)
    shapes = shapes.copy()
    shapes[broken] = [_areal(shapely.make_valid(shape)) for shape in shapes[broken]]
    left = _cut(shapes)
    kept = shapely.area(left) > 0
    cut = float(shapely.area(shapes).sum() - shapely.area(left).sum())
    result = parcels.set_geometry(gpd.GeoSeries(left, parcels.index, crs=parcels.crs))[kept]
    touched = int((~shapely.equals_exact(left, shapes)).sum())
    findings = [_note(touched, int((~kept).sum()), cut)] if touched else []
    names = parcels["parcel_id"].to_numpy()[broken]
    return result.reset_index(drop=True), [*findings, *(_mended(str(name)) for name in names)]


def _cut(shapes: np.ndarray) -> np.ndarray:
    """Return each shape less the union of the smaller shapes that overlap it."""
    rank = np.empty(len(shapes), dtype=int)
    rank[np.argsort(shapely.area(shapes), kind="stable")] = np.arange(len(shapes))
    large, small = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    smaller = rank[small] < rank[large]
    smaller &= ~shapely.touches(shapes[large], shapes[small])
    large, small = large[smaller], small[smaller]
    order = np.argsort(large, kind="stable")
    cut, first = np.unique(large[order], return_index=True)
    left = shapes.copy()
    for n, others in zip(cut, np.split(small[order], first[1:]), strict=False):
        left[n] = _areal(shapely.difference(shapes[n], shapely.union_all(shapes[others])))
    return left


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a shape."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == _POLYGON])


def _note(touched: int, gone: int, cut: float) -> Finding:
    return Finding(
        "note", "parcels", Text("用地面重叠", "Areas of land use overlap"),
        Text(f"{touched} 个面，{cut:,.0f} m²", f"{touched} areas, {cut:,.0f} m²"),
        Text("互不重叠的用地", "land uses that do not overlap"),
        Text(f"重叠处归较小（较具体）的用地；{gone} 个面因此消失。",
             f"The smaller, more specific one keeps its ground; {gone} areas vanished."),
    )  # fmt: skip


def _mended(name: str) -> Finding:
    return Finding(
        "warning", "parcels", Text("几何无效", "The geometry is invalid"),
        Text("边界自相交", "self-intersection"),
        Text("有效的几何", "valid geometry"), Text("已修复。", "Made valid."), name,
    )  # fmt: skip
