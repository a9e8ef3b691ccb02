"""`carbonspace init`: data become a plan.toml to check, or guesses for another program."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from carbonspace.documents import in_utf8
from carbonspace.model.text import Text
from carbonspace.options import LANG, Misused, system_language

if TYPE_CHECKING:
    from carbonspace.intake import Question
    from carbonspace.model.text import Lang


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("plan.toml"),
              show_default=True, help="写到哪里 · where to write it")  # fmt: skip
@click.option("--yes", is_flag=True, help="不提问，采用推测 · ask nothing, take what is guessed")
@click.option("--format", "form", type=click.Choice(["toml", "json"]), default="toml",
              help="json：只显示推测，供程序用 · json: show the guesses, for programs")  # fmt: skip
@LANG
def init(data: tuple[str, ...], out: Path, yes: bool, form: str, lang: Lang | None) -> None:
    """查看数据，写出待核对的 plan.toml · Look into data and write a plan.toml to check."""
    if form == "json":
        _show_guesses(data)
        return
    from carbonspace.intake import (
        Answers,
        asked,
        drafted,
        found_in,
        plan_name,
        plan_text,
        summary,
        write_whole,
    )  # fmt: skip
    from carbonspace.profiles.loader import profile_keys

    language = lang or system_language()
    asks = not yes and sys.stdin.isatty() and sys.stdout.isatty()
    file = out / "plan.toml" if out.is_dir() else out
    _spare(file, asks, language)
    found, name = found_in(data), plan_name(data)
    draft = (asked(found, name, functools.partial(_ask, lang=language)) if asks
             else drafted(found, Answers(), name))  # fmt: skip
    write_whole(plan_text(draft, file, language, profile_keys()), file)
    click.echo(summary(draft, file, language))


def _show_guesses(data: tuple[str, ...]) -> None:
    """Print what is guessed of data as one object, and write nothing."""
    import json

    from carbonspace.intake import Answers, draft_facts, drafted, found_in, plan_name

    in_utf8()
    found = found_in(data)
    told = draft_facts(drafted(found, Answers(), plan_name(data)), found)
    click.echo(json.dumps(told, ensure_ascii=False, default=str))


def _spare(file: Path, asks: bool, lang: Lang) -> None:
    """Stop before a file would be overwritten that nobody gave up."""
    if not file.exists():
        return
    if asks and click.confirm(f"{file} 已存在，覆盖？" if lang == "zh" else
                              f"{file} exists. Replace it?"):  # fmt: skip
        return
    said = Text(f"{file} 已存在，未改动。用 -o 另取名称，或先移走它。",
                f"{file} exists and was left as it is. Name another with -o, or move it away "
                "first.")  # fmt: skip
    raise Misused(said, lang)


def _ask(question: Question, lang: Lang) -> int:
    """Put one question to the person at the terminal; return the number of the answer."""
    click.echo(f"\n{question.text.to(lang)}")
    for number, option in enumerate(question.options):
        click.echo(f"  [{number}] {option.to(lang)}")
    numbers = click.IntRange(0, len(question.options) - 1)
    return int(click.prompt("选择" if lang == "zh" else "Which", type=numbers,
                            default=question.default))  # fmt: skip
