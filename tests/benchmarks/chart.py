"""The benchmark as an SVG: what each step costs whom, and how far from what must be reached."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from tests.benchmarks.row import Row

COLOURS = {"carbonspace": "#0b6e5b", "plain geopandas": "#8a8f98", "one overlay": "#b58aa5",
           "DuckDB": "#d98e04", "SedonaDB": "#4169b8", "exactextract": "#7a5cb0"}  # fmt: skip
_MET, _MISSED, _INK, _FAINT, _LINE = "#0b6e5b", "#c2410c", "#1f2933", "#6b7280", "#e3e6ea"
_LEFT, _RIGHT, _WIDE, _ROW, _TOP = 330.0, 150.0, 990.0, 26.0, 74.0

Seconds = Mapping[str, Mapping[str, float]]
"""CPU seconds by step and by who took them."""


class _Axis:
    """A logarithmic axis across the plot, from one power of ten to another."""

    def __init__(self, values: Iterable[float]) -> None:
        logs = [math.log10(value) for value in values if value > 0] or [0.0]
        self.low, self.high = math.floor(min(logs) - 0.05), math.ceil(max(logs) + 0.05)

    def at(self, value: float) -> float:
        share = (math.log10(value) - self.low) / max(self.high - self.low, 1)
        return _LEFT + share * (_WIDE - _LEFT - _RIGHT)

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def chart(title: str, seconds: Seconds, rows: Sequence[Row]) -> str:
    """Return the chart as SVG text."""
    measured = [row for row in rows if row.reached]
    first, height = _costs(seconds, 58.0)
    second, bottom = _reached(measured, height + 34.0)
    size = f'viewBox="0 0 {_WIDE:g} {bottom:g}" font-family="system-ui, sans-serif"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-size="13" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDE:g}" height="{bottom:g}" rx="8" fill="#ffffff"/>',
        _text(24, 36, title, size=18, weight=600),
        *first,
        *second,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _costs(seconds: Seconds, top: float) -> tuple[list[str], float]:
    """Return the panel of costs and where it ends."""
    axis = _Axis(value for costs in seconds.values() for value in costs.values())
    bottom = top + _TOP + _ROW * len(seconds)
    parts = [_text(24, top + 18, "CPU seconds (logarithmic; left is better)", weight=600)]
    who = [name for name in COLOURS if any(name in costs for costs in seconds.values())]
    for number, name in enumerate(who):
        x = 24 + 150 * number
        parts += [_dot(x + 6, top + 40, COLOURS[name]), _text(x + 18, top + 44.5, name)]
    parts += _grid(axis, top + _TOP - 14, bottom - 8)
    for number, (step, costs) in enumerate(seconds.items()):
        y = top + _TOP + _ROW * number
        places = [axis.at(value) for value in costs.values()]
        parts.append(_text(_LEFT - 16, y + 4.5, step, anchor="end"))
        parts.append(_line(min(places), y, max(places), y, "#c9ced6", 3))
        parts += [_dot(axis.at(value), y, COLOURS[name], f"{step}, {name}: {value:.3g} s")
                  for name, value in reversed([*costs.items()])]  # fmt: skip
        if "carbonspace" in costs:
            said = f"{_number(costs['carbonspace'])} s"
            parts.append(_text(_WIDE - _RIGHT + 18, y + 4.5, said, fill=COLOURS["carbonspace"]))
    return parts, bottom + 14


def _reached(rows: Sequence[Row], top: float) -> tuple[list[str], float]:
    """Return the panel of what was reached over what must be, and where it ends."""
    shares = [_share(row) for row in rows]
    axis = _Axis([*shares, 0.99, 1.01])
    bottom = top + 56 + _ROW * len(rows)
    heading = "Reached over required (1: just reached; right is better)"
    parts = [_text(24, top, heading, weight=600)]
    parts += _grid(axis, top + 18, bottom - 22)
    parts.append(_line(axis.at(1.0), top + 18, axis.at(1.0), bottom - 22, _INK, 1.5))
    for number, (row, share) in enumerate(zip(rows, shares, strict=True)):
        y = top + 36 + _ROW * number
        colour = _MET if row.met else _MISSED
        sign = "≥" if row.more_is_better else "≤"
        said = f"{_number(row.reached or 0.0)} {row.unit} ({sign} {_number(row.target)})"
        parts += [
            _text(_LEFT - 16, y + 4.5, row.what, anchor="end"),
            _line(axis.at(1.0), y, axis.at(share), y, colour, 3),
            _dot(axis.at(share), y, colour, f"{row.what}: {said}"),
            _text(_WIDE - _RIGHT + 18, y + 4.5, said, fill=_FAINT, size=12),
        ]
    return parts, bottom + 8


def _share(row: Row) -> float:
    reached = max(row.reached or 0.0, 1e-9)
    return reached / row.target if row.more_is_better else row.target / reached


def _grid(axis: _Axis, top: float, bottom: float) -> list[str]:
    parts = []
    for tick in axis.ticks():
        x = axis.at(tick)
        parts.append(_line(x, top, x, bottom, _LINE, 1))
        parts.append(_text(x, bottom + 15, _number(tick), anchor="middle", fill=_FAINT, size=11))
    return parts


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", fill: str = _INK,
    size: float = 13, weight: int = 400,
) -> str:  # fmt: skip
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" '
        f'font-size="{size:g}" font-weight="{weight}">{escape(text)}</text>'
    )


def _dot(x: float, y: float, colour: str, said: str = "") -> str:
    hint = f"<title>{escape(said)}</title>" if said else ""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}" stroke="#fff" '
        f'stroke-width="1.5">{hint}</circle>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}" stroke-linecap="round"/>'
    )
