"""plan.json, a plan as a program states it: what is evaluated is the plan.toml made of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonspace.errors import InputError
from carbonspace.model.text import Text

if TYPE_CHECKING:
    from carbonspace.model.finding import Finding
    from carbonspace.model.kinds import Kind
    from carbonspace.model.text import Lang
    from carbonspace.options import Manner

_HEAD = Text("由 {name} 写成，会被替换：要改就改该文件",
             "made of {name}, and replaced: edit that one")  # fmt: skip
_IS_THERE = Text("已有同名文件，且不是由它写成", "A file is there that was not made of it")


def plan_toml(plan: Path, lang: Lang, manner: Manner = "people") -> Path:
    """Return the plan.toml of a plan: of a plan.json the one beside it, which is made of it.

    What was guessed is told on stderr and stands in the file as comments.

    Raises
    ------
    InputError
        It is no JSON object, holds a password, its CRS cannot be guessed, or another file is where
        it would be.
    OSError
        The file cannot be written.
    """
    if plan.suffix.lower() != ".json" or plan.is_dir():
        return plan
    from carbonspace.intake import settled, toml_text, write_whole
    from carbonspace.sources.planfile import object_of, plan_file, text_of

    stated = object_of(text_of(plan_file(plan)))
    _refuse_passwords(stated.get("layers"), plan.parent)
    made = settled(_typed(stated), plan.parent)
    for note in made.notes if manner != "quiet" else ():
        click.echo(note.to(lang), err=True)
    head, file = _comment(_HEAD.filled(name=plan.name)), plan.with_suffix(".toml")
    _spare(file, head)
    write_whole(head + "".join(map(_comment, made.notes)) + toml_text(made.table), file)
    return file


def _refuse_passwords(layers: Any, base: Path) -> None:
    """Raise what is wrong with layers that hold a password, before it is written down again."""
    from carbonspace.sources.dsn import has_password
    from carbonspace.sources.mapping import layer_sources

    faults: list[Finding] = []
    for key, one in layers.items() if isinstance(layers, dict) else ():
        given = one.get("source") if isinstance(one, dict) else None
        named = given if isinstance(given, list) else [given]
        if any(isinstance(source, str) and has_password(source) for source in named):
            faults += layer_sources(key, {"source": given}, base)[1]
    if faults:
        raise InputError(faults)


def _comment(words: Text) -> str:
    lines = f"{words.zh} · {words.en}".splitlines()
    return f"# {' '.join(lines)}\n"


def _spare(file: Path, head: str) -> None:
    """Refuse to replace a file that a person may have written."""
    from carbonspace.model.finding import Finding

    with suppress(FileNotFoundError):
        if not file.read_bytes().startswith(head.encode()):
            raise InputError([Finding(
                "error", "plan", _IS_THERE, str(file), Text("无此文件", "no such file"),
                Text("移走它，或给 JSON 文件另取名称。",
                     "Move it away, or give the JSON file another name."))])  # fmt: skip


def _typed(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan with parameters and days as plan.toml has them."""
    table = dict(stated)
    if "on" in table:
        table["on"] = _day(table["on"])
    if isinstance(excused := table.get("exemption"), list):
        table["exemption"] = [{**one, "until": _day(one["until"])}
                              if isinstance(one, dict) and "until" in one else one
                              for one in excused]  # fmt: skip
    if isinstance(given := table.get("parameters"), dict):
        table["parameters"] = _parameters(given)
    return table


def _day(value: Any) -> Any:
    with suppress(ValueError):
        return date.fromisoformat(value) if isinstance(value, str) else value
    return value


def _parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with their texts read; what is not known stays as it is."""
    from carbonspace.model.typed import meant

    read = {}
    for key, values in given.items():
        kinds = _kinds(key) if isinstance(values, dict) else {}
        read[key] = {name: meant(kinds[name], one) if name in kinds else one
                     for name, one in values.items()} if kinds else values  # fmt: skip
    return read


def _kinds(key: str) -> dict[str, Kind]:
    """Return what the parameters of an indicator, or of all of them, take."""
    from carbonspace.catalogue import indicators
    from carbonspace.model.faults import ALL

    known = indicators()
    asked = known.values() if key == ALL else filter(None, [known.get(key)])
    return {one.name: one.kind for indicator in asked for one in indicator.parameters}
