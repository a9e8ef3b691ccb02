"""TOML as people write it: what in it no program can use, and in which line that stands."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from carbonspace.model.text import Text

_LARGEST = 2**63 - 1
_SHOWN = 20
_INTEGER = re.compile(
    r"(?<![\w.])[+-]?(?:0x[\da-fA-F_]{16,}|0o[0-7_]{21,}|0b[01_]{64,}|[1-9][\d_]{17,})(?![\w.])"
)
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\(?:u0000|U00000000|x00)")
_WHOLE = Text(f"绝对值不超过 {_LARGEST} 的整数", f"a whole number up to {_LARGEST}")
_NO_NUL = Text("不含空字符（\\u0000）的文本", "text without a NUL character (\\u0000)")


class Unfit(NamedTuple):
    """A value of a TOML text that cannot be used: its dotted key, its line (0: none is known)."""

    place: str
    line: int
    found: Text
    expected: Text


class UnreadableError(ValueError):
    """A text is no TOML; `line` is where, 0 where that is not known."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.line = line


def toml_of(text: str) -> tuple[dict[str, Any], list[Unfit]]:
    """Return the table that a text describes, and the values in it that cannot be used.

    Raises
    ------
    UnreadableError
        It is no TOML.
    """
    try:
        table = tomllib.loads(text)
    except RecursionError as error:
        raise UnreadableError("nested too deeply", 0) from error
    except tomllib.TOMLDecodeError as error:
        told = re.search(r"line (\d+)", str(error))
        raise UnreadableError(str(error), int(told[1]) if told else 0) from error
    except ValueError as error:  # more digits than Python reads
        line = next(_lines(_INTEGER, text, partial(_is_number, None)), 0)
        raise UnreadableError(f"Integer too large (at line {line})", line) from error
    return table, [*_unfit(table, text)]


def _unfit(table: Mapping[str, Any], text: str) -> Iterator[Unfit]:
    lines = defaultdict[int, Iterator[int]](lambda: iter(()))
    nul = _lines(_NUL, text)
    for place, value in _values(table, ""):
        if isinstance(value, str) and "\0" in value:
            line, *_ = [next(nul, 0) for _ in range(value.count("\0"))]
            yield Unfit(_plain(place), line, _both(repr(_clipped(value))), _NO_NUL)
        if isinstance(value, int) and not -_LARGEST - 1 <= value <= _LARGEST:
            if value not in lines:
                lines[value] = _lines(_INTEGER, text, partial(_is_number, value))
            found = Text(f"{value.bit_length()} 位（二进制）的整数",
                         f"a whole number of {value.bit_length()} bits")  # fmt: skip
            yield Unfit(_plain(place), next(lines[value], 0), found, _WHOLE)


def _values(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield every text and number of a table with its dotted key; keys are texts, too."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            below = f"{place}.{key}" if place else key
            yield below, key
            yield from _values(one, below)
    elif isinstance(value, list):
        for n, one in enumerate(value, 1):
            yield from _values(one, f"{place}[{n}]")
    else:
        yield place, value


def _lines(
    pattern: re.Pattern[str], text: str, chosen: Callable[[str], bool] = lambda _: True
) -> Iterator[int]:
    """Yield the line, from 1, of each match that is chosen."""
    return (n for n, line in enumerate(text.splitlines(), 1)
            for match in pattern.finditer(line) if chosen(match[0]))  # fmt: skip


def _is_number(number: int | None, said: str) -> bool:
    """Return whether digits are a number; None is one that has too many of them."""
    try:
        return int(said, 0) == number
    except ValueError:
        return number is None


def _plain(place: str) -> str:
    return place.replace("\0", "\\u0000")


def _clipped(value: str) -> str:
    return value if len(value) <= 3 * _SHOWN else value[: 3 * _SHOWN] + "…"


def _both(words: str) -> Text:
    return Text(words, words)
