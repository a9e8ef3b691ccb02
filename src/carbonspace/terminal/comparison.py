"""What a person sees of a comparison in the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from carbonspace.model.comparison import EDITS, FLIPS, UNITS, VERDICT_TITLES, Comparison
from carbonspace.model.layers import LAYERS
from carbonspace.model.shortfall import digits_apart
from carbonspace.model.text import Lang, Text
from carbonspace.terminal.findings import print_left_out
from carbonspace.terminal.links import linked

_ROWS = 40
_SOURCES = 3
_STYLES = {"lost": "bold red", "gained": "green", "began": "yellow", "ended": "yellow",
           "other": "default"}  # fmt: skip
_CITY = Text("全市", "City")


def print_comparison(comparison: Comparison, out: Path | None, lang: Lang) -> None:
    """Print what differs first, then edits, verdicts that turned, and figures that changed."""
    console = Console()
    console.print()
    first, second = comparison.first, comparison.second
    console.rule(Text("方案比较", "Plans compared").to(lang))
    for word, party in ((Text("前", "First"), first), (Text("后", "Second"), second)):
        line = Styled(f"{word.to(lang)}  {party.name.to(lang)}  ", style="bold")
        console.print(line.append(party.label, style="dim"), soft_wrap=True)
    for row in comparison.terms.to_dict("records"):
        console.print(_term(row, lang), soft_wrap=True)
    for row in comparison.units.to_dict("records"):
        console.print(_unit(row, lang), soft_wrap=True)
    if reason := comparison.account.reason.to(lang):
        console.print(Styled(f"{Text('未归因', 'Not put down to edits').to(lang)}: {reason}",
                             style="dim"), soft_wrap=True)  # fmt: skip
    if len(comparison.edits):
        console.print(_edits(comparison, lang))
    if len(comparison.verdicts):
        console.print(_verdicts(comparison, lang))
    console.print(_figures(comparison, lang) if len(comparison.changed) else
                  Text("没有数值改变", "No figure changed").to(lang))  # fmt: skip
    if out is not None:
        where = Text("比较页", "Page").to(lang)
        page = out / "compare.html"
        path = page if page.exists() else out
        shown = Styled(f"{where}: ") + linked(str(path), path, console)
        shown.stylize("bold")
        console.print(shown, soft_wrap=True)
    print_left_out(comparison.left_out, lang)


def _term(row: Mapping[str, Any], lang: Lang) -> Styled:
    name, meant = (row[key + ("_zh" if lang == "zh" else "")] for key in ("name", "consequence"))
    line = Styled(f"! {name}: {row['before']} → {row['after']}", style="yellow")
    return line.append(f"  {meant}", style="dim")


def _unit(row: Mapping[str, Any], lang: Lang) -> Styled:
    name = row["unit_id"] if isinstance(row["unit_id"], str) else row["unit_id_after"]
    more = f" → {row['unit_id_after']}" if row["what"] == "renumbered" else ""
    word = Text("单元", "Unit").to(lang)
    return Styled(f"! {word} {name}{more}: {UNITS[row['what']].to(lang)}", style="yellow")


def _edits(comparison: Comparison, lang: Lang) -> Table:
    counts = pd.crosstab(comparison.edits["layer"], comparison.edits["edit"])
    kinds = [kind for kind in EDITS if kind in counts]
    table = Table(title=Text("改动", "Edits").to(lang), title_justify="left", header_style="bold")
    table.add_column(Text("图层", "Layer").to(lang))
    for kind in kinds:
        table.add_column(EDITS[kind].to(lang), justify="right")
    for key in [key for key in LAYERS if key in counts.index]:
        cells = [str(counts.loc[key, kind] or "") for kind in kinds]
        table.add_row(LAYERS[key].title.to(lang), *cells)
    return table


def _place(row: Any, lang: Lang) -> str:
    return _CITY.to(lang) if row.level == "city" else str(row.unit_id)


def _verdicts(comparison: Comparison, lang: Lang) -> Table:
    table = _table(Text("结论的变化", "Verdicts that turned"), lang,
                   (Text("单元", "Unit"), Text("指标", "Indicator"), Text("前 → 后", "Was → is"),
                    Text("目标", "Target"), Text("结论", "Verdict"),
                    Text("条文", "Clause")))  # fmt: skip
    rank = comparison.verdicts["flip"].map(list(_STYLES).index).sort_values(kind="stable")
    rows = comparison.verdicts.loc[rank.index]
    for row in rows.head(_ROWS).itertuples():
        one = comparison.indicators[row.indicator]
        verdict = (f"{VERDICT_TITLES[row.status_before].to(lang)} → "
                   f"{VERDICT_TITLES[row.status_after].to(lang)}")  # fmt: skip
        cells = (_place(row, lang), one.title.to(lang), _pair(row, one.decimals),
                 row.target if isinstance(row.target, str) else "", verdict,
                 row.clause_zh if lang == "zh" else row.clause)  # fmt: skip
        table.add_row(*map(Styled, cells), style=_STYLES[row.flip])
    return _with_rest(
        table,
        len(rows),
        "  ".join(
            f"{title.to(lang)} {int((rows['flip'] == key).sum())}" for key, title in FLIPS.items()
        ),
    )


def _figures(comparison: Comparison, lang: Lang) -> Table:
    table = _table(Text("数值的变化", "Figures that changed"), lang,
                   (Text("单元", "Unit"), Text("指标", "Indicator"), Text("前 → 后", "Was → is"),
                    Text("变化", "Change"), Text("来自", "Due to")))  # fmt: skip
    rows = comparison.changed
    rows = rows.loc[(rows["level"] != "city").sort_values(kind="stable").index]
    for row in rows.head(_ROWS).itertuples():
        one = comparison.indicators[row.indicator]
        cells = (
            _place(row, lang),
            f"{one.title.to(lang)} ({one.unit})",
            _pair(row, one.decimals),
            _signed(row.change, one.decimals),
            _due(comparison, row, one.decimals, lang),
        )
        table.add_row(*map(Styled, cells))
    return _with_rest(table, len(rows), "")


def _due(comparison: Comparison, row: Any, decimals: int, lang: Lang) -> str:
    """Return what a change is put down to, the largest shares first."""
    mine = comparison.shares
    mine = mine[(mine["unit_id"] == row.unit_id) & (mine["indicator"] == row.indicator)
                & (mine["level"] == row.level)]  # fmt: skip
    order = mine["alone"].abs().sort_values(ascending=False, kind="stable").index
    parts = [f"{_source(one, lang)} {_signed(one.alone, decimals)}"
             for one in mine.loc[order].head(_SOURCES).itertuples()]  # fmt: skip
    return "; ".join(parts) + ("; …" if len(mine) > _SOURCES else "")


def _source(row: Any, lang: Lang) -> str:
    if row.source == "terms":
        return Text("数据与参数", "data and parameters").to(lang)
    if row.source == "together":
        return Text("共同作用", "together").to(lang)
    title = LAYERS[row.layer].title.to(lang)
    return f"{title} {row.feature}" if row.source == "feature" else f"{title} ×{row.edits}"


def _table(title: Text, lang: Lang, heads: tuple[Text, ...]) -> Table:
    table = Table(title=title.to(lang), title_justify="left", header_style="bold")
    for n, head in enumerate(heads):
        is_figure = n in (2, 3)
        table.add_column(head.to(lang), justify="right" if is_figure else "left",
                         overflow="fold", no_wrap=n == 0)  # fmt: skip
    return table


def _with_rest(table: Table, count: int, said: str) -> Table:
    more = f"… +{count - _ROWS}" if count > _ROWS else ""
    table.caption = "   ".join(filter(None, (said, more))) or None
    table.caption_justify = "left"
    return table


def _pair(row: Any, decimals: int) -> str:
    told = digits_apart(decimals, row.before, row.after)
    return f"{_number(row.before, told)} → {_number(row.after, told)}"


def _number(value: float, decimals: int) -> str:
    return "—" if math.isnan(value) else f"{value:,.{decimals}f}"


def _signed(value: float, decimals: int) -> str:
    if math.isnan(value):
        return "—"
    small = value and round(value, decimals) == 0
    return f"{value:+.1g}" if small else f"{value:+,.{decimals}f}"
