"""A plan in parts: some units each, with everything that can change their values.

What an indicator makes of a unit depends on what lies within its reach. A part holds that and
somewhat more, so the numbers of its units are those of the whole plan, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.grids import Grids
from carbonspace.model.beside import beside
from carbonspace.model.indicator import Indicator
from carbonspace.model.plan import Plan
from carbonspace.model.shared import Shared

SLACK_M = 1.0
"""Added to every reach: more than the width of any boundary, less than would cost anything."""

_BY_AREA = frozenset({"parcels", "blocks"})
"""Layers whose features count to a unit by the area they share with it, not by a point."""

_CELLS, _MOST_CELLS = 8, 20_000
"""Into so many columns and rows the box of a unit is divided; fewer where units are many."""

Boxes = NDArray[np.float64]
Layers = Mapping[str, gpd.GeoDataFrame]


@dataclass(frozen=True)
class Part:
    """Layers to be measured, the ids of the units whose values they give, and shared steps.

    `grids` opens what lies there of the plan's rasters.
    """

    layers: Layers
    owned: pd.Index
    grids: Grids
    shared: Shared = field(default_factory=Shared)

    @property
    def is_whole(self) -> bool:
        """True where every unit of the part is its own."""
        return len(self.owned) == len(self.layers["units"])


@dataclass(frozen=True)
class Sight:
    """How far indicators see: metres by layer, and layers whose features count as a whole.

    `around` is how far they see in rasters.
    """

    reach: Mapping[str, float]
    whole: frozenset[str]
    around: float = 0.0

    @classmethod
    def of(
        cls,
        asked: Iterable[tuple[Indicator, Mapping[str, Any]]],
        layers: Mapping[str, Any] | None = None,
    ) -> Sight:
        """Return what indicators with these parameters see together in a plan's layers."""
        reach: dict[str, float] = {}
        whole: set[str] = set()
        around = 0.0
        for one, settings in asked:
            metres = one.reach_m(settings, layers)
            around = max(around, one.raster_reach_m(settings, layers))
            for key in one.used:
                own = metres if key in (one.far or one.used) else 0.0
                reach[key] = max(reach.get(key, 0.0), own, _edge(key, settings))
            whole |= set(one.whole)
        return cls(reach, frozenset(whole), around)

    @property
    def is_local(self) -> bool:
        """False where a unit's value may hang on something anywhere."""
        return all(math.isfinite(metres) for metres in self.reach.values())


def farthest(sights: Iterable[Sight]) -> Sight:
    """Return how far several see together."""
    reach: dict[str, float] = {}
    whole, around = frozenset[str](), 0.0
    for one in sights:
        reach |= {key: max(reach.get(key, 0.0), metres) for key, metres in one.reach.items()}
        whole, around = whole | one.whole, max(around, one.around)
    return Sight(reach, whole, around)


class _Cover(NamedTuple):
    """Boxes that together hold the units, closer than the box of each would, and whose they are."""

    boxes: Boxes
    unit: NDArray[np.intp]

    @classmethod
    def of(cls, units: NDArray[np.object_]) -> _Cover:
        """Divide the box of each unit into cells and take those that the unit meets."""
        side = min(max(math.isqrt(_MOST_CELLS // max(len(units), 1)), 1), _CELLS)
        west, south, east, north = shapely.bounds(units)[:, :, None, None].transpose(1, 0, 2, 3)
        step = np.arange(side) / side, (np.arange(side) + 1) / side
        low_x, high_x = (west + (east - west) * t[:, None] for t in step)
        low_y, high_y = (south + (north - south) * t[None, :] for t in step)
        sides = np.broadcast_arrays(low_x, low_y, high_x, high_y)
        cells = np.stack([one.reshape(-1) for one in sides], axis=1)
        unit = np.repeat(np.arange(len(units)), side * side)
        asked = shapely.force_2d(units)
        shapely.prepare(asked)
        met = shapely.intersects(asked[unit], _drawn(cells))
        return cls(cells[met], unit[met])


class Divider:
    """Divides a plan into parts for indicators that see so far."""

    def __init__(self, plan: Plan, sight: Sight) -> None:
        self._layers = {k: v for k, v in plan.layers.items() if k in sight.reach or k == "units"}
        self._sight = sight
        self._plan = plan
        self._boxes: dict[str, Boxes] = {}
        self._cover = _Cover(np.empty((0, 4)), np.empty(0, dtype=np.intp))

    def ready(self) -> Divider:
        """Return the divider with the boxes of all features at hand, for threads to ask."""
        known = beside(self._plan, "boxes")
        for key in self._layers.keys() - known.keys():
            known[key] = _boxes(self._layers[key])
        self._boxes = known
        self._cover = _Cover.of(self._layers["units"].geometry.to_numpy())
        return self

    def part(self, ids: pd.Index) -> Part:
        """Return the part of some units: what they own, their neighbours, and what they see."""
        if len(ids) == len(self._layers["units"]):
            everything = _boxes(self._layers["units"])
            around = [_boxes(self._layers[key]) for key in self._whole()]
            grids = self._grids(np.concatenate([everything, *around]))
            return Part(self._layers, ids, grids, Shared(beyond=self._plan.beyond))
        base = self._base(self._layers["units"].index.get_indexer(ids))
        reach = {key: self._sight.reach.get(key, 0.0) for key in self._layers}
        seen = {key: self._seen(key, base, metres) for key, metres in reach.items()}
        layers = {key: self._layers[key].iloc[rows] for key, rows in seen.items()}
        shared = Shared(self._layers, ids, self._plan.beyond)
        return Part(layers, ids, self._grids(base), shared)

    def around(self, ids: pd.Index) -> Boxes:
        """Return boxes that hold some units, and those of what straddles them and counts whole."""
        return self._base(self._layers["units"].index.get_indexer(ids))

    def _grids(self, boxes: Boxes) -> Grids:
        """Return what opens the rasters around boxes."""
        grown = _grown(boxes, self._sight.around)
        west, south = grown[:, :2].min(axis=0).tolist()
        east, north = grown[:, 2:].max(axis=0).tolist()
        return Grids(self._plan, (west, south, east, north))

    def _whole(self) -> list[str]:
        """Return the layers at hand whose features count as a whole."""
        return sorted(self._sight.whole & set(self._layers))

    def touched(self, changed: Mapping[str, Boxes]) -> pd.Index:
        """Return the ids of the units that features in these boxes (by layer) may change."""
        reach = self._sight.reach
        near = [_grown(b, reach.get(key, 0.0)) for key, b in changed.items() if key in reach]
        boxes = np.concatenate(near) if near else np.empty((0, 4))
        for key in self._whole():
            boxes = np.concatenate([boxes, self._boxes[key][self._seen(key, boxes, 0.0)]])
        units = self._layers["units"].index
        return units[self._seen("units", boxes, 0.0)]

    def _base(self, units: NDArray[np.intp]) -> Boxes:
        """Return boxes that hold units, and those of what straddles them and counts as a whole."""
        own = self._cover.boxes[np.isin(self._cover.unit, units)]
        base, inside = [own], shapely.union_all(_drawn(own))
        shapely.prepare(inside)
        for key in self._whole():
            near = self._seen(key, own, 0.0)
            near = near[~shapely.covers(inside, _drawn(self._boxes[key][near]))]
            near = self._sharing(key, near, units) if key in _BY_AREA else near
            base.append(self._boxes[key][near])
        return np.concatenate(base)

    def _sharing(
        self, key: str, near: NDArray[np.intp], units: NDArray[np.intp]
    ) -> NDArray[np.intp]:
        """Return those of some features that have more than their border in common with units."""
        shapes = shapely.force_2d(self._layers["units"].geometry.to_numpy()[units])
        shapely.prepare(shapes)
        features = self._layers[key].geometry.to_numpy()[near]
        unit, feature = shapely.STRtree(features).query(shapes, predicate="intersects")
        apart = shapely.touches(shapes[unit], features[feature])
        sharing = np.zeros(len(near), dtype=np.bool_)
        sharing[feature[~apart]] = True
        chosen: NDArray[np.intp] = near[sharing]
        return chosen

    def _seen(self, key: str, boxes: Boxes, reach: float) -> NDArray[np.intp]:
        """Return the positions of a layer's features within reach of any box, in order.

        Of a unit its shape is asked, not its box: there are few, and each costs much.
        """
        if math.isinf(reach):
            return np.arange(len(self._layers[key]))
        grown, own = _grown(boxes, reach), self._boxes[key]
        west, south = grown[:, :2].min(axis=0, initial=math.inf)
        east, north = grown[:, 2:].max(axis=0, initial=-math.inf)
        meets = (own[:, 0] <= east) & (own[:, 2] >= west) & (own[:, 1] <= north)
        near = np.flatnonzero(meets & (own[:, 3] >= south))
        tree = shapely.STRtree(self._layers[key].geometry.to_numpy()[near])
        by_shape = "intersects" if key == "units" else None
        found = np.zeros(len(near), dtype=np.bool_)
        found[tree.query(_drawn(grown), predicate=by_shape)[1]] = True
        seen: NDArray[np.intp] = near[found]
        return seen


def touched(plan: Plan, sight: Sight, changed: Mapping[str, Boxes]) -> pd.Index:
    """Return the ids of the units that features in these boxes (by layer) may change."""
    return Divider(plan, sight).ready().touched(changed)


def tiles(units: gpd.GeoDataFrame, count: int) -> Iterator[pd.Index]:
    """Yield the ids of units in `count` groups of near neighbours, or fewer."""
    middle = shapely.get_coordinates(shapely.centroid(shapely.envelope(units.geometry.to_numpy())))
    for rows in _halved(np.arange(len(units)), middle, min(count, len(units))):
        yield units.index[rows]


def _halved(
    rows: NDArray[np.intp], middle: NDArray[np.float64], count: int
) -> Iterator[NDArray[np.intp]]:
    """Cut across the longer side until there are `count` groups of about the same size."""
    if count <= 1:
        yield np.sort(rows)
        return
    points = middle[rows]
    axis = int(np.argmax(np.ptp(points, axis=0)))
    ordered = rows[np.lexsort((points[:, 1 - axis], points[:, axis]))]
    first = count // 2
    at = len(rows) * first // count
    yield from _halved(ordered[:at], middle, first)
    yield from _halved(ordered[at:], middle, count - first)


def _edge(key: str, settings: Mapping[str, Any]) -> float:
    """Return how far apart units may be that share what runs along their boundary."""
    return float(settings.get("boundary_tolerance", 0.0)) if key == "units" else 0.0


def _boxes(layer: gpd.GeoDataFrame) -> Boxes:
    boxes: Boxes = shapely.bounds(layer.geometry.to_numpy())
    return boxes


def _grown(boxes: Boxes, metres: float) -> Boxes:
    return boxes + (metres + SLACK_M) * np.array([-1.0, -1.0, 1.0, 1.0])


def _drawn(boxes: Boxes) -> NDArray[np.object_]:
    return np.asarray(shapely.box(*boxes.T), dtype=object)
