"""Floor area, numbers and heights of buildings by what they have or lack."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box
from tests.indicators.squares import layer, shuffled, square, square_unit, square_units, values

from carbonspace.catalogue import indicators
from carbonspace.errors import MissingColumnError
from carbonspace.indicators._building_traits import TRAITS, Asked
from carbonspace.indicators.buildings import (
    floor_area_share,
    low_rise_floor_share,
    mid_size_building_share,
    star_floor_share,
    vacancy_rate,
)
from carbonspace.indicators.buildings_amounts import (
    building_count,
    floor_area_with,
    retrofit_area_growth,
    tall_building_count,
)
from carbonspace.model.measure import Measure, joined


def houses(**columns: object) -> gpd.GeoDataFrame:
    """Return four houses of 100 m² of ground: two in u1, one across both units, one in u2."""
    corners = [(100, 100), (300, 100), (995, 100), (1500, 100)]
    facts = {
        "use": ["0701", "0901", "0701", None],
        "floors": [6.0, 7.0, 20.0, np.nan],
        "is_new": pd.array([True, True, False, None], dtype="boolean"),
        **columns,
    }
    shapes = [square(x, y, 10) for x, y in corners]
    return layer(shapes, ids=["a", "b", "c", "d"], id_name="building_id", **facts)


def flags(*answers: bool | None) -> pd.array:
    return pd.array(answers, dtype="boolean")


def test_a_share_is_of_floor_area_and_a_building_across_units_is_shared() -> None:
    built = houses(is_prefab=flags(True, False, True, None))
    measure = floor_area_share(square_units(2), built, trait="prefab")
    # u1: a 600 and half of c 1000, of 600 + 700 + 1000; u2: half of c, of 1000 + d 100
    assert measure.table["numerator"].tolist() == [1600, 1000]
    assert measure.table["denominator"].tolist() == [2300, 1100]
    assert measure.total() == pytest.approx((2600, 3400, 100 * 2600 / 3400))


def test_what_does_not_say_counts_as_without_or_not_at_all() -> None:
    built = houses(is_prefab=flags(True, False, True, None))
    left = floor_area_share(square_units(2), built, trait="prefab", unstated="left_out")
    assert left.table["denominator"].tolist() == [2300, 1000]
    assert values(left)[1] == 100


def test_evidence_shows_what_falls_short_with_its_floor_area() -> None:
    built = houses(is_prefab=flags(True, False, True, None), action=["demolish", "keep", None, ""])
    lacking = floor_area_share(square_units(2), built, trait="prefab").evidence()
    assert lacking["building_id"].tolist() == ["b", "d"]
    assert lacking["amount"].tolist() == [700, 100]
    gone = floor_area_share(square_units(2), built, trait="demolished").evidence()
    assert gone["building_id"].tolist() == ["a"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Asked(uses=("07",)), 2600.0),
        (Asked(age="new"), 1300.0),
        (Asked(age="existing"), 2100.0),
        (Asked(min_floor_area=700), 2700.0),
        (Asked(among="prefab"), 2600.0),
        (Asked(uses=("07",), age="new"), 600.0),
    ],
)
def test_which_buildings_are_asked(asked: Asked, expected: float) -> None:
    built = houses(is_prefab=flags(True, False, True, None), uses_bim=flags(*[False] * 4))
    measure = floor_area_share(square_units(2), built, trait="bim", asked=asked)
    assert measure.total()[1] == expected


def test_unsafe_buildings_may_be_demolished() -> None:
    built = houses(action=["demolish", "demolish", "keep", "renovate"],
                   exempt_demolition=flags(False, True, None, None))  # fmt: skip
    measure = floor_area_share(square_units(2), built, trait="demolished")
    assert measure.total()[:2] == (600, 3400)


def test_six_floors_are_low_and_unknown_floors_are_left_out() -> None:
    measure = low_rise_floor_share(square_units(2), houses())
    assert measure.table["numerator"].tolist() == [600, 0]
    assert measure.table["denominator"].tolist() == [2300, 1000]
    assert measure.evidence()["building_id"].tolist() == ["b", "c", "c"]


def test_stars_are_at_least_so_many_and_grade_zero_is_green() -> None:
    built = houses(green_star=[3.0, 0.0, 1.0, np.nan])
    units = square_units(2)
    assert star_floor_share(units, built, min_star=1).total()[:2] == (2600, 3400)
    assert star_floor_share(units, built, min_star=2).total()[:2] == (600, 3400)
    among = star_floor_share(units, built, min_star=1, asked=Asked(among="green"))
    assert among.total()[:2] == (2600, 3300)


def test_buildings_of_middle_size_by_number_and_by_floor_area() -> None:
    built = houses(floor_area=[7000.0, 6999.0, 12000.0, 12001.0])
    units = square_units(2)
    number = mid_size_building_share(units, built)
    assert number.table["numerator"].tolist() == [1.5, 0.5]
    assert number.table["denominator"].tolist() == [2.5, 1.5]
    area = mid_size_building_share(units, built, counted_as="floor_area")
    assert area.total()[:2] == (19_000, 38_000)


def test_vacant_floor_over_the_floor_that_says_so() -> None:
    measure = vacancy_rate(square_units(2), houses(vacant_area=[60.0, 0.0, 500.0, np.nan]))
    assert measure.table["numerator"].tolist() == [310, 250]
    assert measure.table["denominator"].tolist() == [2300, 1000]
    assert measure.evidence()["building_id"].tolist() == ["a", "c", "c"]


def test_amounts_and_numbers_of_buildings_with_a_trait() -> None:
    built = houses(is_retrofitted=flags(True, None, True, False))
    units = square_units(2)
    assert floor_area_with(units, built).table["value"].tolist() == [1600, 1000]
    assert building_count(units, built, trait="retrofitted").table["value"].tolist() == [1.5, 0.5]


def test_height_is_given_or_floors_by_a_storey() -> None:
    built = houses(height=[81.0, np.nan, np.nan, np.nan])
    units = square_units(2)
    assert tall_building_count(units, built, higher_than=80).total()[0] == 1
    assert tall_building_count(units, built, higher_than=81).total()[0] == 0
    high = tall_building_count(units, built, higher_than=80, storey_height=4.1)
    assert high.evidence()["building_id"].tolist() == ["a", "c", "c"]


def test_what_is_exempt_is_no_violation_and_is_told() -> None:
    built = houses(height=[90.0, 90.0, np.nan, np.nan], exemption=["充分论证", None, "", None])
    measure = tall_building_count(square_units(2), built, higher_than=80)
    assert measure.table["value"].tolist() == [1, 0]
    assert measure.table["exempt"].tolist() == [1, 0]
    assert measure.evidence()["exemption"].tolist()[0] == "充分论证"


def test_what_is_exempt_in_several_units_is_told_once_in_each_and_once_in_all() -> None:
    """c lies half in u1 and half in u2: it is one building, wherever one asks."""
    built = houses(height=[90.0, 50.0, 90.0, np.nan], exemption=["a", None, "c", None])
    measure = tall_building_count(square_units(2), built, higher_than=80)
    assert measure.table["exempt"].tolist() == [2, 1]
    assert measure.left_out() == 2
    assert measure.left_out(pd.Index(["u2"])) == 1
    assert joined([measure.of_units(pd.Index([one])) for one in ("u2", "u1")],
                  pd.Index(["u1", "u2"])).left_out() == 2  # fmt: skip


def test_one_that_does_not_say_whether_it_is_new_counts_as_existing() -> None:
    """c is existing, d silent; a and b are new."""
    built = houses(is_retrofitted=flags(True, True, True, False))
    old = Asked(age="existing")
    share = floor_area_share(square_unit(2000), built, trait="retrofitted", asked=old)
    assert share.table[["numerator", "denominator"]].to_numpy().tolist() == [[2000, 2100]]
    new = floor_area_share(square_unit(2000), built, trait="retrofitted", asked=Asked(age="new"))
    assert new.table[["numerator", "denominator"]].to_numpy().tolist() == [[1300, 1300]]
    for key in ("retrofit_share", "retrofit_area", "prefab_share"):
        assert "counts as an existing one" in indicators()[key].definition.en
        assert "未说明是否新建的按既有建筑计" in indicators()[key].definition.zh


def test_each_building_that_is_asked_has_its_answer() -> None:
    built = houses(height=[90.0, 70.0, 90.0, np.nan])
    units = square_units(2)
    tall = tall_building_count(units, built, higher_than=80, asked=Asked(uses=("07", "09")))
    rows = tall.parts["building"]
    assert rows["value"].to_dict() == {"a": 1, "b": 0, "c": 1}
    assert rows["unit_id"].to_dict() == {"a": "u1", "b": "u1", "c": "u1"}
    middle = mid_size_building_share(units, built, size_from=600, size_to=700)
    assert middle.parts["building"]["value"].to_dict() == {"a": 100, "b": 100, "c": 0, "d": 0}


def test_growth_is_against_the_base_year() -> None:
    now = houses(is_retrofitted=flags(True, None, True, False))
    past = layer([square(100, 100, 10)], ids=["a"], id_name="building_id", floors=[5.0],
                 is_retrofitted=flags(True))  # fmt: skip
    measure = retrofit_area_growth(square_units(2), now, past)
    assert values(measure)[0] == pytest.approx(100 * (1600 - 500) / 500)
    assert np.isnan(values(measure)[1])


FAMILY: dict[str, tuple[Callable[..., Measure], str]] = {
    "share": (floor_area_share, "is_green"),
    "low": (low_rise_floor_share, "floors"),
    "star": (star_floor_share, "green_star"),
    "vacant": (vacancy_rate, "vacant_area"),
    "amount": (floor_area_with, "is_retrofitted"),
    "number": (building_count, "is_near_zero"),
    "tall": (tall_building_count, "height"),
}


@pytest.mark.parametrize("name", FAMILY)
def test_what_no_building_says_is_named(name: str) -> None:
    function, column = FAMILY[name]
    built = houses(floors=[np.nan] * 4)
    with pytest.raises(MissingColumnError) as caught:
        function(square_unit(), built)
    assert column in str(caught.value)


@pytest.mark.parametrize("name", FAMILY)
def test_no_buildings_no_figure(name: str) -> None:
    function, column = FAMILY[name]
    nothing = houses(**{column: [None] * 4}).iloc[:0]
    table = function(square_unit(), nothing).table
    assert table["numerator"].tolist() == [0]


def town(seed: int) -> gpd.GeoDataFrame:
    """Return a few hundred buildings with every column at random, a fifth of it unknown."""
    draw = np.random.default_rng(seed)
    corner = draw.uniform(0, 1990, (300, 2))
    columns = {
        "use": draw.choice(["0701", "0703", "0801", "0901", "1001"], 300).astype(object),
        "floors": draw.integers(1, 40, 300).astype(float),
        "is_new": pd.array(draw.random(300) < 0.5, dtype="boolean"),
        "green_star": draw.integers(0, 4, 300).astype(float),
        "action": draw.choice(["keep", "renovate", "demolish"], 300).astype(object),
        "year_built": draw.integers(1990, 2026, 300).astype(float),
        "vacant_area": draw.uniform(0, 50, 300),
    }
    flagged = {t.columns[0] for t in TRAITS.values()} - {"action", "year_built"} | {
        "exempt_demolition"
    }
    columns |= {name: pd.array(draw.random(300) < 0.4, dtype="boolean") for name in sorted(flagged)}
    frame = layer([box(x, y, x + 9, y + 8) for x, y in corner], id_name="building_id", **columns)
    for name in frame.columns.drop("geometry"):
        frame.loc[draw.random(300) < 0.2, name] = None
    return frame


def own_share(built: pd.DataFrame, has: str, of: str) -> float:
    """Return a share by plain pandas: what `has` of what `of`, by floor area."""
    area = 72.0 * built["floors"].fillna(1)
    chosen = built.eval(of).fillna(value=False).to_numpy(dtype=bool)
    good = chosen & built.eval(has).fillna(value=False).to_numpy(dtype=bool)
    return float(100 * area[good].sum() / area[chosen].sum())


NEW = "is_new == True"
ORACLE = {
    "residential_le6_floor_share": ("floors <= 6", f"{NEW} and floors > 0 and use < '08'"),
    "green_building_share": ("is_green == True or green_star >= 0", f"{NEW} and use < '10'"),
    "green_building_share_completed": (
        "is_green == True or green_star >= 0", f"{NEW} and use < '10' and year_built > 0"),
    "prefab_share": ("is_prefab == True", NEW),
    "retrofit_share": ("is_retrofitted == True", "not is_new == True"),
    "bim_share": ("uses_bim == True", "index == index"),
    "full_decoration_share": (
        "is_decorated == True", f"{NEW} and use < '08' and is_commercial_housing == True"),
    "renewal_demolition_share": (
        "action == 'demolish' and not exempt_demolition == True", "not is_new == True"),
    "star_green_building_share": (
        "green_star >= 1", f"{NEW} and (is_green == True or green_star >= 0)"),
    "two_star_share": ("green_star >= 2", f"{NEW} and use < '10'"),
    "ultra_low_energy_share": ("is_ultra_low_energy == True", NEW),
}  # fmt: skip


@pytest.mark.parametrize("key", ORACLE)
@pytest.mark.parametrize("seed", [1, 2])
def test_shares_are_those_of_plain_pandas(key: str, seed: int) -> None:
    built = town(seed)
    units = square_units(2, 2)
    total = indicators()[key].function(units, built).total()
    plain = pd.DataFrame(built.drop(columns="geometry"))
    plain["use"] = plain["use"].fillna("~")
    for column in plain.columns[plain.dtypes == "boolean"]:
        plain[column] = plain[column].fillna(value=False).astype(bool)
    assert total[2] == pytest.approx(own_share(plain, *ORACLE[key]), rel=1e-9)


BY_UNIT = [
    k for k, v in indicators().items() if v.theme == "buildings" and "building" not in v.levels
]


@pytest.mark.parametrize("key", BY_UNIT)
def test_order_and_units_change_nothing_they_should_not(key: str) -> None:
    one = indicators()[key]
    built, units = town(3), square_units(2, 2)
    past = {"past_buildings": town(4)} if "past_buildings" in one.layers else {}
    whole = one.function(units, built, **past)
    mixed = one.function(shuffled(units, 5), shuffled(built, 6), **past)
    pd.testing.assert_frame_equal(mixed.table.loc[units.index], whole.table)
    together = one.function(square_unit(2000), built, **past).total()
    assert together == pytest.approx(whole.total(), nan_ok=True)
