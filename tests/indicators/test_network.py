"""Networks of streets in pieces, the gaps between them, and intersections: by hand, by osmnx."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from tests.indicators.squares import (
    cut_at,
    layer,
    line,
    moved,
    random_lines,
    shuffled,
    square_unit,
    square_units,
)

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._streets import Network
from carbonspace.indicators.cycling_network import (
    bike_network_connectivity,
    community_slow_link,
    walk_network_continuity,
)
from carbonspace.indicators.streets_intersections import intersection_density


def roads(*lines: Any, **columns: Any) -> gpd.GeoDataFrame:
    return layer(lines, road_class=["local"] * len(lines), **columns)


MAIN = line((0, 500), (1000, 500))
APART = line((200, 540), (500, 540))
FAR = line((100, 700), (100, 800))


def test_the_share_is_that_of_the_longest_piece() -> None:
    found = walk_network_continuity(square_unit(), roads(MAIN, APART, FAR))
    assert found.table.loc["u1"].tolist() == [1000, 1400, pytest.approx(100 * 1000 / 1400)]


def test_the_evidence_tells_pieces_dead_ends_and_the_gap_to_close() -> None:
    near = line((300, 499.4), (300, 450))
    told = walk_network_continuity(square_unit(), roads(MAIN, APART, FAR, near)).evidence()
    streets = told[told["part"] == "street"].set_index("line_id")
    assert streets["piece"].tolist() == [1, 2, 3, 1]
    assert streets["piece_m"].tolist() == pytest.approx([1049.4, 300, 100, 1049.4])
    assert streets["dead_ends"].tolist() == [2, 2, 2, 1]
    assert streets["counted_m"].tolist() == pytest.approx([1000, 0, 0, 49.4])
    joined = told[told["part"] == "joined"]
    assert joined["gap_m"].tolist() == pytest.approx([0.6])
    gap = told[told["part"] == "gap"]
    assert gap[["gap_m", "joins_m", "rank"]].to_numpy().tolist() == [[40.0, 300.0, 1.0]]
    assert gap.geometry.length.tolist() == [40.0]


def test_gaps_are_ranked_by_the_streets_they_join_and_may_be_farther() -> None:
    asked = (square_unit(), roads(MAIN, APART, FAR))
    told = walk_network_continuity(*asked, max_gap=250.0).evidence()
    gap = told[told["part"] == "gap"].sort_values("rank")
    ways = gap[["joins_m", "gap_m"]].to_numpy().tolist()
    assert ways[0] == [300, 40]
    assert ways[1] == [100, pytest.approx(np.hypot(100, 160))]
    assert ways[2] == [100, 200]
    none = walk_network_continuity(*asked, max_gap=30.0).evidence()
    assert not (none["part"] == "gap").any()


def test_what_walks_and_rides_may_use_differs() -> None:
    town = roads(MAIN, line((500, 500), (500, 900)), line((500, 900), (900, 900)))
    town = town.assign(road_class=["local", "expressway", "local"], bike=[True, True, True])
    assert walk_network_continuity(square_unit(), town).table["value"].tolist() == [
        pytest.approx(100 * 1000 / 1400)
    ]
    assert bike_network_connectivity(square_unit(), town).table["value"].tolist() == [100.0]


def test_a_bridge_joins_nothing_it_crosses_and_one_way_joins_both() -> None:
    cross = [line((0, 500), (1000, 500)), line((500, 400), (500, 600))]
    over = bike_network_connectivity(square_unit(), roads(*cross, bridge=[False, True]))
    assert over.table["value"].tolist() == [pytest.approx(100 * 1000 / 1200)]
    oneway = bike_network_connectivity(square_unit(), roads(*cross, oneway=[True, True]))
    assert oneway.table["value"].tolist() == [100.0]


def test_the_largest_network_is_that_of_the_city() -> None:
    """Of the west the longer street is cut off from the east, where most of the network is."""
    town = roads(line((0, 500), (600, 500)), line((700, 200), (2000, 200)))
    found = walk_network_continuity(square_units(2), town)
    assert found.table["value"].tolist() == [pytest.approx(100 * 300 / 900), 100.0]
    assert found.total()[2] == pytest.approx(100 * 1300 / 1900)


def test_a_road_of_several_parts_is_taken_part_by_part() -> None:
    both = shapely.MultiLineString([[(0, 500), (100, 500)], [(300, 800), (360, 800)]])
    found = walk_network_continuity(square_unit(), roads(MAIN, both))
    assert found.table[["numerator", "denominator"]].loc["u1"].tolist() == [1100, 1160]


LOTS = [shapely.box(100, 510, 200, 560), shapely.box(250, 545, 350, 600),
        shapely.box(800, 900, 900, 990)]  # fmt: skip


def test_communities_are_linked_where_they_front_the_largest_network() -> None:
    lots = layer(LOTS, land_use=["0701"] * 3, population=[50.0, 30.0, 20.0])
    asked = (square_unit(), lots, roads(MAIN, APART))
    found = community_slow_link(*asked)
    assert found.table.loc["u1"].tolist() == [1, 3, pytest.approx(100 / 3)]
    people = community_slow_link(*asked, counted_by="residents")
    assert people.table.loc["u1"].tolist() == [50, 100, 50]
    assert people.evidence()["people"].tolist() == [30, 20]
    assert found.evidence()["communities"].tolist() == [1, 1]
    told = found.evidence().set_index("parcel_id")
    assert told["cause"].to_dict() == {"id2": "cut_off", "id3": "no_street"}
    assert told.loc["id2", ["piece_m", "gap_m"]].tolist() == [300, 40]
    assert told.loc["id3", ["piece_m", "gap_m"]].isna().all()
    joined = community_slow_link(*asked, network=Network(snap=40.0))
    assert joined.table["numerator"].tolist() == [2]
    wide = community_slow_link(*asked, network=Network(street_far=500.0))
    assert set(wide.evidence()["cause"]) == {"cut_off"}
    shops = (square_unit(), lots.assign(land_use="0901"), roads(MAIN, APART))
    assert community_slow_link(*shops).table["value"].isna().all()


def test_riders_may_be_linked_where_walkers_are_not() -> None:
    lots = layer(LOTS[1:2], land_use=["0701"])
    town = roads(MAIN, APART, line((400, 500), (400, 540)), walk=[True, True, False])
    assert community_slow_link(square_unit(), lots, town).table["value"].tolist() == [0]
    riding = community_slow_link(square_unit(), lots, town, travel="bike")
    assert riding.table["value"].tolist() == [100]


def grid(cells: int, side: float, *, west: float = 0.0) -> list[shapely.LineString]:
    ticks = np.arange(cells + 1) * side
    end = cells * side
    across = [line((west, t), (west + end, t)) for t in ticks]
    return across + [line((west + t, 0), (west + t, end)) for t in ticks]


def test_intersections_are_where_three_or_more_streets_meet() -> None:
    """A chessboard of 4 by 4 has 25 corners, of which four have two legs only."""
    streets = [shapely.affinity.translate(one, 100, 100) for one in grid(4, 200.0)]
    found = intersection_density(square_unit(), roads(*streets))
    assert found.table.loc["u1"].tolist() == [21, 1e6, 21]
    told = found.evidence()
    assert sorted(told["legs"]) == [3] * 12 + [4] * 9


def test_the_four_crossings_of_dual_carriageways_are_one_place() -> None:
    """Each 14.1 m from the other; on the corner of four units it counts a quarter to each."""
    twin = [line((0, 995), (2000, 995)), line((0, 1005), (2000, 1005)),
            line((995, 0), (995, 2000)), line((1005, 0), (1005, 2000))]  # fmt: skip
    found = intersection_density(square_units(2, 2), roads(*twin))
    assert found.table["numerator"].tolist() == [0.25] * 4
    assert set(found.evidence()["nodes"]) == {4}
    apart = intersection_density(square_units(2, 2), roads(*twin), same_place=9.9)
    assert apart.table["numerator"].tolist() == [1] * 4


def test_bridges_paths_compounds_and_copies_make_no_intersection() -> None:
    cross = [MAIN, line((500, 0), (500, 1000))]
    assert _count(roads(*cross)) == 1
    assert _count(roads(*cross, bridge=[False, True])) == 0
    assert _count(roads(*cross).assign(road_class=["local", "slow"])) == 0
    assert _count(roads(*cross).assign(road_class=["local", "slow"]), open_to="walk") == 1
    assert _count(roads(*cross).assign(road_class=["local", "compound"])) == 0
    halves = [line((0, 500), (500, 500)), line((500, 500), (1000, 500))]
    assert _count(roads(*halves, *halves)) == 0


def _count(town: gpd.GeoDataFrame, **given: Any) -> float:
    found = intersection_density(square_unit(), town, **given)
    return float(found.table["numerator"].iloc[0])


@pytest.mark.parametrize("seed", range(3))
def test_order_place_and_cutting_units_change_nothing(seed: int) -> None:
    town = roads(*random_lines(14, seed=seed, side=1500.0))
    town["bridge"] = np.arange(14) % 3 == 0
    lots = layer([shapely.box(x, y, x + 60, y + 60) for x in range(0, 1000, 90)
                  for y in range(0, 1000, 90)], land_use=["0701"] * 144)  # fmt: skip

    def totals(units: gpd.GeoDataFrame, lots: Any, town: Any) -> list[float]:
        near = Network(street_far=50.0)
        found = [
            walk_network_continuity(units, town),
            community_slow_link(units, lots, town, network=near),
            intersection_density(units, town, same_place=40.0),
        ]
        return [figure for one in found for figure in one.total()]

    before = totals(square_unit(), lots, town)
    assert 0 < before[2] <= 100
    assert totals(square_unit(), shuffled(lots, seed), shuffled(town, seed)) == pytest.approx(
        before
    )
    shifted = [moved(one, 4e5, 3e6) for one in (square_unit(), lots, town)]
    assert totals(*shifted) == pytest.approx(before, rel=1e-4)
    assert totals(cut_at(square_unit(), 432.1), lots, town) == pytest.approx(before)


def test_what_is_not_known_is_asked_for() -> None:
    bare = roads(MAIN).drop(columns="road_class")
    for measured in (walk_network_continuity, bike_network_connectivity, intersection_density):
        with pytest.raises(MissingColumnError, match="road_class"):
            measured(square_unit(), bare)
    with pytest.raises(MissingColumnError, match="land_use"):
        community_slow_link(square_unit(), layer(LOTS), roads(MAIN))
