"""Options that several commands have, and the language they speak."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from carbonspace.model.text import Lang


class Day(click.ParamType):  # type: ignore[type-arg]
    """A day as 2025-12-31."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day that a text names."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007  a day, no time
        except ValueError:
            self.fail(f"{value!r} 不是日期，应写作 2025-12-31 · is no day; write 2025-12-31",
                      param, ctx)  # fmt: skip


LANG = click.option(
    "--lang", type=click.Choice(["zh", "en"]), envvar="CARBONSPACE_LANG",
    help="界面语言 · language of what is shown (default: from LANG)",
)  # fmt: skip
PROGRESS = click.option(
    "--progress", type=click.Choice(["auto", "json", "none"]), default="auto", show_default=True,
    help="进度显示 · progress: a bar, JSON lines on stderr, or nothing",
)  # fmt: skip
ON = click.option(
    "--on",
    type=Day(),
    help="只用该日有效的阈值，分阶段目标取已到期的一个 · the rules that hold on this day "
    "(default: every rule, whatever its dates)",
)


def system_language() -> Lang:
    """Return the language the terminal is set to: Chinese where it says so, else English."""
    import os

    named = next(
        (os.environ[k] for k in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(k)), ""
    )
    return "zh" if named.lower().startswith("zh") else "en"
