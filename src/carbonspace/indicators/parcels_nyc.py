"""Lots of New York's residential districts R1 to R10, to compare with; heights are in feet."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from carbonspace.indicators._documents import PKU
from carbonspace.indicators._parcel_figures import (
    Lots,
    Site,
    floor_of,
    ground_of,
    height_of,
)
from carbonspace.indicators._parcels import Figure, greatest_of, sums_of
from carbonspace.indicators._shade import Storey
from carbonspace.indicators._shared import filled, known, numbers
from carbonspace.indicators._traits import Flags
from carbonspace.model.indicator import Indicator, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

ZONED = Lots(parcel_uses=())
NEW_YORK = f"{PKU} §7.6(四)5 案例专栏 纽约"
FOOT = 0.3048
_FACTS = ("zoning", "zoning_rule", "street_width", "lot")


@indicator(
    title=Text("纽约居住区容积率", "New York: floor-area ratio"),
    unit="",
    theme="parcels",
    aggregate="ratio",
    source=NEW_YORK,
    definition=Text(
        "有区划代码（zoning）且已建的地块的建筑面积除以地块面积；规则按区划、规则类型、临街类别与"
        "地块位置选取限值。",
        "Floor area of the lots that have a zoning district and are built on, over their area. "
        "Which limit holds is chosen by district, rule, street and kind of lot.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=3,
    whole=("parcels",),
    verified=False,
)
def nyc_far(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    lots: Lots = ZONED,
    shared: Shared | None = None,
) -> Measure:
    """Return the floor-area ratio of each zoned lot.

    Parameters
    ----------
    units
        Planning units.
    parcels
        Lots with `zoning` (R1 … R10), and `zoning_rule`, `street_width` and `lot` for the rules.
    buildings
        Footprints with `floor_area` (m²) or `floors`.
    lots
        Of which land uses, and what stands on a lot.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        m² of floor over m². `parts` and evidence have one row per lot.

    Raises
    ------
    MissingColumnError
        If no lot has a district.

    Notes
    -----
    PKU §7.6(四)5: R1 独门独院住宅 - 0.5 … R10 10.0.
    """
    site, zoned = _site(parcels, buildings, lots, shared)
    floor, there = floor_of(site)
    return sums_of(units, parcels, Figure(floor, site.area, zoned & there), shared,
                   facts=_FACTS, named=("floor_m2", "area_m2", "far"))  # fmt: skip


@indicator(
    title=Text("纽约居住区建筑密度（地块覆盖率）", "New York: lot coverage"),
    unit="%",
    theme="parcels",
    aggregate="ratio",
    source=NEW_YORK,
    definition=Text(
        "有区划代码且已建的地块的建筑基底面积（重叠计一次）除以地块面积。",
        "Ground under buildings (once where footprints overlap) of the lots that have a zoning "
        "district and are built on, over their area.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=1,
    whole=("parcels",),
    verified=False,
)
def nyc_lot_coverage(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    lots: Lots = ZONED,
    shared: Shared | None = None,
) -> Measure:
    """Return what part of each zoned lot is covered.

    Parameters
    ----------
    units, parcels, lots, shared
        As for `nyc_far`.
    buildings
        Footprints.

    Returns
    -------
    Measure
        Percent; m² under buildings over m². `parts` and evidence have one row per lot.

    Raises
    ------
    MissingColumnError
        If no lot has a district.

    Notes
    -----
    PKU §7.6(四)5: 建筑密度：街角地块80%，内部和贯穿地块65%.
    """
    site, zoned = _site(parcels, buildings, lots, shared)
    figure = Figure(ground_of(site), site.area, zoned & site.built, 100.0)
    return sums_of(units, parcels, figure, shared, facts=_FACTS,
                   named=("covered_m2", "area_m2", "coverage"))  # fmt: skip


@indicator(
    title=Text("纽约居住区空地率", "New York: open-space ratio"),
    unit="%",
    theme="parcels",
    aggregate="ratio",
    source=NEW_YORK,
    definition=Text(
        "有区划代码且有建筑面积的地块的空地面积除以建筑面积。空地取地块所给（open_space_area），"
        "没有时为地块面积减建筑基底。原文只称空地率；以建筑面积为分母是美国做法，凭记忆，未核实。",
        "Open space of the lots that have a zoning district and floor area, over that floor area. "
        "Open space is as stated (open_space_area), else the lot less the ground under buildings. "
        "The source only says open-space ratio; that it is over floor area is US practice from "
        "memory, unverified.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=1,
    whole=("parcels",),
    verified=False,
)
def nyc_open_space_ratio(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    lots: Lots = ZONED,
    shared: Shared | None = None,
) -> Measure:
    """Return the open space of each zoned lot by its floor area.

    Parameters
    ----------
    units, buildings, lots, shared
        As for `nyc_far`.
    parcels
        As for `nyc_far`, with `open_space_area` (m²) where it is stated.

    Returns
    -------
    Measure
        Percent; m² open over m² of floor. `parts` and evidence have one row per lot.

    Raises
    ------
    MissingColumnError
        If no lot has a district.

    Notes
    -----
    PKU §7.6(四)5: R1 空地率：150%; it slides with the floors in height-factor districts.
    """
    site, zoned = _site(parcels, buildings, lots, shared)
    floor, there = floor_of(site)
    bare = np.maximum(site.area - ground_of(site), 0.0)
    spaces = filled(parcels, "open_space_area", bare)
    return sums_of(units, parcels, Figure(spaces, floor, zoned & there & (floor > 0), 100.0),
                   shared, facts=_FACTS, named=("open_m2", "floor_m2", "ratio"))  # fmt: skip


@indicator(
    title=Text("纽约居住区裙房（沿街墙）高度", "New York: base height"),
    unit="ft",
    theme="parcels",
    aggregate="max",
    source=NEW_YORK,
    definition=Text(
        "有区划代码的地块的裙房或沿街墙高度（base_height），1 英尺 = 0.3048 米；未给出的地块不计。"
        "单元与全市为最大值。",
        "Height of the base or street wall of the lots that have a zoning district (base_height), "
        "1 ft = 0.3048 m; lots that do not state it are left out. Units and the city have the "
        "greatest.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=1,
    whole=("parcels",),
)
def nyc_base_height(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the height of the base of each zoned lot.

    Parameters
    ----------
    units, shared
        As for `nyc_far`.
    parcels
        As for `nyc_far`, with `base_height`, m.

    Returns
    -------
    Measure
        Feet; numerators are m. `parts` and evidence have one row per lot.

    Raises
    ------
    MissingColumnError
        If no lot has a district, or a base height.

    Notes
    -----
    PKU §7.6(四)5: 限高：裙房40~65英尺 (WS1).
    """
    zoned = known(parcels, "parcels", "zoning", shared).notna().to_numpy()
    base = known(parcels, "parcels", "base_height", shared)
    figure = Figure(numbers(base), None, zoned & base.notna().to_numpy(), 1 / FOOT)
    return greatest_of(units, parcels, figure, shared, facts=_FACTS, named="base_ft")


@indicator(
    title=Text("纽约居住区建筑高度", "New York: building height"),
    unit="ft",
    theme="parcels",
    aggregate="max",
    source=NEW_YORK,
    definition=Text(
        "有区划代码的地块上最高建筑的高度，1 英尺 = 0.3048 米；高度未知按层数与层高推算。"
        "单元与全市为最大值。",
        "Height of the tallest building of the lots that have a zoning district, 1 ft = 0.3048 m; "
        "where it is not known it is the floors by the height of a storey. Units and the city have "
        "the greatest.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=1,
    whole=("parcels",),
    verified=False,
)
def nyc_height(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    lots: Lots = ZONED,
    storey_height: Storey = 3.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the height of the tallest building of each zoned lot.

    Parameters
    ----------
    units, parcels, lots, shared
        As for `nyc_far`.
    buildings
        Footprints with `height` (m) or `floors`.
    storey_height
        Height of a storey where only floors are known, metres.

    Returns
    -------
    Measure
        Feet; numerators are m. `parts` and evidence have one row per lot.

    Raises
    ------
    MissingColumnError
        If no lot has a district, or neither heights nor floors are known.

    Notes
    -----
    PKU §7.6(四)5: 总体70英尺 (WS1)，65英尺 (WS2)，55英尺 (NS).
    """
    site, zoned = _site(parcels, buildings, lots, shared)
    figure = height_of(site._replace(storey_height=storey_height))
    figure = figure._replace(counts=figure.counts & zoned, scale=1 / FOOT)
    return greatest_of(units, parcels, figure, shared, facts=_FACTS, named="height_ft")


def _site(
    parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, lots: Lots, shared: Shared | None
) -> tuple[Site, Flags]:
    """Return the lots with what stands on them, and which of them have a zoning district."""
    zoning = known(parcels, "parcels", "zoning", shared)
    site = Site(parcels, buildings, lots=lots, shared=shared)
    return site, site.of_use & zoning.notna().to_numpy()


VARIANTS: tuple[Indicator, ...] = ()
