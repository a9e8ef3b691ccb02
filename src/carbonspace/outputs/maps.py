"""The maps of the pages: which features are drawn where, ready for the templates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
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
_FINE = 0.4
"""Simplification in pixels that the eye does not see."""
_COARSE = 0.5
"""The same in pixels of a sketch, which are between half and all of a pixel of its maps."""
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
    ground = _ground(base, view)
    paths = svgmap.written(ground.strokes, ground.paths, view)
    land, rest = _looking(base, paths)
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
    return Map(view, bar, land, rest, tuple(shapes), tuple(labels))


def unit_map(
    base: Base, position: int, added: Sequence[Pieces] = (), *, sketches: Sketches | None = None
) -> tuple[Spot, list[Paths]]:
    """Return the map of one unit, by its position in the plan, and a margin around it.

    What is `added` is drawn in the same frame and returned by its paths: everything is written
    at once, for that costs little more than any part of it. `sketches` hold the ground.
    """
    view = _view(base, position)
    near = np.sort(base.unit_tree.query(shapely.box(*view.box), predicate="intersects"))
    near = near[near != position]
    shown = base.units[[position, *near]]
    outlines = Pieces(shown, np.sign(np.arange(len(shown))), 2)
    ground = _sketched(base, view, (sketches or sketches_of(base, [position]))[_level(view)])
    paths, (outline, neighbours), *others = _written(ground, [outlines, *added], view)
    land, rest = _looking(base, paths)
    names = list(base.names.values())
    seen = shapely.clip_by_rect(shown[1:], *view.box)
    labels = svgmap.labels(seen, [names[n] for n in near], [""] * len(near), view)
    spot = Spot(
        view, svgmap.scale_bar(view, base.metres_per_unit), land, rest,
        outline, f"M0 0h{view.width}v{view.height}h-{view.width}z{outline}", neighbours,
        tuple(labels),
    )  # fmt: skip
    return spot, others


def _view(base: Base, position: int) -> Frame:
    return svgmap.frame(base.units[position].bounds, margin=0.12)


class Pieces(NamedTuple):
    """Shapes to be drawn as `paths` paths, and the number of the path that draws each."""

    shapes: NDArray[Any]
    group: NDArray[np.intp]
    paths: int


Paths = list[str]


def _written(ground: Ground, pieces: Sequence[Pieces], view: Frame) -> list[Paths]:
    """Return the paths of the ground, and of each of the pieces."""
    starts = np.cumsum([0, ground.paths, *(one.paths for one in pieces)])
    shapes = np.concatenate([one.shapes for one in pieces])
    group = np.concatenate([one.group + n for one, n in zip(pieces, starts[1:], strict=False)])
    over = svgmap.strokes(svgmap.cut(shapes, svgmap.around(view)), group, _FINE * view.pixel)
    found = svgmap.written([*ground.strokes, over], int(starts[-1]), view)
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
    shapes, bounds, group, tree
        The features of the ground, where they lie, the path that draws each, and a tree to find
        them by place.
    looks
        How the paths look; the first `land` of them are land use.
    """

    units: NDArray[Any]
    unit_tree: shapely.STRtree
    names: dict[str, str]
    metres_per_unit: float
    shapes: NDArray[Any]
    bounds: NDArray[np.float64]
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
        shapes, shapely.bounds(shapes), np.repeat(np.arange(len(found)), list(map(len, parts))),
        shapely.STRtree(shapes),
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


class Sketch(NamedTuple):
    """The strokes of the ground for maps of about one scale, and which are those of each shape."""

    strokes: svgmap.Strokes
    first: NDArray[np.intp]


Sketches = Mapping[int, Sketch]
"""Sketches by scale: the power of two at or below the size of a pixel."""


def sketches_of(base: Base, positions: Sequence[int]) -> dict[int, Sketch]:
    """Return the ground of the maps of units, simplified once for all maps of about one scale."""
    views = [_view(base, position) for position in positions]
    levels = np.array([_level(view) for view in views], dtype=int)
    windows = np.array([shapely.box(*view.box) for view in views], dtype=object)
    return {
        int(level): _sketch(base, windows[levels == level], _COARSE * 2.0**level)
        for level in np.unique(levels)
    }


def _sketch(base: Base, windows: NDArray[Any], tolerance: float) -> Sketch:
    """Return the strokes of what lies in any of the windows."""
    seen = np.unique(base.tree.query(windows)[1])
    found = svgmap.strokes(base.shapes[seen], seen, tolerance)
    return Sketch(found, np.searchsorted(found.group, np.arange(len(base.shapes) + 1)))


def _level(view: Frame) -> int:
    return math.floor(math.log2(view.pixel))


class Ground(NamedTuple):
    """The strokes of the ground of one map, and how many paths they are drawn as."""

    strokes: tuple[svgmap.Strokes, ...]
    paths: int


def _sketched(base: Base, view: Frame, sketch: Sketch) -> Ground:
    """Return what of the ground lies in a frame, from a sketch that has it."""
    inside = np.sort(base.tree.query(shapely.box(*view.box)))
    beyond = svgmap.reaches_out(base.bounds[inside], svgmap.around(view))
    corners = sketch.strokes.starts[sketch.first[inside + 1]].sum()
    corners -= sketch.strokes.starts[sketch.first[inside]].sum()
    if corners > _FEW:
        return _ground(base, view)
    edge = np.flatnonzero(svgmap.reaches_out(base.bounds[inside], view.box) & ~beyond)
    out = edge[~shapely.intersects(base.shapes[inside[edge]], shapely.box(*view.box))]
    whole = np.delete(inside, np.union1d(out, np.flatnonzero(beyond)))
    counts = sketch.first[whole + 1] - sketch.first[whole]
    rows = svgmap.spans(sketch.first[whole], counts)
    known = svgmap.picked(sketch.strokes, rows, np.repeat(base.group[whole], counts))
    shapes = svgmap.cut(base.shapes[inside[beyond]], view.box)
    rest = svgmap.strokes(shapes, base.group[inside[beyond]], _FINE * view.pixel)
    return Ground((known, rest), len(base.looks))


def _ground(base: Base, view: Frame) -> Ground:
    """Return what of the ground lies in a frame, coarser until it fits the page."""
    inside = np.sort(base.tree.query(shapely.box(*view.box)))
    shapes, group = svgmap.cut(base.shapes[inside], view.box), base.group[inside]
    tolerance = _fitting(shapes, group, len(base.looks), view)
    return Ground((svgmap.strokes(shapes, group, tolerance * view.pixel),), len(base.looks))


def _looking(base: Base, paths: Paths) -> tuple[tuple[Drawn, ...], tuple[Drawn, ...]]:
    """Return the paths of land use and of the other layers, with their looks."""
    drawn = [look._replace(d=d) for look, d in zip(base.looks, paths, strict=True)]
    return tuple(one for one in drawn[: base.land] if one.d), tuple(drawn[base.land :])


def _fitting(shapes: NDArray[Any], group: NDArray[np.intp], count: int, view: Frame) -> float:
    """Return the tolerance in pixels at which shapes fit the page, judged by a sample of them."""
    tolerance, sample = _FINE, slice(None, None, 1 + len(shapes) // _SAMPLE)
    if shapely.get_num_coordinates(shapes[sample]).sum() * (sample.step or 1) < _FEW:
        return tolerance
    while tolerance <= 8:
        found = svgmap.paths(shapes[sample], group[sample], count, view, tolerance=tolerance)
        if sum(map(len, found)) * sample.step <= _LARGEST:
            break
        tolerance *= 2
    return tolerance
