"""The encoding of a shapefile that does not say: looked up in its bytes."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_HEADER_BYTES = 32
_FIELD_BYTES = 32
_END_OF_FIELDS = 0x0D
_CANDIDATES = ("UTF-8", "GB18030")


def guessed_encoding(shapefile: Path) -> str | None:
    """Return the encoding a shapefile's texts are written in, where it must be guessed.

    None where a .cpg file says it, where all text is ASCII, or where nothing fits.
    """
    table = _sibling(shapefile, ".dbf")
    if table is None or _sibling(shapefile, ".cpg") is not None:
        return None
    texts = [text for text in _texts(table.read_bytes()) if not text.isascii()]
    return next((name for name in _CANDIDATES if texts and _fits(texts, name)), None)


def _sibling(path: Path, suffix: str) -> Path | None:
    found = (path.with_suffix(s) for s in (suffix, suffix.upper()))
    return next((f for f in found if f.is_file()), None)


def _texts(data: bytes) -> Iterator[bytes]:
    """Yield the field names and the distinct values of the text fields."""
    start, size = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    rows = np.frombuffer(data, np.uint8, offset=start)
    rows = rows[: len(rows) // size * size].reshape(-1, size)
    offset = 1
    for at in range(_HEADER_BYTES, start - 1, _FIELD_BYTES):
        field = data[at : at + _FIELD_BYTES]
        if field[0] == _END_OF_FIELDS:
            return
        yield field[:11].split(b"\0")[0]
        width = field[16]
        if field[11:12] == b"C" and len(rows):
            column = np.ascontiguousarray(rows[:, offset : offset + width]).view(f"S{width}")
            yield from (value.rstrip() for value in np.unique(column).tolist())
        offset += width


def _fits(texts: list[bytes], encoding: str) -> bool:
    """Return True where every text decodes; a last character cut off by the field is no fault."""
    try:
        for text in texts:
            codecs.getincrementaldecoder(encoding)().decode(text)
    except UnicodeDecodeError:
        return False
    return True
