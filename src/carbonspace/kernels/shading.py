"""Prisms that shade points, shared out among squares: near a point only few have to be asked."""

from __future__ import annotations

from math import floor
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Geometries, Integers
from .relief import Small, as_prisms, compiled, edges
from .sunlight import reach

_SIDE = 50.0
"""Metres of the squares that know which prisms matter in them, at least."""

_SQUARES = 64
"""Squares that a prism may matter in, on average; they are larger where it would be more."""

_MARGIN = 1e-3
"""Metres by which shadows are taken to be longer when they are shared out among squares."""


class Town(NamedTuple):
    """Prisms that shade points, and in which squares each of them can, for some suns.

    Walls ``first[i]`` to ``first[i + 1]`` of `ends` (x, y, x, y) are those of prism i, which they
    have on their left. Prisms ``start[j]`` to ``start[j + 1]`` matter in square ``key[j]``.
    """

    ends: Floats
    first: Integers
    tops: Floats
    box: Floats
    side: float
    corner: tuple[int, int, int]
    key: Integers
    start: Integers
    prism: Small


def town_of(footprints: ArrayLike, tops: ArrayLike, suns: ArrayLike, *, level: float) -> Town:
    """Return prisms ready to be asked about points at `level` or above, from several threads.

    Parameters
    ----------
    footprints : polygons or multipolygons, n; valid, in metres, may touch and overlap
    tops : float[n], metres above one datum
    suns : float[s, 2], azimuth (degrees clockwise from the y axis) and elevation (degrees)
    level : metres, not above any point that will be asked

    Raises
    ------
    ValueError
        If a top or an angle is not a finite number, or the arrays differ in length.
    """
    shapes, heights = as_prisms(footprints, tops)
    ends, owner = edges(shapes)
    first = np.searchsorted(owner, np.arange(len(shapes) + 1))
    box = shapely.bounds(shapes)
    west, south, east, north = reach(1.0, suns)
    rise = np.maximum(heights - level, 0.0)[:, None]
    cast = box + rise * np.array([-east, -north, west, south])
    drawn = np.flatnonzero(np.isfinite(cast).all(axis=1) & _distinct(shapes, box, heights))
    side, corner, key, prism = _shared_out(cast[drawn])
    order = np.argsort(key, kind="stable")
    key = key[order]
    start = np.flatnonzero(np.diff(key, prepend=-1, append=-1))
    found, mine = key[start[:-1]], drawn[prism[order]].astype(np.int32)
    return Town(ends, first, heights, box, side, corner, found, start, mine)


def _distinct(shapes: Geometries, box: Floats, heights: Floats) -> NDArray[np.bool_]:
    """Tell which prisms are not another one again: thousands in one place shade as one does."""
    rows = np.ascontiguousarray(np.column_stack((box, heights))).view("V40").ravel()
    _, code, count = np.unique(rows, return_inverse=True, return_counts=True)
    several = np.flatnonzero(count[code] > 1)
    drawn = shapely.to_wkb(shapes[several])
    again = [(int(code[n]), wkb) for n, wkb in zip(several.tolist(), drawn.tolist(), strict=True)]
    first = dict(zip(reversed(again), reversed(several.tolist()), strict=True))
    result = np.ones(len(shapes), dtype=np.bool_)
    result[several] = False
    result[list(first.values())] = True
    return result


def _shared_out(box: Floats) -> tuple[float, tuple[int, int, int], Integers, Integers]:
    """Return the side of squares, first column, first row and columns, and who is in which."""
    side = _SIDE
    while True:
        low = np.floor((box[:, :2] - _MARGIN) / side).astype(np.int64)
        wide = np.floor((box[:, 2:] + _MARGIN) / side).astype(np.int64) + 1 - low
        count = wide[:, 0] * wide[:, 1]
        if count.sum() <= _SQUARES * max(len(box), _SQUARES):
            break
        side *= 2
    col, row = low.min(axis=0, initial=2**40).tolist()
    across = int((low[:, 0] + wide[:, 0] - col).max(initial=1))
    prism = np.repeat(np.arange(len(box)), count)
    step = np.arange(len(prism)) - np.repeat(np.cumsum(count) - count, count)
    down, along = np.divmod(step, wide[prism, 0])
    key = (low[prism, 1] - row + down) * across + low[prism, 0] - col + along
    return side, (col, row, across), key, prism


@compiled
def candidates(x: float, y: float, town: Town) -> tuple[int, int]:
    """First and last of the prisms that matter in the square of a point."""
    col = floor(x / town.side) - town.corner[0]
    row = floor(y / town.side) - town.corner[1]
    if col < 0 or row < 0 or col >= town.corner[2]:
        return 0, 0
    key = row * town.corner[2] + col
    j = np.searchsorted(town.key, key)
    if j == len(town.key) or town.key[j] != key:
        return 0, 0
    return town.start[j], town.start[j + 1]
