"""The whole life of an assessment on one screen: prepare, measure, judge, account."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from carbonspace import catalogue
from carbonspace.errors import InputError, UnknownNameError
from carbonspace.judge import tall_table
from carbonspace.ledger import conservation
from carbonspace.measuring import Other, outcome_of, refuse_if_nothing_is_left, view_of
from carbonspace.model.assessment import Assessment
from carbonspace.model.faults import name_faults, parameter_faults, tolerance_faults
from carbonspace.model.finding import Finding, findings_table
from carbonspace.model.indicator import Indicator
from carbonspace.model.outcome import Outcome
from carbonspace.model.plan import Plan
from carbonspace.model.progress import Progress, Step, each, nobody, share
from carbonspace.model.rule import Profile
from carbonspace.model.text import Text
from carbonspace.prepare import prepare
from carbonspace.prepare.alternatives import alternatives
from carbonspace.prepare.distortion import distortions
from carbonspace.profiles import load_profiles, profile_keys
from carbonspace.version import __version__

_PREPARING, _TRYING, _MEASURING = (0.0, 0.2), (0.2, 0.5), (0.5, 0.95)
"""Which share of the work each stage is expected to be."""


def evaluate(
    plan: Plan,
    indicators: Iterable[str] | None = None,
    profiles: Iterable[str] | None = None,
    units: Iterable[str] | None = None,
    *,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
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
        Ids of the units to report; None means all. Their neighbours still count (a road on a
        shared boundary is half theirs), and the city's row is that of the whole plan.
    parameters
        Values by indicator (or "all") and name, on top of the plan's own. What is given for one
        indicator goes before what is given for all.
    progress
        Called with a `Step` as each part of the work begins.

    Raises
    ------
    InputError
        With every fault of the plan's names and parameters, or of its data.
    UnknownNameError
        For an indicator, profile or unit asked for here that does not exist.
    """
    plan = _with_parameters(plan, parameters)
    if plan_faults(plan):
        checked(plan)  # raises, with all that is wrong with the data, too
    chosen = catalogue.choose(plan.indicators if indicators is None else indicators)
    held = load_profiles(plan.profiles if profiles is None else profiles)
    settings = {key: _settings(one, plan.parameters) for key, one in chosen.items()}
    prepared = prepare(plan, progress=share(progress, *_PREPARING))
    refuse_if_nothing_is_left(chosen.values(), prepared)
    reported = _reported(prepared, units)
    view = view_of(prepared)
    judged = {rule.indicator for one in held.values() for rule in one.rules if rule.target}
    trying = share(progress, *_TRYING)
    others = _others(plan, prepared, trying) if judged & set(chosen) else []
    outcomes, seconds = [], {}
    parts = [((key, one), one.title, 1.0) for key, one in chosen.items()]
    for key, one in each(share(progress, *_MEASURING), parts):
        started = time.perf_counter()
        outcomes.append(outcome_of(one, view, settings[key], others if key in judged else ()))
        seconds[key] = round(time.perf_counter() - started, 4)
    progress(Step(Text("对照阈值", "Holding values against thresholds"), _MEASURING[1], 1.0))
    table = tall_table(outcomes, held, prepared.layers["units"], settings=settings, only=reported)
    return _assessment(prepared, table, chosen, outcomes, held, settings, seconds)


def _others(raw: Plan, prepared: Plan, progress: Progress) -> list[Other]:
    """Return the plan treated otherwise where its faults leave a choice."""
    found = alternatives(raw, prepared, progress=progress)
    return [(one.label, view_of(one.plan), one.changed) for one in found]


def _assessment(
    plan: Plan,
    table: pd.DataFrame,
    chosen: Mapping[str, Indicator],
    outcomes: list[Outcome],
    held: Mapping[str, Profile],
    settings: Mapping[str, Any],
    seconds: Mapping[str, float],
) -> Assessment:
    return Assessment(
        plan=plan,
        table=table,
        indicators=chosen,
        measures={o.indicator.key: o.reading.units for o in outcomes if o.reading is not None},
        profiles=held,
        findings=findings_table(plan.findings),
        ledger=conservation(plan),
        run=_account(plan, settings, seconds),
    )


def plan_faults(plan: Plan) -> list[Finding]:
    """Return every fault of the indicators, profiles and parameters that a plan names."""
    known = catalogue.indicators()
    return [
        *name_faults("indicators", plan.indicators, known),
        *name_faults("profiles", plan.profiles, profile_keys()),
        *parameter_faults(plan.parameters, known),
        *tolerance_faults(plan.settings.position_tolerance),
    ]


def checked(plan: Plan) -> Plan:
    """Return the plan prepared, having looked at all that can be wrong with it.

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
    if faults:
        raise InputError([*faults, *prepared.findings])
    refuse_if_nothing_is_left(catalogue.choose(plan.indicators).values(), prepared)
    return prepared


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


def _reported(plan: Plan, wanted: Iterable[str] | None) -> frozenset[str]:
    known = plan.layers["units"].index
    keys = frozenset(known if wanted is None else wanted)
    if unknown := sorted(key for key in keys if key not in known):
        listed = ", ".join(unknown)
        raise UnknownNameError(f"the plan has no unit {listed}", f"规划中没有单元 {listed}")
    return keys


def _account(
    plan: Plan, settings: Mapping[str, Any], seconds: Mapping[str, float]
) -> dict[str, Any]:
    return {
        "carbonspace": __version__,
        "python": platform.python_version(),
        "plan": plan.name._asdict(),
        "crs": plan.layers["units"].crs.to_string(),
        "distortion": {key: one._asdict() for key, one in distortions(plan.layers).items()},
        "profiles": list(plan.profiles),
        "parameters": settings,
        "inputs": [vars(one) for one in plan.inputs],
        "attribution": list(plan.attribution),
        "seconds": dict(seconds),
    }
