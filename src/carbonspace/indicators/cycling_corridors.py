"""The network of bicycle corridors: whole or broken, where it meets itself and major roads."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._junctions import at_end, per_length, terminals
from carbonspace.indicators._routes import (
    Integers,
    Routes,
    Turn,
    breaks,
    in_longest_of_route,
    merged,
    routes_of,
)
from carbonspace.indicators._shared import arrays, known, of_classes, summed
from carbonspace.indicators._steps import (
    CORRIDORS_BY_UNIT,
    Stretches,
    drawn,
    lines_in,
    stretch_evidence,
)
from carbonspace.kernels import lines as line_kernels
from carbonspace.kernels import network
from carbonspace.kernels.crossings import crossings, meetings
from carbonspace.model.indicator import Indicator, Metres, RoadClasses, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_SHANGDANG = "长治市上党区低碳建设规划 (2023–2035) §五"
MAJOR = ("expressway", "arterial")
_ROUTES = Text(
    "线路按所属线路、名称归并；两者皆无的，首尾相接且走向相近（间断、转角不超过上限）的各段为一条。",
    "Corridors of one route or name are a route; of those with neither, the ones that continue "
    "each other with a break and a turn no larger than the limits.",
)


@indicator(
    title=Text("自行车廊道连续度", "Continuity of bicycle routes"),
    unit="%",
    theme="cycling",
    aggregate="ratio",
    reach=math.inf,
    far=("bike_corridors",),
    source=_SHANGDANG,
    definition=Text(
        "单元内廊道长度中，属于其线路最长连通段的比例；相距不超过连通容差即视为连通。"
        f"{_ROUTES.zh}佐证列出不连通的各段，以及各处间断的宽度。",
        "Share of the corridor length in the unit that belongs to the longest connected piece of "
        f"its route; what is no further apart than the tolerance is connected. {_ROUTES.en} The "
        "evidence lists what is cut off, and every break with its width.",
    ),
    decimals=1,
    verified=False,
)
def bike_route_continuity(
    units: gpd.GeoDataFrame,
    bike_corridors: gpd.GeoDataFrame,
    *,
    snap: Metres = 1.0,
    max_break: Metres = 100.0,
    max_turn: Turn = 45.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's corridors in the longest connected piece of their route.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the corridors.
    bike_corridors
        Centrelines of the whole city, with `route` or `name` where they have one.
    snap
        Corridors of a route within this many metres of each other are connected.
    max_break, max_turn
        Corridors without route and name are one route where one ends no further than
        `max_break` metres from the next, and the way turns by `max_turn` degrees at most.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no corridor. Numerators and denominators are metres.
        Evidence: all stretches (`counted_m` 0 for what is cut off) and the breaks of routes,
        with their width in `break_m`, that lie in the unit.

    Notes
    -----
    上党 §五: 构建“六横四纵”廊道网. The tolerances are carbonspace's own.
    """
    _, lines = arrays(units, bike_corridors)
    routes = routes_of(bike_corridors, shared, max_break=max_break, max_turn=max_turn)
    piece = network.components(lines, tolerance=snap, group=routes.of)
    joined = in_longest_of_route(lines, routes.of, piece)
    parts = lines_in(units, bike_corridors, CORRIDORS_BY_UNIT, shared)
    return Measure.of(
        units.index,
        summed(parts.zone, parts.length * joined[parts.line], units),
        summed(parts.zone, parts.length, units),
        scale=100.0,
        evidence=lambda: _continuity(units, bike_corridors, parts, routes, piece, joined),
    )


@indicator(
    title=Text("自行车廊道交汇点密度", "Junctions of bicycle corridors per kilometre"),
    unit="1/km",
    theme="cycling",
    aggregate="ratio",
    reach=math.inf,
    far=("bike_corridors",),
    source=_SHANGDANG,
    definition=Text(
        "单元内不同线路交汇（相交、相接，或相距不超过连通容差）的地点数除以廊道长度；"
        "相距不超过合并距离的交汇点计为一处，位于单元边界上的由各单元均分。分子即交汇点个数。"
        f"{_ROUTES.zh}",
        "Places in the unit where different routes meet (cross, join, or come within the "
        "tolerance), per length of corridor; meetings within the merging distance of each other "
        "are one place, and one on a boundary counts in equal parts to each unit. The numerator "
        f"is the number of places. {_ROUTES.en}",
    ),
    verified=False,
)
def bike_corridor_junction_density(
    units: gpd.GeoDataFrame,
    bike_corridors: gpd.GeoDataFrame,
    *,
    snap: Metres = 1.0,
    same_place: Metres = 40.0,
    max_break: Metres = 100.0,
    max_turn: Turn = 45.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the number of places where bicycle routes meet, per length of corridor.

    Parameters
    ----------
    units, bike_corridors, snap, max_break, max_turn, shared
        As for `bike_route_continuity`.
    same_place
        Meetings no further apart than this many metres are one place.

    Returns
    -------
    Measure
        Places per km. Numerators are places, denominators metres. Evidence: the places, with
        the routes that meet there.

    Notes
    -----
    上党 §五: 构建“六横四纵”廊道网. The distances are carbonspace's own.
    """
    _, lines = arrays(units, bike_corridors)
    routes = routes_of(bike_corridors, shared, max_break=max_break, max_turn=max_turn)
    one, other = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=snap)
    pair = (one < other) & (routes.of[one] != routes.of[other])
    met, row = meetings(lines[one[pair]], lines[other[pair]])
    of = np.stack((routes.of[one[pair]][row], routes.of[other[pair]][row]))
    return per_length(units, bike_corridors, met, np.asarray(routes.names)[of], same_place, shared)


@indicator(
    title=Text("自行车廊道穿越主干路密度", "Crossings of major roads per kilometre of corridor"),
    unit="1/km",
    theme="cycling",
    aggregate="ratio",
    reach=math.inf,
    source=_SHANGDANG,
    definition=Text(
        "单元内廊道穿越所选等级道路中心线的地点数除以廊道长度；与道路走向夹角不超过 30° 的为沿路，"
        "线路端点止于道路的不是穿越。相距不超过合并距离的计为一处（如双幅路的两幅）。"
        f"分子即穿越处数。平面与立体穿越不作区分。{_ROUTES.zh}",
        "Places in the unit where a corridor crosses the centreline of a road of the chosen "
        "classes, per length of corridor; what is within 30° of the road's direction runs along "
        "it, and a route that ends at the road does not cross it. Crossings within the merging "
        "distance of each other (two carriageways) are one place. The numerator is the number of "
        f"places. Crossings at grade and at another level are not told apart. {_ROUTES.en}",
    ),
    verified=False,
)
def bike_corridor_crossing_density(
    units: gpd.GeoDataFrame,
    bike_corridors: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    *,
    road_classes: RoadClasses = MAJOR,
    snap: Metres = 1.0,
    same_place: Metres = 40.0,
    max_break: Metres = 100.0,
    max_turn: Turn = 45.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the number of places where corridors cross major roads, per length of corridor.

    Parameters
    ----------
    units, bike_corridors, snap, max_break, max_turn, shared
        As for `bike_route_continuity`.
    roads
        Centrelines with `road_class`.
    road_classes
        Values of `road_class` that are major.
    same_place
        Crossings no further apart than this many metres are one place.

    Returns
    -------
    Measure
        Places per km. Numerators are places, denominators metres. Evidence: the places, with
        the routes that cross there.

    Raises
    ------
    MissingColumnError
        If `road_class` is not known.

    Notes
    -----
    上党 §五: 构建“六横四纵”廊道网. The distances are carbonspace's own.
    """
    _, lines, others = arrays(units, bike_corridors, roads)
    major = of_classes(known(roads, "roads", "road_class", shared), road_classes)
    routes = routes_of(bike_corridors, shared, max_break=max_break, max_turn=max_turn)
    found = crossings(lines, others[major])
    met, route = np.asarray(shapely.points(found.place), dtype=object), routes.of[found.line]
    through = ~at_end(met, route, *terminals(lines, routes.of, snap), snap)
    names = np.asarray(routes.names)[route[through]][None, :]
    return per_length(units, bike_corridors, met[through], names, same_place, shared)


@indicator(
    title=Text("沿主干路的自行车廊道占比", "Share of bicycle corridors along major roads"),
    unit="%",
    theme="cycling",
    aggregate="ratio",
    reach="overlap_gap",
    far=("roads",),
    source=_SHANGDANG,
    definition=Text(
        "单元内沿所选等级道路敷设的廊道长度除以廊道长度。与道路中心线相距不超过判定距离、"
        "走向夹角不超过 30° 即为沿路；默认 30 m 为 60 m 宽主干路红线之半。",
        "Length of the corridors in the unit that run along roads of the chosen classes, over "
        "that of all corridors. To run along is to be within the distance of the centreline and "
        "within 30° of its direction; the default of 30 m is half the width of an arterial road "
        "of 60 m between its red lines.",
    ),
    decimals=1,
    verified=False,
)
def bike_corridor_along_road_share(
    units: gpd.GeoDataFrame,
    bike_corridors: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    *,
    road_classes: RoadClasses = MAJOR,
    overlap_gap: Metres = 30.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's bicycle corridors that run along major roads.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    bike_corridors
        Centrelines.
    roads
        Centrelines with `road_class`.
    road_classes
        Values of `road_class` that are major.
    overlap_gap
        A corridor within this many metres of a road, and of its direction, runs along it.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no corridor. Numerators and denominators are metres.
        Evidence: all stretches, `counted_m` being what runs along major roads.

    Raises
    ------
    MissingColumnError
        If `road_class` is not known.

    Notes
    -----
    上党 §五: 构建“六横四纵”廊道网. The distance is carbonspace's own.
    """
    _, others = arrays(units, roads)
    major = of_classes(known(roads, "roads", "road_class", shared), road_classes)
    parts = lines_in(units, bike_corridors, CORRIDORS_BY_UNIT, shared)
    beside = line_kernels.along(drawn(units, bike_corridors, parts), others[major], overlap_gap)
    metres = parts.length * beside
    return Measure.of(
        units.index,
        summed(parts.zone, metres, units),
        summed(parts.zone, parts.length, units),
        scale=100.0,
        evidence=lambda: stretch_evidence(units, bike_corridors, parts, counted_m=metres),
    )


def _continuity(
    units: gpd.GeoDataFrame,
    corridors: gpd.GeoDataFrame,
    parts: Stretches,
    routes: Routes,
    piece: Integers,
    joined: NDArray[np.bool_],
) -> gpd.GeoDataFrame:
    """Return the stretches of corridors, and the breaks of their routes in each unit."""
    stretches = stretch_evidence(
        units,
        corridors,
        parts,
        counted_m=np.where(joined[parts.line], parts.length, 0.0),
        route=routes.names[routes.of[parts.line]],
        break_m=np.nan,
    )
    gaps = _breaks(units, corridors, routes, piece)
    here = lines_in(units, gaps, "breaks by unit", None)
    width = shapely.length(gaps.geometry.to_numpy())[here.line]
    found = stretch_evidence(units, gaps, here, counted_m=0.0, break_m=width)
    if not len(found):
        return stretches
    return pd.concat([stretches, found.drop(columns="line_id")], ignore_index=True)


def _breaks(
    units: gpd.GeoDataFrame, corridors: gpd.GeoDataFrame, routes: Routes, piece: Integers
) -> gpd.GeoDataFrame:
    """Return the breaks of all routes, each the shortest way from one piece to another."""
    _, lines = arrays(units, corridors)
    names, found = [], []
    for number, name in enumerate(routes.names):
        own = routes.of == number
        _, label = np.unique(piece[own], return_inverse=True)
        gaps = breaks(merged(lines[own], label, label.max() + 1))
        names += [name] * len(gaps)
        found += list(gaps)
    return gpd.GeoDataFrame({"route": names}, geometry=gpd.GeoSeries(found, crs=units.crs))


VARIANTS: tuple[Indicator, ...] = ()
