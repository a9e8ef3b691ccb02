"""How high new homes are, and whether the ladders of the fire brigade reach."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.errors import MissingLayerError
from carbonspace.indicators._building_figures import (
    extreme_of,
    heights_known,
    parts_of,
    violations_of,
)
from carbonspace.indicators._building_traits import CIVIL, Asked, asked_of
from carbonspace.indicators._documents import BAYANNUR, COUNTY_2021, JIUJIANG, SHANGDANG
from carbonspace.indicators._shade import Storey
from carbonspace.indicators._shared import Floats, arrays, known, numbers, of_classes
from carbonspace.model.indicator import Codes, Metres, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

NEW_HOMES = Asked(uses=("07",), age="new")
CIVIL_ASKED = Asked(uses=CIVIL)


@indicator(
    title=Text("新建住宅最高层数", "Most floors of new homes"),
    unit="",
    theme="buildings",
    aggregate="max",
    source=f"{SHANGDANG} §九; {BAYANNUR} 二(一)2; {COUNTY_2021}",
    definition=Text(
        "单元内所选建筑（缺省为新建住宅）地上层数的最大值；跨单元的建筑各单元均计。有豁免记录（如"
        "经充分论证）的建筑不计，另行列出；层数未知的不计。",
        "The most floors above ground of any building asked (new homes by default) in the unit; "
        "one in several units counts in each. Buildings with a recorded exemption, such as a case "
        "argued and allowed, do not count and are told; nor do those whose floors are not known.",
    ),
    levels=("unit", "city", "building"),
    decimals=0,
)
def new_residential_max_floors(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    asked: Asked = NEW_HOMES,
    shared: Shared | None = None,
) -> Measure:
    """Return the most floors of any new home of each unit.

    Parameters
    ----------
    units
        Planning units.
    buildings
        Footprints with `floors`, `use` and `is_new`.
    asked
        Which buildings count.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Floors; NaN where a unit has no such building. Evidence and parts: the buildings.

    Raises
    ------
    MissingColumnError
        If floors, or a use or age that is asked for, are not known of any building.

    Notes
    -----
    上党 §九: 城区新建住宅最高不超过18层。确需建设18层以上居住建筑的，应严格充分论证.
    """
    column = known(buildings, "buildings", "floors", shared)
    floors = np.where(column.isna(), np.nan, numbers(column))
    chosen = asked_of(buildings, asked, shared) & ~np.isnan(floors)
    return extreme_of(units, buildings, (floors, None), chosen, shared, extreme="max")


@indicator(
    title=Text("超出消防救援能力的建筑数量", "Buildings higher than fire ladders reach"),
    unit="",
    theme="buildings",
    aggregate="sum",
    reach="radius",
    whole=("buildings",),
    far=("facilities",),
    source=f"{SHANGDANG} §九; {JIUJIANG} 三(一)",
    definition=Text(
        "高度大于云梯举高的所选建筑（缺省为民用建筑）栋数：云梯举高取服务半径（直线，缺省 3 公里，"
        "为本工具的设定）内各消防站中最大者，与全市普遍可达的举高（ladder，缺省无）两者的较大值。"
        "半径内无消防站即视为够不到。有豁免记录的不计，另行列出。条文未给出数值。",
        "Number of buildings asked (civil ones by default) that are higher than fire ladders "
        "reach: the highest ladder of the fire stations within the radius (straight, 3 km by "
        "default, our own choice), or what is at hand all over the city (`ladder`, none by "
        "default) where that is more. With no station within the radius nothing reaches. Those "
        "with a recorded exemption do not count and are told. The clause states no value.",
    ),
    levels=("unit", "city", "building"),
    verified=False,
)
def height_fire_rescue_match(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame | None = None,
    *,
    radius: Metres = 3000.0,
    ladder: Metres = 0.0,
    fire_stations: Codes = ("fire_station",),
    storey_height: Storey = 3.0,
    asked: Asked = CIVIL_ASKED,
    shared: Shared | None = None,
) -> Measure:
    """Count the buildings that are higher than fire ladders reach.

    Parameters
    ----------
    units, shared
        As for `new_residential_max_floors`.
    buildings
        Footprints with `height` (m) or `floors`.
    facilities
        With `facility_type` and `ladder_reach` (m); needed where `ladder` is 0.
    radius
        How far from a station its ladder serves, metres.
    ladder
        Reach of the ladders that are at hand everywhere, metres.
    fire_stations
        Types of facilities that have ladders.
    storey_height
        Height of a storey where only floors are known, metres.
    asked
        Which buildings count.

    Returns
    -------
    Measure
        Number of buildings. Evidence: these, with `height_m` and the `ladder_m` that reaches them.
        Parts: 1 where a building asked is higher, else 0.

    Raises
    ------
    MissingLayerError, MissingColumnError
        If no ladder is stated, neither at stations nor by `ladder`; if no height is known.

    Notes
    -----
    上党 §九: 民用建筑高度要与消防救援能力相匹配.
    """
    height = heights_known(buildings, storey_height, shared)
    at_hand = np.full(len(buildings), ladder)
    if facilities is not None:
        found = _ladders(units, buildings, facilities, fire_stations, radius, shared, ladder)
        at_hand = np.maximum(at_hand, found)
    elif ladder == 0:
        raise MissingLayerError("facilities")
    judged = asked_of(buildings, asked, shared) & ~np.isnan(height)
    higher = judged & (height > at_hand)
    above = higher.astype(float)
    parts = parts_of(units, buildings, (above, None), judged, shared)
    return violations_of(
        units, buildings, above, higher, parts, shared, height_m=height, ladder_m=at_hand
    )


def _ladders(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    types: Codes,
    radius: float,
    shared: Shared | None,
    ladder: float,
) -> Floats:
    """Return the reach of the highest ladder of the stations near each building, m; 0 for none."""
    if ladder > 0 and "ladder_reach" not in facilities:
        return np.zeros(len(buildings))
    known(facilities, "facilities", "ladder_reach", shared)
    stations = facilities[of_classes(facilities["facility_type"], types)]
    _, houses, places = arrays(units, buildings, stations)
    house, place = shapely.STRtree(places).query(houses, predicate="dwithin", distance=radius)
    result = np.zeros(len(buildings))
    np.maximum.at(result, house, numbers(stations["ladder_reach"])[place])
    return result
