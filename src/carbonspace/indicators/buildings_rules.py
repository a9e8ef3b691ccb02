"""Rules that name classes of buildings: stars, renewable energy, green materials."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np

from carbonspace.indicators._building_classes import (
    LARGE_COMPOUND_M2,
    SUPER_HIGH_M,
    classes_of,
    compound_reach,
    read_of,
    star_clauses,
)
from carbonspace.indicators._building_figures import parts_of, violations_of
from carbonspace.indicators._documents import BAYANNUR, LIANYUNGANG
from carbonspace.indicators._shade import Storey
from carbonspace.indicators._shared import Floats, filled, flag, known
from carbonspace.indicators._steps import floors_of_all
from carbonspace.model.indicator import Count, Metres, indicator
from carbonspace.model.layers import SEPARATOR
from carbonspace.model.levels import Level
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

Document = Literal["bayannur", "lianyungang"]
_LEVELS: tuple[Level, ...] = ("unit", "city", "building")
_COMMON = Text(
    "有豁免记录的不计，另行列出。佐证逐栋列出不符者及所依条款；各栋的数值供规则按类别判定。",
    "Those with a recorded exemption do not count and are told. The evidence lists each building "
    "that falls short with the clause read; rules judge the figure of each building by class.",
)


@indicator(
    title=Text("未达强制星级的新建建筑数量", "New buildings below the stars asked for"),
    unit="",
    theme="buildings",
    aggregate="sum",
    reach=compound_reach,
    source=f"{BAYANNUR} 二(二)5; {LIANYUNGANG} 二2",
    definition=Text(
        "新建建筑中星级低于条款要求的栋数，条款取 document 所列文件：按用途、投资主体、建筑面积（公"
        "建≥2 万 m²，所在居住地块住宅≥5 万 m²）、高度（大于 higher_than，缺省 100 米，凭记忆）、是"
        "否在新区认定类别，属多类者取最严。未说明星级的按无星级计；未说明投资主体的不属保障房或政府"
        "投资；无地块"
        f"或范围图层则不认定小区、新区。{_COMMON.zh}",
        "Number of new buildings with fewer stars than the clause asks of their class, in the "
        "document chosen: by use, who paid, floor area (public ones of 20,000 m², homes on a "
        "parcel with 50,000 m² of them), height (over `higher_than`, 100 m from memory) and new "
        "district; of several classes the strictest counts. One whose stars are not stated has "
        "none; one that does not say who paid is neither social housing nor government's; without "
        "parcels or "
        f"boundaries there are no compounds or new districts. {_COMMON.en}",
    ),
    levels=_LEVELS,
    verified=False,
)
def green_building_star_rule(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    document: Document = "bayannur",
    higher_than: Metres = SUPER_HIGH_M,
    storey_height: Storey = 3.0,
    shared: Shared | None = None,
) -> Measure:
    """Count the new buildings that have fewer stars than is asked of their class.

    Parameters
    ----------
    units
        Planning units; `unit_type` may say which are `new`.
    buildings
        Footprints with `green_star`, `use`, `is_new`; `funder`, `height`, `floors`, `floor_area`.
    parcels
        With `land_use`: those for homes are compounds.
    boundaries
        With `boundary_type`: new districts.
    document
        Whose clauses are read.
    higher_than
        Height above which a building is a super high-rise, metres.
    storey_height
        Height of a storey where only floors are known, metres.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Number of buildings. Evidence: these, with the `clause` and the stars `asked`. Parts: the
        stars of each building.

    Raises
    ------
    MissingColumnError
        If stars, uses, or which buildings are new, are not known of any.

    Notes
    -----
    巴彦淖尔 二(二)5: 机关办公建筑、保障性住房、公益性建筑、2万平方米以上大型公共建筑、
    5万平方米以上居住小区、
    城市新建区与绿色生态城区中民用建筑执行一星级以上绿色建筑标准，超高层建筑执行三星级绿色建筑标准.
    """
    known(buildings, "buildings", "green_star", shared)
    stars = filled(buildings, "green_star", np.zeros(len(buildings)))
    of = classes_of(
        units, buildings, parcels, boundaries, shared, storey=storey_height, super_high=higher_than
    )
    clauses = star_clauses(of, document)
    asked = np.max([one.stars * one.holds for one in clauses], axis=0)
    everyone = np.ones(len(buildings), dtype=bool)
    parts = parts_of(units, buildings, (stars, None), everyone, shared, about=of.selected)
    words = read_of(clauses, len(buildings))
    return violations_of(
        units, buildings, stars, stars < asked, parts, shared, clause=words, asked=asked
    )


@indicator(
    title=Text("未用可再生能源的应用建筑数量", "Buildings without the renewable energy asked for"),
    unit="",
    theme="buildings",
    aggregate="sum",
    source=f"{BAYANNUR} 前文; 二(四)15",
    definition=Text(
        "政府投资的新建公共建筑（用途 08）与实施节能改造的既有大型公共建筑（08、09，≥2 万 m²）中，"
        "所列可再生能源少于 min_types 种（缺省 1）的栋数；各栋的数值为其可再生能源的种数，未说明的"
        f"为 0。{_COMMON.zh}",
        "Number of buildings that name fewer types of renewable energy than `min_types` (1) among "
        "the new public ones (use 08) funded by government and the existing large public ones (08, "
        "09; 20,000 m² and more) that are retrofitted. The figure of each is how many types it "
        "names, 0 where it does not "
        f"say. {_COMMON.en}",
    ),
    levels=_LEVELS,
    verified=False,
)
def renewable_min_one(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    min_types: Count = 1,
    shared: Shared | None = None,
) -> Measure:
    """Count the buildings that should have renewable energy and have too few types of it.

    Parameters
    ----------
    units, shared
        As for `green_building_star_rule`.
    buildings
        Footprints with `renewables`, `funder`, `use`, `is_new`; `is_retrofitted`, `floor_area`.
    min_types
        Fewest types of renewable energy that they have to have.

    Returns
    -------
    Measure
        Number of buildings. Evidence: these, with the `clause`. Parts: the types each has.

    Raises
    ------
    MissingColumnError
        If renewables, funders, uses, or which buildings are new, are not known of any.

    Notes
    -----
    巴彦淖尔: 政府投资新建的公共建筑和既有大型公共建筑实施节能改造时，
    至少选择应用一种以上可再生能源.
    """
    known(buildings, "buildings", "funder", shared)
    types = _types(buildings, shared)
    of = classes_of(units, buildings, None, None, shared)
    funded = of.is_new & of.government & of.institution
    renewed = ~of.is_new & of.large_public & of.is_retrofitted
    source = f"{BAYANNUR} 二(四)15"
    clause = np.select(
        [funded, renewed],
        [f"{source}: 政府投资新建的公共建筑", f"{source}: 既有大型公共建筑实施节能改造"], "",
    )  # fmt: skip
    everyone = np.ones(len(buildings), dtype=bool)
    about = {"large_public": of.large_public}
    parts = parts_of(units, buildings, (types, None), everyone, shared, about=about)
    lacking = (funded | renewed) & (types < min_types)
    return violations_of(units, buildings, types, lacking, parts, shared, clause=clause)


@indicator(
    title=Text("未用绿色建材的重点建筑数量", "Leading buildings without green materials"),
    unit="",
    theme="buildings",
    aggregate="sum",
    reach=compound_reach,
    source=f"{BAYANNUR} 二(五)20",
    definition=Text(
        "2 万 m² 以上的公共建筑、5 万 m² 以上的居住建筑（单栋，或所在居住地块的住宅合计）与政府投资"
        "建筑中，未应用绿色建材的新建建筑栋数；未说明的按未应用计。条款为“率先采用”，不是强制要求。"
        f"{_COMMON.zh}",
        "Number of new buildings without green materials among public ones of 20,000 m² and more, "
        "homes of 50,000 m² and more (one building, or the homes of its parcel) and those funded "
        "by government; one that does not say has none. The clause says to take the lead: it is "
        f"no obligation. {_COMMON.en}",
    ),
    levels=_LEVELS,
    verified=False,
)
def green_materials_rule(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    shared: Shared | None = None,
) -> Measure:
    """Count the new buildings that are to take the lead in green materials and do not.

    Parameters
    ----------
    units, parcels, shared
        As for `green_building_star_rule`.
    buildings
        Footprints with `uses_green_materials`, `use`, `is_new`; `funder`, `floor_area`.

    Returns
    -------
    Measure
        Number of buildings. Evidence: these, with the `clause`. Parts: 1 where a building of these
        classes uses green materials, else 0.

    Raises
    ------
    MissingColumnError
        If green materials, uses, or which buildings are new, are not known of any.

    Notes
    -----
    巴彦淖尔 二(五)20: 2万平方米以上的公共建筑、5万平方米以上的居住建筑项目
    率先采用获得认证的绿色建材产品.
    """
    known(buildings, "buildings", "uses_green_materials", shared)
    uses = flag(buildings, "uses_green_materials").astype(float)
    of = classes_of(units, buildings, parcels, None, shared)
    alone = of.home & (floors_of_all(buildings, shared) >= LARGE_COMPOUND_M2)
    homes = of.large_compound | alone
    source = f"{BAYANNUR} 二(五)20"
    clause = np.select(
        [of.large_public, homes, of.government],
        [f"{source}: 2万平方米以上的公共建筑", f"{source}: 5万平方米以上的居住建筑",
         f"{source}: 政府投资项目"], "",
    )  # fmt: skip
    leading = of.is_new & (clause != "")
    parts = parts_of(units, buildings, (uses, None), leading, shared, about=of.selected)
    return violations_of(units, buildings, uses, leading & (uses < 1), parts, shared, clause=clause)


def _types(buildings: gpd.GeoDataFrame, shared: Shared | None) -> Floats:
    """Return how many types of renewable energy each building names."""
    named = known(buildings, "buildings", "renewables", shared).astype("string").fillna("")
    return np.array([len({one.strip() for one in text.split(SEPARATOR)} - {""}) for text in named],
                    dtype=float)  # fmt: skip
