"""Faces between roads found within a box: those that lie in it are what they are in the whole.

Within the box all roads and the outline of the units are there. Its rim closes what reaches out of
it, so that no face can be taken for one that it is not, and none is missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.kernels.lines import corners, faces
from carbonspace.kernels.segments import Segments, segments
from carbonspace.model.once import Once, Shapes
from carbonspace.prepare.hierarchy import between, holds_block

Box = tuple[float, float, float, float]
Floats = NDArray[np.float64]
Chosen = NDArray[np.bool_]

_ON_RIM_M = 1e-3
"""What comes so near to the rim may be cut by it."""
_AWAY_M = 0.37
"""So much larger is a rim whose corner lies on a road, by which that would be bent."""


class Cells(NamedTuple):
    """What lines and the rim of a box cut the units into.

    Attributes
    ----------
    shapes
        Normalized polygons, from west to east.
    corners
        What they are ordered by.
    is_cut
        Which the rim may have cut off from the rest of them.
    """

    shapes: Shapes
    corners: Floats
    is_cut: Chosen

    def within(self, region: Box) -> Chosen:
        """Tell which belong to a region: those whose westernmost vertex it has, half-open.

        What is cut begins there, too, if the whole of it does.
        """
        x, y = self.corners[:, 0], self.corners[:, 4]
        return np.asarray((region[0] <= x) & (x < region[2]) & (region[1] <= y) & (y < region[3]))

    def blocks(self, chosen: Chosen) -> NDArray[np.intp]:
        """Return the positions of the whole ones among the chosen that are wide enough."""
        some = np.flatnonzero(chosen & ~self.is_cut)
        found: NDArray[np.intp] = some[holds_block(self.shapes[some])]
        return found


def cells_of(
    roads: gpd.GeoDataFrame | None, outline: shapely.Geometry, box: Box | None, seen: Box | None,
    once: Once,
) -> Cells:  # fmt: skip
    """Return what roads and the outline of all units cut a box into, beyond which is nothing.

    Parameters
    ----------
    roads
        Prepared, all that touch the box, and what has a say in these.
    box, seen
        The box, and the one within which roads were read; None: everywhere.
    """
    kept = between(roads, once)
    edge = outline_near(outline, seen)
    lines = np.concatenate((kept, edge.geometries()))
    if box is not None:
        box = _off_roads(box, lines)
        lines = np.append(lines, rim(box))
    asked = (kept, np.array([outline], dtype=object), _drawn(box))
    # What is prepared is written to when it is asked, and others may have the same outline.
    own = shapely.force_2d(outline)
    found = once("cells between roads", asked, lambda: faces(lines, inside=own))
    return Cells(found, corners(found), _cut(found, box))


def outline_near(outline: shapely.Geometry, box: Box | None) -> Segments:
    """Return the edges of an outline that touch a box."""
    edges = segments(shapely.boundary(outline))
    return edges if box is None else edges.take(np.flatnonzero(_touching(edges, box)))


def reaching_out(
    lines: Shapes, outline: shapely.Geometry, cells: Shapes, seen: Box, near: float
) -> Floats:
    """Return boxes of stretches of lines, and of the outline, that reach out of what was seen.

    Those that are near to one of the cells: what lies beyond may bend them.
    """
    parts = segments(np.append(lines, shapely.boundary(outline)))
    low, high = np.minimum(parts.start, parts.end), np.maximum(parts.start, parts.end)
    out = (low < seen[:2]).any(axis=1) | (high > seen[2:]).any(axis=1)
    out &= _touching(parts, seen)
    far = parts.take(np.flatnonzero(out)).geometries()
    _, found = shapely.STRtree(far).query(cells, predicate="dwithin", distance=near)
    boxes: Floats = shapely.bounds(far[np.unique(found)]).reshape(-1, 4)
    return boxes


def rim(box: Box) -> Shapes:
    """Return the sides of a box as lines."""
    west, south, east, north = box
    at = np.array([(west, south), (east, south), (east, north), (west, north), (west, south)])
    sides: Shapes = shapely.linestrings(np.stack((at[:-1], at[1:]), axis=1))
    return sides


def alike(some: Shapes, cells: Cells) -> NDArray[np.intp]:
    """Return of each shape which cell holds a point inside of it; -1 where none does."""
    points = shapely.point_on_surface(some)
    shape, cell = shapely.STRtree(cells.shapes).query(points, predicate="within")
    found = np.full(len(some), -1)
    found[shape] = cell
    return found


def hold_each_other(one: Shapes, other: Shapes) -> Chosen:
    """Tell of pairs whether each holds a point inside of the other."""
    there = shapely.within(shapely.point_on_surface(one), other)
    return np.asarray(there & shapely.within(shapely.point_on_surface(other), one))


def _touching(parts: Segments, box: Sequence[float]) -> Chosen:
    low, high = np.minimum(parts.start, parts.end), np.maximum(parts.start, parts.end)
    return np.asarray((low <= box[2:]).all(axis=1) & (high >= box[:2]).all(axis=1))


def _off_roads(box: Box, lines: Shapes) -> Box:
    """Return a box that is so much larger that none of its corners lies on a line."""
    tree = shapely.STRtree(lines)
    while len(tree.query(shapely.points(shapely.get_coordinates(rim(box))),
                         predicate="dwithin", distance=_ON_RIM_M)[0]):  # fmt: skip
        box = box[0] - _AWAY_M, box[1] - _AWAY_M, box[2] + _AWAY_M, box[3] + _AWAY_M
    return box


def _drawn(box: Box | None) -> Shapes:
    return np.array([] if box is None else [shapely.box(*box)], dtype=object)


def _cut(found: Shapes, box: Box | None) -> Chosen:
    if box is None:
        return np.zeros(len(found), dtype=np.bool_)
    low, high = np.array(box[:2]) + _ON_RIM_M, np.array(box[2:]) - _ON_RIM_M
    own = shapely.bounds(found)
    return np.asarray((own[:, :2] <= low).any(axis=1) | (own[:, 2:] >= high).any(axis=1))
