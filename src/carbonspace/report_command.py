"""`carbonspace report`: reports made again from finished results, nothing computed."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import click

from carbonspace.documents import print_document
from carbonspace.interrupt import of_command
from carbonspace.model.progress import Step, share
from carbonspace.model.report import ALL, KINDS, chosen
from carbonspace.model.text import Text
from carbonspace.options import LANG, MANNER, PROGRESS, Misused, progress_in, system_language

if TYPE_CHECKING:
    from carbonspace.model.text import Lang
    from carbonspace.options import Manner

_WRITING = (0.3, 1.0)
"""Which share of the work writing is expected to be, after the results are read."""


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--format", "kinds", multiple=True, type=click.Choice([*KINDS, ALL]),
              help="生成哪些（可多次给出）· which (repeatable; default: html)")  # fmt: skip
@click.option("--bureau", type=click.Path(path_type=Path),
              help="含 bureau.toml（名称、标志、图签、颜色）与模板的文件夹 · folder with "
              "bureau.toml (name, logo, title block, colours) and templates")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path),
              help="写到另一文件夹（默认写回结果文件夹）· another folder "
              "(default: that of the results)")  # fmt: skip
@PROGRESS
@LANG
@MANNER
def report(
    results: Path, kinds: tuple[str, ...], bureau: Path | None, out: Path | None, progress: str,
    lang: Lang | None, manner: Manner,
) -> None:  # fmt: skip
    """由已有结果生成报告，不重新计算 · Make reports of finished results, computing nothing."""
    from carbonspace.catalogue import indicators
    from carbonspace.folder import abandon, place_of
    from carbonspace.model.bureau import NOBODY
    from carbonspace.outputs import (
        REPORTS,
        read_results,
        refuse_if_lacking,
        renew_reports,
        usable_folder,
    )
    from carbonspace.sources.bureau import read_bureau
    from carbonspace.terminal import print_files, shown_progress

    language, wanted = lang or system_language(), chosen(kinds or ("html",))
    who = read_bureau(bureau) if bureau else NOBODY
    target = out or results
    if target != results:  # elsewhere, `all` is without what refers to the layers of the results
        wanted = tuple(kind for kind in wanted if kind in kinds or not REPORTS[kind].beside)
    refuse_if_lacking(wanted)
    usable_folder(target)
    if target != results and (target / "results.gpkg").exists():
        said = Text(f"{target} 中是另一次计算的结果，未改动。请用 --out 另选文件夹。",
                    f"{target} holds the results of another run and was left as it is. "
                    "Choose another folder with --out.")  # fmt: skip
        raise Misused(said, language)
    interrupt = of_command()
    interrupt.at_last(functools.partial(abandon, target))
    with shown_progress(progress_in(manner, progress), str(results), language) as teller:
        interrupt.at_last(teller.close)
        tell = interrupt.checking(teller)
        tell(Step(Text("读取结果", "Reading the results"), 0.0, 1.0))
        drawn = any(REPORTS[kind].features for kind in wanted)
        found = read_results(results, indicators(), features=drawn)
        made = renew_reports(found, target, wanted, who, progress=share(tell, *_WRITING))
        tell(Step(Text("完成", "Done"), 1.0, 1.0))
    if manner == "json":
        files = [path.relative_to(place_of(target)).as_posix() for path in made]
        print_document("report", {"results": str(results), "out": str(target), "files": files})
    elif manner == "people":
        print_files(made, language)
