"""Values held against rules: the tall table that is the truth of every output."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from carbonspace.model.assessment import COLUMNS
from carbonspace.model.indicator import Indicator
from carbonspace.model.outcome import CITY, Outcome, Reading
from carbonspace.model.rule import Level, Profile, Rule
from carbonspace.model.text import Text

NOTHING_TO_MEASURE = Text(
    "没有可计量的对象（分母为 0）", "nothing to measure: the denominator is 0"
)
_NO_REASON = Text("", "")


def tall_table(
    outcomes: Iterable[Outcome],
    profiles: Mapping[str, Profile],
    units: pd.DataFrame,
    *,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    only: Collection[str] | None = None,
) -> pd.DataFrame:
    """Return one row per place, indicator and rule, as `Assessment.table` describes it.

    `settings` holds the parameters that each indicator was measured with: a clause that states
    others has no target for the value.

    `only` holds the ids of the units that get rows, for themselves and for their parcels; None
    means all.
    """
    reported = frozenset(units.index if only is None else only)
    numbered = [
        (key, n, rule) for key, profile in profiles.items() for n, rule in enumerate(profile.rules)
    ]
    used = settings or {}
    rows = [
        row
        for outcome in outcomes
        for level in outcome.indicator.levels
        for row in _level_rows(outcome, level, numbered, units, reported, used)
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS, "rule"])


Numbered = tuple[str, int, Rule]


def _level_rows(
    outcome: Outcome,
    level: Level,
    numbered: Sequence[Numbered],
    units: pd.DataFrame,
    only: Collection[str],
    settings: Mapping[str, Mapping[str, Any]],
) -> list[tuple[Any, ...]]:
    rules = [
        n for n in numbered if n[2].indicator == outcome.indicator.key and level in n[2].levels
    ]
    figures = _figures(outcome.reading, level, units.index, only)
    varied = [
        (label, _figures(reading, level, units.index, only)["value"])
        for label, reading in outcome.variations
    ]
    attributes = _attributes(outcome.reading, level, units)
    used = settings.get(outcome.indicator.key, {})
    rows: list[tuple[Any, ...]] = []
    for place, figure in figures.iterrows():
        about = attributes.get(place, {})
        speaking: list[Numbered | None] = [n for n in rules if n[2].applies(about)]
        others = [(label, float(values.get(place, math.nan))) for label, values in varied]
        rows += [
            _row(outcome, level, str(place), figure, one, others, used)
            for one in speaking or [None]
        ]
    return rows


def _figures(
    reading: Reading | None, level: Level, units: pd.Index, only: Collection[str]
) -> pd.DataFrame:
    """Return numerator, denominator and value of the places of a level."""
    columns = ["numerator", "denominator", "value"]
    if level == "parcel":
        parts = reading.units.parts if reading is not None else None
        if parts is None:
            return pd.DataFrame(columns=columns, dtype=float)
        return parts.loc[parts["unit_id"].isin(list(only)), columns]
    if reading is None:
        places = pd.Index([CITY]) if level == "city" else units[units.isin(list(only))]
        return pd.DataFrame(math.nan, index=places, columns=columns)
    if level == "city":
        return pd.DataFrame([reading.total()], index=[CITY], columns=columns)
    return reading.units.table.loc[units.isin(list(only)), columns]


def _attributes(
    reading: Reading | None, level: Level, units: pd.DataFrame
) -> Mapping[Any, Mapping[str, Any]]:
    """Return what rules may select on, by place."""
    if level == "parcel" and reading is not None and reading.units.parts is not None:
        return _records(reading.units.parts)
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
    others: Sequence[tuple[Text, float]],
    settings: Mapping[str, Any],
) -> tuple[Any, ...]:
    profile, position, rule = numbered if numbered else (None, None, None)
    value = float(figure["value"])
    status, reason = _verdict(outcome, value, rule, settings)
    judged = rule is not None and status in ("met", "not_met")
    flips = _flips(rule, status, others) if judged and rule else Text("", "")
    robust = not flips.en if judged and others else None
    return (
        place, level, outcome.indicator.key, value, outcome.indicator.unit,
        float(figure["numerator"]), float(figure["denominator"]), profile,
        rule.target_text() if rule else None, status,
        rule.margin(value) if judged and rule else math.nan, robust,
        flips.en or None, flips.zh or None,
        reason.en or None, reason.zh or None, position,
    )  # fmt: skip


def _flips(rule: Rule, status: str, others: Sequence[tuple[Text, float]]) -> Text:
    """Name the variations that would change the verdict."""
    changed = [label for label, value in others if math.isnan(value) or rule.judge(value) != status]
    return Text("；".join(one.zh for one in changed), "; ".join(one.en for one in changed))


def _verdict(
    outcome: Outcome, value: float, rule: Rule | None, settings: Mapping[str, Any]
) -> tuple[str, Text]:
    if outcome.reading is None:
        return "no_data", outcome.reason
    if math.isnan(value):
        return "not_applicable", NOTHING_TO_MEASURE
    if rule is None:
        return "no_target", _NO_REASON
    if others := rule.other_parameters(settings):
        return "no_target", _measured_otherwise(outcome.indicator, others)
    return rule.judge(value), _NO_REASON


def _measured_otherwise(one: Indicator, others: Mapping[str, tuple[Any, Any]]) -> Text:
    """Name the parameters a clause states, and what was measured with instead."""
    known = {p.name: p for p in one.parameters}
    stated, used = (
        {known[name]: known[name].shown(values[n]) for name, values in others.items()}
        for n in (0, 1)
    )
    zh = "、".join(f"{p.title.zh} {v}" for p, v in stated.items())
    en = ", ".join(f"{p.name} {v}" for p, v in stated.items())
    return Text(
        f"条文所指为{zh}，量算用的是 {'、'.join(used.values())}，不作判定",
        f"the clause speaks of {en}, measured with {', '.join(used.values())}",
    )
