"""A PostgreSQL of our own with PostGIS: started for these tests, gone after them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from tests.postgis.cluster import database, running_cluster

Execute = Callable[..., None]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Yield the start of a DSN of a running server, without a database."""
    with running_cluster() as cluster:
        yield cluster.start_of_dsn


@pytest.fixture
def city(server: str) -> Iterator[str]:
    """Yield the DSN of an empty database with PostGIS."""
    with database(server) as dsn:
        yield dsn


@pytest.fixture
def execute(city: str) -> Execute:
    """Return a function that runs statements in the database."""

    def run(*statements: str) -> None:
        with psycopg.connect(city, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    return run
