"""Stations that are developed as TOD, and rail micro-centres."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.errors import MissingLayerError
from carbonspace.indicators._near_stops import (
    ON_EDGES,
    STATIONS,
    stations_in,
    stop_count,
    stops_shown,
)
from carbonspace.indicators._shared import (
    ON_EDGE_M,
    Floats,
    Geometries,
    arrays,
    flag,
    known,
    one_of,
    summed,
)
from carbonspace.indicators._steps import (
    floors_of_all,
    taken,
)
from carbonspace.kernels import overlay, zonal
from carbonspace.kernels.overlay import Shares
from carbonspace.model.indicator import (
    Count,
    Fraction,
    LandClasses,
    Layers,
    Metres,
    Ratio,
    TransitModes,
    indicator,
)
from carbonspace.model.landuse import matches
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

MIXED = ("07", "08", "09", "10", "11", "14")
_TOLD_BY = ("flag", "computed")
_TOD = Text(
    "criterion=flag 时按站点的标记 is_tod；criterion=computed 时，站点半径内建筑面积除以其中"
    "规划单元的土地面积（毛容积率）与各类用地的归一化熵（混合度）都不低于下限的为 TOD。"
    "下限是我们的约定，原文未给出。",
    "With criterion=flag it is what the mark is_tod of the station says; with criterion=computed a "
    "station is one where floor area over the land of the units within the radius (gross "
    "floor-area ratio) and the normalised entropy of land use (mix) both reach their least values. "
    "These are ours; the source gives none.",
)


def _around(chosen: Mapping[str, Any], _: Layers) -> float:
    """Return how far around its stations a unit is looked at."""
    return float(chosen["radius"]) if chosen["criterion"] == "computed" else ON_EDGE_M


class Around(NamedTuple):
    """What lies within the radius of each station: gross floor-area ratio, land-use mix."""

    far: Floats
    mix: Floats


@indicator(
    title=Text("TOD导向开发站点比例", "Share of stations developed as TOD"),
    unit="%",
    theme="transit",
    aggregate="ratio",
    reach=_around,
    whole=("transit_stops",),
    source="PKU 2023 §7.5(三)3",
    definition=Text(
        "TOD 导向开发的站点数除以站点数。" + _TOD.zh + ON_EDGES.zh,
        "Stations developed as TOD over all stations. " + _TOD.en + " " + ON_EDGES.en,
    ),
    verified=False,
)
def tod_station_share(
    units: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    buildings: gpd.GeoDataFrame | None = None,
    *,
    criterion: Literal["flag", "computed"] = "flag",
    modes: TransitModes = STATIONS,
    radius: Metres = 500.0,
    min_far: Ratio = 2.0,
    min_mix: Fraction = 0.5,
    land_classes: LandClasses = MIXED,
    quad_segs: Count = 64,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's stations that are developed as TOD.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    transit_stops
        Points or polygons with `mode`, and `is_tod` where `criterion` is "flag" (null: no).
    parcels, buildings
        With `land_use`, and with `floor_area` or `floors`; needed where `criterion` is "computed".
    criterion
        What tells TOD: the mark, or what is built within the radius.
    modes
        Values of `mode` that are stations.
    radius
        Straight-line distance from the station's edge, metres.
    min_far, min_mix
        Least gross floor-area ratio, and least entropy of land use (0 to 1).
    land_classes
        The land uses told apart, by prefix.
    quad_segs
        Segments of a quarter circle in the buffers.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no station. Numerators and denominators are stations.

    Raises
    ------
    MissingColumnError, MissingLayerError
        If what tells TOD is not known.

    Notes
    -----
    PKU 2023 §7.5(三)3: 建议以 TOD 导向开站点数量为评价指标.
    """
    held = stations_in(units, transit_stops, modes, shared)
    if one_of("criterion", criterion, _TOLD_BY) == "flag":
        known(transit_stops, "transit_stops", "is_tod", shared)
        facts, tod = {}, flag(transit_stops, "is_tod")
    else:
        around = _around_stations(units, transit_stops, held, parcels, buildings, radius,
                                  land_classes, quad_segs, shared)  # fmt: skip
        facts = {"floor_area_ratio": around.far, "mix": around.mix}
        tod = (around.far >= min_far) & (around.mix >= min_mix)
    number, other = held.weight, taken(held, ~tod[held.feature])
    return Measure.of(
        units.index,
        summed(held.zone, number * tod[held.feature], units),
        summed(held.zone, number, units),
        scale=100.0,
        evidence=lambda: stops_shown(units, transit_stops, other, **facts),
    )


@indicator(
    title=Text("TOD导向开发站点数量", "Stations developed as TOD"),
    unit="",
    theme="transit",
    aggregate="sum",
    reach=_around,
    whole=("transit_stops",),
    source="PKU 2023 §7.5(三)3",
    definition=Text(
        "TOD 导向开发的站点数。" + _TOD.zh + ON_EDGES.zh,
        "Number of stations developed as TOD. " + _TOD.en + " " + ON_EDGES.en,
    ),
    verified=False,
)
def tod_station_count(
    units: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    buildings: gpd.GeoDataFrame | None = None,
    *,
    criterion: Literal["flag", "computed"] = "flag",
    modes: TransitModes = STATIONS,
    radius: Metres = 500.0,
    min_far: Ratio = 2.0,
    min_mix: Fraction = 0.5,
    land_classes: LandClasses = MIXED,
    quad_segs: Count = 64,
    shared: Shared | None = None,
) -> Measure:
    """Return the number of stations in each unit that are developed as TOD.

    Parameters
    ----------
    units, transit_stops, parcels, buildings
        As for `tod_station_share`.
    criterion, modes, radius, min_far, min_mix, land_classes, quad_segs, shared
        As for `tod_station_share`.

    Returns
    -------
    Measure
        A sum of stations.

    Raises
    ------
    MissingColumnError, MissingLayerError
        If what tells TOD is not known.

    Notes
    -----
    PKU 2023 §7.5(三)3: 建议以 TOD 导向开站点数量为评价指标.
    """
    share = tod_station_share(
        units, transit_stops, parcels, buildings, criterion=criterion, modes=modes, radius=radius,
        min_far=min_far, min_mix=min_mix, land_classes=land_classes, quad_segs=quad_segs,
        shared=shared,
    )  # fmt: skip
    left = share.evidence
    held = stations_in(units, transit_stops, modes, shared)

    def counted() -> gpd.GeoDataFrame:
        every = stops_shown(units, transit_stops, held)
        return _without(every, left())

    return Measure.of(units.index, share.table["numerator"], scale=1.0, evidence=counted)


def _without(every: gpd.GeoDataFrame, left: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows of stations that are not among the others."""
    keys = pd.MultiIndex.from_frame(every[["unit_id", "stop_id"]])
    gone = pd.MultiIndex.from_frame(left[["unit_id", "stop_id"]])
    return every[~keys.isin(gone)].reset_index(drop=True)


@indicator(
    title=Text("轨道微中心数量", "Rail micro-centres"),
    unit="",
    theme="transit",
    aggregate="sum",
    reach=ON_EDGE_M,
    source="PKU 2023 §7.6(三)客运1",
    definition=Text(
        "标记为轨道微中心（is_microcentre）的轨道站点数。" + ON_EDGES.zh,
        "Number of rail stations that are marked as micro-centres (is_microcentre). " + ON_EDGES.en,
    ),
)
def rail_microcentre_count(
    units: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    *,
    modes: TransitModes = ("rail", "metro", "tram"),
    shared: Shared | None = None,
) -> Measure:
    """Return the number of rail micro-centres in each unit.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the stops.
    transit_stops
        Points or polygons with `mode` and `is_microcentre` (null: no).
    modes
        Values of `mode` that count.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        A sum of stations.

    Raises
    ------
    MissingColumnError
        If modes, or the marks of all stops, are not known.

    Notes
    -----
    PKU 2023 §7.6(三)客运1: 建议明确轨道微中心数量.
    """
    known(transit_stops, "transit_stops", "is_microcentre", shared)
    held = stations_in(units, transit_stops, modes, shared)
    centres = taken(held, flag(transit_stops, "is_microcentre")[held.feature])
    return stop_count(units, transit_stops, centres)


def _around_stations(
    units: gpd.GeoDataFrame,
    stops: gpd.GeoDataFrame,
    held: Shares,
    parcels: gpd.GeoDataFrame | None,
    buildings: gpd.GeoDataFrame | None,
    radius: float,
    classes: tuple[str, ...],
    quad_segs: int,
    shared: Shared | None,
) -> Around:
    """Return what is built around the stations that units hold, NaN for other stops."""
    if parcels is None or buildings is None:
        raise MissingLayerError("parcels" if parcels is None else "buildings")
    _, shapes, plots, houses = arrays(units, stops, parcels, buildings)
    row = np.unique(held.feature)
    areas = shapely.buffer(shapes[row], radius, quad_segs=quad_segs)
    built = overlay.cut_along(areas, houses)
    floors = overlay.sums(built.zone, floors_of_all(buildings, shared)[built.feature] * built.share,
                          len(row))  # fmt: skip
    codes, kind = known(parcels, "parcels", "land_use", shared), np.full(len(parcels), -1)
    for position, prefix in enumerate(classes):
        kind[matches(codes, (prefix,)).to_numpy() & (kind < 0)] = position
    land = overlay.cut_along(areas, plots)
    mix = zonal.entropy(land.zone, kind[land.feature], land.area, len(row), len(classes))
    far, mixed = np.full(len(shapes), np.nan), np.full(len(shapes), np.nan)
    ground = _ground((shared or Shared()).whole("units", units), areas)
    far[row] = np.divide(floors, ground, out=np.zeros(len(row)), where=ground > 0)
    mixed[row] = mix
    return Around(far, mixed)


def _ground(units: gpd.GeoDataFrame, areas: Geometries) -> Floats:
    """Return the land of all units together in each area, m²."""
    zones = np.asarray(units.sort_index().geometry.array, dtype=object)
    area, zone = shapely.STRtree(zones).query(areas, predicate="intersects")
    order = np.lexsort((zone, area))
    area, zone = area[order], zone[order]
    first = np.searchsorted(area, np.arange(len(areas) + 1))
    return np.array([
        shapely.area(shapely.intersection(one, overlay.united(zones[zone[low:high]])))
        for one, low, high in zip(areas, first[:-1], first[1:], strict=True)
    ], dtype=np.float64)  # fmt: skip
