"""What every output counts: one verdict per place and indicator, and the sums of them."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from carbonspace.model.assessment import Assessment, worst_status
from carbonspace.outputs.look import VERDICTS


def verdicts(table: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return the worst verdict per place and indicator of one level.

    Returns
    -------
    DataFrame
        Columns `unit_id`, `indicator`, `status`, `value`, `reason`, `reason_zh`.
    """
    rows = table[table["level"] == level]
    keys = ["unit_id", "indicator"]
    if rows.empty:
        return rows[[*keys, "status", "value", "reason", "reason_zh"]]
    status = worst_status(rows).rename("status").reset_index()
    shown = rows.drop_duplicates(keys)[[*keys, "value", "reason", "reason_zh"]]
    return status.merge(shown, on=keys, how="left")


def counts(verdict_rows: pd.DataFrame) -> pd.DataFrame:
    """Return how many indicators of each place (`unit_id`) have each verdict."""
    if verdict_rows.empty:
        return pd.DataFrame(columns=list(VERDICTS), dtype=int)
    table = pd.crosstab(verdict_rows["unit_id"], verdict_rows["status"])
    return table.reindex(columns=list(VERDICTS), fill_value=0)


def reported(assessment: Assessment) -> pd.Index:
    """Return the ids of the units the assessment speaks of; the others are only drawn."""
    index = assessment.plan.layers["units"].index
    table = assessment.table
    return index[index.isin(table.loc[table["level"] == "unit", "unit_id"])]


def unit_counts(assessment: Assessment) -> pd.DataFrame:
    """Return `counts` for every unit of the plan, zeros where nothing was asked."""
    found = counts(verdicts(assessment.table, "unit"))
    return found.reindex(assessment.plan.layers["units"].index, fill_value=0)


def units_layer(assessment: Assessment) -> gpd.GeoDataFrame:
    """Return the reported units with values, verdicts, counts of verdicts, and the worst one."""
    wide = assessment.wide().loc[reported(assessment)]
    found = unit_counts(assessment).loc[wide.index, ["not_met", "met", "no_data"]]
    worst = pd.Series("no_target", index=wide.index)
    for status in ("no_data", "met", "not_met"):
        worst = worst.mask(found[status] > 0, status)
    return wide.drop(columns=list(found), errors="ignore").join(found).assign(verdict=worst)


def parcels_layer(assessment: Assessment) -> gpd.GeoDataFrame | None:
    """Return the parcels that have values themselves, one value and verdict per indicator.

    None where no indicator speaks of parcels.
    """
    rows = verdicts(assessment.table, "parcel")
    parcels = assessment.plan.layers.get("parcels")
    if rows.empty or parcels is None:
        return None
    table = rows.set_index(["unit_id", "indicator"])
    value, status = (table[column].unstack() for column in ("value", "status"))  # noqa: PD010
    found = counts(rows)[["not_met", "met"]]
    layer = parcels.join(value).join(status.add_suffix("_status")).join(found)
    return layer.loc[layer.index.isin(value.index)]
