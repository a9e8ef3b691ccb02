"""The form of buildings: how compact, which way they face, how much of a wall is window."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._building_figures import heights_known, ratio_of
from carbonspace.indicators._building_traits import Asked, asked_of
from carbonspace.indicators._documents import JIUJIANG, PKU
from carbonspace.indicators._shade import Storey
from carbonspace.indicators._shared import Floats, Geometries, arrays, filled, is_unknown, known
from carbonspace.kernels.width import long_axis
from carbonspace.model.floors import heights
from carbonspace.model.indicator import indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

HOMES_ASKED = Asked(uses=("07",))
_SOURCE = f"{JIUJIANG} 二(四); {PKU} §7.6(四)10"
_ALIKE = 1.05
"""A longer side of at most so many shorter ones: the building has no main axis."""


@indicator(
    title=Text("建筑体形系数", "Shape coefficient of buildings"),
    unit="1/m",
    theme="buildings",
    aggregate="ratio",
    source=_SOURCE,
    definition=Text(
        "外表面积（周长×高度＋基底面积）除以体积（基底面积×高度），按平顶直棱柱计，不扣除与邻楼贴"
        "邻的墙面；单元为所选建筑外表面积之和除以体积之和。高度未知的建筑不计。条文未给出数值。",
        "Envelope (perimeter × height + footprint) over volume (footprint × height), as of prisms "
        "with flat roofs, walls shared with a neighbour included; in a unit the envelope of all "
        "buildings asked over their volume. One whose height is not known does not count. The "
        "clause states no value.",
    ),
    levels=("unit", "city", "building"),
    decimals=3,
    verified=False,
)
def building_shape_coefficient(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    storey_height: Storey = 3.0,
    asked: Asked = HOMES_ASKED,
    shared: Shared | None = None,
) -> Measure:
    """Return the envelope of buildings over their volume.

    Parameters
    ----------
    units
        Planning units.
    buildings
        Footprints with `height` (m) or `floors`.
    storey_height
        Height of a storey where only floors are known, metres.
    asked
        Which buildings count.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        1/m; numerators are m², denominators m³. Evidence and parts: the buildings.

    Raises
    ------
    MissingColumnError
        If neither heights nor floors are known of any building, or a use or age that is asked for.

    Notes
    -----
    九江 二(四): 合理确定住宅朝向、窗墙比和体形系数.
    """
    height = heights_known(buildings, storey_height, shared)
    chosen = asked_of(buildings, asked, shared) & ~np.isnan(height)
    shapes = arrays(units, buildings)[1]
    footprint = shapely.area(shapes)
    envelope = shapely.length(shapes) * height + footprint
    return ratio_of(units, buildings, (envelope, footprint * height), chosen, shared)


@indicator(
    title=Text("建筑朝向偏角", "Orientation of buildings"),
    unit="°",
    theme="buildings",
    aggregate="ratio",
    source=_SOURCE,
    definition=Text(
        "建筑长边朝向偏离正南的角度，0° 为坐北朝南，90° 为东西向：取最小外接矩形的长边为主轴，主轴"
        "与东西向的夹角。长短边相差不足 5% 的取较小者（本工具的读法）。以图面北向为准，不计子午线"
        "收敛角。单元为所选建筑的平均值。",
        "How far the long side of a building turns from due south: 0° faces south, 90° east and "
        "west. It is the angle between the longer side of the smallest rectangle about it and the "
        "east; where the sides differ by less than 5 % the smaller angle counts (our reading). "
        "North is that of the map grid. In a unit it is the mean of the buildings asked.",
    ),
    levels=("unit", "city", "building"),
    decimals=1,
    verified=False,
)
def building_orientation(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    asked: Asked = HOMES_ASKED,
    shared: Shared | None = None,
) -> Measure:
    """Return how far buildings turn from due south.

    Parameters
    ----------
    units, asked, shared
        As for `building_shape_coefficient`.
    buildings
        Footprints.

    Returns
    -------
    Measure
        Degrees, 0 to 90; denominators are numbers of buildings. Evidence and parts: these.

    Raises
    ------
    MissingColumnError
        If a use or age is asked for and not known of any building.

    Notes
    -----
    九江 二(四): 合理确定住宅朝向、窗墙比和体形系数.
    """
    turned = off_south(arrays(units, buildings)[1])
    chosen = asked_of(buildings, asked, shared)
    return ratio_of(units, buildings, (turned, np.ones(len(buildings))), chosen, shared)


@indicator(
    title=Text("窗墙面积比", "Window-to-wall ratio"),
    unit="",
    theme="buildings",
    aggregate="ratio",
    source=_SOURCE,
    definition=Text(
        "外窗面积除以外墙面积（含窗）；外墙面积未说明的以周长×高度计，窗面积未说明或外墙面积无法"
        "得出的建筑不计。单元为所选建筑两者之和相除。",
        "Area of windows over that of walls, windows included; where walls are not stated they are "
        "perimeter × height. A building that says nothing of its windows, or has no walls to be "
        "known, does not count. In a unit one sum over the other, of the buildings asked.",
    ),
    levels=("unit", "city", "building"),
    verified=False,
)
def window_wall_ratio(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    storey_height: Storey = 3.0,
    asked: Asked = HOMES_ASKED,
    shared: Shared | None = None,
) -> Measure:
    """Return the area of windows over that of walls.

    Parameters
    ----------
    units, storey_height, asked, shared
        As for `building_shape_coefficient`.
    buildings
        Footprints with `window_area` (m²), and `wall_area` (m²), `height` (m) or `floors`.

    Returns
    -------
    Measure
        0 to 1; numerators and denominators are m². Evidence and parts: the buildings.

    Raises
    ------
    MissingColumnError
        If no building says what windows it has, or what walls or height.

    Notes
    -----
    九江 二(四): 合理确定住宅朝向、窗墙比和体形系数.
    """
    known(buildings, "buildings", "window_area", shared)
    windows = filled(buildings, "window_area", np.full(len(buildings), np.nan))
    walls = walls_of(units, buildings, storey_height, shared)
    chosen = asked_of(buildings, asked, shared) & ~np.isnan(windows) & (walls > 0)
    return ratio_of(units, buildings, (windows, walls), chosen, shared)


def walls_of(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, storey_height: float,
    shared: Shared | None,
) -> Floats:  # fmt: skip
    """Return the area of the walls of each building, m²: as stated, else perimeter × height.

    Raises
    ------
    MissingColumnError
        If neither walls nor heights nor floors are known of any building of the plan.
    """
    told = ("wall_area", "height", "floors")
    if all(is_unknown(buildings, "buildings", one, shared) for one in told):
        raise MissingColumnError("buildings", "wall_area")
    around = shapely.length(arrays(units, buildings)[1])
    return filled(buildings, "wall_area", around * heights(buildings, storey_height))


def off_south(shapes: Geometries) -> Floats:
    """Return how far the long side of each footprint turns from east and west, degrees."""
    angle, longer, shorter = long_axis(shapes)
    turned = np.minimum(angle % 180, 180 - angle % 180)
    return np.where(longer > _ALIKE * shorter, turned, np.minimum(turned, 90 - turned))
