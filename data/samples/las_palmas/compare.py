"""Walks to parks by their edges, by one point, and straight: tables and chart of `walking.md`.

    python compare.py

writes the tables into the page and the chart beside it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pandas as pd

from carbonspace import evaluate, park_coverage, park_walk_coverage, park_walk_detour, read_plan
from carbonspace.model.measure import Measure
from carbonspace.model.places import HOMES
from carbonspace.model.plan import Plan

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[2] / "docs" / "explanation" / "walking.md"
PICTURE = PAGE.with_name("walking-parks.svg")
METRES = 500.0
WAYS = {
    "straight": ("直线 500 米", "500 m straight", "#9aa5b1"),
    "point": ("沿街 500 米，至公园中心点", "500 m of street, to the middle of parks", "#e08e45"),
    "edge": ("沿街 500 米，至公园边界", "500 m of street, to the edge of parks", "#2e8b57"),
}


@cache
def _plan() -> Plan:
    """Return the plan as it is measured."""
    return evaluate(read_plan(FOLDER / "plan.toml"), ["park_coverage"], profiles=[]).plan


Measures = dict[str, Measure]
BUILT = ("07", "08", "09", "10", "11", "12", "13")
"""Codes of land that people live, work or are busy on: not parks, fields, water."""


def _measures(homes: tuple[str, ...]) -> Measures:
    """Return how much of the parcels of these codes is near a park, by each way."""
    layers, minutes = _plan().layers, METRES / 60
    places = (layers["units"], layers["parcels"])
    parks, roads = layers["parks"], layers["roads"]
    middles = parks.set_geometry(parks.geometry.centroid)
    return {
        "straight": park_coverage(*places, parks, homes=homes),
        "point": park_walk_coverage(*places, middles, roads, minutes=minutes, homes=homes),
        "edge": park_walk_coverage(*places, parks, roads, minutes=minutes, homes=homes),
        "detour": park_walk_detour(*places, parks, roads, homes=homes),
    }


def _total(measures: Measures) -> dict[str, float]:
    """Return the figures of all units together, and what they are of, ha."""
    return {**{key: one.total()[2] for key, one in measures.items()},
            "homes": measures["edge"].total()[1] / 1e4}  # fmt: skip


@cache
def found() -> pd.DataFrame:
    """Return what of the homes of each unit is near a park, percent; of all, and of all land."""
    measures = _measures(HOMES)
    table = pd.DataFrame({key: one.table["value"] for key, one in measures.items()})
    table["homes"] = measures["edge"].table["denominator"] / 1e4
    table = table[table["homes"] > 0]
    table.loc["homes"] = pd.Series(_total(measures))
    table.loc["parcels"] = pd.Series(_total(_measures(BUILT)))
    return table


ALL = {"homes": "**all homes**", "parcels": "**all built land**"}


def _names() -> dict[str, str]:
    units = _plan().layers["units"]
    return {**dict(zip(units.index.astype(str), units["name"], strict=True)), **ALL}


def _number(value: float, digits: int = 1) -> str:
    return "–" if math.isnan(value) else f"{value:,.{digits}f}"


def points() -> str:
    """Return the table of parks by their edges and by one point."""
    lines = ["| district | ha | to the edge, % | to the middle, % | difference |",
             "|---|---:|---:|---:|---:|"]  # fmt: skip
    for unit, row in found().iterrows():
        figures = (row["edge"], row["point"], row["edge"] - row["point"])
        cells = " | ".join(map(_number, (row["homes"], *figures)))
        lines.append(f"| {_names()[str(unit)]} | {cells} |")
    return "\n".join(lines)


def straight() -> str:
    """Return the table of straight lines and streets."""
    head = "| district | straight 500 m, % | 500 m of street, % | difference | detour, 15 min |"
    lines = [head, "|---|---:|---:|---:|---:|"]
    for unit, row in found().iterrows():
        cells = " | ".join(map(_number, (row["straight"], row["edge"],
                                         row["straight"] - row["edge"])))  # fmt: skip
        lines.append(f"| {_names()[str(unit)]} | {cells} | {_number(row['detour'], 2)} |")
    return "\n".join(lines)


TABLES: dict[str, Callable[[], str]] = {"points": points, "straight": straight}


def filled(text: str) -> str:
    """Return the page with its tables made anew."""

    def made(match: re.Match[str]) -> str:
        return f"<!-- table: {match[1]} -->\n{TABLES[match[1]]()}\n<!-- end -->"

    return re.sub(r"<!-- table: (\w+) -->\n.*?<!-- end -->", made, text, flags=re.S)


LEFT, WIDE, BAR, GAP, HEAD = 330, 560, 13, 14, 84
FONT = 'font-family="Noto Sans CJK SC, Noto Sans, sans-serif" font-size="14"'


def picture() -> str:
    """Return a chart: three bars for each district."""
    rows = found()
    tall = HEAD + len(rows) * (3 * BAR + GAP) + 30
    view = f'viewBox="0 0 {LEFT + WIDE + 70} {tall}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {view} {FONT}>'
    return "\n".join([head, '<rect width="100%" height="100%" fill="#fff"/>', *_legend(),
                      *_axis(tall - 24), *_bars(rows), "</svg>\n"])  # fmt: skip


def _legend() -> Iterator[str]:
    for n, (zh, en, colour) in enumerate(WAYS.values()):
        y = 20 + 20 * n
        yield f'<rect x="{LEFT}" y="{y - 11}" width="22" height="12" fill="{colour}"/>'
        yield f'<text x="{LEFT + 30}" y="{y}">{zh} · {en}</text>'


def _axis(bottom: int) -> Iterator[str]:
    for percent in range(0, 101, 20):
        x = LEFT + WIDE * percent / 100
        yield f'<path d="M{x:g} {HEAD - 8}V{bottom}" stroke="#d6dbe1"/>'
        yield f'<text x="{x:g}" y="{bottom + 17}" text-anchor="middle">{percent} %</text>'


def _bars(rows: pd.DataFrame) -> Iterator[str]:
    for n, (unit, row) in enumerate(rows.iterrows()):
        y = HEAD + n * (3 * BAR + GAP)
        name = _names()[str(unit)].replace("**", "")
        yield f'<text x="{LEFT - 10}" y="{y + 2 * BAR}" text-anchor="end">{name}</text>'
        for k, (key, (_, _, colour)) in enumerate(WAYS.items()):
            long = WIDE * row[key] / 100
            yield (f'<rect x="{LEFT}" y="{y + k * BAR}" width="{long:.1f}" height="{BAR - 2}" '
                   f'fill="{colour}"/>')  # fmt: skip


if __name__ == "__main__":
    PICTURE.write_text(picture(), "utf-8")
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")
