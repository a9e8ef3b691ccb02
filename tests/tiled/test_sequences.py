"""Nights by tiles of towns edited at random, a few of those of `make sequences-by-tiles`."""

from __future__ import annotations

import pytest
from tests.tiled.sequences import sequence


@pytest.mark.parametrize("number", [1000, 1001])
def test_each_night_is_what_evaluating_anew_gives(number: int) -> None:
    found = sequence(number, nights=4)
    assert not found.differs
    assert found.nights == 4
    assert found.edits
    assert found.taken
