"""Plain arithmetic for the golden plan: shares of units, and areas within a service radius.

No geometry library and nothing of carbonspace is used. The area of a rectangle within a service
area is a sum of trapezoids under the 64 known chords of a quarter circle.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import design as d
from design import Rect

SEGMENTS = 64
"""Chords of a quarter circle in every service area."""

PerUnit = dict[str, float]


class DesignError(Exception):
    """The drawing is not simple enough: a place is cut by two service areas at once."""


def by_point(x: float, y: float) -> dict[str, float]:
    """Return the units that touch a point, each with one equal part of it."""
    found = [u.unit_id for u in d.UNITS if u.rect.w <= x <= u.rect.e and u.rect.s <= y <= u.rect.n]
    return {unit_id: 1 / len(found) for unit_id in found}


def by_area(rect: Rect) -> dict[str, float]:
    """Return the part of a rectangle's area in each unit, m²."""
    parts = {u.unit_id: rect.clip(u.rect).area for u in d.UNITS}
    return {unit_id: area for unit_id, area in parts.items() if area > 0}


def by_length(axis: str, at: float, start: float, end: float) -> dict[str, float]:
    """Return the metres of an axis-parallel line in each unit; boundaries are halved."""
    result: dict[str, float] = defaultdict(float)
    low, high = min(start, end), max(start, end)
    for first in range(int(low // d.UNIT), int(-(-high // d.UNIT))):
        a, b = max(low, first * d.UNIT), min(high, (first + 1) * d.UNIT)
        middle = (a + b) / 2
        place = (middle, at) if axis == "ew" else (at, middle)
        for unit_id, part in by_point(*place).items():
            result[unit_id] += part * (b - a)
    return result


def total(parts: Iterable[tuple[float, dict[str, float]]]) -> PerUnit:
    """Return the sum of weight × part for every unit."""
    terms: dict[str, list[float]] = {u.unit_id: [] for u in d.UNITS}
    for weight, shares in parts:
        for unit_id, share in shares.items():
            terms[unit_id].append(weight * share)
    return {unit_id: math.fsum(values) for unit_id, values in terms.items()}


class Facility(NamedTuple):
    """A rectangle (a point is one without size) and its service radius in metres."""

    rect: Rect
    radius: float


def chords(radius: float) -> list[tuple[float, float]]:
    """Return the corners of the polygon that stands for a quarter circle, from east to north."""
    step = math.pi / 2 / SEGMENTS
    return [(radius * math.cos(k * step), radius * math.sin(k * step)) for k in range(SEGMENTS + 1)]


def quarter(radius: float, x0: float, x1: float, y0: float, y1: float) -> float:
    """Return the area of [x0, x1] × [y0, y1] within a quarter circle around the origin, m².

    The rim falls from (0, r) to (r, 0) in straight chords, so that the height of the covered
    strip, min(rim, y1) − y0, is straight between its kinks: the area is a sum of trapezoids.
    """
    corners = sorted(chords(radius))
    kinks = {x0, x1, *(x for x, _ in corners if x0 < x < x1)}
    for (xa, ya), (xb, yb) in pairwise(corners):
        for level in (y0, y1):
            if yb < level < ya:
                kinks.add(xa + (ya - level) * (xb - xa) / (ya - yb))
    xs = sorted(x for x in kinks if x0 <= x <= min(x1, radius))

    def height(x: float) -> float:
        for (xa, ya), (xb, yb) in pairwise(corners):
            if xa <= x <= xb and xb > xa:
                rim = ya + (yb - ya) * (x - xa) / (xb - xa)
                return max(0.0, min(rim, y1) - y0)
        return 0.0

    return math.fsum((b - a) * (height(a) + height(b)) / 2 for a, b in pairwise(xs))


def reached(rect: Rect, facility: Facility) -> float:
    """Return the area of a rectangle within the radius of a facility, m².

    Around a rectangle the service area is itself, four strips as wide as the radius, and four
    quarter circles. Each is taken against the part of `rect` beside it.
    """
    near, r = facility.rect, facility.radius
    beside = list(sides(rect.w, rect.e, near.w, near.e))
    above = list(sides(rect.s, rect.n, near.s, near.n))
    return math.fsum(_corner(r, *x, *y) for x in beside for y in above)


def sides(
    low: float, high: float, near_low: float, near_high: float
) -> Iterator[tuple[float, float]]:
    """Split low..high as seen from near_low..near_high: beyond it, before it, in it (0, -width)."""
    if high > near_high:
        yield max(low - near_high, 0.0), high - near_high
    if low < near_low:
        yield max(near_low - high, 0.0), near_low - low
    width = min(high, near_high) - max(low, near_low)
    if width > 0:
        yield 0.0, -width


def _corner(r: float, x0: float, x1: float, y0: float, y1: float) -> float:
    if x1 < 0 and y1 < 0:
        return x1 * y1
    if x1 < 0:
        return -x1 * max(0.0, min(y1, r) - y0)
    if y1 < 0:
        return -y1 * max(0.0, min(x1, r) - x0)
    return quarter(r, x0, x1, y0, y1)


def _gap(low: float, high: float, near_low: float, near_high: float) -> tuple[float, float]:
    """Return the smallest and the largest distance of low..high from near_low..near_high."""
    ends = [max(near_low - v, v - near_high, 0.0) for v in (low, high)]
    apart = max(near_low - high, low - near_high, 0.0)
    return apart, max(ends)


def situation(rect: Rect, facility: Facility) -> str:
    """Return whether a rectangle is "in", "out" or "cut" by a service area."""
    (dx0, dx1) = _gap(rect.w, rect.e, facility.rect.w, facility.rect.e)
    (dy0, dy1) = _gap(rect.s, rect.n, facility.rect.s, facility.rect.n)
    inner = facility.radius * math.cos(math.pi / 4 / SEGMENTS)  # the chords' distance
    if (
        math.hypot(dx1, dy1) <= inner
        or (dx1 == 0 and dy1 <= facility.radius)
        or (dy1 == 0 and dx1 <= facility.radius)
    ):
        return "in"
    return "out" if math.hypot(dx0, dy0) >= facility.radius else "cut"


def _dominates(rect: Rect, one: Facility, other: Facility) -> bool:
    """Return True if everywhere on `rect` `one` is no farther than `other`, east and north."""

    def nearer(p: float, a: tuple[float, float], b: tuple[float, float]) -> bool:
        return max(a[0] - p, p - a[1], 0) <= max(b[0] - p, p - b[1], 0)

    xs, ys = ((rect.w, rect.e), (rect.s, rect.n))
    a, b = one.rect, other.rect
    return (
        one.radius >= other.radius
        and all(nearer(x, (a.w, a.e), (b.w, b.e)) for x in xs)
        and all(nearer(y, (a.s, a.n), (b.s, b.n)) for y in ys)
    )


def covered(rect: Rect, facilities: Iterable[Facility], who: str) -> tuple[float, str]:
    """Return the area of `rect` that is served, m², and how it lies.

    Raises
    ------
    DesignError
        If two service areas cut it and neither is nearer everywhere.
    """
    cutting = []
    for facility in facilities:
        how = situation(rect, facility)
        if how == "in":
            return rect.area, "in"
        if how == "cut":
            cutting.append(facility)
    if not cutting:
        return 0.0, "out"
    for one in cutting:
        if all(_dominates(rect, one, other) for other in cutting if other is not one):
            return reached(rect, one), "cut"
    raise DesignError(f"{who} {rect} is cut by {cutting}")


def union_area(rect: Rect, places: Iterable[tuple[float, float] | Rect], radius: float) -> float:
    """Return the area of a rectangle within the radius of any of the places, m².

    A place is a point, or a rectangle (a line is one without width). Across the rectangle at a
    height y what is around each covers an interval. Between heights where the chords have no
    corner and the ends of the intervals keep their order, what the intervals cover together is
    straight in y: a trapezoid. Where ends pass each other the strip is halved until it is thinner
    than a micrometre.
    """
    sites = (one if isinstance(one, Rect) else Rect(*one, *one) for one in places)
    near = [one for one in sites if _gap_between(rect, one) < radius]
    corners = sorted((y, x) for x, y in chords(radius))
    heights = {rect.s, rect.n}
    for one in near:
        for up, _ in corners:
            heights |= {v for v in (one.s - up, one.n + up) if rect.s < v < rect.n}

    def spans(y: float) -> list[tuple[float, float, int]]:
        halves = ((_half_width(corners, max(one.s - y, y - one.n, 0.0)), one, number)
                  for number, one in enumerate(near))  # fmt: skip
        return [(one.w - half, one.e + half, number) for half, one, number in halves if half >= 0]

    def ends(y: float) -> list[tuple[float, int]]:
        found = [(rect.w, -1), (rect.e, -2)]
        for low, high, number in spans(y):
            found += [(low, 2 * number), (high, 2 * number + 1)]
        return sorted(found)

    def covered_at(y: float) -> float:
        last, length = rect.w, 0.0
        for low, high, _ in sorted(spans(y)):
            end = min(high, rect.e)
            length += max(0.0, end - max(low, last))
            last = max(last, end)
        return length

    def strip(low: float, high: float) -> float:
        middle = (low + high) / 2
        order = [[name for _, name in ends(y)] for y in (low + 1e-9, middle, high - 1e-9)]
        if high - low < 1e-6 or order[0] == order[1] == order[2]:
            return (high - low) * covered_at(middle)
        return strip(low, middle) + strip(middle, high)

    return math.fsum(strip(a, b) for a, b in pairwise(sorted(heights)))


def _gap_between(rect: Rect, one: Rect) -> float:
    return math.hypot(
        max(rect.w - one.e, one.w - rect.e, 0), max(rect.s - one.n, one.s - rect.n, 0)
    )


def _half_width(corners: list[tuple[float, float]], up: float) -> float:
    """Return half the width of a circle of chords so far above its middle; -1 beyond it."""
    for (ya, xa), (yb, xb) in pairwise(corners):
        if ya <= up <= yb:
            return xa + (xb - xa) * (up - ya) / (yb - ya)
    return -1.0
