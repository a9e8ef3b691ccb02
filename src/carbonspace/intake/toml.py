"""A table of plain values as the text of a TOML file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def toml_text(table: Mapping[str, Any]) -> str:
    """Return a table as TOML, what TOML cannot say (null) left out."""
    kept = {key: one for key, one in table.items() if one is not None}
    plain = {key: one for key, one in kept.items() if not _is_table(one) and not _is_tables(one)}
    lines = [*_entries(plain)]
    for key, one in kept.items():
        if _is_tables(one):
            for entry in one:
                lines += ["", f"[[{_key(key)}]]", *_entries(entry)]
        elif _is_table(one):
            lines += _table(_key(key), one)
    return "\n".join(lines) + "\n"


def quoted(value: Any) -> str:
    """Return a value as TOML writes it; its strings are those of JSON, but for U+007F."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str) and "\\" in value and value.isprintable() and "'" not in value:
        return f"'{value}'"
    if _is_table(value):
        return "{ " + ", ".join(_entries(value)) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(quoted(one) for one in value if one is not None) + "]"
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return text.encode("utf-8", "replace").decode("utf-8")


def _table(name: str, table: Mapping[str, Any]) -> list[str]:
    """Return a table; one of tables, such as `layers`, as a table each."""
    if table and all(map(_is_table, table.values())):
        parts = [["", f"[{name}.{_key(key)}]", *_entries(one)] for key, one in table.items()]
        return [line for part in parts for line in part]
    return ["", f"[{name}]", *_entries(table)]


def _entries(table: Mapping[str, Any]) -> Iterator[str]:
    return (f"{_key(key)} = {quoted(one)}" for key, one in table.items() if one is not None)


def _key(name: str) -> str:
    return name if name and _BARE.issuperset(name) else quoted(name)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_table, value))
