"""One order of the features, whatever order they were given in."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.model.once import Once, made_now

KEPT = ("city", "units")
"""Layers whose order people chose; nothing is computed from it."""


def in_order(key: str, layer: gpd.GeoDataFrame, once: Once = made_now) -> gpd.GeoDataFrame:
    """Return the layer from west to east, then south to north, so that no figure knows its order.

    Features with the same bounds are in the order of their ids.
    """
    if key in KEPT or len(layer) < 2:
        return layer
    boxes = once.of(shapely.bounds, layer.geometry.to_numpy())
    order = np.argsort(boxes[:, 0], kind="stable")
    level = np.diff(boxes[order, 0]) == 0
    tied = np.flatnonzero(np.append(level, False) | np.append(False, level))
    rest = order[tied]
    order[tied] = rest[np.lexsort((layer.index[rest].to_numpy(dtype=str), *boxes[rest].T[::-1]))]
    if (np.diff(order) == 1).all():
        return layer
    ordered = layer.iloc[order]
    once.taken(ordered.geometry.to_numpy(), layer.geometry.to_numpy(), order)
    return ordered
