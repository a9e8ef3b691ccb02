"""Options that several commands have, and the language they speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from carbonspace.model.text import Lang

LANG = click.option(
    "--lang", type=click.Choice(["zh", "en"]), envvar="CARBONSPACE_LANG",
    help="界面语言 · language of what is shown (default: from LANG)",
)  # fmt: skip
PROGRESS = click.option(
    "--progress", type=click.Choice(["auto", "json", "none"]), default="auto", show_default=True,
    help="进度显示 · progress: a bar, JSON lines on stderr, or nothing",
)  # fmt: skip


def system_language() -> Lang:
    """Return the language the terminal is set to: Chinese where it says so, else English."""
    import os

    named = next(
        (os.environ[k] for k in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(k)), ""
    )
    return "zh" if named.lower().startswith("zh") else "en"
