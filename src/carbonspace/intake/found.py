"""The data a person names, looked into; and the finished text, put where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.sources.dsn import is_dsn
from carbonspace.sources.listing import Dataset, datasets


def found_in(data: Iterable[str]) -> list[Dataset]:
    """Return every dataset of files, folders and databases, each once.

    Raises
    ------
    InputError
        Where something named does not exist, or nothing at all can be read.
    """
    named = [*data]
    absent = [one for one in named if not is_dsn(one) and not Path(one).exists()]
    if absent:
        raise InputError([_absent(one) for one in absent])
    found = {(d.source, d.layer): d for one in named for d in datasets(one)}
    readable = [d for d in found.values() if d.kind != "unreadable"]
    if not readable:
        faults = [f for d in found.values() for f in d.findings]
        raise InputError(faults or [_nothing(one) for one in named])
    return [*found.values()]


def plan_name(data: Sequence[str]) -> str:
    """Return a name for the plan: what its data are called."""
    if is_dsn(data[0]):
        return "plan"
    path = Path(data[0]).resolve()
    return path.name if path.is_dir() else path.name.partition(".")[0]


def write_whole(text: str, file: Path) -> None:
    """Write a text file at once, in a folder made for it; a failure leaves what was there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_text(text, "utf-8", newline="\n")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _absent(source: str) -> Finding:
    return Finding(
        "error", source, Text("文件或文件夹不存在", "There is no such file or folder"), source,
        Text("数据文件、文件夹或数据库", "a data file, a folder or a database"),
        Text("改正路径。", "Correct the path."),
    )  # fmt: skip


def _nothing(source: str) -> Finding:
    return Finding(
        "error", source, Text("没有找到数据", "No data were found"), source,
        Text("carbonspace 支持的数据格式", "a format that carbonspace reads"),
        Text("指明数据所在的文件或文件夹。", "Name the file or folder that holds the data."),
    )  # fmt: skip
