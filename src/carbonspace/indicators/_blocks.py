"""What the blocks hold: the land-use classes of each, and the units it lies in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from carbonspace.indicators._places import Figure, Places, together
from carbonspace.indicators._shared import Floats, is_unknown, known
from carbonspace.indicators._steps import (
    BLOCKS_BY_UNIT,
    PARCELS_BY_BLOCK,
    chosen_rows,
    polygons_in,
)
from carbonspace.kernels import overlay
from carbonspace.kernels.overlay import Cut
from carbonspace.model.landuse import CODES, matches
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared

_TRANSPORT = ("12",)
_FIRST_LEVEL = tuple(code for code in CODES if len(code) == 2)


class Land(NamedTuple):
    """The parts of parcels in blocks: position of the block, land-use class (-1: none), m²."""

    block: NDArray[np.int64]
    kind: NDArray[np.int64]
    area: Floats
    transport: NDArray[np.bool_]


class Mix(NamedTuple):
    """Per block: land without transport in m², its main class, share of the first and second."""

    land: Floats
    main: NDArray[np.object_]
    first: Floats
    second: Floats


def land_of(
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    classes: tuple[str, ...],
    shared: Shared | None,
) -> Land:
    """Return the parts of parcels in blocks, with the first of `classes` each belongs to."""
    codes = known(parcels, "parcels", "land_use", shared)
    kind = np.full(len(parcels), -1, dtype=np.int64)
    for position, prefix in enumerate(classes):
        kind[matches(codes, (prefix,)).to_numpy() & (kind < 0)] = position
    cut = polygons_in(blocks, parcels, PARCELS_BY_BLOCK, shared)
    transport = matches(codes, _TRANSPORT).to_numpy()
    return Land(cut.zone, kind[cut.feature], cut.area, transport[cut.feature])


def mix_of(
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    classes: tuple[str, ...],
    shared: Shared | None,
) -> Mix:
    """Return how the land of each block is shared among `classes`."""
    land = land_of(blocks, parcels, classes, shared)
    counted = ~land.transport
    total = overlay.sums(land.block[counted], land.area[counted], len(blocks))
    chosen, count = land.kind >= 0, len(classes)
    cells = land.block[chosen] * count + land.kind[chosen]
    area = overlay.sums(cells, land.area[chosen], len(blocks) * count)
    share = np.zeros((len(blocks), max(count, 2)))
    np.divide(area.reshape(-1, count), total[:, None], out=share[:, :count],
              where=total[:, None] > 0)  # fmt: skip
    ranked = np.sort(share, axis=1)
    names = np.array([*classes, None, None], dtype=object)
    main = names[np.where(ranked[:, -1] > 0, np.argmax(share, axis=1), -1)]
    return Mix(total, main, ranked[:, -1], ranked[:, -2])


def held_blocks(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    counted: NDArray[np.bool_],
    shared: Shared | None,
) -> Cut:
    """Return the parts of the counted blocks in each unit."""
    return chosen_rows(polygons_in(units, blocks, BLOCKS_BY_UNIT, shared), counted)


def main_classes(
    blocks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, shared: Shared | None
) -> NDArray[np.object_]:
    """Return the first-level class of most of each block's land but transport; None for none."""
    if is_unknown(parcels, "parcels", "land_use", shared):
        return np.full(len(blocks), None, dtype=object)
    return mix_of(blocks, parcels, _FIRST_LEVEL, shared).main


def of_blocks(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    figure: Floats,
    shared: Shared | None,
    *,
    scale: float,
    shown: Mapping[str, NDArray[Any]],
    about: Mapping[str, NDArray[Any]] | None = None,
) -> Measure:
    """Return the mean of a figure of blocks by unit, and the figure of each block.

    `shown` are columns of the evidence, `about` those that rules may select blocks on: one value
    for each block.
    """
    every = np.ones(len(blocks), dtype=bool)
    places = Places(units, blocks, "block", every, about or {}, shared)
    return together(places, Figure(figure, scale=scale), shown)
