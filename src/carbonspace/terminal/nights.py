"""The nights of a city, and the history of a figure, in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from carbonspace.model.rule import STATUS_TITLES
from carbonspace.model.text import Lang, Text
from carbonspace.terminal.words import MARKS

_ENDS = {
    "done": ("green", Text("完成", "done")),
    "unchanged": ("dim", Text("未变化", "unchanged")),
    "running": ("yellow", Text("进行中", "running")),
    "failed": ("bold red", Text("失败", "failed")),
    "interrupted": ("yellow", Text("已中断", "interrupted")),
    "lost": ("bold red", Text("异常中止", "lost")),
}


def print_nights(
    city: str, runs: Sequence[Mapping[str, Any]], lang: Lang,
    undelivered: Mapping[str, int] | None = None,
) -> None:  # fmt: skip
    """Print the last nights of a city, the latest first, and how many messages wait."""
    console = Console()
    table = _table(city, lang, (Text("次", "Run"), Text("开始", "Began"), Text("用时", "Took"),
                                Text("结果", "Ended"), Text("结论变化", "Verdicts turned"),
                                Text("新未达标", "Newly missed"), Text("说明", "Why")))  # fmt: skip
    for run in runs:
        style, word = _ENDS.get(run["status"], ("", Text(run["status"], run["status"])))
        flips, lost = _turned(run["summary"])
        why = run["error"] or _resumed(run["summary"], lang)
        table.add_row(str(run["id"]), _when(run["began"]), _took(run), Styled(word.to(lang), style),
                      flips, lost, Styled(why))  # fmt: skip
    if runs:
        console.print(table)
    else:
        said = Text("尚无夜间计算", "no night yet").to(lang)
        console.print(Styled(f"{city}: {said}"), soft_wrap=True)
    for channel, number in (undelivered or {}).items():
        if number:
            waiting = _WAITING.filled(channel=channel, n=number)
            console.print(Styled(waiting.to(lang), style="bold red"), soft_wrap=True)


_WAITING = Text("{channel}：{n} 条消息尚未送达（carbonspace batch --send）",
                "{channel}: messages not yet sent, {n} (carbonspace batch --send)")  # fmt: skip


def print_history(city: str, found: Sequence[tuple[Any, str]], lang: Lang) -> None:
    """Print each figure of a place and clause: as bars, and what held from when to when."""
    console = Console()
    for series, bars in found:
        clause = " · ".join(filter(None, (series.level, series.profile, series.clause.to(lang))))
        console.print(Styled(f"{city} · {clause}", style="bold"), soft_wrap=True)
        console.print(Styled(bars), soft_wrap=True)
        table = _table("", lang, (Text("自", "From"), Text("至", "To"), Text("数值", "Value"),
                                  Text("目标", "Target"), Text("结论", "Verdict")))  # fmt: skip
        for spell in series.spells:
            mark, style = MARKS[spell.status]
            verdict = f"{mark} {STATUS_TITLES[spell.status].to(lang)}".strip()
            value = (
                "—" if spell.value is None else f"{spell.value:,.6g} {spell.unit or ''}".rstrip()
            )
            table.add_row(_when(spell.since), _when(spell.until), value, spell.target or "",
                          Styled(verdict, style))  # fmt: skip
        console.print(table)


def _table(title: str, lang: Lang, heads: Sequence[Text]) -> Table:
    table = Table(title=Styled(title) if title else None, title_justify="left",
                  header_style="bold")  # fmt: skip
    for head in heads:
        table.add_column(head.to(lang), overflow="fold")
    return table


def _resumed(summary: Mapping[str, Any] | None, lang: Lang) -> str:
    """Return how much was taken over of a night that was killed."""
    tiles = (summary or {}).get("resumed")
    return _RESUMED.filled(n=f"{tiles:,}").to(lang) if tiles else ""


_RESUMED = Text("接续已算完的 {n} 块", "went on after {n} finished tiles")


def _turned(summary: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return how many verdicts turned, and how many of them to missed; nothing on a first night."""
    if summary is None or summary["unchanged"] or summary["first"]:
        return "", ""
    flips = summary["flips"]
    return f"{flips['count']:,}", f"{sum(one['to'] == 'not_met' for one in flips['listed']):,}"


def _when(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def _took(run: Mapping[str, Any]) -> str:
    if run["ended"] is None:
        return ""
    minutes, seconds = divmod(round((run["ended"] - run["began"]).total_seconds()), 60)
    return f"{minutes}:{seconds:02d}"
