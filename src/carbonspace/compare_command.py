"""`carbonspace compare`: plans held against the first of them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonspace.documents import in_utf8, print_document
from carbonspace.interrupt import Interrupt, of_command
from carbonspace.model.attribution import LIMIT, Attribute
from carbonspace.model.progress import Progress, Step, share
from carbonspace.model.text import Text
from carbonspace.options import (
    LANG,
    MANNER,
    ON,
    PROGRESS,
    Misused,
    progress_in,
    system_language,
)
from carbonspace.stated import plan_toml

if TYPE_CHECKING:
    from datetime import date

    from carbonspace.model.comparison import Comparison
    from carbonspace.model.text import Lang
    from carbonspace.options import Manner

_COMPARING, _WRITING = (0.0, 0.95), (0.95, 1.0)


@click.command()
@click.argument("plans", nargs=-1, required=True, metavar="A B [C]...",
                type=click.Path(path_type=Path))  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path),
              help="结果文件夹 · folder for the page, layers and tables")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table",
              show_default=True, help="显示格式 · what is shown here")  # fmt: skip
@click.option("--attribute", type=click.Choice(["none", "layers", "features"]),
              default="features", show_default=True,
              help="归因的粒度 · put changes down to layers or single features")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=0), default=LIMIT, show_default=True,
              help="最多逐个试算多少要素，每个量算两次 · so many features are examined one by one, "
              "each measured twice")  # fmt: skip
@click.option("--indicator", "indicators", multiple=True, help="指标 · indicator key (repeatable)")
@click.option("--profile", "profiles", multiple=True, help="阈值方案 · profile key (repeatable)")
@click.option("--unit", "units", multiple=True, help="规划单元 · unit id (repeatable)")
@ON
@PROGRESS
@LANG
@MANNER
def compare(
    plans: tuple[Path, ...], out: Path | None, form: str, attribute: Attribute, limit: int,
    indicators: tuple[str, ...], profiles: tuple[str, ...], units: tuple[str, ...],
    on: date | None, progress: str, lang: Lang | None, manner: Manner,
) -> None:  # fmt: skip
    """比较方案：改了什么、哪些结论变了、因何而变 · Hold plans against the first of them.

    A, B …: plan.toml files or folders of results · plan.toml 文件或结果文件夹
    """
    from carbonspace.outputs import usable_folder
    from carbonspace.terminal import shown_progress

    if len(plans) < 2:
        raise Misused(Text("至少给出两个方案", "name at least two plans"))
    if form != "table" and manner != "people":
        raise Misused(_TWO_FORMS)
    language = lang or system_language()
    if out is not None:
        usable_folder(out)
    asked = {"indicators": indicators or None, "profiles": profiles or None,
             "units": units or None, "on": on, "attribute": attribute, "limit": limit}  # fmt: skip
    plans = tuple(plan_toml(one, language, manner) for one in plans)
    shown = progress_in(manner, progress)
    with shown_progress(shown, " ".join(map(str, plans)), language) as teller:
        interrupt = of_command()
        interrupt.at_last(teller.close)
        found = [*_compared(plans, asked, share(interrupt.checking(teller), *_COMPARING))]
        if out is not None:
            _write(found, out, interrupt)
        teller(Step(Text("完成", "Done"), 1.0, 1.0))
    _tell(found, form, out, language, manner)


_TWO_FORMS = Text("--format 与 --quiet、--json 不能同时给出：它们都决定标准输出的内容",
                  "--format cannot be given with --quiet or --json: either says what goes to "
                  "stdout")  # fmt: skip


def _compared(
    plans: Sequence[Path], asked: Mapping[str, Any], progress: Progress
) -> Iterator[Comparison]:
    """Yield each plan held against the first, which is evaluated once."""
    from carbonspace.comparison import compared

    yield from compared(plans, **asked, progress=progress)


def _write(found: Sequence[Comparison], out: Path, interrupt: Interrupt) -> None:
    from carbonspace.folder import abandon
    from carbonspace.outputs import write_comparison, write_comparisons

    interrupt.at_last(functools.partial(abandon, out))
    if len(found) == 1:
        write_comparison(found[0], out)
    else:
        write_comparisons(found, out)


def _tell(
    found: Sequence[Comparison], form: str, out: Path | None, lang: Lang, manner: Manner
) -> None:
    """Tell people or a program what differs."""
    from carbonspace.outputs import comparison_brief, comparison_csv, comparison_json
    from carbonspace.terminal import print_comparison, print_left_out

    if form != "table" or manner != "people":
        for one in found:
            print_left_out(one.left_out, lang, to_stderr=True)
    if manner == "json":
        print_document("compare", comparison_brief(found, out))
    elif form != "table":
        in_utf8()
        click.echo((comparison_csv if form == "csv" else comparison_json)(found), nl=False)
    elif manner == "people":
        for one in found:
            print_comparison(one, out, lang)
