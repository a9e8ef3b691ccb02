"""The form of the tables, step by numbered step."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import NamedTuple

from carbonspace.errors import SourceError


class Migration(NamedTuple):
    """One step: its number and its statements."""

    number: int
    statements: tuple[str, ...]


def migrations() -> list[Migration]:
    """Return all steps in their order."""
    folder = files("carbonspace.batch") / "migrations"
    found = {one.name: one.read_text("utf-8") for one in folder.iterdir()}
    return [Migration(int(name[:4]), tuple(_without_comments(text).split(";\n")))
            for name, text in sorted(found.items()) if name.endswith(".sql")]  # fmt: skip


def _without_comments(text: str) -> str:
    return re.sub(r"^--.*\n", "", text, flags=re.M).strip()


def migrate(version: int, run: Callable[[str], object], steps: Sequence[Migration]) -> int:
    """Take the steps that are not yet taken, and return the version the tables then have.

    Raises
    ------
    SourceError
        The tables were made by a newer carbonspace.
    """
    newest = steps[-1].number
    if version > newest:
        raise SourceError(
            f"the results were written by a newer carbonspace (form {version}, this one knows "
            f"{newest}); nothing was changed. Update carbonspace.",
            f"结果由更新版本的 carbonspace 写成（格式 {version}，本版本只认识到 {newest}），"
            "未作任何改动。请更新 carbonspace。",
        )
    for step in steps:
        if step.number > version:
            for statement in step.statements:
                run(statement)
    return newest
