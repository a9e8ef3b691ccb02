"""panel.json: the table of verdicts, its words and figures told, for a program that shows it.

docs/reference/panel-json.md says what it holds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.outcome import CITY
from carbonspace.model.progress import Progress, Step, nobody
from carbonspace.model.text import Text
from carbonspace.outputs.clause_html import Piece, heading, verdict_html
from carbonspace.outputs.colours import pales_of
from carbonspace.outputs.direction import alone
from carbonspace.outputs.ground import unit_names
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.results import Results
from carbonspace.outputs.rows import Row, groups, records
from carbonspace.outputs.titles import PLACES

FORMAT = 1
Told = dict[str, Any]
Place = tuple[str, str]
"""A level and an id."""
_LEVELS = {"city": ("units", ""), "district": ("districts", "district"),
           "unit": ("units", "unit_id")}  # fmt: skip
"""The layer that has the places of a level, and its column of ids; of the city it is all of it."""
_RANKS = {status: n for n, status in enumerate(VERDICTS)}
_JUDGED = ("not_met", "exempt", "met")
_BLANK, _NONE = "not_applicable", "—"
_CITY = Text("全市", "Whole city")
_EVIDENCE = Text("依据", "Evidence")


class Cell(NamedTuple):
    """An indicator of a place, and by how much it is off the target of its worst verdict."""

    row: Row
    off: float

    @property
    def weight(self) -> tuple[int, float]:
        """What cells are sorted by, the worst first."""
        return _RANKS[self.row.worst], self.off


Cells = Mapping[str, Cell]


class Pieces:
    """Pieces of HTML in both languages, each kept once."""

    def __init__(self) -> None:
        self._held: dict[Piece, int] = {}

    def numbers(self, pieces: Iterable[Piece]) -> list[int]:
        """Return the numbers of pieces."""
        return [self._held.setdefault(one, len(self._held)) for one in pieces]

    def told(self) -> dict[str, list[str]]:
        """Return all of them, by language."""
        return {"zh": [zh for zh, _ in self._held], "en": [en for _, en in self._held]}


def write_panel(
    results: Results, folder: Path, bureau: Bureau = NOBODY, progress: Progress = nobody
) -> None:
    """Write `panel.json` into `folder`."""
    told = panel_data(results, bureau, progress)
    text = json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    (folder / "panel.json").write_text(f"{text}\n", encoding="utf-8", newline="\n")


def panel_data(results: Results, bureau: Bureau = NOBODY, progress: Progress = nobody) -> Told:
    """Return the verdicts of the city, the districts and the units, as docs/reference tells."""
    held = {place: _cells(results, rows) for place, rows in records(results.table).items()}
    indicators, places = _indicators(results, held), _places(results, held)
    pieces, pales = Pieces(), pales_of(bureau)
    orders = [_orders(held, one["key"]) for one in indicators]
    for n, place in enumerate(places):
        progress(Step(Text("写出面板数据", "Writing the table for panels"), n, len(places)))
        at, told = (place["level"], place["id"]), place["cells"]
        for one, order in zip(indicators, orders, strict=True):
            cell = held[at].get(one["key"])
            why = pieces.numbers(_why(place, one, cell, pales))
            told.append({**_shown(cell), "order": order.get(at, len(held)), "why": why})
    return {
        "format": FORMAT, "plan": results.name._asdict(), "verdicts": _verdicts(pales),
        "layers": _layers(results, held), "indicators": indicators, "places": places,
        "pieces": pieces.told(),
    }  # fmt: skip


def _cells(results: Results, rows: list[dict[str, Any]]) -> Cells:
    """Return the cells of a place by indicator."""
    found = [row for group in groups(results.indicators, results.profiles, rows)
             for row in group.rows]  # fmt: skip
    worst = {row.indicator.key: row.worst for row in found}
    off = dict.fromkeys(worst, math.inf)
    for row in rows:
        key, margin = row["indicator"], row["margin"]
        if row["status"] == worst[key] and not math.isnan(margin):
            off[key] = min(off[key], margin)
    return {row.indicator.key: Cell(row, off[row.indicator.key]) for row in found}


def _missed(cells: Iterable[Cell]) -> int:
    return sum(cell.row.worst == "not_met" for cell in cells)


def _indicators(results: Results, held: Mapping[Place, Cells]) -> list[Told]:
    """Return what each column is: those that are judged first, what is missed most before all."""
    layers = {key: one.name for one in results.evidence for key in one.keys}
    found = list[Told]()
    for key, one in results.indicators.items():
        cells = [cells[key] for cells in held.values() if key in cells]
        missed = _missed(cells)
        found += [{
            "key": key, "title": one.title._asdict(), "label": _label(one.title, missed),
            "unit": one.unit, "missed": missed, "evidence": layers.get(key),
            "judged": any(cell.row.worst in _JUDGED for cell in cells),
        }] * bool(cells)  # fmt: skip
    return sorted(found, key=lambda one: (not one["judged"], -one["missed"]))


def _label(title: Text, missed: int) -> dict[str, str]:
    """Return a title with how often a target is missed."""
    sign = f"  {VERDICTS['not_met'].symbol}{missed}" if missed else ""
    return {"zh": f"{title.zh}{sign}", "en": f"{title.en}{sign}"}


def _orders(held: Mapping[Place, Cells], key: str) -> dict[Place, int]:
    """Return where each place stands by an indicator, the worst first; equals stand together."""
    weights = {place: cells[key].weight for place, cells in held.items() if key in cells}
    orders = {weight: n for n, weight in enumerate(sorted({*weights.values()}))}
    return {place: orders[weight] for place, weight in weights.items()}


def _places(results: Results, held: Mapping[Place, Cells]) -> list[Told]:
    """Return what each row is, without cells: the city, the districts, the units, worst first."""
    names = dict(zip(map(str, results.units.index), unit_names(results.units), strict=True))
    found, levels = list[Told](), [*_LEVELS]
    for (level, key), cells in held.items():
        name = alone(names.get(key, key) if level == "unit" else key)
        title, missed = _CITY if level == CITY else Text(name, name), _missed(cells.values())
        layer, column = _LEVELS[level]
        found.append({"level": level, "id": key, "title": title._asdict(),
                      "label": _label(title, missed), "missed": missed,
                      "layer": layer, "column": column, "cells": []})  # fmt: skip
    return sorted(found, key=lambda one: (levels.index(one["level"]), -one["missed"], one["id"]))


def _shown(cell: Cell | None) -> Told:
    """Return the text and the verdict of a cell."""
    status, value = (cell.row.worst, cell.row.value) if cell else (_BLANK, _NONE)
    figure = "" if value == _NONE else value
    return {"text": f"{figure} {VERDICTS[status].symbol}".strip(), "verdict": _RANKS[status]}


def _why(place: Told, one: Told, cell: Cell | None, pales: Mapping[str, str]) -> Iterator[Piece]:
    """Yield what a cell is about, and why it is what it is."""
    yield from heading(Text(**place["title"]), Text(**one["title"]))
    if cell:
        for verdict in cell.row.verdicts:
            yield from verdict_html(cell.row, verdict, pales)


def _verdicts(pales: Mapping[str, str]) -> list[Told]:
    """Return how each verdict looks, the worst first."""
    return [{"key": key, "title": look.title._asdict(), "symbol": look.symbol,
             "colour": pales[key]} for key, look in VERDICTS.items()]  # fmt: skip


def _layers(results: Results, places: Iterable[Place]) -> dict[str, Told]:
    """Return the layers of `results.gpkg` that show all this, with their titles."""
    shown = dict.fromkeys(_LEVELS[level][0] for level, _ in places)
    evidence = {one.name: results.indicators[one.keys[0]].title.of(_EVIDENCE)
                for one in results.evidence}  # fmt: skip
    titles = {**{name: PLACES[name][0] for name in shown}, **evidence}
    return {name: title._asdict() for name, title in titles.items()}
