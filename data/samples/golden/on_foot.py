"""Who can walk to what on the golden plan: homes, people and communities by unit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import design as d
import walks
from arithmetic import DesignError, PerUnit, by_area, total
from design import Rect
from quantities import ALL_MODES, WHO
from walks import Front, Ways

SPEED = 60.0
"""Metres a minute."""
MINUTES = {
    "kindergarten": 5,
    "primary_school": 10,
    "middle_school": 15,
    "clinic": 15,
    "elderly_care": 5,
    "culture": 15,
    "sports": 15,
    "market": 10,
    "shop": 15,
    "community_centre": 15,
}
"""How long the walk to each type of facility may be."""

Held = dict[str, float]
"""What each parcel holds of what is asked: m² of homes, people, or itself."""
Goals = tuple[tuple[Rect, str], ...]
"""What is walked to, and what an entrance of it leads into."""

RECTS = {p.parcel_id: p.rect for p in d.PARCELS}
_AT_HOME = {p.parcel_id for p in d.PARCELS if p.land_use[:4] in ("0701", "0703", "07")}


def homes() -> Held:
    return {i: RECTS[i].area for i in RECTS if i in _AT_HOME}


def one_each() -> Held:
    return dict.fromkeys(homes(), 1.0)


def people(who: str) -> Held:
    return {p.parcel_id: float(WHO[who](p)) for p in d.PARCELS if WHO[who](p)}


def residents_at_home() -> Held:
    return {i: n for i, n in people("residents").items() if i in _AT_HOME}


def parks(least: float = 0.0) -> Goals:
    return tuple((rect, "park") for _, _, rect in d.PARKS if rect.area >= least)


def stops(modes: tuple[str, ...] = ALL_MODES) -> Goals:
    """Return stops, points without size, and stations of these modes."""
    points = tuple((Rect(s.x, s.y, s.x, s.y), "station") for s in d.STOPS if s.kind in modes)
    return points + tuple((rect, "station") for _, _, mode, rect in d.STATIONS if mode in modes)


def facilities(kind: str) -> Goals:
    return tuple((Rect(f.x, f.y, f.x, f.y), "") for f in d.FACILITIES if f.kind == kind)


@cache
def fronts(rect: Rect) -> list[Front]:
    return walks.fronts(rect)


@cache
def ways(goals: Goals, limit: float) -> Ways:
    at = [door for rect, into in goals for door in walks.doors(rect, into)]
    return walks.ways([front for door in at for front in fronts(door)], limit)


def _by_unit(held: Held, part: dict[str, float]) -> PerUnit:
    """Return the sum by unit of such a part of what each parcel holds, even on its ground."""
    return total((held[i] * part[i] / RECTS[i].area, by_area(RECTS[i])) for i in held)


def _whole(held: Held) -> PerUnit:
    return _by_unit(held, dict.fromkeys(held, 1.0))


def reached(parcel_id: str, every: Sequence[Ways]) -> float:
    """Return the part of a parcel's front from where all goals are within their limits."""
    return walks.share(fronts(RECTS[parcel_id]), every)


def share(held: Held, goals: Goals, limit: float) -> tuple[PerUnit, PerUnit]:
    """Return what is within a walk of a goal, and all of it."""
    found = ways(goals, limit)
    return _by_unit(held, {i: reached(i, [found]) for i in held}), _whole(held)


def share_of_all(held: Held, limit: float) -> tuple[PerUnit, PerUnit]:
    """Return what is within a walk of every type of facility, and all of it."""
    every = [ways(facilities(kind), limit) for kind in MINUTES]
    return _by_unit(held, {i: reached(i, every) for i in held}), _whole(held)


def complete(held: Held, limit: float, least: float) -> tuple[PerUnit, PerUnit]:
    """Return what the parcels hold of whose front so many percent are within every walk.

    Raises
    ------
    DesignError
        If a parcel has exactly so many.
    """
    every = [ways(facilities(kind), limit) for kind in MINUTES]
    part = {i: 100 * reached(i, every) for i in held}
    if any(math.isclose(percent, least) for percent in part.values()):
        raise DesignError(f"a parcel is exactly at {least} %")
    return _by_unit(held, {i: float(part[i] > least) for i in held}), _whole(held)


def lengths(parcel_id: str, goals: Goals, limit: float) -> tuple[float, float]:
    """Return the way from a parcel to the nearest goal, and the straight distance of the nearest.

    The way is infinite beyond the limit, and otherwise not shorter than the straight line.
    """
    rect = RECTS[parcel_id]
    straight = min(walks.straight(rect, goal) for goal, _ in goals)
    return max(walks.shortest(fronts(rect), ways(goals, limit)), straight), straight


def detour(held: Held, goals: Goals, limit: float) -> tuple[PerUnit, PerUnit]:
    """Return ways and straight distances, each times what is held, of what is within the walk.

    What touches a goal has no detour.
    """
    both = {i: lengths(i, goals, limit) for i in held}
    near = {i: n for i, n in held.items() if math.isfinite(both[i][0]) and both[i][1] > 0}
    return _by_unit(near, {i: both[i][0] for i in near}), _by_unit(
        near, {i: both[i][1] for i in near}
    )
