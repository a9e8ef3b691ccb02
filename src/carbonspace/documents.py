"""What a program reads of a command: one JSON document on stdout, and nothing else there."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from carbonspace.model.text import Text
from carbonspace.version import __version__

if TYPE_CHECKING:
    from carbonspace.model.finding import Finding

FORMAT = 1
"""The form of the documents, as they state it."""


def print_document(command: str | None, facts: Mapping[str, Any], code: int = 0) -> None:
    """Write what came of a command, with the exit code that it is about to end with."""
    head = {"format": FORMAT, "carbonspace": __version__, "command": command, "exit_code": code}
    in_utf8()
    click.echo(json.dumps({**head, **facts}, ensure_ascii=False, indent=1, allow_nan=False))


def print_refusal(
    command: str | None, said: Text, code: int, findings: Sequence[Finding] = ()
) -> None:
    """Write why a command came to nothing, and what is wrong with the data if it is that."""
    facts: dict[str, Any] = {"error": said._asdict()}
    if findings:
        from carbonspace.model.finding import findings_table, findings_told

        facts["findings"] = findings_told(findings_table(findings))
    print_document(command, facts, code)


def in_utf8() -> None:
    """Have stdout take UTF-8, whatever the terminal is set to: it is a program that reads."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
