"""Which places are exempt from what: from a column of their layer, and from what a plan says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from carbonspace.model.exemption import EXEMPTION, Excused, Exemption
from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.levels import DISTRICT, LAYER_OF, Level, districts_named
from carbonspace.model.outcome import CITY
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text

_COLUMN_OF: Mapping[Level, str] = {"unit": "units", **LAYER_OF}


class Days(NamedTuple):
    """The day that is stated, and the one that exemptions are held on: today where none is."""

    stated: date | None
    day: date


def days_of(stated: date | None) -> Days:
    """Return the day that is stated, and the one that exemptions are held on."""
    return Days(stated, stated or date.today())  # noqa: DTZ011  the day where the planner is


def excused_in(plan: Plan, on: date) -> tuple[Excused, ...]:
    """Return the places of a prepared plan that are exempt on a day, those of columns first."""
    by_column = (Excused(level, _reasons(plan.layers[key])) for level, key in _COLUMN_OF.items()
                 if key in plan.layers and EXEMPTION in plan.layers[key])  # fmt: skip
    named = (Excused(one.level, dict.fromkeys(one.places or (CITY,), one.words), one.indicator,
                     one.profile) for one in plan.exemptions if one.holds(on))  # fmt: skip
    return (*(one for one in by_column if one.reasons), *named)


def _reasons(layer: gpd.GeoDataFrame) -> dict[str, Text]:
    given = layer[EXEMPTION].dropna().astype(str).str.strip()
    return {str(place): Text(words, words) for place, words in given.items() if words}


def marked(plan: Plan, indicator: str, on: date) -> dict[str, pd.Series]:
    """Return by layer the reasons that a plan gives for features and one indicator, by their id.

    What is said of one profile alone changes no count: the other profiles speak of all.
    """
    found: dict[str, dict[str, str]] = {}
    for one in plan.exemptions:
        speaks = one.indicator == indicator and not one.profile and one.holds(on)
        if speaks and one.level in LAYER_OF:
            layer = found.setdefault(LAYER_OF[one.level], {})
            layer |= dict.fromkeys(one.places, one.words.zh)
    return {key: pd.Series(reasons, dtype=object) for key, reasons in found.items()}


def lapsed(exemptions: Iterable[Exemption], on: date) -> Iterator[Finding]:
    """Yield a finding for each exemption that has ended."""
    for one in exemptions:
        if not one.holds(on) and one.until is not None:
            yield Finding(
                "warning", "plan",
                Text(f"豁免已到期（{one.indicator}）",
                     f"The exemption has ended ({one.indicator})"),
                one.until.isoformat(),
                Text(f"不早于 {on} 的日期", f"a day that is not before {on}"),
                Text("不再豁免；续期或从 plan.toml 中删去。",
                     "It holds no more; renew it, or remove it from plan.toml."),
            ).at_line(one.line)  # fmt: skip


def ends_told(exemptions: Iterable[Exemption], days: Days) -> Iterator[Finding]:
    """Yield on which day exemptions that end are held where none is stated, and which ended."""
    if days.stated is None:
        yield from _by_the_clock(exemptions, days.day)
    yield from lapsed(exemptions, days.day)


def _by_the_clock(exemptions: Iterable[Exemption], today: date) -> Iterator[Finding]:
    ends = [one for one in exemptions if one.until is not None]
    if ends:
        held = sum(one.holds(today) for one in ends)
        yield Finding(
            "note", "plan",
            Text(f"未给出判定日期，豁免按今天（{today}）判断",
                 f"No day is stated: exemptions are held on today ({today})"),
            Text(f"{len(ends)} 项有期限的豁免中 {held} 项有效",
                 f"of {len(ends)} exemptions that end {held} hold"),
            Text("plan.toml 的 on，或 --on", "`on` in plan.toml, or --on"),
            Text("如须按其他日期判断，请写明日期；阈值则不分期全部列出。",
                 "State the day where another is meant; of targets every stage is held."),
        )  # fmt: skip


def place_faults(plan: Plan) -> Iterator[Finding]:
    """Yield a fault for each place exempted that a prepared plan does not have."""
    for one in plan.exemptions:
        known = _ids(plan, one.level) if one.places else pd.Index([])
        for place in one.places:
            if place not in known:
                yield _unknown(one, place, known).at_line(one.line)


def _ids(plan: Plan, level: Level) -> pd.Index:
    units = plan.layers["units"]
    if level == "district":
        return pd.Index(districts_named(units).dropna().unique() if DISTRICT in units else [])
    layer = plan.layers.get(_COLUMN_OF[level])
    return pd.Index([]) if layer is None else layer.index


def _unknown(one: Exemption, place: str, known: pd.Index) -> Finding:
    near = get_close_matches(place, [str(name) for name in known[:10_000]], n=1)
    title = _title(one.level)
    return Finding(
        "error", "plan",
        Text(f"豁免（{one.indicator}）的 places 中有规划没有的{title.zh}",
             f"The exemption ({one.indicator}) names a place the plan does not have"),
        repr(place),
        Text(f"{title.zh}的编号（{len(known)} 个）", f"an id of {title.en} ({len(known)} there)"),
        Text(f"是否应为 {near[0]}？", f"Did you mean {near[0]}?") if near
        else Text("改正或删去该编号，或核对 level。", "Correct or remove it, or check the level."),
    )  # fmt: skip


def _title(level: Level) -> Text:
    if level == "district":
        return Text("行政区", "the districts")
    layer = LAYERS[_COLUMN_OF[level]]
    return Text(layer.title.zh, f"the layer {layer.key}")
