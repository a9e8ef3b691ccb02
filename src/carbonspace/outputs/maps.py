"""The maps of the pages: which features are drawn where, ready for the templates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.outputs import lettering, svgmap
from carbonspace.outputs.ground import Base, Drawn
from carbonspace.outputs.land_picture import land_picture
from carbonspace.outputs.lettering import Label, ScaleBar
from carbonspace.outputs.room import ROOM, drawn_in, land_takes
from carbonspace.outputs.sketches import (
    Sketch,
    Sketches,
    level_of,
    sketches_of,
    taken,
)
from carbonspace.outputs.steps import Step, step, steps
from carbonspace.outputs.svgmap import SCREEN, Box, Frame, Grid, Strokes

_FEW = 100_000
"""Corners that a sketch of a unit may have; more is fitted into the room there is."""
_HIDDEN = 1.2
"""Pixels that the colour of a unit may be off below its outline."""
_OUT = 0.1
"""How far neighbours reach out of a frame, as a share of it."""


class UnitShape(NamedTuple):
    """One unit on the plan's map."""

    unit_id: str
    name: str
    d: str
    step: str
    not_met: int
    met: int


class Image(NamedTuple):
    """A PNG as base64 on a map, in SVG units, and the box that it fills in map units."""

    png: str
    box: Box
    x: int
    y: int
    width: int
    height: int


class Map(NamedTuple):
    """A map: the frame, the ground, the units with their classes, and their labels.

    Where `picture` shows the land use, `land` says how its classes look and draws nothing.
    """

    view: Frame
    bar: ScaleBar
    land: tuple[Drawn, ...]
    ground: tuple[Drawn, ...]
    units: tuple[UnitShape, ...]
    steps: tuple[Step, ...]
    labels: tuple[Label, ...]
    picture: Image | None = None


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


def plan_map(base: Base, counts: pd.DataFrame, *, grid: Grid = SCREEN) -> Map:
    """Return the map of the whole plan, its units with their counts of verdicts."""
    view = svgmap.frame(shapely.total_bounds(base.units.shapes), grid=grid)
    drawn, inside = units_map(base, counts, view), _inside(base, view)
    if land_takes(base, inside, view) <= ROOM / 2:
        land, rest = ground_map(base, view)
        return drawn._replace(land=land, ground=rest)
    there = np.unique(base.group[inside])
    looks = tuple(base.looks[n] for n in there[there < base.land])
    above = inside[base.group[inside] >= base.land]
    _, rest = _looking(base, _ground(base, view, above))
    return drawn._replace(land=looks, ground=rest, picture=_image(base, view))


def units_map(
    base: Base, counts: pd.DataFrame, view: Frame, *, classes: tuple[Step, ...] | None = None
) -> Map:
    """Return the units in a frame with their counts of verdicts, without what is below them.

    `classes` are those of the counts; None means such as tell the units of this map apart.
    """
    units = base.units.shapes
    names, count = list(base.names.values()), len(units)
    notes = [_note(row) for row in counts.itertuples()]
    labels = lettering.labels(units, names, notes, view)
    outlines = svgmap.paths(units, np.arange(count), count, view)
    classes = classes or steps(counts["not_met"], counts["not_met"] + counts["met"])
    shapes = (
        UnitShape(unit_id, name, d, step(classes, c.not_met, c.not_met + c.met).key,
                  int(c.not_met), int(c.met))
        for (unit_id, name), d, c in zip(base.names.items(), outlines, counts.itertuples(),
                                         strict=True)
    )  # fmt: skip
    bar = lettering.scale_bar(view, base.metres_per_unit)
    return Map(view, bar, (), (), tuple(shapes), classes, tuple(labels))


def unit_fills(base: Base, view: Frame) -> Paths:
    """Return the path of each unit below its outline, which hides that it has fewer corners."""
    units = base.units.shapes
    return svgmap.paths(units, np.arange(len(units)), len(units), view, tolerance=_HIDDEN)


def _image(base: Base, view: Frame) -> Image | None:
    """Return the land use of a large plan as a picture where it lies in a frame."""
    found = land_picture(base)
    if found is None:
        return None
    (left, low), (right, high) = view.place(np.reshape(found.box, (2, 2))).tolist()
    return Image(*found, left, high, right - left, low - high)


def ground_map(
    base: Base, view: Frame, *, room: int = ROOM
) -> tuple[tuple[Drawn, ...], tuple[Drawn, ...]]:
    """Return the land use in a frame, and what else of the ground lies there.

    Each layer is simplified by itself until all fit a `room` of so many characters: a hundred
    thousand streets must not blot out the land use.
    """
    return _looking(base, _ground(base, view, _inside(base, view), room))


def unit_map(
    base: Base,
    position: int,
    added: Sequence[Pieces] = (),
    *,
    sketches: Sketches | None = None,
    grid: Grid = SCREEN,
) -> tuple[Spot, list[Paths]]:
    """Return the map of one unit, by its position in the plan, and a margin around it.

    What is `added` is drawn in the same frame and returned by its paths. `sketches` hold the
    units and the ground.
    """
    view = unit_frame(base, position, grid)
    known = (sketches or unit_sketches(base, [position], grid))[level_of(view)]
    near = np.sort(base.units.tree.query(shapely.box(*view.box), predicate="intersects"))
    near = near[near != position]
    outline, neighbours = _outlines(base, view, np.array([position, *near]), known.units)
    land, rest = _looking(base, _sketched(base, view, known.ground))
    names = list(base.names.values())
    seen = shapely.clip_by_rect(base.units.shapes[near], *view.box)
    labels = lettering.labels(seen, [names[n] for n in near], [""] * len(near), view)
    spot = Spot(
        view, lettering.scale_bar(view, base.metres_per_unit), land, rest,
        outline, f"M0 0h{view.width}v{view.height}h-{view.width}z{outline}", neighbours,
        tuple(labels),
    )  # fmt: skip
    return spot, _pieces(added, view)


def unit_frame(base: Base, position: int, grid: Grid = SCREEN) -> Frame:
    """Return the frame of the map of one unit."""
    return svgmap.frame(base.units.bounds[position], margin=0.12, grid=grid)


def unit_sketches(base: Base, positions: Sequence[int], grid: Grid = SCREEN) -> Sketches:
    """Return what the maps of units, by their positions in the plan, are made from."""
    there = [one for one in positions if has_map(base, one)]
    return sketches_of(base, [unit_frame(base, position, grid) for position in there])


def has_map(base: Base, position: int) -> bool:
    """Return whether a unit, by its position in the plan, has a shape to be drawn."""
    return not base.units.shapes[position].is_empty


class Pieces(NamedTuple):
    """Shapes to be drawn as `paths` paths, and the number of the path that draws each."""

    shapes: NDArray[Any]
    group: NDArray[np.intp]
    paths: int


Paths = list[str]


def _pieces(pieces: Sequence[Pieces], view: Frame) -> list[Paths]:
    """Return the paths of each of the pieces; all at once costs little more than any of them."""
    if not pieces:
        return []
    starts = np.cumsum([0, *(one.paths for one in pieces)]).tolist()
    shapes = np.concatenate([one.shapes for one in pieces])
    group = np.concatenate([one.group + n for one, n in zip(pieces, starts, strict=False)])
    found = svgmap.paths(shapes, group, starts[-1], view, tolerance=view.grid.fine)
    return [found[a:b] for a, b in pairwise(starts)]


def _note(row: Any) -> str:
    if row.not_met:
        return f"✗ {row.not_met}"
    return "✓" if row.met else ""


def _outlines(base: Base, view: Frame, shown: NDArray[np.intp], sketch: Sketch) -> Paths:
    """Return the outline of the first of the units, and the path of the others."""
    box, group = svgmap.around(view, _OUT), np.sign(np.arange(len(shown)))
    beyond = svgmap.reaches_out(base.units.bounds[shown], box)
    known = taken(sketch, shown[~beyond], group[~beyond])
    rest = svgmap.lines_of(svgmap.cut(base.units.shapes[shown[beyond]], box))
    return _together(
        [known, svgmap.strokes(rest, group[beyond], view.grid.fine * view.pixel)], 2, view
    )


def _sketched(base: Base, view: Frame, sketch: Sketch) -> Paths:
    """Return what of the ground lies in a frame, from a sketch that has it."""
    ground, box = base.ground, shapely.box(*view.box)
    inside = _inside(base, view)
    if sketch.corners[inside].sum() > _FEW:
        return _ground(base, view, inside)
    bounds = ground.bounds[inside]
    beyond = svgmap.reaches_out(bounds, svgmap.around(view))
    edge = np.flatnonzero(svgmap.reaches_out(bounds, view.box) & ~beyond)
    out = edge[~shapely.intersects(ground.shapes[inside[edge]], box)]
    whole = np.delete(inside, np.union1d(out, np.flatnonzero(beyond)))
    known = taken(sketch, whole, base.group[whole])
    rest = _cut(base, inside[beyond], view, view.grid.fine)
    return _together([known, rest], len(base.looks), view)


def _cut(base: Base, chosen: NDArray[np.intp], view: Frame, tolerance: float) -> Strokes:
    """Return features of the ground, cut at the frame and simplified by a tolerance in pixels."""
    lines = svgmap.lines_of(svgmap.cut(base.ground.shapes[chosen], view.box))
    return svgmap.strokes(lines, base.group[chosen], tolerance * view.pixel)


def _inside(base: Base, view: Frame) -> NDArray[np.intp]:
    """Return the features of the ground in a frame, in their order."""
    return np.sort(base.ground.tree.query(shapely.box(*view.box)))


def _ground(
    base: Base, view: Frame, chosen: NDArray[np.intp] | None = None, room: int = ROOM
) -> Paths:
    """Return the ground in a frame, or some of its features, as fine as there is room for."""
    some = _inside(base, view) if chosen is None else chosen
    return _together([*drawn_in(base, some, view, room)], len(base.looks), view)


def _together(drawings: Sequence[Strokes], count: int, view: Frame) -> Paths:
    """Return the `d` of `count` paths that draw all strokes of several drawings."""
    found = [svgmap.written(one, count, view) for one in drawings if len(one.ends)]
    return ["".join(parts) for parts in zip(*found, strict=True)] or [""] * count


def _looking(base: Base, paths: Paths) -> tuple[tuple[Drawn, ...], tuple[Drawn, ...]]:
    """Return the paths of land use and of the other layers, with their looks."""
    drawn = [look._replace(d=d) for look, d in zip(base.looks, paths, strict=True)]
    return tuple(one for one in drawn[: base.land] if one.d), tuple(drawn[base.land :])
