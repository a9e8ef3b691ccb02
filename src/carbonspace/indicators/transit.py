"""Public transport: who lives and works near a stop, and how many stops there are."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._people import People, people_in
from carbonspace.indicators._shared import (
    ON_EDGE_M,
    Floats,
    Geometries,
    arrays,
    evidence_frame,
    known,
    numbers,
    of_classes,
    one_of,
    places,
    summed,
)
from carbonspace.indicators._steps import points_in
from carbonspace.kernels import coverage
from carbonspace.kernels.overlay import Cut
from carbonspace.model.indicator import Count, Indicator, Metres, TransitModes, indicator, variant
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

STATION_MODES = ("rail", "metro", "tram", "brt", "bus")
Who = Literal["residents", "jobs", "both"]
WHO: dict[str, tuple[str, ...]] = {
    "residents": ("population",),
    "jobs": ("jobs",),
    "both": ("population", "jobs"),
}
"""Columns of the parcels that are counted, by the value of parameter `of`."""


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
    columns = WHO[one_of("of", of, tuple(WHO))]
    amount = np.sum([numbers(known(parcels, "parcels", c, shared)) for c in columns], axis=0)
    layers = (units, parcels, transit_stops, buildings)
    people, found = (shared or Shared()).once(
        "people by unit",
        layers[:2] + layers[3:],
        lambda: people_in(units, parcels, buildings, shared),
    )
    held = (amount[people.parcel] * people.share)[found.feature] * found.share
    stops = _stops(units, transit_stops, modes, shared)
    left, missed = (shared or Shared()).once(
        "people out of reach", layers,
        lambda: _beyond(parcels, people.parcel[found.feature], found, stops, radius, quad_segs),
        tuple(modes), radius, quad_segs,
    )  # fmt: skip
    return Measure.of(
        units.index,
        summed(found.zone, held * (1 - missed), units),
        summed(found.zone, held, units),
        scale=100.0,
        evidence=lambda: _left_out(units, parcels, buildings, people, found, left, held * missed),
    )


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
    counted = of_classes(known(transit_stops, "transit_stops", "mode", shared), modes)
    shares = points_in(units, transit_stops, "stops by unit", shared)
    row = counted[shares.feature]
    zone, stop, weight = shares.zone[row], shares.feature[row], shares.weight[row]
    return Measure.of(
        units.index,
        summed(zone, weight, units),
        scale=1.0,
        evidence=lambda: evidence_frame(
            units,
            zone,
            places(transit_stops)[stop],
            stop_id=np.asarray(transit_stops.index)[stop],
            mode=np.asarray(transit_stops["mode"])[stop],
            counted=weight,
        ),
    )


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
    (zones,) = arrays(units)
    stops = _stops(units, transit_stops, modes, shared)
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


def _stops(
    units: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    modes: tuple[str, ...],
    shared: Shared | None,
) -> Geometries:
    """Return the geometry of the stops of these modes."""
    _, stops = arrays(units, transit_stops)
    return stops[of_classes(known(transit_stops, "transit_stops", "mode", shared), modes)]


def _beyond(
    parcels: gpd.GeoDataFrame,
    parcel: NDArray[np.intp],
    found: Cut,
    stops: Geometries,
    radius: float,
    quad_segs: int,
) -> tuple[Geometries, Floats]:
    """Return the part of each place out of reach, and its share of the place.

    A place lies in a parcel: most parcels are wholly in reach or out of it.
    """
    inside, unsure = coverage.by_distance(parcels.geometry.to_numpy(), stops, radius)
    left, near = found.geometry.copy(), unsure[parcel]
    left[inside[parcel]] = shapely.Polygon()
    left[near] = coverage.uncovered(left[near], stops, radius, quad_segs=quad_segs)
    missed: Floats = np.where(inside[parcel], 0.0, 1.0)
    missed[near] = shapely.area(left[near]) / found.area[near]
    return left, missed


def _left_out(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None,
    people: People,
    found: Cut,
    left: Geometries,
    missed: Floats,
) -> gpd.GeoDataFrame:
    """Return the places out of reach that hold somebody, and how many."""
    row = np.flatnonzero(missed > 0)
    place = found.feature[row]
    known_ids = [] if buildings is None else list(buildings.index)
    ids = np.array([*known_ids, None], dtype=object)  # position -1: no building
    return evidence_frame(
        units,
        found.zone[row],
        left[row],
        parcel_id=np.asarray(parcels.index)[people.parcel[place]],
        building_id=ids[people.building[place]],
        people=missed[row],
        area_m2=shapely.area(left[row]),
    )


VARIANTS: tuple[Indicator, ...] = (
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
