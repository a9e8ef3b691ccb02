"""Disks that are full: small ones of our own, where this system lets us mount them."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psycopg
from tests.postgis.cluster import Cluster, database
from tests.soak.town import soaked

from carbonspace.errors import CarbonspaceError

_FILL = "INSERT INTO filler SELECT repeat(md5(n::text), 30) FROM generate_series(1, 2000) n"

_LAST_PAGES = """INSERT INTO carbonspace.verdict (city, level, unit_id, indicator, profile, clause,
nth, status, from_run, valid_from)
SELECT 'x', 'x', 'x', 'x', 'x', 'x', 1, 'x', 1, now() FROM generate_series(1, 10000)"""


def database_full(cluster: Cluster, folder: Path) -> str:
    """Have the results in a tablespace of which the disk is full."""
    with disk(cluster.folder / "tablespace", "64m") as room:
        if room is None:
            return "not tried: no disk can be mounted here"
        if os.geteuid() == 0:
            shutil.chown(room, "postgres")
        _run(cluster, f"CREATE TABLESPACE small LOCATION '{room}'")
        try:
            return _in_database(cluster, folder, room)
        finally:
            _run(cluster, "DROP TABLESPACE small")


def _in_database(cluster: Cluster, folder: Path, room: Path) -> str:
    (folder / "full").mkdir()
    with (
        database(cluster.start_of_dsn, "source") as source,
        database(cluster.start_of_dsn, "results") as results,
    ):
        _run(cluster, "ALTER DATABASE results SET TABLESPACE small")
        town = soaked(folder / "full", source)
        town.city = replace(town.city, results=results)
        town.night()
        before = town.kept()
        town.edit(random.Random(1))
        with psycopg.connect(results, autocommit=True) as connection:
            connection.execute("CREATE TABLE filler (t text)")
            with suppress(psycopg.errors.DiskFull):
                while True:
                    connection.execute(_FILL)
            with suppress(psycopg.errors.DiskFull):
                connection.execute(_LAST_PAGES)  # what is undone takes the room all the same
        said = _refused(town.night)
        _larger(room)  # as full as it is, nobody may be able to connect
        whole = town.is_whole(before)
        town.repair()
        return f"{said}, results {whole}, repaired"


def folder_full(cluster: Cluster, folder: Path) -> str:
    """Have the results in a folder of which the disk is full."""
    with disk(folder / "small", "4m") as room:
        if room is None:
            return "not tried: no disk can be mounted here"
        with database(cluster.start_of_dsn, "source") as source:
            (folder / "other").mkdir()
            town = soaked(folder / "other", source)
            town.city = replace(town.city, results=str(room / "results"))
            town.night()
            before = town.kept()
            town.edit(random.Random(1))
            filler = room / "filler"
            with suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
            said = _refused(town.night)
            whole = town.is_whole(before)
            filler.unlink()
            town.repair()
            return f"{said}, results {whole}, repaired"


def _refused(night: object) -> str:
    try:
        night()  # type: ignore[operator]
    except CarbonspaceError as error:
        return f"refused with {error.exit_code}"
    return "kept in what was left"


@contextmanager
def disk(place: Path, size: str) -> Iterator[Path | None]:
    """Yield a disk of a size; None where none can be mounted."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _larger(room: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=256m", str(room)], check=True)


def _run(cluster: Cluster, statement: str) -> None:
    with psycopg.connect(f"{cluster.start_of_dsn}/postgres", autocommit=True) as connection:
        connection.execute(statement.encode())
