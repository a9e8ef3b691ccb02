"""What a GeoPackage of results holds: its layers and tables, their columns and their styles."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from carbonspace.outputs.styles import Style

Box = tuple[float, float, float, float]


class Kept(NamedTuple):
    """A layer or table.

    Attributes
    ----------
    name, about
        Its name, and what is in it.
    kind
        The type of its geometry as GeoPackage names it; "" for a table.
    box
        What it covers; None for a table, or where it is empty.
    columns
        Its columns, with their SQL types, without the geometry.
    styles
        Its styles, the default first.
    """

    name: str
    about: str
    kind: str
    box: Box | None
    columns: dict[str, str]
    styles: Sequence[Style]


def kept_in(path: Path) -> dict[str, Kept]:
    """Return the layers and tables of a GeoPackage by name, in their order there.

    Raises
    ------
    sqlite3.Error
        If it is not there or none.
    """
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        rows = database.execute(_CONTENTS).fetchall()
        styles = [Style(layer, name, qml, bool(default), about or "")
                  for layer, name, qml, default, about in database.execute(_STYLES)]  # fmt: skip
        return {
            name: Kept(
                name, about or "", (kind or "").upper(), None if west is None else (west, *box),
                _columns(database, name, geometry), [one for one in styles if one.layer == name],
            )
            for name, about, kind, geometry, west, *box in rows
        }  # fmt: skip


def _columns(database: sqlite3.Connection, name: str, geometry: str | None) -> dict[str, str]:
    rows = database.execute("SELECT name, type FROM pragma_table_info(?)", (name,))
    return {column: kind for column, kind in rows if column != geometry}


_CONTENTS = """
SELECT c.table_name, c.description, g.geometry_type_name, g.column_name,
       c.min_x, c.min_y, c.max_x, c.max_y
FROM gpkg_contents c LEFT JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
WHERE c.table_name <> 'layer_styles' ORDER BY c.rowid"""
_STYLES = """
SELECT f_table_name, styleName, styleQML, useAsDefault, description FROM layer_styles
ORDER BY useAsDefault DESC, id"""
