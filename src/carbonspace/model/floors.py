"""Floor area of buildings: as given, else the footprint times the floors above ground."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray


def floor_areas(buildings: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the floor area of each building, m².

    `floor_area` where it is known, else footprint × `floors`, one floor where they are not known.
    """
    unknown = pd.Series(np.nan, index=buildings.index)
    floors = buildings.get("floors", unknown).astype("Float64").fillna(1.0).clip(lower=1.0)
    footprint = shapely.area(buildings.geometry.to_numpy())
    drawn = pd.Series(footprint, index=buildings.index) * floors.astype(float)
    given = buildings.get("floor_area", unknown).astype("Float64")
    return np.asarray(given.fillna(drawn), dtype=float)
