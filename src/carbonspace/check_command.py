"""`carbonspace check`: everything that is wrong with the data, at once."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonspace.documents import print_document
from carbonspace.errors import InputError
from carbonspace.model.text import Text
from carbonspace.options import LANG, MANNER, ON, system_language
from carbonspace.stated import plan_toml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carbonspace.model.finding import Finding
    from carbonspace.model.text import Lang
    from carbonspace.options import Manner


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path),
              help="把问题写成图层与表格 · write the findings as layers and a table")  # fmt: skip
@ON
@LANG
@MANNER
def check(plan: Path, out: Path | None, on: date | None, lang: Lang | None, manner: Manner) -> None:
    """检查数据，列出全部问题 · Look at the data and list every finding."""
    from carbonspace.outputs import usable_folder, write_findings

    if out is not None:
        usable_folder(out)
    plan = plan_toml(plan, lang or system_language(), manner)
    findings, crs, usable = _looked_at(plan, on)
    if out is not None:
        write_findings(findings, crs, out)
    code = 0 if usable else InputError.exit_code
    _tell(findings, plan, out, lang or system_language(), manner, code)
    sys.exit(code)


def _tell(
    findings: Sequence[Finding], plan: Path, out: Path | None, lang: Lang, manner: Manner, code: int
) -> None:
    """Tell what was found; of errors even whoever asked for quiet hears."""
    from carbonspace.model.finding import findings_table
    from carbonspace.terminal import print_checked, print_findings

    table = findings_table(findings)
    if manner == "people":
        print_checked(findings, out, lang)
        return
    if len(errors := table[table["severity"] == "error"]):
        print_findings(errors, lang, to_stderr=True)
    if manner == "json":
        print_document("check", _facts(table, plan, out, code), code)


def _facts(table: Any, plan: Path, out: Path | None, code: int) -> dict[str, Any]:
    """Return what a program is told of a check; an error where the plan cannot be measured."""
    from carbonspace.model.finding import findings_told, severities

    files = ["findings.csv", "findings.gpkg"] if out is not None else []
    refused = {"error": _UNUSABLE._asdict()} if code else {}
    return {**refused, "path": str(plan), "out": None if out is None else str(out), "files": files,
            "usable": not code, "counts": severities(table),
            "findings": findings_told(table)}  # fmt: skip


_UNUSABLE = Text("数据不可用，见 findings", "the data cannot be used: see findings")


def _looked_at(path: Path, on: date | None) -> tuple[tuple[Finding, ...], Any, bool]:
    """Return the findings about a plan, the CRS they lie in, and whether it can be measured."""
    from carbonspace.sources import read_as_found
    from carbonspace.zoned import checked_zones

    crs = None
    try:
        plan = read_as_found(path)
        crs = plan.settings.crs
        ready = checked_zones(plan, on=on)
    except InputError as error:
        return error.findings, crs, False
    return ready.findings, ready.layers["units"].crs, True
