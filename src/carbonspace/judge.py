"""Values held against rules: the tall table that is the truth of every output."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.clauses import differing, words_of
from carbonspace.model.assessment import COLUMNS
from carbonspace.model.exemption import Excused, reasons_for
from carbonspace.model.indicator import Indicator
from carbonspace.model.levels import BY_RULE, DISTRICT, LAYER_OF, Level
from carbonspace.model.outcome import CITY, Outcome, Reading
from carbonspace.model.reported import NOT_REPORTED
from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Text

NOTHING_TO_MEASURE = Text(
    "没有可计量的对象（分母为 0）", "nothing to measure: the denominator is 0"
)
_NO_REASON = Text("", "")
_LEFT_OUT = Text("另有 {n} 处已豁免，未计入", "{n} more are exempt and left out")


def tall_table(
    outcomes: Iterable[Outcome],
    profiles: Mapping[str, Profile],
    units: pd.DataFrame,
    *,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    city: bool = True,
    districts: Districts | None = None,
    excused: Sequence[Excused] = (),
) -> pd.DataFrame:
    """Return one row per place, indicator and rule, as `Assessment.table` describes it.

    `settings` holds the parameters that each indicator was measured with: a rule whose clause
    states others is held against what the outcome has `otherwise`, and against nothing where it
    has not. A place has the indicator's own figure first.

    `units` get rows, and so do the places within them that an indicator has figures of (buildings
    only where a rule speaks of them); `city` says whether the city does. `districts` are the ids of
    the units of each district; an indicator has figures of them where it has of units and the city.
    `excused` are the places that are exempt: what would be `not_met` is `exempt` there.
    """
    numbered = [
        (key, n, rule) for key, profile in profiles.items() for n, rule in enumerate(profile.rules)
    ]
    used, ground = settings or {}, Ground(units, districts or {}, excused, _alike(units))
    parts = [
        _level_rows(outcome, level, numbered, ground, used.get(outcome.indicator.key, {}))
        for outcome in outcomes
        for level in levels_of(outcome.indicator, ground.districts)
        if city or level != "city"
    ]
    names = [*COLUMNS, "rule"]
    if not any(len(part["unit_id"]) for part in parts):
        return pd.DataFrame([], columns=names)
    return pd.DataFrame({n: np.concatenate([part[n] for part in parts]).tolist() for n in names})


Numbered = tuple[str, int, Rule]
Columns = dict[str, NDArray[Any]]
Districts = Mapping[str, pd.Index]
_FIGURES = ["numerator", "denominator", "value"]
_OF_UNITS = ("unit_id", "name", "geometry")
"""What a unit is, and the city is not, even where it has one unit only."""


def levels_of(one: Indicator, districts: Districts) -> Sequence[Level]:
    """Return the levels an indicator has figures of: of districts where units roll up to them."""
    if not districts or one.is_reported or not {"unit", "city"} <= {*one.levels}:
        return one.levels
    before = [*one.levels].index("city")
    return (*one.levels[:before], "district", *one.levels[before:])


class Ground(NamedTuple):
    """The units that get rows, the ids of those of each district, who is exempt, and the city."""

    units: pd.DataFrame
    districts: Districts
    excused: Sequence[Excused]
    city: pd.DataFrame


class Places(NamedTuple):
    """The places of a level: their ids, their figures (n, 3), and what rules may select on."""

    ids: pd.Index
    figures: NDArray[np.float64]
    about: pd.DataFrame
    left_out: NDArray[np.float64] | None = None
    """How many exempt features the count of each leaves out."""


def _level_rows(
    outcome: Outcome,
    level: Level,
    numbered: Sequence[Numbered],
    ground: Ground,
    settings: Mapping[str, Any],
) -> Columns:
    """Return the columns of the rows of one indicator at one level, place by place."""
    key = outcome.indicator.key
    rules = [n for n in numbered if n[2].indicator == key and level in n[2].levels]
    own, others = _by_definition(outcome, rules, settings)
    more, spoken = [], pd.Index([])
    for words, (mine, used) in others.items():
        rows = _rows_of(outcome.otherwise[words], level, mine, ground, used, None)
        rows["parameters"][:] = words
        spoken = spoken.union(pd.Index(rows["unit_id"]))
        more.append(rows)
    first = _rows_of(outcome, level, own, ground, settings, spoken)
    return _place_by_place([first, *more]) if more else first


Group = tuple[list[Numbered], Mapping[str, Any]]
"""Rules, and the parameters of the figures that they are held against."""


def _by_definition(
    outcome: Outcome, rules: Sequence[Numbered], settings: Mapping[str, Any]
) -> tuple[list[Numbered], dict[str, Group]]:
    """Return the rules held against the indicator's own figure, and by words those of others."""
    own, others = list[Numbered](), dict[str, Group]()
    for one in rules:
        stated = differing(one[2], outcome.indicator, settings) if outcome.otherwise else {}
        words = words_of(outcome.indicator, stated)
        if words in outcome.otherwise:
            others.setdefault(words, ([], {**settings, **stated}))[0].append(one)
        else:
            own.append(one)
    return own, others


def _rows_of(
    outcome: Outcome,
    level: Level,
    rules: Sequence[Numbered],
    ground: Ground,
    settings: Mapping[str, Any],
    spoken: pd.Index | None,
) -> Columns:
    """Return the rows of rules held against one figure; `spoken`: and those of the figure itself.

    It has rows of places that no rule speaks of; of buildings where one, held against another
    figure, does: of those in `spoken`.
    """
    places = _places(outcome.reading, level, ground)
    others = [
        (label, _values_at(places.ids, _places(reading, level, ground)))
        for label, reading in (outcome.variations if rules else ())
    ]
    speaks = _speaking([rule for _, _, rule in rules], places)
    silent = ~speaks.any(axis=1) & (spoken is not None)
    if level in BY_RULE and spoken is not None:
        silent &= places.ids.astype(str).isin(spoken)
    place, position = np.nonzero(np.column_stack([speaks, silent]))
    rows = _blank(outcome, level, places, place)
    for n, one in enumerate(rules):
        chosen = np.flatnonzero(position == n)
        varied = [(label, value[place[chosen]]) for label, value in others]
        for name, held in _held(outcome, one, rows["value"][chosen], varied, settings).items():
            rows[name][chosen] = _with_before(name, held, rows[name][chosen])
        _excuse(rows, chosen, reasons_for(ground.excused, outcome.indicator.key, one[0], level))
    return rows


def _place_by_place(parts: Sequence[Columns]) -> Columns:
    """Return rows as one, those of a place together and in the order they come in."""
    both = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(pd.factorize(both["unit_id"])[0], kind="stable")
    return {name: column[order] for name, column in both.items()}


_BETWEEN = {"reason": "; ", "reason_zh": "；"}


def _with_before(name: str, held: Any, before: NDArray[Any]) -> Any:
    """Return what a rule says of places; a reason goes before what was said of them already."""
    if name not in _BETWEEN:
        return held
    return [_BETWEEN[name].join(filter(None, pair)) or None
            for pair in zip(held, before, strict=True)]  # fmt: skip


def _excuse(rows: Columns, chosen: NDArray[np.intp], reasons: Mapping[str, Text]) -> None:
    """Turn `not_met` into `exempt`, with the reason, where there is one."""
    missed = chosen[rows["status"][chosen] == "not_met"] if reasons else ()
    for row in missed:
        if (why := reasons.get(rows["unit_id"][row])) is not None:
            rows["status"][row] = "exempt"
            for name, words in _in_both("reason", [why]).items():
                rows[name][row] = _with_before(name, words, rows[name][[row]])[0]


def _places(reading: Reading | None, level: Level, ground: Ground) -> Places:
    """Return the places of a level, of which nothing is known where there is no reading."""
    if level in LAYER_OF:
        rows = None if reading is None else reading.units.parts.get(level)
        if rows is None:
            return Places(pd.Index([]), np.empty((0, 3)), pd.DataFrame())
        return Places(rows.index, rows[_FIGURES].to_numpy(dtype=float), rows)
    if level == "city":
        total = reading.total() if reading is not None else [math.nan] * 3
        out = reading.left_out() if reading is not None else 0.0
        return Places(ground.city.index, np.array([total], float), ground.city, np.array([out]))
    if level == "district":
        return _districts(reading, ground.districts)
    units = ground.units
    figures = np.full((len(units), 3), math.nan)
    if reading is not None:
        figures = reading.units.table[_FIGURES].to_numpy(dtype=float)
        if "exempt" in reading.units.table:
            out = reading.units.table["exempt"].fillna(0.0).to_numpy(dtype=float)
            return Places(units.index, figures, units, out)
    return Places(units.index, figures, units)


def _districts(reading: Reading | None, districts: Districts) -> Places:
    """Return the districts: what their units come to together."""
    names = pd.Index([*districts])
    totals = [(math.nan,) * 3 if reading is None else reading.units.total(ids)
              for ids in districts.values()]  # fmt: skip
    out = [0.0 if reading is None else reading.units.left_out(ids) for ids in districts.values()]
    about = pd.DataFrame({DISTRICT: names}, index=names)
    return Places(names, np.array(totals, float), about, np.array(out))


def _alike(units: pd.DataFrame) -> pd.DataFrame:
    """Return what all units say alike: that is said of the city too."""
    told = {column: units[column].drop_duplicates() for column in units if column not in _OF_UNITS}
    alike = {column: values.iloc[0] for column, values in told.items() if len(values) == 1}
    return pd.DataFrame(alike, index=pd.Index([CITY]))


def _values_at(ids: pd.Index, places: Places) -> NDArray[np.float64]:
    """Return the value at each of `ids`, NaN where `places` does not have it."""
    value = places.figures[:, 2]
    if ids.equals(places.ids):
        return value
    found: NDArray[np.float64] = pd.Series(value, index=places.ids).reindex(ids).to_numpy()
    return found


def _speaking(rules: Sequence[Rule], places: Places) -> NDArray[np.bool_]:
    """Return which rule (column) speaks of which place (row).

    Rules select on few columns with few different values, so each is asked once per kind of place.
    """
    named = [column for rule in rules for column in (*rule.where, *rule.where_not)]
    asked = [column for column in dict.fromkeys(named) if column in places.about]
    if not asked:
        return np.tile([rule.applies({}) for rule in rules], (len(places.ids), 1)).astype(bool)
    words = [places.about[column].map(str).tolist() for column in asked]
    kind, kinds = pd.factorize(_tuples(words))
    table = [[rule.applies(dict(zip(asked, one, strict=True))) for rule in rules] for one in kinds]
    by_kind: NDArray[np.bool_] = np.array(table, dtype=bool).reshape(len(kinds), len(rules))
    speaks: NDArray[np.bool_] = by_kind[kind]
    return speaks


def _tuples(columns: Sequence[Sequence[str]]) -> NDArray[Any]:
    rows = np.empty(len(columns[0]), dtype=object)
    rows[:] = list(zip(*columns, strict=True))
    return rows


def _blank(outcome: Outcome, level: Level, places: Places, place: NDArray[np.intp]) -> Columns:
    """Return the rows as they are where no rule speaks."""
    ids, (top, bottom, value) = places.ids[place], places.figures[place].T.copy()
    one = outcome.indicator
    status, reason = _unjudged(outcome, ids, value)
    if places.left_out is not None and places.left_out.any():
        out = places.left_out[place]
        reason = [_LEFT_OUT.filled(n=f"{n:g}") if n else said
                  for n, said in zip(out, reason, strict=True)]  # fmt: skip
    columns: dict[str, Any] = {
        "unit_id": np.array(list(map(str, ids.tolist())), dtype=object), "level": level,
        "indicator": one.key, "value": value, "unit": one.unit, "numerator": top,
        "denominator": bottom, "status": status, "margin": math.nan, **_in_both("reason", reason),
    }  # fmt: skip
    empty = dict.fromkeys([*COLUMNS, "rule"])
    return {name: _filled(held, len(value)) for name, held in (empty | columns).items()}


def _filled(held: Any, count: int) -> NDArray[Any]:
    """Return an array as it is, or a column of one and the same value."""
    if isinstance(held, np.ndarray):
        return held
    return np.full(count, held, dtype=float if isinstance(held, float) else object)


def _unjudged(
    outcome: Outcome, ids: pd.Index, value: NDArray[np.float64]
) -> tuple[NDArray[Any], Sequence[Text]]:
    """Return the status of values that nothing is held against, and why there is none."""
    if outcome.reading is None:
        return _filled("no_data", len(value)), [outcome.reason] * len(value)
    nothing = np.isnan(value)
    if outcome.indicator.is_reported:
        status = np.where(nothing, "no_data", "no_target").astype(object)
        return status, [outcome.said.get(str(place), NOT_REPORTED) for place in ids]
    reason = [NOTHING_TO_MEASURE if one else _NO_REASON for one in nothing]
    return np.where(nothing, "not_applicable", "no_target").astype(object), reason


def _in_both(name: str, texts: Sequence[Text]) -> Columns:
    """Return a column of English words and one of Chinese words, None where there are none."""
    return {
        name: np.array([t.en or None for t in texts], dtype=object),
        f"{name}_zh": np.array([t.zh or None for t in texts], dtype=object),
    }


def _held(
    outcome: Outcome,
    numbered: Numbered,
    value: NDArray[np.float64],
    others: Sequence[tuple[Text, NDArray[np.float64]]],
    settings: Mapping[str, Any],
) -> Columns:
    """Return the columns that a rule changes: values held against it."""
    profile, position, rule = numbered
    columns: dict[str, Any] = {
        "profile": profile, "target": rule.target_text(), "clause_status": rule.evidence,
        "rule": position,
    }  # fmt: skip
    if outcome.reading is None:
        return columns
    there = ~np.isnan(value)
    if others_stated := rule.other_parameters(settings):
        why = _measured_otherwise(outcome.indicator, others_stated)
        why = _listed([rule.never, why]) if rule.never else why
        return columns | _in_both("reason", [why if one else _NO_REASON for one in there])
    if not rule.is_held:
        return columns | _not_held(outcome.indicator, rule, value, there)
    met = rule.met_by(value)
    nothing = "no_data" if outcome.indicator.is_reported else "not_applicable"
    status = np.where(there, np.where(met, "met", "not_met"), nothing)
    columns |= {"status": status.astype(object), "margin": rule.margin(value)}
    return columns | (_robust(rule, there, met, others) if others else {})


def _not_held(
    one: Indicator, rule: Rule, value: NDArray[np.float64], there: NDArray[np.bool_]
) -> Columns:
    """Return what is said where a clause is there and has no verdict: how far off, and why."""
    columns: Columns = {}
    if rule.target and rule.unit == one.unit:
        columns["margin"] = rule.margin(value)
    if rule.never is not None:
        columns |= _in_both("reason", [rule.never if t else _NO_REASON for t in there])
    return columns


def _robust(
    rule: Rule,
    there: NDArray[np.bool_],
    met: NDArray[np.bool_],
    others: Sequence[tuple[Text, NDArray[np.float64]]],
) -> Columns:
    """Return whether verdicts survive the variations, and the names of those that change them."""
    changed = np.column_stack(
        [there & (np.isnan(value) | (rule.met_by(value) != met)) for _, value in others]
    )
    kinds, kind = np.unique(changed, axis=0, return_inverse=True)
    names = [_listed([t for (t, _), c in zip(others, one, strict=True) if c]) for one in kinds]
    robust = (~changed.any(axis=1)).astype(object)
    robust[~there] = None
    return {"robust": robust, **_in_both("flips", [names[n] for n in kind.ravel()])}


def _listed(labels: Sequence[Text]) -> Text:
    return Text("；".join(one.zh for one in labels), "; ".join(one.en for one in labels))


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
