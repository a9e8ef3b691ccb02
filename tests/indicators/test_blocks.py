"""Residential blocks: density, heights, land and green per person, by hand and by other means."""

from __future__ import annotations

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
    square_unit,
    square_units,
)

from carbonspace.catalogue import indicators
from carbonspace.errors import MissingColumnError
from carbonspace.indicators._residential import Residential, floors_class
from carbonspace.indicators.blocks import (
    Middle,
    block_building_density,
    block_height,
    block_land_per_capita,
    block_residential_far,
    mid_rise_mid_density,
)
from carbonspace.indicators.blocks_green import (
    block_concentrated_green,
    block_concentrated_green_width,
    block_green_ratio,
)
from carbonspace.model.measure import Measure


def blocks() -> gpd.GeoDataFrame:
    """Return a block of homes in u1, one across u1 and u2, and one of shops in u2."""
    shapes = [box(100, 100, 300, 300), box(900, 100, 1100, 300), box(1500, 100, 1700, 300)]
    return layer(shapes, ids=["b1", "b2", "b3"], id_name="block_id")


def lots(**columns: Any) -> gpd.GeoDataFrame:
    """Return two lots of homes in b1 (and the street), one in b2, shops and some homes in b3."""
    corners = [(110, 110, 200, 290), (200, 110, 290, 290), (100, 100, 300, 110),
               (900, 100, 1100, 300), (1500, 100, 1630, 300), (1630, 100, 1700, 300)]  # fmt: skip
    shapes = [box(*one) for one in corners]
    facts = {
        "land_use": ["0701", "0703", "1207", "07", "0901", "0701"],
        "population": [300.0, 348.0, 0.0, 1000.0, 0.0, 500.0],
        **columns,
    }
    return layer(shapes, ids=list("abcdef"), id_name="parcel_id", **facts)


def houses(**columns: Any) -> gpd.GeoDataFrame:
    """Return two homes and a shop on b1, two homes on b2 (one reaching out of it), shops on b3."""
    corners = [(120, 120, 140, 220), (190, 120, 210, 220), (220, 120, 230, 130),
               (950, 150, 970, 250), (1099, 150, 1119, 250), (1510, 110, 1610, 210)]  # fmt: skip
    shapes = [box(*one) for one in corners]
    facts = {
        "use": ["0701", "0701", "0901", None, "0703", "0901"],
        "floors": [6.0, 12.0, 2.0, 6.0, 30.0, 4.0],
        **columns,
    }
    return layer(shapes, ids=["h1", "h2", "s1", "h3", "h4", "s2"], id_name="building_id", **facts)


def of_blocks(measure: Measure) -> pd.DataFrame:
    return measure.parts["block"]


def test_floor_area_stands_on_the_land_of_homes_only() -> None:
    units = square_units(2)
    measure = block_residential_far(units, blocks(), lots(), houses())
    rows = of_blocks(measure)
    assert rows.index.tolist() == ["b1", "b2"]
    # b1: 2000 × 6 + 2000 × 12 + 100 × 2 on 2 × 90 × 180; b2: 2000 × 6 and a metre of h4
    assert rows["numerator"].tolist() == pytest.approx([36_200, 12_000 + 100 * 30])
    assert rows["denominator"].tolist() == pytest.approx([32_400, 40_000])
    # b2 counts by half to each unit
    assert measure.table["numerator"].tolist() == pytest.approx([36_200 + 7500, 7500])
    assert measure.table["denominator"].tolist() == pytest.approx([52_400, 20_000])


def test_density_counts_footprints() -> None:
    measure = block_building_density(square_units(2), blocks(), lots(), houses())
    rows = of_blocks(measure)
    assert rows["value"].tolist() == pytest.approx([100 * 4100 / 32_400, 100 * 2100 / 40_000])


def test_the_class_of_floors_is_of_the_mean_floors_of_homes() -> None:
    rows = of_blocks(block_residential_far(square_units(2), blocks(), lots(), houses()))
    # b1: the shop is no home, (6 + 12) / 2; b2: (2000 × 6 + 100 × 30) / 2100 = 7.1
    assert rows["floors_class"].tolist() == ["7-9", "7-9"]


def test_floors_are_rounded_to_a_class() -> None:
    floors = np.array([0.4, 1, 3.49, 3.5, 9.5, 18.4, 26.4, 26.5, np.nan])
    expected = ["", "1-3", "1-3", "4-6", "10-18", "10-18", "19-26", "", ""]
    assert floors_class(floors).tolist() == expected


def test_the_tallest_home_counts_but_not_one_that_hardly_stands_there() -> None:
    measure = block_height(square_units(2), blocks(), lots(), houses())
    # 12 floors; h4 of 30 floors has a twentieth on b2
    assert of_blocks(measure)["value"].tolist() == [36.0, 18.0]
    assert measure.table["value"].tolist() == [36.0, 18.0]
    assert measure.total()[2] == 36.0
    given = houses(height=[20.0, np.nan, 99.0, 21.5, 90.0, 99.0])
    measure = block_height(square_units(2), blocks(), lots(), given, storey_height=2.8)
    assert of_blocks(measure)["value"].tolist() == pytest.approx([33.6, 21.5])


def test_land_per_person_and_a_lot_that_does_not_say() -> None:
    measure = block_land_per_capita(square_units(2), blocks(), lots(), houses())
    assert of_blocks(measure)["value"].tolist() == pytest.approx([50.0, 40.0])
    assert of_blocks(measure)["floors_class"].tolist() == ["7-9", "7-9"]
    silent = lots(population=[300.0, np.nan, 0.0, 1000.0, 0.0, 500.0])
    measure = block_land_per_capita(square_units(2), blocks(), silent)
    assert of_blocks(measure).index.tolist() == ["b2"]
    assert of_blocks(measure)["floors_class"].tolist() == [""]
    assert measure.table["numerator"].tolist() == pytest.approx([20_000, 20_000])
    shown = measure.evidence().set_index("block_id")["value"]
    assert np.isnan(shown["b1"])


def test_green_is_what_lots_of_homes_state() -> None:
    green = lots(green_area=[3240.0, 6480.0, np.nan, 12_000.0, 999.0, np.nan])
    rows = of_blocks(block_green_ratio(square_units(2), blocks(), green, houses()))
    assert rows["value"].tolist() == pytest.approx([30.0, 30.0])


def test_a_lot_that_does_not_state_its_green_has_what_is_drawn() -> None:
    green = lots(green_area=[3240.0, np.nan, np.nan, np.nan, 999.0, np.nan])
    drawn = layer([box(200, 110, 290, 182), box(0, 0, 120, 120)], id_name="greenery_id",
                  greenery_type=["grass", "tree"])  # fmt: skip
    rows = of_blocks(block_green_ratio(square_units(2), blocks(), green, houses(), drawn))
    assert rows["value"].tolist() == pytest.approx([30.0, 0.0])
    rows = of_blocks(block_green_ratio(square_units(2), blocks(), green))
    assert rows.index.tolist() == []


def test_green_in_one_piece_per_person_and_its_width() -> None:
    units = square_units(2).assign(unit_type=["new", "old"])
    green = lots(
        concentrated_green_area=[324.0, 0.0, np.nan, 400.0, np.nan, np.nan],
        concentrated_green_width=[9.0, 2.0, np.nan, 7.5, 1.0, np.nan],
    )
    measure = block_concentrated_green(units, blocks(), green)
    assert of_blocks(measure)["value"].tolist() == pytest.approx([0.5, 0.4])
    assert of_blocks(measure)["unit_type"].tolist() == ["new", "new"]
    width = block_concentrated_green_width(units, blocks(), green)
    assert of_blocks(width)["value"].tolist() == [9.0, 7.5]
    assert width.table["value"].tolist() == [7.5, 7.5]


def test_what_is_residential_and_in_which_climate() -> None:
    units = square_units(2).assign(climate_zone=["II", None])
    some = Residential(min_share=35)
    rows = of_blocks(block_residential_far(units, blocks(), lots(), houses(), residential=some))
    assert rows.index.tolist() == ["b1", "b2", "b3"]
    assert rows["climate_zone"].tolist() == ["II", "II", ""]
    named = Residential(climate_zone="V", homes=("0901",))
    rows = of_blocks(block_residential_far(units, blocks(), lots(), houses(), residential=named))
    assert rows.index.tolist() == ["b3"]
    assert rows["climate_zone"].tolist() == ["V"]
    assert rows["floors_class"].tolist() == [""]


def test_mean_floors_tell_the_form_of_any_block() -> None:
    measure = mid_rise_mid_density(square_units(2), blocks(), houses())
    rows = of_blocks(measure)
    # b1: 36,200 of floor on 4,100; b3: 10,000 of 40,000 covered by 4 floors
    assert rows["value"].tolist() == pytest.approx([36_200 / 4100, 15_000 / 2100, 4.0])
    assert rows["form"].tolist() == [
        "mid_rise_low_density", "mid_rise_low_density", "mid_rise_mid_density"
    ]  # fmt: skip
    shown = measure.evidence().set_index("block_id").loc["b3"]
    assert (shown["fsi"], shown["gsi"]) == (1.0, 0.25)
    narrow = Middle(mid_floors_from=4.1, mid_cover_to=24)
    rows = of_blocks(mid_rise_mid_density(square_units(2), blocks(), houses(), middle=narrow))
    assert rows.loc["b3", "form"] == "low_rise_high_density"


OF_TABLE = {
    "block_residential_far": "floors", "block_building_density": "floors", "block_height": "height",
    "mid_rise_mid_density": "floors",
}  # fmt: skip
OF_LOTS = {
    "block_land_per_capita": "population", "block_green_ratio": "green_area",
    "block_concentrated_green": "concentrated_green_area",
    "block_concentrated_green_width": "concentrated_green_width",
}  # fmt: skip


def measured(key: str, *layers: gpd.GeoDataFrame, **settings: Any) -> Measure:
    """Return the indicator on units, blocks, lots and buildings, of which it takes what it uses."""
    by_name = dict(zip(("units", "blocks", "parcels", "buildings"), layers, strict=True))
    one = indicators()[key]
    return one.function(*[by_name.get(name) for name in one.used], **settings)


@pytest.mark.parametrize("key", OF_TABLE)
def test_floors_that_no_building_states_are_named(key: str) -> None:
    with pytest.raises(MissingColumnError) as caught:
        measured(key, square_unit(), blocks(), lots(), houses(floors=[np.nan] * 6))
    assert OF_TABLE[key] in str(caught.value)


@pytest.mark.parametrize("key", OF_LOTS)
def test_what_no_lot_states_is_named(key: str) -> None:
    with pytest.raises(MissingColumnError) as caught:
        measured(key, square_unit(), blocks(), lots(population=[np.nan] * 6), houses())
    assert OF_LOTS[key] in str(caught.value)


def stated(drawn: gpd.GeoDataFrame, seed: int) -> gpd.GeoDataFrame:
    """Return lots with all that blocks ask for, at random."""
    draw = np.random.default_rng(seed)
    amounts = {"population": 900, "green_area": 4000, "concentrated_green_area": 500,
               "concentrated_green_width": 30}  # fmt: skip
    columns = {name: draw.integers(1, high, len(drawn)) for name, high in amounts.items()}
    return drawn.assign(**{name: values.astype(float) for name, values in columns.items()})


def town(seed: int) -> tuple[gpd.GeoDataFrame, ...]:
    """Return 2 × 1 units, blocks side by side across them, lots and houses at random."""
    draw = np.random.default_rng(seed)
    cells = [(x, y) for x in range(0, 1900, 210) for y in range(0, 900, 210)]
    drawn = layer([box(x, y, x + 200, y + 200) for x, y in cells], id_name="block_id")
    halves = [box(x + 100 * n, y, x + 100 * (n + 1), y + 200) for x, y in cells for n in (0, 1)]
    codes = draw.choice(["0701", "0703", "0901"], len(halves), p=[0.5, 0.2, 0.3])
    plots = stated(layer(halves, id_name="parcel_id", land_use=codes.astype(object)), seed)
    built = layer(random_boxes(300, seed=seed, side=1900, size=40), id_name="building_id",
                  floors=draw.integers(1, 30, 300).astype(float),
                  use=draw.choice(np.array(["0701", "0901", None], dtype=object), 300))  # fmt: skip
    return square_units(2), drawn, plots, built


def plain(plan: tuple[gpd.GeoDataFrame, ...]) -> pd.DataFrame:
    """Return what blocks hold, by geopandas' overlay and pandas."""
    _, drawn, plots, built = plan
    home = plots[plots["land_use"].str.startswith("07")]
    shapes = {"block": drawn.geometry, "lot": home.geometry}
    named = {k: gpd.GeoDataFrame({k: g.index}, geometry=g.to_numpy(), crs=drawn.crs)
             for k, g in shapes.items()}  # fmt: skip
    ground = gpd.overlay(named["block"], named["lot"])
    ground = ground[ground.area > 1]
    held = home.loc[ground["lot"]].groupby(ground["block"].to_numpy())
    table = held[["population", "green_area", "concentrated_green_area"]].sum()
    table["width"] = held["concentrated_green_width"].min()
    table["land"] = ground.area.groupby(ground["block"]).sum()
    houses_ = built.reset_index(names="building")
    parts = gpd.overlay(ground[["block", "geometry"]], houses_)
    parts["ground"] = parts.area
    parts["floor"] = parts["ground"] * parts["floors"]
    table[["ground", "floor"]] = parts.groupby("block")[["ground", "floor"]].sum()
    return table[table["land"] >= 20_000].fillna(0)


FIGURES = {
    "block_residential_far": ("floor", "land", 1),
    "block_building_density": ("ground", "land", 100),
    "block_land_per_capita": ("land", "population", 1),
    "block_green_ratio": ("green_area", "land", 100),
    "block_concentrated_green": ("concentrated_green_area", "population", 1),
}


@pytest.mark.parametrize("key", FIGURES)
@pytest.mark.parametrize("seed", [1, 2])
def test_blocks_are_those_of_plain_overlays(key: str, seed: int) -> None:
    plan = town(seed)
    top, bottom, scale = FIGURES[key]
    table = plain(plan)
    rows = of_blocks(measured(key, *plan))
    assert len(rows) > 10
    assert set(rows.index) == set(table.index)
    expected = scale * table[top] / table[bottom]
    assert rows["value"].to_numpy() == pytest.approx(expected.loc[rows.index].to_numpy())


def test_widths_are_those_of_plain_overlays() -> None:
    plan = town(3)
    rows = of_blocks(measured("block_concentrated_green_width", *plan))
    assert rows["value"].to_dict() == plain(plan)["width"].to_dict()


EVERY = [*OF_TABLE, *OF_LOTS]


@pytest.mark.parametrize("key", EVERY)
def test_order_and_place_change_nothing(key: str) -> None:
    units, *layers = town(4)
    measure = measured(key, units, *layers)
    other = measured(key, units, *[shuffled(one, 5) for one in layers])
    pd.testing.assert_frame_equal(other.table, measure.table)
    pd.testing.assert_frame_equal(of_blocks(other).sort_index(), of_blocks(measure).sort_index())
    away = measured(key, *[moved(one, 512, -256) for one in (units, *layers)])
    assert away.table["value"].to_numpy() == pytest.approx(measure.table["value"].to_numpy())


@pytest.mark.parametrize("key", EVERY)
def test_cutting_a_unit_keeps_the_sums(key: str) -> None:
    units, *layers = town(6)
    whole, cut = measured(key, units, *layers), measured(key, cut_at(units, 555), *layers)
    assert cut.total() == pytest.approx(whole.total(), nan_ok=True)


@pytest.mark.parametrize("key", EVERY)
def test_nothing_drawn_no_figure(key: str) -> None:
    units, drawn, plots, built = town(7)
    empty = measured(key, units, drawn.iloc[:0], plots, built)
    assert empty.table["value"].isna().all()
    assert len(of_blocks(empty)) == 0
    bare = measured(key, units, drawn, plots, built.iloc[:0])
    assert len(bare.evidence()) == len(measured(key, units, drawn, plots, built).evidence()) or (
        key == "mid_rise_mid_density"
    )


def test_shapes_of_several_parts_count_once() -> None:
    drawn = blocks()
    both = shapely.union_all(drawn.geometry.to_numpy()[:2])
    one = layer([both], ids=["b"], id_name="block_id")
    rows = of_blocks(block_building_density(square_units(2), one, lots(), houses()))
    assert rows["numerator"].tolist() == pytest.approx([4100 + 2100])
