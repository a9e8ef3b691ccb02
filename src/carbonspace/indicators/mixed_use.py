"""Mixed use: blocks with several land uses, what parcels are really used for, jobs and homes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from carbonspace.indicators._blocks import Mix, held_blocks, land_of, mix_of
from carbonspace.indicators._floors import floors_of, main_use_parts
from carbonspace.indicators._shared import (
    Floats,
    filled,
    is_unknown,
    known,
    numbers,
    spread,
    summed,
)
from carbonspace.indicators._steps import PARCELS_BY_UNIT, chosen_rows, cut_evidence, polygons_in
from carbonspace.kernels import zonal
from carbonspace.kernels.overlay import Cut
from carbonspace.model.indicator import Indicator, LandClasses, LandCodes, Percent, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

FINE_USES = ("0802", "1101", "1102")
"""Research, logistics and depots have limits of their own in the Shenzhen table."""
_NOISE = 1e-9


@indicator(
    title=Text("混合用地街坊占比", "Share of mixed-use blocks"),
    unit="%",
    theme="mixed_use",
    aggregate="ratio",
    source="面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(四)4",
    definition=Text(
        "街坊内第二大用地类别占街坊用地（不含交通运输用地）的比例达到下限的街坊为混合用地街坊；"
        "混合街坊数除以有用地的街坊总数。跨单元的街坊按面积计入各单元。原文未给出下限，为参数。",
        "A block is mixed where the second largest of the chosen land-use classes reaches the "
        "smallest share of the block's land (transport land left out). Mixed blocks over all "
        "blocks with land; a block across units counts to each by area. The source names no "
        "smallest share: it is a parameter.",
    ),
    verified=False,
    whole=("blocks",),
)
def mixed_block_share(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    land_classes: LandClasses = ("07", "08", "09"),
    min_share: Percent = 10.0,
    shared: Shared | None = None,
) -> Measure:
    """Share of the blocks that mix land uses.

    Parameters
    ----------
    units, blocks
        Planning units and the blocks they are made of.
    parcels
        With `land_use`.
    land_classes
        Land-use classes that make a mix, by prefix.
    min_share
        Share of the block's land that its second class must reach, %.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Mixed blocks over blocks, %. Evidence: the blocks that are not mixed, with the share of
        their first and second class.

    Raises
    ------
    MissingColumnError
        If no land use is known.

    Notes
    -----
    Source: 面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(四)4.
    """
    mix = mix_of(blocks, parcels, land_classes, shared)
    mixed = mix.second >= min_share / 100 * (1 - _NOISE)
    held = held_blocks(units, blocks, mix.land > 0, shared)
    return Measure.of(
        units.index,
        spread(held, mixed, units),
        summed(held.zone, held.share, units),
        scale=100,
        evidence=lambda: _unmixed(units, blocks, mix, chosen_rows(held, ~mixed)),
    )


@indicator(
    title=Text("用地混合度", "Land-use mix"),
    unit="",
    theme="mixed_use",
    aggregate="ratio",
    source="面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(四)4",
    definition=Text(
        "街坊用地类别的熵 H = −Σ p ln p / ln k（0 为单一用途，1 为均衡混合），"
        "按街坊在单元内的面积加权平均。",
        "Entropy of the land-use classes of a block, H = −Σ p ln p / ln k (0: one use, 1: an "
        "even mix), averaged over the unit's blocks by their area in it.",
    ),
    whole=("blocks",),
)
def land_use_mix(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    land_classes: LandClasses = ("07", "08", "09", "10", "11", "14"),
    shared: Shared | None = None,
) -> Measure:
    """How evenly the land of the blocks is shared among land-use classes, 0 to 1.

    Parameters
    ----------
    units, blocks, parcels
        As for `mixed_block_share`.
    land_classes
        The classes compared, by prefix; blocks without any of them are left out.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Entropy times block area (m²) over block area (m²). Evidence: the blocks with their
        entropy.

    Raises
    ------
    MissingColumnError
        If no land use is known.

    Notes
    -----
    Source: 面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(四)4.
    """
    land = land_of(blocks, parcels, land_classes, shared)
    chosen = land.kind >= 0
    entropy = np.full(len(blocks), np.nan)
    if chosen.any():
        entropy = zonal.entropy(
            land.block[chosen], land.kind[chosen], land.area[chosen], len(blocks), len(land_classes)
        )
    held = held_blocks(units, blocks, ~np.isnan(entropy), shared)
    return Measure.of(
        units.index,
        summed(held.zone, held.area * entropy[held.feature], units),
        summed(held.zone, held.area, units),
        scale=1,
        evidence=lambda: cut_evidence(
            units, blocks, held, "block_id", entropy=entropy[held.feature], area_m2=held.area
        ),
    )


@indicator(
    title=Text("主导用途建筑面积占比", "Share of floor area in the main use"),
    unit="%",
    theme="mixed_use",
    aggregate="ratio",
    source="面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(四)4",
    definition=Text(
        "地块内用途与地块主导用途相同的建筑面积，除以用途已知的建筑面积；主导用途为地块用地的"
        "一级类，科研、物流仓储、储备库按二级类；"
        "用途已知的不足下限时该地块不评价。建筑面积未知时取基底面积×层数，层数未知按一层。"
        "单元值为面积大部分位于其内的地块之和。",
        "Floor area on the parcel in the parcel's main use, over the floor area of known use. The "
        "main use is the first level of the land use; research, logistics and depots are main uses "
        "of their own. A parcel where too little is known is not judged. Floor area that is "
        "not given is footprint × floors, one floor where floors are not known. A unit sums the "
        "parcels that lie mostly in it.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=1,
    whole=("parcels",),
)
def main_use_floor_share(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    fine_uses: LandCodes = FINE_USES,
    min_known: Percent = 50.0,
    shared: Shared | None = None,
) -> Measure:
    """Share of the floor area on a parcel that serves the parcel's main use.

    Parameters
    ----------
    units
        Planning units.
    parcels
        With `land_use`, and `zone` where rules differ by it.
    buildings
        Footprints with `use`, and `floor_area` (m²) or `floors`. A building across parcels
        counts to each by its footprint.
    fine_uses
        Land uses that are a main use of their own, by prefix; of any other land use the first
        level is the main use. A building whose `use` is coarser is not known there.
    min_known
        Share of a parcel's floor area whose use must be known, %.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Floor area in the main use over floor area of known use, %. `parts` has one row per
        parcel with buildings; so has the evidence.

    Raises
    ------
    MissingColumnError
        If no land use, or no use of a building, is known.

    Notes
    -----
    Source: 面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(四)4.
    """
    floors = floors_of(parcels, buildings, tuple(fine_uses), shared)
    parts = main_use_parts(units, parcels, floors, min_known / 100, shared)
    zone = np.asarray(units.index.get_indexer(parts["unit_id"]), dtype=np.int64)
    return Measure.of(
        units.index,
        summed(zone, parts["numerator"].to_numpy(), units),
        summed(zone, parts["denominator"].to_numpy(), units),
        scale=100,
        parts={"parcel": parts},
        evidence=lambda: _parcel_evidence(parcels, parts),
    )


@indicator(
    title=Text("职住比", "Jobs–housing ratio"),
    unit="",
    theme="mixed_use",
    aggregate="ratio",
    source="面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.5(三)2",
    definition=Text(
        "就业岗位数除以居住就业人口数；没有居住就业人口时取常住人口×就业人口比例"
        "（默认100%，即每位常住人口的岗位数）。原文未给出分母，默认值为本工具自定。"
        "跨单元的地块按面积分摊。",
        "Jobs over resident workers; where these are not known, over residents × the share of "
        "workers among them (100 % by default: jobs per resident). The source names no "
        "denominator: the default is our own. A parcel across units is shared by area.",
    ),
    verified=False,
)
def jobs_housing_ratio(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    worker_share: Percent = 100.0,
    shared: Shared | None = None,
) -> Measure:
    """Jobs per resident worker.

    Parameters
    ----------
    units
        Planning units.
    parcels
        With `jobs`, and `workers` or `population`; null is none.
    worker_share
        Workers among the residents, %, where `workers` is null.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Jobs over workers. Evidence: the parcels with their jobs and workers in each unit.

    Raises
    ------
    MissingColumnError
        If jobs, or both workers and population, are not known.

    Notes
    -----
    Source: 面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.5(三)2.
    """
    jobs = numbers(known(parcels, "parcels", "jobs", shared))
    workers = _workers(parcels, worker_share, shared)
    cut = polygons_in(units, parcels, PARCELS_BY_UNIT, shared)
    jobs, workers = cut.share * jobs[cut.feature], cut.share * workers[cut.feature]
    return Measure.of(
        units.index,
        summed(cut.zone, jobs, units),
        summed(cut.zone, workers, units),
        scale=1,
        evidence=lambda: cut_evidence(units, parcels, cut, "parcel_id", jobs=jobs, workers=workers),
    )


def _unmixed(
    units: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame, mix: Mix, held: Cut
) -> gpd.GeoDataFrame:
    return cut_evidence(
        units,
        blocks,
        held,
        "block_id",
        main_class=mix.main[held.feature],
        first_share=100 * mix.first[held.feature],
        second_share=100 * mix.second[held.feature],
    )


def _parcel_evidence(parcels: gpd.GeoDataFrame, parts: pd.DataFrame) -> gpd.GeoDataFrame:
    rows = parcels.index.get_indexer(parts.index)
    table = parts.rename(
        columns={"numerator": "main_m2", "denominator": "known_m2", "value": "share"}
    )
    table.insert(1, "parcel_id", parts.index)
    return gpd.GeoDataFrame(
        table.reset_index(drop=True),
        geometry=gpd.GeoSeries(parcels.geometry.to_numpy()[rows], crs=parcels.crs),
    )


def _workers(parcels: gpd.GeoDataFrame, worker_share: float, shared: Shared | None) -> Floats:
    """Return resident workers per parcel: as given, else from the residents."""
    workers = parcels.get("workers")
    if workers is not None and workers.notna().all():
        return numbers(workers)
    if is_unknown(parcels, "parcels", "workers", shared):
        known(parcels, "parcels", "population", shared)
    residents = filled(parcels, "population", np.zeros(len(parcels)))
    return filled(parcels, "workers", residents * worker_share / 100)


VARIANTS: tuple[Indicator, ...] = ()
