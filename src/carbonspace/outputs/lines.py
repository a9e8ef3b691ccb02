"""The lines of printed tables: one verdict on one indicator of one place, as plain data.

Words are pairs of Chinese and English.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from carbonspace.model.indicator import Indicator
from carbonspace.model.rule import SURENESS_TITLES, Profile, Rule
from carbonspace.model.text import Text
from carbonspace.outputs.rows import OTHER, Group, Row, Verdict

Line = dict[str, Any]
_UNVERIFIED = ["未核实", "unverified"]
_REPORTED = ["填报，非计算", "reported, not computed"]
_RECORDED = ["只作记录，不判定", "recorded, never held"]
_RECOMMENDED = ["建议指标，未给出数值", "recommended, no value given"]
_BINDING = ["约束性", "binding"]
_LOOSE = ["供参考，无约束力", "for reference, not binding"]
_JUDGED = ("met", "not_met", "exempt")


def lines(groups: Iterable[Group]) -> Iterator[Line]:
    """Yield a line for each verdict, in the order of the groups."""
    for group in groups:
        for row in group.rows:
            yield from (line_of(row, verdict) for verdict in row.verdicts)


def heading(one: Indicator) -> Line:
    """Return what names an indicator: its title, its unit, and what it has to be marked with."""
    tags = [] if one.verified else [_UNVERIFIED]
    return {"key": one.key, "title": [*one.title], "unit": one.unit,
            "tags": [*tags, _REPORTED] if one.is_reported else tags}  # fmt: skip


def line_of(row: Row, verdict: Verdict) -> Line:
    """Return the line of one verdict."""
    one, rule = row.indicator, verdict.rule
    target = [f"{words} {rule.unit}".strip() for words in verdict.told_target] if rule else ["", ""]
    return {
        **heading(one), "value": verdict.shown(row.value), "status": verdict.status,
        "target": target if verdict.target else ["—", "—"],
        "margin": _margin(verdict, one), "bar": verdict.bullet and verdict.bullet._asdict(),
        "notes": [*notes_of(verdict, row)], "source": one.source,
        "clause": clause(rule, verdict.profile) if rule and verdict.profile else None,
    }  # fmt: skip


def _margin(verdict: Verdict, one: Indicator) -> list[str]:
    if verdict.status not in _JUDGED:
        return ["", ""]
    if one.unit == "%":
        return [f"{verdict.margin} 个百分点", f"{verdict.margin} pp"]
    return [f"{verdict.margin} {one.unit}"] * 2


def notes_of(verdict: Verdict, row: Row) -> Iterator[list[str]]:
    """Yield what else a verdict says: the figure it is of, its reason, what would turn it."""
    if verdict.is_other:
        yield [f"{OTHER} {words}" for words in verdict.told(row.value, row.indicator.unit)]
    if verdict.reason.en:
        yield [*verdict.reason]
    if verdict.robust is False:
        yield [f"临界，换一种处理即改变：{verdict.flips.zh}",
               f"close; would turn with: {verdict.flips.en}"]  # fmt: skip


def clause(rule: Rule, profile: Profile) -> Line:
    """Return a clause: its quotation, where it stands, and what else there is to say of it."""
    source = [*cited(rule, profile)]
    if rule.year:
        source = [f"{source[0]} · {rule.year} 年", f"{source[1]} · by {rule.year}"]
    return {"quotation": rule.quotation, "source": source, "notes": [*_said(rule)],
            "tags": [*_tags(rule)], "binds": rule.binding}  # fmt: skip


def cited(rule: Rule, profile: Profile) -> Text:
    """Return where a clause stands, in a document that is named once."""
    named = profile.title.zh in rule.source
    return Text(rule.source if named else f"{profile.title.zh} · {rule.source}",
                f"{profile.title.en} · {rule.source}")  # fmt: skip


def _said(rule: Rule) -> Iterator[list[str]]:
    if rule.applies_to.en:
        yield [*Text("适用于：{it.zh}", "Applies to: {it.en}").filled(it=rule.applies_to)]
    yield from ([*text] for text in (rule.note, rule.never) if text)


def _tags(rule: Rule) -> Iterator[list[str]]:
    if rule.never:
        yield _RECORDED
    elif rule.comparator == "none":
        yield _RECOMMENDED
    else:
        yield _BINDING if rule.binding else _LOOSE
    if not rule.is_verified:
        yield [*SURENESS_TITLES[rule.evidence]]
