"""What is wrong with rules in the light of the indicators there are, and of each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple

from carbonspace import catalogue
from carbonspace.model.dimension import conversion, dimension, near_unit
from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS
from carbonspace.model.levels import LAYER_OF, Level
from carbonspace.model.rule import Profile, Rule, same
from carbonspace.model.text import Text
from carbonspace.profiles import loaded, profile_keys
from carbonspace.profiles.faults import BOTH, Block, Fault, Wrong
from carbonspace.profiles.loader import Loaded
from carbonspace.profiles.wanted import stated


class Told(NamedTuple):
    """A fault, and the positions of the rules that are not to be held because of it."""

    fault: Fault
    rules: tuple[int, ...]


def told_of(one: Loaded) -> Iterator[Told]:
    """Yield the faults of a profile that is sound in form: of each rule, and between them.

    A rule that is not sound in form counts where two contradict; it has no position.
    """
    for n, (rule, place) in enumerate(zip(one.profile.rules, one.places, strict=True)):
        called = f"{rule.indicator} {rule.target_text()}".strip()
        for wrong in _rule_faults(rule):
            found, line = wrong.found.under(called), place.line_of(wrong.key)
            yield Told(Fault(line, found, wrong.expected, wrong.action), (n,))
    yield from _contradictions(one)


@cache
def _shipped() -> tuple[Rule, ...]:
    return tuple(rule for key in profile_keys() for rule in loaded(key).profile.rules)


def _rule_faults(rule: Rule) -> Iterator[Wrong]:
    known = catalogue.indicators()
    one = known.get(rule.indicator)
    if one is None:
        near = get_close_matches(rule.indicator, [*known], n=1)
        said = Text(f"没有指标 {rule.indicator}", "no such indicator")
        listed = Text("目录中的指标（carbonspace catalog）",
                      "an indicator of the catalogue (carbonspace catalog)")  # fmt: skip
        yield Wrong("indicator", said, listed, _meant(near, "indicator"))
        return
    yield from _unit_faults(rule, one)
    yield from _level_faults(rule, one)
    yield from _parameter_faults(rule, one)
    yield from _column_faults(rule)


def _meant(near: Iterable[str], key: str) -> Text:
    """Return the question whether the nearest name is meant, or the request to correct a key."""
    name = next(iter(near), None)
    return Text(f"是否应为 {name}？", f"Did you mean {name}?") if name else Text(
        f"改正 {key}。", f"Correct {key}.")  # fmt: skip


def _unit_faults(rule: Rule, one: Indicator) -> Iterator[Wrong]:
    if not rule.target or rule.never is not None:
        return
    wanted = Text(f"可换算为 {one.unit or '1'!r} 的单位",
                  f"a unit that can be turned into {one.unit or '1'!r}")  # fmt: skip
    if dimension(rule.unit) is None:
        near = near_unit(rule.unit)
        case = Text("单位符号区分大小写。", " Symbols of units tell case apart.")
        said = Text(f"未知的单位 {rule.unit!r}", f"unknown unit {rule.unit!r}")
        meant = _meant([near] if near else [], "unit")
        action = Text(f"{meant.zh}{case.zh}", f"{meant.en}{case.en}") if near else meant
        yield Wrong("unit", said, wanted, action)
    elif conversion(rule.unit, one.unit) is None:
        yield stated("unit", cannot_be_turned(rule.unit, one.unit), wanted)


def cannot_be_turned(unit: str, into: str) -> Text:
    """Return that a unit is not of the kind that an indicator is in."""
    return Text(f"单位 {unit or '1'!r} 与指标的单位 {into or '1'!r} 不能换算",
                f"unit {unit or '1'!r} cannot be turned into {into or '1'!r}, "
                "which the indicator is in")  # fmt: skip


def _level_faults(rule: Rule, one: Indicator) -> Iterator[Wrong]:
    if rule.levels != Rule.levels and (other := sorted(set(rule.levels) - set(one.levels))):
        listed = ", ".join(one.levels)
        said = Text(f"指标没有层级 {'、'.join(other)}",
                    f"the indicator has no level {', '.join(other)}")  # fmt: skip
        yield stated("levels", said, Text(f"该指标的层级：{listed}", f"its levels: {listed}"))


def _parameter_faults(rule: Rule, one: Indicator) -> Iterator[Wrong]:
    known = {p.name: p for p in one.parameters}
    for name, value in rule.parameters.items():
        said = Text(f"参数 {name} 为 {value!r}", f"parameter {name} is {value!r}")
        if name not in known:
            none = Text(f"指标没有参数 {name}", f"the indicator has no parameter {name}")
            listed = ", ".join(known) or "—"
            wanted = Text(f"该指标的参数：{listed}", f"its parameters: {listed}")
            yield Wrong("parameters", none, wanted,
                        _meant(get_close_matches(name, [*known], n=1), "parameters"))  # fmt: skip
        elif name in one.fixed and not same(value, one.fixed[name]):
            fixed = known[name].shown(one.fixed[name])
            wanted = Text(f"指标 {one.key} 规定的 {fixed}", f"{fixed}, which {one.key} fixes")
            other = Text(f"其他取值用指标 {one.variant_of}。",
                         f"For another value name {one.variant_of}.")  # fmt: skip
            yield Wrong("parameters", said, wanted, other)
        elif not known[name].kind.accepts(value):
            yield stated("parameters", said, known[name].kind.expected)


def _column_faults(rule: Rule) -> Iterator[Wrong]:
    for column in dict.fromkeys([*rule.where, *rule.where_not]):
        lacking = [level for level in rule.levels if column not in columns(rule.indicator, level)]
        if lacking:
            listed = ", ".join(sorted(columns(rule.indicator, lacking[0])))
            said = Text(f"层级 {lacking[0]} 没有可选择的列 {column}",
                        f"level {lacking[0]} has no column {column} to select on")  # fmt: skip
            key = "where" if column in rule.where else "where_not"
            yield stated(key, said, Text(f"其中的列：{listed}", f"one of {listed}"))


def columns(indicator: str, level: Level) -> set[str]:
    """Return the columns rules may select places of a level on.

    Those of the level's layer, and those that our own rules on this indicator select on: they are
    figures of the indicator, such as the day of the hours of sun.
    """
    layer = LAYER_OF.get(level, "units")
    known = {column.name for column in LAYERS[layer].columns} if layer in LAYERS else set()
    told = [rule for rule in _shipped() if rule.indicator == indicator and level in rule.levels]
    return known.union(*({*rule.where, *rule.where_not} for rule in told))


def _contradictions(one: Loaded) -> Iterator[Told]:
    """Yield pairs of rules that no value can both meet."""
    asked = [*zip(in_our_units(one.profile).rules, one.places, strict=True)]
    count = len(asked)
    drafts = replace(one.profile, rules=tuple(rule for rule, _ in one.drafts))
    asked += zip(in_our_units(drafts).rules, (place for _, place in one.drafts), strict=True)
    for n, (rule, place) in enumerate(asked):
        for m, (other, before) in enumerate(asked[:n]):
            if _same_places(rule, other) and _is_empty(rule, other):
                pair = [(rule, place), (other, before)]
                lost = tuple(position for position in (m, n) if position < count)
                yield Told(_contradiction(*sorted(pair, key=lambda p: -p[1].line)), lost)


def _contradiction(one: tuple[Rule, Block], other: tuple[Rule, Block]) -> Fault:
    (rule, place), (first, before) = one, other
    at = f"（第 {before.line} 行）", f" (line {before.line})"
    zh, en = at if before.line else ("（所承方案）", " (of the profile it extends)")
    words = Text(f"与 {first.target_text()}{zh} 矛盾，没有数值能同时满足",
                 f"contradicts {first.target_text()}{en}: no value meets both")  # fmt: skip
    called = f"{rule.indicator} {rule.target_text()}"
    return Fault(place.line_of("target"), words.under(called), _BOTH_MET, _TELL_APART, BOTH)


_BOTH_MET = Text("可同时满足的规则", "rules that one value can meet together")
_TELL_APART = Text(
    "改正其中一条，或用 where、levels、year 分清各管哪里。",
    "Correct one of them, or say with where, levels or year what each is about.",
)


def _same_places(one: Rule, other: Rule) -> bool:
    """Return whether two rules speak of the same places in the same years."""
    same = (one.indicator, one.where, one.where_not, one.year, one.unit, one.parameters) == (
        other.indicator, other.where, other.where_not, other.year, other.unit, other.parameters
    )  # fmt: skip
    first, last = max(_since(one), _since(other)), min(_until(one), _until(other))
    return same and bool({*one.levels} & {*other.levels}) and first <= last


def _since(rule: Rule) -> date:
    return rule.since or date.min


def _until(rule: Rule) -> date:
    return rule.until or date.max


def _is_empty(one: Rule, other: Rule) -> bool:
    """Return whether no number meets both: the ends of either are where one would."""
    if not (one.is_held and other.is_held):
        return False
    ends = [*_ends(one), *_ends(other)]
    near = sorted({*ends, *((a + b) / 2 for a in ends for b in ends), min(ends) - 1, max(ends) + 1})
    return not any(one.met_by(value) and other.met_by(value) for value in near)


def _ends(rule: Rule) -> list[float]:
    return [t + side for t in rule.target for side in (-rule.tolerance, 0.0, rule.tolerance)]


def in_our_units(profile: Profile) -> Profile:
    """Return a profile with every target in the unit of its indicator."""
    known = catalogue.indicators()
    return replace(profile, rules=tuple(_converted(rule, known) for rule in profile.rules))


def _converted(rule: Rule, known: Mapping[str, Indicator]) -> Rule:
    if rule.indicator not in known or not rule.target or rule.never is not None:
        return rule
    unit = known[rule.indicator].unit
    factor = conversion(rule.unit, unit)
    if factor is None:
        return replace(rule, never=cannot_be_turned(rule.unit, unit))
    if factor == 1.0:
        return replace(rule, unit=unit)
    target = tuple(factor * t for t in rule.target)
    return replace(rule, unit=unit, target=target, tolerance=factor * rule.tolerance)
