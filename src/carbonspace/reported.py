"""What a city reports, in the place of what is measured; and what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

import geopandas as gpd
import pandas as pd

from carbonspace.model.dimension import same_spelling
from carbonspace.model.finding import Finding
from carbonspace.model.indicator import Indicator
from carbonspace.model.measure import Measure
from carbonspace.model.outcome import CITY, Outcome, Reading
from carbonspace.model.plan import Plan
from carbonspace.model.reported import NOT_REPORTED, Figure, Reported, spared, unused
from carbonspace.model.text import Text


def by_level(chosen: Mapping[str, Indicator], given: Reported) -> dict[str, Indicator]:
    """Return indicators with the level of units where figures of units are reported."""
    return {key: replace(one, levels=("unit", *one.levels))
            if one.is_reported and {*given.get(key, ())} - {CITY} else one
            for key, one in chosen.items()}  # fmt: skip


def outcome_of(one: Indicator, given: Reported, units: pd.Index) -> Outcome:
    """Return what is reported of an indicator: the city's figure is never made from the units'."""
    figures = given.get(one.key)
    if not figures:
        return Outcome(one, None, NOT_REPORTED)
    reading = Reading(_measure(figures, units), _measure(figures, pd.Index([CITY])))
    return Outcome(one, reading, said={place: one.words for place, one in figures.items()})


def _measure(figures: Mapping[str, Figure], index: pd.Index) -> Measure:
    """Return figures as they stand; of the one row of the city the greatest is that row."""
    values = [figures[place].value if place in figures else math.nan for place in index]
    table = pd.DataFrame({"numerator": math.nan, "denominator": math.nan, "value": values},
                         index=index, dtype=float)  # fmt: skip
    return Measure(table, 1.0, gpd.GeoDataFrame, extreme="max")


def figure_faults(given: Reported, indicators: Mapping[str, Indicator]) -> Iterator[Finding]:
    """Yield what is reported and is no reported indicator, or not in its unit."""
    for key, figures in given.items():
        line, one = next(iter(figures.values())).line, indicators.get(key)
        if one is None or not one.is_reported:
            yield spared(_no_such(key, one, indicators), line)
            continue
        for unit in dict.fromkeys(f.unit for f in figures.values() if f.fault is None):
            if not same_spelling(unit, one.unit):
                yield spared(_other_unit(one, unit), line)


def usable(given: Reported, indicators: Mapping[str, Indicator]) -> Reported:
    """Return figures without those that are no indicator's; others at fault say why.

    No value is converted: one in another unit is left out.
    """
    return {
        key: {place: _checked(figure, indicators[key]) for place, figure in figures.items()}
        for key, figures in given.items()
        if key in indicators and indicators[key].is_reported
    }


def _checked(figure: Figure, one: Indicator) -> Figure:
    if figure.fault is not None or same_spelling(figure.unit, one.unit):
        return figure
    return unused(figure.line, _other_unit(one, figure.unit), figure.unit, figure.source)


def unit_faults(plan: Plan) -> Iterator[Finding]:
    """Yield the units that figures are reported of and that a prepared plan does not have."""
    known = plan.layers["units"].index
    for key, figures in plan.reported.items():
        for place, figure in figures.items():
            if place != CITY and place not in known:
                yield spared(_no_unit(key, place, known), figure.line)


def _no_such(key: str, one: Indicator | None, indicators: Mapping[str, Indicator]) -> Finding:
    keys = [name for name, known in indicators.items() if known.is_reported]
    near = get_close_matches(key, keys, n=1)
    action = Text(f"是否应为 {near[0]}？", f"Did you mean {near[0]}?") if near else _CORRECT
    what = Text(f"reported.{key} 无法识别", f"reported.{key} is not known")
    if one is not None:
        what = Text(f"reported.{key} 由图形计算，不能填报",
                    f"reported.{key} is computed and cannot be reported")  # fmt: skip
        action = Text("删去该项。", "Remove it.")
    expected = Text("目录中可填报的指标（主题 reported）",
                    "an indicator that is reported (theme reported of the catalogue)")  # fmt: skip
    return Finding("error", "plan", what, repr(key), expected, action)


def _other_unit(one: Indicator, unit: str) -> Finding:
    expected = repr(one.unit)
    action = Text(f"换算为 {expected} 后填写。", f"Convert it to {expected}.")
    if same_spelling(unit.casefold(), one.unit.casefold()):
        action = Text(f"是否应为 {expected}？单位符号区分大小写（MW 为兆瓦，mW 为毫瓦）。",
                      f"Did you mean {expected}? Symbols of units tell case apart: "
                      "MW is a megawatt, mW a milliwatt.")  # fmt: skip
    return Finding(
        "error", "plan",
        Text(f"reported.{one.key}（{one.title.zh}）的单位不符",
             f"reported.{one.key} ({one.title.en}) is in another unit"),
        repr(unit), Text(expected, expected), action,
    )  # fmt: skip


def _no_unit(key: str, place: str, known: Collection[str]) -> Finding:
    near = get_close_matches(place, [str(one) for one in known], n=1)
    return Finding(
        "error", "plan",
        Text(f"reported.{key}.units 中有规划没有的单元",
             f"reported.{key}.units names a unit the plan does not have"),
        repr(place), Text(f"单元编号（{len(known)} 个）", f"the id of a unit ({len(known)} there)"),
        Text(f"是否应为 {near[0]}？", f"Did you mean {near[0]}?") if near else _CORRECT,
    )  # fmt: skip


_CORRECT = Text("改正或删去该项。", "Correct or remove it.")
