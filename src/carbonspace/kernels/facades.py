"""Facades: points along walls, and what of a facade has how much light."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Integers
from .relief import compiled, edges

_NOISE = 1e-9
"""Metres that are rounding."""


class Points(NamedTuple):
    """Points along walls, sorted by prism.

    `place` and `outward` are float[n, 2], the second a unit vector; `length` is the metres of wall
    that a point stands for.
    """

    prism: Integers
    place: Floats
    outward: Floats
    length: Floats

    def of(self, rows: Integers | NDArray[np.bool_]) -> Points:
        """Return some of the points."""
        return Points(self.prism[rows], self.place[rows], self.outward[rows], self.length[rows])


def points_on(footprints: ArrayLike, spacing: float, *, asked: ArrayLike | None = None) -> Points:
    """Return points along the walls of prisms, those of courtyards too.

    Each wall is cut into the fewest stretches no longer than `spacing`; a point stands in the
    middle of each.

    Parameters
    ----------
    footprints : polygons or multipolygons, n; valid, in metres
    spacing : metres, above 0
    asked : int[m], positions of the prisms whose walls are wanted; all without it

    Raises
    ------
    ValueError
        If the spacing is not a positive number.
    """
    if not 0 < spacing < inf:
        raise ValueError(f"a spacing of {spacing} m is none")
    shapes = np.atleast_1d(np.asarray(footprints, dtype=object))
    target = np.arange(len(shapes)) if asked is None else np.asarray(asked, dtype=np.intp)
    ends, owner = edges(shapes[target])
    way = ends[:, 2:] - ends[:, :2]
    length = np.hypot(way[:, 0], way[:, 1])
    wide = length > 0
    ends, owner, way, length = ends[wide], owner[wide], way[wide], length[wide]
    count = np.ceil(length / spacing).astype(np.intp)
    wall = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(wall)) - np.repeat(np.cumsum(count) - count, count)
    share = ((step + 0.5) / count[wall])[:, None]
    outward = np.stack((way[:, 1], -way[:, 0]), axis=1) / length[:, None]
    return Points(
        target[owner[wall]],
        ends[wall, :2] + share * way[wall],
        outward[wall],
        (length / count)[wall],
    )


def longest_reached(
    hours: ArrayLike, length: ArrayLike, prism: ArrayLike, wanted: ArrayLike
) -> Floats:
    """Return, by prism, the most hours that `wanted` metres of its walls reach.

    The metres need not be in one piece. Where there are fewer, it is what all of them reach.

    Parameters
    ----------
    hours, length, prism : of n points, sorted by prism
    wanted : float[m], metres by prism

    Returns
    -------
    float[m], NaN where a prism has no points.
    """
    time, metres = np.asarray(hours, dtype=np.float64), np.asarray(length, dtype=np.float64)
    enough = np.asarray(wanted, dtype=np.float64)
    first = np.searchsorted(np.asarray(prism), np.arange(len(enough) + 1))
    order = np.lexsort((metres, -time, np.asarray(prism)))
    return _reached(time[order], metres[order], first, enough)


@compiled
def _reached(time: Floats, length: Floats, first: Integers, wanted: Floats) -> Floats:
    """Time of the point at which enough metres have come together, most light first."""
    result = np.full(len(wanted), np.nan)
    for p in range(len(wanted)):
        metres = 0.0
        for n in range(first[p], first[p + 1]):
            result[p] = time[n]
            metres += length[n]
            if metres >= wanted[p] - _NOISE:
                break
    return result
