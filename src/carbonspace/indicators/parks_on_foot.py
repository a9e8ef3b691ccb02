"""Parks: which homes can walk to one along streets, and how much longer that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._on_foot import Whose, asked_of, detour_on_foot, share_on_foot
from carbonspace.indicators._shared import Geometries, arrays
from carbonspace.indicators._walking import (
    AS_USUAL,
    Minutes,
    Walk,
    Walked,
    looks_at_slopes,
    walk_from,
    walk_reach,
    walked,
)
from carbonspace.model.grid import Grid
from carbonspace.model.indicator import Indicator, LandCodes, SquareMetres, indicator, variant
from carbonspace.model.maps import Sought
from carbonspace.model.measure import Measure
from carbonspace.model.places import HOMES
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_FAR = ("parks", "roads", "entrances")
_NOISE = 1e-9


def _goals(settings: Mapping[str, Any]) -> Iterator[Sought]:
    least = settings["min_area"]
    size = (
        Text(f"（不小于 {least:g} 平方米）", f" of {least:g} m² and more")
        if least
        else Text("", "")
    )
    title = Text(f"公园{size.zh}", f"Parks{size.en}")
    yield Sought(
        f"parks_{least:g}m2" if least else "parks", title, "parks", "park", walk_from(settings),
        lambda parks: is_large(parks.geometry.to_numpy(), least),
    )  # fmt: skip


@indicator(
    title=Text("公园绿地步行可达覆盖率", "Homes within a walk of a park"),
    unit="%",
    theme="parks",
    aggregate="ratio",
    reach=walk_reach("parks"),
    far=_FAR,
    whole=("parcels",),
    goals=_goals,
    looks=looks_at_slopes,
    source="连云港市城乡建设领域碳达峰实施方案 (2024) 三11; TD/T 1063-2021",
    definition=Text(
        "居住用地（或常住人口）中，沿街道步行在规定时间内可到达公园的部分所占比例。公园沿其全部边界"
        "进入，给出出入口的只由出入口进入；地块按其临街段中可达部分的长度计（只有街道穿越或止于其边界的，"
        "按这些点的个数计），不临街的地块取最近街道点，"
        "所走距离计入。来源未给出步速与公园规模：缺省 60 米/分钟（1.0 m/s），未核对。",
        "Share of residential land (or residents) from where a park can be walked to along streets "
        "in time. A park is entered all along its edge, or only at its entrances where they are "
        "given; a parcel counts by the length of its front on streets from where the park is "
        "within the walk (one that streets only cross or end at by the number of these places), "
        "one off the streets from the point of the nearest street, and the way there counts. The "
        "sources state neither speed nor size of park: 60 m/min (1.0 m/s) by default, not "
        "verified.",
    ),
    verified=False,
)
def park_walk_coverage(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None = None,
    dem: Grid | None = None,
    *,
    whose: Whose = "homes",
    min_area: SquareMetres = 0.0,
    homes: LandCodes = HOMES,
    minutes: Minutes = 10.0,
    walk: Walk = AS_USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's homes, or residents, within a walk of a park.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    parcels
        Polygons with `land_use`, a 2023 code, or with `population`, as `whose` asks.
    parks
        Polygons.
    roads
        Centrelines with `road_class`; `level`, `bridge`, `tunnel` tell what crosses without
        meeting, `walk` who may use it.
    entrances
        Points with `entrance_to`: of parks, within 30 m of one, and gates of compounds.
    dem
        Terrain, metres; needed where slopes slow people down (`walk`).
    whose
        "homes": area of residential land; "residents": people of all parcels.
    min_area
        Smaller parks do not count, m².
    homes
        Land-use codes of residential land, matched by prefix.
    minutes
        Longest walk.
    walk
        How people walk, and on what network: see `Walk`.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no homes (residents). Numerators and denominators are m²
        (people). Evidence: the homes not wholly within the walk, the way to the nearest park
        along streets and straight, metres; where a link from a dead end to another street would
        bring a home within the walk, its metres in `link_m`, the way then in `linked_m`, and
        `link` itself as text (WKT).

    Raises
    ------
    MissingColumnError
        If land use (population) or road classes are not known.
    MissingLayerError
        If slopes slow people down and there is no terrain.

    Notes
    -----
    连云港 三11: 城市公园绿地十分钟服务圈覆盖率.
    """
    asked = asked_of(units, parcels, whose, homes, shared)
    way = _way(units, parcels, parks, roads, entrances, dem, min_area, minutes, walk, shared)
    return share_on_foot(units, parcels, _serving(units, parks, min_area), asked, way, shared)


@indicator(
    title=Text("公园步行绕行系数", "Detour on the way to a park"),
    unit="",
    theme="parks",
    aggregate="ratio",
    reach=walk_reach("parks"),
    far=_FAR,
    whole=("parcels",),
    goals=_goals,
    looks=looks_at_slopes,
    source="carbonspace",
    definition=Text(
        "步行时限内可到达公园的居住用地，至最近公园的街道距离与直线距离之比，按用地面积加权"
        "（先分别求和再相除）。与公园相接的用地不计；直线服务半径假定其为 1。",
        "Way along streets over straight distance to the nearest park, of residential land from "
        "where one can be walked to in time, weighted by area (both are summed, then divided). "
        "Homes that touch a park are left out; a straight service radius takes it for 1.",
    ),
    verified=False,
)
def park_walk_detour(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None = None,
    dem: Grid | None = None,
    *,
    min_area: SquareMetres = 0.0,
    homes: LandCodes = HOMES,
    minutes: Minutes = 15.0,
    walk: Walk = AS_USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Return how much longer the way to a park is along streets than straight.

    Parameters
    ----------
    units, parcels, parks, roads, entrances, dem, min_area, homes, minutes, walk, shared
        As for `park_walk_coverage`.

    Returns
    -------
    Measure
        A ratio; NaN where no home has a way. Numerators and denominators are m² times metres.

    Raises
    ------
    MissingColumnError
        If land use or road classes are not known.
    MissingLayerError
        If slopes slow people down and there is no terrain.
    """
    asked = asked_of(units, parcels, "homes", homes, shared)
    way = _way(units, parcels, parks, roads, entrances, dem, min_area, minutes, walk, shared)
    return detour_on_foot(units, parcels, _serving(units, parks, min_area), asked, way, shared)


def _way(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None,
    dem: Grid | None,
    min_area: float,
    minutes: float,
    walk: Walk,
    shared: Shared | None,
) -> Walked:
    chosen = is_large(arrays(units, parks)[1], min_area)
    return walked(units, parcels, parks, chosen, roads, entrances, dem, walk, shared,
                  metres=minutes * walk.speed, into="park", alike=(min_area,))  # fmt: skip


def _serving(units: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, min_area: float) -> Geometries:
    shapes = arrays(units, parks)[1]
    return shapes[is_large(shapes, min_area)]


def is_large(parks: Geometries, min_area: float) -> NDArray[np.bool_]:
    """Tell which parks are as large as those that count, m²."""
    return np.asarray(shapely.area(parks) >= min_area * (1 - _NOISE), dtype=bool)


VARIANTS: tuple[Indicator, ...] = (
    variant(
        park_walk_coverage,
        "park_walk_coverage_5min",
        Text("公园绿地步行五分钟覆盖率", "Homes within a five-minute walk of a park"),
        facts={"source": "TD/T 1063-2021"},
        minutes=5.0,
        min_area=400.0,
    ),
    variant(
        park_walk_coverage,
        "park_walk_coverage_15min",
        Text("公园绿地步行十五分钟覆盖率", "Homes within a fifteen-minute walk of a park"),
        minutes=15.0,
    ),
    variant(
        park_walk_coverage,
        "park_walk_population_share",
        Text("步行可达公园的人口占比", "Residents within a walk of a park"),
        facts={"source": "PKU 2023 §3.2"},
        whose="residents",
    ),
)
