"""Windows in parallel light: which suns reach points on facades, and for how long.

Prisms stand between a point and the sun. Of a prism only the walls that face the point matter,
since the ray is lowest where it enters. A wall hides the suns whose azimuth lies between its two
ends and whose slope is less than that of the line to its top. Ends of walls are shared, bit for
bit, so that no light falls through a corner. What is asked of one point hangs on no other.
"""

from __future__ import annotations

from math import inf, radians, sin
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._sky import SECTORS, Flags, Sky, facing, least_between, mark_below, sky_of, turn_of
from .facades import Points, longest_reached
from .overlay import Floats, Integers
from .relief import compiled
from .shading import Town, candidates
from .sunlight import as_hours, as_suns

_AHEAD = 0.01
"""Metres in front of a wall that another prism has to cover to stand against it."""

_GRAZE = 1e-9
"""Light along a wall does not reach it, be it on this side or that by rounding."""

_NOISE = 1e-9
"""Hours that are rounding."""


def foot_of(points: Points, town: Town) -> Floats:
    """Return the highest top that stands against the wall at each point, -inf where none does.

    A window cannot be below it. Where it is as high as the wall, there is no facade.
    """
    return _feet(points.place + _AHEAD * points.outward, town)


def lit(
    points: Points, level: ArrayLike, suns: ArrayLike, town: Town, *, least_angle: float = 0.0
) -> Flags:
    """Return which suns reach each point.

    A point must face the sun, and no prism of the town, that of the point included, may stand
    between them. A prism is solid from its top downwards without end; equal height does not shade.

    Parameters
    ----------
    points : n points outside of all prisms higher than them (see `foot_of`)
    level : float[n] or float, metres above the datum of the tops
    suns : float[s, 2], those the town was made for
    least_angle : degrees on the map between wall and light, above which light counts

    Returns
    -------
    bool[n, s]; a sun on the horizon or below it reaches nothing.

    Raises
    ------
    ValueError
        If a level or an angle is not a finite number.
    """
    height, sky = _as_levels(level, len(points.prism)), sky_of(suns)
    result = np.zeros((len(height), len(as_suns(suns))), dtype=np.bool_)
    _light(points.place, points.outward, height, town, sky, _sine(least_angle), result)
    return result


def hours_lit(
    points: Points,
    level: ArrayLike,
    suns: ArrayLike,
    hours: ArrayLike,
    town: Town,
    *,
    least_angle: float = 0.0,
    shortest: float = 0.0,
    longest: bool = False,
) -> Floats:
    """Return how long light reaches each point, hours; see `lit`.

    Parameters
    ----------
    suns : in the order of time, one following the other
    hours : float[s], the time each position stands for
    shortest : uninterrupted light of less than these hours does not count
    longest : the longest uninterrupted light, instead of all of it together

    Raises
    ------
    ValueError
        If there is not one duration, finite and not negative, for each sun; see `lit`.
    """
    height, sky = _as_levels(level, len(points.prism)), sky_of(suns)
    weight = as_hours(hours, len(as_suns(suns)))
    result = np.zeros(len(height))
    sine = _sine(least_angle)
    args = (weight, shortest - _NOISE, longest)
    _time(points.place, points.outward, height, town, sky, sine, *args, result)
    return result


def most_hours(
    points: Points,
    level: Floats,
    suns: ArrayLike,
    hours: ArrayLike,
    town: Town,
    owner: Integers,
    wanted: Floats,
    *,
    least_angle: float = 0.0,
    shortest: float = 0.0,
    longest: bool = False,
) -> Floats:
    """Return, by owner of points, the most hours that `wanted` metres of walls reach.

    It is `longest_reached` of `hours_lit`, without looking at walls that cannot matter: walls are
    looked at in the order of the light that would reach them if nothing stood before them.

    Parameters
    ----------
    level : float[n]
    owner : int[n], from 0, sorted
    wanted : float[m], metres by owner

    Returns
    -------
    float[m], NaN where an owner has no points.
    """
    weight = as_hours(hours, len(as_suns(suns)))
    args = (weight, shortest - _NOISE, longest)
    could = _open(points.outward, sky_of(suns), _sine(least_angle), *args)
    how: dict[str, Any] = {"least_angle": least_angle, "shortest": shortest, "longest": longest}
    time, rank = np.where(could > 0, np.nan, 0.0), _ranks(owner, could)
    unknown, first = np.isnan(time), 0
    while unknown.any():
        last = 2 * first + 1
        chosen = np.flatnonzero(unknown & (rank < last))
        some = points.of(chosen)
        time[chosen] = hours_lit(some, level[chosen], suns, hours, town, **how)
        unknown, first = _left(time, could, points.length, owner, wanted), last
    seen = ~np.isnan(time)
    return longest_reached(time[seen], points.length[seen], owner[seen], wanted)


def _ranks(owner: Integers, could: Floats) -> Integers:
    """Return how many greater amounts the same owner has."""
    order = np.lexsort((-could, owner))
    ends = np.diff(owner[order], prepend=-1) > 0
    next_one = np.diff(could[order], prepend=np.inf) != 0
    count = np.cumsum(next_one & ~ends)
    start = np.flatnonzero(ends)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = count - np.repeat(count[start], np.diff(np.append(start, len(order))))
    return rank


def _left(time: Floats, could: Floats, length: Floats, owner: Integers, wanted: Floats) -> Flags:
    """Tell which points still have to be looked at: what they could have may change the answer."""
    unknown = np.isnan(time)
    most = np.zeros(len(wanted))
    np.maximum.at(most, owner[unknown], could[unknown])
    enough = np.bincount(owner, length * (time >= most[owner]), minlength=len(wanted))
    wants: Flags = (enough < wanted - _NOISE) | (enough <= 0)
    return unknown & wants[owner]


def _as_levels(level: ArrayLike, count: int) -> Floats:
    height = np.broadcast_to(np.asarray(level, dtype=np.float64), (count,))
    if not np.isfinite(height).all():
        raise ValueError(f"{np.count_nonzero(~np.isfinite(height))} levels are not finite")
    return np.ascontiguousarray(height)


def _sine(least_angle: float) -> float:
    if not 0 <= least_angle < 90:
        raise ValueError(f"an angle of {least_angle} degrees to the wall is not within 0..90")
    return sin(radians(least_angle)) + _GRAZE


@compiled
def _feet(place: Floats, town: Town) -> Floats:
    """Highest top of the prisms that cover each place."""
    result = np.full(len(place), -np.inf)
    for n in range(len(place)):
        x, y = place[n, 0], place[n, 1]
        start, stop = candidates(x, y, town)
        for i in range(start, stop):
            p = town.prism[i]
            if x < town.box[p, 0] or y < town.box[p, 1] or town.tops[p] <= result[n]:
                continue
            if x > town.box[p, 2] or y > town.box[p, 3]:
                continue
            odd = False
            for e in range(town.first[p], town.first[p + 1]):
                x0, y0, x1, y1 = town.ends[e, 0], town.ends[e, 1], town.ends[e, 2], town.ends[e, 3]
                if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)):
                    odd = not odd
            if odd:
                result[n] = town.tops[p]
    return result


@compiled
def _skyline(west: float, south: float, east: float, north: float, least: Floats) -> float:
    """Least slope of the suns behind a box, given as seen from a point that is not in it.

    The two corners it is seen between hang on which side of it the point is.
    """
    aside = 1 if west > 0 else -1 if east < 0 else 0
    ahead = 1 if south > 0 else -1 if north < 0 else 0
    begin = turn_of(
        west if ahead == 1 or (ahead == 0 and aside == 1) else east,
        north if aside == 1 or (aside == 0 and ahead == -1) else south,
    )
    end = turn_of(
        east if ahead == 1 or (ahead == 0 and aside == -1) else west,
        south if aside == 1 or (aside == 0 and ahead == 1) else north,
    )
    return least_between(begin, end, least)


@compiled
def _hide(
    x: float,
    y: float,
    level: float,
    town: Town,
    sky: Sky,
    lowest: float,
    least: Floats,
    dark: Flags,
) -> None:
    """Mark the suns that prisms hide from a point; none is lower than `lowest`."""
    start, stop = candidates(x, y, town)
    for i in range(start, stop):
        p = town.prism[i]
        rise = town.tops[p] - level
        west, south = town.box[p, 0] - x, town.box[p, 1] - y
        east, north = town.box[p, 2] - x, town.box[p, 3] - y
        far = max(west, -east, 0.0) ** 2 + max(south, -north, 0.0) ** 2
        if rise <= 0 or rise * rise <= lowest * lowest * far:
            continue
        slope = lowest
        if far > 0:
            slope = _skyline(west, south, east, north, least)
            if slope == inf or rise * rise <= slope * slope * far:
                continue
        last_x, last_y, last = np.nan, np.nan, 0.0
        for e in range(town.first[p], town.first[p + 1]):
            ax, ay = town.ends[e, 0] - x, town.ends[e, 1] - y
            bx, by = town.ends[e, 2] - x, town.ends[e, 3] - y
            wx, wy, cross = bx - ax, by - ay, ax * by - ay * bx
            if cross >= 0 or rise * rise * (wx * wx + wy * wy) <= (slope * cross) ** 2:
                continue
            begin = last if ax == last_x and ay == last_y else turn_of(ax, ay)
            end = turn_of(bx, by)
            last_x, last_y, last = bx, by, end
            mark_below(sky, begin, end, rise / cross * wy, -rise / cross * wx, dark)


@compiled
def _light(
    place: Floats, outward: Floats, level: Floats, town: Town, sky: Sky, sine: float, lit: Flags
) -> None:
    dark, least = np.zeros(len(sky.turn), dtype=np.bool_), np.zeros(SECTORS)
    for n in range(len(place)):
        lowest = facing(outward[n], sky, sine, dark, least)
        _hide(place[n, 0], place[n, 1], level[n], town, sky, lowest, least, dark)
        for k in range(len(sky.rank)):
            lit[n, k] = sky.rank[k] >= 0 and not dark[sky.rank[k]]


@compiled
def _open(
    outward: Floats, sky: Sky, sine: float, hours: Floats, shortest: float, longest: bool
) -> Floats:
    """Time in light of walls before which nothing stands."""
    result = np.zeros(len(outward))
    away, least = np.zeros(len(sky.turn), dtype=np.bool_), np.zeros(SECTORS)
    for n in range(len(outward)):
        if n > 0 and outward[n, 0] == outward[n - 1, 0] and outward[n, 1] == outward[n - 1, 1]:
            result[n] = result[n - 1]
        elif facing(outward[n], sky, sine, away, least) < inf:
            result[n] = _counted(away, sky.rank, hours, shortest, longest)
    return result


@compiled
def _time(
    place: Floats,
    outward: Floats,
    level: Floats,
    town: Town,
    sky: Sky,
    sine: float,
    hours: Floats,
    shortest: float,
    longest: bool,
    result: Floats,
) -> None:
    """Add up the light of each point; the suns a wall faces are found once for each wall."""
    away, least = np.zeros(len(sky.turn), dtype=np.bool_), np.zeros(SECTORS)
    dark, lowest = away.copy(), inf
    for n in range(len(place)):
        if n == 0 or outward[n, 0] != outward[n - 1, 0] or outward[n, 1] != outward[n - 1, 1]:
            lowest = facing(outward[n], sky, sine, away, least)
        if lowest == inf:
            continue
        dark[:] = away
        _hide(place[n, 0], place[n, 1], level[n], town, sky, lowest, least, dark)
        result[n] = _counted(dark, sky.rank, hours, shortest, longest)


@compiled
def _counted(dark: Flags, rank: Integers, hours: Floats, shortest: float, longest: bool) -> float:
    """Time in light, of runs that are long enough: all of them, or the longest."""
    total = best = run = 0.0
    for k in range(len(rank) + 1):
        if k < len(rank) and rank[k] >= 0 and not dark[rank[k]]:
            run += hours[k]
            continue
        if run > 0 and run >= shortest:
            total, best = total + run, max(best, run)
        run = 0.0
    return best if longest else total
