"""The layers that single themes ask for: communities, controls, greenery, pipes, the past."""

from __future__ import annotations

from carbonspace.model.coded import (
    BOUNDARY_TYPES,
    CORRIDOR_TYPES,
    FOREST_TYPES,
    GREENERY_TYPES,
    LAMP_TYPES,
    LINE_TYPES,
    MINUTES,
    SUBDISTRICT_KINDS,
    UNDERGROUND_USES,
)
from carbonspace.model.column import (
    ENERGY_USE,
    FLOOR_AREA,
    HOUSEHOLDS,
    NAME,
    POPULATION,
    RUNOFF,
    YEAR_BUILT,
    Layer,
    coded,
    flag,
    number,
    text,
)
from carbonspace.model.text import Text

_DEEPEST_M = 1000.0

THEME_LAYERS = (
    Layer("communities", Text("社区", "Communities"), ("polygon",), (
        text("community_id", "社区编号", "Community id"), NAME, POPULATION, HOUSEHOLDS,
        flag("is_complete", "是否完整居住社区", "Complete community"),
        flag("is_upgraded", "是否已更新改造", "Its facilities were upgraded"),
        flag("is_green", "是否绿色社区", "Green community"),
        number("renewable_energy", "年可再生能源量", "Renewable energy in a year", "kWh/yr"),
        ENERGY_USE,
        number("microgrid_voltage", "微电网电压", "Voltage of the microgrid", "kV"),
        number("microgrid_load", "微电网容量", "Load of the microgrid", "MW"),
    )),
    Layer("life_circles", Text("生活圈", "Life circles"), ("polygon",), (
        text("circle_id", "生活圈编号", "Circle id"), NAME,
        coded("minutes", "生活圈级别", "Level of the circle", MINUTES), POPULATION,
    )),
    Layer("subdistricts", Text("街道、镇", "Subdistricts and towns"), ("polygon",), (
        text("subdistrict_id", "街道编号", "Subdistrict id"), NAME,
        coded("subdistrict_kind", "街道类别", "Kind of subdistrict", SUBDISTRICT_KINDS),
        flag("has_waste_collection", "是否有生活垃圾收运", "Its waste is collected"),
    )),
    Layer("boundaries", Text("各类范围", "Boundaries"), ("polygon",), (
        text("boundary_id", "范围编号", "Boundary id"), NAME,
        coded("boundary_type", "范围类型", "Kind of boundary", BOUNDARY_TYPES, required=True),
        *RUNOFF,
    )),
    Layer("control_lines", Text("控制线", "Control lines"), ("polygon",), (
        text("line_id", "控制线编号", "Line id"), NAME,
        coded("line_type", "控制线类型", "Kind of line", LINE_TYPES, required=True),
    )),
    Layer("corridors", Text("廊道", "Corridors"), ("line", "polygon"), (
        text("corridor_id", "廊道编号", "Corridor id"), NAME,
        coded("corridor_type", "廊道类型", "Kind of corridor", CORRIDOR_TYPES, required=True),
        number("width", "廊道宽度", "Width", "m"),
        number("height_limit", "限高", "Height limit", "m", high=1000.0),
        flag("is_planned", "是否规划", "Planned"),
    )),
    Layer("greenways", Text("绿道", "Greenways"), ("line",), (
        text("greenway_id", "绿道编号", "Greenway id"), NAME,
    )),
    Layer("greenery", Text("绿化", "Greenery"), ("polygon",), (
        text("greenery_id", "绿化编号", "Greenery id"),
        coded("greenery_type", "绿化类型", "Kind of surface", GREENERY_TYPES, required=True),
        flag("is_native", "是否乡土植物", "Native plants"),
        coded("forest_type", "林分类型", "Kind of stand", FOREST_TYPES),
        number("factor", "绿化因子", "Greening factor", high=1.0, common=True),
    )),
    Layer("underground", Text("地下空间", "Underground space"), ("polygon",), (
        text("space_id", "地下空间编号", "Space id"),
        coded("use", "地下空间用途", "Use", UNDERGROUND_USES, required=True),
        number("depth_from", "顶板埋深", "Depth of its top", "m", high=_DEEPEST_M),
        number("depth_to", "底板埋深", "Depth of its floor", "m", high=_DEEPEST_M),
    )),
    Layer("street_lamps", Text("路灯", "Street lamps"), ("point",), (
        text("lamp_id", "路灯编号", "Lamp id"),
        coded("lamp_type", "灯具类型", "Kind of lamp", LAMP_TYPES),
    )),
    Layer("heat_pipes", Text("供热管网", "Heat pipes"), ("line",), (
        text("pipe_id", "管线编号", "Pipe id"), YEAR_BUILT,
        flag("is_renewed", "是否已改造", "Renewed"),
    )),
    Layer("past_parcels", Text("基期地块", "Parcels of the base year"), ("polygon",), (
        text("parcel_id", "地块编号", "Parcel id"),
        text("land_use", "用地用海分类代码", "Land-use code", required=True),
    )),
    Layer("past_buildings", Text("基期建筑", "Buildings of the base year"), ("polygon",), (
        text("building_id", "建筑编号", "Building id"),
        text("use", "建筑用途代码", "Use (land-use code)"), FLOOR_AREA,
        number("floors", "地上层数", "Floors above ground", high=200.0),
        flag("is_retrofitted", "是否已节能改造", "Retrofitted"),
    )),
)  # fmt: skip
