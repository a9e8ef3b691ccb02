"""One order of the features, whatever order they were given in."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

KEPT = ("city", "units")
"""Layers whose order people chose; nothing is computed from it."""


def in_order(key: str, layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the layer from west to east, then south to north, so that no figure knows its order.

    Features with the same bounds are in the order of their ids.
    """
    if key in KEPT or len(layer) < 2:
        return layer
    boxes = shapely.bounds(layer.geometry.to_numpy())
    order = np.lexsort(boxes.T[::-1])
    if (boxes[order[1:]] == boxes[order[:-1]]).all(axis=1).any():
        ids = np.argsort(np.argsort(layer.index.to_numpy(dtype=str), kind="stable"))
        order = np.lexsort((ids, *boxes.T[::-1]))
    return layer if (np.diff(order) == 1).all() else layer.iloc[order]
