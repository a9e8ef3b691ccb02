"""Solar roofs: how much roof can carry panels, and how much of it does."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np

from carbonspace.indicators._roof import (
    BY_COEFFICIENT,
    Roof,
    roof_naming,
)
from carbonspace.indicators._roof_light import roof_image
from carbonspace.indicators._roof_pieces import roof_evidence
from carbonspace.indicators._roof_work import Surroundings
from carbonspace.indicators._roofs import (
    account_of,
    amount_of,
    by_building,
    hills_reach,
    panels_of,
    roof_reach,
    roofs_of,
    whole_areas,
)
from carbonspace.indicators._shared import known, one_of, summed
from carbonspace.model.grid import Grid
from carbonspace.model.indicator import Indicator, LandCodes, indicator, variant
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text
from carbonspace.model.weather import Weather

_MEANING = Text(
    "可利用屋顶按所选定义计：coefficient 为屋顶面积 × 可利用系数（按屋顶类型与建筑用途，未扣除"
    "遮挡，系数未经核实；类型未知按其他屋顶）；total 为全部屋顶（整县推进口径）；sunlit 为计算日内"
    "日照不少于规定小时数的部分；irradiation 为年辐照量不低于规定值的部分；均先扣除檐口退让、"
    "障碍物与过小的片。"
    "屋顶面积未知取建筑基底面积；高度未知按层数与层高推算，层数亦未知按一层计。",
    "Usable roof by the definition chosen. coefficient: roof area × a coefficient by roof type and "
    "building use, before shading, not verified (an unknown type counts as other); total: all of "
    "the roof, as in the county-wide programme; sunlit: what has so many hours of sun on a day; "
    "irradiation: what receives so much in a year. Setbacks, obstructions and patches that are too "
    "small are taken off first. Where the roof area is not known the footprint is taken; where the "
    "height is not, the floors by a storey's height, and one storey where those are not known.",
)

_DENOMINATOR = Text(
    "分母取屋顶总面积或可利用屋顶面积，各文件口径不一。",
    "The denominator is the whole roof or the usable roof: the sources differ.",
)


@indicator(
    title=Text("可利用屋顶面积（光伏）", "Roof usable for solar panels"),
    unit="m²",
    theme="solar",
    aggregate="sum",
    source="面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(四)8",
    definition=_MEANING,
    reach=roof_reach,
    far=("buildings",),
    naming=roof_naming,
    raster_reach=hills_reach,
    decimals=0,
    verified=False,
)
def solar_roof_area(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    dsm: Grid | None = None,
    dem: Grid | None = None,
    canopy: Grid | None = None,
    weather: Weather | None = None,
    *,
    uses: LandCodes = (),
    new_only: bool = False,
    roof: Roof = BY_COEFFICIENT,
    shared: Shared | None = None,
) -> Measure:
    """Roof area that can carry solar panels, under a named definition.

    Parameters
    ----------
    units
        Planning units.
    buildings
        Footprints, with `use`, `roof_type` and `roof_area` (m²) where known, and `height` (m) or
        `floors` where light is asked for. A building across units counts to each by its footprint.
    uses
        Land-use codes of the buildings that count, by prefix; empty for all.
    new_only
        Count only buildings with `is_new`.
    roof
        What makes a roof usable.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Usable roof, m². Evidence: the roofs that count, with what becomes of them; under a
        definition that asks for light their pieces.

    Raises
    ------
    MissingColumnError
        If `uses` is given and no use is known, `new_only` and `is_new` is not, or light is asked
        for and neither heights nor floors are.
    UnknownNameError
        If more hours of sun are asked for than the day has.

    Notes
    -----
    Source: 面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(四)8. "total":
    国家能源局综合司, 整县推进 (2021-06-20): 屋顶总面积可安装光伏发电比例.
    """
    around = Surroundings(dsm, dem, canopy, weather)
    roofs = roofs_of(units, buildings, uses=uses, new_only=new_only, shared=shared)
    account = account_of(units, buildings, around, roof, shared)
    return Measure.of(
        units.index,
        amount_of(units, roofs, account.usable).asked,
        scale=1,
        evidence=lambda: roof_evidence(units, buildings, roofs, account, around, roof, shared),
        image=roof_image(
            units, buildings, roofs, around, roof, shared, uses=uses, new_only=new_only
        ),
    )


@indicator(
    title=Text("可利用屋顶占比", "Usable share of roofs"),
    unit="%",
    theme="solar",
    aggregate="ratio",
    source="国家能源局综合司 整县（市、区）屋顶分布式光伏开发试点 (2021-06-20)",
    definition=Text(
        f"可利用屋顶面积除以屋顶总面积。{_MEANING.zh}",
        f"Usable roof over the whole roof. {_MEANING.en}",
    ),
    reach=roof_reach,
    far=("buildings",),
    naming=roof_naming,
    raster_reach=hills_reach,
    decimals=1,
    verified=False,
)
def usable_roof_share(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    dsm: Grid | None = None,
    dem: Grid | None = None,
    canopy: Grid | None = None,
    weather: Weather | None = None,
    *,
    uses: LandCodes = (),
    new_only: bool = False,
    roof: Roof = BY_COEFFICIENT,
    shared: Shared | None = None,
) -> Measure:
    """Share of the roofs that can carry solar panels, under a named definition.

    Parameters
    ----------
    units, buildings, uses, new_only, roof, shared
        As for `solar_roof_area`.

    Returns
    -------
    Measure
        Usable over whole roof, %; numerators and denominators are m². Evidence as there.

    Raises
    ------
    MissingColumnError, UnknownNameError
        As `solar_roof_area`.

    Notes
    -----
    国家能源局综合司 (2021-06-20): 党政机关建筑屋顶总面积可安装光伏发电比例不低于50%.
    """
    around = Surroundings(dsm, dem, canopy, weather)
    roofs = roofs_of(units, buildings, uses=uses, new_only=new_only, shared=shared)
    account = account_of(units, buildings, around, roof, shared)
    usable, whole = np.nan_to_num(amount_of(units, roofs, account.usable))
    return Measure.of(
        units.index,
        usable,
        whole,
        scale=100,
        evidence=lambda: roof_evidence(units, buildings, roofs, account, around, roof, shared),
        image=roof_image(
            units, buildings, roofs, around, roof, shared, uses=uses, new_only=new_only
        ),
    )


@indicator(
    title=Text("建筑屋顶光伏覆盖率", "Share of roofs under solar panels"),
    unit="%",
    theme="solar",
    aggregate="ratio",
    source="长治市上党区低碳建设规划 (2023–2035) §四",
    definition=Text(
        f"全部建筑的光伏板面积除以屋顶面积；{_DENOMINATOR.zh}{_MEANING.zh}",
        f"Area of solar panels over roof area, of all buildings. {_DENOMINATOR.en} {_MEANING.en}",
    ),
    reach=lambda chosen, layers: (
        roof_reach(chosen, layers) if chosen["denominator"] == "usable" else 0.0
    ),
    far=("buildings",),
    naming=lambda chosen: roof_naming(chosen) if chosen["denominator"] == "usable" else {},
    raster_reach=hills_reach,
    levels=("unit", "city", "building"),
    decimals=1,
)
def pv_roof_share(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    dsm: Grid | None = None,
    dem: Grid | None = None,
    canopy: Grid | None = None,
    weather: Weather | None = None,
    *,
    uses: LandCodes = (),
    denominator: Literal["total", "usable"] = "total",
    new_only: bool = False,
    roof: Roof = BY_COEFFICIENT,
    shared: Shared | None = None,
) -> Measure:
    """Share of the roofs that carry solar panels.

    Parameters
    ----------
    units, buildings, uses, new_only, roof, shared
        As for `solar_roof_area`; `buildings` also with `pv_area` (m², null: no panels).
    denominator
        "total": the whole roof; "usable": what is usable of it.

    Returns
    -------
    Measure
        Panels over roof, %. Evidence: the roofs that count, with their panels. `parts` has one
        row per building that counts.

    Raises
    ------
    MissingColumnError
        If `pv_area`, or a column that `uses`, `new_only` or the definition need, is not known.
    UnknownNameError
        If `denominator` is neither, or more hours of sun are asked for than the day has.

    Notes
    -----
    Source: 长治市上党区低碳建设规划 (2023–2035) §四; for the usable roof:
    连云港市城乡建设领域碳达峰实施方案 (2024). Both ask it of new buildings: see the variants.
    """
    one_of("denominator", denominator, ("total", "usable"))
    known(buildings, "buildings", "pv_area", shared)
    around = Surroundings(dsm, dem, canopy, weather)
    roofs = roofs_of(units, buildings, uses=uses, new_only=new_only, shared=shared)
    of_usable = denominator == "usable"
    account = account_of(units, buildings, around, roof if of_usable else BY_COEFFICIENT, shared)
    usable = np.nan_to_num(amount_of(units, roofs, account.usable).asked)
    roof_m2 = whole_areas(units, buildings) * (account.usable if of_usable else 1.0)
    panels = np.where(np.isnan(roof_m2), np.nan, panels_of(buildings))
    return Measure.of(
        units.index,
        summed(roofs.unit, roofs.pv, units),
        usable if of_usable else summed(roofs.unit, roofs.area, units),
        scale=100,
        parts={"building": by_building(units, buildings, roofs, panels, roof_m2, shared)},
        evidence=lambda: roof_evidence(
            units, buildings, roofs, account, around, BY_COEFFICIENT, shared
        ),
    )


_BY_CLASS = (
    ("homes", ("07",), Text("住宅", "homes")),
    ("public", ("08",), Text("公共建筑", "public buildings")),
    ("commerce", ("09",), Text("商业建筑", "commercial buildings")),
    ("industry", ("10",), Text("工业建筑", "industrial buildings")),
)
_PUBLIC_INDUSTRY = Text("机关办公、学校、医院、工业厂房",
                        "government offices, schools, hospitals and plants")  # fmt: skip
_INSTITUTIONS_PLANTS = Text("公共机构、厂房", "public institutions and plants")
_PUBLIC_INDUSTRY_CODES = ("0801", "0804", "0806", "1001")
_SHARES = (
    ("public_industry", _PUBLIC_INDUSTRY_CODES, "total", _PUBLIC_INDUSTRY,
     "长治市上党区低碳建设规划 (2023–2035) §四"),
    ("commerce_office", ("0901", "0902"), "total",
     Text("商业、商务办公建筑", "shops and offices"), "长治市上党区低碳建设规划 (2023–2035) §四"),
    ("homes", ("07",), "total", Text("住宅", "homes"), "长治市上党区低碳建设规划 (2023–2035) §四"),
    ("institutions_plants", ("08", "1001"), "total", _INSTITUTIONS_PLANTS,
     "九江市城乡建设领域碳达峰实施方案"),
    ("institutions_plants", ("08", "1001"), "usable", _INSTITUTIONS_PLANTS,
     "连云港市城乡建设领域碳达峰实施方案 (2024)"),
    ("public_industry", _PUBLIC_INDUSTRY_CODES, "usable", _PUBLIC_INDUSTRY,
     "面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023)，上海"),
    ("commerce_homes", ("0901", "0902", "07"), "usable",
     Text("商业、办公和居住建筑", "shops, offices and homes"),
     "面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023)，上海"),
)  # fmt: skip


_COUNTY = (
    ("government", ("0801",), Text("党政机关", "party and government offices")),
    ("public", ("0704", "0802", "0803", "0804", "0805", "0806", "0807"),
     Text("学校、医院、村委会等公共建筑", "schools, hospitals, village committees and the like")),
    ("plants", ("09", "10"), Text("工商业厂房", "plants and commercial halls")),
    ("rural_homes", ("0703",), Text("农村居民", "rural homes")),
)  # fmt: skip
"""The classes of 整县推进; which codes they are is our reading."""


def _installable_variant(key: str, uses: tuple[str, ...], who: Text) -> Indicator:
    title = Text(f"{who.zh}可利用屋顶占比", f"Usable share of roofs: {who.en}")
    return variant(usable_roof_share, f"usable_roof_share_{key}", title, uses=uses)


def _area_variant(key: str, uses: tuple[str, ...], who: Text) -> Indicator:
    title = Text(
        f"{who.zh}可利用屋顶面积（光伏）",
        f"Roof usable for solar panels on {who.en}",
    )
    return variant(solar_roof_area, f"solar_roof_area_{key}", title, uses=uses)


def _share_variant(
    key: str, uses: tuple[str, ...], denominator: str, who: Text, source: str
) -> Indicator:
    usable = denominator == "usable"
    title = Text(
        f"新建{who.zh}屋顶光伏覆盖率（占{'可利用屋顶面积' if usable else '屋顶总面积'}）",
        f"Solar panels on new {who.en}, of {'usable roof' if usable else 'all roof'}",
    )
    return variant(
        pv_roof_share,
        f"pv_{'usable_' if usable else ''}roof_share_{key}",
        title,
        definition=Text(
            f"新建{who.zh}的光伏板面积除以屋顶面积；{_DENOMINATOR.zh}{_MEANING.zh}",
            f"Area of solar panels over roof area, of new {who.en}. {_DENOMINATOR.en} "
            f"{_MEANING.en}",
        ),
        facts={"source": source, "verified": not usable},
        uses=uses,
        denominator=denominator,
        new_only=True,
    )


VARIANTS: tuple[Indicator, ...] = (
    *(_area_variant(*row) for row in _BY_CLASS),
    *(_share_variant(*row) for row in _SHARES),
    *(_installable_variant(*row) for row in _COUNTY),
)
