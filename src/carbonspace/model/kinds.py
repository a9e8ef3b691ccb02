"""What a parameter may be: the kinds of values, each with the words for it and its reader.

A kind stands in the annotation of a parameter (`Metres`, `RoadClasses` …) and is all there is to
know about its values: whatever gives one, `plan.toml` or a script, is read by `Kind.read`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, Literal, get_args, get_origin

from carbonspace.model.text import Text


class Kind(ABC):
    """One kind of values."""

    @property
    @abstractmethod
    def expected(self) -> Text:
        """What a value has to be, in words."""

    @abstractmethod
    def read(self, value: Any) -> Any:
        """Return the value as the indicators take it.

        Raises
        ------
        ValueError
            If it is not of this kind.
        """

    def accepts(self, value: Any) -> bool:
        """Tell whether a value is of this kind."""
        try:
            self.read(value)
        except ValueError:
            return False
        return True


@dataclass(frozen=True)
class Number(Kind):
    """A finite number within bounds; `unit` is only told."""

    low: float | None = None
    high: float | None = None
    whole: bool = False
    unit: str = ""

    @property
    def expected(self) -> Text:
        """What a value has to be, in words."""
        zh, en = ("整数", "a whole number") if self.whole else ("有限的数", "a finite number")
        if self.high is not None:
            low, high = f"{self.low or 0:g}", f"{self.high:g}"
            zh, en = f"{low} 至 {high} 的{zh}", f"{en} from {low} to {high}"
        elif self.low is not None:
            zh, en = f"不小于 {self.low:g} 的{zh}", f"{en}, {self.low:g} or more"
        return Text(f"{zh}（{self.unit}）", f"{en} ({self.unit})") if self.unit else Text(zh, en)

    def read(self, value: Any) -> float | int:
        """Return a float, or an int where it has to be whole; a yes or no is no number."""
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            raise ValueError(value)
        number = float(value)
        if (self.low is not None and number < self.low) or (
            self.high is not None and number > self.high
        ):
            raise ValueError(value)
        if not self.whole:
            return number
        if not isinstance(value, Integral):
            raise ValueError(value)
        return int(value)


@dataclass(frozen=True)
class Flag(Kind):
    """Yes or no."""

    @property
    def expected(self) -> Text:
        """What a value has to be, in words."""
        return Text("true 或 false", "true or false")

    def read(self, value: Any) -> bool:
        """Return the flag; 0 and 1 are numbers."""
        if not isinstance(value, bool):
            raise ValueError(value)
        return value


@dataclass(frozen=True)
class Choice(Kind):
    """One of some texts; none named: any. `named` says in words what they are."""

    values: tuple[str, ...] = ()
    named: Text | None = None

    @property
    def expected(self) -> Text:
        """What a value has to be, in words."""
        if self.named is not None:
            return self.named
        listed = ", ".join(repr(one) for one in self.values)
        return Text(f"以下之一：{listed}", f"one of: {listed}") if listed else Text("文本", "text")

    def read(self, value: Any) -> str:
        """Return the text."""
        if not isinstance(value, str) or (self.values and value not in self.values):
            raise ValueError(value)
        return str(value)


@dataclass(frozen=True)
class Either(Kind):
    """One of some words, or a number where none of them will do."""

    word: Choice
    number: Number

    @property
    def expected(self) -> Text:
        """What a value has to be, in words."""
        word, number = self.word.expected, self.number.expected
        return Text(f"{word.zh}，或{number.zh}", f"{word.en}, or {number.en}")

    def read(self, value: Any) -> str | float | int:
        """Return the word or the number."""
        return self.word.read(value) if isinstance(value, str) else self.number.read(value)


@dataclass(frozen=True)
class Listed(Kind):
    """A list of different texts, each a `choice`, at least `least` of them."""

    choice: Choice = Choice()
    least: int = 1

    @property
    def expected(self) -> Text:
        """What a value has to be, in words."""
        each = self.choice.expected
        zh = "列表" if self.least == 0 else f"至少 {self.least} 项的列表"
        en = "a list" if self.least == 0 else f"a list of {self.least} or more"
        return Text(f"{zh}，不重复，每项为{each.zh}", f"{en}, none twice, each {each.en}")

    def read(self, value: Any) -> tuple[str, ...]:
        """Return the texts as a tuple."""
        texts = tuple(self.choice.read(one) for one in _items(value))
        if len(texts) < self.least or len(set(texts)) < len(texts):
            raise ValueError(value)
        return texts


@dataclass(frozen=True)
class Rows(Kind):
    """A list of at least `least` rows, each with one value of each of `columns`.

    The first `key` columns tell rows apart. `falling`: their first column falls from row to row.
    """

    columns: tuple[Kind, ...]
    titles: Text
    key: int = 1
    falling: bool = False
    least: int = 1

    @property
    def expected(self) -> Text:
        """What a value has to be, in words."""
        zh = "、".join(one.expected.zh for one in self.columns)
        en = "; ".join(one.expected.en for one in self.columns)
        order = Text("，由大到小", ", the largest first") if self.falling else Text("", "")
        rows = Text("至少一行的列表" if self.least else "列表", "a list of rows")
        return Text(
            f"{rows.zh}，行不重复{order.zh}，每行为 [{self.titles.zh}]：{zh}",
            f"{rows.en}, none twice{order.en}, each [{self.titles.en}]: {en}",
        )

    def read(self, value: Any) -> tuple[tuple[Any, ...], ...]:
        """Return the rows as tuples."""
        rows = tuple(self._row(one) for one in _items(value))
        keys = [row[: self.key] for row in rows]
        if len(rows) < self.least or len(set(keys)) < len(keys):
            raise ValueError(value)
        if self.falling and keys != sorted(keys, reverse=True):
            raise ValueError(value)
        return rows

    def _row(self, value: Any) -> tuple[Any, ...]:
        cells = _items(value)
        if len(cells) != len(self.columns):
            raise ValueError(value)
        return tuple(kind.read(cell) for kind, cell in zip(self.columns, cells, strict=True))


_PLAIN: dict[Any, Kind] = {
    bool: Flag(), int: Number(whole=True), float: Number(), str: Choice(),
    tuple[str, ...]: Listed(),
}  # fmt: skip


def kind_of(hint: Any, default: Any) -> Kind:
    """Return the kind a parameter's annotation names; a list may be empty where its default is.

    Raises
    ------
    TypeError
        If the annotation is of no kind that can be checked.
    """
    marks = [m for m in getattr(hint, "__metadata__", ()) if isinstance(m, Kind)]
    bare = get_args(hint)[0] if hasattr(hint, "__metadata__") else hint
    if get_origin(bare) is Literal:
        marks.append(Choice(get_args(bare)))
    kind = marks[0] if marks else _PLAIN.get(bare)
    if kind is None:
        raise TypeError(f"a parameter annotated {hint!r} cannot be checked; name its kind")
    return replace(kind, least=0) if isinstance(kind, Listed) and not default else kind


def _items(value: Any) -> Sequence[Any]:
    """Return the items of a list or tuple; a text is not a list of its letters."""
    if not isinstance(value, list | tuple):
        raise ValueError(value)
    return value
