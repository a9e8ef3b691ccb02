"""The roofs of a plan: cut along units, and how much of each is usable under a named definition."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._account import Account
from carbonspace.indicators._casters import sight
from carbonspace.indicators._cells import enough
from carbonspace.indicators._roof import Roof, roof_from
from carbonspace.indicators._roof_cells import Cellwork, shares_of
from carbonspace.indicators._roof_rule import by_rule
from carbonspace.indicators._roof_work import (
    Surroundings,
    angles_over,
    cellwork,
    groups_of,
)
from carbonspace.indicators._rows import rows_by_place
from carbonspace.indicators._shade import shade_reach
from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
    filled,
    flag,
    known,
    longest,
    summed,
)
from carbonspace.indicators._steps import BUILDINGS_BY_UNIT, polygons_in, taken
from carbonspace.indicators._sun import place_of
from carbonspace.kernels.rays import SIDE
from carbonspace.model.indicator import Layers
from carbonspace.model.landuse import matches
from carbonspace.model.rasters import PREFIX
from carbonspace.model.shared import Shared

_KNOWN = 90.0
"""Percent of the roofs of a unit that have to be known."""


class Roofs(NamedTuple):
    """The part of each chosen roof that lies in each unit, as positions; areas in m²."""

    unit: NDArray[np.int64]
    building: NDArray[np.int64]
    geometry: Geometries
    area: Floats
    pv: Floats


def roofs_of(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    uses: Sequence[str] = (),
    new_only: bool = False,
    shared: Shared | None = None,
) -> Roofs:
    """Return the roofs of buildings of some uses, cut along units.

    Raises
    ------
    MissingColumnError
        If `uses` is given and no use is known, or `new_only` and `is_new` is not.
    """
    chosen = _chosen(buildings, uses, shared, new_only=new_only)
    roofs = (shared or Shared()).once(
        "roofs by unit", (units, buildings), lambda: _all_roofs(units, buildings, shared)
    )
    return taken(roofs, chosen[roofs.building])


def _all_roofs(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, shared: Shared | None
) -> Roofs:
    cut = polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared)
    building = cut.feature
    area = cut.share * whole_areas(units, buildings)[building]
    pv = cut.share * panels_of(buildings)[building]
    return Roofs(cut.zone, building, cut.geometry, area, pv)


def _chosen(
    buildings: gpd.GeoDataFrame, uses: Sequence[str], shared: Shared | None, *, new_only: bool
) -> NDArray[np.bool_]:
    chosen = np.ones(len(buildings), dtype=bool)
    if uses:
        chosen &= matches(known(buildings, "buildings", "use", shared), tuple(uses)).to_numpy()
    if new_only:
        known(buildings, "buildings", "is_new", shared)
        chosen &= flag(buildings, "is_new")
    return chosen


class Amount(NamedTuple):
    """What units hold of the roofs that are known, and of what is asked of them, m².

    Both are NaN where too little is known.
    """

    asked: Floats
    area: Floats


def account_of(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    around: Surroundings,
    roof: Roof,
    shared: Shared | None,
) -> Account:
    """Return what becomes of the roof of each building; light only of those in units wanted.

    Raises
    ------
    MissingColumnError, InputError, UnknownNameError
        See `cellwork`; only where light is asked for.
    """
    shared = shared or Shared()

    def make() -> Account:
        if not roof.is_lit:
            return by_rule(arrays(units, buildings)[1], buildings, roof)
        cut = polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared)
        asked = np.unique(cut.feature[shared.wanted(units)[cut.zone]])
        work = cellwork(units, buildings, around, roof, shared)
        return _gathered(work, asked, len(buildings))

    return shared.once("roof account", (units, buildings, *around), make, roof)


def _gathered(work: Cellwork, asked: NDArray[np.intp], count: int) -> Account:
    table = np.full((len(Account._fields), count), np.nan)
    for group in groups_of(work, asked):
        table[:, work.rows[group]] = shares_of(work, group)
    return Account(*table)


def amount_of(units: gpd.GeoDataFrame, roofs: Roofs, share: Floats) -> Amount:
    """Return what units hold of a share of each building's roof."""
    value = roofs.area * share[roofs.building]
    is_known = ~np.isnan(value)
    area = summed(roofs.unit, np.where(is_known, roofs.area, 0.0), units)
    asked = summed(roofs.unit, np.where(is_known, value, 0.0), units)
    told = enough(area, summed(roofs.unit, roofs.area, units), _KNOWN)
    return Amount(np.where(told, asked, np.nan), np.where(told, area, np.nan))


def by_building(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    roofs: Roofs,
    top: Floats,
    bottom: Floats,
    shared: Shared | None,
) -> pd.DataFrame:
    """Return one row for each building with a roof in a unit: percent of one amount in another."""
    chosen = np.unique(roofs.building)
    above, below = np.nan_to_num(top[chosen]), np.where(np.isnan(top), 0.0, bottom)[chosen]
    return rows_by_place(units, buildings, "building", (above, below), shared, scale=100,
                         at=chosen, facts=("use", "is_new"))  # fmt: skip


def whole_areas(units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> Floats:
    """Return the area of each roof, m²: that of the footprint where it is not known."""
    return filled(buildings, "roof_area", shapely.area(arrays(units, buildings)[1]))


def panels_of(buildings: gpd.GeoDataFrame) -> Floats:
    """Return the area of solar panels on each building, m²; none where it is not known."""
    return filled(buildings, "pv_area", np.zeros(len(buildings)))


def roof_reach(settings: Mapping[str, Any], layers: Layers) -> float:
    """Return how far from a unit buildings matter for what is usable of its roofs, metres."""
    roof = roof_from(settings)
    return lit_reach(roof, layers) if roof.is_lit else 0.0


def lit_reach(roof: Roof, layers: Layers) -> float:
    """Return how far from a unit buildings may shade its roofs, metres; NaN without layers.

    On terrain no height tells how far: there it is as far as is looked.
    """
    if "units" not in layers:
        return math.nan
    if roof.surface == "dsm":
        return 0.0
    angles = angles_over(place_of(layers["units"]), roof)
    reach = shade_reach(layers, roof.storey_height, angles)
    if PREFIX + "dem" not in layers:
        return reach
    return reach + roof.shade_far + math.sqrt(2) * SIDE * roof.cell


def hills_reach(settings: Mapping[str, Any], layers: Layers) -> float:
    """Return how far from a unit hills and trees matter for what is usable of its roofs, metres."""
    return lit_hills_reach(settings, layers) if roof_from(settings).is_lit else 0.0


def lit_hills_reach(settings: Mapping[str, Any], layers: Layers) -> float:
    """Return how far from a unit hills and trees may shade its roofs, metres."""
    return sight(roof_from(settings).shade_far) + longest(layers.get("buildings"))
