"""The layers everything is measured on: city, units, census zones, blocks, parcels, buildings."""

from __future__ import annotations

from carbonspace.model.coded import (
    ACTIONS,
    BUILT,
    CLIMATE_ZONES,
    FUNDERS,
    LOTS,
    RENEWABLES,
    RESERVES,
    ROOF_TYPES,
    STREET_WIDTHS,
    WALKING_ZONES,
    ZONING_RULES,
)
from carbonspace.model.column import (
    AREA,
    ENERGY_USE,
    EXEMPTION,
    FLOOR_AREA,
    HOUSEHOLDS,
    JOBS,
    NAME,
    POPULATION,
    RUNOFF,
    WORKERS,
    YEAR_BUILT,
    Column,
    Layer,
    coded,
    flag,
    number,
    percent,
    text,
)
from carbonspace.model.text import Text


def _yuan(name: str, zh: str, en: str) -> Column:
    return number(name, zh, en, "10⁴ yuan", common=True)


_LIMITS = (
    number("far_min", "容积率下限", "Lowest floor-area ratio", bound="low", high=50.0),
    number("far_max", "容积率上限", "Highest floor-area ratio", bound="high", high=50.0),
    percent("density_min", "建筑密度下限", "Lowest building density", bound="low"),
    percent("density_max", "建筑密度上限", "Highest building density", bound="high"),
    percent("green_ratio_min", "绿地率下限", "Lowest green ratio", bound="low"),
    percent("green_ratio_max", "绿地率上限", "Highest green ratio", bound="high"),
    number("height_min", "建筑限高下限", "Lowest height limit", "m", bound="low", high=1000.0),
    number("height_max", "建筑限高", "Height limit", "m", bound="high", high=1000.0),
)
_GROUNDS = (
    flag("is_new", "是否新建", "New development"),
    coded("status", "建设状态", "Whether it is built", BUILT, common=True),
    number("green_area", "绿地面积", "Green area", "m²"),
    number("green_area_before", "建设前绿地面积", "Green area before development", "m²"),
    number("concentrated_green_area", "集中绿地面积", "Concentrated green area", "m²"),
    number("concentrated_green_width", "集中绿地宽度", "Width of the concentrated green area", "m"),
    number("hard_area", "连续硬质铺装面积", "Largest contiguous paving", "m²"),
    number("open_space_area", "空地面积", "Open space", "m²"),
    number("structure_area", "构筑物占地面积", "Ground under structures", "m²"),
    number("yard_area", "堆场面积", "Open storage yards", "m²"),
    number("support_area", "行政办公及生活服务用地面积", "Land for offices and staff", "m²"),
    number("spaces", "停车泊位数", "Parking spaces", "space"),
    HOUSEHOLDS,
    flag("has_rainwater_collection", "是否设雨水收集利用设施", "Collects rainwater"),
    *RUNOFF,
    coded("reserved_for", "清洁能源设施预留", "Reserved for clean energy", RESERVES, many=True),
    text("mixed_use_codes", "混合用地代码", "Codes of a mixed land use", many=True),
)
_INDUSTRY = (
    _yuan("investment", "固定资产投资", "Investment in fixed assets"),
    _yuan("output", "年产值", "Output in a year"),
    _yuan("tax", "年税收", "Tax in a year"),
    number("supply_year", "供应年份", "Year of supply", low=1900.0, high=2100.0),
    number("emissions", "年碳排放量", "Emissions in a year", "tCO₂/yr", common=True),
    ENERGY_USE,
)
_NEW_YORK = (
    text("zoning", "区划代码（R1–R10）", "Zoning district (R1 to R10)"),
    coded("zoning_rule", "区划规则", "Zoning rule", ZONING_RULES, common=True),
    coded("street_width", "临街类别", "Kind of street", STREET_WIDTHS, common=True),
    coded("lot", "地块位置", "Kind of lot", LOTS, common=True),
    number("base_height", "裙房高度", "Base height", "m", high=1000.0),
)
_TRAITS = (
    YEAR_BUILT, number("dwellings", "住宅套数", "Dwellings", "dwelling"),
    number("small_dwellings", "中小套型套数", "Small and medium dwellings", "dwelling"),
    number("vacant_area", "空置建筑面积", "Vacant floor area", "m²"),
    number("compatible_area", "兼容用途建筑面积", "Floor area of compatible uses", "m²"),
    number("green_star", "绿色建筑星级", "Stars of a green building", high=3.0),
    flag("is_green", "是否绿色建筑", "Green building"),
    flag("is_ultra_low_energy", "是否超低能耗建筑", "Ultra-low-energy building"),
    flag("is_near_zero", "是否近零能耗建筑", "Near-zero-energy building"),
    flag("is_prefab", "是否装配式建筑", "Prefabricated"),
    flag("is_retrofitted", "是否已节能改造", "Retrofitted"),
    flag("needs_retrofit", "是否需节能改造", "Has to be retrofitted"),
    flag("uses_bim", "是否应用 BIM", "Uses BIM"),
    flag("is_decorated", "是否全装修", "Fully decorated"),
    flag("is_commercial_housing", "是否商品房", "Commercial housing"),
    flag("uses_green_materials", "是否应用绿色建材", "Uses green materials"),
    coded("funder", "投资主体", "Who paid for it", FUNDERS, common=True),
    coded("renewables", "可再生能源类型", "Renewable energy", RENEWABLES, many=True, common=True),
    coded("action", "更新方式（留改拆）", "What renewal does to it", ACTIONS, common=True),
    flag("exempt_demolition", "是否违法建筑或危房", "Illegal or condemned building"),
    number("facade_pv_area", "立面光伏面积", "Solar panels on facades", "m²"),
    number("window_area", "外窗面积", "Window area", "m²"),
    number("wall_area", "外墙面积（含窗）", "Wall area, windows included", "m²"),
    number("roof_green_area", "屋顶绿化面积", "Green roof", "m²"),
    number("facade_green_area", "垂直绿化面积", "Green walls", "m²"), ENERGY_USE, EXEMPTION,
)  # fmt: skip
_QUOTAS = (
    number("construction_land_quota", "建设用地规模", "Quota of construction land", "ha"),
    number("floor_area_quota", "建筑规模", "Quota of floor area", "m²"),
    number("green_water_quota", "蓝绿空间规模", "Quota of green space and water", "ha"),
    coded("climate_zone", "建筑气候区划", "Climate zone for building", CLIMATE_ZONES),
)

GROUND_LAYERS = (
    Layer("city", Text("城市范围", "City boundary"), ("polygon",), (
        text("city_id", "城市编号", "City id"), NAME, AREA,
    )),
    Layer("units", Text("规划单元", "Planning units"), ("polygon",), (
        text("unit_id", "单元编号", "Unit id"), NAME,
        text("unit_type", "单元类型", "Unit type"), text("district", "行政区", "District"),
        coded("walking_zone", "步行分区（Ⅰ、Ⅱ、Ⅲ类区）", "Class of walking zone", WALKING_ZONES),
        text("crs", "所属坐标系（EPSG 代码）", "CRS the unit is measured in"),
        POPULATION, JOBS, WORKERS, AREA, *_QUOTAS, EXEMPTION,
    )),
    Layer("census", Text("人口就业统计分区", "Census zones"), ("polygon",), (
        text("zone_id", "分区编号", "Zone id"), NAME, POPULATION, JOBS, WORKERS,
    )),
    Layer("blocks", Text("街坊", "Blocks"), ("polygon",), (
        text("block_id", "街坊编号", "Block id"), NAME, AREA, EXEMPTION,
    )),
    Layer("parcels", Text("地块", "Parcels"), ("polygon",), (
        text("parcel_id", "地块编号", "Parcel id"),
        text("land_use", "用地用海分类代码", "Land-use code", required=True),
        text("unit_id", "单元编号", "Unit id", refers_to="units"),
        text("block_id", "街坊编号", "Block id", refers_to="blocks"),
        text("zone", "所在分区", "Zone (main centre, sub-centre)"),
        POPULATION, JOBS, WORKERS, FLOOR_AREA, AREA, *_LIMITS, *_GROUNDS, *_INDUSTRY, *_NEW_YORK,
        EXEMPTION,
    )),
    Layer("buildings", Text("建筑", "Buildings"), ("polygon",), (
        text("building_id", "建筑编号", "Building id"),
        text("use", "建筑用途代码", "Use (land-use code)"),
        # The tallest building there is has 163 floors and 828 m.
        number("floors", "地上层数", "Floors above ground", high=200.0),
        number("height", "建筑高度", "Height", "m", high=1000.0), FLOOR_AREA,
        coded("roof_type", "屋顶类型", "Roof type", ROOF_TYPES),
        number("roof_area", "屋顶面积", "Roof area", "m²"),
        number("pv_area", "光伏板面积", "Area of solar panels", "m²"),
        flag("is_new", "是否新建", "New building"), *_TRAITS,
    )),
)  # fmt: skip
