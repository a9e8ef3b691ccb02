"""The contract every indicator keeps, walked over the catalogue on the furnished town.

Words in two languages are held by `test_declarations.py`, reach by `test_reach.py`, threads and
rasters in parts by `tests/test_parts.py` and `tests/validation`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from tests.indicators.test_reach import GRIDS, STATED, TOWN, WEATHER
from tests.samples.test_golden import ELSEWHERE, IN_PIECES, LIGHT

from carbonspace import Plan
from carbonspace.catalogue import indicators
from carbonspace.crew import Crew
from carbonspace.errors import CarbonspaceError
from carbonspace.measuring import Question, measured
from carbonspace.model.indicator import Group, Indicator
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Settings
from carbonspace.model.text import Text
from carbonspace.prepare import prepare

ROOT = Path(__file__).parents[2]
CRS = "EPSG:4547"
FIGURES = ["numerator", "denominator", "value"]
COMPUTED = {key: one for key, one in indicators().items() if not one.is_reported}
every_indicator = pytest.mark.parametrize("one", indicators().values(), ids=[*indicators()])
every_computed = pytest.mark.parametrize("one", COMPUTED.values(), ids=[*COMPUTED])


def of_the_town() -> dict[str, gpd.GeoDataFrame]:
    """The town of `test_reach.py`, with crossings, units of capacity, and years built."""
    draw = np.random.default_rng(5)
    kinds = TOWN["facilities"]["facility_type"].to_numpy(copy=True)
    kinds[::9] = "crossing"
    amounts = np.where(kinds == "waste_plant", "t/d", "m³/d")
    years = draw.integers(1970, 2025, len(TOWN["buildings"])).astype(float)
    places = TOWN["facilities"].assign(facility_type=kinds, capacity_unit=amounts)
    houses = TOWN["buildings"].assign(year_built=years)
    return {**TOWN, "facilities": places, "buildings": houses}


PLACE = of_the_town()


def called(one: Indicator, layers: Mapping[str, gpd.GeoDataFrame], **more: Any) -> Measure:
    frames = {key: layers[key] for key in one.used}
    seen: dict[str, Any] = {kind: GRIDS[kind] for kind in one.seen_rasters}
    sky = {"weather": WEATHER} if one.sees_weather else {}
    settings = one.settings(STATED.get(one.key, {}))
    return one.function(**frames, **seen, **sky, **one.arguments(settings), **more)


def bits(measure: Measure) -> dict[str, pd.DataFrame]:
    """Return the figures of units and places, sorted by their ids, unrounded."""
    tables = {"unit": measure.table.assign(unit_id=measure.table.index), **measure.parts}
    return {level: rows[[*FIGURES, "unit_id"]].sort_index() for level, rows in tables.items()}


def assert_same_bits(found: dict[str, pd.DataFrame], known: dict[str, pd.DataFrame]) -> None:
    assert {level for level, rows in found.items() if len(rows)} == {
        level for level, rows in known.items() if len(rows)
    }
    for level, rows in known.items():
        if len(rows):
            assert_frame_equal(found[level], rows, check_exact=True, check_dtype=False)


@every_indicator
def test_the_signature_is_what_is_declared(one: Indicator) -> None:
    arguments = inspect.signature(one.function).parameters.values()
    given = {a.name: a for a in arguments if a.kind is a.POSITIONAL_OR_KEYWORD}
    sky = {"weather"} if one.sees_weather else set()
    assert set(given) == {*one.used, *one.seen_rasters} | sky
    needed = {name for name, a in given.items() if a.default is a.empty}
    assert needed == {*one.layers, *one.rasters}
    stated: dict[str, Any] = {}
    for a in arguments:
        if a.name not in given and a.name != "shared":
            stated |= vars(a.default) if isinstance(a.default, Group) else {a.name: a.default}
    assert stated == {p.name: p.default for p in one.parameters}


@every_indicator
def test_it_has_a_page(one: Indicator) -> None:
    page = ROOT / "docs" / "reference" / "indicators" / f"{one.key}.md"
    assert page.is_file(), "run `python -m docs.pages`"


@cache
def words_of_tests() -> str:
    here = Path(__file__)
    return "".join(p.read_text("utf-8") for p in (ROOT / "tests").rglob("*.py") if p != here)


@every_computed
def test_a_test_names_it_or_its_family(one: Indicator) -> None:
    family = one.variant_of or one.key
    assert one.key in words_of_tests() or family in words_of_tests()


@cache
def answered() -> set[str]:
    return set(pd.read_csv(ROOT / "data" / "samples" / "golden" / "expected.csv")["indicator"])


@every_indicator
def test_the_golden_plan_answers_it_or_it_is_said_why_not(one: Indicator) -> None:
    excused = one.theme in ELSEWHERE or one.key in LIGHT | IN_PIECES
    assert (one.key in answered()) != excused


@every_computed
def test_what_it_is_given_stays_as_it_was(one: Indicator) -> None:
    before = {key: PLACE[key].copy() for key in one.used}
    measure = called(one, PLACE)
    measure.evidence()
    assert list(measure.table.index) == list(PLACE["units"].index)
    for key, frame in before.items():
        assert_frame_equal(PLACE[key], frame)


@every_computed
def test_an_empty_layer_is_a_figure_or_a_clear_refusal(one: Indicator) -> None:
    for key in one.used:
        with suppress(CarbonspaceError):
            measure = called(one, {**PLACE, key: PLACE[key].iloc[:0]})
            there = [] if key == "units" else [*PLACE["units"].index]
            assert list(measure.table.index) == there
            measure.evidence()


@cache
def prepared_town() -> Plan:
    layers = {key: frame.set_crs(CRS, allow_override=True) for key, frame in PLACE.items()}
    return prepare(Plan(Text("镇", "Town"), layers, Settings(crs=CRS)))


@cache
def evaluated(how: str) -> Mapping[Any, Measure]:
    """The whole town measured at once, its features in another order, or a unit at a time."""
    plan = prepared_town()
    if how == "shuffled":
        draw = np.random.default_rng(3)
        mixed = {k: frame.iloc[draw.permutation(len(frame))] for k, frame in plan.layers.items()}
        plan = prepare(replace(plan, layers=mixed, prepared=False))
    asked = {key: Question(one, one.settings(STATED.get(key, {}))) for key, one in COMPUTED.items()}
    some = 1 if how == "parts" else 10**9
    found = measured(plan, asked, units=plan.layers["units"].index, crew=Crew(1), features=some)
    return {key: one for key, one in found.found.items() if isinstance(one, Measure)}


@every_computed
@pytest.mark.parametrize("how", ["shuffled", "parts"])
def test_no_bit_hangs_on_order_or_parts(one: Indicator, how: str) -> None:
    known, found = evaluated("whole"), evaluated(how)
    assert one.key in known or one.seen_rasters or one.sees_weather
    assert (one.key in found) == (one.key in known)
    if one.key in known:
        assert_same_bits(bits(found[one.key]), bits(known[one.key]))
