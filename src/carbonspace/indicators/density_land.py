"""How much land and floor area there is, against quotas and the past; size and form of towns."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.errors import MissingLayerError
from carbonspace.indicators._bases import of_type
from carbonspace.indicators._documents import BAYANNUR, HEALTH_CHECK_2021, JIUJIANG, PKU
from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
    evidence_frame,
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
from carbonspace.model.indicator import Indicator, Metres, Ratio, Unit, indicator, variant
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


@indicator(
    title=Text("城镇区最大面积", "Largest town"),
    unit="km²",
    theme="density",
    aggregate="max",
    source=f"{BAYANNUR} 二(一)1; {HEALTH_CHECK_2021}",
    definition=Text(
        "与单元相交的该类范围中最大一处的整体面积；多处时逐处不应超过上限，故取最大者。",
        "Area of the largest boundary of this kind that meets the unit, all of it: where there are "
        "several each has to keep to the limit, so it is the largest that counts.",
    ),
    whole=("boundaries",),
)
def town_area(
    units: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame,
    *,
    boundary_type: BoundaryType = "county_town",
    shared: Shared | None = None,
) -> Measure:
    """Return the area of the largest town of each unit.

    Parameters
    ----------
    units, shared
        As for `unit_construction_land`.
    boundaries
        Polygons with `boundary_type`.
    boundary_type
        Which boundaries are looked at.

    Returns
    -------
    Measure
        km²; numerators are m². Evidence: the boundaries, with their area.

    Raises
    ------
    UnstatedError
        If the plan has no boundary of this kind.

    Notes
    -----
    巴彦淖尔 二(一)1: 旗县（区）人民政府所在地城镇区面积不宜超过50平方公里.
    """
    chosen = of_type(boundaries, boundary_type, shared)
    return largest_of(units, boundaries, chosen, "boundary_id", shared)


@indicator(
    title=Text("完整居住社区最大面积", "Largest complete community"),
    unit="km²",
    theme="density",
    aggregate="max",
    source=f"{JIUJIANG} 一(一)",
    definition=Text(
        "与单元相交的社区中最大一处的整体面积；逐处不应超过上限，故取最大者。",
        "Area of the largest community that meets the unit, all of it: each has to keep to the "
        "limit, so it is the largest that counts.",
    ),
    whole=("communities",),
)
def complete_community_area(
    units: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the area of the largest community of each unit.

    Parameters
    ----------
    units, shared
        As for `unit_construction_land`.
    communities
        Polygons.

    Returns
    -------
    Measure
        km²; numerators are m². Evidence: the communities, with their area.

    Notes
    -----
    九江: 每个完整居住社区不超过5平方公里.
    """
    return largest_of(units, communities, np.ones(len(communities), bool), "community_id", shared)


@indicator(
    title=Text("外部空间形态紧凑度", "Compactness of the outline"),
    unit="",
    theme="density",
    aggregate="min",
    source=f"{PKU} §7.8",
    definition=Text(
        "与单元相交的该类范围中最不紧凑的一处的紧凑度，圆为 1。取最大的一片，不计孔洞，先按容差简"
        "化（周长取决于绘制精度）。公式：richardson 为 2√(πA)/P（缺省），isoperimetric 为 4πA/P²，"
        "circle 为面积与最小外接圆之比。原文未给出公式。",
        "Compactness of the least compact boundary of this kind that meets the unit; a circle has "
        "1. Its largest part is taken without holes, simplified first, since a perimeter hangs on "
        "how finely it is drawn. richardson: 2√(πA)/P, the default; isoperimetric: 4πA/P²; circle: "
        "area over that of the smallest circle about it. The source gives no formula.",
    ),
    decimals=3,
    verified=False,
    whole=("boundaries",),
)
def compactness_index(
    units: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame,
    *,
    boundary_type: BoundaryType = "new_district",
    form_index: FormIndex = "richardson",
    simplify: Metres = 10.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the compactness of the least compact outline of each unit.

    Parameters
    ----------
    units, boundaries, boundary_type, shared
        As for `town_area`.
    form_index
        The formula.
    simplify
        Tolerance in which outlines are simplified first, metres.

    Returns
    -------
    Measure
        0 to 1. Numerator and denominator are those of the formula. Evidence: the outlines.

    Raises
    ------
    UnstatedError
        If the plan has no boundary of this kind.

    Notes
    -----
    PKU §7.8: 城市新区外部空间形态紧凑度指数不低于0.5.
    """
    chosen = of_type(boundaries, boundary_type, shared)
    shapes = _outlines(arrays(units, boundaries)[1][chosen], simplify)
    top, bottom = _compactness(shapes, form_index)
    return _extreme(units, boundaries[chosen], shapes, (top, bottom), "boundary_id", "min", 1.0)


def largest_of(
    units: gpd.GeoDataFrame, places: gpd.GeoDataFrame, chosen: Flags, name: str,
    _shared: Shared | None,
) -> Measure:  # fmt: skip
    """Return the area of the largest chosen place that meets each unit, km²."""
    shapes = arrays(units, places)[1][chosen]
    area = shapely.area(shapes)
    return _extreme(units, places[chosen], shapes, (area, None), name, "max", 1e-6)


def _extreme(
    units: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    shapes: Geometries,
    figures: tuple[Floats, Floats | None],
    name: str,
    extreme: Literal["max", "min"],
    scale: float,
) -> Measure:
    """Return the figure of the place with the greatest (smallest) one that each unit meets."""
    top, bottom = figures
    value = top if bottom is None else top / bottom
    zone, place = _meeting(units, places)
    rank = -value[place] if extreme == "max" else value[place]
    order = np.lexsort((place, rank, zone))
    held, first = np.unique(zone[order], return_index=True)
    best = np.full(len(units), -1)
    best[held] = place[order][first]
    return Measure.of(
        units.index,
        np.append(top, np.nan)[best],
        None if bottom is None else np.append(bottom, np.nan)[best],
        scale=scale,
        extreme=extreme,
        evidence=lambda: evidence_frame(
            units, zone, shapes[place], **{name: np.asarray(places.index)[place]},
            value=scale * value[place],
        ),
    )  # fmt: skip


def _meeting(
    units: gpd.GeoDataFrame, places: gpd.GeoDataFrame
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the units and the places that have ground in common, as positions."""
    zones, shapes = arrays(units, places)
    zone, place = shapely.STRtree(shapes).query(zones, predicate="intersects")
    ground = shapely.area(shapely.intersection(zones[zone], shapes[place])) > 1.0
    return zone[ground], place[ground]


def _outlines(shapes: Geometries, simplify: float) -> Geometries:
    """Return the largest part of each shape, without holes and simplified."""
    result = np.empty(len(shapes), dtype=object)
    for n, shape in enumerate(shapes):
        parts = shapely.get_parts(shape)
        largest = parts[np.argmax(shapely.area(parts))]
        ring = shapely.polygons(shapely.get_exterior_ring(largest))
        result[n] = shapely.simplify(ring, simplify, preserve_topology=True)
    return result


def _compactness(shapes: Geometries, form_index: str) -> tuple[Floats, Floats]:
    area, length = shapely.area(shapes), shapely.length(shapes)
    if form_index == "richardson":
        return 2 * np.sqrt(math.pi * area), length
    if form_index == "isoperimetric":
        return 4 * math.pi * area, length**2
    return area, math.pi * shapely.minimum_bounding_radius(shapes) ** 2


def _construction(parcels: gpd.GeoDataFrame, shared: Shared | None) -> tuple[Floats, Flags]:
    """Return the area of each parcel, and whether it is construction land."""
    codes = known(parcels, "parcels", "land_use", shared)
    area = shapely.area(parcels.geometry.to_numpy())
    return area, np.asarray(matches(codes, CONSTRUCTION_LAND), dtype=bool)


VARIANTS: tuple[Indicator, ...] = (
    variant(
        town_area, "cluster_area",
        Text("城市组团最大面积", "Largest cluster of the city"),
        facts={"source": HEALTH_CHECK_2021}, boundary_type="cluster",
    ),
)  # fmt: skip
