"""The increment held against measuring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.batch.town import city_of, edited, written

from carbonspace import evaluate
from carbonspace.batch import City
from carbonspace.batch.verifying import verify
from carbonspace.errors import DifferenceError
from carbonspace.past.memory import Memory
from carbonspace.sources import read_as_found


@pytest.fixture
def city(tmp_path: Path) -> City:
    written(tmp_path)
    return city_of(tmp_path)


def memory_of(city: City) -> Memory:
    memory = Memory()
    evaluate(read_as_found(city.plan), city.indicators, city.profiles, memory=memory)
    return memory


def test_an_increment_that_is_right_passes(city: City, tmp_path: Path) -> None:
    memory = Memory(memory_of(city).now)
    written(tmp_path, parcels=edited())
    plan = read_as_found(city.plan)
    found = evaluate(plan, city.indicators, city.profiles, memory=memory)
    assert memory.taken
    verify(found, plan, city, 99)


def test_one_bit_is_enough_to_fail(city: City) -> None:
    past = memory_of(city).now
    for key, told in past.told.items():
        table = told.measure.table.copy()
        table["numerator"] += table["numerator"].abs() * 2**-52
        past.told[key] = told._replace(measure=replace(told.measure, table=table))
    plan = read_as_found(city.plan)
    found = evaluate(plan, city.indicators, city.profiles, memory=Memory(past))
    with pytest.raises(DifferenceError, match=r"U\d · park_coverage") as raised:
        verify(found, plan, city, 3)
    assert raised.value.exit_code == 6
    assert "下一夜将全部重算" in raised.value.zh
