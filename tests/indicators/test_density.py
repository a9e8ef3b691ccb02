"""People, floor area and land by the ground they are divided by; size and form of towns."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import box
from tests.indicators.squares import (
    cut_at,
    layer,
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
from carbonspace.indicators.density import (
    floor_area_to_construction_land,
    pop_density,
    pop_density_local_max,
    pop_gt15k_land_area,
)
from carbonspace.indicators.density_form import (
    FormIndex,
    compactness_index,
    complete_community_area,
    town_area,
)
from carbonspace.indicators.density_land import (
    construction_land_of_quota,
    floor_area_of_quota,
    land_carbon_elasticity,
    land_fill_ratio,
    unit_construction_land,
    unit_floor_area,
)


def plots(**columns: Any) -> gpd.GeoDataFrame:
    """Return homes in the west half of u1, fields in its east half, homes in all of u2."""
    shapes = [box(0, 0, 500, 1000), box(500, 0, 1000, 1000), box(1000, 0, 2000, 1000)]
    facts = {"population": [6000.0, 0.0, 9000.0], "land_use": ["0701", "0103", "0701"], **columns}
    return layer(shapes, ids=["h1", "f1", "h2"], id_name="parcel_id", **facts)


def outline(*shapes: Any, kind: str = "built_up") -> gpd.GeoDataFrame:
    return layer(shapes, id_name="boundary_id", boundary_type=[kind] * len(shapes))


def test_the_same_people_over_four_bases() -> None:
    units, homes = square_units(2), plots()
    town = outline(box(0, 0, 1500, 500))
    expected = {"unit": [6000, 9000], "construction": [12000, 9000], "residential": [12000, 9000],
                "built_up": [6000, 9000]}  # fmt: skip
    for base, density in expected.items():
        measure = indicators()["pop_density"].function(units, homes, town, base=base)
        assert values(measure) == pytest.approx(density), base
    built = pop_density(units, homes, town, base="built_up")
    assert built.table["numerator"].tolist() == pytest.approx([3000, 2250])
    assert built.table["denominator"].tolist() == pytest.approx([500_000, 250_000])


def test_a_unit_without_built_up_land_has_no_density_there() -> None:
    measure = pop_density(square_units(2), plots(), outline(box(0, 0, 300, 300)), base="built_up")
    assert math.isnan(values(measure)[1])


def test_touching_built_up_areas_count_once_and_lines_of_contact_do_not() -> None:
    town = outline(box(0, 0, 600, 1000), box(500, 0, 1000, 1000), box(1000, 0, 1100, 10))
    measure = pop_density(square_unit(), plots(), town, base="built_up")
    assert measure.total()[:2] == pytest.approx((6000, 1_000_000))


def test_blocks_have_their_own_density() -> None:
    blocks = layer([box(0, 0, 400, 1000), box(400, 0, 1200, 1000)], ids=["b1", "b2"],
                   id_name="block_id")  # fmt: skip
    rows = pop_density(square_units(2), plots(), None, blocks).parts["block"]
    assert rows["unit_id"].tolist() == ["u1", "u1"]
    assert rows["value"].tolist() == pytest.approx([12000, (1200 + 1800) / 0.8])


def test_the_densest_block_of_each_unit_and_of_the_city() -> None:
    blocks = layer([box(0, 0, 400, 1000), box(400, 0, 1000, 1000), box(1000, 0, 2000, 1000)],
                   id_name="block_id")  # fmt: skip
    measure = pop_density_local_max(square_units(2), plots(), blocks)
    assert values(measure) == pytest.approx([12000, 9000])
    assert measure.total() == pytest.approx((4800, 400_000, 12000))
    assert len(measure.evidence()) == 3
    every = measure.parts["block"]["value"]
    assert every.tolist() == pytest.approx([12000, 2000, 9000])


def test_squares_belong_to_the_unit_of_their_middle_and_count_in_full() -> None:
    units = cut_at(square_unit(), 560)
    dense = layer([box(500, 0, 600, 100)], id_name="parcel_id", population=[300.0])
    measure = pop_density_local_max(units, dense, locality="cell", cell_side=100)
    # the square from 500 to 600 has its middle at 550, in the western unit
    assert values(measure) == pytest.approx([30_000, 0])
    land = pop_gt15k_land_area(units, dense, locality="cell", cell_side=100)
    assert values(land) == pytest.approx([0.01, 0])


def test_a_unit_without_blocks_has_no_densest_one() -> None:
    blocks = layer([box(0, 0, 400, 1000)], id_name="block_id")
    measure = pop_density_local_max(square_units(2), plots(), blocks)
    assert math.isnan(values(measure)[1])
    assert measure.total()[2] == pytest.approx(12000)


def test_land_at_the_limit_is_not_above_it() -> None:
    blocks = layer([box(0, 0, 500, 1000), box(1000, 0, 2000, 1000)], id_name="block_id")
    units = square_units(2)
    assert values(pop_gt15k_land_area(units, plots(), blocks, max_density=12000)) == [0, 0]
    above = pop_gt15k_land_area(units, plots(), blocks, max_density=11999)
    assert values(above) == pytest.approx([0.5, 0])


def test_floor_area_over_construction_land_is_gross() -> None:
    houses = layer([square(100, 100, 100), square(1500, 0, 100)], id_name="building_id",
                   floors=[30.0, 6.0])  # fmt: skip
    measure = floor_area_to_construction_land(square_units(2), houses, plots())
    assert values(measure) == pytest.approx([300_000 / 500_000, 60_000 / 1e6])


def test_land_and_its_quota() -> None:
    units = square_units(2).assign(construction_land_quota=[40.0, np.nan])
    assert values(unit_construction_land(units, plots())) == pytest.approx([50, 100])
    share = construction_land_of_quota(units, plots())
    assert values(share)[0] == pytest.approx(125)
    assert math.isnan(values(share)[1])
    assert share.total() == pytest.approx((500_000, 400_000, 125))


def test_floor_area_as_planned_and_as_it_stands() -> None:
    units = square_units(2).assign(floor_area_quota=[1e6, 2e6])
    homes = plots(far_max=[2.5, np.nan, 1.0])
    houses = layer([square(100, 100, 100)], id_name="building_id", floors=[30.0])
    assert values(unit_floor_area(units, homes)) == pytest.approx([1.25e6, 1e6])
    built = unit_floor_area(units, homes, houses, floor_by="buildings")
    assert values(built) == pytest.approx([300_000, 0])
    assert values(floor_area_of_quota(units, homes)) == pytest.approx([125, 50])


def test_land_whose_state_is_not_known_is_left_out() -> None:
    homes = plots(land_use=["0701", "0901", "0701"], status=["built", None, "unbuilt"])
    measure = land_fill_ratio(square_units(2), homes)
    assert measure.table["denominator"].tolist() == [500_000, 1_000_000]
    assert values(measure) == [100, 0]
    assert measure.evidence()["parcel_id"].tolist() == ["h2"]


def test_twice_the_land_is_so_many_times_the_emissions() -> None:
    past = layer([box(0, 0, 250, 1000), box(1000, 0, 1500, 500)], id_name="parcel_id",
                 land_use=["0701", "0701"])  # fmt: skip
    measure = land_carbon_elasticity(square_units(2), plots(), past)
    assert values(measure) == pytest.approx([2.7, 2.7**2])
    growth = 1_500_000 / 500_000
    assert measure.total()[2] == pytest.approx(growth ** math.log2(2.7))
    flat = land_carbon_elasticity(square_units(2), plots(), past, elasticity=2.0)
    assert values(flat) == pytest.approx([2, 4])


def test_the_largest_town_that_a_unit_meets() -> None:
    towns = outline(box(-500, 0, 500, 100), box(900, 0, 1900, 500), kind="county_town")
    measure = town_area(square_units(2), towns)
    assert values(measure) == pytest.approx([0.5, 0.5])
    assert measure.total()[2] == pytest.approx(0.5)
    assert values(complete_community_area(square_units(2), towns)) == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("form_index", "of_a_square"),
    [("richardson", math.sqrt(math.pi) / 2), ("isoperimetric", math.pi / 4),
     ("circle", 2 / math.pi)],
)  # fmt: skip
def test_a_circle_is_compact_and_a_square_less_so(
    form_index: FormIndex, of_a_square: float
) -> None:
    circle = outline(shapely.Point(500, 500).buffer(400, quad_segs=256), kind="new_district")
    round_one = compactness_index(square_unit(), circle, form_index=form_index, simplify=0)
    assert values(round_one) == pytest.approx([1], abs=1e-4)
    plain = outline(square(100, 100, 700), kind="new_district")
    measure = compactness_index(square_unit(), plain, form_index=form_index)
    assert values(measure) == pytest.approx([of_a_square])


def test_holes_and_small_parts_do_not_count_to_the_form() -> None:
    frame = shapely.difference(square(0, 0, 800), square(300, 300, 100))
    parts = shapely.union_all([frame, square(900, 900, 10)])
    measure = compactness_index(square_unit(), outline(parts, kind="new_district"))
    assert values(measure) == pytest.approx([math.sqrt(math.pi) / 2])


def test_the_least_compact_district_is_what_counts() -> None:
    two = outline(square(0, 0, 500), box(0, 600, 1000, 700), kind="new_district")
    measure = compactness_index(square_unit(), two)
    assert values(measure) == pytest.approx([2 * math.sqrt(math.pi * 1e5) / 2200])


def test_what_is_missing_is_named() -> None:
    unit, homes = square_unit(), plots()
    with pytest.raises(MissingLayerError, match="boundaries"):
        pop_density(unit, homes, base="built_up")
    with pytest.raises(UnstatedError, match="boundary_type = built_up"):
        pop_density(unit, homes, outline(square(0, 0), kind="cluster"), base="built_up")
    with pytest.raises(MissingLayerError, match="blocks"):
        pop_density_local_max(unit, homes)
    with pytest.raises(MissingColumnError, match="population"):
        pop_density(unit, homes.drop(columns="population"))
    with pytest.raises(MissingColumnError, match="far_max"):
        unit_floor_area(unit, homes)
    with pytest.raises(MissingColumnError, match="construction_land_quota"):
        construction_land_of_quota(unit, homes)
    with pytest.raises(MissingColumnError, match="floor_area"):
        floor_area_to_construction_land(unit, homes.iloc[:0], homes)
    with pytest.raises(MissingLayerError, match="parcels"):
        floor_area_to_construction_land(unit, layer([square(0, 0, 10)], floors=[1.0]))


def scattered(seed: int) -> dict[str, gpd.GeoDataFrame]:
    draw = np.random.default_rng(seed)
    shapes = random_boxes(60, seed=seed, side=1900)
    codes = draw.choice(["0701", "0901", "0103", "1001", "1401"], 60).astype(object)
    return {
        "parcels": layer(shapes, id_name="parcel_id", land_use=codes,
                         population=draw.integers(0, 500, 60).astype(float)),
        "town": outline(*random_boxes(8, seed=seed + 1, side=1800, size=700)),
        "blocks": layer(random_boxes(20, seed=seed + 2, side=1800), id_name="block_id"),
    }  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_densities_are_those_of_a_plain_overlay(seed: int) -> None:
    drawn, units = scattered(seed), square_units(2, 2)
    plots, town = drawn["parcels"], drawn["town"].union_all()
    measure = pop_density(units, plots, drawn["town"], base="built_up")
    for unit_id, unit in units.geometry.items():
        ground = unit.intersection(town)
        held = plots.intersection(ground).area / plots.area * plots["population"]
        assert measure.table.loc[unit_id, "numerator"] == pytest.approx(held.sum(), rel=1e-9)
        assert measure.table.loc[unit_id, "denominator"] == pytest.approx(ground.area, rel=1e-9)


@pytest.mark.parametrize("seed", [1, 2])
def test_order_place_and_units_change_nothing_they_should_not(seed: int) -> None:
    drawn, units = scattered(seed), square_units(2, 2)
    plots, town, blocks = drawn["parcels"], drawn["town"], drawn["blocks"]
    whole = pop_density(units, plots, town, blocks, base="built_up")
    mixed = pop_density(shuffled(units, 1), shuffled(plots, 2), shuffled(town, 3),
                        shuffled(blocks, 4), base="built_up")  # fmt: skip
    pd.testing.assert_frame_equal(mixed.table.loc[units.index], whole.table)
    one = pop_density(square_unit(2000), plots, town, base="built_up").total()
    assert one == pytest.approx(whole.total(), rel=1e-9)
    far = [moved(frame, 7000, -3000) for frame in (units, plots, town)]
    elsewhere = pop_density(*far, base="built_up")
    assert values(elsewhere) == pytest.approx(values(whole), rel=1e-9)
    here = pop_density_local_max(units, plots, blocks)
    there = pop_density_local_max(shuffled(units, 5), plots, shuffled(blocks, 6))
    pd.testing.assert_frame_equal(there.table.loc[units.index], here.table)
