"""Facilities: how far they are from each other, and from the middle of what they serve."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._documents import PKU, SHANGDANG
from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
    evidence_frame,
    summed,
)
from carbonspace.indicators._sites import (
    ON_EDGES,
    Types,
    of_kinds,
    sites_in,
    sites_shown,
)
from carbonspace.indicators._steps import (
    BUILDINGS_BY_UNIT,
    floors_of_all,
    polygons_in,
    taken,
)
from carbonspace.kernels.coverage import nearest
from carbonspace.model.indicator import Indicator, indicator, variant
from carbonspace.model.measure import Measure, divided
from carbonspace.model.places import FACILITIES
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

DAILY = tuple(FACILITIES)
GAS = ("lng_station", "hydrogen_station")


@indicator(
    title=Text("设施最近间距", "Distance from a facility to the next"),
    unit="m",
    theme="facilities",
    aggregate="ratio",
    reach=np.inf,
    far=("facilities",),
    source=f"{PKU} §7.6(三)新能源1",
    definition=Text(
        "单元内所选类型的各设施到全市最近的另一处同组设施的直线距离的平均值，边到边；各处的距离见证"
        "据。"
        "全市只有一处的没有数值。" + ON_EDGES.zh + "原文未说明布局如何量度，此为本工具的读法。",
        "Mean of the straight distances from each facility of the chosen types to the nearest "
        "other of them in the city, edge to edge; each distance is in the evidence. A single one "
        "has no value. " + ON_EDGES.en + " The source does not say how a layout is measured: this "
        "is our reading.",
    ),
    decimals=0,
    verified=False,
)
def facility_spacing(
    units: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    facility_types: Types = DAILY,
    shared: Shared | None = None,
) -> Measure:
    """Return how far the facilities of some types are from the nearest other one.

    Parameters
    ----------
    units, facilities, facility_types, shared
        As for `facility_count`.

    Returns
    -------
    Measure
        Metres; numerators are distances, denominators facilities. Evidence: the facilities, with
        `nearest_m`.

    Raises
    ------
    MissingColumnError
        If the types of facilities are not known.
    UnstatedError
        If the plan has none of these types.

    Notes
    -----
    PKU §7.6(三)新能源1: the layout of stations is named, without a value.
    """
    held = sites_in(units, facilities, facility_types, shared)
    away = _to_next(
        arrays(units, facilities)[1], _all_of(units, facilities, facility_types, shared)
    )
    held = taken(held, np.isfinite(away[held.feature]))
    return Measure.of(
        units.index,
        summed(held.zone, held.weight * away[held.feature], units),
        summed(held.zone, held.weight, units),
        scale=1.0,
        evidence=lambda: sites_shown(units, facilities, held, nearest_m=away[held.feature]),
    )


def _all_of(
    units: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, types: Types, shared: Shared | None
) -> Geometries:
    """Return the facilities of the types in all of the plan."""
    everywhere = (shared or Shared()).whole("facilities", facilities)
    return arrays(units, everywhere)[1][of_kinds(everywhere, types, shared)]


def _to_next(shapes: Geometries, others: Geometries) -> Floats:
    """Return how far each shape is from the nearest of the others that is not itself."""
    away = nearest(shapes, others, exclusive=True)
    drawn, count = np.unique(shapely.to_wkb(shapely.normalize(others)), return_counts=True)
    same = np.isin(shapely.to_wkb(shapely.normalize(shapes)), drawn[count > 1])
    away[same] = 0.0
    return away


@indicator(
    title=Text("分布式能源站距负荷中心距离", "From the centre of load to an energy station"),
    unit="m",
    theme="facilities",
    aggregate="ratio",
    reach=np.inf,
    far=("facilities",),
    source=f"{SHANGDANG} §四; {PKU} §7.5(一)2",
    definition=Text(
        "单元负荷中心（以建筑面积为权的重心）到全市最近的能源站边缘的直线距离；多个单元以建筑面积"
        "加权平均。以建筑面积代负荷是本工具的约定。",
        "Straight distance from the centre of load of the unit (the middle of its floor area) to "
        "the edge of the nearest energy station of the city; of several units the mean by floor "
        "area. Floor area stands in for load: our own choice.",
    ),
    decimals=0,
    verified=False,
)
def energy_station_distance(
    units: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    facility_types: Types = ("energy_station",),
    shared: Shared | None = None,
) -> Measure:
    """Return how far the nearest energy station is from the centre of each unit's load.

    Parameters
    ----------
    units, facilities, facility_types, shared
        As for `facility_count`.
    buildings
        Footprints with `floor_area` (m²) or `floors`.

    Returns
    -------
    Measure
        Metres; numerators are metres by m² of floor, denominators m² of floor; NaN where nothing
        is built. Evidence: the line from each centre to its station, with `distance_m`.

    Raises
    ------
    MissingColumnError
        If the types of facilities are not known.
    UnstatedError
        If the plan has no energy station.

    Notes
    -----
    上党 §四: 鼓励结合能源负荷核心区设置分布式能源中心.
    """
    stations = _all_of(units, facilities, facility_types, shared)
    cut = polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared)
    floor = floors_of_all(buildings, shared)[cut.feature] * cut.share
    total = summed(cut.zone, floor, units)
    middle = shapely.get_coordinates(shapely.centroid(cut.geometry)) * floor[:, None]
    x, y = (divided(summed(cut.zone, part, units), total, scale=1.0) for part in middle.T)
    loaded = np.flatnonzero(total > 0)
    centre = shapely.points(x[loaded], y[loaded])
    (_, station), away = shapely.STRtree(stations).query_nearest(
        centre, all_matches=False, return_distance=True
    )
    return Measure.of(
        units.index,
        summed(loaded, away * total[loaded], units),
        total,
        scale=1.0,
        evidence=lambda: evidence_frame(
            units, loaded, shapely.shortest_line(centre, stations[station]), distance_m=away
        ),
    )


VARIANTS: tuple[Indicator, ...] = (
    variant(
        facility_spacing, "lng_h2_station_spacing",
        Text("LNG 与加氢站间距", "Distance from an LNG or hydrogen station to the next"),
        facility_types=GAS,
    ),
)  # fmt: skip
