"""The text of a shapefile: which encoding its bytes are in, and the bytes decoded.

First what the `.cpg` says, then the language byte of the `.dbf` (LDID, at offset 29), then strict
UTF-8, then GB18030. The first that fits every text is taken; what was said and does not fit is
told. GDAL is not asked: it gives up a whole file over one character that its field cut in two.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

How = Literal["cpg", "ldid", "bytes"]
BYTE_FOR_BYTE = "ISO-8859-1"
"""Read so, a text is its bytes, one character each."""
FIELD_NAME_BYTES = 10
"""A field name of a `.dbf` is cut here."""

_HEADER_BYTES = 32
_FIELD_BYTES = 32
_END_OF_FIELDS = 0x0D
_DELETED = 0x2A
_ROWS_AT_ONCE = 1 << 16
_CPG_BYTES = 64
_UNSTATED = ("utf-8", "gb18030")
_ASCII = bytes(n for n in range(0x20, 0x7F) if n != 0x5C)
# What only a text encoding leaves alone.
_PROBES = (_ASCII, b"\\n\\x41", b"xn--maana-pta")
# Chinese as GB 2312 writes it: pairs of high bytes. Accented Latin letters stand alone. One way
# only to match a text: with several, a long text that does not fit would be tried for ever.
_PAIRED = re.compile(rb"(?:[\0-\x7f]|[\xa1-\xf7][\xa1-\xfe])*")
_CODE_PAGES: Mapping[int, str] = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x13: "cp932", 0x4D: "gb18030", 0x4E: "cp949",
    0x4F: "cp950", 0x50: "cp874", 0x58: "cp1252", 0x59: "cp1252", 0x64: "cp852", 0x65: "cp866",
    0x78: "cp950", 0x79: "cp949", 0x7A: "gb18030", 0x7B: "cp932", 0x7C: "cp874", 0xC8: "cp1250",
    0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253", 0xCC: "cp1257",
}  # fmt: skip
"""What the language byte stands for. 0x57 ("ANSI", whatever that was) and 0 say nothing."""
_ALIASES = {"65001": "utf-8", "936": "gb18030", "gbk": "gb18030", "cp936": "gb18030",
            "gb2312": "gb18030"}  # fmt: skip


class Encoding(NamedTuple):
    """The encoding of a shapefile's text, and where the knowledge is from.

    `refuted` is what was stated and does not fit the bytes. `misfits` is how many texts do not
    fit the encoding all the same. `rival` is another encoding that fits as well as the stated.
    """

    name: str
    how: How
    refuted: str = ""
    misfits: int = 0
    rival: str = ""


def encoding_of(shapefile: Path) -> Encoding | None:
    """Return the encoding of a shapefile's text; None where all of it is ASCII or there is none."""
    table = sibling(shapefile, ".dbf")
    if table is None:
        return None
    stated = dict(_stated(shapefile, table))
    names = list(dict.fromkeys([*stated, *_UNSTATED]))
    missed, paired = _tried(table, names)
    if not missed["any"]:
        return None
    best = _best(names, stated, missed)
    refuted = ", ".join(name for name in stated if missed[name] and name != best)
    rival = _rival(best, missed, paired) if best in stated else ""
    return Encoding(best.upper(), stated.get(best, "bytes"), refuted, missed[best], rival)


def guessed_encoding(shapefile: Path) -> str | None:
    """Return the encoding to read a shapefile with; None leaves nothing to choose."""
    found = encoding_of(shapefile)
    return found.name if found else None


def misfits(shapefile: Path, encoding: str) -> int:
    """Return how many texts of a shapefile are not in an encoding."""
    table = sibling(shapefile, ".dbf")
    return _tried(table, [encoding])[0][encoding] if table else 0


def codec(name: str) -> str | None:
    """Return Python's name of a text encoding that holds ASCII, or None if `name` is none."""
    try:
        found = codecs.lookup(_ALIASES.get(name.lower(), name)).name
        same = all(probe.decode(found) == probe.decode("ascii") for probe in _PROBES)
    except (LookupError, ValueError):
        return None
    return found if same else None


def decoded(values: pd.Series, encoding: str, *, errors: str = "strict") -> pd.Series:
    """Return texts that were read byte for byte in their real encoding.

    A last character that its field cut in two is dropped.

    Raises
    ------
    UnicodeDecodeError
        A text is not in this encoding, and `errors` is "strict".
    """
    known = {text: decode(text.encode(BYTE_FOR_BYTE), encoding, errors=errors)
             for text in values.dropna().unique()}  # fmt: skip
    return values.map(known)


def decode(raw: bytes, encoding: str, *, errors: str = "strict") -> str:
    """Return one text; a last character that is cut in two is dropped."""
    return codecs.getincrementaldecoder(encoding)(errors).decode(raw)


def sibling(path: Path, suffix: str) -> Path | None:
    """Return the file beside `path` with another suffix, in small or capital letters."""
    found = (path.with_suffix(s) for s in (suffix, suffix.upper()))
    return next((f for f in found if f.is_file()), None)


def _stated(shapefile: Path, table: Path) -> Iterator[tuple[str, How]]:
    """Yield the encodings the files state, the strongest statement first."""
    if (page := sibling(shapefile, ".cpg")) and (name := _of_page(page)):
        yield name, "cpg"
    with table.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if len(header) == _HEADER_BYTES and header[29] in _CODE_PAGES:
        yield _CODE_PAGES[header[29]], "ldid"


def _of_page(page: Path) -> str | None:
    """Return the encoding a `.cpg` names, in one of the many ways they are written."""
    with page.open("rb") as file:
        text = file.read(_CPG_BYTES).decode("ascii", "ignore").strip("\0 \r\n\t")
    text = re.sub(r"^(ansi|oem|cp|windows)[\s_-]*(?=\d)", "", text.lower())
    latin = re.fullmatch(r"(?:iso[\s_-]*)?8859[\s_-]*(\d{1,2})", text)
    name = f"iso8859-{latin[1]}" if latin else text
    return codec(f"cp{name}") or codec(name) if name.isdigit() else codec(name)


def _tried(table: Path, names: Iterable[str]) -> tuple[Counter[str], bool]:
    """Return how many texts each encoding does not fit, and whether all look like Chinese pairs.

    `any` counts the texts that are not ASCII.
    """
    missed, paired = Counter[str](), True
    for text, is_cut in _texts(table):
        if text.isascii():
            continue
        missed["any"] += 1
        missed.update(name for name in names if not _fits(text, name, is_cut=is_cut))
        paired = paired and _PAIRED.fullmatch(text) is not None
    return missed, paired


def _best(names: list[str], stated: Mapping[str, How], missed: Counter[str]) -> str:
    """Return the first encoding that fits all, else the one stated, else the one of most texts.

    Text that is mostly UTF-8 is UTF-8, although GB18030 fits nearly any bytes.
    """
    fitting = [name for name in names if not missed[name]]
    if fitting == ["gb18030"] and "gb18030" not in stated and 2 * missed["utf-8"] < missed["any"]:
        return "utf-8"
    return min(fitting or names, key=lambda name: (name not in stated, missed[name]))


def _rival(best: str, missed: Counter[str], paired: bool) -> str:
    """Return the encoding that speaks against the stated one: it fits only what is written in it.

    UTF-8 hardly fits anything else. GB18030 fits nearly all, so pairs of high bytes must be seen.
    """
    if best != "utf-8" and not missed["utf-8"]:
        return "UTF-8"
    is_latin = best.startswith(("iso8859", "cp125", "cp437", "cp850"))
    return "GB18030" if is_latin and paired else ""


def _texts(table: Path) -> Iterator[tuple[bytes, bool]]:
    """Yield field names, then distinct values of text fields, and whether they fill their field.

    Only some rows are in memory at a time.
    """
    with table.open("rb") as file:
        header = file.read(_HEADER_BYTES)
        start, size = (int.from_bytes(header[n : n + 2], "little") for n in (8, 10))
        columns = list(_columns(file.read(max(0, start - _HEADER_BYTES)), size))
        yield from ((name, len(name) >= FIELD_NAME_BYTES) for name, _, _ in columns)
        places = [slice(at, at + width) for _, at, width in columns if width]
        file.seek(start)
        while size and (data := file.read(size * _ROWS_AT_ONCE)):
            rows = np.frombuffer(data[: len(data) // size * size], np.uint8).reshape(-1, size)
            rows = rows[rows[:, 0] != _DELETED]
            for place in places:
                yield from _distinct(rows[:, place])


def _columns(fields: bytes, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, offset and width of each field of a row; the width is 0 where it is no text."""
    offset = 1
    for at in range(0, len(fields), _FIELD_BYTES):
        field = fields[at : at + _FIELD_BYTES]
        if len(field) < _FIELD_BYTES or field[0] == _END_OF_FIELDS:
            return
        width = field[16] if field[11:12] != b"C" else field[16] + 256 * field[17]
        is_text = field[11:12] == b"C" and offset + width <= size
        yield field[:11].split(b"\0")[0], offset, width if is_text else 0
        offset += width


def _distinct(column: np.ndarray) -> Iterator[tuple[bytes, bool]]:
    """Yield the distinct texts of a column that are not ASCII, and whether they fill it."""
    high, width = column[(column > 0x7F).any(axis=1)], column.shape[1]
    if len(high):
        texts = np.unique(np.ascontiguousarray(high).view(f"S{width}")).tolist()
        # A cut character leaves at most two bytes unused.
        yield from ((text.rstrip(), len(text.rstrip()) >= width - 2) for text in texts)


def _fits(text: bytes, encoding: str, *, is_cut: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(text, final=not is_cut)
    except UnicodeError:
        return False
    return True
