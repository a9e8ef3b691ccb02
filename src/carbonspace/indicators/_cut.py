"""Polygons cut along zones, without the slivers that rounding leaves on shared edges."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._shared import Floats, Geometries
from carbonspace.kernels import overlay

SLIVER_M2 = 1e-4
"""A part smaller than a square centimetre is noise: it must not make a unit look measured."""


class Cut(NamedTuple):
    """Parts of polygons by zone: positions, geometry, m², and share of the polygon's area."""

    zone: NDArray[np.intp]
    feature: NDArray[np.intp]
    geometry: Geometries
    area: Floats
    share: Floats


def cut_along(zones: Geometries, features: Geometries) -> Cut:
    """Return the part of each polygon in each zone, slivers left out."""
    parts = overlay.pieces(zones, features)
    area = shapely.area(parts.geometry)
    share = area / shapely.area(features)[parts.feature]
    keep = area > SLIVER_M2
    return Cut(parts.zone[keep], parts.feature[keep], parts.geometry[keep], area[keep], share[keep])
