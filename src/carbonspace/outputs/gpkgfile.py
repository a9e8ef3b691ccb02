"""Writing into a GeoPackage: layers, tables, and the styles that travel with them."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.raw import write_arrow

from carbonspace.outputs import styles
from carbonspace.outputs.plainjson import plain

# Newer GeoPackage versions make the QGIS of current long-term systems warn.
_VERSION = "1.2"
_GEOMETRY = "geom"
_TYPES = ("Point", "LineString", "LineString", "Polygon", "MultiPoint", "MultiLineString",
          "MultiPolygon", "GeometryCollection")  # fmt: skip
_MULTIPLE = {0: (4, shapely.multipoints), 1: (5, shapely.multilinestrings),
             3: (6, shapely.multipolygons)}  # fmt: skip
# A file made aside and renamed when it is whole needs no journal of its own.
_ASIDE = {"OGR_SQLITE_JOURNAL": "OFF", "OGR_SQLITE_SYNCHRONOUS": "OFF"}
_MOMENT = "OGR_CURRENT_DATE"
_STYLES_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT, f_table_schema TEXT,
  f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT,
  styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT, ui TEXT,
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"""

WRITTEN = "SELECT max(last_change) FROM gpkg_contents"
"""When a file was written, as SQL."""


@contextmanager
def written_aside() -> Iterator[None]:
    """Let GDAL write without the journal that only a file in use needs, all at one moment."""
    asked = _ASIDE | {_MOMENT: _now()}
    before = {name: pyogrio.get_gdal_config_option(name) for name in asked}
    pyogrio.set_gdal_config_options(asked)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def _now() -> str:
    """Return the moment that a file says it was written at.

    That is now, or `SOURCE_DATE_EPOCH` where files are wanted that are the same byte for byte:
    https://reproducible-builds.org/specs/source-date-epoch/.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(given), UTC) if given.isdecimal() else datetime.now(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def write_table(table: pd.DataFrame, path: Path, name: str, *, about: str = "") -> None:
    """Write a table without geometry; `about` is its description."""
    write_arrow(_attributes(table), path, layer=name, driver="GPKG",
                layer_options=_described(about), **_created(path))  # fmt: skip


def write_layer(layer: gpd.GeoDataFrame, path: Path, name: str, *, about: str = "") -> None:
    """Write a layer with its index as a column and `geom` as its geometry.

    `about` is its description, which QGIS shows among the properties of the layer.
    """
    frame = pd.DataFrame(layer.drop(columns=layer.geometry.name))
    index = layer.index.name or "id"
    indexed = frame if index in frame else frame.rename_axis(index).reset_index()
    shapes, kind = _of_one_kind(layer.geometry.to_numpy())
    table = _attributes(indexed).append_column(
        pa.field(_GEOMETRY, pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}),
        pa.array(shapely.to_wkb(shapes), type=pa.binary()),
    )
    write_arrow(
        table, path, layer=name, driver="GPKG", geometry_name=_GEOMETRY, geometry_type=kind,
        crs=_crs_text(layer.crs), layer_options=_described(about), **_created(path),
    )  # fmt: skip


def _described(about: str) -> dict[str, str]:
    return {"DESCRIPTION": about} if about else {}


def _created(path: Path) -> dict[str, Any]:
    """Return how to create the file if it is not there yet."""
    return {} if path.exists() else {"dataset_options": {"VERSION": _VERSION}}


@cache
def _crs_text(crs: Any) -> str | None:
    """Return how GDAL is told a CRS; looking it up costs as much as writing a small layer."""
    if crs is None:
        return None
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else str(crs.to_wkt("WKT1_GDAL"))


def _of_one_kind(shapes: NDArray[Any]) -> tuple[NDArray[Any], str]:
    """Return shapes, single ones made multiple where both occur, and the type of the layer."""
    there = shapes[~shapely.is_missing(shapes)]
    kinds = set(np.unique(shapely.get_type_id(there)).tolist())
    for single, (multiple, gathered) in _MULTIPLE.items():
        if kinds == {single, multiple}:
            chosen = np.flatnonzero(shapely.get_type_id(shapes) == single)
            shapes, kinds = shapes.copy(), {multiple}
            shapes[chosen] = gathered(shapes[chosen], indices=np.arange(len(chosen)))
    name = _TYPES[kinds.pop()] if len(kinds) == 1 else "Unknown"
    return shapes, name + (" Z" if name != "Unknown" and shapely.has_z(there).any() else "")


def _attributes(table: pd.DataFrame) -> pa.Table:
    """Return columns as a GeoPackage can hold them: lists and mixed objects become text."""
    held = {name: _texts(column) for name, column in table.items() if column.dtype == object}
    found = pa.Table.from_pandas(table.assign(**held), preserve_index=False)
    for n, field in enumerate(found.schema):
        if pa.types.is_null(field.type) or pa.types.is_dictionary(field.type):
            found = found.set_column(n, field.name, found[n].cast(pa.string()))
    return found.replace_schema_metadata(None)


def _texts(column: pd.Series) -> pd.Series:
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind == "boolean":
        return column.map({True: "True", False: "False"})
    return column if kind in ("string", "empty") else column.map(_as_text)


def _as_text(value: object) -> object:
    if isinstance(value, str) or value is None or value is pd.NA or value != value:
        return value if isinstance(value, str) else None
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(plain(value), ensure_ascii=False)
    return str(value)


def write_styles(found: Sequence[styles.Style], path: Path) -> None:
    """Write styles where QGIS looks for them."""
    rows = [("", "", s.layer, _GEOMETRY, s.name, s.qml, "", s.default, s.description)
            for s in found]  # fmt: skip
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_STYLES_TABLE)
        database.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
            "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, "
            f"update_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ({WRITTEN}))", rows,
        )  # fmt: skip
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, "
            f"description) SELECT 'layer_styles', 'attributes', 'layer_styles', ({WRITTEN}), ?",
            ("QGIS 样式 | Styles of QGIS",),
        )
