"""Connected parts of networks that can be seen at a glance."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from shapely import LineString
from tests.kernels.shapes import patient, seeds, streets

from carbonspace.kernels.network import components

LINES = [
    LineString([(0, 0), (10, 0)]),
    LineString([(50, 0), (60, 0)]),
    LineString([(10.5, 0), (20, 0)]),
    LineString([(15, -5), (15, 5)]),
]


def test_lines_join_where_they_meet_or_nearly_meet() -> None:
    assert components(LINES, tolerance=1.0).tolist() == [0, 1, 0, 0]
    assert components(LINES, tolerance=0.1).tolist() == [0, 1, 2, 2]
    assert components(LINES, tolerance=30.0).tolist() == [0, 0, 0, 0]


def test_nothing_and_empty_lines() -> None:
    assert components([], tolerance=1.0).tolist() == []
    assert components([None, LINES[0], LineString()], tolerance=1.0).tolist() == [0, 1, 2]


@patient
@given(seed=seeds)
def test_the_order_of_lines_does_not_change_who_is_joined(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines, order = streets(rng, 12), rng.permutation(12)
    plain, mixed = components(lines, tolerance=5), components(lines[order], tolerance=5)
    together = plain[order][:, None] == plain[order][None, :]
    assert (together == (mixed[:, None] == mixed[None, :])).all()
