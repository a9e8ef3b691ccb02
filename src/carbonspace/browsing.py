"""What is asked of the catalogue: indicators and thresholds that fit, and one of them explained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import NamedTuple, get_args

from carbonspace import catalogue
from carbonspace.errors import InputError, UnknownNameError
from carbonspace.model.indicator import Indicator
from carbonspace.model.levels import Level
from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Text
from carbonspace.model.theme import THEMES
from carbonspace.profiles import profile_keys
from carbonspace.rulebook import rule_file_faults, rulebook

STATUSES = ("verified", "unverified", "partial", "memory", "never")
"""What a threshold can be asked for: how sure it is, or never held."""


@dataclass(frozen=True)
class Asked:
    """What indicators and thresholds must fit; an empty tuple asks nothing."""

    keys: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    words: tuple[str, ...] = field(default=())
    on: date | None = None

    @property
    def is_about_rules(self) -> bool:
        """Return whether only thresholds can answer."""
        return bool(self.profiles or self.statuses or self.on)


class Found(NamedTuple):
    """The indicators and the thresholds that fit."""

    indicators: tuple[Indicator, ...]
    rules: tuple[Rule, ...]


def found(asked: Asked) -> Found:
    """Return what fits everything asked for; profiles may be files of a city's own rules.

    An indicator fits a question about rules where one of its rules does. The words must all be
    in what is said of an indicator or threshold, in either language.

    Raises
    ------
    UnknownNameError
        For an indicator, profile, theme or level that does not exist.
    """
    known = catalogue.indicators()
    everything = [r for one in _profiles(asked).values() for r in one.rules if r.levels]
    _refuse_unknown(asked, {*known, *(rule.indicator for rule in everything)})
    rules = tuple(rule for rule in everything if _fits(rule, asked, known[rule.indicator]))
    named = {rule.indicator for rule in rules}
    mine = tuple(
        one for one in known.values()
        if _is_asked(one, asked) and (one.key in named or not asked.is_about_rules)
    )  # fmt: skip
    return Found(mine, rules)


def explained(key: str, on: date | None = None) -> Found:
    """Return an indicator with all its thresholds, or a profile's thresholds.

    Raises
    ------
    UnknownNameError
        If neither an indicator nor a profile is called so.
    """
    if key in profile_keys() or key.endswith(".toml"):
        (profile,) = _whole([key], on).values()
        return Found((), tuple(rule for rule in profile.rules if rule.levels))
    return found(Asked(indicators=(key,), on=on))._replace(
        indicators=tuple(one for one in catalogue.indicators().values() if one.key == key)
    )


def _profiles(asked: Asked) -> dict[str, Profile]:
    return _whole(asked.profiles or profile_keys(), asked.on)


def _whole(keys: Sequence[str], on: date | None) -> dict[str, Profile]:
    """Return profiles; a file of rules with a fault is told and not listed without what it has."""
    if faults := rule_file_faults(keys):
        raise InputError(faults)
    return rulebook(keys, on=on)


def _refuse_unknown(asked: Asked, known: set[str]) -> None:
    for key in asked.indicators:
        if key not in known:
            raise UnknownNameError(
                f"no indicator or profile is called {key}; `carbonspace catalog` lists all",
                f"没有指标或阈值方案 {key}；`carbonspace catalog` 列出全部",
            )
    _refuse_other(asked.themes, THEMES, Text("主题", "theme"))
    _refuse_other(asked.levels, get_args(Level), Text("层级", "level"))


def _refuse_other(asked: Sequence[str], known: Iterable[str], what: Text) -> None:
    """Raise that a name is none of those there are, with the near one."""
    names = [*known]
    for name in (one for one in asked if one not in names):
        near, listed = get_close_matches(name, names, n=1), ", ".join(names)
        zh, en = (f"；是否应为 {near[0]}？", f"; did you mean {near[0]}?") if near else ("", "")
        raise UnknownNameError(f"no {what.en} {name!r}{en} There are: {listed}" if near else
                               f"no {what.en} {name!r}; there are: {listed}",
                               f"没有{what.zh} {name!r}{zh}有：{listed}" if near else
                               f"没有{what.zh} {name!r}；有：{listed}")  # fmt: skip


def _is_asked(one: Indicator, asked: Asked) -> bool:
    return (
        (not asked.themes or one.theme in asked.themes)
        and (not asked.indicators or one.key in asked.indicators)
        and (not asked.levels or bool({*one.levels} & {*asked.levels}))
        and _has(asked.words, one.key, *one.title, *one.definition, one.source)
    )


def _fits(rule: Rule, asked: Asked, one: Indicator) -> bool:
    return (
        (not asked.themes or one.theme in asked.themes)
        and (not asked.indicators or rule.indicator in asked.indicators)
        and (not asked.levels or bool({*rule.levels} & {*asked.levels}))
        and (not asked.statuses or bool({*_statuses(rule)} & {*asked.statuses}))
        and _has(
            asked.words,
            rule.indicator,
            rule.profile,
            rule.source,
            rule.quotation,
            *rule.applies_to,
            *one.title,
        )
    )


def _statuses(rule: Rule) -> Sequence[str]:
    return (
        rule.evidence,
        *(() if rule.is_verified else ("unverified",)),
        *(("never",) if rule.never else ()),
    )


def _has(words: tuple[str, ...], *texts: str) -> bool:
    everything = " ".join(texts).casefold()
    return all(word.casefold() in everything for word in words)
