"""Pieces of work that a worker can find by their names."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

from carbonspace.errors import SourceError


def squared(number: int) -> int:
    return number * number


def process_of(pause: float) -> int:
    time.sleep(pause)
    return os.getpid()


def noted(folder: Path, number: int, pause: float) -> int:
    """Leave a receipt beside its process, as tiles do, and say the number's square."""
    begun = folder / f"{number}.begun-{os.getpid()}"
    begun.touch()
    time.sleep(pause)
    aside = folder / f"{number}.{os.getpid()}"
    aside.write_text(str(number * number), "utf-8")
    aside.rename(folder / f"{number}.receipt")
    return number * number


def refused(number: int) -> int:
    raise SourceError(f"no source {number}", f"没有数据 {number}")


def full(folder: Path) -> None:
    raise OSError(errno.ENOSPC, "No space left on device", str(folder / "0.tile"))


def unwell(folder: Path) -> int:
    """Fail the first time only, as storage does that is away for a moment."""
    tried = folder / "tried"
    if tried.exists():
        return 1
    tried.touch()
    raise OSError(errno.EIO, "Input/output error", str(folder))


def suicide() -> None:
    os._exit(9)
