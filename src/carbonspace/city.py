"""The whole city: the outline that units, gaps and overlaps are accounted against."""

from __future__ import annotations

import math
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.model.outcome import CITY
from carbonspace.model.plan import Plan

_NOISE_M2 = 1.0


def outline(plan: Plan) -> shapely.Geometry:
    """Return the outline of a prepared plan's city: its boundary, where given, and its units."""
    whole = union_of(plan.layers["units"])
    if "city" not in plan.layers:
        return whole
    given = union_of(plan.layers["city"])
    return shapely.union(given, whole)


def union_of(layer: gpd.GeoDataFrame) -> shapely.Geometry:
    """Return all polygons of a layer as one, to the last bit the same in whatever order."""
    shapes = layer.geometry.to_numpy()
    return shapely.union_all(shapes[np.lexsort(shapely.bounds(shapes).T[::-1])])


def as_one_unit(plan: Plan) -> Plan | None:
    """Return the plan with the city as its only unit; None where the units tile the city.

    Where they tile it, the city is the sum of its units. Where they overlap or leave gaps, the
    sum counts land twice or not at all, and the city must be measured on its own.
    """
    units, whole = plan.layers["units"], outline(plan)
    parts, area = math.fsum(units.area), whole.area
    union = shapely.area(union_of(units))
    if parts - union <= _NOISE_M2 and area - union <= _NOISE_M2:
        return None
    index = pd.Index([CITY], name="unit_id")
    alone = gpd.GeoDataFrame(geometry=[whole], index=index, crs=units.crs)
    return replace(plan, layers={**plan.layers, "units": alone})
