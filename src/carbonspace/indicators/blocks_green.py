"""The green of residential blocks: its share of their land, and what lies in one piece."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from carbonspace.indicators._documents import GB_50180
from carbonspace.indicators._parcel_figures import GREEN, covered
from carbonspace.indicators._places import Figure, outermost, together
from carbonspace.indicators._residential import (
    USUAL,
    Estates,
    Residential,
    definition,
    estates_of,
    floors_told,
)
from carbonspace.indicators._shared import Floats, arrays, filled, known, of_classes
from carbonspace.indicators._steps import chosen_rows
from carbonspace.kernels import overlay
from carbonspace.model.indicator import indicator
from carbonspace.model.levels import Level
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_LEVELS: tuple[Level, ...] = ("unit", "city", "block")
_GREEN = f"{GB_50180} §4.0.7"


@indicator(
    title=Text("居住街坊绿地率", "Green ratio of residential blocks"),
    unit="%",
    theme="blocks",
    aggregate="ratio",
    source=f"{GB_50180} §4.0.2, A.0.2",
    definition=definition(
        "街坊内居住用地地块的绿地面积（parcels.green_area，按附录 A 计算后填写；未填的取绿化图层中"
        "的绿地）之和除以居住用地面积。有居住地块二者皆无的街坊没有数值。",
        "Green area that the block's parcels of homes state (parcels.green_area, counted by "
        "Appendix A; else the greenery drawn on them) over their land. A block with a parcel of "
        "homes that has neither has no value.",
    ),
    levels=_LEVELS,
    decimals=1,
    whole=("blocks",),
    verified=False,
)
def block_green_ratio(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None = None,
    greenery: gpd.GeoDataFrame | None = None,
    *,
    residential: Residential = USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of the land of homes that is green, by block.

    Parameters
    ----------
    units, blocks, buildings, residential, shared
        As for `block_land_per_capita`.
    parcels
        Polygons with `land_use` and `green_area` (m²).
    greenery
        Polygons with `greenery_type`, for parcels that do not state their green area.

    Returns
    -------
    Measure
        Percent; the rest as for `block_residential_far`.

    Raises
    ------
    MissingColumnError
        If no land use is known of any parcel, or no green area and no greenery is drawn.

    Notes
    -----
    GB 50180-2018 Table 4.0.2: 绿地率最小值.
    """
    estates = estates_of(units, blocks, parcels, residential, shared)
    green, floors = _green_in(estates, greenery), floors_told(estates, buildings)
    figure = Figure(green, estates.area, 100.0)
    shown = estates.shown(figure, floors, green_m2=green)
    return together(estates.by_floors(floors), figure, shown)


def _green_in(estates: Estates, greenery: gpd.GeoDataFrame | None) -> Floats:
    """Return the green of each block's homes, m²: as parcels state, else as it is drawn on them.

    Raises
    ------
    MissingColumnError
        If no parcel states it and no greenery is drawn.
    """
    parcels, ground = estates.parcels, estates.ground
    if greenery is None:
        return estates.stated("green_area")
    stated = filled(parcels, "green_area", np.full(len(parcels), np.nan))
    shapes = arrays(parcels, greenery)[1]
    cut = overlay.cut_along(ground.geometry, shapes)
    drawn = covered(
        chosen_rows(cut, of_classes(greenery["greenery_type"], GREEN)), len(ground.zone)
    )
    own = ground.share * stated[ground.feature]
    return estates.summed(np.where(np.isnan(own), drawn, own))


@indicator(
    title=Text("居住街坊人均集中绿地", "Green in one piece per person, by block"),
    unit="m²/person",
    theme="blocks",
    aggregate="ratio",
    source=_GREEN,
    definition=definition(
        "街坊内居住用地地块的集中绿地面积之和除以其常住人口。有居住地块未说明二者之一的街坊没有数"
        "值。标准的日照要求（不少于三分之一在阴影线外）不在此列。",
        "Green area in one piece that the block's parcels of homes state over their "
        "residents. A block with a parcel of homes that does not state either has no value. That "
        "a third of it has to be in the sun is not looked at.",
    ),
    levels=_LEVELS,
    whole=("blocks",),
    verified=False,
)
def block_concentrated_green(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    residential: Residential = USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Return the green area in one piece per resident of each block.

    Parameters
    ----------
    units, blocks, residential, shared
        As for `block_residential_far`.
    parcels
        Polygons with `land_use`, `concentrated_green_area` (m²) and `population`.

    Returns
    -------
    Measure
        m²/person. `parts` has one row per residential block, with the `unit_type` of its unit.
        Evidence: these blocks.

    Raises
    ------
    MissingColumnError
        If no land use, no concentrated green area or no population is known.

    Notes
    -----
    GB 50180-2018 §4.0.7: 新区建设不应低于0.50m²/人, 旧区改建不应低于0.35m²/人.
    """
    estates = estates_of(units, blocks, parcels, residential, shared)
    green, people = estates.stated("concentrated_green_area"), estates.stated("population")
    figure = Figure(green, people)
    shown = {"green_m2": green, "population": people, "value": figure.value}
    return together(estates.places(), figure, shown)


@indicator(
    title=Text("居住街坊集中绿地最小宽度", "Width of green in one piece, by block"),
    unit="m",
    theme="blocks",
    aggregate="min",
    source=_GREEN,
    definition=definition(
        "街坊内居住用地地块所填集中绿地宽度中最小者；没有集中绿地或未填宽度的不计。单元与全市取最"
        "小者。",
        "Least width of the green areas in one piece that the block's parcels of homes state; a "
        "parcel without such an area, or that does not say how wide it is, does not count. Of "
        "units and the city the least counts.",
    ),
    levels=_LEVELS,
    decimals=1,
    whole=("blocks",),
    verified=False,
)
def block_concentrated_green_width(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    residential: Residential = USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Return the width of the narrowest green area in one piece of each block.

    Parameters
    ----------
    units, blocks, residential, shared
        As for `block_residential_far`.
    parcels
        Polygons with `land_use`, `concentrated_green_width` (m) and, where it is known,
        `concentrated_green_area` (m²).

    Returns
    -------
    Measure
        Metres; NaN where there is none. `parts` and evidence as for `block_concentrated_green`.

    Raises
    ------
    MissingColumnError
        If no land use or no width of a concentrated green area is known.

    Notes
    -----
    GB 50180-2018 §4.0.7: 宽度不应小于8m.
    """
    estates = estates_of(units, blocks, parcels, residential, shared)
    known(parcels, "parcels", "concentrated_green_width", shared)
    unknown = np.full(len(parcels), np.nan)
    width = filled(parcels, "concentrated_green_width", unknown)[estates.ground.feature]
    area = filled(parcels, "concentrated_green_area", unknown)[estates.ground.feature]
    there = ~np.isnan(width) & (area != 0)
    least = np.full(len(blocks), np.inf)
    np.minimum.at(least, estates.ground.zone[there], width[there])
    figure = Figure(np.where(np.isfinite(least), least, np.nan))
    return outermost(estates.places(), figure, "min", {"value": figure.value})
