"""The tall table against a derivation row by row, as one would write it on paper."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from carbonspace import assessing, evaluate, read_plan
from carbonspace.judge import NOTHING_TO_MEASURE, tall_table
from carbonspace.model.assessment import COLUMNS
from carbonspace.model.indicator import Indicator, Metres, declaration_of, indicator
from carbonspace.model.levels import Level
from carbonspace.model.measure import Measure
from carbonspace.model.outcome import CITY, Outcome, Reading
from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Text
from carbonspace.sources.samples import sample_plan

Figures = dict[str, tuple[float, float, float]]
WITHIN: tuple[Level, ...] = ("block", "parcel", "building", "life_circle")


def _one_by_one(
    outcomes: Sequence[Outcome],
    profiles: Mapping[str, Profile],
    units: pd.DataFrame,
    settings: Mapping[str, Mapping[str, Any]],
    only: frozenset[str],
    *,
    city: bool = True,
) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for one in outcomes:
        used = settings.get(one.indicator.key, {})
        for level in one.indicator.levels:
            if level == "city" and not city:
                continue
            speaking: dict[str, list[tuple[Any, Any, Rule]]] = {"": []}
            for profile in profiles.values():
                for n, rule in enumerate(profile.rules):
                    if rule.indicator == one.indicator.key and level in rule.levels:
                        words = _stated_otherwise(rule, used)
                        words = words if words in one.otherwise else ""
                        speaking.setdefault(words, []).append((profile.key, n, rule))
            told: dict[str, list[tuple[Any, ...]]] = {}
            for words, rules in speaking.items():
                sub = one.otherwise.get(words, one)
                for place, row in _rows(sub, words, level, rules, used, units, only):
                    told.setdefault(place, []).append(row)
            rows += [row for rows_of_place in told.values() for row in rows_of_place]
    return pd.DataFrame(rows, columns=[*COLUMNS, "rule"])


def _stated_otherwise(rule: Rule, used: Mapping[str, Any]) -> str:
    """Return `base = built_up` where the clause says so and it was measured otherwise."""
    return "; ".join(f"{name} = {value}" for name, value in sorted(rule.parameters.items())
                     if name in used and used[name] != value)  # fmt: skip


def _rows(
    one: Outcome, words: str, level: Level, rules: Sequence[tuple[Any, int, Rule]],
    used: Mapping[str, Any], units: pd.DataFrame, only: frozenset[str],
) -> Iterator[tuple[str, tuple[Any, ...]]]:  # fmt: skip
    """Yield the rows of each place: of rules held against this figure, and of what none is."""
    varied = [(t, _figures(r, level, units, only)) for t, r in one.variations]
    about = _about(one.reading, level, units)
    for place, figures in _figures(one.reading, level, units, only).items():
        spoken = [(key, n, rule) for key, n, rule in rules if rule.applies(about.get(place, {}))]
        others = [(t, found.get(place, (math.nan,) * 3)[2]) for t, found in varied]
        facts = (place, level, one.indicator.key, figures[2], one.indicator.unit)
        nobody: list[tuple[Any, Any, Any]] = [(None, None, None)]
        for key, n, rule in spoken or nobody[: not words and level != "building"]:
            target = rule.target_text() if rule else None
            now = {**used, **rule.parameters} if rule and words else used
            verdict = list(_verdict(one, figures[2], rule, others, now))
            if (out := _left_out(one.reading, level, place)) and verdict[-1] is None:
                verdict[-2:] = _EXEMPT.en.format(n=out), _EXEMPT.zh.format(n=out)
            sure = rule.evidence if rule else None
            yield place, (*facts, *figures[:2], key, target, sure, *verdict, words or None, n)


_EXEMPT = Text("另有 {n} 处已豁免，未计入", "{n} more are exempt and left out")


def _left_out(reading: Reading | None, level: Level, place: str) -> int:
    if reading is None or level in WITHIN or "exempt" not in reading.units.table:
        return 0
    told = reading.units.excused or {}
    return len({*chain(*told.values())} if level == "city" else told.get(place, ()))


def _figures(
    reading: Reading | None, level: Level, units: pd.DataFrame, only: frozenset[str]
) -> Figures:
    unknown = (math.nan, math.nan, math.nan)
    if level == "city":
        return {CITY: unknown if reading is None else reading.total()}
    if level in WITHIN:
        parts = {} if reading is None else reading.units.parts
        return {str(p): (r.numerator, r.denominator, r.value)
                for p, r in parts.get(level, pd.DataFrame()).iterrows()
                if r.unit_id in only}  # fmt: skip
    return {str(u): unknown if reading is None
            else tuple(reading.units.table.loc[u, ["numerator", "denominator", "value"]])
            for u in units.index if u in only}  # fmt: skip


def _about(reading: Reading | None, level: Level, units: pd.DataFrame) -> dict[str, Any]:
    frame = units if level == "unit" else None
    if level in WITHIN and reading is not None:
        frame = reading.units.parts.get(level)
    if frame is None:
        return {}
    plain = frame.drop(columns="geometry", errors="ignore")
    return {str(k): dict(zip(plain.columns, row, strict=True))
            for k, row in zip(plain.index, plain.itertuples(index=False), strict=True)}  # fmt: skip


def _verdict(
    one: Outcome,
    value: float,
    rule: Rule | None,
    others: Sequence[tuple[Text, float]],
    used: Mapping[str, Any],
) -> Iterator[Any]:
    """Yield status, margin, robust, flips, flips_zh, reason, reason_zh."""
    nothing = (math.nan, None, None, None)
    if one.reading is None:
        yield from ("no_data", *nothing, one.reason.en or None, one.reason.zh or None)
    elif math.isnan(value):
        yield from ("not_applicable", *nothing, NOTHING_TO_MEASURE.en, NOTHING_TO_MEASURE.zh)
    elif rule is not None and rule.other_parameters(used):
        assert rule.parameters == {"radius": 300.0}
        yield from ("no_target", *nothing,
                    "the clause speaks of radius 300 m, measured with 500 m",
                    "条文所指为服务半径 300 m，量算用的是 500 m，不作判定")  # fmt: skip
    elif rule is None or rule.comparator == "none":
        yield from ("no_target", *nothing, None, None)
    elif rule.never is not None:
        off = rule.margin(value) if rule.unit == one.indicator.unit else math.nan
        yield from ("no_target", off, None, None, None, *rule.never[::-1])
    else:
        status = rule.judge(value)
        turned = [t for t, v in others if math.isnan(v) or rule.judge(v) != status]
        zh, en = "；".join(t.zh for t in turned), "; ".join(t.en for t in turned)
        robust = not turned if others and rule.is_held else None
        yield from (status, rule.margin(value), robust, en or None, zh or None, None, None)


@pytest.mark.parametrize("only", [None, 2])
def test_golden_row_by_row(monkeypatch: pytest.MonkeyPatch, only: int | None) -> None:
    asked: list[Any] = []

    def kept(outcomes: list[Outcome], held: Any, units: pd.DataFrame, **more: Any) -> pd.DataFrame:
        asked.append((list(outcomes), held, units, more))
        return tall_table(outcomes, held, units, **more)

    monkeypatch.setattr(assessing, "tall_table", kept)
    plan = read_plan(sample_plan("golden"))
    units = plan.layers["units"]
    ids = units.get("unit_id", units.index)
    few = list(ids)[:only]
    table = evaluate(plan, units=few if only else None).table
    outcomes, held, seen, more = asked[0]
    expected = _one_by_one(outcomes, held, seen, more["settings"], frozenset(few),
                           city=more["city"])  # fmt: skip
    pd.testing.assert_frame_equal(table, expected)
    assert {"met", "not_met", "no_target"} <= set(table["status"])


def _never(units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, *, radius: Metres = 500) -> Measure:
    raise AssertionError("the judge never computes")


SHARE: Indicator = declaration_of(
    indicator(title=Text("占比", "Share"), unit="%", theme="mixed_use", aggregate="ratio",
              source="s", definition=Text("定义", "definition"),
              levels=("unit", "city", *WITHIN))(_never)
)  # fmt: skip


def _rule(comparator: Any, *target: float, **facts: Any) -> Rule:
    levels = facts.pop("levels", WITHIN)
    return Rule("p", SHARE.key, comparator, target, "%", "q", "s", Text("", ""), "verified",
                levels=levels, **facts)  # fmt: skip


RULES = (
    _rule(">=", 70.0, where={"land_use": ("07",)}),
    _rule("between", 40.0, 60.0, where={"land_use": ("08", "09"), "zone": ("A",)}),
    _rule(">", 50.0, where_not={"zone": ("A", "B")}, tolerance=0.5),
    _rule("<=", 90.0, where={"absent": ("x",)}),
    _rule("none", where={"zone": ("B",)}),
    _rule("==", 50.0, where={"land_use": ("0701",)}, parameters={"radius": 300.0}),
    _rule("<", 50.0, levels=("unit", "city"), where={}),
    _rule(">=", 10.0, levels=("unit",), where={"unit_type": ("old",)}),
    _rule("<=", 30.0, levels=("building",), where={"zone": ("B",)}),
    _rule(">=", 30.0, levels=("block", "parcel"), where={"zone": ("B",)}),
)


def _within(count: int, seed: int) -> Measure:
    """Return a measure with figures of places that have the same ids at every level."""
    parts = {level: _ragged(count, 10 * seed + n) for n, level in enumerate(WITHIN)}
    sums = parts["parcel"].groupby("unit_id")[["numerator", "denominator"]].sum()
    return Measure.of(sums.index, sums["numerator"], sums["denominator"], scale=100.0,
                      evidence=gpd.GeoDataFrame, parts=parts)  # fmt: skip


def _ragged(count: int, seed: int) -> pd.DataFrame:
    """Return figures of ragged places: some empty, some without a zone."""
    random = np.random.default_rng(seed)
    top, bottom = (
        random.integers(0, 11, count) * 10.0,
        random.choice([0.0, 100.0], count, p=[0.1, 0.9]),
    )
    ids = [f"U{n}" for n in range(count)]
    value = np.divide(100 * top, bottom, out=np.full(count, np.nan), where=bottom > 0)
    return pd.DataFrame({
        "unit_id": [f"U{n % 7}" for n in range(count)],
        "land_use": random.choice(["0701", "0702", "0801", "0901", "1001"], count),
        "zone": random.choice(np.array(["A", "B", None], dtype=object), count),
        "numerator": top, "denominator": bottom, "value": value,
    }, index=ids)  # fmt: skip


def _case(count: int) -> tuple[list[Outcome], dict[str, Profile], pd.DataFrame]:
    measured, longer = _within(count, 1), _within(count, 2)
    fewer = {level: rows.iloc[::3] for level, rows in _within(count, 3).parts.items()}
    missing = Measure(longer.table, 100.0, gpd.GeoDataFrame, fewer)
    varied = tuple((Text(f"别法{n}", f"another way {n}"), Reading(one))
                   for n, one in enumerate((measured, longer, missing)))  # fmt: skip
    units = pd.DataFrame({"unit_type": ["old", "new", None] * 2 + ["old"]},
                         index=pd.Index([f"U{n}" for n in range(7)], name="unit_id"))  # fmt: skip
    outcomes = [Outcome(SHARE, Reading(measured), variations=varied),
                Outcome(SHARE, None, Text("缺少图层", "missing layer"))]  # fmt: skip
    document = Profile("p", Text("甲", "p"), "d", RULES)
    return outcomes, {"p": document}, units


def test_places_within_units_row_by_row() -> None:
    outcomes, held, units = _case(200)
    settings = {SHARE.key: {"radius": 500.0}}
    table = tall_table(outcomes, held, units, settings=settings)
    expected = _one_by_one(outcomes, held, units, settings, frozenset(units.index))
    pd.testing.assert_frame_equal(table, expected)
    assert set(table["status"]) == {"met", "not_met", "no_target", "no_data", "not_applicable"}
    assert table["flips"].nunique() >= 3
    for level in WITHIN:
        rows = table[table["level"] == level]
        assert {"met", "not_met", "not_applicable"} <= set(rows["status"])
        assert (rows["profile"].isna()).any() == (level != "building")


def test_buildings_no_rule_speaks_of_make_no_rows() -> None:
    outcomes, held, units = _case(200)
    silent = {"p": replace(held["p"], rules=tuple(r for r in RULES if "building" not in r.levels))}
    levels = tall_table(outcomes, silent, units)["level"].value_counts()
    assert levels["block"] >= 200
    assert "building" not in levels


def test_the_rules_of_a_large_plan_are_asked_once_per_kind_of_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcomes, held, units = _case(5000)
    asked, applies = [], Rule.applies

    def counted(rule: Rule, about: Mapping[str, object]) -> bool:
        asked.append(rule)
        return applies(rule, about)

    monkeypatch.setattr(Rule, "applies", counted)
    tall_table(outcomes, held, units)
    assert len(asked) < 500


def test_nothing_asked_for_is_an_empty_table() -> None:
    units = pd.DataFrame(index=pd.Index(["U0"], name="unit_id"))
    assert list(tall_table([], {}, units).columns) == [*COLUMNS, "rule"]
