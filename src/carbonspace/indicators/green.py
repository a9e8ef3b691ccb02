"""Green cover and ground, from rasters: crowns, vegetation, permeable ground."""

from __future__ import annotations

from typing import Annotated

import geopandas as gpd

from carbonspace.errors import MissingLayerError
from carbonspace.indicators._bases import Base, cut_down
from carbonspace.indicators._cells import (
    Field,
    canopy_field,
    cover_field,
    either,
    index_field,
    sealed_field,
    with_crowns,
)
from carbonspace.indicators._ground import (
    Layers,
    of_ground,
)
from carbonspace.model.grid import Grid
from carbonspace.model.indicator import (
    LandCovers,
    Metres,
    Percent,
    Unit,
    indicator,
)
from carbonspace.model.kinds import Number
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

Index = Annotated[float, Unit(""), Number(low=-1, high=1)]

GREEN_COVERS = ("trees", "shrubs", "grass", "crops", "wetland")


@indicator(
    title=Text("绿化覆盖率", "Greening coverage"),
    unit="%",
    theme="green",
    aggregate="ratio",
    source="连云港市城乡建设领域碳达峰实施方案 (2024) 三11",
    definition=Text(
        "植被垂直投影面积除以单元（或其建成区等，base；街坊、地块）面积：树冠与其下的草地、灌木只"
        "计一次。植被取自地表覆被（计为绿化的类型）或植被指数（不小于下限），并上树冠栅格。像元按"
        "落在其内的面积计；未知像元不计入分母，已知部分不足下限的没有数值。两个栅格分辨率不同时按"
        "较细的像元。植被指数的下限与计为绿化的类型为本工具的约定。",
        "Vertical projection of vegetation over the area of the unit (or its built-up area or "
        "other base), block or parcel: grass and shrubs below a crown count once. Vegetation is "
        "taken from the land cover (the types that are green) or the vegetation index (from a "
        "smallest value), and from the canopy. A cell counts by its area within; unknown cells "
        "are no part of the denominator, and where too little is known there is no value. Of two "
        "resolutions the finer cells count. The smallest index and the types that are green are "
        "our own choice.",
    ),
    levels=("unit", "city", "block", "parcel"),
    decimals=1,
    verified=False,
    whole=("parcels", "blocks"),
)
def greening_coverage(
    units: gpd.GeoDataFrame,
    land_cover: Grid | None = None,
    ndvi: Grid | None = None,
    canopy: Grid | None = None,
    parcels: gpd.GeoDataFrame | None = None,
    blocks: gpd.GeoDataFrame | None = None,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    green_covers: LandCovers = GREEN_COVERS,
    min_ndvi: Index = 0.3,
    min_height: Metres = 0.0,
    min_covered: Percent = 90.0,
    base: Base = "unit",
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit, block and parcel that vegetation covers, seen from above.

    Parameters
    ----------
    units
        Polygons in a projected CRS, that of the rasters.
    land_cover, ndvi
        At least one of them.
    canopy
        Height of trees (m) or their share of a cell (%).
    parcels, blocks
        Polygons; without them there are no figures by parcel or block.
    boundaries
        Polygons with `boundary_type`; needed where `base` is "built_up".
    green_covers
        Land covers that are vegetation.
    min_ndvi
        Vegetation index from which a cell is vegetation.
    min_height
        Height above which a cell is crown, metres.
    min_covered
        Share of a place that has to be known, %.
    base
        Ground of each unit that is asked: all of it, its built-up area, its construction land or
        its residential land. Blocks and parcels are asked as a whole.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent of what is known; NaN where too little is. Numerators and denominators are m².
        `parts` has one row per block and one per parcel.

    Raises
    ------
    MissingLayerError
        If there is neither a land cover nor a vegetation index, or the base needs a layer that is
        not there.

    Notes
    -----
    连云港 (2024) 三11: 城市建成区绿化覆盖率保持在40%以上.
    """
    fields = []
    if land_cover is not None:
        fields.append(cover_field(land_cover, green_covers))
    if ndvi is not None:
        fields.append(index_field(ndvi, min_ndvi))
    if not fields:
        raise MissingLayerError("rasters.land_cover")
    green = fields[0] if len(fields) == 1 else either(*fields)
    if canopy is not None:
        green = with_crowns(green, canopy_field(canopy, min_height, shared))
    places: Layers = {"block": blocks, "parcel": parcels}
    within = cut_down(units, base, parcels, boundaries, shared)
    return of_ground(
        units, places, green, shared, min_covered=min_covered, meant="green_m2", within=within
    )


@indicator(
    title=Text("植被（树冠）覆盖率", "Canopy cover"),
    unit="%",
    theme="green",
    aggregate="ratio",
    source="面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.5(七)4",
    definition=Text(
        "树冠面积除以单元（或其建成区等，base；街坊、地块）面积。树冠取自树冠高度高于下限的像元，"
        "或像元的树冠比例；像元按落在其内的面积计。未知像元不计入分母，已知部分不足下限的没有数值"
        "。",
        "Area of tree crowns over the area of the unit (or its built-up area or other base), "
        "block or parcel. A crown is a cell whose canopy is higher than the limit, or the share "
        "of the cell the raster states; a cell counts by its area within. Unknown cells are no "
        "part of the denominator, and where too little is known there is no value.",
    ),
    levels=("unit", "city", "block", "parcel"),
    decimals=1,
    whole=("parcels", "blocks"),
)
def canopy_cover(
    units: gpd.GeoDataFrame,
    canopy: Grid,
    parcels: gpd.GeoDataFrame | None = None,
    blocks: gpd.GeoDataFrame | None = None,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    min_height: Metres = 0.0,
    min_covered: Percent = 90.0,
    base: Base = "unit",
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit, block and parcel that tree crowns cover.

    Parameters
    ----------
    units, canopy, parcels, blocks, boundaries, min_height, min_covered, base, shared
        As for `greening_coverage`.

    Returns
    -------
    Measure
        Percent of what is known; NaN where too little is. Numerators and denominators are m².
        `parts` has one row per block and one per parcel.

    Notes
    -----
    Source: §7.5(七)4: 建议设定绿化开敞空间覆盖率和植被（树冠）覆盖率为管控指标.
    """
    field = canopy_field(canopy, min_height, shared)
    places: Layers = {"block": blocks, "parcel": parcels}
    within = cut_down(units, base, parcels, boundaries, shared)
    return of_ground(
        units, places, field, shared, min_covered=min_covered, meant="canopy_m2", within=within
    )


@indicator(
    title=Text("可渗透面积占比", "Permeable share"),
    unit="%",
    theme="green",
    aggregate="ratio",
    source="巴彦淖尔市城乡建设领域碳达峰实施方案 二(三)10; "
    "连云港市城乡建设领域碳达峰实施方案 (2024) 三12",
    definition=Text(
        "可渗透的地面（含水面）除以单元（或其建成区等，base；街坊、地块）面积。有不透水面栅格时取"
        "其余数，否则取地表覆被中不属于不透水类型的面积。未知像元不计入分母，已知部分不足下限的没"
        "有数值。条文未说明口径；水面计入沿用城市体检的做法（凭记忆，未核实）。",
        "Permeable ground, water included, over the area of the unit (or its built-up area or "
        "other base), block or parcel: what a raster of impervious surface leaves, or else the "
        "land covers that are not sealed. Unknown cells are no part of the denominator, and where "
        "too little is known there is no value. The clauses do not say how to count; that water "
        "counts follows the urban health check (from memory, unverified).",
    ),
    levels=("unit", "city", "block", "parcel"),
    decimals=1,
    verified=False,
    whole=("parcels", "blocks"),
)
def permeable_share(
    units: gpd.GeoDataFrame,
    impervious: Grid | None = None,
    land_cover: Grid | None = None,
    parcels: gpd.GeoDataFrame | None = None,
    blocks: gpd.GeoDataFrame | None = None,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    sealed_covers: LandCovers = ("built",),
    min_covered: Percent = 90.0,
    base: Base = "unit",
    shared: Shared | None = None,
) -> Measure:
    """Return the share of the ground of each unit, block and parcel that lets water through.

    Parameters
    ----------
    units, parcels, blocks, boundaries, min_covered, base, shared
        As for `greening_coverage`.
    impervious
        Share of each cell that is sealed, %; goes before the land cover.
    land_cover
        Used where there is no raster of impervious surface.
    sealed_covers
        Land covers that are sealed.

    Returns
    -------
    Measure
        Percent of what is known; NaN where too little is. Numerators and denominators are m².

        `parts` has one row per block and one per parcel.

    Raises
    ------
    MissingLayerError
        If there is neither raster.

    Notes
    -----
    巴彦淖尔 二(三)10: 到2025年全市城市建成区可渗透面积占比达到40%.
    """
    if impervious is not None:
        sealed = sealed_field(impervious)
    elif land_cover is not None:
        sealed = cover_field(land_cover, sealed_covers)
    else:
        raise MissingLayerError("rasters.impervious")
    places: Layers = {"block": blocks, "parcel": parcels}
    soft = Field(1 - sealed.share, sealed.lattice)
    within = cut_down(units, base, parcels, boundaries, shared)
    return of_ground(
        units, places, soft, shared, min_covered=min_covered, meant="permeable_m2", within=within
    )
