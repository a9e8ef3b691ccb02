"""Tables of places by the indicators they are judged by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from carbonspace.model.assessment import Assessment, worst_status
from carbonspace.model.indicator import Indicator
from carbonspace.model.levels import Level
from carbonspace.model.outcome import CITY
from carbonspace.model.rule import Rule
from carbonspace.model.shortfall import digits, missed, worst_first
from carbonspace.model.text import Lang, Text
from carbonspace.terminal.links import linked
from carbonspace.terminal.words import MARKS, REPORTED, UNVERIFIED

_COLUMN_WIDTH = 16
_NAME_WIDTH = 22
_PLACES = 40
_LINES = 160
"""About how many lines all tables of a level may have."""
_HEADING = 10
_HEADS: dict[Level, Text] = {"unit": Text("单元", "Unit"), "district": Text("行政区", "District")}
_CITY = Text("全市", "City")
_VERDICTS = ("met", "not_met", "exempt")
_PLACES_LEFT = Text("另有 {n} 个{what}未列出，其中 {missing} 个有未达标项：见 {where}",
                    "{n} more of {what} are not listed, {missing} of them miss a target: see "
                    "{where}")  # fmt: skip
_KEYS_LEFT = Text("另有 {n} 项有结论的指标未列出，未达标的地方较少：见 {where}",
                  "{n} more judged indicators are not listed, missed in fewer places: see "
                  "{where}")  # fmt: skip
_WHAT: dict[Level, Text] = {"unit": Text("单元", "the units"),
                            "district": Text("行政区", "the districts")}  # fmt: skip


class Board(NamedTuple):
    """What tables of a level show.

    Attributes
    ----------
    level
        The level of the places.
    rows
        The tall-table rows of the level, and of the city where it is that of units.
    missing
        Whether a place (rows) misses a target of an indicator (columns).
    places
        The places that are shown, those first that miss most; the city stands apart.
    keys
        The judged indicators, those first that are missed most; of equals those the city misses.
    """

    level: Level
    rows: pd.DataFrame
    missing: pd.DataFrame
    places: list[str]
    keys: list[str]


def _board(assessment: Assessment, level: Level) -> Board:
    """Return what the tables of a level show."""
    table = assessment.table
    rows = table[table["level"].isin([level, CITY] if level == "unit" else [level])]
    missing = missed(rows[rows["level"] == level])
    judged = rows.loc[rows["status"].isin(_VERDICTS), "indicator"].unique()
    short = rows.loc[(rows["level"] == CITY) & (rows["status"] == "not_met"), "indicator"]
    counts = 2 * missing.sum(axis=0).reindex(judged, fill_value=0)
    places = [str(one) for one in worst_first(missing.sum(axis=1))[:_PLACES]]
    keys = [str(key) for key in worst_first(counts + counts.index.isin(short))]
    return Board(level, rows, missing, places, keys)


def place_tables(
    assessment: Assessment, level: Level, pages: Mapping[str, Path], where: str, console: Console,
    lang: Lang,
) -> Iterator[Table | Styled]:  # fmt: skip
    """Yield tables of the places of a level by judged indicators, and what they leave out.

    `where` says in which files all of it is.
    """
    shown, wide = _board(assessment, level), max(1, (console.width - 24) // _COLUMN_WIDTH)
    most = wide * max(2, _LINES // (len(shown.places) + _HEADING))
    keys = shown.keys[:most]
    for start in range(0, len(keys), wide):
        yield _place_table(assessment, shown, keys[start : start + wide], pages, console, lang)
    if keys and (left := shown.missing.drop(shown.places)).size:
        missing = int(left.any(axis=1).sum())
        said = _PLACES_LEFT.filled(n=len(left), what=_WHAT[level].to(lang), missing=missing,
                                   where=where)  # fmt: skip
        yield Styled(said.to(lang), style="yellow")
    if rest := len(shown.keys) - len(keys):
        yield Styled(_KEYS_LEFT.filled(n=rest, where=where).to(lang), style="yellow")


def _place_table(
    assessment: Assessment, shown: Board, keys: list[str], pages: Mapping[str, Path],
    console: Console, lang: Lang,
) -> Table:  # fmt: skip
    rows = shown.rows[shown.rows["indicator"].isin(keys)]
    table = Table(header_style="bold", show_lines=False)
    table.add_column(_HEADS[shown.level].to(lang), max_width=_NAME_WIDTH, no_wrap=True)
    for key in keys:
        heading = _heading(assessment, rows, key, lang)
        table.add_column(heading, justify="right", overflow="fold", max_width=2 * _COLUMN_WIDTH)
    listed = rows[rows["unit_id"].isin([*shown.places, CITY])]
    values, status = _values(listed, assessment.indicators), worst_status(listed)
    for place in [*shown.places, *([CITY] if (rows["level"] == CITY).any() else [])]:
        cells = [_cell(values, status, place, k) for k in keys]
        if place == CITY:
            table.add_section()
        words = named(assessment, place, lang) if shown.level == "unit" else place
        name = linked(words, pages.get(place), console)
        table.add_row(name, *cells, style="bold" if place == CITY else None)
    return table


def _heading(assessment: Assessment, rows: pd.DataFrame, key: str, lang: Lang) -> str:
    """Return what stands above a column: the indicator, its unit, what it is held against."""
    one = assessment.indicators[key]
    marked = REPORTED.to(lang) if one.is_reported else ""
    targets = _targets(assessment, rows, key, lang)
    return f"{one.title.to(lang)}{marked}\n{one.unit}\n{targets}"


def named(assessment: Assessment, place: str, lang: Lang) -> str:
    """Return the unit's id and, where it has one, its name; or that it is the city."""
    if place == CITY:
        return _CITY.to(lang)
    units = assessment.plan.layers["units"]
    name = units["name"].get(place) if "name" in units else None
    return place if name is None or pd.isna(name) else f"{place} {name}"


def _targets(assessment: Assessment, rows: pd.DataFrame, key: str, lang: Lang) -> str:
    """Return the targets that values are held against, one a line, with what tells them apart.

    What is only recorded, not in force or not due yet is no target.
    """
    told = rows[(rows["indicator"] == key) & rows["profile"].notna()]
    told = told.drop_duplicates(["profile", "rule"])
    rules = [assessment.profiles[profile].rules[int(n)]
             for profile, n in zip(told["profile"], told["rule"], strict=True)]  # fmt: skip
    lines = (_target(rule, lang) for rule in rules if rule.is_held)
    return "\n".join(dict.fromkeys(lines))


def _target(rule: Rule, lang: Lang) -> str:
    """Return a target with its profile, its year, and its level where it speaks of one alone."""
    level = rule.levels[0] if len(rule.levels) == 1 else ""
    sure = "" if rule.is_verified else f"({UNVERIFIED.to(lang)})"
    words = (
        rule.target_text(),
        rule.profile,
        str(rule.year or ""),
        level,
        rule.stated_text(),
        sure,
    )
    return " ".join(filter(None, words))


Values = dict[tuple[str, str], list[str]]
"""The figures of a place and an indicator: the plan's own, then those that clauses define."""


def _values(rows: pd.DataFrame, indicators: Mapping[str, Indicator]) -> Values:
    found: Values = {}
    off = rows["margin"].where(rows["status"] == "not_met")
    for (place, key, value), margins in off.groupby(
        [rows["unit_id"], rows["indicator"], rows["value"]], sort=False, dropna=False
    ):
        told = f"{value:,.{digits(indicators[key].decimals, margins)}f}"
        found.setdefault((place, key), []).extend([] if pd.isna(value) else [told])
    return found


def _cell(values: Values, status: pd.Series, place: str, key: str) -> Styled:
    if (place, key) not in values:
        return Styled("")
    mark, style = MARKS[status[place, key]]
    own, *others = values[place, key] or [""]
    figure = f"{own} ({', '.join(others)})" if others else own
    return Styled(f"{figure} {mark}".strip(), style=style)
