"""Profiles as the indicators there are can be held against: names, units, levels, days checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from carbonspace import catalogue
from carbonspace.errors import InputError, SourceError
from carbonspace.model.dimension import conversion, dimension, near_unit
from carbonspace.model.finding import Finding
from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS
from carbonspace.model.levels import LAYER_OF, Level
from carbonspace.model.rule import Profile, Rule, same
from carbonspace.model.text import Text
from carbonspace.profiles import loaded, on_day, profile_keys
from carbonspace.profiles.faults import Fault, finding, refusal
from carbonspace.profiles.loader import FILE, Loaded, key_of

_BY_DATES = Text("按条文的日期", "what the dates of the clauses say")


def rulebook(keys: Iterable[str], *, on: date | None = None) -> dict[str, Profile]:
    """Return the profiles called `keys` as they hold on a day, by key, in the order given.

    A key ending in `.toml` is a file of a city's own rules. Targets are in the unit of their
    indicator.

    Raises
    ------
    UnknownNameError
        If there is no profile of one of these names.
    SourceError, InputError
        If a file cannot be read, or with every fault of it.
    """
    keys = [*keys]
    if twins := [*_twins(keys)]:
        raise InputError(twins)
    held = [_sound(one) if one.is_file else one.whole() for one in map(loaded, keys)]
    return {one.key: on_day(_in_our_units(one), on) for one in held}


def rule_file_faults(keys: Iterable[str]) -> list[Finding]:
    """Return every fault of the files of rules among `keys`; other names are not looked at."""
    keys = [*keys]
    found = [*_twins(keys)]
    for key in keys:
        if key.endswith(FILE):
            try:
                _sound(loaded(key))
            except InputError as error:
                found += error.findings
            except SourceError as error:
                words = Text(error.zh, str(error))
                found.append(finding(key, Fault(0, words)))
    return found


def _twins(keys: Iterable[str]) -> Iterator[Finding]:
    """Yield the files of rules whose name another profile has: verdicts could not be told apart."""
    first: dict[str, str] = {}
    for key in keys:
        name = key_of(key)
        if first.setdefault(name, key) != key:
            words = Text(
                f"名称 {name} 与另一阈值方案相同", f"another profile is called {name}, too"
            )
            rename = Text("将该文件改名。", "Give the file another name.")
            told = finding(Path(key).name, Fault(0, words))
            yield replace(told, action=rename)


def day_notes(keys: Iterable[str], day: date) -> list[Finding]:
    """Return for each profile how many of its rules hold on a day, and how many are not due."""
    every, then = rulebook(keys), rulebook(keys, on=day)
    found = []
    for key, profile in then.items():
        pairs = [*zip(every[key].rules, profile.rules, strict=True)]
        waiting = sum(bool(now.levels) and was.never is not now.never for was, now in pairs)
        held, count = sum(bool(now.levels) for _, now in pairs) - waiting, len(pairs)
        what = Text(f"{profile.title.zh}：按 {day} 取用阈值",
                    f"{profile.title.en}: rules as they hold on {day}")  # fmt: skip
        said = Text(f"{count} 条中 {held} 条有效，{waiting} 条尚未到期",
                    f"of {count} rules {held} hold and {waiting} are not due yet")  # fmt: skip
        nothing = Text("无需处理。", "Nothing need be done.")
        found.append(Finding("note", "plan", what, said, _BY_DATES, nothing))
    return found


@cache
def _shipped() -> tuple[Rule, ...]:
    return tuple(rule for key in profile_keys() for rule in loaded(key).profile.rules)


def _sound(one: Loaded) -> Profile:
    faults = [*one.faults, *_contradictions(one)]
    faults += [Fault(line, words.under(f"{rule.indicator} {rule.target_text()}".strip()))
              for rule, line in zip(one.profile.rules, one.lines, strict=True)
              for words in _rule_faults(rule)]  # fmt: skip
    if faults:
        raise refusal(one.name, faults)
    return one.profile


def _rule_faults(rule: Rule) -> Iterator[Text]:
    """Yield what is wrong with a rule in the light of the indicators there are."""
    known = catalogue.indicators()
    one = known.get(rule.indicator)
    if one is not None:
        yield from _unit_faults(rule, one)
        yield from _level_faults(rule, one)
        yield from _parameter_faults(rule, one)
        yield from _column_faults(rule)
    else:
        near = get_close_matches(rule.indicator, [*known], n=1)
        ask = (f"；是否应为 {near[0]}？", f"; did you mean {near[0]}?") if near else ("", "")
        yield Text(f"没有指标 {rule.indicator}{ask[0]}", f"no such indicator{ask[1]}")


def _unit_faults(rule: Rule, one: Indicator) -> Iterator[Text]:
    if not rule.target or rule.never is not None:
        return
    if dimension(rule.unit) is None:
        yield _unknown_unit(rule.unit)
    elif conversion(rule.unit, one.unit) is None:
        yield _cannot_be_turned(rule.unit, one.unit)


def _unknown_unit(unit: str) -> Text:
    near = near_unit(unit)
    ask = (f"；是否应为 {near}？单位符号区分大小写",
           f"; did you mean {near}? Symbols tell case apart") if near else ("", "")  # fmt: skip
    return Text(f"未知的单位 {unit!r}{ask[0]}", f"unknown unit {unit!r}{ask[1]}")


def _cannot_be_turned(unit: str, into: str) -> Text:
    return Text(f"单位 {unit or '1'!r} 与指标的单位 {into or '1'!r} 不能换算",
                f"unit {unit or '1'!r} cannot be turned into {into or '1'!r}, "
                "which the indicator is in")  # fmt: skip


def _level_faults(rule: Rule, one: Indicator) -> Iterator[Text]:
    if rule.levels != Rule.levels and (other := sorted(set(rule.levels) - set(one.levels))):
        listed = ", ".join(one.levels)
        yield Text(f"指标没有层级 {'、'.join(other)}；有：{listed}",
                   f"the indicator has no level {', '.join(other)}; it has {listed}")  # fmt: skip


def _parameter_faults(rule: Rule, one: Indicator) -> Iterator[Text]:
    known = {p.name: p for p in one.parameters}
    for name, value in rule.parameters.items():
        if name not in known:
            yield Text(f"指标没有参数 {name}", f"the indicator has no parameter {name}")
        elif name in one.fixed and not same(value, one.fixed[name]):
            fixed = known[name].shown(one.fixed[name])
            yield Text(f"参数 {name} 为 {value!r}，而指标 {one.key} 规定为 {fixed}；"
                       f"其他取值用指标 {one.variant_of}",
                       f"parameter {name} is {value!r}, but {one.key} fixes {fixed}; "
                       f"for another value name {one.variant_of}")  # fmt: skip
        elif not known[name].kind.accepts(value):
            expected = known[name].kind.expected
            yield Text(f"参数 {name} 为 {value!r}，应为{expected.zh}",
                       f"parameter {name} is {value!r}, expected {expected.en}")  # fmt: skip


def _column_faults(rule: Rule) -> Iterator[Text]:
    for column in dict.fromkeys([*rule.where, *rule.where_not]):
        lacking = [level for level in rule.levels if column not in columns(rule.indicator, level)]
        if lacking:
            listed = ", ".join(sorted(columns(rule.indicator, lacking[0])))
            yield Text(f"层级 {lacking[0]} 没有可选择的列 {column}；有：{listed}",
                       f"level {lacking[0]} has no column {column} to select on; "
                       f"it has {listed}")  # fmt: skip


def columns(indicator: str, level: Level) -> set[str]:
    """Return the columns rules may select places of a level on.

    Those of the level's layer, and those that our own rules on this indicator select on: they are
    figures of the indicator, such as the day of the hours of sun.
    """
    layer = LAYER_OF.get(level, "units")
    known = {column.name for column in LAYERS[layer].columns} if layer in LAYERS else set()
    told = [rule for rule in _shipped() if rule.indicator == indicator and level in rule.levels]
    return known.union(*({*rule.where, *rule.where_not} for rule in told))


def _contradictions(one: Loaded) -> Iterator[Fault]:
    """Yield pairs of rules that no value can both meet."""
    rules = [*zip(_in_our_units(one.profile).rules, one.lines, strict=True)]
    for n, (rule, line) in enumerate(rules):
        for other, before in rules[:n]:
            if _same_places(rule, other) and _is_empty(rule, other):
                where = Text(f"（第 {before} 行）", f" (line {before})") if before else Text("", "")
                words = Text(
                    f"与 {other.target_text()}{where.zh} 矛盾，没有数值能同时满足",
                    f"contradicts {other.target_text()}{where.en}: no value meets both",
                )
                name = f"{rule.indicator} {rule.target_text()}"
                yield Fault(line, words.under(name))


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


def _in_our_units(profile: Profile) -> Profile:
    """Return a profile with every target in the unit of its indicator."""
    known = catalogue.indicators()
    return replace(profile, rules=tuple(_converted(rule, known) for rule in profile.rules))


def _converted(rule: Rule, known: Mapping[str, Indicator]) -> Rule:
    if rule.indicator not in known or not rule.target or rule.never is not None:
        return rule
    unit = known[rule.indicator].unit
    factor = conversion(rule.unit, unit)
    if factor is None:
        return replace(rule, never=_cannot_be_turned(rule.unit, unit))
    if factor == 1.0:
        return replace(rule, unit=unit)
    target = tuple(factor * t for t in rule.target)
    return replace(rule, unit=unit, target=target, tolerance=factor * rule.tolerance)
