"""What stood in the way of writing, in words: most often a disk that is full."""

from __future__ import annotations

import shutil
from pathlib import Path

from carbonspace.model.text import Text

_HARDLY_ANY = 1 << 20


def obstacle(error: Exception, target: Path) -> Text:
    """Return what kept `target` from being written; a full disk is called so whoever met it."""
    said = Text(f"“{error}”", str(error))
    place = next(path for path in target.parents if path.exists())
    if shutil.disk_usage(place).free > _HARDLY_ANY:
        return said
    return Text(f"磁盘已满，{said.zh}", f"the disk is full: {said.en}")
