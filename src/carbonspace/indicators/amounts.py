"""What must not be lost: road, people, jobs and floors, as the units hold them.

They are measured like indicators, with the very steps the indicators take, and accounted for in
the ledger; nobody asks for them by name.
"""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd

from carbonspace.indicators._shared import Floats, known, numbers, spread, summed
from carbonspace.indicators._steps import (
    BUILDINGS_BY_UNIT,
    PARCELS_BY_UNIT,
    ROADS_BY_UNIT,
    floors_of_all,
    lines_in,
    polygons_in,
)
from carbonspace.model.indicator import F, Indicator, declaration_of, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text


def _amount(zh: str, en: str, unit: str) -> Callable[[F], F]:
    name = Text(zh, en)
    return indicator(
        title=name, unit=unit, theme="ledger", aggregate="sum", source="", definition=name
    )


def _measure(units: gpd.GeoDataFrame, amounts: Floats) -> Measure:
    return Measure.of(
        units.index, amounts, scale=1, evidence=lambda: gpd.GeoDataFrame({"unit_id": []})
    )


def _spread(
    units: gpd.GeoDataFrame,
    layer: gpd.GeoDataFrame,
    name: str,
    amounts: Floats,
    shared: Shared | None,
) -> Measure:
    """Share the amount of each polygon by area among the units its ground lies in."""
    cut = polygons_in(units, layer, name, shared)
    return _measure(units, spread(cut, amounts, units))


def _of_parcels(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, column: str, shared: Shared | None
) -> Measure:
    amounts = numbers(known(parcels, "parcels", column, shared))
    return _spread(units, parcels, PARCELS_BY_UNIT, amounts, shared)


@_amount("道路长度", "Road length", "m")
def road_length(
    units: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the metres of road of each unit, shared where it runs along a boundary."""
    parts = lines_in(units, roads, ROADS_BY_UNIT, shared)
    return _measure(units, summed(parts.zone, parts.length, units))


@_amount("居住人口", "Residents", "person")
def population(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the residents of each unit."""
    return _of_parcels(units, parcels, "population", shared)


@_amount("就业岗位", "Jobs", "job")
def jobs(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the jobs of each unit."""
    return _of_parcels(units, parcels, "jobs", shared)


@_amount("建筑面积", "Floor area", "m²")
def floor_area(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the floor area of each unit."""
    return _spread(units, buildings, BUILDINGS_BY_UNIT, floors_of_all(buildings, shared), shared)


AMOUNTS: dict[str, Indicator] = {
    one.key: one for one in map(declaration_of, (road_length, population, jobs, floor_area))
}
"""By key."""
