"""The canonical layers of a detailed plan: their columns, types and units.

A source is mapped to these names once, in `plan.toml`; nothing later in the life of the data
knows what a column was called before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from carbonspace.model.text import Text

Geometry = Literal["polygon", "line", "point"]
Kind = Literal["text", "number", "flag"]


@dataclass(frozen=True)
class Column:
    """One column of a canonical layer.

    `values` lists what a coded column may hold. `bound` says that text such as `≤2.5` or
    `1.0-2.0` gives this column its lower or upper bound; a `share` is a percentage, 0 to 100,
    however it was written. `low` and `high` are the range a sound value lies in. `refers_to`
    names the layer whose ids the column holds.
    """

    name: str
    kind: Kind
    title: Text
    unit: str = ""
    required: bool = False
    values: tuple[str, ...] = ()
    bound: Literal["", "low", "high"] = ""
    share: bool = False
    low: float | None = 0.0
    high: float | None = None
    refers_to: str = ""


@dataclass(frozen=True)
class Layer:
    """One canonical layer. Its first column is its id and becomes the index."""

    key: str
    title: Text
    geometry: tuple[Geometry, ...]
    columns: tuple[Column, ...]

    @property
    def id(self) -> str:
        """Name of the id column."""
        return self.columns[0].name

    def column(self, name: str) -> Column | None:
        """Return the column called `name`, or None."""
        return next((c for c in self.columns if c.name == name), None)


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
WALKING_ZONES = ("I", "II", "III")
ROOF_TYPES: dict[str, Text] = {
    "flat": Text("平屋顶", "Flat"),
    "pitched": Text("坡屋顶", "Pitched"),
    "metal": Text("金属屋面", "Metal"),
    "other": Text("其他屋顶", "Other"),
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


def _text(name: str, zh: str, en: str, **facts: object) -> Column:
    return Column(name, "text", Text(zh, en), **facts)  # type: ignore[arg-type]


def _number(name: str, zh: str, en: str, unit: str = "", **facts: object) -> Column:
    return Column(name, "number", Text(zh, en), unit, **facts)  # type: ignore[arg-type]


def _flag(name: str, zh: str, en: str) -> Column:
    return Column(name, "flag", Text(zh, en))


_NAME = _text("name", "名称", "Name")
_POPULATION = _number("population", "常住人口", "Residents", "person")
_JOBS = _number("jobs", "就业岗位", "Jobs", "job")
_WORKERS = _number("workers", "居住就业人口", "Resident workers", "person")
_FLOOR_AREA = _number("floor_area", "建筑面积", "Floor area", "m²")
_AREA = _number("area", "用地面积", "Stated land area", "m²")
_EXEMPTION = _text("exemption", "豁免理由", "Reason of a recorded exemption")
_NEW = _flag("is_new", "是否新建", "New building")

_ALL = (
    Layer("city", Text("城市范围", "City boundary"), ("polygon",), (
        _text("city_id", "城市编号", "City id"), _NAME, _AREA,
    )),
    Layer("units", Text("规划单元", "Planning units"), ("polygon",), (
        _text("unit_id", "单元编号", "Unit id"), _NAME,
        _text("unit_type", "单元类型", "Unit type"), _text("district", "行政区", "District"),
        _text("walking_zone", "步行分区（Ⅰ、Ⅱ、Ⅲ类区）", "Class of walking zone",
              values=WALKING_ZONES), _POPULATION, _JOBS, _WORKERS, _AREA, _EXEMPTION,
    )),
    Layer("census", Text("人口就业统计分区", "Census zones"), ("polygon",), (
        _text("zone_id", "分区编号", "Zone id"), _NAME, _POPULATION, _JOBS, _WORKERS,
    )),
    Layer("blocks", Text("街坊", "Blocks"), ("polygon",), (
        _text("block_id", "街坊编号", "Block id"), _NAME, _AREA, _EXEMPTION,
    )),
    Layer("parcels", Text("地块", "Parcels"), ("polygon",), (
        _text("parcel_id", "地块编号", "Parcel id"),
        _text("land_use", "用地用海分类代码", "Land-use code", required=True),
        _text("unit_id", "单元编号", "Unit id", refers_to="units"),
        _text("block_id", "街坊编号", "Block id", refers_to="blocks"),
        _text("zone", "所在分区", "Zone (main centre, sub-centre)"),
        _POPULATION, _JOBS, _WORKERS, _FLOOR_AREA,
        _AREA,
        _number("far_min", "容积率下限", "Lowest floor-area ratio", bound="low", high=50.0),
        _number("far_max", "容积率上限", "Highest floor-area ratio", bound="high", high=50.0),
        _number("density_min", "建筑密度下限", "Lowest building density", "%",
                bound="low", share=True, high=100.0),
        _number("density_max", "建筑密度上限", "Highest building density", "%",
                bound="high", share=True, high=100.0),
        _number("green_ratio_min", "绿地率下限", "Lowest green ratio", "%",
                bound="low", share=True, high=100.0),
        _number("green_ratio_max", "绿地率上限", "Highest green ratio", "%",
                bound="high", share=True, high=100.0),
        _number("height_min", "建筑限高下限", "Lowest height limit", "m",
                bound="low", high=1000.0),
        _number("height_max", "建筑限高", "Height limit", "m", bound="high", high=1000.0),
        _EXEMPTION,
    )),
    Layer("buildings", Text("建筑", "Buildings"), ("polygon",), (
        _text("building_id", "建筑编号", "Building id"),
        _text("use", "建筑用途代码", "Use (land-use code)"),
        # The tallest building there is has 163 floors and 828 m.
        _number("floors", "地上层数", "Floors above ground", high=200.0),
        _number("height", "建筑高度", "Height", "m", high=1000.0), _FLOOR_AREA,
        _text("roof_type", "屋顶类型", "Roof type", values=tuple(ROOF_TYPES)),
        _number("roof_area", "屋顶面积", "Roof area", "m²"),
        _number("pv_area", "光伏板面积", "Area of solar panels", "m²"), _NEW, _EXEMPTION,
    )),
    Layer("roads", Text("道路中心线", "Road centrelines"), ("line",), (
        _text("road_id", "道路编号", "Road id"), _NAME,
        _text("road_class", "道路等级", "Road class", required=True,
              values=tuple(ROAD_CLASSES)),
        _number("width", "红线宽度", "Red-line width", "m"),
        _flag("oneway", "是否单行", "One-way carriageway"),
        _flag("slow_traffic", "是否设慢行道", "Has a footway or cycle lane"),
        _text("bus_lane", "公交专用道（方向）", "Bus lane: in which directions",
              values=tuple(BUS_LANES)),
        _number("level", "层次（地面为 0，桥为正，隧道为负）",
                "Level (ground 0, bridges above, tunnels below)", low=None, high=20.0),
        _flag("bridge", "是否桥梁", "Bridge"), _flag("tunnel", "是否隧道", "Tunnel"),
        _flag("walk", "是否可步行", "Open to people on foot"),
        _flag("bike", "是否可骑行", "Open to bicycles"),
        _flag("drive", "是否可行车", "Open to motor traffic"), _EXEMPTION,
    )),
    Layer("entrances", Text("出入口", "Entrances"), ("point",), (
        _text("entrance_id", "出入口编号", "Entrance id"), _NAME,
        _text("entrance_to", "通往", "Leads into", required=True, values=tuple(ENTRANCES_TO)),
    )),
    Layer("bike_corridors", Text("自行车廊道", "Bicycle corridors"), ("line",), (
        _text("corridor_id", "廊道编号", "Corridor id"), _NAME,
        _text("corridor_class", "廊道等级", "Corridor class", required=True,
              values=("1", "2", "3")),
        _text("route", "所属线路", "Route"),
    )),
    Layer("transit_stops", Text("公共交通站点", "Transit stops"), ("point", "polygon"), (
        _text("stop_id", "站点编号", "Stop id"), _NAME,
        _text("mode", "交通方式", "Mode", required=True, values=tuple(TRANSIT_MODES)),
        _number("departures_workday", "工作日发车次数", "Departures on a working day"),
        _number("departures_saturday", "星期六发车次数", "Departures on a Saturday"),
        _number("departures_sunday", "星期日发车次数", "Departures on a Sunday"),
        _number("peak_headway", "高峰发车间隔", "Headway in the peak", "min", high=1440.0),
        _flag("is_tod", "是否 TOD 导向开发站点", "Transit-oriented development"),
        _flag("is_microcentre", "是否轨道微中心", "Rail micro-centre"),
    )),
    Layer("transit_lines", Text("公共交通线路", "Transit lines"), ("line",), (
        _text("line_id", "线路编号", "Line id"), _NAME,
        _text("mode", "交通方式", "Mode", required=True, values=tuple(TRANSIT_MODES)),
    )),
    Layer("parks", Text("公园绿地", "Parks"), ("polygon",), (
        _text("park_id", "公园编号", "Park id"), _NAME,
        _text("land_use", "用地用海分类代码", "Land-use code"), _AREA,
    )),
    Layer("car_parks", Text("停车场", "Car parks"), ("point", "polygon"), (
        _text("car_park_id", "停车场编号", "Car park id"), _NAME,
        _number("spaces", "泊位数", "Spaces", "space"),
        _number("charging_spaces", "充电泊位数", "Spaces with a charger", "space"),
        _flag("park_and_ride", "是否 P+R 停车换乘", "Park and ride"),
    )),
    Layer("facilities", Text("设施点", "Facilities"), ("point", "polygon"), (
        _text("facility_id", "设施编号", "Facility id"), _NAME,
        _text("facility_type", "设施类型", "Facility type", required=True),
    )),
)  # fmt: skip

LAYERS: dict[str, Layer] = {layer.key: layer for layer in _ALL}

GROUND = ("city", "units", "census", "blocks", "parcels", "buildings")
"""The layers everything is measured on, and residents and jobs are placed by."""

AT_MOST: tuple[tuple[str, str, str], ...] = (
    ("parcels", "far_min", "far_max"),
    ("parcels", "density_min", "density_max"),
    ("parcels", "green_ratio_min", "green_ratio_max"),
    ("parcels", "height_min", "height_max"),
    ("parcels", "workers", "population"),
    ("units", "workers", "population"),
    ("census", "workers", "population"),
    ("buildings", "pv_area", "roof_area"),
    ("car_parks", "charging_spaces", "spaces"),
)
"""(layer, column, other): a value of the column is at most that of the other."""
