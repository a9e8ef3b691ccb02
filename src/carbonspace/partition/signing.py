"""What tells a folder of partitions from any other: `partition.signed`, which names its files."""

from __future__ import annotations

import json
from pathlib import Path

from carbonspace.digest import digests
from carbonspace.errors import SourceError
from carbonspace.version import __version__

SIGN = "partition.signed"
_WRITER = "carbonspace"
_SHOWN = 3


def sign(folder: Path, features: int) -> None:
    """Note in a folder who wrote it, and which files with which content.

    Raises
    ------
    OSError
        It cannot be written.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    found = digests(files)
    told = {
        "writer": _WRITER, "carbonspace": __version__, "features": features,
        "files": {path.relative_to(folder).as_posix(): found[path] for path in files},
    }  # fmt: skip
    text = json.dumps(told, ensure_ascii=False, indent=1)
    (folder / SIGN).write_text(text + "\n", "utf-8", newline="\n")


def refuse_strangers(folder: Path) -> None:
    """Refuse to replace what is not ours: another folder, files added, a plan.toml edited.

    Raises
    ------
    SourceError
        There is such a thing.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        told = json.loads((folder / SIGN).read_text("utf-8"))
        known: dict[str, str] | None = told["files"] if told["writer"] == _WRITER else None
    except (OSError, ValueError, KeyError, TypeError):
        known = None
    if known is None:
        raise SourceError(
            f"{folder} exists and was not written by carbonspace partition (it has no {SIGN} of "
            "its own). Expected: a new or empty folder, or earlier partitions. Choose another "
            "folder with --out.",
            f"{folder} 已存在且不是 carbonspace partition 写出的（没有自己的 {SIGN}）。"
            "应为新文件夹、空文件夹或以前的分区。请用 --out 另选文件夹。",
        )
    if added := [*_strangers(folder, known)]:
        listed = ", ".join(added[:_SHOWN]) + (", …" if len(added) > _SHOWN else "")
        raise SourceError(
            f"{folder} holds what somebody added or edited ({listed}); it would be lost. Move it "
            "away, or choose another folder with --out.",
            f"{folder} 中有他人添加或改动的文件（{listed}），替换会丢失。请先移走，"
            "或用 --out 另选文件夹。",
        )


def _strangers(folder: Path, known: dict[str, str]) -> list[str]:
    """Return files that we did not write, and a plan.toml that is no more as we wrote it."""
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    added = sorted(files - {*known, SIGN})
    plan = folder / "plan.toml"
    is_edited = plan.is_file() and digests([plan])[plan] != known.get("plan.toml")
    return [*added, *(["plan.toml"] if is_edited else [])]
