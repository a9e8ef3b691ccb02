"""The study of growth as an SVG: what was measured, and dashed what follows up to 30 million."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

WAYS = {
    "plain": ("one process, as a whole", "#8a8f98"),
    "tiles": ("one process, by tiles", "#7a5cb0"),
    "local:1": ("one worker", "#d98e04"),
    "local:2": ("two workers", "#0b6e5b"),
}
_UP_TO = 30.0
"""Million parcels."""
_INK, _FAINT, _LINE, _LIMIT = "#1f2933", "#6b7280", "#e3e6ea", "#c2410c"
_PANEL, _HIGH, _LEFT, _TOP, _GAP = 360.0, 300.0, 70.0, 104.0, 100.0

Runs = Sequence[Mapping[str, Any]]


class _Panel(NamedTuple):
    """A figure over the size, both logarithmic: its place, and the powers of ten it shows."""

    left: float
    low: int
    high: int
    first: float

    def x(self, million: float) -> float:
        share = math.log(million / self.first) / math.log(_UP_TO / self.first)
        return self.left + share * _PANEL

    def y(self, value: float) -> float:
        share = (math.log10(max(value, 1e-9)) - self.low) / (self.high - self.low)
        return _TOP + (1 - share) * _HIGH


def chart(runs: Runs) -> str:
    """Return the chart as SVG text."""
    wide = 2 * _PANEL + _LEFT + _GAP + 40
    high = _TOP + _HIGH + 64
    first = min(float(one["million"]) for one in runs) * 0.8
    size = f'viewBox="0 0 {wide:g} {high:g}" font-family="system-ui, sans-serif"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-size="13" role="img">',
        "<title>A province as it grows</title>",
        f'<rect width="{wide:g}" height="{high:g}" rx="8" fill="#ffffff"/>',
        _text(24, 36, "A province as it grows", size=18, weight=600),
        *_legend(),
        *_panel("Seconds by the clock", runs, "wall", _LEFT, first, None),
        *_panel("Peak memory of a process, MB", runs, "memory", _LEFT + _PANEL + _GAP, first,
                1024.0),
        "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def value_of(run: Mapping[str, Any], what: str) -> float:
    """Return a figure of a run; `memory` is that of the process that computes."""
    if what != "memory":
        return float(run[what])
    return float(run["worker_mb"] if run["way"].startswith("local") else run["own_mb"])


def _panel(
    title: str, runs: Runs, what: str, left: float, first: float, limit: float | None
) -> Iterable[str]:
    values = [value_of(one, what) for one in runs]
    grown = max(values) * (_UP_TO / max(float(one["million"]) for one in runs))
    low = math.floor(math.log10(min(values)))
    panel = _Panel(left, low, max(math.ceil(math.log10(grown)), low + 1), first)
    yield _text(left, _TOP - 16, title, weight=600)
    for power in range(panel.low, panel.high + 1):
        y = panel.y(10.0**power)
        yield _line([(left, y), (left + _PANEL, y)], _LINE)
        yield _text(left - 8, y + 4.5, f"{10**power:,}", anchor="end", fill=_FAINT)
    for million in (0.25, 1, 4, 10, 30):
        if million >= first:
            yield _text(panel.x(million), _TOP + _HIGH + 20, f"{million:g}", anchor="middle",
                        fill=_FAINT)  # fmt: skip
    yield _text(left + _PANEL / 2, _TOP + _HIGH + 42, "million parcels", anchor="middle",
                fill=_FAINT)  # fmt: skip
    if limit is not None:
        yield _line([(left, panel.y(limit)), (left + _PANEL, panel.y(limit))], _LIMIT, dash="2 4")
        yield _text(left + _PANEL, panel.y(limit) - 6, "1 GB", anchor="end", fill=_LIMIT)
    for way in WAYS:
        yield from _curve(panel, way, what, runs)


def _curve(panel: _Panel, way: str, what: str, runs: Runs) -> Iterable[str]:
    """Yield what was measured of a way, and dashed how it goes on at the last slope."""
    points = [(float(one["million"]), value_of(one, what)) for one in runs if one["way"] == way]
    if not points:
        return
    colour = WAYS[way][1]
    places = [(panel.x(million), panel.y(value)) for million, value in points]
    yield _line(places, colour, width=2.5)
    for (x, y), (million, value) in zip(places, points, strict=True):
        yield (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"><title>{WAYS[way][0]}, '
               f"{million:g} M: {value:.3g}</title></circle>")  # fmt: skip
    if way != "plain" and len(points) > 1 and points[-1][0] < _UP_TO:
        yield _line([places[-1], (panel.x(_UP_TO), panel.y(grown_to(points, _UP_TO)))], colour,
                    dash="5 5")  # fmt: skip


def grown_to(points: Sequence[tuple[float, float]], million: float) -> float:
    """Return what a figure comes to at a size where it goes on along its last two points."""
    (x, a), (y, b) = points[-2:]
    return max(b + (b - a) / (y - x) * (million - y), b)


def _legend() -> Iterable[str]:
    for number, (title, colour) in enumerate(WAYS.values()):
        x = 24.0 + 190 * number
        yield f'<circle cx="{x + 6:g}" cy="60" r="5" fill="{colour}"/>'
        yield _text(x + 18, 64.5, title)


def _text(
    x: float, y: float, said: str, *, size: int = 13, weight: int = 400, anchor: str = "start",
    fill: str = _INK,
) -> str:  # fmt: skip
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
            f'text-anchor="{anchor}" fill="{fill}">{said}</text>')  # fmt: skip


def _line(
    places: Sequence[tuple[float, float]], colour: str, *, width: float = 1.0, dash: str = ""
) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (f'<polyline points="{points}" fill="none" stroke="{colour}" '
            f'stroke-width="{width:g}"{dashed}/>')  # fmt: skip
