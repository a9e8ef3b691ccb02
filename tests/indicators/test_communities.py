"""Communities, the energy of their buildings, and carbon: by hand and by plain pandas."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box
from tests.indicators.squares import (
    cut_at,
    layer,
    moved,
    random_boxes,
    shuffled,
    square_unit,
    square_units,
    values,
)

from carbonspace.catalogue import indicators
from carbonspace.errors import MissingColumnError, UnknownNameError, UnstatedError
from carbonspace.indicators._building_traits import Asked
from carbonspace.indicators._power import Replaced
from carbonspace.indicators.carbon import carbon_per_area, carbon_per_capita, carbon_per_mu
from carbonspace.indicators.communities import (
    community_renewable_share,
    community_share,
    microgrid_limits,
)
from carbonspace.indicators.communities_energy import community_building_energy

CHINA = Replaced("全国", 2022)


def flags(*answers: bool | None) -> pd.array:
    return pd.array(answers, dtype="boolean")


def quarters(**columns: Any) -> gpd.GeoDataFrame:
    """Return three communities: in u1, across u1 and u2, in u2."""
    shapes = [box(0, 0, 500, 500), box(750, 0, 1250, 400), box(1500, 0, 1900, 400)]
    facts = {
        "name": ["甲", "乙", "丙"],
        "is_complete": flags(True, True, False),
        "is_upgraded": flags(False, True, None),
        "is_green": flags(None, None, True),
        "population": [1000.0, 3000.0, 2000.0],
        "households": [400.0, 900.0, np.nan],
        "renewable_energy": [100.0, 300.0, np.nan],
        "energy_use": [1000.0, 600.0, 500.0],
        "microgrid_voltage": [10.0, 35.0, np.nan],
        "microgrid_load": [np.nan, 12.0, 25.0],
        **columns,
    }
    return layer(shapes, ids=["a", "b", "c"], id_name="community_id", **facts)


def test_communities_across_units_count_to_each_by_area() -> None:
    measure = community_share(square_units(2), quarters())
    assert measure.table["numerator"].tolist() == [1.5, 0.5]
    assert measure.table["denominator"].tolist() == [1.5, 1.5]
    assert measure.total()[2] == pytest.approx(200 / 3)
    assert measure.evidence()["community_id"].tolist() == ["c"]


def test_what_does_not_say_is_without_or_left_out() -> None:
    units, of = square_units(2), indicators()["community_facility_upgrade_share"].function
    assert of(units, quarters()).total() == pytest.approx((1, 3, 100 / 3))
    assert of(units, quarters(), unstated="left_out").total() == (1, 2, 50)
    green = indicators()["green_community_share"].function(units, quarters())
    assert green.evidence()["name"].tolist() == ["甲", "乙", "乙"]


def test_communities_weigh_as_their_people_or_households() -> None:
    units = square_units(2)
    assert community_share(units, quarters(), weighed_by="residents").total()[:2] == (4000, 6000)
    assert community_share(units, quarters(), weighed_by="households").total()[:2] == (1300, 1300)


def test_renewable_energy_over_energy_of_those_that_state_both() -> None:
    measure = community_renewable_share(square_units(2), quarters())
    assert measure.table["numerator"].tolist() == pytest.approx([250, 150])
    assert measure.table["denominator"].tolist() == pytest.approx([1300, 300])
    assert measure.evidence()["amount"].tolist() == pytest.approx([1000, 300, 300])


def test_the_greatest_microgrid_that_a_unit_meets() -> None:
    units = square_units(3)
    measure = microgrid_limits(units, quarters())
    assert values(measure)[:2] == [35, 35]
    assert np.isnan(values(measure)[2])
    assert measure.total()[2] == 35
    load = indicators()["microgrid_load"]
    assert load.unit == "MW"
    assert load.function(units, quarters()).table["value"].tolist()[:2] == [12, 25]


def houses(**columns: Any) -> gpd.GeoDataFrame:
    """Return homes of 600 m² and shops of 200 m² in u1, one of no use across, offices in u2."""
    shapes = [box(100, 100, 110, 110), box(200, 100, 210, 110), box(995, 100, 1005, 110),
              box(1500, 100, 1510, 110)]  # fmt: skip
    facts = {"use": ["070102", "0901", None, "0902"], "floors": [6.0, 2.0, 1.0, 10.0], **columns}
    return layer(shapes, ids=["a", "b", "c", "d"], id_name="building_id", **facts)


EUI = (("07", 40.0), ("09", 100.0), ("0902", 120.0))


def test_energy_is_stated_or_follows_from_the_longest_code() -> None:
    measure = community_building_energy(square_units(2), houses(), eui=EUI)
    # c has neither: 50 m² of 850 and of 1,050, less than a tenth
    assert values(measure) == pytest.approx([600 * 40 + 200 * 100, 1000 * 120])
    assert measure.evidence()["building_id"].tolist() == ["c", "c"]
    stated = houses(energy_use=[np.nan, 7.0, 500.0, np.nan])
    measure = community_building_energy(square_units(2), stated, eui=EUI)
    assert values(measure) == pytest.approx([600 * 40 + 7 + 250, 1000 * 120 + 250])


def test_a_unit_of_which_too_little_is_known_has_no_energy() -> None:
    stated = houses(energy_use=[np.nan, 7.0, 500.0, 9.0])
    measure = community_building_energy(square_units(2), stated)
    assert np.isnan(values(measure)[0])
    assert values(measure)[1] == 9 + 250
    assert np.isnan(measure.total()[2])
    assert values(community_building_energy(square_units(2), stated, min_stated=0))[0] == 257
    shops = community_building_energy(square_units(2), stated, asked=Asked(uses=("09",)))
    assert values(shops) == [7, 9]


def test_without_energy_and_intensities_nothing_is_guessed() -> None:
    with pytest.raises(UnstatedError, match="eui"):
        community_building_energy(square_unit(), houses())
    with pytest.raises(MissingColumnError, match="use"):
        community_building_energy(square_unit(), houses(use=[None] * 4), eui=EUI)


def lots(**columns: Any) -> gpd.GeoDataFrame:
    """Return homes in u1, a factory across both units, a factory and a park in u2."""
    shapes = [box(0, 0, 500, 500), box(500, 0, 1500, 400), box(1500, 0, 2000, 400),
              box(1500, 400, 2000, 1000)]  # fmt: skip
    facts = {
        "land_use": ["0701", "1001", "1001", "1401"],
        "population": [1000.0, 0.0, 0.0, 0.0],
        "emissions": [2000.0, 8000.0, np.nan, np.nan],
        "energy_use": [9e9, np.nan, 1e6, np.nan],
        **columns,
    }
    return layer(shapes, ids=["a", "b", "c", "d"], id_name="parcel_id", **facts)


def test_emissions_are_stated_or_energy_times_the_factor_of_the_grid() -> None:
    measure = carbon_per_area(square_units(2), lots(), replaced=CHINA)
    rows = measure.parts["parcel"]
    assert rows.index.tolist() == ["a", "b", "c"]
    assert rows["numerator"].tolist() == pytest.approx([2000, 8000, 536.6])
    assert rows["value"].tolist() == pytest.approx([8000, 20_000, 2683])
    assert measure.table["denominator"].tolist() == pytest.approx([450_000, 400_000])
    assert measure.total()[2] == pytest.approx(1e6 * 10_536.6 / 850_000)


def test_emissions_per_mu_are_those_of_industry() -> None:
    measure = carbon_per_mu(square_units(2), lots(), replaced=CHINA)
    assert values(measure)[0] == pytest.approx(4000 / 300)  # 20 ha are 300 mu
    assert measure.parts["parcel"].index.tolist() == ["b", "c"]
    assert measure.parts["parcel"]["land_use"].tolist() == ["1001", "1001"]


def test_emissions_per_person_where_enough_is_stated() -> None:
    units = square_units(2)
    measure = carbon_per_capita(units, lots(population=[1000.0, 0, 0, 500]), replaced=CHINA)
    assert values(measure) == pytest.approx([(2000 + 4000) / 1000, 4536.6 / 500])
    silent = lots(energy_use=[np.nan] * 4, population=[1000.0, 0, 0, 500])
    measure = carbon_per_capita(units, silent, replaced=CHINA)
    assert values(measure)[0] == pytest.approx(6)
    assert np.isnan(values(measure)[1])
    shown = measure.evidence().set_index("parcel_id")["emissions_t"]
    assert np.isnan(shown["c"])
    assert "d" not in shown.index
    half = carbon_per_capita(units, silent, replaced=CHINA, min_stated=50)
    assert values(half)[1] == pytest.approx(4000 / 500)


def test_a_region_without_a_factor_is_named() -> None:
    with pytest.raises(UnknownNameError, match="2001"):
        carbon_per_area(square_unit(), lots(), replaced=Replaced("全国", 2001))


LACKING = {
    "community_share": ("communities", "is_complete"),
    "community_renewable_share": ("communities", "renewable_energy"),
    "microgrid_voltage": ("communities", "microgrid_voltage"),
    "carbon_per_capita": ("parcels", "population"),
    "carbon_per_area": ("parcels", "emissions"),
    "carbon_per_mu": ("parcels", "land_use"),
}
DRAWN = {"communities": quarters, "parcels": lots}


@pytest.mark.parametrize("key", LACKING)
def test_what_is_not_known_is_named(key: str) -> None:
    name, column = LACKING[key]
    silent = DRAWN[name](**{column: [None] * len(DRAWN[name]())})
    gone = ["energy_use"] if column == "emissions" else []
    with pytest.raises(MissingColumnError, match=column):
        indicators()[key].function(square_unit(), silent.drop(columns=gone))


EVERY = [*LACKING, "microgrid_load", "complete_community_share"]


def town(seed: int) -> dict[str, gpd.GeoDataFrame]:
    """Return communities and parcels at random, a fifth of what they state unknown."""
    draw, frames = np.random.default_rng(seed), {}
    for name, like in DRAWN.items():
        shapes = random_boxes(80, seed=seed, side=1900, size=100)
        rows = like().drop(columns="geometry").iloc[draw.integers(0, 3, 80)]
        rows = rows.reset_index(drop=True)
        for column in rows.columns.drop(["land_use", "name"], errors="ignore"):
            rows.loc[draw.random(80) < 0.2, column] = None
        frames[name] = layer(shapes, id_name=f"{name}_id", **rows)
    return frames


@pytest.mark.parametrize("key", EVERY)
def test_order_and_place_change_nothing(key: str) -> None:
    one, units = indicators()[key], square_units(2)
    drawn = town(3)[one.layers[1]]
    measure = one.function(units, drawn)
    other = one.function(units, shuffled(drawn, 5))
    pd.testing.assert_frame_equal(other.table, measure.table)
    away = one.function(moved(units, 512, -256), moved(drawn, 512, -256))
    assert away.table["value"].to_numpy() == pytest.approx(values(measure), nan_ok=True)


@pytest.mark.parametrize("key", [k for k in EVERY if k != "carbon_per_capita"])
def test_cutting_a_unit_keeps_the_sums(key: str) -> None:
    one, units = indicators()[key], square_units(2)
    drawn = town(4)[one.layers[1]]
    whole, cut = one.function(units, drawn), one.function(cut_at(units, 555), drawn)
    assert cut.total() == pytest.approx(whole.total(), nan_ok=True)


@pytest.mark.parametrize("key", EVERY)
def test_nothing_drawn_no_figure(key: str) -> None:
    one = indicators()[key]
    nothing = town(5)[one.layers[1]].iloc[:0]
    assert np.isnan(one.function(square_unit(), nothing).table["value"]).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_shares_and_carbon_are_those_of_plain_pandas(seed: int) -> None:
    drawn, units = town(seed), square_units(2)
    held = drawn["communities"][drawn["communities"].within(units.union_all())]
    for key, column in (("complete_community_share", "is_complete"),
                        ("green_community_share", "is_green")):  # fmt: skip
        found = indicators()[key].function(units, held)
        expected = 100 * held[column].fillna(value=False).astype(bool).mean()
        assert found.total()[2] == pytest.approx(expected)
    lots_ = drawn["parcels"][drawn["parcels"].within(units.union_all())]
    power = pd.to_numeric(lots_["energy_use"]) * 0.5366 / 1000
    tonnes = pd.to_numeric(lots_["emissions"]).fillna(power).astype(float)
    area = lots_.area[tonnes.notna()]
    carbon = carbon_per_area(units, lots_, replaced=CHINA).total()
    assert carbon == pytest.approx((tonnes.sum(), area.sum(), 1e6 * tonnes.sum() / area.sum()))
