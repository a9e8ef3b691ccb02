"""What each rule is held against: the plan's parameters, but for those that its clause states.

Sources define one indicator differently (of the built-up area, within 300 m), and a figure of one
definition says nothing of the target of another. So an indicator is measured once more for each
definition that rules state and the plan does not have.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from carbonspace.model.faults import ALL
from carbonspace.model.indicator import Indicator
from carbonspace.model.outcome import Outcome
from carbonspace.model.rule import Profile, Rule

Settings = Mapping[str, Any]
Chosen = Mapping[str, Indicator]
Held = Mapping[str, Profile]


@dataclass(frozen=True)
class Definition:
    """An indicator as clauses define it: what they state that the plan has otherwise.

    `settings` are all of its parameters then, `words` those that are stated, and `profiles` who
    does.
    """

    indicator: str
    words: str
    settings: Settings
    profiles: tuple[str, ...]

    @property
    def name(self) -> str:
        """What tells it from the indicator as the plan has it, and from other definitions."""
        return _named(self.indicator, self.words)


def definitions(chosen: Chosen, settings: Mapping[str, Settings], held: Held) -> list[Definition]:
    """Return the definitions that rules state of indicators, each once, besides the plan's own.

    Parameters
    ----------
    chosen
        Indicators by key.
    settings
        The parameters of each, as the plan has them.
    held
        Profiles in the units of the indicators.
    """
    found: dict[str, Definition] = {}
    for profile in held.values():
        for rule in profile.rules:
            one = chosen.get(rule.indicator)
            stated = differing(rule, one, settings[one.key]) if one and _counts(rule) else {}
            if one is None or not stated:
                continue
            words = words_of(one, stated)
            new = Definition(one.key, words, {**settings[one.key], **stated}, ())
            known = found.setdefault(new.name, new)
            who = dict.fromkeys([*known.profiles, profile.key])
            found[new.name] = replace(known, profiles=(*who,))
    return [*found.values()]


def differing(rule: Rule, one: Indicator, settings: Settings) -> dict[str, Any]:
    """Return what a clause states that is not what `settings` have, as the indicator takes it."""
    kinds = {p.name: p.kind for p in one.parameters}
    others = rule.other_parameters(settings)
    return {name: kinds[name].read(stated) for name, (stated, _) in others.items()}


def words_of(one: Indicator, parameters: Settings) -> str:
    """Return parameters as the tall table tells them: `base = built_up; radius = 500 m`."""
    known = {p.name: p for p in one.parameters}
    return "; ".join(f"{k} = {known[k].shown(v)}" for k, v in sorted(parameters.items()))


def judged_ones(chosen: Chosen, settings: Mapping[str, Settings], held: Held) -> set[str]:
    """Return the names of what some rule is held against: indicators as the plan has them by key.

    Definitions have the name of theirs.
    """
    return {
        _named(key, words_of(chosen[key], differing(rule, chosen[key], settings[key])))
        for profile in held.values()
        for rule in profile.rules
        if rule.is_held and (key := rule.indicator) in chosen
    }


def with_definitions(
    outcomes: Iterable[Outcome], stated: Iterable[Definition], found: Mapping[str, Outcome]
) -> list[Outcome]:
    """Return outcomes with what their indicators come to as rules define them."""
    others: dict[str, dict[str, Outcome]] = {}
    for one in stated:
        others.setdefault(one.indicator, {})[one.words] = found[one.name]
    return [replace(o, otherwise=others.get(o.indicator.key, {})) for o in outcomes]


def agreed(
    outcome: Outcome, stated: Iterable[Definition], held: Held, given: Mapping[str, Settings],
    settings: Settings,
) -> Definition | None:  # fmt: skip
    """Return the definition that the figure of an indicator is given with, if not the plan's own.

    It is one that all rules about the indicator state, of which the plan says nothing, and that can
    be measured on it. `given` are the parameters of the plan by indicator or `all`.
    """
    key, one = outcome.indicator.key, outcome.indicator
    rules = [r for p in held.values() for r in p.rules if r.indicator == key and _counts(r)]
    said = [differing(rule, one, settings) for rule in rules]
    words = {words_of(one, each) for each in said}
    mine = [each for each in stated if each.indicator == key]
    if len(words) != 1 or not mine or _given(key, given) & said[0].keys():
        return None
    return mine[0] if outcome.otherwise[mine[0].words].reading is not None else None


def _counts(rule: Rule) -> bool:
    """Tell whether it matters what a rule's figure is measured with: it is held, or says so."""
    return bool(rule.levels) and rule.never is None and (rule.is_held or bool(rule.parameters))


def _given(key: str, given: Mapping[str, Settings]) -> Collection[str]:
    return {*given.get(ALL, {}), *given.get(key, {})}


def _named(key: str, words: str) -> str:
    return f"{key} [{words}]" if words else key
