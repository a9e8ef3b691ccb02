"""What the interactive map of the plan's page draws: units, ground, and evidence by its kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model import landuse
from carbonspace.model.indicator import Indicator
from carbonspace.model.text import Text
from carbonspace.outputs.apart import kind_of_each, shown
from carbonspace.outputs.gathering import Shared
from carbonspace.outputs.ground import Base
from carbonspace.outputs.page_coding import Grid, coded, grid_of
from carbonspace.outputs.qgis_columns import COLUMNS
from carbonspace.outputs.results import Results
from carbonspace.outputs.summary import reported

LIMIT = 20_000
"""Features of ground and evidence up to which a map draws each of them itself."""
_UNTOLD = {"unit_id", "indicators", "definition"}
"""Columns that are not told of each feature."""
_DIGITS = {"share": 3, "density": 3}
"""Of numbers that are not rounded to one."""


def page_shapes(results: Results, base: Base, *, limit: int = LIMIT) -> dict[str, Any]:
    """Return what the map is drawn of, as JSON that `map_shapes.js` reads.

    Shapes are in the plan's own coordinates, from the middle of its units, in whole steps of
    `step` metres: any CRS serves, and lengths are true.
    """
    units = base.units.shapes
    there = units[~(shapely.is_missing(units) | shapely.is_empty(units))]
    box = tuple(shapely.total_bounds(there).tolist()) if len(there) else (0.0, 0.0, 1.0, 1.0)
    grid = grid_of(box, base.metres_per_unit)
    asked = results.units.index.get_indexer(reported(results.units, results.table))
    few = len(base.ground.shapes) + sum(len(one.layer) for one in results.evidence) <= limit
    names, corners = list(base.names.values()), np.reshape(box, (2, 2))
    others = np.setdiff1d(np.arange(len(units)), asked)
    return {
        "library": "leaflet",
        "step": grid.step * base.metres_per_unit,
        "box": grid.placed(corners).ravel().tolist(),
        "names": [names[n] for n in asked],
        "units": coded(units[asked], grid, dimension=2),
        "anchors": _anchors(units[asked], grid),
        "others": {"names": [names[n] for n in others],
                   "shapes": coded(units[others], grid, dimension=2)},
        "ground": [*_ground(base, grid)] if few else [],
        "evidence": [_evidence(one, results.indicators, results.units.index[asked], grid)
                     for one in results.evidence if few],
        "left_out": [key for one in results.evidence if not few for key in one.keys],
    }  # fmt: skip


def _anchors(polygons: NDArray[Any], grid: Grid) -> list[list[int] | None]:
    """Return where the label of each polygon stands: far from its boundary."""
    sound = shapely.area(polygons) > 0
    inside = shapely.get_point(shapely.maximum_inscribed_circle(polygons[sound]), 0)
    found: list[list[int] | None] = [None] * len(polygons)
    spots = grid.placed(shapely.get_coordinates(inside)).tolist()
    for n, spot in zip(np.flatnonzero(sound).tolist(), spots, strict=True):
        found[n] = spot
    return found


def _ground(base: Base, grid: Grid) -> Iterator[dict[str, Any]]:
    """Yield the paths of the ground, those of polygons before those of lines and points."""
    for n, look in enumerate(base.looks):
        shapes = base.ground.shapes[base.group == n]
        dimensions = shapely.get_dimensions(shapes)
        for dimension in (2, 1, 0):
            mine = shapes[dimensions == dimension]
            if len(mine):
                parts = [part for shape in coded(mine, grid, dimension=dimension) for part in shape]
                yield {
                    "css": look.css, "fill": look.fill, "title": look.title, "land": n < base.land,
                    "dimension": dimension, "parts": parts,
                }  # fmt: skip


def _evidence(
    one: Shared, indicators: Mapping[str, Indicator], units: pd.Index, grid: Grid
) -> dict[str, Any]:
    """Return a layer of evidence: its kinds, its features, and facts about each of them."""
    layer, found = one.layer, shown(indicators[one.keys[0]], one.layer)
    shapes = layer.geometry.to_numpy()
    dimension = int(shapely.get_dimensions(shapes).max(initial=0))
    by, words = pd.factorize(layer["indicators"])
    return {
        "keys": one.keys, "title": found.title, "dimension": dimension,
        "kinds": [{"css": k.css, "colour": k.colour, "symbol": k.symbol, "title": k.title}
                  for k in found.kinds],
        "kind": kind_of_each(layer).tolist(),
        "unit": _unit_of_each(layer, units).tolist(),
        "sets": [[one.keys.index(key) for key in keys.split()] for keys in words],
        "set": by.tolist(),
        "facts": [*_facts(layer)],
        "shapes": coded(shapes, grid, dimension=dimension),
    }  # fmt: skip


def _unit_of_each(layer: gpd.GeoDataFrame, units: pd.Index) -> NDArray[np.intp]:
    """Return the number of the unit each feature lies in, -1 where in none that is reported."""
    if "unit_id" not in layer:
        return np.full(len(layer), -1, dtype=np.intp)
    return np.asarray(units.get_indexer(pd.Index(layer["unit_id"])), dtype=np.intp)


def _facts(layer: gpd.GeoDataFrame) -> Iterator[dict[str, Any]]:
    """Yield what is known of the features: the columns that have a name for people.

    The values of columns of words are numbers of their `words`.
    """
    for name in layer.columns.drop([layer.geometry.name, *_UNTOLD & {*layer.columns}]):
        if name not in COLUMNS or layer[name].isna().all():
            continue
        title, column = COLUMNS[name], layer[name]
        if column.dtype.kind in "iufb":
            rounded = column.astype(float).round(_DIGITS.get(name, 1))
            yield {"title": title, "values": [None if v != v else v for v in rounded.tolist()]}
        else:
            number, words = pd.factorize(column)
            yield {"title": title, "words": [_said(name, one) for one in words],
                   "values": number.tolist()}  # fmt: skip


def _said(name: str, value: Any) -> str | Text:
    if name != "land_use":
        return str(value)
    return Text(*(f"{value} {words}" for words in landuse.name_of(value)))
