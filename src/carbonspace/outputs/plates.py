"""The maps of the printed report: the same outlines in other colours, theme after theme.

What they have alike is held once in the document, and colours below the outlines have fewer
corners than these: a line hides where they end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from carbonspace.model.indicator import Indicator
from carbonspace.model.text import Text
from carbonspace.outputs import maps, printed
from carbonspace.outputs.ground import Base
from carbonspace.outputs.look import band_colours
from carbonspace.outputs.maps import Map
from carbonspace.outputs.rows import number
from carbonspace.outputs.steps import Step
from carbonspace.outputs.unit_sheets import Pictures, keys

Plate = dict[str, Any]
_CLASSES = 5
_PEN = 1.5


class Plates:
    """Draws the maps of a plan."""

    def __init__(self, plan: Map, base: Base, pictures: Pictures) -> None:
        self._plan, self._pictures = plan, pictures
        self._fills = maps.unit_fills(base, plan.view)
        self._above = _above(plan)

    def situation(self) -> Plate:
        """Return the map of what there is: land use, streets, stops."""
        plan = self._plan
        frames = (printed.path("frame", unit.d) for unit in plan.units)
        named = [(one.css, one.fill, one.title) for one in plan.land]
        below = printed.image(plan.picture) if plan.picture else printed.paths(plan.land)
        return self._map([below, printed.paths(plan.ground), *frames],
                         [*named, *printed.looks(plan.ground)])  # fmt: skip

    def counted(self, found: Mapping[str, Step]) -> Plate:
        """Return the map of how many targets units miss; what is not in `found` is a frame."""
        css = {unit: f"unit {one.key}" for unit, one in found.items()}
        drawn = [printed.path(css[unit.unit_id], fill, line=False)
                 for unit, fill in zip(self._plan.units, self._fills, strict=True)
                 if unit.unit_id in css]  # fmt: skip
        classes = sorted(set(found.values()), key=lambda one: one.key)
        there = [(f"unit {one.key}", "", one.title) for one in classes]
        return self._map([*drawn, self._above], there)

    def valued(self, one: Indicator, values: pd.DataFrame) -> Plate:
        """Return the map of an indicator's values in classes of about as many units each."""
        units = [unit.unit_id for unit in self._plan.units]
        found = values[one.key].reindex(units).to_numpy(dtype=float)
        known = found[~np.isnan(found)]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, _CLASSES + 1)))
        colours = band_colours(max(len(edges) - 1, 1))[::-1]
        position = np.clip(np.searchsorted(edges, found, side="right") - 1, 0, len(colours) - 1)
        drawn = [
            printed.path("unit mx" if np.isnan(value) else "unit", fill,
                         "" if np.isnan(value) else colours[n], line=False)
            for fill, value, n in zip(self._fills, found, position, strict=True)
        ]  # fmt: skip
        there = [("unit", colour, Text(said, said))
                 for colour, said in zip(colours, _classes(edges, one), strict=True)]  # fmt: skip
        if len(known) < len(found):
            there.append(("unit mx", "", Text("无数值", "No value")))
        return self._map([*drawn, self._above], there)

    def _map(self, drawn: Sequence[str], looks: Iterable[tuple[str, str, Text]]) -> Plate:
        plan, size = self._plan, (self._plan.view.width, self._plan.view.height)
        svg = self._pictures(printed.picture(size, *drawn, pen=_PEN, grid=plan.view.grid))
        return {**printed.furniture(plan.view, plan.bar, plan.labels), "svg": svg,
                "legend": keys(looks, self._pictures)}  # fmt: skip


def _above(plan: Map) -> str:
    """Return what all coloured maps have above the colours: outlines, and what shows the way."""
    frames = (printed.path("frame", unit.d) for unit in plan.units)
    ways = [one for one in plan.ground if one.css in ("road major", "stop rail")]
    return printed.shared(*frames, printed.paths(ways, 0.6))


def _classes(edges: Any, one: Indicator) -> list[str]:
    told = [number(float(edge), one.decimals) for edge in edges]
    if len(told) == 1:
        return [f"{told[0]} {one.unit}"]
    return [f"{low} – {high} {one.unit}" for low, high in pairwise(told)]
