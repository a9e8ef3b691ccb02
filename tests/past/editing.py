"""A town of many units, and people who edit it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from tests.indicators.test_reach import town

from carbonspace.model.layers import LAYERS
from carbonspace.model.plan import Plan, Settings
from carbonspace.model.text import Text

CRS = "EPSG:4547"
EDITED = ("parcels", "buildings", "roads", "parks", "facilities", "transit_stops", "car_parks",
          "bike_corridors", "entrances", "blocks")  # fmt: skip


def town_of_units(seed: int, *, side: float = 300.0) -> Plan:
    """Return the town, its ground divided into square units, every feature with an id."""
    layers = {key: layer.set_crs(CRS, allow_override=True) for key, layer in town(seed).items()}
    cells = [shapely.box(x, y, x + side, y + side)
             for x in np.arange(0, 3000, side) for y in np.arange(0, 2100, side)]  # fmt: skip
    layers["units"] = gpd.GeoDataFrame({"unit_id": [f"U{n}" for n in range(len(cells))]},
                                       geometry=cells, crs=CRS)  # fmt: skip
    named = {key: with_ids(key, layer) for key, layer in layers.items()}
    return Plan(Text("镇", "Town"), named, Settings(crs=CRS, position_tolerance=5.0))


def with_ids(key: str, layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a layer with a column of ids."""
    column = LAYERS[key].id
    if column in layer:
        return layer
    return layer.reset_index(drop=True).assign(
        **{column: [f"{key}-{n}" for n in range(len(layer))]}
    )


def edited(plan: Plan, draw: np.random.Generator, *, times: int = 1) -> Plan:
    """Return the plan after some edits of any kind."""
    for _ in range(times):
        key = str(draw.choice([one for one in EDITED if one in plan.layers]))
        layer = EDITS[draw.integers(len(EDITS))](key, plan.layers[key], draw)
        plan = replace(plan, layers={**plan.layers, key: layer})
    return plan


def deleted(_: str, layer: gpd.GeoDataFrame, draw: np.random.Generator) -> gpd.GeoDataFrame:
    return layer.drop(index=layer.index[draw.integers(len(layer))])


def moved(_: str, layer: gpd.GeoDataFrame, draw: np.random.Generator) -> gpd.GeoDataFrame:
    by = draw.uniform(-400, 400, 2)
    return drawn_otherwise(layer, draw, lambda xy: xy + by)


def stretched(_: str, layer: gpd.GeoDataFrame, draw: np.random.Generator) -> gpd.GeoDataFrame:
    return drawn_otherwise(layer, draw, lambda xy: xy.mean(axis=0) + (xy - xy.mean(axis=0)) * 1.3)


def recoded(_: str, layer: gpd.GeoDataFrame, draw: np.random.Generator) -> gpd.GeoDataFrame:
    """Give a feature what another one has in a column."""
    names = [n for n in layer.columns if n not in (layer.geometry.name,) and not n.endswith("_id")]
    if not names:
        return layer
    name, (at, other) = str(draw.choice(names)), draw.integers(len(layer), size=2)
    values = layer[name].copy()
    values.iloc[at] = values.iloc[other]
    return layer.assign(**{name: values})


def inserted(key: str, layer: gpd.GeoDataFrame, draw: np.random.Generator) -> gpd.GeoDataFrame:
    """Add a copy of a feature elsewhere, under an id of its own."""
    one = layer.iloc[[draw.integers(len(layer))]].copy()
    one[LAYERS[key].id] = f"new-{draw.integers(10**9)}"
    one.geometry = one.translate(*draw.uniform(-300, 300, 2))
    return pd.concat([layer, one], ignore_index=True)


def drawn_otherwise(
    layer: gpd.GeoDataFrame, draw: np.random.Generator,
    change: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> gpd.GeoDataFrame:  # fmt: skip
    """Return the layer with one feature drawn otherwise."""
    shapes, at = layer.geometry.to_numpy().copy(), draw.integers(len(layer))
    shapes[at] = shapely.transform(shapes[at], change)
    return layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs))


EDITS = (deleted, moved, stretched, recoded, inserted)
