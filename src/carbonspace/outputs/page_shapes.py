"""What the interactive map of the plan's page draws: units, ground, and evidence by its kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.outputs.ground import Base
from carbonspace.outputs.page_coding import Coded, Grid, coded, grid_of
from carbonspace.outputs.page_evidence import Explained, Fact, explained
from carbonspace.outputs.page_tiles import tiled
from carbonspace.outputs.plainjson import in_script
from carbonspace.outputs.results import Results
from carbonspace.outputs.summary import reported
from carbonspace.outputs.svgmap import Box

LIMIT = 20_000
"""Features of ground and evidence up to which the map draws each itself; more come in tiles."""
BUDGET = 8_000_000
"""Bytes that the map of a large plan may take in a page."""
_COARSE, _CORNERS, _TIMES = 0.3, 150_000, 7
"""Metres that units of a large plan may be off, corners they may have, and how often it doubles."""
_QUICK, _ACROSS = 20_000, 1600
"""Corners that are drawn at once; of more, a map of this many steps across has what is seen."""


class PageMap(NamedTuple):
    """What a map is drawn of.

    Attributes
    ----------
    told
        JSON that `map_shapes.js` reads.
    tiles
        Tiles as base64 by name.
    near
        The outlines that take the place of those from far once one looks closer, if there are any.
    """

    told: dict[str, Any]
    tiles: Mapping[str, str]
    near: dict[str, list[Coded]] | None = None


def page_map(
    results: Results, base: Base, *, limit: int = LIMIT, budget: int = BUDGET,
    pictured: Box | None = None,
) -> PageMap:  # fmt: skip
    """Return what the map is drawn of.

    Shapes are in the plan's own coordinates, from the middle of its units, in whole steps of
    `step` metres: any CRS serves, and lengths are true. `pictured` is the box of the
    picture of land use (`#land-picture`) where the page of a large plan has it already.
    """
    asked = results.units.index.get_indexer(reported(results.units, results.table))
    grid = grid_of(_box(base.units.shapes), base.metres_per_unit)
    units = results.units.index[asked]
    evidence = [explained(one, results.indicators, units) for one in results.evidence]
    if len(base.ground.shapes) + sum(len(one.shapes) for one in evidence) > limit:
        told, near = _large(base, asked, grid)
        left = budget - len(in_script(told)) - len(in_script(near))
        more, tiles = tiled(evidence, base, grid, budget=left, pictured=pictured)
        told |= {"tiles": [*tiles], **more}
        return PageMap({"library": "maplibre", **told}, tiles, near)
    told = _units(base, base.units.shapes, asked, grid)
    drawn = {"ground": [*_ground(base, grid)], "evidence": [_drawn(one, grid) for one in evidence]}
    return PageMap({"library": "leaflet", **told, **drawn, "left_out": []}, {})


def _box(polygons: NDArray[Any]) -> Box:
    there = polygons[~(shapely.is_missing(polygons) | shapely.is_empty(polygons))]
    if not len(there):
        return 0.0, 0.0, 1.0, 1.0
    xmin, ymin, xmax, ymax = shapely.total_bounds(there).tolist()
    return xmin, ymin, xmax, ymax


def _large(
    base: Base, asked: NDArray[np.intp], grid: Grid
) -> tuple[dict[str, Any], dict[str, list[Coded]] | None]:
    """Return the units of a large plan as they are seen from far, and from near if that differs.

    From far they may be off by about `coarse` metres.
    """
    polygons = _simple(base.units.shapes, base.metres_per_unit)
    told = _units(base, polygons, asked, grid)
    if int(shapely.get_num_coordinates(polygons).sum()) <= _QUICK:
        return {**told, "coarse": 0}, None
    xmin, ymin, xmax, ymax = _box(polygons)
    coarse = max(xmax - xmin, ymax - ymin) / _ACROSS
    near = {name: told[name] for name in ("units", "others")}
    far = _outlines(from_far(polygons, coarse), asked, grid)
    return {**told, **far, "coarse": round(coarse * base.metres_per_unit, 2)}, near


def from_far(polygons: NDArray[Any], coarse: float) -> NDArray[Any]:
    """Return polygons with fewer corners; borders that two share stay shared."""
    found, there = polygons.copy(), shapely.is_valid(polygons) & ~shapely.is_empty(polygons)
    found[there] = shapely.coverage_simplify(polygons[there], coarse)
    return found


def _units(
    base: Base, polygons: NDArray[Any], asked: NDArray[np.intp], grid: Grid
) -> dict[str, Any]:
    """Return the units that have results in the order of the plan, and apart from them the rest."""
    names, corners = list(base.names.values()), np.reshape(_box(polygons), (2, 2))
    return {
        "step": grid.step * base.metres_per_unit,
        "box": grid.placed(corners).ravel().tolist(),
        "names": [names[n] for n in asked],
        "anchors": _anchors(polygons[asked], grid),
        **_outlines(polygons, asked, grid),
    }


def _outlines(
    polygons: NDArray[Any], asked: NDArray[np.intp], grid: Grid
) -> dict[str, list[Coded]]:  # fmt: skip
    others = np.setdiff1d(np.arange(len(polygons)), asked)
    return {"units": coded(polygons[asked], grid, dimension=2),
            "others": coded(polygons[others], grid, dimension=2)}  # fmt: skip


def _simple(polygons: NDArray[Any], metres_per_unit: float) -> NDArray[Any]:
    """Return polygons simplified by 30 cm, and by ever more until they have few enough corners."""
    tolerance, found = _COARSE / metres_per_unit, polygons
    for _ in range(_TIMES):
        found = shapely.simplify(polygons, tolerance)
        if shapely.get_num_coordinates(found).sum() <= _CORNERS:
            break
        tolerance *= 2
    return np.asarray(found)


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
                yield {"css": look.css, "fill": look.fill, "title": look.title,
                       "land": n < base.land, "dimension": dimension, "parts": parts}  # fmt: skip


def _drawn(one: Explained, grid: Grid) -> dict[str, Any]:
    """Return a layer of evidence with all of its features."""
    return {
        **one.heading(), "kind": one.kind.tolist(), "unit": one.unit.tolist(),
        "set": one.set_of.tolist(), "facts": [_fact(fact) for fact in one.facts],
        "shapes": coded(one.shapes, grid, dimension=one.dimension),
    }  # fmt: skip


def _fact(fact: Fact) -> dict[str, Any]:
    if fact.words is not None:
        return {"title": fact.title, "words": fact.words, "values": fact.values.tolist()}
    values = [None if np.isnan(value) else value for value in fact.values.tolist()]
    return {"title": fact.title, "values": values}
