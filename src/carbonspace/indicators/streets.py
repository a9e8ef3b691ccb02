"""Streets and blocks: how far apart streets are, how large blocks are, and what shape they have."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._blocks import main_classes, of_blocks
from carbonspace.indicators._shared import Floats, arrays, one_of, spread, summed
from carbonspace.indicators._steps import BLOCKS_BY_UNIT, polygons_in
from carbonspace.kernels import width
from carbonspace.model.indicator import Indicator, Metres, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

SpacingBy = Literal["longer_side", "mean_side"]
_WAYS = ("longer_side", "mean_side")
_PKU = "面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(四)3"
_GB50180 = "GB 50180-2018 §6.0.2"
_NOISE = 1e-9
_WHERE = Text(
    "单元值为各街坊的平均，跨单元的街坊按面积分摊；街坊为计划给出的图层，或由道路中心线围成。",
    "A unit's value is the mean of its blocks, one across units counting to each by area. Blocks "
    "are those of the plan, or lie between the centrelines of its roads.",
)
_SPACING = Text(
    "街坊四周道路的间距：外接最小矩形的长边（longer_side），或两倍面积除以半周长（mean_side，"
    "矩形两边的调和平均）。条文限制的是每个方向的间距，狭长街坊的平均边会掩盖过长的一边"
    "（600 m × 200 m 为 300 m），故默认取长边。按红线划定的街坊不含路幅，间距偏小。",
    "Distance between the streets around a block: the longer side of the smallest rectangle "
    "about it (longer_side), or twice its area over half its perimeter (mean_side, the harmonic "
    "mean of a rectangle's sides). The clause limits the distance in either direction, and a mean "
    "hides the long side of a narrow block (600 m by 200 m gives 300 m): hence the longer side by "
    "default. Blocks drawn by red lines leave out the street itself, so distances come out small.",
)


def _definition(zh: str, en: str) -> Text:
    return Text(f"{zh}{_WHERE.zh}", f"{en} {_WHERE.en}")


@indicator(
    title=Text("城市道路间距", "Street spacing"),
    unit="m",
    theme="streets",
    aggregate="ratio",
    source=_GB50180,
    definition=_definition(*_SPACING),
    levels=("unit", "city", "block"),
    decimals=0,
    whole=("blocks",),
)
def street_spacing(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    spacing_by: SpacingBy = "longer_side",
    max_spacing: Metres = 300.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the mean distance between the streets around the blocks of each unit.

    Parameters
    ----------
    units, blocks
        Polygons, in one projected CRS.
    parcels
        With `land_use`: tells which blocks are of homes, which the clause speaks of.
    spacing_by
        "longer_side": of the smallest rectangle about the block; "mean_side": twice the area
        over half the perimeter.
    max_spacing
        Metres from which on the evidence says that streets are too far apart.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Metres. Numerators are sums of spacings, denominators numbers of blocks. `parts` has one
        row per block, with the first-level class of most of its land in `land_use`.

    Notes
    -----
    GB 50180-2018 §6.0.2: 城市道路间距不应超过300m，宜为150~250m.
    """
    spacing = _spacing(blocks, spacing_by)
    about = {} if parcels is None else {"land_use": main_classes(blocks, parcels, shared)}
    shown = {"spacing_m": spacing, "within": _within(spacing, max_spacing)}
    return of_blocks(units, blocks, spacing, shared, scale=1.0, about=about, shown=shown)


@indicator(
    title=Text("道路间距达标街坊占比", "Share of blocks within the street spacing"),
    unit="%",
    theme="streets",
    aggregate="ratio",
    source=_GB50180,
    definition=Text(
        f"道路间距不超过上限的街坊数除以街坊总数，跨单元的街坊按面积计入各单元。{_SPACING.zh}",
        "Blocks whose streets are no further apart than the limit, over all blocks; a block "
        f"across units counts to each by area. {_SPACING.en}",
    ),
    decimals=1,
)
def street_spacing_share(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    *,
    spacing_by: SpacingBy = "longer_side",
    max_spacing: Metres = 300.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of blocks whose streets are close enough together.

    Parameters
    ----------
    units, blocks, spacing_by, shared
        As for `street_spacing`.
    max_spacing
        Metres between streets at most.

    Returns
    -------
    Measure
        Percent: blocks over blocks. Evidence: every block with its spacing, `within` or not.

    Notes
    -----
    GB 50180-2018 §6.0.2: 城市道路间距不应超过300m.
    """
    spacing = _spacing(blocks, spacing_by)
    within = _within(spacing, max_spacing)
    held = polygons_in(units, blocks, BLOCKS_BY_UNIT, shared)
    every = of_blocks(
        units, blocks, spacing, shared, scale=1.0, shown={"spacing_m": spacing, "within": within}
    )
    return Measure.of(
        units.index,
        spread(held, within, units),
        summed(held.zone, held.share, units),
        scale=100.0,
        evidence=every.evidence,
    )


@indicator(
    title=Text("街坊规模", "Block size"),
    unit="ha",
    theme="streets",
    aggregate="ratio",
    source=_PKU,
    definition=_definition("街坊的用地面积。", "Area of a block."),
    levels=("unit", "city", "block"),
    whole=("blocks",),
)
def block_size(
    units: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the mean area of the blocks of each unit.

    Parameters
    ----------
    units, blocks
        Polygons, in one projected CRS.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Hectares. Numerators are m², denominators numbers of blocks. `parts` has one row per
        block.

    Notes
    -----
    Source: §7.6(四)3, which names no value.
    """
    form = _form(blocks)
    return of_blocks(units, blocks, form["block_m2"], shared, scale=1e-4, shown=form)


@indicator(
    title=Text("街坊周长", "Block perimeter"),
    unit="m",
    theme="streets",
    aggregate="ratio",
    source=_PKU,
    definition=_definition(
        "街坊的周长；中间围有另一街坊的，含内侧边界。",
        "Perimeter of a block, with its inner border where it lies around another one.",
    ),
    levels=("unit", "city", "block"),
    decimals=0,
    whole=("blocks",),
)
def block_perimeter(
    units: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the mean perimeter of the blocks of each unit.

    Parameters
    ----------
    units, blocks, shared
        As for `block_size`.

    Returns
    -------
    Measure
        Metres. Numerators are metres, denominators numbers of blocks. `parts` has one row per
        block.

    Notes
    -----
    Source: §7.6(四)3, which names no value.
    """
    form = _form(blocks)
    return of_blocks(units, blocks, form["perimeter_m"], shared, scale=1.0, shown=form)


@indicator(
    title=Text("街区形态指数", "Block shape index"),
    unit="",
    theme="streets",
    aggregate="ratio",
    source=_PKU,
    definition=_definition(
        "街坊周长除以同面积正方形的周长，P ÷ 4√A：正方形为 1，越狭长或越曲折越大。"
        "原文未给出算式，此为通行算式。",
        "Perimeter of a block over that of the square of its area, P ÷ 4√A: 1 for a square, more "
        "for what is longer or more winding. The source gives no formula; this is the usual one.",
    ),
    levels=("unit", "city", "block"),
    verified=False,
    whole=("blocks",),
)
def block_shape_index(
    units: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return how much longer the blocks' perimeter is than that of squares of their area.

    Parameters
    ----------
    units, blocks, shared
        As for `block_size`.

    Returns
    -------
    Measure
        1 for squares. Denominators are numbers of blocks. `parts` has one row per block.

    Notes
    -----
    Source: §7.6(四)3, which names neither formula nor value.
    """
    form = _form(blocks)
    return of_blocks(units, blocks, form["shape_index"], shared, scale=1.0, shown=form)


def _form(blocks: gpd.GeoDataFrame) -> dict[str, Floats]:
    """Return area, perimeter and shape index of each block, as columns of the evidence."""
    (outlines,) = arrays(blocks)
    area, perimeter = shapely.area(outlines), shapely.length(outlines)
    index = perimeter / (4.0 * np.sqrt(area))
    return {"block_m2": area, "perimeter_m": perimeter, "shape_index": index}


def _spacing(blocks: gpd.GeoDataFrame, spacing_by: str) -> Floats:
    """Return the distance between the streets around each block, metres."""
    (outlines,) = arrays(blocks)
    if one_of("spacing_by", spacing_by, _WAYS) == "mean_side":
        return np.asarray(4.0 * shapely.area(outlines) / shapely.length(outlines))
    return width.longer_side(outlines)


def _within(spacing: Floats, limit: float) -> NDArray[np.bool_]:
    return np.asarray(spacing <= limit * (1 + _NOISE), dtype=bool)


VARIANTS: tuple[Indicator, ...] = ()
