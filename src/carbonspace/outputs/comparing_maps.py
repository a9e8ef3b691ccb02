"""The maps of a comparison, all in one frame: the edits, and both plans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.model.comparison import Comparison, Party
from carbonspace.model.ground import GROUND
from carbonspace.outputs import lettering, maps, svgmap
from carbonspace.outputs.ground import Layers, base_of, joined
from carbonspace.outputs.look import EDIT_LOOKS
from carbonspace.outputs.maps import Map
from carbonspace.outputs.room import ROOM
from carbonspace.outputs.steps import Step, steps
from carbonspace.outputs.summary import unit_counts
from carbonspace.outputs.svgmap import Frame
from carbonspace.outputs.turns import turns

_ABOVE = 130
"""How far the number of an edited point stands above it, in SVG units."""
_ROOM = 2 * ROOM
"""Characters that the ground of both plans may take, and that which only one has."""
_MARKS = 60
"""Edits whose numbers can be told apart on a map."""


class Mark(NamedTuple):
    """The number of an edit, what it is, and where it stands, in SVG units."""

    number: int
    edit: str
    x: int
    y: int


class Half(NamedTuple):
    """The map of one plan: what it alone has, its units, and where the name of each stands.

    `map` has the labels that do not collide at the scale of the whole plan.
    """

    map: Map
    anchors: list[tuple[int, int]]


class Drawing(NamedTuple):
    """The maps of a comparison.

    Attributes
    ----------
    edits
        The units of the first plan with how many verdicts turned.
    both
        The ground that both plans have.
    first, second
        What only one of them has, with its units.
    paths, marks
        The paths of edits with their classes, and where their numbers stand.
    """

    edits: Map
    both: Map
    first: Half
    second: Half
    paths: list[tuple[str, str]]
    marks: list[Mark]


def drawing(comparison: Comparison) -> Drawing:
    """Return the maps of a comparison, in the CRS of the first plan."""
    first, second = (_layers(one, comparison) for one in (comparison.first, comparison.second))
    bounds = [shapely.total_bounds(one["units"].geometry.to_numpy()) for one in (first, second)]
    view = svgmap.frame([*np.nanmin(bounds, axis=0)[:2], *np.nanmax(bounds, axis=0)[2:]])
    counted = turns(comparison)
    counts = pd.DataFrame({"not_met": counted["lost"], "met": counted["gained"]})
    common, mine, yours = _parted(first, second)
    tallies = [unit_counts(one.units, one.table) for one in (comparison.first, comparison.second)]
    missed = pd.concat([one["not_met"] for one in tallies])
    classes = steps(missed, missed + pd.concat([one["met"] for one in tallies]))
    both = maps.units_map(base_of({"units": first["units"]}), counts, view)
    return Drawing(
        both, _grounded(both, common),
        _half(mine, tallies[0], view, classes), _half(yours, tallies[1], view, classes),
        [*_paths(comparison, view)], _marks(comparison, view),
    )  # fmt: skip


def _layers(party: Party, comparison: Comparison) -> dict[str, gpd.GeoDataFrame]:
    crs = comparison.first.units.crs
    found = {"units": party.units, **party.ground}
    return {name: layer if layer.crs == crs else layer.to_crs(crs) for name, layer in found.items()}


def _parted(first: Layers, second: Layers) -> tuple[Layers, Layers, Layers]:
    """Return the ground of both plans, and what only one of them has, each with its units.

    All have the same layers, empty ones where need be: their paths go one above the other.
    """
    both, mine, yours = ({"units": one["units"]} for one in (first, first, second))
    for name, columns in GROUND.items():
        there = [_looks(one[name], columns) for one in (first, second) if name in one]
        if there:
            one = there[0] if name in first else there[0].iloc[:0]
            other = there[-1] if name in second else there[-1].iloc[:0]
            a, b = _told_apart(one), _told_apart(other)
            both[name] = one[a.isin(b)]
            mine[name], yours[name] = one[~a.isin(b)], other[~b.isin(a)]
    return both, mine, yours


def _looks(layer: gpd.GeoDataFrame, columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Return the features of a layer with the columns that tell how they look, and no others."""
    held = pd.DataFrame({name: layer[name].to_numpy() for name in columns}, index=layer.index)
    return gpd.GeoDataFrame(held, geometry=layer.geometry.to_numpy(), crs=layer.crs)


def _told_apart(layer: gpd.GeoDataFrame) -> pd.Index:
    """Return what tells features of the ground apart: where they are, and how they look."""
    words = [layer[name].astype("str").to_numpy(dtype=object) for name in layer.columns[:-1]]
    shapes = shapely.to_wkb(shapely.force_2d(layer.geometry.to_numpy()))
    return pd.Index(zip(shapes, *words, strict=True), tupleize_cols=False)


def _half(layers: Layers, counts: pd.DataFrame, view: Frame, classes: tuple[Step, ...]) -> Half:
    base = base_of({"units": layers["units"]})
    found = maps.units_map(base, counts, view, classes=classes)
    anchors = lettering.anchors(base.units.shapes, view).tolist()
    return Half(_grounded(found, layers), [*map(tuple, anchors)])


def _grounded(drawn: Map, layers: Layers) -> Map:
    """Return a map with the ground of layers below its units."""
    land, ground = maps.ground_map(joined(base_of(layers)), drawn.view, room=_ROOM)
    return drawn._replace(land=land, ground=ground)


def _marks(comparison: Comparison, view: Frame) -> list[Mark]:
    """Return the number of each edit and its place, where there are few enough to be told apart."""
    drawn = ~(comparison.edits.geometry.isna() | comparison.edits.geometry.is_empty)
    edits = comparison.edits[drawn]
    shapes = shapely.force_2d(edits.geometry.to_numpy())
    if not 0 < len(edits) <= _MARKS:
        return []
    inside, lines = shapely.point_on_surface(shapes), shapely.get_type_id(shapes) == 1
    inside[lines] = shapely.line_interpolate_point(shapes[lines], 0.5, normalized=True)
    places = view.place(shapely.get_coordinates(inside))
    places[shapely.get_dimensions(shapes) == 0, 1] -= _ABOVE
    told = zip(edits["edit_id"].tolist(), edits["edit"].tolist(), places.tolist(), strict=True)
    return [Mark(number, edit, x, y) for number, edit, (x, y) in told]


def _paths(comparison: Comparison, view: Frame) -> Iterator[tuple[str, str]]:
    """Yield the class and the path of edits of one kind and dimension, before and after."""
    edits = comparison.edits["edit"].to_numpy(dtype=object)
    moved = np.isin(edits, ["reshaped", "changed"])
    layers = [("before", comparison.befores.to_numpy()[moved], edits[moved]),
              ("after", comparison.edits.geometry.to_numpy(), edits)]  # fmt: skip
    for when, shapes, kinds in layers:
        dimensions = shapely.get_dimensions(shapes)
        for kind in EDIT_LOOKS:
            for dimension in (2, 1, 0):
                mine = (kinds == kind) & (dimensions == dimension)
                if mine.any():
                    css = f"edit {when} {kind} {('dot', 'line', 'area')[dimension]}"
                    found = svgmap.paths(shapes[mine], np.zeros(int(mine.sum()), np.intp), 1, view)
                    yield css, found[0]
