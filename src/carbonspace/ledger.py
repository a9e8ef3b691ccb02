"""The conservation ledger: units + gaps − overlaps = the city, for what must not be lost."""

from __future__ import annotations

import math
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.city import outline
from carbonspace.kernels.overlay import pieces
from carbonspace.model.floors import floor_areas
from carbonspace.model.plan import Plan

_ROUNDING = 1e-6
_COLUMNS = ["quantity", "unit", "units", "gaps", "overlaps", "city", "difference"]

NO_LEDGER = pd.DataFrame(columns=_COLUMNS)
"""The ledger where only some units are measured: it is the account of the whole city."""


def conservation(plan: Plan) -> pd.DataFrame:
    """Return one row per quantity: area, road length, people, jobs and floor area.

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
    parcels, buildings = plan.layers.get("parcels"), plan.layers.get("buildings")
    for column, unit in (("population", "person"), ("jobs", "job")):
        if parcels is not None and column in parcels:
            people = parcels[column].fillna(0).to_numpy(dtype=float)
            rows.append((column, unit, *_spread(parcels, people, units, whole, city)))
    if buildings is not None:
        floors = floor_areas(buildings)
        rows.append(("floor area", "m²", *_spread(buildings, floors, units, whole, city)))
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


def _spread(
    layer: gpd.GeoDataFrame,
    amounts: NDArray[np.float64],
    units: np.ndarray,
    whole: shapely.Geometry,
    city: shapely.Geometry,
) -> tuple[float, float, float, float]:
    """Share the amount of each polygon by area among where its ground lies."""
    ground = layer.geometry.to_numpy()
    density = amounts / shapely.area(ground)

    def amount_in(zones: Sequence[shapely.Geometry] | np.ndarray) -> float:
        found = pieces(zones, ground)
        return math.fsum(shapely.area(found.geometry) * density[found.feature])

    parts, inside = amount_in(units), amount_in([whole])
    gaps = amount_in([shapely.difference(city, whole)])
    return parts, gaps, parts - inside, amount_in([city])


def unbalanced(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that do not close: whose difference is more than rounding."""
    return ledger[ledger["difference"].abs() > _ROUNDING * ledger["city"].abs() + _ROUNDING]
