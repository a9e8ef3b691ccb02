"""What every output counts: one verdict per place and indicator, and the sums of them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.model.assessment import Assessment, grid
from carbonspace.model.levels import DISTRICT, LAYER_OF, Level, districts_named
from carbonspace.outputs.look import VERDICTS


def counts(status: pd.DataFrame) -> pd.DataFrame:
    """Return how many indicators of each place (rows of `status`) have each verdict."""
    held = status.to_numpy(dtype=object)
    return pd.DataFrame({one: (held == one).sum(axis=1) for one in VERDICTS}, index=status.index)


def reported(units: gpd.GeoDataFrame, table: pd.DataFrame) -> pd.Index:
    """Return the ids of the units that the tall table speaks of; the others are only drawn."""
    index = units.index
    asked = table.loc[table["level"] == "unit", "unit_id"].unique()
    return index[pd.Index(asked).get_indexer(index) >= 0]


def unit_counts(units: gpd.GeoDataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return `counts` for every unit of the plan, zeros where nothing was asked."""
    found = counts(grid(table[table["level"] == "unit"]).status)
    return found.reindex(units.index, fill_value=0)


def units_layer(assessment: Assessment) -> gpd.GeoDataFrame:
    """Return the reported units with values, verdicts, counts of verdicts, and the worst one."""
    units, table = assessment.plan.layers["units"], assessment.table
    wide = assessment.wide().loc[reported(units, table)]
    return _with_counts(wide, unit_counts(units, table).loc[wide.index])


def districts_layer(assessment: Assessment) -> gpd.GeoDataFrame | None:
    """Return the districts as `units_layer` does the units; None where there are none."""
    rows, units = _rows(assessment, "district"), assessment.plan.layers["units"]
    if rows.empty:
        return None
    value, status = (one.rename_axis(index=DISTRICT) for one in grid(rows))
    named, shapes = districts_named(units), units.geometry.to_numpy()
    outlines = [shapely.union_all(shapes[(named == name).to_numpy()]) for name in value.index]
    layer = gpd.GeoDataFrame(value.join(status.add_suffix("_status")),
                             geometry=outlines, crs=units.crs)  # fmt: skip
    return _with_counts(layer, counts(status))


def _with_counts(layer: gpd.GeoDataFrame, found: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return a layer with how many verdicts of each place there are, and the worst."""
    found = found[["not_met", "exempt", "met", "no_data"]]
    worst = pd.Series("no_target", index=layer.index)
    for status in ("no_data", "met", "exempt", "not_met"):
        worst = worst.mask(found[status] > 0, status)
    return layer.drop(columns=list(found), errors="ignore").join(found).assign(verdict=worst)


def places_layer(assessment: Assessment, level: Level) -> gpd.GeoDataFrame | None:
    """Return the places of a level within the units, one value and verdict per indicator.

    Where evidence is kept short those that miss a target; None where there are none.
    """
    rows, places = _rows(assessment, level), assessment.plan.layers.get(LAYER_OF[level])
    if assessment.run.get("evidence") == "short":
        rows = rows[rows["unit_id"].isin(rows.loc[rows["status"] == "not_met", "unit_id"])]
    if rows.empty or places is None:
        return None
    value, status = grid(rows)
    found = counts(status)[["not_met", "exempt", "met"]]
    position = places.index.get_indexer(value.index)
    order = np.argsort(position)[(position < 0).sum() :]
    added = pd.concat([value, status.add_suffix("_status"), found], axis=1).iloc[order]
    layer = places.iloc[position[order]]
    return layer.assign(**{str(name): column.to_numpy() for name, column in added.items()})


def _rows(assessment: Assessment, level: Level) -> pd.DataFrame:
    return assessment.table[assessment.table["level"] == level]
