"""Which rules hold on a day: what is in force, and of a staged target the stage that is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Text


def on_day(profile: Profile, day: date | None) -> Profile:
    """Return a profile as it holds on a day; without a day every rule stays, whatever its dates.

    A rule is in force from `since` to `until`, both included. A target of a year falls due on the
    last day of it and holds until the next stage falls due; of stages to come the first is kept,
    and not held before its time. What is not in force is no stage. The others keep their places
    among the rules and have no level they speak of.
    """
    if day is None:
        return profile
    then = dict(rules_on(profile.rules, day))
    silent = (then.get(n) or replace(rule, levels=()) for n, rule in enumerate(profile.rules))
    return replace(profile, rules=tuple(silent))


def rules_on(rules: Sequence[Rule], day: date) -> Iterator[tuple[int, Rule]]:
    """Yield the rules that hold on a day, each with its position among all."""
    there = [(n, rule) for n, rule in enumerate(rules) if _in_force(rule, day)]
    stages: dict[object, set[int]] = defaultdict(set)
    for _, rule in there:
        if rule.year is not None:
            stages[_same(rule)].add(rule.year)
    for n, rule in there:
        if rule.year is None:
            yield n, rule
        elif rule.year == _stage(stages[_same(rule)], day):
            yield n, rule if _due(rule.year) <= day else _not_due(rule, rule.year, day)


def _in_force(rule: Rule, day: date) -> bool:
    begun = rule.since is None or rule.since <= day
    return begun and (rule.until is None or day <= rule.until)


def _same(rule: Rule) -> object:
    """Return what the stages of one target have in common."""
    selections = (tuple(sorted(rule.where.items())), tuple(sorted(rule.where_not.items())))
    return rule.indicator, rule.levels, selections, rule.comparator in ("<", "<=")


def _stage(years: set[int], day: date) -> int:
    due = [year for year in years if _due(year) <= day]
    return max(due) if due else min(years)


def _due(year: int) -> date:
    return date(year, 12, 31)


def _not_due(rule: Rule, year: int, day: date) -> Rule:
    if rule.never is not None:
        return rule
    return replace(rule, never=Text(
        f"目标于 {year} 年底到期，{day} 尚未到期，不作判定",
        f"falls due at the end of {year}, after {day}: nothing is judged yet",
    ))  # fmt: skip
