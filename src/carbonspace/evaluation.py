"""The whole life of an assessment on one screen: prepare, measure, judge, account."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from carbonspace import catalogue
from carbonspace.areas import walks_to
from carbonspace.assessing import LEDGER, assessed
from carbonspace.city import city_of
from carbonspace.clauses import (
    definitions,
)
from carbonspace.crew import Crew
from carbonspace.errors import InputError, UnknownNameError
from carbonspace.exemptions import days_of, ends_told, place_faults
from carbonspace.indicators.amounts import AMOUNTS
from carbonspace.inquiry import Inquiry
from carbonspace.measuring import FEATURES_PER_PART, KEPT_FEATURES, Question
from carbonspace.memory import given_back, sparing
from carbonspace.model.assessment import LARGE, Assessment
from carbonspace.model.faults import (
    exemption_faults,
    name_faults,
    parameter_faults,
    tolerance_faults,
)
from carbonspace.model.finding import Finding
from carbonspace.model.indicator import Indicator
from carbonspace.model.maps import Maps, Walks
from carbonspace.model.outcome import Outcome
from carbonspace.model.plan import Plan
from carbonspace.model.progress import Progress, Step, nobody, share
from carbonspace.model.text import Text
from carbonspace.past.derived import Derived
from carbonspace.past.memory import Memory
from carbonspace.premises import premises
from carbonspace.prepare import prepare
from carbonspace.profiles import profile_keys
from carbonspace.profiles.loader import FILE, key_of
from carbonspace.reasons import refuse_if_nothing_is_left
from carbonspace.reported import by_level, figure_faults, unit_faults, usable
from carbonspace.robustness import Scope, outcomes_of
from carbonspace.rulebook import day_notes, rule_file_faults, rulebook
from carbonspace.settings import all_settings, settings_of, with_parameters

_PREPARING, _MEASURING = (0.0, 0.15), (0.15, 0.82)
"""Which share of the work each stage is expected to be."""


def evaluate(
    plan: Plan,
    indicators: Iterable[str] | None = None,
    profiles: Iterable[str] | None = None,
    units: Iterable[str] | None = None,
    *,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    on: date | None = None,
    workers: int | None = None,
    part_features: int = FEATURES_PER_PART,
    progress: Progress = nobody,
    memory: Memory | None = None,
) -> Assessment:
    """Compute indicators for the units of a plan and hold them against profiles.

    A rule of a city's own, a file of them or a reported figure that cannot be used is left out, and
    an error among the findings of what is returned says so.

    Parameters
    ----------
    plan
        As read by `read_plan`, or built from GeoDataFrames with canonical columns.
    indicators, profiles
        Keys; None means what the plan names, and where it names nothing, every indicator.
    units
        Ids of the units to compute; None means all, and the city. Some units are computed from
        what lies within reach of them alone: their numbers are those of the whole run, bit for
        bit, and there is nothing of the city: no row, no ledger, no indicator that has no units.
        A district has rows where all of its units are asked for.
    parameters
        Values by indicator (or "all") and name, on top of the plan's own. What is given for one
        indicator goes before what is given for all.
    on
        The day whose rules hold: what was in force, and of a target in stages the one due. None
        means the day the plan states (`on`), and where it states none, every rule there is, and
        every stage. Exemptions that ended before the day do not hold; where no day is stated,
        before today: a finding tells so, and `run["exemptions_on"]` is the day that was taken.
    workers
        How many threads measure; None means one for each core. No number depends on it.
    part_features
        About how many features are measured at a time; fewer need less memory. No number
        depends on it.
    progress
        Called with a `Step` as each part of the work begins.
    memory
        What an earlier evaluation left, by this program: units within reach of nothing that has
        changed since are not measured again. No number depends on it.

    Raises
    ------
    InputError
        With every fault of the plan's names and parameters, or of its data.
    UnknownNameError
        For an indicator, profile or unit asked for here that does not exist.
    """
    sparing()
    asked = inquiry_of(plan, indicators, profiles, parameters, on, city=units is None)
    found = answered(asked, units, workers=workers, part_features=part_features,
                     progress=progress, memory=memory)  # fmt: skip
    progress(Step(Text("对照阈值", "Holding values against thresholds"), _MEASURING[1], 1.0))
    return assessed(asked, found.prepared, found.everything, found.seconds, found.scope)


class Answered(NamedTuple):
    """A plan as prepared, and what each question came to in it, with the seconds it took."""

    prepared: Plan
    everything: Mapping[str, Outcome]
    seconds: Mapping[str, float]
    scope: Scope


def answered(
    asked: Inquiry, units: Iterable[str] | None = None, *, workers: int | None = None,
    part_features: int = FEATURES_PER_PART, progress: Progress = nobody,
    memory: Memory | None = None,
) -> Answered:  # fmt: skip
    """Prepare the plan of an inquiry and answer its questions; the options are as of `evaluate`.

    Raises
    ------
    InputError, UnknownNameError
        As `evaluate`.
    """
    crew = Crew(workers)
    once = Derived() if memory is None else memory.derived
    prepared = prepare(asked.plan, progress=share(progress, *_PREPARING), crew=crew, once=once)
    prepared = _ready(prepared, asked, memory)
    questions = asked.questions(prepared)
    scope = Scope(wanted_of(prepared, units), city_of(prepared) if units is None else None, crew,
                  part_features, kept_of(prepared.features, asked.chosen, asked.judged), memory,
                  once=once)  # fmt: skip
    amounts = amounts_of(prepared.layers) if scope.city else {}
    everything, seconds = outcomes_of(
        prepared, {**amounts, **questions}, raw=asked.plan,
        judged=asked.judged & set(questions), scope=scope, progress=share(progress, *_MEASURING),
    )  # fmt: skip
    return Answered(prepared, everything, {key: seconds[key] for key in questions}, scope)


def inquiry_of(
    plan: Plan,
    indicators: Iterable[str] | None = None,
    profiles: Iterable[str] | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    on: date | None = None,
    *,
    city: bool,
) -> Inquiry:
    """Return what is asked of a plan: see `evaluate`; of units alone where not of the city.

    Raises
    ------
    InputError, UnknownNameError
        As `evaluate`.
    """
    plan, days = with_parameters(plan, parameters), days_of(plan.settings.on if on is None else on)
    _refuse_faults(plan)
    keys = [*(plan.profiles if profiles is None else profiles)]
    plan, told = _without_faults(plan, keys)
    chosen = _chosen(plan, indicators, city=city)
    held = rulebook(keys, on=days.stated)
    settings = all_settings(chosen, plan)
    return Inquiry(plan, told, chosen, held, settings, definitions(chosen, settings, held), days)


def _without_faults(plan: Plan, keys: Sequence[str]) -> tuple[Plan, list[Finding]]:
    """Return the plan without reported figures at fault, and what is wrong with them and rules."""
    known = catalogue.indicators()
    told = [*rule_file_faults(keys), *figure_faults(plan.reported, known)]
    return replace(plan, reported=usable(plan.reported, known)), told


def _chosen(plan: Plan, asked: Iterable[str] | None, *, city: bool) -> dict[str, Indicator]:
    """Return the indicators asked for, by key; those of units only where the city is not asked."""
    chosen = by_level(catalogue.choose(plan.indicators if asked is None else asked), plan.reported)
    return {key: one for key, one in chosen.items() if city or "unit" in one.levels}


def _ready(prepared: Plan, asked: Inquiry, memory: Memory | None = None) -> Plan:
    """Return a prepared plan with what is to be said of it because of what is asked.

    Raises
    ------
    InputError
        With what it says of places that it does not have, or where nothing can be measured.
    """
    given_back()
    refuse_if_nothing_is_left(asked.chosen.values(), prepared)
    told = [*asked.told, *unit_faults(prepared)]
    if faults := [*place_faults(prepared)]:
        raise InputError([*faults, *told, *prepared.findings])
    prepared = replace(prepared, findings=(*told, *prepared.findings))
    return _with_premises(prepared, asked, memory)


def walked_to(
    plan: Plan, goals: Iterable[str], maps: Maps | None = None, *, progress: Progress = nobody
) -> tuple[Walks, ...]:
    """Return from where goals can be walked to in a plan; no indicator is measured.

    Parameters
    ----------
    plan
        As for `evaluate`.
    goals
        What is walked to: `parks`, `stations`, `bus_stops`, or a type of facility. It is asked as
        the first indicator of it does, with the parameters the plan gives.
    maps
        The limits, and how wide the ground along streets is; None means what the plan says.

    Raises
    ------
    InputError
        With every fault of the plan's names and parameters, or of its data.
    UnknownNameError, MissingLayerError, MissingColumnError, UnstatedError
        As `carbonspace.areas.walks_to`.
    """
    sparing()
    _refuse_faults(plan)
    asked = [(one, settings_of(one, plan.parameters)) for one in catalogue.indicators().values()]
    prepared = prepare(plan, progress=share(progress, 0.0, 0.5), crew=Crew(None))
    tell = share(progress, 0.5, 1.0)
    return walks_to(prepared, goals, asked, maps or prepared.maps, progress=tell)


def amounts_of(layers: Collection[str]) -> dict[str, Question]:
    """Return the questions of the ledger that a plan with these layers can answer."""
    return {f"{LEDGER}{key}": Question(one, {}) for key, one in AMOUNTS.items()
            if {*one.layers} <= {*layers}}  # fmt: skip


def kept_of(features: int, chosen: Collection[str], judged: Collection[str]) -> Collection[str]:
    """Return the indicators whose evidence is kept: as a rule what `auto` writes out."""
    if features <= LARGE:
        return chosen
    return judged if features <= KEPT_FEATURES else ()


def _refuse_faults(plan: Plan) -> None:
    """Raise what is wrong with a plan, its data, too, where it cannot be measured without that."""
    if any(one.refuses for one in plan_faults(plan)):
        checked(plan)


def plan_faults(plan: Plan) -> list[Finding]:
    """Return every fault of the indicators, profiles and parameters that a plan names."""
    known = catalogue.indicators()
    return [
        *name_faults("indicators", plan.indicators, known),
        *name_faults(
            "profiles", (k for k in plan.profiles if not k.endswith(FILE)), profile_keys()
        ),
        *rule_file_faults(plan.profiles),
        *parameter_faults(plan.parameters, known),
        *tolerance_faults(plan.settings.position_tolerance),
        *figure_faults(plan.reported, known),
        *exemption_faults(
            plan.exemptions,
            by_level(known, plan.reported),
            {*profile_keys(), *map(key_of, plan.profiles)},
        ),
    ]


def checked(plan: Plan, *, on: date | None = None) -> Plan:
    """Return the plan prepared, having looked at all that can be wrong with it.

    Rules, profiles and reported figures that are left out are among the findings, as errors.
    Where a day is given, here or by the plan, how many rules hold on it is among the findings.

    Raises
    ------
    InputError
        With every fault of the plan's names and parameters and of its data, at once, where it
        cannot be measured without what is at fault.
    """
    faults = plan_faults(plan)
    try:
        prepared = prepare(plan)
    except InputError as error:
        raise InputError([*faults, *error.findings]) from error
    if any(one.refuses for one in faults):
        raise InputError([*faults, *place_faults(prepared), *unit_faults(prepared),
                          *prepared.findings])  # fmt: skip
    chosen = catalogue.choose(plan.indicators)
    settings = all_settings(chosen, plan)
    days = days_of(plan.settings.on if on is None else on)
    told = day_notes(plan.profiles, days.stated) if days.stated else []
    prepared = replace(prepared, findings=(*prepared.findings, *told))
    held = rulebook(plan.profiles, on=days.stated)
    others = definitions(chosen, settings, held)
    return _ready(prepared, Inquiry(plan, faults, chosen, held, settings, others, days))


def _with_premises(plan: Plan, asked: Inquiry, memory: Memory | None) -> Plan:
    """Return the plan with what is to be said because of the indicators that are chosen."""
    taken = [(one, asked.settings[key]) for key, one in asked.chosen.items()]
    taken += [(asked.chosen[one.indicator], one.settings) for one in asked.others]
    more = premises(plan, taken, **({"once": memory.once} if memory else {}))
    ended = ends_told(plan.exemptions, asked.days)
    return replace(plan, findings=(*plan.findings, *ended, *more))


def wanted_of(plan: Plan, asked: Iterable[str] | None) -> pd.Index:
    """Return the ids of the units asked for, in the plan's order.

    Raises
    ------
    UnknownNameError
        The plan has no such unit.
    """
    known = plan.layers["units"].index
    if asked is None:
        return known
    keys = set(asked)
    if unknown := sorted(key for key in keys if key not in known):
        listed = ", ".join(unknown)
        raise UnknownNameError(f"the plan has no unit {listed}", f"规划中没有单元 {listed}")
    return known[known.isin(keys)]
