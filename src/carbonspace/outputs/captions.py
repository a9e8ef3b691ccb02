"""What evidence is called on maps and in legends: what falls short, or what a figure is made of."""

from __future__ import annotations

from carbonspace.model.indicator import Indicator
from carbonspace.model.text import Text

SHORTFALLS: dict[str, Text] = {
    "roads": Text("计入与不计入的道路", "Roads that count and roads that do not"),
    "streets": Text("间距过大的街坊或路段", "Blocks or roads with too wide a spacing"),
    "parks": Text("服务半径未覆盖的居住用地", "Homes out of reach of a park"),
    "transit": Text("站点未覆盖的地块", "Land out of reach of a station"),
    "cycling": Text("计入与不计入的廊道", "Corridors that count and corridors that do not"),
    "facilities": Text("设施步行不可达的居住用地", "Homes out of reach of facilities"),
    "parking": Text("没有充电设施的停车场", "Car parks without a charger"),
    "mixed_use": Text("功能单一的街坊或地块", "Blocks or parcels of a single use"),
    "solar": Text("屋顶：有光伏与无光伏", "Roofs with and without solar panels"),
    "sunlight": Text("住宅外墙的日照时数", "Hours of sun on the facades of homes"),
}
BEHIND: dict[str, Text] = {
    "park_walk_detour": Text("可步行到达公园的居住用地", "Homes from where a park is walked to"),
    "station_walk_detour": Text("可步行到达站点的地块", "Land from where a station is walked to"),
    "bike_corridor_junction_density": Text("廊道交汇处", "Where corridors meet"),
    "bike_corridor_crossing_density": Text("廊道穿越主干路处", "Where corridors cross major roads"),
    "intersection_density": Text("道路交叉口", "Street intersections"),
    "block_size": Text("街坊", "Blocks"),
    "block_perimeter": Text("街坊", "Blocks"),
    "block_shape_index": Text("街坊", "Blocks"),
    "mean_peak_headway": Text("高峰有发车的站点", "Stops that are served in the peak"),
    "station_area_intensity_ratio": Text("站点周边的建筑", "Buildings around stations"),
    "facility_density": Text("设施", "Facilities"),
    "facilities_per_10k": Text("设施", "Facilities"),
    "refuse_station_density": Text("收集站", "Refuse stations"),
    "people_per_facility": Text("有居民的用地", "Land that people live on"),
    "refuse_station_population": Text("有居民的用地", "Land that people live on"),
    "facility_spacing": Text("设施及其最近距离", "Facilities, with the way to the next"),
    "lng_h2_station_spacing": Text("站点及其最近距离", "Stations, with the way to the next"),
    "energy_station_distance": Text("负荷中心至能源站", "From the centre of load to a station"),
    "land_use_mix": Text("街坊", "Blocks"),
    "main_use_floor_share": Text("有建筑的地块", "Parcels with buildings"),
    "jobs_housing_ratio": Text("有就业或居民的地块", "Parcels with jobs or residents"),
    "transit_line_density": Text("计入与不计入的线路", "Lines that count and lines that do not"),
}
"""Indicators whose evidence is no shortfall: it shows what the figure is made of."""

_LACKING: dict[str, Text] = {
    "walk_network_continuity": Text(
        "步行网络：连通与不连通", "Streets on foot, linked and cut off"
    ),
    "bike_network_connectivity": Text(
        "骑行网络：连通与不连通", "Streets by bike, linked and cut off"
    ),
    "community_slow_link": Text("未与慢行网络相连的社区", "Communities that are not linked"),
    "tod_station_share": Text("未按 TOD 开发的站点", "Stations that are not developed as TOD"),
    "places_served_share": Text("没有设施的小区", "Compounds without a facility"),
    "recycling_point_coverage": Text("没有回收点的小区", "Compounds without a recycling point"),
    "town_sewage_coverage": Text("没有污水处理厂的镇", "Towns without a sewage plant"),
    "rural_waste_coverage": Text("垃圾未收运的村", "Villages whose waste is not collected"),
    "pr_coverage": Text("没有 P+R 停车场的站点", "Stations without park and ride"),
}
"""What falls short of indicators that are not like the rest of their theme."""

FAULTS = frozenset({
    "tall_building_count", "height_fire_rescue_match", "green_building_star_rule",
    "renewable_min_one", "green_materials_rule", "rainwater_collection_parcel",
    "view_wind_corridor", "wide_road_count", "control_line_encroachment", "control_line_buildings",
    "underground_forbidden_use", "underground_depth_layer_use", "pop_gt15k_land_area",
})  # fmt: skip
"""Sums of what should not be: what counts is at fault."""

_UNKNOWN = {"community_building_energy": Text("用能未知的建筑", "Buildings of unknown energy")}
"""Sums whose evidence is what could not be counted."""

_AT_FAULT = Text("不符合要求之处", "What is not as it should be")
_COUNTED = Text("计入的要素", "What counts")
_FEATURES = Text("相关要素", "Features behind the value")


def is_neutral(one: Indicator) -> bool:
    """Return whether the evidence is what the figure is made of, not what falls short."""
    return one.key in BEHIND or (one.aggregate != "ratio" and one.key not in FAULTS)


def evidence_title(one: Indicator) -> Text:
    """Return what an indicator's evidence shows: of a sum what counts, else what falls short."""
    if one.key in BEHIND:
        return BEHIND[one.key]
    if one.key in _LACKING:
        return _LACKING[one.key]
    if one.key in _UNKNOWN:
        return _UNKNOWN[one.key]
    if one.key in FAULTS:
        return _AT_FAULT
    if one.aggregate == "sum" and one.theme != "solar":
        return _COUNTED
    if one.aggregate in ("max", "min"):
        return _FEATURES
    return SHORTFALLS.get(one.theme, _FEATURES)
