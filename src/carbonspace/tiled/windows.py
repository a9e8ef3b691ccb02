"""How far around its units a tile reads each layer, so that it prepares what the whole would."""

from __future__ import annotations

import math
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.model.plan import Plan
from carbonspace.parts import Divider, Sight
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.window import Boxes
from carbonspace.tiled.tasks import Tile

HALO_M = 500.0
"""What lies so far from features may have a say in how they are prepared."""
_STRADDLE_M = 250.0
"""So far features that straddle a border may reach out; where they reach farther more is read."""

Needed = Mapping[str, Bounds | None]
"""By layer where its features must be as in the whole; None: everywhere."""


def needed_by(tile: Tile, allow: float = _STRADDLE_M) -> Needed:
    """Return where features must be as in the whole plan for the questions of a tile."""
    return {key: None if metres is None else grown(tile.box, allow + metres)
            for key, metres in tile.reach.items()}  # fmt: skip


def windows(needed: Needed, more: Mapping[str, Bounds], tile: Tile) -> Boxes:
    """Return what is read of each layer: what is needed, and what that is prepared with.

    `more` is what has to be read besides. Blocks that are derived are not read.
    """
    basis = tile.derives
    boxes = {key: box and around([grown(box, HALO_M), *([more[key]] if key in more else [])])
             for key, box in needed.items()}  # fmt: skip
    before: list[tuple[str, str]] = [("blocks", basis)] if basis else []
    before += [("parcels", "buildings"), ("parcels", "census")]
    before += [(key, "units") for key in ("parcels", "buildings", "roads", "blocks")]
    for key, other in before:
        if key in boxes and other in boxes and boxes[other] is not None:
            both = boxes[key], boxes[other]
            boxes[other] = None if both[0] is None else around([one for one in both if one])
    if tile.basis and "blocks" in boxes:
        del boxes["blocks"]
    return boxes


def straddle(plan: Plan, sight: Sight, tile: Tile) -> float:
    """Return how far what straddles the border of a tile, and counts as a whole, reaches out."""
    units = plan.layers["units"].index
    boxes = Divider(plan, sight).ready().around(units[units.isin(tile.units)])
    west, south, east, north = tile.box
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(max(west - low[0], south - low[1], high[0] - east, high[1] - north, 0.0))


def unread(layer: gpd.GeoDataFrame, needed: Bounds | None, read: Bounds | None) -> Bounds | None:
    """Return the box around features that touch what is needed; None where it was read."""
    if needed is None or read is None:
        return None
    boxes = shapely.bounds(layer.geometry.to_numpy())
    there = boxes[touches(boxes, needed)]
    if not len(there):
        return None
    low, high = there[:, :2].min(axis=0).tolist(), there[:, 2:].max(axis=0).tolist()
    box = grown((*low, *high), 1.0)
    return None if around([box, read]) == read else box


def touches(boxes: NDArray[np.float64], box: Bounds) -> NDArray[np.bool_]:
    """Tell which boxes share a point with a box."""
    west, south, east, north = np.asarray(boxes).reshape(-1, 4).T
    return (west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1])


def grown(box: Bounds, metres: float) -> Bounds:
    """Return a box with so much around it."""
    return box[0] - metres, box[1] - metres, box[2] + metres, box[3] + metres


def around(boxes: list[Bounds]) -> Bounds:
    """Return the box around boxes."""
    west, south, east, north = zip(*boxes, strict=True)
    return min(west, default=math.nan), min(south), max(east), max(north)
