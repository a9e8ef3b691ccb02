"""The command line: demo, init, check, run, report, compare, areas, batch, partition, catalog.

Heavy imports happen inside the commands, so that asking for help costs nothing.
"""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

import click

from carbonspace.areas_command import areas
from carbonspace.batch_command import batch
from carbonspace.catalog_command import catalog
from carbonspace.check_command import check
from carbonspace.compare_command import compare
from carbonspace.documents import print_refusal
from carbonspace.guard import (
    INTERRUPTED,
    Refusal,
    Told,
    guarded,
    leave,
    nobody_else,
    say_interrupted,
)
from carbonspace.init_command import init
from carbonspace.interrupt import listening
from carbonspace.options import LANG_BEFORE, system_language
from carbonspace.partition_command import partition_command
from carbonspace.report_command import report
from carbonspace.run_command import demo, run
from carbonspace.version import __version__

if TYPE_CHECKING:
    from carbonspace.model.text import Lang


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="carbonspace")
@LANG_BEFORE
@click.pass_context
def app(context: click.Context, lang: Lang | None) -> None:
    """详细规划空间管控指标 · Indicators and thresholds of detailed plans."""
    if lang is not None:
        context.default_map = {name: {"lang": lang} for name in app.commands}


for command in (areas, batch, catalog, check, compare, demo, init, partition_command, report, run):
    app.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal in GBK has no ✗
    lang = _asked_language(given)
    with listening(INTERRUPTED) as interrupt:
        told = _told(given)
        interrupt.at_last(functools.partial(say_interrupted, lang, told))
        action = functools.partial(
            app, args=given, prog_name="carbonspace", standalone_mode=False, obj=interrupt
        )
        code = guarded(action, lang, interrupt, told)
    if interrupt.asked:
        leave(code)
    sys.exit(code)


def _asked_language(arguments: Sequence[str]) -> Lang:
    """Return the language of messages, also where the command never came to run."""
    found = system_language()
    for before, value in pairwise(["", *arguments]):
        named = value.removeprefix("--lang=") if value.startswith("--lang=") else value
        if (before == "--lang" or named != value) and named in ("zh", "en"):
            found = "zh" if named == "zh" else "en"
    return found


def _told(arguments: Sequence[str]) -> Told:
    """Return whom a refusal is told besides people: the program that asked for JSON."""
    if "--json" not in arguments:
        return nobody_else
    command = next((one for one in arguments if one in app.commands), None)

    def told(refusal: Refusal) -> None:
        print_refusal(command, *refusal)

    return told


if __name__ == "__main__":
    main()
