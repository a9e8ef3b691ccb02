"""The plan.toml that says which file is which layer, and the guesses that fill it in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .child import ChildError, checked
from .export import Source
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
        block = {"source": source.path, "layer": source.layer, "crs": source.crs}
        block.update(mapped._asdict())
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


def mapped(
    told: Mapping[str, Any], layer: Mapping[str, Any], source: Source,
    said: Callable[[str], Any] = bool,
) -> Mapped:  # fmt: skip
    """Return what is guessed of a file as one of the catalogue's layers.

    What is unsure is left out, but for ids and names, which no figure hangs on.
    """
    options = [option for one in told["datasets"] for option in one["could_be"]
               if Path(one["source"]) == Path(source.path) and option["layer"] == layer["key"]
               and source.layer in (None, one["source_layer"])]  # fmt: skip
    return _of_columns(layer, options[0], said) if options else Mapped()


def is_canonical(layer: Mapping[str, Any], source: Source) -> bool:
    """Return whether the fields are called as columns are, so that there is nothing to guess."""
    return {*source.fields} <= {one["name"] for one in layer["columns"]} | {"fid"}


def _of_columns(
    layer: Mapping[str, Any], option: Mapping[str, Any], said: Callable[[str], Any]
) -> Mapped:
    found: dict[str, dict[str, Any]] = {name: {} for name in Mapped._fields[:-1]}
    for one in option["columns"]:
        facts = {"layer": layer["key"], "column": one["column"],
                 "field": one["field"] or one["constant"]}  # fmt: skip
        if one["certainty"] == "unsure" and one["column"] not in (layer["id"], "name"):
            said(say("unsure", **facts))
            continue
        if one["field"] != one["column"]:
            said(say("mapped", certainty=say(f"is_{one['certainty']}"), **facts))
        if one["pattern"]:
            found["extract"][one["column"]] = {"field": one["field"], "pattern": one["pattern"]}
        elif one["field"]:
            found["fields"][one["column"]] = one["field"]
        else:
            found["constants"][one["column"]] = one["constant"]
        if one["values"]:
            found["values"][one["column"]] = one["values"]
    return Mapped(where=option["where"], **found)


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
