"""`carbonspace partition`: the layers of a plan as files by place, for plans of any size."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonspace.documents import print_document
from carbonspace.interrupt import of_command
from carbonspace.options import LANG, MANNER, PROGRESS, progress_in, system_language
from carbonspace.stated import plan_toml

if TYPE_CHECKING:
    from carbonspace.model.text import Lang
    from carbonspace.options import Manner
    from carbonspace.partition import Partitioned

_FEATURES = 20_000


@click.command("partition")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path),
              help="写到哪个文件夹 · folder to write to")  # fmt: skip
@click.option("--features", type=click.IntRange(min=1), default=_FEATURES, show_default=True,
              help="每个文件约多少要素 · so many features make a file")  # fmt: skip
@PROGRESS
@LANG
@MANNER
def partition_command(
    plan: Path, out: Path, features: int, progress: str, lang: Lang | None, manner: Manner
) -> None:
    """把图层按位置分为多个文件，供大规划使用 · Write the layers of a plan as files by place.

    图层逐行读取，内存占用与数据大小无关；写出 GeoParquet 与索引，以及读取它们的 plan.toml。
    Rows are streamed, so memory does not grow with the data; GeoParquet files with an index are
    written, and a plan.toml that reads them.
    """
    from carbonspace.folder import abandon
    from carbonspace.partition import partition, usable_target
    from carbonspace.terminal import print_partitions, shown_progress

    language = lang or system_language()
    usable_target(out)
    plan = plan_toml(plan, language, manner)
    interrupt = of_command()
    interrupt.at_last(functools.partial(abandon, out))
    with shown_progress(progress_in(manner, progress), str(plan), language) as teller:
        interrupt.at_last(teller.close)
        made = partition(plan, out, features=features, progress=interrupt.checking(teller))
    told = [_told(one) for one in made.layers]
    if manner == "json":
        print_document("partition", {"path": str(plan), "plan": str(made.plan), "layers": told})
    elif manner == "people":
        print_partitions(told, made.plan, language)


def _told(one: Partitioned) -> dict[str, Any]:
    """Return where a layer lies now; one that stays in its source has no folder."""
    from carbonspace.sources.dsn import without_password

    facts = {"layer": one.source.key, "source": without_password(one.source.source)}
    if one.contents is None:
        return {**facts, "folder": None, "features": None, "files": None, "bytes": None}
    parts = one.contents.parts
    return {**facts, "folder": one.folder, "features": one.contents.rows, "files": len(parts),
            "bytes": sum(part.bytes for part in parts)}  # fmt: skip
