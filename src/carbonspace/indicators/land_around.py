"""Land by what lies around it or was there before: parks of industry, hubs, towns, the past."""

from __future__ import annotations

import math
from typing import Annotated

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.errors import UnstatedError
from carbonspace.indicators._bases import of_type
from carbonspace.indicators._documents import PKU
from carbonspace.indicators._land import beyond, land_of_use
from carbonspace.indicators._parcels import Figure, rows_of
from carbonspace.indicators._shared import (
    Floats,
    arrays,
    known,
    summed,
)
from carbonspace.indicators._steps import (
    PARCELS_BY_UNIT,
    chosen_rows,
    cut_evidence,
    polygons_in,
    taken,
)
from carbonspace.indicators._traits import Flags
from carbonspace.kernels import overlay
from carbonspace.kernels.coverage import nearest
from carbonspace.model.indicator import LandCodes, Metres, Unit, indicator
from carbonspace.model.kinds import Choice, Listed
from carbonspace.model.landuse import matches
from carbonspace.model.measure import Measure
from carbonspace.model.places import FACILITY_TYPES
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

Hubs = Annotated[tuple[str, ...], Unit("code"), Listed(Choice(tuple(FACILITY_TYPES)))]


@indicator(
    title=Text("工业用地园区集中度", "Industrial land inside industrial parks"),
    unit="%",
    theme="land",
    aggregate="ratio",
    source=f"{PKU} §7.5(二)3, §9.1(三)",
    definition=Text(
        "位于产业园区范围（boundaries.boundary_type 为 industrial_park）内的工业用地（1001）面积占"
        "全部工业用地的比例；原文未给出数值。",
        "Share of industrial land (1001) that lies inside the boundary of an industrial park "
        "(boundary_type industrial_park). The source gives no value.",
    ),
    decimals=1,
)
def industrial_park_concentration(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame,
    *,
    industry: LandCodes = ("1001",),
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's industrial land that lies in industrial parks.

    Parameters
    ----------
    units
        Planning units.
    parcels
        Polygons with `land_use`.
    boundaries
        Polygons with `boundary_type`.
    industry
        Land-use codes of industry, matched by prefix.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m². Evidence: the industrial land outside parks.

    Raises
    ------
    MissingColumnError
        If land use is not known.
    UnstatedError
        If the plan has no industrial park.

    Notes
    -----
    PKU §7.5(二)3: 建议的管控指标为工业用地标准地供地率和工业用地园区集中度.
    """
    found, left = _outside(units, parcels, boundaries, industry, "industrial_park", 0.0, shared)
    outside = shapely.area(left)
    return Measure.of(
        units.index,
        summed(found.zone, found.area - outside, units),
        summed(found.zone, found.area, units),
        scale=100.0,
        evidence=lambda: _land(units, parcels, found, left),
    )


@indicator(
    title=Text("城市周边农田", "Farmland around the city"),
    unit="ha",
    theme="land",
    aggregate="sum",
    reach="belt",
    far=("boundaries",),
    source=f"{PKU} §7.5(三)",
    definition=Text(
        "距建成区（boundaries.boundary_type 为 built_up）边界不超过所选距离的耕地（01 类）面积，建"
        "成区内的耕地也计入。原文未给出距离与数值，缺省距离为本工具自定。",
        "Area of farmland (class 01) no farther than the chosen distance from the built-up area "
        "(boundary_type built_up); farmland inside of it counts, too. The source gives neither "
        "distance nor value: the default is our own.",
    ),
    verified=False,
)
def periurban_farmland(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame,
    *,
    farmland: LandCodes = ("01",),
    belt: Metres = 5000.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the farmland of each unit near the built-up area.

    Parameters
    ----------
    units, parcels, boundaries, shared
        As for `industrial_park_concentration`.
    farmland
        Land-use codes of farmland, matched by prefix.
    belt
        Distance from the built-up area within which it counts, metres.

    Returns
    -------
    Measure
        Hectares; numerators are m². Evidence: the farmland that reaches into the belt, and how many
        m² of it do.

    Raises
    ------
    MissingColumnError
        If land use is not known.
    UnstatedError
        If the plan has no built-up area.

    Notes
    -----
    PKU §7.5(三): 都市农业, without a distance.
    """
    found, left = _outside(units, parcels, boundaries, farmland, "built_up", belt, shared)
    near = found.area - shapely.area(left)
    rows = np.flatnonzero(near > 0)
    return Measure.of(
        units.index,
        summed(found.zone, near, units),
        scale=1e-4,
        evidence=lambda: cut_evidence(
            units, parcels, taken(found, rows), "parcel_id", near_m2=near[rows]
        ),
    )


def _outside(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame,
    codes: tuple[str, ...],
    kind: str,
    distance: float,
    shared: Shared | None,
) -> tuple[overlay.Cut, np.ndarray]:
    """Return land of some uses by unit, and what of it is farther from boundaries of a kind."""
    _, chosen = land_of_use(parcels, codes, shared)
    found = chosen_rows(polygons_in(units, parcels, PARCELS_BY_UNIT, shared), chosen)
    places = arrays(units, boundaries)[1][of_type(boundaries, kind, shared)]
    return found, beyond(found.geometry, places, distance)


def _land(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, found: overlay.Cut, left: np.ndarray
) -> gpd.GeoDataFrame:
    """Return what is left of parcels, with its area."""
    rows = np.flatnonzero(shapely.area(left) > 0)
    return cut_evidence(
        units,
        parcels,
        taken(found._replace(geometry=left), rows),
        "parcel_id",
        land_use=parcels["land_use"].to_numpy()[found.feature[rows]],
        area_m2=shapely.area(left[rows]),
    )


@indicator(
    title=Text("物流用地到枢纽距离", "Distance of logistics to hubs"),
    unit="m",
    theme="land",
    aggregate="ratio",
    reach=math.inf,
    far=("facilities",),
    source=f"{PKU} §7.5(三), §7.6(三)",
    definition=Text(
        "仓储用地（11 类）各地块边界到最近枢纽（facilities，缺省 transit_hub）的直线距离，按面积加"
        "权平均；单元以外的枢纽也计入。原文只要求布局合理，取平均与枢纽类型为本工具的读法。",
        "Straight distance of each parcel of storage land (class 11) to the nearest hub "
        "(facilities, by default transit_hub), the mean weighted by area; hubs outside the unit "
        "count, too. The source only asks for a sound layout: the mean and the types of hubs are "
        "our reading.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=0,
    verified=False,
    whole=("parcels",),
)
def logistics_hub_distance(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    logistics: LandCodes = ("11",),
    hubs: Hubs = ("transit_hub",),
    shared: Shared | None = None,
) -> Measure:
    """Return how far logistics land lies from the nearest hub.

    Parameters
    ----------
    units, parcels, shared
        As for `industrial_park_concentration`.
    facilities
        Points or polygons with `facility_type`.
    logistics
        Land-use codes of logistics, matched by prefix.
    hubs
        Types of facilities that are hubs.

    Returns
    -------
    Measure
        Metres: m² × m over m². `parts` has one row per parcel of logistics land.

    Raises
    ------
    MissingColumnError
        If land use is not known.
    UnstatedError
        If the plan has no hub.

    Notes
    -----
    PKU §7.6(三): 货运, without a value.
    """
    area, chosen = land_of_use(parcels, logistics, shared)
    away = _nearest(parcels, facilities, chosen, hubs, shared)
    cut = chosen_rows(polygons_in(units, parcels, PARCELS_BY_UNIT, shared), chosen)
    return Measure.of(
        units.index,
        summed(cut.zone, cut.area * away[cut.feature], units),
        summed(cut.zone, cut.area, units),
        scale=1.0,
        parts={"parcel": rows_of(units, parcels, Figure(area * away, area, chosen), shared)},
        evidence=lambda: cut_evidence(
            units, parcels, cut, "parcel_id", area_m2=cut.area, distance_m=away[cut.feature]
        ),
    )


def _nearest(
    parcels: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    chosen: Flags,
    types: tuple[str, ...],
    shared: Shared | None,
) -> Floats:
    """Return the distance of each chosen parcel to the nearest facility of some types; else 0."""
    everywhere = (shared or Shared()).whole("facilities", facilities)
    there = everywhere[everywhere["facility_type"].isin(list(types)).to_numpy()]
    if there.empty:
        listed = ", ".join(types)
        raise UnstatedError(
            f"facilities: none with facility_type = {listed}; add hubs, or name their types (hubs)",
            f"facilities 图层中没有 facility_type = {listed} 的设施；"
            "请补充枢纽，或用参数 hubs 指定类型",
        )
    plots, places = arrays(parcels, there)
    away = np.zeros(len(parcels))
    away[chosen] = nearest(plots[chosen], places)
    return away


@indicator(
    title=Text("退耕还林、退田还湖还湿面积", "Farmland turned into forest, wetland or water"),
    unit="ha",
    theme="land",
    aggregate="sum",
    source=f"{PKU} §7.5(七)2",
    definition=Text(
        "基期为耕地（01）、现状（规划）为林地、湿地或陆地水域（03、05、17）的土地面积；证据为地类"
        "变化矩阵的各块，含前后地类与面积。原文未给出数值。",
        "Area of the land that was farmland (01) in the base year and is forest, wetland or water "
        "(03, 05, 17) now. The evidence is the matrix of change, piece by piece, with both uses. "
        "The source gives no value.",
    ),
)
def wetland_restoration_area(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    past_parcels: gpd.GeoDataFrame,
    *,
    codes_before: LandCodes = ("01",),
    codes_now: LandCodes = ("03", "05", "17"),
    shared: Shared | None = None,
) -> Measure:
    """Return the farmland that became forest, wetland or water.

    Parameters
    ----------
    units, parcels, shared
        As for `industrial_park_concentration`.
    past_parcels
        Polygons with `land_use` of the base year, without overlaps.
    codes_before, codes_now
        Land uses then and now, matched by prefix.

    Returns
    -------
    Measure
        Hectares; numerators are m². Evidence: each piece with its land use then and now.

    Raises
    ------
    MissingColumnError
        If land use is not known in either layer.

    Notes
    -----
    PKU §7.5(七)2: 建议设定退耕还林、退田还湖、退田还湿的面积为管控指标.
    """
    _, chosen = land_of_use(parcels, codes_now, shared)
    before = known(past_parcels, "past_parcels", "land_use", shared)
    then = np.asarray(matches(before, tuple(codes_before)), dtype=bool)
    now = chosen_rows(polygons_in(units, parcels, PARCELS_BY_UNIT, shared), chosen)
    past = np.flatnonzero(then)
    cut = overlay.cut_along(now.geometry, arrays(units, past_parcels)[1][past])
    return Measure.of(
        units.index,
        summed(now.zone[cut.zone], cut.area, units),
        scale=1e-4,
        evidence=lambda: cut_evidence(
            units,
            parcels,
            cut._replace(zone=now.zone[cut.zone], feature=now.feature[cut.zone]),
            "parcel_id",
            land_use_before=before.to_numpy()[past[cut.feature]],
            land_use=parcels["land_use"].to_numpy()[now.feature[cut.zone]],
            area_m2=cut.area,
        ),
    )
