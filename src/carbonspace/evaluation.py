"""The whole life of an assessment on one screen: prepare, measure, judge, account."""

from __future__ import annotations

import platform
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from carbonspace import catalogue
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
from carbonspace.exemptions import excused_in, lapsed, marked, place_faults
from carbonspace.indicators.amounts import AMOUNTS
from carbonspace.judge import tall_table
from carbonspace.ledger import NO_LEDGER, conservation
from carbonspace.measuring import (
    FEATURES_PER_PART,
    KEPT_FEATURES,
    Question,
    refuse_if_nothing_is_left,
)
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
from carbonspace.model.outcome import Outcome
from carbonspace.model.plan import Plan
from carbonspace.model.progress import Progress, Step, nobody, share
from carbonspace.model.rule import Profile
from carbonspace.model.text import Text
from carbonspace.premises import premises
from carbonspace.prepare import prepare
from carbonspace.prepare.distortion import distortions
from carbonspace.profiles import profile_keys
from carbonspace.profiles.loader import FILE, key_of
from carbonspace.reported import by_level, figure_faults, outcome_of, unit_faults
from carbonspace.robustness import Scope, outcomes_of
from carbonspace.rulebook import day_notes, rule_file_faults, rulebook
from carbonspace.version import __version__

Settings = Mapping[str, Any]

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
) -> Assessment:
    """Compute indicators for the units of a plan and hold them against profiles.

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
        means the day the plan states (`on`), and where it states none, every rule there is.
        Exemptions that ended before the day do not hold; where no day is stated, before today.
    workers
        How many threads measure; None means one for each core. No number depends on it.
    part_features
        About how many features are measured at a time; fewer need less memory. No number
        depends on it.
    progress
        Called with a `Step` as each part of the work begins.

    Raises
    ------
    InputError
        With every fault of the plan's names and parameters, or of its data.
    UnknownNameError
        For an indicator, profile or unit asked for here that does not exist.
    """
    sparing()
    stated = plan.settings.on if on is None else on
    day = stated or _today()
    plan = _with_parameters(plan, parameters)
    if plan_faults(plan):
        checked(plan)  # raises, with all that is wrong with the data, too
    chosen = catalogue.choose(plan.indicators if indicators is None else indicators)
    chosen = by_level(chosen, plan.reported)
    if units is not None:
        chosen = {key: one for key, one in chosen.items() if "unit" in one.levels}
    held = rulebook(plan.profiles if profiles is None else profiles, on=stated)
    settings: Mapping[str, Settings] = {
        key: _settings(one, plan.parameters) for key, one in chosen.items()
    }
    stated_otherwise = definitions(chosen, settings, held)
    crew = Crew(workers)
    prepared = prepare(plan, progress=share(progress, *_PREPARING), crew=crew)
    given_back()
    refuse_if_nothing_is_left(chosen.values(), prepared)
    if faults := [*place_faults(prepared), *unit_faults(prepared)]:
        raise InputError([*faults, *prepared.findings])
    prepared = _with_premises(prepared, chosen, settings, stated_otherwise, day)
    wanted = _wanted(prepared, units)
    city = city_of(prepared) if units is None else None
    accounted = _amounts(prepared) if city else {}
    asked = {key: Question(one, settings[key], marked(prepared, key, day))
             for key, one in chosen.items() if not one.is_reported}  # fmt: skip
    asked |= {one.name: replace(asked[one.indicator], settings=one.settings)
              for one in stated_otherwise}  # fmt: skip
    judged = judged_ones(chosen, settings, held)
    everything, seconds = outcomes_of(
        prepared, {**accounted, **asked}, raw=plan, judged=judged & set(asked),
        scope=Scope(wanted, city, crew, part_features, _kept(prepared, chosen, judged)),
        progress=share(progress, *_MEASURING),
    )  # fmt: skip
    outcomes = [everything[key] if key in asked else outcome_of(one, plan.reported, wanted)
                for key, one in chosen.items()]  # fmt: skip
    outcomes = with_definitions(outcomes, stated_otherwise, everything)
    outcomes, settings = _as_agreed(outcomes, settings, stated_otherwise, held, plan)
    progress(Step(Text("对照阈值", "Holding values against thresholds"), _MEASURING[1], 1.0))
    seen = prepared.layers["units"].loc[wanted]
    table = tall_table(outcomes, held, seen, settings=settings, city=units is None,
                       districts=districts_of(prepared, wanted),
                       excused=excused_in(prepared, day))  # fmt: skip
    measures = {o.indicator.key: o.reading.units for o in outcomes
                if o.reading is not None and o.indicator.key in asked}  # fmt: skip
    return Assessment(
        plan=prepared,
        table=table,
        indicators=chosen,
        measures=measures,
        profiles=held,
        findings=findings_table(prepared.findings),
        ledger=conservation(prepared, city, _held(everything)) if city else NO_LEDGER,
        run=_account(prepared, settings, {key: seconds[key] for key in asked}, held, stated,
                     stated_otherwise),
        walks=partial(walks_of, prepared, [(chosen[key], settings[key]) for key in measures],
                      prepared.maps),
        otherwise={(o.indicator.key, words): one.reading.units for o in outcomes
                   for words, one in o.otherwise.items() if one.reading is not None},
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
    if plan_faults(plan):
        checked(plan)  # raises, with all that is wrong with the data, too
    asked = [(one, _settings(one, plan.parameters)) for one in catalogue.indicators().values()]
    prepared = prepare(plan, progress=share(progress, 0.0, 0.5), crew=Crew(None))
    tell = share(progress, 0.5, 1.0)
    return walks_to(prepared, goals, asked, maps or prepared.maps, progress=tell)


_LEDGER = "ledger:"


def _amounts(plan: Plan) -> dict[str, Question]:
    """Return the questions of the ledger that the plan can answer."""
    return {f"{_LEDGER}{key}": Question(one, {}) for key, one in AMOUNTS.items()
            if set(one.layers) <= set(plan.layers)}  # fmt: skip


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

    Where a day is given, here or by the plan, how many rules hold on it is among the findings.

    Raises
    ------
    InputError
        With every fault of the plan's names and parameters and of its data, at once.
    """
    faults = plan_faults(plan)
    try:
        prepared = prepare(plan)
    except InputError as error:
        raise InputError([*faults, *error.findings]) from error
    if faults := [*faults, *place_faults(prepared), *unit_faults(prepared)]:
        raise InputError([*faults, *prepared.findings])
    chosen = catalogue.choose(plan.indicators)
    refuse_if_nothing_is_left(chosen.values(), prepared)
    settings = {key: _settings(one, plan.parameters) for key, one in chosen.items()}
    stated = plan.settings.on if on is None else on
    told = day_notes(plan.profiles, stated) if stated else []
    prepared = replace(prepared, findings=(*prepared.findings, *told))
    others = definitions(chosen, settings, rulebook(plan.profiles, on=stated))
    return _with_premises(prepared, chosen, settings, others, stated or _today())


def _today() -> date:
    return date.today()  # noqa: DTZ011  the day where the planner is


def _with_premises(
    plan: Plan,
    chosen: Mapping[str, Indicator],
    settings: Mapping[str, Settings],
    others: list[Definition],
    day: date,
) -> Plan:
    """Return the plan with what is to be said because of the indicators that are chosen."""
    asked = [(one, settings[key]) for key, one in chosen.items()]
    asked += [(chosen[one.indicator], one.settings) for one in others]
    more = premises(plan, asked)
    return replace(plan, findings=(*plan.findings, *lapsed(plan.exemptions, day), *more))


def _with_parameters(plan: Plan, given: Mapping[str, Mapping[str, Any]] | None) -> Plan:
    """Return the plan with parameters on top of its own; what is no table stays as it is."""
    if not given:
        return plan
    own = plan.parameters
    merged = {
        key: {**own[key], **values}
        if isinstance(own.get(key), Mapping) and isinstance(values, Mapping)
        else values
        for key, values in given.items()
    }
    return replace(plan, parameters={**own, **merged})


def _settings(one: Indicator, given: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the indicator's parameters: its defaults, those for all, its own.

    What is given for all leaves alone what a variant fixes.
    """
    names = {p.name for p in one.open_parameters}
    common = {name: value for name, value in given.get("all", {}).items() if name in names}
    return one.settings({**common, **given.get(one.key, {})})


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


def _account(
    plan: Plan, settings: Mapping[str, Any], seconds: Mapping[str, float],
    held: Mapping[str, Profile], day: date | None, others: list[Definition],
) -> dict[str, Any]:  # fmt: skip
    return {
        "carbonspace": __version__,
        "python": platform.python_version(),
        "plan": plan.name._asdict(),
        "crs": plan.layers["units"].crs.to_string(),
        "distortion": {key: one._asdict() for key, one in distortions(plan.layers).items()},
        "profiles": list(held),
        "on": day.isoformat() if day else None,
        "parameters": settings,
        "definitions": [
            {**vars(one), "is_the_figure": settings[one.indicator] == one.settings}
            for one in others
        ],
        "reported": {
            key: {place: vars(one) for place, one in figures.items()}
            for key, figures in plan.reported.items()
        },
        "exemptions": [vars(one) for one in plan.exemptions],
        "inputs": [vars(one) for one in plan.inputs],
        "attribution": list(plan.attribution),
        "seconds": dict(seconds),
    }
