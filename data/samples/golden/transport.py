"""What is counted and measured of public transport on the golden plan, from its tables."""

from __future__ import annotations

import math
from collections.abc import Callable

import design as d
import quantities as q
import service as s
from arithmetic import Facility, PerUnit, by_length, by_point, reached, total, union_area
from buildings import BUILDINGS
from design import Rect

MODES = {p.place_id: p.kind for p in d.STOPS} | {i: mode for i, _, mode, _ in d.STATIONS}
RECTS = {p.place_id: Rect(p.x, p.y, p.x, p.y) for p in d.STOPS} | {
    i: rect for i, _, _, rect in d.STATIONS
}
RAPID = ("rail", "brt")
CITY = Rect(0, 0, d.COLUMNS * d.CELL, d.ROWS * d.CELL)


def middle(rect: Rect) -> tuple[float, float]:
    """Return where a stop is counted."""
    return (rect.w + rect.e) / 2, (rect.s + rect.n) / 2


def stops(weight: Callable[[str], float]) -> PerUnit:
    """Return the sum of a weight over all stops, by unit."""
    return total((weight(i), by_point(*middle(rect))) for i, rect in RECTS.items())


def frequent(headway: float) -> list[Facility]:
    """Return the stops with so many minutes between departures or fewer, 500 m around."""
    often = [
        i for i, one in s.SERVICE.items() if one.headway is not None and one.headway <= headway
    ]
    return [Facility(RECTS[i], 500) for i in often]


def area_near_stops(radius: float) -> PerUnit:
    """Return each unit's area within the radius of any bus stop."""
    points = [(p.x, p.y) for p in d.STOPS]
    return {u.unit_id: union_area(u.rect, points, radius) for u in d.UNITS}


def legs(line: s.Line) -> list[tuple[str, float, float, float]]:
    """Return the straight parts of a line: axis, position across, start and end along it."""
    parts = []
    for (xa, ya), (xb, yb) in zip(line.points, line.points[1:], strict=False):
        parts.append(("ew", ya, xa, xb) if ya == yb else ("ns", xa, ya, yb))
    return parts


def line_metres() -> PerUnit:
    """Return the length of all lines on streets, each all along."""
    return total(
        (1.0, by_length(*leg)) for one in s.LINES if one.mode in s.ON_STREETS for leg in legs(one)
    )


def network_metres() -> PerUnit:
    """Return the streets with lines, each once.

    上党大街 all along (one line there, one back, and the rapid buses), 南北3路 (x = 500) all along,
    and 光明街 (y = 2000) from 500 to 2500.
    """
    return total([
        (1.0, by_length("ew", 1500 - d.HALF_GAP, 0, 4000)),
        (1.0, by_length("ns", 500, 0, 3000)),
        (1.0, by_length("ew", 2000, 500, 2500)),
    ])  # fmt: skip


def lane_metres(*, once: bool) -> PerUnit:
    """Return bus lanes: each direction of each, or each street once."""
    return total(
        (0.5 if once and street.twin else 1.0, by_length(*street[2:6]))
        for street in d.STREETS
        if s.bus_lane(street) != "no"
    )


def around(radius: float) -> tuple[PerUnit, PerUnit]:
    """Return floor area and land within the radius of a station, by unit."""
    areas = [Facility(RECTS[i], radius) for i, mode in MODES.items() if mode in RAPID]
    floors = total(
        (
            q.floor_area(b) * math.fsum(reached(b.rect, one) for one in areas) / b.rect.area,
            {d.unit_at(b.rect.w, b.rect.s).unit_id: 1.0},
        )
        for b in BUILDINGS
    )
    return floors, {u.unit_id: math.fsum(reached(u.rect, f) for f in areas) for u in d.UNITS}


def floors() -> PerUnit:
    """Return the floor area of each unit; no building crosses a unit."""
    return total((q.floor_area(b), {d.unit_at(b.rect.w, b.rect.s).unit_id: 1.0}) for b in BUILDINGS)


def around_railway(radius: float) -> tuple[float, float]:
    """Return gross floor-area ratio and land-use mix around the railway station."""
    one = Facility(RECTS["ZD-R"], radius)
    built = math.fsum(q.floor_area(b) * reached(b.rect, one) / b.rect.area for b in BUILDINGS)
    land = [
        math.fsum(reached(p.rect, one) for p in d.PARCELS if p.land_use.startswith(code))
        for code in q.MIX
    ]
    shares = [a / math.fsum(land) for a in land if a]
    mix = -math.fsum(p * math.log(p) for p in shares) / math.log(len(q.MIX))
    return built / reached(CITY, one), mix


def with_car_park(mode: str, distance: float) -> PerUnit:
    """Return the stops of a mode with park and ride at most so far away."""

    def near(i: str) -> float:
        rect = RECTS[i]
        away = [
            math.hypot(max(rect.w - x, x - rect.e, 0), max(rect.s - y, y - rect.n, 0))
            for x, y in s.PARK_AND_RIDE
        ]
        return float(MODES[i] == mode and min(away) <= distance)

    return stops(near)
