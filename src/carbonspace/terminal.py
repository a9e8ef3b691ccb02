"""What a person sees in the terminal: progress, the unit table, findings."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text as Styled

from carbonspace.ledger import unbalanced
from carbonspace.model.assessment import Assessment, worst_status
from carbonspace.model.finding import Finding, findings_table
from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS
from carbonspace.model.levels import LAYER_OF
from carbonspace.model.maps import Walks
from carbonspace.model.progress import Step, json_line, remaining_s
from carbonspace.model.rule import STATUS_TITLES, Rule
from carbonspace.model.text import Lang, Text

MARKS = {
    "met": ("✓", "green"), "not_met": ("✗", "bold red"), "no_data": ("?", "yellow"),
    "exempt": ("○", "magenta"),
    "no_target": ("", "default"), "not_applicable": ("–", "dim"),
}  # fmt: skip
_SEVERITY = {
    "error": ("bold red", Text("错误", "error")),
    "warning": ("yellow", Text("警告", "warning")),
    "note": ("dim", Text("说明", "note")),
}
_UNIT, _DISTRICT = Text("单元", "Unit"), Text("行政区", "District")
UNVERIFIED = Text("未核实", "unverified")
REPORTED = Text("（填报）", " (reported)")
_COLUMN_WIDTH = 16
_NAME_WIDTH = 22
_FINDINGS_SHOWN = 30
_EXEMPT_SHOWN = 10


class Teller:
    """Says how far the work is: on a bar, as JSON lines, or not at all."""

    def __init__(self, plan: str, lang: Lang, bar: Progress | None, as_json: bool) -> None:
        self._plan, self._lang, self._bar, self._json = plan, lang, bar, as_json
        self._started = time.monotonic()
        self._task = bar.add_task("", total=1.0, ends=None) if bar else None

    def __call__(self, step: Step) -> None:
        """Say that a step begins."""
        now = time.monotonic()
        if self._json:
            sys.stderr.write(json_line(self._plan, step, now - self._started) + "\n")
            sys.stderr.flush()
        if self._bar and self._task is not None:
            left = remaining_s(step, now - self._started)
            self._bar.update(
                self._task, description=step.title.to(self._lang), completed=step.done,
                total=step.total, ends=None if left is None else now + left,
            )  # fmt: skip

    def close(self) -> None:
        """Take the bar away and give the cursor back."""
        if self._bar:
            self._bar.stop()


class _LeftColumn(ProgressColumn):
    """The time that is left, counted down from what the last step let expect."""

    def __init__(self, lang: Lang) -> None:
        self._words = Text("约剩 {left}", "~{left} left")
        self._lang = lang
        super().__init__()

    def render(self, task: Task) -> Styled:
        """Return the time left, or nothing where it is not known (any more)."""
        left = (task.fields["ends"] or 0.0) - time.monotonic()
        if left <= 0:
            return Styled("")
        minutes, seconds = divmod(round(left), 60)
        shown = self._words.filled(left=f"{minutes}:{seconds:02}")
        return Styled(shown.to(self._lang), style="progress.remaining")


@contextmanager
def shown_progress(mode: str, plan: str, lang: Lang) -> Iterator[Teller]:
    """Yield a `Teller` for one plan; `mode` is auto, json or none."""
    console = Console(stderr=True)
    if mode != "auto" or not console.is_terminal:
        yield Teller(plan, lang, None, mode == "json")
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
               TimeElapsedColumn(), _LeftColumn(lang))  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        yield Teller(plan, lang, bar, False)


def print_areas(found: Sequence[Walks], file: Path, lang: Lang) -> None:
    """Print from how much street each goal can be walked to, and where the maps are."""
    zh = lang == "zh"
    table = Table()
    for heading in ("目的地", "分钟", "街道 km", "面积 ha") if zh else (
        "Goal", "Minutes", "Streets, km", "Area, ha"
    ):  # fmt: skip
        table.add_column(heading, justify="left" if not table.columns else "right")
    for one in found:
        for row in one.areas.iloc[::-1].itertuples():
            table.add_row(one.title.to(lang), f"{row.minutes:g}", f"{row.street_m / 1e3:,.2f}",
                          f"{row.area_m2 / 1e4:,.1f}")  # fmt: skip
    console = Console()
    console.print(table)
    for one in (one for one in found if len(one.missed)):
        said = Text("{title}：{n} 处远离街道，无法步行到达", "{title}: {n} too far from any street")
        console.print(said.filled(title=one.title.to(lang), n=len(one.missed)).to(lang))
    console.print(str(file), soft_wrap=True)


def print_files(files: Sequence[Path], lang: Lang) -> None:
    """Print which files were made, those of units counted."""
    console = Console()
    units = [path for path in files if path.parent.name == "units"]
    for path in files:
        if path not in units:
            console.print(str(path), soft_wrap=True)
    if units:
        said = Text("{folder}：{n} 个单元文件", "{folder}: {n} files of units")
        console.print(said.filled(folder=units[0].parent, n=len(units)).to(lang), soft_wrap=True)


def print_assessment(assessment: Assessment, out: Path, lang: Lang) -> None:
    """Print the units by judged indicator with coloured verdicts, and where the reports are."""
    console = Console()
    console.print()
    console.rule(assessment.plan.name.to(lang))
    rows = assessment.table[assessment.table["level"].isin(["unit", "city"])]
    for table in _place_tables(assessment, rows, _UNIT, console.width, lang):
        console.print(table)
    districts = assessment.table[assessment.table["level"] == "district"]
    for table in _place_tables(assessment, districts, _DISTRICT, console.width, lang):
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
    _print_left_out(assessment.findings, lang)


def _reports(out: Path) -> list[Path]:
    """Return the reports in a folder, the page first; where there are none its layers."""
    found = sorted([*out.glob("report.*"), *out.glob("results.qgz")],
                   key=lambda path: (path.suffix != ".html", path.name))  # fmt: skip
    return found or [out / "results.gpkg"]


def _print_left_out(findings: pd.DataFrame, lang: Lang) -> None:
    """Print what is wrong with rules and reported figures that were not used, last of all."""
    errors = findings[findings["severity"] == "error"]
    if errors.empty:
        return
    said = Text(f"有 {len(errors)} 处错误：所涉规则、方案或填报值未采用，其余已照常计算",
                f"{len(errors)} faults: the rules, profiles or reported figures they are about "
                "were left out; the rest was computed")  # fmt: skip
    Console().print(Styled(f"\n{said.to(lang)}", style="bold red"), soft_wrap=True)
    print_findings(errors, lang)


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


def _place_tables(
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
        name = _named(assessment, place) if title is _UNIT else place
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


def _legend(lang: Lang) -> Styled:
    """Return what the marks of the tables mean."""
    line = Styled()
    for status, (mark, style) in MARKS.items():
        if mark:
            line.append(f"{mark} {STATUS_TITLES[status].to(lang)}   ", style=style)
    return line


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


def print_findings(findings: pd.DataFrame, lang: Lang, *, to_stderr: bool = False) -> None:
    """Print findings one below the other, errors first."""
    console = Console(stderr=to_stderr, highlight=False, soft_wrap=True)
    if findings.empty:
        console.print(Text("没有发现问题", "Nothing was found").to(lang))
        return
    rank = findings["severity"].map(list(_SEVERITY).index)
    order = findings.loc[rank.sort_values(kind="stable").index]
    for _, row in order.head(_FINDINGS_SHOWN).iterrows():
        console.print(_finding(row, lang))
    if len(order) > _FINDINGS_SHOWN:
        console.print(f"… +{len(order) - _FINDINGS_SHOWN}")
    counts = findings["severity"].value_counts()
    totals = [f"{_SEVERITY[s][1].to(lang)} {counts[s]}" for s in _SEVERITY if s in counts]
    console.print(Styled("   ".join(totals), style="bold"))


def print_checked(findings: Sequence[Finding], out: Path | None, lang: Lang) -> None:
    """Print a summary of findings by severity, layer and kind, and the errors one by one."""
    console, table = Console(), findings_table(findings)
    errors = table[table["severity"] == "error"]
    if len(table):
        console.print(_summary_of(table, lang))
    if len(errors) or not len(table):
        print_findings(errors, lang)
    if out is not None:
        where = Text("全部问题及其位置", "All findings, and where they are").to(lang)
        console.print(Styled(f"{where}: {out / 'findings.gpkg'}"), soft_wrap=True)


def _summary_of(findings: pd.DataFrame, lang: Lang) -> Table:
    suffix = "_zh" if lang == "zh" else ""
    heads = [Text("程度", "Severity"), Text("图层", "Layer"), Text("问题", "What"),
             Text("处数", "Times"), Text("例如", "For instance")]  # fmt: skip
    table = Table(*(head.to(lang) for head in heads))
    order = findings["severity"].map(list(_SEVERITY).index)
    groups = findings.assign(order=order).groupby(
        ["order", "layer", f"what{suffix}"], sort=False, dropna=False
    )
    for (_, layer, what), group in sorted(groups, key=lambda pair: pair[0][0]):
        style, title = _SEVERITY[group["severity"].iloc[0]]
        feature = group["feature"].iloc[0]
        example = f"{'' if pd.isna(feature) else f'[{feature}] '}{group[f'found{suffix}'].iloc[0]}"
        cells = (title.to(lang), layer, what, f"{len(group):,}", example)
        table.add_row(*(Styled(cell) for cell in cells), style=style)
    return table


def _finding(row: pd.Series, lang: Lang) -> Styled:
    suffix = "_zh" if lang == "zh" else ""
    style, title = _SEVERITY[row["severity"]]
    place = row["layer"] if pd.isna(row["feature"]) else f"{row['layer']} [{row['feature']}]"
    lines = Styled.assemble((f"{title.to(lang)}  {place}: {row['what' + suffix]}\n", style))
    for label, column in (
        (Text("发现", "found"), f"found{suffix}"),
        (Text("应为", "expected"), f"expected{suffix}"),
        (Text("处理", "to do"), f"action{suffix}"),
    ):
        lines.append(f"    {label.to(lang)}: {row[column]}\n")
    return lines
