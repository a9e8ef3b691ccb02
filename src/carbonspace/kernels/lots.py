"""Places on streets whose fronts are found when they are asked for: most need none.

A polygon that has a street beside it lies on streets beside it and on no others. Where all of these
are within reach all along it is reached wholly, where all are out of it not at all, whatever
stretches of them are its fronts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from ._vicinity import Corners, have_near
from .frontage import Fronts, fronts
from .overlay import Floats, Geometries, Integers, as_geometries
from .reach import Reach, nearest, shares, whole_lines

_SURELY = 0.01
"""Metres less than `beside` that a line must be near to count as beside for certain."""

_AT_ONCE = 1 << 12
"""Boxes asked at a time: geometry made and let go in small portions costs less."""


class Around(NamedTuple):
    """The lines that polygons may lie on: `place[i]` on none but ``line[first[i]:first[i + 1]]``.

    Only polygons for which that is certain.
    """

    place: Integers
    first: Integers
    line: Integers


class Lots:
    """Places on lines. What has been found of their fronts is kept.

    Parameters
    ----------
    places, lines, tree, beside, far : as for `frontage.fronts`
    """

    def __init__(
        self,
        places: ArrayLike,
        lines: ArrayLike,
        tree: shapely.STRtree,
        *,
        beside: float,
        far: float,
    ) -> None:
        self._places, self._lines, self._tree = as_geometries(places), as_geometries(lines), tree
        self._beside, self._far = beside, far
        self._known = np.zeros(len(self._places), dtype=np.bool_)
        self._fronts = Fronts(*(np.empty(0, dtype=np.int64),) * 5)

    def __len__(self) -> int:
        return len(self._places)

    def fronts(self, asked: NDArray[np.bool_]) -> Fronts:
        """Return where the places that are asked for (bool[n]) lie on lines."""
        fresh = np.flatnonzero(asked & ~self._known)
        if len(fresh):
            self._add(fresh)
        return self._fronts.take(asked[self._fronts.place])

    def shares(self, found: Sequence[Reach], asked: NDArray[np.bool_]) -> Floats:
        """Return `reach.shares` of the places that are asked for (bool[n]), NaN for others."""
        told = np.where(asked, settled(found, self.around, len(self)), np.nan)
        rest = asked & np.isnan(told)
        return np.where(rest, shares(found, self.fronts(rest), len(self)), told)

    def nearest(self, found: Reach, asked: NDArray[np.bool_]) -> Floats:
        """Return `reach.nearest` of the places that are asked for (bool[n]), inf for others."""
        return nearest(found, self.fronts(asked), len(self))

    @cached_property
    def around(self) -> Around:
        """The lines that places may lie on."""
        return around(self._places, self._lines, self._tree, self._beside)

    def _add(self, fresh: Integers) -> None:
        """Find the fronts of some more places."""
        more = fronts(self._places[fresh], self._lines, beside=self._beside, far=self._far,
                      tree=self._tree)  # fmt: skip
        more = more._replace(place=fresh[more.place])
        both = Fronts(*(np.concatenate(pair) for pair in zip(self._fronts, more, strict=True)))
        self._fronts = both.take(np.argsort(both.place, kind="stable"))
        self._known[fresh] = True


def around(places: Geometries, lines: Geometries, tree: shapely.STRtree, beside: float) -> Around:
    """Return the lines that polygons may lie on, of those that certainly have one beside them."""
    flat = np.flatnonzero((shapely.get_dimensions(places) == 2) & ~shapely.is_empty(places))
    first, line = _candidates(shapely.bounds(places[flat]), tree, beside)
    near = have_near(first, line, _corners(places[flat]), _corners(lines), beside - _SURELY)
    near &= beside > _SURELY  # else its square would be near
    count = np.diff(first)
    return Around(flat[near], np.append(0, np.cumsum(count[near])), line[np.repeat(near, count)])


def settled(found: Sequence[Reach], near: Around, count: int) -> Floats:
    """Return 1 for places wholly within every limit, 0 for those out of one; NaN for others.

    Parameters
    ----------
    found : as for `reach.shares`
    near : the lines that places may lie on
    count : number of places
    """
    within, beyond = zip(*map(whole_lines, found), strict=True)
    inside = np.logical_and.reduce(within)[near.line]
    outside = np.logical_or.reduce(beyond)[near.line]
    result = np.full(count, np.nan)
    if len(near.place):
        for share, lines in ((1.0, inside), (0.0, outside)):
            all_ = np.asarray(np.logical_and.reduceat(lines, near.first[:-1]))
            result[near.place[all_]] = share
    return result


def _candidates(boxes: Floats, tree: shapely.STRtree, gap: float) -> tuple[Integers, Integers]:
    """Return the lines whose boxes are within a gap of others: of box i from `first[i]` on."""
    wide = (boxes + gap * np.array([-1.0, -1.0, 1.0, 1.0])).reshape(-1, 2, 2)
    found = [np.empty((2, 0), dtype=np.intp)]
    for start in range(0, len(wide), _AT_ONCE):
        box, line = tree.query(shapely.linestrings(wide[start : start + _AT_ONCE]))
        found.append(np.stack((box + start, line)))
    box, line = np.concatenate(found, axis=1)
    return np.searchsorted(box, np.arange(len(boxes) + 1)), line


def _corners(shapes: Geometries) -> Corners:
    count = shapely.get_num_coordinates(shapes)
    return Corners(shapely.get_coordinates(shapes), np.append(0, np.cumsum(count)))
