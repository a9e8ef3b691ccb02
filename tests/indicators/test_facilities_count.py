"""Facilities by number, by radius and by place; plants, lamps and pipes: by hand and otherwise."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Point, box
from tests.indicators.squares import (
    cut_at,
    layer,
    line,
    moved,
    random_boxes,
    random_lines,
    shuffled,
    square,
    square_unit,
    square_units,
    values,
)

from carbonspace.catalogue import indicators
from carbonspace.errors import MissingColumnError, MissingLayerError, UnstatedError
from carbonspace.indicators.facilities_area import (
    facility_radius_coverage,
    greenway_service_coverage,
    transit_hub_area,
)
from carbonspace.indicators.facilities_count import (
    facilities_per_10k,
    facility_count,
    facility_density,
    people_per_facility,
)
from carbonspace.indicators.facilities_layout import energy_station_distance, facility_spacing
from carbonspace.indicators.facilities_places import (
    facilities_per_subdistrict,
    places_served_share,
    rural_waste_coverage,
    town_sewage_coverage,
)
from carbonspace.indicators.infrastructure import (
    heat_pipe_renewal,
    led_share,
    sewage_capacity,
    waste_plant_capacity,
)

SHOPS: Any = {"facility_types": ("shop",)}


def sites(*places: tuple[float, float], kind: str = "shop", **columns: Any) -> gpd.GeoDataFrame:
    return layer([Point(at) for at in places], id_name="facility_id",
                 facility_type=[kind] * len(places), **columns)  # fmt: skip


def plots(**columns: Any) -> gpd.GeoDataFrame:
    """Return homes in the west half of u1, a field in its east half, homes in all of u2."""
    shapes = [box(0, 0, 500, 1000), box(500, 0, 1000, 1000), box(1000, 0, 2000, 1000)]
    facts = {"population": [6000.0, 0.0, 9000.0], "land_use": ["0701", "0103", "0703"], **columns}
    return layer(shapes, ids=["h1", "f1", "h2"], id_name="parcel_id", **facts)


# --- numbers, densities, people


def test_facilities_are_counted_by_type_and_halved_on_a_boundary() -> None:
    shops = sites((100, 100), (1000, 500), (1500, 500), (5000, 0))
    both = pd.concat([shops, sites((200, 200), kind="clinic")])
    assert values(facility_count(square_units(2), both, **SHOPS)) == [1.5, 1.5]
    assert values(facility_count(square_units(2), both)) == [2.5, 1.5]
    shown = facility_count(square_units(2), both, **SHOPS).evidence()
    assert shown["counted"].tolist() == [1.0, 0.5, 0.5, 1.0]
    assert set(shown["facility_type"]) == {"shop"}


def test_a_hospital_serves_as_a_clinic_but_no_clinic_as_a_hospital() -> None:
    hospital, clinic = sites((1, 1), kind="hospital"), sites((2, 2), kind="clinic")
    assert values(facility_count(square_unit(), hospital, facility_types=("clinic",))) == [1]
    with pytest.raises(UnstatedError, match="hospital"):
        facility_count(square_unit(), clinic, facility_types=("hospital",))


def test_an_area_counts_at_a_point_inside_it() -> None:
    depot = layer([box(900, 0, 1200, 100)], id_name="facility_id", facility_type=["bus_depot"])
    measure = indicators()["transit_hub_layout"].function(square_units(2), depot)
    assert values(measure) == [0, 1]


def test_densities_by_four_bases() -> None:
    shops, units = sites((100, 100), (200, 800), (1500, 500)), square_units(2)
    town = layer([box(0, 0, 1500, 400)], id_name="boundary_id", boundary_type=["built_up"])
    expected = {"unit": [2, 1], "construction": [4, 1], "residential": [4, 1], "built_up": [2.5, 0]}
    for base, density in expected.items():
        measure = facility_density(units, shops, plots(), town, **SHOPS, base=base)  # type: ignore[arg-type]
        assert values(measure) == pytest.approx(density), base


def test_people_for_each_facility_and_the_other_way() -> None:
    shops = sites((100, 100), (200, 800), (300, 300))
    each = people_per_facility(square_units(2), shops, plots(), **SHOPS)
    assert values(each)[0] == 2000
    assert math.isnan(values(each)[1])
    assert each.total() == (15_000, 3, 5000)
    shown = each.evidence().set_index("parcel_id")
    assert shown["population"].to_dict() == {"h1": 6000, "h2": 9000}
    assert shown["facilities"].to_dict() == {"h1": 3, "h2": 0}
    per = facilities_per_10k(square_units(2), shops, plots(), **SHOPS)
    assert values(per) == pytest.approx([5, 0])


def test_the_spacing_is_to_the_nearest_other_one_wherever_it_is() -> None:
    shops = sites((100, 0), (400, 400), (1400, 400), (1400, 400))
    measure = facility_spacing(square_units(2), shops, **SHOPS)
    assert values(measure) == pytest.approx([500, 0])
    assert measure.total()[2] == pytest.approx(250)
    assert sorted(measure.evidence()["nearest_m"]) == pytest.approx([0, 0, 500, 500])
    alone = facility_spacing(square_unit(), sites((1, 1)), **SHOPS)
    assert math.isnan(values(alone)[0])


def test_the_station_is_as_far_as_from_the_middle_of_the_floors() -> None:
    houses = layer([square(0, 0, 100), square(400, 0, 100), square(1000, 0, 100)],
                   id_name="building_id", floors=[1.0, 3.0, 2.0])  # fmt: skip
    station = sites((350, 450), kind="energy_station")
    measure = energy_station_distance(square_units(3), station, houses)
    assert values(measure)[:2] == pytest.approx([400, math.hypot(700, 400)])
    assert math.isnan(values(measure)[2])
    assert measure.total()[2] == pytest.approx((4 * 400 + 2 * math.hypot(700, 400)) / 6)
    assert measure.evidence()["distance_m"].tolist() == pytest.approx(values(measure)[:2])
    assert measure.evidence().length.tolist() == pytest.approx(values(measure)[:2])


# --- within a radius


def test_land_floors_and_people_within_a_radius() -> None:
    shop, units = sites((0, 500)), square_units(2)
    houses = layer([square(0, 450, 100), square(450, 450, 40), square(1200, 0, 100)],
                   id_name="building_id", use=["0701", "0701", "0901"],
                   floors=[1.0, 25.0, 9.0])  # fmt: skip
    half = 64 * math.sin(math.pi / 128) * 200**2  # of a circle of 256 chords
    land = facility_radius_coverage(units, shop, plots(), radius=200, **SHOPS)
    assert values(land) == pytest.approx([100 * half / 5e5, 0])
    floors = facility_radius_coverage(units, shop, plots(), houses, radius=200,
                                      covered="floor_area", **SHOPS)  # fmt: skip
    assert values(floors)[0] == pytest.approx(20)
    assert math.isnan(values(floors)[1])
    people = facility_radius_coverage(units, shop, plots(), houses, radius=200,
                                      covered="residents", **SHOPS)  # fmt: skip
    assert values(people) == pytest.approx([20, 0])
    assert floors.evidence()["floor_m2"].tolist() == pytest.approx([40_000])


def test_in_the_built_up_area_only() -> None:
    town = layer([box(0, 0, 100, 1000)], id_name="boundary_id", boundary_type=["built_up"])
    shop = layer([line((0, -10), (0, 1010))], id_name="facility_id", facility_type=["shop"])
    whole = facility_radius_coverage(square_units(2), shop, plots(), radius=200, **SHOPS)
    inside = facility_radius_coverage(square_units(2), shop, plots(), None, town, radius=200,
                                      ground="built_up", **SHOPS)  # fmt: skip
    assert values(whole)[0] == pytest.approx(40)
    assert values(inside)[0] == pytest.approx(100)
    assert math.isnan(values(inside)[1])


def test_hospitals_serve_urban_homes_from_beyond_the_unit() -> None:
    hospital = layer([box(-2100, 0, -1900, 1000)], id_name="facility_id",
                     facility_type=["hospital"])  # fmt: skip
    measure = indicators()["hospital_2km_coverage"].function(square_units(2), hospital, plots())
    assert values(measure)[0] == pytest.approx(20)
    assert math.isnan(values(measure)[1])  # rural homes only


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_coverage_is_that_of_a_plain_overlay(seed: int) -> None:
    units, draw = square_units(2, 2), np.random.default_rng(seed)
    homes = layer(random_boxes(50, seed=seed, side=1900), id_name="parcel_id",
                  land_use=draw.choice(["0701", "0901"], 50).astype(object))  # fmt: skip
    shops = sites(*map(tuple, draw.uniform(-300, 2300, (12, 2))))
    measure = facility_radius_coverage(units, shops, homes, radius=250, **SHOPS)
    reach = shapely.union_all(shops.buffer(250, quad_segs=64))
    mine = homes[homes["land_use"] == "0701"]
    for unit_id, unit in units.geometry.items():
        ground = mine.intersection(unit)
        assert measure.table.loc[unit_id, "denominator"] == pytest.approx(ground.area.sum())
        near = ground.intersection(reach).area.sum()
        assert measure.table.loc[unit_id, "numerator"] == pytest.approx(near, abs=1e-3)


def test_greenways_serve_homes_on_both_sides_and_from_beyond_the_unit() -> None:
    way = layer([line((-900, -50), (-900, 1050))], id_name="greenway_id")
    measure = greenway_service_coverage(square_units(2), way, plots())
    assert values(measure) == pytest.approx([20, 0])
    assert measure.evidence().area.sum() == pytest.approx(400_000 + 1e6)
    wider = greenway_service_coverage(square_units(2), way, plots(), radius=2100)
    assert values(wider) == pytest.approx([100, 20])
    none = greenway_service_coverage(square_units(2), way.iloc[:0], plots())
    assert values(none) == [0, 0]


@pytest.mark.parametrize("seed", [1, 2])
def test_greenways_over_the_built_up_area_are_those_of_a_plain_overlay(seed: int) -> None:
    units, draw = square_units(2, 2), np.random.default_rng(seed)
    ways = layer(random_lines(6, seed=seed, side=2000), id_name="greenway_id")
    homes = layer(random_boxes(50, seed=seed, side=1900), id_name="parcel_id",
                  land_use=draw.choice(["0701", "0703", "0901"], 50).astype(object))  # fmt: skip
    town = layer(random_boxes(4, seed=seed + 9, side=1500, size=900), id_name="boundary_id",
                 boundary_type=["built_up"] * 4)  # fmt: skip
    measure = greenway_service_coverage(units, ways, homes, None, town, radius=120,
                                        ground="built_up")  # fmt: skip
    reach, mine = ways.buffer(120, quad_segs=64).union_all(), homes[homes["land_use"] != "0901"]
    for unit_id, unit in units.geometry.items():
        ground = mine.intersection(unit).intersection(town.union_all())
        top, bottom = measure.table.loc[unit_id, ["numerator", "denominator"]]
        assert bottom == pytest.approx(ground.area.sum(), abs=1e-3)
        assert top == pytest.approx(ground.intersection(reach).area.sum(), abs=1e-3)


def test_the_land_of_hubs_and_depots() -> None:
    land = plots(land_use=["120801", "120803", "120802"])
    measure = transit_hub_area(square_units(2), land)
    assert values(measure) == pytest.approx([50, 100])
    assert measure.evidence()["parcel_id"].tolist() == ["h1", "h2"]
    with pytest.raises(MissingColumnError, match="land_use"):
        transit_hub_area(square_unit(), land.drop(columns="land_use"))


# --- who has one


def test_compounds_that_hold_one_or_have_one_near() -> None:
    point = sites((500, 500), kind="recycling_point")
    one = indicators()["recycling_point_coverage"]
    measure = one.function(square_units(2), plots(), point)
    assert values(measure) == [100, 0]
    assert measure.total() == (1, 2, 50)
    assert measure.parts["parcel"]["value"].to_dict() == {"h1": 100, "h2": 0}
    assert measure.evidence()["parcel_id"].tolist() == ["h2"]
    near = one.function(square_units(2), plots(), point, radius=500.0)
    assert values(near) == [100, 100]


def test_a_compound_across_units_counts_by_its_ground() -> None:
    home = layer([box(750, 0, 1050, 100)], id_name="parcel_id", land_use=["0701"])
    centre = sites((1040, 50), kind="community_centre")
    measure = places_served_share(square_units(2), home, centre)
    assert measure.table["numerator"].tolist() == pytest.approx([5 / 6, 1 / 6])
    assert measure.parts["parcel"]["unit_id"].tolist() == ["u1"]


def districts(**columns: Any) -> gpd.GeoDataFrame:
    """Return a street, two towns of which one lies half outside, and two villages."""
    shapes = [box(0, 0, 1000, 500), box(0, 500, 1500, 1000), box(1500, 0, 2500, 1000),
              box(0, 1000, 500, 1500), box(1000, -500, 2000, 500)]  # fmt: skip
    kinds = ["street", "town", "town", "village", "village"]
    return layer(shapes, ids=list("abcde"), id_name="subdistrict_id", subdistrict_kind=kinds,
                 **columns)  # fmt: skip


def test_towns_with_a_plant_count_by_the_ground_in_the_units() -> None:
    plant = sites((2400, 900), kind="sewage_plant")
    measure = town_sewage_coverage(square_units(2), districts(), plant)
    assert measure.table["denominator"].tolist() == pytest.approx([2 / 3, 1 / 3 + 1 / 2])
    assert measure.table["numerator"].tolist() == pytest.approx([0, 1 / 2])
    assert measure.evidence()["subdistrict_id"].tolist() == ["b", "b"]


def test_villages_by_their_flag_or_by_a_station_near() -> None:
    told = districts(has_waste_collection=[True, True, True, None, True])
    measure = rural_waste_coverage(square_units(2, 2), told)
    assert measure.total() == pytest.approx((1 / 2, 3 / 2, 100 / 3))
    station = sites((600, 1600), kind="refuse_station")
    near = rural_waste_coverage(square_units(2, 2), told, station, served_by="facilities",
                                radius=150.0)  # fmt: skip
    assert near.total() == pytest.approx((1, 3 / 2, 200 / 3))
    with pytest.raises(MissingLayerError, match="facilities"):
        rural_waste_coverage(square_units(2), told, served_by="facilities")
    with pytest.raises(MissingColumnError, match="has_waste_collection"):
        rural_waste_coverage(square_units(2), districts())


def test_the_subdistrict_with_the_fewest_counts() -> None:
    stations = sites((10, 10), (20, 10), (700, 500), (2400, 10), kind="recycling_station")
    one = indicators()["recycling_station_per_subdistrict"]
    measure = one.function(square_units(2), districts(), stations)
    # the third one stands on the boundary of a and b, the fourth in c beyond the units
    assert values(measure) == [1, 1]
    assert measure.total()[2] == 1
    shown = measure.evidence().drop_duplicates("subdistrict_id").set_index("subdistrict_id")
    assert shown["value"].to_dict() == {"a": 3, "b": 1, "c": 1}
    fewer = one.function(square_units(2), districts(), stations.iloc[:2])
    assert values(fewer) == [0, 0]
    assert (
        values(
            facilities_per_subdistrict(
                square_units(3),
                districts(),
                sites((2600, 10)),
                subdistrict_kinds=("street",),
                **SHOPS,
            )
        )[0]
        == 0
    )
    far = facilities_per_subdistrict(moved(square_unit(), 9000, 0), districts(), sites((1, 1)),
                                     **SHOPS)  # fmt: skip
    assert math.isnan(values(far)[0])


# --- infrastructure


def test_capacities_are_added_in_one_unit() -> None:
    facts: Any = {"capacity": [500.0, 2.0, np.nan], "capacity_unit": ["m³/d", "万 m³/d", None]}
    plants = sites((100, 100), (1000, 500), (1500, 500), kind="sewage_plant", **facts)
    measure = sewage_capacity(square_units(2), plants)
    assert values(measure) == [10_500, 10_000]
    shown = measure.evidence()
    assert shown["capacity"].isna().tolist() == [False, False, False, True]
    burner = sites((1, 1), kind="waste_plant", capacity=[700.0])
    assert values(waste_plant_capacity(square_unit(), burner)) == [700]


def test_a_capacity_in_another_unit_is_refused_by_name() -> None:
    plants = sites((1, 1), kind="sewage_plant", capacity=[5.0], capacity_unit=["MW"])
    with pytest.raises(UnstatedError, match="facility_id1 has capacity_unit = MW"):
        sewage_capacity(square_unit(), plants)
    with pytest.raises(MissingColumnError, match="capacity"):
        sewage_capacity(square_unit(), sites((1, 1), kind="sewage_plant"))


def test_lamps_by_type() -> None:
    lamps = layer([Point(x, 10) for x in (10, 20, 1000, 1500)], id_name="lamp_id",
                  lamp_type=["led", "other", "led", None])  # fmt: skip
    measure = led_share(square_units(2), lamps)
    assert values(measure) == pytest.approx([60, 100 / 3])
    assert measure.evidence()["lamp_id"].tolist() == ["lamp_id2", "lamp_id4"]
    assert values(led_share(square_units(2), lamps, unstated="left_out"))[1] == 100


def test_old_pipes_by_their_length() -> None:
    pipes = layer([line((0, 10), (900, 10)), line((0, 20), (1300, 20)), line((0, 30), (500, 30)),
                   line((0, 40), (500, 40))], id_name="pipe_id",
                  year_built=[2005.0, 2004.0, 2006.0, np.nan],
                  is_renewed=pd.array([True, None, True, True], dtype="boolean"))  # fmt: skip
    measure = heat_pipe_renewal(square_units(2), pipes)
    assert measure.table["numerator"].tolist() == pytest.approx([900, 0])
    assert measure.table["denominator"].tolist() == pytest.approx([1900, 300])
    assert measure.evidence()["pipe_id"].tolist() == ["pipe_id2", "pipe_id2"]
    later = heat_pipe_renewal(square_units(2), pipes, at_year=2026)
    assert later.table["denominator"].tolist() == pytest.approx([2400, 300])


@pytest.mark.parametrize("seed", [1, 2])
def test_pipes_and_lamps_are_those_of_a_plain_overlay(seed: int) -> None:
    draw, units = np.random.default_rng(seed), square_units(2, 2, side=500)
    pipes = layer(random_lines(30, seed=seed), id_name="pipe_id",
                  year_built=draw.integers(1990, 2020, 30).astype(float),
                  is_renewed=draw.random(30) < 0.5)  # fmt: skip
    lamps = layer(shapely.points(draw.uniform(-100, 1100, (90, 2))), id_name="lamp_id",
                  lamp_type=draw.choice(["led", "other"], 90).astype(object))  # fmt: skip
    renewal, led = heat_pipe_renewal(units, pipes), led_share(units, lamps)
    old = pipes[pipes["year_built"] <= 2005]
    inside = gpd.sjoin(lamps, units, predicate="within")
    for unit_id, unit in units.geometry.items():
        metres = old.intersection(unit).length
        top, bottom, _ = renewal.table.loc[unit_id, ["numerator", "denominator", "value"]]
        assert (top, bottom) == pytest.approx((metres[old["is_renewed"]].sum(), metres.sum()))
        mine = inside[inside["unit_id"] == unit_id]
        assert led.table.loc[unit_id, "value"] == pytest.approx(
            100 * mine["lamp_type"].eq("led").mean()
        )


# --- faults, and what must change nothing


def test_what_is_missing_is_named() -> None:
    unit, shops = square_unit(), sites((1, 1))
    with pytest.raises(MissingColumnError, match="facility_type"):
        facility_count(unit, shops.drop(columns="facility_type"))
    with pytest.raises(UnstatedError, match="clinic"):
        facility_count(unit, shops, facility_types=("clinic",))
    with pytest.raises(MissingColumnError, match="population"):
        people_per_facility(unit, shops, plots().drop(columns="population"), **SHOPS)
    with pytest.raises(MissingLayerError, match="parcels"):
        facility_density(unit, shops, base="construction", **SHOPS)
    with pytest.raises(MissingLayerError, match="buildings"):
        facility_radius_coverage(unit, shops, plots(), covered="floor_area", **SHOPS)
    with pytest.raises(MissingLayerError, match="boundaries"):
        facility_radius_coverage(unit, shops, plots(), ground="built_up", **SHOPS)
    with pytest.raises(MissingColumnError, match="subdistrict_kind"):
        town_sewage_coverage(unit, districts().drop(columns="subdistrict_kind"), shops)
    with pytest.raises(MissingColumnError, match="lamp_type"):
        led_share(unit, layer([Point(1, 1)], id_name="lamp_id"))
    with pytest.raises(MissingColumnError, match="year_built"):
        heat_pipe_renewal(unit, layer([line((0, 0), (1, 1))], id_name="pipe_id"))


def test_nothing_drawn_is_nothing_found() -> None:
    unit, shops = square_unit(), sites((1, 1))
    assert math.isnan(facility_radius_coverage(unit, shops, plots().iloc[:0], **SHOPS).total()[2])
    houses = layer([], id_name="building_id", floors=np.zeros(0))
    assert math.isnan(values(energy_station_distance(unit, shops, houses, **SHOPS))[0])
    lamps = layer([Point(1, 1)], id_name="lamp_id", lamp_type=["led"])
    assert math.isnan(values(led_share(unit, lamps.iloc[:0]))[0])
    with pytest.raises(UnstatedError):
        facility_count(unit, shops.iloc[:0], **SHOPS)


@pytest.mark.parametrize("seed", [1, 2])
def test_order_place_and_units_change_nothing_they_should_not(seed: int) -> None:
    units, draw = square_units(2, 2), np.random.default_rng(seed)
    shops = sites(*map(tuple, draw.uniform(0, 2000, (25, 2))))
    houses = layer(random_boxes(40, seed=seed, side=1900), id_name="building_id",
                   floors=draw.integers(1, 9, 40).astype(float))  # fmt: skip
    homes = layer(random_boxes(40, seed=seed + 1, side=1900), id_name="parcel_id",
                  land_use=["0701"] * 40, population=draw.uniform(0, 99, 40))  # fmt: skip
    for function, layers in (
        (facility_count, (shops,)),
        (facility_spacing, (shops,)),
        (people_per_facility, (shops, homes)),
        (energy_station_distance, (shops, houses)),
        (facility_radius_coverage, (shops, homes)),
    ):
        whole = function(units, *layers, **SHOPS)
        mixed = function(shuffled(units, 1), *(shuffled(one, 2) for one in layers), **SHOPS)
        pd.testing.assert_frame_equal(mixed.table.loc[units.index], whole.table)
        away = function(moved(units, 7000, -3000), *(moved(f, 7000, -3000) for f in layers),
                        **SHOPS)  # fmt: skip
        assert values(away) == pytest.approx(values(whole), rel=1e-9)
        if function is not energy_station_distance:
            cut = function(cut_at(units, 777), *layers, **SHOPS)
            assert cut.total() == pytest.approx(whole.total(), rel=1e-9, nan_ok=True)
