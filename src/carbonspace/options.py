"""Options that several commands have, and the language they speak."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

import click

from carbonspace.model.text import Text

if TYPE_CHECKING:
    from carbonspace.model.text import Lang

Manner = Literal["people", "quiet", "json"]
"""To whom a command tells what came of it: to people, to nobody, or to a program."""
_LANGUAGE = "CARBONSPACE_LANG"


class Misused(click.UsageError):
    """A command that was not given as it must be."""

    def __init__(self, said: Text, lang: Lang | None = None) -> None:
        self.said = said
        super().__init__(f"{said.zh} · {said.en}" if lang is None else said.to(lang))


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


def _language_option(envvar: str | None) -> Callable[[Any], Any]:
    return click.option(
        "--lang", type=click.Choice(["zh", "en"]), envvar=envvar,
        help="界面语言 · language of what is shown (default: from CARBONSPACE_LANG, else LANG)",
    )  # fmt: skip


LANG = _language_option(None)
LANG_BEFORE = _language_option(_LANGUAGE)
"""`--lang` before the command: what is named there goes before the environment."""
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


def MANNER(command: Callable[..., None]) -> Callable[..., None]:  # noqa: N802  as the others
    """Give a command `--quiet` and `--json`, and tell it which `manner` they ask for."""

    @click.option(
        "--quiet", "-q", is_flag=True, help="除错误外不作任何显示 · say nothing but errors"
    )
    @click.option("--json", "as_json", is_flag=True,
                  help="标准输出只有一个 JSON 文档 · one JSON document on stdout")  # fmt: skip
    @functools.wraps(command)
    def told(quiet: bool, as_json: bool, **given: Any) -> None:
        if quiet and as_json:
            raise Misused(Text("--quiet 与 --json 不能同时给出：前者什么都不显示，后者输出一个文档",
                               "--quiet and --json cannot be given together: one says nothing, "
                               "the other writes a document"))  # fmt: skip
        manner: Manner = "quiet" if quiet else "json" if as_json else "people"
        command(manner=manner, **given)

    return told


def progress_in(manner: Manner, asked: str) -> str:
    """Return how progress is told: under `--quiet` not at all, unless JSON lines are asked for."""
    return "none" if manner == "quiet" and asked == "auto" else asked


def system_language() -> Lang:
    """Return the language that the environment asks for: Chinese where it says so, else English."""
    import os

    names = (_LANGUAGE, "LC_ALL", "LC_MESSAGES", "LANG")
    named = next((os.environ[k] for k in names if os.environ.get(k)), "")
    return "zh" if named.lower().startswith("zh") else "en"
