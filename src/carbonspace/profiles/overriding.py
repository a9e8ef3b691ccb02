"""What a city changes in the rules it builds on: which rule, to what, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Text
from carbonspace.profiles.faults import Fault, Lines
from carbonspace.profiles.reading import (
    OPTIONAL,
    REQUIRED,
    choice_faults,
    date_faults,
    facts_of,
    is_a,
    is_number,
    is_text,
    target_faults,
)

_CHANGED = ("target", "comparator", "unit", "tolerance", "binding", "never", "since", "until",
            "evidence", "year", "levels", "parameters")  # fmt: skip
_OF = ("year", "target", "comparator", "where", "where_not", "levels", "unit")
"""What tells the rule that is meant from others about the same indicator."""

Held = list[tuple[Rule, int]]
"""Rules, and the line of the file that changed them (0: none)."""


def overridden(
    key: str, ground: Profile | None, overrides: Sequence[Mapping[str, Any]], lines: Lines,
    faults: list[Fault],
) -> Held:  # fmt: skip
    """Return the rules of `ground` as rules of profile `key`, with what overrides change.

    Faults go into `faults`: a rule that is not there or not told from another, nothing changed,
    no reason given.
    """
    rules: Held = [(replace(r, profile=key), 0) for r in (ground.rules if ground else ())]
    for n, given in enumerate(overrides):
        block = lines.of("override", n)
        wrong = _form_faults(given) or _which(rules, given)
        if isinstance(wrong, int):
            at, rule = wrong, rules[wrong][0]
            held = {"comparator": rule.comparator, "target": [*rule.target],
                    "tolerance": rule.tolerance, "since": rule.since, "until": rule.until,
                    **given}  # fmt: skip
            wrong = [*target_faults(held), *date_faults(held)]
            if not wrong:
                rules[at] = _changed(rule, ground, given), block.line
        for name, zh, en in wrong:
            words = Text(f"第 {n} 个 override：{zh}", f"override {n}: {en}")
            faults.append(Fault(block.line_of(name), words))
    return rules


Wrong = list[tuple[str, str, str]]


def _form_faults(given: Mapping[str, Any]) -> Wrong:
    known = ("indicator", "of", "reason", *_CHANGED)
    faults: Wrong = [(k, f"未知的键 {k!r}", f"unknown key {k!r}") for k in given if k not in known]
    if not isinstance(given.get("indicator"), str):
        faults.append(("indicator", "缺少 indicator", "indicator is missing"))
    if not is_text(given.get("reason")):
        faults.append(("reason", "须有 reason 的 zh 和 en", "reason needs zh and en"))
    if not any(k in given for k in _CHANGED):
        faults.append(("indicator", "没有改动任何内容", "it changes nothing"))
    of = given.get("of", {})
    if not isinstance(of, dict) or any(k not in _OF for k in of):
        listed = ", ".join(_OF)
        return [*faults, ("of", f"of 只能含 {listed}", f"of may hold {listed}")]
    for key, kind in (REQUIRED | OPTIONAL).items():
        for place, table in ((key, given), ("of", of)):
            if key in (*_CHANGED, *_OF) and key in table and not is_a(table[key], kind):
                faults.append(
                    (place, f"{key} 为 {table[key]!r}，类型不符", f"{key} is {table[key]!r}")
                )
    if not faults and not all(map(is_number, of.get("target", ()))):
        faults.append(("of", "of.target 须为数", "of.target must be numbers"))
    if faults:
        return faults
    return [*choice_faults(given), *(("of", zh, en) for _, zh, en in choice_faults(of))]


def _which(rules: Held, given: Mapping[str, Any]) -> int | Wrong:
    """Return the position of the one rule that is meant, or why there is not one."""
    of = facts_of(given.get("of", {}))
    found = [
        n for n, (rule, _) in enumerate(rules)
        if rule.indicator == given["indicator"]
        and all(getattr(rule, key) == value for key, value in of.items())
    ]  # fmt: skip
    if len(found) == 1:
        return found[0]
    key = given["indicator"]
    if not found:
        return [("indicator", f"所依据的方案没有这样的 {key} 规则",
                 f"the profile it extends has no such rule on {key}")]  # fmt: skip
    told = "; ".join(f"{rules[n][0].target_text()} {rules[n][0].applies_to.en}" for n in found)
    return [("indicator", f"{key} 有 {len(found)} 条规则，须用 of 指明：{told}",
             f"{len(found)} rules on {key}: say which with of: {told}")]  # fmt: skip


def _changed(rule: Rule, ground: Profile | None, given: Mapping[str, Any]) -> Rule:
    """Return a rule as changed, saying why and what it was."""
    target = f"{rule.target_text()} {rule.unit}".strip()
    reason, was = given["reason"], ", ".join(filter(None, [target, rule.stated_text()])) or "—"
    document = ground.document if ground else ""
    zh, en = (f"{rule.note.zh} ", f"{rule.note.en} ") if rule.note else ("", "")
    note = Text(f"{zh}本市改动（{document} 原为 {was}）：{reason['zh']}",
                f"{en}Changed by the city ({document} has {was}): {reason['en']}")  # fmt: skip
    facts = facts_of({k: v for k, v in given.items() if k in _CHANGED})
    return replace(rule, **facts, note=note)
