"""What an indicator returns: a numerator and a denominator per unit, and the evidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Measure:
    """The result of one indicator.

    Attributes
    ----------
    table
        One row per unit, on `units.index`, with `numerator`, `denominator` and `value`;
        numerators and denominators are in SI units and are what is summed for the city.
    scale
        value = scale * numerator / denominator, or scale * numerator where the indicator is a
        sum (its denominator is then NaN).
    parts
        For indicators judged on parcels: one row per parcel (index: parcel id) with `unit_id`,
        `numerator`, `denominator`, `value` and the columns rules may select on. Else None.
    """

    table: pd.DataFrame
    scale: float
    _evidence: Callable[[], gpd.GeoDataFrame] = field(repr=False)
    parts: pd.DataFrame | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        index: pd.Index,
        numerator: ArrayLike,
        denominator: ArrayLike | None = None,
        *,
        scale: float,
        evidence: Callable[[], gpd.GeoDataFrame],
        parts: pd.DataFrame | None = None,
    ) -> Measure:
        """Build a ratio, or a sum where `denominator` is None."""
        top = np.asarray(numerator, dtype=float)
        bottom = (
            np.full(len(top), np.nan) if denominator is None else np.asarray(denominator, float)
        )
        value = scale * top if denominator is None else divided(top, bottom, scale=scale)
        columns = {"numerator": top, "denominator": bottom, "value": value}
        return cls(pd.DataFrame(columns, index=index), scale, evidence, parts)

    @property
    def is_sum(self) -> bool:
        """True where the value is the numerator itself."""
        return bool(self.table["denominator"].isna().all())

    def total(self) -> tuple[float, float, float]:
        """Return numerator, denominator and value of all units together: sum both, then divide."""
        top = math.fsum(self.table["numerator"])
        if self.is_sum:
            return top, math.nan, self.scale * top
        bottom = math.fsum(self.table["denominator"])
        return top, bottom, self.scale * top / bottom if bottom > 0 else math.nan

    def evidence(self) -> gpd.GeoDataFrame:
        """Return the features that explain the value, made now."""
        return self._evidence()

    def of_units(self, ids: pd.Index) -> Measure:
        """Return the measure of some of its units."""
        parts = self.parts
        return Measure(
            self.table.loc[ids],
            self.scale,
            lambda: _of_units(self.evidence(), ids),
            None if parts is None else parts[parts["unit_id"].isin(ids)],
        )

    def with_evidence(self, evidence: Callable[[], gpd.GeoDataFrame]) -> Measure:
        """Return the measure with its evidence made another way."""
        return Measure(self.table, self.scale, evidence, self.parts)


def joined(measures: Sequence[Measure], index: pd.Index) -> Measure:
    """Return the measures of several groups of units as one, with the units in this order.

    Of a unit measured twice the later one counts.
    """
    table = pd.concat([one.table for one in measures])
    rows = [one.parts for one in measures if one.parts is not None]
    return Measure(
        table[~table.index.duplicated(keep="last")].reindex(index),
        measures[0].scale,
        lambda: joined_evidence([one.evidence() for one in measures]),
        _in_order(pd.concat(rows), index) if rows else None,
    )


def joined_evidence(frames: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return the evidence of several groups of units as one."""
    return pd.concat([one for one in frames if len(one)] or frames[:1], ignore_index=True)


def _in_order(parts: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """Return the rows of the units, each place once, sorted by the place's id."""
    known = parts[parts["unit_id"].isin(index)]
    return known[~known.index.duplicated(keep="last")].sort_index()


def _of_units(evidence: gpd.GeoDataFrame, ids: pd.Index) -> gpd.GeoDataFrame:
    return evidence[evidence["unit_id"].isin(ids)].reset_index(drop=True)


def divided(numerator: np.ndarray, denominator: np.ndarray, *, scale: float) -> np.ndarray:
    """Return scale * numerator / denominator, NaN where there is nothing to divide by."""
    result = np.full(len(numerator), np.nan)
    np.divide(scale * numerator, denominator, out=result, where=denominator > 0)
    return result
