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

STEPS = 2048
"""Steps of the whole turn by which suns are looked up."""

SECTORS = 64
"""Sectors of the whole turn in which the lowest sun is known."""


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
    step = (turn[order] * (STEPS / 4)).astype(np.intp)
    first = np.searchsorted(step, np.arange(STEPS + 2))
    return Sky(turn[order], east[order], north[order], np.tan(elevation[order]), first, rank)


@compiled
def turn_of(east: float, north: float) -> float:
    """Return the turn from north, 0 to 4, of a direction."""
    wide = abs(east) + abs(north)
    turn = 1.0 - north / wide if wide > 0 else 0.0
    return turn if east >= 0 else 4.0 - turn


@compiled
def turned_away(outward: Floats, sky: Sky, sine: float, away: Flags) -> bool:
    """Mark the suns that a wall does not face, and tell whether it faces any."""
    here, there, east, north = outward[0], outward[1], sky.east, sky.north
    faced = 0
    for k in range(np.uintp(len(away))):
        away[k] = here * east[k] + there * north[k] <= sine
        faced += not away[k]
    return faced > 0


@compiled
def least_by_sector(away: Flags, sky: Sky, least: Floats) -> float:
    """Find the least slope of the suns that a wall faces, of each sector and of all."""
    lowest = inf
    least[:] = inf
    for k in range(len(away)):
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
