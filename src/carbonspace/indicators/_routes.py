"""Routes of a corridor network: what belongs together, and where it leads."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.indicators._shared import Geometries


def in_largest(lines: Geometries, component: np.ndarray) -> np.ndarray:
    """Return True for lines of the longest component (of equals, the most south-western)."""
    if not len(lines):
        return np.zeros(0, dtype=bool)
    members = [np.flatnonzero(component == label) for label in np.unique(component)]
    corner = shapely.bounds(lines)[:, :2]

    def rank(rows: np.ndarray) -> tuple[float, float, float]:
        west, south = corner[rows].min(axis=0)
        return -math.fsum(shapely.length(lines[rows])), west, south

    largest = min(members, key=rank)
    return np.isin(np.arange(len(lines)), largest)


def route_of(corridors: gpd.GeoDataFrame) -> pd.Series:
    """Return the route each corridor belongs to: `route`, else itself."""
    own = pd.Series(corridors.index.astype(str), index=corridors.index, dtype="object")
    given = corridors.get("route")
    if given is None:
        return own
    return given.astype("object").where(given.notna() & (given != ""), "corridor " + own)


def merged(lines: Geometries, group: np.ndarray, count: int) -> Geometries:
    """Return one multi-part line per group."""
    merged = [shapely.union_all(lines[group == number]) for number in range(count)]
    return np.array(merged, dtype=object)


def axis_of(azimuth: float) -> str:
    """Return the axis an azimuth (degrees from east, 0 to 180) is nearer to; "" if it has none."""
    if math.isnan(azimuth):
        return ""
    return "north_south" if 45.0 < azimuth < 135.0 else "east_west"
