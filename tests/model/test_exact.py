"""Sums in parts have the last bit of the whole."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from carbonspace.model.exact import partials

NUMBERS = st.lists(st.floats(-1e12, 1e12, allow_subnormal=False), max_size=40)


@given(st.lists(NUMBERS, max_size=6))
def test_parts_of_a_sum_come_to_the_whole(parts: list[list[float]]) -> None:
    whole = math.fsum(one for part in parts for one in part)
    told = [partials(part) for part in parts]
    assert math.fsum(one for part in told for one in part) == whole


@given(st.lists(st.floats(1e-6, 1e9), max_size=60))
def test_they_are_few(metres: list[float]) -> None:
    assert len(partials(metres)) <= 4


def test_what_cancels_leaves_what_is_left() -> None:
    assert partials([1e300, 1.0, -1e300]) == [1.0]
    numbers = [1e16, 1.0, 1e-16]
    assert sum(map(Fraction, partials(numbers))) == sum(map(Fraction, numbers))
    assert partials([]) == []


def test_what_is_no_number_stays_so() -> None:
    assert math.isnan(partials([1.0, math.nan])[0])
    assert partials([1.0, math.inf]) == [math.inf]
