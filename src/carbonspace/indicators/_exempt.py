"""Features with a recorded exemption: counts of violations leave them out, and say how many."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from carbonspace.model.exemption import EXEMPTION


def exempted(layer: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return which features of a layer are exempt: those with a reason.

    What a plan exempts for one indicator is in the column when that indicator is measured.
    """
    if EXEMPTION not in layer:
        return np.zeros(len(layer), dtype=np.bool_)
    reasons = layer[EXEMPTION].astype("string").fillna("").str.strip()
    return np.asarray(reasons != "", dtype=np.bool_)


_SLIVER = 1e-6
"""Parts of a feature that are no more than this share of it lie in a unit by rounding."""


def excused_by_unit(
    units: gpd.GeoDataFrame,
    layer: gpd.GeoDataFrame,
    place: tuple[NDArray[np.int64], NDArray[np.int64]],
    share: NDArray[np.float64],
) -> list[frozenset[str]]:
    """Return by unit the ids of features that lie in it, each as a whole wherever a part of it is.

    `place` are the positions of the unit (-1: none) and of the feature of each part of features,
    `share` what share of the feature the part is.
    """
    found: list[set[str]] = [set() for _ in range(len(units))]
    for unit, feature in zip(*(one[share > _SLIVER] for one in place), strict=True):
        if unit >= 0:
            found[unit].add(str(layer.index[feature]))
    return [frozenset(ids) for ids in found]
