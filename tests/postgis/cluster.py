"""A PostgreSQL of our own: started, stopped, killed, frozen, and gone in the end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

_PACKAGES = "postgresql-15 and postgresql-15-postgis-3"

_STARTS = 50


class Cluster:
    """A server in a folder, reachable on the loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, _free_port()
        self.start_of_dsn = f"postgresql://postgres@127.0.0.1:{self.port}"
        self._programs = _programs()

    def make(self) -> None:
        """Make an empty server, with a database `gis` that has PostGIS, and start it."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust",
                  "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        self.start()
        with psycopg.connect(f"{self.start_of_dsn}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE gis")
        with psycopg.connect(f"{self.start_of_dsn}/gis", autocommit=True) as connection:
            connection.execute("CREATE EXTENSION postgis")

    def start(self) -> None:
        """Start it, also after a crash."""
        options = (f"-p {self.port} -c listen_addresses=127.0.0.1 "
                   f"-c unix_socket_directories={self.folder}")  # fmt: skip
        for left in range(_STARTS, -1, -1):
            try:
                self._run("pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log",
                          "-o", options, "start")  # fmt: skip
            except subprocess.CalledProcessError:  # after a crash its memory is in use for a while
                if not left:
                    raise
                time.sleep(0.2)
            else:
                return

    def stop(self, mode: str = "fast") -> None:
        """Stop it: smart, fast or immediate, which is a crash."""
        self._run("pg_ctl", "-D", self.folder / "data", "-m", mode, "stop")

    def kill(self) -> None:
        """Kill each of its processes, and only those."""
        for pid in (found := self.pids()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(Path(f"/proc/{pid}").exists() and _is_alive(pid) for pid in found):
            time.sleep(0.01)

    def freeze(self) -> None:
        """Have it do nothing any more, while its system still takes what it is sent."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it go on."""
        for pid in self.pids():
            with suppress(ProcessLookupError):  # it may end meanwhile
                os.kill(pid, signal.SIGCONT)

    def pids(self) -> list[int]:
        """Return its processes, the one that starts the others first."""
        head = int((self.folder / "data/postmaster.pid").read_text("ascii").split()[0])
        children = [int(one.name) for one in Path("/proc").iterdir()
                    if one.name.isdigit() and _parent(one) == head]  # fmt: skip
        return [head, *children]

    def _run(self, program: str, *arguments: object) -> None:
        """Run a program of PostgreSQL, which refuses to be root."""
        as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run([*as_postgres, str(self._programs / program), *map(str, arguments)],
                       check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE, cwd="/")  # fmt: skip


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Yield a server that runs, and stop it."""
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        cluster = Cluster(Path(name))
        cluster.make()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")


@contextmanager
def database(cluster: str, name: str = "city") -> Iterator[str]:
    """Yield the DSN of an empty database with PostGIS."""
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE gis".encode())
    try:
        yield f"{cluster}/{name}"
    finally:
        with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text("ascii", "replace").rpartition(")")[2].split()[1])
    except OSError:  # it has ended
        return 0


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        pytest.fail(f"PostgreSQL is missing: install {_PACKAGES}")
    return found[-1].parent


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
