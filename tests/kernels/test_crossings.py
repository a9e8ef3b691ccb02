"""Where lines cross: in the head, against intersections, whatever the order and the place."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from tests.kernels.shapes import moved, seeds, streets

from carbonspace.kernels.crossings import crossings


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(points)


ROAD = line((0, 0), (100, 0))


@pytest.mark.parametrize(
    ("other", "places"),
    [
        (line((50, -10), (50, 10)), [(50, 0)]),
        (line((50, 0), (50, 10)), [(50, 0)]),
        (line((50, 0.0005), (50, 10)), [(50, 0)]),
        (line((50, 0.002), (50, 10)), []),
        (line((20, 0), (80, 0)), []),
        (line((0, -10), (100, 10)), []),
        (line((0, 5), (100, 5)), []),
    ],
)
def test_what_crosses_and_what_runs_along(
    other: shapely.LineString, places: list[tuple[float, float]]
) -> None:
    found = crossings([ROAD], [other])
    assert np.allclose(found.place, np.reshape(places, (-1, 2)), atol=1e-3)
    assert found.line.tolist() == found.other.tolist() == [0] * len(places)


def test_nothing_crosses_nothing() -> None:
    assert crossings([], [ROAD]).place.shape == (0, 2)
    assert crossings([ROAD], []).place.shape == (0, 2)


@settings(deadline=None)
@given(seeds)
def test_all_crossings_that_are_not_acute_are_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines, others = moved(streets(rng, 6), 4e5, 4e6), moved(streets(rng, 6), 4e5, 4e6)
    found = crossings(lines, others)
    expected = []
    for n, one in enumerate(lines):
        for m, other in enumerate(others):
            for first in zip(one.coords[:-1], one.coords[1:], strict=True):
                for second in zip(other.coords[:-1], other.coords[1:], strict=True):
                    place = line(*first).intersection(line(*second))
                    a, b = np.diff(first, axis=0)[0], np.diff(second, axis=0)[0]
                    cosine = abs(a @ b) / np.hypot(*a) / np.hypot(*b)
                    if not place.is_empty and cosine < np.cos(np.pi / 6):
                        expected.append((n, m, place.x, place.y))
    mine = sorted(zip(found.line, found.other, *found.place.T, strict=True))
    assert np.allclose(mine, sorted(expected), rtol=0, atol=1e-5)
