"""Buildings: what share of the floor area is green, prefabricated, low or to be pulled down."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import geopandas as gpd
import numpy as np

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._building_figures import parts_of
from carbonspace.indicators._building_traits import (
    CIVIL,
    EVERY,
    FACTS,
    PUBLIC,
    TRAITS,
    Asked,
    TraitName,
    asked_of,
)
from carbonspace.indicators._documents import (
    BAYANNUR,
    COUNTY_2021,
    JIUJIANG,
    LIANYUNGANG,
    PEAK_2022,
    PKU,
    SHANGDANG,
)
from carbonspace.indicators._shared import Floats, filled, is_unknown
from carbonspace.indicators._steps import BUILDINGS_BY_UNIT, floors_of_all
from carbonspace.indicators._traits import Held, Unstated, held_by, share_of
from carbonspace.model.indicator import Count, Indicator, SquareMetres, Unit, indicator, variant
from carbonspace.model.kinds import Number
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

Stars = Annotated[int, Unit(""), Number(low=0, high=3, whole=True)]


@indicator(
    title=Text("具有某项特征的建筑面积占比", "Share of floor area with a trait"),
    unit="%",
    theme="buildings",
    aggregate="ratio",
    source=f"{JIUJIANG} 一(三), 二(三)",
    definition=Text(
        "具有所选特征的建筑面积除以所选建筑的总建筑面积，按面积而非栋数。未说明是否具有的按不具有计"
        "（unstated=left_out 时不计入），未说明是否新建的按既有建筑计；跨单元的按基底面积分摊。",
        "Floor area of the buildings that have the trait over that of all buildings asked, by "
        "floor area and not by number. One that does not say so has it not (is in neither with "
        "unstated=left_out); one that does not say whether it is new counts as an existing one; "
        "one in several units counts to each by its footprint.",
    ),
    decimals=1,
)
def floor_area_share(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    trait: TraitName = "green",
    asked: Asked = EVERY,
    unstated: Unstated = "without",
    shared: Shared | None = None,
) -> Measure:
    """Return the share of the floor area asked that is in buildings with a trait.

    Parameters
    ----------
    units
        Planning units.
    buildings
        Footprints with `floor_area` (m²) or `floors`, and the columns of the trait.
    trait
        What is looked for: a key of `TRAITS`.
    asked
        Which buildings count.
    unstated
        What a building counts as that says nothing of the trait.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m² of floor. Evidence: the buildings that fall
        short, with `amount`, their floor area in the unit.

    Raises
    ------
    MissingColumnError
        If the trait, or a use or age that is asked for, is not known of any building.

    Notes
    -----
    九江 一(三): 新建民用建筑中绿色建筑面积占比达100%.
    """
    chosen = asked_of(buildings, asked, shared)
    held = held_by(buildings, "buildings", TRAITS[trait], chosen, shared, unstated=unstated)
    return _share(units, buildings, held, shared)


@indicator(
    title=Text("低层与多层建筑面积占比", "Share of floor area in low buildings"),
    unit="%",
    theme="buildings",
    aggregate="ratio",
    source=f"{SHANGDANG} §九; {BAYANNUR} 二(一)2; {COUNTY_2021}",
    definition=Text(
        "地上层数不超过上限（含）的建筑面积除以所选建筑的总建筑面积；层数未知的不计入。",
        "Floor area of the buildings with at most so many floors above ground, over that of all "
        "buildings asked; those whose floors are not known are left out.",
    ),
    decimals=1,
)
def low_rise_floor_share(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    max_floors: Count = 6,
    asked: Asked = EVERY,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of the floor area asked that is in buildings of few floors.

    Parameters
    ----------
    units, asked, shared
        As for `floor_area_share`.
    buildings
        Footprints with `floors`.
    max_floors
        Most floors above ground that still count, this number included.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m² of floor. Evidence: the higher buildings.

    Raises
    ------
    MissingColumnError
        If floors, or a use or age that is asked for, are not known of any building.

    Notes
    -----
    上党 §九: 6层及以下住宅建筑面积占比应不低于70%. Six floors count (建村〔2021〕45号).
    """
    floors = _numbers(buildings, "floors", shared)
    chosen = asked_of(buildings, asked, shared) & ~np.isnan(floors)
    return _share(units, buildings, Held((floors <= max_floors) & chosen, chosen), shared)


@indicator(
    title=Text("达到某星级的建筑面积占比", "Share of floor area of a star grade"),
    unit="%",
    theme="buildings",
    aggregate="ratio",
    source=f"{JIUJIANG} 一(三); {PKU} §7.6(四)13",
    definition=Text(
        "绿色建筑星级不低于规定星级的建筑面积除以所选建筑的总建筑面积；未说明星级的按无星级计。"
        "九江以当年绿色建筑为分母，上海以新建民用建筑为分母。",
        "Floor area of the buildings of at least so many stars over that of all buildings asked; "
        "one whose stars are not stated has none. Jiujiang divides by green buildings, Shanghai by "
        "new civil ones.",
    ),
    decimals=1,
)
def star_floor_share(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    min_star: Stars = 1,
    asked: Asked = EVERY,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of the floor area asked that is in buildings of a star grade.

    Parameters
    ----------
    units, asked, shared
        As for `floor_area_share`.
    buildings
        Footprints with `green_star`, 0 to 3.
    min_star
        Fewest stars that count.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m² of floor. Evidence: buildings of fewer stars.

    Raises
    ------
    MissingColumnError
        If stars, or a use, age or trait that is asked for, are not known of any building.

    Notes
    -----
    九江 一(三): 实施星级绿色建筑标识项目总面积占当年绿色建筑总面积比例力争达到30%.
    """
    stars = np.nan_to_num(_numbers(buildings, "green_star", shared), nan=-1.0)
    chosen = asked_of(buildings, asked, shared)
    return _share(units, buildings, Held((stars >= min_star) & chosen, chosen), shared)


@indicator(
    title=Text("中等体量建筑占比", "Share of buildings of middle size"),
    unit="%",
    theme="buildings",
    aggregate="ratio",
    source=f"{PKU} §7.9(二)1",
    definition=Text(
        "建筑面积在两限之间（含）的建筑占比，按栋数或按建筑面积。上下限出自研究结论，不是目标值。",
        "Share of the buildings whose floor area lies between two bounds, these included: by "
        "number or by floor area. The bounds are a finding of research and no target.",
    ),
    levels=("unit", "city", "building"),
    decimals=1,
)
def mid_size_building_share(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    counted_as: Literal["number", "floor_area"] = "number",
    size_from: SquareMetres = 7000.0,
    size_to: SquareMetres = 12000.0,
    asked: Asked = EVERY,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of buildings of middle size.

    Parameters
    ----------
    units, buildings, asked, shared
        As for `floor_area_share`.
    counted_as
        What is counted.
    size_from, size_to
        Least and greatest floor area of a building of middle size, m².

    Returns
    -------
    Measure
        Percent. Evidence: the others. `parts`, by building: 100 or 0.

    Notes
    -----
    §7.9(二)1: 7000~12000 平方米的中等体量建筑的单位能耗较低.
    """
    area = floors_of_all(buildings, shared)
    chosen = asked_of(buildings, asked, shared)
    middle = (area >= size_from) & (area <= size_to) & chosen
    amounts = area if counted_as == "floor_area" else np.ones(len(buildings))
    held = Held(middle, chosen)
    measure = share_of(units, buildings, BUILDINGS_BY_UNIT, amounts, held, shared, facts=FACTS)
    parts = parts_of(units, buildings, (amounts * middle, amounts), chosen, shared, scale=100.0)
    return replace(measure, parts={"building": parts})


@indicator(
    title=Text("房屋空置率", "Vacant floor area"),
    unit="%",
    theme="buildings",
    aggregate="ratio",
    source=f"{BAYANNUR} 二(一)1; {JIUJIANG} 二(一)",
    definition=Text(
        "空置建筑面积除以空置情况已知的建筑的总建筑面积。条文只要求降低，没有数值。",
        "Vacant floor area over the floor area of the buildings that say how much is vacant. The "
        "clauses ask for less of it and state no value.",
    ),
    decimals=1,
)
def vacancy_rate(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    asked: Asked = EVERY,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of floor area that is vacant.

    Parameters
    ----------
    units, asked, shared
        As for `floor_area_share`.
    buildings
        Footprints with `vacant_area`, m² of floor; those without are left out.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m² of floor. Evidence: buildings with vacant floor.

    Raises
    ------
    MissingColumnError
        If vacant floor is not known of any building.

    Notes
    -----
    巴彦淖尔 二(一)1: 盘活存量房屋, 减少各类空置房.
    """
    vacant = _numbers(buildings, "vacant_area", shared)
    area = floors_of_all(buildings, shared)
    chosen = asked_of(buildings, asked, shared) & ~np.isnan(vacant) & (area > 0)
    part = np.divide(np.nan_to_num(vacant), area, out=np.zeros(len(area)), where=area > 0)
    return share_of(units, buildings, BUILDINGS_BY_UNIT, area,
                    Held(part * chosen, chosen, good=False), shared, facts=FACTS)  # fmt: skip


def _share(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, held: Held, shared: Shared | None
) -> Measure:
    """Return the share of the floor area asked that buildings of a trait have."""
    area = floors_of_all(buildings, shared)
    return share_of(units, buildings, BUILDINGS_BY_UNIT, area, held, shared, facts=FACTS)


def _numbers(buildings: gpd.GeoDataFrame, column: str, shared: Shared | None) -> Floats:
    """Return a column that has to be known as floats, NaN where there is no value."""
    if is_unknown(buildings, "buildings", column, shared):
        raise MissingColumnError("buildings", column)
    return filled(buildings, column, np.full(len(buildings), np.nan))


VARIANTS: tuple[Indicator, ...] = (
    variant(
        low_rise_floor_share, "residential_le6_floor_share",
        Text("六层及以下新建住宅建筑面积占比", "New homes of six floors and fewer"),
        max_floors=6, uses=("07",), age="new",
    ),
    variant(
        floor_area_share, "green_building_share",
        Text("绿色建筑面积占比", "Green buildings"),
        trait="green", uses=CIVIL, age="new",
    ),
    variant(
        floor_area_share, "green_building_share_completed",
        Text("新竣工民用建筑中绿色建筑占比", "Green among newly completed civil buildings"),
        trait="green", uses=CIVIL, among="completed", age="new",
    ),
    variant(
        floor_area_share, "ultra_low_energy_share",
        Text("超低能耗建筑面积占比", "Buildings of ultra-low energy"),
        facts={"source": f"{PKU} §7.6(四)13"}, trait="ultra_low_energy", age="new",
    ),
    variant(
        floor_area_share, "prefab_share",
        Text("装配式建筑占比", "Prefabricated buildings"),
        facts={"source": f"{SHANGDANG} §六; {BAYANNUR} 二(五)18; {LIANYUNGANG} 二5; "
                         f"{JIUJIANG} 二(七); {PEAK_2022}"},
        trait="prefab", age="new",
    ),
    variant(
        floor_area_share, "retrofit_share",
        Text("既有建筑节能改造比例", "Existing buildings that are retrofitted"),
        facts={"source": f"{SHANGDANG} §六"}, trait="retrofitted", age="existing",
    ),
    variant(
        floor_area_share, "bim_share",
        Text("应用 BIM 的建筑面积占比", "Buildings built with BIM"),
        facts={"source": f"{PKU} §7.6(四)12"}, trait="bim",
    ),
    variant(
        floor_area_share, "full_decoration_share",
        Text("商品住房全装修率", "Commercial housing that is fully fitted out"),
        facts={"source": f"{BAYANNUR} 二(二)8"},
        trait="decorated", uses=("07",), among="commercial_housing", age="new",
    ),
    variant(
        floor_area_share, "renewal_demolition_share",
        Text("更新单元拆除建筑面积占比", "Floor area to be demolished in renewal"),
        definition=Text(
            "拟拆除的建筑面积除以现状总建筑面积；违法建筑和经鉴定无修缮价值的危房不计入拆除。",
            "Floor area to be demolished over all present floor area; illegal buildings, and "
            "unsafe ones not worth repair, are no part of what is demolished.",
        ),
        facts={"source": f"{BAYANNUR} 二(一)1; {JIUJIANG} 二(一); {PEAK_2022}"},
        trait="demolished", age="existing",
    ),
    variant(
        star_floor_share, "star_green_building_share",
        Text("星级绿色建筑占绿色建筑面积比例", "Star-graded among green buildings"),
        min_star=1, among="green", age="new",
    ),
    variant(
        star_floor_share, "two_star_share",
        Text("二星级及以上新建民用建筑占比", "New civil buildings of two stars and more"),
        min_star=2, uses=CIVIL, age="new",
    ),
    variant(
        star_floor_share, "three_star_share",
        Text("新建大型公共建筑三星级占比", "New large public buildings of three stars"),
        facts={"verified": False}, min_star=3, uses=PUBLIC, min_floor_area=20_000.0, age="new",
    ),
)  # fmt: skip
