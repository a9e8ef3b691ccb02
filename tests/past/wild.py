"""Whatever may befall the data of a city overnight: edits of features, of columns, of layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pandas.api import types
from shapely.geometry.base import BaseGeometry
from tests.past.editing import EDITS, drawn_otherwise, inserted

from carbonspace.model.layers import LAYERS

Draw = np.random.Generator
Edit = Callable[[str, gpd.GeoDataFrame, Draw], gpd.GeoDataFrame]


def at_random(layer: gpd.GeoDataFrame, draw: Draw, share: float = 0.0) -> np.ndarray:
    """Return which features are chosen: a share of them, one at least."""
    chosen = draw.random(len(layer)) < share
    chosen[draw.integers(len(layer))] = True
    return chosen


def with_values(
    layer: gpd.GeoDataFrame, name: str, chosen: np.ndarray, value: Any
) -> gpd.GeoDataFrame:
    """Return the layer with other values of some features, whatever type its column had."""
    values = layer[name].astype(object)
    values[chosen] = value
    is_flag = types.is_bool_dtype(layer[name])
    is_number = types.is_numeric_dtype(layer[name]) and not is_flag
    kind = "float64" if is_number else "boolean" if is_flag else "object"
    return layer.assign(**{name: values.astype(kind)})


def with_shapes(
    layer: gpd.GeoDataFrame, chosen: np.ndarray, change: Callable[[BaseGeometry], Any]
) -> gpd.GeoDataFrame:
    """Return the layer with some features drawn otherwise."""
    shapes = layer.geometry.to_numpy().copy()
    shapes[chosen] = [one and change(one) for one in shapes[chosen]]
    return layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs))


def a_column(
    layer: gpd.GeoDataFrame, draw: Draw, *, numbers: bool = False, texts: bool = False
) -> str | None:
    """Return the name of a column but for that of the geometry, of one kind where it is asked."""
    names = [str(n) for n in layer.columns if n != layer.geometry.name]
    if numbers:
        names = [n for n in names if types.is_float_dtype(layer[n])]
    if texts:
        names = [n for n in names if layer[n].map(lambda one: isinstance(one, str)).any()]
    return str(draw.choice(names)) if names else None


def many_deleted(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    return layer[~at_random(layer, draw, draw.uniform(0, 0.4))]


def many_moved(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    by = draw.uniform(-100, 100, 2)
    return with_shapes(layer, at_random(layer, draw, 0.2),
                       lambda one: shapely.transform(one, lambda xy: xy + by))  # fmt: skip


def to_another_unit(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    by = np.array([draw.choice([-1000.0, -500.0, 500.0, 1000.0]), 0.0])
    return drawn_otherwise(layer, draw, lambda xy: xy + by)


def across_units(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    times = draw.uniform(3, 12)
    return drawn_otherwise(layer, draw, lambda xy: xy.mean(axis=0) + times * (xy - xy.mean(axis=0)))


def a_hair(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    by = 10.0 ** draw.integers(-9, 0)
    return drawn_otherwise(layer, draw, lambda xy: xy + by)


def far_away(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    by = draw.choice([4e3, 2e4, 1e5])
    return drawn_otherwise(layer, draw, lambda xy: xy + by)


def shrunk(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    """Make a feature next to nothing: a sliver, a stub of a line."""
    return drawn_otherwise(layer, draw, lambda xy: xy[0] + (xy - xy[0]) * [1.0, 1e-4])


def bow_tie(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    return drawn_otherwise(layer, draw, lambda xy: xy[[0, 2, 1, *range(3, len(xy))]]
                           if len(xy) > 3 else xy)  # fmt: skip


def no_shape(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    empty = draw.choice(np.array([None, shapely.Point(), shapely.Polygon()], dtype=object))
    return with_shapes(layer, at_random(layer, draw), lambda _: empty)


def another_kind(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    change = [shapely.centroid, shapely.boundary, shapely.convex_hull, shapely.force_3d,
              lambda one: shapely.multipoints([one.centroid])][draw.integers(5)]  # fmt: skip
    return with_shapes(layer, at_random(layer, draw), change)


def in_parts(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    """Make one feature of several parts of two, the other of which goes."""
    shapes = layer.geometry.to_numpy().copy()
    if len(shapes) < 2:
        return layer
    one, other = draw.choice(len(shapes), 2, replace=False)
    shapes[one] = shapely.union(shapes[one], shapes[other])
    drawn = layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs))
    return drawn.drop(index=layer.index[other])


def split(key: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    """Make two features of one, side by side."""
    chosen = at_random(layer, draw)
    one = layer[chosen].assign(**{LAYERS[key].id: f"new-{draw.integers(10**9)}"})
    both = pd.concat([layer, one], ignore_index=True)
    west, south, east, north = layer[chosen].total_bounds
    middle = (west + east) / 2
    halves = shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)
    for at, half in zip((int(chosen.argmax()), len(both) - 1), halves, strict=True):
        both = with_shapes(both, np.arange(len(both)) == at, partial(_within, half))
    return both


def _within(half: BaseGeometry, one: BaseGeometry) -> BaseGeometry:
    """Return what of a shape lies in one half."""
    return shapely.intersection(one, half) if one.is_valid else one


def many_inserted(key: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    for _ in range(draw.integers(2, 20)):
        layer = inserted(key, layer, draw)
    return layer


def duplicated(key: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    """Draw a feature twice: with an id of its own, with the same one, or half beside itself."""
    one = layer[at_random(layer, draw, draw.choice([0.0, 0.1]))].copy()
    if draw.random() < 0.6:
        one[LAYERS[key].id] = [f"new-{draw.integers(10**9)}" for _ in range(len(one))]
    if draw.random() < 0.5:
        west, _, east, _ = one.total_bounds
        one.geometry = one.translate((east - west) * 0.3)
    return pd.concat([layer, one], ignore_index=True)


def ids_swapped(key: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    if LAYERS[key].id not in layer:
        return layer
    ids, (one, other) = layer[LAYERS[key].id].copy(), draw.integers(len(layer), size=2)
    ids.iloc[[one, other]] = ids.iloc[[other, one]].to_numpy()
    return layer.assign(**{LAYERS[key].id: ids})


def shapes_swapped(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    shapes, (one, other) = layer.geometry.to_numpy().copy(), draw.integers(len(layer), size=2)
    shapes[[one, other]] = shapes[[other, one]]
    return layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs))


def another_id(key: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    if LAYERS[key].id not in layer:
        return layer
    given = draw.choice(np.array([None, "", " ", f"new-{draw.integers(10**9)}", 7], dtype=object))
    return with_values(layer, LAYERS[key].id, at_random(layer, draw), given)


def emptied(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    """Take away the value of one feature, of many, or of all."""
    if (name := a_column(layer, draw)) is None:
        return layer
    return with_values(layer, name, at_random(layer, draw, draw.choice([0.0, 0.0, 0.5, 1.0])), None)


def known_nowhere_else(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    """Leave the value of a column to one feature alone."""
    if (name := a_column(layer, draw)) is None:
        return layer
    return with_values(layer, name, ~at_random(layer, draw), None)


def another_number(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    """Give a feature the greatest or the least value, none, or one that cannot be."""
    if (name := a_column(layer, draw, numbers=True)) is None:
        return layer
    values = layer[name]
    given = [values.max() * 3, values.max() + 1, values.min() / 2, 0.0, -1.0, np.inf, 1e12,
             values.median()][draw.integers(8)]  # fmt: skip
    return with_values(layer, name, at_random(layer, draw), given)


def greatest_lowered(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    """Bring down what is greatest of all: the tallest building, the widest road."""
    if (name := a_column(layer, draw, numbers=True)) is None or layer[name].isna().all():
        return layer
    values = layer[name].to_numpy(dtype=float)
    return with_values(layer, name, values == np.nanmax(values), float(np.nanmedian(values)))


def unknown_code(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    if (name := a_column(layer, draw, texts=True)) is None:
        return layer
    given = draw.choice(np.array(["?", "9999", "07", "R2", "住宅", "1", ""], dtype=object))
    return with_values(layer, name, at_random(layer, draw), given)


def kind_gone(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    """Delete all features of a kind."""
    if (name := a_column(layer, draw)) is None:
        return layer
    values = layer[name].astype(object).where(layer[name].notna(), None)
    return layer[~(values == values.iloc[draw.integers(len(layer))]).to_numpy(dtype=bool)]


def all_but_one_gone(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    return layer[at_random(layer, draw)]


def column_gone(key: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    """Take a column away; without one that is required a plan is not read."""
    needed = [column.name for column in LAYERS[key].columns if column.required]
    name = a_column(layer.drop(columns=needed, errors="ignore"), draw)
    return layer if name is None else layer.drop(columns=name)


def another_order(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    return layer.iloc[draw.permutation(len(layer))]


def another_crs(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    return layer.to_crs(str(draw.choice(["EPSG:4490", "EPSG:4546", "EPSG:4547"])))


def turned_round(_: str, layer: gpd.GeoDataFrame, draw: Draw) -> gpd.GeoDataFrame:
    """Draw some features from their other end: the same ground, another geometry."""
    return with_shapes(layer, at_random(layer, draw, 0.3), shapely.reverse)


EVERYDAY: tuple[Edit, ...] = (
    *EDITS, many_deleted, many_moved, to_another_unit, across_units, a_hair, in_parts, split,
    many_inserted, duplicated, ids_swapped, shapes_swapped, emptied, another_number,
    greatest_lowered, turned_round,
)  # fmt: skip
"""What editors do."""
RARE: tuple[Edit, ...] = (
    far_away, shrunk, bow_tie, no_shape, another_kind, another_id, known_nowhere_else, unknown_code,
    kind_gone, all_but_one_gone, column_gone, another_order, another_crs,
)  # fmt: skip
"""What happens besides: faults, and what changes a layer as a whole."""
