"""Vertical prisms with flat tops in parallel light: which part of every top is lit, exactly.

The shadow of a prism on the plane of a lower top is what its footprint sweeps over on its way
along the light. Concave footprints, holes and courtyards are no special cases of it.
"""

from __future__ import annotations

from math import cos, isfinite, radians, sin, tan

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Geometries, Integers
from .relief import as_prisms, edges

_CHUNK = 20_000
"""Pairs of a top and a prism whose sweeps are held at a time."""


def lit_parts(
    footprints: ArrayLike,
    tops: ArrayLike,
    azimuth: float,
    elevation: float,
    *,
    asked: ArrayLike | None = None,
) -> Geometries:
    """Return the part of each prism's top that direct light reaches.

    A prism is solid from its top downwards without end, so that it also stands for the ground
    below it. A top lies under every higher prism that covers it; equal tops do not shade.

    Parameters
    ----------
    footprints : polygons or multipolygons, n; valid, in metres, may touch and overlap
    tops : float[n], metres above one datum
    azimuth : of the sun, degrees clockwise from north (the y axis)
    elevation : of the sun above the horizon, degrees
    asked : int[m], the positions of the prisms whose tops are wanted; all without it

    Returns
    -------
    geometries, m; the very footprint where nothing shades it, an empty polygon where nothing is
    lit, as everywhere with the sun on the horizon or below it.

    Raises
    ------
    ValueError
        If a top or an angle is not a finite number, or the arrays differ in length.
    """
    shapes, heights = as_prisms(footprints, tops)
    target = np.arange(len(shapes)) if asked is None else np.asarray(asked, dtype=np.intp)
    if not (isfinite(azimuth) and isfinite(elevation)):
        raise ValueError("the sun's azimuth and elevation must be finite")
    if elevation <= 0:
        return np.full(len(target), shapely.Polygon(), dtype=object)
    lit = shapes[target]
    way = -np.array([sin(radians(azimuth)), cos(radians(azimuth))]) / tan(radians(elevation))
    place, prism = _shaders(shapes, heights, target, way)
    for start, stop in _turns(place):
        here, by = place[start:stop], prism[start:stop]
        fall = (heights[by] - heights[target[here]])[:, None] * way
        pieces, pair = _sweeps(shapes[by], fall, shapely.bounds(shapes[target[here]]))
        _take(lit, here[pair], pieces)
    return lit


def lit_area(
    footprints: ArrayLike,
    tops: ArrayLike,
    azimuth: float,
    elevation: float,
    *,
    asked: ArrayLike | None = None,
) -> Floats:
    """Return the area of each top that direct light reaches, m²; see `lit_parts`."""
    result: Floats = shapely.area(lit_parts(footprints, tops, azimuth, elevation, asked=asked))
    return result


def bare_tops(
    footprints: ArrayLike,
    tops: ArrayLike,
    *,
    asked: ArrayLike | None = None,
    tree: shapely.STRtree | None = None,
) -> Geometries:
    """Return the part of each top that no higher prism stands on; see `lit_parts`.

    `tree` is that of the footprints, for those who ask more than once.

    Returns
    -------
    geometries, m; the very footprint where no higher prism overlaps it.
    """
    shapes, heights = as_prisms(footprints, tops)
    target = np.arange(len(shapes)) if asked is None else np.asarray(asked, dtype=np.intp)
    bare = shapes[target]
    highest = _highest(shapes, heights)
    if highest is None:
        place, prism = (tree or shapely.STRtree(shapes)).query(bare)
    else:
        place, prism = shapely.STRtree(shapes[highest]).query(bare)
        prism = highest[prism]
    place, prism = _kept(heights[prism] > heights[target[place]], place, prism)
    place, prism = _kept(shapely.intersects(bare[place], shapes[prism]), place, prism)
    place, prism = _kept(~shapely.touches(bare[place], shapes[prism]), place, prism)
    _take(bare, place, shapes[prism])
    return bare


def _highest(shapes: Geometries, heights: Floats) -> Integers | None:
    """Return the prisms, of those on the very same footprint the highest; None where none are.

    So a stack of n copies is n pairs and not n².
    """
    box = shapely.bounds(shapes)
    _, corner, count = np.unique(
        box[:, 0] + 1j * box[:, 1], return_inverse=True, return_counts=True
    )
    doubt = np.flatnonzero(count[corner] > 1)
    _, same = np.unique(shapely.to_wkb(shapes[doubt]), return_inverse=True)
    order = np.lexsort((heights[doubt], same))
    last = np.append(np.diff(same[order]) > 0, values=True)[: len(doubt)]
    if last.all():
        return None
    return np.sort(np.concatenate((np.flatnonzero(count[corner] == 1), doubt[order[last]])))


def _shaders(
    shapes: Geometries, heights: Floats, target: Integers, way: Floats
) -> tuple[Integers, Integers]:
    """Pair the wanted tops with the higher prisms whose shadow may touch them, sorted."""
    box = shapely.bounds(shapes)
    lowest = heights[target].min(initial=np.inf)
    reach = _swept_box(box, np.maximum(heights - lowest, 0)[:, None] * way)
    prism, place = shapely.STRtree(shapes[target]).query(shapely.box(*reach.T))
    prism, place = _kept(heights[prism] > heights[target[place]], prism, place)
    top = target[place]
    reach = _swept_box(box[prism], (heights[prism] - heights[top])[:, None] * way)
    clear = (reach[:, :2] >= box[top, 2:]) | (reach[:, 2:] <= box[top, :2])
    prism, place = _kept(~clear.any(axis=1), prism, place)
    order = np.lexsort((prism, place))
    return place[order], prism[order]


def _kept(mask: NDArray[np.bool_], *columns: Integers) -> tuple[Integers, ...]:
    return tuple(column[mask] for column in columns)


def _swept_box(box: Floats, fall: Floats) -> Floats:
    return np.hstack((box[:, :2] + np.minimum(fall, 0), box[:, 2:] + np.maximum(fall, 0)))


def _turns(place: Integers) -> list[tuple[int, int]]:
    """Cut the pairs into runs of about `_CHUNK`, never within one top."""
    turns, start = [], 0
    while start < len(place):
        last = place[min(start + _CHUNK, len(place)) - 1]
        stop = int(np.searchsorted(place, last, side="right"))
        turns.append((start, stop))
        start = stop
    return turns


def _sweeps(shapes: Geometries, fall: Floats, room: Floats) -> tuple[Geometries, Integers]:
    """Return what each shape sweeps over when it moves by `fall`, in pieces that may overlap.

    A point that was swept and is not in the shape was left by an edge that looks along the way,
    be it an edge of a hole, so that these edges' parallelograms and the shape are the whole of
    it. Pieces that stay out of the box `room` of their shape are left out.
    """
    ends, owner = edges(shapes)
    start, end = ends[:, :2], ends[:, 2:]
    along = end - start
    leaving = along[:, 1] * fall[owner, 0] - along[:, 0] * fall[owner, 1] > 0
    start, end, owner = start[leaving], end[leaving], owner[leaving]
    corners = np.stack((start, end, end + fall[owner], start + fall[owner]), axis=1)
    low, high = corners.min(axis=1), corners.max(axis=1)
    near = ((low < room[owner, 2:]) & (high > room[owner, :2])).all(axis=1)
    box = shapely.bounds(shapes)
    under = ((box[:, :2] < room[:, 2:]) & (box[:, 2:] > room[:, :2])).all(axis=1)
    pieces = np.concatenate((shapes[under], shapely.polygons(corners[near])))
    return pieces, np.concatenate((np.flatnonzero(under), owner[near]))


def _take(lit: Geometries, place: Integers, pieces: Geometries) -> None:
    """Take from the geometries at `place` the pieces that belong to them."""
    order = np.argsort(place, kind="stable")
    where, start, count = np.unique(place[order], return_index=True, return_counts=True)
    shadow = pieces[order[start]]
    several = np.flatnonzero(count > 1)
    inner = np.repeat(count > 1, count)
    heap = shapely.geometrycollections(
        pieces[order[inner]], indices=np.repeat(np.arange(len(several)), count[several])
    )
    shadow[several] = shapely.union_all(heap[:, None], axis=1)
    lit[where] = shapely.difference(lit[where], shadow)
