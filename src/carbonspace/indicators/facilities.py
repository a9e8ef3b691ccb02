"""Community facilities: which homes can walk to those of daily life."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.errors import UnstatedError
from carbonspace.indicators._on_foot import Asked, Whose, asked_of, causes, marked, share_on_foot
from carbonspace.indicators._shared import (
    Floats,
    arrays,
    known,
    numbers,
    of_classes,
    one_of,
    summed,
)
from carbonspace.indicators._sites import Types
from carbonspace.indicators._steps import PARCELS_BY_UNIT, cut_evidence, polygons_in, taken
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
from carbonspace.model.indicator import Indicator, LandCodes, Percent, indicator, variant
from carbonspace.model.maps import Sought
from carbonspace.model.measure import Measure
from carbonspace.model.places import FACILITIES, HOMES, is_home, serving
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

ALL_TYPES: Types = tuple(FACILITIES)
_FAR = ("facilities", "roads", "entrances")
_NOISE = 1e-9
_DEFINITION = Text(
    "居住用地（或常住人口）中，沿街道步行在规定时间内可到达所列各类设施（每一类至少一处）的部分所占比例。"
    "地块按其临街段中可达部分的长度计（只有街道穿越或止于其边界的，按这些点的"
    "个数计）；不临街的地块取最近街道点，所走距离计入。"
    "步速缺省 60 米/分钟（15 分钟 900 米），设施类型清单为本项目所列，均未核对。",
    "Share of residential land (or residents) from where one of each of the listed types of "
    "facilities can be walked to along streets in time. A parcel counts by the length of its "
    "front on streets from where they can (one that streets only cross or end at by the number of "
    "these places), one off the streets from the point of the nearest street, and the way there "
    "counts. 60 m/min by default (900 m in 15 minutes) and the list of "
    "types are our own choice, not verified.",
)


def _goals(settings: Mapping[str, Any]) -> Iterator[Sought]:
    for one in settings["facility_types"]:
        title = FACILITIES.get(one, Text(one, one))
        yield Sought(one, title, "facilities", "", walk_from(settings), partial(_of_type, one))


def _of_type(one: str, facilities: gpd.GeoDataFrame) -> np.ndarray:
    return of_classes(known(facilities, "facilities", "facility_type"), serving((one,)))


@indicator(
    title=Text("社区公共服务设施步行可达覆盖率", "Homes within a walk of community facilities"),
    unit="%",
    theme="facilities",
    aggregate="ratio",
    reach=walk_reach("facilities"),
    far=_FAR,
    whole=("parcels",),
    goals=_goals,
    looks=looks_at_slopes,
    source="PKU 2023 §7.6(三)客运3; 巴彦淖尔 二(一)3; 连云港 三9; TD/T 1063-2021",
    definition=_DEFINITION,
    verified=False,
)
def facility_15min_coverage(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None = None,
    dem: Grid | None = None,
    *,
    facility_types: Types = ALL_TYPES,
    minutes: Minutes = 15.0,
    whose: Whose = "homes",
    homes: LandCodes = HOMES,
    walk: Walk = AS_USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's homes, or residents, within a walk of every type.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    parcels
        Polygons with `land_use`, a 2023 code, or with `population`, as `whose` asks.
    facilities
        Points or polygons with `facility_type`.
    roads
        Centrelines with `road_class`; `level`, `bridge`, `tunnel` tell what crosses without
        meeting, `walk` who may use it.
    entrances
        Points with `entrance_to`: gates of compounds.
    dem
        Terrain, metres; needed where slopes slow people down (`walk`).
    facility_types
        Types that count; of each of them one has to be within the walk.
    minutes
        Longest walk.
    whose
        "homes": area of residential land; "residents": people of all parcels.
    homes
        Land-use codes of residential land, matched by prefix.
    walk
        How people walk, and on what network: see `Walk`.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no homes (residents). Numerators and denominators are m²
        (people). Evidence: the homes not wholly within the walk, column `missing` naming the
        types that are not; the way along streets and straight to the nearest one, and the
        missing link as of `park_walk_coverage`, where a single type is asked.

    Raises
    ------
    MissingColumnError
        If land use (population), the types of facilities or road classes are not known.
    MissingLayerError
        If slopes slow people down and there is no terrain.
    UnstatedError
        If the plan has no facility of a type, or no type is asked for.

    Notes
    -----
    PKU 2023 §7.6(三)客运3: 社区公共服务设施15分钟步行可达覆盖率.
    """
    asked = asked_of(units, parcels, whose, homes, shared)
    layers = (units, parcels, facilities, roads, entrances, dem)
    ways = _ways(layers, facility_types, minutes, walk, shared)
    if len(ways) == 1:
        chosen = of_classes(facilities["facility_type"], serving(facility_types))
        goals = arrays(units, facilities)[1][chosen]
        return share_on_foot(units, parcels, goals, asked, ways[facility_types[0]], shared)
    together = _together(ways, asked.held > 0)
    return _share_of_all(units, parcels, asked, np.nan_to_num(together), together, ways, shared)


@indicator(
    title=Text("完整居住社区覆盖率", "Complete communities"),
    unit="%",
    theme="facilities",
    aggregate="ratio",
    reach=walk_reach("facilities"),
    far=_FAR,
    whole=("parcels",),
    goals=_goals,
    looks=looks_at_slopes,
    source="巴彦淖尔市城乡建设领域碳达峰实施方案 二(一)3",
    definition=Text(
        "各类设施均可步行到达的居住地块（社区）占全部居住地块的比例：地块的临街段中，各类设施都在步行"
        "时限内的部分不少于下限即为完整。可按地块数或常住人口计。来源未给出判定方法：设施类型、时限与"
        "下限均为参数。跨单元的地块按面积计入各单元。",
        "Share of residential parcels (communities) that are complete: of whose front on streets "
        "at least the smallest share is within the walk of every type of facility. Counted by "
        "parcels or by residents. The source does not say how it is found: types, minutes and the "
        "smallest share are parameters. A parcel across units counts to each by area.",
    ),
    verified=False,
)
def complete_community_coverage(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None = None,
    dem: Grid | None = None,
    *,
    facility_types: Types = ALL_TYPES,
    minutes: Minutes = 15.0,
    min_share: Percent = 90.0,
    counted_by: Literal["parcels", "residents"] = "parcels",
    homes: LandCodes = HOMES,
    walk: Walk = AS_USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's residential parcels that are complete communities.

    Parameters
    ----------
    units, parcels, facilities, roads, entrances, dem, facility_types, minutes, homes, walk, shared
        As for `facility_15min_coverage`.
    min_share
        Smallest share of the front of a parcel within the walk of every type, percent.
    counted_by
        "parcels": each residential parcel is one; "residents": by their people.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no homes. Numerators and denominators are parcels (people).
        Evidence: the parcels that are not complete, the `share` of their front within the walk of
        every type, percent, and what they miss.

    Raises
    ------
    MissingColumnError
        If land use, the types of facilities, road classes or, where asked, people are not known.
    MissingLayerError
        If slopes slow people down and there is no terrain.
    UnstatedError
        If the plan has no facility of a type, or no type is asked for.
    """
    home = is_home(known(parcels, "parcels", "land_use", shared), homes)
    held = home.astype(float)
    if one_of("counted_by", counted_by, ("parcels", "residents")) == "residents":
        held = np.where(home, numbers(known(parcels, "parcels", "population", shared)), 0.0)
    layers = (units, parcels, facilities, roads, entrances, dem)
    ways = _ways(layers, facility_types, minutes, walk, shared)
    together = _together(ways, held > 0)
    # A parcel without any street, not a number, is never complete.
    complete = (together >= min_share / 100 * (1 - _NOISE)).astype(float)
    asked = Asked(held, "communities" if counted_by == "parcels" else "people")
    return _share_of_all(units, parcels, asked, complete, together, ways, shared)


_Layers = tuple[
    gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame,
    gpd.GeoDataFrame | None, Grid | None,
]  # fmt: skip
"""Units, parcels, facilities, roads, entrances, terrain."""


def _ways(
    layers: _Layers, types: tuple[str, ...], minutes: float, walk: Walk, shared: Shared | None
) -> dict[str, Walked]:
    """Return how parcels are reached from the facilities of each type.

    Raises
    ------
    UnstatedError
        If no type is asked for, or the plan has none of one: whether there is none or they are
        not drawn is not known.
    """
    units, parcels, facilities, roads, entrances, dem = layers
    kinds = _kinds(facilities, types, shared)
    return {
        one: walked(
            units, parcels, facilities, of_classes(kinds, serving((one,))), roads, entrances, dem,
            walk, shared, metres=minutes * walk.speed, alike=(one,),
        )
        for one in types
    }  # fmt: skip


def _kinds(
    facilities: gpd.GeoDataFrame, types: tuple[str, ...], shared: Shared | None
) -> pd.Series:
    """Return the type of each facility, where there are some of every type that is asked for."""
    if not types:
        raise UnstatedError(
            "facility_types is empty: expected at least one type. Name the types that count, or "
            "leave facility_types out for all of them.",
            "facility_types 为空：至少应有一种设施类型。请列出计入的类型，或不写以计入全部类型。",
        )
    kinds = known(facilities, "facilities", "facility_type", shared)
    everywhere = (shared or Shared()).values("facilities", facilities, "facility_type")
    if absent := [one for one in types if everywhere.isdisjoint(serving((one,)))]:
        raise UnstatedError(
            f"no facility of the plan is of the type {', '.join(absent)}. Give them in the layer "
            "facilities, or leave them out of facility_types.",
            f"规划中没有类型为 {'、'.join(absent)} 的设施。请在设施点图层中给出，"
            "或从 facility_types 中去掉。",
        )
    return kinds


def _together(ways: dict[str, Walked], asked: NDArray[np.bool_]) -> Floats:
    """Return the share of the front of parcels that are asked for within the walk of every type."""
    lots = next(iter(ways.values())).lots
    return lots.shares([one.found for one in ways.values()], asked)


def _share_of_all(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    asked: Asked,
    counted: Floats,
    share: Floats,
    ways: dict[str, Walked],
    shared: Shared | None,
) -> Measure:
    """Return the share of what parcels hold, of each so much as `counted` says.

    The evidence tells of each parcel the `share` of it within the walk of every type.
    """
    cut = polygons_in(units, parcels, PARCELS_BY_UNIT, shared)
    held = asked.held[cut.feature] * cut.share
    reached = counted[cut.feature]

    def evidence() -> gpd.GeoDataFrame:
        row = np.flatnonzero((held > 0) & (reached < 1))
        parcel = cut.feature[row]
        return cut_evidence(
            units,
            parcels,
            taken(cut, row),
            "parcel_id",
            cause=causes(share[parcel]),
            missing=_missing(ways, parcel, len(parcels)),
            share=100 * np.nan_to_num(share[parcel]),
            **{asked.column: held[row] * (1 - reached[row])},
        )

    return Measure.of(
        units.index,
        summed(cut.zone, held * reached, units),
        summed(cut.zone, held, units),
        scale=100.0,
        evidence=evidence,
    )


def _missing(ways: dict[str, Walked], parcel: np.ndarray, count: int) -> np.ndarray:
    """Return which types parcels do not wholly reach, in words."""
    asked = marked(parcel, count)
    short = {key: np.nan_to_num(one.share(asked)[parcel]) < 1 for key, one in ways.items()}
    rows = (", ".join(key for key in short if short[key][n]) for n in range(len(parcel)))
    return np.array([*rows], dtype=object)


_BY_TYPE = (
    ("kindergarten", 5.0, "幼儿园步行可达覆盖率", "a kindergarten"),
    ("primary_school", 10.0, "社区小学步行可达覆盖率", "a primary school"),
    ("middle_school", 15.0, "社区中学步行可达覆盖率", "a secondary school"),
    ("clinic", 15.0, "社区卫生设施步行可达覆盖率", "a clinic"),
    ("elderly_care", 5.0, "社区养老设施步行可达覆盖率", "care of the elderly"),
    ("culture", 15.0, "社区文化设施步行可达覆盖率", "a place of culture"),
    ("sports", 15.0, "社区体育设施步行可达覆盖率", "a place of sports"),
    ("market", 10.0, "社区菜市场（生鲜超市）步行可达覆盖率", "a food market"),
    ("shop", 15.0, "便民商业设施步行可达覆盖率", "an everyday shop"),
    ("community_centre", 15.0, "社区服务设施步行可达覆盖率", "community services"),
)
"""Minutes are those in the names of the indicators of TD/T 1063-2021 where it has one: 小学 10,
中学 15, 养老 5, 菜市场 10, 文化、体育 15; five for kindergartens is our own choice."""

VARIANTS: tuple[Indicator, ...] = tuple(
    variant(
        facility_15min_coverage,
        f"facility_coverage_{key}",
        Text(zh, f"Homes within a walk of {en}"),
        facility_types=(key,),
        minutes=minutes,
    )
    for key, minutes, zh, en in _BY_TYPE
)
