"""Industrial parcels: how far they are built over, what they yield, and what is supplied."""

from __future__ import annotations

from typing import Annotated, Literal

import geopandas as gpd
import numpy as np

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._documents import PKU
from carbonspace.indicators._parcel_figures import Lots, Site, ground_of
from carbonspace.indicators._parcels import Figure, sums_of
from carbonspace.indicators._shared import filled, is_unknown, known, numbers
from carbonspace.indicators._steps import PARCELS_BY_UNIT
from carbonspace.indicators._traits import amount_of
from carbonspace.model.indicator import Indicator, Unit, indicator, variant
from carbonspace.model.kinds import Number
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

INDUSTRY = Lots(parcel_uses=("1001",))
Yielded = Literal["investment", "output", "tax"]
SupplyYear = Annotated[int, Unit(""), Number(low=0, high=2100, whole=True)]
_MU = 15.0
"""Mu (亩) in a hectare."""


@indicator(
    title=Text("工业用地建筑系数", "Building coefficient of industrial land"),
    unit="%",
    theme="parcels",
    aggregate="ratio",
    source=f"{PKU} §7.1(二)3, §7.9(一)1",
    definition=Text(
        "工业地块上建筑、构筑物与堆场占地面积之和除以地块面积；建筑基底重叠处计一次；未给出的构筑物"
        "或堆场面积按 0 计。空置地块不计。",
        "Ground of an industrial parcel under buildings (once where footprints overlap), under "
        "structures and in open storage, over its area. Structures or yards that are not stated "
        "are 0. Parcels with none of the three are left out.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=1,
    whole=("parcels",),
    verified=False,
)
def building_coefficient(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    lots: Lots = INDUSTRY,
    shared: Shared | None = None,
) -> Measure:
    """Return what part of each industrial parcel is in use.

    Parameters
    ----------
    units
        Planning units.
    parcels
        Polygons with `land_use`, and `structure_area` or `yard_area`, m².
    buildings
        Footprints.
    lots
        Which parcels count.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; m² in use over m². `parts` and evidence have one row per parcel.

    Raises
    ------
    MissingColumnError
        If no land use, or of no parcel structures or yards, are known.

    Notes
    -----
    PKU §7.1(二)3 names it, without a value.
    """
    beside = ("structure_area", "yard_area")
    if all(is_unknown(parcels, "parcels", one, shared) for one in beside):
        raise MissingColumnError("parcels", *beside)
    site = Site(parcels, buildings, lots=lots, shared=shared)
    stated = sum(filled(parcels, one, np.zeros(len(parcels))) for one in beside)
    there = site.built | (stated > 0)
    figure = Figure(ground_of(site) + stated, site.area, site.of_use & there, 100.0)
    return sums_of(units, parcels, figure, shared, facts=beside,
                   named=("used_m2", "area_m2", "coefficient"))  # fmt: skip


@indicator(
    title=Text("工业项目配套服务用地占比", "Land for offices and staff on industrial land"),
    unit="%",
    theme="parcels",
    aggregate="ratio",
    source=f"{PKU} §7.1(二)3, §7.6(二)1, §9.1(三)",
    definition=Text(
        "工业地块内行政办公及生活服务设施用地面积（support_area）除以地块面积；未给出的地块不计。"
        "原文没有数值（国家控制指标 7% 凭记忆，未核实，不作判定）。",
        "Land for offices and staff on industrial parcels (support_area) over their area; parcels "
        "that do not state it are left out. The source has no value (the national 7 % is from "
        "memory, unverified, and not held).",
    ),
    levels=("unit", "city", "parcel"),
    decimals=1,
    whole=("parcels",),
)
def industrial_support_land_share(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    lots: Lots = INDUSTRY,
    shared: Shared | None = None,
) -> Measure:
    """Return what part of industrial land offices and staff take.

    Parameters
    ----------
    units, lots, shared
        As for `building_coefficient`.
    parcels
        Polygons with `land_use` and `support_area`, m².

    Returns
    -------
    Measure
        Percent; m² over m². `parts` and evidence have one row per parcel.

    Raises
    ------
    MissingColumnError
        If no land use, or support land of no parcel, is known.

    Notes
    -----
    PKU §7.6(二)1: 建议的管控指标为…配套服务用地占比.
    """
    figure = _stated(parcels, "support_area", 100.0, lots, shared)
    return sums_of(units, parcels, figure, shared, named=("support_m2", "area_m2", "share"))


@indicator(
    title=Text("工业用地地均产出", "Output of industrial land"),
    unit="10⁴ yuan/ha",
    theme="parcels",
    aggregate="ratio",
    source=f"{PKU} §7.1(二)3, §7.4(二)3",
    definition=Text(
        "工业地块的年产值除以其用地面积，万元/公顷；除以 15 即万元/亩（证据中一并列出）。"
        "未给出的地块不计。",
        "Output of industrial parcels in a year over their area, in 10⁴ yuan per hectare; a "
        "fifteenth of it is that per mu (1/15 ha), which the evidence tells too. Parcels "
        "that do not state it are left out.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=1,
    whole=("parcels",),
)
def industrial_output_intensity(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    yielded: Yielded = "output",
    lots: Lots = INDUSTRY,
    shared: Shared | None = None,
) -> Measure:
    """Return what industrial land yields by area.

    Parameters
    ----------
    units, lots, shared
        As for `building_coefficient`.
    parcels
        Polygons with `land_use` and the column `yielded`, 10⁴ yuan.
    yielded
        What is set against the land.

    Returns
    -------
    Measure
        10⁴ yuan/ha; 10⁴ yuan over m². `parts` and evidence have one row per parcel.

    Raises
    ------
    MissingColumnError
        If no land use, or the yield of no parcel, is known.

    Notes
    -----
    PKU §7.1(二)3: 投资强度, 土地产出率, 亩均税收, without values.
    """
    figure = _stated(parcels, yielded, 1e4, lots, shared)
    measure = sums_of(units, parcels, figure, shared, named=("yield_", "area_m2", "per_ha"))
    return measure.with_evidence(
        lambda: (found := measure.evidence()).assign(per_mu=found["per_ha"] / _MU)
    )


def _stated(
    parcels: gpd.GeoDataFrame, column: str, scale: float, lots: Lots, shared: Shared | None
) -> Figure:
    """Return a stated amount over the area of the parcels that state it."""
    amount = known(parcels, "parcels", column, shared)
    site = Site(parcels, None, lots=lots, shared=shared)
    counts = site.of_use & amount.notna().to_numpy()
    return Figure(numbers(amount), site.area, counts, scale)


@indicator(
    title=Text("年度工业用地供应量", "Industrial land supplied in a year"),
    unit="ha",
    theme="parcels",
    aggregate="sum",
    source=f"{PKU} §9.1(三)",
    definition=Text(
        "供应年份（supply_year）为所问年份的工业用地面积；年份为 0 时取数据中最近的一年。跨单元的"
        "地块按面积分摊。",
        "Industrial land whose year of supply (supply_year) is the one asked; 0 means the latest "
        "year in the data. A parcel in several units counts to each by area.",
    ),
)
def annual_industrial_supply(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    supplied_in: SupplyYear = 0,
    lots: Lots = INDUSTRY,
    shared: Shared | None = None,
) -> Measure:
    """Return the industrial land supplied in a year.

    Parameters
    ----------
    units, lots, shared
        As for `building_coefficient`.
    parcels
        Polygons with `land_use` and `supply_year`.
    supplied_in
        The year asked; 0: the latest in the plan.

    Returns
    -------
    Measure
        Hectares; numerators are m². Evidence: the parcels supplied in that year.

    Raises
    ------
    MissingColumnError
        If no land use, or the year of no parcel, is known.

    Notes
    -----
    PKU §9.1(三): named as a control, without a value.
    """
    years = numbers(known(parcels, "parcels", "supply_year", shared))
    site = Site(parcels, None, lots=lots, shared=shared)
    asked = supplied_in or _latest(parcels, shared)
    return amount_of(units, parcels, PARCELS_BY_UNIT, site.area, site.of_use & (years == asked),
                     shared, facts=("land_use", "supply_year"), scale=1e-4)  # fmt: skip


def _latest(parcels: gpd.GeoDataFrame, shared: Shared | None) -> float:
    """Return the latest year of supply of any parcel of the plan."""
    return (shared or Shared()).greatest("parcels", parcels, "supply_year")


VARIANTS: tuple[Indicator, ...] = tuple(
    variant(
        industrial_output_intensity, key, Text(zh, en),
        definition=Text(
            f"工业地块的{what}除以其用地面积，万元/公顷；除以 15 即万元/亩（证据中一并列出）。"
            "未给出的地块不计。",
            f"{en} in 10⁴ yuan per hectare; a fifteenth of it is that per mu (1/15 ha), which the "
            "evidence tells too. Parcels that do not state it are left out.",
        ),
        yielded=name,
    )
    for key, name, what, zh, en in (
        ("industrial_investment_intensity", "investment", "固定资产投资", "工业用地投资强度",
         "Investment in industrial land over its area"),
        ("industrial_tax_intensity", "tax", "年税收", "工业用地地均税收（亩均税收）",
         "Tax of industrial land in a year over its area"),
    )
)  # fmt: skip
