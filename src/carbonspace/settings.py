"""The parameters of each indicator: its defaults, those a plan gives for all, and its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from carbonspace.model.indicator import Indicator
from carbonspace.model.plan import Plan

Settings = Mapping[str, Any]


def with_parameters(plan: Plan, given: Mapping[str, Mapping[str, Any]] | None) -> Plan:
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


def all_settings(chosen: Mapping[str, Indicator], plan: Plan) -> Mapping[str, Settings]:
    """Return the parameters of each indicator that is chosen."""
    return {key: settings_of(one, plan.parameters) for key, one in chosen.items()}


def settings_of(one: Indicator, given: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the indicator's parameters: its defaults, those for all, its own.

    What is given for all leaves alone what a variant fixes.
    """
    names = {p.name for p in one.open_parameters}
    common = {name: value for name, value in given.get("all", {}).items() if name in names}
    return one.settings({**common, **given.get(one.key, {})})
