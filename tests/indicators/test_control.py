"""Control lines, corridors, the underground and red lines of roads."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.indicators.squares import (
    layer,
    line,
    moved,
    random_boxes,
    random_lines,
    shuffled,
    square,
    square_unit,
    square_units,
)

from carbonspace.catalogue import indicators
from carbonspace.errors import MissingColumnError, UnstatedError
from carbonspace.indicators.control import (
    Allowed,
    control_line_buildings,
    control_line_encroachment,
)
from carbonspace.indicators.control_connectivity import corridor_connectivity
from carbonspace.indicators.control_corridors import view_wind_corridor
from carbonspace.indicators.control_ecology import (
    eco_corridor_compliance,
    eco_corridor_width,
)
from carbonspace.indicators.control_roads import (
    road_redline_width,
    wide_road_count,
    wide_road_share,
)
from carbonspace.indicators.control_underground import (
    underground_depth_layer_use,
    underground_forbidden_use,
)


def of(measure: Any) -> list[float]:
    return [float(v) for v in measure.table["value"]]


def lines_of(*places: tuple[shapely.Polygon, str]) -> gpd.GeoDataFrame:
    return layer([p for p, _ in places], id_name="line_id", line_type=[k for _, k in places])


def lots(*places: tuple[shapely.Polygon, str | None], **columns: Any) -> gpd.GeoDataFrame:
    ids = list("abcdefgh"[: len(places)])
    return layer([p for p, _ in places], ids=ids, id_name="parcel_id",
                 land_use=[u for _, u in places], **columns)  # fmt: skip


def test_what_conflicts_with_a_line_counts_where_it_lies_in_it() -> None:
    drawn = lines_of((square(900, 0, 200), "blue"), (square(950, 0, 150), "blue"),
                     (square(0, 0, 100), "green"))  # fmt: skip
    parcels = lots((shapely.box(800, 0, 1200, 50), "0701"), (square(900, 100, 50), "1701"),
                   (square(0, 0, 50), "0901"), (square(50, 0, 50), None))  # fmt: skip
    measure = control_line_encroachment(square_units(2), drawn, parcels)
    # a: 900 to 1100 of the two blue lines, once; c: all of it; water and the unknown: nothing
    assert of(measure) == [100 * 50 + 2500, 100 * 50]
    assert measure.parts["parcel"]["value"].to_dict() == {"a": 10_000, "c": 2500}
    shown = measure.evidence()
    assert shown["line_type"].tolist() == ["blue", "green", "blue"]
    assert shown["rigid"].tolist() == [True, False, True]
    some = control_line_encroachment(square_units(2), drawn, parcels, line_types=("green",))
    assert of(some) == [2500, 0]
    lenient = Allowed(in_blue=("07",))
    assert control_line_encroachment(square_units(2), drawn, parcels, allowed=lenient).total()[
        0
    ] == (2500 + 2500)


def test_an_exempt_parcel_is_told_apart() -> None:
    drawn = lines_of((square(0, 0, 100), "purple"))
    parcels = lots((square(0, 0, 10), "1001"), (square(20, 0, 10), "1001"),
                   exemption=["保留", None])  # fmt: skip
    measure = control_line_encroachment(square_unit(), drawn, parcels)
    assert of(measure) == [100]
    assert measure.table["exempt"].tolist() == [1]


def test_kinds_of_lines_count_each_and_buildings_by_their_footprint() -> None:
    drawn = lines_of((square(0, 0, 100), "blue"), (square(0, 0, 100), "green"))
    houses = layer([square(90, 0, 20)], ids=["h"], id_name="building_id", use=["0801"])
    measure = control_line_buildings(square_unit(), drawn, houses)
    assert of(measure) == [2 * 10 * 20]


def ways(*places: tuple[Any, dict[str, Any]]) -> gpd.GeoDataFrame:
    facts = pd.DataFrame([facts for _, facts in places])
    return layer([shape for shape, _ in places], id_name="corridor_id",
                 **{name: facts[name].tolist() for name in facts})  # fmt: skip


def test_buildings_keep_to_the_lowest_limit_of_the_corridors_they_stand_in() -> None:
    found = ways(
        (line((0, 500), (1000, 500)),
         {"corridor_type": "ventilation", "width": 100.0, "height_limit": 20.0}),
        (square(0, 400, 300), {"corridor_type": "waterfront", "height_limit": 10.0}),
        (square(600, 0, 100), {"corridor_type": "view"}),
        (square(800, 0, 100), {"corridor_type": "ecological", "height_limit": 1.0}),
    )  # fmt: skip
    houses = layer(
        [square(100, 480, 20), square(500, 540, 20), square(500, 550, 20), square(650, 50, 20),
         square(850, 50, 20), square(500, 460, 20)],
        ids=list("abcdef"), id_name="building_id", height=[15.0, 21.0, 99.0, 99.0, 99.0, 20.0],
    )  # fmt: skip
    measure = view_wind_corridor(square_unit(), houses, found)
    assert measure.evidence()["building_id"].tolist() == ["a", "b"]
    assert measure.evidence()["limit_m"].tolist() == [10, 20]
    assert measure.parts["building"]["value"].to_dict() == {"a": 1, "b": 1, "f": 0}
    both = houses.assign(exemption=["x", None, None, None, None, None])
    assert of(view_wind_corridor(square_unit(), both, found)) == [1]


@pytest.mark.parametrize(("deep", "inside"), [(-1e-9, 0), (1e-9, 0), (0.001, 0), (0.02, 1)])
def test_a_building_that_adjoins_a_corridor_is_not_in_it(deep: float, inside: int) -> None:
    facts = {"corridor_type": "ventilation", "height_limit": 10.0}
    wind = {**facts, "width": 100.0}
    found = ways((line((0, 500), (1000, 500)), wind), (square(0, 0, 200), facts))
    houses = layer(
        [square(300, 550 - deep, 20), square(200 - deep, 50, 20)],
        ids=["a", "b"], id_name="building_id", height=[15.0, 15.0],
    )  # fmt: skip
    assert of(view_wind_corridor(square_unit(), houses, found)) == [2 * inside]


def spaces(**columns: Any) -> gpd.GeoDataFrame:
    count = len(columns["use"])
    return layer([square(100 * n, 0, 50) for n in range(count)], id_name="space_id", **columns)


def test_homes_schools_and_care_are_forbidden_underground() -> None:
    found = spaces(use=["parking", "school", "residential", "elderly_care", "kindergarten"])
    assert of(underground_forbidden_use(square_unit(), found)) == [4]
    assert of(underground_forbidden_use(square_unit(), found, forbidden=("parking",))) == [1]


@pytest.mark.parametrize(
    ("use", "top", "floor", "wrong"),
    [
        ("parking", 0, 10, False), ("parking", 2, 10.5, True), ("retail", 12, None, True),
        ("passage", None, 8, False), ("utility_tunnel", 10, 30, False),
        ("utility_tunnel", 9, 12, True), ("rail", 20, 31, True), ("utility", 0, 30, False),
        ("utility", 0, 31, True), ("reserve", 30, 80, False), ("reserve", 29, 80, True),
        ("other", 0, 90, False), ("school", 50, 60, False), ("logistics", None, None, False),
    ],
)  # fmt: skip
def test_each_use_has_its_depth(use: str, top: float, floor: float, *, wrong: bool) -> None:
    found = spaces(use=[use, "other"], depth_from=[top, 1.0], depth_to=[floor, 2.0])
    assert of(underground_depth_layer_use(square_unit(), found)) == [float(wrong)]


def streets(*places: tuple[Any, str, float | None], **columns: Any) -> gpd.GeoDataFrame:
    return layer([p for p, _, _ in places], id_name="road_id", road_class=[c for _, c, _ in places],
                 width=[w for _, _, w in places], **columns)  # fmt: skip


def test_the_widest_road_and_how_much_is_too_wide() -> None:
    found = streets(
        (line((0, 100), (2000, 100)), "arterial", 45.0),
        (line((0, 200), (1000, 200)), "local", 18.0),
        (line((1000, 300), (2000, 300)), "compound", 90.0),
        (line((0, 400), (500, 400)), "local", None),
        (line((1500, 0), (1500, 500)), "expressway", 60.0),
        exemption=[None, None, None, None, "过境"],
    )  # fmt: skip
    units = square_units(3)
    widest = road_redline_width(units, found)
    assert of(widest)[:2] == [45, 45]
    assert math.isnan(of(widest)[2])
    assert widest.table["exempt"].tolist() == pytest.approx([0, 1, 0])
    share = wide_road_share(units, found)
    assert share.total() == pytest.approx((2000, 3000, 200 / 3))
    count = wide_road_count(units, found)
    assert of(count) == pytest.approx([0.5, 0.5, 0])
    assert count.evidence()["width_m"].tolist() == [45, 45]


def test_highways_are_left_out_by_the_land_they_run_on() -> None:
    found = streets((line((0, 100), (1000, 100)), "arterial", 60.0),
                    (line((0, 500), (1000, 500)), "arterial", 50.0))  # fmt: skip
    land = lots((shapely.box(0, 80, 600, 120), "1202"), (shapely.box(0, 480, 400, 520), "1202"),
                (shapely.box(0, 200, 9, 209), "0701"))  # fmt: skip
    unit = square_unit()
    assert of(road_redline_width(unit, found, land)) == [50]
    assert of(road_redline_width(unit, found, land, highways=("0701",))) == [60]
    assert of(road_redline_width(unit, found)) == [60]


def eco(*shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
    return layer(
        shapes, id_name="corridor_id", corridor_type=["ecological"] * len(shapes), **columns
    )


def test_the_largest_piece_of_corridors() -> None:
    found = eco(line((0, 500), (600, 500)), line((610, 500), (1400, 500)),
                line((1500, 500), (1900, 500)), shapely.box(1520, 505, 1620, 525))  # fmt: skip
    units = square_units(2)
    measure = corridor_connectivity(units, found)
    # 600 + 790 m hang together; 400 m and a box of 100 m are the other piece
    assert measure.table["numerator"].tolist() == [990, 400]
    assert measure.table["denominator"].tolist() == [990, 900]
    far = corridor_connectivity(units, found, max_gap=150.0)
    gaps = far.evidence().query("part == 'gap'")
    assert gaps["gap_m"].tolist() == [100]
    assert gaps["unit_id"].tolist() == ["u2"]
    assert corridor_connectivity(units, found, corridor_gap=100.0).total()[2] == 100
    assert corridor_connectivity(units, found, corridor_gap=9.0).total()[0] == 790


def test_major_roads_cut_corridors_but_no_bridges_or_lanes() -> None:
    found = eco(line((0, 500), (1000, 500)))
    unit = square_unit()

    def across(kind: str, **more: Any) -> float:
        roads = streets((line((300, 0), (300, 1000)), kind, None), **more)
        return float(corridor_connectivity(unit, found, roads).total()[2])

    assert across("arterial") == pytest.approx(70, abs=0.01)
    assert across("local") == 100
    assert across("arterial", bridge=pd.array([True], dtype="boolean")) == 100
    assert across("arterial", tunnel=pd.array([True], dtype="boolean")) == 100


def test_pieces_are_those_of_a_graph() -> None:
    """Against networkx over pairs of pieces, roads between them looked at one by one."""
    shapes = random_lines(40, seed=5, side=2000)
    roads = random_lines(6, seed=9, side=2000)
    found = eco(*shapes)
    cutting = streets(*[(one, "arterial", None) for one in roads])
    units = square_unit(2000)
    strips = shapely.union_all(shapely.buffer(roads, 0.05))
    parts = [p for s in shapes for p in shapely.get_parts(shapely.difference(s, strips))]
    graph = nx.Graph()
    graph.add_nodes_from(range(len(parts)))
    for n, one in enumerate(parts):
        for m in range(n):
            way = shapely.shortest_line(one, parts[m])
            clear = way.length == 0 or not any(way.intersects(road) for road in roads)
            if way.length <= 20 and clear:
                graph.add_edge(n, m)
    groups = list(nx.connected_components(graph))
    best = max(groups, key=lambda g: sum(parts[n].length for n in g))
    within = sum(parts[n].intersection(units.geometry.iloc[0]).length for n in best)
    every = sum(p.intersection(units.geometry.iloc[0]).length for p in parts)
    measure = corridor_connectivity(units, found, cutting)
    assert measure.total() == pytest.approx((within, every, 100 * within / every), rel=1e-6)


def test_corridors_wide_enough_over_those_there_should_be() -> None:
    found = eco(line((0, 100), (1000, 100)), line((0, 300), (500, 300)),
                shapely.box(0, 500, 400, 620),
                line((0, 800), (300, 800)), line((0, 900), (200, 900)),
                width=[100.0, 99.0, np.nan, np.nan, 300.0],
                is_planned=pd.array([True, None, None, True, False], dtype="boolean"))  # fmt: skip
    measure = eco_corridor_compliance(square_unit(), found)
    assert measure.total() == pytest.approx((1400, 2200, 100 * 1400 / 2200))
    assert measure.evidence()["corridor_id"].tolist() == ["corridor_id2", "corridor_id4"]
    narrow = eco_corridor_width(square_units(2), found)
    assert of(narrow)[0] == 99
    assert math.isnan(of(narrow)[1])


def test_no_ecological_corridor_is_an_error_that_says_so() -> None:
    found = ways((square(0, 0, 10), {"corridor_type": "view"}))
    for function in (corridor_connectivity, eco_corridor_compliance, eco_corridor_width):
        with pytest.raises(UnstatedError, match="ecological"):
            function(square_unit(), found)


def test_missing_columns_are_named() -> None:
    unit, houses = square_unit(), layer([square(0, 0, 9)], id_name="building_id", height=[9.0])
    with pytest.raises(MissingColumnError, match="height_limit"):
        view_wind_corridor(unit, houses, ways((square(0, 0, 9), {"corridor_type": "view"})))
    with pytest.raises(MissingColumnError, match="depth_from"):
        underground_depth_layer_use(unit, spaces(use=["rail"]))
    with pytest.raises(MissingColumnError, match="width"):
        road_redline_width(unit, streets((line((0, 0), (9, 9)), "local", None)))
    with pytest.raises(MissingColumnError, match="use"):
        control_line_buildings(unit, lines_of((square(0, 0, 9), "blue")), houses)
    with pytest.raises(MissingColumnError, match="width"):
        eco_corridor_width(unit, eco(line((0, 0), (9, 9))))


def everything(seed: int) -> dict[str, gpd.GeoDataFrame]:
    draw = np.random.default_rng(seed)

    def some(*values: Any, count: int) -> list[Any]:
        return [values[n] for n in draw.integers(0, len(values), count)]

    boxes = [random_boxes(60, seed=seed + n, side=2000, size=200) for n in range(5)]
    grid = [square(x, y, 90) for x in range(0, 2000, 100) for y in range(0, 2000, 100)]
    return {
        "control_lines": layer(boxes[0], id_name="line_id",
                               line_type=some("blue", "green", "red", "purple", count=60)),
        "parcels": layer(grid, id_name="parcel_id",
                         land_use=some("0701", "1401", "1001", "1202", count=len(grid))),
        "buildings": layer(boxes[1], id_name="building_id", height=draw.uniform(3, 90, 60),
                           use=some("0701", "1301", "1001", count=60)),
        "corridors": layer([*boxes[2], *random_lines(30, seed=seed, side=2000)],
                           id_name="corridor_id", width=draw.uniform(10, 200, 90),
                           height_limit=draw.uniform(3, 60, 90),
                           corridor_type=some("ecological", "view", "ventilation", count=90)),
        "underground": layer(boxes[3], id_name="space_id", depth_from=draw.uniform(0, 20, 60),
                             use=some("parking", "rail", "school", count=60)),
        "roads": layer(random_lines(50, seed=seed + 9, side=2000), id_name="road_id",
                       road_class=some("arterial", "local", "expressway", count=50),
                       width=draw.uniform(10, 70, 50)),
    }  # fmt: skip


@pytest.mark.parametrize("key", [k for k, v in indicators().items() if v.theme == "control"])
def test_order_place_and_units_change_nothing_they_should_not(key: str) -> None:
    one, layers, units = indicators()[key], everything(3), square_units(2, 2)
    taken = {name: layers[name] for name in one.used if name != "units"}
    whole = one.function(units, **taken)
    mixed = one.function(shuffled(units, 5), **{n: shuffled(f, 6) for n, f in taken.items()})
    pd.testing.assert_frame_equal(mixed.table.loc[units.index], whole.table)
    together = one.function(square_unit(2000), **taken).total()
    assert together == pytest.approx(whole.total(), nan_ok=True)
    away = one.function(moved(units, 4e5, 3.9e6),
                        **{n: moved(f, 4e5, 3.9e6) for n, f in taken.items()})  # fmt: skip
    np.testing.assert_allclose(away.table["value"], whole.table["value"], rtol=1e-6)
    assert {"unit_id", "geometry"} <= set(whole.evidence().columns)


@pytest.mark.parametrize("key", ["control_line_encroachment", "control_line_buildings",
                                 "view_wind_corridor", "underground_forbidden_use",
                                 "underground_depth_layer_use", "wide_road_count"])  # fmt: skip
def test_nothing_drawn_is_nothing_wrong(key: str) -> None:
    one, layers = indicators()[key], everything(3)
    taken = {name: layers[name].iloc[:0] for name in one.used if name != "units"}
    measure = one.function(square_unit(), **taken)
    assert of(measure) == [0]
    assert measure.evidence().empty
