"""results.gpkg: layers that open coloured in QGIS, and the tables behind them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from carbonspace.model.assessment import Assessment
from carbonspace.outputs import styles
from carbonspace.outputs.plainjson import plain
from carbonspace.outputs.summary import parcels_layer, reported, units_layer

# Newer GeoPackage versions make the QGIS of current long-term systems warn.
_VERSION = "1.2"
_STYLES_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
  styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"""


def write_geopackage(
    assessment: Assessment, evidence: Mapping[str, gpd.GeoDataFrame], path: Path
) -> None:
    """Write `results.gpkg`, with `evidence` as `evidence_layers` returns it.

    Layers `units`, `parcels` (where parcels are judged themselves) and `evidence_<indicator>`;
    tables `indicators`, `findings`, `ledger`, `repairs`, `carbonspace_run`, `layer_styles`.
    """
    asked = list(assessment.indicators.values())
    units = units_layer(assessment)
    write_layer(units, path, "units")
    found = styles.unit_styles(asked, units)
    if (parcels := parcels_layer(assessment)) is not None:
        write_layer(parcels, path, "parcels")
        found += styles.parcel_styles(asked, parcels)
    for key, layer in evidence.items():
        name = f"evidence_{key}"
        write_layer(layer, path, name)
        found.append(styles.evidence_style(name, assessment.indicators[key], layer))
    for name, table in _tables(assessment):
        write_table(table, path, name)
    write_styles(found, path)


def evidence_layers(assessment: Assessment) -> dict[str, gpd.GeoDataFrame]:
    """Return each indicator's evidence that is not empty, with one kind of geometry each.

    Evidence that mixes points and polygons (car parks) becomes points inside the polygons.
    """
    found, units = {}, reported(assessment)
    for key in assessment.measures:
        layer = assessment.evidence(key)
        layer = layer[~(layer.geometry.isna() | layer.geometry.is_empty)]
        if "unit_id" in layer:
            layer = layer[layer["unit_id"].isin(units)]
        if not layer.empty:
            found[key] = _one_kind(layer)
    return found


def _one_kind(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kinds = {str(kind).removeprefix("Multi") for kind in layer.geom_type.unique()}
    if len(kinds) == 1:
        return layer
    return layer.set_geometry(layer.geometry.representative_point())


def _tables(assessment: Assessment) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "indicators", assessment.table
    yield "findings", assessment.findings
    yield "repairs", assessment.repairs
    ledger = assessment.ledger
    yield "ledger", ledger.reset_index() if ledger.index.name else ledger
    run = plain(assessment.run)
    yield (
        "carbonspace_run",
        pd.DataFrame(
            [(k, v if isinstance(v, str) else json.dumps(v, ensure_ascii=False))
             for k, v in run.items()],
            columns=["key", "value"],
        ),
    )  # fmt: skip


def write_table(table: pd.DataFrame, path: Path, name: str) -> None:
    """Write a table without geometry."""
    pyogrio.write_dataframe(_storable(table), path, layer=name, driver="GPKG", **_created(path))


def write_layer(layer: gpd.GeoDataFrame, path: Path, name: str) -> None:
    """Write a layer with its index as a column and `geom` as its geometry."""
    table = layer.rename_geometry("geom") if layer.geometry.name != "geom" else layer
    index = table.index.name or "id"
    if index in table.columns:
        table = table.reset_index(drop=True)
    else:
        table = table.rename_axis(index).reset_index()
    pyogrio.write_dataframe(_storable(table), path, layer=name, driver="GPKG", **_created(path))


def _created(path: Path) -> dict[str, Any]:
    """Return how to create the file if it is not there yet."""
    return {} if path.exists() else {"dataset_options": {"VERSION": _VERSION}}


def _storable(table: pd.DataFrame) -> pd.DataFrame:
    """Turn what a GeoPackage column cannot hold (lists, mixed objects) into text."""
    held = {
        name: column.map(_as_text)
        for name, column in table.items()
        if column.dtype == object and name != getattr(table, "_geometry_column_name", None)
    }
    return table.assign(**held)


def _as_text(value: object) -> object:
    if isinstance(value, str) or value is None or value is pd.NA or value != value:
        return value if isinstance(value, str) else None
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(plain(value), ensure_ascii=False)
    return str(value)


def write_styles(found: Sequence[styles.Style], path: Path) -> None:
    """Write styles where QGIS looks for them."""
    rows = [("", "", s.layer, "geom", s.name, s.qml, "", s.default, s.description) for s in found]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_STYLES_TABLE)
        database.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
            "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows,
        )  # fmt: skip
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles')"
        )
