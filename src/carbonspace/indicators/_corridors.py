"""Corridors of some types, and how long they are."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.errors import UnstatedError
from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
    of_classes,
)
from carbonspace.indicators._traits import Flags
from carbonspace.kernels import lines as line_kernels
from carbonspace.kernels import overlay
from carbonspace.kernels.width import longer_side
from carbonspace.model.coded import CORRIDOR_TYPES
from carbonspace.model.indicator import Unit
from carbonspace.model.kinds import Choice, Listed
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

Positions = NDArray[np.intp]
CorridorTypes = Annotated[tuple[str, ...], Unit("code"), Listed(Choice(tuple(CORRIDOR_TYPES)))]
ECOLOGICAL: CorridorTypes = ("ecological",)
LENGTH = Text(
    "线状廊道取线长，面状廊道取最小外接矩形长边",
    "A corridor drawn as a line has its length, one drawn as a polygon the longer side of the "
    "smallest rectangle about it",
)


class Shares(NamedTuple):
    """How many metres of which shape lie in which unit."""

    zone: Positions
    feature: Positions
    metres: Floats


def of_types(corridors: gpd.GeoDataFrame, types: CorridorTypes, shared: Shared | None) -> Flags:
    """Return which corridors are of some types.

    Raises
    ------
    UnstatedError
        If none of the plan is.
    """
    everywhere = (shared or Shared()).values("corridors", corridors, "corridor_type")
    if everywhere.isdisjoint(types):
        listed = ", ".join(types)
        raise UnstatedError(
            f"corridors: none with corridor_type {listed}; add them to the layer",
            f"corridors 图层中没有 corridor_type 为 {listed} 的廊道；请补充",
        )
    return of_classes(corridors["corridor_type"], types)


def lengths_of(shapes: Geometries) -> Floats:
    """Return the length of lines, and of the longer side of polygons, m."""
    result: Floats = np.array(shapely.length(shapes), dtype=float)
    areas = shapely.get_dimensions(shapes) == 2
    result[areas] = longer_side(shapes[areas])
    return result


def metres_in(units: gpd.GeoDataFrame, shapes: Geometries, metres: Floats) -> Shares:
    """Return the metres of each shape in each unit: lines as they run, polygons by area."""
    zones = arrays(units)[0]
    lines = np.flatnonzero(shapely.get_dimensions(shapes) == 1)
    areas = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    run = line_kernels.zone_lengths(shapes[lines], zones)
    cut = overlay.cut_along(zones, shapes[areas])
    return Shares(
        np.concatenate((run.zone, cut.zone)),
        np.concatenate((lines[run.feature], areas[cut.feature])),
        np.concatenate((run.length, cut.share * metres[areas[cut.feature]])),
    )
