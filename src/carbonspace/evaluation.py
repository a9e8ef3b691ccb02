"""The whole life of an assessment on one screen: prepare, measure, judge, account."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from carbonspace import catalogue
from carbonspace.account import account_of
from carbonspace.areas import walks_of, walks_to
from carbonspace.city import city_of, districts_of
from carbonspace.clauses import (
    Definition,
    agreed,
    definitions,
    judged_ones,
    with_definitions,
)
from carbonspace.crew import Crew
from carbonspace.errors import InputError, UnknownNameError
from carbonspace.exemptions import Days, days_of, ends_told, excused_in, marked, place_faults
from carbonspace.indicators.amounts import AMOUNTS
from carbonspace.judge import tall_table
from carbonspace.ledger import NO_LEDGER, conservation
from carbonspace.measuring import FEATURES_PER_PART, KEPT_FEATURES, Question
from carbonspace.memory import given_back, sparing
from carbonspace.model.assessment import LARGE, Assessment
from carbonspace.model.faults import (
    exemption_faults,
    name_faults,
    parameter_faults,
    tolerance_faults,
)
from carbonspace.model.finding import Finding, findings_table
from carbonspace.model.indicator import Indicator
from carbonspace.model.maps import Maps, Walks
from carbonspace.model.measure import Measure
from carbonspace.model.once import Derived
from carbonspace.model.outcome import Outcome
from carbonspace.model.plan import Plan
from carbonspace.model.progress import Progress, Step, nobody, share
from carbonspace.model.rule import Profile
from carbonspace.model.text import Text
from carbonspace.past.memory import Memory
from carbonspace.premises import premises
from carbonspace.prepare import prepare
from carbonspace.profiles import profile_keys
from carbonspace.profiles.loader import FILE, key_of
from carbonspace.reasons import refuse_if_nothing_is_left
from carbonspace.reported import by_level, figure_faults, outcome_of, unit_faults, usable
from carbonspace.robustness import Scope, outcomes_of
from carbonspace.rulebook import day_notes, rule_file_faults, rulebook
from carbonspace.settings import Settings, all_settings, settings_of, with_parameters

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
    plan, days = with_parameters(plan, parameters), days_of(plan.settings.on if on is None else on)
    _refuse_faults(plan)
    keys = [*(plan.profiles if profiles is None else profiles)]
    plan, told = _without_faults(plan, keys)
    chosen = _chosen(plan, indicators, city=units is None)
    held = rulebook(keys, on=days.stated)
    settings = all_settings(chosen, plan)
    others = definitions(chosen, settings, held)
    crew = Crew(workers)
    once = Derived().once if memory is None else memory.derived.once
    prepared = prepare(plan, progress=share(progress, *_PREPARING), crew=crew, once=once)
    prepared = _ready(prepared, told, chosen, settings, others, days, memory)
    asked = _asked(prepared, chosen, settings, others, days.day)
    judged = judged_ones(chosen, settings, held)
    scope = Scope(_wanted(prepared, units), city_of(prepared) if units is None else None, crew,
                  part_features, _kept(prepared, chosen, judged), memory, once=once)  # fmt: skip
    everything, seconds = outcomes_of(
        prepared, {**(_amounts(prepared) if scope.city else {}), **asked}, raw=plan,
        judged=judged & set(asked), scope=scope, progress=share(progress, *_MEASURING),
    )  # fmt: skip
    outcomes = _with_reported(everything, asked, chosen, plan, scope)
    outcomes, settings = _as_agreed(with_definitions(outcomes, others, everything), settings,
                                    others, held, plan)  # fmt: skip
    progress(Step(Text("对照阈值", "Holding values against thresholds"), _MEASURING[1], 1.0))
    measures = _measures(outcomes)
    return Assessment(
        plan=prepared,
        table=_table(prepared, outcomes, held, settings, scope, days.day),
        indicators=chosen,
        measures=measures,
        profiles=held,
        findings=findings_table(prepared.findings),
        ledger=_ledger(prepared, scope, everything),
        run=account_of(prepared, settings, {key: seconds[key] for key in asked}, held, days,
                     others),
        walks=partial(walks_of, prepared, [(chosen[key], settings[key]) for key in measures],
                      prepared.maps),
        otherwise=_otherwise(outcomes),
    )  # fmt: skip


def _without_faults(plan: Plan, keys: Sequence[str]) -> tuple[Plan, list[Finding]]:
    """Return the plan without reported figures at fault, and what is wrong with them and rules."""
    known = catalogue.indicators()
    told = [*rule_file_faults(keys), *figure_faults(plan.reported, known)]
    return replace(plan, reported=usable(plan.reported, known)), told


def _chosen(plan: Plan, asked: Iterable[str] | None, *, city: bool) -> dict[str, Indicator]:
    """Return the indicators asked for, by key; those of units only where the city is not asked."""
    chosen = by_level(catalogue.choose(plan.indicators if asked is None else asked), plan.reported)
    return {key: one for key, one in chosen.items() if city or "unit" in one.levels}


def _ready(
    prepared: Plan, told: Iterable[Finding], chosen: Mapping[str, Indicator],
    settings: Mapping[str, Settings], others: list[Definition], days: Days,
    memory: Memory | None = None,
) -> Plan:  # fmt: skip
    """Return a prepared plan with what is to be said of it because of what is asked.

    `told` is what is wrong with rules and figures that are left out.

    Raises
    ------
    InputError
        With what it says of places that it does not have, or where nothing can be measured.
    """
    given_back()
    refuse_if_nothing_is_left(chosen.values(), prepared)
    told = [*told, *unit_faults(prepared)]
    if faults := [*place_faults(prepared)]:
        raise InputError([*faults, *told, *prepared.findings])
    prepared = replace(prepared, findings=(*told, *prepared.findings))
    return _with_premises(prepared, chosen, settings, others, days, memory)


def _asked(
    plan: Plan, chosen: Mapping[str, Indicator], settings: Mapping[str, Settings],
    others: list[Definition], day: date,
) -> dict[str, Question]:  # fmt: skip
    """Return the questions about what is computed, and those of clauses that state otherwise."""
    asked = {key: Question(one, settings[key], marked(plan, key, day))
             for key, one in chosen.items() if not one.is_reported}  # fmt: skip
    return asked | {one.name: replace(asked[one.indicator], settings=one.settings)
                    for one in others}  # fmt: skip


def _with_reported(
    everything: Mapping[str, Outcome], asked: Collection[str], chosen: Mapping[str, Indicator],
    plan: Plan, scope: Scope,
) -> list[Outcome]:  # fmt: skip
    """Return what came of each indicator: measured, or as the plan reports it."""
    return [everything[key] if key in asked else outcome_of(one, plan.reported, scope.units)
            for key, one in chosen.items()]  # fmt: skip


def _measures(outcomes: Iterable[Outcome]) -> dict[str, Measure]:
    """Return what could be measured of the units, by indicator."""
    return {one.indicator.key: one.reading.units for one in outcomes
            if one.reading is not None and not one.indicator.is_reported}  # fmt: skip


def _otherwise(outcomes: Iterable[Outcome]) -> dict[tuple[str, str], Measure]:
    """Return what could be measured of the units as clauses define it."""
    return {(o.indicator.key, words): one.reading.units for o in outcomes
            for words, one in o.otherwise.items() if one.reading is not None}  # fmt: skip


def _table(
    plan: Plan, outcomes: Iterable[Outcome], held: Mapping[str, Profile],
    settings: Mapping[str, Any], scope: Scope, day: date,
) -> pd.DataFrame:  # fmt: skip
    """Return the values of the units that are wanted, and of what they make up, against rules."""
    return tall_table(
        outcomes, held, plan.layers["units"].loc[scope.units], settings=settings,
        city=scope.city is not None, districts=districts_of(plan, scope.units),
        excused=excused_in(plan, day),
    )  # fmt: skip


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


_LEDGER = "ledger:"


def _amounts(plan: Plan) -> dict[str, Question]:
    """Return the questions of the ledger that the plan can answer."""
    return {f"{_LEDGER}{key}": Question(one, {}) for key, one in AMOUNTS.items()
            if set(one.layers) <= set(plan.layers)}  # fmt: skip


def _ledger(plan: Plan, scope: Scope, outcomes: Mapping[str, Outcome]) -> pd.DataFrame:
    """Return the account of the whole city, where it is measured."""
    if scope.city is None:
        return NO_LEDGER
    known = {} if scope.memory is None else {"once": scope.memory.amount}
    return conservation(plan, scope.city, _held(outcomes), **known)


def _held(outcomes: Mapping[str, Outcome]) -> dict[str, Measure]:
    """Return what the units hold of each amount that is known."""
    return {key.removeprefix(_LEDGER): one.reading.units for key, one in outcomes.items()
            if key.startswith(_LEDGER) and one.reading is not None}  # fmt: skip


def _as_agreed(
    outcomes: list[Outcome], settings: Mapping[str, Settings], others: list[Definition],
    held: Mapping[str, Profile], plan: Plan,
) -> tuple[list[Outcome], dict[str, Settings]]:  # fmt: skip
    """Return outcomes and parameters with the figures that all rules about them agree on."""
    found, used = list[Outcome](), dict[str, Settings]()
    for one in outcomes:
        key = one.indicator.key
        agreement = agreed(one, others, held, plan.parameters, settings[key])
        found.append(one if agreement is None else one.otherwise[agreement.words])
        used[key] = settings[key] if agreement is None else agreement.settings
    return found, used


def _kept(plan: Plan, chosen: Collection[str], judged: Collection[str]) -> Collection[str]:
    """Return the indicators whose evidence is kept: as a rule what `auto` writes out."""
    if plan.features <= LARGE:
        return chosen
    return judged if plan.features <= KEPT_FEATURES else ()


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
    others = definitions(chosen, settings, rulebook(plan.profiles, on=days.stated))
    return _ready(prepared, faults, chosen, settings, others, days)


def _with_premises(
    plan: Plan, chosen: Mapping[str, Indicator], settings: Mapping[str, Settings],
    others: list[Definition], days: Days, memory: Memory | None,
) -> Plan:  # fmt: skip
    """Return the plan with what is to be said because of the indicators that are chosen."""
    asked = [(one, settings[key]) for key, one in chosen.items()]
    asked += [(chosen[one.indicator], one.settings) for one in others]
    more = premises(plan, asked, **({"once": memory.once} if memory else {}))
    return replace(plan, findings=(*plan.findings, *ends_told(plan.exemptions, days), *more))


def _wanted(plan: Plan, asked: Iterable[str] | None) -> pd.Index:
    """Return the ids of the units asked for, in the plan's order."""
    known = plan.layers["units"].index
    if asked is None:
        return known
    keys = set(asked)
    if unknown := sorted(key for key in keys if key not in known):
        listed = ", ".join(unknown)
        raise UnknownNameError(f"the plan has no unit {listed}", f"规划中没有单元 {listed}")
    return known[known.isin(keys)]
