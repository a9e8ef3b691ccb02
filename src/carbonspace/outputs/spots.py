"""The maps of units as pictures for documents, with their legends in words of their colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from carbonspace.outputs import maps, printed
from carbonspace.outputs.docxml import GREY, Run
from carbonspace.outputs.ground import Drawn, base_of
from carbonspace.outputs.maps import Spot
from carbonspace.outputs.officetext import side_by_side
from carbonspace.outputs.pictures import Picture, drawn, of_png
from carbonspace.outputs.results import Results
from carbonspace.outputs.sketches import Sketches

_PEN = 1.7
"""How much wider pens are than on a screen: the map is smaller."""
_AT_ONCE = 256
_MOST = 400
"""Units that a document has maps of: more would make it too large to be opened."""


class Shown(NamedTuple):
    """The map of a unit, and the line below it."""

    picture: Picture
    legend: list[Run]


class Spots:
    """Draws the maps of the units of a plan; of a very large one none."""

    def __init__(self, results: Results) -> None:
        self._base = base_of(results.layers)
        self._positions = {unit: n for n, unit in enumerate(map(str, results.units.index))}
        self._crs = results.units.crs
        self._sketches: tuple[int, Sketches] | None = None
        self.are_left_out = len(self._positions) > _MOST

    def picture(self, unit_id: str) -> Shown | None:
        """Return the map of a unit; None where there are none, or it has no place."""
        position = self._positions[unit_id]
        shape = self._base.units.shapes[position]
        if self.are_left_out or shape is None or shape.is_empty:
            return None
        spot, _ = maps.unit_map(
            self._base, position, sketches=self._near(position), grid=printed.LARGE
        )
        return Shown(of_png(drawn(_svg(spot).encode())), [*self._legend(spot)])

    def _near(self, position: int) -> Sketches:
        """Return the sketches of the units around a position; they are made for many at once."""
        block = position // _AT_ONCE
        if self._sketches is None or self._sketches[0] != block:
            some = range(block * _AT_ONCE, min((block + 1) * _AT_ONCE, len(self._positions)))
            there = [n for n in some if not self._base.units.shapes[n].is_empty]
            self._sketches = block, maps.unit_sketches(self._base, there, printed.LARGE)
        return self._sketches[1]

    def _legend(self, spot: Spot) -> Iterator[Run]:
        crs = self._crs.to_string() if self._crs.to_authority() else self._crs.name
        yield Run(f"↑ 北 N · 比例尺 scale bar {spot.bar.text} · {crs}   ", GREY, small=True)
        for one in (*spot.land, *spot.ground):
            if one.d:
                yield Run("■ ", _colour(one), small=True)
                yield Run(f"{side_by_side(one.title)}   ", GREY, small=True)


def _svg(spot: Spot) -> str:
    """Return the map as an SVG that stands alone, with its scale bar."""
    width, height, pixel = spot.view.width, spot.view.height, spot.view.grid.parts
    framed = (printed.path(css, getattr(spot, css)) for css in ("outside", "neighbours", "outline"))
    return printed.picture(
        (width, height), f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        printed.paths(spot.land), printed.paths(spot.ground), *framed,
        f'<rect x="{18 * pixel:g}" y="{height - 24 * pixel:g}" width="{spot.bar.length}" '
        f'height="{7 * pixel:g}" fill="#1d2733"/>',
        f'<rect width="{width}" height="{height}" fill="none" stroke="#8b95a3" '
        f'stroke-width="{2 * pixel:g}"/>',
        pen=_PEN, grid=spot.view.grid,
    )  # fmt: skip


def _colour(one: Drawn) -> str:
    """Return the colour that a path is known by: its own fill, else that of the style sheet."""
    if one.fill:
        return one.fill[1:7].upper()
    name = re.escape("." + ".".join(one.css.split()))
    found = re.search(name + r"\{[^}]*?(?:fill|stroke):#([0-9a-f]{6})", printed.looks_of_maps())
    return found[1].upper() if found else GREY
