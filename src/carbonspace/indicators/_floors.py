"""What the floors of a parcel are used for."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.indicators._shared import Floats, arrays, floor_areas, known
from carbonspace.kernels import overlay
from carbonspace.model.measure import divided

_NOISE = 1e-9


class Floors(NamedTuple):
    """Floor area per parcel in m²: all, of known use, and in the parcel's main use."""

    total: Floats
    stated: Floats
    main: Floats


def floors_of(parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, digits: int) -> Floors:
    land_use = known(parcels, "parcels", "land_use").to_numpy(dtype=object)
    use = known(buildings, "buildings", "use").to_numpy(dtype=object)
    land, footprints = arrays(parcels, buildings)
    cut = overlay.pieces(land, footprints)
    share = shapely.area(cut.geometry) / shapely.area(footprints)[cut.feature]
    floor = share * floor_areas(buildings)[cut.feature]
    pairs = list(zip(land_use[cut.zone], use[cut.feature], strict=True))
    stated = np.array([pd.notna(a) and pd.notna(b) for a, b in pairs], dtype=bool)
    alike = np.array([_alike(a, b, digits) for a, b in pairs], dtype=bool)
    count = len(parcels)
    return Floors(
        overlay.sums(cut.zone, floor, count),
        overlay.sums(cut.zone, floor * stated, count),
        overlay.sums(cut.zone, floor * (stated & alike), count),
    )


def _alike(land_use: object, use: object, digits: int) -> bool:
    """Return whether two codes agree in the leading digits that both have."""
    one, other = str(land_use), str(use)
    length = min(digits, len(one), len(other))
    return one[:length] == other[:length]


def main_use_parts(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, floors: Floors, min_known: float
) -> pd.DataFrame:
    """Return one row per parcel that has buildings and lies in a unit."""
    enough = floors.stated >= min_known * floors.total * (1 - _NOISE)
    top, bottom = np.where(enough, floors.main, 0.0), np.where(enough, floors.stated, 0.0)
    table = pd.DataFrame(
        {
            "unit_id": _mostly_in(units, parcels),
            "land_use": parcels["land_use"],
            "zone": parcels.get("zone"),
            "numerator": top,
            "denominator": bottom,
            "value": divided(top, bottom, scale=100),
        },
        index=parcels.index,
    )
    return table[(floors.total > 0) & table["unit_id"].notna()]


def _mostly_in(units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> pd.Series:
    """Return the id of the unit that holds most of each parcel, null where none does.

    Of two units that hold the same the one whose id comes first has it, in whatever order the
    units are given.
    """
    zones, land = arrays(units, parcels)
    cut = overlay.pieces(zones, land)
    held = pd.DataFrame(
        {
            "unit": np.asarray(units.index, dtype=object)[cut.zone],
            "parcel": cut.feature,
            "mm2": np.round(shapely.area(cut.geometry) * 1e6),
        }
    )
    held = held.sort_values(["mm2", "unit"], ascending=[False, True]).drop_duplicates("parcel")
    best = held.set_index("parcel")["unit"].reindex(range(len(parcels)))
    return best.set_axis(parcels.index)
