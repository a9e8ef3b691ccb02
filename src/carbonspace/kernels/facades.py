"""Facades: points along walls."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Integers
from .relief import edges


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
