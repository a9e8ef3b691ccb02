"""Each layer of a theme, and every trait, read from files as a planner names their fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from carbonspace.intake import Answers, drafted, found_in, plan_text
from carbonspace.model.layers import LAYERS
from carbonspace.sources import read_plan

X, Y = 500_000.0, 4_000_000.0
CRS = "EPSG:4547"
SHAPES = {
    "polygon": [shapely.box(X + 200 * n, Y, X + 200 * n + 100, Y + 100) for n in (0, 1)],
    "line": [shapely.LineString([(X, Y + 50 * n), (X + 100, Y + 50 * n)]) for n in (0, 1)],
    "point": [shapely.Point(X + 50 * n, Y) for n in (0, 1)],
}

SAID: dict[str, tuple[str, dict[str, list[Any]], dict[str, list[Any]]]] = {
    "communities": ("居住社区", {
        "社区编号": ["S1", "S2"], "社区名称": ["甲", "乙"], "人口": [3000, 5200],
        "户数": [1000, 1800], "完整社区": ["是", "否"],
        "绿色社区": ["否", "是"], "电压等级": [10.0, 0.4],
    }, {
        "name": ["甲", "乙"], "population": [3000, 5200], "households": [1000, 1800],
        "is_complete": [True, False], "is_green": [False, True], "microgrid_voltage": [10, 0.4],
    }),
    "life_circles": ("生活圈", {
        "生活圈编号": ["C1", "C2"], "级别": ["十五分钟", "街坊"], "人口": [60_000, 2000],
    }, {"minutes": ["15", "block"], "population": [60_000, 2000]}),
    "subdistricts": ("乡镇街道", {
        "街道编号": ["J1", "J2"], "街道名称": ["东街", "西镇"], "类别": ["街道", "建制镇"],
        "垃圾收运": ["是", "否"],
    }, {"name": ["东街", "西镇"], "subdistrict_kind": ["street", "town"],
        "has_waste_collection": [True, False]}),
    "boundaries": ("各类范围_建成区", {
        "范围编号": ["F1", "F2"], "范围类型": ["建成区", "排水分区"],
        "径流控制率": [0.7, 0.85],
    }, {"boundary_type": ["built_up", "sponge_zone"], "runoff_control": [70, 85]}),
    "control_lines": ("城市控制线", {
        "编号": ["L1", "L2"], "线型": ["蓝线", "紫线"],
    }, {"line_type": ["blue", "purple"]}),
    "corridors": ("通风廊道", {
        "廊道编号": ["K1", "K2"], "廊道类型": ["通风廊道", "景观视廊"], "宽度": [150, 80],
        "限高": [24, 18],
    }, {"corridor_type": ["ventilation", "view"], "width": [150, 80], "height_limit": [24, 18]}),
    "greenways": ("绿道", {
        "绿道编号": ["G1", "G2"], "绿道名称": ["滨河", "环山"],
    }, {"name": ["滨河", "环山"]}),
    "greenery": ("绿化", {
        "斑块编号": ["V1", "V2"], "绿化类型": ["乔木", "草坪"], "乡土植物": ["是", "否"],
        "林分类型": ["混交林", None], "绿化因子": [0.8, 0.4],
    }, {"greenery_type": ["tree", "grass"], "is_native": [True, False],
        "forest_type": ["mixed", None], "factor": [0.8, 0.4]}),
    "underground": ("地下空间", {
        "空间编号": ["U1", "U2"], "主要功能": ["地下车库", "综合管廊"], "顶板埋深": [0, 12.5],
        "底板埋深": [8, 18],
    }, {"use": ["parking", "utility_tunnel"], "depth_from": [0, 12.5], "depth_to": [8, 18]}),
    "street_lamps": ("路灯", {
        "路灯编号": ["D1", "D2"], "灯具类型": ["LED灯", "高压钠灯"],
    }, {"lamp_type": ["led", "other"]}),
    "heat_pipes": ("供热管网", {
        "管线编号": ["P1", "P2"], "建设年代": [1996, 2015], "是否改造": ["否", "是"],
    }, {"year_built": [1996, 2015], "is_renewed": [False, True]}),
    "past_parcels": ("基期地块", {
        "地块编号": ["A1", "A2"], "用地代码": ["0701", "1001"],
    }, {"land_use": ["0701", "1001"]}),
    "past_buildings": ("基期建筑", {
        "建筑编号": ["B1", "B2"], "房屋用途": ["0701", "0902"], "建筑面积": [4000, 900.5],
        "节能改造": ["否", "是"],
    }, {"use": ["0701", "0902"], "floor_area": [4000, 900.5], "is_retrofitted": [False, True]}),
    "parcels": ("规划地块", {
        "地块编号": ["A1", "A2"], "用地代码": ["0701", "1001"], "建设状态": ["已建", "待建"],
        "集中绿地": [600, 0], "停车位": [120, 30], "雨水收集": ["是", "否"],
        "混合用地": ["0701、0901", None],
        "能源预留": [None, None], "投资额": [0, 5200], "碳排放": [0, 310.5],
    }, {
        "status": ["built", "unbuilt"], "concentrated_green_area": [600, 0], "spaces": [120, 30],
        "has_rainwater_collection": [True, False], "mixed_use_codes": ["0701;0901", None],
        "investment": [0, 5200], "emissions": [0, 310.5],
    }),
    "buildings": ("建筑", {
        "建筑编号": ["B1", "B2"], "层数": [6, 18], "建成年代": [1998, 2022], "绿建星级": [0, 3],
        "超低能耗": ["否", "是"], "装配式": ["否", "是"], "投资主体": ["政府", "企业"],
        "更新方式": ["拆除", "保留"], "可再生": [None, None], "商品房": ["是", "否"],
        "危房": ["是", "否"], "外墙面积": [900, 4200.5],
    }, {
        "year_built": [1998, 2022], "green_star": [0, 3], "is_ultra_low_energy": [False, True],
        "is_prefab": [False, True], "funder": ["government", "market"],
        "action": ["demolish", "keep"], "is_commercial_housing": [True, False],
        "exempt_demolition": [True, False], "wall_area": [900, 4200.5],
    }),
    "units": ("规划单元", {
        "单元编号": ["U1", "U2"], "行政区": ["东区", "西区"], "气候区": ["Ⅱ", "Ⅲ"],
        "建筑规模": [52_000, 61_000],
    }, {"district": ["东区", "西区"], "climate_zone": ["II", "III"],
        "floor_area_quota": [52_000, 61_000]}),
    "facilities": ("公共服务设施", {
        "设施编号": ["F1", "F2"], "设施类型": ["消防站", "污水处理厂"], "规模": [2, 30_000],
        "举高": [32, None],
    }, {"facility_type": ["fire_station", "sewage_plant"], "capacity": [2, 30_000],
        "ladder_reach": [32, None]}),
}  # fmt: skip


def saved(key: str, folder: Path, suffix: str) -> Path:
    name, fields, _ = SAID[key]
    shapes = SHAPES[LAYERS[key].geometry[0]]
    file = folder / f"{name}{suffix}"
    gpd.GeoDataFrame(fields, geometry=shapes, crs=CRS).to_file(
        file, engine="pyogrio", **({"encoding": "GB18030"} if suffix == ".shp" else {})
    )
    return file


@pytest.mark.parametrize("suffix", [".gpkg", ".shp"])
@pytest.mark.parametrize("key", SAID)
def test_a_layer_with_chinese_fields_is_recognised_and_read(
    key: str, suffix: str, tmp_path: Path
) -> None:
    """What init writes by itself is read, and says what the file says."""
    saved(key, tmp_path, suffix)
    draft = drafted(found_in([str(tmp_path)]), Answers(), "plan")
    guess = draft.layer(key)
    assert guess is not None, [one.key for one in draft.layers]
    assert guess.guess.score >= 0.5
    assert not guess.lacking
    text = plan_text(draft, tmp_path / "plan.toml", "zh")
    (tmp_path / "plan.toml").write_text(text, "utf-8")
    layer = read_plan(tmp_path).layers[key]
    for column, values in SAID[key][2].items():
        found = [None if pd.isna(v) else v for v in layer[column]]
        assert found == pytest.approx(values) if None not in values else found == values, column
    ids = next(iter(SAID[key][1].values()))
    assert layer[LAYERS[key].id].tolist() == ids


def test_several_values_in_one_field_are_each_understood(tmp_path: Path) -> None:
    columns = {
        "建筑编号": ["B1", "B2"],
        "层数": [6, 18],
        "可再生能源": ["光伏、地源热泵", "光热/光伏"],
    }
    frame = gpd.GeoDataFrame(columns, geometry=SHAPES["polygon"], crs=CRS)
    frame.to_file(tmp_path / "建筑.gpkg")
    draft = drafted(found_in([str(tmp_path)]), Answers(), "plan")
    text = plan_text(draft, tmp_path / "plan.toml", "zh")
    (tmp_path / "plan.toml").write_text(text, "utf-8")
    renewables = read_plan(tmp_path).layers["buildings"]["renewables"]
    assert renewables.tolist() == ["solar_pv;ground_source", "solar_thermal;solar_pv"]


def test_every_layer_of_a_theme_is_looked_at() -> None:
    assert {key for key in LAYERS if key not in SAID} == {
        "city", "census", "blocks", "roads", "entrances", "bike_corridors", "transit_stops",
        "transit_lines", "parks", "car_parks",
    }  # fmt: skip
