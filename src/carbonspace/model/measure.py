"""What an indicator returns: a numerator and a denominator per unit, and the evidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from carbonspace.model.image import Cells, Image, Spots
from carbonspace.model.levels import Level

Parts = Mapping[Level, pd.DataFrame]
Excused = Mapping[str, Collection[str]]
"""Ids of exempt features by the id of the unit they lie in."""
Aggregate = Literal["ratio", "sum", "max", "min", "none"]
"""How units roll up: sums divided, a sum, the greatest or smallest of their values, or not."""
Extreme = Literal["", "max", "min"]
Figures = tuple[float, float, float]
"""Numerator, denominator and value."""


@dataclass(frozen=True)
class Measure:
    """The result of one indicator.

    Attributes
    ----------
    table
        One row per unit, on `units.index`, with `numerator`, `denominator` and `value`;
        numerators and denominators are in SI units and are what is summed for the city. A count of
        violations may have a column `exempt`: how many more lie there that are exempt and left out.
    scale
        value = scale * numerator / denominator, or scale * numerator where the indicator is a
        sum (its denominator is then NaN).
    parts
        For indicators of places within the units (levels block, parcel, building): by level
        one row per place (index: its id, as in the layer of that level) with `unit_id`,
        `numerator`, `denominator`, `value` and the columns rules may select on.
    image
        What the evidence shows as a quantity in cells, where it does.
    extreme
        `max` or `min` where units together have the greatest or smallest of their values.
    power
        value = scale * (numerator / denominator) ** power; 1 but for elasticities.
    excused
        Where the table has a column `exempt`: by unit the ids of these features. One that lies in
        several units is told in each, and once in what they are together.
    """

    table: pd.DataFrame
    scale: float
    _evidence: Callable[[], gpd.GeoDataFrame] = field(repr=False)
    parts: Parts = field(default_factory=dict, repr=False)
    image: Image | None = None
    extreme: Extreme = ""
    power: float = 1.0
    excused: Excused | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        index: pd.Index,
        numerator: ArrayLike,
        denominator: ArrayLike | None = None,
        *,
        scale: float,
        evidence: Callable[[], gpd.GeoDataFrame],
        parts: Parts | None = None,
        image: Image | None = None,
        extreme: Extreme = "",
        exempt: Sequence[Collection[str]] | None = None,
        power: float = 1.0,
    ) -> Measure:
        """Build a ratio, or a sum where `denominator` is None.

        With `extreme` either is what the greatest (smallest) in the unit has; NaN where there is
        nothing. `exempt` are the ids of the exempt features that each unit's count leaves out.
        """
        top = np.asarray(numerator, dtype=float)
        bottom = (
            np.full(len(top), np.nan) if denominator is None else np.asarray(denominator, float)
        )
        value = scale * top
        if denominator is not None:
            ratio = divided(top, bottom, scale=scale if power == 1.0 else 1.0)
            value = ratio if power == 1.0 else scale * ratio**power
        columns = {"numerator": top, "denominator": bottom, "value": value}
        excused = None
        if exempt is not None:
            columns["exempt"] = np.array([len(ids) for ids in exempt], dtype=float)
            excused = {str(unit): ids for unit, ids in zip(index, exempt, strict=True) if ids}
        table = pd.DataFrame(columns, index=index)
        return cls(table, scale, evidence, parts or {}, image, extreme, power, excused)

    @property
    def is_sum(self) -> bool:
        """True where the value is the numerator itself."""
        return bool(self.table["denominator"].isna().all())

    def total(self, ids: pd.Index | None = None) -> Figures:
        """Return numerator, denominator and value of all units together, or of some.

        Both are summed, then divided; where the measure is an extreme, they are those of the unit
        that has it, NaN where no unit has a value.
        """
        rows = self.table if ids is None else self.table.loc[ids]
        if self.extreme:
            return _outermost(rows, self.extreme)
        top = math.fsum(rows["numerator"])
        if self.is_sum:
            return top, math.nan, self.scale * top
        bottom = math.fsum(rows["denominator"])
        if bottom <= 0:
            return top, bottom, math.nan
        if self.power == 1.0:
            return top, bottom, self.scale * top / bottom
        return top, bottom, self.scale * (top / bottom) ** self.power

    def left_out(self, ids: pd.Index | None = None) -> float:
        """Return how many exempt features the count of all units, or of some, leaves out."""
        held = self.excused or {}
        units = held if ids is None else map(str, ids)
        return float(len({one for unit in units for one in held.get(unit, ())}))

    def evidence(self) -> gpd.GeoDataFrame:
        """Return the features that explain the value, made now."""
        return self._evidence()

    def of_units(self, ids: pd.Index) -> Measure:
        """Return the measure of some of its units."""
        return Measure(
            self.table.loc[ids],
            self.scale,
            lambda: _of_units(self.evidence(), ids),
            {key: rows[rows["unit_id"].isin(ids)] for key, rows in self.parts.items()},
            self.image.of_units(ids) if self.image else None,
            self.extreme,
            self.power,
            _of_some(self.excused, ids),
        )

    def bare(self) -> Measure:
        """Return the figures and what the image is, which hold on to no layer."""
        image = self.image.bare() if self.image else None
        return replace(self, _evidence=gpd.GeoDataFrame, image=image)

    def with_evidence(
        self, evidence: Callable[[], gpd.GeoDataFrame], cells: Cells | None = None
    ) -> Measure:
        """Return the measure with its evidence made another way, and so the cells of its image."""
        image = replace(self.image, cells=cells) if self.image and cells else self.image
        return Measure(
            self.table, self.scale, evidence, self.parts, image, self.extreme, self.power,
            self.excused,
        )  # fmt: skip


def joined(measures: Sequence[Measure], index: pd.Index) -> Measure:
    """Return the measures of several groups of units as one, with the units in this order.

    Of a unit measured twice the later one counts, and so do its places.
    """
    table = pd.concat([one.table for one in measures])
    return Measure(
        table[~table.index.duplicated(keep="last")].reindex(index),
        measures[0].scale,
        lambda: joined_evidence([one.evidence() for one in measures]),
        _joined_parts(measures, index),
        joined_image([one.image for one in measures if one.image]),
        measures[0].extreme,
        measures[0].power,
        _joined_excused(measures, index),
    )


def _joined_excused(measures: Sequence[Measure], index: pd.Index) -> Excused | None:
    """Return the exempt features of the units; of a unit measured twice the later ones."""
    if all(one.excused is None for one in measures):
        return None
    found: dict[str, Collection[str]] = {}
    for one in measures:
        found |= {str(unit): (one.excused or {}).get(str(unit), ()) for unit in one.table.index}
    return _of_some(found, index)


def _of_some(excused: Excused | None, ids: pd.Index) -> Excused | None:
    if excused is None:
        return None
    return {unit: excused[unit] for unit in map(str, ids) if excused.get(unit)}


def joined_evidence(frames: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return the evidence of several groups of units as one."""
    return pd.concat([one for one in frames if len(one)] or frames[:1], ignore_index=True)


def joined_image(images: Sequence[Image]) -> Image | None:
    """Return the images of several groups of units as one."""

    def cells(wanted: pd.Index) -> Iterator[Spots]:
        for one in images:
            yield from one.cells(wanted)

    return replace(images[0], cells=cells) if images else None


def _joined_parts(measures: Sequence[Measure], index: pd.Index) -> Parts:
    """Return the places of the units by level: each once, sorted by its id."""
    units = [unit for one in measures for unit in one.table.index]
    by = np.repeat(np.arange(len(measures)), [len(one.table) for one in measures])
    counts = pd.Series(by, index=units)
    counts = counts[~counts.index.duplicated(keep="last")].reindex(index)
    levels = dict.fromkeys(level for one in measures for level in one.parts)
    return {level: _in_order(measures, level, counts) for level in levels}


def _in_order(measures: Sequence[Measure], level: Level, counts: pd.Series) -> pd.DataFrame:
    """Return the rows of a level, of each unit those of the measure that counts for it."""
    held = {n: one.parts[level] for n, one in enumerate(measures) if level in one.parts}
    rows = pd.concat(list(held.values()))
    source = np.repeat(list(held), [len(one) for one in held.values()])
    # Of arrays, not columns: a column looks names up in its index, which has to be hashed for it.
    counting = counts.reindex(rows["unit_id"].to_numpy()).to_numpy() == source
    known = rows[counting].sort_index(kind="stable")
    ids = known.index.to_numpy(dtype=object)
    again = ids[1:] == ids[:-1]
    return known[np.append(~again, True)] if again.any() else known


def _of_units(evidence: gpd.GeoDataFrame, ids: pd.Index) -> gpd.GeoDataFrame:
    return evidence[evidence["unit_id"].isin(ids)].reset_index(drop=True)


def _outermost(rows: pd.DataFrame, extreme: Extreme) -> Figures:
    """Return the figures of the row with the greatest (smallest) value; of equals the largest."""
    there = rows[rows["value"].notna()]
    if there.empty:
        return math.nan, math.nan, math.nan
    value = there["value"].max() if extreme == "max" else there["value"].min()
    equal = there[there["value"] == value].sort_values(["numerator", "denominator"])
    top, bottom = equal[["numerator", "denominator"]].iloc[-1]
    return float(top), float(bottom), float(value)


def divided(numerator: np.ndarray, denominator: np.ndarray, *, scale: float) -> np.ndarray:
    """Return scale * numerator / denominator, NaN where there is nothing to divide by."""
    result = np.full(len(numerator), np.nan)
    np.divide(scale * numerator, denominator, out=result, where=denominator > 0)
    return result
