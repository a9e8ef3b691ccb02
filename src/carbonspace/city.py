"""The whole city: the outline that units, gaps and overlaps are accounted against."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.model.outcome import CITY
from carbonspace.model.plan import Plan

_NOISE_M2 = 1.0


class City(NamedTuple):
    """All units as one polygon; and the outline: they and, where it is given, the boundary."""

    units: shapely.Geometry
    outline: shapely.Geometry


def city_of(plan: Plan) -> City:
    """Return the city of a prepared plan."""
    units = _union(plan.layers["units"])
    if "city" not in plan.layers:
        return City(units, units)
    return City(units, shapely.union(_union(plan.layers["city"]), units))


def _union(layer: gpd.GeoDataFrame) -> shapely.Geometry:
    """Return all polygons of a layer as one, to the last bit the same in whatever order."""
    shapes = layer.geometry.to_numpy()
    return shapely.union_all(shapes[np.lexsort(shapely.bounds(shapes).T[::-1])])


def as_one_unit(plan: Plan, city: City) -> Plan | None:
    """Return the plan with the city as its only unit; None where the units tile the city.

    Where they tile it, the city is the sum of its units. Where they overlap or leave gaps, the
    sum counts land twice or not at all, and the city must be measured on its own.
    """
    units, united = plan.layers["units"], city.units.area
    parts, area = math.fsum(units.area), city.outline.area
    if parts - united <= _NOISE_M2 and area - united <= _NOISE_M2:
        return None
    index = pd.Index([CITY], name="unit_id")
    alone = gpd.GeoDataFrame(geometry=[city.outline], index=index, crs=units.crs)
    return replace(plan, layers={**plan.layers, "units": alone})
