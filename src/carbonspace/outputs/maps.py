"""The maps of the pages: which features are drawn where, ready for the templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model import landuse
from carbonspace.model.layers import TRANSIT_MODES
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text
from carbonspace.outputs import svgmap
from carbonspace.outputs.look import step
from carbonspace.outputs.svgmap import Frame, Label, ScaleBar

_LARGEST = 1_200_000
"""Characters that the ground of a page may take."""
_FEW = 100_000
"""Corners that fit in any case."""
_SAMPLE = 5_000
_ROADS = {
    "minor": (("secondary", "local"), Text("次干路与支路", "Secondary and local roads")),
    "major": (("expressway", "arterial"), Text("快速路与主干路", "Expressways and arterial roads")),
}


class Drawn(NamedTuple):
    """One path of a map: its style class, its data, and where it has one, its fill."""

    css: str
    d: str
    fill: str
    title: Text


class UnitShape(NamedTuple):
    """One unit on the plan's map."""

    unit_id: str
    name: str
    d: str
    step: str
    not_met: int
    met: int


class Map(NamedTuple):
    """A map: the frame, the ground, the units and their labels."""

    view: Frame
    bar: ScaleBar
    land: tuple[Drawn, ...]
    ground: tuple[Drawn, ...]
    units: tuple[UnitShape, ...]
    labels: tuple[Label, ...]


class Spot(NamedTuple):
    """The map of one unit: its outline, what lies outside, and the neighbours."""

    view: Frame
    bar: ScaleBar
    land: tuple[Drawn, ...]
    ground: tuple[Drawn, ...]
    outline: str
    outside: str
    neighbours: str
    labels: tuple[Label, ...]


def unit_names(units: gpd.GeoDataFrame) -> pd.Series:
    """Return what each unit is called: its name, or its id."""
    ids = units.index.to_series().astype(str)
    return units["name"].fillna(ids).astype(str) if "name" in units else ids


def plan_map(base: Base, counts: pd.DataFrame) -> Map:
    """Return the map of the whole plan, its units with their counts of verdicts."""
    view = svgmap.frame(shapely.total_bounds(base.units))
    (paths,) = _written([_ground(base, view)], view)
    land, ground = _looking(base, paths)
    names, count = list(base.names.values()), len(base.units)
    notes = [_note(row) for row in counts.itertuples()]
    labels = svgmap.labels(base.units, names, notes, view)
    outlines = svgmap.paths(base.units, np.arange(count), count, view)
    shapes = (
        UnitShape(unit_id, name, d, step(c.not_met, c.not_met + c.met).key,
                  int(c.not_met), int(c.met))
        for (unit_id, name), d, c in zip(base.names.items(), outlines, counts.itertuples(),
                                         strict=True)
    )  # fmt: skip
    bar = svgmap.scale_bar(view, base.metres_per_unit)
    return Map(view, bar, land, ground, tuple(shapes), tuple(labels))


def unit_map(base: Base, position: int, added: Sequence[Pieces] = ()) -> tuple[Spot, list[Paths]]:
    """Return the map of one unit, by its position in the plan, and a margin around it.

    What is `added` is drawn in the same frame and returned by its paths: everything is written
    at once, for that costs little more than any part of it.
    """
    view = svgmap.frame(base.units[position].bounds, margin=0.12)
    around = np.sort(base.unit_tree.query(shapely.box(*view.box), predicate="intersects"))
    around = around[around != position]
    shown = base.units[[position, *around]]
    outlines = Pieces(shown, np.sign(np.arange(len(shown))), 2)
    ground, (outline, neighbours), *others = _written([_ground(base, view), outlines, *added], view)
    land, rest = _looking(base, ground)
    names = list(base.names.values())
    seen = shapely.clip_by_rect(shown[1:], *view.box)
    labels = svgmap.labels(seen, [names[n] for n in around], [""] * len(around), view)
    spot = Spot(
        view, svgmap.scale_bar(view, base.metres_per_unit), land, rest,
        outline, f"M0 0h{view.width}v{view.height}h-{view.width}z{outline}", neighbours,
        tuple(labels),
    )  # fmt: skip
    return spot, others


class Pieces(NamedTuple):
    """Shapes to be drawn as `paths` paths, and the number of the path that draws each."""

    shapes: NDArray[Any]
    group: NDArray[np.intp]
    paths: int


Paths = list[str]


def _written(drawings: Sequence[Pieces], view: Frame) -> list[Paths]:
    """Return the paths of each drawing, coarser than the eye sees only where they must be."""
    starts = np.cumsum([0, *(one.paths for one in drawings)])
    shapes = np.concatenate([one.shapes for one in drawings])
    group = np.concatenate([one.group + n for one, n in zip(drawings, starts, strict=False)])
    count = int(starts[-1])
    tolerance = _fitting(shapes, group, count, view)
    found = svgmap.paths(shapes, group, count, view, tolerance=tolerance)
    return [found[a:b] for a, b in pairwise(starts)]


def metres_per_unit(layer: gpd.GeoDataFrame) -> float:
    """Return the length of one map unit of the layer's CRS in metres."""
    return float(layer.crs.axis_info[0].unit_conversion_factor) if layer.crs else 1.0


def _note(row: Any) -> str:
    if row.not_met:
        return f"✗ {row.not_met}"
    return "✓" if row.met else ""


class Base(NamedTuple):
    """What every map is drawn on: the units, and the ground below them.

    Attributes
    ----------
    units, unit_tree
        The units' shapes in the order of the plan, and a tree to find them by place.
    names
        What each unit is called, by its id, in the same order.
    metres_per_unit
        The length of one map unit in metres.
    shapes, group, tree
        The features of the ground, the path each belongs to, and a tree to find them by place.
    looks
        How the paths look; the first `land` of them are land use.
    """

    units: NDArray[Any]
    unit_tree: shapely.STRtree
    names: dict[str, str]
    metres_per_unit: float
    shapes: NDArray[Any]
    group: NDArray[np.intp]
    tree: shapely.STRtree
    looks: tuple[Drawn, ...]
    land: int


def base_of(plan: Plan) -> Base:
    """Return the units, and land use, parks, roads, corridors and stops, ready to be drawn."""
    units = plan.layers["units"]
    land = list(_land(plan))
    found = [*land, *_others(plan)]
    parts = [np.asarray(part, dtype=object) for _, part in found]
    shapes = np.concatenate([np.empty(0, dtype=object), *parts])
    return Base(
        units.geometry.to_numpy(), shapely.STRtree(units.geometry.to_numpy()),
        dict(zip(map(str, units.index), unit_names(units), strict=True)), metres_per_unit(units),
        shapes, np.repeat(np.arange(len(found)), list(map(len, parts))), shapely.STRtree(shapes),
        tuple(look for look, _ in found), len(land),
    )  # fmt: skip


Layer = tuple[Drawn, Any]
"""How a path looks, and the shapes it draws."""


def _land(plan: Plan) -> Iterator[Layer]:
    """Yield the parcels by first-level class of land use."""
    if "parcels" not in plan.layers:
        return
    parcels = plan.layers["parcels"]
    classes = parcels["land_use"].astype("str").str[:2].where(parcels["land_use"].notna(), "")
    shapes, (kind, codes) = parcels.geometry.to_numpy(), pd.factorize(classes, sort=True)
    for n, code in enumerate(codes):
        title = landuse.name_of(code)
        look = Drawn("land", "", landuse.fill(code), Text(f"{code} {title.zh}".strip(), title.en))
        yield look, shapes[kind == n]


def _others(plan: Plan) -> Iterator[Layer]:
    """Yield parks, roads, corridors and stops."""
    layers = plan.layers
    if "parks" in layers:
        yield Drawn("park", "", "", Text("公园", "Parks")), layers["parks"].geometry
    if "roads" in layers:
        for size, (classes, title) in _ROADS.items():
            chosen = layers["roads"]["road_class"].isin(classes)
            yield Drawn(f"road {size}", "", "", title), layers["roads"].geometry[chosen]
    if "bike_corridors" in layers:
        look = Drawn("bike", "", "", Text("自行车廊道", "Bicycle corridors"))
        yield look, layers["bike_corridors"].geometry
    if "transit_stops" in layers:
        stops = layers["transit_stops"]
        points, bus = (
            shapely.centroid(stops.geometry.to_numpy()),
            (stops["mode"] == "bus").to_numpy(),
        )
        rails = Text("轨道与快速公交站", "Rail and BRT stations")
        yield Drawn("stop bus", "", "", TRANSIT_MODES["bus"]), points[bus]
        yield Drawn("stop rail", "", "", rails), points[~bus]


def _ground(base: Base, view: Frame) -> Pieces:
    """Return what of the ground lies in a frame."""
    inside = np.sort(base.tree.query(shapely.box(*view.box)))
    shapes = svgmap.cut(base.shapes[inside], view.box)
    return Pieces(shapes, base.group[inside], len(base.looks))


def _looking(base: Base, paths: Paths) -> tuple[tuple[Drawn, ...], tuple[Drawn, ...]]:
    """Return the paths of land use and of the other layers, with their looks."""
    drawn = [look._replace(d=d) for look, d in zip(base.looks, paths, strict=True)]
    return tuple(one for one in drawn[: base.land] if one.d), tuple(drawn[base.land :])


def _fitting(shapes: NDArray[Any], group: NDArray[np.intp], count: int, view: Frame) -> float:
    """Return the tolerance in pixels at which shapes fit the page, judged by a sample of them."""
    tolerance, sample = 0.4, slice(None, None, 1 + len(shapes) // _SAMPLE)
    if shapely.get_num_coordinates(shapes[sample]).sum() * (sample.step or 1) < _FEW:
        return tolerance
    while tolerance <= 8:
        found = svgmap.paths(shapes[sample], group[sample], count, view, tolerance=tolerance)
        if sum(map(len, found)) * sample.step <= _LARGEST:
            break
        tolerance *= 2
    return tolerance
