"""Geometry that can be measured: two-dimensional, present and valid; every change is recorded."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Text

_DIMENSION = {"point": 0, "line": 1, "polygon": 2}


def repaired(key: str, layer: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the layer with measurable geometry, and one finding per feature changed.

    Features without geometry are left out; invalid polygons are made valid; heights and
    measures are dropped. `layer` is indexed by its id.
    """
    geometry = shapely.force_2d(layer.geometry.to_numpy())
    absent = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    findings = [_absent(key, str(name)) for name in layer.index[absent]]
    broken = ~shapely.is_valid(geometry) & ~absent
    for position in np.flatnonzero(broken):
        before = geometry[position]
        geometry[position] = made_valid(before, dimensions=_dimensions(key))
        findings.append(_mended(key, str(layer.index[position]), before, geometry[position]))
    lost = absent | shapely.is_empty(geometry)
    return layer.set_geometry(gpd.GeoSeries(geometry, layer.index, crs=layer.crs))[~lost], findings


def made_valid(
    geometry: shapely.Geometry, *, dimensions: tuple[int, ...] = (2,)
) -> shapely.Geometry:
    """Return `geometry` made valid, keeping only parts of the given dimensions."""
    valid = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    parts = shapely.get_parts(shapely.get_parts(valid))
    kept = parts[np.isin(shapely.get_dimensions(parts), dimensions) & ~shapely.is_empty(parts)]
    return kept[0] if len(kept) == 1 else shapely.union_all(kept)


def _dimensions(key: str) -> tuple[int, ...]:
    return tuple(_DIMENSION[kind] for kind in LAYERS[key].geometry)


def _absent(key: str, feature: str) -> Finding:
    return Finding(
        "warning", key, Text("要素没有几何", "The feature has no geometry"), "empty geometry",
        Text("点、线或面", "a point, line or polygon"),
        Text("该要素未参与量算。", "The feature was left out."), feature,
    )  # fmt: skip


def _mended(key: str, feature: str, before: shapely.Geometry, after: shapely.Geometry) -> Finding:
    x, y = shapely.get_coordinates(before)[0]
    change = f"{shapely.is_valid_reason(before)}; {before.area:,.2f} → {after.area:,.2f} m²"
    return Finding(
        "warning", key, Text("几何无效", "The geometry is invalid"), change,
        Text("有效的几何", "valid geometry"),
        Text("已修复为有效几何，请在源数据中核对。", "Made valid; check it in the source."),
        feature, (float(x), float(y)),
    )  # fmt: skip
