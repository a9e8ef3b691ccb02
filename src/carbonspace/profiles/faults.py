"""What is wrong with a file of rules, and in which of its lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w-]+)\s*[=.]")
_EXPECTED = Text(
    "阈值文件的格式，见 docs/how-to/own-rules.md", "what docs/how-to/own-rules.md describes"
)
_ACTION = Text(
    "改正该行；全部问题已一次列出。", "Correct that line; all faults are listed at once."
)


class Fault(NamedTuple):
    """One thing wrong with a file of rules: the line (0: none is known), and what it is."""

    line: int
    what: Text


class Block(NamedTuple):
    """A table of the file: its first line, and the line of each of its keys."""

    line: int
    keys: dict[str, int]

    def line_of(self, key: str) -> int:
        """Return the line of a key, or of the table where the key is not in it."""
        return self.keys.get(key, self.line)


class Lines:
    """The lines of the tables of a TOML file; tomllib reads values and forgets where they were.

    A text that runs over several lines is skipped, whatever it looks like.
    """

    def __init__(self, text: str) -> None:
        self._blocks: dict[str, list[Block]] = {"": [Block(1, {})]}
        here, inside = self._blocks[""][0], ""
        for number, line in enumerate(text.splitlines(), start=1):
            if not inside:
                here = self._read(line, number, here)
            inside = _left_open(line, inside)

    def of(self, table: str, position: int = 0) -> Block:
        """Return the nth table of a name: `rule`, `override`, `table.row`, or "" for the head."""
        found = self._blocks.get(table, ())
        return found[position] if position < len(found) else Block(0, {})

    def _read(self, line: str, number: int, here: Block) -> Block:
        if header := _HEADER.fullmatch(line):
            here = Block(number, {})
            self._blocks.setdefault(header[2], []).append(here)
        elif key := _KEY.match(line):
            here.keys.setdefault(key[1], number)
        return here


def _left_open(line: str, inside: str) -> str:
    """Return the quotes of a text that goes on in the next line, "" where none does."""
    for quotes in re.findall(r'"""|\'\'\'', line):
        if not inside:
            inside = quotes
        elif inside == quotes:
            inside = ""
    return inside


def refusal(name: str, faults: Sequence[Fault]) -> InputError:
    """Return the error that a file of rules cannot be used, with every fault of it in order."""
    return InputError([finding(name, one) for one in sorted(faults, key=lambda f: f.line)])


def finding(name: str, fault: Fault) -> Finding:
    """Return a fault as a finding about the plan."""
    zh = f"，第 {fault.line} 行" if fault.line else ""
    en = f", line {fault.line}" if fault.line else ""
    what = Text(f"阈值文件 {name}{zh}", f"profile {name}{en}")
    return Finding("error", "plan", what, fault.what, _EXPECTED, _ACTION)
