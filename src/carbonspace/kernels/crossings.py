"""Where lines cross others, which is not where they run along them, and where they meet."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike

from .nearby import near_pairs
from .overlay import Floats, Geometries, Integers, as_geometries
from .segments import Segments, segments

_ALONG = np.sin(np.radians(30.0))
"""Lines within 30 degrees of each other's direction run along each other."""

_NEAR = 1e-3
"""Metres by which a line may miss another that it ends at, for coordinates that were rounded."""


class Crossings(NamedTuple):
    """Places float[k, 2] where a line crosses another one, by their positions."""

    line: Integers
    other: Integers
    place: Floats


def crossings(lines: ArrayLike, others: ArrayLike) -> Crossings:
    """Find where lines cross or touch others at an angle of more than 30 degrees.

    A place where a line has a vertex on another one may be found twice.

    Parameters
    ----------
    lines : lines, n
    others : lines, m
    """
    parts, beyond = segments(as_geometries(lines)), segments(as_geometries(others))
    one, other = near_pairs(parts, beyond, _NEAR)
    first, second = parts.take(one), beyond.take(other)
    step, across = first.end - first.start, second.end - second.start
    turn = _cross(step, across)
    lengths = first.lengths(), second.lengths()
    askew = np.abs(turn) > _ALONG * lengths[0] * lengths[1]
    pace, away = np.where(askew, turn, 1.0), second.start - first.start
    at, there = _cross(away, across) / pace, _cross(away, step) / pace
    meet = askew & _on(at, lengths[0]) & _on(there, lengths[1])
    return Crossings(
        parts.owner[one[meet]], beyond.owner[other[meet]], _at(first.take(meet), at[meet])
    )


def meetings(one: Geometries, other: Geometries) -> tuple[Geometries, Integers]:
    """Return points where pairs of lines meet or nearly do, and which pair each is of.

    A stretch that two lines share is one point, in its middle.

    Parameters
    ----------
    one, other : lines, n each
    """
    common = shapely.intersection(one, other)
    near = shapely.line_interpolate_point(shapely.shortest_line(one, other), 0.5, normalized=True)
    parts, row = shapely.get_parts(
        np.where(shapely.is_empty(common), near, common), return_index=True
    )
    stretches, of = shapely.get_parts(shapely.line_merge(common), return_index=True)
    is_point, is_line = shapely.get_dimensions(parts) == 0, shapely.get_dimensions(stretches) == 1
    middle = shapely.line_interpolate_point(stretches[is_line], 0.5, normalized=True)
    return np.concatenate((parts[is_point], middle)), np.concatenate((row[is_point], of[is_line]))


def _cross(one: Floats, other: Floats) -> Floats:
    result: Floats = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return result


def _on(t: Floats, length: Floats) -> np.ndarray:
    """Tell whether a place is on its segment, but for rounding."""
    slack = _NEAR / length
    return np.asarray((t >= -slack) & (t <= 1 + slack))


def _at(parts: Segments, t: Floats) -> Floats:
    return parts.at(np.clip(t, 0.0, 1.0))
