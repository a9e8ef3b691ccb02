"""Facilities: which compounds, towns and villages hold one, or have one near."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.errors import MissingLayerError
from carbonspace.indicators._documents import BAYANNUR, PKU, SHANGDANG
from carbonspace.indicators._outermost import outermost_of
from carbonspace.indicators._rows import rows_by_place
from carbonspace.indicators._shared import (
    ON_EDGE_M,
    arrays,
    known,
    of_classes,
    one_of,
    places,
)
from carbonspace.indicators._sites import Types, of_kinds
from carbonspace.indicators._steps import PARCELS_BY_UNIT
from carbonspace.indicators._traits import Flags, Held, flagged, held_by, share_of
from carbonspace.model.coded import SUBDISTRICT_KINDS
from carbonspace.model.indicator import Indicator, LandCodes, Metres, Unit, indicator, variant
from carbonspace.model.kinds import Choice, Listed
from carbonspace.model.measure import Measure
from carbonspace.model.places import HOMES, is_home
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

Kinds = Annotated[tuple[str, ...], Unit("code"), Listed(Choice(tuple(SUBDISTRICT_KINDS)))]
ServedBy = Literal["flag", "facilities"]
SUBDISTRICTS_BY_UNIT = "subdistricts by unit"
_WASTE = flagged("有生活垃圾收运", "whose waste is collected", "has_waste_collection")
_ACROSS = Text("跨单元的按面积分摊。", "One across units counts to each by its ground.")


@indicator(
    title=Text("居住小区设施配置率", "Residential compounds with a facility"),
    unit="%",
    theme="facilities",
    aggregate="ratio",
    levels=("unit", "city", "parcel"),
    reach=lambda chosen, _: max(chosen["radius"], ON_EDGE_M),
    far=("facilities",),
    whole=("parcels",),
    source=f"{PKU} §7.5(五)2, §7.6(五)1; {SHANGDANG} §七",
    definition=Text(
        "居住地块中，地块内（radius 大于 0 时，边界外该直线距离以内）有所选类型设施的个数占比，"
        "按地块数计。" + _ACROSS.zh + "以居住地块代小区是本工具的读法。",
        "Share of residential parcels, by their number, that have a facility of the chosen types "
        "in them, or where radius is more than 0 so near in a straight line. " + _ACROSS.en
        + " That a residential parcel is a compound is our reading.",
    ),
)  # fmt: skip
def places_served_share(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    facility_types: Types = ("community_centre",),
    radius: Metres = 0.0,
    homes: LandCodes = HOMES,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of residential parcels that hold a facility, or have one near.

    Parameters
    ----------
    units
        Planning units.
    parcels
        Polygons with `land_use`.
    facilities
        Points or polygons with `facility_type`.
    facility_types
        Types that serve, any of them.
    radius
        How far from the parcel one may be, metres; 0: in it or at its edge.
    homes
        Land-use codes of residential land, matched by prefix.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; numerators and denominators are parcels. `parts` has one row per residential
        parcel, 0 or 100. Evidence: the parcels without.

    Raises
    ------
    MissingColumnError
        If land use or the types of facilities are not known.
    UnstatedError
        If the plan has no facility of these types.

    Notes
    -----
    PKU §7.5(五)2: drop-off points in compounds and at workplaces, without a value.
    """
    home = is_home(known(parcels, "parcels", "land_use", shared), homes)
    served = _served(units, parcels, facilities, facility_types, radius, shared)
    one_each = np.ones(len(parcels))
    measure = share_of(units, parcels, PARCELS_BY_UNIT, one_each, Held(served & home, home), shared,
                       facts=("land_use",))  # fmt: skip
    rows = rows_by_place(units, parcels, "parcel", (served.astype(float), one_each), shared,
                         scale=100.0, chosen=home, facts=("land_use",))  # fmt: skip
    return replace(measure, parts={"parcel": rows})


def _served(
    units: gpd.GeoDataFrame,
    layer: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    types: tuple[str, ...],
    radius: float,
    shared: Shared | None,
) -> Flags:
    """Return which polygons have a facility of the types in them or within the radius."""
    _, shapes, sites = arrays(units, layer, facilities)
    sites = sites[of_kinds(facilities, types, shared)]
    found, _ = shapely.STRtree(sites).query(shapes, predicate="dwithin",
                                        distance=max(radius, ON_EDGE_M))  # fmt: skip
    served = np.zeros(len(layer), dtype=bool)
    served[found] = True
    return served


@indicator(
    title=Text("建制镇污水处理设施覆盖率", "Towns with a sewage plant"),
    unit="%",
    theme="facilities",
    aggregate="ratio",
    reach=lambda chosen, _: max(chosen["radius"], ON_EDGE_M),
    far=("facilities",),
    whole=("subdistricts",),
    source=f"{BAYANNUR} 二(三)13",
    definition=Text(
        "所选类别（缺省为镇）的街道、镇、村中，范围内（radius 大于 0 时，边界外该直线距离以内）有所"
        "选"
        "类型设施的个数占比。" + _ACROSS.zh,
        "Share of the subdistricts of the chosen kinds (towns by default), by their number, that "
        "have a facility of the chosen types in them, or where radius is more than 0 so near in a "
        "straight line. " + _ACROSS.en,
    ),
)  # fmt: skip
def town_sewage_coverage(
    units: gpd.GeoDataFrame,
    subdistricts: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    facility_types: Types = ("sewage_plant",),
    subdistrict_kinds: Kinds = ("town",),
    radius: Metres = 0.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of towns that hold a facility, or have one near.

    Parameters
    ----------
    units, facilities, facility_types, radius, shared
        As for `places_served_share`.
    subdistricts
        Polygons with `subdistrict_kind`.
    subdistrict_kinds
        Kinds that count.

    Returns
    -------
    Measure
        Percent; numerators and denominators are towns. Evidence: the towns without.

    Raises
    ------
    MissingColumnError
        If the kinds of subdistricts or the types of facilities are not known.
    UnstatedError
        If the plan has no facility of these types.

    Notes
    -----
    巴彦淖尔 二(三)13: 到2025年全市建制镇生活污水处理设施达到全覆盖.
    """
    counts = _of_kind(subdistricts, subdistrict_kinds, shared)
    served = _served(units, subdistricts, facilities, facility_types, radius, shared)
    return _share(units, subdistricts, Held(served & counts, counts), shared)


@indicator(
    title=Text("村庄生活垃圾收运覆盖率", "Villages whose waste is collected"),
    unit="%",
    theme="facilities",
    aggregate="ratio",
    reach=lambda chosen, _: (
        max(chosen["radius"], ON_EDGE_M) if chosen["served_by"] == "facilities" else 0.0
    ),
    far=("facilities",),
    whole=("subdistricts",),
    source=f"{BAYANNUR} 二(三)12",
    definition=Text(
        "行政村中有生活垃圾收运的个数占比。served_by=flag 取 has_waste_collection（未说明按没有计）"
        "，facilities 取村域内或 radius（缺省 2 公里，本工具的约定）以内有垃圾收集站的村。"
        + _ACROSS.zh,
        "Share of villages, by their number, whose waste is collected: by has_waste_collection "
        "(one that does not say counts as without), or with served_by=facilities those with a "
        "refuse station in them or within radius (2 km: our own choice). " + _ACROSS.en,
    ),
    verified=False,
)
def rural_waste_coverage(
    units: gpd.GeoDataFrame,
    subdistricts: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame | None = None,
    *,
    served_by: ServedBy = "flag",
    facility_types: Types = ("refuse_station",),
    subdistrict_kinds: Kinds = ("village",),
    radius: Metres = 2000.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of villages whose waste is collected.

    Parameters
    ----------
    units, facility_types, radius, shared
        As for `places_served_share`.
    subdistricts
        Polygons with `subdistrict_kind` and, where `served_by` is "flag", `has_waste_collection`.
    facilities
        Points or polygons with `facility_type`; needed where `served_by` is "facilities".
    served_by
        What tells that the waste of a village is collected.
    subdistrict_kinds
        Kinds that count.

    Returns
    -------
    Measure
        Percent; numerators and denominators are villages. Evidence: the villages without.

    Raises
    ------
    MissingColumnError
        If the kinds of subdistricts, or what tells, are not known.
    MissingLayerError
        If facilities tell and there are none.
    UnstatedError
        If facilities tell and the plan has none of these types.

    Notes
    -----
    巴彦淖尔 二(三)12: 到2025年农村牧区生活垃圾收运处置体系覆盖行政村90%以上.
    """
    counts = _of_kind(subdistricts, subdistrict_kinds, shared)
    if one_of("served_by", served_by, ("flag", "facilities")) == "flag":
        told = held_by(subdistricts, "subdistricts", _WASTE, counts, shared)
        return _share(units, subdistricts, told, shared)
    if facilities is None:
        raise MissingLayerError("facilities")
    served = _served(units, subdistricts, facilities, facility_types, radius, shared)
    return _share(units, subdistricts, Held(served & counts, counts), shared)


@indicator(
    title=Text("各街道（镇）设施最少个数", "Fewest facilities of any subdistrict"),
    unit="",
    theme="facilities",
    aggregate="min",
    reach=ON_EDGE_M,
    far=("facilities",),
    whole=("subdistricts",),
    source=f"{PKU} §7.5(五)2",
    definition=Text(
        "与单元相交的各街道（镇）中，所选类型设施个数最少的一个的个数；不小于 1 即每个街道（镇）都"
        "有。街道按其全部范围计，位于街道边界上的设施计入两侧。各街道（镇）的个数见证据。",
        "The number of facilities of the chosen types in that subdistrict of those the unit meets "
        "that has the fewest: at least 1 where each has one. A subdistrict counts with all of its "
        "ground, a facility on the boundary of two counts to both. The number of each is in the "
        "evidence.",
    ),
    decimals=0,
)
def facilities_per_subdistrict(
    units: gpd.GeoDataFrame,
    subdistricts: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    facility_types: Types = ("community_centre",),
    subdistrict_kinds: Kinds = ("street", "town"),
    shared: Shared | None = None,
) -> Measure:
    """Return the fewest facilities of any subdistrict that each unit meets.

    Parameters
    ----------
    units, facilities, facility_types, shared
        As for `places_served_share`.
    subdistricts
        Polygons with `subdistrict_kind`.
    subdistrict_kinds
        Kinds that count.

    Returns
    -------
    Measure
        Number of facilities, the least; NaN where a unit meets no subdistrict. Evidence: the
        subdistricts with their number (`value`).

    Raises
    ------
    MissingColumnError
        If the kinds of subdistricts or the types of facilities are not known.
    UnstatedError
        If the plan has no facility of these types.

    Notes
    -----
    PKU §7.5(五)2: 在每个街道（镇）建立回收站.
    """
    chosen = _of_kind(subdistricts, subdistrict_kinds, shared)
    shapes = arrays(units, subdistricts)[1][chosen]
    sites = places(facilities)[of_kinds(facilities, facility_types, shared)]
    holder, _ = shapely.STRtree(sites).query(shapes, predicate="dwithin", distance=ON_EDGE_M)
    number = np.bincount(holder, minlength=len(shapes)).astype(float)
    return outermost_of(units, subdistricts[chosen], shapes, (number, None), "subdistrict_id",
                        "min", 1.0)  # fmt: skip


def _of_kind(
    subdistricts: gpd.GeoDataFrame, kinds: tuple[str, ...], shared: Shared | None
) -> Flags:
    return of_classes(known(subdistricts, "subdistricts", "subdistrict_kind", shared), kinds)


def _share(
    units: gpd.GeoDataFrame, subdistricts: gpd.GeoDataFrame, held: Held, shared: Shared | None
) -> Measure:
    one_each = np.ones(len(subdistricts))
    return share_of(units, subdistricts, SUBDISTRICTS_BY_UNIT, one_each, held, shared,
                    facts=("name", "subdistrict_kind"))  # fmt: skip


VARIANTS: tuple[Indicator, ...] = (
    variant(
        places_served_share, "recycling_point_coverage",
        Text("可回收物投放点小区覆盖率", "Residential compounds with a recycling point"),
        facility_types=("recycling_point",),
    ),
    variant(
        facilities_per_subdistrict, "recycling_station_per_subdistrict",
        Text("各街道（镇）回收站最少个数", "Fewest recycling stations of any subdistrict"),
        facility_types=("recycling_station",),
    ),
)  # fmt: skip
