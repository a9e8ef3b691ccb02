"""Markdown that every page is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from carbonspace.model.indicator import Indicator, Parameter
from carbonspace.model.text import Text

MADE = "Made by `python -m docs.pages`; a test compares. · 由上述命令生成。"


def both(words: Text) -> str:
    """Return English and Chinese beside one another."""
    return f"{words.en} · {words.zh}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    written = [head, ["---"] * len(head), *rows]
    return lines("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in written)


def lines(rows: Iterable[str]) -> str:
    """Return rows one below the other."""
    return "\n".join(rows)


def paragraphs(parts: Iterable[str]) -> str:
    """Return a page of the parts that say anything."""
    return "\n\n".join(part for part in parts if part) + "\n"


def unit_of(symbol: str) -> str:
    """Return a unit as people read it; what has none is a plain number."""
    return symbol or "1"


def value(parameter: Parameter, given: Any) -> str:
    """Return a parameter's value as people write it."""
    if given is None:
        return "—"
    if given == () or given == "":
        return "all · 全部"
    return parameter.shown(given)


def number(one: Indicator, figure: float) -> str:
    """Return a value of an indicator with its unit."""
    return f"{figure:,.{one.decimals}f} {one.unit}".strip()


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")
