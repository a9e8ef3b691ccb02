"""What a rule must hold, and the rule that its keys and values make."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import MAXYEAR, MINYEAR, date, datetime
from typing import Any, get_args

from carbonspace.model.levels import Level
from carbonspace.model.rule import Comparator, Rule, Sureness
from carbonspace.model.text import Text
from carbonspace.profiles.faults import RULE, Block, Fault, Wrong
from carbonspace.profiles.tables import Entry
from carbonspace.profiles.wanted import EXPECTED, missing, of_kind, stated, unknown, words_faults

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


def entry_faults(entry: Entry) -> list[Wrong]:
    """Return what is wrong with one rule; its values are looked at once its keys are right."""
    return [*_key_faults(entry.facts)] or [*_value_faults(entry.facts)]


def told(wrongs: Iterable[Wrong], name: Text, block: Block, costs: Text = RULE) -> Iterator[Fault]:
    """Yield what is wrong with a table of the file that is called `name`, each with its line."""
    for one in wrongs:
        line = block.line_of(one.key)
        yield Fault(line, one.found.of(name), one.expected, one.action, costs)


def _key_faults(facts: Mapping[str, Any]) -> Iterator[Wrong]:
    known = REQUIRED | OPTIONAL
    for key in facts:
        if key not in known:
            yield unknown(key, known)
    for key in REQUIRED:
        if key not in facts:
            yield missing(key)
    for key, value in facts.items():
        if key in known and not is_a(value, known[key]):
            yield of_kind(key, value)


def is_a(value: object, kind: type | tuple[type, ...]) -> bool:
    """Return whether a value of TOML is of a kind: true is no number, and a time no day."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, kind) and not isinstance(value, datetime)


def _value_faults(facts: Mapping[str, Any]) -> Iterator[Wrong]:
    for key, allowed in CODED.items():
        if facts[key] not in allowed:
            yield of_kind(key, facts[key])
    yield from target_faults(facts)
    for key in ("quotation", "source"):
        if not facts[key].strip():
            yield stated(key, Text(f"{key} 为空", f"{key} is empty"), EXPECTED[key])
    yield from choice_faults(facts)


def target_faults(facts: Mapping[str, Any]) -> Iterator[Wrong]:
    """Yield what is wrong with the numbers of a target, and with its tolerance."""
    target, counts = facts["target"], TARGETS.get(facts["comparator"], (1,))
    said, count = f"target = {target}", " / ".join(map(str, counts))
    if len(target) not in counts or not all(is_number(t) for t in target):
        yield stated("target", said, Text(f"{count} 个数", f"{count} number(s)"))
    elif target != sorted(target):
        yield stated("target", said, Text("下限在前", "the lower bound first"))
    tolerance = facts.get("tolerance", 0)
    if not is_number(tolerance) or tolerance < 0:
        yield of_kind("tolerance", tolerance)


def choice_faults(facts: Mapping[str, Any]) -> Iterator[Wrong]:
    """Yield what is wrong with the words, levels, selections and dates of a rule."""
    for key in _TEXTS:
        if key in facts:
            yield from words_faults(facts, key)
    for level in facts.get("levels", ()):
        if level not in get_args(Level):
            said = Text(f"未知的层级 {level!r}", f"unknown level {level!r}")
            yield stated("levels", said, EXPECTED["levels"])
    if "levels" in facts and not facts["levels"]:
        said = Text("levels 为空，该条不适用于任何地方", "levels is empty: it speaks of no place")
        yield stated("levels", said, EXPECTED["levels"])
    if not MINYEAR <= facts.get("year", MINYEAR) <= MAXYEAR:
        yield of_kind("year", facts["year"])
    for name in _SELECTIONS:
        for column, values in facts.get(name, {}).items():
            if not _is_list(values):
                listed = Text('文本列表，如 ["07"]', 'a list of text, such as ["07"]')
                yield stated(name, f"{name}.{column} = {values!r}", listed)
    yield from date_faults(facts)


def date_faults(facts: Mapping[str, Any]) -> Iterator[Wrong]:
    """Yield that the days a rule is in force end before they begin."""
    first, last = (facts.get(key) for key in _DATES)
    if first and last and first > last:
        said = Text(f"until {last} 早于 since {first}", f"until {last} is before since {first}")
        yield stated("until", said, Text("不早于 since 的日期", "a day that is not before since"))


def is_number(value: object) -> bool:
    """Return whether a value is a number that something can be held against."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) <= sys.float_info.max


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


_COUNTS = ("indicator", "comparator", "target", "unit", "levels", "where", "where_not", "year",
           "tolerance", "parameters", "never", "since", "until")  # fmt: skip
"""What says which numbers a rule asks for, and where."""


def asked_by(profile: str, facts: Mapping[str, Any], wrong: Iterable[Wrong]) -> Rule | None:
    """Return what a rule asks for although something else of it is wrong, None if that is not."""
    if any(one.key in _COUNTS or one.key not in REQUIRED | OPTIONAL for one in wrong):
        return None
    blank = {"quotation": "", "source": "", "applies_to": {"zh": "", "en": ""},
             "evidence": "memory"}  # fmt: skip
    counted = {key: value for key, value in facts.items() if key in _COUNTS}
    return rule_of(profile, {**blank, **counted})
