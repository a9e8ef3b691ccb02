"""Units rolled up: sums divided, and the greatest or smallest of values."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from carbonspace.city import as_one_unit, city_of
from carbonspace.crew import ALONE
from carbonspace.measuring import Question, measured
from carbonspace.model.indicator import Indicator, declaration_of, indicator
from carbonspace.model.measure import Extreme, Measure, joined
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text

IDS = pd.Index(["a", "b", "c", "d"], name="unit_id")
FLOORS = np.array([11.0, math.nan, 18.0, 6.0])


def nothing() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"unit_id": []}, geometry=[])


def extremes(extreme: Extreme, index: pd.Index = IDS, values: np.ndarray = FLOORS) -> Measure:
    return Measure.of(index, values, scale=1.0, evidence=nothing, extreme=extreme)


def bits(figures: tuple[float, ...]) -> list[str]:
    return [one.hex() for one in figures]


@pytest.mark.parametrize(("extreme", "value"), [("max", 18.0), ("min", 6.0)])
def test_the_city_has_the_value_of_its_outermost_unit(extreme: Extreme, value: float) -> None:
    top, bottom, found = extremes(extreme).total()
    assert (top, found) == (value, value)
    assert math.isnan(bottom)


def test_where_no_unit_has_a_value_there_is_none() -> None:
    assert all(map(math.isnan, extremes("max", IDS[:1], np.array([math.nan])).total()))


def test_some_units_have_the_greatest_of_theirs() -> None:
    assert extremes("max").total(pd.Index(["a", "b", "d"]))[2] == 11.0
    assert math.isnan(extremes("max").total(pd.Index(["b"]))[2])


def test_an_extreme_ratio_is_that_of_one_place_never_of_sums() -> None:
    ratio = Measure.of(IDS, [10.0, 1.0, 9.0, 0.0], [5.0, 0.1, 3.0, 0.0], scale=100.0,
                       evidence=nothing, extreme="max")  # fmt: skip
    assert ratio.total() == (1.0, 0.1, 1000.0)
    equal = Measure.of(IDS[:2], [10.0, 20.0], [5.0, 10.0], scale=1.0, evidence=nothing,
                       extreme="max")  # fmt: skip
    assert equal.total() == equal.of_units(pd.Index(["b", "a"])).total() == (20.0, 10.0, 2.0)


@pytest.mark.parametrize("extreme", ["max", "min", ""])
def test_neither_order_nor_parts_change_a_bit(extreme: Extreme) -> None:
    draw = np.random.default_rng(8)
    ids = pd.Index([f"u{n}" for n in range(60)], name="unit_id")
    values = draw.random(60).round(1)
    values[draw.random(60) < 0.2] = math.nan if extreme else 0.0
    whole = extremes(extreme, ids, values)
    shuffled = ids[draw.permutation(60)]
    parts = [whole.of_units(shuffled[start : start + 7]) for start in range(0, 60, 7)]
    again = joined(parts, ids)
    assert again.extreme == extreme
    assert bits(again.total()) == bits(whole.total()) == bits(whole.total(shuffled))


def _tallest(units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> Measure:
    """Return the greatest height of the buildings whose point lies in each unit."""
    tops = [buildings.loc[buildings.within(shape), "height"].max() for shape in units.geometry]
    return Measure.of(units.index, np.array(tops, float), scale=1.0, evidence=nothing,
                      extreme="max")  # fmt: skip


TALLEST: Indicator = declaration_of(
    indicator(title=Text("最高", "Tallest"), unit="m", theme="t", aggregate="max", source="s",
              definition=Text("定义", "definition"))(_tallest)
)  # fmt: skip


def _plan(boxes: list[shapely.Polygon]) -> Plan:
    crs = "EPSG:4547"
    ids = pd.Index([f"u{n}" for n in range(len(boxes))], name="unit_id")
    units = gpd.GeoDataFrame(geometry=boxes, crs=crs, index=ids)
    draw = np.random.default_rng(3)
    spots = shapely.points(draw.uniform(0, 300, (40, 2)))
    heights = draw.uniform(3, 90, 40)
    houses = gpd.GeoDataFrame({"height": heights}, geometry=spots, crs=crs)
    return Plan(Text("镇", "Town"), {"units": units, "buildings": houses}, prepared=True)


def _city(plan: Plan) -> float:
    alone = as_one_unit(plan, city_of(plan)) or plan
    ids = alone.layers["units"].index
    found = measured(alone, {0: Question(TALLEST, {})}, units=ids, crew=ALONE, features=10)
    measure = found.found[0]
    assert isinstance(measure, Measure)
    return measure.total()[2]


def test_splitting_tiling_and_overlapping_units_keep_the_city() -> None:
    one = _plan([shapely.box(0, 0, 300, 300)])
    highest = float(one.layers["buildings"]["height"].max())
    tiles = [shapely.box(x, y, x + 100, y + 100) for x in (0, 100, 200) for y in (0, 100, 200)]
    over = [shapely.box(0, 0, 200, 300), shapely.box(150, 0, 300, 300)]
    assert [_city(p) for p in (one, _plan(tiles), _plan(tiles[::-1]), _plan(over))] == [highest] * 4
