"""Figures of the outermost place of each unit: the highest, the nearest, the widest."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from carbonspace.indicators._shared import Floats
from carbonspace.model.measure import Extreme

Positions = NDArray[np.intp]


def outermost(
    units: gpd.GeoDataFrame,
    zone: Positions,
    place: Positions,
    top: Floats,
    bottom: Floats | None,
    extreme: Extreme,
) -> tuple[Floats, Floats | None]:
    """Return numerator and denominator of the outermost place of each unit, NaN where none is.

    `zone` and `place` are pairs of a unit and a place in it, `top` and `bottom` the figures of all
    places. Of places with the same value the one with the greatest numerator has it.
    """
    value = top if bottom is None else top / bottom
    sign = -1.0 if extreme == "max" else 1.0
    order = np.lexsort((-top[place], sign * value[place], zone))
    held, first = np.unique(zone[order], return_index=True)
    best = np.full(len(units), -1)
    best[held] = place[order][first]
    figures = np.append(top, np.nan)[best]
    return figures, None if bottom is None else np.append(bottom, np.nan)[best]
