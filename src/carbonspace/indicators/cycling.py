"""Cycling and walking: corridors, how they hang together, and the slow-traffic network."""

from __future__ import annotations

import math
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._routes import Turn, axis_of, in_largest, merged, routes_of
from carbonspace.indicators._shared import (
    arrays,
    flag,
    is_unknown,
    known,
    of_classes,
    one_of,
    summed,
)
from carbonspace.indicators._steps import (
    CORRIDORS_BY_UNIT,
    ROADS_BY_UNIT,
    drawn,
    lines_in,
    stretch_evidence,
)
from carbonspace.indicators.roads import twin_carriageways
from carbonspace.kernels import lines as line_kernels
from carbonspace.kernels import network, overlay
from carbonspace.model.indicator import Indicator, Metres, indicator, variant
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

CorridorClass = Literal["all", "1", "2", "3"]
Direction = Literal["all", "east_west", "north_south"]
_CLASSES = ("all", "1", "2", "3")
_DIRECTIONS = ("all", "east_west", "north_south")
_SHANGDANG = "长治市上党区低碳建设规划 (2023–2035) §五"


@indicator(
    title=Text("自行车廊道长度", "Length of bicycle corridors"),
    unit="km",
    theme="cycling",
    aggregate="sum",
    reach="boundary_tolerance",
    source=_SHANGDANG,
    definition=Text(
        "单元内所选等级自行车廊道中心线的长度；位于单元公共边界上的廊道由各单元均分。",
        "Centreline length of the bicycle corridors of the chosen class in the unit; a corridor "
        "on the boundary of units counts in equal parts to each.",
    ),
)
def bike_corridor_length(
    units: gpd.GeoDataFrame,
    bike_corridors: gpd.GeoDataFrame,
    *,
    corridor_class: CorridorClass = "all",
    boundary_tolerance: Metres = 0.01,
    shared: Shared | None = None,
) -> Measure:
    """Return the length of bicycle corridors in each unit.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the corridors.
    bike_corridors
        Centrelines with `corridor_class`.
    corridor_class
        The class that counts, or "all".
    boundary_tolerance
        A corridor within this many metres of a shared boundary lies on it.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        A sum in km. Numerators are metres.

    Raises
    ------
    MissingColumnError
        If one class is asked for and the classes are not known.

    Notes
    -----
    上党 §五: 自行车一级廊道总长35km.
    """
    counted = _of_class(bike_corridors, corridor_class, shared)
    everything = lines_in(
        units, bike_corridors, CORRIDORS_BY_UNIT, shared, tolerance=boundary_tolerance
    )
    parts = everything.of(counted)
    return Measure.of(
        units.index,
        summed(parts.zone, parts.length, units),
        scale=1e-3,
        evidence=lambda: stretch_evidence(
            units, bike_corridors, parts, tolerance=boundary_tolerance
        ),
    )


@indicator(
    title=Text("自行车廊道连通比例", "Connected share of the corridor network"),
    unit="%",
    theme="cycling",
    aggregate="ratio",
    reach=math.inf,
    far=("bike_corridors",),
    source=f"{_SHANGDANG}; PKU 2023 §7.5(四)4",
    definition=Text(
        "单元内廊道长度中，属于全市最大连通网络的比例。端点或线位相距不超过连通容差即视为连通。",
        "Share of the corridor length in the unit that belongs to the largest connected part of "
        "the whole city's network. Corridors no further apart than the tolerance are connected.",
    ),
)
def bike_corridor_connected_share(
    units: gpd.GeoDataFrame,
    bike_corridors: gpd.GeoDataFrame,
    *,
    snap: Metres = 1.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's corridors in the city's largest connected network.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the corridors.
    bike_corridors
        Centrelines of the whole city.
    snap
        Corridors within this many metres of each other are connected.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no corridor. Numerators and denominators are metres.

    Notes
    -----
    上党 §五: 构建“六横四纵”廊道网. The tolerance is carbonspace's own.
    """
    _, lines = arrays(units, bike_corridors)
    joined = in_largest(lines, network.components(lines, tolerance=snap))
    parts = lines_in(units, bike_corridors, CORRIDORS_BY_UNIT, shared)
    return Measure.of(
        units.index,
        summed(parts.zone, parts.length * joined[parts.line], units),
        summed(parts.zone, parts.length, units),
        scale=100.0,
        evidence=lambda: stretch_evidence(units, bike_corridors, parts.of(~joined)),
    )


@indicator(
    title=Text("自行车廊道条数", "Bicycle routes"),
    unit="",
    theme="cycling",
    aggregate="sum",
    reach=math.inf,
    source=_SHANGDANG,
    definition=Text(
        "所选等级、所选走向的廊道线路条数。同一线路或同一名称的各段计为一条；两者皆无的，"
        "首尾相接且走向相近（间断、转角不超过上限，为本工具自定）的各段计为一条；"
        "主方向与东西轴夹角 45° 以内为横向，其余为纵向。"
        "跨单元的线路按长度分摊，各单元之和即全市条数。",
        "Number of bicycle routes of the chosen class and direction. All parts of one route or "
        "name count as one, and so do those with neither that continue each other, with a break "
        "and a turn no larger than the limits, which are our own. A route runs east-west where its "
        "main direction is within 45° of that axis, else north-south. A route across units is "
        "shared by length, so that units add up to the city.",
    ),
    levels=("city",),
    verified=False,
)
def bike_route_count(
    units: gpd.GeoDataFrame,
    bike_corridors: gpd.GeoDataFrame,
    *,
    corridor_class: CorridorClass = "1",
    direction: Direction = "all",
    max_break: Metres = 100.0,
    max_turn: Turn = 45.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the number of bicycle routes, shared over the units they cross by length.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the corridors.
    bike_corridors
        Centrelines with `corridor_class` and, where a route has several, `route` or `name`.
    corridor_class
        The class that counts, or "all".
    direction
        "all", "east_west" or "north_south", in the grid of the CRS.
    max_break, max_turn
        Corridors without route and name are one route where one ends no further than
        `max_break` metres from the next, and the way turns by `max_turn` degrees at most.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        A sum. A route that closes on itself may have no direction: it counts in "all" only.

    Raises
    ------
    MissingColumnError
        If one class is asked for and the classes are not known.

    Notes
    -----
    上党 §五: 构建“六横四纵”廊道网.
    """
    one_of("direction", direction, _DIRECTIONS)
    chosen = _of_class(bike_corridors, corridor_class, shared)
    _, lines = arrays(units, bike_corridors)
    routes = routes_of(bike_corridors, shared, max_break=max_break, max_turn=max_turn)
    route, name = np.where(chosen, routes.of, -1), routes.names
    angle = line_kernels.azimuth(merged(lines, route, len(name)))
    runs = np.array([direction in ("all", axis_of(a)) for a in angle], dtype=bool)
    parts = lines_in(units, bike_corridors, CORRIDORS_BY_UNIT, shared).of(chosen)
    of_row = route[parts.line]
    whole = overlay.sums(of_row, parts.length, len(name))
    counted = np.where(runs[of_row], parts.length / whole[of_row], 0.0)
    return Measure.of(
        units.index,
        summed(parts.zone, counted, units),
        scale=1.0,
        evidence=lambda: stretch_evidence(
            units,
            bike_corridors,
            parts,
            route=name[of_row],
            route_m=whole[of_row],
            azimuth=angle[of_row],
            direction=np.array([axis_of(a) for a in angle], dtype=object)[of_row],
            counted=counted,
        ),
    )


@indicator(
    title=Text("慢行路网密度", "Slow-traffic network density"),
    unit="km/km²",
    theme="cycling",
    aggregate="ratio",
    reach=lambda chosen, _: max(chosen["dual_gap"], chosen["overlap_gap"]),
    source="PKU 2023 §7.6(三)客运3; GB/T 51439-2021 §2.0.4",
    definition=Text(
        "设慢行道的道路与慢行专用路中心线长度，加上未与其并行的自行车廊道长度，除以单元面积。"
        "道路两侧的慢行道按一条中心线计；双幅路、边界道路与路网密度同法。",
        "Centreline length of roads with a footway or cycle lane and of paths for walking and "
        "cycling, plus the corridors that do not run along one of these, per area of the unit. "
        "Lanes on both sides of a road count as its one centreline; twin carriageways and roads "
        "on boundaries count as in the road density.",
    ),
)
def slow_network_density(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    bike_corridors: gpd.GeoDataFrame | None = None,
    *,
    overlap_gap: Metres = 15.0,
    dual_gap: Metres = 40.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the length of the walking and cycling network per area of each unit.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    roads
        Centrelines with `road_class` and `slow_traffic`.
    bike_corridors
        Centrelines.
    overlap_gap
        A corridor within this many metres of a slow road, and of its direction, runs along it
        and adds nothing; one that crosses it counts in full.
    dual_gap
        Widest gap between twin carriageways, metres.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        km/km². Numerators are metres, denominators square metres.

    Raises
    ------
    MissingColumnError
        If `road_class` is not known, or no road tells whether it has a slow lane.

    Notes
    -----
    GB/T 51439-2021 §2.0.4: network mileage per area.
    """
    slow = _is_slow(roads, shared)
    corridors = roads.iloc[:0] if bike_corridors is None else bike_corridors
    zones, paths, _ = arrays(units, roads, corridors)
    every = lines_in(units, roads, ROADS_BY_UNIT, shared)
    weight = twin_carriageways(units, roads, every, shared, gap=dual_gap).weight(among=slow)
    on_roads = every.of(slow)
    road_m = on_roads.length * weight[slow[every.line]]
    # Cut first: along a corridor through the city the overlap differs from unit to unit.
    on_tracks = lines_in(units, corridors, CORRIDORS_BY_UNIT, shared)
    beside = line_kernels.along(drawn(units, corridors, on_tracks), paths[slow], overlap_gap)
    track_m = on_tracks.length * (1.0 - beside)
    zone = np.concatenate([on_roads.zone, on_tracks.zone])
    return Measure.of(
        units.index,
        summed(zone, np.concatenate([road_m, track_m]), units),
        shapely.area(zones),
        scale=1000.0,
        evidence=lambda: _both(
            stretch_evidence(units, roads, on_roads, counted_m=road_m),
            stretch_evidence(units, corridors, on_tracks, counted_m=track_m),
        ),
    )


def _of_class(
    corridors: gpd.GeoDataFrame, corridor_class: str, shared: Shared | None
) -> NDArray[np.bool_]:
    """Tell which corridors are of a class."""
    if one_of("corridor_class", corridor_class, _CLASSES) == "all":
        return np.ones(len(corridors), dtype=bool)
    known_class = known(corridors, "bike_corridors", "corridor_class", shared)
    return of_classes(known_class, (corridor_class,))


def _is_slow(roads: gpd.GeoDataFrame, shared: Shared | None) -> NDArray[np.bool_]:
    """Return True for roads that carry slow traffic of their own.

    Raises
    ------
    MissingColumnError
        If nothing tells: no road is a slow path, and `slow_traffic` is not known.
    """
    path = of_classes(known(roads, "roads", "road_class", shared), ("slow",))
    everywhere = (shared or Shared()).values("roads", roads, "road_class")
    untold = everywhere and "slow" not in everywhere
    if untold and is_unknown(roads, "roads", "slow_traffic", shared):
        raise MissingColumnError("roads", "slow_traffic")
    return path | flag(roads, "slow_traffic")


def _both(roads: gpd.GeoDataFrame, corridors: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return two evidence frames as one, column `layer` saying where a row is from."""
    named = [roads.assign(layer="roads"), corridors.assign(layer="bike_corridors")]
    return pd.concat([frame for frame in named if len(frame)] or named[:1], ignore_index=True)


_LENGTHS = {
    "1": Text("自行车一级廊道长度", "Length of class-1 bicycle corridors"),
    "2": Text("自行车二级廊道长度", "Length of class-2 bicycle corridors"),
    "3": Text("自行车三级廊道长度", "Length of class-3 bicycle corridors"),
}
_ROUTES = {
    "east_west": Text("自行车一级横向廊道条数", "East-west class-1 bicycle routes"),
    "north_south": Text("自行车一级纵向廊道条数", "North-south class-1 bicycle routes"),
}
VARIANTS: tuple[Indicator, ...] = (
    *(
        variant(bike_corridor_length, f"bike_corridor_length_class{c}", title, corridor_class=c)
        for c, title in _LENGTHS.items()
    ),
    *(
        variant(bike_route_count, f"bike_route_count_{a}", title, direction=a, corridor_class="1")
        for a, title in _ROUTES.items()
    ),
)
