"""Carbon: what parcels emit, per person, per area and per mu of industry."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._documents import PKU
from carbonspace.indicators._places import Figure, Places, together
from carbonspace.indicators._power import AVERAGE, Replaced, factor_naming
from carbonspace.indicators._shared import (
    Floats,
    arrays,
    filled,
    is_unknown,
    known,
    numbers,
    spread,
)
from carbonspace.indicators._steps import PARCELS_BY_UNIT, chosen_rows, cut_evidence, polygons_in
from carbonspace.model.indicator import LandCodes, Percent, indicator
from carbonspace.model.landuse import matches
from carbonspace.model.levels import Level
from carbonspace.model.measure import Measure, divided
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

EMITTERS = ("07", "08", "09", "10", "11", "1208", "13", "15")
"""Land that is used in a way that emits: our own reading."""
INDUSTRY = ("10",)
_KM2, _MU = 1e6, 10_000 / 15
_LEVELS: tuple[Level, ...] = ("unit", "city", "parcel")
_STATED = Text(
    "排放取地块所填年碳排放量，未填的按所填年能耗（视为电力）乘以电网平均二氧化碳排放因子；两者皆"
    "无的不作估算。",
    "Emissions are those a parcel states, else the energy it states, taken as electricity, times "
    "the mean emission factor of the grid; where it states neither nothing is guessed.",
)


def emissions_of(parcels: gpd.GeoDataFrame, replaced: Replaced, shared: Shared | None) -> Floats:
    """Return what each parcel emits in a year, t CO₂; NaN where it states nothing.

    Raises
    ------
    MissingColumnError
        If no parcel of the plan states emissions or energy.
    UnknownNameError
        If there is no factor for the region in the year.
    """
    if all(is_unknown(parcels, "parcels", one, shared) for one in ("emissions", "energy_use")):
        raise MissingColumnError("parcels", "emissions")
    unknown = np.full(len(parcels), np.nan)
    power = filled(parcels, "energy_use", unknown) * replaced.factor.kg_per_kwh / 1000.0
    return filled(parcels, "emissions", power)


@indicator(
    title=Text("人均碳排放", "Carbon per person"),
    unit="tCO2/person",
    theme="carbon",
    aggregate="ratio",
    source=f"{PKU} §8; §9.1(四),(六)",
    definition=Text(
        f"地块年碳排放之和除以常住人口。{_STATED.zh}排放用地中已说明排放的面积占比低于 min_stated "
        "的单元没有数值，有这样的单元时全市也没有；跨单元的地块按面积分摊。排放用地的范围与下限为"
        "本项目约定。",
        f"Emissions of parcels in a year over residents. {_STATED.en} A unit where less than "
        "min_stated of the land that emits says what it does has no value, nor has a city with "
        "such a unit; a parcel across units counts to each by area. Which land emits and the "
        "smallest share are our own choice.",
    ),
    naming=factor_naming,
    verified=False,
)
def carbon_per_capita(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    emitters: LandCodes = EMITTERS,
    min_stated: Percent = 90.0,
    replaced: Replaced = AVERAGE,
    shared: Shared | None = None,
) -> Measure:
    """Return the emissions of each unit per resident.

    Parameters
    ----------
    units
        Planning units.
    parcels
        Polygons with `population`, `land_use`, and `emissions` (t CO₂ in a year) or `energy_use`
        (kWh in a year).
    emitters
        Land uses that have to state what they emit, matched by prefix.
    min_stated
        Smallest share of their area that has to, %.
    replaced
        Whose power is used, and the year of its factor.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        t CO₂ per person and year; NaN where too little is stated. Numerators are t, denominators
        persons. Evidence: the parcels that state what they emit, and those that should.

    Raises
    ------
    MissingColumnError
        If no parcel states emissions or energy, or people or land use are not known.
    UnknownNameError
        If there is no factor for the region in the year.
    """
    tonnes = emissions_of(parcels, replaced, shared)
    people = numbers(known(parcels, "parcels", "population", shared))
    codes = known(parcels, "parcels", "land_use", shared)
    emits = np.asarray(matches(codes, tuple(emitters)), dtype=bool)
    told = ~np.isnan(tonnes)
    cut = polygons_in(units, parcels, PARCELS_BY_UNIT, shared)

    land = shapely.area(parcels.geometry.to_numpy())
    share = divided(
        spread(cut, land * (emits & told), units), spread(cut, land * emits, units), scale=100.0
    )
    enough = ~(share < min_stated - 1e-9)
    shown = chosen_rows(cut, told | emits)
    return Measure.of(
        units.index,
        np.where(enough, spread(cut, np.where(told, tonnes, 0.0), units), np.nan),
        spread(cut, people, units),
        scale=1.0,
        evidence=lambda: cut_evidence(
            units,
            parcels,
            shown,
            "parcel_id",
            land_use=codes.to_numpy()[shown.feature],
            emissions_t=shown.share * tonnes[shown.feature],
        ),
    )


@indicator(
    title=Text("单位面积碳排放", "Carbon per area"),
    unit="tCO2/km2",
    theme="carbon",
    aggregate="ratio",
    source=f"{PKU} §9.1(六)",
    definition=Text(
        f"已说明排放的地块的年碳排放之和除以这些地块的面积。{_STATED.zh}跨单元的地块按面积分摊。",
        f"Emissions in a year of the parcels that state them over the area of these parcels. "
        f"{_STATED.en} A parcel across units counts to each by area.",
    ),
    levels=_LEVELS,
    decimals=0,
    whole=("parcels",),
    naming=factor_naming,
    verified=False,
)
def carbon_per_area(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    replaced: Replaced = AVERAGE,
    shared: Shared | None = None,
) -> Measure:
    """Return the emissions of parcels per area.

    Parameters
    ----------
    units, replaced, shared
        As for `carbon_per_capita`.
    parcels
        Polygons with `emissions` or `energy_use`.

    Returns
    -------
    Measure
        t CO₂ per km² and year; numerators are t, denominators m². `parts` has one row per parcel
        that states what it emits. Evidence: these.

    Raises
    ------
    MissingColumnError
        If no parcel states emissions or energy.
    UnknownNameError
        If there is no factor for the region in the year.
    """
    return _per_land(units, parcels, np.ones(len(parcels), dtype=bool), _KM2, replaced, shared)


@indicator(
    title=Text("工业用地亩均碳排强度", "Carbon of industry per mu"),
    unit="tCO2/mu",
    theme="carbon",
    aggregate="ratio",
    source=f"{PKU} §7.4(二)2; §9.1(三)",
    definition=Text(
        f"已说明排放的工业用地（10 类）地块的年碳排放除以其面积，以亩（666.67 m²）计。{_STATED.zh}"
        "跨单元的地块按面积分摊。",
        "Emissions in a year of the parcels of industry (class 10) that state them over their "
        f"area, in mu of 666.67 m². {_STATED.en} A parcel across units counts to each by area.",
    ),
    levels=_LEVELS,
    whole=("parcels",),
    naming=factor_naming,
    verified=False,
)
def carbon_per_mu(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    emitters: LandCodes = INDUSTRY,
    replaced: Replaced = AVERAGE,
    shared: Shared | None = None,
) -> Measure:
    """Return the emissions of industry per mu of its land.

    Parameters
    ----------
    units, replaced, shared
        As for `carbon_per_capita`.
    parcels
        Polygons with `land_use`, and `emissions` or `energy_use`.
    emitters
        Land uses of industry, matched by prefix.

    Returns
    -------
    Measure
        t CO₂ per mu and year; the rest as for `carbon_per_area`.

    Raises
    ------
    MissingColumnError
        If land use is not known, or no parcel states emissions or energy.
    UnknownNameError
        If there is no factor for the region in the year.

    Notes
    -----
    PKU §7.4(二)2: 亩均碳排强度.
    """
    codes = known(parcels, "parcels", "land_use", shared)
    chosen = np.asarray(matches(codes, tuple(emitters)), dtype=bool)
    return _per_land(units, parcels, chosen, _MU, replaced, shared)


def _per_land(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    chosen: np.ndarray,
    unit_m2: float,
    replaced: Replaced,
    shared: Shared | None,
) -> Measure:
    """Return the emissions of the chosen parcels that state them over their land."""
    tonnes = emissions_of(parcels, replaced, shared)
    figure = Figure(tonnes, shapely.area(arrays(units, parcels)[1]), unit_m2)
    about = {"land_use": parcels["land_use"].to_numpy()} if "land_use" in parcels else {}
    places = Places(units, parcels, "parcel", chosen & ~np.isnan(tonnes), about, shared)
    return together(places, figure, {**about, "emissions_t": tonnes, "value": figure.value})
