"""Where a plan falls short most: the worst units, and what they miss by how much."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from carbonspace.model.assessment import Assessment
from carbonspace.model.indicator import Indicator
from carbonspace.model.outcome import CITY
from carbonspace.model.shortfall import digits, missed, shortfalls, worst_first
from carbonspace.model.text import Lang, Text
from carbonspace.terminal.links import linked
from carbonspace.terminal.places import named
from carbonspace.terminal.words import MARKS

_UNITS = 5
_MISSES = 3
_TITLE = Text("未达标最多的单元", "Units that miss most")
_NONE = Text("各单元没有未达标的指标", "No unit misses a target")
_HEADS = (Text("单元与指标", "Unit and indicator"), Text("数值", "Value"), Text("目标", "Target"),
          Text("差距", "Off by"), Text("占目标", "Of target"))  # fmt: skip
_COUNT = Text("{n} 项未达标", "{n} missed")
_MORE = Text("… 另有 {n} 项", "… {n} more")
_POINTS = Text("个百分点", "pp")

Row = tuple[RenderableType, ...]


def worst_units(
    assessment: Assessment, pages: Mapping[str, Path], console: Console, lang: Lang
) -> Table | Styled | None:
    """Return the units that miss most with what they miss; None where nothing is judged."""
    rows = assessment.table[assessment.table["level"].isin(["unit", "city"])]
    if not rows["status"].isin(["met", "not_met", "exempt"]).any():
        return None
    short = shortfalls(rows, assessment.profiles)
    if short.empty:
        return Styled(_NONE.to(lang), style=MARKS["met"][1])
    table = Table(title=_TITLE.to(lang), title_justify="left", title_style="bold",
                  box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)  # fmt: skip
    for n, title in enumerate(_HEADS):
        is_figure = n in (1, 3, 4)
        table.add_column(title.to(lang), justify="right" if is_figure else "left",
                         overflow="fold", no_wrap=is_figure)  # fmt: skip
    for place in [*_worst(rows), CITY]:
        mine = short[short["unit_id"] == place]
        if len(mine):
            name = linked(named(assessment, place, lang), pages.get(place), console)
            for row in _group(assessment, mine, name, lang):
                table.add_row(*row)
            table.add_section()
    return table


def _worst(rows: pd.DataFrame) -> list[str]:
    """Return the units that miss most, the worst first."""
    counts = missed(rows[rows["level"] == "unit"]).sum(axis=1)
    return [str(place) for place in worst_first(counts[counts > 0])[:_UNITS]]


def _group(assessment: Assessment, short: pd.DataFrame, name: Styled, lang: Lang) -> Iterator[Row]:
    """Yield the rows of a place: its name with how much it misses, and the worst of that."""
    each = short.drop_duplicates("indicator")
    name.stylize("bold")
    yield name, "", Styled(_COUNT.filled(n=len(each)).to(lang), style=MARKS["not_met"][1])
    for row in each.head(_MISSES).to_dict("records"):
        yield _miss(assessment, row, lang)
    if (more := len(each) - _MISSES) > 0:
        yield (_indented(Styled(_MORE.filled(n=more).to(lang), style="dim")),)


def _indented(words: Styled | str) -> Padding:
    return Padding(words, (0, 0, 0, 2))


def _miss(assessment: Assessment, row: Mapping[Any, Any], lang: Lang) -> Row:
    """Return the cells about one missed target; a value too high is off by more than nothing."""
    one = assessment.indicators[row["indicator"]]
    rule = assessment.profiles[row["profile"]].rules[int(row["rule"])]
    words = (rule.told(rule.target_text()).to(lang), rule.profile, str(rule.year or ""))
    sign = "+" if row["value"] > rule.target[-1] else "−"
    share = "" if math.isnan(row["relative"]) else f"{sign}{abs(row['relative']):,.0%}"
    return (
        _indented(one.title.to(lang)),
        f"{row['value']:,.{digits(one.decimals, [row['margin']])}f} {one.unit}".strip(),
        " ".join(filter(None, words)),
        f"{sign}{_amount(abs(row['margin']), one.decimals)} {_symbol(one, lang)}".strip(),
        share,
    )


def _amount(value: float, decimals: int) -> str:
    """Return a difference as people write it, with a digit more than nothing where it is small."""
    return f"{value:.1g}" if value and not round(value, decimals) else f"{value:,.{decimals}f}"


def _symbol(one: Indicator, lang: Lang) -> str:
    """Return the unit of a difference: shares differ by percentage points."""
    return _POINTS.to(lang) if one.unit == "%" else one.unit
