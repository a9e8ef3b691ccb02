"""What the indicators that are asked take for granted of a plan, told as findings.

It matters where it is asked for only: a plan whose heights nobody uses need not hear of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from carbonspace.errors import ServiceError
from carbonspace.indicators._sun import DAYS, Place, place_of
from carbonspace.indicators._sunlight import sunlight_from
from carbonspace.model.finding import Finding
from carbonspace.model.indicator import Indicator
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text
from carbonspace.prepare.heights import height_premises

_SEASONS = ("great_cold", "winter_solstice", "summer_solstice")
"""Days named by a season: that of the north."""

_YEARLY = "irradiation"
"""The definition of usable roof that asks for the sun of a year."""

Asked = Iterable[tuple[Indicator, Mapping[str, Any]]]


def premises(plan: Plan, asked: Asked) -> list[Finding]:
    """Return what is to be said of a prepared plan because of what is asked of it.

    Parameters
    ----------
    plan
        Prepared.
    asked
        Indicators, each with the values of its parameters.
    """
    lit = [values for one, values in asked if _sees_shade(one, values, plan)]
    storeys = sorted({values["storey_height"] for values in lit})
    days = {day for values in lit for day in _days(values)}
    found: list[Finding] = []
    if storeys and "buildings" in plan.layers:
        found += height_premises(plan.layers["buildings"], storeys)
    if named := [day for day in _SEASONS if day in days]:
        found += _southern(place_of(plan.layers["units"]), named)
    return [one for one in found if one not in plan.findings]


def _days(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the days that the sun is asked of; none where it is that of a whole year."""
    if "sunlight_day" in values:
        return sunlight_from(values).days
    return (values["day"],) if "day" in values and values.get("definition") != _YEARLY else ()


def _sees_shade(one: Indicator, values: Mapping[str, Any], plan: Plan) -> bool:
    """Tell whether heights matter under these parameters: what shades stands outside, too."""
    try:
        return "storey_height" in values and one.reach_m(values, plan.layers) > 0
    except ServiceError:  # then it is not measured, for that reason
        return False


def _southern(place: Place, days: list[str]) -> Iterator[Finding]:
    """Yield that days named by a season of the north are of another one where the plan lies."""
    if place.latitude >= 0:
        return
    names = Text("、".join(DAYS[day].title.zh for day in days),
                 ", ".join(DAYS[day].title.en for day in days))  # fmt: skip
    where = f"{-place.latitude:.2f}°"
    yield Finding(
        "warning", "plan",
        Text("计算日以北半球的季节命名", "The day is named by a season of the north"),
        Text(f"南纬 {where}：{names.zh}", f"{where} S: {names.en}"),
        Text("以月-日写明的日期", "a date as month and day"),
        Text("按同一日期计算：大寒日与冬至日在南半球为夏季，夏至日为冬季。"
             "如需南半球的冬季，请写日期 06-21。",
             "It is the same date everywhere: Great Cold and the winter solstice are days of "
             "summer in the south, the summer solstice is one of winter. For winter there write "
             "the date, 06-21."),
    )  # fmt: skip
