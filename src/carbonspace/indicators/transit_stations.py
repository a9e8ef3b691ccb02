"""Stations and what is around them: the intensity of their areas, park and ride."""

from __future__ import annotations

import math
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.errors import MissingLayerError
from carbonspace.indicators._near_stops import ON_EDGES, STATIONS, stations_in, stops_shown
from carbonspace.indicators._shared import (
    Geometries,
    arrays,
    flag,
    known,
    of_classes,
    one_of,
    summed,
)
from carbonspace.indicators._steps import (
    BUILDINGS_BY_UNIT,
    cut_evidence,
    floors_of_all,
    polygons_in,
    taken,
)
from carbonspace.kernels import coverage
from carbonspace.kernels.overlay import Shares
from carbonspace.model.floors import floor_areas
from carbonspace.model.indicator import (
    Codes,
    Count,
    Metres,
    TransitModes,
    indicator,
)
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text


@indicator(
    title=Text("站点周边开发强度比", "Intensity of station areas against the average"),
    unit="",
    theme="transit",
    aggregate="ratio",
    reach=lambda chosen, _: np.inf if chosen["reference"] == "city" else chosen["radius"],
    far=("transit_stops",),
    source="PKU 2023 §7.5(四)1",
    definition=Text(
        "站点半径以内的毛容积率（建筑面积除以土地面积，道路等计入）与全部单元（缺省）或本单元毛容积率之比。"
        "分子为半径内的建筑面积，分母为半径内土地按平均毛容积率应有的建筑面积；"
        "大于 1 表示站点周边高于平均。"
        "单元外的站点计入；部分落入半径的建筑按面积计。",
        "Gross floor-area ratio (floor area over land, streets included) within the radius of "
        "stations, over that of all units (by default) or of the unit. The numerator is the floor "
        "area within the radius, the denominator what the land there would hold at the average: "
        "above 1 station areas are built more densely. Stations outside a unit count; a building "
        "partly within the radius counts by area.",
    ),
)
def station_area_intensity_ratio(
    units: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    radius: Metres = 500.0,
    modes: TransitModes = STATIONS,
    reference: Literal["city", "unit"] = "city",
    quad_segs: Count = 64,
    shared: Shared | None = None,
) -> Measure:
    """Return how densely the land near stations is built, against the average.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    transit_stops
        Points or polygons with `mode`.
    buildings
        Polygons, with `floor_area` (m²) or `floors` where known.
    radius
        Straight-line distance from the station's edge, metres.
    modes
        Values of `mode` that are stations.
    reference
        The average is that of all units together ("city"), or of each one ("unit").
    quad_segs
        Segments of a quarter circle in the buffers.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        A ratio; NaN where no station is near or nothing is built. Both parts are m² of floor.

    Raises
    ------
    MissingColumnError
        If the modes of the stops are not known.

    Notes
    -----
    PKU 2023 §7.5(四)1: 鼓励城市中心区、轨道交通站点…适当提高建设密度与建设高度.
    """
    zones, stops = arrays(units, transit_stops)
    stops = stops[of_classes(known(transit_stops, "transit_stops", "mode", shared), modes)]
    cut = polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared)
    floors = floors_of_all(buildings, shared)[cut.feature] * cut.share
    left = coverage.uncovered(cut.geometry, stops, radius, quad_segs=quad_segs)
    near = floors * (1.0 - shapely.area(left) / cut.area)
    beyond = coverage.uncovered(zones, stops, radius, quad_segs=quad_segs)
    land, area = shapely.area(zones) - shapely.area(beyond), shapely.area(zones)
    if one_of("reference", reference, ("city", "unit")) == "unit":
        average = summed(cut.zone, floors, units) / area
    else:
        average = np.full(len(units), _of_all(units, buildings, shared))
    row = np.flatnonzero(near > 0)
    return Measure.of(
        units.index,
        summed(cut.zone, near, units),
        land * average,
        scale=1.0,
        evidence=lambda: cut_evidence(
            units, buildings, taken(cut, row), "building_id", floor_m2=near[row]
        ),
    )


def _of_all(units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, shared: Shared | None) -> float:
    """Return the gross floor-area ratio of all units of the plan together, NaN without land."""
    shared = shared or Shared()
    every, built = shared.whole("units", units), shared.whole("buildings", buildings)
    same = every is units and built is buildings
    cut = polygons_in(every, built, BUILDINGS_BY_UNIT if same else "all buildings by unit", shared)
    floors = math.fsum(floor_areas(built)[cut.feature] * cut.share)
    land = math.fsum(shapely.area(arrays(every)[0]))
    return floors / land if land > 0 else math.nan


@indicator(
    title=Text("P+R停车换乘设施覆盖比例", "Stations with park and ride"),
    unit="%",
    theme="transit",
    aggregate="ratio",
    reach=lambda chosen, _: max(chosen["pr_distance"], chosen["core_distance"]),
    whole=("transit_stops",),
    source="PKU 2023 §7.5(三)客运2",
    definition=Text(
        "规定距离内有 P+R 停车场（park_and_ride）的站点数除以站点数。core=none 时分母为全部站点；"
        "core=parcels 时不含核心区（parcels 的 zone）地块规定距离以内的站点；"
        "core=units 时不含核心单元（unit_type）内的站点。" + ON_EDGES.zh +
        "原文未给出分母与距离；缺省为全部站点、300 米，是我们的约定。",
        "Stations with a park-and-ride car park (park_and_ride) within the distance, over all "
        "stations. With core=parcels those within a distance of parcels of the core (their zone) "
        "are left out, with core=units those in units of the core (their unit_type). "
        + ON_EDGES.en + " The source states neither denominator nor distance; the defaults, all "
        "stations and 300 m, are ours.",
    ),
    verified=False,
)  # fmt: skip
def pr_coverage(
    units: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    car_parks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    pr_distance: Metres = 300.0,
    modes: TransitModes = STATIONS,
    core: Literal["none", "parcels", "units"] = "none",
    core_zones: Codes = ("main_centre",),
    core_distance: Metres = 50.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's stations that have park and ride.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers; with `unit_type` where it tells the
        core.
    transit_stops
        Points or polygons with `mode`.
    car_parks
        Points or polygons with `park_and_ride` (null: no).
    parcels
        Polygons with `zone`; needed where `core` is "parcels".
    pr_distance
        Straight-line distance from the station to the car park at most, metres.
    modes
        Values of `mode` that are stations.
    core
        Which stations are left out: none, those at parcels of the core, those in units of it.
    core_zones
        Values of `zone` or `unit_type` that are the core.
    core_distance
        A station this near to a parcel of the core lies in the core, metres.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no station that counts. Both parts are stations.

    Raises
    ------
    MissingColumnError, MissingLayerError
        If modes, the marks of the car parks, or what tells the core are not known.

    Notes
    -----
    PKU 2023 §7.5(三)客运2: 建议设定…P+R 停车换乘设施覆盖比例.
    """
    known(car_parks, "car_parks", "park_and_ride", shared)
    _, stops, parks = arrays(units, transit_stops, car_parks)
    parks = parks[flag(car_parks, "park_and_ride")]
    held = _outside_core(units, transit_stops, parcels, stations_in(units, transit_stops, modes,
                         shared), core, core_zones, core_distance, shared)  # fmt: skip
    served = _near(stops, parks, pr_distance)
    return Measure.of(
        units.index,
        summed(held.zone, held.weight * served[held.feature], units),
        summed(held.zone, held.weight, units),
        scale=100.0,
        evidence=lambda: stops_shown(units, transit_stops, taken(held, ~served[held.feature])),
    )


def _outside_core(
    units: gpd.GeoDataFrame,
    stops: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None,
    held: Shares,
    core: str,
    zones: tuple[str, ...],
    distance: float,
    shared: Shared | None,
) -> Shares:
    """Return the stations that do not lie in the core."""
    one_of("core", core, ("none", "parcels", "units"))
    if core == "units":
        inside = of_classes(known(units, "units", "unit_type", shared), zones)
        return taken(held, ~inside[held.zone])
    if core == "none":
        return held
    if parcels is None:
        raise MissingLayerError("parcels")
    plots = arrays(units, parcels)[1][of_classes(known(parcels, "parcels", "zone", shared), zones)]
    return taken(held, ~_near(arrays(units, stops)[1], plots, distance)[held.feature])


def _near(stops: Geometries, others: Geometries, distance: float) -> NDArray[np.bool_]:
    """Tell which stops lie within a distance of any of the others."""
    found, _ = shapely.STRtree(others).query(stops, predicate="dwithin", distance=distance)
    near = np.zeros(len(stops), dtype=np.bool_)
    near[found] = True
    return near
