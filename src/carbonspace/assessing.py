"""What questions came to becomes an assessment: judged, accounted, as one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from carbonspace.account import account_of
from carbonspace.areas import walks_of
from carbonspace.city import districts_of
from carbonspace.clauses import Definition, agreed, with_definitions
from carbonspace.exemptions import excused_in
from carbonspace.inquiry import Inquiry
from carbonspace.judge import tall_table
from carbonspace.ledger import NO_LEDGER, conservation
from carbonspace.model.assessment import Assessment
from carbonspace.model.finding import findings_table
from carbonspace.model.indicator import Indicator
from carbonspace.model.measure import Measure
from carbonspace.model.outcome import Outcome
from carbonspace.model.plan import Plan
from carbonspace.model.rule import Profile
from carbonspace.reported import outcome_of
from carbonspace.robustness import Scope
from carbonspace.settings import Settings

LEDGER = "ledger:"
"""What the keys of the questions of the ledger begin with."""


def assessed(
    asked: Inquiry, prepared: Plan, everything: Mapping[str, Outcome],
    seconds: Mapping[str, float], scope: Scope, drawn: Plan | None = None,
) -> Assessment:  # fmt: skip
    """Return what came of the units of a prepared plan: judged, accounted.

    Parameters
    ----------
    everything, seconds
        What each question, and each amount of the ledger, came to; the time of each question.
    drawn
        The plan with the layers that are drawn and walked on, where `prepared` lacks some.
    """
    shown = prepared if drawn is None else drawn
    chosen, held, others = asked.chosen, asked.held, asked.others
    outcomes = _with_reported(everything, chosen, prepared, scope)
    outcomes, settings = _as_agreed(with_definitions(outcomes, others, everything),
                                    asked.settings, others, held, asked.plan)  # fmt: skip
    measures = _measures(outcomes)
    return Assessment(
        plan=shown,
        table=_table(prepared, outcomes, held, settings, scope, asked.days.day),
        indicators=chosen,
        measures=measures,
        profiles=held,
        findings=findings_table(prepared.findings),
        ledger=ledger_of(prepared, scope, everything),
        run=account_of(prepared, settings, seconds, held, asked.days, others),
        walks=partial(walks_of, shown, [(chosen[key], settings[key]) for key in measures],
                      prepared.maps),
        otherwise=_otherwise(outcomes),
    )  # fmt: skip


def _with_reported(
    everything: Mapping[str, Outcome], chosen: Mapping[str, Indicator], plan: Plan, scope: Scope
) -> list[Outcome]:
    """Return what came of each indicator: measured, or as the plan reports it."""
    return [outcome_of(one, plan.reported, scope.units) if one.is_reported else everything[key]
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


def ledger_of(plan: Plan, scope: Scope, outcomes: Mapping[str, Outcome]) -> pd.DataFrame:
    """Return the account of the whole city, where it is measured."""
    if scope.city is None:
        return NO_LEDGER
    known = {} if scope.memory is None else {"once": scope.memory.amount}
    return conservation(plan, scope.city, _held(outcomes), **known)


def _held(outcomes: Mapping[str, Outcome]) -> dict[str, Measure]:
    """Return what the units hold of each amount that is known."""
    return {key.removeprefix(LEDGER): one.reading.units for key, one in outcomes.items()
            if key.startswith(LEDGER) and one.reading is not None}  # fmt: skip


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
