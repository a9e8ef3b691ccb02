"""The sun's positions by azimuth, found again from any direction on the map without an arc tangent.

Directions are told by a turn from 0 (north) clockwise to 4, which grows as the azimuth does.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .overlay import Floats, Integers
from .relief import compiled
from .sunlight import as_suns

Flags: TypeAlias = NDArray[np.bool_]

_STEPS = 2048
"""Steps of the whole turn by which suns are looked up."""

SECTORS = 64
"""Sectors of the whole turn in which the lowest sun is known."""

_HALF = 2.1
"""Somewhat more than a half turn: no wall looks wider, but for the rounding of one seen end-on."""


class Sky(NamedTuple):
    """Suns above the horizon by their turn; `rank` tells which each position in time is, or -1.

    `east` and `north` point to the sun on the map, `slope` is the tangent of its elevation. The
    suns of step i and later begin at ``first[i]``.
    """

    turn: Floats
    east: Floats
    north: Floats
    slope: Floats
    first: Integers
    rank: Integers


def sky_of(suns: ArrayLike) -> Sky:
    """Return the suns above the horizon (azimuth and elevation, degrees), ready to be asked."""
    angle = as_suns(suns)
    up = np.flatnonzero(angle[:, 1] > 0)
    azimuth, elevation = np.radians(angle[up]).T
    east, north = np.sin(azimuth), np.cos(azimuth)
    turn = np.array([turn_of(x, y) for x, y in zip(east, north, strict=True)], dtype=np.float64)
    order = np.argsort(turn, kind="stable")
    rank = np.full(len(angle), -1)
    rank[up[order]] = np.arange(len(up))
    step = (turn[order] * (_STEPS / 4)).astype(np.intp)
    first = np.searchsorted(step, np.arange(_STEPS + 2))
    return Sky(turn[order], east[order], north[order], np.tan(elevation[order]), first, rank)


@compiled
def turn_of(east: float, north: float) -> float:
    """Return the turn from north, 0 to 4, of a direction."""
    wide = abs(east) + abs(north)
    turn = 1.0 - north / wide if wide > 0 else 0.0
    return turn if east >= 0 else 4.0 - turn


@compiled
def facing(outward: Floats, sky: Sky, sine: float, away: Flags, least: Floats) -> float:
    """Tell which suns a wall does not face, and return the least slope of the others.

    `least` gets the same by sector.
    """
    lowest = inf
    least[:] = inf
    for k in range(len(sky.turn)):
        away[k] = outward[0] * sky.east[k] + outward[1] * sky.north[k] <= sine
        if not away[k]:
            s = sector(sky.turn[k])
            least[s] = min(least[s], sky.slope[k])
            lowest = min(lowest, sky.slope[k])
    return lowest


@compiled
def sector(turn: float) -> int:
    """Return the sector of a turn."""
    return min(int(turn * (SECTORS / 4)), SECTORS - 1)


@compiled
def least_between(begin: float, end: float, least: Floats) -> float:
    """Return the least slope of suns in the sectors from one turn clockwise to another."""
    s, last = sector(begin), sector(end)
    lowest: float = least[s]
    while s != last:
        s = (s + 1) % SECTORS
        lowest = min(lowest, least[s])
    return lowest


@compiled
def mark_below(sky: Sky, begin: float, end: float, east: float, north: float, dark: Flags) -> None:
    """Mark the suns from one turn clockwise to another that stand below the top of a wall.

    The slope to the top is linear in the way to the sun: ``east`` and ``north`` times it.
    """
    if (end - begin) % 4.0 > _HALF:
        return
    first, final = _from(sky, begin), _from(sky, end)
    if begin > end:
        _mark(sky, 0, final, east, north, dark)
        final = len(dark)
    _mark(sky, first, final, east, north, dark)


@compiled
def _from(sky: Sky, turn: float) -> int:
    """Return the first sun at a turn or beyond."""
    k: int = sky.first[int(turn * (_STEPS / 4))]
    while k < len(sky.turn) and sky.turn[k] < turn:
        k += 1
    return k


@compiled
def _mark(sky: Sky, first: int, final: int, east: float, north: float, dark: Flags) -> None:
    for k in range(first, final):
        dark[k] |= sky.slope[k] < east * sky.east[k] + north * sky.north[k]
