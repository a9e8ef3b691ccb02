"""bureau.toml: what a bureau puts on its reports, read from the folder it lies in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from carbonspace.errors import InputError, SourceError
from carbonspace.model.bureau import Bureau
from carbonspace.model.finding import Finding
from carbonspace.model.rule import STATUS_TITLES
from carbonspace.model.text import Text
from carbonspace.sources.keys import table_faults
from carbonspace.sources.lines import line_of_key, lines_of_tables

_FILE, _TEMPLATES = "bureau.toml", "templates"
_PLACE = "bureau"
_WORDS = (str, dict)
_KEYS: dict[str, type | tuple[type, ...]] = {
    "name": _WORDS, "logo": str, "title_block": list, "colours": dict,
}  # fmt: skip
_ROW: dict[str, type | tuple[type, ...]] = {"label": _WORDS, "value": _WORDS}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_PICTURES = (".png", ".svg")
_EXPECTED_WORDS = Text('文本，或 { zh = "…", en = "…" }', 'text, or { zh = "…", en = "…" }')
_CORRECT = Text("改正该项。", "Correct it.")


def read_bureau(folder: Path | str) -> Bureau:
    """Return what `bureau.toml` in a folder says, and its folder `templates` where there is one.

    Raises
    ------
    SourceError
        If there is no such file, or it is not TOML.
    InputError
        With every fault of it, and its lines.
    """
    folder = Path(folder)
    text = _text(folder / _FILE)
    table = _parsed(text, folder / _FILE)
    if faults := [*_faults(table, text, folder)]:
        raise InputError(faults)
    templates = folder / _TEMPLATES
    return Bureau(
        _words(table["name"]) if "name" in table else None,
        folder / table["logo"] if "logo" in table else None,
        tuple((_words(row["label"]), _words(row["value"])) for row in table.get("title_block", [])),
        table.get("colours", {}), templates if templates.is_dir() else None,
    )  # fmt: skip


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise SourceError(
            f"{file} cannot be read ({error}). Expected: a folder with a {_FILE} in UTF-8, see "
            "docs/how-to/reports.md.",
            f"无法读取 {file}（{error}）。应为含有 UTF-8 编码 {_FILE} 的文件夹，"
            "见 docs/how-to/reports.md。",
        ) from None


def _parsed(text: str, file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{file} is not TOML: {error}. Correct that line.",
                          f"{file} 不是有效的 TOML：{error}。请改正该行。") from None  # fmt: skip


def _faults(table: Mapping[str, Any], text: str, folder: Path) -> Iterator[Finding]:
    """Yield what is wrong with the file, with the line where one can be told."""
    said = [*table_faults(_PLACE, "", table, _KEYS)]
    for fault in said:
        key = fault.what.en.split()[1]
        yield _named(fault).at_line(line_of_key(text, "", key))
    if isinstance(table.get("name", ""), dict):
        yield from _unsound("name", table["name"], text)
    yield from _logo_faults(table, text, folder)
    if isinstance(table.get("colours"), dict):
        yield from _colour_faults(table["colours"], text)
    if isinstance(table.get("title_block"), list):
        yield from _row_faults(table["title_block"], text)


def _logo_faults(table: Mapping[str, Any], text: str, folder: Path) -> Iterator[Finding]:
    logo = table.get("logo")
    if not isinstance(logo, str):
        return
    path = folder / logo
    if path.suffix.lower() not in _PICTURES or not path.is_file():
        there = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in _PICTURES)
        found = Text(f"{logo}（该处图片：{', '.join(there) or '无'}）",
                     f"{logo} (pictures there: {', '.join(there) or 'none'})")  # fmt: skip
        expected = Text("该文件夹中的 PNG 或 SVG 文件", "a PNG or SVG file in that folder")
        yield _fault("logo", found, expected).at_line(line_of_key(text, "", "logo"))


def _colour_faults(colours: Mapping[str, Any], text: str) -> Iterator[Finding]:
    for status, colour in colours.items():
        line = line_of_key(text, "colours", status)
        if status not in STATUS_TITLES:
            listed = ", ".join(STATUS_TITLES)
            expected = Text(f"其中之一：{listed}", f"one of: {listed}")
            yield _fault(f"colours.{status}", repr(status), expected).at_line(line)
        elif not (isinstance(colour, str) and _COLOUR.fullmatch(colour)):
            expected = Text('颜色，如 "#c84b00"', 'a colour as "#c84b00"')
            yield _fault(f"colours.{status}", repr(colour), expected).at_line(line)


def _row_faults(rows: list[Any], text: str) -> Iterator[Finding]:
    lines = dict(enumerate(lines_of_tables(text, "title_block")))
    for n, row in enumerate(rows):
        place, line = f"title_block[{n + 1}]", lines.get(n)
        if not isinstance(row, dict):
            yield _fault(place, repr(row), Text("label 与 value", "label and value")).at_line(line)
            continue
        for fault in table_faults(_PLACE, place, row, _ROW, required=_ROW):
            yield _named(fault).at_line(line)
        for key in _ROW:
            if isinstance(row.get(key), dict):
                yield from (f.at_line(line) for f in _unsound(f"{place}.{key}", row[key], ""))


def _unsound(place: str, words: Mapping[str, Any], text: str) -> Iterator[Finding]:
    if {*words} != {"zh", "en"} or not all(isinstance(one, str) for one in words.values()):
        found = _fault(place, repr(dict(words)), _EXPECTED_WORDS)
        yield found.at_line(line_of_key(text, "", place) if text else None)


def _fault(place: str, found: str | Text, expected: Text) -> Finding:
    what = Text(f"{_FILE} 的 {place} 不可用", f"{_FILE}: {place} cannot be used")
    return Finding("error", _PLACE, what, found, expected, _CORRECT)


def _named(fault: Finding) -> Finding:
    """Return a fault of a key with the name of this file instead of that of the plan."""
    what = Text(*(words.replace("plan.toml", _FILE) for words in fault.what))
    return Finding("error", _PLACE, what, fault.found, fault.expected, fault.action)


def _words(value: str | Mapping[str, str]) -> Text:
    return Text(value, value) if isinstance(value, str) else Text(value["zh"], value["en"])
