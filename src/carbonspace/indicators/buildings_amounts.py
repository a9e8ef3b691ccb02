"""How many buildings are tall or have a trait, and how much floor area that is."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._building_figures import parts_of
from carbonspace.indicators._building_traits import (
    EVERY,
    PUBLIC,
    TRAITS,
    Asked,
    TraitName,
    asked_of,
    having,
    sum_of,
)
from carbonspace.indicators._documents import (
    BAYANNUR,
    HEALTH_CHECK_2021,
    JIUJIANG,
    LIANYUNGANG,
    PKU,
    SHANGDANG,
)
from carbonspace.indicators._shade import Storey
from carbonspace.indicators._shared import flag, is_unknown, spread
from carbonspace.indicators._steps import BUILDINGS_BY_UNIT, floors_of_all, polygons_in
from carbonspace.indicators._traits import held_by, listed
from carbonspace.model.floors import floor_areas, heights
from carbonspace.model.indicator import Indicator, Metres, indicator, variant
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

PAST_BUILDINGS_BY_UNIT = "past buildings by unit"


@indicator(
    title=Text("具有某项特征的建筑面积", "Floor area with a trait"),
    unit="m²",
    theme="buildings",
    aggregate="sum",
    source=f"{BAYANNUR} 二(二)7",
    definition=Text(
        "具有所选特征的建筑的建筑面积之和；未说明者不计；未说明是否新建的按既有建筑计；"
        "跨单元的建筑按基底面积分摊。",
        "Floor area of the buildings that have the trait; one that does not say has it not, and "
        "one that does not say whether it is new counts as an existing one. One that lies in "
        "several units counts to each by its footprint.",
    ),
    decimals=0,
)
def floor_area_with(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    trait: TraitName = "retrofitted",
    asked: Asked = EVERY,
    shared: Shared | None = None,
) -> Measure:
    """Return the floor area of the buildings that have a trait.

    Parameters
    ----------
    units, buildings, trait, asked, shared
        As for `floor_area_share`.

    Returns
    -------
    Measure
        m² of floor. Evidence: the buildings that have the trait.

    Raises
    ------
    MissingColumnError
        If the trait, or a use or age that is asked for, is not known of any building.

    Notes
    -----
    巴彦淖尔 二(二)7: 到2025年完成既有建筑节能改造90万平方米.
    """
    chosen = having(buildings, trait, asked_of(buildings, asked, shared), shared)
    return sum_of(units, buildings, floors_of_all(buildings, shared), chosen, shared)


@indicator(
    title=Text("具有某项特征的建筑数量", "Buildings with a trait"),
    unit="",
    theme="buildings",
    aggregate="sum",
    source=f"{SHANGDANG} §六",
    definition=Text(
        "具有所选特征的建筑栋数；跨单元的建筑按基底面积分摊。",
        "Number of buildings that have the trait; one that lies in several units counts to each "
        "in parts, by its footprint.",
    ),
)
def building_count(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    trait: TraitName = "near_zero",
    asked: Asked = EVERY,
    shared: Shared | None = None,
) -> Measure:
    """Count the buildings that have a trait.

    Parameters
    ----------
    units, buildings, trait, asked, shared
        As for `floor_area_share`.

    Returns
    -------
    Measure
        Number of buildings. Evidence: these.

    Raises
    ------
    MissingColumnError
        If the trait, or a use or age that is asked for, is not known of any building.

    Notes
    -----
    上党 §六: 规划在高铁科创文化片区新建近零能耗建筑/零碳建筑项目 1 项.
    """
    chosen = having(buildings, trait, asked_of(buildings, asked, shared), shared)
    return sum_of(units, buildings, np.ones(len(buildings)), chosen, shared)


@indicator(
    title=Text("高于某高度的建筑数量", "Buildings above a height"),
    unit="",
    theme="buildings",
    aggregate="sum",
    source=f"{BAYANNUR} 二(一)1; {JIUJIANG} 二(一); {PKU} §7.6(四)9",
    definition=Text(
        "高度大于限值的建筑栋数；高度未知按层数与层高推算，两者均未知的不计。超高层按 100 米"
        "（GB 50352，凭记忆，未核实）。跨单元的建筑按基底面积分摊；有豁免记录的不计，另行列出。",
        "Number of buildings higher than the limit. Where the height is not known it is the floors "
        "by a storey's height; where neither is, the building does not count. 100 m for super "
        "high-rises follows GB 50352 from memory, unverified. A building in several units counts "
        "to each in parts, by its footprint; one with a recorded exemption does not count, and is "
        "told.",
    ),
    levels=("unit", "city", "building"),
    verified=False,
)
def tall_building_count(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    higher_than: Metres = 100.0,
    storey_height: Storey = 3.0,
    asked: Asked = EVERY,
    shared: Shared | None = None,
) -> Measure:
    """Count the buildings above a height.

    Parameters
    ----------
    units, asked, shared
        As for `floor_area_share`.
    buildings
        Footprints with `height` (m) or `floors`.
    higher_than
        Height above which a building counts, metres.
    storey_height
        Height of a storey where only floors are known, metres.

    Returns
    -------
    Measure
        Number of buildings. Evidence: these. `parts` has one row per building that is asked: 1
        where it is higher, else 0.

    Raises
    ------
    MissingColumnError
        If neither heights nor floors are known of any building, or a use or age that is asked for.

    Notes
    -----
    巴彦淖尔 二(一)1: 严格控制新建超高层建筑，一般不得新建超高层住宅.
    """
    if all(is_unknown(buildings, "buildings", one, shared) for one in ("height", "floors")):
        raise MissingColumnError("buildings", "height")
    tall = heights(buildings, storey_height) > higher_than
    everyone = asked_of(buildings, asked, shared)
    one = np.ones(len(buildings))
    measure = sum_of(units, buildings, one, everyone & tall, shared, excused=True)
    figures = tall.astype(float), None
    parts = parts_of(units, buildings, figures, everyone, shared)
    return replace(measure, parts={"building": parts})


@indicator(
    title=Text("节能改造面积增长", "Growth of retrofitted floor area"),
    unit="%",
    theme="buildings",
    aggregate="ratio",
    source=f"{LIANYUNGANG} 二6",
    definition=Text(
        "已节能改造的建筑面积较基期（past_buildings 图层）的增幅：现状减基期，除以基期。"
        "基期没有改造面积的单元没有数值。",
        "By how much the retrofitted floor area has grown since the base year (layer "
        "past_buildings): what there is now less what there was, over what there was. A unit "
        "without any then has no value.",
    ),
    decimals=1,
)
def retrofit_area_growth(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    past_buildings: gpd.GeoDataFrame,
    *,
    shared: Shared | None = None,
) -> Measure:
    """Return by how much the retrofitted floor area has grown.

    Parameters
    ----------
    units, shared
        As for `floor_area_share`.
    buildings, past_buildings
        Footprints now and in the base year, with `is_retrofitted`, and `floor_area` or `floors`.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m² of floor. Evidence: what is retrofitted now.

    Raises
    ------
    MissingColumnError
        If `is_retrofitted` is not known of any building of either layer.

    Notes
    -----
    连云港 二6: 全市既有建筑绿色节能改造面积较2023年提高10%.
    """
    everyone = np.ones(len(past_buildings), dtype=bool)
    held_by(past_buildings, "past_buildings", TRAITS["retrofitted"], everyone, shared)
    area = floors_of_all(buildings, shared)
    now = having(buildings, "retrofitted", np.ones(len(buildings), dtype=bool), shared)
    then = flag(past_buildings, "is_retrofitted") * floor_areas(past_buildings)
    cut = polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared)
    past = polygons_in(units, past_buildings, PAST_BUILDINGS_BY_UNIT, shared)
    there = spread(past, then, units)
    here = spread(cut, area * now, units)
    return Measure.of(
        units.index, here - there, there, scale=100.0,
        evidence=lambda: listed(units, buildings, cut, area, now, ("name", "use")),
    )  # fmt: skip


VARIANTS: tuple[Indicator, ...] = (
    variant(
        floor_area_with, "retrofit_area",
        Text("既有建筑节能改造面积", "Retrofitted floor area of existing buildings"),
        trait="retrofitted", age="existing",
    ),
    variant(
        building_count, "near_zero_project_count",
        Text("近零能耗或零碳建筑项目数", "Buildings of nearly zero energy"),
        trait="near_zero",
    ),
    variant(
        tall_building_count, "super_highrise_count",
        Text("新建超高层建筑数量", "New super high-rises"),
        higher_than=100.0, age="new",
    ),
    variant(
        tall_building_count, "super_highrise_residential_count",
        Text("新建超高层住宅数量", "New super high-rise homes"),
        higher_than=100.0, uses=("07",), age="new",
    ),
    variant(
        tall_building_count, "residential_gt80m_count",
        Text("新建高层住宅数量（超过限高）", "New homes above the height of the health check"),
        facts={"source": HEALTH_CHECK_2021}, higher_than=80.0, uses=("07",), age="new",
    ),
    variant(
        tall_building_count, "public_building_gt50m",
        Text("高层公共建筑数量（消防重点）", "High public buildings, for fire safety"),
        facts={"source": f"{SHANGDANG} §九"}, higher_than=50.0, uses=PUBLIC,
    ),
)  # fmt: skip
