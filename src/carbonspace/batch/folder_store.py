"""Results in a folder: one file of SQLite, and one more for each city that is its lock."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carbonspace.batch.kept import Row
from carbonspace.batch.migrating import migrate, migrations
from carbonspace.batch.store import Sql, Store
from carbonspace.errors import SourceError

FILE = "history.sqlite"
_WORDS = {"{schema}.": "", "{identity}": "integer PRIMARY KEY AUTOINCREMENT", "{time}": "text",
          "{json}": "text", "{geometry}": "text", "%s": "?"}  # fmt: skip
_PATIENCE_S = 60.0
_TIMES = ("began", "ended", "sent", "valid_from", "valid_to")


@contextmanager
def folder_store(folder: Path, *, look: bool = False) -> Iterator[Store]:
    """Open the history in a folder; unless it is for a look, make both where they are not there.

    Raises
    ------
    SourceError
        The folder or the file cannot be read or written.
    """
    file = folder / FILE
    try:
        if not look:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        with closing(_looked_at(file) if look else _opened(file)) as connection:
            yield Store(_Sqlite(connection, folder))
    except sqlite3.Error as error:
        raise _unusable(file, error) from error


def _unusable(path: Path, error: Exception) -> SourceError:
    return SourceError(
        f"{path}: {error}. Check the rights and the space of the folder, and that nobody else "
        "holds the file.",
        f"{path}：“{error}”。请检查文件夹的权限与剩余空间，以及文件是否被他人占用。",
    )


def _looked_at(file: Path) -> sqlite3.Connection:
    """Open a history that is not to be changed; an empty one where there is none."""
    if not file.exists():
        return _opened(Path(":memory:"))
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", timeout=_PATIENCE_S,
                           isolation_level=None, uri=True)  # fmt: skip


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=_PATIENCE_S, isolation_level=None)


class _Sqlite(Sql):
    """A file of SQLite as a store needs it; times are text in UTC, in one form."""

    schema = ""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection, self._folder = connection, folder

    def ask(self, text: str, values: Sequence[Any] = ()) -> list[Row]:
        cursor = self._connection.execute(_spoken(text), [*map(_stored, values)])
        rows = cursor.fetchall()
        names = [one[0] for one in cursor.description or ()]
        times = [n for n, name in enumerate(names) if name in _TIMES]
        return [_with_times(row, times) for row in rows] if times else rows

    def put(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        marks = ", ".join("?" * len(columns))
        self._connection.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",
            ([*map(_stored, row)] for row in rows),
        )

    def close_rows(self, table: str, ids: Sequence[int], run: int, at: datetime) -> None:
        self._connection.executemany(
            f"UPDATE {table} SET to_run = ?, valid_to = ? WHERE id = ?",
            ((run, _stored(at), number) for number in ids),
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def alone(self, city: str) -> Iterator[bool]:
        """Hold a transaction on a file of the city; the system ends it with the process."""
        name = hashlib.sha256(city.encode()).hexdigest()[:16]
        file = self._folder / f".lock-{name}.sqlite"
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as lock:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
                yield False
            else:
                yield True

    def migrated(self) -> None:
        with self.transaction():
            self.ask("CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY)")
            before = self._version()
            steps = migrations()
            after = migrate(before, self.ask, steps)
            numbers = [(one.number,) for one in steps if before < one.number <= after]
            self.put("migration", ["number"], numbers)

    def _version(self) -> int:
        return int(self.ask("SELECT coalesce(max(number), 0) FROM migration")[0][0])

    def exists(self, table: str = "run") -> bool:
        return bool(self.ask("SELECT 1 FROM sqlite_master WHERE name = %s", [table]))

    def show(self, indicators: Sequence[str]) -> None:
        """Make nothing: no map is drawn from a table of texts."""


def _spoken(text: str) -> str:
    for word, ours in _WORDS.items():
        text = text.replace(word, ours)
    return text


def _stored(value: Any) -> Any:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}" if isinstance(value, datetime) else (
        value
    )  # fmt: skip


def _with_times(row: Row, times: Sequence[int]) -> Row:
    return tuple(datetime.fromisoformat(value) if n in times and value is not None else value
                 for n, value in enumerate(row))  # fmt: skip
