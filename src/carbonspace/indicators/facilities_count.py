"""Facilities: how many there are, on how much land and for how many people, how far apart."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from carbonspace.indicators._bases import Base, base_areas, zones_of
from carbonspace.indicators._documents import PKU, SHANGDANG
from carbonspace.indicators._shared import (
    ON_EDGE_M,
    Floats,
    known,
    numbers,
    summed,
)
from carbonspace.indicators._sites import (
    FACILITIES_BY_UNIT,
    ON_EDGES,
    Types,
    sites_in,
    sites_shown,
)
from carbonspace.indicators._steps import PARCELS_BY_UNIT, cut_evidence, polygons_in, taken
from carbonspace.kernels.overlay import Shares
from carbonspace.model.indicator import Indicator, indicator, variant
from carbonspace.model.measure import Measure
from carbonspace.model.places import FACILITIES
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

DAILY = tuple(FACILITIES)
HUBS = ("transit_hub", "bus_depot")
GAS = ("lng_station", "hydrogen_station")
NEW_WASTE = ("battery_recycling", "packaging_recycling", "second_hand")
_KM2, _TEN_THOUSAND = 1e6, 1e4


@indicator(
    title=Text("设施数量", "Facilities of some types"),
    unit="",
    theme="facilities",
    aggregate="sum",
    reach=ON_EDGE_M,
    source=f"{SHANGDANG} §四–§七; {PKU} §7.5–§7.6",
    definition=Text(
        "所选类型的设施个数。" + ON_EDGES.zh + "规划中一处也没有的，视为未提供数据。",
        "Number of facilities of the chosen types. " + ON_EDGES.en + " Where the plan has none at "
        "all they count as not drawn.",
    ),
)
def facility_count(
    units: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    facility_types: Types = DAILY,
    shared: Shared | None = None,
) -> Measure:
    """Count the facilities of some types.

    Parameters
    ----------
    units
        Planning units.
    facilities
        Points or polygons with `facility_type`.
    facility_types
        Types that count.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Number of facilities. Evidence: these, with the part that is the unit's.

    Raises
    ------
    MissingColumnError
        If the types of facilities are not known.
    UnstatedError
        If the plan has none of these types.

    Notes
    -----
    上党 §五, PKU §7.6: their layout is asked for, without a value.
    """
    held = sites_in(units, facilities, facility_types, shared)
    return _number(units, facilities, held)


@indicator(
    title=Text("设施密度", "Facilities of some types by area"),
    unit="1/km²",
    theme="facilities",
    aggregate="ratio",
    reach=ON_EDGE_M,
    source=f"{PKU} §7.6(五)8",
    definition=Text(
        "所选类型的设施个数除以用地面积。base 说明分母：unit 为单元，built_up 为单元内的建成区（只"
        "计"
        "其内的设施），construction 为建设用地，residential 为居住用地。" + ON_EDGES.zh,
        "Number of facilities of the chosen types over land. base is the denominator: the unit, "
        "the built-up area in it (then only those on it count), its construction land or its "
        "residential land. " + ON_EDGES.en,
    ),
)
def facility_density(
    units: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    facility_types: Types = DAILY,
    base: Base = "unit",
    shared: Shared | None = None,
) -> Measure:
    """Return the facilities per square kilometre.

    Parameters
    ----------
    units, facilities, facility_types, shared
        As for `facility_count`.
    parcels
        Polygons with `land_use`; needed where `base` is a class of land.
    boundaries
        Polygons with `boundary_type`; needed where `base` is "built_up".
    base
        The denominator.

    Returns
    -------
    Measure
        1/km²; numerators are facilities, denominators m². Evidence: the facilities.

    Raises
    ------
    MissingColumnError
        If the types of facilities, or a land use that is asked for, are not known.
    MissingLayerError
        If the base needs parcels or boundaries that are not there.
    UnstatedError
        If the plan has none of these types, or no built-up area that is asked for.

    Notes
    -----
    PKU §7.6(五)8: 收集站数量不应少于 1 座/km².
    """
    zones = zones_of(units, base, boundaries, shared)
    name = FACILITIES_BY_UNIT if zones is units else f"facilities by {base}"
    held = sites_in(zones, facilities, facility_types, shared, name=name)
    land = base_areas(units, base, parcels, boundaries, shared)
    return _number(units, facilities, held, land, scale=_KM2)


@indicator(
    title=Text("每万人设施数", "Facilities of some types by residents"),
    unit="1/10⁴ person",
    theme="facilities",
    aggregate="ratio",
    reach=ON_EDGE_M,
    source=f"{PKU} §7.6(五)8",
    definition=Text(
        "所选类型的设施个数除以常住人口，以每万人计。" + ON_EDGES.zh,
        "Number of facilities of the chosen types over residents, for each 10,000 of them. "
        + ON_EDGES.en,
    ),
)
def facilities_per_10k(
    units: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    facility_types: Types = DAILY,
    shared: Shared | None = None,
) -> Measure:
    """Return the facilities for each 10,000 residents.

    Parameters
    ----------
    units, facilities, facility_types, shared
        As for `facility_count`.
    parcels
        Polygons with `population`.

    Returns
    -------
    Measure
        1/10⁴ person; numerators are facilities, denominators residents. Evidence: the facilities.

    Raises
    ------
    MissingColumnError
        If the types of facilities or the residents are not known.
    UnstatedError
        If the plan has none of these types.

    Notes
    -----
    PKU §7.6(五)8 states residents per station: see `people_per_facility`.
    """
    held = sites_in(units, facilities, facility_types, shared)
    people, _ = _residents(units, parcels, shared)
    return _number(units, facilities, held, people, scale=_TEN_THOUSAND)


@indicator(
    title=Text("设施服务人口", "Residents for each facility of some types"),
    unit="person",
    theme="facilities",
    aggregate="ratio",
    reach=ON_EDGE_M,
    source=f"{PKU} §7.6(五)8",
    definition=Text(
        "常住人口除以所选类型的设施个数；没有设施的单元没有数值，其人口见证据。" + ON_EDGES.zh,
        "Residents over the number of facilities of the chosen types. A unit without any has no "
        "value: its residents are in the evidence. " + ON_EDGES.en,
    ),
    decimals=0,
)
def people_per_facility(
    units: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    facility_types: Types = DAILY,
    shared: Shared | None = None,
) -> Measure:
    """Return the residents for each facility.

    Parameters
    ----------
    units, facilities, facility_types, shared
        As for `facility_count`.
    parcels
        Polygons with `population`.

    Returns
    -------
    Measure
        Persons; numerators are residents, denominators facilities; NaN where a unit has none.
        Evidence: the parcels people live on, with `facilities`, the number in their unit.

    Raises
    ------
    MissingColumnError
        If the types of facilities or the residents are not known.
    UnstatedError
        If the plan has none of these types.

    Notes
    -----
    PKU §7.6(五)8: 生活垃圾收集站应按每 1~2 万人规划.
    """
    held = sites_in(units, facilities, facility_types, shared)
    number = summed(held.zone, held.weight, units)
    total, people = _residents(units, parcels, shared)
    cut = polygons_in(units, parcels, PARCELS_BY_UNIT, shared)
    row = np.flatnonzero(people > 0)
    return Measure.of(
        units.index,
        total,
        number,
        scale=1.0,
        evidence=lambda: cut_evidence(
            units,
            parcels,
            taken(cut, row),
            "parcel_id",
            population=people[row],
            facilities=number[cut.zone[row]],
        ),
    )


def _number(
    units: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    held: Shares,
    over: Floats | None = None,
    *,
    scale: float = 1.0,
) -> Measure:
    """Return the number of facilities of each unit, over something or by itself."""
    return Measure.of(
        units.index,
        summed(held.zone, held.weight, units),
        over,
        scale=scale,
        evidence=lambda: sites_shown(units, facilities, held),
    )


def _residents(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, shared: Shared | None
) -> tuple[Floats, Floats]:
    """Return the residents of each unit, and of each part of a parcel in a unit."""
    people = numbers(known(parcels, "parcels", "population", shared))
    cut = polygons_in(units, parcels, PARCELS_BY_UNIT, shared)
    held = cut.share * people[cut.feature]
    return summed(cut.zone, held, units), held


VARIANTS: tuple[Indicator, ...] = (
    variant(
        facility_density, "refuse_station_density",
        Text("生活垃圾收集站密度", "Refuse stations by area"),
        facility_types=("refuse_station",),
    ),
    variant(
        people_per_facility, "refuse_station_population",
        Text("生活垃圾收集站服务人口", "Residents for each refuse station"),
        facility_types=("refuse_station",),
    ),
    variant(
        facility_count, "new_waste_points",
        Text("动力电池、快递包装、二手交易点数量",
             "Points for batteries, packaging and second-hand goods"),
        facts={"source": f"{PKU} §7.6(五)2-4"}, facility_types=NEW_WASTE,
    ),
    variant(
        facility_count, "lng_h2_station_layout",
        Text("LNG 与加氢站数量", "LNG and hydrogen stations"),
        facts={"source": f"{PKU} §7.6(三)新能源1"}, facility_types=GAS,
    ),
    variant(
        facility_count, "bike_parking_points",
        Text("自行车停放点数量", "Bicycle parking points"),
        facts={"source": f"{PKU} §7.6(三)客运4"}, facility_types=("bike_parking",),
    ),
    variant(
        facility_count, "distributed_energy_station",
        Text("分布式能源站数量", "Distributed energy stations"),
        facts={"source": f"{SHANGDANG} §四; {PKU} §7.5(一)2"}, facility_types=("energy_station",),
    ),
    variant(
        facility_count, "transit_hub_layout",
        Text("公交枢纽与场站数量", "Transit hubs and depots"),
        facts={"source": f"{SHANGDANG} §五"}, facility_types=HUBS,
    ),
)  # fmt: skip
