"""The map libraries of the pages, fetched again from their packages: `python -m scripts.vendor`.

`libraries.toml` says what they are. With `--check` nothing is written: it is an error where a
file is not what its package holds. A licence that its package lacks stands there already and has
no `from`; only its hash is checked.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "src" / "carbonspace" / "outputs" / "vendor"
TABLE = "libraries.toml"


def libraries() -> list[dict[str, Any]]:
    """Return what `libraries.toml` lists."""
    listed: list[dict[str, Any]] = tomllib.loads((FOLDER / TABLE).read_text())["library"]
    return listed


def faults() -> Iterator[str]:
    """Yield what in the folder is not what `libraries.toml` says."""
    stated = {path: one["sha256"] for lib in libraries() for path, one in lib["files"].items()}
    there = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}
    for path in sorted(there - {*stated, TABLE}):
        yield f"{path}: not in {TABLE}"
    for path, sha256 in stated.items():
        if path not in there:
            yield f"{path}: missing"
        elif hashlib.sha256((FOLDER / path).read_bytes()).hexdigest() != sha256:
            yield f"{path}: its sha256 is not {sha256}"


def fetched() -> Iterator[tuple[str, bytes]]:
    """Yield the files of all packages by their path in the folder, the packages being checked."""
    with tempfile.TemporaryDirectory() as folder:
        for library in libraries():
            chosen = {k: v["from"] for k, v in library["files"].items() if "from" in v}
            yield from _unpacked(_packed(library, Path(folder)), chosen)


def _packed(library: Mapping[str, Any], folder: Path) -> Path:
    """Return the tarball of a package, once it is the one that `libraries.toml` names."""
    wanted = f"{library['package']}@{library['version']}"
    command = ["npm", "pack", wanted, "--silent", "--pack-destination", str(folder)]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    held = hashlib.sha512((folder / name).read_bytes()).digest()
    found = f"sha512-{base64.b64encode(held).decode()}"
    if found != library["integrity"]:
        sys.exit(f"{wanted}: its integrity is {found}, expected {library['integrity']}")
    return folder / name


def _unpacked(tarball: Path, chosen: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(tarball) as archive:
        for path, source in chosen.items():
            file = archive.extractfile(f"package/{source}")
            if file is None:
                sys.exit(f"{tarball.name} has no file {source}")
            yield path, file.read()


def main() -> None:
    """Write the files, or compare them with what is there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    only_compare = parser.parse_args().check
    wrong = []
    for path, held in fetched():
        if not only_compare:
            (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / path).write_bytes(held)
        elif not (FOLDER / path).is_file() or (FOLDER / path).read_bytes() != held:
            wrong.append(f"{path}: not what its package holds")
    if wrong := [*wrong, *faults()]:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
