"""The words for what a parameter may be set to, where it is one of some values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from carbonspace.model import coded
from carbonspace.model.landuse import CODES
from carbonspace.model.parameters import WORDS
from carbonspace.model.places import FACILITY_TYPES
from carbonspace.model.rasters import LAND_COVERS
from carbonspace.model.text import Text

_CODED: tuple[Mapping[str, Text], ...] = (
    *(words for words in vars(coded).values() if isinstance(words, dict)
      and words and all(isinstance(one, Text) for one in words.values())),
    LAND_COVERS, FACILITY_TYPES,
)  # fmt: skip
_ANY = Text("不限", "any")
_OF_PARAMETER: Mapping[str, Mapping[str, Text]] = {
    "city_size": {"": Text("未说明", "not said")},
    "climate_zone": {"": Text("取自图层", "as the layer says"), **coded.CLIMATE_ZONES},
    "coefficients": {"": _ANY},
    "compounds": {
        "open": Text("小区内的路与其他街道一样", "streets inside compounds are like any other"),
        "gates": Text("仅在出入口与外部相接", "they meet the others at gates only"),
        "closed": Text("不可穿行", "nobody walks through"),
    },
    "core": {"none": Text("不看核心区", "no core is looked for")},
    "corridor_class": {"all": Text("全部等级", "every class"), "1": Text("一级", "Class 1"),
                       "2": Text("二级", "Class 2"), "3": Text("三级", "Class 3")},
    "counted_as": {"number": Text("按栋数", "by number"), "floor_area": Text("按面积", "by area")},
    "counted_by": {"parcels": Text("按地块", "by parcels")},
    "covered": {"homes": Text("按居住用地", "by land of homes")},
    "denominator": {"total": Text("全部屋顶", "all of the roof"),
                    "usable": Text("可利用屋顶", "the usable roof")},
    "document": {"bayannur": Text("巴彦淖尔市的条文", "the clauses of Bayannur"),
                 "lianyungang": Text("连云港市的条文", "the clauses of Lianyungang")},
    "floor_by": {"plan": Text("取规划指标", "as planned"),
                 "buildings": Text("取建筑", "of the buildings")},
    "locality": {"block": Text("街坊", "a block"), "cell": Text("方格", "a square cell")},
    "open_to": {"walk": Text("步行", "people on foot"), "bike": Text("自行车", "bicycles"),
                "drive": Text("机动车", "cars")},
    "reference": {"city": Text("全市", "the city"), "unit": Text("所在单元", "its unit")},
    "slope": {"none": Text("不计坡度", "slopes do not matter")},
    "sunlight_day": {"standard": Text("按气候区与城市规模的标准日",
                                      "the day of the standard, by climate zone and city size")},
    "walk_speeds": {"all": Text("所有人", "everybody")},
    "walker": {"all": Text("所有人", "everybody")},
    "whose": {"homes": Text("按居住用地", "by land of homes")},
}  # fmt: skip
_OF_ALL: Mapping[str, Text] = {
    "adult": Text("成年人", "adults"), "all": Text("全部", "all"),
    "area": Text("按兼容用途建筑面积字段", "by the stated floor area"),
    "best": Text("当地最佳倾角", "the best of the place"),
    "bike": Text("骑行", "by bicycle"), "bim": Text("应用 BIM", "using BIM"),
    "both": Text("居民与岗位", "residents and jobs"),
    "buildings": Text("建筑", "buildings"), "central_city": Text("中心城区", "the central city"),
    "child": Text("儿童", "children"), "circle": Text("最小外接圆", "of the circle about it"),
    "commercial_housing": Text("商品房", "commercial housing"),
    "communities": Text("按社区数", "by communities"),
    "complete": Text("完整社区", "complete communities"),
    "completed": Text("已完成更新", "renewed"), "decorated": Text("全装修", "fully decorated"),
    "demolished": Text("拆除", "demolished"), "density": Text("建筑密度", "building density"),
    "east_west": Text("东西向", "east to west"), "elderly": Text("老年人", "the elderly"),
    "equator": Text("朝向赤道", "towards the equator"),
    "everywhere": Text("各处", "everywhere"), "existing": Text("既有", "existing"),
    "facade_green": Text("垂直绿化", "green walls"),
    "facade_pv": Text("立面光伏", "solar panels on facades"),
    "facilities": Text("按设施", "by facilities"), "far": Text("容积率", "floor-area ratio"),
    "floor_area": Text("按建筑面积", "by floor area"),
    "flush": Text("平铺", "flush with the roof"), "green": Text("绿色", "green"),
    "green_materials": Text("绿色建材", "green materials"),
    "green_ratio": Text("绿地率", "green ratio"), "height": Text("高度", "height"),
    "homes": Text("居住用地", "homes"), "households": Text("按户数", "by households"),
    "inscribed": Text("最大内切圆", "the largest circle within"),
    "investment": Text("固定资产投资", "investment"),
    "isoperimetric": Text("等周商 4πA/P²", "isoperimetric, 4πA/P²"),
    "jobs": Text("就业岗位", "jobs"), "left_out": Text("不计入", "left out"),
    "microgrid_load": Text("微电网负荷", "load of the microgrid"),
    "microgrid_voltage": Text("微电网电压", "voltage of the microgrid"),
    "mixed_forest": Text("混交林", "mixed forest"), "native": Text("乡土植物", "native plants"),
    "near_zero": Text("近零能耗", "near-zero energy"),
    "needs_retrofit": Text("需节能改造", "to be retrofitted"), "new": Text("新建", "new"),
    "newest": Text("最新", "the newest"), "none": Text("无", "none"),
    "north_south": Text("南北向", "north to south"), "output": Text("产值", "output"),
    "parcels": Text("地块", "parcels"), "prefab": Text("装配式", "prefabricated"),
    "rack": Text("支架", "on racks"), "rectangle": Text("外接矩形", "the rectangle about it"),
    "residents": Text("按居民", "by residents"), "retrofitted": Text("已改造", "retrofitted"),
    "richardson": Text("2√(πA)/P", "Richardson, 2√(πA)/P"),
    "roof_green": Text("屋顶绿化", "green roofs"), "tax": Text("税收", "tax"),
    "ultra_low_energy": Text("超低能耗", "ultra-low energy"), "units": Text("单元", "units"),
    "upgraded": Text("已提升", "upgraded"), "uses": Text("按建筑用途", "by the uses of buildings"),
    "walk": Text("步行", "on foot"), "without": Text("视为没有", "taken to lack it"),
    "zones": Text("排水分区", "drainage zones"),
}  # fmt: skip


def choice_words(parameter: str, value: str, among: Sequence[str]) -> Text:
    """Return what a value of a parameter means, `among` those it may have; else the value itself.

    Land-use codes are told with their names.
    """
    own = _OF_PARAMETER.get(parameter, {})
    if value in own:
        return own[value]
    for words in _CODED:
        if value in words and {*among} <= {*words}:
            return words[value]
    if value in CODES:
        return CODES[value].name.under(value)
    return _OF_ALL.get(value) or WORDS.get(value) or Text(value, value)
