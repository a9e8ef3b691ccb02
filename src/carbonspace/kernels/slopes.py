"""What ways along lines are worth on level ground, in whole millimetres: slopes slow people down.

Lines are taken in pieces of about one length, which hang on the line alone; within a piece what it
is worth grows evenly. A piece is never worth less than it is long.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from .junctions import MM, millimetres
from .overlay import Floats, Geometries, Integers

_PACE, _EASIEST = 3.5, 0.05
"""Tobler (1993): 6 exp(-3.5 |slope + 0.05|) km/h, fastest where it falls by 5 %."""


class Knots(NamedTuple):
    """Places on lines that part them into pieces: mm along each line, and where they are (x, y).

    Those of line i are ``first[i]`` to ``first[i + 1]``, its ends among them; a line without length
    has one.
    """

    first: Integers
    at: Integers
    xy: Floats

    @property
    def line(self) -> Integers:
        """Return the line of each."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    @property
    def inner(self) -> NDArray[np.bool_]:
        """Tell after which knots, but for the last, a piece follows, not another line."""
        result = np.ones(max(len(self.at) - 1, 0), dtype=np.bool_)
        result[self.first[1:-1] - 1] = False
        return result


class Worth(NamedTuple):
    """What the way to places is worth, mm, where lines lie in a row, one after the other.

    Line i begins at `first[i]` mm of the row; `at` are the knots, rising, `worth` what the way to
    each is worth, rising at least as fast.
    """

    first: Integers
    at: Integers
    worth: Integers

    def between(self, line: Integers, low: Integers, high: Integers) -> Integers:
        """Return what ways along lines are worth, from low to high (mm along each)."""
        return self._of(self.first[line] + high) - self._of(self.first[line] + low)

    def up_to(self, line: Integers, low: Integers, left: Floats) -> Floats:
        """Return how far one gets from low for what is left: the last mm that is worth no more."""
        row = self._last(line, self._of(self.first[line] + low) + np.floor(left))
        return (row - self.first[line]).astype(np.float64)

    def down_to(self, line: Integers, high: Integers, left: Floats) -> Floats:
        """Return how far one gets from high against the line: the first mm worth no more."""
        asked = self._of(self.first[line] + high) - np.floor(left)
        row = self._last(line, asked)
        return (row - self.first[line] + (self._of(row) < asked)).astype(np.float64)

    def _of(self, row: Integers) -> Integers:
        """Return what the way to places of the row is worth."""
        n = np.clip(np.searchsorted(self.at, row, "right") - 1, 0, len(self.at) - 2)
        part = (row - self.at[n]) * (self.worth[n + 1] - self.worth[n])
        result: Integers = self.worth[n] + _rounded(part / (self.at[n + 1] - self.at[n]))
        return result

    def _last(self, line: Integers, asked: Floats | Integers) -> Integers:
        """Return the last place of each line in the row to which the way is worth no more."""
        low, high = self.first[line], self.first[line + 1]
        asked = np.clip(asked, self._of(low), self._of(high)).astype(np.int64)
        n = np.clip(np.searchsorted(self.worth, asked, "right") - 1, 0, len(self.at) - 2)
        run, rise = self.at[n + 1] - self.at[n], self.worth[n + 1] - self.worth[n]
        row = self.at[n] + (asked - self.worth[n]) * run // rise
        result: Integers = row + ((row < high) & (self._of(row + 1) <= asked))
        return result


def knots(lines: Geometries, step: float) -> Knots:
    """Return the places that part lines (n, not None) into even pieces of at most `step` metres."""
    length = millimetres(shapely.length(lines))
    count = -(-length // max(round(step * MM), 1))
    row = np.repeat(np.arange(len(lines)), count + 1)
    first = np.concatenate(([0], np.cumsum(count + 1)))
    nth = np.arange(len(row)) - first[row]
    at = nth * length[row] // np.maximum(count[row], 1)
    points = shapely.line_interpolate_point(lines[row], at / MM)
    return Knots(first, at, shapely.get_coordinates(points))


def slopes(places: Knots, heights: Floats, straight: NDArray[np.bool_]) -> Floats:
    """Return how steep pieces are, as rise over run without sign; NaN where a height is unknown.

    Parameters
    ----------
    places : of n lines
    heights : of each knot, metres; NaN where unknown
    straight : bool[n]; lines that rise evenly from end to end, whatever lies between

    Returns
    -------
    float[k], of the pieces in the order of the knots they begin at
    """
    first, last = places.first[:-1], places.first[1:] - 1
    rise, run = np.diff(heights)[places.inner], np.diff(places.at)[places.inner]
    line = np.repeat(np.arange(len(first)), last - first)
    even = straight[line]
    rise[even] = (heights[last] - heights[first])[line[even]]
    run[even] = places.at[last][line[even]]
    result: Floats = np.abs(rise) * MM / run
    return result


def worth_of(places: Knots, steepness: Floats) -> Worth | None:
    """Return what lines are worth; pieces of unknown steepness are level. None without any piece.

    Parameters
    ----------
    places : of n lines
    steepness : of the pieces, as from `slopes`
    """
    run = np.diff(places.at)[places.inner]
    if not len(run):
        return None
    factor = there_and_back(np.nan_to_num(steepness))
    worth = np.maximum(run, _rounded(run * factor))
    first = np.concatenate(([0], np.cumsum(places.at[places.first[1:] - 1])))
    return Worth(first, _summed(run), _summed(worth))


def there_and_back(steepness: Floats) -> Floats:
    """Return how much longer a way takes than on the level, the mean of up and down; at least 1."""
    up, down = (np.exp(_PACE * (np.abs(s + _EASIEST) - _EASIEST)) for s in (steepness, -steepness))
    result: Floats = np.maximum((up + down) / 2, 1.0)
    return result


def _summed(parts: Integers) -> Integers:
    result: Integers = np.concatenate(([0], np.cumsum(parts)))
    return result


def _rounded(values: Floats) -> Integers:
    """Return whole numbers; halves are rounded up, so that whole steps apart stay apart."""
    result: Integers = np.floor(values + 0.5).astype(np.int64)
    return result
