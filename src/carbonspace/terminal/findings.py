"""Findings in the terminal: one below the other, and summed up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from carbonspace.model.finding import Finding, findings_table
from carbonspace.model.text import Lang, Text
from carbonspace.terminal.links import linked
from carbonspace.terminal.words import SEVERITY

_FINDINGS_SHOWN = 30


def print_findings(findings: pd.DataFrame, lang: Lang, *, to_stderr: bool = False) -> None:
    """Print findings one below the other, errors first."""
    console = Console(stderr=to_stderr, highlight=False, soft_wrap=True)
    if findings.empty:
        console.print(Text("没有发现问题", "Nothing was found").to(lang))
        return
    rank = findings["severity"].map(list(SEVERITY).index)
    order = findings.loc[rank.sort_values(kind="stable").index]
    for _, row in order.head(_FINDINGS_SHOWN).iterrows():
        console.print(_finding(row, lang))
    if len(order) > _FINDINGS_SHOWN:
        console.print(f"… +{len(order) - _FINDINGS_SHOWN}")
    counts = findings["severity"].value_counts()
    totals = [f"{SEVERITY[s][1].to(lang)} {counts[s]}" for s in SEVERITY if s in counts]
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
        path = out / "findings.gpkg"
        console.print(Styled(f"{where}: ") + linked(str(path), path, console), soft_wrap=True)


def _summary_of(findings: pd.DataFrame, lang: Lang) -> Table:
    suffix = "_zh" if lang == "zh" else ""
    heads = [Text("程度", "Severity"), Text("图层", "Layer"), Text("问题", "What"),
             Text("处数", "Times"), Text("例如", "For instance")]  # fmt: skip
    table = Table(*(head.to(lang) for head in heads))
    order = findings["severity"].map(list(SEVERITY).index)
    groups = findings.assign(order=order).groupby(
        ["order", "layer", f"what{suffix}"], sort=False, dropna=False
    )
    for (_, layer, what), group in sorted(groups, key=lambda pair: pair[0][0]):
        style, title = SEVERITY[group["severity"].iloc[0]]
        feature = group["feature"].iloc[0]
        example = f"{'' if pd.isna(feature) else f'[{feature}] '}{group[f'found{suffix}'].iloc[0]}"
        cells = (title.to(lang), layer, what, f"{len(group):,}", example)
        table.add_row(*(Styled(cell) for cell in cells), style=style)
    return table


def _finding(row: pd.Series, lang: Lang) -> Styled:
    suffix = "_zh" if lang == "zh" else ""
    style, title = SEVERITY[row["severity"]]
    place = row["layer"] if pd.isna(row["feature"]) else f"{row['layer']} [{row['feature']}]"
    lines = Styled.assemble((f"{title.to(lang)}  {place}: {row['what' + suffix]}\n", style))
    for label, column in (
        (Text("发现", "found"), f"found{suffix}"),
        (Text("应为", "expected"), f"expected{suffix}"),
        (Text("处理", "to do"), f"action{suffix}"),
    ):
        lines.append(f"    {label.to(lang)}: {row[column]}\n")
    return lines


def print_left_out(findings: pd.DataFrame, lang: Lang, *, to_stderr: bool = False) -> None:
    """Print what is wrong with rules and reported figures that were not used, last of all."""
    errors = findings[findings["severity"] == "error"]
    if errors.empty:
        return
    said = Text(f"有 {len(errors)} 处错误：所涉规则、方案或填报值未采用，其余已照常计算",
                f"{len(errors)} faults: the rules, profiles or reported figures they are about "
                "were left out; the rest was computed")  # fmt: skip
    console = Console(stderr=to_stderr)
    console.print(Styled(f"\n{said.to(lang)}", style="bold red"), soft_wrap=True)
    print_findings(errors, lang, to_stderr=to_stderr)
