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
NOTHING = Text("", "")
RULE = Text(
    "改正之前不采用该条，其余照常。", "Until then this rule is left out; the others are held."
)
BOTH = Text("改正之前两条都不采用。", "Until then both are left out.")
MEANT = Text(
    "改正之前不采用它可能所指的规则。", "Until then the rules it may speak of are left out."
)
PROFILE = Text("改正之前不采用整个方案。", "Until then the whole profile is left out.")


class Wrong(NamedTuple):
    """What is wrong with a key of a file of rules, what it should hold, and what to do."""

    key: str
    found: Text
    expected: Text
    action: Text


class Fault(NamedTuple):
    """One thing wrong with a file of rules: the line (0: none is known), and what it is.

    `costs` says what is left out because of it: a rule, two, the whole profile, or nothing.
    """

    line: int
    found: Text
    expected: Text
    action: Text
    costs: Text = RULE

    @property
    def loses_all(self) -> bool:
        """Return whether nothing of the profile can be used."""
        return self.costs == PROFILE


class Block(NamedTuple):
    """A table of the file: its first line, and the line of each of its keys."""

    line: int
    keys: dict[str, int]

    def line_of(self, key: str) -> int:
        """Return the line of a key, or of the table where the key is not in it."""
        return self.keys.get(key, self.line)


NOWHERE = Block(0, {})
"""Where a rule stands that another file holds."""


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
        return found[position] if position < len(found) else NOWHERE

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
    """Return a fault as a finding about the plan: it costs no more than it says."""
    zh = f"，第 {fault.line} 行" if fault.line else ""
    en = f", line {fault.line}" if fault.line else ""
    what = Text(f"阈值文件 {name}{zh}", f"profile {name}{en}")
    action = Text(
        f"{fault.action.zh}{fault.costs.zh}", f"{fault.action.en} {fault.costs.en}".strip()
    )
    return Finding("error", "plan", what, fault.found, fault.expected, action, local=True)
