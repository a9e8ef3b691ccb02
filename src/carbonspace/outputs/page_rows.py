"""The rows of the tall table as the page of the plan holds them: by indicator, then by place.

A place is its number. A status is one digit, its position among `look.VERDICTS`, and `.` where
there is no row; words that many rows say are numbers of a list of texts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.model.rule import Profile
from carbonspace.model.text import Text
from carbonspace.outputs.look import VERDICTS

Ints = NDArray[np.intp]
Clause = tuple[str, int]
"""The profile of a rule, and its position there."""

_NONE = -1
_DIGITS = np.array([*"0123456789"[: len(VERDICTS)], "."])
_JUDGED = [list(VERDICTS).index(one) for one in ("not_met", "exempt", "met")]


class Columns(NamedTuple):
    """Rows as arrays.

    `rule`, `reason` and `flips` are -1 where there is none; `is_own` is False where the figure is
    the one that the clause defines.
    """

    place: Ints
    rule: Ints
    status: Ints
    value: NDArray[np.float64]
    margin: NDArray[np.float64]
    is_own: NDArray[np.bool_]
    reason: Ints
    flips: Ints


Words = dict[Text, int]
"""Texts with their numbers, in order."""


class Shown(NamedTuple):
    """What the page shows: the rows by indicator, and the clauses and texts that they number."""

    rows: dict[str, Columns]
    clauses: list[Clause]
    texts: Words


def shown(
    table: pd.DataFrame,
    places: Mapping[tuple[str, str], int],
    indicators: Iterable[str],
    profiles: Mapping[str, Profile],
) -> Shown:
    """Return the rows of the tall table about `places` (level and id), ready to be numbered."""
    table = table[table["level"].isin({level for level, _ in places})]
    named = zip(table["level"].tolist(), table["unit_id"].tolist(), strict=True)
    at = np.array([places.get(one, _NONE) for one in named], dtype=np.intp)
    asked = pd.Index(list(indicators))
    indicator = asked.get_indexer(table["indicator"])
    order = np.argsort(indicator, kind="stable")
    columns, clauses, texts = _columns(table, at, profiles)
    columns = _of(columns, order[columns.place[order] != _NONE])
    stops = np.cumsum(np.bincount(indicator[at != _NONE], minlength=len(asked)))
    parts = [slice(*ends) for ends in pairwise([0, *stops])]
    return Shown({key: _of(columns, part) for key, part in zip(asked, parts, strict=True)},
                 clauses, texts)  # fmt: skip


def _columns(
    table: pd.DataFrame, place: Ints, profiles: Mapping[str, Profile]
) -> tuple[Columns, list[Clause], Words]:
    """Return the columns of a table whose places are these, and what they number."""
    rule, clauses = _clauses(table, profiles)
    texts: Words = {}
    close = table["robust"].eq(False).to_numpy()
    return Columns(
        place, rule, pd.Index(list(VERDICTS)).get_indexer(table["status"]),
        table["value"].to_numpy(dtype=float), table["margin"].to_numpy(dtype=float),
        table["parameters"].isna().to_numpy(), _numbered(table, "reason", texts),
        np.where(close, _numbered(table, "flips", texts), _NONE),
    ), clauses, texts  # fmt: skip


def _clauses(table: pd.DataFrame, profiles: Mapping[str, Profile]) -> tuple[Ints, list[Clause]]:
    """Return the number of each row's rule, and the rules, in the order of the profiles."""
    clauses = [(key, n) for key, one in profiles.items() for n in range(len(one.rules))]
    first = dict(zip(profiles, np.cumsum([0, *(len(p.rules) for p in profiles.values())]),
                     strict=False))  # fmt: skip
    at = (table["profile"].map(first) + table["rule"].astype(float)).fillna(_NONE)
    used, number = np.unique(at.to_numpy(dtype=np.intp), return_inverse=True)
    spoken = int((used == _NONE).sum())
    return number - spoken, [clauses[n] for n in used[spoken:]]


def _numbered(table: pd.DataFrame, name: str, texts: Words) -> Ints:
    """Return the number of each row's words, in both languages; new ones are added to `texts`."""
    (zh, zhs), (en, ens) = (pd.factorize(table[one]) for one in (f"{name}_zh", name))
    kind, kinds = pd.factorize((zh + 1) * (len(ens) + 1) + en + 1)
    zhs, ens = ["", *zhs], ["", *ens]
    told = [Text(zhs[one // len(ens)], ens[one % len(ens)]) for one in kinds.tolist()]
    numbers = [texts.setdefault(text, len(texts)) if any(text) else _NONE for text in told]
    found: Ints = np.array([*numbers, _NONE], dtype=np.intp)[kind]
    return found


def told(rows: Columns, places: int) -> dict[str, Any]:
    """Return what is told of one indicator: its value and worst status of each place, and rules.

    `value` is empty where no place has one. Words that all places with such a row have are told
    once, of the place `*`.
    """
    by_rule = np.zeros(places, dtype=bool)
    by_rule[rows.place[rows.rule != _NONE]] = True
    spoken = (rows.rule != _NONE) | ~by_rule[rows.place]
    value, worst = np.full(places, math.nan), np.full(places, len(VERDICTS))
    value[rows.place[::-1]] = rows.value[::-1]  # the first is the indicator's own
    np.minimum.at(worst, rows.place[spoken], rows.status[spoken])
    alone = _of(rows, spoken & (rows.rule == _NONE))
    return {
        "value": [] if np.isnan(value).all() else [number(v) for v in value.tolist()],
        "status": _digits(worst),
        "held": [_held(_of(rows, chosen), places) for chosen in _kinds(rows)],
        "reason": _words(alone.place, alone.reason),
    }


def _of(rows: Columns, chosen: Any) -> Columns:
    return Columns(*(column[chosen] for column in rows))


def _kinds(rows: Columns) -> Iterator[NDArray[np.bool_]]:
    """Yield which rows are of each rule, and held against figures of the same kind."""
    for rule in np.unique(rows.rule[rows.rule != _NONE]):
        for own in (True, False):
            chosen = (rows.rule == rule) & (rows.is_own == own)
            if chosen.any():
                yield chosen


def _held(rows: Columns, places: int) -> dict[str, Any]:
    """Return what one rule says of the places."""
    status = np.full(places, len(VERDICTS))
    status[rows.place] = rows.status
    judged = np.isin(rows.status, _JUDGED)
    return {
        "rule": int(rows.rule[0]), "status": _digits(status), "own": bool(rows.is_own[0]),
        "value": {} if rows.is_own[0] else _figures(rows.place, rows.value),
        "margin": _figures(rows.place[judged], rows.margin[judged]),
        "reason": _words(rows.place, rows.reason), "flips": _words(rows.place, rows.flips),
    }  # fmt: skip


def _digits(status: Ints) -> str:
    return "".join(_DIGITS[status].tolist())


def _figures(place: Ints, values: NDArray[np.float64]) -> dict[str, float]:
    """Return the values by place, those that there are."""
    found = zip(place.tolist(), map(number, values.tolist()), strict=True)
    return {str(n): value for n, value in found if value is not None}


def _words(place: Ints, numbers: Ints) -> dict[str, int]:
    """Return the numbers of words by place, those that there are."""
    if len(numbers) > 1 and (numbers == numbers[0]).all():
        return {} if numbers[0] == _NONE else {"*": int(numbers[0])}
    there = numbers != _NONE
    found = zip(place[there].tolist(), numbers[there].tolist(), strict=True)
    return {str(n): words for n, words in found}


def number(value: float) -> float | None:
    """Return a figure as JSON has it: None where there is none, a whole one without `.0`."""
    if not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() and abs(value) < _EXACT else value


_EXACT = 2.0**53
