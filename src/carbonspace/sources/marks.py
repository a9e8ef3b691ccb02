"""Whether two machines see the same source: a mark of it that costs next to nothing.

It is no proof of its content, which whoever reads it looks at; it tells storage that is not shared
from storage that is.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from carbonspace.errors import CarbonspaceError
from carbonspace.sources.connection import opened
from carbonspace.sources.dsn import is_dsn, is_remote
from carbonspace.sources.partitions import digest_of_index, index_of, place_of

_HEAD = 1 << 16


def mark_of(source: str, base: Path) -> str:
    """Return a mark of a source that is named in a plan, empty where it cannot be seen from here.

    A file has its size and its beginning, a folder of partitions its index, another folder the
    names in it; a database answers or does not.
    """
    try:
        if is_dsn(source):
            with opened(source):
                return "answers"
        if is_remote(source):
            return digest_of_index(index_of(place_of("", source, Path(source))))
        return _of_path(_file_of(base / source))
    except (OSError, ValueError, CarbonspaceError):
        return ""


def _file_of(path: Path) -> Path:
    """Return what a path leads to: of one into an archive, the archive."""
    return path if path.is_dir() else next((p for p in (path, *path.parents) if p.is_file()), path)


def _of_path(path: Path) -> str:
    index = path / "index.json"
    if path.is_dir() and not index.is_file():
        names = sorted(one.name for one in path.iterdir())
        return hashlib.sha256("\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()
    file = index if path.is_dir() else path
    with file.open("rb") as opened_file:
        return f"{file.stat().st_size} {hashlib.sha256(opened_file.read(_HEAD)).hexdigest()}"
