"""Shapes without a strip along their edges: in the head, and against a general buffer."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from shapely import MultiPolygon, Polygon, box
from shapely.affinity import rotate
from tests.kernels.shapes import Geometries, patient, seeds

from carbonspace.kernels.inset import inset

L_SHAPE = Polygon([(0, 0), (20, 0), (20, 8), (8, 8), (8, 20), (0, 20)])


def area(shape: shapely.Geometry, width: float) -> float:
    return float(shapely.area(inset(np.array([shape]), width))[0])


def houses(rng: np.random.Generator, count: int = 30) -> Geometries:
    """Boxes put together, turned, some with yards, some in several parts."""
    return np.array(
        [
            rotate(shapely.union_all([box(x, y, x + w, y + h) for x, y, w, h in
                                      rng.uniform(1, 15, (rng.integers(1, 5), 4))]),
                   rng.uniform(0, 90))
            for _ in range(count)
        ]
    )  # fmt: skip


def stars(rng: np.random.Generator, count: int = 30) -> Geometries:
    angle = np.linspace(0, 2 * np.pi, 9)[:-1]
    far = rng.uniform(2, 12, (count, 8, 1))
    corners = far * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    return np.asarray(shapely.polygons(corners), dtype=object)


@pytest.mark.parametrize("angle", [0.0, 33.0])
def test_convex_concave_and_holed(angle: float) -> None:
    assert area(rotate(box(0, 0, 10, 6), angle), 1) == pytest.approx(8 * 4)
    # Its arms keep 6 m of 8, and the corner that looks inwards is a right angle still.
    assert area(rotate(L_SHAPE, angle), 1) == pytest.approx(18 * 6 + 6 * 12)
    holed = box(0, 0, 20, 20) - box(8, 8, 12, 12)
    assert area(rotate(holed, angle), 1) == pytest.approx(18 * 18 - 6 * 6)


def test_what_vanishes_or_falls_apart() -> None:
    assert area(box(0, 0, 10, 2), 1.01) == 0
    notch = Polygon([(0, 0), (12, 0), (12, 5), (7, 5), (7, 1.5), (5, 1.5), (5, 5), (0, 5)])
    assert area(notch, 1) == pytest.approx(2 * 3 * 3)
    dumbbell = shapely.union_all([box(0, 0, 6, 6), box(14, 0, 20, 6), box(5, 2.5, 15, 3.5)])
    assert area(dumbbell, 1) == pytest.approx(2 * 4 * 4)
    # Mitres of two corners that look at each other overlap.
    crossed = Polygon([(0, 0), (8, 3), (16, 0), (16, 8), (8, 5), (0, 8)])
    exact = shapely.area(shapely.buffer(crossed, -1, join_style="mitre"))
    assert area(crossed, 1) == pytest.approx(exact)


def test_nothing_to_take_off_and_nothing_there() -> None:
    shapes = np.array([box(0, 0, 4, 4), None, Polygon(), MultiPolygon([box(9, 9, 12, 12)])])
    assert inset(shapes, 0.0) is shapes
    found = inset(shapes, 1.0)
    assert found[1] is None
    assert shapely.is_empty(found[2])
    assert shapely.area(found[[0, 3]]) == pytest.approx([4, 1])
    assert len(inset(shapes[:0], 1.0)) == 0


@given(seeds)
@patient
def test_as_a_general_buffer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = np.concatenate((houses(rng), stars(rng)))
    for width in (0.3, 1.0, 2.5):
        found, expected = inset(shapes, width), shapely.buffer(shapes, -width, join_style="mitre")
        assert shapely.is_valid(found).all()
        assert shapely.area(found) == pytest.approx(shapely.area(expected), abs=1e-9)
        kept = ~shapely.is_empty(expected)
        apart = shapely.hausdorff_distance(found[kept], expected[kept])
        assert apart == pytest.approx(0, abs=1e-9)


def test_alone_as_among_others() -> None:
    shapes = houses(np.random.default_rng(5))
    together = shapely.to_wkb(inset(shapes, 1.0))
    alone = [shapely.to_wkb(inset(shapes[[n]], 1.0))[0] for n in range(len(shapes))]
    assert together.tolist() == alone
