"""What identifies content: SHA-256 of files and of JSON values. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_WORTH_THREADS = 32 << 20
_THREADS = 4


def digests(paths: Iterable[Path]) -> dict[Path, str]:
    """Return the SHA-256 of each file; several at once where there is much to read.

    Raises
    ------
    OSError
        One of them is missing or cannot be read.
    """
    files = [*dict.fromkeys(paths)]
    if len(files) < 2 or sum(file.stat().st_size for file in files) < _WORTH_THREADS:
        return {file: _digest(file) for file in files}
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_THREADS) as pool:
        return dict(zip(files, pool.map(_digest, files), strict=True))


def digest_of(value: Any) -> str:
    """Return the SHA-256 of a JSON value, however it is laid out in a file."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
