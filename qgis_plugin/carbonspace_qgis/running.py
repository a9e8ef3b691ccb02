"""Runs of carbonspace for Processing: told of, cancelled, and put in their place."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from qgis.core import Qgis, QgsMessageLog

from .child import ChildError, Ended, checked, shown, swept
from .interpreter import Known
from .words import lang, say, titled


def carbonspace(
    known: Known, feedback: Any, *arguments: str, out: Path | None = None,
    fine: tuple[int, ...] = (0,),
) -> Ended:  # fmt: skip
    """Run a command of carbonspace in the language of QGIS, and pass on what it says.

    `out` is the folder it makes, all of it or nothing, however it ends.
    """
    placed = ["--out", str(out)] if out else []
    command = known.command("--lang", lang(), *arguments, *placed)
    feedback.pushCommandInfo(shown(command))

    def told(step: dict[str, Any]) -> None:
        feedback.setProgress(step["done"])
        feedback.setProgressText(titled(step["title"]))

    try:
        return checked(command, told=told, said=feedback.pushConsoleInfo,
                       cancelled=feedback.isCanceled, fine=fine)  # fmt: skip
    finally:
        if out and out.parent.is_dir():
            swept(str(out))


@contextmanager
def writing() -> Iterator[None]:
    """Tell of a full disk, a closed folder or a file in use in words for people."""
    try:
        yield
    except OSError as error:
        raise ChildError(say("cannot_write", error=error)) from error


def free(target: Path) -> None:
    """Raise `ChildError` where no GeoPackage can be put, or one is open that would be broken."""
    if target.suffix.lower() != ".gpkg":
        raise ChildError(say("no_gpkg", path=target))
    if any(Path(f"{target}{end}").exists() for end in ("-wal", "-shm", "-journal")):
        raise ChildError(say("in_use", path=target))
    room = next(one for one in target.absolute().parents if one.exists())
    if not room.is_dir() or not os.access(room, os.W_OK):
        raise ChildError(say("cannot_write", error=room))


def put(made: Path, target: Path) -> Path:
    """Put a finished GeoPackage where it was asked for, at once."""
    free(target)
    part = target.with_name(f".{target.name}.part")
    with writing():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    return target


def layers_in(gpkg: Path) -> list[str]:
    """Return the layers of a GeoPackage that have geometry."""
    found = rows(gpkg, "SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")
    return [name for (name,) in found]


def rows(gpkg: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return the answer of a GeoPackage, opened to read only."""
    uri = f"{gpkg.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as opened:
        return opened.execute(query, values).fetchall()


def log(text: str) -> None:
    """Keep what a child says in the window of messages."""
    QgsMessageLog.logMessage(text, "carbonspace", Qgis.Info)
