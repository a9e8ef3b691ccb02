"""What came of a plan, in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.text import Text as Styled

from carbonspace.ledger import unbalanced
from carbonspace.model.assessment import Assessment
from carbonspace.model.layers import LAYERS
from carbonspace.model.levels import LAYER_OF
from carbonspace.model.rule import STATUS_TITLES
from carbonspace.model.text import Lang, Text
from carbonspace.terminal.findings import print_left_out
from carbonspace.terminal.places import DISTRICT, UNIT, place_tables
from carbonspace.terminal.words import MARKS

_EXEMPT_SHOWN = 10


def print_assessment(assessment: Assessment, out: Path, lang: Lang) -> None:
    """Print the units by judged indicator with coloured verdicts, and where the reports are."""
    console = Console()
    console.print()
    console.rule(assessment.plan.name.to(lang))
    rows = assessment.table[assessment.table["level"].isin(["unit", "city"])]
    for table in place_tables(assessment, rows, UNIT, console.width, lang):
        console.print(table)
    districts = assessment.table[assessment.table["level"] == "district"]
    for table in place_tables(assessment, districts, DISTRICT, console.width, lang):
        console.print(table)
    console.print(_legend(lang))
    console.print(_summary(assessment, lang))
    console.print(_unknown(assessment, rows, lang))
    for line in _exempted(assessment, lang):
        console.print(line)
    for row in unbalanced(assessment.ledger).itertuples():
        words = Text("账不平", "the ledger does not close").to(lang)
        console.print(Styled(f"{words}: {row.quantity} {row.difference:+,.6g}", style="bold red"))
    for path in _reports(out):
        console.print(Styled(f"{Text('报告', 'Report').to(lang)}: {path}", style="bold"))
    print_left_out(assessment.findings, lang)


def _reports(out: Path) -> list[Path]:
    """Return the reports in a folder, the page first; where there are none its layers."""
    found = sorted([*out.glob("report.*"), *out.glob("results.qgz")],
                   key=lambda path: (path.suffix != ".html", path.name))  # fmt: skip
    return found or [out / "results.gpkg"]


def _unknown(assessment: Assessment, rows: pd.DataFrame, lang: Lang) -> Styled:
    """Say what could not be computed, by reason."""
    reason = "reason_zh" if lang == "zh" else "reason"
    missing = rows[(rows["status"] == "no_data") & (rows["level"] == "city")]
    line = Styled(style="dim")
    for why, group in missing.groupby(reason, sort=False):
        titles = [assessment.indicators[key].title.to(lang) for key in group["indicator"].unique()]
        more = f", … +{len(titles) - 3}" if len(titles) > 3 else ""
        line.append(f"? {why}: {', '.join(titles[:3])}{more}\n")
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
