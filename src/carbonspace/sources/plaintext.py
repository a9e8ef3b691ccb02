"""Text files (CSV, GeoJSON) in whatever encoding: GDAL takes them all for UTF-8."""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from carbonspace.sources.dbf import codec

_TEXT = (".csv", ".geojson", ".json", ".geojsonl", ".topojson")
_CHUNK = 1 << 20
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Spelled(NamedTuple):
    """A text file that GDAL can read, and the encoding the original is in.

    `encoding` is None where it is UTF-8, and "" where no encoding fits.
    """

    path: Path
    encoding: str | None = None


@contextmanager
def as_utf8(path: Path, stated: str | None) -> Iterator[Spelled]:
    """Yield a text file as UTF-8: itself, or a copy that is gone afterwards.

    Parameters
    ----------
    stated
        The encoding `plan.toml` names. Without it: UTF-16 by its mark, strict UTF-8, GB18030.
    """
    if path.suffix.lower() not in _TEXT or not path.is_file():
        yield Spelled(path)
        return
    names = [codec(stated) or ""] if stated else [_marked(path) or "utf-8", "gb18030"]
    found = next((name for name in names if name and _fits(path, name)), "")
    if found in ("utf-8", ""):
        yield Spelled(path, None if found else "")
        return
    with tempfile.TemporaryDirectory(prefix="carbonspace-") as folder:
        copy = Path(folder) / path.name
        with (
            path.open(encoding=found, newline="") as old,
            copy.open("w", encoding="utf-8", newline="") as new,
        ):
            while chunk := old.read(_CHUNK):
                new.write(chunk)
        yield Spelled(copy, found.upper())


def _marked(path: Path) -> str | None:
    with path.open("rb") as file:
        return _MARKS.get(file.read(2))


def _fits(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
