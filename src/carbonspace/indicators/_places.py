"""Figures of places within the units (blocks, life circles, parcels), and what units make of them.

A place across units counts to each by its ground, so that no figure of a unit hangs on which of
them holds most of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.indicators._rows import rows_by_place
from carbonspace.indicators._shared import Floats, spread, summed
from carbonspace.indicators._steps import chosen_rows, cut_evidence, places_by_unit, taken
from carbonspace.indicators._traits import Flags
from carbonspace.kernels.overlay import Cut
from carbonspace.model.levels import Level
from carbonspace.model.measure import Extreme, Measure, divided
from carbonspace.model.shared import Shared

Columns = Mapping[str, NDArray[Any]]
SPECK_M2 = 1.0
"""Ground below which a place only touches a unit."""


class Figure(NamedTuple):
    """A figure of each place: scale × top / bottom, or × top; NaN where it is not known."""

    top: Floats
    bottom: Floats | None = None
    scale: float = 1.0

    @property
    def value(self) -> Floats:
        """Return the figure of each place."""
        if self.bottom is None:
            return self.scale * self.top
        return divided(self.top, self.bottom, scale=self.scale)

    @property
    def told(self) -> Flags:
        """Return where what it is made of is known."""
        return ~np.isnan(self.top) & ~np.isnan(self.divisor)

    @property
    def divisor(self) -> Floats:
        """Return what it is divided by: 1 where it is a mean of places."""
        return np.ones(len(self.top)) if self.bottom is None else self.bottom


class Places(NamedTuple):
    """The places of a level: which are asked, and of these which the units' figures are of.

    `about` are columns that rules may select on, `shown` those of the evidence: one value for each
    place.
    """

    units: gpd.GeoDataFrame
    layer: gpd.GeoDataFrame
    level: Level
    asked: Flags
    about: Columns
    shared: Shared | None
    averaged: Flags | None = None

    @property
    def cut(self) -> Cut:
        """Return the places cut along the units."""
        return places_by_unit(self.units, self.layer, self.level, self.shared)

    def held(self, figure: Figure) -> Cut:
        """Return the parts of the places that the units' figures are of."""
        counts = self.asked & figure.told
        return chosen_rows(self.cut, counts if self.averaged is None else counts & self.averaged)


def together(places: Places, figure: Figure, shown: Columns) -> Measure:
    """Return what the figures of places are made of, added up by unit and divided.

    A figure that is divided by nothing becomes the mean of the places. A unit that they only touch
    has none.
    """
    cut, units = places.held(figure), places.units
    cut = taken(cut, (summed(cut.zone, cut.area, units) > SPECK_M2)[cut.zone])
    return Measure.of(
        units.index,
        spread(cut, figure.top, units),
        spread(cut, figure.divisor, units),
        scale=figure.scale,
        parts=_parts(places, figure, figure.divisor),
        evidence=lambda: _listed(places, shown),
    )


def outermost(places: Places, figure: Figure, extreme: Extreme, shown: Columns) -> Measure:
    """Return the greatest (smallest) figure of the places a unit has ground of."""
    cut, sign = places.held(figure), 1.0 if extreme == "max" else -1.0
    there = cut.area > SPECK_M2
    best = np.full(len(places.units), -np.inf)
    np.maximum.at(best, cut.zone[there], sign * figure.top[cut.feature[there]])
    return Measure.of(
        places.units.index, np.where(np.isfinite(best), sign * best, np.nan), scale=figure.scale,
        extreme=extreme, parts=_parts(places, figure, None),
        evidence=lambda: _listed(places, shown),
    )  # fmt: skip


def _parts(places: Places, figure: Figure, bottom: Floats | None) -> dict[Level, pd.DataFrame]:
    """Return a row for each place asked whose figure is known, where it lies in a unit."""
    rows = rows_by_place(
        places.units, places.layer, places.level, (figure.top, bottom), places.shared,
        value=figure.value, chosen=places.asked & figure.told, about=places.about,
    )  # fmt: skip
    return {places.level: rows}


def _listed(places: Places, shown: Columns) -> gpd.GeoDataFrame:
    """Return the places asked, cut along units, with what is shown of them."""
    cut = chosen_rows(places.cut, places.asked)
    columns = {name: values[cut.feature] for name, values in shown.items()}
    return cut_evidence(places.units, places.layer, cut, area_m2=cut.area, **columns)
