"""The conservation ledger: units + gaps − overlaps = the city, for what must not be lost."""

from __future__ import annotations

import math
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.city import outline
from carbonspace.kernels.overlay import pieces
from carbonspace.model.plan import Plan

_COLUMNS = ["quantity", "unit", "units", "gaps", "overlaps", "city", "difference"]


def conservation(plan: Plan) -> pd.DataFrame:
    """Return one row per quantity: area, road length, population and jobs of a prepared plan.

    `units` is the sum over units, `gaps` what lies in the city but in no unit, `overlaps` what
    several units count again, `city` is measured on the city's outline at once: the given city
    boundary together with the units. `difference` = units + gaps − overlaps − city.
    """
    units = plan.layers["units"].geometry.to_numpy()
    whole = shapely.union_all(units)
    city = outline(plan)
    rows = [_area(units, whole, city)]
    if "roads" in plan.layers:
        rows.append(_roads(plan.layers["roads"], units, whole, city))
    for column, unit in (("population", "person"), ("jobs", "job")):
        parcels = plan.layers.get("parcels")
        if parcels is not None and column in parcels:
            rows.append(_people(parcels, column, unit, units, whole, city))
    frame = pd.DataFrame(rows, columns=_COLUMNS[:-1])
    balance = frame["units"] + frame["gaps"] - frame["overlaps"] - frame["city"]
    return frame.assign(difference=balance)


Row = tuple[str, str, float, float, float, float]


def _area(units: np.ndarray, whole: shapely.Geometry, city: shapely.Geometry) -> Row:
    parts = math.fsum(shapely.area(units))
    gaps = shapely.area(shapely.difference(city, whole))
    return "area", "m²", parts, gaps, parts - shapely.area(whole), shapely.area(city)


def _roads(
    roads: gpd.GeoDataFrame, units: np.ndarray, whole: shapely.Geometry, city: shapely.Geometry
) -> Row:
    """Measure every road in each unit, in all units at once, in the city, and beyond the units."""
    lines = roads.geometry.to_numpy()
    parts = math.fsum(shapely.length(pieces(units, lines).geometry))
    inside = math.fsum(shapely.length(pieces([whole], lines).geometry))
    in_city = pieces([city], lines).geometry
    total = math.fsum(shapely.length(in_city))
    shapely.prepare(whole)
    open_ended = in_city[~shapely.contains_properly(whole, in_city)]
    gaps = math.fsum(shapely.length(shapely.difference(open_ended, whole)))
    return "road length", "m", parts, gaps, parts - inside, total


def _people(
    parcels: gpd.GeoDataFrame,
    column: str,
    unit: str,
    units: np.ndarray,
    whole: shapely.Geometry,
    city: shapely.Geometry,
) -> Row:
    """Share the people of each parcel by area among where its land lies."""
    land = parcels.geometry.to_numpy()
    density = parcels[column].fillna(0).to_numpy(dtype=float) / shapely.area(land)

    def living_in(zones: Sequence[shapely.Geometry] | np.ndarray) -> float:
        found = pieces(zones, land)
        return math.fsum(shapely.area(found.geometry) * density[found.feature])

    parts, inside = living_in(units), living_in([whole])
    gaps = living_in([shapely.difference(city, whole)])
    return column, unit, parts, gaps, parts - inside, living_in([city])
