"""Which features were edited near a place: what the memory of last night knows better than layers.

Features are those of the prepared plan, so that one whose people are others counts, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.batch.causes import Edit, EditsNear
from carbonspace.model.levels import LAYER_OF
from carbonspace.parts import Boxes
from carbonspace.past.memory import Edits
from carbonspace.past.since import Since

_SAME_M = 1e-6


def edits_near(since: Since, layers: Mapping[str, gpd.GeoDataFrame]) -> EditsNear:
    """Return whom to ask for the edits that may have moved a figure, the nearest ones first."""
    reach = since.reach
    edits = {key: [*_edits(key, one)] for key, one in since.edits.items()}
    boxes = {key: np.array([box for _, box in found]) for key, found in edits.items()}

    @cache
    def place(level: str, name: str) -> shapely.Geometry | None:
        layer = layers.get("units" if level == "unit" else LAYER_OF.get(level, ""))  # type: ignore[call-overload]
        return None if layer is None or name not in layer.index else layer.geometry[name]

    def near(level: str, name: str, asked: Sequence[str]) -> Sequence[Edit]:
        found = list[tuple[float, Edit]]()
        for key in asked:
            if key in edits:
                away = _away(boxes[key], place(level, name))
                close = np.flatnonzero(away <= reach.get(key, 0.0) + 1.0)
                found += [(float(away[n]), edits[key][n][0]) for n in close]
        return [edit for _, edit in sorted(found, key=lambda one: one[0])]

    return near


def _away(boxes: Boxes, place: shapely.Geometry | None) -> NDArray[np.float64]:
    """Return how far boxes are from a place; 0 where it is the whole city."""
    if place is None:
        return np.zeros(len(boxes))
    away: NDArray[np.float64] = shapely.distance(shapely.box(*boxes.T), place)
    return np.where(np.isnan(away), 0.0, away)


def _edits(layer: str, found: Edits) -> Iterator[tuple[Edit, NDArray[np.float64]]]:
    """Yield what happened to each feature, and the box of where it is or was."""
    gone = dict(zip(map(str, found.gone.ids), found.gone.boxes, strict=True))
    for name, box in zip(map(str, found.new.ids), found.new.boxes, strict=True):
        was = gone.pop(name, None)
        how = "inserted" if was is None else "moved" if _is_moved(was, box) else "updated"
        yield Edit(layer, name, how), box if was is None else _around(was, box)
    yield from ((Edit(layer, name, "deleted"), box) for name, box in gone.items())


def _is_moved(was: NDArray[np.float64], box: NDArray[np.float64]) -> bool:
    """Tell whether a box is elsewhere, but as large as it was."""
    grown = (box[2:] - box[:2]) - (was[2:] - was[:2])
    return bool(abs(grown).max() < _SAME_M < abs(box - was).max())


def _around(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([np.fmin(one[:2], other[:2]), np.fmax(one[2:], other[2:])])
