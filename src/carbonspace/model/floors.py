"""Floor area and height of buildings: as given, else from the floors above ground."""

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


def heights(buildings: gpd.GeoDataFrame, storey_height: float) -> NDArray[np.float64]:
    """Return how high each building stands above the ground, metres.

    `height` where it is known, else `floors` × `storey_height`, NaN where neither is known. No
    building is 0 m high: that is not known.
    """
    given, floors = _numbers(buildings, "height"), _numbers(buildings, "floors")
    drawn = np.where(floors > 0, floors * storey_height, np.nan)
    return np.where(given > 0, given, drawn)


def _numbers(buildings: gpd.GeoDataFrame, column: str) -> NDArray[np.float64]:
    """Return a column as floats, NaN where it is absent or null.

    As an array: to align series would keep the name of every building in memory once more.
    """
    values = buildings.get(column)
    if values is None:
        return np.full(len(buildings), np.nan)
    found: NDArray[np.float64] = values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return found
