"""Numbers as people write them: full-width, with units, as bounds, ranges and percentages.

`≤2.5` is an upper bound, `1.0-2.0` both bounds, `30%` and `0.3` the same share. What is understood
is said in a note; what can be meant in two ways is not understood.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from carbonspace.model.layers import Column
from carbonspace.model.uom import uom_written

LARGEST_FRACTION = 1.5
"""A column of shares without a greater value is in fractions, 0 to 1, not in percent."""

_MOST = 1e15
"""No figure of a city is greater; sums and products of greater ones would be no numbers."""
_BLANK = frozenset({"", "-", "--", "/", "\\", "null", "<null>", "none", "nan", "n/a", "na", "#n/a"})
_NO_LIMIT = frozenset({"不限", "不控制", "不作限制", "无限制"})
_COUNTED = {"": ("层", "f"), "space": ("个", "位", "泊", "车位", "泊位", "个泊位")}
_SIGNS = (
    (r"不大于|不超过|不高于|不得大于|不得超过|小于或?等于|至多|<=|=<|≦|⩽|\bmax", "≤"),
    (r"不小于|不低于|不少于|不得小于|不得低于|大于或?等于|至少|>=|=>|≧|⩾|\bmin", "≥"),
    (r"小于|低于|少于", "<"), (r"大于|高于|超过", ">"),
    (r"[—–―−‐‑~〜∼至到]+|(?<=\d)-+(?=\d)|(?<=%)-+(?=\d)", "~"),
)  # fmt: skip
_NUMBER = r"\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?"
_UNIT = r"(?![以及左])[%a-z\u4e00-\u9fff](?:(?![以及左])[a-z0-9\u4e00-\u9fff])*?"
_NAME = r"[a-z_\u4e00-\u9fff]{0,16}"
_PLAIN = re.compile(
    rf"(?P<about>大约|约|≈)?(?P<sign>[+-]?)(?P<a>{_NUMBER})(?P<u>{_UNIT})?"
    r"(?P<side>(?:及|\(含\))?以[上下内])?(?P<near>左右)?"
)
_ONE = re.compile(rf"{_NAME}(?P<op>[≤≥<>=])(?P<a>{_NUMBER})(?P<u>{_UNIT})?")
_TURNED = re.compile(rf"(?P<a>{_NUMBER})(?P<u>{_UNIT})?(?P<op>[≤≥<>]){_NAME}")
_RANGE = re.compile(
    rf"(?P<l>[\[(]?)(?P<a>{_NUMBER})(?P<u>{_UNIT})?~(?P<b>{_NUMBER})(?P<v>{_UNIT})?(?P<r>[\])]?)"
)
_INTERVAL = re.compile(
    rf"[\[(](?P<a>{_NUMBER})(?P<u>{_UNIT})?,(?P<b>{_NUMBER})(?P<v>{_UNIT})?[\])]"
)
_BETWEEN = re.compile(
    rf"(?P<a>{_NUMBER})(?P<u>{_UNIT})?(?:(?P<up>[≤<]){_NAME}[≤<]|(?P<down>[≥>]){_NAME}[≥>])"
    rf"(?P<b>{_NUMBER})(?P<v>{_UNIT})?"
)
_MOST_CHARACTERS = 64


class Said(NamedTuple):
    """What one text says: bounds (both the same for a plain number) and how they are written.

    `unit` is what follows the number; `is_plain` is True where neither bound is named, `is_about`
    where the number is said to be near.
    """

    low: float | None
    high: float | None
    unit: str = ""
    is_plain: bool = True
    is_strict: bool = False
    is_about: bool = False


class Numbers(NamedTuple):
    """Numbers read from a column.

    `bad` are the positions of what is no number, `ways` how texts were understood: for each way
    the positions.
    """

    found: pd.Series
    bad: np.ndarray
    ways: dict[str, list[int]]


def said(text: str) -> Said | None:
    """Return what a text says as a number, as bounds or as a range; None if it says none of it."""
    if len(text) > _MOST_CHARACTERS:
        return None
    words = _in_signs(text)
    for pattern, meaning in _FORMS:
        if found := pattern.fullmatch(words):
            return meaning(found)
    halves = re.split(r"[,;、且并和]+", words)
    if len(halves) == 2:
        return _joined(*(_one_sided(half) for half in halves))
    return None


def read_numbers(
    values: pd.Series, column: Column, *, factor: float = 1.0, unit: str | None = None,
    shared: bool = False,
) -> Numbers:  # fmt: skip
    """Return the numbers of a column, null where there is none.

    Parameters
    ----------
    factor
        What a bare number of the column is worth in its canonical unit (it is not applied here).
    unit
        For a share: "percent" or "fraction" where that is stated; else the values tell.
    shared
        One field gives both bounds: a bare number is then the bound that is customary.
    """
    read = _Reader(column, factor, shared)
    if values.dtype.kind in "iuf":
        numbers, plain = values.astype("float64").to_numpy(copy=True), values.notna().to_numpy()
        if shared and not read.takes_bare:
            numbers[:] = np.nan
    else:
        found = {value: read.one(value) for value in values.dropna().unique()}
        picked = [found.get(v, _NOTHING) if not _is_null(v) else _NOTHING for v in values]
        numbers = np.array([math.nan if p.number is None else p.number for p in picked])
        plain = np.array([p.is_bare for p in picked], dtype=bool)
        read.place(picked)
    read.add("side", np.flatnonzero(plain & np.isfinite(numbers)) if shared else ())
    endless = np.flatnonzero(np.abs(numbers) > _MOST)
    bad = np.union1d(np.array(read.bad, dtype=int), endless)
    numbers[bad] = np.nan
    if column.share:
        _as_percent(numbers, plain, unit, read)
    return Numbers(pd.Series(numbers, index=values.index, dtype="float64"), bad, read.ways)


class _Picked(NamedTuple):
    """The number a text gives this column, and the ways it was understood."""

    number: float | None
    ways: tuple[str, ...] = ()
    is_bare: bool = False
    is_bad: bool = False


_NOTHING = _Picked(None)
_BAD = _Picked(None, is_bad=True)


class _Reader:
    """Reads the values of one column, and keeps how."""

    def __init__(self, column: Column, factor: float, shared: bool) -> None:
        self.column, self.factor, self.shared = column, factor, shared
        customary = "low" if column.name.startswith("green_ratio") else "high"
        self.takes_bare = not shared or column.bound == customary
        self.ways: dict[str, list[int]] = {}
        self.bad: list[int] = []

    def one(self, value: Any) -> _Picked:
        """Return what one value gives."""
        if isinstance(value, bool | np.bool_):
            return _BAD
        if not isinstance(value, str):
            is_number = isinstance(value, int | float | np.number | Decimal)
            return self._bare(float(value)) if is_number else _BAD
        plain = plainly(value)
        if plain.casefold() in _BLANK or (self.column.bound and plain in _NO_LIMIT):
            return _Picked(None, ("blank",) if plain else ())
        found = said(plain)
        if found is None or (not found.is_plain and not self.column.bound):
            return _BAD
        return self._in_unit(found, plain, value)

    def place(self, picked: list[_Picked]) -> None:
        """Keep where each way, and each fault, was met."""
        for n, one in enumerate(picked):
            for way in one.ways:
                self.ways.setdefault(way, []).append(n)
            if one.is_bad:
                self.bad.append(n)

    def add(self, way: str, where: Any) -> None:
        """Keep where a way was met."""
        if len(where):
            self.ways.setdefault(way, []).extend(int(n) for n in where)

    def _bare(self, number: float) -> _Picked:
        return _Picked(number if self.takes_bare else None, (), is_bare=True)

    def _in_unit(self, found: Said, plain: str, value: str) -> _Picked:
        scale = self._scale(found.unit)
        if scale is None:
            return _BAD
        side = found.low if self.column.bound == "low" else found.high
        if found.is_plain and not self.takes_bare:
            side = None
        ways = tuple(self._ways(found, plain, value, side))
        bare = not found.unit
        return _Picked(None if side is None else side * scale, ways, is_bare=bare)

    def _scale(self, unit: str) -> float | None:
        """Return what to multiply a number with such a unit by, None for a unit that cannot be."""
        if not unit or unit in _COUNTED.get(self.column.unit, ()):
            return 1.0
        known = uom_written(self.column.unit, unit)
        return None if known is None else known.factor / self.factor

    def _ways(self, found: Said, plain: str, value: str, side: float | None) -> Iterator[str]:
        if not found.is_plain:
            yield "bound" if side is not None else "other"
        if found.is_about:
            yield "about"
        if found.unit:
            yield "unit"
        if plain != value.strip():
            yield "width"
        if found.is_plain and "," in plain:
            yield "thousands"


def plainly(text: str) -> str:
    """Return text in half-width characters, without blanks at its ends or invisible characters."""
    seen = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc") or c.isspace())
    return unicodedata.normalize("NFKC", seen).strip()


def _in_signs(text: str) -> str:
    """Return text with words for bounds as signs, and no blanks but between digits."""
    words = re.sub(r"\s+(?=\D)|(?<=\D)\s+", "", text.casefold())
    for pattern, sign in _SIGNS:
        words = re.sub(pattern, sign, words)
    return words


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _unit(found: re.Match[str]) -> str:
    """Return the unit of a range: of either end, "?" where they differ."""
    units = {found["u"] or "", found["v"] or ""} - {""}
    if len(units) > 1 or (found["u"] and not found["v"]):
        return "?"
    return units.pop() if units else ""


def _plain(found: re.Match[str]) -> Said | None:
    number = _number(found["a"])
    is_about = bool(found["about"] or found["near"])
    if side := found["side"]:
        low, high = (number, None) if side.endswith("上") else (None, number)
        is_clear = not found["sign"] and not is_about
        return Said(low, high, found["u"] or "", is_plain=False) if is_clear else None
    number = -number if found["sign"] == "-" else number
    return Said(number, number, found["u"] or "", is_about=is_about)


def _one(found: re.Match[str]) -> Said:
    number, sign = _number(found["a"]), found["op"]
    low = number if sign in "≥>=" else None
    high = number if sign in "≤<=" else None
    return Said(low, high, found["u"] or "", is_plain=False, is_strict=sign in "<>")


def _turned(found: re.Match[str]) -> Said:
    turned = _one(found)
    return turned._replace(low=turned.high, high=turned.low)


def _pair(found: re.Match[str]) -> Said | None:
    low, high = _number(found["a"]), _number(found["b"])
    if found.re is _BETWEEN and found["down"]:
        low, high = high, low
    return Said(low, high, _unit(found), is_plain=False) if low <= high else None


def _one_sided(text: str) -> Said | None:
    found = _ONE.fullmatch(text)
    return _one(found) if found else None


def _joined(first: Said | None, second: Said | None) -> Said | None:
    """Return both bounds of "≥1.0,≤2.5"."""
    if first is None or second is None or first.unit != second.unit:
        return None
    low = first.low if first.low is not None else second.low
    high = first.high if first.high is not None else second.high
    is_pair = (first.low is None) != (second.low is None) and low is not None and high is not None
    return first._replace(low=low, high=high) if is_pair and low <= high else None  # type: ignore[operator]


_FORMS = ((_PLAIN, _plain), (_ONE, _one), (_TURNED, _turned), (_BETWEEN, _pair), (_RANGE, _pair),
          (_INTERVAL, _pair))  # fmt: skip


def _as_percent(numbers: np.ndarray, plain: np.ndarray, unit: str | None, read: _Reader) -> None:
    """Turn bare fractions into percent, where that is what they are."""
    bare = np.where(plain, numbers, np.nan)
    known = bare[np.isfinite(bare)]
    largest = known.max(initial=0.0)
    if unit == "fraction" or (unit is None and largest <= LARGEST_FRACTION):
        numbers[plain] *= 100.0
        read.add("fraction", np.flatnonzero(plain & np.isfinite(numbers) & (numbers != 0)))
    elif unit is None:
        read.add("small", np.flatnonzero((bare > 0) & (bare <= 1)))


def _is_null(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value
