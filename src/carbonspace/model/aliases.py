"""What planners' files call things: names of layers and fields, and words for coded values.

`field_aliases.csv` and `value_aliases.csv` hold the lists. Their `evidence` says where a name is
from: `seen` in databases of Chinese plans or the public tools that check them, `data` in a data
set we read, `osm` in OpenStreetMap, `word` a plain word of the field, `memory` nobody has
verified it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from carbonspace.model.layers import LAYERS
from carbonspace.model.tables import rows_of
from carbonspace.model.uom import plain, uom_in_name, without_uom

Certainty = Literal["certain", "likely", "possible"]

_RANK: Mapping[Certainty, int] = {"certain": 0, "likely": 1, "possible": 2}
_CONVINCING = ("seen", "word")
_LONGEST_NAME = 10
"""A .dbf keeps ten bytes of a field name."""


class Alias(NamedTuple):
    """A name that some files give to a column of a layer (`column` "" names the layer itself).

    `unit` is the unit of measure that goes with the name ("" where none is known). `when` says
    what the values must be for the name to mean this column: "bounds" are texts such as
    `1.0-2.0` that hold a lower and an upper bound, "name" are names of codes instead of codes.
    """

    layer: str
    column: str
    name: str
    unit: str
    when: str
    evidence: str


class Meaning(NamedTuple):
    """What a name in a file may mean, and how sure that is from the name alone.

    `column` is "" for the name of a layer. `unit` is a key of `UOMS` where the name tells it.
    """

    layer: str
    column: str
    certainty: Certainty
    unit: str
    when: str
    alias: str


def _values() -> dict[tuple[str, str], dict[str, str]]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows_of("value_aliases.csv"):
        found.setdefault((row["layer"], row["column"]), {})[row["value"]] = row["canonical"]
    return found


ALIASES: tuple[Alias, ...] = tuple(Alias(**row) for row in rows_of("field_aliases.csv"))
"""Every known name of a layer or column."""

VALUES: Mapping[tuple[str, str], Mapping[str, str]] = _values()
"""What words of files mean, by (layer, column): {"主干路": "arterial", …}."""


def field_meanings(name: str, layer: str | None = None) -> list[Meaning]:
    """Return what field `name` may mean, the surest first.

    Parameters
    ----------
    name
        As in the file, also cut off at ten bytes, numbered (`YDMJ_1`) or with a unit of measure
        (`用地面积(亩)`).
    layer
        Only columns of this canonical layer; None for all.
    """
    found = [m for m in _field_meanings(name) if layer in (None, m.layer)]
    return sorted(found, key=lambda m: _RANK[m.certainty])


def layer_meanings(name: str) -> list[Meaning]:
    """Return which canonical layers a file or layer called `name` may be, the surest first.

    A name that holds the alias is "likely" ("02_规划地块_2023"), one that is it "certain".
    """
    words = _spelled(name)
    parts = {_spelled(part) for part in re.split(r"[\W_\d]+", plain(name)) if part}
    best: dict[str, Meaning] = {}
    for alias, spelled in _spelled_aliases():
        if alias.column:
            continue
        certainty = _layer_certainty(spelled, words, parts)
        known = best.get(alias.layer)
        if certainty and (known is None or _RANK[certainty] < _RANK[known.certainty]):
            best[alias.layer] = Meaning(alias.layer, "", certainty, "", "", alias.name)
    return sorted(best.values(), key=lambda m: (_RANK[m.certainty], -len(m.alias)))


def value_meanings(layer: str, column: str, values: list[str]) -> dict[str, str]:
    """Return what words of a coded column mean; values that are canonical or unknown are absent."""
    known = {_spelled(word): code for word, code in VALUES.get((layer, column), {}).items()}
    declared = LAYERS[layer].column(column)
    canonical = declared.values if declared else ()
    return {v: known[_spelled(v)] for v in values if v not in canonical and _spelled(v) in known}


def _layer_certainty(alias: str, words: str, parts: set[str]) -> Certainty | None:
    if alias == words:
        return "certain"
    if alias in parts or (not alias.isascii() and alias in words):
        return "likely"
    return "possible" if alias.isascii() and len(alias) > 4 and alias in words else None


@lru_cache(maxsize=1024)
def _field_meanings(name: str) -> tuple[Meaning, ...]:
    """Return each column once, by the alias that fits it best; a name is asked for by each tile."""
    best: dict[tuple[str, str, str], Meaning] = {}
    for alias, spelled in _spelled_aliases():
        if not alias.column:
            continue
        meaning = _as_alias(name, alias, spelled)
        place = (alias.layer, alias.column, alias.when)
        known = best.get(place)
        if meaning and (known is None or _RANK[meaning.certainty] < _RANK[known.certainty]):
            best[place] = meaning
    return tuple(best.values())


def _as_alias(name: str, alias: Alias, spelled: str) -> Meaning | None:
    unit = _unit(alias)
    bare = _spelled(without_uom(unit, name))
    certainty: Certainty
    if bare == spelled or _spelled(name) == spelled:
        certainty = _exact(name, alias)
    elif _cut_off(name, spelled) or re.sub(r"\d+$", "", bare) == spelled:
        certainty = "possible"
    else:
        return None
    named = uom_in_name(unit, name)
    return Meaning(alias.layer, alias.column, certainty, named.key if named else alias.unit,
                   alias.when, alias.name)  # fmt: skip


def _exact(name: str, alias: Alias) -> Certainty:
    if name == alias.column:
        return "certain"
    convincing = alias.evidence in _CONVINCING and not alias.when and len(alias.name) > 1
    return "likely" if convincing else "possible"


def _cut_off(name: str, spelled: str) -> bool:
    """Return whether `name` may be `spelled`, cut at the ten bytes of a .dbf."""
    full = {_LONGEST_NAME, _LONGEST_NAME - 1}
    if name.isascii():
        full = {_LONGEST_NAME}
    sizes = {len(name.encode("gb18030")), len(name.encode("utf-8"))}
    words = _spelled(name)
    return bool(sizes & full) and len(words) < len(spelled) and spelled.startswith(words)


def _unit(alias: Alias) -> str:
    column = LAYERS[alias.layer].column(alias.column)
    return column.unit if column else ""


@cache
def _spelled_aliases() -> tuple[tuple[Alias, str], ...]:
    return tuple((alias, _spelled(alias.name)) for alias in ALIASES)


@cache
def _spelled(name: str) -> str:
    """Return a name without width, case, blanks and signs."""
    return "".join(c for c in plain(name) if unicodedata.category(c)[0] in "LN")
