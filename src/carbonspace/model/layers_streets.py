"""The layers of streets, of what runs on them and of what is reached by them."""

from __future__ import annotations

from carbonspace.model.coded import (
    BUS_LANES,
    ENTRANCES_TO,
    PARK_CLASSES,
    ROAD_CLASSES,
    TRANSIT_MODES,
)
from carbonspace.model.column import (
    AREA,
    EXEMPTION,
    NAME,
    Layer,
    coded,
    flag,
    number,
    text,
)
from carbonspace.model.text import Text

_MODE = coded("mode", "交通方式", "Mode", TRANSIT_MODES, required=True)

STREET_LAYERS = (
    Layer("roads", Text("道路中心线", "Road centrelines"), ("line",), (
        text("road_id", "道路编号", "Road id"), NAME,
        coded("road_class", "道路等级", "Road class", ROAD_CLASSES, required=True),
        number("width", "红线宽度", "Red-line width", "m"),
        flag("oneway", "是否单行", "One-way carriageway"),
        flag("slow_traffic", "是否设慢行道", "Has a footway or cycle lane"),
        coded("bus_lane", "公交专用道（方向）", "Bus lane: in which directions", BUS_LANES),
        number("level", "层次（地面为 0，桥为正，隧道为负）",
               "Level (ground 0, bridges above, tunnels below)", low=None, high=20.0),
        flag("bridge", "是否桥梁", "Bridge"), flag("tunnel", "是否隧道", "Tunnel"),
        flag("walk", "是否可步行", "Open to people on foot"),
        flag("bike", "是否可骑行", "Open to bicycles"),
        flag("drive", "是否可行车", "Open to motor traffic"), EXEMPTION,
    )),
    Layer("entrances", Text("出入口", "Entrances"), ("point",), (
        text("entrance_id", "出入口编号", "Entrance id"), NAME,
        coded("entrance_to", "通往", "Leads into", ENTRANCES_TO, required=True),
    )),
    Layer("bike_corridors", Text("自行车廊道", "Bicycle corridors"), ("line",), (
        text("corridor_id", "廊道编号", "Corridor id"), NAME,
        text("corridor_class", "廊道等级", "Corridor class", required=True,
             values=("1", "2", "3")),
        text("route", "所属线路", "Route"),
    )),
    Layer("transit_stops", Text("公共交通站点", "Transit stops"), ("point", "polygon"), (
        text("stop_id", "站点编号", "Stop id"), NAME, _MODE,
        number("departures_workday", "工作日发车次数", "Departures on a working day"),
        number("departures_saturday", "星期六发车次数", "Departures on a Saturday"),
        number("departures_sunday", "星期日发车次数", "Departures on a Sunday"),
        number("peak_headway", "高峰发车间隔", "Headway in the peak", "min", high=1440.0),
        flag("is_tod", "是否 TOD 导向开发站点", "Transit-oriented development"),
        flag("is_microcentre", "是否轨道微中心", "Rail micro-centre"),
    )),
    Layer("transit_lines", Text("公共交通线路", "Transit lines"), ("line",), (
        text("line_id", "线路编号", "Line id"), NAME, _MODE,
    )),
    Layer("parks", Text("公园绿地", "Parks"), ("polygon",), (
        text("park_id", "公园编号", "Park id"), NAME,
        text("land_use", "用地用海分类代码", "Land-use code"), AREA,
        coded("park_class", "公园类别", "Class of park", PARK_CLASSES),
    )),
    Layer("car_parks", Text("停车场", "Car parks"), ("point", "polygon"), (
        text("car_park_id", "停车场编号", "Car park id"), NAME,
        number("spaces", "泊位数", "Spaces", "space"),
        number("charging_spaces", "充电泊位数", "Spaces with a charger", "space"),
        flag("park_and_ride", "是否 P+R 停车换乘", "Park and ride"),
    )),
    Layer("facilities", Text("设施点", "Facilities"), ("point", "polygon"), (
        text("facility_id", "设施编号", "Facility id"), NAME,
        text("facility_type", "设施类型", "Facility type", required=True),
        number("capacity", "规模", "Capacity", common=True),
        text("capacity_unit", "规模单位", "Unit of the capacity"),
        number("ladder_reach", "云梯举高", "Reach of its fire ladder", "m", high=200.0),
        number("load", "负荷", "Load", "kW", common=True),
    )),
)  # fmt: skip
