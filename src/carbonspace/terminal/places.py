"""Tables of places by the indicators they are judged by."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from rich.table import Table
from rich.text import Text as Styled

from carbonspace.model.assessment import Assessment, worst_status
from carbonspace.model.indicator import Indicator
from carbonspace.model.rule import Rule
from carbonspace.model.text import Lang, Text
from carbonspace.terminal.words import MARKS, REPORTED, UNVERIFIED

UNIT, DISTRICT = Text("单元", "Unit"), Text("行政区", "District")
_COLUMN_WIDTH = 16
_NAME_WIDTH = 22


def place_tables(
    assessment: Assessment, rows: pd.DataFrame, title: Text, width: int, lang: Lang
) -> Iterator[Table]:
    """Yield tables of places by the indicators that some of them is judged by."""
    verdicts = rows[rows["status"].isin(["met", "not_met", "exempt"])]["indicator"]
    judged = [key for key in assessment.indicators if (verdicts == key).any()]
    wide = max(1, (width - 24) // _COLUMN_WIDTH)
    for start in range(0, len(judged), wide):
        yield _place_table(assessment, rows, judged[start : start + wide], title, lang)


def _place_table(
    assessment: Assessment, rows: pd.DataFrame, keys: list[str], title: Text, lang: Lang
) -> Table:
    table = Table(header_style="bold", show_lines=False)
    table.add_column(title.to(lang), max_width=_NAME_WIDTH, no_wrap=True)
    for key in keys:
        one = assessment.indicators[key]
        targets = _targets(assessment, rows, key, lang)
        marked = REPORTED.to(lang) if one.is_reported else ""
        heading = f"{one.title.to(lang)}{marked}\n{one.unit}\n{targets}"
        table.add_column(heading, justify="right", overflow="fold", max_width=2 * _COLUMN_WIDTH)
    values = _values(rows[rows["indicator"].isin(keys)])
    status = worst_status(rows)
    for place in rows["unit_id"].unique():
        cells = [_cell(assessment.indicators[k], values, status, place, k) for k in keys]
        name = _named(assessment, place) if title is UNIT else place
        table.add_row(name, *cells, style="bold" if place == "city" else None)
    return table


def _named(assessment: Assessment, place: str) -> str:
    """Return the unit's id and, where it has one, its name."""
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


Values = dict[tuple[str, str], list[float]]
"""The figures of a place and an indicator: the plan's own, then those that clauses define."""


def _values(rows: pd.DataFrame) -> Values:
    found: Values = {}
    each = rows.drop_duplicates(["unit_id", "indicator", "value"])
    for place, key, value in zip(each["unit_id"], each["indicator"], each["value"], strict=True):
        found.setdefault((place, key), []).extend([] if pd.isna(value) else [value])
    return found


def _cell(one: Indicator, values: Values, status: pd.Series, place: str, key: str) -> Styled:
    if (place, key) not in values:
        return Styled("")
    mark, style = MARKS[status[place, key]]
    own, *others = [f"{value:,.{one.decimals}f}" for value in values[place, key]] or [""]
    figure = f"{own} ({', '.join(others)})" if others else own
    return Styled(f"{figure} {mark}".strip(), style=style)
