"""The form of buildings, what their facades carry, and rules that name classes of them."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.affinity import rotate, translate
from tests.indicators.squares import layer, moved, shuffled, square, square_unit, square_units

from carbonspace.catalogue import indicators
from carbonspace.errors import MissingColumnError, MissingLayerError
from carbonspace.indicators._building_traits import EVERY, Asked
from carbonspace.indicators.buildings_envelope import envelope_area, envelope_share
from carbonspace.indicators.buildings_form import (
    building_orientation,
    building_shape_coefficient,
    window_wall_ratio,
)
from carbonspace.indicators.buildings_height import (
    height_fire_rescue_match,
    new_residential_max_floors,
)
from carbonspace.indicators.buildings_rules import (
    green_building_star_rule,
    green_materials_rule,
    renewable_min_one,
)
from carbonspace.indicators.buildings_spacing import building_spacing

NEW = pd.array([True], dtype="boolean")


def built(*shapes: shapely.Polygon, **columns: Any) -> gpd.GeoDataFrame:
    """Return new homes a, b, c … unless columns say otherwise."""
    count = len(shapes)
    facts = {"use": ["0701"] * count, "is_new": pd.array([True] * count, dtype="boolean")}
    ids = list("abcdefgh"[:count])
    return layer(shapes, ids=ids, id_name="building_id", **{**facts, **columns})


def of(measure: Any) -> list[float]:
    return [float(v) for v in measure.table["value"]]


def test_the_shape_coefficient_is_envelope_over_volume() -> None:
    houses = built(shapely.box(100, 100, 120, 110), shapely.box(990, 100, 1010, 110),
                   height=[30.0, np.nan], floors=[np.nan, 5.0])  # fmt: skip
    measure = building_shape_coefficient(square_units(2), houses)
    # a: (60 × 30 + 200) / (200 × 30); b, half in each unit: (60 × 15 + 200) / (200 × 15)
    assert measure.table["numerator"].tolist() == [2000 + 550, 550]
    assert measure.table["denominator"].tolist() == [6000 + 1500, 1500]
    parts = measure.parts["building"]
    assert parts["value"].tolist() == pytest.approx([2000 / 6000, 1100 / 3000])
    assert parts["land_use"].tolist() == ["0701", "0701"]


def test_what_has_no_height_has_no_shape() -> None:
    houses = built(square(0, 0, 10), square(50, 0, 10), height=[12.0, np.nan])
    assert building_shape_coefficient(square_unit(), houses).total()[1] == 1200


@pytest.mark.parametrize("turn", [0, 10, 45, 60, 89.5, 90, 135, 170, 200])
@pytest.mark.parametrize("deep", [10.0, 19.8])
def test_a_building_turns_from_south_as_it_is_turned(turn: float, deep: float) -> None:
    house = rotate(shapely.box(400, 400, 420, 400 + deep), turn, origin="centroid")
    measure = building_orientation(square_unit(), built(house))
    away = min(turn % 180, 180 - turn % 180)
    expected = away if deep == 10 else min(away, 90 - away)
    assert of(measure) == pytest.approx([expected], abs=1e-6)


def test_the_mean_turn_counts_buildings_by_their_ground() -> None:
    wide, tall = shapely.box(0, 0, 30, 10), shapely.box(990, 0, 1010, 60)
    measure = building_orientation(square_units(2), built(wide, tall))
    assert measure.table["numerator"].tolist() == [45.0, 45.0]
    assert of(measure) == [30.0, 90.0]


def test_windows_over_walls_stated_or_drawn() -> None:
    houses = built(square(0, 0, 10), square(50, 0, 10), square(90, 0, 10), square(200, 0, 10),
                   window_area=[100.0, 60.0, np.nan, 5.0], wall_area=[400.0, np.nan, 9.0, np.nan],
                   height=[9.0, 6.0, 9.0, np.nan])  # fmt: skip
    measure = window_wall_ratio(square_unit(), houses)
    assert measure.total() == pytest.approx((160, 400 + 240, 0.25))
    assert measure.evidence()["building_id"].tolist() == ["a", "b"]


def test_the_most_floors_leave_out_what_is_exempt_old_or_no_home() -> None:
    houses = built(
        square(0, 0, 10), square(50, 0, 10), square(90, 0, 10), square(995, 0, 10),
        floors=[33.0, 18.0, 40.0, 20.0], exemption=["论证", None, None, ""],
        is_new=pd.array([True, True, False, True], dtype="boolean"),
    )  # fmt: skip
    measure = new_residential_max_floors(square_units(3), houses)
    assert of(measure)[:2] == [20, 20]
    assert math.isnan(of(measure)[2])
    assert measure.table["exempt"].tolist() == [1, 0, 0]
    assert measure.total()[2] == 20
    assert measure.parts["building"]["value"].to_dict() == {"a": 33, "b": 18, "d": 20}
    shown = measure.evidence()
    assert sorted(shown["building_id"]) == ["a", "b", "d", "d"]
    assert of(new_residential_max_floors(square_units(1), houses, asked=EVERY)) == [40]


def stations(*places: tuple[float, float], reach: list[float]) -> gpd.GeoDataFrame:
    return layer([shapely.Point(p) for p in places], id_name="facility_id",
                 facility_type=["fire_station"] * len(places), ladder_reach=reach)  # fmt: skip


def test_the_highest_ladder_near_a_building_has_to_reach_it() -> None:
    houses = built(square(0, 0, 10), square(500, 0, 10), square(900, 0, 10), height=[31.0] * 3,
                   exemption=[None, None, "消防专项论证"])  # fmt: skip
    near = stations((110, 0), (200, 0), (600, 0), reach=[20.0, 32.0, 30.0])
    unit = square_unit()
    # a: 32 m 190 m away; b: 30 m; c: none within 200 m, but exempt
    measure = height_fire_rescue_match(unit, houses, near, radius=200)
    assert of(measure) == [1]
    assert measure.table["exempt"].tolist() == [1]
    shown = measure.evidence().set_index("building_id")
    assert shown["ladder_m"].to_dict() == {"b": 30, "c": 0}
    assert of(height_fire_rescue_match(unit, houses, near, radius=180)) == [2]
    assert of(height_fire_rescue_match(unit, houses, near, radius=180, ladder=31.0)) == [0]
    assert of(height_fire_rescue_match(unit, houses, ladder=30.9)) == [2]


def test_ladders_have_to_be_stated() -> None:
    houses = built(square(0, 0, 10), height=[31.0])
    with pytest.raises(MissingLayerError):
        height_fire_rescue_match(square_unit(), houses)
    with pytest.raises(MissingColumnError, match="ladder_reach"):
        height_fire_rescue_match(square_unit(), houses, stations((0, 0), reach=[np.nan]))


def test_the_building_to_the_south_counts_by_its_height() -> None:
    home = shapely.box(100, 200, 140, 210)
    low, tall = shapely.box(100, 170, 140, 180), shapely.box(100, 100, 140, 110)
    beside, north = shapely.box(200, 150, 240, 160), shapely.box(100, 230, 140, 240)
    joined = shapely.box(100, 190, 110, 200)
    houses = built(home, low, tall, beside, north, joined, use=["0701", *["0901"] * 5],
                   height=[20.0, 10.0, 60.0, 50.0, 99.0, 9.0])  # fmt: skip
    measure = building_spacing(square_unit(), houses)
    # low: 20 / 10 = 2; tall: 90 / 60 = 1.5, the least; not those beside, north or touching
    assert measure.total() == (90, 60, 1.5)
    assert of(building_spacing(square_unit(), houses, south_far=80)) == [2.0]
    assert measure.parts["building"].index.tolist() == ["a"]


def test_a_home_with_nothing_to_the_south_has_no_spacing() -> None:
    houses = built(square(0, 0, 10), square(0, 500, 10), height=[9.0, 9.0])
    assert math.isnan(of(building_spacing(square_unit(), houses))[0])


def test_spacing_is_that_of_every_pair() -> None:
    """Against plain pairs of rectangles."""
    draw = np.random.default_rng(3)
    boxes = [(x, y, x + w, y + h) for x, y, w, h in np.column_stack(
        (draw.uniform(0, 900, (120, 2)), draw.uniform(10, 60, (120, 2))))]  # fmt: skip
    height = draw.uniform(5, 90, 120)
    houses = layer([shapely.box(*b) for b in boxes], id_name="building_id", height=height)
    found = building_spacing(square_unit(), houses, asked=EVERY).parts["building"]["value"]
    expected = {}
    for n, (w, s, e, north) in enumerate(boxes):
        ratios = []
        for m, (w2, s2, e2, n2) in enumerate(boxes):
            below = s2 + n2 < s + north and s - n2 <= 200
            aside = max(w2 - e, w - e2, 0.0)
            gap = max(s - n2, 0.0)
            if m != n and below and aside == 0 and gap > 0.1:
                ratios.append(gap / height[m])
        if ratios:
            expected[f"building_id{n + 1}"] = min(ratios)
    assert found.to_dict() == pytest.approx(expected)


def test_facades_are_perimeter_by_height_and_roofs_as_stated() -> None:
    houses = built(
        square(0, 0, 10), square(50, 0, 10), square(80, 0, 10),
        height=[10.0, np.nan, 20.0], facade_pv_area=[100.0, 50.0, np.nan],
        roof_green_area=[30.0, 50.0, np.nan], roof_area=[np.nan, 200.0, np.nan],
        is_new=pd.array([True, True, False], dtype="boolean"),
    )  # fmt: skip
    unit = square_unit()
    assert envelope_share(unit, houses).total()[:2] == (100, 400 + 800)
    assert envelope_share(unit, houses, asked=Asked(age="new")).total()[:2] == (100, 400)
    assert envelope_share(unit, houses, covering="roof_green").total()[:2] == (80, 400)
    assert envelope_area(unit, houses, covering="roof_green").total()[0] == 80
    assert envelope_area(unit, houses).parts["building"]["value"].tolist() == [100, 50, 0]


def rule_town(**columns: Any) -> gpd.GeoDataFrame:
    """Return eight new buildings of as many classes."""
    shapes = [square(100 * n + 10, 10, 20) for n in range(8)]
    facts = {
        "use": ["0801", "0701", "0701", "0901", "0901", "0701", "1001", "0804"],
        "floor_area": [100.0, 100.0, 100.0, 20_000.0, 19_999.0, 60_000.0, 90_000.0, 100.0],
        "height": [9.0, 9.0, 9.0, 9.0, 100.1, 9.0, 9.0, 9.0],
        "funder": ["market", "social", "market", None, "market", None, None, "government"],
        "green_star": [*[np.nan] * 6, 0.0, np.nan],
        **columns,
    }
    return built(*shapes, **facts)


def violating(measure: Any) -> list[str]:
    return sorted(measure.evidence()["building_id"])


def test_stars_are_asked_by_class() -> None:
    unit = square_unit()
    found = green_building_star_rule(unit, rule_town())
    assert violating(found) == ["a", "b", "d", "e", "h"]
    shown = found.evidence().set_index("building_id")
    assert shown["asked"].to_dict() == {"a": 1, "b": 1, "d": 1, "e": 3, "h": 1}
    assert "保障性住房" in shown["clause"]["b"]
    two = rule_town(green_star=[1.0, 1.0, 0.0, 1.0, 2.0, 0.0, 0.0, 1.0])
    assert violating(green_building_star_rule(unit, two)) == ["e"]
    assert violating(green_building_star_rule(unit, two, document="lianyungang")) == ["h"]
    old = rule_town(is_new=pd.array([False] * 8, dtype="boolean"))
    assert of(green_building_star_rule(unit, old)) == [0]


def test_compounds_and_new_districts_are_classes_too() -> None:
    unit, houses = square_unit(), rule_town()
    lots = layer([shapely.box(200, 0, 300, 99), shapely.box(500, 0, 700, 99)],
                 id_name="parcel_id", land_use=["0701", "0702"])  # fmt: skip
    places = [shapely.box(200, 0, 300, 100), shapely.box(600, 0, 640, 99)]
    districts = layer(places, id_name="boundary_id", boundary_type=["new_district"] * 2)
    assert "f" in violating(green_building_star_rule(unit, houses, lots))
    assert "c" not in violating(green_building_star_rule(unit, houses, lots))
    inside = green_building_star_rule(unit, houses, None, districts)
    assert "c" in violating(inside)
    assert "g" not in violating(inside)  # a factory is no civil building
    parts = inside.parts["building"]
    assert parts.loc["c", "new_district"]
    assert [str(v) for v in parts["super_highrise"]][4] == "True"
    young = unit.assign(unit_type=["new"])
    assert violating(green_building_star_rule(young, houses)) == list("abcdefh")


def test_exempt_buildings_are_told_apart() -> None:
    houses = rule_town(exemption=["批准", *[None] * 7])
    measure = green_building_star_rule(square_unit(), houses)
    assert of(measure) == [4]
    assert measure.table["exempt"].tolist() == [1]


def test_one_type_of_renewable_energy() -> None:
    houses = rule_town(
        use=["0801", "0801", "0801", "0901", "0901", "0701", "0801", "0804"],
        funder=["government", "government", "market", "market", "market", *["government"] * 3],
        renewables=[None, "solar_pv; solar_pv;biomass", None, "", "wind", None, None, ""],
        is_new=pd.array([True] * 3 + [False] * 4 + [True], dtype="boolean"),
        is_retrofitted=pd.array([None] * 3 + [True, True, True, False, None], dtype="boolean"),
    )
    measure = renewable_min_one(square_unit(), houses)
    assert violating(measure) == ["a", "d", "h"]
    assert measure.parts["building"]["value"].tolist() == [0, 2, 0, 0, 1, 0, 0, 0]


def test_leading_buildings_use_green_materials() -> None:
    houses = rule_town(uses_green_materials=pd.array([None] * 7 + [True], dtype="boolean"))
    measure = green_materials_rule(square_unit(), houses)
    assert violating(measure) == ["d", "f"]
    assert measure.parts["building"]["value"].to_dict() == {"d": 0, "f": 0, "h": 1}


NEEDED = {
    "building_shape_coefficient": "height", "window_wall_ratio": "window_area",
    "new_residential_max_floors": "floors", "building_spacing": "height",
    "pv_facade_share": "facade_pv_area", "vertical_greening": "facade_green_area",
    "roof_greening_area": "roof_green_area", "green_building_star_rule": "green_star",
    "renewable_min_one": "renewables", "green_materials_rule": "uses_green_materials",
}  # fmt: skip


@pytest.mark.parametrize("key", NEEDED)
def test_what_no_building_says_is_named(key: str) -> None:
    houses = built(square(0, 0, 10), funder=["market"])
    with pytest.raises(MissingColumnError, match=NEEDED[key]):
        indicators()[key].function(square_unit(), houses)


def full(seed: int, count: int = 150) -> gpd.GeoDataFrame:
    """Return buildings with every column these indicators take, a fifth of it unknown."""
    draw = np.random.default_rng(seed)
    corner = draw.uniform(0, 1950, (count, 2))
    size = draw.uniform(8, 40, (count, 2))
    shapes = [rotate(shapely.box(x, y, x + w, y + h), a) for (x, y), (w, h), a in
              zip(corner, size, draw.uniform(0, 180, count), strict=True)]  # fmt: skip
    amounts = ("window_area", "wall_area", "facade_pv_area", "facade_green_area", "roof_green_area")
    columns: dict[str, Any] = {name: draw.uniform(1, 90, count) for name in amounts} | {
        "use": draw.choice(["0701", "0801", "0804", "0901", "1001"], count).astype(object),
        "floors": draw.integers(1, 40, count).astype(float),
        "green_star": draw.integers(0, 4, count).astype(float),
        "is_new": pd.array(draw.random(count) < 0.7, dtype="boolean"),
        "is_retrofitted": pd.array(draw.random(count) < 0.5, dtype="boolean"),
        "uses_green_materials": pd.array(draw.random(count) < 0.5, dtype="boolean"),
        "funder": draw.choice(["government", "social", "market"], count).astype(object),
        "renewables": draw.choice(["solar_pv", "wind;biomass", ""], count).astype(object),
    }
    frame = layer(shapes, id_name="building_id", **columns)
    for name in columns:
        frame.loc[draw.random(count) < 0.2, name] = None
    return frame


LEVELLED = [k for k, v in indicators().items() if v.theme == "buildings" and "building" in v.levels]


@pytest.mark.parametrize("key", LEVELLED)
def test_order_place_and_units_change_nothing_they_should_not(key: str) -> None:
    one, houses, units = indicators()[key], full(3), square_units(2, 2)
    given = {"ladder": 30.0} if "ladder" in {p.name for p in one.parameters} else {}
    whole = one.function(units, houses, **given)
    mixed = one.function(shuffled(units, 5), shuffled(houses, 6), **given)
    pd.testing.assert_frame_equal(mixed.table.loc[units.index], whole.table)
    pd.testing.assert_frame_equal(
        mixed.parts["building"].sort_index(), whole.parts["building"].sort_index()
    )
    together = one.function(square_unit(2000), houses, **given).total()
    assert together == pytest.approx(whole.total(), nan_ok=True)
    away = one.function(moved(units, 4e5, 3.9e6), moved(houses, 4e5, 3.9e6), **given)
    np.testing.assert_allclose(away.table["value"], whole.table["value"], rtol=1e-6)


@pytest.mark.parametrize("key", LEVELLED)
def test_no_buildings_no_figure(key: str) -> None:
    one = indicators()[key]
    given = {"ladder": 30.0} if "ladder" in {p.name for p in one.parameters} else {}
    measure = one.function(square_unit(), full(3).iloc[:0], **given)
    top = measure.table["numerator"].iloc[0]
    assert math.isnan(top) if measure.extreme else top == 0
    assert measure.evidence().empty


def test_classes_are_those_of_plain_pandas() -> None:
    houses = full(8, 400)
    plain = pd.DataFrame(houses.drop(columns="geometry"))
    area = houses.area * plain["floors"].fillna(1)
    use, stars = plain["use"].fillna(""), plain["green_star"].fillna(0)
    named = use.str.startswith("08") | (use.str.startswith("07") & plain["funder"].eq("social"))
    named |= use.str.startswith(("08", "09")) & (area >= 20_000)
    asked = named.astype(int).where(~(plain["floors"] * 3 > 100), 3)
    short = plain["is_new"].fillna(value=False).astype(bool) & (stars < asked)
    measure = green_building_star_rule(square_unit(2000), houses)
    assert sorted(set(measure.evidence()["building_id"])) == sorted(houses.index[short])


def test_a_shape_moves_with_its_building() -> None:
    house = rotate(shapely.box(0, 0, 30, 12), 25)
    for x, y in ((0, 0), (412_000.37, 3_990_000.91)):
        found = building_orientation(
            moved(square_unit(), x, y), built(translate(house, x + 100, y + 100))
        )
        assert of(found) == pytest.approx([25.0], abs=1e-6)
