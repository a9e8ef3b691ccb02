"""Public transport: who lives and works near a stop, and how many stops there are."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._near_stops import Stops, Who, people_near, stations_in, stop_count
from carbonspace.indicators._shared import (
    ON_EDGE_M,
    arrays,
    evidence_frame,
    known,
    of_classes,
)
from carbonspace.kernels import coverage
from carbonspace.model.indicator import Count, Indicator, Metres, TransitModes, indicator, variant
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

STATION_MODES = ("rail", "metro", "tram", "brt", "bus")


@indicator(
    title=Text(
        "轨道/公交站点服务半径就业岗位和居住人口覆盖率",
        "Residents and jobs near a station",
    ),
    unit="%",
    theme="transit",
    aggregate="ratio",
    reach="radius",
    far=("transit_stops",),
    source="PKU 2023 §7.6(三)客运2; GB/T 51328-2018 表9.3.3",
    definition=Text(
        "位于所选方式站点直线半径以内的居住人口与就业岗位占全部的比例。地块内的人口与岗位按建筑面积"
        "分布于其建筑（无建筑面积时取基底面积乘层数），无建筑的地块按面积均布；部分落入半径的按面积计。",
        "Share of residents and jobs within the straight-line radius of a stop of the chosen "
        "modes. Within a parcel they are spread over its buildings by floor area (footprint times "
        "floors where it is not given), over its ground where it has no building; what lies "
        "partly within the radius counts by area.",
    ),
    whole=("parcels",),
)
def station_coverage(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None = None,
    *,
    radius: Metres = 800.0,
    modes: TransitModes = STATION_MODES,
    of: Who = "both",
    quad_segs: Count = 64,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's residents, jobs or both near a stop.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    parcels
        Polygons with `population`, `jobs` or both, as `of` asks; null counts as none.
    transit_stops
        Points or polygons with `mode`.
    buildings
        Polygons, with `floor_area` (m²) or `floors` where known.
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
    PKU 2023 §7.6(三): 轨道/公交站点 800 米半径就业岗位和居住人口覆盖率.
    """
    counted = of_classes(known(transit_stops, "transit_stops", "mode", shared), modes)
    stops = Stops(transit_stops, counted, radius, quad_segs)
    return people_near(units, parcels, buildings, stops, of=of, shared=shared)


@indicator(
    title=Text("公交站数量", "Bus stops"),
    unit="",
    theme="transit",
    aggregate="sum",
    reach=ON_EDGE_M,
    source="长治市上党区低碳建设规划 (2023–2035) §五",
    definition=Text(
        "单元内所选方式站点的数量；位于相邻单元公共边界上的站点由各单元均分。",
        "Number of stops of the chosen modes in the unit; a stop on the boundary of several "
        "units counts in equal parts to each.",
    ),
)
def bus_stop_count(
    units: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    *,
    modes: TransitModes = ("bus",),
    shared: Shared | None = None,
) -> Measure:
    """Return the number of stops in each unit.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the stops.
    transit_stops
        Points or polygons with `mode`.
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
        If the modes of the stops are not known.

    Notes
    -----
    上党 §五: 规划公交站74处.
    """
    return stop_count(units, transit_stops, stations_in(units, transit_stops, modes, shared))


@indicator(
    title=Text("公交站点面积覆盖率", "Area near a bus stop"),
    unit="%",
    theme="transit",
    aggregate="ratio",
    reach="radius",
    far=("transit_stops",),
    source="长治市上党区低碳建设规划 (2023–2035) §五; GB 50220-95",
    definition=Text(
        "单元面积中位于公交站点直线半径以内部分的占比。上党规划只说“覆盖中心城区”，未给半径；"
        "缺省 500 米凭记忆取自已废止的 GB 50220-95，尚未核对原文。",
        "Share of the unit's area within the straight-line radius of a bus stop. The Shangdang "
        "plan says that the stops cover the central urban area and states no radius; the default "
        "of 500 m is from memory of the superseded GB 50220-95, not checked against its text.",
    ),
    verified=False,
)
def bus_stop_area_coverage(
    units: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    *,
    radius: Metres = 500.0,
    modes: TransitModes = ("bus",),
    quad_segs: Count = 64,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's area near a stop.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the stops.
    transit_stops
        Points or polygons with `mode`.
    radius
        Straight-line distance from a stop, metres.
    modes
        Values of `mode` that count.
    quad_segs
        Segments of a quarter circle in the buffers.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent. Numerators and denominators are m².

    Raises
    ------
    MissingColumnError
        If the modes of the stops are not known.

    Notes
    -----
    上党 §五: 规划公交站74处，覆盖中心城区. The default radius is not verified.
    """
    zones, every = arrays(units, transit_stops)
    stops = every[of_classes(known(transit_stops, "transit_stops", "mode", shared), modes)]
    left = coverage.uncovered(zones, stops, radius, quad_segs=quad_segs)
    area, missed = shapely.area(zones), shapely.area(left)
    row = np.flatnonzero(missed > 0)
    return Measure.of(
        units.index,
        area - missed,
        area,
        scale=100.0,
        evidence=lambda: evidence_frame(units, row, left[row], area_m2=missed[row]),
    )


VARIANTS: tuple[Indicator, ...] = (
    variant(
        bus_stop_area_coverage,
        "bus_stop_area_coverage_close",
        Text("公交站点近距面积覆盖率", "Area close to a bus stop"),
        definition=Text(
            "单元面积中位于公交站点直线 300 米以内部分的占比。"
            "半径凭记忆取自已废止的 GB 50220-95，尚未核对原文。",
            "Share of the unit's area within 300 m of a bus stop in a straight line. The radius is "
            "from memory of the superseded GB 50220-95, not checked against its text.",
        ),
        facts={"source": "GB 50220-95"},
        radius=300.0,
    ),
    variant(
        station_coverage,
        "station_coverage_residents",
        Text("轨道/公交站点服务半径居住人口覆盖率", "Residents near a station"),
        of="residents",
    ),
    variant(
        station_coverage,
        "station_coverage_jobs",
        Text("轨道/公交站点服务半径就业岗位覆盖率", "Jobs near a station"),
        of="jobs",
    ),
)
