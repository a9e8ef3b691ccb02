"""A drawn town with every layer and column the plans may have, filled by chance.

What the town has already stays; so a test over the whole catalogue needs no data of its own.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from tests.indicators.squares import layer, random_boxes, random_lines

from carbonspace.model.column import Column, Layer
from carbonspace.model.layers import LAYERS
from carbonspace.model.places import FACILITIES, FACILITY_TYPES

ENRICHED = ("units", "parcels", "buildings", "facilities", "parks")
"""Layers of the town that get the columns they lack."""
ASIDE = {"name", "area", "floor_area", "roof_area", "height", "unit_type", "walking_zone", "zone",
         "unit_id", "block_id", "population", "jobs", "workers", "year_built",
         "exemption", "crs"}  # fmt: skip
"""Columns that would make the town another one, or that are nobody's amount."""
UNKNOWN = 0.1
FEW = 10
_COUNT, _SIZE = 150, 300.0
STATIONS = tuple(sorted(set(FACILITY_TYPES) - {*FACILITIES, "charging", "crossing"}))
"""Types of facilities that are not of daily life."""
_LARGE = {"life_circles": 1500.0}
"""Places so large that they hold others."""


def furnished(layers: dict[str, gpd.GeoDataFrame], *, seed: int, side: float) -> dict[str, Any]:
    """Return the town with every layer of a plan, and every column."""
    draw = np.random.default_rng(seed + 100)
    result = {key: _enriched(frame, LAYERS[key], draw) if key in ENRICHED else frame
              for key, frame in layers.items()}  # fmt: skip
    for key in LAYERS.keys() - layers.keys() - {"city", "census"}:
        result[key] = _drawn(LAYERS[key], seed, side)
    return result


def _enriched(frame: gpd.GeoDataFrame, kind: Layer, draw: np.random.Generator) -> gpd.GeoDataFrame:
    lacking = [c for c in kind.columns[1:] if c.name not in frame and c.name not in ASIDE]
    return frame.assign(**{c.name: _values(c, len(frame), draw) for c in lacking})


def _drawn(kind: Layer, seed: int, side: float) -> gpd.GeoDataFrame:
    own = seed + sum(map(ord, kind.key))
    draw = np.random.default_rng(own)
    shapes = _shapes(kind, own, side)
    columns = {c.name: _values(c, len(shapes), draw) for c in kind.columns[1:] if c.name != "name"}
    named = {"name": [f"{kind.key}{n}" for n in range(len(shapes))]}
    return layer(shapes, id_name=kind.id, **(columns or named))


def _shapes(kind: Layer, seed: int, side: float) -> list[Any]:
    if "polygon" in kind.geometry:
        return random_boxes(_COUNT, seed=seed, side=side, size=_LARGE.get(kind.key, _SIZE))
    if "line" in kind.geometry:
        return random_lines(_COUNT, seed=seed, side=side)
    middles = random_boxes(2 * _COUNT, seed=seed, side=side, size=10.0)
    return [shapely.Point(box.bounds[:2]) for box in middles]


def _values(column: Column, count: int, draw: np.random.Generator) -> Any:
    unknown = draw.random(count) < (0.0 if column.required or count < FEW else UNKNOWN)
    if column.kind == "flag":
        answers = [bool(one) for one in draw.random(count) < 0.7]
        return pd.array([None if no else one for one, no in zip(answers, unknown, strict=True)],
                        dtype="boolean")  # fmt: skip
    if column.kind == "number":
        low = column.low or 0.0
        high = low + 1000.0 if column.high is None else min(column.high, low + 1000.0)
        return np.where(unknown, np.nan, np.round(draw.uniform(low, high, count)))
    known = column.values or ("0701", "0901", "1401")  # noqa: PD011
    words = draw.choice(np.array(known, dtype=object), count)
    words[unknown] = None
    return words


def with_stations(facilities: gpd.GeoDataFrame, seed: int) -> gpd.GeoDataFrame:
    """Return the facilities, and twenty of each further type beside them, with a capacity."""
    draw = np.random.default_rng(seed + 200)
    count = 20 * len(STATIONS)
    places = [shapely.Point(at) for at in draw.uniform((-100, -100), (3100, 1100), (count, 2))]
    further = layer(places, id_name="station", facility_type=20 * STATIONS,
                    capacity=draw.integers(1, 900, count).astype(float),
                    capacity_unit=np.full(count, None))  # fmt: skip
    both = pd.concat([facilities, further])
    both.index.name = facilities.index.name
    return both


def subdistricts(seed: int) -> gpd.GeoDataFrame:
    """Return streets, towns and villages side by side, many across the boundaries of units."""
    draw = np.random.default_rng(seed + 201)
    squares = [shapely.box(x, y, x + 350, y + 350)
               for x in range(-200, 3200, 370) for y in range(-200, 1200, 370)]  # fmt: skip
    kinds = draw.choice(np.array(["street", "town", "village"], dtype=object), len(squares))
    waste = pd.array(draw.random(len(squares)) < 0.6, dtype="boolean")
    return layer(squares, id_name="subdistrict_id", subdistrict_kind=kinds,
                 has_waste_collection=waste)  # fmt: skip
