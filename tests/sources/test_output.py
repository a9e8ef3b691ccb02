"""[output] of plan.toml: which maps are written with the results."""

from __future__ import annotations

import tomllib

import pytest

from carbonspace.model.maps import Maps
from carbonspace.sources.output import maps_of, output_faults


def test_what_is_not_said_is_the_default() -> None:
    assert maps_of({}) == Maps()
    assert not Maps().service_areas
    table = tomllib.loads("service_areas = true\nminutes = [5, 7.5]\nwidth = 12")
    assert [*output_faults(table)] == []
    assert maps_of(table) == Maps(True, (5.0, 7.5), 12.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("areas = true", "plan.toml: output.areas is not known"),
        ("service_areas = 1", "plan.toml: output.service_areas has the wrong type"),
        ('minutes = "5,10"', "plan.toml: output.minutes has the wrong type"),
        ("minutes = [10, 5]", "plan.toml: output.minutes cannot be used"),
        ("minutes = []", "plan.toml: output.minutes cannot be used"),
        ("width = 0", "plan.toml: output.width cannot be used"),
        ("width = nan", "plan.toml: output.width cannot be used"),
        ("width = true", "plan.toml: output.width has the wrong type"),
    ],
)
def test_what_is_wrong_is_said_once(text: str, expected: str) -> None:
    table = tomllib.loads(text)
    (fault,) = output_faults(table)
    assert fault.what.en == expected
    assert fault.what.zh != fault.what.en
    assert maps_of(table) == Maps()
