"""Windows in parallel light: which suns reach points on facades, and for how long.

Prisms stand between a point and the sun. Of a prism only the walls that face the point matter,
since the ray is lowest where it enters. A wall hides the suns whose azimuth lies between its two
ends and whose slope is less than that of the line to its top. Ends of walls are shared, bit for
bit, so that no light falls through a corner. What is asked of one point hangs on no other.
"""

from __future__ import annotations

from math import floor, inf, radians, sin

import numpy as np
from numpy.typing import ArrayLike

from ._screens import COLUMNS, around, hide, screens, stretches
from ._sky import SECTORS, Flags, Sky, least_by_sector, sky_of, turned_away
from .facades import Points
from .overlay import Floats, Integers
from .relief import compiled
from .shading import Town, candidates
from .sunlight import as_hours, as_suns

_AHEAD = 0.01
"""Metres in front of a wall that another prism has to cover to stand against it."""

_GRAZE = 1e-9
"""Light along a wall does not reach it, be it on this side or that by rounding."""

_NOISE = 1e-9
"""Hours, or metres, that are rounding."""

_WALLS = 256
"""Walls before a stretch for which there is room at first."""


def foot_of(points: Points, town: Town) -> Floats:
    """Return the highest top that stands against the wall at each point, -inf where none does.

    A window cannot be below it. Where it is as high as the wall, there is no facade.
    """
    ahead, level = points.place + _AHEAD * points.outward, np.zeros(len(points.prism))
    first = stretches(points.prism, ahead, points.outward, level, town.side)
    return _feet(ahead, first, town)


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
    first = stretches(points.prism, points.place, points.outward, height, town.side)
    _light(points.place, points.outward, height, first, town, sky, _sine(least_angle), result)
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
    first = stretches(points.prism, points.place, points.outward, height, town.side)
    _time(points.place, points.outward, height, first, town, sky, sine, *args, result)
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

    The metres need not be in one piece; where there are fewer, it is what all of them reach. Walls
    are looked at in the order of the light that would reach them if nothing stood before them, and
    neither what comes too late nor what falls behind changes the answer.

    Parameters
    ----------
    level : float[n]
    owner : int[n], from 0, sorted
    wanted : float[m], metres by owner

    Returns
    -------
    float[m], NaN where an owner has no points.
    """
    sky, sine = sky_of(suns), _sine(least_angle)
    args = (as_hours(hours, len(as_suns(suns))), shortest - _NOISE, longest)
    first = stretches(owner, points.place, points.outward, level, town.side)
    could = _open(points.outward[first[:-1]], sky, sine, *args)
    order = np.lexsort((-could, owner[first[:-1]]))
    result = np.full(len(wanted), np.nan)
    some = (points, level, owner, wanted, first, order, could)
    _most(*some, town, sky, sine, *args, result)
    return result


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
def _feet(place: Floats, first: Integers, town: Town) -> Floats:
    """Highest top of the prisms that cover each place, stretch by stretch."""
    result = np.full(len(place), -np.inf)
    box, prism, tops, at = town.box, town.prism, town.tops, town.first
    for s in range(len(first) - 1):
        some, highest = place[first[s] : first[s + 1]], result[first[s] : first[s + 1]]
        west, south, east, north = around(some)
        start, stop = candidates(west, south, town)
        for i in range(start, stop):
            p = prism[i]
            aside = east < box[p, 0] or west > box[p, 2]
            if not (aside or north < box[p, 1] or south > box[p, 3]):
                _raise(some, town.ends[at[p] : at[p + 1]], box[p], tops[p], highest)
    return result


@compiled
def _raise(place: Floats, ends: Floats, box: Floats, top: float, highest: Floats) -> None:
    """Raise places that a prism covers to its top."""
    for n in range(len(place)):
        x, y, odd = place[n, 0], place[n, 1], False
        if x < box[0] or y < box[1] or x > box[2] or y > box[3] or top <= highest[n]:
            continue
        for e in range(len(ends)):
            x0, y0, x1, y1 = ends[e, 0], ends[e, 1], ends[e, 2], ends[e, 3]
            if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)):
                odd = not odd
        if odd:
            highest[n] = top


@compiled
def _light(
    place: Floats,
    outward: Floats,
    level: Floats,
    first: Integers,
    town: Town,
    sky: Sky,
    sine: float,
    lit: Flags,
) -> None:
    dark, least = np.zeros(len(sky.turn), dtype=np.bool_), np.zeros(SECTORS)
    away, walls = dark.copy(), np.empty((_WALLS, COLUMNS))
    for s in range(len(first) - 1):
        f, last = first[s], first[s + 1]
        turned_away(outward[f], sky, sine, away)
        lowest = least_by_sector(away, sky, least)
        walls, count = screens(place[f:last], level[f], town, lowest, least, walls)
        for n in range(f, last):
            dark[:] = away
            hide(place[n, 0], place[n, 1], walls, count, sky, -1, dark)
            for k in range(len(sky.rank)):
                lit[n, k] = sky.rank[k] >= 0 and not dark[sky.rank[k]]


@compiled
def _open(
    outward: Floats, sky: Sky, sine: float, hours: Floats, shortest: float, longest: bool
) -> Floats:
    """Time in light of walls before which nothing stands."""
    result = np.zeros(len(outward))
    away = np.zeros(len(sky.turn), dtype=np.bool_)
    for n in range(len(outward)):
        if n > 0 and outward[n, 0] == outward[n - 1, 0] and outward[n, 1] == outward[n - 1, 1]:
            result[n] = result[n - 1]
        elif turned_away(outward[n], sky, sine, away):
            result[n] = _counted(away, sky.rank, hours, shortest, longest)
    return result


@compiled
def _most(
    points: Points,
    level: Floats,
    owner: Integers,
    wanted: Floats,
    first: Integers,
    order: Integers,
    could: Floats,
    town: Town,
    sky: Sky,
    sine: float,
    hours: Floats,
    shortest: float,
    longest: bool,
    result: Floats,
) -> None:
    """Look at stretches in order, owner by owner, as long as they may change the answer."""
    place, outward, length = points.place, points.outward, points.length
    dark, least = np.zeros(len(sky.turn), dtype=np.bool_), np.zeros(SECTORS)
    away, walls = dark.copy(), np.empty((_WALLS, COLUMNS))
    time, metres = np.empty(len(length)), np.empty(len(length))
    kept, enough, mine, most = 0, -inf, -1, hours.max() if len(hours) else 0.0
    for s in order:
        f, last = first[s], first[s + 1]
        if owner[f] != mine:
            kept, enough, mine = 0, -inf, owner[f]
        if could[s] <= enough:
            continue
        turned_away(outward[f], sky, sine, away)
        lowest = least_by_sector(away, sky, least)
        walls, count = screens(place[f:last], level[f], town, lowest, least, walls)
        for n in range(f, last):
            few = floor((enough - _NOISE) / most) if enough > 0 else -1
            dark[:] = away
            if hide(place[n, 0], place[n, 1], walls, count, sky, few, dark) <= few:
                continue
            found = _counted(dark, sky.rank, hours, shortest, longest)
            if found > enough:
                kept, enough = _entered(found, length[n], wanted[mine], time, metres, kept)
                result[mine] = time[kept - 1]


@compiled
def _entered(
    found: float, length: float, wanted: float, time: Floats, metres: Floats, kept: int
) -> tuple[int, float]:
    """Put a point among the kept ones, most light and fewest metres first.

    Return how many of them make up the metres that are wanted, and the time that these reach, -inf
    where they are too few.
    """
    i = kept
    while i > 0 and (time[i - 1] < found or (time[i - 1] == found and metres[i - 1] > length)):
        time[i], metres[i] = time[i - 1], metres[i - 1]
        i -= 1
    time[i], metres[i] = found, length
    total = 0.0
    for i in range(kept + 1):
        total += metres[i]
        if total >= wanted - _NOISE:
            return i + 1, time[i]
    return kept + 1, -inf


@compiled
def _time(
    place: Floats,
    outward: Floats,
    level: Floats,
    first: Integers,
    town: Town,
    sky: Sky,
    sine: float,
    hours: Floats,
    shortest: float,
    longest: bool,
    result: Floats,
) -> None:
    """Add up the light of each point."""
    dark, least = np.zeros(len(sky.turn), dtype=np.bool_), np.zeros(SECTORS)
    away, walls = dark.copy(), np.empty((_WALLS, COLUMNS))
    for s in range(len(first) - 1):
        f, last = first[s], first[s + 1]
        if not turned_away(outward[f], sky, sine, away):
            continue
        lowest = least_by_sector(away, sky, least)
        walls, count = screens(place[f:last], level[f], town, lowest, least, walls)
        for n in range(f, last):
            dark[:] = away
            hide(place[n, 0], place[n, 1], walls, count, sky, -1, dark)
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
