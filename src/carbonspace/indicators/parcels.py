"""Parcels: floor-area ratio, building density, green ratio and height of what stands on them."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd

from carbonspace.indicators._documents import PKU
from carbonspace.indicators._parcel_figures import (
    EVERY_LOT,
    Lots,
    Site,
    density_of,
    each_height_of,
    far_of,
    green_of,
    height_of,
)
from carbonspace.indicators._parcels import greatest_of, sums_of
from carbonspace.indicators._shade import Storey
from carbonspace.model.indicator import Indicator, indicator, variant
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text


@indicator(
    title=Text("地块容积率", "Floor-area ratio of parcels"),
    unit="",
    theme="parcels",
    aggregate="ratio",
    source=f"{PKU} §7.1(二)3, §7.5(四)4, §7.6(二)1, §7.9(一)1",
    definition=Text(
        "地块建筑面积除以地块净面积。地块给出建筑面积（计容）时取之，否则为其上建筑的建筑面积之和，"
        "跨地块的建筑按基底分摊；地下部分未知不计。缺省只计建设用地中可建地块（不含道路、绿地），"
        "且有建筑者（基底至少一成在地块内）；empty 为真时空地按 0 计入。用地范围与一成为"
        "本工具自定。单元值为面积大部分位于其内的地块合计：建筑面积之和除以用地面积之和。",
        "Floor area of a parcel over its net area. Where the parcel states its floor area "
        "that is taken, else that of its buildings, one across parcels by footprint; "
        "underground floors are not known. By default only land to build on counts (no streets, no "
        "parks) on which a building stands with a tenth of its footprint; with empty = true the "
        "rest counts as 0. Both are our own reading. A unit sums the parcels that lie mostly in "
        "it: floor area over land.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=3,
    whole=("parcels",),
    verified=False,
)
def parcel_far(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None = None,
    *,
    lots: Lots = EVERY_LOT,
    empty: bool = False,
    shared: Shared | None = None,
) -> Measure:
    """Return the floor-area ratio of each parcel, and of the parcels of each unit.

    Parameters
    ----------
    units
        Planning units, in one projected CRS with the other layers.
    parcels
        Polygons with `land_use`, and `floor_area` (m²) where it is stated of them.
    buildings
        Footprints with `floor_area` (m²) or `floors`; not needed where parcels state it.
    lots
        Which parcels count.
    empty
        Whether parcels without a building count, with no floor area.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        m² of floor over m² of land. `parts` and evidence have one row per parcel, the evidence
        with the limits it has.

    Raises
    ------
    MissingLayerError
        If there are no buildings and no parcel states its floor area.
    MissingColumnError
        If no land use is known.

    Notes
    -----
    PKU §7.6(二)1 names it as a control; no source states a value for all parcels.
    """
    figure = far_of(Site(parcels, buildings, lots=lots, shared=shared), empty=empty)
    return sums_of(units, parcels, figure, shared, facts=("far_min", "far_max"),
                   named=("floor_m2", "area_m2", "far"))  # fmt: skip


@indicator(
    title=Text("地块建筑密度", "Building density of parcels"),
    unit="%",
    theme="parcels",
    aggregate="ratio",
    source=f"{PKU} §7.5(四)4, §7.6(二)1",
    definition=Text(
        "地块上建筑基底面积（重叠处计一次，跨地块的只计在内部分）除以地块面积；计入的地块同容积率。",
        "Ground of a parcel under buildings (once where footprints overlap; of a building across "
        "parcels what lies within) over its area. The parcels that count are those of the "
        "floor-area ratio.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=1,
    whole=("parcels",),
    verified=False,
)
def parcel_building_density(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    lots: Lots = EVERY_LOT,
    shared: Shared | None = None,
) -> Measure:
    """Return what part of each parcel buildings cover.

    Parameters
    ----------
    units, lots, shared
        As for `parcel_far`.
    parcels
        Polygons with `land_use`.
    buildings
        Footprints.

    Returns
    -------
    Measure
        Percent; m² under buildings over m². `parts` and evidence as for `parcel_far`.

    Raises
    ------
    MissingColumnError
        If no land use is known.

    Notes
    -----
    PKU §7.6(二)1 names it as a control, without a value for all parcels.
    """
    figure = density_of(Site(parcels, buildings, lots=lots, shared=shared))
    return sums_of(units, parcels, figure, shared, facts=("density_min", "density_max"),
                   named=("covered_m2", "area_m2", "density"))  # fmt: skip


@indicator(
    title=Text("地块绿地率", "Green ratio of parcels"),
    unit="%",
    theme="parcels",
    aggregate="ratio",
    source=f"{PKU} §7.1(二)3, §7.6(二)1, §7.6(六)1",
    definition=Text(
        "地块绿地面积除以地块面积。绿地面积取地块所给（green_area，按规则计算），没有时取绿化图层中"
        "乔、灌、草、花与雨水花园在地块内的范围（重叠计一次；屋顶与墙面绿化不计）。"
        "两者皆无的地块不计。缺省只计可建地块。",
        "Green area of a parcel over its area. The green area is that stated of the parcel "
        "(green_area, by the counting rules), else what trees, shrubs, grass, flowers and rain "
        "gardens of the layer greenery cover of it (once where they overlap; green roofs and walls "
        "do not count). A parcel with neither is left out. By default only land to build on.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=1,
    whole=("parcels",),
    verified=False,
)
def parcel_green_ratio(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    greenery: gpd.GeoDataFrame | None = None,
    *,
    lots: Lots = EVERY_LOT,
    shared: Shared | None = None,
) -> Measure:
    """Return what part of each parcel is green.

    Parameters
    ----------
    units, lots, shared
        As for `parcel_far`.
    parcels
        Polygons with `land_use`, and `green_area` (m²) where it is stated of them.
    greenery
        Polygons with `greenery_type`, for parcels that do not state it.

    Returns
    -------
    Measure
        Percent; m² of green over m². `parts` and evidence as for `parcel_far`.

    Raises
    ------
    MissingColumnError
        If no land use is known, or neither green areas nor greenery are.

    Notes
    -----
    PKU §7.6(二)1 names it as a control; GB 50180 annex A says what of a parcel counts as green.
    """
    figure = green_of(Site(parcels, None, greenery, lots, shared=shared))
    return sums_of(units, parcels, figure, shared, facts=("green_ratio_min", "green_ratio_max"),
                   named=("green_m2", "area_m2", "green_ratio"))  # fmt: skip


@indicator(
    title=Text("地块建筑高度", "Height of buildings on parcels"),
    unit="m",
    theme="parcels",
    aggregate="max",
    source=f"{PKU} §7.6(四)",
    definition=Text(
        "地块上最高建筑的高度；高度未知按层数与层高推算，两者均未知的建筑不计。建筑计入基底至少一成"
        "（min_part，本工具自定）所在的地块。单元与全市为最大值；各建筑为其自身高度。",
        "Height of the tallest building of a parcel: as given, else its floors by the height of a "
        "storey; one of which neither is known does not count. A building counts on each parcel "
        "that holds a tenth of its footprint (min_part, our own choice). Units and the city have "
        "the greatest; a building its own.",
    ),
    levels=("unit", "city", "parcel", "building"),
    decimals=1,
    whole=("parcels", "buildings"),
    verified=False,
)
def parcel_height(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    lots: Lots = EVERY_LOT,
    storey_height: Storey = 3.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the height of the tallest building of each parcel.

    Parameters
    ----------
    units, lots, shared
        As for `parcel_far`.
    parcels
        Polygons with `land_use`.
    buildings
        Footprints with `height` (m) or `floors`.
    storey_height
        Height of a storey where only floors are known, metres.

    Returns
    -------
    Measure
        Metres; NaN for a unit without buildings. `parts` and evidence as for `parcel_far`; `parts`
        have the height of each building that stands on a parcel that counts, too.

    Raises
    ------
    MissingColumnError
        If no land use is known, or neither heights nor floors are.

    Notes
    -----
    PKU §7.6(四): heights are held against the limit of the parcel: `parcel_height_compliance`.
    """
    site = Site(parcels, buildings, None, lots, storey_height, shared)
    measure = greatest_of(units, parcels, height_of(site), shared,
                          facts=("height_min", "height_max"), named="height_m")  # fmt: skip
    return replace(measure, parts={**measure.parts, "building": each_height_of(units, site)})


VARIANTS: tuple[Indicator, ...] = (
    variant(
        parcel_far, "transit_yard_far",
        Text("公交场站用地容积率", "Floor-area ratio of public transport yards"),
        definition=Text(
            "公共交通场站用地（120802）上的建筑面积除以该类用地面积，无建筑者按 0 计入。",
            "Floor area on land for public transport yards (120802) over the area of that land; "
            "yards without buildings count as 0.",
        ),
        facts={"source": f"{PKU} §7.6(三)2"}, parcel_uses=("120802",), empty=True,
    ),
)  # fmt: skip
