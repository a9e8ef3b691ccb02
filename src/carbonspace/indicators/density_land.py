"""How much land and floor area there is, against quotas and against the past."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.errors import MissingLayerError
from carbonspace.indicators._documents import PKU
from carbonspace.indicators._shared import (
    Floats,
    filled,
    known,
    numbers,
    summed,
)
from carbonspace.indicators._steps import (
    BUILDINGS_BY_UNIT,
    PARCELS_BY_UNIT,
    floors_of_all,
    polygons_in,
)
from carbonspace.indicators._traits import Flags, Held, amount_of, share_of
from carbonspace.model.coded import BOUNDARY_TYPES
from carbonspace.model.indicator import Indicator, Ratio, Unit, indicator
from carbonspace.model.kinds import Choice
from carbonspace.model.landuse import CONSTRUCTION_LAND, matches
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

BoundaryType = Annotated[str, Unit("code"), Choice(tuple(BOUNDARY_TYPES))]
FloorBy = Literal["plan", "buildings"]
FormIndex = Literal["richardson", "isoperimetric", "circle"]
PAST_PARCELS_BY_UNIT = "past parcels by unit"


@indicator(
    title=Text("单元建设用地总规模", "Construction land of the unit"),
    unit="ha",
    theme="density",
    aggregate="sum",
    source=f"{PKU} §7.5",
    definition=Text(
        "单元内建设用地（07–16 类）面积之和。",
        "Area of construction land (classes 07-16) in the unit.",
    ),
)
def unit_construction_land(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the construction land of each unit.

    Parameters
    ----------
    units
        Planning units.
    parcels
        Polygons with `land_use`.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Hectares; numerators are m². Evidence: the parcels of construction land.

    Raises
    ------
    MissingColumnError
        If land use is not known.

    Notes
    -----
    PKU §7.5: the scale of construction land is handed down to units as a binding figure.
    """
    area, chosen = _construction(parcels, shared)
    return amount_of(units, parcels, PARCELS_BY_UNIT, area, chosen, shared, facts=("land_use",),
                     scale=1e-4)  # fmt: skip


@indicator(
    title=Text("建设用地占规模指标比例", "Construction land over its quota"),
    unit="%",
    theme="density",
    aggregate="ratio",
    source=f"{PKU} §7.5",
    definition=Text(
        "单元建设用地面积除以下达的规模（units.construction_land_quota）；未下达的单元没有数值。",
        "Construction land of the unit over the quota it was given "
        "(units.construction_land_quota); a unit without one has no value.",
    ),
    decimals=1,
)
def construction_land_of_quota(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the construction land of each unit over its quota.

    Parameters
    ----------
    units
        Planning units with `construction_land_quota`, ha.
    parcels, shared
        As for `unit_construction_land`.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m². Evidence: the parcels of construction land.

    Raises
    ------
    MissingColumnError
        If land use, or the quota of every unit, is not known.

    Notes
    -----
    PKU §7.5: hard control of the total in the unit.
    """
    return of_quota(
        units, unit_construction_land(units, parcels, shared=shared),
        "construction_land_quota", 1e4, shared,
    )  # fmt: skip


def of_quota(
    units: gpd.GeoDataFrame, amount: Measure, column: str, factor: float, shared: Shared | None
) -> Measure:
    """Return an amount by unit over a quota of the unit in `column`, which is in `factor` SI units.

    Raises
    ------
    MissingColumnError
        If no unit of the plan has such a quota.
    """
    known(units, "units", column, shared)
    quota = filled(units, column, np.zeros(len(units)))
    there = quota > 0
    top = np.where(there, amount.table["numerator"].to_numpy(), 0.0)
    return Measure.of(
        units.index, top, np.where(there, factor * quota, 0.0), scale=100.0,
        evidence=amount.evidence,
    )  # fmt: skip


@indicator(
    title=Text("单元建筑开发规模", "Floor area of the unit"),
    unit="m²",
    theme="density",
    aggregate="sum",
    source=f"{PKU} §7.5",
    definition=Text(
        "单元的建筑规模：plan 为各地块容积率上限 × 用地面积之和（无上限的地块不计），buildings 为"
        "现有建筑面积之和。单元内可以转移，总量不变。",
        "Floor area of the unit. plan: the highest floor-area ratio of each parcel by its area "
        "(parcels without one do not count); buildings: what stands there. It may move within a "
        "unit as long as the total holds.",
    ),
    decimals=0,
)
def unit_floor_area(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    buildings: gpd.GeoDataFrame | None = None,
    *,
    floor_by: FloorBy = "plan",
    shared: Shared | None = None,
) -> Measure:
    """Return the floor area of each unit, as planned or as it stands.

    Parameters
    ----------
    units, shared
        As for `unit_construction_land`.
    parcels
        Polygons with `far_max`; needed where `floor_by` is "plan".
    buildings
        Footprints with `floor_area` (m²) or `floors`; needed otherwise.
    floor_by
        What floor area is taken from.

    Returns
    -------
    Measure
        m² of floor. Evidence: the parcels or buildings with their floor area in the unit.

    Raises
    ------
    MissingLayerError
        If the layer it is taken from is not there.
    MissingColumnError
        If no parcel has a highest floor-area ratio.

    Notes
    -----
    PKU §7.5: the scale of building is a figure of the unit.
    """
    layer, name = (parcels, "parcels") if floor_by == "plan" else (buildings, "buildings")
    if layer is None:
        raise MissingLayerError(name)
    if floor_by == "buildings":
        every = np.ones(len(layer), dtype=bool)
        return amount_of(units, layer, BUILDINGS_BY_UNIT, floors_of_all(layer, shared), every,
                         shared, facts=("use", "floors"))  # fmt: skip
    far = numbers(known(layer, "parcels", "far_max", shared))
    area = shapely.area(layer.geometry.to_numpy())
    return amount_of(units, layer, PARCELS_BY_UNIT, far * area, far > 0, shared,
                     facts=("land_use", "far_max"))  # fmt: skip


@indicator(
    title=Text("建筑规模占指标比例", "Floor area over its quota"),
    unit="%",
    theme="density",
    aggregate="ratio",
    source=f"{PKU} §7.5",
    definition=Text(
        "单元建筑开发规模除以下达的规模（units.floor_area_quota）；未下达的单元没有数值。",
        "Floor area of the unit over the quota it was given (units.floor_area_quota); a unit "
        "without one has no value.",
    ),
    decimals=1,
)
def floor_area_of_quota(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    buildings: gpd.GeoDataFrame | None = None,
    *,
    floor_by: FloorBy = "plan",
    shared: Shared | None = None,
) -> Measure:
    """Return the floor area of each unit over its quota.

    Parameters
    ----------
    units
        Planning units with `floor_area_quota`, m².
    parcels, buildings, floor_by, shared
        As for `unit_floor_area`.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m² of floor. Evidence: as for `unit_floor_area`.

    Raises
    ------
    MissingLayerError
        If the layer it is taken from is not there.
    MissingColumnError
        If no parcel has a highest floor-area ratio, or no unit a quota.

    Notes
    -----
    PKU §7.5: transfers inside a unit are allowed as long as the total holds.
    """
    amount = unit_floor_area(units, parcels, buildings, floor_by=floor_by, shared=shared)
    return of_quota(units, amount, "floor_area_quota", 1.0, shared)


@indicator(
    title=Text("城市用地填充度", "Construction land that is built"),
    unit="%",
    theme="density",
    aggregate="ratio",
    source=f"{PKU} §7.8(三)",
    definition=Text(
        "已建设的建设用地（parcels.status 为 built）占建设状况已知的建设用地的面积比例。"
        "原文未给出定义与数值。",
        "Share of the construction land whose state is known that is built (parcels.status). The "
        "source gives neither a definition nor a value.",
    ),
    decimals=1,
    verified=False,
)
def land_fill_ratio(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the share of construction land that is built.

    Parameters
    ----------
    units, shared
        As for `unit_construction_land`.
    parcels
        Polygons with `land_use` and `status` (built or unbuilt; null: left out).

    Returns
    -------
    Measure
        Percent; numerators and denominators are m². Evidence: the land that is not built.

    Raises
    ------
    MissingColumnError
        If land use or the state is not known of any parcel.

    Notes
    -----
    PKU §7.8(三): named for county towns, without a value.
    """
    area, chosen = _construction(parcels, shared)
    status = known(parcels, "parcels", "status", shared)
    counts = chosen & status.notna().to_numpy()
    built = np.asarray(status.eq("built").fillna(value=False), dtype=bool) & counts
    return share_of(units, parcels, PARCELS_BY_UNIT, area, Held(built, counts), shared,
                    facts=("land_use", "status"))  # fmt: skip


@indicator(
    title=Text("建设用地与碳排放弹性", "Emissions that growing land would bring"),
    unit="",
    theme="density",
    aggregate="ratio",
    source=f"{PKU} §4.2",
    definition=Text(
        "按“建设用地翻一番，碳排放为 2.7 倍”的经验系数估计的排放倍数：（现状建设用地 ÷ 基期建设用"
        "地）的 log₂(elasticity) 次方。仅供情景估计，不是目标。",
        "How many times the emissions of the base year the growth of construction land stands for, "
        "by the finding that twice the land means 2.7 times the emissions: (land now / land then) "
        "to the power log2(elasticity). For scenarios only, no target.",
    ),
    decimals=3,
    verified=False,
)
def land_carbon_elasticity(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    past_parcels: gpd.GeoDataFrame,
    *,
    elasticity: Ratio = 2.7,
    shared: Shared | None = None,
) -> Measure:
    """Return by what factor emissions grow with construction land, by a rule of thumb.

    Parameters
    ----------
    units, shared
        As for `unit_construction_land`.
    parcels, past_parcels
        Polygons with `land_use`, now and in the base year.
    elasticity
        By what factor emissions grow when construction land doubles.

    Returns
    -------
    Measure
        A factor: (numerator / denominator) ** log2(elasticity), m² of construction land now and
        then. Evidence: the construction land of today.

    Raises
    ------
    MissingColumnError
        If land use is not known in either layer.

    Notes
    -----
    PKU §4.2: 建设用地规模每翻一番, 碳排放约为 2.7 倍.
    """
    now = unit_construction_land(units, parcels, shared=shared)
    codes = known(past_parcels, "past_parcels", "land_use", shared)
    past = polygons_in(units, past_parcels, PAST_PARCELS_BY_UNIT, shared)
    built = np.asarray(matches(codes, CONSTRUCTION_LAND), dtype=bool)[past.feature]
    return Measure.of(
        units.index,
        now.table["numerator"],
        summed(past.zone, past.area * built, units),
        scale=1.0,
        power=math.log2(elasticity),
        evidence=now.evidence,
    )


def _construction(parcels: gpd.GeoDataFrame, shared: Shared | None) -> tuple[Floats, Flags]:
    """Return the area of each parcel, and whether it is construction land."""
    codes = known(parcels, "parcels", "land_use", shared)
    area = shapely.area(parcels.geometry.to_numpy())
    return area, np.asarray(matches(codes, CONSTRUCTION_LAND), dtype=bool)


VARIANTS: tuple[Indicator, ...] = ()
