"""What came of a plan, in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console, RenderableType
from rich.text import Text as Styled

from carbonspace.ledger import unbalanced
from carbonspace.model.assessment import Assessment
from carbonspace.model.layers import LAYERS
from carbonspace.model.levels import LAYER_OF, Level
from carbonspace.model.quantity import quantity_title
from carbonspace.model.rule import STATUS_TITLES
from carbonspace.model.shortfall import worst_first
from carbonspace.model.text import Lang, Text
from carbonspace.terminal.files import print_files
from carbonspace.terminal.findings import print_left_out
from carbonspace.terminal.places import place_tables
from carbonspace.terminal.words import MARKS
from carbonspace.terminal.worst import worst_units

_EXEMPT_SHOWN = 10
_REASONS_SHOWN = 8
_LEVELS: tuple[Level, ...] = ("unit", "district")
_WHOLE = ("report.html", "indicators.csv")
"""Files that have all places and indicators."""
_NO_PAGES: Mapping[str, Path] = {}


def print_assessment(
    assessment: Assessment, lang: Lang, *, files: Sequence[Path] = (),
    pages: Mapping[str, Path] = _NO_PAGES,
) -> None:  # fmt: skip
    """Print what misses most, units by judged indicator with coloured verdicts, and the files.

    Parameters
    ----------
    files
        What was written into it.
    pages
        The pages of units, by their id.
    """
    console = Console()
    console.print()
    console.rule(assessment.plan.name.to(lang))
    for shown in _tables(assessment, files, pages, console, lang):
        console.print(shown)
    console.print(_legend(lang))
    console.print(_summary(assessment, lang))
    console.print(_unknown(assessment, lang))
    for line in _exempted(assessment, lang):
        console.print(line)
    for row in unbalanced(assessment.ledger).itertuples():
        words = Text("账不平", "the ledger does not close").to(lang)
        quantity = quantity_title(row.quantity).to(lang)
        console.print(Styled(f"{words}: {quantity} {row.difference:+,.6g}", style="bold red"))
    print_files(files, lang)
    print_left_out(assessment.findings, lang)


def _tables(
    assessment: Assessment, files: Sequence[Path], pages: Mapping[str, Path], console: Console,
    lang: Lang,
) -> Iterator[RenderableType]:  # fmt: skip
    """Yield the worst units, and the tables of units and districts."""
    worst = worst_units(assessment, pages, console, lang)
    if worst is not None:
        yield worst
    names = [path.name for path in files if path.name in _WHOLE] or ["indicators.csv"]
    where = ", ".join(sorted(names, reverse=True))
    for level in _LEVELS:
        yield from place_tables(assessment, level, pages, where, console, lang)


def _unknown(assessment: Assessment, lang: Lang) -> Styled:
    """Say what could not be computed, by reason, those first that cost most indicators."""
    reason, rows = "reason_zh" if lang == "zh" else "reason", assessment.table
    missing = rows[(rows["status"] == "no_data") & (rows["level"] == "city")]
    line = Styled(style="dim")
    costs = missing.groupby(reason, sort=False)["indicator"].nunique()
    for why in worst_first(costs)[:_REASONS_SHOWN]:
        group = missing[missing[reason] == why]
        titles = [assessment.indicators[key].title.to(lang) for key in group["indicator"].unique()]
        more = f", … +{len(titles) - 3}" if len(titles) > 3 else ""
        line.append(f"? {why}: {', '.join(titles[:3])}{more}\n")
    rest = missing[missing[reason].isin(worst_first(costs)[_REASONS_SHOWN:])]["indicator"].nunique()
    if rest:
        said = Text("? 另有 {n} 项指标没有数值：原因见 {where}",
                    "? {n} more indicators have no value: {where} says why")  # fmt: skip
        line.append(said.filled(n=rest, where="indicators.csv").to(lang))
    line.rstrip()
    return line


def _exempted(assessment: Assessment, lang: Lang) -> Iterator[Styled]:
    """Yield what is exempt, and why."""
    rows = assessment.table[assessment.table["status"] == "exempt"]
    mark, style = MARKS["exempt"]
    for row in rows.head(_EXEMPT_SHOWN).itertuples():
        title = assessment.indicators[row.indicator].title.to(lang)
        why = row.reason_zh if lang == "zh" else row.reason
        yield Styled(f"{mark} {row.unit_id} {title} ({row.profile}): {why}", style=style)
    if (more := len(rows) - _EXEMPT_SHOWN) > 0:
        yield Styled(f"{mark} … +{more}", style=style)


def _legend(lang: Lang) -> Styled:
    """Return what the marks of the tables mean."""
    line = Styled()
    for status, (mark, style) in MARKS.items():
        if mark:
            line.append(f"{mark} {STATUS_TITLES[status].to(lang)}   ", style=style)
    return line


def _summary(assessment: Assessment, lang: Lang) -> Styled:
    rows = assessment.table[assessment.table["profile"].notna()]
    within = rows["level"].isin(list(LAYER_OF))
    line = _counted(rows[~within], lang)
    noticed = assessment.findings["severity"].value_counts()
    line.append(Text("数据提示 ", "findings ").to(lang) + str(int(noticed.sum())), style="dim")
    for level, mine in rows[within].groupby("level", sort=False):
        title = LAYERS[LAYER_OF[level]].title.to(lang)
        line.append(f"\n{title}  ").append_text(_counted(mine, lang))
    return line


def _counted(rows: pd.DataFrame, lang: Lang) -> Styled:
    """Say how many verdicts of each kind there are."""
    line = Styled()
    for status, title in STATUS_TITLES.items():
        count = int((rows["status"] == status).sum())
        if count:
            line.append(f"{title.to(lang)} {count}   ", style=MARKS[status][1])
    return line
