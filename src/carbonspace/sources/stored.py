"""Stored geometry becomes shapes: arcs as segments, open rings closed, and the account of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model.repair import Mended, sized
from carbonspace.sources.curves import closed, without_arcs

FINER = 100
"""What an arc measures is taken from segments so many times as close to it as those it becomes."""

Positions = NDArray[np.intp]
_NONE = np.zeros(0, dtype=np.intp)


class Built(NamedTuple):
    """Shapes of stored geometry, None where there is none or none can be built.

    `broken`, `closed` and `curved` are positions: of geometry that cannot be built, of polygons
    that had an open ring, of features with arcs. `arcs` are the curved ones nearly as stored.
    """

    geometry: np.ndarray
    broken: Positions = _NONE
    closed: Positions = _NONE
    curved: Positions = _NONE
    arcs: np.ndarray = np.zeros(0, dtype=object)

    def mended(self, layer: str) -> tuple[Mended, ...]:
        """Return what was done to features of a canonical layer."""
        done = (("unclosed", self.closed, self.geometry[:0]), ("curves", self.curved, self.arcs))
        return tuple(
            Mended(fault, layer, len(which), sized(layer, before)[1],
                   sized(layer, self.geometry[which])[1])
            for fault, which, before in done if len(which)
        )  # fmt: skip

    def taken(self, chosen: Positions) -> Built:
        """Return some of the shapes, or all, in another order: first the one at `chosen[0]`."""
        place = np.full(len(self.geometry), -1, dtype=np.intp)
        place[chosen] = np.arange(len(chosen))
        broken, closed, curved = (place[one] for one in (self.broken, self.closed, self.curved))
        arcs = np.argsort(curved)[np.count_nonzero(curved < 0) :]
        return Built(self.geometry[chosen], np.sort(broken[broken >= 0]),
                     np.sort(closed[closed >= 0]), curved[arcs], self.arcs[arcs])  # fmt: skip


_NOTHING = Built(np.zeros(0, dtype=object))


def built(wkb: np.ndarray, crs: str | None, metres: float) -> Built:
    """Return the shapes of well-known binary.

    Parameters
    ----------
    wkb
        One buffer per feature, null where there is no geometry.
    crs
        Of the coordinates: it tells how long a metre is.
    metres
        How far a segment may be away from the arc it stands for.
    """
    curved, arcs = _NONE, np.zeros(0, dtype=object)
    try:
        shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:
        shapes = without_arcs(wkb, crs, metres)
        curved = np.flatnonzero([_has_arcs(one) for one in wkb])
        arcs = without_arcs(wkb[curved], crs, metres / FINER)
    failed = np.flatnonzero(shapely.is_missing(shapes) & pd.notna(wkb))
    shapes[failed] = [closed(wkb[n], crs, metres) for n in failed]
    lost = shapely.is_missing(shapes[failed])
    return Built(shapes, failed[lost], failed[~lost], curved, arcs)


def together(parts: Sequence[Built]) -> Built:
    """Return the shapes of rows that were built some at a time."""
    before = np.cumsum([0, *(len(one.geometry) for one in parts)])[:-1]
    moved = [
        one._replace(broken=one.broken + n, closed=one.closed + n, curved=one.curved + n)
        for one, n in zip(parts, before, strict=True)
    ]
    return Built(*map(np.concatenate, zip(*moved, strict=True))) if moved else _NOTHING


def _has_arcs(wkb: bytes | None) -> bool:
    try:
        shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:
        return True
    return False
