"""Evidence as the map of the plan's page knows it: kinds, units, indicators and facts by number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model import landuse
from carbonspace.model.indicator import Indicator
from carbonspace.model.text import Text
from carbonspace.outputs.apart import Shown, kind_of_each, shown
from carbonspace.outputs.gathering import Shared
from carbonspace.outputs.qgis_columns import COLUMNS

_UNTOLD = {"unit_id", "indicators", "definition"}
"""Columns that are not told of each feature."""
_DIGITS = {"share": 3, "density": 3}
"""Of numbers that are not rounded to one."""


class Fact(NamedTuple):
    """What is known of each feature: numbers, or where there are `words`, the numbers of those."""

    name: str
    title: Text
    words: tuple[str | Text, ...] | None
    values: NDArray[Any]


class Explained(NamedTuple):
    """A layer of evidence, feature by feature.

    Attributes
    ----------
    keys
        The indicators that it explains.
    shown
        What it shows, and its kinds.
    dimension
        0 of points, 1 of lines, 2 of areas.
    sets, set_of
        Groups of indicators, as numbers in `keys`, and which of them each feature explains.
    kind, unit
        The kind of each feature; the unit it lies in, -1 where in none that is reported.
    facts, shapes
        What is known of each feature, and its shape.
    """

    keys: tuple[str, ...]
    shown: Shown
    dimension: int
    sets: tuple[tuple[int, ...], ...]
    set_of: NDArray[np.intp]
    kind: NDArray[np.intp]
    unit: NDArray[np.intp]
    facts: tuple[Fact, ...]
    shapes: NDArray[Any]

    def heading(self) -> dict[str, Any]:
        """Return what is said of the layer as a whole."""
        kinds = [{"css": k.css, "colour": k.colour, "symbol": k.symbol, "title": k.title}
                 for k in self.shown.kinds]  # fmt: skip
        return {"keys": self.keys, "title": self.shown.title, "dimension": self.dimension,
                "kinds": kinds, "sets": self.sets}  # fmt: skip


def explained(one: Shared, indicators: Mapping[str, Indicator], units: pd.Index) -> Explained:
    """Return a layer of evidence by the numbers of `units`."""
    layer = one.layer
    shapes = layer.geometry.to_numpy()
    set_of, words = pd.factorize(layer["indicators"])
    sets = tuple(tuple(one.keys.index(key) for key in keys.split()) for keys in words)
    return Explained(
        one.keys, shown(indicators[one.keys[0]], layer),
        int(shapely.get_dimensions(shapes).max(initial=0)), sets, set_of, kind_of_each(layer),
        _unit_of_each(layer, units), tuple(_facts(layer)), shapes,
    )  # fmt: skip


def _unit_of_each(layer: gpd.GeoDataFrame, units: pd.Index) -> NDArray[np.intp]:
    if "unit_id" not in layer:
        return np.full(len(layer), -1, dtype=np.intp)
    return np.asarray(units.get_indexer(pd.Index(layer["unit_id"])), dtype=np.intp)


def _facts(layer: gpd.GeoDataFrame) -> Iterator[Fact]:
    """Yield the columns that have a name for people, those first that say which feature it is."""
    names = [name for name in layer.columns.drop(layer.geometry.name)
             if name in COLUMNS and name not in _UNTOLD and layer[name].notna().any()]  # fmt: skip
    for name in sorted(names, key=lambda name: not str(name).endswith("_id")):
        column = layer[name]
        if column.dtype.kind in "iufb":
            rounded = column.to_numpy(dtype=float).round(_DIGITS.get(name, 1))
            yield Fact(name, COLUMNS[name], None, rounded)
        else:
            number, words = pd.factorize(column)
            yield Fact(name, COLUMNS[name], tuple(_said(name, one) for one in words), number)


def _said(name: str, value: Any) -> str | Text:
    if name != "land_use":
        return str(value)
    return Text(*(f"{value} {words}" for words in landuse.name_of(value)))
