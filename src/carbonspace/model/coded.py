"""The values of coded columns, with the words for them."""

from __future__ import annotations

from carbonspace.model.text import Text

ROAD_CLASSES: dict[str, Text] = {
    "expressway": Text("快速路", "Expressway"),
    "arterial": Text("主干路", "Arterial road"),
    "secondary": Text("次干路", "Secondary road"),
    "local": Text("支路", "Local road"),
    "compound": Text("小区内部路", "Road inside a compound"),
    "slow": Text("慢行专用路", "Path for walking and cycling"),
    "other": Text("其他道路", "Other road"),
}
BUS_LANES: dict[str, Text] = {
    "no": Text("无", "None"),
    "one": Text("单向", "In one of two directions"),
    "all": Text("各行驶方向", "In every direction of travel"),
}
TRANSIT_MODES: dict[str, Text] = {
    "rail": Text("铁路", "Railway"),
    "metro": Text("城市轨道交通", "Metro"),
    "tram": Text("有轨电车", "Tram"),
    "brt": Text("快速公交", "Bus rapid transit"),
    "bus": Text("公共汽车", "Bus"),
    "ferry": Text("轮渡", "Ferry"),
}
ENTRANCES_TO: dict[str, Text] = {
    "park": Text("公园", "A park"),
    "compound": Text("小区", "A compound"),
    "station": Text("车站", "A station"),
}
WALKING_ZONES: dict[str, Text] = {
    zone: Text(f"{mark}类区", f"Class {zone}")
    for zone, mark in {"I": "Ⅰ", "II": "Ⅱ", "III": "Ⅲ"}.items()
}
CLIMATE_ZONES: dict[str, Text] = {
    zone: Text(f"{mark}建筑气候区", f"Climate zone {zone}")
    for zone, mark in zip(
        ("I", "II", "III", "IV", "V", "VI", "VII"), "ⅠⅡⅢⅣⅤⅥⅦ", strict=True
    )
}  # fmt: skip
ROOF_TYPES: dict[str, Text] = {
    "flat": Text("平屋顶", "Flat"),
    "pitched": Text("坡屋顶", "Pitched"),
    "metal": Text("金属屋面", "Metal"),
    "other": Text("其他屋顶", "Other"),
}
FUNDERS: dict[str, Text] = {
    "government": Text("政府投资", "Government"),
    "social": Text("社会投资（公益）", "Public bodies and society"),
    "market": Text("市场投资", "Private investors"),
}
RENEWABLES: dict[str, Text] = {
    "solar_pv": Text("太阳能光伏", "Solar power"),
    "solar_thermal": Text("太阳能光热", "Solar heat"),
    "ground_source": Text("地源热泵", "Ground-source heat pump"),
    "air_source": Text("空气源热泵", "Air-source heat pump"),
    "water_source": Text("水源热泵", "Water-source heat pump"),
    "biomass": Text("生物质能", "Biomass"),
    "wind": Text("风能", "Wind"),
    "other": Text("其他可再生能源", "Other renewable energy"),
}
ACTIONS: dict[str, Text] = {
    "keep": Text("保留", "Kept"),
    "renovate": Text("改造", "Renovated"),
    "demolish": Text("拆除", "Demolished"),
}
BUILT: dict[str, Text] = {
    "built": Text("已建", "Built"),
    "unbuilt": Text("未建", "Not built"),
}
RESERVES: dict[str, Text] = {
    "storage": Text("储能设施", "Energy storage"),
    "ground_source": Text("地源热泵埋管场地", "Ground-source field"),
    "energy_station": Text("能源站", "Energy station"),
}
ZONING_RULES: dict[str, Text] = {
    "height_factor": Text("高度系数规则", "Height factor"),
    "quality_housing": Text("品质住房规则", "Quality Housing"),
    "tower": Text("塔楼规则", "Tower"),
    "tower_on_base": Text("裙房塔楼规则", "Tower on a base"),
}
STREET_WIDTHS: dict[str, Text] = {
    "WS1": Text("宽街（一类）", "Wide street, first kind"),
    "WS2": Text("宽街（二类）", "Wide street, second kind"),
    "NS": Text("窄街", "Narrow street"),
}
LOTS: dict[str, Text] = {
    "corner": Text("转角地块", "Corner lot"),
    "interior": Text("内部地块", "Interior lot"),
    "through": Text("贯通地块", "Through lot"),
}
MINUTES: dict[str, Text] = {
    "5": Text("五分钟生活圈居住区", "Five-minute neighbourhood"),
    "10": Text("十分钟生活圈居住区", "Ten-minute neighbourhood"),
    "15": Text("十五分钟生活圈居住区", "Fifteen-minute neighbourhood"),
    "block": Text("居住街坊", "Neighbourhood block"),
}
SUBDISTRICT_KINDS: dict[str, Text] = {
    "street": Text("街道", "Subdistrict"),
    "town": Text("镇（乡）", "Town"),
    "village": Text("村", "Village"),
}
BOUNDARY_TYPES: dict[str, Text] = {
    "built_up": Text("建成区", "Built-up area"),
    "central_city": Text("中心城区", "Central city"),
    "new_district": Text("新区", "New district"),
    "cluster": Text("组团", "Cluster"),
    "county_town": Text("县城", "County town"),
    "industrial_park": Text("产业园区", "Industrial park"),
    "sponge_zone": Text("海绵城市排水分区", "Drainage zone"),
}
LINE_TYPES: dict[str, Text] = {
    "blue": Text("蓝线", "Blue line (water)"),
    "green": Text("绿线", "Green line (green space)"),
    "yellow": Text("黄线", "Yellow line (infrastructure)"),
    "purple": Text("紫线", "Purple line (heritage)"),
    "red": Text("道路红线", "Red line (roads)"),
}
CORRIDOR_TYPES: dict[str, Text] = {
    "ecological": Text("生态廊道", "Ecological corridor"),
    "ventilation": Text("通风廊道", "Ventilation corridor"),
    "view": Text("景观视廊", "View corridor"),
    "waterfront": Text("滨水空间", "Waterfront"),
}
GREENERY_TYPES: dict[str, Text] = {
    "tree": Text("乔木", "Trees"),
    "shrub": Text("灌木", "Shrubs"),
    "grass": Text("草坪", "Grass"),
    "flower": Text("花卉", "Flowers"),
    "green_roof": Text("屋顶绿化", "Green roof"),
    "green_wall": Text("垂直绿化", "Green wall"),
    "rain_garden": Text("雨水花园", "Rain garden"),
    "permeable": Text("透水铺装", "Permeable paving"),
    "water": Text("水面", "Water"),
    "sealed": Text("硬质铺装", "Sealed ground"),
}
FOREST_TYPES: dict[str, Text] = {
    "pure": Text("纯林", "Pure stand"),
    "mixed": Text("混交林", "Mixed stand"),
}
PARK_CLASSES: dict[str, Text] = {
    "comprehensive": Text("综合公园", "Comprehensive park"),
    "community": Text("社区公园", "Community park"),
    "special": Text("专类公园", "Special park"),
    "small": Text("游园", "Small park"),
}
UNDERGROUND_USES: dict[str, Text] = {
    "parking": Text("停车", "Parking"),
    "civil_defence": Text("人防", "Civil defence"),
    "public_service": Text("公共服务", "Public services"),
    "retail": Text("商业", "Shops"),
    "passage": Text("人行通道", "Passages"),
    "utility": Text("市政设施", "Utilities"),
    "utility_tunnel": Text("综合管廊", "Utility tunnel"),
    "rail": Text("轨道交通", "Rail"),
    "logistics": Text("地下物流", "Logistics"),
    "tunnel": Text("隧道", "Road tunnel"),
    "reserve": Text("战略预留", "Reserve"),
    "residential": Text("住宅", "Homes"),
    "school": Text("学校", "School"),
    "kindergarten": Text("托幼", "Kindergarten"),
    "elderly_care": Text("养老", "Care of the elderly"),
    "other": Text("其他", "Other"),
}
LAMP_TYPES: dict[str, Text] = {
    "led": Text("LED 灯", "LED"),
    "other": Text("其他灯具", "Other lamp"),
}
RASTER_KINDS: dict[str, Text] = {
    "dsm": Text("数字表面模型", "Surface model"),
    "dem": Text("数字高程模型", "Terrain model"),
    "canopy": Text("树冠高度", "Canopy height"),
    "land_cover": Text("土地覆被", "Land cover"),
    "population": Text("人口格网", "Population grid"),
    "impervious": Text("不透水面", "Impervious surface"),
    "ndvi": Text("植被指数", "Vegetation index"),
}
