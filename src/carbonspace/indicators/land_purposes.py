"""Land for more than one purpose, and land kept for clean energy."""

from __future__ import annotations

from typing import Annotated

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._documents import PKU
from carbonspace.indicators._land import ground_of, over_ground
from carbonspace.indicators._shared import known
from carbonspace.indicators._steps import PARCELS_BY_UNIT
from carbonspace.indicators._traits import amount_of
from carbonspace.model.coded import RESERVES
from carbonspace.model.column import SEPARATOR
from carbonspace.model.indicator import LandClasses, Unit, indicator
from carbonspace.model.kinds import Choice, Listed
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

Reserves = Annotated[tuple[str, ...], Unit("code"), Listed(Choice(tuple(RESERVES)))]
MIXED = ("07", "08", "09")


@indicator(
    title=Text("单位平方公里混合用地面积", "Mixed land per square kilometre"),
    unit="ha/km²",
    theme="land",
    aggregate="ratio",
    source=f"{PKU} §7.6(四)6",
    definition=Text(
        "兼有居住、公共服务、商业（07、08、09）中两类或三类用途的地块面积除以单元面积；用途取自用"
        "地代码与混合用地代码（parcels.mixed_use_codes）。原文“另类或三类”读作“两类或三类”，未给出"
        "数值。",
        "Area of the parcels with two or three of the classes housing, public services and "
        "commerce (07, 08, 09) over the area of the unit; classes are those of the land use and "
        "of the codes of mixed use (parcels.mixed_use_codes). The source gives no value.",
    ),
)
def mixed_land_area_per_km2(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    land_classes: LandClasses = MIXED,
    shared: Shared | None = None,
) -> Measure:
    """Return the land of mixed use per area of each unit.

    Parameters
    ----------
    units, shared
        Planning units, and steps to share with other indicators.
    parcels
        Polygons with `land_use` and `mixed_use_codes`, codes separated by semicolons.
    land_classes
        Classes of which a mixed parcel has two or more.

    Returns
    -------
    Measure
        ha/km²; numerators and denominators are m². Evidence: the mixed parcels.

    Raises
    ------
    MissingColumnError
        If land use or mixed codes are not known of any parcel.

    Notes
    -----
    PKU §7.6(四)6: 单位平方公里混合用地面积.
    """
    codes = known(parcels, "parcels", "land_use", shared)
    mixed = known(parcels, "parcels", "mixed_use_codes", shared)
    chosen = np.array([_classes(one, more, land_classes) >= 2
                       for one, more in zip(codes, mixed, strict=True)], dtype=bool)  # fmt: skip
    area = shapely.area(parcels.geometry.to_numpy())
    ground = ground_of(units, "unit", parcels, None, shared)
    return over_ground(units, parcels, PARCELS_BY_UNIT, area, chosen, ground, shared,
                       scale=100.0, facts=("land_use", "mixed_use_codes"))  # fmt: skip


def _classes(code: object, more: object, classes: tuple[str, ...]) -> int:
    """Return of how many classes a parcel's codes are."""
    codes = [*_several(code), *_several(more)]
    return sum(any(one.startswith(prefix) for one in codes) for prefix in classes)


def _several(value: object) -> list[str]:
    """Return the values of a field that may hold several."""
    if not isinstance(value, str):
        return []
    return [one.strip() for one in value.split(SEPARATOR) if one.strip()]


@indicator(
    title=Text("清洁能源设施用地预留", "Land reserved for clean energy"),
    unit="ha",
    theme="land",
    aggregate="sum",
    source=f"{PKU} §7.6(一)4, §7.6(四)7",
    definition=Text(
        "为储能、地源热泵埋管场地、能源站预留的地块（parcels.reserved_for）面积之和；原文未给出数"
        "值。",
        "Area of the parcels reserved for energy storage, ground-source fields or energy stations "
        "(parcels.reserved_for). The source gives no value.",
    ),
)
def clean_energy_land_reserve(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    reserves: Reserves = tuple(RESERVES),
    shared: Shared | None = None,
) -> Measure:
    """Return the land of each unit that is reserved for clean energy.

    Parameters
    ----------
    units, shared
        Planning units, and steps to share with other indicators.
    parcels
        Polygons with `reserved_for`, values separated by semicolons.
    reserves
        Purposes that count.

    Returns
    -------
    Measure
        Hectares; numerators are m². Evidence: the parcels with what they are reserved for.

    Raises
    ------
    MissingColumnError
        If nothing is reserved, as far as the plan says.

    Notes
    -----
    PKU §7.6(一)4: 预留清洁能源设施用地.
    """
    values = known(parcels, "parcels", "reserved_for", shared)
    chosen = np.array([not set(reserves).isdisjoint(_several(one)) for one in values], dtype=bool)
    area = shapely.area(parcels.geometry.to_numpy())
    return amount_of(units, parcels, PARCELS_BY_UNIT, area, chosen, shared,
                     facts=("land_use", "reserved_for"), scale=1e-4)  # fmt: skip
