"""What a city changes in the rules it builds on: which rule, to what, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, NamedTuple

from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Lang, Text
from carbonspace.profiles.faults import MEANT, NOWHERE, Block, Fault, Lines, Wrong
from carbonspace.profiles.reading import (
    OPTIONAL,
    REQUIRED,
    choice_faults,
    date_faults,
    facts_of,
    is_a,
    is_number,
    target_faults,
    told,
)
from carbonspace.profiles.tables import called
from carbonspace.profiles.wanted import (
    EXPECTED,
    missing,
    of_kind,
    one_of,
    stated,
    unknown,
    words_faults,
)

_CHANGED = ("target", "comparator", "unit", "tolerance", "binding", "never", "since", "until",
            "evidence", "year", "levels", "parameters")  # fmt: skip
_OF = ("year", "target", "comparator", "where", "where_not", "levels", "unit")
"""What tells the rule that is meant from others about the same indicator."""
_KINDS = REQUIRED | OPTIONAL
_THERE = Text("所依据的方案中的一条规则", "a rule of the profile it extends")
_LANGS: tuple[Lang, Lang] = ("zh", "en")

Held = list[tuple[Rule, Block]]
"""Rules, and the lines of the file that changed them."""


class Overridden(NamedTuple):
    """The rules as changed, without those that a faulty override may speak of; and its faults."""

    rules: Held
    faults: list[Fault]


def overridden(
    key: str, ground: Profile | None, overrides: Sequence[Mapping[str, Any]], lines: Lines
) -> Overridden:
    """Return the rules of `ground` as rules of profile `key`, with what overrides change.

    Faults are a rule that is not there or not told from another, nothing changed, no reason given.
    A rule that a city says is another is not held as it was, whatever is wrong with the change.
    """
    rules: Held = [(replace(r, profile=key), NOWHERE) for r in (ground.rules if ground else ())]
    faults, lost = list[Fault](), set[int]()
    for n, given in enumerate(overrides):
        block, meant = lines.of("override", n), _meant(rules, given)
        wrong = _form_faults(given) or _which(rules, given, meant)
        if not wrong:
            rule = rules[meant[0]][0]
            held = {"comparator": rule.comparator, "target": [*rule.target],
                    "tolerance": rule.tolerance, "since": rule.since, "until": rule.until,
                    **given}  # fmt: skip
            wrong = [*target_faults(held), *date_faults(held)]
        if wrong:
            called_ = called(given)
            name = Text(f"第 {n + 1} 个 override {called_}", f"override {n + 1} {called_}")
            faults += told(wrong, name, block, MEANT)
            lost |= {*meant}
        else:
            rules[meant[0]] = _changed(rule, ground, given), block
    return Overridden([one for n, one in enumerate(rules) if n not in lost], faults)


def _form_faults(given: Mapping[str, Any]) -> list[Wrong]:
    known = ("indicator", *_CHANGED, "of", "reason")
    faults = [unknown(k, known) for k in given if k not in known]
    faults += [missing(key) for key in ("indicator", "reason") if key not in given]
    if "indicator" in given and not isinstance(given["indicator"], str):
        faults.append(of_kind("indicator", given["indicator"]))
    if "reason" in given:
        faults += words_faults(given, "reason")
    if not any(k in given for k in _CHANGED):
        nothing = Text("没有改动任何内容", "it changes nothing")
        faults.append(stated("indicator", nothing, one_of(_CHANGED)))
    return [*faults, *_of_faults(given.get("of", {})), *_change_faults(given, bool(faults))]


def _of_faults(of: Any) -> list[Wrong]:
    """Return what is wrong with what tells the rule that is meant."""
    if not isinstance(of, dict):
        return [of_kind("of", of)]
    faults = [unknown(key, _OF, "of") for key in of if key not in _OF]
    faults += [of_kind(k, of[k], "of") for k in of if k in _OF and not is_a(of[k], _KINDS[k])]
    if faults:
        return faults
    if not all(map(is_number, of.get("target", ()))):
        return [of_kind("target", of["target"], "of")]
    return [one._replace(key="of") for one in choice_faults(of)]


def _change_faults(given: Mapping[str, Any], is_faulty: bool) -> list[Wrong]:
    """Return what is wrong with what is changed."""
    faults = [
        of_kind(k, given[k]) for k in _CHANGED if k in given and not is_a(given[k], _KINDS[k])
    ]
    return faults if faults or is_faulty else [*choice_faults(given)]


def _meant(rules: Held, given: Mapping[str, Any]) -> list[int]:
    """Return the positions of the rules that an override may speak of."""
    said = given.get("of", {})
    of = {} if _of_faults(said) else facts_of(said)
    return [
        n for n, (rule, _) in enumerate(rules)
        if rule.indicator == given.get("indicator")
        and all(getattr(rule, key) == value for key, value in of.items())
    ]  # fmt: skip


def _which(rules: Held, given: Mapping[str, Any], meant: Sequence[int]) -> list[Wrong]:
    """Return why an override does not speak of one rule; nothing where it does."""
    key = given["indicator"]
    if len(meant) == 1:
        return []
    if not meant:
        there = sorted({rule.indicator for rule, _ in rules})
        near = get_close_matches(key, there, n=1)
        action = Text(f"是否应为 {near[0]}？", f"Did you mean {near[0]}?") if near else Text(
            "核对 indicator 与 of，或写作 [[rule]]。",
            "Check indicator and of, or write a [[rule]].")  # fmt: skip
        none = Text(f"所依据的方案没有这样的 {key} 规则",
                    f"the profile it extends has no such rule on {key}")  # fmt: skip
        return [Wrong("indicator", none, _THERE, action)]
    zh, en = (
        "; ".join(f"{rules[n][0].target_text()} {rules[n][0].applies_to.to(lang)}" for n in meant)
        for lang in _LANGS
    )
    said = Text(f"{key} 有 {len(meant)} 条规则：{zh}", f"{len(meant)} rules on {key}: {en}")
    return [Wrong("indicator", said, EXPECTED["of"],
                  Text("用 of 指明是哪一条。", "Say which with of."))]  # fmt: skip


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
