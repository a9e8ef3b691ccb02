"""The design of public transport on the golden plan: how often stops are served, lines, bus lanes.

Beside `design.py`, whose stops, streets and car parks these tables speak of.
"""

from __future__ import annotations

from typing import NamedTuple

import design as d


class Service(NamedTuple):
    """Departures by type of day, minutes between them in the peak (None: none there)."""

    workday: int
    saturday: int
    sunday: int
    headway: int | None


class Line(NamedTuple):
    """A line through points, metres."""

    line_id: str
    name: str
    mode: str
    points: tuple[tuple[float, float], ...]


_ON_LATTICE = (Service(180, 120, 90, 5), Service(150, 100, 80, 10), Service(120, 80, 60, 15))
_BETWEEN = (Service(60, 40, 20, 20), Service(24, 12, 0, 30), Service(6, 0, 0, None))
_EAST = Service(90, 60, 30, 20)
_LATTICE = 36
"""So many stops, the first ones, stand on the lattice. West of x = 2750 each has a bus every 15
minutes or less; on it, and between, there are fewer."""


def _served(number: int, stop: d.Place) -> Service:
    if number >= _LATTICE:
        return _BETWEEN[number % 3]
    return _EAST if stop.x == 2750 else _ON_LATTICE[number % 3]


SERVICE: dict[str, Service] = {
    **{stop.place_id: _served(number, stop) for number, stop in enumerate(d.STOPS)},
    "ZD-R": Service(40, 40, 40, 60),
    "ZD-B": Service(90, 90, 90, 20),
}
TOD: dict[str, bool] = {"ZD-R": True, "ZD-B": False}
"""Stations marked as developed as TOD, or not; no other stop is said to be either."""
MICROCENTRES = ("ZD-R",)

LINES = (
    Line("XL-1A", "1路上行", "bus", ((0, 1500 - d.HALF_GAP), (4000, 1500 - d.HALF_GAP))),
    Line("XL-1B", "1路下行", "bus", ((4000, 1500 + d.HALF_GAP), (0, 1500 + d.HALF_GAP))),
    Line("XL-2", "2路", "bus", ((500, 0), (500, 3000))),
    Line("XL-3", "3路", "bus", ((500, 1000), (500, 2000), (2500, 2000))),
    Line("XL-4", "快速公交", "brt", ((2000, 1500), (4000, 1500))),
    Line("XL-5", "有轨电车", "tram", ((0, 2750), (4000, 2750))),
)
ON_STREETS = ("bus", "brt")

PARK_AND_RIDE = ((3765, 2265), (2265, 30))
"""The car parks, by their place, where one may leave the car and ride."""


def bus_lane(street: d.Street) -> str:
    """Return in which directions a street has a bus lane: 上党大街 both ways, 和平街 one way."""
    if street.name == "上党大街":
        return "all"
    return "one" if street.name == "和平街" else "no"
