"""The plan.toml that says which file is which layer, and the guesses that fill it in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .child import ChildError, checked
from .files import Source
from .interpreter import Known
from .words import say

_GUESS_S = 600.0


class Mapped(NamedTuple):
    """What becomes of a layer's fields: column to field, value, or written values' meanings."""

    fields: Mapping[str, str] = {}
    constants: Mapping[str, Any] = {}
    values: Mapping[str, Mapping[str, Any]] = {}
    extract: Mapping[str, Mapping[str, str]] = {}
    where: str | None = None


class Plan(NamedTuple):
    """All that a plan.toml written here says."""

    name: str
    crs: str
    layers: Mapping[str, tuple[Source, Mapped]]
    indicators: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    parameters: Mapping[str, Mapping[str, Any]] = {}
    rasters: Mapping[str, str] = {}
    weather: str | None = None


def plan_text(plan: Plan) -> str:
    """Return the text of a plan.toml."""
    head = {"format": 1, "name": plan.name, "crs": plan.crs, "profiles": plan.profiles,
            "indicators": plan.indicators}  # fmt: skip
    tables: dict[str, Mapping[str, Any]] = {}
    for key, (source, mapped) in plan.layers.items():
        block = {"source": source.path, "layer": source.layer, "crs": source.crs,
                 **mapped._asdict()}  # fmt: skip
        tables[f"layers.{key}"] = {name: one for name, one in block.items() if one}
    tables.update({f"rasters.{key}": {"source": path} for key, path in plan.rasters.items()})
    tables.update({f"parameters.{key}": one for key, one in plan.parameters.items() if one})
    if plan.weather:
        tables["weather"] = {"source": plan.weather}
    lines = _entries(head)
    for title, entries in tables.items():
        lines += ["", f"[{title}]", *_entries(entries)]
    return "\n".join(lines) + "\n"


def write_plan(plan: Plan, file: Path) -> Path:
    """Write a plan.toml and return where it is."""
    file.write_bytes(plan_text(plan).encode("utf-8"))
    return file


def guesses(
    known: Known, sources: Iterable[Source], cancelled: Callable[[], bool] = bool
) -> dict[str, Any]:
    """Return what `carbonspace init` makes of files (docs/reference/init-json.md)."""
    paths = sorted({source.path for source in sources})
    command = known.command("init", *paths, "--format", "json")
    ended = checked(command, timeout_s=_GUESS_S, cancelled=cancelled)
    try:
        return dict(json.loads(ended.out))
    except ValueError as error:
        raise ChildError(say("bad_catalogue", error=error)) from error


def is_of(dataset: Mapping[str, Any], source: Source) -> bool:
    """Return whether `init` speaks of this file."""
    same = Path(dataset["source"]) == Path(source.path)
    return same and source.layer in (None, dataset["source_layer"])


def guess_of(told: Mapping[str, Any], key: str, source: Source) -> dict[str, Any] | None:
    """Return what is guessed of a file as a canonical layer."""
    options = (option for one in told.get("datasets", ()) if is_of(one, source)
               for option in one["could_be"] if option["layer"] == key)  # fmt: skip
    return next(options, None)


def is_taken(layer: Mapping[str, Any], guess: Mapping[str, Any]) -> bool:
    """Return whether the guess of a column holds unless a person says otherwise.

    What is unsure does not, but for ids and names, which no figure hangs on.
    """
    return guess["certainty"] != "unsure" or guess["column"] in (layer["id"], "name")


def mapped(
    layer: Mapping[str, Any], guess: Mapping[str, Any] | None, said: Callable[[str], Any],
    stated: Mapping[str, str],
) -> Mapped:  # fmt: skip
    """Return what becomes of the fields of a layer as stated, else by a guess; `said` tells."""
    kept: list[Any] = [{"column": name, "field": field} for name, field in stated.items()]
    for one in guess["columns"] if guess else ():
        if one["column"] in stated:
            continue
        facts = {"layer": layer["key"], "column": one["column"],
                 "field": one["field"] or one["constant"]}  # fmt: skip
        if is_taken(layer, one):
            kept.append(one)
            if one["field"] != one["column"]:
                said(say("mapped", certainty=say(f"is_{one['certainty']}"), **facts))
        else:
            said(say("unsure", **facts))
    return of_columns(kept, guess["where"] if guess else None)


def of_columns(columns: Iterable[Mapping[str, Any]], where: str | None) -> Mapped:
    """Return what becomes of fields, as guesses or a person say it column by column."""
    found: dict[str, dict[str, Any]] = {name: {} for name in Mapped._fields[:-1]}
    for one in columns:
        name, field, pattern = one["column"], one.get("field"), one.get("pattern")
        if pattern:
            found["extract"][name] = {"field": field, "pattern": pattern}
        elif field:
            found["fields"][name] = field
        else:
            found["constants"][name] = one["constant"]
        if one.get("values"):
            found["values"][name] = one["values"]
    return Mapped(where=where, **found)


def is_canonical(layer: Mapping[str, Any], source: Source) -> bool:
    """Return whether the fields are called as columns are, so that there is nothing to guess."""
    return {*source.fields} <= {one["name"] for one in layer["columns"]} | {"fid"}


def _entries(entries: Mapping[str, Any]) -> list[str]:
    return [f"{_key(name)} = {_value(one)}" for name, one in entries.items()]


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else _value(name)


def _value(one: Any) -> str:
    """Return a value as TOML writes it; its strings are those of JSON, but for U+007F."""
    if isinstance(one, Mapping):
        return "{ " + ", ".join(_entries(one)) + " }"
    if isinstance(one, (list, tuple)):
        return "[" + ", ".join(map(_value, one)) + "]"
    return json.dumps(one, ensure_ascii=False).replace("\x7f", "\\u007f")
