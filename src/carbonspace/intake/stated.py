"""A plan as a program states it becomes a table as plan.toml has it; what is open is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from carbonspace.errors import InputError
from carbonspace.intake.assign import drafted
from carbonspace.intake.draft import CERTAINTIES, Answers, ColumnDraft, Guess, handle
from carbonspace.intake.guess import Candidate, possible
from carbonspace.intake.told import column_facts, is_taken
from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Text
from carbonspace.sources.dsn import is_dsn
from carbonspace.sources.listing import Dataset, datasets

GUESS = "guess"
"""Of a layer: whether its fields are guessed. As the CRS of a plan: that it is."""
_PLACES = {"pattern": "extract", "field": "fields", "constant": "constants"}
_SAID = Text("由您指定", "as you said")
_NO_CRS = Text("数据本身无法判断用哪个投影坐标系量算",
               "The data do not tell which projected CRS to measure in")  # fmt: skip

Table = dict[str, Any]
Listing = Callable[[str], list[Dataset]]


class Settled(NamedTuple):
    """A table as plan.toml has it, and what was guessed on the way, in words."""

    table: Table
    notes: list[Text]


def settled(stated: Mapping[str, Any], base: Path) -> Settled:
    """Return a plan with all that it leaves to be guessed.

    Parameters
    ----------
    stated
        A plan.json (docs/reference/plan-json.md). What is wrong with it otherwise stays in it, for
        the reader of plan.toml to find.
    base
        The folder that paths start from.

    Raises
    ------
    InputError
        The CRS is to be guessed, and the data do not tell it.
    """
    given = stated.get("layers")
    layers = given if isinstance(given, dict) else {}
    listed, notes = cache(datasets), list[Text]()
    kept: Table = {key: _layer(key, one, base, listed, notes) if isinstance(one, dict) else one
                   for key, one in layers.items()}  # fmt: skip
    table = {**stated, **({"layers": kept} if layers else {})}
    if stated.get("crs") == GUESS:
        table["crs"] = _crs(layers, base, listed)
    return Settled(table, notes)


def _layer(key: str, stated: Table, base: Path, listed: Listing, notes: list[Text]) -> Table:
    """Return one layer with `columns` in the places that plan.toml has for them."""
    given = {name: one for name, one in stated.items() if one is not None}
    guesses, columns = bool(given.pop(GUESS, False)), given.pop("columns", [])
    table = given
    found = _candidate(key, table, base, listed) if guesses and key in LAYERS else None
    named = {name for place in _PLACES.values() for name in _names(table.get(place))}
    if not isinstance(columns, list) or not all(map(_is_column, columns)):
        return {**table, "columns": columns}  # no key of plan.toml
    named |= {one["column"] for one in columns}
    if found is not None:
        open_columns = [one for one in found.columns if one.column not in named]
        notes += [_note(key, one) for one in open_columns if not _is_plain(one)]
        columns = [*columns, *(column_facts(one) for one in open_columns if is_taken(key, one))]
        table.setdefault("where", found.where)
    return _placed(table, columns)


def _names(place: Any) -> Iterable[str]:
    return place if isinstance(place, dict) else ()


def _is_column(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("column"), str)


def _is_plain(one: ColumnDraft) -> bool:
    return one.field == one.column and one.certainty != "unsure"


def _placed(table: Table, columns: Iterable[Mapping[str, Any]]) -> Table:
    """Return a layer with each column where plan.toml has it."""
    found: dict[str, Table] = {}
    for one in columns:
        place = next((key for key in _PLACES if one.get(key) is not None), "constant")
        rule = {"field": one.get("field"), "pattern": one.get("pattern")}
        said = rule if place == "pattern" else one.get(place)
        found.setdefault(_PLACES[place], {})[one["column"]] = said
        if one.get("values"):
            found.setdefault("values", {})[one["column"]] = one["values"]
    return {**table, **{place: {**_dict(table.get(place)), **said}
                        for place, said in found.items()}}  # fmt: skip


def _dict(place: Any) -> Table:
    return place if isinstance(place, dict) else {}


def _note(key: str, one: ColumnDraft) -> Text:
    """Return what is guessed of a column, and whether it is taken."""
    what = f"{key}.{one.column} ← {one.field if one.field is not None else one.constant}"
    sure = CERTAINTIES[one.certainty]
    if is_taken(key, one):
        return Text(f"字段：{what}（{sure.zh}：{one.why.zh}）",
                    f"field: {what} ({sure.en}: {one.why.en})")  # fmt: skip
    return Text(f"未采用的不确定推测：{what}（{one.why.zh}）；如属实，请写明。",
                f"not taken, being unsure: {what} ({one.why.en}); state it if so")  # fmt: skip


def _candidate(key: str, table: Table, base: Path, listed: Listing) -> Candidate | None:
    """Return what is guessed of the data of a layer, None where they cannot be that."""
    options = (option for one in _datasets(table, base, listed) if one.kind != "unreadable"
               for option in possible(one, {}) if option.guess.value == key)  # fmt: skip
    return next(options, None)


def _datasets(table: Mapping[str, Any], base: Path, listed: Listing) -> Iterator[Dataset]:
    """Yield the datasets that a layer names, as far as they are there."""
    source = table.get("source")
    for one in source if isinstance(source, list) else [source]:
        if isinstance(one, str) and (is_dsn(one) or (base / one).exists()):
            found = listed(one if is_dsn(one) else str(base / one))
            yield from (each for each in found if table.get("layer") in (None, each.layer))


def _crs(layers: Mapping[str, Any], base: Path, listed: Listing) -> str:
    """Return the projected CRS to measure in, as `init` tells it from the data."""
    tables = {key: one for key, one in layers.items() if isinstance(one, dict)}
    found = {handle(each): (key, each, one.get("crs")) for key, one in tables.items()
             for each in _datasets(one, base, listed)}  # fmt: skip
    stated = {place: Guess(crs, 1.0, _SAID) for place, (_, _, crs) in found.items()
              if isinstance(crs, str)}  # fmt: skip
    roles = {place: key for place, (key, _, _) in found.items() if key in LAYERS}
    crs = drafted([each for _, each, _ in found.values()], Answers(roles, crs=stated), "").crs
    if crs is None:
        raise InputError([Finding(
            "error", "plan", _NO_CRS, "-", Text("投影坐标系", "a projected CRS"),
            Text("给出 CRS，例如 EPSG:4547。", "Give the CRS, such as EPSG:4547."))])  # fmt: skip
    return crs.value
