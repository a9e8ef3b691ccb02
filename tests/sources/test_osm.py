"""OpenStreetMap becomes canonical layers."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pytest
import shapely

from carbonspace.model.places import FACILITIES, FACILITY_TYPES

CRS = 'crs = "EPSG:32632"\n'  # central meridian 9° E, where the test file lies


@pytest.fixture
def layer_of(osm: Any, tmp_path: Any) -> Any:
    """Return a reader of one layer of the file written so far, by id, and its findings."""
    from carbonspace.sources import read_plan

    def read(key: str, more: str = "") -> tuple[gpd.GeoDataFrame, list[Any]]:
        osm.write()
        text = f'format = 1\nname = "x"\n{CRS}[layers.{key}]\nsource = "city.osm"\n{more}'
        (tmp_path / "plan.toml").write_text(text, "utf-8")
        plan = read_plan(tmp_path)
        layer = plan.layers[key]
        return layer.set_index(layer.columns[0]), list(plan.findings)

    return read


def test_the_smaller_land_use_keeps_its_ground(osm: Any, layer_of: Any) -> None:
    osm.square(0, 0, 100, landuse="residential")
    osm.square(20, 20, 50, amenity="school", landuse="education")
    osm.square(40, 40, 10, leisure="park")
    osm.square(0, 0, 9, leisure="garden")
    osm.square(60, 0, 9, landuse="retail", building="yes")
    parcels, findings = layer_of("parcels")
    assert parcels["land_use"].to_dict() == {
        "way/1000": "0701", "way/1001": "080403", "way/1002": "1401",
    }  # fmt: skip
    expected = {"way/1000": 7_500, "way/1001": 2_400, "way/1002": 100}
    # UTM shrinks by 0.9996 at its meridian; latitude degrees are 0.67 % shorter at the equator.
    assert parcels.area.to_dict() == pytest.approx(expected, rel=0.01)
    assert parcels.union_all().area == pytest.approx(parcels.area.sum(), rel=1e-9)
    assert [f.found_in("en").split(",")[0] for f in findings] == ["2 areas"]
    assert parcels.crs.to_epsg() == 32632


def test_parks(osm: Any, layer_of: Any) -> None:
    osm.square(0, 0, 10, leisure="park", name="Alameda")
    osm.square(20, 0, 10, landuse="recreation_ground")
    osm.square(40, 0, 10, leisure="park", access="private")
    osm.square(60, 0, 10, leisure="garden")
    parks, _ = layer_of("parks")
    assert parks.index.tolist() == ["way/1000", "way/1001"]
    assert parks["name"].iloc[0] == "Alameda"


def test_buildings(osm: Any, layer_of: Any) -> None:
    osm.square(0, 0, 10, building="apartments", building__levels="4", height="12.5 m")
    osm.square(20, 0, 10, building="yes", amenity="school", roof__shape="gabled")
    osm.square(40, 0, 10, building="yes", roof__shape="flat", roof__material="metal")
    osm.square(60, 0, 10, building="no")
    osm.square(80, 0, 10, building="industrial", building__levels="many")
    osm.way([(0, 50), (0, 50)], building="house")
    buildings, findings = layer_of("buildings")
    assert buildings["use"].fillna("").tolist() == ["0701", "080403", "", "1001"]
    assert buildings["floors"].fillna(-1).tolist() == [4, -1, -1, -1]
    assert buildings["height"].iloc[0] == 12.5
    assert buildings["roof_type"].fillna("").tolist() == ["", "pitched", "metal", ""]
    assert {(f.feature, f.severity) for f in findings} == {
        ("way/1004", "warning"), ("way/1005", "warning"),
    }  # fmt: skip


def test_roads(osm: Any, layer_of: Any) -> None:
    kinds = {
        "motorway": "expressway", "primary": "arterial", "secondary": "secondary",
        "residential": "local", "service": "compound", "steps": "slow", "track": "other",
        "trunk_link": "other",
    }  # fmt: skip
    for n, kind in enumerate([*kinds, "construction", "raceway"]):
        osm.way([(0, 10 * n), (100, 10 * n)], highway=kind)
    private = osm.way([(0, 200), (9, 200)], highway="residential", access="private")
    roads, _ = layer_of("roads")
    assert roads["road_class"].tolist() == [*kinds.values(), "compound"]
    assert roads.index[-1] == f"way/{private}"
    assert roads["oneway"].tolist() == [True] + [False] * 8


def test_road_details(osm: Any, layer_of: Any) -> None:
    sides = [
        ({"oneway": "yes", "sidewalk": "both", "width": "7 m"}, True, True),
        ({"oneway": "-1", "cycleway__right": "lane"}, True, True),
        ({"junction": "roundabout", "sidewalk": "separate"}, True, False),
        ({"oneway": "no"}, False, None),
    ]
    for n, (tags, _, _) in enumerate(sides):
        osm.way([(0, 10 * n), (100, 10 * n)], highway="tertiary", **tags)
    roads, _ = layer_of("roads")
    assert roads["oneway"].tolist() == [oneway for _, oneway, _ in sides]
    slow = [None if value is gpd.pd.NA else value for value in roads["slow_traffic"]]
    assert slow == [value for _, _, value in sides]
    assert roads["width"].iloc[0] == 7


@pytest.mark.parametrize(
    ("tags", "walk", "bike", "drive"),
    [
        ({"highway": "residential"}, None, None, None),
        ({"highway": "residential", "foot": "no", "motor_vehicle": "no"}, False, None, False),
        ({"highway": "residential", "access": "no", "foot": "yes"}, True, False, False),
        ({"highway": "residential", "access": "private"}, None, None, None),  # in a compound
        ({"highway": "service", "motorcar": "private"}, None, None, None),
        ({"highway": "service", "access": "no"}, False, False, False),
        ({"highway": "footway", "access": "private"}, False, False, False),
        ({"highway": "footway"}, None, False, None),
        ({"highway": "footway", "bicycle": "yes"}, None, True, None),
        ({"highway": "steps"}, None, False, None),
        ({"highway": "path"}, None, None, None),
        ({"highway": "cycleway", "bicycle": "designated"}, None, True, None),
        ({"highway": "pedestrian", "vehicle": "no", "motor_vehicle": "delivery"}, None, False,
         True),
        ({"highway": "trunk"}, None, None, None),
        ({"highway": "trunk", "sidewalk": "both", "cycleway": "lane"}, True, True, None),
        ({"highway": "trunk", "sidewalk": "no"}, None, None, None),
        ({"highway": "trunk_link"}, False, False, None),
        ({"highway": "trunk_link", "sidewalk__right": "yes"}, True, False, None),
        ({"highway": "primary", "motorroad": "yes", "sidewalk": "both"}, False, False, None),
        ({"highway": "busway"}, False, False, False),
        ({"highway": "tertiary", "foot": "use_sidepath", "bicycle": "dismount"}, False, False,
         None),
        ({"highway": "tertiary", "access": "yes", "foot": "sometimes"}, None, None, None),
    ],
)  # fmt: skip
def test_who_may_use_a_road(
    osm: Any, layer_of: Any, tags: dict[str, str], walk: object, bike: object, drive: object
) -> None:
    osm.way([(0, 0), (100, 0)], **tags)
    road = layer_of("roads")[0].iloc[0]
    said = [None if road[mode] is gpd.pd.NA else road[mode] for mode in ("walk", "bike", "drive")]
    assert said == [walk, bike, drive]


def test_levels_of_roads(osm: Any, layer_of: Any) -> None:
    tags = [
        ({}, None, False, False), ({"bridge": "viaduct", "layer": "2"}, 2, True, False),
        ({"tunnel": "yes", "layer": "-1"}, -1, False, True), ({"bridge": "no"}, None, False, False),
        ({"tunnel": "building_passage"}, None, False, False),
        ({"bridge": "yes", "layer": "up"}, None, True, False),
    ]  # fmt: skip
    for n, (more, *_) in enumerate(tags):
        osm.way([(0, 10 * n), (100, 10 * n)], highway="tertiary", **more)
    roads, findings = layer_of("roads")
    assert [None if v != v else v for v in roads["level"]] == [one[1] for one in tags]
    assert roads["bridge"].tolist() == [one[2] for one in tags]
    assert roads["tunnel"].tolist() == [one[3] for one in tags]
    assert [(f.feature, f.found_in("en")) for f in findings] == [("way/1005", "'up' in way/1005")]


def test_entrances(osm: Any, layer_of: Any) -> None:
    osm.square(0, 0, 100, leisure="park")
    osm.square(300, 0, 100, leisure="park", access="private")
    osm.node(50, 0, barrier="gate", name="South gate")
    osm.node(0, 50, barrier="gate", access="private")
    osm.node(100, 50, entrance="main")
    osm.node(50, 50, barrier="gate")  # inside
    osm.node(50, 100, barrier="bollard")
    osm.node(350, 0, barrier="gate")  # of what is no public park
    osm.way([(0, 200), (50, 200), (90, 200)], highway="service")
    osm.way([(0, 300), (50, 300), (90, 300)], highway="residential", access="private")
    osm.way([(0, 400), (50, 400), (90, 400)], highway="residential")
    for y in (200, 300, 400):
        osm.node(50, y, barrier="lift_gate", access="private")
    osm.node(0, 200, barrier="gate", access="no")
    osm.node(0, 300, barrier="gate", access="no", foot="yes")
    osm.node(700, 0, railway="subway_entrance", name="Exit A")
    entrances, _ = layer_of("entrances")
    degrees = shapely.get_coordinates(entrances.to_crs(4326).geometry) - (9, 0)
    metres = (degrees * osm.METRES_PER_DEGREE).round().astype(int).tolist()
    where = dict(zip(map(tuple, metres), entrances["entrance_to"], strict=True))
    assert where == {
        (50, 0): "park", (100, 50): "park", (50, 200): "compound", (50, 300): "compound",
        (0, 300): "compound", (700, 0): "station",
    }  # fmt: skip
    assert set(entrances["name"].dropna()) == {"South gate", "Exit A"}


def test_facilities_of_daily_life(osm: Any, layer_of: Any) -> None:
    kinds = [
        ({"amenity": "kindergarten"}, ["kindergarten"]),
        ({"amenity": "school", "isced__level": "1"}, ["primary_school"]),
        ({"amenity": "school", "isced__level": "0-2"},
         ["kindergarten", "primary_school", "middle_school"]),
        ({"amenity": "school", "isced__level": "2;3"}, ["middle_school"]),
        ({"amenity": "school", "school": "secondary"}, ["middle_school"]),
        ({"amenity": "school", "school": "surf"}, ["school"]),
        ({"amenity": "doctors"}, ["clinic"]), ({"healthcare": "centre"}, ["clinic"]),
        ({"amenity": "dentist"}, []), ({"amenity": "social_facility"}, []),
        ({"amenity": "social_facility", "social_facility": "assisted_living"}, ["elderly_care"]),
        ({"amenity": "social_facility", "social_facility": "group_home"}, []),
        ({"amenity": "social_facility", "social_facility": "day_care",
          "social_facility__for": "senior;disabled"}, ["elderly_care"]),
        ({"tourism": "museum"}, ["culture"]), ({"amenity": "library"}, ["culture"]),
        ({"leisure": "sports_centre"}, ["sports"]), ({"leisure": "pitch"}, []),
        ({"shop": "supermarket"}, ["market"]), ({"amenity": "marketplace"}, ["market"]),
        ({"shop": "bakery"}, ["shop"]), ({"shop": "shoes"}, []),
        ({"amenity": "community_centre"}, ["community_centre"]),
        ({"amenity": "charging_station"}, ["charging"]),
        ({"amenity": "hospital", "healthcare": "hospital"}, ["hospital"]),
        ({"amenity": "fire_station"}, ["fire_station"]),
        ({"amenity": "recycling", "recycling_type": "container"}, ["recycling_point"]),
        ({"amenity": "recycling", "recycling_type": "centre"}, ["recycling_station"]),
        ({"amenity": "waste_transfer_station"}, ["refuse_station"]),
        ({"amenity": "bicycle_parking"}, ["bike_parking"]),
        ({"amenity": "parcel_locker"}, ["parcel_locker"]),
        ({"man_made": "wastewater_plant"}, ["sewage_plant"]),
        ({"shop": "second_hand"}, ["second_hand"]),
    ]  # fmt: skip
    for n, (tags, _) in enumerate(kinds):
        osm.node(100 * n, 0, **tags)
    found, findings = layer_of("facilities")
    expected = {f"node/{n + 1}": types for n, (_, types) in enumerate(kinds) if types}
    by_place: dict[str, list[str]] = {}
    for key, kind in found["facility_type"].items():
        by_place.setdefault("/".join(str(key).split("/")[:2]), []).append(kind)
    assert by_place == expected
    assert "node/3/primary_school" in found.index
    types = {kind for types in expected.values() for kind in types}
    assert types >= {*FACILITIES, "school"}
    assert types - {"school"} <= {*FACILITY_TYPES}
    (schools,) = findings
    assert schools.found_in("en") == "1 school: node/6"
    assert schools.found_in("zh") == "1 所：node/6"


def test_street_lamps(osm: Any, layer_of: Any) -> None:
    osm.node(0, 0, highway="street_lamp", light__method="LED")
    osm.node(10, 0, highway="street_lamp", light__method="high_pressure_sodium")
    osm.node(20, 0, highway="street_lamp")
    osm.node(30, 0, highway="traffic_signals", light__method="LED")
    lamps, _ = layer_of("street_lamps")
    assert lamps["lamp_type"].fillna("").to_dict() == {
        "node/1": "led", "node/2": "other", "node/3": "",
    }  # fmt: skip


def test_a_facility_drawn_twice_counts_once(osm: Any, layer_of: Any) -> None:
    osm.square(0, 0, 50, amenity="school", isced__level="1")
    osm.node(10, 10, amenity="school", isced__level="1")
    osm.node(20, 20, amenity="library")
    found, _ = layer_of("facilities")
    assert found["facility_type"].to_dict() == {
        "way/1000": "primary_school", found.index[1]: "culture",
    }  # fmt: skip


def test_schools_may_be_said_to_be_of_one_level(osm: Any, layer_of: Any) -> None:
    osm.node(0, 0, amenity="school")
    found, findings = layer_of(
        "facilities", 'values = { facility_type = { school = "primary_school" } }'
    )
    assert (found["facility_type"].tolist(), findings) == (["primary_school"], [])


def test_bike_corridors(osm: Any, layer_of: Any) -> None:
    own = osm.way([(0, 0), (100, 0)], highway="cycleway")
    osm.way([(0, 20), (100, 20)], highway="primary", cycleway__left="track")
    osm.way([(0, 40), (100, 40)], highway="path", bicycle="designated")
    osm.way([(0, 60), (100, 60)], highway="residential", bicycle="yes")
    street = osm.way([(100, 0), (200, 0)], highway="residential")
    osm.route([own, street], route="bicycle", ref="R1")
    corridors, _ = layer_of("bike_corridors")
    assert corridors["corridor_class"].tolist() == ["1", "2", "3", "3"]
    assert corridors["route"].fillna("").tolist() == ["R1", "", "", "R1"]
    assert corridors.index[-1] == "relation/9000"
    assert corridors.length.tolist() == pytest.approx([100] * 4, rel=0.01)


def test_every_stop_counts_once(osm: Any, layer_of: Any) -> None:
    osm.node(0, 0, highway="bus_stop", public_transport="platform", name="A")
    osm.square(3, -2, 4, public_transport="platform", bus="yes")
    osm.node(0, 15, public_transport="stop_position", bus="yes")
    osm.way([(200, 0), (220, 0)], public_transport="platform")
    osm.node(0, 5, railway="tram_stop", name="B")
    osm.square(400, 0, 60, amenity="bus_station", name="C")
    osm.node(430, 30, highway="bus_stop")
    osm.node(600, 0, railway="station", station="subway", name="D")
    osm.node(700, 0, railway="halt", name="E")
    osm.node(800, 0, amenity="ferry_terminal", name="F")
    stops, findings = layer_of("transit_stops")
    modes = {name: mode for name, mode in zip(stops["name"], stops["mode"], strict=True)
             if isinstance(name, str)}  # fmt: skip
    assert modes == {"A": "bus", "B": "tram", "C": "bus", "D": "metro", "E": "rail", "F": "ferry"}
    assert stops["name"].isna().sum() == 1  # the platform that stands alone
    assert set(stops.geom_type) == {"Point", "MultiPolygon"}
    assert [f.found_in("en") for f in findings] == ["2 of 9"]


def test_car_parks_and_chargers(osm: Any, layer_of: Any) -> None:
    osm.square(0, 0, 50, amenity="parking", capacity="40", capacity__charging="4")
    osm.node(10, 10, amenity="parking", capacity="40")
    osm.node(200, 0, amenity="parking", capacity="lots")
    osm.square(300, 0, 5, amenity="parking_space")
    osm.node(20, 20, amenity="charging_station", name="plug")
    car_parks, findings = layer_of("car_parks")
    assert car_parks["spaces"].fillna(-1).tolist() == [40, -1]
    assert car_parks["charging_spaces"].fillna(-1).tolist() == [4, -1]
    assert [(f.feature, f.found_in("en")) for f in findings] == [
        (car_parks.index[1], f"'lots' in {car_parks.index[1]}")
    ]
    facilities, _ = layer_of("facilities")
    assert facilities["facility_type"].tolist() == ["charging"]
    assert facilities["name"].tolist() == ["plug"]


def test_crossings(osm: Any, layer_of: Any) -> None:
    osm.node(0, 0, highway="crossing", crossing="traffic_signals")
    osm.node(10, 0, highway="crossing")
    osm.node(20, 0, highway="crossing", crossing="no")
    osm.node(30, 0, highway="traffic_signals")
    facilities, _ = layer_of("facilities")
    assert facilities["facility_type"].tolist() == ["crossing", "crossing"]


def test_transit_lines(osm: Any, layer_of: Any) -> None:
    way = osm.way([(0, 0), (100, 0)], highway="primary")
    osm.route([way], route="bus", ref="12")
    osm.route([way], route="road", ref="GC-1")
    lines, _ = layer_of("transit_lines")
    assert lines["name"].tolist() == ["12"]
    assert lines["mode"].tolist() == ["bus"]


def test_constants_apply(osm: Any, layer_of: Any) -> None:
    osm.square(0, 0, 10, building="house")
    buildings, _ = layer_of("buildings", "constants = { is_new = false, floors = 2 }")
    assert buildings["is_new"].tolist() == [False]
    assert buildings["floors"].tolist() == [2]


def test_a_named_layer_is_read_as_it_is(osm: Any, layer_of: Any) -> None:
    osm.square(0, 0, 10, landuse="residential")
    more = 'layer = "multipolygons"\nfields = { unit_id = "osm_way_id" }'
    units, _ = layer_of("units", more)
    assert units.index.tolist() == ["1000"]


def test_what_an_extract_does_not_give(osm: Any, faults: Any) -> None:
    osm.square(0, 0, 10, landuse="residential")
    osm.write()
    source = 'source = "city.osm"\n'
    found = faults(
        f'[layers.units]\n{source}[layers.roads]\n{source}[layers.parcels]\n{source}where = "x"\n'
        f'crs = "EPSG:4326"\n'
    )
    assert [(f.layer, f.what.en) for f in found] == [
        ("units", "An OSM extract does not give this layer"),
        ("parcels", "crs does not apply to OSM"),
        ("parcels", "where does not apply to OSM"),
        ("roads", "The layer has no features"),
    ]


@pytest.mark.parametrize(
    ("tags", "lane"),
    [
        ({"busway": "lane"}, "all"),
        ({"busway__right": "lane"}, "one"),
        ({"busway__right": "lane", "oneway": "yes"}, "all"),
        ({"busway__both": "lane"}, "all"),
        ({"busway__left": "opposite_lane", "oneway": "yes"}, "all"),
        ({"lanes__bus": "1"}, "one"),
        ({"lanes__psv": "2"}, "all"),
        ({"lanes__psv__forward": "1"}, "one"),
        ({"lanes__bus__forward": "1", "lanes__bus__backward": "1"}, "all"),
        ({"psv__lanes": "yes|yes|designated", "oneway": "yes"}, "all"),
        ({"bus__lanes__backward": "yes|designated"}, "one"),
        ({"bus__lanes": "yes|yes"}, "no"),
        ({"busway": "no"}, "no"),
        ({"lanes__bus": "0"}, "no"),
        ({"access": "no", "psv": "designated"}, "all"),
        ({"highway": "busway"}, "all"),
        ({}, None),
    ],
)
def test_bus_lanes(tags: dict[str, str], lane: str | None, osm: Any, layer_of: Any) -> None:
    osm.way([(0, 0), (100, 0)], **({"highway": "tertiary"} | tags))
    osm.way([(0, 50), (100, 50)], highway="tertiary")
    roads, _ = layer_of("roads")
    assert roads["bus_lane"].fillna("").tolist() == [lane or "", ""]
