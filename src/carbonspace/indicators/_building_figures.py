"""Figures of buildings: each one's own, and those of units made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._building_traits import FACTS
from carbonspace.indicators._exempt import excused_by_unit, exempted
from carbonspace.indicators._extremes import outermost
from carbonspace.indicators._rows import rows_by_place
from carbonspace.indicators._shared import Floats, is_unknown, spread, summed
from carbonspace.indicators._steps import BUILDINGS_BY_UNIT, chosen_rows, cut_evidence, polygons_in
from carbonspace.indicators._traits import Flags
from carbonspace.kernels.overlay import Cut
from carbonspace.model.floors import heights
from carbonspace.model.measure import Extreme, Measure, divided
from carbonspace.model.shared import Shared

_SELECTED = ("use", "is_new", "funder", "is_retrofitted")
"""Columns of buildings that rules select on; a use is called `land_use` there."""


def heights_known(
    buildings: gpd.GeoDataFrame, storey_height: float, shared: Shared | None
) -> Floats:
    """Return the height of each building, m, NaN where neither it nor the floors are known.

    Raises
    ------
    MissingColumnError
        If neither is known of any building of the plan.
    """
    if all(is_unknown(buildings, "buildings", one, shared) for one in ("height", "floors")):
        raise MissingColumnError("buildings", "height")
    return heights(buildings, storey_height)


def parts_of(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    figures: tuple[Floats, Floats | None],
    chosen: Flags,
    shared: Shared | None,
    *,
    scale: float = 1.0,
    about: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Return one row for each chosen building in a unit, with what rules may select on."""
    known = {"land_use" if n == "use" else n: buildings[n] for n in _SELECTED if n in buildings}
    return rows_by_place(units, buildings, "building", figures, shared, scale=scale,
                         chosen=chosen, about={**known, **(about or {})})  # fmt: skip


def ratio_of(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    figures: tuple[Floats, Floats | None],
    chosen: Flags,
    shared: Shared | None,
    *,
    scale: float = 1.0,
    about: Mapping[str, Any] | None = None,
) -> Measure:
    """Return one sum over another of the chosen buildings (or one sum), by unit and by building.

    A building in several units counts to each by its footprint.
    """
    cut = chosen_rows(polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared), chosen)
    sums = [None if one is None else spread(cut, one, units)
            for one in figures]  # fmt: skip
    parts = parts_of(units, buildings, figures, chosen, shared, scale=scale, about=about)
    return Measure.of(
        units.index,
        np.asarray(sums[0]),
        sums[1],
        scale=scale,
        parts={"building": parts},
        evidence=lambda: shown(units, buildings, cut, figures, scale),
    )


def extreme_of(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    figures: tuple[Floats, Floats | None],
    chosen: Flags,
    shared: Shared | None,
    *,
    extreme: Extreme,
    about: Mapping[str, Any] | None = None,
) -> Measure:
    """Return the greatest (smallest) figure of the buildings that lie in each unit, and each one's.

    Those with a recorded exemption are left out, and counted.
    """
    everyone = chosen_rows(polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared), chosen)
    exempt = exempted(buildings)
    held = chosen_rows(everyone, ~exempt)
    return Measure.of(
        units.index,
        *outermost(units, held.zone, held.feature, *figures, extreme),
        scale=1.0,
        extreme=extreme,
        parts={"building": parts_of(units, buildings, figures, chosen, shared, about=about)},
        evidence=lambda: shown(units, buildings, everyone, figures, 1.0),
        exempt=_excused(units, buildings, chosen_rows(everyone, exempt)),
    )


def violations_of(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    figure: Floats,
    violating: Flags,
    parts: pd.DataFrame,
    shared: Shared | None,
    **columns: Any,
) -> Measure:
    """Return how many buildings violate a rule, with the figure that it looks at of each.

    Those with a recorded exemption are left out, and counted. `columns` say why, one value for
    each building.
    """
    cut = chosen_rows(polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared), violating)
    exempt = exempted(buildings)[cut.feature]
    return Measure.of(
        units.index,
        summed(cut.zone, cut.share * ~exempt, units),
        scale=1.0,
        parts={"building": parts},
        evidence=lambda: shown(units, buildings, cut, (figure, None), 1.0, **columns),
        exempt=_excused(units, buildings, chosen_rows(cut, exempted(buildings))),
    )


def _excused(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, cut: Cut
) -> list[frozenset[str]]:
    return excused_by_unit(units, buildings, (cut.zone, cut.feature), cut.share)


def shown(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    cut: Cut,
    figures: tuple[Floats, Floats | None],
    scale: float,
    **columns: Any,
) -> gpd.GeoDataFrame:
    """Return buildings, cut along units, with their figures and what is known of them."""
    top, bottom = figures
    value = scale * top if bottom is None else divided(top, bottom, scale=scale)
    known = {name: buildings[name].to_numpy()[cut.feature] for name in FACTS if name in buildings}
    more = {name: np.asarray(values)[cut.feature] for name, values in columns.items()}
    return cut_evidence(units, buildings, cut, **known, **more, value=value[cut.feature])
