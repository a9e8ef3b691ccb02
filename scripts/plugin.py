#!/usr/bin/env python3
"""Build the zip that QGIS installs: plugin FOLDER ZIP. The same files give the same bytes."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

KEPT = {".py", ".ui", ".json", ".txt", ".svg", ""}
MOMENT = (1980, 1, 1, 0, 0, 0)


def build(folder: Path, target: Path) -> list[str]:
    """Write the zip and return the names in it; bytecode and hidden files stay out."""
    hidden = (".", "__pycache__")
    files = [
        path for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in KEPT
        and not any(part.startswith(hidden) for part in path.relative_to(folder).parts)
    ]  # fmt: skip
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for path in files:
            entry = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", MOMENT)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            entry.create_system = 3
            made.writestr(entry, path.read_bytes())
    return [f"{folder.name}/{path.relative_to(folder).as_posix()}" for path in files]


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
