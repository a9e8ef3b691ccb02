"""The clauses that two plans are held against: what each is called, and which are not the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import zip_longest

from carbonspace.comparison.figures import Clauses
from carbonspace.comparison.sides import Side
from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Text

_NONE = "—"
_NAMED = ("profile", "indicator", "source", "applies_to", "where", "where_not")
_TOLD = ("comparator", "target", "unit")


def clauses_of(one: Side, other: Side) -> Clauses:
    """Return what the rules of the profiles are called that both plans were held against."""
    common = [key for key in one.run["profiles"] if key in other.run["profiles"]]
    known = {key for key in common if key in one.profiles and key in other.profiles}
    return {key: (_names(one.profiles[key]), _names(other.profiles[key])) if key in known
            else ((), ()) for key in common}  # fmt: skip


def _names(profile: Profile) -> list[Text]:
    return [name_of(rule) for rule in profile.rules]


def name_of(rule: Rule) -> Text:
    """Return where a rule is from, the year of it, and what it applies to."""
    year = f" ({rule.year})" if rule.year else ""
    return Text(f"{rule.source}{year}：{rule.applies_to.zh}",
                f"{rule.source}{year}: {rule.applies_to.en}")  # fmt: skip


def differing(mine: Sequence[Rule], yours: Sequence[Rule]) -> Iterator[tuple[Rule, str, str]]:
    """Yield a rule of either list that is not the same in the other, and what it is in each.

    A rule that does not hold on the day speaks of no level: it is as if it were not there.
    """
    for one, other in _pairs(_held(mine), _held(yours)):
        if one != other:
            rule = one or other
            assert rule is not None
            yield rule, _shown(one, other), _shown(other, one)


def _held(rules: Sequence[Rule]) -> list[Rule]:
    return [rule for rule in rules if rule.levels]


def _pairs(
    mine: Sequence[Rule], yours: Sequence[Rule]
) -> Iterator[tuple[Rule | None, Rule | None]]:
    """Yield rules of one name side by side: first those that are alike, the others in order."""
    first, second = _by_name(mine), _by_name(yours)
    for name in dict.fromkeys([*first, *second]):
        ones, others = first.get(name, []), second.get(name, [])
        alike = [rule for rule in ones if rule in others]
        yield from zip_longest([rule for rule in ones if rule not in alike],
                               [rule for rule in others if rule not in alike])  # fmt: skip


def _by_name(rules: Sequence[Rule]) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        found.setdefault(repr([getattr(rule, name) for name in _NAMED]), []).append(rule)
    return found


def _shown(rule: Rule | None, other: Rule | None) -> str:
    """Return the target of a rule; where it is that of the other one, what differs."""
    if rule is None:
        return _NONE
    target = f"{rule.target_text()} {rule.unit}".strip() or _NONE
    if other is None or any(getattr(rule, name) != getattr(other, name) for name in _TOLD):
        return target
    more = [f"{one.name} {_plain(getattr(rule, one.name))}" for one in fields(rule)
            if getattr(rule, one.name) != getattr(other, one.name)]  # fmt: skip
    return f"{target} ({'; '.join(more)})"


def _plain(value: object) -> str:
    if isinstance(value, Text):
        return value.en
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(one)}" for key, one in value.items()) or _NONE
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or _NONE
    return _NONE if value in (None, "") else str(value)
