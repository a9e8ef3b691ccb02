"""Facilities: what share of homes, floor area or residents lies near them in a straight line."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._documents import HEALTH_CHECK_2021, PKU, SHANGDANG
from carbonspace.indicators._near_stops import Stops
from carbonspace.indicators._shared import known
from carbonspace.indicators._sites import Covered, Ground, Types, of_kinds, share_near
from carbonspace.indicators._steps import PARCELS_BY_UNIT
from carbonspace.indicators._traits import amount_of
from carbonspace.model.indicator import (
    Count,
    Indicator,
    LandCodes,
    Metres,
    indicator,
    variant,
)
from carbonspace.model.landuse import matches
from carbonspace.model.measure import Measure
from carbonspace.model.places import FACILITIES, HOMES
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

DAILY = tuple(FACILITIES)
URBAN_HOMES = ("0701",)
_COVERED = Text(
    "covered 说明所计：homes 为居住用地面积，floor_area 为居住建筑面积，residents 为常住人口（按建"
    "筑分布，无建筑的按地块均布）。ground=built_up 时只计建成区内。单元以外的同样提供服务。",
    "covered is what is counted: the area of residential land, the floor area of homes, or "
    "residents (in the buildings of their parcel, or evenly on it). With ground=built_up only "
    "what lies in the built-up area counts. What lies outside the unit serves it, too.",
)


@indicator(
    title=Text("设施服务半径覆盖率", "Homes within the radius of a facility"),
    unit="%",
    theme="facilities",
    aggregate="ratio",
    reach="radius",
    far=("facilities",),
    source=f"TD/T 1063-2021; {PKU} §7.6(三)",
    definition=Text(
        "位于所选类型设施（任一处）边缘起服务半径（直线距离）以内的部分占比。" + _COVERED.zh
        + "缺省半径 500 米是本工具的约定。",
        "Share that lies within the straight-line radius of the edge of a facility of any of the "
        "chosen types. " + _COVERED.en + " The radius of 500 m is our own choice.",
    ),
    verified=False,
)  # fmt: skip
def facility_radius_coverage(
    units: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    buildings: gpd.GeoDataFrame | None = None,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    facility_types: Types = DAILY,
    radius: Metres = 500.0,
    covered: Covered = "homes",
    ground: Ground = "unit",
    homes: LandCodes = HOMES,
    quad_segs: Count = 64,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of homes, of their floor area or of residents near a facility.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    facilities
        Points or polygons with `facility_type`.
    parcels
        Polygons with `land_use` or `population`; needed unless floor area is counted.
    buildings
        Footprints with `use` and `floor_area` or `floors`; needed where floor area is counted.
        Residents are in them where there are any.
    boundaries
        Polygons with `boundary_type`; needed where `ground` is "built_up".
    facility_types
        Types that serve, any of them.
    radius
        Straight-line distance from the edge of a facility, metres.
    covered
        What is counted.
    ground
        Where it is counted.
    homes
        Codes of residential land (of the use of buildings), matched by prefix.
    quad_segs
        Segments of a quarter circle in the buffers.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m² of land or of floor, or people. Evidence: what
        is out of reach.

    Raises
    ------
    MissingColumnError
        If the types of facilities, or the column of what is counted, are not known.
    MissingLayerError
        If what is asked for needs a layer that is not there.
    UnstatedError
        If the plan has no facility of these types, or no built-up area that is asked for.

    Notes
    -----
    TD/T 1063-2021 (glossary): 市区级医院2公里覆盖率, the share of urban residential land.
    """
    near = Stops(facilities, of_kinds(facilities, facility_types, shared), radius, quad_segs)
    return share_near(units, parcels, buildings, boundaries, near, covered=covered, ground=ground,
                      homes=homes, shared=shared)  # fmt: skip


@indicator(
    title=Text("城市绿道服务半径覆盖率", "Homes within the radius of a greenway"),
    unit="%",
    theme="facilities",
    aggregate="ratio",
    reach="radius",
    far=("greenways",),
    source=HEALTH_CHECK_2021,
    definition=Text(
        "位于绿道两侧服务半径（缺省 1 公里，直线距离）以内的部分占比。" + _COVERED.zh
        + "来源的分母为市辖区建成区居住用地，请以 ground=built_up 计。",
        "Share that lies within the straight-line radius (1 km by default) of a greenway. "
        + _COVERED.en + " The source divides by the residential land of the built-up area: set "
        "ground=built_up for that.",
    ),
)  # fmt: skip
def greenway_service_coverage(
    units: gpd.GeoDataFrame,
    greenways: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    buildings: gpd.GeoDataFrame | None = None,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    radius: Metres = 1000.0,
    covered: Covered = "homes",
    ground: Ground = "unit",
    homes: LandCodes = HOMES,
    quad_segs: Count = 64,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of homes, of their floor area or of residents near a greenway.

    Parameters
    ----------
    units, parcels, buildings, boundaries, radius, covered, ground, homes, quad_segs, shared
        As for `facility_radius_coverage`.
    greenways
        Lines.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m² of land or of floor, or people. Evidence: what
        is out of reach.

    Raises
    ------
    MissingColumnError
        If the column of what is counted is not known.
    MissingLayerError
        If what is asked for needs a layer that is not there.
    UnstatedError
        If the built-up area is asked for and the plan has none.

    Notes
    -----
    城市体检 2021: 城市绿道1公里半径（步行15分钟或骑行5分钟）覆盖的市辖区建成区居住用地面积.
    """
    near = Stops(greenways, np.ones(len(greenways), dtype=bool), radius, quad_segs)
    return share_near(units, parcels, buildings, boundaries, near, covered=covered, ground=ground,
                      homes=homes, shared=shared)  # fmt: skip


@indicator(
    title=Text("公交枢纽与场站用地面积", "Land of transit hubs and depots"),
    unit="ha",
    theme="facilities",
    aggregate="sum",
    source=f"{SHANGDANG} §五",
    definition=Text(
        "对外交通场站与公共交通场站用地（缺省 120801、120802）的面积；跨单元的按面积分摊。",
        "Land of stations and of yards of public transport (120801 and 120802 by default); a "
        "parcel across units counts to each by its ground.",
    ),
)
def transit_hub_area(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    hub_uses: LandCodes = ("120801", "120802"),
    shared: Shared | None = None,
) -> Measure:
    """Return the land of transit hubs and depots.

    Parameters
    ----------
    units
        Planning units.
    parcels
        Polygons with `land_use`.
    hub_uses
        Land-use codes that count, matched by prefix.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Hectares; numerators are m². Evidence: the parcels, with their m² in the unit.

    Raises
    ------
    MissingColumnError
        If land use is not known.

    Notes
    -----
    上党 §五: hubs and depots are named, without a value.
    """
    codes = known(parcels, "parcels", "land_use", shared)
    chosen = np.asarray(matches(codes, tuple(hub_uses)), dtype=bool)
    area = shapely.area(parcels.geometry.to_numpy())
    return amount_of(units, parcels, PARCELS_BY_UNIT, area, chosen, shared, facts=("land_use",),
                     scale=1e-4)  # fmt: skip


VARIANTS: tuple[Indicator, ...] = (
    variant(
        facility_radius_coverage, "hospital_2km_coverage",
        Text("市区级医院服务半径覆盖率", "Urban homes near a hospital"),
        definition=Text(
            "城镇住宅用地中位于市区级医院（hospital）边缘起 2 公里（直线距离）以内的面积占比。"
            + _COVERED.zh,
            "Share of urban residential land within 2 km in a straight line of the edge of a "
            "hospital of the city or a district. " + _COVERED.en,
        ),
        facts={"source": "TD/T 1063-2021", "verified": True},
        facility_types=("hospital",), radius=2000.0, homes=URBAN_HOMES,
    ),
    variant(
        facility_radius_coverage, "last_mile_logistics_coverage",
        Text("社区配送服务站与智能快递柜覆盖率", "Homes near a delivery station or parcel locker"),
        definition=Text(
            "位于社区配送服务站或智能快递柜服务半径以内的部分占比。" + _COVERED.zh
            + "原文未给出半径，缺省 300 米是本工具的约定。",
            "Share within the radius of a delivery station or a parcel locker. " + _COVERED.en
            + " The source states no radius: 300 m is our own choice.",
        ),
        facts={"source": f"{PKU} §7.6(三)货运1-4"},
        facility_types=("delivery_station", "parcel_locker"), radius=300.0,
    ),
    variant(
        facility_radius_coverage, "bike_parking_coverage",
        Text("自行车停放点覆盖率", "Homes near a bicycle parking point"),
        definition=Text(
            "位于自行车、共享单车停放点服务半径以内的部分占比。" + _COVERED.zh
            + "原文未给出半径，缺省 100 米是本工具的约定。",
            "Share within the radius of a parking point of bicycles, shared ones too. "
            + _COVERED.en + " The source states no radius: 100 m is our own choice.",
        ),
        facts={"source": f"{PKU} §7.6(三)客运4"},
        facility_types=("bike_parking",), radius=100.0,
    ),
)  # fmt: skip
