"""Service areas as maps and streets as graphs: by hand, by sampling, and with osmnx."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from tests.indicators.squares import layer, line, random_boxes, random_lines, shuffled, square_unit
from tests.indicators.test_network import grid

import carbonspace
from carbonspace import service_areas, street_network
from carbonspace.errors import CrsError, MissingColumnError, UnstatedError
from carbonspace.indicators._streets import Network, Town, town_of
from carbonspace.indicators._walking import Walk, goals_on_streets, reach_from
from carbonspace.indicators.streets_intersections import intersection_density
from carbonspace.kernels.reach import Reach, distance_at
from carbonspace.kernels.served import cut_out
from carbonspace.model.shared import Shared


def roads(*lines: Any, **columns: Any) -> gpd.GeoDataFrame:
    return layer(lines, road_class=["local"] * len(lines), **columns)


ROOT = Path(__file__).parents[1]
STREET = line((0, 500), (1000, 500))
STOP = layer([shapely.Point(500, 500)])


# --- service areas


def test_a_street_is_cut_where_the_limit_is() -> None:
    """Two minutes are 120 m either way, with 20 m to either side and square ends."""
    found = service_areas(STOP, roads(STREET), minutes=(2.0,))
    assert found.streets["length_m"].tolist() == [240.0]
    assert found.streets.geometry[0].equals(line((380, 500), (620, 500)))
    assert found.streets["road_id"].tolist() == ["id1"]
    (area,) = found.areas.geometry
    assert area.symmetric_difference(shapely.box(380, 480, 620, 520)).area < 1e-6
    assert found.areas.iloc[0][["minutes", "metres", "street_m"]].tolist() == [2, 120, 240]


def test_the_way_to_the_street_counts_and_speeds_are_those_of_the_walk() -> None:
    stop = layer([shapely.Point(500, 540)])
    found = service_areas(stop, roads(STREET), minutes=(2.0,))
    assert found.streets["length_m"].tolist() == [160.0]
    slow = service_areas(stop, roads(STREET), minutes=(2.5,), walk=Walk(walker="elderly"))
    assert slow.streets["length_m"].tolist() == [160.0]


def test_a_park_is_left_along_its_edge_or_by_its_entrances() -> None:
    park = layer([shapely.box(400, 510, 600, 700)])
    edge = service_areas(park, roads(STREET), minutes=(1.0,))
    assert edge.streets.length.sum() == pytest.approx(200 + 2 * 60)
    door = layer([shapely.Point(500, 500)], entrance_to=["park"])
    found = service_areas(park, roads(STREET), door, minutes=(1.0,), into="park")
    assert found.streets.length.sum() == pytest.approx(120)


def test_streets_beyond_the_limit_and_bridges_are_left_out() -> None:
    """A street alongside that is no way there takes half the width; a bridge is cut out."""
    beside, bridge = line((0, 515), (1000, 515)), line((550, 400), (550, 600))
    town = roads(STREET, beside, bridge, bridge=[False, False, True])
    (area,) = service_areas(STOP, town, minutes=(2.0,)).areas.geometry
    assert area.intersection(beside).length == 0
    assert area.intersection(bridge).length == pytest.approx(0.2)
    assert area.intersection(STREET).length == pytest.approx(240)
    assert area.contains(shapely.Point(500, 504.9))
    assert not area.contains(shapely.Point(500, 505.1))


def test_goals_without_a_street_are_told() -> None:
    stops = layer([shapely.Point(500, 500), shapely.Point(500, 900)], ids=["near", "far"])
    found = service_areas(stops, roads(STREET))
    assert found.missed.tolist() == ["far"]
    alone = service_areas(stops.loc[["far"]], roads(STREET))
    assert alone.areas.geometry.is_empty.all()
    assert alone.areas["street_m"].tolist() == [0, 0, 0]
    assert len(alone.streets) == 0


def test_small_holes_are_filled_and_large_ones_are_not() -> None:
    block = roads(*grid(1, 100.0))
    corner = layer([shapely.Point(0, 0)])
    small = service_areas(corner, block, holes=3601.0).areas.geometry
    whole = service_areas(corner, block, holes=3599.0).areas.geometry
    assert small[2].area - whole[2].area == pytest.approx(3600)
    pocket = [line((50, 30), (50, 70))]
    kept = service_areas(corner, roads(*grid(1, 100.0), *pocket), holes=3601.0).areas.geometry
    assert not kept[2].intersects(pocket[0])


def found_in(town: gpd.GeoDataFrame, goals: gpd.GeoDataFrame, metres: float) -> tuple[Town, Reach]:
    walk, shared = Walk(), Shared()
    made = town_of(goals, town, None, walk, shared)
    on = goals_on_streets(goals, goals, town, None, None, walk, shared, "")
    return made, reach_from(made, on, np.ones(len(goals), bool), metres)


@pytest.mark.parametrize("seed", range(8))
def test_every_street_in_the_area_is_within_the_limit_and_every_one_within_is_in_it(
    seed: int,
) -> None:
    """A place every 2 m of all streets, but those within a foot of a street within the limit."""
    draw = random_lines(25, seed=seed)
    town = roads(*draw, bridge=np.arange(25) % 4 == 0)
    goals = layer([*random_boxes(1, seed=seed), shapely.Point(300, 500)])
    areas = service_areas(goals, town, minutes=(2.0, 4.0, 7.0)).areas
    assert areas.is_valid.all()
    assert set(areas.geom_type) == {"MultiPolygon"}
    for limit, area in zip((120, 240, 420), areas.geometry, strict=True):
        made, reached = found_in(town, goals, limit)
        line_, at = _every(made.streets.lines, 2.0)
        places = shapely.line_interpolate_point(made.streets.lines[line_], at / 1000)
        near = distance_at(reached, line_, at) <= 1000 * limit
        assert (shapely.distance(area, places[near]) < 1e-6).all()
        deep = shapely.contains(area, places) & (shapely.distance(area.boundary, places) > 0.01)
        streets = service_areas(goals, town, minutes=(limit / 60,)).streets.union_all()
        assert near.sum() > 50
        assert (shapely.distance(places[deep & ~near], streets) < 0.3).all()


def _every(lines: Any, metres: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a place every so many metres of lines: which line, and mm along it."""
    count = (shapely.length(lines) // metres).astype(int) + 1
    line_ = np.repeat(np.arange(len(lines)), count)
    first = np.repeat(np.cumsum(count) - count, count)
    return line_, ((np.arange(len(line_)) - first) * 1000 * metres).astype(np.int64)


@pytest.mark.parametrize("seed", [0, 1, 2, 34])
def test_a_longer_walk_reaches_all_that_a_shorter_one_does(seed: int) -> None:
    """Of 34 a street beyond both limits runs a few metres past the ground of the shorter one."""
    town, goals = roads(*random_lines(20, seed=seed)), layer([shapely.Point(500, 500)])
    found = service_areas(goals, town, minutes=(12.0, 3.0, 6.0))
    assert found.areas["minutes"].tolist() == [3, 6, 12]
    assert found.areas["street_m"].is_monotonic_increasing
    near, middle, far = found.areas.geometry
    assert near.difference(middle).area < 1e-6
    assert middle.difference(far).area < 1e-6
    again = service_areas(shuffled(goals, 1), shuffled(town, 1), minutes=(3.0, 6.0, 12.0)).areas
    assert again["street_m"].tolist() == pytest.approx(found.areas["street_m"].tolist())
    assert again.geometry[1].symmetric_difference(middle).area < 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=6),
       st.floats(0, 1), st.floats(0, 1))  # fmt: skip
def test_stretches_are_those_of_shapely(
    points: list[tuple[int, int]], one: float, other: float
) -> None:
    drawn = np.array([line((0, 0), (5, 5)), line(*points), line((9, 9), (8, 8))])
    low, high = sorted((one * drawn[1].length * 1000, other * drawn[1].length * 1000))
    if high - low < 1:
        return
    (cut,) = cut_out(drawn, np.array([1]), np.array([low]), np.array([high]))
    want = shapely.ops.substring(drawn[1], low / 1000, high / 1000)
    assert shapely.hausdorff_distance(cut, want) < 1e-6
    assert cut.length == pytest.approx(want.length)


# --- graphs


@pytest.mark.parametrize("seed", range(4))
def test_ways_on_the_graph_are_those_of_the_indicators(seed: int) -> None:
    """From every node to the stop, to the millimetre, by networkx; and by osmnx from some."""
    town = roads(*random_lines(25, seed=seed), oneway=np.arange(25) % 3 == 0)
    graph = street_network(town, mode="drive")
    source = max(graph.nodes)
    made = town_of(town, town, None, Network(), None, mode="drive")
    stop = layer([shapely.Point(*made.streets.place[source])])
    found = reach_from(made, goals_of(stop, made), np.ones(1, bool), 1e5)
    want = {n: mm / 1000 for n, mm in enumerate(found.away[: len(graph)]) if np.isfinite(mm)}
    got = nx.single_source_dijkstra_path_length(graph.reverse(), source, weight="length")
    assert {n: round(m, 3) for n, m in got.items()} == want
    for node in list(want)[::9]:
        path = osmnx.routing.shortest_path(graph, node, source, weight="length") or []
        if len(path) > 1:
            metres = osmnx.routing.route_to_gdf(graph, path, weight="length")["length"].sum()
            assert metres == pytest.approx(want[node], abs=1e-6)


def goals_of(stop: gpd.GeoDataFrame, made: Town) -> Any:
    from carbonspace.indicators._streets import fronts_of
    from carbonspace.indicators._walking import Goals

    fronts = fronts_of(made, stop.geometry.to_numpy(), Network())
    return Goals(made.streets, fronts, np.zeros(1, dtype=np.intp))


def test_osmnx_counts_the_streets_and_corners_of_a_chessboard() -> None:
    town = roads(*grid(4, 200.0))
    graph = street_network(town)
    told = osmnx.stats.basic_stats(graph, area=800.0**2)
    assert told["n"] == 25
    assert told["street_length_total"] == pytest.approx(10 * 800)
    assert told["edge_length_total"] == pytest.approx(2 * 10 * 800)
    assert told["streets_per_node_counts"] == {0: 0, 1: 0, 2: 4, 3: 12, 4: 9}
    assert told["circuity_avg"] == pytest.approx(1)
    assert graph.graph["crs"] == town.crs
    edges = osmnx.convert.graph_to_gdfs(graph, nodes=False)
    assert edges.length.to_numpy() == pytest.approx(edges["length"].to_numpy())


def test_one_way_streets_and_gaps_on_the_graph() -> None:
    town = roads(line((0, 0), (10, 0)), line((10.5, 0), (20, 0)), oneway=[True, False])
    graph = street_network(town, mode="drive")
    edges = osmnx.convert.graph_to_gdfs(graph, nodes=False)
    assert sorted(edges["length"]) == [0.5, 0.5, 9.5, 9.5, 10]
    assert sorted(edges.loc[edges["gap"], "length"]) == [0.5, 0.5]
    assert edges["oneway"].sum() == 1
    assert set(edges["road_id"].dropna()) == {"id1", "id2"}
    assert len(street_network(town).edges) == 6


@pytest.mark.parametrize("seed", range(3))
def test_intersections_are_those_that_osmnx_consolidates(seed: int) -> None:
    """Streets of the north-east, some of them dual carriageways; 15 m apart is one place."""
    draw = np.random.default_rng(seed)
    across = np.cumsum(draw.choice([10.0, 90.0, 170.0], 8)) + 20
    along = np.cumsum(draw.choice([12.0, 110.0], 8)) + 20
    town = roads(*[line((0, y), (1000, y)) for y in across],
                 *[line((x, 0), (x, 1000)) for x in along])  # fmt: skip
    kept = osmnx.simplification.consolidate_intersections(
        street_network(town, mode="drive"), tolerance=7.5, rebuild_graph=False, dead_ends=False
    )
    inside = kept.within(square_unit().geometry.iloc[0])
    mine = intersection_density(square_unit(), town).table["numerator"].iloc[0]
    assert mine == pytest.approx(inside.sum())


# --- what is wrong


def test_what_is_not_known_is_asked_for() -> None:
    bare = roads(STREET).drop(columns="road_class")
    for asked in (lambda: service_areas(STOP, bare), lambda: street_network(bare)):
        with pytest.raises(MissingColumnError, match="road_class"):
            asked()
    with pytest.raises(UnstatedError, match="minutes is empty"):
        service_areas(STOP, roads(STREET), minutes=())
    with pytest.raises(CrsError):
        service_areas(STOP.to_crs(4490), roads(STREET))
    with pytest.raises(CrsError):
        street_network(roads(STREET).to_crs(4490))


@pytest.mark.sample
def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "explanation" / "walking.md").read_text("utf-8")
    examples = re.findall(r"^```python\n(.*?)^```", page, re.S | re.M)
    assert len(examples) == 2
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for example in examples:
        exec(compile(example, "walking.md", "exec", dont_inherit=True), names)
    assert len(gpd.read_file("park_walks.gpkg", layer="areas")) == 3
    assert names["found"].areas["street_m"].is_monotonic_increasing


def test_both_are_public() -> None:
    assert {"service_areas", "street_network"} <= set(carbonspace.__all__)
