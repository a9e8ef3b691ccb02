"""Values held against rules: the tall table that is the truth of every output."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from carbonspace.model.assessment import COLUMNS
from carbonspace.model.indicator import Indicator
from carbonspace.model.measure import Measure
from carbonspace.model.rule import Level, Profile, Rule
from carbonspace.model.text import Text

CITY = "city"
NOTHING_TO_MEASURE = Text(
    "没有可计量的对象（分母为 0）", "nothing to measure: the denominator is 0"
)
_NO_REASON = Text("", "")


@dataclass(frozen=True)
class Outcome:
    """One indicator of a plan: its measure, or the reason there is none.

    `extremes` holds the measures at the plan's position tolerance below and above the reach.
    """

    indicator: Indicator
    measure: Measure | None
    reason: Text = _NO_REASON
    extremes: tuple[Measure, ...] = ()


def tall_table(
    outcomes: Iterable[Outcome],
    profiles: Mapping[str, Profile],
    units: pd.DataFrame,
    *,
    only: Collection[str] | None = None,
) -> pd.DataFrame:
    """Return one row per place, indicator and rule, as `Assessment.table` describes it.

    `only` holds the ids of the units that get rows, for themselves and for their parcels; None
    means all.
    """
    reported = frozenset(units.index if only is None else only)
    numbered = [
        (key, n, rule) for key, profile in profiles.items() for n, rule in enumerate(profile.rules)
    ]
    rows = [
        row
        for outcome in outcomes
        for level in outcome.indicator.levels
        for row in _level_rows(outcome, level, numbered, units, reported)
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS, "rule"])


Numbered = tuple[str, int, Rule]


def _level_rows(
    outcome: Outcome,
    level: Level,
    numbered: Sequence[Numbered],
    units: pd.DataFrame,
    only: Collection[str],
) -> list[tuple[Any, ...]]:
    rules = [
        n for n in numbered if n[2].indicator == outcome.indicator.key and level in n[2].levels
    ]
    figures = _figures(outcome.measure, level, units.index, only)
    extremes = [_figures(m, level, units.index, only)["value"] for m in outcome.extremes]
    attributes = _attributes(outcome.measure, level, units)
    rows: list[tuple[Any, ...]] = []
    for place, figure in figures.iterrows():
        about = attributes.get(place, {})
        speaking: list[Numbered | None] = [n for n in rules if n[2].applies(about)]
        wobble = [float(values[place]) for values in extremes]
        rows += [
            _row(outcome, level, str(place), figure, one, wobble) for one in speaking or [None]
        ]
    return rows


def _figures(
    measure: Measure | None, level: Level, units: pd.Index, only: Collection[str]
) -> pd.DataFrame:
    """Return numerator, denominator and value of the places of a level."""
    columns = ["numerator", "denominator", "value"]
    if level == "parcel":
        parts = measure.parts if measure is not None else None
        if parts is None:
            return pd.DataFrame(columns=columns, dtype=float)
        return parts.loc[parts["unit_id"].isin(list(only)), columns]
    if measure is None:
        places = pd.Index([CITY]) if level == "city" else units[units.isin(list(only))]
        return pd.DataFrame(math.nan, index=places, columns=columns)
    if level == "city":
        return pd.DataFrame([measure.total()], index=[CITY], columns=columns)
    return measure.table.loc[units.isin(list(only)), columns]


def _attributes(
    measure: Measure | None, level: Level, units: pd.DataFrame
) -> Mapping[Any, Mapping[str, Any]]:
    """Return what rules may select on, by place."""
    if level == "parcel" and measure is not None and measure.parts is not None:
        return _records(measure.parts)
    return _records(units) if level == "unit" else {}


def _records(frame: pd.DataFrame) -> dict[Any, Mapping[str, Any]]:
    plain = frame.drop(columns="geometry", errors="ignore")
    return dict(zip(plain.index, plain.to_dict("records"), strict=True))


def _row(
    outcome: Outcome,
    level: Level,
    place: str,
    figure: pd.Series,
    numbered: Numbered | None,
    wobble: Sequence[float],
) -> tuple[Any, ...]:
    profile, position, rule = numbered if numbered else (None, None, None)
    value = float(figure["value"])
    status, reason = _verdict(outcome, value, rule)
    judged = rule is not None and status in ("met", "not_met")
    robust = all(rule.judge(v) == status for v in wobble) if judged and wobble and rule else None
    return (
        place, level, outcome.indicator.key, value, outcome.indicator.unit,
        float(figure["numerator"]), float(figure["denominator"]), profile,
        rule.target_text() if rule else None, status,
        rule.margin(value) if judged and rule else math.nan, robust,
        reason.en or None, reason.zh or None, position,
    )  # fmt: skip


def _verdict(outcome: Outcome, value: float, rule: Rule | None) -> tuple[str, Text]:
    if outcome.measure is None:
        return "no_data", outcome.reason
    if math.isnan(value):
        return "not_applicable", NOTHING_TO_MEASURE
    return ("no_target" if rule is None else rule.judge(value)), _NO_REASON
