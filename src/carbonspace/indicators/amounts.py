"""What must not be lost: road, people, jobs and floors, as the units hold them.

They are measured like indicators, with the very steps the indicators take, and accounted for in
the ledger; nobody asks for them by name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from carbonspace.indicators._shared import Floats, known, numbers, summed
from carbonspace.indicators._steps import (
    BUILDINGS_BY_UNIT,
    PARCELS_BY_UNIT,
    ROADS_BY_UNIT,
    floors_of_all,
    lines_in,
    polygons_in,
)
from carbonspace.kernels.overlay import Cut
from carbonspace.model.indicator import F, Indicator, declaration_of, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text


def _amount(zh: str, en: str, unit: str) -> Callable[[F], F]:
    name = Text(zh, en)
    return indicator(
        title=name, unit=unit, theme="ledger", aggregate="sum", source="", definition=name
    )


class Terms(NamedTuple):
    """What an amount is the sum of: numbers, and the position of the unit that each counts to."""

    unit: NDArray[np.intp]
    amount: Floats


def road_terms(
    units: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, shared: Shared | None = None
) -> Terms:
    """Return the metres of each road in each unit."""
    parts = lines_in(units, roads, ROADS_BY_UNIT, shared)
    return Terms(parts.zone, parts.length)


def _people_terms(
    column: str, units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, shared: Shared | None = None
) -> Terms:
    """Return what of an amount of each parcel is in each unit."""
    amounts = numbers(known(parcels, "parcels", column, shared))
    return _spread(polygons_in(units, parcels, PARCELS_BY_UNIT, shared), amounts)


def floor_terms(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, shared: Shared | None = None
) -> Terms:
    """Return the floor area of each building in each unit."""
    floors = floors_of_all(buildings, shared)
    return _spread(polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared), floors)


def _spread(cut: Cut, amounts: Floats) -> Terms:
    """Share the amount of each polygon by area among the units its ground lies in."""
    return Terms(cut.zone, cut.share * amounts[cut.feature])


TERMS: dict[str, Callable[..., Terms]] = {
    "road_length": road_terms,
    "population": partial(_people_terms, "population"),
    "jobs": partial(_people_terms, "jobs"),
    "floor_area": floor_terms,
}
"""What each amount is the sum of, by key: of the layers of the amount, the units first."""


def _summed(key: str, units: gpd.GeoDataFrame, *layers: object) -> Measure:
    return Measure.of(
        units.index, summed(*TERMS[key](units, *layers), units), scale=1,
        evidence=lambda: gpd.GeoDataFrame({"unit_id": []}),
    )  # fmt: skip


@_amount("道路长度", "Road length", "m")
def road_length(
    units: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the metres of road of each unit, shared where it runs along a boundary."""
    return _summed("road_length", units, roads, shared)


@_amount("居住人口", "Residents", "person")
def population(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the residents of each unit."""
    return _summed("population", units, parcels, shared)


@_amount("就业岗位", "Jobs", "job")
def jobs(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the jobs of each unit."""
    return _summed("jobs", units, parcels, shared)


@_amount("建筑面积", "Floor area", "m²")
def floor_area(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the floor area of each unit."""
    return _summed("floor_area", units, buildings, shared)


AMOUNTS: dict[str, Indicator] = {
    one.key: one for one in map(declaration_of, (road_length, population, jobs, floor_area))
}
"""By key."""
