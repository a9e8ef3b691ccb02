"""What is told of a network: held against shapely and networkx, and never without end."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from carbonspace.kernels.streets import streets
from carbonspace.prepare.street_access import far_premises, nobody_walks, one_way_premises
from carbonspace.prepare.street_lines import lines_of
from carbonspace.prepare.streets import NEAR_M, street_premises

CRS = "EPSG:4547"


def roads_of(lines: np.ndarray, **columns: object) -> gpd.GeoDataFrame:
    ids = [f"r{n}" for n in range(len(lines))]
    return gpd.GeoDataFrame(columns, geometry=lines, index=ids, crs=CRS)


def told(lines: np.ndarray, *, snap: float = 1.0) -> dict[str, list[str]]:
    units = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1000, 1000)], index=["U"], crs=CRS)
    town = lines_of(streets(lines, snap=NEAR_M), np.arange(len(lines)), roads_of(lines))
    found: dict[str, list[str]] = {}
    for one in street_premises(units, town, snap=snap):
        found.setdefault(one.what.en, []).append(one.found_in("en"))
    return found


def drawn(*corners: list[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.LineString(one) for one in corners])


def random_lines(seed: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    start = rng.uniform(0, 1000, (count, 2))
    ends = np.stack((start, start + rng.uniform(-90, 90, (count, 2))), axis=1)
    return np.asarray(shapely.linestrings(ends))


@pytest.mark.parametrize("seed", range(4))
def test_pieces_are_those_of_lines_that_touch(seed: int) -> None:
    lines = random_lines(seed, 120)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(lines)))
    graph.add_edges_from(np.argwhere(shapely.distance(lines[:, None], lines[None]) == 0).tolist())
    size = sorted(
        (sum(lines[n].length for n in piece) for piece in nx.connected_components(graph)),
        reverse=True,
    )
    (summary,) = told(lines, snap=0.0)["The network of streets is in pieces"]
    apart, whole = (f"{metres / 1000:,.2f} km" for metres in (sum(size[1:]), sum(size)))
    assert summary == f"{len(size) - 1} pieces more, {apart} of {whole} in all"


@pytest.mark.parametrize("seed", range(4))
def test_crossings_without_a_node_are_those_of_random_lines(seed: int) -> None:
    """Lines of random ends share none: every crossing of two is one without a node."""
    lines = random_lines(seed, 120)
    count = int(np.triu(shapely.crosses(lines[:, None], lines[None])).sum())
    (found,) = told(lines)["Roads cross without a node"]
    assert found.startswith(f"{count} places: ")


def test_a_crossing_with_a_vertex_of_both_is_sound() -> None:
    cross = shapely.linestrings([[(0, 500), (500, 500), (900, 500)], [(500, 0), (500, 500),
                                                                      (500, 900)]])  # fmt: skip
    assert told(cross) == {}
    cross[1] = shapely.linestrings([(500, 0), (500, 900)])
    assert told(cross) == {"Roads cross without a node": ["1 place: r0 × r1"]}


def test_ends_that_part_the_network_come_first_and_stubs_are_none() -> None:
    lines = drawn(
        [(0, 500), (900, 500)], [(100, 503), (100, 900)],      # apart: the end would join them
        [(300, 500), (300, 600), (400, 600), (400, 502)],      # joined already, at its start
        [(700, 500), (700, 504)],                              # a stub
        [(800, 497), (800, 700)],                              # a tail beyond the crossing
    )  # fmt: skip
    assert told(lines)["A street ends just short of another"] == [
        "3.00 m from r0", "2.00 m from r0",
    ]  # fmt: skip


def test_a_country_of_islands_is_told_in_a_few_lines() -> None:
    n = np.arange(300)
    x, y = 60.0 * (n % 16), 50.0 * (n // 16)
    lines = shapely.linestrings(np.stack((np.stack((x, y), 1), np.stack((x + 56, y), 1)), axis=1))
    found = told(lines)
    assert len(found["Streets that join no others"]) == 10
    assert len(found["A street ends just short of another"]) == 11
    assert found["A street ends just short of another"][-1].endswith(" more places")
    assert sum(map(len, found.values())) == 1 + 10 + 11 + 1


def test_loops_and_stretches_drawn_twice_cost_nothing_but_a_note() -> None:
    """An arc of the same length beside a street is another street."""
    lines = drawn([(0, 0), (100, 0), (200, 0)], [(0, 0), (100, 0)])
    assert told(lines) == {"Stretches of street are drawn twice": ["1 place: r0 = r1"]}
    twins = drawn([(0, 0), (50, 30), (100, 0)], [(0, 0), (50, -30), (100, 0)])
    assert told(twins) == {}
    ring = shapely.linestrings(
        [[(0, 0), (100, 0)], [(100, 0), (150, 50), (150, -50), (100, 0)]][:1]
    )
    loop = shapely.linestrings([(100, 0), (150, 50), (150, -50), (100, 0)])
    assert told(np.append(ring, loop)) == {"Streets return to where they left": ["1 place: r1"]}


def test_one_way_roads_that_go_on_are_sound() -> None:
    """A roundabout and a pair of carriageways; only the last road leads nowhere."""
    lines = shapely.linestrings([
        [(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 10), (0, 10)], [(200, 0), (200, 10)],
        [(0, 10), (0, 0)],
    ])  # fmt: skip
    ring = shapely.linestrings([(100, 0), (110, -10), (90, -10), (100, 0)])
    end = shapely.linestrings([(200, 10), (300, 10)])
    roads = roads_of(np.array([*lines, ring, end]), oneway=[True, True, True, False, True, True,
                                                            True])  # fmt: skip
    found = [*one_way_premises(roads, np.ones(7, dtype=bool), snap=1.0)]
    assert [(f.what.en, f.feature, f.where) for f in found] == [
        ("One-way roads that cannot be left", "r6", (300.0, 10.0))
    ]


def test_what_is_far_from_streets_comes_worst_first() -> None:
    tree = shapely.STRtree(shapely.linestrings([[(0, 0), (100, 0)]]))
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0, 50, 50, 50], [10, 300, 900, 400]),
                              index=[*"abcd"], crs=CRS)  # fmt: skip
    chosen = np.array([True, True, True, False])
    found = [*far_premises("facilities", points, chosen, tree, far=200.0)]
    assert [(f.feature, f.found, f.layer) for f in found] == [
        ("c", "900 m", "facilities"), ("b", "300 m", "facilities"),
    ]  # fmt: skip
    assert "200 m" in found[0].expected.zh
    none = far_premises("facilities", points, chosen, tree, far=0.0)
    assert [f.feature for f in none] == ["c", "b", "a"]


def test_no_street_at_all() -> None:
    found = nobody_walks(roads_of(random_lines(1, 3)))
    assert (found.severity, found.found_in("zh")) == ("warning", "3 / 3")
