"""The real samples, read as they are delivered."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from carbonspace.model.plan import Plan
from carbonspace.sources import read_plan

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
KM2 = 1_000_000


@pytest.fixture(scope="module")
def huizhou() -> Plan:
    return read_plan(SAMPLES / "huizhou")


@pytest.fixture(scope="module")
def las_palmas() -> Plan:
    return read_plan(SAMPLES / "las_palmas")


def test_huizhou_has_79_parcels_in_seven_units(huizhou: Plan) -> None:
    parcels = huizhou.layers["parcels"]
    assert len(parcels) == 79
    assert parcels["unit_id"].nunique() == 7
    assert parcels["unit_id"].str.fullmatch(r"ZKB-\d{3}").all()
    area = shapely.area(parcels.geometry.to_numpy()).sum()
    assert area == pytest.approx(2_888_173.58, abs=0.01)
    assert set(huizhou.layers["parks"]["land_use"]) == {"G1"}
    assert huizhou.settings.units_from == "parcels"


def test_huizhou_main_roads(huizhou: Plan) -> None:
    roads = huizhou.layers["roads"]
    assert sorted(roads.length.round()) == [1215, 1743, 1807]
    assert set(roads["road_class"]) == {"arterial"}
    assert roads.crs is None
    assert huizhou.layer_crs == dict.fromkeys(("parcels", "parks", "roads"), "EPSG:4547")


def test_las_palmas_has_the_published_areas(las_palmas: Plan) -> None:
    city = las_palmas.layers["city"].geometry.union_all()
    urban = las_palmas.layers["census"].geometry.union_all()
    series = las_palmas.layers["city"].geometry
    within = type(series)([city.intersection(urban)], crs=series.crs)
    assert series.to_crs("EPSG:5635").area.sum() / KM2 == pytest.approx(103.316, abs=5e-4)
    assert within.to_crs("EPSG:5635").area.sum() / KM2 == pytest.approx(62.988, abs=5e-4)


def test_northing_first_does_not_turn_the_districts_round(las_palmas: Plan) -> None:
    city, units = (las_palmas.layers[key].to_crs("EPSG:4083") for key in ("city", "units"))
    assert len(units) == 29
    assert units["unit_id"].is_unique
    shared = shapely.area(shapely.intersection(units.union_all(), city.union_all()))
    assert shared / city.area.sum() == pytest.approx(0.95, abs=0.005)


def test_las_palmas_counts(las_palmas: Plan) -> None:
    """Hold the counts against those of the raw extract.

    22,601 buildings, three of them rings of two points; 830 with levels, one of them "sótano".
    282 parks, 12 of them private, and 9 recreation grounds. 371 car park areas, one a ring of two
    points, and 45 points, four of them inside such an area. 13,467 highways, of which 33 are
    under construction, race tracks or corridors. 695 bus stops, and 61 platforms and stations, of
    which 15 are a stop or station drawn twice. 46 residential areas.
    """
    layers = las_palmas.layers
    counts = {key: len(layers[key]) for key in layers}
    assert counts == {
        "city": 1, "units": 29, "census": 1, "parcels": 2585, "buildings": 22_601 - 3,
        "roads": 13_467 - 33, "bike_corridors": 79, "transit_stops": 695 + 61 - 15,
        "transit_lines": 3, "parks": 282 - 12 + 9, "car_parks": 371 - 1 + 45 - 4,
        "facilities": 778 + 3732 + 858 + 17 + 2, "entrances": 148,
    }  # fmt: skip
    assert layers["buildings"]["floors"].notna().sum() == 830 - 1
    assert (layers["parcels"]["land_use"] == "0701").sum() == 46
    assert las_palmas.findings
    assert all(f.severity != "error" for f in las_palmas.findings)


def test_las_palmas_facilities_by_type(las_palmas: Plan) -> None:
    """Hold the types against the tags of the raw extract: points, areas, points inside areas.

    163 schools; no level is stated but for one primary school. Five theatres, museums and
    libraries lie inside another one: two halls of an auditorium among them.
    """
    found = las_palmas.layers["facilities"]["facility_type"].value_counts().to_dict()
    assert found == {
        "kindergarten": 18 + 5, "school": 81 + 82 - 1 - 3, "primary_school": 1,
        "clinic": 82 + 28 + 6, "hospital": 16 + 10 - 1, "elderly_care": 7 + 5,
        "culture": 10 + 5 + 27 - 5,
        "sports": 9 + 29 - 1, "market": 134 + 4 + 17, "shop": 201 + 3, "community_centre": 3 + 1,
        "charging": 5, "crossing": 3732, "recycling_point": 854 + 4 - 2, "recycling_station": 2,
        "bike_parking": 17, "fire_station": 1 + 1,
    }  # fmt: skip
    (schools,) = (f for f in las_palmas.findings if f.layer == "facilities")
    assert schools.found_in("en").startswith("159 schools: relation/")


def test_las_palmas_entrances_lie_where_they_lead_in(las_palmas: Plan) -> None:
    layers = las_palmas.layers
    entrances = layers["entrances"].to_crs(4083)
    assert entrances["entrance_to"].value_counts().to_dict() == {"compound": 122, "park": 26}
    roads = layers["roads"]
    inside = roads[roads["road_class"] == "compound"].to_crs(4083)
    outlines = layers["parks"].to_crs(4083).boundary
    for to, lines, far in (("compound", inside.geometry, 0.01), ("park", outlines, 1.0)):
        points = entrances.geometry[entrances["entrance_to"] == to]
        tree = shapely.STRtree(lines.to_numpy())
        _, distance = tree.query_nearest(points, return_distance=True)
        assert distance.max() <= far


def test_las_palmas_bridges_and_who_may_walk(las_palmas: Plan) -> None:
    """174 ways are tagged bridge=yes, one bridge=covered; 129 tunnels, one not of a road."""
    roads = las_palmas.layers["roads"]
    assert (roads["bridge"].sum(), roads["tunnel"].sum()) == (175, 128)
    assert roads["level"].notna().sum() == 160 + 117 + 18 + 4 + 3 + 2
    assert roads.loc[roads["road_class"] == "expressway", "walk"].sum() == 8


def test_las_palmas_reports_each_ring_of_two_points(las_palmas: Plan) -> None:
    rings = {f.feature for f in las_palmas.findings if f.what.en == "The geometry cannot be built"}
    assert rings == {
        "way/251380117", "way/251383707", "way/411370694", "way/411753784", "way/852139552",
        "way/1072352981",
    }  # fmt: skip


def test_las_palmas_land_use_does_not_overlap(las_palmas: Plan) -> None:
    parcels = las_palmas.layers["parcels"]
    shapes = parcels.geometry.to_numpy()
    assert parcels.crs.to_epsg() == 4083
    overlap = shapely.area(shapes).sum() - shapely.area(shapely.union_all(shapes))
    assert abs(overlap) < 1e-3
