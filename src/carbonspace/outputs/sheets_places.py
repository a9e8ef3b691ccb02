"""Places in a workbook: the city, districts and units against their targets, and what lies within.

Values are numbers with the symbol of their verdict in front, so they can be sorted and summed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from carbonspace.model.assessment import grid, judged_figures
from carbonspace.model.indicator import Indicator
from carbonspace.model.outcome import CITY
from carbonspace.model.text import Text
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.officetext import side_by_side
from carbonspace.outputs.results import Results
from carbonspace.outputs.rows import OTHER
from carbonspace.outputs.sheets_pages import Pages, to_page
from carbonspace.outputs.sheets_values import (
    LEVELS,
    SOURCES,
    Clause,
    Clauses,
    decimals,
    names_of,
    places_of,
    sureness,
    titled,
)
from carbonspace.outputs.summary import counts
from carbonspace.outputs.within import Tally, tallies
from carbonspace.outputs.workbook import Beside, Book, Column, Link, Table

OVERVIEW = Text("一览", "Overview")
WITHIN = Text("地块与建筑", "Places within")
_SIGNS = "–·"
_MOST_ACROSS = 16
"""Indicators that can still be read on one page across."""
_COUNTED = ("not_met", "exempt", "met", "no_data")


def write_overview(
    book: Book, results: Results, clauses: Clauses, pales: Mapping[str, str], pages: Pages
) -> Table:
    """Write a row per place: how many targets it misses, and each value that has a target.

    The name of a place leads to its page, and a value that misses a target to the clause.
    """
    table = places_of(results)
    judged = _judged(results, table)
    sheet = book.table(OVERVIEW, [*_PLACE, *map(_counted, _COUNTED), *map(_column, judged)],
                       frozen=3, tall=True)  # fmt: skip
    if len(judged) > _MOST_ACROSS:
        sheet.print_as_large(70, len(_PLACE))
    looks = _looks(book, judged, pales)
    names, broken = names_of(results), _broken(table, clauses)
    sheet.expect_links(len(broken) + len(names))
    for level in LEVELS:
        held, others = grid(rows := table[table["level"] == level]), judged_figures(rows)
        found, is_other = counts(held.status), others.status.notna()
        value = held.value.mask(others.value.notna(), others.value)
        for place in value.index:
            name = to_page(names.get((level, place), place), pages, level, place)
            facts = [side_by_side(LEVELS[level]), place, name]
            cells: list[tuple[Any, Any]] = [(one, book.format(num_format="@")) for one in facts]
            cells += [(int(found.loc[place, s]), book.format()) for s in _COUNTED]
            values = _cells(value.loc[place], held.status.loc[place], is_other.loc[place], looks)
            leading = (Link(value, SOURCES, broken[level, place, key].row)
                       if value is not None and (level, place, key) in broken else value
                       for key, (value, _) in values)  # fmt: skip
            sheet.row([*cells, *zip(leading, [look for _, (_, look) in values], strict=True)])
    return sheet


def _broken(table: pd.DataFrame, clauses: Clauses) -> dict[tuple[str, str, str], Clause]:
    """Return the first clause that each place misses, by level, place and indicator."""
    missed = table[(table["status"] == "not_met") & table["rule"].notna()]
    keys = zip(missed["level"], missed["unit_id"], missed["indicator"], strict=True)
    rules = zip(missed["profile"], missed["rule"].astype(int), strict=True)
    found: dict[tuple[str, str, str], Clause] = {}
    for key, rule in zip(keys, rules, strict=True):
        found.setdefault(key, clauses[rule])
    return found


_PLACE = (Column(Text("层级", "Level"), 10), Column(Text("编号", "Id"), 13),
          Column(Text("名称", "Name"), 20))  # fmt: skip


def _judged(results: Results, table: pd.DataFrame) -> list[Indicator]:
    """Return the indicators that have a target in some place."""
    named = set(table.loc[table["target"].fillna("") != "", "indicator"])
    return [one for key, one in results.indicators.items() if key in named]


def _counted(status: str) -> Column:
    return Column(VERDICTS[status].title, 9)


def _column(one: Indicator) -> Column:
    title = titled(one)
    unit = f" {one.unit}" if one.unit else ""
    return Column(Text(title.zh + unit, title.en + unit), 15)


Looks = Mapping[tuple[str, str, bool], Any]


def _looks(book: Book, judged: list[Indicator], pales: Mapping[str, str]) -> Looks:
    """Return the format of a value by its indicator, its verdict, and if its clause defines it."""
    return {
        (one.key, status, other): book.format(
            num_format=_marked(look.symbol) + decimals(one.decimals) + f'"{OTHER}"' * other,
            bg_color=pales[status], align="right",
        )
        for one in judged
        for status, look in VERDICTS.items()
        for other in (False, True)
    }  # fmt: skip


def _marked(symbol: str) -> str:
    """Return a symbol for the front of a number; one that looks like a sign is left out."""
    return "" if symbol in _SIGNS else f'"{symbol} "'


def _cells(
    value: pd.Series, status: pd.Series, is_other: pd.Series, looks: Looks
) -> list[tuple[str, tuple[Any, Any]]]:
    """Return the value of each indicator, or the symbol of its verdict where there is none."""
    return [(key, _cell(value.get(key), status.get(key), key, bool(is_other.get(key)), looks))
            for key in dict.fromkeys(key for key, _, _ in looks)]  # fmt: skip


def _cell(value: Any, said: Any, key: str, other: bool, looks: Looks) -> tuple[Any, Any]:
    if said is None or said != said:
        return None, None
    shown = value if value == value else VERDICTS[said].symbol + OTHER * other
    return shown, looks[key, said, other]


def write_within(book: Book, results: Results, clauses: Clauses, pages: Pages) -> Table | None:
    """Write how many blocks, parcels and buildings of each unit miss a target, None where none."""
    found = tallies(results)
    if not found:
        return None
    sheet = book.table(WITHIN, _WITHIN, frozen=2)
    numbers = {id(one.rule): one.number for one in clauses.values()}
    names = names_of(results)
    units = [CITY, *map(str, results.units.index)]
    for unit in (one for one in units if one in found):
        level = "city" if unit == CITY else "unit"
        name = to_page(names[level, unit], pages, level, unit)
        for tally in found[unit]:
            sheet.row(_tally(book, unit, name, tally, numbers))
    return sheet


_WITHIN = (
    Column(Text("单元编号", "Unit id"), 13),
    Column(Text("单元名称", "Unit"), 20, wraps=True),
    Column(Text("层级", "Level"), 16),
    Column(Text("指标", "Indicator"), 34, wraps=True),
    Column(Text("指标（英文）", "Indicator (English)"), 36, wraps=True),
    Column(Text("目标", "Target"), 18, wraps=True),
    Column(Text("单位", "Unit"), 10),
    Column(Text("判定", "Judged"), 9),
    Column(Text("未达标", "Missed"), 9),
    Column(Text("豁免", "Exempt"), 9),
    Column(Text("差得最多的：编号、数值、差值", "Farthest off: id, value, margin"), 60, wraps=True),
    Column(Text("条文编号", "Clause no."), 18),
    Column(Text("条文核实", "Clause verified"), 20, wraps=True),
)


def _tally(
    book: Book, unit: str, name: str | Beside, one: Tally, numbers: Mapping[int, str]
) -> list[tuple[Any, Any]]:
    text, data = book.format(text_wrap=True), book.format(num_format="@", text_wrap=True)
    title, count = titled(one.indicator), book.format(num_format="#,##0")
    worst = "; ".join(f"{p.id}: {p.value} ({p.margin})" for p in one.worst)
    more = "; …" if one.missed > len(one.worst) else ""
    target = f"{one.rule.target_text()}{'' if one.rule.is_verified else '（未核实 unverified）'}"
    return [
        (unit, data), (name, data), (side_by_side(one.level), text), (title.zh, text),
        (title.en, text), (target, text), (one.rule.unit, text), (one.judged, count),
        (one.missed, count), (one.exempt, count), (worst + more, data),
        (numbers[id(one.rule)], text), (sureness(one.rule), text),
    ]  # fmt: skip
