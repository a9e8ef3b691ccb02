"""Which land people live and work on, in one place for every indicator and for preparation."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.model.landuse import matches
from carbonspace.model.text import Text

HOMES = ("0701", "0703")
"""Urban and rural homes (城镇住宅用地、农村宅基地); not the facilities of 0702 and 0704."""

WORKPLACES = ("08", "09", "10", "11", "1208", "13")
"""Public services, commerce, industry, storage, stations and utilities; not roads and tracks."""


def is_home(land_use: pd.Series, homes: tuple[str, ...] = HOMES) -> NDArray[np.bool_]:
    """Return True for residential land, also where it is coded to the first level only."""
    first_level = any(prefix.startswith("07") for prefix in homes)
    return np.asarray(matches(land_use, tuple(homes)) | ((land_use == "07") & first_level), bool)


def is_workplace(land_use: pd.Series) -> NDArray[np.bool_]:
    """Return True for land that jobs are on."""
    return np.asarray(matches(land_use, WORKPLACES), dtype=bool)


FACILITIES: dict[str, Text] = {
    "kindergarten": Text("幼儿园", "Kindergartens"),
    "primary_school": Text("小学", "Primary schools"),
    "middle_school": Text("中学", "Secondary schools"),
    "clinic": Text("卫生服务设施", "Clinics and hospitals"),
    "elderly_care": Text("养老设施", "Care of the elderly"),
    "culture": Text("文化设施", "Culture"),
    "sports": Text("体育设施", "Sports"),
    "market": Text("菜市场与生鲜超市", "Food markets"),
    "shop": Text("便民商业", "Everyday shops"),
    "community_centre": Text("社区服务设施", "Community services"),
}
"""Types of facilities of daily life, by their `facility_type`; the list is our own, after the
indicators of TD/T 1063-2021 and the facilities of GB 50180-2018 (not verified)."""

FACILITY_TYPES: dict[str, Text] = {
    **FACILITIES,
    "hospital": Text("医院", "Hospitals"),
    "fire_station": Text("消防站", "Fire stations"),
    "green_school": Text("绿色学校", "Green schools"),
    "refuse_station": Text("垃圾转运站、收集站", "Refuse stations"),
    "recycling_station": Text("再生资源分拣站", "Recycling stations"),
    "recycling_point": Text("再生资源回收点", "Recycling points"),
    "battery_recycling": Text("废旧电池回收点", "Battery recycling"),
    "packaging_recycling": Text("快递包装回收点", "Recycling of packaging"),
    "second_hand": Text("旧货交易点", "Second-hand goods"),
    "waste_plant": Text("垃圾处理厂", "Waste plants"),
    "sewage_plant": Text("污水处理厂", "Sewage plants"),
    "delivery_station": Text("社区配送服务站", "Delivery stations"),
    "parcel_locker": Text("智能快递柜", "Parcel lockers"),
    "charging": Text("充电设施", "Charging sites"),
    "lng_station": Text("加气站（LNG）", "LNG stations"),
    "hydrogen_station": Text("加氢站", "Hydrogen stations"),
    "energy_station": Text("分布式能源站", "Distributed energy stations"),
    "bike_parking": Text("非机动车停车点", "Bicycle parking"),
    "transit_hub": Text("交通枢纽", "Transit hubs"),
    "bus_depot": Text("公交场站", "Bus depots"),
    "crossing": Text("过街设施", "Crossings"),
}
"""Types of facilities that any indicator asks for; the list is open."""

_ALSO: dict[str, tuple[str, ...]] = {"clinic": ("hospital",)}


def serving(types: tuple[str, ...]) -> tuple[str, ...]:
    """Return the types and those that serve as one of them: a hospital is a clinic, too."""
    return tuple(dict.fromkeys(one for key in types for one in (key, *_ALSO.get(key, ()))))
