"""Shade of open space below tree crowns, from rasters."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.indicators._cells import (
    Field,
    Ground,
    canopy_field,
    enough,
    ground_in,
)
from carbonspace.indicators._ground import (
    Held,
    by_place,
    ground_facts,
    held_by,
)
from carbonspace.indicators._shared import known, summed
from carbonspace.indicators._steps import (
    PARCELS_BY_BLOCK,
    PARCELS_BY_UNIT,
    chosen_rows,
    cut_evidence,
    polygons_in,
)
from carbonspace.model.grid import Grid
from carbonspace.model.indicator import (
    LandCodes,
    Metres,
    Percent,
    indicator,
)
from carbonspace.model.landuse import matches
from carbonspace.model.levels import Level
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

OPEN_SPACES = ("14",)


@indicator(
    title=Text("开放空间遮荫率", "Shade of open space"),
    unit="%",
    theme="green",
    aggregate="ratio",
    source="面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(六)4",
    definition=Text(
        "开放空间用地中树冠遮盖的面积占比，不含建筑的阴影。像元按落在地块内的面积计；"
        "未知像元不计入分母，已知部分不足下限的没有数值。条文未给出数值与时刻。",
        "Share of the area of open space that lies below tree crowns; the shade of buildings is "
        "not part of it. A cell counts by its area within the parcel; unknown cells are no part "
        "of the denominator, and where too little is known there is no value. The clause states "
        "neither a value nor a time of day.",
    ),
    levels=("unit", "city", "block", "parcel"),
    decimals=1,
    whole=("parcels", "blocks"),
)
def open_space_shade_rate(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    canopy: Grid,
    blocks: gpd.GeoDataFrame | None = None,
    *,
    open_spaces: LandCodes = OPEN_SPACES,
    min_height: Metres = 0.0,
    min_covered: Percent = 90.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of open space that lies in the shade of trees.

    Parameters
    ----------
    units, canopy, min_height, min_covered, shared
        As for `greening_coverage`.
    parcels
        Polygons with `land_use`, a 2023 code.
    blocks
        Polygons; without them there are no figures by block.
    open_spaces
        Land-use codes of open space, matched by prefix.

    Returns
    -------
    Measure
        Percent of what is known; NaN where too little is. Numerators and denominators are m².
        `parts` has one row per parcel of open space, and one per block that has some.

    Raises
    ------
    MissingColumnError
        If land use is not known.

    Notes
    -----
    Source: §7.6(六)4: 增加开放空间的遮荫率.
    """
    codes = known(parcels, "parcels", "land_use", shared)
    chosen = np.asarray(matches(codes, tuple(open_spaces)), dtype=bool)
    field = canopy_field(canopy, min_height, shared)
    held = chosen_rows(polygons_in(units, parcels, PARCELS_BY_UNIT, shared), chosen)
    ground = ground_in(held.geometry, field)
    seen, area = summed(held.zone, ground.known, units), summed(held.zone, held.area, units)
    is_known = enough(seen, area, min_covered)
    lots = held_by(parcels, field, chosen)
    parts: dict[Level, pd.DataFrame] = {
        "parcel": by_place(units, parcels, lots, shared, level="parcel", min_covered=min_covered)
    }
    if blocks is not None:
        spaces = _open_spaces(blocks, parcels, chosen, field, shared)
        parts["block"] = by_place(
            units, blocks, spaces, shared, level="block", min_covered=min_covered
        )
    return Measure.of(
        units.index,
        np.where(is_known, summed(held.zone, ground.meant, units), 0.0),
        np.where(is_known, seen, 0.0),
        scale=100.0,
        parts=parts,
        evidence=lambda: cut_evidence(
            units, parcels, held, "parcel_id", **ground_facts(ground, held.area, "shaded_m2")
        ),
    )


def _open_spaces(
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    chosen: NDArray[np.bool_],
    field: Field,
    shared: Shared | None,
) -> Held:
    """Return what the chosen parcels hold within each block that has some of their ground."""
    cut = chosen_rows(polygons_in(blocks, parcels, PARCELS_BY_BLOCK, shared), chosen)
    ground = ground_in(cut.geometry, field)
    area, seen, meant = (
        summed(cut.zone, one, blocks) for one in (cut.area, ground.known, ground.meant)
    )
    rows = np.flatnonzero(area > 0)
    return Held(rows, area[rows], Ground(seen[rows], meant[rows]))
