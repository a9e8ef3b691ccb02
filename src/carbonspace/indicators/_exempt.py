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
