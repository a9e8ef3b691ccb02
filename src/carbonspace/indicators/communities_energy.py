"""The energy that the buildings of communities use in a year."""

from __future__ import annotations

from typing import Annotated

import geopandas as gpd
import numpy as np

from carbonspace.errors import UnstatedError
from carbonspace.indicators._building_traits import EVERY, FACTS, Asked, asked_of
from carbonspace.indicators._documents import PKU
from carbonspace.indicators._shared import Floats, filled, is_unknown, known, spread
from carbonspace.indicators._steps import BUILDINGS_BY_UNIT, floors_of_all, polygons_in
from carbonspace.indicators._traits import listed
from carbonspace.model.indicator import LAND_CODE, Percent, Unit, indicator
from carbonspace.model.kinds import Number, Rows
from carbonspace.model.landuse import matches
from carbonspace.model.measure import Measure, divided
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_EUI = Rows(
    (LAND_CODE, Number(low=0, unit="kWh/(m²·a)")),
    Text("建筑用途代码, 单位建筑面积年能耗", "use of buildings, energy per floor area and year"),
    least=0,
)
Intensities = Annotated[tuple[tuple[str, float], ...], Unit("kWh/(m²·a)"), _EUI]
NONE: Intensities = ()


@indicator(
    title=Text("社区建筑总能耗", "Energy of a community's buildings"),
    unit="kWh/yr",
    theme="communities",
    aggregate="sum",
    source=f"{PKU} §8",
    definition=Text(
        "单元内所选建筑的年能耗之和：建筑所填能耗，未填的按建筑面积乘以其用途的单位面积能耗（eui，"
        "取最长匹配的代码）。来源未给出 eui，故没有缺省值。两者皆无的建筑面积超过1 − min_stated 的"
        "单元没有数值，有这样的单元时全市也没有，不作估算；未超过的不计这部分。跨单元的建筑按基底"
        "面积分摊。",
        "Energy that the buildings asked use in a year: as they state, else their floor area "
        "times the intensity of their use (eui, of the longest code that matches). The source "
        "gives no intensities, so there is no default. A unit with less than min_stated of its "
        "floor area told so has no value, nor has a city with such a unit: nothing is guessed. "
        "With more, the rest does not count. A building in several units counts to each by its "
        "footprint.",
    ),
    decimals=0,
    verified=False,
)
def community_building_energy(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    eui: Intensities = NONE,
    asked: Asked = EVERY,
    min_stated: Percent = 90.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the energy that buildings use in a year.

    Parameters
    ----------
    units
        Planning units.
    buildings
        Footprints with `energy_use` (kWh in a year), or `use` and `floor_area` (m²) or `floors`.
    eui
        Rows of a use and its energy per floor area, kWh/(m²·a).
    asked
        Which buildings count.
    min_stated
        Smallest share of a unit's floor area whose energy has to be known, %.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        kWh in a year; NaN where too little is known. Evidence: the buildings whose energy is not
        known, with their floor area.

    Raises
    ------
    UnstatedError
        If no building states its energy and no intensity is given.
    MissingColumnError
        If a use is asked for and not known of any building.

    Notes
    -----
    PKU §8 names the figure and gives no value.
    """
    chosen = asked_of(buildings, asked, shared)
    floor, energy = floors_of_all(buildings, shared), energy_of(buildings, eui, shared)
    told = ~np.isnan(energy) & chosen
    cut = polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared)

    stated = spread(cut, floor * told, units)
    share = divided(stated, spread(cut, floor * chosen, units), scale=100.0)
    used = spread(cut, np.where(told, energy, 0.0), units)
    return Measure.of(
        units.index,
        np.where(share < min_stated - 1e-9, np.nan, used),
        scale=1.0,
        evidence=lambda: listed(units, buildings, cut, floor, chosen & ~told, FACTS),
    )


def energy_of(buildings: gpd.GeoDataFrame, eui: Intensities, shared: Shared | None) -> Floats:
    """Return the energy each building uses in a year, kWh; NaN where it is not known.

    Raises
    ------
    UnstatedError
        If no building states it and no intensity is given.
    """
    unknown = np.full(len(buildings), np.nan)
    if not eui and is_unknown(buildings, "buildings", "energy_use", shared):
        raise UnstatedError(
            "no building states its energy_use and eui is empty. Give energy_use in the layer "
            "buildings, or eui: rows of a use and its energy per floor area.",
            "建筑均未填写 energy_use，eui 也为空。请在建筑图层中填写 energy_use，或给出 eui：每行"
            "为用途及其单位建筑面积年能耗。",
        )
    per_area = unknown.copy()
    if eui:
        use = known(buildings, "buildings", "use", shared)
        for code, value in sorted(eui, key=lambda row: len(row[0])):
            per_area[np.asarray(matches(use, (code,)), dtype=bool)] = value
    stated = filled(buildings, "energy_use", unknown)
    return np.where(np.isnan(stated), per_area * floors_of_all(buildings, shared), stated)
