"""The cells of the large tables, thousands on a page: as text, without the detour of a template.

Everything that is not markup of this file is escaped here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from markupsafe import Markup, escape

from carbonspace.model.indicator import Indicator
from carbonspace.model.text import Text
from carbonspace.outputs.direction import alone
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.rows import OTHER, Bullet, Group, Row, Verdict

Written = Callable[..., str]
"""What writes markup: the heading of an indicator, or the clause of a rule and its profile."""


@lru_cache(maxsize=2**14, typed=True)
def both(zh: object, en: object) -> Markup:
    """Return words in both languages; the page shows the one that is chosen."""
    if zh == en:
        return _escaped(zh)
    return Markup('<span lang="zh">{}</span><span lang="en">{}</span>').format(
        _escaped(zh), _escaped(en)
    )


def plain(value: object) -> object:
    """Return a value as pages show it: texts leave the direction of what is beside them alone."""
    return alone(value) if type(value) is str else value  # markup is ours


def _escaped(value: object) -> Markup:
    return escape(plain(value))


def joined(text: Text) -> str:
    """Return words in both languages for where there can be no markup."""
    return text.zh if text.zh == text.en else f"{text.zh} · {text.en}"


def badge(status: str) -> Markup:
    """Return the symbol and the title of a verdict."""
    symbol, title = VERDICTS[status].symbol, both(*VERDICTS[status].title)
    return Markup('<span class="v v-{}"><b aria-hidden="true">{}</b>{}</span>').format(
        status, symbol, title
    )


BADGES = {status: badge(status) for status in VERDICTS}


@lru_cache(maxsize=2**12)
def _safe(text: str) -> str:
    return str(_escaped(text))


@lru_cache(maxsize=2**12)
def _words(zh: str, en: str) -> str:
    """Return `both` as a plain string: joining those is ten times as fast."""
    return str(both(zh, en))


@lru_cache(maxsize=2**12)
def _title(text: Text) -> str:
    return _safe(joined(text))


def group_rows(group: Group, prefix: str, heading: Written, clause: Written) -> Markup:
    """Return the rows of a theme's table: one per verdict, the indicator beside the first."""
    rows = (text for row in group.rows for text in _rows(row, prefix, heading, clause))
    return Markup("\n".join(rows))


def _rows(row: Row, prefix: str, heading: Written, clause: Written) -> Iterator[str]:
    one, count = row.indicator, len(row.verdicts)
    blank = ' class="blank"' if row.worst == "no_data" else ""  # its definition would tell nothing
    start = f'<tr id="{prefix}{_safe(one.key)}"{blank}>\n'
    start += f'<th scope="row" rowspan="{count}">{heading(one)}</th>\n'
    single = any(verdict.is_other for verdict in row.verdicts)
    start += "" if single else _value(row.value, one, count)
    for verdict in row.verdicts:
        value = _value(verdict.shown(row.value), one) if single else ""
        yield start + value + _verdict(row, verdict, clause) + "</tr>"
        start = "<tr>\n"


def _value(value: str, one: Indicator, count: int = 1) -> str:
    """Return the cell of a figure, beside `count` verdicts on it."""
    unit = "" if value.startswith("—") else f" {_safe(one.unit)}"
    return f'<td class="num" rowspan="{count}"><b>{value}</b>{unit}</td>\n'


def _verdict(row: Row, verdict: Verdict, clause: Written) -> str:
    one = row.indicator
    rule, unit = verdict.rule, _safe(one.unit)
    held = _safe(rule.unit) if rule else unit
    target = f"{_safe(verdict.target)} {held}" if verdict.target else "—"
    margin = ""
    if verdict.status in ("met", "not_met", "exempt"):
        margin = verdict.margin + (_words(" 个百分点", " pp") if one.unit == "%" else f" {unit}")
    reason = f'<div class="reason">{_words(*verdict.reason)}</div>' if verdict.reason.en else ""
    source = clause(rule, verdict.profile) if rule else f"<cite>{_safe(one.source)}</cite>"
    return (
        f"<td>{BADGES[verdict.status]}{_flips(verdict)}</td>\n"
        f'<td class="num" style="text-align:left">{target}</td>\n'
        f"<td>{_bar(verdict.bullet, verdict.status)}</td>\n"
        f'<td class="num">{margin}</td>\n'
        f"<td>{_defined(row, verdict)}{reason}{source}</td>\n"
    )


def _defined(row: Row, verdict: Verdict) -> str:
    """Return which figure is judged where the clause defines another than the plan."""
    zh, en = verdict.told(row.value, row.indicator.unit)
    return f'<div class="reason">{OTHER} {_words(zh, en)}</div>' if en else ""


def _flips(verdict: Verdict) -> str:
    """Return what another treatment of the data would change, where it would."""
    if verdict.robust is not False:
        return ""
    flips = verdict.flips
    said = _words(f"临界，换一种处理即改变：{flips.zh}", f"close; would turn with: {flips.en}")
    return f'<br><span class="tag warn flips">{said}</span>'


def _bar(bar: Bullet | None, status: str) -> str:
    """Return the bar of a value against its target."""
    if bar is None:
        return ""
    marks = "".join(f'<path class="target" d="M{x} 0V120"/>' for x in bar.marks)
    return (
        '<svg class="bullet" viewBox="0 0 1000 120" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="scale" width="1000" height="120"/>'
        f'<rect class="good" x="{bar.good_from}" width="{bar.good_to - bar.good_from}"'
        ' height="120"/>'
        f'<rect class="value {status}" y="38" width="{bar.value}" height="44"/>{marks}</svg>'
    )


_GROUND = ("land", "park", "shortfall", "bare", "solar", "roof", "way", "band")
"""Style classes of what is drawn as an area."""


@lru_cache(maxsize=2**12)
def legend(css: str, fill: str, title: Text) -> Markup:
    """Return the line of a legend that tells how what has this style looks, and what it is."""
    filled = Markup(' fill="{}"').format(fill) if fill else ""
    if "stop" in css or "dot" in css:
        symbol = Markup('<path class="{}" d="M13 7.5h0"/>').format(css)
    elif css.split(maxsplit=1)[0] in _GROUND:
        symbol = Markup('<rect class="{}" width="26" height="15"{}/>').format(css, filled)
    else:
        symbol = Markup('<path class="{}" d="M0 7.5h26"/>').format(css)
    drawn = Markup('<svg viewBox="0 0 26 15" aria-hidden="true">{}</svg>').format(symbol)
    return Markup("<li>{}<span>{}</span></li>").format(drawn, both(*title))
