"""What the tables that a plan names hold, and its partitions in stores, told without reading."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from carbonspace.errors import InputError, SourceError
from carbonspace.model.text import Text
from carbonspace.sources.connection import connected, side_by_side
from carbonspace.sources.dsn import is_dsn, is_remote
from carbonspace.sources.layer_table import LayerTable, table_of_layer
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.partitions import digest_of_index, index_of, place_of
from carbonspace.sources.planfile import table_of, text_of
from carbonspace.sources.project import sources_of
from carbonspace.sources.table_digest import TableDigest, differing, digest_of_rows
from carbonspace.sources.watched import Watch, meaning_of, state_of

if TYPE_CHECKING:
    from psycopg import Connection

Key = tuple[str, str, str]
FAULTY = -1
"""The number of rows of a table that cannot be used."""
_HASHED = "rows"


class TableNow(NamedTuple):
    """What the table of a layer holds, and how that is known.

    `place` is its name as plan.toml has it. `meaning` is what its columns are, `state` what it is
    known by as it is watched (None: by nothing but its rows), `digest` what identifies its rows.
    `unwatched` says why it cannot be watched as it was to be. `missed` is how many rows differ, at
    least, though nothing told so.
    """

    layer: str
    source: str
    place: str
    meaning: str
    state: str | None
    digest: TableDigest
    unwatched: Text | None = None
    missed: int = 0

    @property
    def key(self) -> Key:
        """What tells it apart."""
        return self.layer, self.source, self.place


def tables_now(
    plan: Path, watch_of: Callable[[str], Watch], before: Mapping[Key, TableNow], *,
    check: bool = False,
) -> list[TableNow]:  # fmt: skip
    """Return what the tables hold that a plan.toml names.

    Rows are hashed where a table is not known to be as it was. Within `one_picture` the plan that
    is read later is of the same moment, and nothing is hashed twice.

    Parameters
    ----------
    watch_of
        How the table of a layer is watched.
    before
        What they held, and were known by, at another time.
    check
        Hash all rows, and tell where that contradicts how tables are watched.

    Raises
    ------
    InputError
        plan.toml cannot be read.
    ServiceError, SourceError
        A database does not answer; it cannot be asked.
    """
    now = partial(_now, watch_of=watch_of, before=before, check=check)
    return side_by_side(now, stored_layers(plan))


def stored_layers(plan: Path) -> list[LayerSource]:
    """Return the layers of a plan.toml that lie in databases, or in stores.

    Raises
    ------
    InputError
        plan.toml cannot be read.
    """
    sources, _ = sources_of(table_of(text_of(plan)), plan.parent)
    return [one for one in sources if is_dsn(one.source) or is_remote(one.source)]


def _now(
    source: LayerSource, *, watch_of: Callable[[str], Watch], before: Mapping[Key, TableNow],
    check: bool,
) -> TableNow:  # fmt: skip
    if is_remote(source.source):
        return _in_store(source)
    from psycopg import errors

    with connected(source.source) as connection:
        try:
            found = table_of_layer(connection, source)
        except SourceError as error:  # whoever reads the layer says what is wrong with it
            return _faulty(source, [str(error)])
        if not isinstance(found, LayerTable):
            return _faulty(source, [one.line() for one in found])
        was = before.get(_key(source))
        try:
            return _held(connection, source, found, watch_of(source.key), was, check)
        except (errors.ProgrammingError, errors.DataError) as error:
            if source.where is None:
                raise
            return _faulty(source, [str(error)])


def _in_store(source: LayerSource) -> TableNow:
    """Return what partitions in a store hold, as their index has it."""
    try:
        index = index_of(place_of(source.key, source.source, source.path))
    except (InputError, SourceError) as error:
        return _faulty(source, [str(error)])
    return TableNow(*_key(source), "", None, TableDigest(index.rows, digest_of_index(index), ""))


def _held(
    connection: Connection[Any], source: LayerSource, found: LayerTable, watch: Watch,
    was: TableNow | None, check: bool,
) -> TableNow:  # fmt: skip
    said = None if watch.way == _HASHED else state_of(connection, source, found, watch)
    state, unwatched = (None, said) if isinstance(said, Text) else (said, None)
    meaning = meaning_of(connection, source, found)
    is_known = was is not None and None is not state == was.state and was.meaning == meaning
    known = was.digest if was is not None and is_known else None
    digest = digest_of_rows(connection, found.table, found.wanted, source.where,
                            known=None if check else known)  # fmt: skip
    missed = 0 if known is None or known == digest else max(1, differing(known.parts, digest.parts))
    return TableNow(*_key(source), meaning, state, digest, unwatched, missed)


def _key(source: LayerSource) -> Key:
    return source.key, source.source, source.layer or ""


def _faulty(source: LayerSource, faults: Sequence[str]) -> TableNow:
    """Return what is known of a table that cannot be used: why that is."""
    why = hashlib.sha256("\n".join(faults).encode("utf-8", "surrogatepass")).hexdigest()
    return TableNow(*_key(source), "", None, TableDigest(FAULTY, why, ""))
