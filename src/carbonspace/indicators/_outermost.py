"""The place with the greatest or smallest figure of those that a unit has ground in common with."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._shared import Floats, Geometries, arrays, evidence_frame
from carbonspace.model.measure import Measure

_SPECK_M2 = 1.0


def outermost_of(
    units: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    shapes: Geometries,
    figures: tuple[Floats, Floats | None],
    name: str,
    extreme: Literal["max", "min"],
    scale: float,
) -> Measure:
    """Return the figure of the place with the greatest (smallest) one that each unit meets.

    `figures` are a numerator and a denominator (None: a sum) for each place; `shapes` is how the
    evidence draws them, and `name` the column of their ids.
    """
    top, bottom = figures
    value = top if bottom is None else top / bottom
    zone, place = meeting(units, places)
    rank = -value[place] if extreme == "max" else value[place]
    order = np.lexsort((place, rank, zone))
    held, first = np.unique(zone[order], return_index=True)
    best = np.full(len(units), -1)
    best[held] = place[order][first]
    return Measure.of(
        units.index,
        np.append(top, np.nan)[best],
        None if bottom is None else np.append(bottom, np.nan)[best],
        scale=scale,
        extreme=extreme,
        evidence=lambda: evidence_frame(
            units, zone, shapes[place], **{name: np.asarray(places.index)[place]},
            value=scale * value[place],
        ),
    )  # fmt: skip


def meeting(
    units: gpd.GeoDataFrame, places: gpd.GeoDataFrame
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the units and the places that have ground in common, as positions."""
    zones, shapes = arrays(units, places)
    zone, place = shapely.STRtree(shapes).query(zones, predicate="intersects")
    ground = shapely.area(shapely.intersection(zones[zone], shapes[place])) > _SPECK_M2
    return zone[ground], place[ground]
