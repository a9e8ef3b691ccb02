"""GeoPackage layers of any kind of geometry that must have Z or M: pyogrio refuses the type.

One such layer, usual in what CAD drawings are converted to, would make the whole file unreadable.
GDAL reads it when told, in a VRT, that the layer is of any kind.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

_LAYERS = """
SELECT c.table_name, g.geometry_type_name = 'GEOMETRY' AND (g.z = 1 OR g.m = 1)
FROM gpkg_contents c LEFT JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
WHERE c.data_type IN ('features', 'attributes')
"""


def view_of_any_kind(path: Path) -> str | None:
    """Return a VRT through which all layers of a GeoPackage can be read; None if it needs none."""
    if path.suffix.lower() != ".gpkg":
        return None
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?immutable=1", uri=True)) as file:
            layers = file.execute(_LAYERS).fetchall()
    except (sqlite3.Error, UnicodeDecodeError):  # a broken file; its reader says what is wrong
        return None
    if not any(is_any_kind for _, is_any_kind in layers):
        return None
    parts = "".join(_layer(path, str(name), bool(is_any_kind)) for name, is_any_kind in layers)
    return f"<OGRVRTDataSource>{parts}</OGRVRTDataSource>"


def _layer(path: Path, name: str, is_any_kind: bool) -> str:
    kind = "<GeometryType>wkbUnknown</GeometryType>" if is_any_kind else ""
    return (
        f"<OGRVRTLayer name={quoteattr(name)}><SrcDataSource>{escape(str(path.resolve()))}"
        f"</SrcDataSource><SrcLayer>{escape(name)}</SrcLayer>{kind}</OGRVRTLayer>"
    )
