"""What the ground of units, and of places within them, holds of a field of cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._cells import Field, Ground, enough, ground_in
from carbonspace.indicators._rows import rows_by_place
from carbonspace.indicators._shared import Floats, Geometries, arrays, evidence_frame
from carbonspace.model.levels import Level
from carbonspace.model.measure import Measure, divided
from carbonspace.model.shared import Shared


class Held(NamedTuple):
    """What some places of a layer hold: their rows in it, m² of ground, and what is found there."""

    row: NDArray[np.intp]
    area: Floats
    ground: Ground


Layers = Mapping[Level, gpd.GeoDataFrame | None]
"""The places of each level, None where the plan has no such layer."""


def of_ground(
    units: gpd.GeoDataFrame,
    places: Layers,
    field: Field,
    shared: Shared | None,
    *,
    min_covered: float,
    meant: str,
    within: gpd.GeoDataFrame | None = None,
) -> Measure:
    """Return what units, and places within them, hold of a field, over what is known of them.

    `min_covered` is the percentage that has to be known; the evidence calls what is meant `meant`.
    `within` are the units cut down to the ground that is asked of them: all of it where None.
    """
    (zones,) = arrays(units if within is None else within)
    area, ground = shapely.area(zones), ground_in(zones, field)
    top, bottom = _known(ground, area, min_covered)
    return Measure.of(
        units.index,
        top,
        bottom,
        scale=100.0,
        parts={
            level: by_place(
                units, layer, held_by(layer, field), shared, level=level, min_covered=min_covered
            )
            for level, layer in places.items()
            if layer is not None
        },
        evidence=lambda: _where(units, zones, ground_facts(ground, area, meant)),
    )


def _where(
    units: gpd.GeoDataFrame, zones: Geometries, facts: Mapping[str, Floats]
) -> gpd.GeoDataFrame:
    """Return the ground that units have, with what is found there."""
    rows = np.flatnonzero(~shapely.is_empty(zones))
    return evidence_frame(units, rows, zones[rows], **{k: v[rows] for k, v in facts.items()})


def held_by(
    places: gpd.GeoDataFrame, field: Field, chosen: NDArray[np.bool_] | None = None
) -> Held:
    """Return what the whole ground of the chosen places (None: of all) holds."""
    rows = np.arange(len(places)) if chosen is None else np.flatnonzero(chosen)
    shapes = arrays(places)[0][rows]
    return Held(rows, shapely.area(shapes), ground_in(shapes, field))


def by_place(
    units: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    held: Held,
    shared: Shared | None,
    *,
    level: Level,
    min_covered: float,
) -> pd.DataFrame:
    """Return one row for each place of which something is told and that lies in a unit."""
    top, bottom = _known(held.ground, held.area, min_covered)
    return rows_by_place(units, places, level, (top, bottom), shared, scale=100, at=held.row,
                         facts=("land_use", "zone"))  # fmt: skip


def ground_facts(ground: Ground, area: Floats, meant: str) -> dict[str, Floats]:
    """Return what is found on ground, as columns of the evidence."""
    return {
        meant: ground.meant,
        "share": divided(ground.meant, ground.known, scale=100),
        "known_share": divided(ground.known, area, scale=100),
        "area_m2": area,
    }


def _known(ground: Ground, area: Floats, min_covered: float) -> tuple[Floats, Floats]:
    """Return what is meant and what is known, nothing of ground of which too little is known."""
    is_known = enough(ground.known, area, min_covered)
    return np.where(is_known, ground.meant, 0.0), np.where(is_known, ground.known, 0.0)
