"""The whole city: the outline that units, gaps and overlaps are held against; its districts."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.kernels.overlay import united
from carbonspace.model.levels import DISTRICT, districts_named
from carbonspace.model.once import Once, made_now
from carbonspace.model.outcome import CITY
from carbonspace.model.plan import Plan
from carbonspace.model.policy import FAULTS

_NOISE_M2 = 1.0


class City(NamedTuple):
    """All units as one polygon; and the outline: they and, where it is given, the boundary."""

    units: shapely.Geometry
    outline: shapely.Geometry


def city_of(plan: Plan, once: Once = made_now) -> City:
    """Return the city of a prepared plan; its shapes are found out `once`."""
    units = _united(plan.layers["units"], once)
    if "city" not in plan.layers:
        return City(units, units)
    return City(units, shapely.union(_united(plan.layers["city"], once), units))


def _united(layer: gpd.GeoDataFrame, once: Once) -> shapely.Geometry:
    shapes = layer.geometry.to_numpy()
    return once("all as one", (shapes,), lambda: np.array([united(shapes)], dtype=object))[0]


def as_one_unit(plan: Plan, city: City) -> Plan | None:
    """Return the plan with the city as its only unit; None where the units tile the city.

    Where they tile it, the city is the sum of its units. Where they overlap or leave gaps, the
    sum counts land twice or not at all, and the city must be measured on its own.
    """
    units, joined = plan.layers["units"], city.units.area
    parts, area = math.fsum(units.area), city.outline.area
    if parts - joined <= _NOISE_M2 and area - joined <= _NOISE_M2:
        return None
    index = pd.Index([CITY], name="unit_id")
    alone = gpd.GeoDataFrame(geometry=[city.outline], index=index, crs=units.crs)
    return replace(plan, layers={**plan.layers, "units": alone})


def may_be_otherwise(ground: Plan) -> bool:
    """Tell whether units have faults that might be treated otherwise, as verdicts look into.

    Then a city that is the sum of its units might not be: it has to be measured on its own.
    """
    return any({"keep", "repair"} <= {*FAULTS[one.fault].does} for one in ground.repairs)


def districts_of(plan: Plan, wanted: pd.Index) -> dict[str, pd.Index]:
    """Return the ids of the units of each district, in the order of their names.

    A district of which some units are not among those `wanted` is left out: its figures would be
    those of a part of it.
    """
    units = plan.layers["units"]
    if DISTRICT not in units:
        return {}
    groups = units.index.groupby(districts_named(units))
    return {str(name): ids for name, ids in sorted(groups.items()) if ids.isin(wanted).all()}
