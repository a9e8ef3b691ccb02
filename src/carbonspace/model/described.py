"""Parameters and layers as plain values, for programs that offer them to people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from carbonspace.model.choices import choice_words
from carbonspace.model.coded import RASTER_KINDS
from carbonspace.model.column import Column, Layer
from carbonspace.model.indicator import Indicator, Parameter
from carbonspace.model.kinds import Choice, Either, Flag, Kind, Listed, Number, Rows
from carbonspace.model.landuse import CODES
from carbonspace.model.rasters import RASTERS
from carbonspace.model.text import Text

_LAND_USE = "land_use"
_MANY = 30
"""More values than that are told once, as a vocabulary, and by its name where they are used."""

_BETWEEN = re.compile(r", (?![^(]*\))")
"""Between the titles of the columns of a row, not within brackets."""

Titled = dict[str, Any]


class Vocabularies:
    """Long lists of values, each told once."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, ...], str] = {}
        self.words: dict[str, list[Titled]] = {}

    def told(self, parameter: str, values: tuple[str, ...]) -> dict[str, Any]:
        """Return `choices`, or the name of the `vocabulary` that has them."""
        titled = [{"value": one, "title": choice_words(parameter, one, values)._asdict()}
                  for one in values]  # fmt: skip
        if len(values) <= _MANY:
            return {"choices": titled}
        kind = _LAND_USE if {*values} - {""} <= {*CODES} else parameter
        name = self._names.setdefault(values, self._free(kind))
        self.words.setdefault(name, titled)
        return {"vocabulary": name}

    def _free(self, parameter: str) -> str:
        """Return a name no other list has."""
        number = sum(name.partition(".")[0] == parameter for name in self.words)
        return f"{parameter}.{number + 1}" if number else parameter


def parameter_facts(
    one: Parameter, indicator: Indicator, vocabularies: Vocabularies
) -> dict[str, Any]:
    """Return a parameter: name, default, unit, title, kind with its limits, whether it is fixed."""
    return {
        "name": one.name, "default": one.default, "unit": one.unit, "title": one.title._asdict(),
        "fixed": one.name in indicator.fixed,
        **_kind(one.kind, one.name, vocabularies),
    }  # fmt: skip


def layer_facts(layer: Layer) -> dict[str, Any]:
    """Return a canonical layer with its columns; the first of them is its id."""
    return {
        "key": layer.key, "title": layer.title._asdict(), "geometry": list(layer.geometry),
        "id": layer.id, "columns": [_column(one) for one in layer.columns],
    }  # fmt: skip


def raster_facts(kind: str) -> dict[str, Any]:
    """Return a kind of raster: its title, and the units its cells may be in."""
    ranges = RASTERS[kind].ranges
    return {"key": kind, "title": RASTER_KINDS[kind]._asdict(), "units": list(ranges),
            "classes": RASTERS[kind].has_classes}  # fmt: skip


def _column(one: Column) -> dict[str, Any]:
    titled = [{"value": v, "title": choice_words(one.name, v, one.values)._asdict()}
              for v in one.values]  # fmt: skip
    return {
        "name": one.name, "title": one.title._asdict(), "type": one.kind, "unit": one.unit,
        "required": one.required, "many": one.many, "refers_to": one.refers_to,
        "minimum": one.low if one.kind == "number" else None, "maximum": one.high,
        "choices": titled,
    }  # fmt: skip


def _kind(kind: Kind, name: str, vocabularies: Vocabularies) -> dict[str, Any]:
    match kind:
        case Number():
            return _number(kind)
        case Flag():
            return {"kind": "flag"}
        case Choice():
            return _choice(kind, name, vocabularies)
        case Either(word, number):
            return {**_number(number), "kind": "either", "whole": number.whole,
                    **vocabularies.told(name, word.values)}  # fmt: skip
        case Listed(choice, least):
            return {**_choice(choice, name, vocabularies), "kind": "list", "least": least}
        case Rows():
            return _rows(kind, name, vocabularies)
    raise TypeError(f"{kind!r} is a kind nobody has described")


def _number(kind: Number) -> dict[str, Any]:
    return {"kind": "integer" if kind.whole else "number",
            "minimum": kind.low, "maximum": kind.high}  # fmt: skip


def _choice(kind: Choice, name: str, vocabularies: Vocabularies) -> dict[str, Any]:
    if not kind.values:
        return {"kind": "text"}
    return {"kind": "choice", **vocabularies.told(name, kind.values)}


def _rows(kind: Rows, name: str, vocabularies: Vocabularies) -> dict[str, Any]:
    titles = zip(*(_BETWEEN.split(words) for words in kind.titles), strict=True)
    columns = [{"title": Text(*both)._asdict(), **_kind(one, name, vocabularies)}
               for both, one in zip(titles, kind.columns, strict=True)]  # fmt: skip
    return {"kind": "rows", "least": kind.least, "columns": columns}


def titled(words: Mapping[str, Text]) -> list[Titled]:
    """Return keys with their titles, in order."""
    return [{"key": key, "title": title._asdict()} for key, title in words.items()]
