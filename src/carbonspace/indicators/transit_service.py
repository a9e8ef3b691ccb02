"""Public transport by how often it comes: frequent stops, stops served by type of day, headways."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np

from carbonspace.indicators._near_stops import Stops, Who, people_near, stops_in, stops_shown
from carbonspace.indicators._shared import (
    ON_EDGE_M,
    known,
    numbers,
    of_classes,
    one_of,
    summed,
)
from carbonspace.indicators.transit import STATION_MODES, station_coverage
from carbonspace.model.indicator import (
    Count,
    Indicator,
    Metres,
    Minutes,
    TransitModes,
    indicator,
    variant,
)
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_DAYS = ("workday", "saturday", "sunday")
_SPREAD = Text(
    "人口与岗位在地块内的分布同站点服务半径覆盖率。",
    "Within a parcel people are spread as in the coverage by stations.",
)
_BY_FEED = Text(
    "由 GTFS 得出时：某类日期取班次最多的一天，含 calendar_dates 的增减；24:00 以后属前一服务日；"
    "末站不计发车。",
    "From a GTFS feed it is the day of its type with the most trips, with what calendar_dates adds "
    "and takes; past 24:00 belongs to the service day before; nothing leaves the last stop of a "
    "trip.",
)
_HEADWAY = Text(
    "高峰间隔由 GTFS 得出时为 7:00–9:00 的 120 分钟除以该站服务最好的一条线路一个方向的发车次数："
    "往返与其他线路均不缩短间隔。",
    "From a GTFS feed the headway is the 120 minutes from 7:00 to 9:00 over the departures of the "
    "route and direction that serve the stop best: neither the way back nor another route shortens "
    "it.",
)


@indicator(
    title=Text("公交站点服务半径就业岗位和居住人口覆盖率", "Residents and jobs near a bus stop"),
    unit="%",
    theme="transit",
    aggregate="ratio",
    reach="radius",
    far=("transit_stops",),
    whole=("parcels",),
    source="长治市上党区低碳建设规划 (2023–2035) §五; GB/T 51328-2018",
    definition=Text(
        "位于公交站点直线半径以内的居住人口与就业岗位占全部的比例。" + _SPREAD.zh +
        "缺省 500 米凭记忆取自 GB/T 51328-2018，尚未核对原文。",
        "Share of residents and jobs within the straight-line radius of a bus stop. " + _SPREAD.en +
        " The default of 500 m is from memory of GB/T 51328-2018, not checked against its text.",
    ),
    verified=False,
)  # fmt: skip
def bus_stop_coverage(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None = None,
    *,
    radius: Metres = 500.0,
    modes: TransitModes = ("bus",),
    of: Who = "both",
    quad_segs: Count = 64,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's residents, jobs or both near a bus stop.

    Parameters
    ----------
    units, parcels, transit_stops, buildings
        As for `station_coverage`.
    radius
        Straight-line distance from a stop, metres.
    modes
        Values of `mode` that count.
    of
        Who is counted.
    quad_segs
        Segments of a quarter circle in the buffers.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; NaN where a unit has nobody. Numerators and denominators are people (jobs).

    Raises
    ------
    MissingColumnError
        If the numbers of people, or the modes of the stops, are not known.

    Notes
    -----
    GB/T 51328-2018, from memory: 集约型公共交通站点500m服务半径覆盖的常住人口和就业岗位.
    """
    return station_coverage(
        units, parcels, transit_stops, buildings, radius=radius, modes=modes, of=of,
        quad_segs=quad_segs, shared=shared,
    )  # fmt: skip


@indicator(
    title=Text("高频站点就业岗位和居住人口覆盖率", "Residents and jobs near a frequent stop"),
    unit="%",
    theme="transit",
    aggregate="ratio",
    reach="radius",
    far=("transit_stops",),
    whole=("parcels",),
    source="我们的约定 · our convention",
    definition=Text(
        "位于高峰发车间隔不超过规定值的站点直线半径以内的居住人口与就业岗位占全部的比例。"
        + _SPREAD.zh + _HEADWAY.zh + "缺省 500 米、15 分钟是我们的约定。",
        "Share of residents and jobs within the straight-line radius of a stop with a headway of "
        "at most so many minutes in the peak. " + _SPREAD.en + " " + _HEADWAY.en +
        " The defaults, 500 m and 15 min, are our convention.",
    ),
    verified=False,
)  # fmt: skip
def frequent_stop_coverage(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None = None,
    *,
    max_headway: Minutes = 15.0,
    radius: Metres = 500.0,
    modes: TransitModes = STATION_MODES,
    of: Who = "both",
    quad_segs: Count = 64,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's residents, jobs or both near a stop that is served often.

    Parameters
    ----------
    units, parcels, buildings
        As for `station_coverage`.
    transit_stops
        Points or polygons with `mode` and `peak_headway` (minutes; null: none in the peak).
    max_headway
        Minutes between departures in the peak at most.
    radius, modes, of, quad_segs, shared
        As for `bus_stop_coverage`.

    Returns
    -------
    Measure
        Percent; NaN where a unit has nobody. Numerators and denominators are people (jobs).

    Raises
    ------
    MissingColumnError
        If people, modes, or the headways of all stops are not known.

    Notes
    -----
    Our convention; the headway is that of the TCQSM, time over departures.
    """
    headway = known(transit_stops, "transit_stops", "peak_headway", shared)
    often = np.asarray((headway <= max_headway).fillna(False), dtype=bool)
    counted = of_classes(known(transit_stops, "transit_stops", "mode", shared), modes)
    stops = Stops(transit_stops, counted & often, radius, quad_segs)
    return people_near(units, parcels, buildings, stops, of=of, shared=shared)


@indicator(
    title=Text("工作日有服务的站点数量", "Stops served on a working day"),
    unit="",
    theme="transit",
    aggregate="sum",
    reach=ON_EDGE_M,
    source="我们的约定 · our convention",
    definition=Text(
        "单元内在该类日期发车不少于规定次数的站点数；位于相邻单元公共边界上的站点由各单元均分。"
        + _BY_FEED.zh,
        "Number of stops in the unit with at least so many departures on a day of the type; a stop "
        "on the boundary of several units counts in equal parts to each. " + _BY_FEED.en,
    ),
    verified=False,
)  # fmt: skip
def served_stop_count(
    units: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    *,
    service_day: Literal["workday", "saturday", "sunday"] = "workday",
    min_departures: Count = 1,
    modes: TransitModes = STATION_MODES,
    shared: Shared | None = None,
) -> Measure:
    """Return the number of stops in each unit that are served on a type of day.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the stops.
    transit_stops
        Points or polygons with `mode` and the departures of the day, `departures_workday` …
    service_day
        The type of day.
    min_departures
        Departures on that day at least.
    modes
        Values of `mode` that count.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        A sum. A stop on a shared boundary counts in equal parts to each unit.

    Raises
    ------
    MissingColumnError
        If modes, or the departures on that day, are not known.

    Notes
    -----
    Our convention.
    """
    column = f"departures_{one_of('service_day', service_day, _DAYS)}"
    departures = numbers(known(transit_stops, "transit_stops", column, shared))
    counted = of_classes(known(transit_stops, "transit_stops", "mode", shared), modes)
    held = stops_in(units, transit_stops, counted & (departures >= min_departures), shared)
    return Measure.of(
        units.index,
        summed(held.zone, held.weight, units),
        scale=1.0,
        evidence=lambda: stops_shown(units, transit_stops, held, departures=departures),
    )


@indicator(
    title=Text("站点平均高峰发车间隔", "Mean headway of the stops in the peak"),
    unit="min",
    theme="transit",
    aggregate="ratio",
    reach=ON_EDGE_M,
    source="我们的约定 · our convention",
    definition=Text(
        "高峰有发车的站点的发车间隔之和除以站点数；位于公共边界上的站点由各单元均分。"
        + _HEADWAY.zh,
        "Headways of the stops that are served in the peak, added up, over the number of these "
        "stops; a stop on a boundary counts in equal parts to each unit. " + _HEADWAY.en,
    ),
    verified=False,
)
def mean_peak_headway(
    units: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    *,
    modes: TransitModes = STATION_MODES,
    shared: Shared | None = None,
) -> Measure:
    """Return the mean headway of each unit's stops in the peak.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the stops.
    transit_stops
        Points or polygons with `mode` and `peak_headway`; stops without one are left out.
    modes
        Values of `mode` that count.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Minutes; NaN where no stop is served in the peak. Denominators are stops.

    Raises
    ------
    MissingColumnError
        If modes, or the headways of all stops, are not known.

    Notes
    -----
    Our convention; the headway is that of the TCQSM, time over departures.
    """
    headway = known(transit_stops, "transit_stops", "peak_headway", shared)
    counted = of_classes(known(transit_stops, "transit_stops", "mode", shared), modes)
    held = stops_in(units, transit_stops, counted & np.asarray(headway.notna()), shared)
    minutes = numbers(headway)
    return Measure.of(
        units.index,
        summed(held.zone, held.weight * minutes[held.feature], units),
        summed(held.zone, held.weight, units),
        scale=1.0,
        evidence=lambda: stops_shown(units, transit_stops, held, headway_min=minutes),
    )


VARIANTS: tuple[Indicator, ...] = (
    variant(
        served_stop_count,
        "served_stop_count_saturday",
        Text("星期六有服务的站点数量", "Stops served on a Saturday"),
        service_day="saturday",
    ),
    variant(
        served_stop_count,
        "served_stop_count_sunday",
        Text("星期日有服务的站点数量", "Stops served on a Sunday"),
        service_day="sunday",
    ),
)
