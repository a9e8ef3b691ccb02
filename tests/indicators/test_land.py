"""Land by its use, and what lies around it or was there before."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box
from tests.indicators.squares import (
    cut_at,
    layer,
    line,
    moved,
    random_boxes,
    shuffled,
    square,
    square_unit,
    square_units,
    values,
)

from carbonspace.catalogue import indicators
from carbonspace.errors import MissingColumnError, MissingLayerError, UnstatedError
from carbonspace.indicators.land import (
    green_space_rate,
    green_water_of_quota,
    land_area,
    land_share,
)
from carbonspace.indicators.land_around import (
    industrial_park_concentration,
    logistics_hub_distance,
    periurban_farmland,
    wetland_restoration_area,
)
from carbonspace.indicators.land_parks import (
    greenway_density,
    greenway_length,
    park_area_per_capita,
    pocket_park_count,
)
from carbonspace.indicators.land_purposes import (
    clean_energy_land_reserve,
    mixed_land_area_per_km2,
)
from carbonspace.indicators.land_sponge import sponge_compliance


def plots(codes: list[str | None], **columns: Any) -> gpd.GeoDataFrame:
    """Return four parcels of 500 by 500 m: two side by side in u1, two in u2."""
    shapes = [square(500 * n, 0, 500) for n in range(4)]
    return layer(shapes, ids=list("abcd"), id_name="parcel_id", land_use=codes, **columns)


def outline(*shapes: Any, kind: str = "built_up", **columns: Any) -> gpd.GeoDataFrame:
    return layer(shapes, id_name="boundary_id", boundary_type=[kind] * len(shapes), **columns)


TWO = square_units(2)


def test_land_matches_by_prefix_and_counts_in_hectares() -> None:
    land = plots(["1401", "1702", "0701", "14"])
    assert values(land_area(TWO, land)) == pytest.approx([50, 25])
    assert values(land_area(TWO, land, codes=("1401",))) == pytest.approx([25, 0])
    assert land_area(TWO, land).evidence()["parcel_id"].tolist() == ["a", "b", "d"]


def test_shares_of_land_over_four_bases() -> None:
    land, town = plots(["1401", "0103", "0701", "14"]), outline(box(250, 0, 1500, 250))
    expected = {"unit": [25, 25], "construction": [100, 50], "built_up": [100 / 3, 0]}
    for base, shares in expected.items():
        share = indicators()["open_green_space_coverage"].function(TWO, land, town, base=base)
        assert values(share) == pytest.approx(shares), base
    homes = land_share(TWO, land, codes=("14",), base="residential")
    assert math.isnan(values(homes)[0])
    assert values(homes)[1] == pytest.approx(100)


def test_attached_green_counts_beside_parks_and_once() -> None:
    land = plots(["1401", "0701", "0901", "1403"], green_area=[9.0, 1e5, np.nan, 5e4])
    measure = green_space_rate(TWO, land, outline(box(0, 0, 2000, 500)))
    assert measure.table["numerator"].tolist() == pytest.approx([250_000 + 1e5, 5e4])
    assert values(measure) == pytest.approx([70, 10])
    assert measure.evidence()["parcel_id"].tolist() == ["a", "b", "d"]


def test_only_the_built_part_of_green_counts() -> None:
    land = plots(["1401", "0701", "0901", "1403"], green_area=[None, 1e5, None, None])
    measure = green_space_rate(square_unit(), land, outline(box(400, 0, 750, 500)))
    assert measure.total() == pytest.approx((50_000 + 50_000, 175_000, 400 / 7))


def test_green_land_and_water_against_the_quota() -> None:
    units = TWO.assign(green_water_quota=[40.0, np.nan])
    measure = green_water_of_quota(units, plots(["1401", "0701", "1701", "14"]))
    assert values(measure)[0] == pytest.approx(62.5)
    assert math.isnan(values(measure)[1])


def test_mixed_land_has_two_of_the_three_classes() -> None:
    land = plots(["0701", "0901", "0803", "1001"],
                 mixed_use_codes=["0901", "090102;0902", None, "0701; 08"])  # fmt: skip
    measure = mixed_land_area_per_km2(TWO, land)
    assert values(measure) == pytest.approx([25, 25])
    assert measure.evidence()["parcel_id"].tolist() == ["a", "d"]


def test_land_is_reserved_for_any_of_several_purposes() -> None:
    land = plots(["13", "13", "13", "13"],
                 reserved_for=["storage;energy_station", None, "ground_source", None])  # fmt: skip
    assert values(clean_energy_land_reserve(TWO, land)) == pytest.approx([25, 25])
    only = clean_energy_land_reserve(TWO, land, reserves=("energy_station",))
    assert values(only) == pytest.approx([25, 0])


def test_industry_outside_parks_is_shown() -> None:
    land = plots(["1001", "0701", "100102", "1001"])
    parks = outline(box(0, 0, 250, 500), box(200, 0, 300, 500), kind="industrial_park")
    measure = industrial_park_concentration(TWO, land, parks)
    assert values(measure) == pytest.approx([60, 0])
    shown = measure.evidence()
    assert shown["parcel_id"].tolist() == ["a", "c", "d"]
    assert shown["area_m2"].tolist() == pytest.approx([100_000, 250_000, 250_000])


def test_farmland_within_a_belt_of_the_town() -> None:
    land, town = plots(["0103", "0701", "0101", "0301"]), outline(box(-1000, 0, 100, 500))
    assert values(periurban_farmland(TWO, land, town, belt=200)) == pytest.approx([15, 0])
    wide = periurban_farmland(TWO, land, town, belt=1000)
    corner = 100 * 500  # 1000 to 1100 m: within 1000 m of the edge at 100, straight across
    assert values(wide) == pytest.approx([25, corner / 1e4])
    assert wide.evidence()["near_m2"].tolist() == pytest.approx([250_000, corner])


def test_the_mean_distance_to_hubs_is_weighted_by_area() -> None:
    land = plots(["1101", "11", "0701", "1102"])
    hubs = layer([Point(250, 800), Point(2600, 250), Point(0, 0)], id_name="facility_id",
                 facility_type=["transit_hub", "transit_hub", "clinic"])  # fmt: skip
    measure = logistics_hub_distance(TWO, land, hubs)
    second = math.hypot(250, 300)
    assert values(measure) == pytest.approx([(300 + second) / 2, 600])
    assert measure.parts["parcel"]["value"].tolist() == pytest.approx([300, second, 600])
    assert measure.total()[2] == pytest.approx((300 + second + 600) / 3)


def test_farmland_that_became_forest_or_water() -> None:
    land = plots(["1704", "0301", "0701", "0505"])
    past = layer([box(0, 0, 1000, 250), box(1500, 0, 2000, 500)], id_name="parcel_id",
                 land_use=["0101", "0201"])  # fmt: skip
    measure = wetland_restoration_area(TWO, land, past)
    assert values(measure) == pytest.approx([25, 0])
    shown = measure.evidence()
    assert shown[["land_use_before", "land_use"]].to_numpy().tolist() == [
        ["0101", "1704"], ["0101", "0301"],
    ]  # fmt: skip
    gardens = wetland_restoration_area(TWO, land, past, codes_before=("01", "02"))
    assert values(gardens) == pytest.approx([25, 25])


def zones(rate: list[float], target: list[float]) -> gpd.GeoDataFrame:
    town = outline(box(0, 0, 1500, 1000), runoff_control=[np.nan], runoff_target=[np.nan])
    parts = [box(0, 0, 600, 1000), box(500, 0, 800, 1000), box(800, 0, 1200, 1000)]
    held = outline(*parts, kind="sponge_zone", runoff_control=rate, runoff_target=target)
    held.index = ["z1", "z2", "z3"]
    return pd.concat([town, held]).rename_axis("boundary_id")


def test_built_up_land_in_zones_that_reach_their_target() -> None:
    measure = sponge_compliance(TWO, zones([75, 80, np.nan], [75, 70, 60]))
    assert values(measure) == pytest.approx([80, 0])
    assert measure.total()[:2] == pytest.approx((800_000, 1_500_000))
    shown = measure.evidence()
    assert shown["boundary_id"].tolist() == ["z3", "z3"]
    assert shown["area_m2"].tolist() == pytest.approx([200_000, 200_000])


def test_parcels_are_held_against_their_own_target() -> None:
    land = plots(["07"] * 4, runoff_control=[80, 60, 70, None], runoff_target=[75, 75, 70, 60])
    measure = sponge_compliance(TWO, outline(box(0, 0, 2000, 500)), land, runoff_by="parcels")
    assert values(measure) == pytest.approx([50, 50])
    assert measure.evidence()["parcel_id"].tolist() == ["b", "d"]


def test_a_unit_without_built_up_land_has_no_sponge_figure() -> None:
    found = zones([75, 80, 90], [75, 70, 60])
    measure = sponge_compliance(square_units(3), found)
    assert math.isnan(values(measure)[2])


def test_park_area_per_resident_by_class_and_base() -> None:
    land = plots(["0701"] * 4, population=[1000.0, 3000.0, np.nan, 500.0])
    parks = layer([box(0, 600, 200, 800), box(900, 600, 1100, 700)], id_name="park_id",
                  park_class=["comprehensive", "community"])  # fmt: skip
    assert values(park_area_per_capita(TWO, parks, land)) == pytest.approx([50_000 / 4000, 20])
    one = indicators()["comprehensive_park_area_per_capita"].function(TWO, parks, land)
    assert values(one) == pytest.approx([10, 0])
    town = outline(box(0, 0, 500, 700))
    built = park_area_per_capita(TWO, parks, land, town, base="built_up")
    assert built.total() == pytest.approx((20_000, 1000, 20))


def test_pocket_parks_are_neither_too_small_nor_too_large() -> None:
    shapes = [square(0, 0, 19), square(100, 0, 20), square(300, 0, 100), square(500, 0, 101),
              square(1500, 0, 50)]  # fmt: skip
    measure = pocket_park_count(TWO, layer(shapes, id_name="park_id"))
    assert values(measure) == [2, 1]
    assert measure.evidence()["area_m2"].tolist() == [400, 10_000, 2500]


def test_a_greenway_on_the_border_counts_half_to_each_unit() -> None:
    ways = layer([line((1000, 0), (1000, 500)), line((0, 250), (1500, 250))], id_name="greenway_id")
    assert values(greenway_length(TWO, ways)) == pytest.approx([1.25, 0.75])
    assert values(greenway_density(TWO, ways)) == pytest.approx([1.25, 0.75])
    town = outline(box(500, 0, 900, 500))
    built = greenway_density(TWO, ways, None, town, base="built_up")
    assert values(built)[0] == pytest.approx(0.4 / 0.2)
    assert math.isnan(values(built)[1])


def test_what_is_missing_is_named() -> None:
    land, unit = plots(["0701"] * 4), square_unit()
    parks = layer([square(0, 0)], id_name="park_id")
    with pytest.raises(MissingColumnError, match="land_use"):
        land_area(unit, land.drop(columns="land_use"))
    with pytest.raises(MissingColumnError, match="green_area"):
        green_space_rate(unit, land, outline(square(0, 0)))
    with pytest.raises(MissingLayerError, match="boundaries"):
        green_space_rate(unit, land.assign(green_area=1.0))
    with pytest.raises(MissingColumnError, match="green_water_quota"):
        green_water_of_quota(unit, land)
    with pytest.raises(MissingColumnError, match="mixed_use_codes"):
        mixed_land_area_per_km2(unit, land)
    with pytest.raises(MissingColumnError, match="reserved_for"):
        clean_energy_land_reserve(unit, land)
    with pytest.raises(UnstatedError, match="industrial_park"):
        industrial_park_concentration(unit, land, outline(square(0, 0)))
    with pytest.raises(UnstatedError, match="transit_hub"):
        logistics_hub_distance(unit, land, layer([Point(0, 0)], facility_type=["clinic"]))
    with pytest.raises(UnstatedError, match="sponge_zone"):
        sponge_compliance(unit, outline(square(0, 0)))
    with pytest.raises(MissingLayerError, match="parcels"):
        sponge_compliance(unit, outline(square(0, 0)), runoff_by="parcels")
    with pytest.raises(MissingColumnError, match="runoff_target"):
        sponge_compliance(unit, outline(square(0, 0)), land.assign(runoff_control=1.0),
                          runoff_by="parcels")  # fmt: skip
    with pytest.raises(MissingColumnError, match="population"):
        park_area_per_capita(unit, parks, land)
    with pytest.raises(MissingColumnError, match="park_class"):
        park_area_per_capita(unit, parks, land.assign(population=1.0), park_classes=("special",))


def test_empty_layers_hold_nothing() -> None:
    land = plots(["0701"] * 4, population=[1.0] * 4).iloc[:0]
    assert values(land_area(TWO, land)) == [0, 0]
    parks = layer([square(0, 0)], id_name="park_id").iloc[:0]
    assert values(pocket_park_count(TWO, parks)) == [0, 0]
    assert all(map(math.isnan, values(park_area_per_capita(TWO, parks, land))))
    assert values(greenway_length(TWO, layer([line((0, 0), (1, 1))]).iloc[:0])) == [0, 0]


def scattered(seed: int) -> dict[str, gpd.GeoDataFrame]:
    draw = np.random.default_rng(seed)
    cells = [square(x, y, 100) for x in range(0, 2000, 110) for y in range(0, 2000, 110)]
    codes = ["0103", "0301", "0701", "1001", "1101", "1401", "1702"]
    land = draw.choice(np.array(codes, dtype=object), len(cells))
    return {
        "parcels": layer(cells, id_name="parcel_id", land_use=land,
                         green_area=draw.uniform(0, 4000, len(cells)),
                         population=draw.integers(0, 90, len(cells)).astype(float)),
        "past": layer([square(x, y, 90) for x in range(5, 2000, 100) for y in range(5, 2000, 100)],
                      id_name="parcel_id", land_use=draw.choice(np.array(codes, object), 400)),
        "town": outline(*random_boxes(6, seed=seed + 1, side=1500, size=700)),
        "industry": outline(*random_boxes(9, seed=seed + 2, side=1800, size=500),
                            kind="industrial_park"),
        "hubs": layer([Point(*p) for p in draw.uniform(0, 2000, (5, 2))], id_name="facility_id",
                      facility_type=["transit_hub"] * 5),
    }  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_are_those_of_plain_overlays(seed: int) -> None:
    drawn, units = scattered(seed), square_units(2, 2)
    land, town, past = drawn["parcels"], drawn["town"].union_all(), drawn["past"]
    green = green_space_rate(units, land, drawn["town"]).table
    parks = industrial_park_concentration(units, land, drawn["industry"]).table
    farms = periurban_farmland(units, land, drawn["town"], belt=150).table
    changed = wetland_restoration_area(units, land, past).table
    hubs = logistics_hub_distance(units, land, drawn["hubs"]).table
    for unit_id, unit in units.geometry.items():
        at = land.set_geometry(land.intersection(unit))
        whole = at["land_use"].isin(["1401"])
        part = at.intersection(town).area / land.area
        held = (part * land.area.where(whole, land["green_area"])).sum()
        assert green.loc[unit_id, "numerator"] == pytest.approx(held, rel=1e-9)
        assert green.loc[unit_id, "denominator"] == pytest.approx(unit.intersection(town).area)
        mills = at[at["land_use"] == "1001"]
        inside = mills.intersection(drawn["industry"].union_all()).area.sum()
        assert parks.loc[unit_id, "value"] == pytest.approx(100 * inside / mills.area.sum())
        near = at[at["land_use"] == "0103"].intersection(town.buffer(150, quad_segs=64)).area.sum()
        assert farms.loc[unit_id, "numerator"] == pytest.approx(near, rel=1e-6)
        then = past[past["land_use"] == "0103"].union_all()
        now = at[at["land_use"].isin(["0301", "1702"])].intersection(then).area.sum()
        assert changed.loc[unit_id, "numerator"] == pytest.approx(now, rel=1e-9)
        depots = land[(land["land_use"] == "1101")]
        share = depots.intersection(unit).area
        away = np.array([drawn["hubs"].distance(shape).min() for shape in depots.geometry])
        mean = (share * away).sum() / share.sum()
        assert hubs.loc[unit_id, "value"] == pytest.approx(mean, rel=1e-9)


@pytest.mark.parametrize("seed", [1, 2])
def test_order_place_and_units_change_nothing_they_should_not(seed: int) -> None:
    drawn, units = scattered(seed), square_units(2, 2)
    land, town = drawn["parcels"], drawn["town"]
    for function, other in ((green_space_rate, town), (industrial_park_concentration,
                            drawn["industry"]), (periurban_farmland, town)):  # fmt: skip
        whole = function(units, land, other)
        mixed = function(shuffled(units, 1), shuffled(land, 2), shuffled(other, 3))
        pd.testing.assert_frame_equal(mixed.table.loc[units.index], whole.table, rtol=1e-12)
        split = function(cut_at(units, 731), land, other)
        assert split.total() == pytest.approx(whole.total(), rel=1e-9, nan_ok=True)
        far = function(*(moved(frame, 7000, -3000) for frame in (units, land, other)))
        assert values(far) == pytest.approx(values(whole), rel=1e-9)
