"""The rows of the tables that people read: one indicator of one place with its verdicts."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from carbonspace.model.indicator import Indicator
from carbonspace.model.levels import LAYER_OF
from carbonspace.model.outcome import CITY
from carbonspace.model.rule import Profile, Rule
from carbonspace.model.shortfall import digits
from carbonspace.model.text import Text
from carbonspace.model.theme import theme_title
from carbonspace.outputs.look import VERDICTS, Look
from carbonspace.outputs.told import named

_BAR = 1000
_FIGURES = ("value", "numerator", "denominator", "margin")
_NOTHING = Text("", "")
_ORDER = {status: n for n, status in enumerate(VERDICTS)}


class Bullet(NamedTuple):
    """A bar of the value against the target, in thousandths of the width of the scale."""

    value: int
    good_from: int
    good_to: int
    marks: tuple[int, ...]


class Verdict(NamedTuple):
    """One rule held against one value. `rule` and `profile` are None where none speaks.

    `defined` says what the value was measured with where the clause defines it and the figure of
    the indicator is another.
    """

    value: str
    defined: Text
    status: str
    look: Look
    target: str
    margin: str
    robust: bool | None
    flips: Text
    reason: Text
    rule: Rule | None
    profile: Profile | None
    bullet: Bullet | None

    @property
    def told_target(self) -> Text:
        """Return the target, saying so where the clause is unverified."""
        return self.rule.told(self.target) if self.rule else Text(self.target, self.target)

    @property
    def is_other(self) -> bool:
        """True where it is about the figure that the clause defines, and not about the plan's."""
        return bool(self.defined.en)

    def shown(self, own: str) -> str:
        """Return the figure beside the verdict: that which it is about, marked if not the plan's.

        Where that has no value it is the plan's `own`.
        """
        return (own if self.value == "—" else self.value) + OTHER * self.is_other

    def told(self, own: str, unit: str) -> Text:
        """Return which figure it is about where that is another than the plan's `own`."""
        if not self.is_other:
            return _NOTHING
        is_, plan = (one if one == "—" else f"{one} {unit}".strip() for one in (self.value, own))
        return Text(
            f"按条文口径（{self.defined.zh}）：{is_}；按规划口径：{plan}",
            f"As the clause defines it ({self.defined.en}): {is_}; as the plan does: {plan}",
        )


OTHER = "*"
"""What stands behind a figure whose verdict is about that which a clause defines otherwise."""


class Row(NamedTuple):
    """One indicator of one place, as text, with its verdicts, the worst first.

    Of equal ones those about the plan's own figure are first.
    """

    indicator: Indicator
    value: str
    worst: str
    look: Look
    verdicts: tuple[Verdict, ...]
    figure: float
    """The value as measured, NaN where there is none."""

    @property
    def is_other(self) -> bool:
        """True where the figure that is judged first is the one that its clause defines."""
        return self.verdicts[0].is_other and self.worst != "no_target"

    @property
    def shown(self) -> str:
        """The figure for where there is room for one: that which the worst verdict is about."""
        return self.verdicts[0].shown(self.value) if self.is_other else self.value

    @property
    def about(self) -> Text:
        """Which figure is `shown`, where it is not the plan's; empty where it is."""
        return self.verdicts[0].told(self.value, self.indicator.unit) if self.is_other else _NOTHING

    @property
    def has_rule(self) -> bool:
        """True where some rule speaks."""
        return any(v.rule is not None for v in self.verdicts)

    @property
    def has_target(self) -> bool:
        """True where some rule gives a target."""
        return any(v.rule is not None and v.rule.target for v in self.verdicts)


class Group(NamedTuple):
    """The rows of one theme."""

    theme: str
    title: Text
    rows: tuple[Row, ...]


Records = dict[tuple[str, str], list[dict[str, Any]]]


def records(table: pd.DataFrame) -> Records:
    """Return the rows of the tall table by level and place, of the city and of units.

    Where there is nothing figures are NaN, all else is None.
    """
    table = table[~table["level"].isin(list(LAYER_OF))]
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    names = [str(name) for name in table.columns]
    for values in zip(*(_listed(table[name]) for name in names), strict=True):
        row = dict(zip(names, values, strict=True))
        found[row["level"], row["unit_id"]].append(row)
    return found


def _listed(column: pd.Series) -> list[Any]:
    plain = column.astype(object).where(column.notna(), None)
    held: list[Any] = (column.astype(float) if column.name in _FIGURES else plain).tolist()
    return held


def groups(
    indicators: Mapping[str, Indicator],
    profiles: Mapping[str, Profile],
    rows: Iterable[dict[str, Any]],
) -> tuple[Group, ...]:
    """Return the rows of one place by theme, in the order of the indicators."""
    by_key: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_key[row["indicator"]].append(row)
    themes: dict[str, list[Row]] = defaultdict(list)
    for key, one in indicators.items():
        if key in by_key:
            themes[one.theme].append(_row(one, by_key[key], profiles))
    return tuple(Group(t, theme_title(t), tuple(found)) for t, found in themes.items())


class Places(NamedTuple):
    """The rows of all places: of each unit by its id, of the city, of each district by its name."""

    units: dict[str, tuple[Group, ...]]
    city: tuple[Group, ...]
    districts: dict[str, tuple[Group, ...]]


def places(
    table: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    profiles: Mapping[str, Profile],
    units: Iterable[str],
) -> Places:
    """Return the rows of the tall table as people read them, of these units, by place."""
    held = records(table)
    return Places(
        {unit_id: groups(indicators, profiles, held.pop(("unit", unit_id), []))
         for unit_id in units},
        groups(indicators, profiles, held.pop(("city", CITY), [])),
        {name: groups(indicators, profiles, found) for (level, name), found in held.items()
         if level == "district"},
    )  # fmt: skip


def number(value: float, decimals: int) -> str:
    """Return a figure as people see it, no zero below zero, or a dash where there is none."""
    return "—" if math.isnan(value) else f"{value:z,.{decimals}f}".replace("-", "−")


def _row(one: Indicator, rows: list[dict[str, Any]], profiles: Mapping[str, Profile]) -> Row:
    spoken = [row for row in rows if row["profile"] is not None]
    off = [row["margin"] for row in spoken if _misses(row) and row["parameters"] is None]
    value = number(rows[0]["value"], digits(one.decimals, off))
    found = [_verdict(one, row, profiles, value) for row in spoken or rows]
    if len(found) > 1:
        found.sort(key=lambda v: (_ORDER[v.status], v.is_other))
    worst = found[0].status
    return Row(one, value, worst, VERDICTS[worst], (*found,), rows[0]["value"])


def _misses(row: Mapping[str, Any]) -> bool:
    return bool(row["status"] == "not_met")


def _verdict(
    one: Indicator, row: dict[str, Any], profiles: Mapping[str, Profile], value: str
) -> Verdict:
    """Return what a row says; `value` is the figure of the indicator itself."""
    status, reason = row["status"], _text(row["reason_zh"], row["reason"])
    if row["profile"] is None:
        return Verdict(value, _NOTHING, status, VERDICTS[status], "", "—", None, _NOTHING, reason,
                       None, None, None)  # fmt: skip
    profile = profiles[row["profile"]]
    told = digits(one.decimals, [row["margin"]] if _misses(row) else [])
    rule, margin = profile.rules[int(row["rule"])], number(row["margin"], told)
    is_other = row["parameters"] is not None
    return Verdict(
        number(row["value"], told) if is_other else value,
        stated(one, rule) if is_other else _NOTHING,
        status, VERDICTS[status], row["target"] or "",
        margin if margin.startswith(("−", "—")) or _misses(row) else f"+{margin}",
        None if row["robust"] is None else bool(row["robust"]),
        _text(row["flips_zh"], row["flips"]), reason, rule, profile, bullet(row["value"], rule),
    )  # fmt: skip


def _text(zh: str | None, en: str | None) -> Text:
    return Text(zh or "", en or "") if zh or en else _NOTHING


def stated(one: Indicator, rule: Rule) -> Text:
    """Return the parameters of an indicator that a clause states, in words."""
    said = [named(p, rule.parameters[p.name]) for p in one.parameters if p.name in rule.parameters]
    return Text("；".join(s.zh for s in said), "; ".join(s.en for s in said))


def bullet(value: float, rule: Rule) -> Bullet | None:
    """Return the bar of `value` against `rule`, None where there is no value or no target."""
    return bullets([value], rule)[0]


def bullets(values: Sequence[float], rule: Rule) -> list[Bullet | None]:
    """Return the bars of `values` against `rule` on one scale, as `bullet` does."""
    known = [value for value in values if not math.isnan(value)]
    if not known or not rule.target:
        return [None] * len(values)
    low, high, most = rule.target[0], rule.target[-1], max(known)
    top = max(most, high, 0.0) * 1.2 or 1.0
    if rule.unit == "%" and max(most, high) <= 100:
        top = 100.0
    at_least, at_most = rule.comparator in (">=", ">"), rule.comparator in ("<=", "<")
    start, end = 0 if at_most else _share(low, top), _BAR if at_least else _share(high, top)
    marks = tuple(_share(t, top) for t in rule.target)
    return [None if math.isnan(value) else Bullet(_share(value, top), start, end, marks)
            for value in values]  # fmt: skip


def _share(value: float, top: float) -> int:
    return round(_BAR * min(max(value / top, 0.0), 1.0))
