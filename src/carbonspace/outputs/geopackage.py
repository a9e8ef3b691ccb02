"""results.gpkg: layers that open coloured in QGIS, and the tables behind them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from carbonspace.model.assessment import Assessment
from carbonspace.model.clause_tables import clauses_table, profiles_table
from carbonspace.model.ground import BELOW, GROUND, OTHERS, POSITION
from carbonspace.model.levels import LAYER_OF
from carbonspace.outputs import styles
from carbonspace.outputs.apart import shown
from carbonspace.outputs.areas import Layer, write_areas
from carbonspace.outputs.gpkgfile import (
    write_layer,
    write_styles,
    write_table,
    written_aside,
)
from carbonspace.outputs.ground_styles import ground_style
from carbonspace.outputs.metadata import write_metadata
from carbonspace.outputs.plainjson import plain
from carbonspace.outputs.results import Results
from carbonspace.outputs.summary import districts_layer, places_layer, units_layer
from carbonspace.outputs.titles import GROUND_TITLES, PLACES, TABLES, both


def write_geopackage(
    assessment: Assessment, results: Results, path: Path, maps: Sequence[Layer] = ()
) -> None:
    """Write `results.gpkg`, with `results` as gathered from the assessment, and `maps`.

    Layers `units`, of plans in several zones also `units_EPSG_4547` and so on, those of each zone
    in its own CRS, and `districts`, `blocks`, `parcels` and `buildings` where these have figures in
    the table; `evidence_<indicator>`, which also holds the evidence of indicators that look at
    part of the same features (column `indicators`); `ground_<layer>` and `other_units`, what maps
    show besides; tables `indicators`, `places`, `profiles`, `clauses`, `findings`, `ledger`,
    `repairs`, `carbonspace_run`, `layer_styles`.
    """
    asked, made = list(assessment.indicators.values()), results.made_with
    with written_aside():
        units = units_layer(assessment)
        write_layer(units, path, "units", about=both(*PLACES["units"]))
        for name, own in _in_zones(units, results.run):
            write_layer(own, path, name, about=both(*PLACES["units"]))
        otherwise = _otherwise(assessment.table)
        found = styles.unit_styles(asked, units, defined=otherwise)
        if (districts := districts_layer(assessment)) is not None:
            write_layer(districts, path, "districts", about=both(*PLACES["districts"]))
            found += styles.unit_styles(asked, districts, "districts", otherwise)
        for level, name in LAYER_OF.items():
            if (places := places_layer(assessment, level)) is not None:
                write_layer(places, path, name, about=both(*PLACES[name]))
                found += styles.place_styles(name, asked, places)
        for one in results.evidence:
            explained = [assessment.indicators[key] for key in one.keys]
            about = both(shown(explained[0], one.layer).title, made[one.keys[0]])
            write_layer(one.layer, path, one.name, about=about)
            found += styles.evidence_styles(one.name, explained, one.layer, about)
        found += write_areas(maps, path)
        for name, layer in _ground(results, units.index):
            title = GROUND_TITLES[name]
            write_layer(layer, path, name, about=both(title))
            style = ground_style(name.removeprefix(BELOW), title, layer)
            found.append(style._replace(layer=name))
        for name, table in _tables(results):
            write_table(table, path, name, about=both(TABLES[name]))
    write_styles(found, path)
    write_metadata(results, path)


def _in_zones(
    units: gpd.GeoDataFrame, run: Mapping[str, Any]
) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Yield the units of each zone in its own CRS, where a plan has several."""
    zones = run.get("zones", {})
    for crs, said in zones.items() if len(zones) > 1 else ():
        own = units[units.index.isin(said["units"])]
        yield f"units_{re.sub(r'[^0-9A-Za-z]+', '_', crs)}", own.to_crs(crs)


def _otherwise(table: pd.DataFrame) -> set[str]:
    """Return the indicators of which a clause judges another figure than the plan's."""
    judged = table["status"].isin(["met", "not_met", "exempt"])
    return set(table.loc[judged & table["parameters"].notna(), "indicator"])


def _ground(results: Results, shown: pd.Index) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Yield what maps show besides the units that have results, with what tells how it looks."""
    others = ~results.units.index.isin(shown)
    if others.any():
        yield OTHERS, results.units[others].assign(**{POSITION: np.flatnonzero(others)})
    for name, columns in GROUND.items():
        if name in results.layers:
            layer = results.layers[name]
            yield f"{BELOW}{name}", layer[[*columns, layer.geometry.name]]


def _tables(results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "indicators", results.table
    yield "places", results.places
    yield "profiles", profiles_table(results.profiles)
    yield "clauses", clauses_table(results.profiles)
    yield "findings", results.findings
    yield "repairs", results.repairs
    ledger = results.ledger
    yield "ledger", ledger.reset_index() if ledger.index.name else ledger
    # How long it took is told in run.json: with it no two runs would be the same file.
    run = {key: value for key, value in plain(results.run).items() if key != "seconds"}
    yield (
        "carbonspace_run",
        pd.DataFrame(
            [(k, v if isinstance(v, str) else json.dumps(v, ensure_ascii=False))
             for k, v in run.items()],
            columns=["key", "value"],
        ),
    )  # fmt: skip
