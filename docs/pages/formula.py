"""The formula of an indicator in symbols, and what its symbols stand for.

What N and D are is told by `terms.csv` (a variant inherits the words of its family), else read
off the first sentence of the definition ("A over B", 甲除以乙); a sum is what its title says.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from docs.pages.words import lines

from carbonspace.model.indicator import Indicator
from carbonspace.model.measure import Measure
from carbonspace.model.text import Text

TERMS = Path(__file__).with_name("terms.csv")
_SPLIT = Text(
    r"^(?P<n>[^。；]+?)，?除以(?P<d>[^。；，]+)", r"^(?P<n>[^.;]+?),? over (?P<d>[^.;,]+)"
)
_AS_DEFINED = Text("见定义", "as the definition says")


class Terms(NamedTuple):
    """What a numerator and a denominator are."""

    numerator: Text
    denominator: Text | None


def text(one: Indicator, measure: Measure) -> str:
    """Return the formula of a unit and of the city, and its symbols, as a list."""
    scale = "" if measure.scale == 1 else f"{measure.scale:,.10g} × "
    said = terms(one) or Terms(_AS_DEFINED, None if measure.is_sum else _AS_DEFINED)
    rows = [_of_unit(measure, scale), _of_city(measure, scale), *_symbols(said, measure)]
    return lines(f"* {row}" for row in rows)


def terms(one: Indicator) -> Terms | None:
    """Return what N and D are, or None where neither table nor definition tells."""
    found = table()
    told = found.get(one.key) or found.get(one.variant_of)
    if told is None and one.aggregate != "ratio":
        return Terms(one.title, None)
    return told or _of_definition(one.definition)


def _of_unit(measure: Measure, scale: str) -> str:
    quotient = "N" if measure.is_sum else "N ÷ D"
    if measure.power != 1.0:
        quotient = f"(N ÷ D)^{measure.power:.4g}"
    of = f", of the place with the {_EXTREMES[measure.extreme].en} value" if measure.extreme else ""
    zh = f"（值{_EXTREMES[measure.extreme].zh}处的）" if measure.extreme else ""
    return f"**v = {scale}{quotient}**{of}{zh}"


def _of_city(measure: Measure, scale: str) -> str:
    if measure.extreme:
        words = _EXTREMES[measure.extreme]
        return f"city: the {words.en} v of its units · 全市：各单元中{words.zh}的 v"
    total = "ΣN" if measure.is_sum else "ΣN ÷ ΣD"
    if measure.power != 1.0:
        total = f"({total})^{measure.power:.4g}"
    return f"city: {scale}{total}, summed over its units · 全市：各单元求和后再算"


def _symbols(said: Terms, measure: Measure) -> Iterator[str]:
    yield f"v: the value · 指标值; N: {said.numerator.en} · {said.numerator.zh}"
    if not measure.is_sum:
        bottom = said.denominator or _AS_DEFINED
        yield f"D: {bottom.en} · {bottom.zh}"
    if "exempt" in measure.table:
        yield "what has a recorded exemption is not in N · 已登记豁免者不计入 N"


_EXTREMES = {"max": Text("最大", "greatest"), "min": Text("最小", "smallest")}


@cache
def table() -> dict[str, Terms]:
    """Return what the table tells, by key."""
    with TERMS.open(encoding="utf-8", newline="") as file:
        return {row["key"]: _row(row) for row in csv.DictReader(file)}


def _row(row: dict[str, str]) -> Terms:
    bottom = Text(row["d_zh"], row["d_en"]) if row["d_en"] else None
    return Terms(Text(row["n_zh"], row["n_en"]), bottom)


def _of_definition(words: Text) -> Terms | None:
    zh, en = (re.match(way, text) for way, text in zip(_SPLIT, words, strict=True))
    if zh is None or en is None or any(_is_torn(part) for part in (*zh.groups(), *en.groups())):
        return None
    top = en["n"][0].lower() + en["n"][1:]
    return Terms(Text(zh["n"], top), Text(zh["d"], en["d"]))


def _is_torn(words: str) -> bool:
    """Return whether a bracket was opened or closed only."""
    return any(words.count(a) != words.count(b) for a, b in ("()", "（）"))
