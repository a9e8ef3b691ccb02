"""What a rule must hold, and the rule that its keys and values make."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, MINYEAR, date, datetime
from typing import Any, get_args

from carbonspace.model.levels import Level
from carbonspace.model.rule import Comparator, Rule, Sureness
from carbonspace.model.text import Text
from carbonspace.profiles.faults import Fault
from carbonspace.profiles.tables import Entry

TARGETS: dict[str, tuple[int, ...]] = {"between": (2,), "none": (0,), "~": (1, 2)}
"""How many numbers the target of a comparator has, where it is not one."""
CODED: dict[str, tuple[str, ...]] = {
    "comparator": get_args(Comparator), "evidence": get_args(Sureness),
}  # fmt: skip
REQUIRED: dict[str, type] = {
    "indicator": str, "comparator": str, "target": list, "unit": str, "quotation": str,
    "source": str, "applies_to": dict, "evidence": str,
}  # fmt: skip
OPTIONAL: dict[str, type | tuple[type, ...]] = {
    "year": int, "levels": list, "where": dict, "where_not": dict, "tolerance": (int, float),
    "binding": bool, "note": dict, "parameters": dict, "never": dict, "since": date,
    "until": date, "source_file": str,
}  # fmt: skip
_TEXTS = ("applies_to", "note", "never")
_SELECTIONS = ("where", "where_not")
_DATES = ("since", "until")


def entry_faults(entry: Entry) -> Iterator[Fault]:
    """Yield what is wrong with one rule; its values are looked at once its keys are right."""
    faults = [*_key_faults(entry)] or [*_value_faults(entry.facts)]
    for key, zh, en in faults:
        words = Text(f"{entry.name}：{zh}", f"{entry.name}: {en}")
        yield Fault(entry.line_of(key), words)


Wrong = tuple[str, str, str]
"""A key, and what is wrong with it, in Chinese and in English."""


def _key_faults(entry: Entry) -> Iterator[Wrong]:
    known = REQUIRED | OPTIONAL
    for key in entry.facts:
        if key not in known:
            yield key, f"未知的键 {key!r}", f"unknown key {key!r}"
    for key in REQUIRED:
        if key not in entry.facts:
            yield key, f"缺少 {key}", f"{key} is missing"
    for key, value in entry.facts.items():
        if key in known and not is_a(value, known[key]):
            yield key, f"{key} 为 {value!r}，类型不符", f"{key} is {value!r}, expected {known[key]}"


def is_a(value: object, kind: type | tuple[type, ...]) -> bool:
    """Return whether a value of TOML is of a kind: true is no number, and a time no day."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, kind) and not isinstance(value, datetime)


def _value_faults(facts: Mapping[str, Any]) -> Iterator[Wrong]:
    for key, allowed in CODED.items():
        if facts[key] not in allowed:
            listed = ", ".join(allowed)
            yield (key, f"{key} 为 {facts[key]!r}，应为 {listed} 之一",
                   f"{key} is {facts[key]!r}, expected one of {listed}")  # fmt: skip
    yield from target_faults(facts)
    for key in ("quotation", "source"):
        if not facts[key].strip():
            yield key, f"{key} 为空", f"{key} is empty"
    yield from choice_faults(facts)


def target_faults(facts: Mapping[str, Any]) -> Iterator[Wrong]:
    """Yield what is wrong with the numbers of a target, and with its tolerance."""
    target, counts = facts["target"], TARGETS.get(facts["comparator"], (1,))
    if len(target) not in counts or not all(is_number(t) for t in target):
        count = " / ".join(map(str, counts))
        yield ("target", f"target 为 {target}，应为 {count} 个数",
               f"target is {target}, expected {count} number(s)")  # fmt: skip
    elif target != sorted(target):
        yield ("target", f"target 为 {target}，下限应在前",
               f"target is {target}, expected the lower bound first")  # fmt: skip
    tolerance = facts.get("tolerance", 0)
    if not is_number(tolerance) or tolerance < 0:
        yield ("tolerance", f"tolerance 为 {tolerance}，应为不小于 0 的数",
               f"tolerance is {tolerance}, expected a number of 0 or more")  # fmt: skip


def choice_faults(facts: Mapping[str, Any]) -> Iterator[Wrong]:
    """Yield what is wrong with the words, levels, selections and dates of a rule."""
    for key in _TEXTS:
        if key in facts and not is_text(facts[key]):
            yield key, f"{key} 须有 zh 和 en", f"{key} needs zh and en"
    for level in facts.get("levels", ()):
        if level not in get_args(Level):
            yield "levels", f"未知的层级 {level!r}", f"unknown level {level!r}"
    if "levels" in facts and not facts["levels"]:
        yield (
            "levels",
            "levels 为空，该条不适用于任何地方",
            "levels is empty: it speaks of no place",
        )
    if not MINYEAR <= facts.get("year", MINYEAR) <= MAXYEAR:
        yield (
            "year",
            f"year 为 {facts['year']}，不是年份",
            f"year is {facts['year']}, which is none",
        )
    for name in _SELECTIONS:
        for column, values in facts.get(name, {}).items():
            if not _is_list(values):
                yield (name, f"{name}.{column} 须为文本列表",
                       f"{name}.{column} must be a list of text")  # fmt: skip
    yield from date_faults(facts)


def date_faults(facts: Mapping[str, Any]) -> Iterator[Wrong]:
    """Yield that the days a rule is in force end before they begin."""
    first, last = (facts.get(key) for key in _DATES)
    if first and last and first > last:
        yield "until", f"until {last} 早于 since {first}", f"until {last} is before since {first}"


def is_number(value: object) -> bool:
    """Return whether a value is a number that something can be held against."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) <= sys.float_info.max


def is_text(value: object) -> bool:
    """Return whether a value is words in both languages."""
    both = isinstance(value, dict) and set(value) == {"zh", "en"}
    return both and all(isinstance(v, str) and v for v in value.values())  # type: ignore[attr-defined]


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)


def _frozen(value: Any) -> Any:
    """Return a value of TOML with its lists as tuples."""
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


def rule_of(profile: str, given: Mapping[str, Any]) -> Rule:
    """Return the rule that keys and values without a fault make."""
    return Rule(profile=profile, **facts_of(given))


def facts_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return keys and values of TOML as a `Rule` holds them."""
    facts = dict(given)
    if "target" in given:
        facts["target"] = tuple(float(t) for t in given["target"])
    facts |= {name: Text(**given[name]) for name in _TEXTS if name in given}
    facts |= {
        name: {column: tuple(values) for column, values in given[name].items()}
        for name in _SELECTIONS
        if name in given
    }
    if "parameters" in given:
        facts["parameters"] = {k: _frozen(v) for k, v in given["parameters"].items()}
    if "levels" in given:
        facts["levels"] = tuple(given["levels"])
    return facts
