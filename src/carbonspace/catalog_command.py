"""`carbonspace catalog`: what can be measured, what it is held against, and what that means."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, get_args

import click

from carbonspace.documents import in_utf8
from carbonspace.model.levels import Level
from carbonspace.model.text import Text
from carbonspace.model.theme import THEMES
from carbonspace.options import LANG, ON, Misused, system_language

if TYPE_CHECKING:
    from carbonspace.browsing import Found
    from carbonspace.model.text import Lang

_STATUSES = ("verified", "unverified", "partial", "memory", "never")


@click.command()
@click.argument("keys", nargs=-1, metavar="[explain] [KEY]...")
@click.option("--theme", "themes", multiple=True,
              help=f"主题 · theme (repeatable): {', '.join(THEMES)}")  # fmt: skip
@click.option("--profile", "profiles", multiple=True,
              help="阈值方案或文件 · profile key or file of rules (repeatable)")  # fmt: skip
@click.option("--indicator", "indicators", multiple=True, help="指标 · indicator key (repeatable)")
@click.option("--level", "levels", multiple=True,
              help=f"层级 · level (repeatable): {', '.join(get_args(Level))}")  # fmt: skip
@click.option("--status", "statuses", multiple=True, type=click.Choice(_STATUSES),
              help="阈值状态 · status of thresholds (repeatable)")  # fmt: skip
@click.option("--search", "words", multiple=True, help="文字 · words to be found (repeatable)")
@click.option("--show", type=click.Choice(["auto", "indicators", "thresholds", "both"]),
              default="auto", help="列出什么 · what is listed (auto: thresholds where "
              "the question is about them; in JSON both)")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]),
              default="table", show_default=True, help="格式 · format")  # fmt: skip
@ON
@LANG
def catalog(
    keys: tuple[str, ...], themes: tuple[str, ...], profiles: tuple[str, ...],
    indicators: tuple[str, ...], levels: tuple[str, ...], statuses: tuple[str, ...],
    words: tuple[str, ...], show: str, form: str, on: date | None, lang: Lang | None,
) -> None:  # fmt: skip
    """列出、筛选、解释指标与阈值 · List, filter and explain indicators and thresholds.

    `carbonspace catalog explain KEY` (or `catalog KEY`) explains an indicator or a profile.
    """
    from carbonspace import browsing

    named = keys[1:] if keys[:1] == ("explain",) else keys
    if keys and not named:
        raise Misused(Text("缺少要解释的指标或方案", "explain what? Name an indicator or profile"))
    if named:
        _show(_joined([browsing.explained(key, on) for key in named]), "explain", form, lang)
        return
    asked = browsing.Asked(
        themes=themes, profiles=profiles, indicators=indicators, levels=levels,
        statuses=statuses, words=words, on=on,
    )  # fmt: skip
    about = "thresholds" if asked.is_about_rules else "indicators"
    about = "both" if form == "json" else about
    _show(browsing.found(asked), about if show == "auto" else show, form, lang)


def _joined(found: list[Found]) -> Found:
    from carbonspace.browsing import Found

    return Found(
        tuple(one for each in found for one in each.indicators),
        tuple(rule for each in found for rule in each.rules),
    )


def _show(found: Found, show: str, form: str, lang: Lang | None) -> None:
    """Print what was found in the form asked for."""
    import json

    from carbonspace import catalogue
    from carbonspace.client import told
    from carbonspace.terminal.catalogue import (
        print_explained,
        print_indicators,
        print_thresholds,
    )

    language = lang or system_language()
    if form != "table":
        in_utf8()
    rules = found.rules if show != "indicators" else ()
    indicators = found.indicators if show != "thresholds" else ()
    if form == "json":
        click.echo(json.dumps(told(indicators, rules), ensure_ascii=False, indent=1))
    elif form == "markdown":
        click.echo(catalogue.as_markdown(indicators, rules))
    elif show == "explain":
        print_explained(found.indicators, found.rules, language)
    else:
        if indicators or show in ("indicators", "both"):
            print_indicators(indicators, len(found.rules), language)
        if show in ("thresholds", "both"):
            print_thresholds(rules, language)
