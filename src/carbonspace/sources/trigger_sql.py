"""The SQL that has changes of the tables of a plan logged, for a database administrator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.sources.connection import connected
from carbonspace.sources.dsn import without_password
from carbonspace.sources.layer_table import LayerTable, table_of_layer
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.relations import Relation, relations_of
from carbonspace.sources.tables_now import stored_layers
from carbonspace.sources.triggers import NO_TABLE, can_have_triggers, sql_of_triggers

if TYPE_CHECKING:
    from psycopg import Connection


def trigger_sql(plan: Path, is_asked: Callable[[str], bool]) -> dict[str, str]:
    """Return by database the SQL that has changes of the tables of layers logged.

    Raises
    ------
    InputError
        plan.toml cannot be read, or a layer has no table that can have triggers.
    ServiceError, SourceError
        A database does not answer; it cannot be asked.
    """
    asked = [one for one in stored_layers(plan) if is_asked(one.key)]
    return {source: _sql_of(source, [one for one in asked if one.source == source])
            for source in dict.fromkeys(one.source for one in asked)}  # fmt: skip


def _sql_of(source: str, layers: Sequence[LayerSource]) -> str:
    with connected(source) as connection:
        found, faults = list[Relation](), list[Finding]()
        for layer in layers:
            parts = _parts(connection, layer)
            if can_have_triggers(one for one in parts if isinstance(one, Relation)):
                found += [one for one in parts if isinstance(one, Relation)]
                faults += [one for one in parts if isinstance(one, Finding)]
            else:
                faults.append(_no_table(layer))
        if faults:
            raise InputError(faults)
        reader = connection.execute("SELECT current_user::text").fetchall()[0][0]
        place = " ".join(without_password(source).split())
        return f"-- {place}\n{sql_of_triggers(connection, found, str(reader))}"


def _parts(connection: Connection[Any], layer: LayerSource) -> Sequence[Relation | Finding]:
    found = table_of_layer(connection, layer)
    return relations_of(connection, found.table) if isinstance(found, LayerTable) else found


def _no_table(layer: LayerSource) -> Finding:
    return Finding(
        "error", layer.key, Text("不能安装触发器", "It cannot have triggers"),
        Text(layer.layer or "-", layer.layer or "-"), Text("表", "a table"), NO_TABLE,
    )  # fmt: skip
