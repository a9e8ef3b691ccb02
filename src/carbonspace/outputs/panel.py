"""panel.json: the table of verdicts, its words and figures told, for a program that shows it.

docs/reference/panel-json.md says what it holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

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
_LEVELS = {"city": ("units", ""), "district": ("districts", "district"),
           "unit": ("units", "unit_id")}  # fmt: skip
"""The layer that has the places of a level, and its column of ids; of the city it is all of it."""
_RANKS = {status: n for n, status in enumerate(VERDICTS)}
_MISSED, _JUDGED = _RANKS["not_met"], [_RANKS[one] for one in ("not_met", "exempt", "met")]
_CELL = ["level", "unit_id", "indicator"]
_AT_ONCE = 64
"""Places whose rows are read at once."""
_BLANK, _NONE = "not_applicable", "—"
_CITY = Text("全市", "Whole city")
_EVIDENCE = Text("依据", "Evidence")


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
    """Write `panel.json` into `folder`, place by place: of a large plan it is never whole."""
    pieces, worst = Pieces(), worst_cells(results.table)
    head, places = _head(results, worst, bureau), _places(results, worst)
    with (folder / "panel.json").open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{_json(head)[:-1]},"places":[\n')
        for n, place in enumerate(_filled(results, worst, head, places, pieces)):
            progress(Step(Text("写出结论表", "Writing the table of verdicts"), n, len(places)))
            file.write(f"{',' * (n > 0)}{_json(place)}\n")
        file.write(f'],"pieces":{_json(pieces.told())}}}\n')


def _json(told: Told) -> str:
    return json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def worst_cells(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each place and indicator: its worst verdict, and where that stands.

    `rank` is that of the verdict, `order` the place among those of the indicator, the worst first.
    """
    rows = table[table["level"].isin([*_LEVELS])]
    rows = rows.assign(rank=rows["status"].map(_RANKS), off=pd.to_numeric(rows["margin"]))
    spoken = rows["profile"].notna()
    is_held = spoken.groupby([rows[name] for name in _CELL]).transform("any")
    rows = rows[spoken | ~is_held].sort_values(["rank", "off"], kind="stable")
    found = rows.drop_duplicates(_CELL)[[*_CELL, "rank"]]
    return found.assign(order=found.groupby("indicator").cumcount())


def _head(results: Results, worst: pd.DataFrame, bureau: Bureau) -> Told:
    """Return all but the places."""
    return {
        "format": FORMAT, "plan": results.name._asdict(), "verdicts": _verdicts(bureau),
        "layers": _layers(results, worst["level"].unique()),
        "indicators": _indicators(results, worst),
    }  # fmt: skip


def _verdicts(bureau: Bureau) -> list[Told]:
    """Return how each verdict looks, the worst first."""
    pales = pales_of(bureau)
    return [{"key": key, "title": look.title._asdict(), "symbol": look.symbol,
             "colour": pales[key]} for key, look in VERDICTS.items()]  # fmt: skip


def _layers(results: Results, levels: Iterable[str]) -> dict[str, Told]:
    """Return the layers of `results.gpkg` that show all this, with their titles."""
    titles = {name: PLACES[name][0] for name in dict.fromkeys(_LEVELS[one][0] for one in levels)}
    evidence = {one.name: results.indicators[one.keys[0]].title.of(_EVIDENCE)
                for one in results.evidence}  # fmt: skip
    return {name: title._asdict() for name, title in {**titles, **evidence}.items()}


def _indicators(results: Results, worst: pd.DataFrame) -> list[Told]:
    """Return what each column is: those that are judged first, what is missed most before all."""
    layers = {key: one.name for one in results.evidence for key in one.keys}
    missed = worst.loc[worst["rank"] == _MISSED, "indicator"].value_counts()
    judged = {*worst.loc[worst["rank"].isin(_JUDGED), "indicator"]}
    there = {*worst["indicator"]}
    found = [
        {"key": key, **_named(one.title, int(missed.get(key, 0))), "unit": one.unit,
         "judged": key in judged, "first": key in judged or not judged,
         "evidence": layers.get(key)}
        for key, one in results.indicators.items() if key in there
    ]  # fmt: skip
    return sorted(found, key=lambda one: (not one["judged"], -one["missed"]))


def _places(results: Results, worst: pd.DataFrame) -> list[Told]:
    """Return what each row is, without cells: the city, the districts, the units, worst first."""
    names = dict(zip(map(str, results.units.index), unit_names(results.units), strict=True))
    is_missed, levels = worst["rank"] == _MISSED, [*_LEVELS]
    found = []
    for (level, key), missed in is_missed.groupby([worst["level"], worst["unit_id"]]).sum().items():
        name = alone(names.get(key, key) if level == "unit" else key)
        title = _CITY if level == CITY else Text(name, name)
        layer, column = _LEVELS[level]
        found.append({"level": level, "id": key, **_named(title, int(missed)),
                      "layer": layer, "column": column})  # fmt: skip
    return sorted(found, key=lambda one: (levels.index(one["level"]), -one["missed"], one["id"]))


def _named(title: Text, missed: int) -> Told:
    """Return a title, how often a target is missed, and both."""
    sign = f"  {VERDICTS['not_met'].symbol}{missed}" if missed else ""
    label = {"zh": f"{title.zh}{sign}", "en": f"{title.en}{sign}"}
    return {"title": title._asdict(), "label": label, "missed": missed}


def _filled(
    results: Results, worst: pd.DataFrame, head: Told, places: Sequence[Told], pieces: Pieces
) -> Iterator[Told]:
    """Yield the places with their cells, read as the reports read them, some at once."""
    pales = {one["key"]: one["colour"] for one in head["verdicts"]}
    orders, last = worst.set_index(_CELL)["order"].to_dict(), len(places)
    part = pd.MultiIndex.from_frame(results.table[["level", "unit_id"]])
    for some in (places[n : n + _AT_ONCE] for n in range(0, len(places), _AT_ONCE)):
        asked = [(one["level"], one["id"]) for one in some]
        held = records(results.table[part.isin(asked)])
        for at, place in zip(asked, some, strict=True):
            rows = {row.indicator.key: row for row in _rows(results, held[at])}
            yield {**place, "cells": [
                {**_shown(rows.get(one["key"])), "order": orders.get((*at, one["key"]), last),
                 "why": pieces.numbers(_why(place, one, rows.get(one["key"]), pales))}
                for one in head["indicators"]]}  # fmt: skip


def _rows(results: Results, rows: list[dict[str, Any]]) -> list[Row]:
    found = groups(results.indicators, results.profiles, rows)
    return [row for group in found for row in group.rows]


def _shown(row: Row | None) -> Told:
    """Return the text and the verdict of a cell."""
    status, value = (row.worst, row.value) if row else (_BLANK, _NONE)
    figure = "" if value == _NONE else value
    return {"text": f"{figure} {VERDICTS[status].symbol}".strip(), "verdict": _RANKS[status]}


def _why(place: Told, one: Told, row: Row | None, pales: Mapping[str, str]) -> Iterator[Piece]:
    """Yield what a cell is about, and why it is what it is."""
    yield from heading(Text(**place["title"]), Text(**one["title"]))
    if row:
        for verdict in row.verdicts:
            yield from verdict_html(row, verdict, pales)
