"""Faults between features: what overlaps would be counted twice."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text

_NOISE_M2 = 0.01
"""Overlaps smaller than this are rounding of shared vertices, not planning."""
_SHOWN = 20


def overlaps(key: str, layer: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield the pairs of features that overlap by more than noise, the largest first."""
    shapes = layer.geometry.to_numpy()
    first, second = _pairs(shapes)
    shared = shapely.intersection(shapes[first], shapes[second])
    area = shapely.area(shared)
    order = np.argsort(-area, kind="stable")
    order = order[area[order] > _NOISE_M2]
    for n in order[:_SHOWN]:
        names = f"{layer.index[first[n]]} + {layer.index[second[n]]}"
        yield _overlap(key, names, shared[n], float(area[n]))
    if len(order) > _SHOWN:
        yield _more(key, len(order) - _SHOWN, float(area[order[_SHOWN:]].sum()))


def _pairs(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs whose interiors may meet."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    return first[once], second[once]


def _overlap(key: str, names: str, shared: shapely.Geometry, area: float) -> Finding:
    place = shapely.get_coordinates(shapely.point_on_surface(shared))[0]
    return Finding(
        "warning", key, Text("要素重叠", "Features overlap"), f"{area:,.2f} m²",
        Text("不重叠的要素", "features that do not overlap"),
        Text("重叠部分会重复计算，请在源数据中改正。",
             "The overlap counts twice; correct it in the source."),
        names, (float(place[0]), float(place[1])),
    )  # fmt: skip


def _more(key: str, count: int, area: float) -> Finding:
    return Finding(
        "warning", key, Text("还有更多重叠", "More features overlap"),
        f"{count} pairs, {area:,.2f} m²", Text("不重叠的要素", "features that do not overlap"),
        Text("先处理最大的重叠。", "Deal with the largest ones first."),
    )  # fmt: skip
