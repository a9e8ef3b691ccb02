"""What a source was: the sha256 of its content, all files of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas as gpd
import pandas as pd

_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def parts(path: Path) -> tuple[Path, ...]:
    """Return the files that make up a source, sorted: a shapefile's parts, a directory's files."""
    if path.is_dir():
        return tuple(sorted(f for f in path.rglob("*") if f.is_file() and f.suffix != ".lock"))
    if path.suffix.lower() == ".shp":
        siblings = path.parent.glob("*")
        return tuple(sorted(
            f for f in siblings if f.stem == path.stem and f.suffix.lower() in _SHAPEFILE_PARTS
        ))  # fmt: skip
    # Changes not yet merged into a GeoPackage are content, too.
    journal = path.with_name(path.name + "-wal")
    return (path, journal) if journal.is_file() and journal.stat().st_size else (path,)


def sha256(path: Path) -> str:
    """Return the sha256 of a source.

    Of one file: of its bytes. Of several: of the lines `<sha256>  <name>` in order of name.
    """
    files = parts(path)
    if files == (path,):
        return _digest(path)
    base = path if path.is_dir() else path.parent
    lines = "".join(f"{_digest(f)}  {f.relative_to(base).as_posix()}\n" for f in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def sha256_of_rows(layer: gpd.GeoDataFrame) -> str:
    """Return the sha256 of the rows of a layer, whatever their order: where no file holds it."""
    wkb = pd.Series(layer.geometry.to_wkb(), index=layer.index)
    texts = pd.DataFrame(layer.drop(columns=layer.geometry.name)).astype(str).assign(wkb=wkb)
    lines = sorted(repr(row) for row in texts.itertuples(index=False, name=None))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
