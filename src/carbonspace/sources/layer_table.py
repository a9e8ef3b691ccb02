"""Which table a layer of plan.toml is, and which of its fields are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from carbonspace.model.finding import Finding
from carbonspace.sources import faults
from carbonspace.sources.connection import asked_once
from carbonspace.sources.database import Table, fields_of, tables_of
from carbonspace.sources.fieldnames import source_fields
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.uom import uom_fields

if TYPE_CHECKING:
    from psycopg import Connection


class LayerTable(NamedTuple):
    """A table, what of it is read, and what was noticed on the way.

    `present` are all its fields with their types, `fields` say which canonical column comes from
    which, `wanted` are the fields that are read.
    """

    table: Table
    present: dict[str, str]
    fields: dict[str, str]
    wanted: dict[str, str]
    notes: list[Finding]


def table_of_layer(connection: Connection[Any], source: LayerSource) -> LayerTable | list[Finding]:
    """Return the table of a layer, or why there is none that can be used.

    Raises
    ------
    SourceError
        The database has no PostGIS.
    """
    table = table_named(connection, source)
    if not isinstance(table, Table):
        return table
    present = fields_of(connection, table)
    fields, notes = source_fields(source, [*present])
    if any(note.severity == "error" for note in notes):
        return notes
    wanted = dict.fromkeys([*fields.values(), *(e.field for e in source.extract.values()),
                            *uom_fields(source, fields, present).values()])  # fmt: skip
    return LayerTable(table, present, fields, {name: present[name] for name in wanted}, notes)


def table_named(connection: Connection[Any], source: LayerSource) -> Table | list[Finding]:
    """Return the table that a layer names, or why there is none.

    Raises
    ------
    SourceError
        The database has no PostGIS.
    """
    if source.encoding:
        return [faults.not_for(source, "encoding", "PostGIS")]
    tables = asked_once(connection, "tables", lambda: tables_of(connection))
    found = [table for table in tables if source.layer in table.names]
    if len(found) != 1:
        return [faults.no_layer(source, [name_in_plan(one, tables) for one in tables])]
    return found[0]


def name_in_plan(table: Table, tables: Sequence[Table]) -> str:
    """Return the name of a table, with its geometry column where it has several."""
    full, usual, _ = table.names
    return usual if sum(other[:2] == table[:2] for other in tables) == 1 else full
