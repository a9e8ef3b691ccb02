"""A folder is replaced whole or not at all: what replaces it is made beside it."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path


def place_of(directory: Path | str) -> Path:
    """Return where a folder really lies: what a link to it leads to."""
    target = Path(directory).absolute()
    return target.resolve() if target.is_symlink() else target


def aside_of(target: Path) -> Path:
    """Return a name beside `target` that no other run uses."""
    return target.with_name(f"{_ours(target)}{secrets.token_hex(4)}.new")


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
    target = place_of(directory)
    if not target.parent.is_dir():
        return
    for path in [*target.parent.iterdir()]:
        if not path.name.startswith(_ours(target)):
            continue
        if path.suffix == ".old" and not target.exists():
            path.rename(target)
        clear(path.with_suffix(".new"), target)


def _ours(target: Path) -> str:
    return f".{target.name}.{os.getpid()}-"


def _old(aside: Path) -> Path:
    return aside.with_suffix(".old")
