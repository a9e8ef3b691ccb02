"""Figures of parcels, each told of the parcel and added up by the unit that holds most of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from carbonspace.indicators._exempt import excused_by_unit, exempted
from carbonspace.indicators._rows import rows_by_place
from carbonspace.indicators._shared import Floats, summed
from carbonspace.indicators._steps import mostly_in
from carbonspace.indicators._traits import Flags
from carbonspace.model.measure import Measure, divided
from carbonspace.model.shared import Shared

SELECTED_ON = ("land_use", "zone", "is_new", "zoning", "zoning_rule", "street_width", "lot")
"""Columns of parcels that rules may select on."""


class Figure(NamedTuple):
    """A figure of each parcel: `scale` × top / bottom, or × top where bottom is None.

    Parcels that do not count have none.
    """

    top: Floats
    bottom: Floats | None
    counts: Flags
    scale: float = 1.0

    @property
    def value(self) -> Floats:
        """Return the figure of each parcel, NaN where it has none."""
        if self.bottom is None:
            return np.where(self.counts, self.scale * self.top, np.nan)
        held = divided(self.top, self.bottom, scale=self.scale)
        return np.where(self.counts, held, np.nan)


def sums_of(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    figure: Figure,
    shared: Shared | None,
    *,
    facts: Sequence[str] = (),
    named: tuple[str, str, str],
) -> Measure:
    """Return what the parcels of each unit come to together: sums, divided.

    `facts` are columns of the parcels that the evidence shows, `named` what it calls top, bottom
    and value.
    """
    rows = rows_of(units, parcels, figure, shared)
    zone = _zone(units, rows)
    return Measure.of(
        units.index,
        summed(zone, rows["numerator"].to_numpy(), units),
        None if figure.bottom is None else summed(zone, rows["denominator"].to_numpy(), units),
        scale=figure.scale,
        parts={"parcel": rows},
        evidence=lambda: _listed(parcels, rows, facts, named),
    )


def greatest_of(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    figure: Figure,
    shared: Shared | None,
    *,
    facts: Sequence[str] = (),
    named: str,
    geometry: np.ndarray | None = None,
) -> Measure:
    """Return the greatest figure of a parcel in each unit; the rest as for `sums_of`.

    `geometry` is what the evidence shows of each parcel, where it is not the parcel.
    """
    rows = rows_of(units, parcels, figure, shared)
    greatest = np.full(len(units), -np.inf)
    np.maximum.at(greatest, _zone(units, rows), rows["numerator"].to_numpy())
    names = ("", "", named)
    return Measure.of(
        units.index,
        np.where(np.isfinite(greatest), greatest, np.nan),
        scale=figure.scale,
        extreme="max",
        parts={"parcel": rows},
        evidence=lambda: _listed(parcels, rows, facts, names, geometry),
    )


def share_within(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    judged: Flags,
    missed: gpd.GeoDataFrame,
    shared: Shared | None,
) -> Measure:
    """Return the share of the parcels judged that miss nothing, %; exempt ones are left out.

    `missed` has a row for each miss, with the `parcel_id`; it is the evidence.
    """
    unit = mostly_in(units, parcels, "parcel", shared)
    zone = np.asarray(units.index.get_indexer(unit), dtype=np.int64)
    bad = parcels.index.isin(missed["parcel_id"])
    exempt = exempted(parcels) & bad
    counts = judged & ~exempt

    def found(chosen: Flags) -> Floats:
        return summed(np.where(chosen, zone, -1), chosen.astype(float), units)

    rows = np.flatnonzero(exempt)
    excused = excused_by_unit(units, parcels, (zone[rows], rows), np.ones(len(rows)))
    return Measure.of(
        units.index, found(counts & ~bad), found(counts), scale=100.0, exempt=excused,
        evidence=lambda: _in_units(missed, unit),
    )  # fmt: skip


def drawn(parcels: gpd.GeoDataFrame, chosen: Flags, **columns: object) -> gpd.GeoDataFrame:
    """Return the chosen parcels with some columns of theirs, each given of every parcel."""
    rows = np.flatnonzero(chosen)
    held = {name: np.asarray(values, dtype=object)[rows] for name, values in columns.items()}
    table = {"parcel_id": np.asarray(parcels.index)[rows], **held}
    shapes = gpd.GeoSeries(parcels.geometry.to_numpy()[rows], crs=parcels.crs)
    return gpd.GeoDataFrame(table, geometry=shapes).infer_objects()


def _in_units(missed: gpd.GeoDataFrame, unit: pd.Series) -> gpd.GeoDataFrame:
    """Return the rows of parcels that lie in a unit, its id first."""
    table = missed.copy()
    table.insert(0, "unit_id", unit.reindex(missed["parcel_id"]).to_numpy())
    return table[table["unit_id"].notna()].reset_index(drop=True)


def rows_of(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, figure: Figure, shared: Shared | None
) -> pd.DataFrame:
    """Return one row per parcel that has the figure and lies in a unit."""
    about = {}
    if "unit_type" in units:
        unit = mostly_in(units, parcels, "parcel", shared)
        about["unit_type"] = unit.map(units["unit_type"])
    return rows_by_place(
        units, parcels, "parcel", (figure.top, figure.bottom), shared, value=figure.value,
        chosen=figure.counts, facts=SELECTED_ON, about=about,
    )  # fmt: skip


def _zone(units: gpd.GeoDataFrame, rows: pd.DataFrame) -> np.ndarray:
    return np.asarray(units.index.get_indexer(rows["unit_id"]), dtype=np.int64)


def _listed(
    parcels: gpd.GeoDataFrame,
    rows: pd.DataFrame,
    facts: Sequence[str],
    named: tuple[str, str, str],
    geometry: np.ndarray | None = None,
) -> gpd.GeoDataFrame:
    """Return the parcels of `rows` with some of their columns and their figures."""
    at = parcels.index.get_indexer(rows.index)
    known = {name: parcels[name].to_numpy()[at] for name in ("land_use", *facts) if name in parcels}
    figures = zip(named, ("numerator", "denominator", "value"), strict=True)
    held = {name: rows[column].to_numpy() for name, column in figures if name}
    table = {"unit_id": rows["unit_id"].to_numpy(), "parcel_id": np.asarray(rows.index)}
    shapes = (parcels.geometry.to_numpy() if geometry is None else geometry)[at]
    return gpd.GeoDataFrame(
        {**table, **known, **held}, geometry=gpd.GeoSeries(shapes, crs=parcels.crs)
    )
