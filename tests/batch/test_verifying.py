"""The increment held against measuring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from tests.batch.town import (
    as_run_says,
    city_of,
    current,
    edited,
    figures,
    layers,
    night_of,
    written,
)

from carbonspace import evaluate
from carbonspace.batch import City
from carbonspace.batch.verifying import verify
from carbonspace.errors import DifferenceError
from carbonspace.past.file import load, save
from carbonspace.past.memory import Memory
from carbonspace.past.remembered import Past
from carbonspace.sources import read_as_found


@pytest.fixture
def city(tmp_path: Path) -> City:
    written(tmp_path)
    return city_of(tmp_path)


def memory_of(city: City) -> Memory:
    memory = Memory()
    evaluate(read_as_found(city.plan), city.indicators, city.profiles, memory=memory)
    return memory


def spoilt(past: Past) -> None:
    """Change every figure by its last bit."""
    for key, told in past.told.items():
        table = told.measure.table.copy()
        table["numerator"] += table["numerator"].abs() * 2**-52
        past.told[key] = told._replace(measure=replace(told.measure, table=table))


def test_an_increment_that_is_right_passes(city: City, tmp_path: Path) -> None:
    memory = Memory(memory_of(city).now)
    written(tmp_path, parcels=edited())
    plan = read_as_found(city.plan)
    found = evaluate(plan, city.indicators, city.profiles, memory=memory)
    assert memory.taken
    verify(found, plan, city, 99)


def test_one_bit_is_enough_to_fail(city: City) -> None:
    past = memory_of(city).now
    spoilt(past)
    plan = read_as_found(city.plan)
    found = evaluate(plan, city.indicators, city.profiles, memory=Memory(past))
    with pytest.raises(DifferenceError, match=r"U\d · park_coverage") as raised:
        verify(found, plan, city, 3)
    assert raised.value.exit_code == 7
    assert "下一夜将全部重算" in raised.value.zh


def test_a_night_that_differs_keeps_nothing_and_the_next_computes_everything(
    city: City, tmp_path: Path
) -> None:
    city = replace(city, cache=tmp_path / "cache")
    night_of(city)
    (file,) = (tmp_path / "cache").iterdir()
    past = load(file)
    assert past is not None
    spoilt(past)
    save(past, file)
    before = current(city)
    written(tmp_path, parks=layers()["parks"].iloc[1:])
    with pytest.raises(DifferenceError):
        night_of(city, 2, verify=3)
    assert current(city).equals(before)
    assert not [*(tmp_path / "cache").iterdir()]
    assert night_of(city, 3, verify=3).figures["taken"] == 0
    pd.testing.assert_frame_equal(figures(current(city)), as_run_says(city), check_dtype=False)
