"""Values of parameters as people type them: texts read as what the parameter takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from carbonspace.model.kinds import Either, Flag, Kind, Listed, Number, Rows

_BETWEEN = re.compile(r"[,，、;；\n]")
_FLAGS = {"true": True, "yes": True, "1": True, "是": True,
          "false": False, "no": False, "0": False, "否": False}  # fmt: skip


def meant(kind: Kind, value: Any) -> Any:
    """Return a value as `kind` takes it, where that is what a text or a flat list means.

    What means nothing of that kind is returned as it is: whoever reads the plan says what is wrong
    with it.
    """
    with suppress(ValueError, OverflowError):
        found = value if kind.accepts(value) else _read(kind, value)
        return found if kind.accepts(found) else value
    return value


def _read(kind: Kind, value: Any) -> Any:
    match kind:
        case Number(whole=whole):
            return _number(value, whole=whole)
        case Either(number=number):
            return _number(value, whole=number.whole)
        case Flag():
            return _FLAGS.get(str(value).strip().lower(), value)
        case Listed():
            return _items(value)
        case Rows(columns=columns):
            return [*_rows(columns, _items(value))]
    return value


def _number(value: Any, *, whole: bool) -> Any:
    if isinstance(value, float) and whole and value.is_integer():
        return int(value)
    if not isinstance(value, str):
        return value
    return int(value) if whole else float(value)


def _items(value: Any) -> list[Any]:
    if not isinstance(value, str):
        return value if isinstance(value, list) else [value]
    return [one for part in _BETWEEN.split(value) if (one := part.strip())]


def _rows(columns: Sequence[Kind], given: list[Any]) -> Iterator[list[Any]]:
    """Yield rows: those that are given, or cells one after the other."""
    size = len(columns)
    are_rows = bool(given) and isinstance(given[0], list)
    for row in given if are_rows else (given[n : n + size] for n in range(0, len(given), size)):
        if len(row) != size:
            raise ValueError(row)
        yield [meant(kind, cell) for kind, cell in zip(columns, row, strict=True)]
