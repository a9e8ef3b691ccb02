"""What the values of a field say: codes, classes, numbers, flags, or nothing of the kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

from carbonspace.model.aliases import VALUES, value_meanings
from carbonspace.model.landuse import CODES, normalise
from carbonspace.model.layers import Column
from carbonspace.model.text import Text
from carbonspace.sources.columns import convert, parted

_SILENT = Text("", "")
_CODED = ("land_use", "use")
_MOST_VALUES = 60
_TELLING_CODE = re.compile(r"[A-Z]\d{1,2}.*|\d{4}|\d{6}|\d{3}|\d{5}", re.IGNORECASE)
_BARE_NUMBERS = 0.5
_MOST_FLOORS = 200
_BOUNDS = re.compile(r"\d\s*[-–—~～至]\s*\d|\d\s*[<≤＜].*[<≤＜]\s*\d")
_DIRECTIONS = {"F": True, "T": True, "B": False}
"""Along its drawing, against it, both ways: how OpenStreetMap's shapefiles write `oneway`."""
_TRUTHS = {"T": True, "F": False}
"""How they write `bridge` and `tunnel`."""


@dataclass(frozen=True)
class Reading:
    """How well values fit a column: `share` of them are understood.

    `support` (0 to 1) is how much the values by themselves speak for the column. `meanings` maps
    what is written to what it means, `strange` is not understood.
    """

    share: float
    support: float = 0.0
    meanings: Mapping[str, Any] = field(default_factory=dict)
    strange: tuple[str, ...] = ()
    why: Text = _SILENT


def reading(layer: str, column: Column, values: pd.Series, when: str) -> Reading | None:
    """Return how sampled values fit a column, or None where they cannot be it.

    `when` is what an alias asks of the values: "bounds", "name", or "told" for a field whose
    name says nothing, so that only telling codes count.
    """
    if values.empty:
        return None
    if when == "name":
        return _code_names(values)
    if when == "bounds":
        return Reading(1.0) if values.astype(str).str.contains(_BOUNDS).any() else None
    if column.values:  # noqa: PD011
        return _classes(layer, column, values)
    if column.name in _CODED:
        return _codes(values, telling=when == "told") or (None if when else _code_names(values))
    if (layer, column.name) in VALUES:
        return _free(layer, column.name, values)
    return _plain(column, values)


def same_text(one: str, other: str) -> bool:
    """Return whether two names differ in case and signs only."""
    return re.sub(r"[\W_]", "", one).casefold() == re.sub(r"[\W_]", "", other).casefold()


def _codes(values: pd.Series, *, telling: bool) -> Reading | None:
    """Return how many values are land-use codes; with `telling`, unmistakable ones only."""
    how = normalise(values)
    known = how["how"] != "unknown"
    written = values.astype(str).str.strip()
    unmistakable = written.str.fullmatch(_TELLING_CODE)
    if float(known.mean()) < 0.5 or (unmistakable & known).sum() < len(values) / 2:
        return None
    if telling and written.nunique() < 2:
        return None
    strange = tuple(dict.fromkeys(written[~known]))[:_MOST_VALUES]
    letters = bool((how["how"] == "crosswalk").mean() > 0.5)
    what = Text("GB 50137 字母代码", "letters of GB 50137") if letters else Text(
        "用地用海分类代码", "codes of the 2023 classification")  # fmt: skip
    return Reading(float(known.mean()), 0.6, {}, strange, _share(known, what))


def _code_names(values: pd.Series) -> Reading | None:
    """Return the codes of values that are names of land uses."""
    written = values.astype(str).str.strip()
    found = {v: _named()[v] for v in written.unique() if v in _named()}
    known = written.isin([*found])
    if float(known.mean()) < 0.5:
        return None
    strange = tuple(v for v in written.unique() if v not in found)[:_MOST_VALUES]
    what = Text("用地用海分类名称", "names of the 2023 classification")
    return Reading(float(known.mean()), 0.3, found, strange, _share(known, what))


@cache
def _named() -> Mapping[str, str]:
    """Return the code of each Chinese name, the shortest where classes share one."""
    return {CODES[code].name.zh: code for code in sorted(CODES, key=len, reverse=True)}


def _classes(layer: str, column: Column, values: pd.Series) -> Reading | None:
    """Return what the values of a coded column mean; all words of a vocabulary that is used."""
    known = {*column.values}  # noqa: PD011
    written = convert(values, "text")[0].dropna()
    if column.many:
        written = written.map(parted).explode()
    distinct = [str(v) for v in written.unique()]
    meant = value_meanings(layer, column.name, distinct)
    hits = written.isin([*meant, *known])
    if written.empty or float(hits.mean()) < 0.5:
        return None
    strange = tuple(v for v in distinct if v not in meant and v not in known)
    shown = {**meant, **_rest(VALUES.get((layer, column.name), {}), known, meant)}
    what = Text("已知的取值", "known values")
    return Reading(float(hits.mean()), 0.5, shown, strange[:_MOST_VALUES], _share(hits, what))


def _free(layer: str, column: str, values: pd.Series) -> Reading:
    """Return what the known words of a column mean that may hold any."""
    written = convert(values, "text")[0].dropna()
    words = VALUES[layer, column]
    meant = value_meanings(layer, column, [str(v) for v in written.unique()])
    hits = written.isin([*meant, *words.values()])
    if not hits.any():
        return Reading(_BARE_NUMBERS if pd.api.types.is_numeric_dtype(values) else 1.0)
    what = Text("已知的取值", "known values")
    return Reading(1.0, 0.5 * float(hits.mean()), meant, (), _share(hits, what))


def _rest(words: Mapping[str, str], known: set[str], meant: Mapping[str, str]) -> dict[str, str]:
    """Return the other English words of a vocabulary: a sample does not show them all."""
    if not any(word.isascii() and word.isalpha() for word in meant):
        return {}
    seen = {*meant, *known}
    return {w: c for w, c in words.items()
            if w.isascii() and len(w) > 3 and not w.isdigit() and w not in seen}  # fmt: skip


def _plain(column: Column, values: pd.Series) -> Reading | None:
    """Return how many values are text, numbers or flags, as the column asks."""
    if column.kind == "flag" and column.name == "oneway" and set(values) <= {*_DIRECTIONS}:
        what = Text("F/T 为单向，B 为双向", "F and T are one-way, B is both ways")
        return Reading(1.0, 0.6, _DIRECTIONS, (), what)
    if column.name in ("bridge", "tunnel") and set(values) <= {*_TRUTHS}:
        return Reading(1.0, 0.6, _TRUTHS, (), Text("T 为是，F 为否", "T is yes, F is no"))
    if column.kind == "text":
        return Reading(_BARE_NUMBERS if _are_bare_codes(column, values) else 1.0)
    if column.kind == "number" and not pd.api.types.is_numeric_dtype(values):
        share = float(values.astype(str).str.contains(r"\d").mean())
        return Reading(share) if share >= 0.5 else None
    good = 1.0 - len(convert(values, column.kind)[1]) / len(values)
    storeys = column.name == "floors" and bool(values.between(1, _MOST_FLOORS).mean() > good / 2)
    return Reading(good, 0.4 if storeys else 0.1) if good >= 0.5 else None


def _are_bare_codes(column: Column, values: pd.Series) -> bool:
    """Return whether a required class is given as numbers that nobody explains."""
    return column.required and pd.api.types.is_numeric_dtype(values)


def _share(known: pd.Series, what: Text) -> Text:
    return Text(f"{int(known.sum())}/{len(known)} 个取值是{what.zh}",
                f"{int(known.sum())} of {len(known)} values are {what.en}")  # fmt: skip
