"""What parcels provide: parking, dwellings by size, compatible uses."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.errors import MissingLayerError
from carbonspace.indicators._bases import of_type
from carbonspace.indicators._building_traits import FACTS, Asked, asked_of
from carbonspace.indicators._documents import BAYANNUR, JIUJIANG, PKU
from carbonspace.indicators._floors import floors_of
from carbonspace.indicators._parcel_figures import EVERY_LOT, Lots, Site, floor_of
from carbonspace.indicators._parcels import Figure, sums_of
from carbonspace.indicators._shared import Floats, filled, known, numbers
from carbonspace.indicators._steps import BUILDINGS_BY_UNIT, floors_of_all
from carbonspace.indicators._traits import Flags, Held, share_of
from carbonspace.kernels import overlay
from carbonspace.model.indicator import Indicator, Percent, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

HOMES_LOTS = Lots(parcel_uses=("07",))
FIXED_USES = Lots(parcel_uses=("1001", "0802", "0804"))
NEW_HOMES = Asked(uses=("07",), age="new")
Central = Literal["central_city", "everywhere"]
CompatibleBy = Literal["uses", "area"]


@indicator(
    title=Text("住宅每户配建停车位", "Parking spaces per household"),
    unit="space/household",
    theme="parcels",
    aggregate="ratio",
    source="完整居住社区建设标准(试行) 2020 停车及充电设施",
    definition=Text(
        "居住地块的停车泊位数除以户数；泊位数或户数未知的地块不计。条文针对新建居住社区，"
        "按地块的 is_new 选取。",
        "Parking spaces of residential parcels over their households; parcels of which either is "
        "not known are left out. The clause is about new communities: rules select parcels by "
        "is_new.",
    ),
    levels=("unit", "city", "parcel"),
    whole=("parcels",),
)
def parking_per_household(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    lots: Lots = HOMES_LOTS,
    shared: Shared | None = None,
) -> Measure:
    """Return the parking spaces of each residential parcel by household.

    Parameters
    ----------
    units
        Planning units.
    parcels
        Polygons with `land_use`, `spaces` and `households`, and `is_new` for the rules.
    lots
        Which parcels count.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Spaces over households. `parts` and evidence have one row per parcel.

    Raises
    ------
    MissingColumnError
        If land use, spaces or households are not known of any parcel.

    Notes
    -----
    完整居住社区建设标准(试行): 不低于1车位/户.
    """
    spaces = known(parcels, "parcels", "spaces", shared)
    households = known(parcels, "parcels", "households", shared)
    told = (spaces.notna() & households.notna()).to_numpy()
    of_use = Site(parcels, None, lots=lots, shared=shared).of_use
    figure = Figure(numbers(spaces), numbers(households), of_use & told)
    return sums_of(units, parcels, figure, shared, facts=("is_new",),
                   named=("spaces", "households", "per_household"))  # fmt: skip


@indicator(
    title=Text("中心城区停车配建水平", "Parking by floor area in the central city"),
    unit="space/100 m²",
    theme="parcels",
    aggregate="ratio",
    source=f"{PKU} §7.5(三)客运2",
    definition=Text(
        "中心城区内地块的停车泊位数除以建筑面积（百平方米）；一半以上在中心城区范围"
        "（boundaries 图层的 central_city）内的地块计入，parking_in=everywhere 时全部计入。"
        "泊位数未知或没有建筑面积的地块不计。各用途的配建按地块用地区分。原文没有数值。",
        "Parking spaces of the parcels in the central city over their floor area in 100 m². A "
        "parcel counts that lies by half in a boundary of type central_city, or with "
        "parking_in = everywhere every one. Those whose spaces are not known, or without floor "
        "area, are left out. Uses are told apart by the land use of parcels. The source has no "
        "value.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=2,
    whole=("parcels",),
    verified=False,
)
def central_parking_provision(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None = None,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    parking_in: Central = "central_city",
    lots: Lots = EVERY_LOT,
    shared: Shared | None = None,
) -> Measure:
    """Return the parking spaces of each parcel of the central city by floor area.

    Parameters
    ----------
    units, shared
        As for `parking_per_household`.
    parcels
        Polygons with `land_use` and `spaces`.
    buildings
        Footprints with `floor_area` (m²) or `floors`; not needed where parcels state it.
    boundaries
        Polygons with `boundary_type`; needed where `parking_in` is "central_city".
    parking_in
        Which parcels are asked.
    lots
        Of which land uses.

    Returns
    -------
    Measure
        Spaces per 100 m²; spaces over m² of floor. `parts` and evidence have one row per parcel.

    Raises
    ------
    MissingLayerError
        If there are no buildings, or no boundaries where they are needed.
    UnstatedError
        If no boundary is of the central city.
    MissingColumnError
        If land use or spaces are not known of any parcel.

    Notes
    -----
    PKU §7.5(三): 建议设定中心城区停车配建指标.
    """
    spaces = known(parcels, "parcels", "spaces", shared)
    site = Site(parcels, buildings, lots=lots, shared=shared)
    floor, _ = floor_of(site)
    asked = site.of_use & spaces.notna().to_numpy() & (floor > 0)
    if parking_in == "central_city":
        asked &= _central(parcels, boundaries, shared)
    return sums_of(units, parcels, Figure(numbers(spaces), floor, asked, 100.0), shared,
                   named=("spaces", "floor_m2", "per_100_m2"))  # fmt: skip


def _central(
    parcels: gpd.GeoDataFrame, boundaries: gpd.GeoDataFrame | None, shared: Shared | None
) -> Flags:
    """Return which parcels lie by half in the central city."""
    if boundaries is None:
        raise MissingLayerError("boundaries")
    chosen = of_type(boundaries, "central_city", shared)
    result = np.zeros(len(parcels), dtype=bool)
    if chosen.any():
        city = shapely.union_all(boundaries.geometry.to_numpy()[chosen])
        cut = overlay.cut_along([city], parcels.geometry.to_numpy())
        result[cut.feature[cut.share >= 0.5]] = True
    return result


@indicator(
    title=Text("中小套型住宅占比", "Share of small and medium dwellings"),
    unit="%",
    theme="parcels",
    aggregate="ratio",
    source=f"{BAYANNUR} 二(二)8; {JIUJIANG} 二(四)",
    definition=Text(
        "中小套型住宅套数除以住宅总套数，缺省只计新建住宅；两者有一未知的建筑不计，跨单元的建筑按"
        "基底面积分摊。条文没有数值，何为中小套型以数据为准。",
        "Small and medium dwellings over all dwellings, by default of new homes; a building of "
        "which either is not known is left out, and one in several units counts to each by its "
        "footprint. The clauses have no value; what is small is as the data say.",
    ),
    decimals=1,
)
def dwelling_size_mix(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    asked: Asked = NEW_HOMES,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of dwellings that are small or of middle size.

    Parameters
    ----------
    units, shared
        As for `parking_per_household`.
    buildings
        Footprints with `dwellings` and `small_dwellings`, and what is asked of them.
    asked
        Which buildings count.

    Returns
    -------
    Measure
        Percent; numbers of dwellings. Evidence: the buildings with larger dwellings.

    Raises
    ------
    MissingColumnError
        If dwellings, small ones, or a use or age that is asked for are not known of any building.

    Notes
    -----
    九江 二(四): 鼓励中小套型住宅; without bounds.
    """
    every = known(buildings, "buildings", "dwellings", shared)
    small = known(buildings, "buildings", "small_dwellings", shared)
    chosen = asked_of(buildings, asked, shared) & (every.notna() & small.notna()).to_numpy()
    number = numbers(every)
    part = np.divide(numbers(small), number, out=np.zeros(len(buildings)), where=number > 0)
    return share_of(units, buildings, BUILDINGS_BY_UNIT, number, Held(part * chosen, chosen),
                    shared, facts=FACTS)  # fmt: skip


@indicator(
    title=Text("兼容用途建筑面积占比", "Floor area of compatible uses"),
    unit="%",
    theme="parcels",
    aggregate="ratio",
    source=f"{PKU} §7.2(二)2",
    definition=Text(
        "工业、科研与教育地块上兼容用途的建筑面积除以总建筑面积。compatible_by=uses：用途不属地块"
        "用地类别的建筑面积除以用途已知的建筑面积（已知不足下限的地块不评价）；area：各建筑所给的"
        "compatible_area（未给出按 0）除以其建筑面积。不超过 15% 的仍按工业、科教用途管理。",
        "Floor area of compatible uses on industrial, research and education parcels over all of "
        "it. compatible_by = uses: floor area in other uses than the parcel's land use over that "
        "of known use (a parcel of which too little is known is left out); area: what buildings "
        "state as compatible_area (none: 0) over their floor area. Up to 15 % a parcel is managed "
        "as what it is.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=1,
    whole=("parcels",),
    verified=False,
)
def compatible_use_floor_share_15(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    compatible_by: CompatibleBy = "uses",
    lots: Lots = FIXED_USES,
    min_known: Percent = 50.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of compatible uses in the floor area of each parcel.

    Parameters
    ----------
    units, lots, shared
        As for `parking_per_household`.
    parcels
        Polygons with `land_use`.
    buildings
        Footprints with `floor_area` (m²) or `floors`, and `use` or `compatible_area`, m².
    compatible_by
        What tells compatible uses.
    min_known
        Share of a parcel's floor area whose use must be known, %.

    Returns
    -------
    Measure
        Percent; m² of floor over m² of floor. `parts` and evidence have one row per parcel.

    Raises
    ------
    MissingColumnError
        If land use, or what tells compatible uses, is not known.

    Notes
    -----
    PKU §7.2(二)2: 兼容相关用途设施建筑面积不超过 15%的，仍按工业、科教用途管理.
    """
    site = Site(parcels, buildings, lots=lots, shared=shared)
    if compatible_by == "area":
        top, bottom = _stated(site, buildings)
    else:
        floors = floors_of(parcels, buildings, tuple(lots.parcel_uses), shared)
        enough = floors.stated >= min_known / 100 * floors.total * (1 - 1e-9)
        top = np.where(enough, floors.stated - floors.main, 0.0)
        bottom = np.where(enough, floors.stated, 0.0)
    figure = Figure(top, bottom, site.of_use & (bottom > 0), 100.0)
    return sums_of(units, parcels, figure, shared, facts=("zone",),
                   named=("compatible_m2", "floor_m2", "share"))  # fmt: skip


def _stated(site: Site, buildings: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Return the compatible and all floor area of the buildings on each parcel, m²."""
    known(buildings, "buildings", "compatible_area", site.shared)
    stated = filled(buildings, "compatible_area", np.zeros(len(buildings)))
    cut, count = site.cut, len(site.parcels)
    compatible, floor = (
        overlay.sums(cut.zone, cut.share * amount[cut.feature], count)
        for amount in (stated, floors_of_all(buildings, site.shared))
    )
    return compatible, floor


VARIANTS: tuple[Indicator, ...] = ()
