"""Floor-area ratio, density, green ratio and height of parcels, and their own limits."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.indicators.furnished import furnished
from tests.indicators.squares import layer, shuffled, square, square_units

from carbonspace.catalogue import indicators
from carbonspace.errors import MissingColumnError, MissingLayerError
from carbonspace.indicators._parcel_figures import Lots
from carbonspace.indicators.parcels import (
    parcel_building_density,
    parcel_far,
    parcel_green_ratio,
    parcel_height,
)
from carbonspace.indicators.parcels_limits import parcel_compliance
from carbonspace.model.measure import Measure

UNITS = square_units(2)
NAN = np.nan


def lots(**columns: object) -> gpd.GeoDataFrame:
    """Return five parcels of 10,000 m²: two in u1, one on the edge mostly in u2, street, empty."""
    corners = [(0, 0), (100, 0), (960, 0), (0, 200), (1500, 0)]
    facts = {"land_use": ["0701", "0901", "100101", "1207", "0701"], **columns}
    shapes = [square(x, y, 100) for x, y in corners]
    return layer(shapes, ids=[*"abcde"], id_name="parcel_id").assign(**facts)


def houses(**columns: object) -> gpd.GeoDataFrame:
    """Return a house on a, one with a tower on it on b, one across a and b, one on c, a kiosk."""
    corners = [(0, 0, 40, 40), (150, 0, 200, 50), (160, 10, 180, 30), (95, 50, 105, 60),
               (970, 0, 1030, 50), (0, 250, 10, 260)]  # fmt: skip
    shapes = [shapely.box(*one) for one in corners]
    facts = {"floors": [5.0, 2.0, 20.0, 1.0, 1.0, 1.0], **columns}
    return layer(shapes, ids=[*"uvwxyz"], id_name="building_id").assign(**facts)


def figures(measure: Measure) -> dict[str, float]:
    found = measure.parts["parcel"]["value"].round(9)
    return {str(key): float(value) for key, value in found.items()}


def test_floor_area_over_net_area_by_parcel_and_by_the_unit_that_holds_most() -> None:
    measure = parcel_far(UNITS, lots(), houses())
    # a: 1600 × 5 + half of 100; b: 2500 × 2 + 400 × 20 + 50; c: 3000
    assert figures(measure) == {"a": 0.805, "b": 1.305, "c": 0.3}
    assert measure.table["numerator"].tolist() == [21_100, 3_000]
    assert measure.table["denominator"].tolist() == [20_000, 10_000]
    evidence = measure.evidence()
    assert evidence["parcel_id"].tolist() == ["a", "b", "c"]
    assert evidence["floor_m2"].tolist() == [8_050, 13_050, 3_000]


def test_a_stated_floor_area_counts_before_that_of_buildings() -> None:
    stated = lots(floor_area=[NAN, 20_000.0, NAN, NAN, 5_000.0])
    assert figures(parcel_far(UNITS, stated, houses())) == {"a": 0.805, "b": 2, "c": 0.3, "e": 0.5}
    assert figures(parcel_far(UNITS, stated)) == {"b": 2, "e": 0.5}
    with pytest.raises(MissingLayerError):
        parcel_far(UNITS, lots())


def test_empty_parcels_count_where_asked() -> None:
    yards = Lots(parcel_uses=("0701",))
    assert figures(parcel_far(UNITS, lots(), houses(), lots=yards)) == {"a": 0.805}
    empty = parcel_far(UNITS, lots(), houses(), lots=yards, empty=True)
    assert figures(empty) == {"a": 0.805, "e": 0}


def test_a_tower_on_a_podium_covers_its_ground_once() -> None:
    measure = parcel_building_density(UNITS, lots(), houses())
    assert figures(measure) == {"a": 16.5, "b": 25.5, "c": 30}
    assert measure.table["value"].tolist() == [21, 30]


def test_what_hardly_reaches_a_parcel_does_not_stand_there() -> None:
    built = layer([shapely.box(5, 5, 101, 15)], id_name="building_id", floors=[9.0])
    assert figures(parcel_height(UNITS, lots(), built)) == {"a": 27}
    least = parcel_height(UNITS, lots(), built, lots=Lots(min_part=1.0))
    assert figures(least) == {"a": 27, "b": 27}


def test_the_tallest_building_of_a_parcel_and_of_a_unit() -> None:
    built = houses(height=[14.0, NAN, NAN, NAN, 9.5, NAN])
    measure = parcel_height(UNITS, lots(), built)
    assert figures(measure) == {"a": 14, "b": 60, "c": 9.5}
    assert measure.table["value"].tolist() == [60, 9.5]
    assert measure.total()[2] == 60
    assert measure.evidence()["height_m"].tolist() == [14, 60, 9.5]


def test_each_building_that_stands_on_a_parcel_that_counts_has_its_height() -> None:
    """The tower has 20 floors of 3 m. The kiosk stands on a street: it is not told."""
    rows = parcel_height(UNITS, lots(), houses(height=[14.0, NAN, NAN, NAN, 9.5, 4.0])).parts
    found = rows["building"][["unit_id", "value"]]
    assert found["value"].to_dict() == {"u": 14, "v": 6, "w": 60, "x": 3, "y": 9.5}
    assert set(found["unit_id"].drop("y")) == {"u1"}
    short = parcel_height(UNITS, lots(land_use=["0701", *["1207"] * 4]), houses())
    assert set(short.parts["building"].index) == {"u", "x"}


def test_buildings_whose_height_is_not_known_do_not_count() -> None:
    built = houses(floors=[NAN, 2.0, 20.0, NAN, NAN, NAN])
    measure = parcel_height(UNITS, lots(), built)
    assert figures(measure) == {"b": 60}
    assert np.isnan(measure.table["value"].to_numpy()[1])


def test_green_is_stated_or_drawn_and_what_overlaps_counts_once() -> None:
    greens = [square(0, 0, 40), square(20, 0, 40), square(150, 50, 10), square(110, 0, 10)]
    kinds = ["grass", "tree", "green_roof", "shrub"]
    drawn = layer(greens, id_name="greenery_id", greenery_type=kinds)
    stated = lots(green_area=[NAN, NAN, 4_000.0, 1.0, NAN])
    measure = parcel_green_ratio(UNITS, stated, drawn)
    assert figures(measure) == {"a": 24, "b": 1, "c": 40, "e": 0}
    assert figures(parcel_green_ratio(UNITS, stated)) == {"c": 40}
    with pytest.raises(MissingColumnError):
        parcel_green_ratio(UNITS, lots())


def test_parcels_beyond_their_limits_are_told_with_by_how_much() -> None:
    limited = lots(far_max=[0.8, 1.305, NAN, 0.1, 9.0], far_min=[NAN, NAN, 0.5, NAN, NAN])
    measure = parcel_compliance(UNITS, limited, houses(), limited="far")
    assert measure.table["numerator"].tolist() == [1, 0]
    assert measure.table["denominator"].tolist() == [2, 1]
    missed = measure.evidence().set_index("parcel_id")
    assert missed["unit_id"].to_dict() == {"a": "u1", "c": "u2"}
    assert missed["beyond"].round(9).to_dict() == {"a": 0.005, "c": -0.2}


def test_all_limits_together_and_each_miss_listed() -> None:
    limited = lots(
        far_max=[0.8, 2.0, NAN, NAN, NAN], height_max=[14.9, 60.0, NAN, NAN, NAN],
        density_max=[NAN, NAN, 30.0, NAN, NAN],
    )  # fmt: skip
    measure = parcel_compliance(UNITS, limited, houses())
    assert measure.total()[:2] == (2, 3)
    missed = measure.evidence()
    assert missed[["parcel_id", "figure"]].to_numpy().tolist() == [["a", "far"], ["a", "height"]]


def test_what_is_exempt_or_not_built_is_not_judged() -> None:
    limited = lots(far_max=[0.8, 0.9, 0.1, NAN, NAN], status=["built", None, "unbuilt", None, None],
                   exemption=["保护建筑", None, None, None, None])  # fmt: skip
    measure = parcel_compliance(UNITS, limited, houses(), limited="far")
    assert measure.table["denominator"].tolist() == [1, 0]
    assert measure.table["numerator"].tolist() == [0, 0]
    assert measure.left_out() == 1
    assert measure.evidence()["parcel_id"].tolist() == ["a", "b"]


def test_what_is_not_known_is_named() -> None:
    with pytest.raises(MissingColumnError) as caught:
        parcel_compliance(UNITS, lots(), houses())
    assert "far_max" in str(caught.value)
    with pytest.raises(MissingColumnError) as caught:
        parcel_compliance(UNITS, lots(green_ratio_min=30.0), houses())
    assert "green_area" in str(caught.value)
    with pytest.raises(MissingLayerError):
        parcel_compliance(UNITS, lots(height_max=30.0))
    for one in (parcel_far, parcel_building_density, parcel_height):
        with pytest.raises(MissingColumnError) as caught:
            one(UNITS, lots(land_use=None), houses())
        assert "land_use" in str(caught.value)
    with pytest.raises(MissingColumnError):
        parcel_height(UNITS, lots(), houses(floors=NAN))


def test_rules_may_select_on_what_parcels_and_their_units_are() -> None:
    units = UNITS.assign(unit_type=["new", "old"])
    new = pd.array([True, None, False, None, None], dtype="boolean")
    rows = parcel_far(units, lots(zone="core", is_new=new), houses()).parts["parcel"]
    assert rows["unit_type"].tolist() == ["new", "new", "old"]
    assert rows["zone"].tolist() == ["core"] * 3
    assert str(rows["is_new"].iloc[0]) == "True"


def test_no_parcels_no_figure() -> None:
    nothing = lots(far_max=1.0, green_area=1.0).iloc[:0]
    for one in (parcel_far, parcel_building_density, parcel_height, parcel_compliance):
        assert np.isnan(one(UNITS, nothing, houses()).table["value"]).all()
    assert np.isnan(parcel_green_ratio(UNITS, nothing).table["value"]).all()


def town(seed: int) -> dict[str, gpd.GeoDataFrame]:
    """Return parcels of 90 m in a grid, buildings at random over them, and every column."""
    draw = np.random.default_rng(seed)
    cells = [square(x, y, 90) for x in range(0, 2000, 100) for y in range(0, 2000, 100)]
    codes = np.array(["070102", "0901", "100101", "0802", "1403", "1207", "120802"], dtype=object)
    corner, size = draw.uniform(0, 1900, (500, 2)), draw.uniform(8, 60, (500, 2))
    shapes = [shapely.box(x, y, x + w, y + h) for (x, y), (w, h) in zip(corner, size, strict=True)]
    drawn = {
        "units": square_units(2, 2),
        "parcels": layer(cells, id_name="parcel_id", land_use=draw.choice(codes, len(cells)),
                         exemption=draw.choice(np.array([None, "x"], dtype=object), len(cells)),
                         is_new=draw.random(len(cells)) < 0.6),
        "buildings": layer(shapes, id_name="building_id",
                           use=draw.choice(codes, 500), floors=draw.integers(1, 30, 500) * 1.0,
                           is_new=draw.random(500) < 0.5),
    }  # fmt: skip
    return furnished(drawn, seed=seed, side=2000.0)


def own_far(parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return ratios by a spatial join and an overlay of geopandas."""
    both = gpd.overlay(buildings.assign(full=buildings.area).reset_index(),
                       parcels[["geometry"]].reset_index(), how="intersection")  # fmt: skip
    floor = both["floors"] * both.area
    stands = both[both.area >= 0.1 * both["full"]]["parcel_id"].unique()
    ratio = floor.groupby(both["parcel_id"]).sum() / 8100.0
    return ratio[ratio.index.isin(stands)]


@pytest.mark.parametrize("seed", [1, 2])
def test_ratios_and_ground_are_those_of_geopandas(seed: int) -> None:
    plan = town(seed)
    units, parcels, buildings = (plan[k] for k in ("units", "parcels", "buildings"))
    measure = parcel_far(units, parcels, buildings, lots=Lots(parcel_uses=()))
    own = own_far(parcels, buildings)
    held = measure.parts["parcel"]["value"]
    pd.testing.assert_series_equal(held.sort_index(), own.sort_index(), check_names=False)
    ground = parcel_building_density(units, parcels, buildings, lots=Lots(parcel_uses=()))
    all_of_them = shapely.union_all(buildings.geometry.to_numpy())
    under = parcels.intersection(all_of_them).area / 81.0
    held = ground.parts["parcel"]["value"]
    np.testing.assert_allclose(held, under[held.index], rtol=1e-9)


MINE = [key for key, one in indicators().items() if one.theme == "parcels"]
STATED: dict[str, dict[str, object]] = {}


Plan = dict[str, gpd.GeoDataFrame]
Alter = Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]


def answer(key: str, plan: Plan, *, alter: Alter = lambda f: f) -> Measure:
    one = indicators()[key]
    settings = one.arguments(one.settings(STATED.get(key, {})))
    return one.function(**{name: alter(plan[name]) for name in one.used}, **settings)


@pytest.mark.parametrize("key", MINE)
def test_order_changes_nothing(key: str) -> None:
    plan = town(5)
    whole, mixed = answer(key, plan), answer(key, plan, alter=lambda f: shuffled(f, 6))
    pd.testing.assert_frame_equal(mixed.table.loc[whole.table.index], whole.table)
    for level, rows in whole.parts.items():
        other = mixed.parts[level].loc[rows.index]
        pd.testing.assert_frame_equal(other, rows)
    assert len(mixed.evidence()) == len(whole.evidence())


@pytest.mark.parametrize("key", MINE)
def test_moving_the_plan_changes_nothing(key: str) -> None:
    plan = town(5)

    def moved(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.set_geometry(frame.geometry.translate(4096, -8192))

    here, there = answer(key, plan), answer(key, plan, alter=moved)
    columns = ["numerator", "denominator", "value"]
    pd.testing.assert_frame_equal(there.table[columns], here.table[columns], rtol=1e-7)


@pytest.mark.parametrize("key", MINE)
def test_the_city_is_what_its_units_are_together(key: str) -> None:
    plan = town(5)
    parts = answer(key, plan)
    together = answer(key, {**plan, "units": square_units(side=2000.0)})
    assert together.total() == pytest.approx(parts.total(), nan_ok=True)
