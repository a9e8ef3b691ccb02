"""Which store a city has: told by how its results are named."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from carbonspace.batch.cityfile import City
from carbonspace.batch.folder_store import folder_store
from carbonspace.batch.postgis_store import postgis_store
from carbonspace.batch.store import Store
from carbonspace.sources.dsn import is_dsn


def store_of(city: City, *, look: bool = False) -> AbstractContextManager[Store]:
    """Open the history of a city; for a look nothing is made or changed.

    Raises
    ------
    ServiceError, SourceError
        It cannot be opened.
    """
    if is_dsn(city.results):
        return postgis_store(city.results, city.schema, look=look)
    return folder_store(Path(city.results), look=look)
