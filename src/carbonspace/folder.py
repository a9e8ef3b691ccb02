"""A folder is replaced whole or not at all: what replaces it is made beside it."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

_ON_WINDOWS = os.name == "nt"


def place_of(directory: Path | str) -> Path:
    """Return where a folder really lies: what a link to it leads to."""
    target = Path(directory).absolute()
    return target.resolve() if target.is_symlink() else target


def aside_of(target: Path) -> Path:
    """Return a name beside `target` that no other run uses."""
    return target.with_name(f"{_ours(target)}{secrets.token_hex(4)}.new")


def put_whole(file: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    aside = aside_of(file)
    try:
        aside.write_bytes(content)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def swap(aside: Path, target: Path) -> None:
    """Put `aside` where `target` is; if that fails or is interrupted, `target` is what it was."""
    old = _old(aside)
    try:
        if target.exists():
            target.rename(old)
        aside.rename(target)
    except BaseException:
        if old.exists():
            if target.exists():
                target.rename(aside)
            old.rename(target)
        raise


def clear(aside: Path, target: Path) -> None:
    """Remove what is not needed beside `target`: what was not finished, or what it replaced."""
    shutil.rmtree(aside, ignore_errors=True)
    if target.exists():
        shutil.rmtree(_old(aside), ignore_errors=True)


def abandon(directory: Path | str) -> None:
    """Undo what this process began beside a folder, and leave the folder as it was before."""
    _undo(directory, lambda process: process == os.getpid())


def sweep(directory: Path | str) -> None:
    """Undo what runs that were killed began beside a folder; what other runs do is left alone.

    For programs that end runs by force: `python -m carbonspace.folder DIRECTORY`.
    """
    _undo(directory, lambda process: _ON_WINDOWS or not _lives(process))


def _undo(directory: Path | str, is_over: Callable[[int], bool]) -> None:
    """Undo what processes that are over began, what they replaced first."""
    target = place_of(directory)
    begun = re.compile(rf"\.{re.escape(target.name)}\.(\d+)-[0-9a-f]{{8}}\.(new|old)")
    beside = sorted(target.parent.iterdir(), reverse=True) if target.parent.is_dir() else []
    for path in beside:
        found = begun.fullmatch(path.name)
        if found is None or not is_over(int(found[1])):
            continue
        if found[2] == "old" and not target.exists():
            path.rename(target)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _lives(process: int) -> bool:
    """Return whether a process is at work; on Windows to ask this would end it."""
    try:
        os.kill(process, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True


def _ours(target: Path) -> str:
    return f".{target.name}.{os.getpid()}-"


def _old(aside: Path) -> Path:
    return aside.with_suffix(".old")


if __name__ == "__main__":
    sweep(sys.argv[1])
