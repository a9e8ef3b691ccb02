"""Ways on foot, by hand on streets that can be walked in the head, and by networkx."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.indicators.squares import (
    cut_at,
    layer,
    line,
    moved,
    random_boxes,
    random_lines,
    shuffled,
    square_unit,
    square_units,
)

from carbonspace.catalogue import indicators
from carbonspace.errors import MissingColumnError, UnstatedError
from carbonspace.indicators._walking import Walk
from carbonspace.indicators.facilities import complete_community_coverage, facility_15min_coverage
from carbonspace.indicators.parks import park_coverage
from carbonspace.indicators.parks_on_foot import park_walk_coverage, park_walk_detour
from carbonspace.indicators.transit_on_foot import station_walk_coverage, station_walk_detour
from carbonspace.model.indicator import declaration_of

STREET = [line((0, 500), (1000, 500))]
"""One street through the middle of a unit."""


def roads(*lines: Any, **columns: Any) -> gpd.GeoDataFrame:
    return layer(lines, road_class=["local"] * len(lines), **columns)


def homes(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    shapes = [shapely.box(*box) for box in boxes]
    people = [shape.area / 50 for shape in shapes]
    return layer(shapes, land_use=["0701"] * len(boxes), population=people, jobs=[0.0] * len(boxes))


PARK = layer([shapely.box(0, 510, 100, 600)])
LOTS = homes((400, 510, 800, 560), (100, 440, 200, 490), (300, 700, 350, 750))
"""In front of the street from 400 to 800 m; wholly near; and 200 m off the street."""


def test_homes_count_by_their_front_from_where_the_park_is_in_time() -> None:
    """Ten minutes are 600 m from the park's front, which ends at 100 m: up to 700 m."""
    found = park_walk_coverage(square_unit(), LOTS, PARK, roads(*STREET))
    lots = [400 * 50 * 0.75, 100 * 50, 50 * 50]
    # The third lot is taken to the street 200 m off: 200 m there, 200 m along it.
    assert found.table["numerator"].tolist() == pytest.approx([sum(lots)])
    assert found.table["denominator"].tolist() == [400 * 50 + 100 * 50 + 50 * 50]
    told = found.evidence().set_index("parcel_id")
    assert told.index.tolist() == ["id1"]
    assert told.loc["id1", ["cause", "share", "network_m", "straight_m"]].tolist() == [
        "partly", 75.0, 300.0, 300.0,
    ]  # fmt: skip


def test_a_home_out_of_reach_is_told_the_link_that_would_change_it() -> None:
    """A path behind the homes ends 30 m short of the street: 300 m along it, 30 m, 80 m."""
    path = line((400, 530), (400, 700))
    lots = homes((350, 600, 399, 640), (900, 510, 950, 540))
    asked = (square_unit(), lots, PARK, roads(*STREET, path))
    told = park_walk_coverage(*asked, minutes=8.0).evidence().set_index("parcel_id")
    assert told["cause"].tolist() == ["too_far", "too_far"]
    first = told.loc["id1"]
    assert first["link"] == "LINESTRING (400 530, 400 500)"
    assert first[["link_m", "linked_m"]].tolist() == [30, 300 + 30 + 70]
    assert told.loc["id2", ["link_m", "linked_m", "link"]].isna().all()
    short = park_walk_coverage(*asked, minutes=6.6).evidence()
    assert short["link"].isna().all()
    joined = park_walk_coverage(*asked, minutes=8.0, walk=Walk(snap=30.0)).evidence()
    assert "id1" not in set(joined.loc[joined["cause"] == "too_far", "parcel_id"])


def test_a_dead_end_that_is_drawn_twice_is_missing_a_link_whatever_lies_on_it() -> None:
    """The park is on the path behind, which ends 30 m short of the street: 70, 30 and 110 m."""
    lots, park = homes((600, 440, 640, 490)), layer([shapely.box(390, 600, 430, 640)])
    path = line((490, 530), (490, 690))
    for town in (roads(*STREET, path), roads(*STREET, path, path)):
        told = park_walk_coverage(
            square_unit(), lots, park, town, minutes=5.0, walk=Walk(beside=65.0)
        ).evidence()
        assert told["link"].tolist() == ["LINESTRING (490 530, 490 500)"]
        assert told[["link_m", "linked_m"]].to_numpy().tolist() == [[30, 70 + 30 + 110]]


def test_residents_may_be_counted_instead() -> None:
    found = park_walk_coverage(square_unit(), LOTS, PARK, roads(*STREET), whose="residents")
    assert found.table["numerator"].tolist() == pytest.approx([300 + 100 + 50])


def test_minutes_speeds_and_walkers() -> None:
    asked = (square_unit(), LOTS, PARK, roads(*STREET))
    elderly = park_walk_coverage(*asked, walk=Walk(walker="elderly"))
    same = park_walk_coverage(*asked, minutes=8.0)
    own = park_walk_coverage(*asked, minutes=4.8, walk=Walk(walk_speeds=(("all", 100.0),)))
    assert elderly.table.equals(same.table)
    assert own.table.equals(same.table)
    assert elderly.table["numerator"].tolist() == pytest.approx([400 * 50 * 0.45 + 5000 + 2500])


def test_a_home_without_a_street_is_out_of_reach_and_told_so() -> None:
    found = park_walk_coverage(
        square_unit(), LOTS, PARK, roads(*STREET), walk=Walk(street_far=199.0)
    )
    told = found.evidence().set_index("parcel_id")
    assert told["cause"].to_dict() == {"id1": "partly", "id3": "no_street"}


def test_a_park_is_entered_where_its_entrances_are() -> None:
    """The only entrance lies at the far side: the way there is 60 m of street and 90 m of path."""
    way = roads(*STREET, line((50, 500), (50, 600)))
    lots = homes((400, 510, 500, 560))
    door = layer([shapely.Point(50, 600)], entrance_to=["park"])
    asked = (square_unit(), lots, PARK, way)
    told = park_walk_detour(*asked).evidence()
    assert told["network_m"].tolist() == [300.0]
    told = park_walk_detour(*asked, door).evidence()
    assert told["network_m"].tolist() == [350.0 + 100.0]
    other = door.assign(entrance_to="station")
    assert park_walk_detour(*asked, other).evidence()["network_m"].tolist() == [300.0]


GREEN = layer([shapely.box(200, 200, 600, 600)])
"""A park of 400 m; homes beside the western end of the path at its northern edge, and south."""
NORTH, SOUTH = (250, 850, 290, 880), (20, 140, 60, 170)


def ways_to_green(*lines: Any) -> list[float]:
    """Return the ways of two homes to the park, metres."""
    told = park_walk_detour(square_unit(), homes(NORTH, SOUTH), GREEN, roads(*lines)).evidence()
    return [*told.set_index("parcel_id")["network_m"].reindex(["id1", "id2"])]


def test_a_park_that_paths_cross_is_entered_wherever_they_do() -> None:
    """No street runs along it. 250 m down to the northern edge; 140 m and 10 m to the western."""
    down, across = line((300, 900), (300, 100)), line((50, 400), (900, 400))
    assert ways_to_green(down, across) == [250.0, pytest.approx(np.nan, nan_ok=True)]
    bend = line((50, 150), (50, 400), (900, 400))
    assert ways_to_green(down, bend) == [250.0, 230.0 + 150.0]
    assert ways_to_green(line((300, 900), (300, 590)), bend) == [250.0, 380.0]
    assert ways_to_green(line((300, 900), (300, 620)), bend) == [230.0, 380.0]


def test_a_street_along_one_edge_does_not_close_the_path_into_another() -> None:
    """The home in the north goes 250 m down the path; round to the southern road are 1,200 m."""
    path, south = line((300, 900), (300, 500)), line((0, 185), (900, 185))
    round_ = line((300, 900), (0, 900), (0, 185))
    assert ways_to_green(south, round_, path) == [250.0, 140.0]
    told = park_walk_detour(square_unit(), homes(NORTH), GREEN, roads(south, round_, path))
    assert told.evidence()["straight_m"].tolist() == [250.0]
    closed = roads(south, round_, path, walk=[True, True, False])
    far = park_walk_detour(square_unit(), homes(NORTH), GREEN, closed, minutes=30.0).evidence()
    assert far["network_m"].tolist() == [250.0 + 715.0 + 200.0]


def test_a_home_at_single_places_counts_by_how_many_of_them_are_near() -> None:
    """Streets cross the home's edges at four places: 560, 740 and twice 750 m from the park."""
    town = roads(line((100, 505), (900, 505)), line((750, 300), (750, 700)))
    lots = homes((660, 405, 840, 605))
    for minutes, percent in ((9.3, 0.0), (9.4, 25.0), (12.4, 50.0), (12.5, 100.0)):
        assert share_of(town, lots, minutes=minutes) == percent


def test_the_detour_is_that_of_the_sums() -> None:
    """A street round a corner: 400 m along two sides instead of the diagonal."""
    corner = roads(line((0, 0), (300, 0)), line((300, 0), (300, 300)))
    lots, park = homes((310, 290, 330, 310)), layer([shapely.box(-40, -10, -5, 10)])
    found = park_walk_detour(square_unit(), lots, park, corner, walk=Walk(beside=20.0))
    straight = shapely.distance(lots.geometry.iloc[0], park.geometry.iloc[0])
    told = found.evidence().iloc[0]
    assert told["straight_m"] == pytest.approx(straight)
    assert told["network_m"] == pytest.approx(300 + 290)
    assert found.table["value"].iloc[0] == pytest.approx((300 + 290) / straight)


def test_a_bridge_is_no_crossing_and_an_expressway_no_way() -> None:
    """A home on one road, the park on another that crosses it above, or below, or not at all."""
    crossing = (line((0, 500), (1000, 500)), line((500, 200), (500, 900)))
    lots, park = homes((900, 510, 960, 560)), layer([shapely.box(510, 800, 560, 900)])

    def share(**columns: Any) -> float:
        town = roads(*crossing, **columns)
        found = park_walk_coverage(square_unit(), lots, park, town, minutes=20.0)
        return float(found.table["value"].iloc[0])

    assert share() == 100
    assert share(bridge=[False, True]) == 0
    assert share(tunnel=[True, False]) == 0
    assert share(level=[0.0, -1.0]) == 0
    assert share(bridge=[True, False], level=[0.0, 0.0]) == 100
    assert share(walk=[True, False]) == 0
    fast = roads(*crossing).assign(road_class=["local", "expressway"])
    asked = (square_unit(), lots, park)
    assert park_walk_coverage(*asked, fast, minutes=20.0).table["value"].tolist() == [0.0]
    paved = fast.assign(walk=[None, True])
    assert park_walk_coverage(*asked, paved, minutes=20.0).table["value"].tolist() == [100.0]


def test_compounds_are_open_or_closed_or_have_gates() -> None:
    inner = roads(*STREET, line((500, 500), (500, 700))).assign(road_class=["local", "compound"])
    lots, park = homes((510, 600, 560, 700)), layer([shapely.box(0, 510, 400, 600)])
    gate = layer([shapely.Point(503, 505)], entrance_to=["compound"])
    away = layer([shapely.Point(530, 500)], entrance_to=["compound"])

    def share(compounds: Any, doors: gpd.GeoDataFrame | None = None) -> float:
        walk = Walk(compounds=compounds, street_far=60.0)
        found = park_walk_coverage(square_unit(), lots, park, inner, doors, walk=walk)
        return float(found.table["value"].iloc[0])

    assert share("open") == 100
    assert share("closed") == 0
    assert share("gates", gate) == 100
    assert share("gates", away) == 0


def test_stations_serve_people_along_streets() -> None:
    stops = layer([shapely.Point(0, 505), shapely.Point(990, 505)], mode=["metro", "ferry"])
    found = station_walk_coverage(square_unit(), LOTS, stops, roads(*STREET), radius=605.0)
    assert found.table["numerator"].tolist() == pytest.approx([400 * 0.5 + 100 + 50])


def test_the_detour_to_a_station_is_that_of_the_sums() -> None:
    """Round a corner to eight people; one straight down the street weighs nothing: nobody there."""
    corner = roads(line((0, 0), (300, 0)), line((300, 0), (300, 300)))
    lots = homes((310, 290, 330, 310), (100, 10, 120, 30)).assign(population=[8.0, 0.0])
    stop = layer([shapely.Point(0, 0)], mode=["metro"])
    found = station_walk_detour(square_unit(), lots, stop, corner, walk=Walk(beside=20.0))
    straight = shapely.distance(lots.geometry.iloc[0], stop.geometry.iloc[0])
    assert found.table["numerator"].tolist() == pytest.approx([8 * (300 + 290)])
    assert found.table["denominator"].tolist() == pytest.approx([8 * straight])


def test_what_lies_beyond_the_border_serves_a_home_across_it() -> None:
    """A home of 300 m across the border, its front in reach of a stop in the other unit."""
    units, lots = square_units(2), homes((900, 510, 1200, 560))
    stops = layer([shapely.Point(1250, 500)], mode=["bus"])
    town = roads(line((0, 500), (2000, 500)))
    found = station_walk_coverage(units, lots, stops, town, radius=200.0)
    assert found.table["value"].tolist() == pytest.approx([50.0, 50.0])


def test_every_type_of_facility_has_to_be_within_the_walk() -> None:
    """A clinic at one end of the front and a market at the other: each reaches 60 %, both 20 %."""
    lots = homes((0, 510, 1000, 560))
    places = layer([shapely.Point(0, 500), shapely.Point(1000, 500)],
                   facility_type=["clinic", "market"])  # fmt: skip
    asked = (square_unit(), lots, places, roads(*STREET))
    both = ("clinic", "market")
    found = facility_15min_coverage(*asked, facility_types=both, minutes=10.0)
    assert found.table["value"].tolist() == pytest.approx([20.0])
    for one in both:
        alone = facility_15min_coverage(*asked, facility_types=(one,), minutes=10.0)
        assert alone.table["value"].tolist() == pytest.approx([60.0])
    told = found.evidence()
    assert told["missing"].tolist() == ["clinic, market"]
    assert told["area_m2"].tolist() == pytest.approx([0.8 * 50_000])
    with pytest.raises(UnstatedError, match="of the type shop, culture"):
        facility_15min_coverage(*asked, facility_types=("clinic", "shop", "culture"))
    for measured in (facility_15min_coverage, complete_community_coverage):
        with pytest.raises(UnstatedError, match="facility_types is empty"):
            measured(*asked, facility_types=())


def test_a_community_is_complete_where_most_of_it_reaches_everything() -> None:
    lots = homes((0, 510, 500, 560), (600, 510, 1000, 560))
    places = layer([shapely.Point(0, 500)], facility_type=["clinic"])
    asked: dict[str, Any] = {"facility_types": ("clinic",), "minutes": 10.0}
    given = (square_unit(), lots, places, roads(*STREET))
    found = complete_community_coverage(*given, **asked)
    assert found.table[["numerator", "denominator", "value"]].iloc[0].tolist() == [1, 2, 50]
    people = complete_community_coverage(*given, counted_by="residents", **asked)
    assert people.table["value"].tolist() == pytest.approx([100 * 500 / 900])
    least = complete_community_coverage(*given, min_share=0.0, **asked)
    assert least.table["value"].tolist() == [100.0]


def test_a_hospital_serves_as_a_clinic_but_no_clinic_as_a_hospital() -> None:
    lots, point = homes((0, 510, 500, 560), (600, 510, 1000, 560)), [shapely.Point(0, 500)]

    def coverage(kind: str, asked: str) -> list[float]:
        given = (square_unit(), lots, layer(point, facility_type=[kind]), roads(*STREET))
        found = facility_15min_coverage(*given, facility_types=(asked,), minutes=10.0)
        return [float(value) for value in found.table["value"]]

    assert coverage("hospital", "clinic") == coverage("clinic", "clinic")
    assert coverage("hospital", "hospital") == coverage("clinic", "clinic")
    with pytest.raises(UnstatedError, match="hospital"):
        coverage("clinic", "hospital")


def test_a_community_that_is_not_complete_is_told_by_how_much() -> None:
    """A clinic at 0 m reaches 600 m: half of the first, none of the second; no street at all."""
    lots = homes((400, 510, 800, 560), (800, 510, 900, 560), (400, 960, 500, 990))
    places = layer([shapely.Point(0, 500)], facility_type=["clinic"])
    given = (square_unit(), lots, places, roads(*STREET))
    asked: dict[str, Any] = {"facility_types": ("clinic",), "minutes": 10.0}
    told = complete_community_coverage(*given, **asked).evidence()
    assert told["cause"].tolist() == ["partly", "too_far", "no_street"]
    assert told["share"].tolist() == [50.0, 0.0, 0.0]
    assert told["communities"].tolist() == [1.0, 1.0, 1.0]
    people = complete_community_coverage(*given, counted_by="residents", **asked).evidence()
    assert people["people"].tolist() == lots["population"].tolist()
    least = complete_community_coverage(*given, min_share=0.0, **asked)
    assert least.table["numerator"].tolist() == [2]
    assert least.evidence()["cause"].tolist() == ["no_street"]


@pytest.mark.parametrize("percent", [29, 57, 58])
def test_the_smallest_share_exactly_reached_is_enough(percent: int) -> None:
    """100 times 0.29 is less than 29 in floats: rounding makes no community incomplete."""
    lots = homes((500, 510, 600, 560))
    places = layer([shapely.Point(500 + percent - 600, 500)], facility_type=["clinic"])
    town = roads(line((-500, 500), (1000, 500)))
    given = (square_unit(), lots, places, town)
    asked: dict[str, Any] = {"facility_types": ("clinic",), "minutes": 10.0}
    enough = complete_community_coverage(*given, min_share=float(percent), **asked)
    assert enough.table["numerator"].tolist() == [1]
    more = complete_community_coverage(*given, min_share=percent + 0.01, **asked)
    assert more.table["numerator"].tolist() == [0]
    assert more.evidence()["share"].tolist() == pytest.approx([percent])


def test_what_is_not_known_is_asked_for() -> None:
    with pytest.raises(MissingColumnError, match="road_class"):
        park_walk_coverage(square_unit(), LOTS, PARK, roads(*STREET).drop(columns="road_class"))
    with pytest.raises(MissingColumnError, match="land_use"):
        park_walk_coverage(square_unit(), LOTS.drop(columns="land_use"), PARK, roads(*STREET))


@pytest.mark.parametrize("seed", range(3))
def test_links_are_those_that_a_part_of_the_plan_knows(seed: int) -> None:
    """Streets in pieces over three units; without what lies beyond reach of the middle one."""
    draw = np.random.default_rng(seed)
    start = draw.uniform((-100, -100), (3100, 1100), (260, 2))
    pairs = zip(start, start + draw.uniform(-160, 160, (260, 2)), strict=True)
    town, units = roads(*(line(*pair) for pair in pairs)), square_units(3)
    parks = layer(
        [shapely.box(x, y, x + 90, y + 90) for x, y in draw.uniform(0, (3000, 1000), (9, 2))]
    )
    lots = homes(*((x, y, x + 60, y + 60) for x in range(1000, 2000, 100)
                   for y in range(0, 1000, 100)))  # fmt: skip
    one = indicators()["park_walk_coverage"]
    near = one.reach_m(one.settings({"minutes": 6.0}), {"parks": parks})
    seen = [f[f.dwithin(units.geometry["u2"], near)] for f in (parks, town)]
    assert len(seen[1]) < 260
    told = [
        park_walk_coverage(units, lots, *layers, minutes=6.0).evidence().set_index("parcel_id")
        for layers in ((parks, town), seen)
    ]
    columns = ["unit_id", "cause", "link", "link_m", "linked_m"]
    pd.testing.assert_frame_equal(*(one[columns] for one in told))
    helped = told[0].dropna(subset="link")
    assert len(helped) >= 3
    assert (helped["linked_m"] <= 360).all()
    assert (helped["straight_m"] <= helped["linked_m"] + 50).all()
    assert set(helped["cause"]) == {"too_far"}


def share_of(town: gpd.GeoDataFrame, lots: gpd.GeoDataFrame, **given: Any) -> float:
    return float(
        park_walk_coverage(square_unit(), lots, PARK, town, **given).table["value"].iloc[0]
    )


def test_lines_that_share_a_stretch_meet_where_they_part() -> None:
    bent = line((600, 560), (600, 500), (700, 500), (700, 900))
    assert share_of(roads(*STREET, bent), homes((650, 800, 690, 850)), minutes=20.0) == 100


def test_a_speck_of_a_street_leads_nowhere() -> None:
    town = roads(line((700, 200), (1000, 200)), line((900, 320), (900.0003, 320)),
                 line((50, 505), (50, 900)))  # fmt: skip
    assert share_of(town, homes((880, 305, 920, 315))) == 0
    last = roads(*STREET, line((500, 320), (500.0003, 320)))
    assert share_of(last, homes((480, 310, 520, 315)), walk=Walk(street_far=10.0)) == 0


def test_lengths_that_round_otherwise_stay_on_their_street() -> None:
    town = roads(line((0, 0), (60.0093, 80.0124)))
    assert share_of(town, homes((20, 0, 90, 90))) == 0


def test_stops_and_entrances_may_be_several_points() -> None:
    stops = layer([shapely.MultiPoint([(0, 505)])], mode=["metro"])
    door = layer([shapely.MultiPoint([(20, 495)])], entrance_to=["station"])
    asked = (square_unit(), LOTS, stops, roads(*STREET))
    assert station_walk_coverage(*asked, radius=605.0).table["numerator"].iloc[0] > 0
    assert station_walk_coverage(*asked, door, radius=605.0).table["numerator"].iloc[0] > 0


def test_an_entrance_belongs_to_the_nearest_goal_that_can_have_one() -> None:
    side = roads(*STREET, line((470, 530), (490, 530)))
    stops = layer([shapely.Point(500, 503), shapely.Point(800, 700)], mode=["bus", "metro"])
    door = layer([shapely.Point(480, 525)], entrance_to=["station"])
    lots = homes((520, 510, 560, 560))
    for doors in (None, door):
        found = station_walk_coverage(square_unit(), lots, stops, side, doors, modes=("bus",))
        assert found.table["value"].tolist() == [100.0]
    parks = layer([shapely.box(300, 510, 400, 600), shapely.box(300, 400, 400, 490)])
    gate = layer([shapely.Point(350, 510)], entrance_to=["park"])
    town = roads(*STREET, line((0, 395), (1000, 395)))
    behind = homes((300, 340, 400, 390))
    found = park_walk_coverage(square_unit(), behind, parks, town, gate, minutes=5.0)
    assert found.table["value"].tolist() == [100.0]


def test_homes_that_touch_a_park_have_no_detour() -> None:
    touching = homes((100, 510, 200, 600), (400, 510, 500, 560))
    found = park_walk_detour(square_unit(), touching, PARK, roads(*STREET))
    assert found.table["value"].tolist() == [1.0]


def test_closed_compounds_are_closed_whatever_the_road_says() -> None:
    town = roads(*STREET, line((500, 500), (500, 900)), walk=[True, True])
    town = town.assign(road_class=["local", "compound"])
    lots = homes((510, 800, 550, 850))
    assert share_of(town, lots, minutes=20.0) == 100
    assert share_of(town, lots, minutes=20.0, walk=Walk(compounds="closed")) == 0


def test_what_lies_at_the_far_end_of_a_park_is_within_the_reach() -> None:
    one = declaration_of(park_walk_coverage)
    near = one.reach_m(one.settings({}), {"parks": PARK.iloc[:0]})
    long = layer([shapely.box(0, 0, 3000, 400)])
    assert one.reach_m(one.settings({}), {"parks": long}) >= near + 3000


def random_town(seed: int) -> tuple[gpd.GeoDataFrame, ...]:
    parks = layer(random_boxes(4, seed=seed + 1, size=80))
    lots = layer(random_boxes(60, seed=seed, size=60), land_use=["0701"] * 60)
    return square_unit(), lots, parks, roads(*random_lines(25, seed=seed + 2))


@pytest.mark.parametrize("seed", range(6))
def test_ways_are_those_of_networkx(seed: int) -> None:
    """Lots and parks of 10 cm, each of which is taken to the nearest street."""
    units, lots, parks, town = random_town(seed)
    spots = lots.set_geometry(lots.geometry.centroid.buffer(0.05))
    goals = parks.set_geometry(parks.geometry.centroid.buffer(0.05))
    walk = Walk(beside=0.0, snap=0.0, street_far=500.0)
    told = park_walk_detour(units, spots, goals, town, minutes=12.0, walk=walk).evidence()
    graph = _drawn(town)
    starts = [_enter(graph, point, ("park", n)) for n, point in enumerate(goals.geometry.centroid)]
    ends = {key: _enter(graph, p, key) for key, p in spots.geometry.centroid.items()}
    far = nx.multi_source_dijkstra_path_length(graph, set(starts), weight="m")
    want = {key: far[node] for key, node in ends.items() if far.get(node, 1e9) <= 720}
    got = told.set_index("parcel_id")["network_m"].to_dict()
    unit = units.geometry.iloc[0]
    near = {k for k, v in want.items() if v < 719.9 and unit.contains(spots.geometry[k])}
    assert near <= set(got)
    for key in near:
        assert got[key] == pytest.approx(want[key], abs=0.15)


def _drawn(town: gpd.GeoDataFrame) -> nx.Graph:
    """Streets as a graph of their noded segments."""
    graph = nx.Graph()
    for part in shapely.get_parts(shapely.union_all(town.geometry.to_numpy())):
        for a, b in zip(part.coords[:-1], part.coords[1:], strict=True):
            graph.add_edge(a, b, m=float(np.hypot(a[0] - b[0], a[1] - b[1])))
    return graph


def _enter(graph: nx.Graph, point: shapely.Point, name: Any) -> Any:
    """Cut the nearest edge at the point's foot, and go there from the point."""
    pairs = [(a, b) for a, b in graph.edges if isinstance(a[0], float) and isinstance(b[0], float)]
    lines = shapely.linestrings(np.array(pairs))
    a, b = pairs[int(np.argmin(shapely.distance(lines, point)))]
    edge = shapely.LineString([a, b])
    foot = edge.interpolate(edge.project(point))
    at = (foot.x, foot.y)
    if at not in (a, b):
        graph.remove_edge(a, b)
    for end in (a, b):
        if end != at:
            graph.add_edge(at, end, m=float(np.hypot(end[0] - at[0], end[1] - at[1])))
    graph.add_edge(name, at, m=float(foot.distance(point)))
    return name


@pytest.mark.parametrize("seed", range(3))
def test_order_place_and_cutting_units_change_nothing(seed: int) -> None:
    units, lots, parks, town = random_town(seed)
    before = park_walk_coverage(units, lots, parks, town).total()
    mixed = [shuffled(one, seed) for one in (lots, parks, town)]
    assert park_walk_coverage(units, *mixed).total() == pytest.approx(before, rel=1e-6)
    shifted = [moved(one, 4e5, 3e6) for one in (units, lots, parks, town)]
    assert park_walk_coverage(*shifted).total() == pytest.approx(before, rel=1e-4)
    halves = park_walk_coverage(cut_at(units, 432.1), lots, parks, town)
    assert halves.total() == pytest.approx(before, rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_streets_never_reach_farther_than_straight_lines(seed: int) -> None:
    """But for the width of streets, which is not walked."""
    units, lots, parks, town = random_town(seed)
    walk = Walk(beside=5.0)
    on_foot = park_walk_coverage(units, lots, parks, town, minutes=5.0, walk=walk).evidence()
    reached = set(lots.index) - set(on_foot.loc[on_foot["cause"] != "partly", "parcel_id"])
    far = park_coverage(units, lots, parks, radius=300.0 + 2 * 5.0).evidence()
    beyond = far.groupby("parcel_id")["area_m2"].sum()
    wholly = {k for k, m2 in beyond.items() if m2 > 0.999 * lots.geometry[k].area}
    inside = {k for k in reached if units.geometry.iloc[0].contains(lots.geometry[k])}
    assert not inside & wholly
