"""What the floors of a parcel are used for."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.indicators._rows import rows_by_place
from carbonspace.indicators._shared import Floats, known
from carbonspace.indicators._steps import (
    BUILDINGS_BY_PARCEL,
    floors_of_all,
    polygons_in,
)
from carbonspace.kernels import overlay
from carbonspace.model.shared import Shared

_NOISE = 1e-9


class Floors(NamedTuple):
    """Floor area per parcel in m²: all, of known use, and in the parcel's main use."""

    total: Floats
    stated: Floats
    main: Floats


def floors_of(
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    fine_uses: tuple[str, ...],
    shared: Shared | None,
) -> Floors:
    """Return the floor area of each parcel; `fine_uses` are codes that are a main use in full."""
    land_use, land_uses = _coded(known(parcels, "parcels", "land_use", shared))
    use, uses = _coded(known(buildings, "buildings", "use", shared))
    cut = polygons_in(parcels, buildings, BUILDINGS_BY_PARCEL, shared)
    floor = cut.share * floors_of_all(buildings, shared)[cut.feature]
    here, there = land_use[cut.zone], use[cut.feature]
    main = [_main_use(code, fine_uses) for code in land_uses]
    known_use = np.array([[bool(a) and len(b) >= len(a) for b in uses] for a in main], dtype=bool)
    alike = np.array([[b.startswith(a) for b in uses] for a in main], dtype=bool)
    stated, count = known_use[here, there], len(parcels)
    return Floors(
        overlay.sums(cut.zone, floor, count),
        overlay.sums(cut.zone, floor * stated, count),
        overlay.sums(cut.zone, floor * (stated & alike[here, there]), count),
    )


def _coded(codes: pd.Series) -> tuple[NDArray[np.intp], list[str]]:
    """Return the position of each code in the list of different ones; 0 is a missing code."""
    positions, different = pd.factorize(codes)
    return positions + 1, ["", *map(str, different)]


def _main_use(land_use: str, fine_uses: tuple[str, ...]) -> str:
    """Return the main use of a land-use code: its first level, or the fine use it lies in."""
    fine = [code for code in fine_uses if land_use.startswith(code)]
    return max(fine, key=len, default=land_use[:2])


def main_use_parts(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    floors: Floors,
    min_known: float,
    shared: Shared | None,
) -> pd.DataFrame:
    """Return one row per parcel that has buildings and lies in a unit."""
    enough = floors.stated >= min_known * floors.total * (1 - _NOISE)
    top, bottom = np.where(enough, floors.main, 0.0), np.where(enough, floors.stated, 0.0)
    return rows_by_place(units, parcels, "parcel", (top, bottom), shared, scale=100,
                         chosen=floors.total > 0, facts=("land_use", "zone"))  # fmt: skip
