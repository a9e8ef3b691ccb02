"""A small town of six square units, measured and judged by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.model.assessment import COLUMNS, Assessment
from carbonspace.model.finding import Finding, findings_table
from carbonspace.model.indicator import Indicator, Metres, declaration_of, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Input, Plan
from carbonspace.model.rule import Comparator, Profile, Rule
from carbonspace.model.text import Text

CRS = "EPSG:4547"
X, Y, SIDE = 500_000.0, 3_800_000.0, 1000.0
IDS = ("ZKB-01", "ZKB-02", "ZKB-03", "ZKB-04", "ZKB-05", "ZKB-06")
NAMES = ("城东单元", "城西单元", "老城单元", "高铁新城", "滨河单元", "产业园")
PARK_VALUES = (92.0, 75.0, 64.5, 100.0, 81.5, np.nan)
ROAD_VALUES = (8.4, 7.2, 8.0, 6.1, 9.9, 5.0)


def _never(units: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, *, radius: Metres = 500) -> Measure:
    raise AssertionError("outputs never compute")


def _declared(key: str, title: Text, theme: str, unit: str, **facts: Any) -> Indicator:
    given: dict[str, Any] = {"aggregate": "ratio", "source": "GB/T 51346-2019 §4.3.4",
             "definition": Text(f"{title.zh}的定义。", f"What {title.en.lower()} means."),
             "decimals": 1, **facts}  # fmt: skip
    one = declaration_of(indicator(title=title, unit=unit, theme=theme, **given)(_never))
    return replace(one, key=key)


PARK = _declared("park_coverage", Text("公园绿地500米服务半径覆盖率",
                 "Homes within reach of a park"),
                 "parks", "%", reach="radius")  # fmt: skip
ROAD = _declared("road_density", Text("道路网密度", "Road density"), "roads", "km/km²", decimals=2)
STATION = _declared("station_coverage", Text("站点800米覆盖率", "People within reach of a station"),
                    "transit", "%")  # fmt: skip
CHARGING = _declared("charging_car_park_share", Text("配建充电设施停车场比例",
                 "Car parks with chargers"),
                     "parking", "%")  # fmt: skip
SOLAR = _declared("solar_roof_area", Text("可利用屋顶面积", "Usable roof area"), "solar", "m²",
                  aggregate="sum", decimals=0, verified=False)  # fmt: skip
MAIN_USE = _declared("main_use_floor_share", Text("主导功能建筑面积占比",
                 "Floor area of the main use"),
                     "mixed_use", "%", levels=("unit", "city", "parcel"))  # fmt: skip
INDICATORS = {one.key: one for one in (ROAD, PARK, STATION, CHARGING, MAIN_USE, SOLAR)}


def _rule(
    key: str, comparator: Comparator, target: tuple[float, ...], unit: str, **facts: Any
) -> Rule:
    given: dict[str, Any] = {"quotation": "公园绿地、广场步行5分钟覆盖率不低于80%",
             "source": "规划第三章 §3.2",
             "applies_to": Text("全部单元", "All units"), "evidence": "verified",
             **facts}  # fmt: skip
    return Rule("town", key, comparator, target, unit, **given)


PROFILE = Profile("town", Text("某市低碳建设规划", "A town's low-carbon plan"), "文本 2035", (
    _rule("park_coverage", ">=", (80.0,), "%", year=2030),
    _rule("road_density", ">=", (8.0,), "km/km²", quotation="道路网密度应达到8公里/平方公里以上"),
    _rule("road_density", "between", (6.0, 9.0), "km/km²", binding=False, evidence="memory",
          quotation="规划道路网密度6–9公里/平方公里"),
    _rule("charging_car_park_share", "==", (16.2,), "%", tolerance=0.05, binding=False),
    _rule("station_coverage", ">=", (70.0,), "%", evidence="partial"),
    _rule("main_use_floor_share", ">=", (70.0,), "%", levels=("parcel",)),
))  # fmt: skip


def _square(column: float, row: float, side: float = SIDE) -> shapely.Polygon:
    x, y = X + column * SIDE, Y + row * SIDE
    return shapely.box(x, y, x + side, y + side)


def _layer(index: str, ids: list[str], shapes: list[object], **columns: object) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame({index: ids, **columns}, geometry=shapes, crs=CRS)
    return frame.set_index(index)


def units(ids: tuple[str, ...] = IDS, names: tuple[str, ...] = NAMES) -> gpd.GeoDataFrame:
    squares = [_square(n % 3, n // 3) for n in range(6)]
    people = [12000.0, 9500.0, 21000.0, 8000.0, 15000.0, np.nan]
    return _layer("unit_id", list(ids), squares, name=list(names), population=people)


def ragged(given: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return units as ragged circles of 12,000 corners."""
    turn = np.linspace(0, 2 * np.pi, 12_000, endpoint=False)
    radius = 500 + np.random.default_rng(1).normal(0, 0.4, len(turn))
    ring = np.column_stack([radius * np.cos(turn), radius * np.sin(turn)])
    middles = shapely.get_coordinates(given.geometry.centroid.to_numpy())
    return given.set_geometry(
        gpd.GeoSeries([shapely.Polygon(ring + one) for one in middles], given.index, given.crs)
    )


def parcels() -> gpd.GeoDataFrame:
    codes = ["0701", "0701", "0901", "0801", "1401", "0701", "1001", "0804", "07", "1403"]
    spots = [(c, r) for c in range(15) for r in range(10)]
    shapes = [shapely.buffer(_square(c / 5, r / 5, 200), -12, join_style="mitre") for c, r in spots]
    uses = [codes[(3 * c + 7 * r) % 10] if c < 10 or r > 4 else "1001" for c, r in spots]
    return _layer("parcel_id", [f"P{n:03d}" for n in range(150)], shapes, land_use=uses)


def layers(given: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    ground = parcels()
    lines = [shapely.LineString([(X + 200 * n, Y), (X + 200 * n, Y + 2000)]) for n in range(16)]
    lines += [shapely.LineString([(X, Y + 200 * n), (X + 3000, Y + 200 * n)]) for n in range(11)]
    classes = ["arterial" if n % 5 == 0 else "local" for n in range(16)]
    classes += ["arterial" if n % 5 == 0 else "local" for n in range(11)]
    stops = [
        shapely.Point(X + 250 + 500 * c, Y + 400 + 600 * r) for c in range(6) for r in range(3)
    ]
    return {
        "units": given,
        "parcels": ground,
        "roads": _layer("road_id", [f"R{n}" for n in range(27)], lines, road_class=classes),
        "parks": _layer("park_id", ["G1", "G2"], [_square(0.4, 0.4, 200), _square(1.6, 1.2, 400)]),
        "transit_stops": _layer("stop_id", [f"S{n}" for n in range(18)], stops,
                                mode=["rail" if n in (7, 13) else "bus" for n in range(18)]),
    }  # fmt: skip


def _evidence(
    given: gpd.GeoDataFrame, shapes: dict[int, list[Any]], **columns: object
) -> gpd.GeoDataFrame:
    rows = [(given.index[n], shape) for n, found in shapes.items() for shape in found]
    return gpd.GeoDataFrame({"unit_id": [u for u, _ in rows], **columns},
                            geometry=[s for _, s in rows], crs=CRS)  # fmt: skip


def _measures(given: gpd.GeoDataFrame) -> dict[str, Measure]:
    index, roads = given.index, layers(given)["roads"]
    homes = {1: [_square(1.2, 0.2, 180), _square(1.6, 0.6, 180)], 2: [_square(2.2, 0.4, 360)]}
    crossing = {n: list(roads.intersection(given.geometry.iloc[n]).loc[lambda s: s.length > 0])
                for n in range(6)}  # fmt: skip
    stretches = _evidence(given, crossing).assign(
        length_m=lambda e: e.length, counted_m=lambda e: e.length * (np.arange(len(e)) % 5 > 0)
    )
    bare = {n: [_square(n % 3 + 0.3, n // 3 + 0.3, 30), shapely.Point(X + 700 + 1000 * n, Y + 300)]
            for n in range(3)}  # fmt: skip
    parts = pd.DataFrame(
        {"unit_id": [index[0], index[1]], "land_use": ["0701", "0901"], "numerator": [60.0, 90.0],
         "denominator": [100.0, 100.0], "value": [60.0, 90.0]}, index=["P000", "P030"],
    )  # fmt: skip
    share = np.array(PARK_VALUES) / 100
    homeland = np.where(np.isnan(share), 0, 1e5)
    missed = [32400.0, 32400.0, 129600.0]

    def ratio(top: Any, bottom: Any, scale: float, evidence: Any, **more: Any) -> Measure:
        return Measure.of(index, top, bottom, scale=scale, evidence=evidence, **more)

    def none() -> gpd.GeoDataFrame:
        return _evidence(given, {})

    return {
        "road_density": ratio(np.array(ROAD_VALUES) * 1000, [1e6] * 6, 1000.0, lambda: stretches),
        "park_coverage": ratio(np.nan_to_num(share) * 1e5, homeland, 100.0,
                               lambda: _evidence(given, homes, area_m2=missed)),
        "charging_car_park_share": ratio([1, 0, 2, 1, 1, 1], [6, 5, 9, 8, 5, 4], 100.0,
                                         lambda: _evidence(given, bare)),
        "main_use_floor_share": ratio([60.0, 90, 0, 0, 0, 0], [100.0, 100, 0, 0, 0, 0], 100.0,
                                      none, parts={"parcel": parts}),
        "solar_roof_area": ratio([12345.6, 8000, 4000, 0, 10, 250000], None, 1.0, none),
    }  # fmt: skip


NOTHING = Text("没有可计量的对象（分母为 0）", "nothing to measure: the denominator is 0")
REASON = Text("缺少图层：公共交通站点（transit_stops）", "missing layer: transit_stops")


def _places(one: Indicator, measure: Measure | None, index: pd.Index) -> list[tuple[Any, ...]]:
    """Return level, place, numerator, denominator and value of everything an indicator tells."""
    if measure is None:
        return [("unit", u, *[math.nan] * 3) for u in index] + [("city", "city", *[math.nan] * 3)]
    found = [("unit", *row) for row in measure.table.itertuples()]
    found.append(("city", "city", *measure.total()))
    for level, rows in measure.parts.items():
        figures = rows[["numerator", "denominator", "value"]]
        found += [(level, *row) for row in figures.itertuples()]
    return found


def _rows(one: Indicator, measure: Measure | None, given: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return the rows of the tall table about one indicator, judged by the town's rules."""
    rows = []
    for level, place, top, bottom, value in _places(one, measure, given.index):
        facts = {"unit_id": place, "level": level, "indicator": one.key, "value": value,
                 "unit": one.unit, "numerator": top, "denominator": bottom}  # fmt: skip
        rules = [r for r in PROFILE.rules if r.indicator == one.key and level in r.levels]
        judged = [_judged(value, rule, measure is None) for rule in rules]
        rows += [facts | verdict for verdict in judged or [_judged(value, None, measure is None)]]
    return rows


def _judged(
    value: float, rule: Rule | None, unknown: bool, position: int | None = None
) -> dict[str, Any]:
    nothing = math.isnan(value)
    reason = REASON if unknown else NOTHING if nothing else Text("", "")
    status = "no_data" if unknown else "not_applicable" if nothing else "no_target"
    if rule is None:
        verdict: dict[str, Any] = {
            "profile": None,
            "target": None,
            "rule": None,
            "margin": math.nan,
        }
    else:
        status = status if nothing else rule.judge(value)
        verdict = {"profile": "town", "target": rule.target_text(), "margin": rule.margin(value),
                   "rule": PROFILE.rules.index(rule) if position is None else position}  # fmt: skip
    return {**verdict, "status": status, "robust": None, "flips": None, "flips_zh": None,
            "reason": reason.en or None, "reason_zh": reason.zh or None}  # fmt: skip


def assessment(
    ids: tuple[str, ...] = IDS,
    names: tuple[str, ...] = NAMES,
    *,
    title: str = "某市中心城区详细规划",
) -> Assessment:
    """Return the town as `evaluate` would: five measured indicators, one without data."""
    given = units(ids, names)
    measures = _measures(given)
    found = Finding("warning", "parcels", Text("面积为零", "zero area"), "0 m²",
                    Text("面积大于零", "an area above zero"), Text("已略去", "left out"),
                    feature="P999")  # fmt: skip
    plan = Plan(
        name=Text(title, "Detailed plan of a town centre"), layers=layers(given),
        profiles=("town",),
        inputs=(Input("parcels", "plan.gpkg", "ab" * 32, 150, CRS),), findings=(found,),
        attribution=("© OpenStreetMap contributors, ODbL 1.0",), prepared=True,
    )  # fmt: skip
    ledger = pd.DataFrame([("area", "m²", 6e6, 0.0, 0.0, 6e6, 0.0)], columns=[
        "quantity", "unit", "units", "gaps", "overlaps", "city", "difference"])  # fmt: skip
    run = {"carbonspace": "0.1.0", "crs": CRS, "parameters": {"park_coverage": {"radius": 500}},
           "seconds": {"park_coverage": 0.1}}  # fmt: skip
    rows = [row for one in INDICATORS.values() for row in _rows(one, measures.get(one.key), given)]
    table = pd.DataFrame(rows, columns=[*COLUMNS, "rule"])
    return Assessment(plan, table, INDICATORS, measures, {"town": PROFILE},
                      findings_table([found]), ledger, run)  # fmt: skip


def defined_otherwise(town: Assessment, less: float = 20.0) -> Assessment:
    """Return the town with a clause on parks that has another radius: figures are `less` there."""
    profile = town.profiles["town"]
    rule = replace(profile.rules[0], parameters={"radius": 300})
    own = [{**row, **_judged(row["value"], None, False)} if row["indicator"] == rule.indicator
           else row for row in town.table.to_dict("records")]  # fmt: skip
    others = [row | {"value": row["value"] - less, "parameters": "radius = 300"}
              | _judged(row["value"] - less, rule, False, 0)
              for row in own if row["indicator"] == rule.indicator]  # fmt: skip
    table = pd.DataFrame([*own, *others], columns=town.table.columns)
    changed = replace(profile, rules=(rule, *profile.rules[1:]))
    return replace(town, table=table, profiles={"town": changed})
