"""The maps of units as pictures for documents, with their legends in words of their colours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from carbonspace.outputs import maps, printed
from carbonspace.outputs.docxml import GREY, Cell, Run
from carbonspace.outputs.evidence import Case, Exhibit, by_unit, cases, exhibit
from carbonspace.outputs.ground import Drawn, base_of, joined
from carbonspace.outputs.maps import Spot
from carbonspace.outputs.officetext import side_by_side
from carbonspace.outputs.pictures import Picture, drawn, of_png, paletted
from carbonspace.outputs.results import Results
from carbonspace.outputs.rows import Group
from carbonspace.outputs.sketches import Sketches
from carbonspace.outputs.svgmap import Grid

_PEN = 1.7
"""How much wider pens are than on a screen: the map is smaller."""
_LARGE_MM, ABREAST_MM = 120, 180
"""Millimetres that the map of a unit takes, and the maps of evidence beside each other."""
_ABREAST, _GAP = 3, 0.04
"""How many these are, and the room between them as a share of one."""
_COLOURS = 128
_AT_ONCE = 256
_MOST = 400
"""Units that a document has maps of: more would make it too large to be opened."""


class Shown(NamedTuple):
    """A picture, and the words below it: one line, or a cell for each of the maps in it."""

    picture: Picture
    legend: list[Run]
    cells: tuple[Cell, ...] = ()
    left_out: int = 0
    """How many maps more there would be."""


class Spots:
    """Draws the maps of the units of a plan; of a very large one none."""

    def __init__(self, results: Results) -> None:
        self._base = joined(base_of(results.layers))
        self._found = by_unit(results.evidence_by_indicator(), results.indicators)
        self._positions = {unit: n for n, unit in enumerate(map(str, results.units.index))}
        self._crs = results.units.crs
        self._sketches: tuple[int, dict[Grid, Sketches]] | None = None
        self.are_left_out = len(self._positions) > _MOST

    @property
    def shapeless(self) -> frozenset[str]:
        """The ids of the units that have no shape."""
        return frozenset(unit for unit, n in self._positions.items()
                         if not maps.has_map(self._base, n))  # fmt: skip

    def picture(self, unit_id: str) -> Shown | None:
        """Return the map of a unit; None where there are none, or it has no place."""
        position = self._positions[unit_id]
        if not self._is_drawn(position):
            return None
        spot, _ = self._drawn(position, printed.LARGE, ())
        return Shown(_pictured(_svg(spot), _LARGE_MM), [*self._legend(spot)])

    def evidence(self, unit_id: str, groups: tuple[Group, ...]) -> Shown | None:
        """Return small maps, beside each other, of where a unit falls short; None where nowhere."""
        position = self._positions[unit_id]
        missed = [case for case in cases(groups, self._found, unit_id)
                  if case.row.worst == "not_met"]  # fmt: skip
        if not missed or not self._is_drawn(position):
            return None
        shown = missed[:_ABREAST]
        spot, paths = self._drawn(position, printed.SMALL, shown)
        exhibits = [*map(exhibit, shown, paths)]
        cells = (*map(_told, exhibits), *[Cell([])] * (_ABREAST - len(shown)))
        strip = _pictured(_strip(spot, exhibits), ABREAST_MM)
        return Shown(strip, [], cells, len(missed) - len(shown))

    def _is_drawn(self, position: int) -> bool:
        return not self.are_left_out and maps.has_map(self._base, position)

    def _drawn(
        self, position: int, grid: Grid, shown: Sequence[Case]
    ) -> tuple[Spot, list[maps.Paths]]:
        pieces = [case.pieces() for case in shown]
        near = self._near(position)[grid]
        return maps.unit_map(self._base, position, pieces, sketches=near, grid=grid)

    def _near(self, position: int) -> dict[Grid, Sketches]:
        """Return the sketches of the units around a position; they are made for many at once."""
        block = position // _AT_ONCE
        if self._sketches is None or self._sketches[0] != block:
            some = range(block * _AT_ONCE, min((block + 1) * _AT_ONCE, len(self._positions)))
            grids = (printed.LARGE, printed.SMALL)
            self._sketches = (
                block,
                {grid: maps.unit_sketches(self._base, some, grid) for grid in grids},
            )
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


def _pictured(svg: str, width_mm: float) -> Picture:
    return of_png(paletted(drawn(svg.encode(), width_mm=width_mm), _COLOURS))


def _strip(spot: Spot, exhibits: Sequence[Exhibit]) -> str:
    """Return maps of evidence beside each other as an SVG that stands alone."""
    width, height, pixel = spot.view.width, spot.view.height, spot.view.grid.parts
    step = round(width * _GAP)
    whole = _ABREAST * width + (_ABREAST - 1) * step
    ground = [one for one in spot.ground if one.css in ("park", "road major")]
    below = printed.paths(ground, 0.5)
    around = "".join(printed.path(css, getattr(spot, css))
                     for css in ("outside", "neighbours", "outline"))  # fmt: skip
    edge = (f'<rect width="{width}" height="{height}" fill="none" stroke="#8b95a3" '
            f'stroke-width="{2 * pixel:g}"/>')  # fmt: skip
    parts = (
        f'<svg x="{n * (width + step)}" width="{width}" height="{height}">{below}{around}'
        f"{printed.paths(one.paths[::-1])}{edge}</svg>"
        for n, one in enumerate(exhibits)
    )
    white = f'<rect width="{whole}" height="{height}" fill="#ffffff"/>'
    return printed.picture((whole, height), white, *parts, pen=_PEN, grid=spot.view.grid)


def _told(one: Exhibit) -> Cell:
    """Return what a map of evidence shows, with its sums and its legend."""
    title, look = one.row.indicator.title, one.row.look
    facts = "；".join(side_by_side(fact) for fact in one.facts)
    legend = [Run(f"■ {side_by_side(path.title)}", _colour(path), small=True) for path in one.paths]
    return Cell([Run(f"{look.symbol} {title.zh}", bold=True), Run(title.en, GREY, small=True),
                 Run(f"{side_by_side(one.title)}：{facts}", small=True), *legend])  # fmt: skip


def _colour(one: Drawn) -> str:
    """Return the colour that a path is known by: its own fill, else that of the style sheet."""
    if one.fill:
        return one.fill[1:7].upper()
    name = re.escape("." + ".".join(one.css.split()))
    found = re.search(name + r"\{[^}]*?(?:fill|stroke):#([0-9a-f]{6})", printed.looks_of_maps())
    return found[1].upper() if found else GREY
