"""How far around its units a tile reads each layer, so that it prepares what the whole would."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.model.plan import Plan
from carbonspace.model.policy import FAULTS
from carbonspace.parts import SLACK_M, Divider, Sight
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.window import Boxes
from carbonspace.tiled.tasks import Tile

HALO_M, HALO_OF_CELLS_M = 200.0, 500.0
"""What lies so far from features may have a say in how they are prepared; the latter where people
are shared out from the cells of a raster."""
_STRADDLE_M = 150.0
"""So far features that straddle a border may reach out; where they reach farther more is read."""

_BESIDE = ("slivers", "overlaps", "near_misses", "dangles", "across_units")
"""Faults of features of which the repair hangs on what lies beside them."""

_Cover = NDArray[np.float64]
"""Boxes (n, 4)."""


@dataclass(frozen=True)
class Needed:
    """Where features must be as in the whole plan: so far around boxes that hold the units.

    Attributes
    ----------
    cover
        Boxes of the units and somewhat more, and of what straddles them and counts as a whole.
    reach
        By layer how far around them; None: everywhere.
    """

    cover: _Cover
    reach: Mapping[str, float | None]

    def box(self, key: str, more: float = 0.0) -> Bounds | None:
        """Return the box around where the features of a layer are needed; None: everywhere."""
        metres = self.reach[key]
        (west, south), (east, north) = self.cover[:, :2].min(axis=0), self.cover[:, 2:].max(axis=0)
        box = float(west), float(south), float(east), float(north)
        return None if metres is None else grown(box, metres + more)

    def has(self, key: str, layer: gpd.GeoDataFrame) -> NDArray[np.bool_]:
        """Tell which features of a layer are needed."""
        metres = self.reach.get(key)
        return np.ones(len(layer), dtype=bool) if metres is None else self.near(layer, metres)

    def near(self, layer: gpd.GeoDataFrame, metres: float) -> NDArray[np.bool_]:
        """Tell which features are so near to what is needed."""
        boxes = shapely.bounds(layer.geometry.to_numpy())
        found = np.zeros(len(boxes), dtype=bool)
        for west, south, east, north in self.cover.tolist():
            found |= touches(boxes, grown((west, south, east, north), metres))
        return found

    def uncovered(self, boxes: _Cover) -> _Cover:
        """Return the boxes that do not lie in one of the cover."""
        low = (self.cover[:, None, :2] <= boxes[None, :, :2]).all(axis=2)
        high = (self.cover[:, None, 2:] >= boxes[None, :, 2:]).all(axis=2)
        outside: _Cover = boxes[~(low & high).any(axis=0)]
        return outside

    def with_boxes(self, boxes: _Cover) -> Needed:
        """Return what is needed where some boxes are in the cover, too."""
        return replace(self, cover=np.concatenate([self.cover, boxes]))


def needed_by(tile: Tile) -> Needed:
    """Return where features must be as in the whole plan for the questions of a tile."""
    return Needed(np.array([grown(box, _STRADDLE_M) for box in tile.boxes]), tile.reach)


def reading(needed: Needed, tile: Tile) -> dict[str, float | None]:
    """Return how far each layer is read: as needed, and what that is prepared with."""
    far = {key: None if metres is None else metres + tile.halo
           for key, metres in needed.reach.items()}  # fmt: skip
    for key, other in _before(tile):
        if key in far and other in far:
            far[other] = farther(far[key], far[other])
    return {key: metres for key, metres in far.items() if key != "blocks" or not tile.basis}


def _before(tile: Tile) -> Iterator[tuple[str, str]]:
    """Yield layers, and others that they are prepared with."""
    if tile.derives:
        yield "blocks", tile.derives
    yield from (("parcels", "buildings"), ("parcels", "census"))
    yield from ((key, "units") for key in ("parcels", "buildings", "roads", "blocks"))


def windows(
    needed: Needed, more: Mapping[str, Bounds], far: Mapping[str, float | None], tile: Tile
) -> Boxes:
    """Return what is read of each layer; `more` is what has to be read besides."""
    ground = replace(needed, reach=far)
    boxes = {key: ground.box(key) for key in far}
    for key in more.keys() & boxes.keys():
        for wider in {key, *(other for one, other in _before(tile) if one == key)} & {*boxes}:
            box = boxes[wider]
            boxes[wider] = box and around([box, more[key]])
    return boxes


def farther(one: float | None, other: float | None) -> float | None:
    """Return the farther of two; None is everywhere."""
    return None if one is None or other is None else max(one, other)


def straddling(plan: Plan, sight: Sight, tile: Tile) -> _Cover:
    """Return boxes that hold the units of a tile, and what straddles them and counts as a whole."""
    units = plan.layers["units"].index
    return Divider(plan, sight).ready().around(units[units.isin(tile.units)])


def mended(plan: Plan, tile: Tile) -> _Cover:
    """Return the boxes of features that are counted, where what lies around them may change them.

    Whoever counts a feature must have all of it as in the whole plan, however far it reaches.
    """
    policy, near = plan.settings.policy, [np.empty((0, 4))]
    for key in tile.counted:
        kinds = [one for one in _BESIDE if FAULTS[one].concerns(key)]
        if key in plan.layers and any(policy.of(one, key).choice == "repair" for one in kinds):
            boxes = shapely.bounds(plan.layers[key].geometry.to_numpy())
            near += [boxes[touches(boxes, grown(box, SLACK_M))] for box in tile.boxes]
    return np.concatenate(near)


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
