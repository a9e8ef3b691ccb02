"""Where plan.toml says something: TOML is read without its lines."""

from __future__ import annotations

import re


def lines_of_tables(text: str, name: str) -> list[int]:
    """Return the lines, from 1, of the headers `[[name]]`, in their order."""
    header = re.compile(rf"\s*\[\[\s*{re.escape(name)}\s*\]\]")
    return [number for number, line in enumerate(text.splitlines(), 1) if header.match(line)]


def line_of_key(text: str, table: str, key: str) -> int | None:
    """Return the line, from 1, where `table.key` begins: a header, or a line of the table."""
    name = rf"[\"']?{re.escape(key)}[\"']?"
    header = re.compile(rf"\s*\[\s*{re.escape(table)}\s*\.\s*{name}\s*[.\]]")
    dotted = re.compile(rf"\s*({re.escape(table)}\s*\.\s*)?{name}\s*[.=]")
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header.match(line):
            return number
        if found := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
            inside = found[1]
        elif (said := dotted.match(line)) and (inside == table or (said[1] and not inside)):
            return number
    return None
