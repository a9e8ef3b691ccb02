"""Public transport: who can walk to a station along streets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from carbonspace.indicators._near_stops import WHO, Who
from carbonspace.indicators._on_foot import Asked, detour_on_foot, share_on_foot
from carbonspace.indicators._shared import arrays, known, numbers, of_classes, one_of
from carbonspace.indicators._walking import (
    AS_USUAL,
    Walk,
    Walked,
    looks_at_slopes,
    walk_from,
    walk_reach,
    walked,
)
from carbonspace.indicators.transit import STATION_MODES
from carbonspace.model.grid import Grid
from carbonspace.model.indicator import Indicator, Metres, TransitModes, indicator, variant
from carbonspace.model.layers import TRANSIT_MODES
from carbonspace.model.maps import Sought
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_FAR = ("transit_stops", "roads", "entrances")
_BUS = ("bus", "brt")
_NAMES: dict[tuple[str, ...], tuple[str, Text]] = {
    tuple(sorted(STATION_MODES)): ("stations", Text("轨道/公交站点", "Stations and stops")),
    tuple(sorted(_BUS)): ("bus_stops", Text("公交站点", "Bus stops")),
}
"""What stops of some modes are called."""


def _goals(settings: Mapping[str, Any]) -> Iterator[Sought]:
    modes = tuple(sorted(settings["modes"]))
    words = [TRANSIT_MODES[one] for one in modes]
    title = Text(f"站点（{'、'.join(w.zh for w in words)}）",
                 f"Stops ({', '.join(w.en for w in words)})")  # fmt: skip
    key, title = _NAMES.get(modes, (f"stops_{'_'.join(modes)}", title))
    yield Sought(
        key, title, "transit_stops", "station", walk_from(settings),
        lambda stops: of_classes(known(stops, "transit_stops", "mode"), modes),
    )  # fmt: skip


@indicator(
    title=Text("轨道/公交站点步行可达覆盖率", "Residents and jobs within a walk of a station"),
    unit="%",
    theme="transit",
    aggregate="ratio",
    reach=walk_reach("transit_stops"),
    far=_FAR,
    whole=("parcels",),
    goals=_goals,
    looks=looks_at_slopes,
    source="PKU 2023 §7.6(三)客运2; GB/T 51328-2018 表9.3.3",
    definition=Text(
        "沿街道步行距离不超过规定值即可到达所选方式站点的居住人口与就业岗位占全部的比例。"
        "地块按其临街段中可达部分的长度计（只有街道穿越或止于其边界的，"
        "按这些点的个数计），不临街的取最近街道点，所走距离计入；"
        "来源要求的是直线半径，见同名的直线指标。",
        "Share of residents and jobs from where a stop of the chosen modes can be reached along "
        "streets within the distance. A parcel counts by the length of its front on streets from "
        "where it can (one that streets only cross or end at by the number of these places), one "
        "off the streets from the point of the nearest street, and the way there counts. The "
        "sources ask for a straight radius: see the indicator of that.",
    ),
    verified=False,
)
def station_walk_coverage(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None = None,
    dem: Grid | None = None,
    *,
    radius: Metres = 800.0,
    modes: TransitModes = STATION_MODES,
    of: Who = "both",
    walk: Walk = AS_USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's residents, jobs or both within a walk of a stop.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    parcels
        Polygons with `population`, `jobs` or both, as `of` asks; null counts as none.
    transit_stops
        Points or polygons with `mode`.
    roads
        Centrelines with `road_class`; `level`, `bridge`, `tunnel` tell what crosses without
        meeting, `walk` who may use it.
    entrances
        Points with `entrance_to`: of stations, within 30 m of one, and gates of compounds.
    dem
        Terrain, metres; needed where slopes slow people down (`walk`).
    radius
        Distance along streets, metres.
    modes
        Values of `mode` that count.
    of
        Who is counted.
    walk
        How people walk, and on what network: see `Walk`.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; NaN where a unit has nobody. Numerators and denominators are people (jobs).
        Evidence: the parcels not wholly within the walk, with the way along streets and straight,
        and the missing link as of `park_walk_coverage`.

    Raises
    ------
    MissingColumnError
        If the numbers of people, the modes of the stops or road classes are not known.
    MissingLayerError
        If slopes slow people down and there is no terrain.
    """
    chosen, asked = _asked(parcels, transit_stops, modes, of, shared)
    way = _way(units, parcels, transit_stops, chosen, roads, entrances, dem, radius, modes, walk,
               shared)  # fmt: skip
    stops = arrays(units, transit_stops)[1][chosen]
    return share_on_foot(units, parcels, stops, asked, way, shared)


@indicator(
    title=Text("站点步行绕行系数", "Detour on the way to a station"),
    unit="",
    theme="transit",
    aggregate="ratio",
    reach=walk_reach("transit_stops"),
    far=_FAR,
    whole=("parcels",),
    goals=_goals,
    looks=looks_at_slopes,
    source="carbonspace",
    definition=Text(
        "步行距离内可到达站点的居住人口与就业岗位，至最近站点的街道距离与直线距离之比，按人数加权"
        "（先分别求和再相除）。",
        "Way along streets over straight distance to the nearest stop, of the residents and jobs "
        "that can walk to one, weighted by their number (both are summed, then divided).",
    ),
    verified=False,
)
def station_walk_detour(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None = None,
    dem: Grid | None = None,
    *,
    radius: Metres = 800.0,
    modes: TransitModes = STATION_MODES,
    of: Who = "both",
    walk: Walk = AS_USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Return how much longer the way to a stop is along streets than straight.

    Parameters
    ----------
    units, parcels, transit_stops, roads, entrances, dem, radius, modes, of, walk, shared
        As for `station_walk_coverage`.

    Returns
    -------
    Measure
        A ratio; NaN where nobody has a way. Numerators and denominators are people times metres.

    Raises
    ------
    MissingColumnError
        If the numbers of people, the modes of the stops or road classes are not known.
    MissingLayerError
        If slopes slow people down and there is no terrain.
    """
    chosen, asked = _asked(parcels, transit_stops, modes, of, shared)
    way = _way(units, parcels, transit_stops, chosen, roads, entrances, dem, radius, modes, walk,
               shared)  # fmt: skip
    stops = arrays(units, transit_stops)[1][chosen]
    return detour_on_foot(units, parcels, stops, asked, way, shared)


def _asked(
    parcels: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    modes: tuple[str, ...],
    of: str,
    shared: Shared | None,
) -> tuple[NDArray[np.bool_], Asked]:
    """Return which stops count, and how many people (jobs) each parcel holds."""
    columns = WHO[one_of("of", of, tuple(WHO))]
    people = np.sum([numbers(known(parcels, "parcels", c, shared)) for c in columns], axis=0)
    chosen = of_classes(known(transit_stops, "transit_stops", "mode", shared), modes)
    return chosen, Asked(people, "people")


def _way(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    transit_stops: gpd.GeoDataFrame,
    chosen: NDArray[np.bool_],
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None,
    dem: Grid | None,
    radius: float,
    modes: tuple[str, ...],
    walk: Walk,
    shared: Shared | None,
) -> Walked:
    return walked(units, parcels, transit_stops, chosen, roads, entrances, dem, walk, shared,
                  metres=radius, into="station", alike=tuple(modes))  # fmt: skip


VARIANTS: tuple[Indicator, ...] = (
    variant(
        station_walk_coverage,
        "station_walk_coverage_residents",
        Text("轨道/公交站点步行可达居住人口覆盖率", "Residents within a walk of a station"),
        of="residents",
    ),
    variant(
        station_walk_coverage,
        "station_walk_coverage_jobs",
        Text("轨道/公交站点步行可达就业岗位覆盖率", "Jobs within a walk of a station"),
        of="jobs",
    ),
    variant(
        station_walk_coverage,
        "bus_stop_walk_coverage",
        Text("公交站点步行可达覆盖率", "Residents and jobs within a walk of a bus stop"),
        facts={"source": "GB/T 51328-2018"},
        modes=_BUS,
        radius=500.0,
    ),
)
