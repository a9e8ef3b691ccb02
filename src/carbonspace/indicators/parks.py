"""Parks: which homes lie within the service radius of one."""

from __future__ import annotations

from typing import Annotated

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
    known,
)
from carbonspace.indicators._sites import share_within
from carbonspace.indicators._steps import PARCELS_BY_UNIT, chosen_rows, polygons_in
from carbonspace.model.indicator import (
    Count,
    Indicator,
    LandCodes,
    Metres,
    SquareMetres,
    Unit,
    indicator,
    variant,
)
from carbonspace.model.kinds import Number, Rows
from carbonspace.model.measure import Measure
from carbonspace.model.places import HOMES, is_home
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_TIERS = Rows(
    (Number(low=0, unit="m²"), Number(low=0, unit="m")),
    Text("最小面积, 服务半径", "smallest area, radius"),
    falling=True,
)
Tiers = Annotated[tuple[tuple[float, float], ...], Unit("m², m"), _TIERS]
SIZE_TIERS = ((5000.0, 500.0), (2000.0, 300.0))
_AREA_NOISE = 1e-9


@indicator(
    title=Text("公园绿地服务半径覆盖率", "Homes within reach of a park"),
    unit="%",
    theme="parks",
    aggregate="ratio",
    reach="radius",
    far=("parks",),
    source="GB/T 51346-2019 §4.3.4, A.0.3; PKU 2023 §7.5(七)4",
    definition=Text(
        "居住用地中，位于面积不小于最小面积的公园边界起服务半径（直线距离）以内部分的面积占比。"
        "单元以外的公园同样提供服务；仅编到 07 一级的地块按居住用地计。",
        "Share of the area of residential land that lies within the straight-line service radius "
        "of the edge of a park of at least the smallest area. Parks outside the unit serve it "
        "too; land coded 07 only, without a second level, counts as homes.",
    ),
)
def park_coverage(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    *,
    radius: Metres = 500.0,
    min_area: SquareMetres = 0.0,
    homes: LandCodes = HOMES,
    quad_segs: Count = 64,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's residential land within reach of a park.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    parcels
        Polygons with `land_use`, a 2023 code.
    parks
        Polygons.
    radius
        Straight-line distance from the edge of a park, metres.
    min_area
        Smaller parks do not count, m².
    homes
        Land-use codes of residential land, matched by prefix.
    quad_segs
        Segments of a quarter circle in the buffers.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no residential land. Numerators and denominators are m².

    Raises
    ------
    MissingColumnError
        If land use is not known.

    Notes
    -----
    GB/T 51346-2019 §4.3.4: 公园绿地和广场用地500m服务半径覆盖居住用地的比例.
    """
    return _covered_homes(units, parcels, parks, ((min_area, radius),), homes, quad_segs, shared)


@indicator(
    title=Text("公园绿地服务半径覆盖率（按规模）", "Homes within reach of a park, by park size"),
    unit="%",
    theme="parks",
    aggregate="ratio",
    reach=lambda chosen, _: max(radius for _, radius in chosen["tiers"]),
    far=("parks",),
    source="住房和城乡建设部 2021 年城市体检指标体系",
    definition=Text(
        "居住用地中位于公园服务范围以内部分的面积占比。公园按其达到的首个规模等级取服务半径"
        "（缺省：5000 平方米及以上 500 米，2000–5000 平方米 300 米），更小的不计。",
        "Share of the area of residential land within the service radius of a park, where the "
        "radius is that of the first size class the park reaches (by default 500 m from "
        "5,000 m², 300 m from 2,000 m²); smaller parks do not count.",
    ),
)
def park_coverage_by_size(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    *,
    tiers: Tiers = SIZE_TIERS,
    homes: LandCodes = HOMES,
    quad_segs: Count = 64,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's residential land within reach, radii by park size.

    Parameters
    ----------
    units, parcels, parks, homes, quad_segs, shared
        As for `park_coverage`.
    tiers
        Pairs of smallest area (m²) and radius (m). A park serves with the first it reaches.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no residential land. Numerators and denominators are m².

    Raises
    ------
    MissingColumnError
        If land use is not known.

    Notes
    -----
    城市体检 2021: 5000平方米及以上公园绿地按照500米服务半径测算；2000—5000平方米按照300米.
    """
    return _covered_homes(units, parcels, parks, tiers, homes, quad_segs, shared)


def _covered_homes(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    tiers: Tiers,
    homes: LandCodes,
    quad_segs: int,
    shared: Shared | None,
) -> Measure:
    _, _, greens = arrays(units, parcels, parks)
    home = is_home(known(parcels, "parcels", "land_use", shared), homes)
    found = chosen_rows(polygons_in(units, parcels, PARCELS_BY_UNIT, shared), home)
    radius = _radius(greens, tiers)
    serving = ~np.isnan(radius)
    facts = {"parcel_id": np.asarray(parcels.index), "land_use": np.asarray(parcels["land_use"])}
    return share_within(
        units, found, found.area, greens[serving], radius[serving], quad_segs, facts, "area_m2"
    )


def _radius(parks: Geometries, tiers: Tiers) -> Floats:
    """Return each park's service radius, NaN where it is too small to serve."""
    area = shapely.area(parks)
    reached = [area >= smallest * (1 - _AREA_NOISE) for smallest, _ in tiers]
    return np.asarray(np.select(reached, [float(r) for _, r in tiers], np.nan), dtype=float)


VARIANTS: tuple[Indicator, ...] = (
    variant(
        park_coverage,
        "park_coverage_10min",
        Text("城市公园绿地十分钟服务圈覆盖率", "Homes within ten minutes of a park"),
        definition=Text(
            "居住用地中位于公园十分钟服务圈以内部分的面积占比。来源未给出公园规模、步速与分母；"
            "此处以公园边界起 500 米直线距离代替十分钟步行路程。",
            "Share of the area of residential land within ten minutes of a park. The source "
            "states no park size, walking speed or denominator; a straight line of 500 m from "
            "the edge of the park stands in for the ten-minute walk.",
        ),
        facts={"source": "连云港市城乡建设领域碳达峰实施方案 (2024) 三11"},
        radius=500.0,
    ),
)
