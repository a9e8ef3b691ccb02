"""Residential blocks: how densely, how high and on how much land per person they are built."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._documents import GB_50180, PKU
from carbonspace.indicators._places import Figure, Places, outermost, together
from carbonspace.indicators._residential import (
    USUAL,
    Residential,
    built_on,
    definition,
    estates_of,
    floors_told,
    mean_floors,
)
from carbonspace.indicators._shade import Storey
from carbonspace.indicators._shared import Floats, is_unknown
from carbonspace.indicators._steps import floors_of_all, polygons_in
from carbonspace.kernels import overlay
from carbonspace.model.floors import heights
from carbonspace.model.indicator import Group, Indicator, Percent, Ratio, indicator
from carbonspace.model.levels import Level
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_TABLE = f"{GB_50180} §4.0.2"
_LEVELS: tuple[Level, ...] = ("unit", "city", "block")
_HARDLY = 0.1
"""A building that has less of its footprint on a block does not make it high: our own reading."""
BUILDINGS_BY_BLOCK = "buildings by block"


@indicator(
    title=Text("居住街坊住宅用地容积率", "Floor-area ratio of residential blocks"),
    unit="",
    theme="blocks",
    aggregate="ratio",
    source=_TABLE,
    definition=definition(
        "街坊内居住用地上住宅及其配套设施的地上建筑面积之和除以居住用地面积。",
        "Floor area above ground of homes and their facilities on the block's residential land "
        "over that land.",
    ),
    levels=_LEVELS,
    whole=("blocks",),
    verified=False,
)
def block_residential_far(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    residential: Residential = USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Return the floor area of homes over their land, by block.

    Parameters
    ----------
    units
        Planning units, with `climate_zone` and `unit_type` where rules ask for them.
    blocks
        Polygons.
    parcels
        Polygons with `land_use`.
    buildings
        Footprints with `floor_area` (m²) or `floors`, and `use`.
    residential
        Which blocks are residential: see `Residential`.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        m² of floor per m² of land. `parts` has one row per residential block, with `climate_zone`,
        `unit_type` and `floors_class`. Evidence: these blocks with what they are made of.

    Raises
    ------
    MissingColumnError
        If no land use, or neither floor areas nor floors of any building are known.

    Notes
    -----
    GB 50180-2018 Table 4.0.2: 住宅用地容积率.
    """
    estates = estates_of(units, blocks, parcels, residential, shared)
    built = built_on(estates, buildings)
    floor = overlay.sums(built.block, built.floor, len(blocks))
    figure, floors = Figure(floor, estates.area), mean_floors(built, len(blocks))
    shown = estates.shown(figure, floors, floor_m2=floor)
    return together(estates.by_floors(floors), figure, shown)


@indicator(
    title=Text("居住街坊建筑密度", "Building density of residential blocks"),
    unit="%",
    theme="blocks",
    aggregate="ratio",
    source=_TABLE,
    definition=definition(
        "街坊内居住用地上住宅及其配套设施的建筑基底面积之和除以居住用地面积。",
        "Footprints of homes and their facilities on the block's residential land over that land.",
    ),
    levels=_LEVELS,
    decimals=1,
    whole=("blocks",),
    verified=False,
)
def block_building_density(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    residential: Residential = USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of the land of homes that buildings stand on, by block.

    Parameters
    ----------
    units, blocks, parcels, buildings, residential, shared
        As for `block_residential_far`.

    Returns
    -------
    Measure
        Percent; the rest as for `block_residential_far`.

    Raises
    ------
    MissingColumnError
        As for `block_residential_far`.

    Notes
    -----
    GB 50180-2018 Table 4.0.2: 建筑密度最大值.
    """
    estates = estates_of(units, blocks, parcels, residential, shared)
    built = built_on(estates, buildings)
    ground = overlay.sums(built.block, built.ground, len(blocks))
    figure, floors = Figure(ground, estates.area, 100.0), mean_floors(built, len(blocks))
    shown = estates.shown(figure, floors, footprint_m2=ground)
    return together(estates.by_floors(floors), figure, shown)


@indicator(
    title=Text("居住街坊住宅最大高度", "Height of homes in residential blocks"),
    unit="m",
    theme="blocks",
    aggregate="max",
    source=_TABLE,
    definition=definition(
        "街坊内最高一栋住宅的高度；高度未知按层数与层高推算，两者均未知的不计，基底不足十分之一落在"
        "街坊内的不计。单元与全市取最大者。",
        "Height of the tallest home of the block. Where it is not known it is the floors by a "
        "storey's height; where neither is, a building does not count, nor one with less than a "
        "tenth of its footprint on the block. Of units and the city the greatest counts.",
    ),
    levels=_LEVELS,
    decimals=1,
    whole=("blocks",),
    verified=False,
)
def block_height(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    storey_height: Storey = 3.0,
    residential: Residential = USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Return the height of the tallest home of each block.

    Parameters
    ----------
    units, blocks, parcels, residential, shared
        As for `block_residential_far`.
    buildings
        Footprints with `height` (m) or `floors`, and `use`.
    storey_height
        Height of a storey where only floors are known, metres.

    Returns
    -------
    Measure
        Metres; NaN where no height is known. `parts` and evidence as for `block_residential_far`.

    Raises
    ------
    MissingColumnError
        If no land use, or neither heights nor floors of any building are known.

    Notes
    -----
    GB 50180-2018 Table 4.0.2: 住宅建筑高度控制最大值.
    """
    if all(is_unknown(buildings, "buildings", one, shared) for one in ("height", "floors")):
        raise MissingColumnError("buildings", "height")
    estates = estates_of(units, blocks, parcels, residential, shared)
    built = built_on(estates, buildings)
    tall = heights(buildings, storey_height)[built.building]
    counts = built.homes & (built.share >= _HARDLY) & ~np.isnan(tall)
    highest = np.full(len(blocks), -np.inf)
    np.maximum.at(highest, built.block[counts], tall[counts])
    figure = Figure(np.where(np.isfinite(highest), highest, np.nan))
    floors = mean_floors(built, len(blocks))
    return outermost(estates.by_floors(floors), figure, "max", estates.shown(figure, floors))


@indicator(
    title=Text("居住街坊人均住宅用地", "Residential land per person, by block"),
    unit="m²/person",
    theme="blocks",
    aggregate="ratio",
    source=_TABLE,
    definition=definition(
        "街坊内居住用地面积除以其常住人口。有居住地块未说明人口的街坊没有数值。",
        "Residential land of the block over its residents. A block with a parcel of homes that "
        "does not state its people has no value.",
    ),
    levels=_LEVELS,
    decimals=1,
    whole=("blocks",),
    verified=False,
)
def block_land_per_capita(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None = None,
    *,
    residential: Residential = USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Return the land of homes per resident, by block.

    Parameters
    ----------
    units, blocks, residential, shared
        As for `block_residential_far`.
    buildings
        As there; without them the class of floors is not told.
    parcels
        Polygons with `land_use` and `population`.

    Returns
    -------
    Measure
        m²/person; the rest as for `block_residential_far`.

    Raises
    ------
    MissingColumnError
        If no land use or no population is known.

    Notes
    -----
    GB 50180-2018 Table 4.0.2: 人均住宅用地面积最大值.
    """
    estates = estates_of(units, blocks, parcels, residential, shared)
    people, floors = estates.stated("population"), floors_told(estates, buildings)
    figure = Figure(estates.area, people)
    shown = estates.shown(figure, floors, population=people)
    return together(estates.by_floors(floors), figure, shown)


@dataclass(frozen=True)
class Middle(Group):
    """What is of middle height and middle density: mean floors, and footprints over land, %."""

    mid_floors_from: Ratio = 4.0
    mid_floors_to: Ratio = 9.0
    mid_cover_from: Percent = 20.0
    mid_cover_to: Percent = 40.0


MIDDLE = Middle()


@indicator(
    title=Text("街坊形态：平均层数（中层中密度）", "Form of blocks: mean floors and density class"),
    unit="",
    theme="blocks",
    aggregate="ratio",
    source=f"{PKU} §7.6(四)10; §7.9(二)1",
    definition=Text(
        "街坊平均层数 L = FSI / GSI，即建筑面积（FSI 为其与街坊用地之比）除以基底面积（GSI 为其与"
        "街坊用地之比）。街坊按 L 与 GSI 归类：low、mid、high rise 与 low、mid、high density。原文"
        "只作引导，未给界限：中层 4–9 层、中密度 20%–40% 为本项目约定。无建筑的街坊没有数值；跨单"
        "元的街坊按面积分摊。",
        "Mean floors of a block, L = FSI / GSI: its floor area (FSI: over its land) over its "
        "footprints (GSI: over its land). By L and GSI a block is low, mid or high rise, of low, "
        "mid or high density. The source gives guidance and no bounds: 4 to 9 floors and 20 to "
        "40 % are our own choice. A block without buildings has no value; one across units counts "
        "to each by area.",
    ),
    levels=_LEVELS,
    decimals=1,
    whole=("blocks",),
    verified=False,
)
def mid_rise_mid_density(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    middle: Middle = MIDDLE,
    shared: Shared | None = None,
) -> Measure:
    """Return the mean floors of each block, and the class of its form.

    Parameters
    ----------
    units, blocks, shared
        As for `block_residential_far`.
    buildings
        Footprints with `floor_area` (m²) or `floors`.
    middle
        What is of middle height and density: see `Middle`.

    Returns
    -------
    Measure
        Floors; numerators are m² of floor, denominators m² of footprint. `parts` has one row per
        block that is built on, with its `form`. Evidence: these blocks, with `fsi` and `gsi`.

    Raises
    ------
    MissingColumnError
        If neither floor areas nor floors are known of any building.

    Notes
    -----
    PKU §7.6(四)10: 中层中密度. Berghauser Pont and Haupt, Spacematrix, call FSI, GSI and L so.
    """
    if all(is_unknown(buildings, "buildings", one, shared) for one in ("floor_area", "floors")):
        raise MissingColumnError("buildings", "floors")
    cut = polygons_in(blocks, buildings, BUILDINGS_BY_BLOCK, shared)
    floors = floors_of_all(buildings, shared)
    floor = overlay.sums(cut.zone, cut.share * floors[cut.feature], len(blocks))
    ground = overlay.sums(cut.zone, cut.area, len(blocks))
    figure, land = Figure(floor, ground), shapely.area(blocks.geometry.to_numpy())
    shown = {"form": _forms(figure.value, 100 * ground / land, middle),
             "fsi": floor / land, "gsi": ground / land, "mean_floors": figure.value}  # fmt: skip
    about = {"form": shown["form"]}
    return together(Places(units, blocks, "block", ground > 0, about, shared), figure, shown)


def _forms(floors: Floats, cover: Floats, middle: Middle) -> NDArray[np.object_]:
    """Return the class of each block, such as "mid_rise_mid_density"; "" without buildings."""
    rise = _third(floors, middle.mid_floors_from, middle.mid_floors_to)
    density = _third(cover, middle.mid_cover_from, middle.mid_cover_to)
    names = [f"{a}_rise_{b}_density" for a, b in zip(rise, density, strict=True)]
    return np.where(np.isnan(floors), "", np.array(names, dtype=object)).astype(object)


def _third(values: Floats, low: float, high: float) -> NDArray[np.object_]:
    return np.where(values < low, "low", np.where(values > high, "high", "mid")).astype(object)


VARIANTS: tuple[Indicator, ...] = ()
