"""A PostgreSQL of our own with PostGIS: started for these tests, gone after them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

Execute = Callable[..., None]
_PACKAGES = "postgresql-15 and postgresql-15-postgis-3"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Yield the start of a DSN of a running server, without a database."""
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder, port = Path(name), _free_port()
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        _run(programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust",
             "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        _run(programs / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log",
             "-o", options, "start")  # fmt: skip
        try:
            start = f"postgresql://postgres@127.0.0.1:{port}"
            with psycopg.connect(f"{start}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE gis")
            with psycopg.connect(f"{start}/gis", autocommit=True) as connection:
                connection.execute("CREATE EXTENSION postgis")
            yield start
        finally:
            _run(programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")


@pytest.fixture
def city(server: str) -> Iterator[str]:
    """Yield the DSN of an empty database with PostGIS."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE city TEMPLATE gis")
        try:
            yield f"{server}/city"
        finally:
            connection.execute("DROP DATABASE city WITH (FORCE)")


@pytest.fixture
def execute(city: str) -> Execute:
    """Return a function that runs statements in the database."""

    def run(*statements: str) -> None:
        with psycopg.connect(city, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    return run


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        pytest.fail(f"PostgreSQL is missing: install {_PACKAGES}")
    return found[-1].parent


def _run(program: Path, *arguments: object) -> None:
    """Run a program of PostgreSQL, which refuses to be root."""
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*as_postgres, str(program), *map(str, arguments)], check=True,
                   stdout=subprocess.DEVNULL, cwd="/")  # fmt: skip


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
