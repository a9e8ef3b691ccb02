#!/usr/bin/env python3
"""Build the zip that QGIS installs: plugin [--release] FOLDER ZIP.

The same files give the same bytes. HOMEPAGE, REPOSITORY, TRACKER and CONTACT of the environment
replace the stand-ins of metadata.txt: the source names no place of its own. With --release, no zip
is made that the repository of QGIS would turn down, or that leads people to where nothing is.
"""

from __future__ import annotations

import argparse
import configparser
import os
import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

KEPT = {".py", ".ui", ".json", ".txt", ".svg", ""}
MOMENT = (1980, 1, 1, 0, 0, 0)
PLACES = {"homepage": "HOMEPAGE", "repository": "REPOSITORY", "tracker": "TRACKER",
          "email": "CONTACT"}  # fmt: skip
ASKED = ("name", "qgisMinimumVersion", "description", "about", "version", "author", "email",
         "repository", "tracker", "license", "icon", "changelog")  # fmt: skip
FORMS = {"email": r"[^\s@]+@[^\s@]+"}
STAND_IN = re.compile(r"\bexample\.(org|com|net)\b")


def build(folder: Path, target: Path, places: Mapping[str, str] | None = None) -> list[str]:
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
            is_metadata = path == folder / "metadata.txt"
            told = placed(path.read_text("utf-8"), places or {}).encode() if is_metadata else None
            made.writestr(entry, told or path.read_bytes())
    return [f"{folder.name}/{path.relative_to(folder).as_posix()}" for path in files]


def placed(metadata: str, places: Mapping[str, str]) -> str:
    """Return metadata that names these places."""
    for name, place in places.items():
        metadata = re.sub(rf"(?m)^{name}=.*$", lambda _, line=f"{name}={place}": line, metadata)
    return metadata


def faults(metadata: str) -> list[str]:
    """Return why the repository of QGIS, or those who read it there, could not use metadata."""
    facts = configparser.ConfigParser(interpolation=None)
    facts.read_string(metadata)
    general = facts["general"]
    missing = [f"{name} is missing" for name in ASKED if not general.get(name, "").strip()]
    unsound = [f"{name}={general[name]} is no address" for name in PLACES if general.get(name)
               and not re.fullmatch(FORMS.get(name, r"https?://\S+"), general[name])]  # fmt: skip
    stand_ins = [f"{name}={general[name]} is a stand-in: make plugin RELEASE=1 {variable}=…"
                 for name, variable in PLACES.items()
                 if STAND_IN.search(general.get(name, ""))]  # fmt: skip
    return missing + unsound + stand_ins


def main(arguments: list[str], environment: Mapping[str, str]) -> str | None:
    """Build what was asked for; return why it was not."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--release", action="store_true")
    asked.add_argument("folder", type=Path)
    asked.add_argument("zip", type=Path)
    given = asked.parse_args(arguments)
    places = {name: environment[variable] for name, variable in PLACES.items()
              if environment.get(variable)}  # fmt: skip
    found = faults(placed((given.folder / "metadata.txt").read_text("utf-8"), places))
    if given.release and found:
        return "\n".join(["not for the repository of QGIS:", *found])
    build(given.folder, given.zip, places)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
