"""What is wrong with the parameters and names a plan gives: every fault at once, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from carbonspace.model.exemption import Exemption
from carbonspace.model.finding import Finding
from carbonspace.model.indicator import Indicator, Parameter
from carbonspace.model.kinds import Number
from carbonspace.model.levels import LAYER_OF
from carbonspace.model.text import Text

ALL = "all"
"""The table of parameters for every indicator that has them."""

_LISTED = Text("`carbonspace catalog` 列出的指标", "an indicator that `carbonspace catalog` lists")


def name_faults(place: str, names: Iterable[object], known: Iterable[str]) -> Iterator[Finding]:
    """Yield a fault for each of `names` that is not known."""
    keys = [*known]
    listed = ", ".join(keys)
    expected = Text(f"其中之一：{listed}", f"one of: {listed}") if len(keys) < 20 else _LISTED
    for name in names:
        if name not in keys:
            yield _unknown(f"{place} {name}", name, expected, keys)


def parameter_faults(
    parameters: Mapping[str, Any], indicators: Mapping[str, Indicator]
) -> Iterator[Finding]:
    """Yield every fault of the parameters given, by indicator or for all.

    Parameters
    ----------
    parameters
        Tables of values by name, by the key of their indicator or `all`.
    indicators
        Every indicator by key.
    """
    for key, values in parameters.items():
        place = f"parameters.{key}"
        if key != ALL and key not in indicators:
            yield _unknown(place, key, _LISTED, [ALL, *indicators])
        elif not isinstance(values, Mapping):
            yield _fault(place, values, Text("参数表", "a table of parameters"), _CORRECT)
        elif key == ALL:
            yield from _common_faults(values, indicators.values())
        else:
            yield from _own_faults(values, indicators[key])


def tolerance_faults(metres: object) -> Iterator[Finding]:
    """Yield the fault that the position tolerance is no distance."""
    kind = Number(low=0, unit="m")
    if not kind.accepts(metres):
        yield _fault("position_tolerance", metres, kind.expected, _CORRECT)


def exemption_faults(
    exemptions: Iterable[Exemption], indicators: Mapping[str, Indicator], profiles: Iterable[str]
) -> Iterator[Finding]:
    """Yield what exemptions name that is not known, and levels their indicator has not."""
    keys = sorted(profiles)
    for one in exemptions:
        found = [*_indicator_faults(one, indicators)]
        if one.profile and one.profile not in keys:
            expected = Text(f"其中之一：{', '.join(keys)}", f"one of: {', '.join(keys)}")
            found.append(_unknown(f"exemption.profile {one.profile}", one.profile, expected, keys))
        yield from (fault.at_line(one.line) for fault in found)


def _indicator_faults(one: Exemption, indicators: Mapping[str, Indicator]) -> Iterator[Finding]:
    known = indicators.get(one.indicator)
    if known is None:
        yield _unknown(f"exemption.indicator {one.indicator}", one.indicator, _LISTED, indicators)
        return
    seen = [level for level, layer in LAYER_OF.items() if layer in known.used]
    summed = {"unit", "city"} <= {*known.levels} and not known.is_reported
    levels = dict.fromkeys((*known.levels, *seen, *(["district"] * summed)))
    if one.level not in levels:
        listed = ", ".join(levels)
        expected = Text(f"该指标的层级：{listed}", f"a level of this indicator: {listed}")
        yield _fault(f"exemption.level ({one.indicator})", one.level, expected, _CORRECT)


def _common_faults(values: Mapping[str, Any], indicators: Iterable[Indicator]) -> Iterator[Finding]:
    known = {p.name: p for one in indicators for p in one.open_parameters}
    for name, value in values.items():
        place = f"parameters.{ALL}.{name}"
        if name in known:
            yield from _value_faults(place, known[name], value, known[name].title)
        else:
            yield _unknown(
                place, name, Text("某个指标的参数", "a parameter of some indicator"), known
            )


def _own_faults(values: Mapping[str, Any], one: Indicator) -> Iterator[Finding]:
    known = {p.name: p for p in one.open_parameters}
    listed = ", ".join(known)
    expected = Text(f"该指标的参数：{listed or '无'}", f"its parameters: {listed or 'none'}")
    for name, value in values.items():
        place = f"parameters.{one.key}.{name}"
        if name in one.fixed:
            yield from _fixed_faults(place, one, name, value)
        elif name not in known:
            yield _unknown(place, name, expected, known)
        else:
            title = Text(f"{one.title.zh}：{known[name].title.zh}",
                         f"{one.title.en}: {known[name].title.en}")  # fmt: skip
            yield from _value_faults(place, known[name], value, title)


def _value_faults(place: str, known: Parameter, value: Any, title: Text) -> Iterator[Finding]:
    if not known.kind.accepts(value):
        yield _fault(place, value, known.kind.expected, _CORRECT, title)


def _fixed_faults(place: str, one: Indicator, name: str, value: Any) -> Iterator[Finding]:
    """Yield the fault that a variant's meaning would change; the value it has is none."""
    kind = next(p.kind for p in one.parameters if p.name == name)
    if kind.accepts(value) and kind.read(value) == one.fixed[name]:
        return
    fixed = f"{name} = {one.fixed[name]!r}"
    remedy = Text(f"删去该项；其他取值用 [parameters.{one.variant_of}]。",
                  f"Remove it; for another value use {one.variant_of}, under "
                  f"[parameters.{one.variant_of}].")  # fmt: skip
    expected = Text(f"{fixed}，由指标 {one.key} 规定", f"{fixed}, which {one.key} fixes")
    yield _fault(place, value, expected, remedy, one.title)


_CORRECT = Text("改正或删去该项。", "Correct or remove it.")


def _unknown(place: str, found: object, expected: Text, known: Iterable[str]) -> Finding:
    near = get_close_matches(str(found), [*known], n=1)
    action = Text(f"是否应为 {near[0]}？", f"Did you mean {near[0]}?") if near else _CORRECT
    what = Text(f"{place} 无法识别", f"{place} is not known")
    return Finding("error", "plan", what, repr(found), expected, action)


def _fault(
    place: str, found: object, expected: Text, action: Text, title: Text | None = None
) -> Finding:
    zh, en = (f"（{title.zh}）", f" ({title.en})") if title else ("", "")
    what = Text(f"{place}{zh} 不可用", f"{place}{en} cannot be used")
    return Finding("error", "plan", what, repr(found), expected, action)
