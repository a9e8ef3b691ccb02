"""Land: how much of it is green, water, forest or kept for a purpose, by unit and by its base."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from carbonspace.indicators._bases import Base
from carbonspace.indicators._documents import BAYANNUR, LIANYUNGANG, PKU
from carbonspace.indicators._land import ground_of, land_of_use, over_ground
from carbonspace.indicators._shared import Floats, filled, known
from carbonspace.indicators._steps import PARCELS_BY_UNIT
from carbonspace.indicators._traits import Flags, amount_of
from carbonspace.indicators.density_land import of_quota
from carbonspace.model.indicator import Indicator, LandCodes, indicator, variant
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

GREEN_WATER = ("14", "17")
GREEN_LAND = ("1401", "1402")
_FACTS = ("land_use",)


@indicator(
    title=Text("所选用地面积", "Area of chosen land"),
    unit="ha",
    theme="land",
    aggregate="sum",
    source=f"{PKU} §7.5(四)4, §7.5(三)",
    definition=Text(
        "单元内所选用地（按代码前缀）面积之和；跨单元的地块按面积分摊。",
        "Area of the land of the chosen uses (by prefix of the code) in the unit; a parcel across "
        "units counts to each by area.",
    ),
)
def land_area(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    codes: LandCodes = GREEN_WATER,
    shared: Shared | None = None,
) -> Measure:
    """Return the area of some land uses in each unit.

    Parameters
    ----------
    units
        Planning units.
    parcels
        Polygons with `land_use`.
    codes
        Land-use codes, matched by prefix.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Hectares; numerators are m². Evidence: the parcels that count, with their m² in the unit.

    Raises
    ------
    MissingColumnError
        If land use is not known.

    Notes
    -----
    PKU §7.5(四)4: 绿地和水域面积等应作为约束性指标向下传导.
    """
    area, chosen = land_of_use(parcels, codes, shared)
    return amount_of(units, parcels, PARCELS_BY_UNIT, area, chosen, shared, facts=_FACTS,
                     scale=1e-4)  # fmt: skip


@indicator(
    title=Text("所选用地占比", "Share of chosen land"),
    unit="%",
    theme="land",
    aggregate="ratio",
    source=f"{PKU} §7.5(七)",
    definition=Text(
        "所选用地（按代码前缀）面积除以分母面积，缺省为单元面积；base=built_up 时两者都限于建成区"
        "内，base=construction、residential 时分母为单元内的建设用地或居住用地。",
        "Area of the land of the chosen uses (by prefix of the code) over the base, by default the "
        "area of the unit. With base=built_up both are taken within the built-up area; with "
        "base=construction or residential the denominator is that land in the unit.",
    ),
)
def land_share(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    codes: LandCodes = GREEN_WATER,
    base: Base = "unit",
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit that is land of some uses.

    Parameters
    ----------
    units, parcels, codes, shared
        As for `land_area`.
    boundaries
        Polygons with `boundary_type`; needed where `base` is "built_up".
    base
        The denominator.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m². Evidence: the parcels that count.

    Raises
    ------
    MissingColumnError
        If land use is not known.
    MissingLayerError
        If the base needs boundaries that are not there.

    Notes
    -----
    PKU §7.5(七)3: 建议设定生态功能空间用地占比为管控指标.
    """
    area, chosen = land_of_use(parcels, codes, shared)
    return _over(units, parcels, boundaries, area, chosen, base, shared)


def _over(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame | None,
    amounts: Floats,
    chosen: Flags,
    base: str,
    shared: Shared | None,
    facts: tuple[str, ...] = _FACTS,
) -> Measure:
    ground = ground_of(units, base, parcels, boundaries, shared)
    return over_ground(units, parcels, PARCELS_BY_UNIT, amounts, chosen, ground, shared,
                       scale=100.0, facts=facts)  # fmt: skip


@indicator(
    title=Text("绿地率", "Green-space rate"),
    unit="%",
    theme="land",
    aggregate="ratio",
    source=f"{BAYANNUR} 二(三)14",
    definition=Text(
        "各类绿地面积除以建成区面积（base）：公园绿地与防护绿地（1401、1402）按用地面积计，其余地"
        "块按其附属绿地面积（parcels.green_area）计，未填的为零；附属绿地在地块内均布。不是绿化覆"
        "盖率。",
        "Area of green land of all kinds over the built-up area (base): parks and protective green "
        "(1401, 1402) with all their land, other parcels with the green area they state "
        "(parcels.green_area; none stated: none), spread evenly over the parcel. Not the same as "
        "greening coverage.",
    ),
)
def green_space_rate(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    codes: LandCodes = GREEN_LAND,
    base: Base = "built_up",
    shared: Shared | None = None,
) -> Measure:
    """Return the share of green land, that attached to other uses included.

    Parameters
    ----------
    units, boundaries, base, shared
        As for `land_share`.
    parcels
        Polygons with `land_use` and `green_area`, m².
    codes
        Land uses that are green with all of their area.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m². Evidence: the green land, with its m².

    Raises
    ------
    MissingColumnError
        If land use, or the green area of every parcel, is not known.
    MissingLayerError
        If the base needs boundaries that are not there.

    Notes
    -----
    巴彦淖尔 二(三)14: 到2025年全市城镇建成区绿地率力争达到35.2%.
    """
    area, chosen = land_of_use(parcels, codes, shared)
    known(parcels, "parcels", "green_area", shared)
    attached = filled(parcels, "green_area", np.zeros(len(parcels)))
    green = np.where(chosen, area, attached)
    return _over(units, parcels, boundaries, green, green > 0, base, shared,
                 (*_FACTS, "green_area"))  # fmt: skip


@indicator(
    title=Text("绿地和水域面积占指标比例", "Green land and water over its quota"),
    unit="%",
    theme="land",
    aggregate="ratio",
    source=f"{PKU} §7.5(四)4",
    definition=Text(
        "单元绿地和水域面积（14、17 类）除以下达的规模（units.green_water_quota）；未下达的单元没"
        "有数值。",
        "Area of green space and water (classes 14 and 17) over the quota the unit was given "
        "(units.green_water_quota); a unit without one has no value.",
    ),
    decimals=1,
)
def green_water_of_quota(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    codes: LandCodes = GREEN_WATER,
    shared: Shared | None = None,
) -> Measure:
    """Return the green land and water of each unit over its quota.

    Parameters
    ----------
    units
        Planning units with `green_water_quota`, ha.
    parcels, codes, shared
        As for `land_area`.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m². Evidence: the green land and water.

    Raises
    ------
    MissingColumnError
        If land use, or the quota of every unit, is not known.

    Notes
    -----
    PKU §7.5(四)4: a binding figure that is handed down to units.
    """
    amount = land_area(units, parcels, codes=codes, shared=shared)
    return of_quota(units, amount, "green_water_quota", 1e4, shared)


VARIANTS: tuple[Indicator, ...] = (
    variant(
        land_area, "green_water_area", Text("绿地和水域面积", "Green land and water"),
        facts={"source": f"{PKU} §7.5(四)4"}, codes=GREEN_WATER,
    ),
    variant(
        land_area, "logistics_land_layout", Text("物流仓储用地规模", "Land for logistics"),
        definition=Text(
            "单元内仓储用地（11 类）面积之和；到枢纽的距离见“物流用地到枢纽距离”。原文未给出数值。",
            "Area of storage land (class 11) in the unit; for its distance to hubs see “Distance "
            "of logistics to hubs”. The source gives no value.",
        ),
        facts={"source": f"{PKU} §7.5(三), §7.6(三)"}, codes=("11",),
    ),
    variant(
        land_share, "open_green_space_coverage",
        Text("绿化开敞空间覆盖率", "Open green space coverage"),
        definition=Text(
            "绿地与开敞空间用地（14 类）面积除以单元面积（或 base 所选的分母）。原文未说明是用地占"
            "比还是服务覆盖，此处按用地占比；未给出数值。",
            "Area of green and open space (class 14) over that of the unit, or the base that is "
            "chosen. The source does not say whether a share of land or of what it serves is "
            "meant: a share of land is our reading. It gives no value.",
        ),
        facts={"source": f"{PKU} §7.5(七)4", "verified": False}, codes=("14",),
    ),
    variant(
        land_share, "eco_function_land_share",
        Text("生态功能空间用地占比", "Share of land with an ecological function"),
        definition=Text(
            "耕地、园地、林地、草地、湿地（01–05）、绿地与开敞空间（14）和陆地水域（17）面积除以单"
            "元面积。原文未列出类别，此为本工具的读法；未给出数值。",
            "Area of farmland, gardens, forest, grassland, wetland (01-05), green and open space "
            "(14) and water (17) over that of the unit. The source lists no classes: these are "
            "our reading. It gives no value.",
        ),
        facts={"source": f"{PKU} §7.5(七)3", "verified": False},
        codes=("01", "02", "03", "04", "05", "14", "17"),
    ),
    variant(
        land_share, "forest_cover", Text("森林覆盖率", "Forest cover"),
        definition=Text(
            "林地（03 类）面积除以单元面积；全市为各单元之和，单元须覆盖市域。官方统计口径还计入符"
            "合条件的灌木林与四旁树，此处为按用地的读法。",
            "Area of forest land (class 03) over that of the unit; the city is the sum of its "
            "units, which should cover its territory. Official statistics count some shrubs and "
            "rows of trees besides: the land use is our reading.",
        ),
        facts={"source": f"{LIANYUNGANG} 三11", "verified": False}, codes=("03",),
    ),
    variant(
        land_share, "wind_land_share",
        Text("新能源发电用地面积比例", "Share of land for wind and solar power"),
        definition=Text(
            "新能源发电用地面积除以单元面积。用地分类没有单列风电、光伏用地，缺省取供电用地（1303"
            "），含其他电厂与变电站，是上限。",
            "Area of land for wind and solar power over that of the unit. The classification has "
            "no class of its own for it: by default all land of power supply (1303) counts, other "
            "plants and substations included, which is an upper bound.",
        ),
        facts={"source": f"{PKU} §7.3(一)3", "verified": False}, codes=("1303",),
    ),
)  # fmt: skip
