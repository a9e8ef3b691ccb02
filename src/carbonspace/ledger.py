"""The conservation ledger: units + gaps − overlaps = the city, for what must not be lost."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

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
    city = _city(plan, whole)
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


def _city(plan: Plan, whole: shapely.Geometry) -> shapely.Geometry:
    if "city" not in plan.layers:
        return whole
    given = shapely.union_all(plan.layers["city"].geometry.to_numpy())
    return shapely.union(given, whole)


Row = tuple[str, str, float, float, float, float]


def _area(units: np.ndarray, whole: shapely.Geometry, city: shapely.Geometry) -> Row:
    parts = math.fsum(shapely.area(units))
    gaps = shapely.area(shapely.difference(city, whole))
    return "area", "m²", parts, gaps, parts - shapely.area(whole), shapely.area(city)


def _roads(
    roads: gpd.GeoDataFrame, units: np.ndarray, whole: shapely.Geometry, city: shapely.Geometry
) -> Row:
    """Measure on the noded outline, so that a stretch on a boundary is met once."""
    lines = roads.geometry.to_numpy()
    inside = math.fsum(shapely.length(shapely.intersection(lines, whole)))
    gaps = math.fsum(shapely.length(shapely.difference(shapely.intersection(lines, city), whole)))
    total = math.fsum(shapely.length(shapely.intersection(lines, city)))
    tree = shapely.STRtree(lines)
    unit, line = tree.query(units, predicate="intersects")
    parts = math.fsum(shapely.length(shapely.intersection(lines[line], units[unit])))
    return "road length", "m", parts, gaps, parts - inside, total


def _people(
    parcels: gpd.GeoDataFrame, column: str, unit: str,
    units: np.ndarray, whole: shapely.Geometry, city: shapely.Geometry,
) -> Row:  # fmt: skip
    """Share the people of each parcel by area among where its land lies."""
    land = parcels.geometry.to_numpy()
    density = parcels[column].fillna(0).to_numpy(dtype=float) / shapely.area(land)
    tree = shapely.STRtree(land)
    zone, parcel = tree.query(units, predicate="intersects")
    parts = math.fsum(
        shapely.area(shapely.intersection(land[parcel], units[zone])) * density[parcel]
    )
    inside = math.fsum(shapely.area(shapely.intersection(land, whole)) * density)
    total = math.fsum(shapely.area(shapely.intersection(land, city)) * density)
    return column, unit, parts, total - inside, parts - inside, total
