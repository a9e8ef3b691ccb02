"""What becomes of a roof: how much of it is usable under a named definition, and why not the rest.

Usable, shaded, setback, obstructed, too small and too steep parts of a roof add up to the roof.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.errors import UnknownNameError
from carbonspace.indicators._roof import Coefficients, Roof, roof_from
from carbonspace.indicators._roof_cells import Cellwork, Need, held, over, shares_of, worked
from carbonspace.indicators._shade import (
    Suns,
    light_of_day,
    place_over,
    shade_reach,
    suns_of_day,
    tops_of,
)
from carbonspace.indicators._shared import Floats, Geometries, arrays, filled, flag, known
from carbonspace.indicators._steps import BUILDINGS_BY_UNIT, polygons_in, taken
from carbonspace.indicators._sun import place_of
from carbonspace.kernels import rays
from carbonspace.kernels.relief import Grid as RayGrid
from carbonspace.model.indicator import Layers
from carbonspace.model.landuse import matches
from carbonspace.model.shared import Shared


class Roofs(NamedTuple):
    """The part of each chosen roof that lies in each unit, as positions; areas in m²."""

    unit: NDArray[np.int64]
    building: NDArray[np.int64]
    geometry: Geometries
    area: Floats
    pv: Floats


def roofs_of(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    uses: Sequence[str] = (),
    new_only: bool = False,
    shared: Shared | None = None,
) -> Roofs:
    """Return the roofs of buildings of some uses, cut along units.

    Raises
    ------
    MissingColumnError
        If `uses` is given and no use is known, or `new_only` and `is_new` is not.
    """
    chosen = _chosen(buildings, uses, shared, new_only=new_only)
    roofs = (shared or Shared()).once(
        "roofs by unit", (units, buildings), lambda: _all_roofs(units, buildings, shared)
    )
    return taken(roofs, chosen[roofs.building])


def _all_roofs(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, shared: Shared | None
) -> Roofs:
    cut = polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared)
    building, footprint = cut.feature, shapely.area(arrays(units, buildings)[1])
    area = cut.share * filled(buildings, "roof_area", footprint)[building]
    pv = cut.share * filled(buildings, "pv_area", np.zeros(len(buildings)))[building]
    return Roofs(cut.zone, building, cut.geometry, area, pv)


def _chosen(
    buildings: gpd.GeoDataFrame, uses: Sequence[str], shared: Shared | None, *, new_only: bool
) -> NDArray[np.bool_]:
    chosen = np.ones(len(buildings), dtype=bool)
    if uses:
        chosen &= matches(known(buildings, "buildings", "use", shared), tuple(uses)).to_numpy()
    if new_only:
        known(buildings, "buildings", "is_new", shared)
        chosen &= flag(buildings, "is_new")
    return chosen


class Account(NamedTuple):
    """What becomes of each roof: shares of its footprint that add up to one.

    `sun` is what a square metre of the usable part receives, hours on the day or kWh in a year,
    and `access` which share of the sun above reaches the roof within the setback; NaN where no
    light was asked for.
    """

    usable: Floats
    shaded: Floats
    setback: Floats
    obstructed: Floats
    small: Floats
    steep: Floats
    sun: Floats
    access: Floats


def account_of(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, roof: Roof, shared: Shared | None
) -> Account:
    """Return what becomes of the roof of each building; NaN of those that lie in no unit.

    Raises
    ------
    MissingColumnError
        If light is asked for and no building has a height or floors.
    UnknownNameError
        If more hours of sun are asked for than the day has.
    """
    shared = shared or Shared()

    def make() -> Account:
        if not roof.is_lit:
            return _by_rule(arrays(units, buildings)[1], buildings, roof)
        asked = np.unique(polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared).feature)
        work = cellwork(units, buildings, roof, shared)
        return _gathered(len(buildings), ((g, shares_of(work, g)) for g in groups_of(work, asked)))

    return shared.once("roof account", (units, buildings), make, roof)


def cellwork(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, roof: Roof, shared: Shared | None
) -> Cellwork:
    """Return what it takes to look at roofs cell by cell."""
    _, footprints = arrays(units, buildings)
    town = rays.scene(footprints, tops_of(buildings, roof.storey_height, shared))
    suns = suns_for(units, roof, shared)
    return Cellwork(town, suns, RayGrid(0.0, 0.0, roof.cell), _need(roof, suns))


def suns_for(units: gpd.GeoDataFrame, roof: Roof, shared: Shared | None) -> Suns:
    """Return the positions of the sun that count, and what each stands for.

    Raises
    ------
    NoSunError
        If the sun does not rise on the day.
    """
    return light_of_day(place_over(units, shared), roof.day, roof.step)


def _need(roof: Roof, suns: Suns) -> Need:
    setback, stands, patch = roof.deduction
    if roof.definition == "irradiation":
        return Need(roof.min_irradiation, setback, stands, patch, whole_cells=False)
    most = float(suns[1].sum())
    if roof.min_sun > most * (1 + 1e-9):
        raise UnknownNameError(
            f"min_sun = {roof.min_sun:g} h cannot be: {roof.day} has {most:g} h",
            f"min_sun = {roof.min_sun:g} h 不可能达到：{roof.day} 共 {most:g} h",
        )
    return Need(roof.min_sun, setback, stands, patch, whole_cells=True)


def groups_of(work: Cellwork, asked: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Yield the buildings asked for, those near each other together."""
    for group in rays.groups(work.town, work.grid):
        wanted = group[np.isin(group, asked)]
        if len(wanted):
            yield wanted


def _gathered(count: int, found: Iterator[tuple[NDArray[np.intp], tuple[Floats, ...]]]) -> Account:
    table = np.full((len(Account._fields), count), np.nan)
    for group, columns in found:
        table[:, group] = columns
    return Account(*table)


def _by_rule(footprints: Geometries, buildings: gpd.GeoDataFrame, roof: Roof) -> Account:
    """Return the account of roofs that no light is asked of."""
    setback, stands, patch = roof.deduction
    area = shapely.area(footprints)
    left, small = area, np.zeros(len(area))
    if setback > 0 or patch > 0:
        parts, owner = shapely.get_parts(worked(footprints, setback), return_index=True)
        size = shapely.area(parts)
        left = held(owner, size, len(area))
        small = held(owner, np.where(size < patch, size, 0.0), len(area))
    part, tiny = over(left, area), over(small, area) * (1 - stands)
    share = np.ones(len(area))
    if roof.definition == "coefficient":
        share = usable_shares(buildings, roof.coefficients)
    usable = (part * (1 - stands) - tiny) * share
    none, unknown = np.zeros(len(area)), np.full(len(area), np.nan)
    return Account(usable, none, 1 - part, part - tiny - usable, tiny, none, unknown, unknown)


def usable_shares(buildings: gpd.GeoDataFrame, coefficients: Coefficients) -> Floats:
    """Return the usable share of each roof, 0 to 1.

    The row with the longest use that fits decides; a roof type without a row counts as "other",
    and where "other" has no row either nothing of the roof is usable.
    """
    types = {roof_type for roof_type, _, _ in coefficients}
    roof_type = text_column(buildings, "roof_type").where(lambda t: t.isin(list(types)), "other")
    use = text_column(buildings, "use")
    shares = np.zeros(len(buildings))
    for kind, prefix, value in sorted(coefficients, key=lambda row: len(row[1])):
        fits = roof_type.eq(kind) & (matches(use, (prefix,)) if prefix else True)
        shares[np.asarray(fits, dtype=bool)] = value
    return shares


def text_column(frame: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Return a text column, null throughout where it is absent."""
    return frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="str")


def roof_reach(settings: Mapping[str, Any], layers: Layers) -> float:
    """Return how far from a unit buildings matter for what is usable of its roofs, metres."""
    roof = roof_from(settings)
    return lit_reach(roof, layers) if roof.is_lit else 0.0


def lit_reach(roof: Roof, layers: Layers) -> float:
    """Return how far from a unit buildings may shade its roofs, metres; NaN without layers."""
    if "units" not in layers:
        return math.nan
    angles = suns_of_day(place_of(layers["units"]), roof.day, roof.step)[0]
    return shade_reach(layers, roof.storey_height, angles)
