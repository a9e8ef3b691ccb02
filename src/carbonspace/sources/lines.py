"""Where plan.toml says something: TOML is read without its lines."""

from __future__ import annotations

import re


def lines_of_tables(text: str, name: str) -> list[int]:
    """Return the lines, from 1, of the headers `[[name]]`, in their order."""
    header = re.compile(rf"\s*\[\[\s*{re.escape(name)}\s*\]\]")
    return [number for number, line in enumerate(text.splitlines(), 1) if header.match(line)]
