"""Ways up and down: by hand on a tilted plane, a ridge and bridges, and by networkx on hills."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from scipy.interpolate import RegularGridInterpolator
from tests.indicators.squares import layer, line, random_boxes, random_lines, square_unit
from tests.indicators.test_reach import (
    GRIDS,
    HERE,
    answer,
    changed,
    core,
    figures,
    town,
    unknown_beyond,
)
from tests.indicators.test_walking import LOTS, PARK, STREET, homes, roads

from carbonspace.catalogue import indicators
from carbonspace.errors import MissingLayerError, UnknownNameError
from carbonspace.indicators._slopes import heights_at, longest_off_ground
from carbonspace.indicators._walking import (
    Walk,
    goals_on_streets,
    lots_on_streets,
    reach_from,
    walkers_town,
)
from carbonspace.indicators.parks_on_foot import park_walk_coverage, park_walk_detour
from carbonspace.kernels.reach import distance_at
from carbonspace.model.grid import Grid
from carbonspace.model.indicator import Indicator
from carbonspace.model.shared import Shared

UPHILL = Walk(slope="tobler")
TENTH = (math.exp(0.35) + 1) / 2
"""How much longer a slope of a tenth takes there and back: exp(3.5 * 0.1), exp(3.5 * 0)."""
WALKED = [one for one in indicators().values() if one.looks is not None and not one.fixed]


def ground(height: Callable[[Any, Any], Any], cell: float = 10.0, kind: type = np.float64) -> Grid:
    """Return terrain from (-200, -200) to (1200, 1200)."""
    away = (np.arange(round(1400 / cell)) + 0.5) * cell
    x, y = np.meshgrid(-200 + away, 1200 - away)
    values: np.ndarray = np.broadcast_to(np.asarray(height(x, y), dtype=kind), x.shape)
    return Grid(values.copy(), -200.0, 1200.0, cell, cell, unit="m")


PLANE = ground(lambda x, _: x / 10)
HILLS = ground(lambda x, y: 30 * np.sin(x / 90) * np.cos(y / 70) + (x + y) / 40, 15.0, np.float32)


def test_heights_lie_between_the_middles_of_cells() -> None:
    grid = Grid(np.array([[1.0, 3.0], [5.0, np.nan], [2.0, 2.0]]), 100.0, 60.0, 20.0, 20.0)
    asked = np.array([[110, 50], [115, 50], [110, 40], [115, 45], [105, 50], [110, 51], [200, 0]])
    found = heights_at(grid, asked.astype(float))
    assert found[:3].tolist() == [1.0, 2.0 - 0.5, 3.0]  # at and between middles that are known
    assert np.isnan(found[3:]).all()  # one cell of the four is unknown
    known = replace(grid, values=np.array([[1.0, 3.0], [5.0, 7.0], [2.0, 2.0]]))
    assert heights_at(known, asked.astype(float))[:4].tolist() == [1.0, 1.5, 3.0, 2.5]
    assert np.isnan(heights_at(known, asked.astype(float))[4:]).all()


def test_at_the_middle_of_an_outermost_cell_it_is_as_high_as_that_cell() -> None:
    """Rows of three cells of 20 m: middles at x 110 and 130, y 50, 30 and 10."""
    values = np.array([[1.0, 3.0], [5.0, 7.0], [2.0, 4.0]])
    grid = Grid(values, 100.0, 60.0, 20.0, 20.0)
    asked = np.array([[110, 10], [130, 50], [130, 10], [120, 10], [130, 40], [130, 9], [131, 10]])
    assert heights_at(grid, asked.astype(float))[:5].tolist() == [2.0, 3.0, 4.0, 3.0, 5.0]
    assert np.isnan(heights_at(grid, asked.astype(float))[5:]).all()
    row = replace(grid, values=values[2:], top=2)
    assert heights_at(row, asked[[0, 2, 3]].astype(float)).tolist() == [2.0, 4.0, 3.0]


def test_heights_hang_on_no_window() -> None:
    xy = np.random.default_rng(3).uniform(300, 600, (500, 2))
    whole = heights_at(HILLS, xy)
    window = replace(HILLS, values=HILLS.values[35:66, 30:58], top=35, left=30)
    assert np.array_equal(heights_at(window, xy), whole)


def test_a_plane_by_hand() -> None:
    """Of 600 m there are 600 / 1.2095 = 496.07 m of a street that rises by a tenth."""
    asked = (square_unit(), LOTS, PARK, roads(*STREET), None)
    found = park_walk_coverage(*asked, PLANE, walk=UPHILL)
    up_to = 100 + 600 / TENTH
    aside = 400 / TENTH  # 200 m off the street, level, then 200 m along it: 242 of 400
    assert aside > 200
    shares = [400 * 50 * (up_to - 400) / 400, 100 * 50, 50 * 50]
    assert found.table["numerator"].tolist() == pytest.approx([sum(shares)], rel=5e-5)
    told = found.evidence().set_index("parcel_id")
    assert told.loc["id1", "network_m"] == pytest.approx(300 * TENTH, abs=0.02)
    across = park_walk_coverage(*asked, ground(lambda _, y: y / 10), walk=UPHILL)
    level = park_walk_coverage(*asked, PLANE)
    assert across.table.equals(level.table)


def test_a_ridge_is_as_far_from_either_side() -> None:
    """Up by a tenth to 500 m and down again: 100 to 900 m, and as far the other way."""
    ridge = ground(lambda x, _: 50 - np.abs(x - 500) / 10, 8.0)
    lots = homes((900, 510, 950, 560))
    there = park_walk_detour(square_unit(), lots, PARK, roads(*STREET), None, ridge,
                             minutes=20.0, walk=UPHILL).evidence()  # fmt: skip
    assert there["network_m"].tolist() == pytest.approx([800 * TENTH], abs=0.02)
    mirrored = (layer([shapely.box(900, 510, 1000, 600)]), homes((50, 510, 100, 560)))
    back = park_walk_detour(square_unit(), mirrored[1], mirrored[0], roads(*STREET), None, ridge,
                            minutes=20.0, walk=UPHILL).evidence()  # fmt: skip
    assert back["network_m"].tolist() == there["network_m"].tolist()


def ways(dem: Grid, *lines: Any, **columns: Any) -> list[float]:
    """Return the metres from the park to the homes at 900 m."""
    lots = homes((900, 510, 950, 560))
    told = park_walk_detour(square_unit(), lots, PARK, roads(*lines, **columns), None, dem,
                            minutes=60.0, walk=UPHILL).evidence()  # fmt: skip
    return [float(one) for one in told["network_m"]]


VALLEY = ground(lambda x, _: np.minimum(np.abs(x - 500), 270) / 5)
"""Level up to 230 m and from 770 m on, and a fifth down to 500 m."""
APPROACH = [line((0, 500), (200, 500)), line((800, 500), (1000, 500))]
OVER = line((200, 500), (800, 500))


def test_bridges_do_not_go_down_into_the_valley() -> None:
    flags = {"bridge": [False, False, True]}
    assert ways(VALLEY, *APPROACH, OVER, **flags) == pytest.approx([800], abs=0.01)
    assert ways(VALLEY, *APPROACH, OVER)[0] > 1000
    tunnel = ways(VALLEY, *APPROACH, OVER, level=[0.0, 0.0, -1.0])
    assert tunnel == pytest.approx([800], abs=0.01)


def test_a_bridge_rises_evenly_between_its_ends() -> None:
    steps = ground(lambda x, _: np.where(x < 500, 0.0, 60.0))
    flags = {"bridge": [False, False, True]}
    found = ways(steps, *APPROACH, OVER, **flags)
    assert found == pytest.approx([200 + 600 * TENTH], abs=0.01)


def test_a_bridge_of_several_lines_is_level_where_it_ends_in_the_air() -> None:
    halves = [line((200, 500), (500, 500)), line((500, 500), (800, 500))]
    flags = {"bridge": [False, False, True, True]}
    assert ways(VALLEY, *APPROACH, *halves, **flags) == pytest.approx([800], abs=0.01)
    met = line((500, 500), (500, 900))  # a street on the ground: there the bridge lands
    assert ways(VALLEY, *APPROACH, *halves, met, bridge=[*flags["bridge"], False])[0] > 1000


def test_unknown_ground_is_level_and_a_cliff_is_as_steep_as_the_cap() -> None:
    holed = ground(lambda x, _: np.where(np.abs(x - 500) < 300, np.nan, x / 10))
    assert ways(holed, *STREET)[0] == pytest.approx(200 * TENTH + 600, rel=0.05)
    cliff = ground(lambda x, _: np.where(x < 500, 0.0, 500.0))
    steep = (math.exp(3.5 * 0.6) + math.exp(3.5 * 0.5)) / 2
    most = 800 + 40 * (steep - 1)
    assert 800 < ways(cliff, *STREET)[0] <= most + 0.01


@pytest.mark.parametrize("one", WALKED, ids=[one.key for one in WALKED])
def test_level_ground_changes_no_bit(one: Indicator) -> None:
    layers = town(7)
    level = {"dem": replace(GRIDS["dem"], values=np.full_like(GRIDS["dem"].values, 17.3))}
    minutes = {"minutes": 8.0} if "minutes" in {p.name for p in one.parameters} else {}
    flat = answer(one, layers, level, slope="tobler", **minutes)
    plain = answer(one, layers, level, **minutes)
    assert flat.table.equals(plain.table)
    assert flat.evidence().equals(plain.evidence())


@pytest.mark.parametrize("key", ["park_walk_coverage", "station_walk_coverage"])
def test_steeper_never_reaches_more(key: str) -> None:
    one, layers, before = indicators()[key], town(7), np.inf
    for times in (0.0, 0.3, 1.0, 2.0):
        dem = replace(GRIDS["dem"], values=times * GRIDS["dem"].values)
        found = answer(one, layers, {"dem": dem}, slope="tobler").table["numerator"].to_numpy()
        assert (found <= before).all()
        assert times == 0 or (found < before).any()
        before = found


@pytest.mark.parametrize("one", WALKED, ids=[one.key for one in WALKED])
@pytest.mark.parametrize("how", ["removed", "moved", "revalued"])
def test_what_lies_beyond_the_reach_changes_nothing_on_slopes(one: Indicator, how: str) -> None:
    layers = town(7)
    minutes = {"minutes": 8.0} if "minutes" in {p.name for p in one.parameters} else {}
    given: dict[str, Any] = {"slope": "tobler", **minutes}
    settings, area = one.settings(given), core(one, layers)
    reach = one.reach_m(settings, layers)
    assert one.raster_reach_m(settings, layers) == reach
    assert one.raster_reach_m(one.settings({}), layers) == 0
    others = {k: f if k == "units" else changed(f, area, reach, how) for k, f in layers.items()}
    dem = {"dem": GRIDS["dem"]}
    before = figures(answer(one, layers, dem, **given))
    after = answer(one, others, unknown_beyond(dem, area, reach), **given)
    assert np.array_equal(figures(after), before)
    assert not np.array_equal(figures(answer(one, layers, dem, **minutes)), before)
    assert HERE in layers["units"].index


def test_the_reach_holds_bridges() -> None:
    layers = town(7)
    one, given = indicators()["park_walk_coverage"], {"slope": "tobler"}
    longest = longest_off_ground(layers["roads"])
    assert longest > 100
    more = one.reach_m(one.settings(given), layers) - one.reach_m(one.settings({}), layers)
    assert more == pytest.approx(20 + longest)
    assert longest_off_ground(None) == 0


def plain_weight(path: shapely.LineString, begin: float, end: float, height: Any) -> float:
    """Return what a way along a line is worth, metres, piece by piece."""
    count = math.ceil(round(path.length * 1000) / 20_000)
    ticks = np.linspace(0, path.length, count + 1)
    total = 0.0
    for low, high in pairwise(ticks):
        points = [path.interpolate(at) for at in (low, high)]
        slope = float(np.diff([height((p.y, p.x)) for p in points])[0]) / (high - low)
        speeds = [6 * math.exp(-3.5 * abs(s + 0.05)) for s in (slope, -slope)]
        time = sum(1 / speed for speed in speeds) / 2 * 6 * math.exp(-3.5 * 0.05)
        total += max(min(high, end) - max(low, begin), 0.0) * time
    return total


def plain_graph(paths: list[shapely.LineString], goal: shapely.Point, height: Any) -> nx.MultiGraph:
    """Return lines cut where they cross each other, and where the goal lies on the first."""
    stops: dict[int, list[shapely.Point]] = {n: [] for n in range(len(paths))}
    stops[0].append(goal)
    for n, m in combinations(range(len(paths)), 2):
        for point in shapely.get_parts(paths[n].intersection(paths[m])):
            if not point.is_empty:
                stops[n].append(point)
                stops[m].append(point)
    graph = nx.MultiGraph()
    for n, path in enumerate(paths):
        ends = [shapely.Point(path.coords[k]) for k in (0, -1)]
        along = sorted((path.project(p), spot(p.x, p.y)) for p in [*stops[n], *ends])
        for (low, one), (high, other) in pairwise(along):
            graph.add_edge(one, other, weight=plain_weight(path, low, high, height))
    return graph


def spot(x: float, y: float) -> tuple[float, float]:
    return round(x, 2), round(y, 2)


def test_distances_by_networkx_with_plain_weights() -> None:
    """A graph cut at all crossings by shapely, heights by scipy, ways by networkx."""
    paths = random_lines(14, seed=5)
    corner = shapely.Point(paths[0].coords[1])
    rows, cols = HILLS.values.shape
    y, x = 1200 - (np.arange(rows) + 0.5) * 15, -200 + (np.arange(cols) + 0.5) * 15
    height = RegularGridInterpolator((y[::-1], x), HILLS.values[::-1].astype(float))
    graph = plain_graph(paths, corner, height)
    expected = nx.single_source_dijkstra_path_length(graph, spot(corner.x, corner.y))
    uphill, level = (
        away_from(corner, paths, walk) for walk in (replace(UPHILL, snap=0.0), Walk(snap=0.0))
    )
    both = sorted(expected.keys() & uphill.keys())
    assert len(both) > 100
    np.testing.assert_allclose([uphill[p] for p in both], [expected[p] for p in both], atol=0.05)
    assert all(uphill[p] >= level[p] for p in both)
    assert sum(uphill[p] for p in both) > 1.05 * sum(level[p] for p in both)


def away_from(
    corner: shapely.Point, paths: list[shapely.LineString], walk: Walk
) -> dict[tuple[float, float], float]:
    """Return how far the nodes of lines on the hills are from a point on one, metres."""
    goal, streets, shared = layer([corner]), roads(*paths), Shared()
    made = walkers_town(goal, streets, None, HILLS, walk, shared)
    on = goals_on_streets(goal, goal, streets, None, HILLS, walk, shared, "")
    found = reach_from(made, on, np.ones(1, bool), 5000.0)
    near = np.flatnonzero(np.isfinite(found.away[: len(made.streets.place)]))
    return {spot(*made.streets.place[k]): float(found.away[k]) / 1000 for k in near}


def test_a_street_cut_at_any_foot_is_as_long_as_before() -> None:
    places = np.random.default_rng(9).uniform(0, 1000, (40, 2))
    goals = layer([*shapely.points(places)])
    streets = roads(*random_lines(10, seed=6))
    shared = Shared()
    made = walkers_town(goals, streets, None, HILLS, UPHILL, shared).streets
    cut = goals_on_streets(goals, goals, streets, None, HILLS, UPHILL, shared, "").streets
    assert len(cut.line) > len(made.line)
    for whole, parts in ((made, cut),):
        one = np.bincount(whole.line[~whole.gaps], whole.length[~whole.gaps])
        other = np.bincount(parts.line[~parts.gaps], parts.length[~parts.gaps])
        assert one.tolist() == other.tolist()
    assert (cut.length[~cut.gaps] >= (cut.high - cut.low)[~cut.gaps]).all()


def test_what_is_asked_and_not_there_is_said() -> None:
    asked = (square_unit(), LOTS, PARK, roads(*STREET))
    with pytest.raises(MissingLayerError, match=r"rasters\.dem"):
        park_walk_coverage(*asked, walk=UPHILL)
    with pytest.raises(UnknownNameError):
        park_walk_coverage(*asked, walk=Walk(slope="naismith"))  # type: ignore[arg-type]


def test_shares_by_counting_metres_on_hills() -> None:
    """The share of a front within the walk is that of its metres from where it is."""
    streets, lots = roads(*random_lines(12, seed=8)), random_boxes(15, seed=9)
    parks = layer(random_boxes(3, seed=10))
    frame = homes(*[box.bounds for box in lots])
    found = park_walk_coverage(square_unit(), frame, parks, streets, None, HILLS,
                               minutes=6.0, walk=UPHILL)  # fmt: skip
    shared = Shared()
    made = walkers_town(square_unit(), streets, None, HILLS, UPHILL, shared)
    on = goals_on_streets(square_unit(), parks, streets, None, HILLS, UPHILL, shared, "")
    reach = reach_from(made, on, np.ones(len(parks), bool), 360.0)
    placed = lots_on_streets(square_unit(), frame, streets, None, UPHILL, shared)
    front = placed.fronts(np.ones(len(frame), dtype=bool))
    near, whole = np.zeros(len(frame)), np.zeros(len(frame))
    for place, row, low, high, away in zip(*front, strict=True):
        ticks = np.arange(low, high) if high > low else np.array([low])
        far = distance_at(reach, np.full(len(ticks), row), ticks) + away
        near[place] += (far <= reach.limit).sum()
        whole[place] += len(ticks)
    share = np.divide(near, whole, out=np.zeros(len(frame)), where=whole > 0)
    inside = gpd.GeoSeries(lots).intersection(square_unit().geometry.iloc[0]).area.to_numpy()
    expected = float((share * inside).sum())
    assert 0 < expected < inside.sum()
    assert found.table["numerator"].tolist() == pytest.approx([expected], rel=1e-3)
