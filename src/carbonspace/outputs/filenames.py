"""File names for units whose ids may hold anything."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

_UNSAFE = re.compile(r"[^\w\-.]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST_BYTES = 80


def safe_names(ids: Iterable[str]) -> dict[str, str]:
    """Return a file name without its suffix for each id, unique on every file system.

    Letters (Chinese too), digits, `-`, `_` and `.` stay; an id that had to change, or that
    differs from another only in case, gets eight digits of its SHA-256 at the end; all of them
    where another unit is called like that.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for unit_id in ids:
        name = _cleaned(unit_id)
        if name != unit_id or name.casefold() in taken:
            digest = hashlib.sha256(unit_id.encode("utf-8", "surrogatepass")).hexdigest()
            short = f"{name}-{digest[:8]}"
            name = f"{name}-{digest}" if short.casefold() in taken else short
        taken.add(name.casefold())
        names[unit_id] = name
    return names


def unit_files(folder: Path, ids: Iterable[str]) -> dict[str, Path]:
    """Return the page of each unit that has one in a folder of results, or else its PDF.

    `ids` are those of all units that the results speak of, in the order of the plan.
    """
    found = dict[str, Path]()
    for unit_id, name in safe_names(ids).items():
        pages = [folder / "units" / f"{name}{suffix}" for suffix in (".html", ".pdf")]
        if there := [page for page in pages if page.is_file()]:
            found[unit_id] = there[0]
    return found


def _cleaned(unit_id: str) -> str:
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", unit_id)).strip("._")
    while len(name.encode()) > _LONGEST_BYTES:
        name = name[:-1]
    return f"unit_{name}" if not name or _RESERVED.fullmatch(name) else name
