"""Floor area of buildings: as given, else the footprint times the floors above ground."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray


def floor_areas(buildings: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the floor area of each building, m².

    `floor_area` where it is known, else footprint × `floors`, one floor where they are not known.
    """
    floors, given = _numbers(buildings, "floors"), _numbers(buildings, "floor_area")
    drawn = shapely.area(buildings.geometry.to_numpy()) * np.fmax(floors, 1.0)
    return np.where(np.isnan(given), drawn, given)


def _numbers(buildings: gpd.GeoDataFrame, column: str) -> NDArray[np.float64]:
    """Return a column as floats, NaN where it is absent or null.

    As an array: to align series would keep the name of every building in memory once more.
    """
    values = buildings.get(column)
    if values is None:
        return np.full(len(buildings), np.nan)
    found: NDArray[np.float64] = values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return found
