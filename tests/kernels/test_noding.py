"""Lines cut where they meet: in the head, and against cutting all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import shapely
from hypothesis import given
from shapely import LineString, MultiLineString
from tests.kernels.shapes import Geometries, patient, seeds, streets, town

from carbonspace.kernels.noding import chained, noded

FAR = 4_000_000.0
"""Metres; the northing of a plan."""


def lengths(*lines: shapely.Geometry) -> list[float]:
    return sorted(float(one) for one in shapely.length(noded(np.array(lines, dtype=object))))


def line(*points: Sequence[float]) -> LineString:
    return LineString(points)


def test_end_to_end_nothing_is_cut() -> None:
    first, second = line((0, 0), (10, 0)), line((10, 0), (10, 5))
    assert noded(np.array([first, second])).tolist() == [first, second]


def test_cut_at_crossings_and_where_another_line_ends() -> None:
    assert lengths(line((0, 0), (10, 0)), line((4, -2), (4, 3))) == [2, 3, 4, 6]
    assert lengths(line((0, 0), (10, 0)), line((4, 0), (4, 3))) == [3, 4, 6]
    assert lengths(line((0, 0), (4, 0), (10, 0)), line((4, 0), (4, 3))) == [3, 4, 6]


def test_what_coincides_is_one() -> None:
    assert lengths(line((0, 0), (10, 0)), line((10, 0), (0, 0))) == [10]
    assert lengths(line((0, 0), (10, 0)), line((6, 0), (15, 0))) == [4, 5, 6]


def test_a_line_across_itself_and_a_loop_with_a_branch() -> None:
    assert lengths(line((0, 0), (10, 0), (10, 5), (5, 5), (5, -2))) == [2, 5, 20]
    ring = line((0, 0), (10, 0), (10, 10), (0, 10), (0, 0))
    assert lengths(ring, line((0, 0), (-5, 0))) == [5, 40]
    assert lengths(ring, line((10, 0), (15, 0))) == [5, 10, 30]


def test_an_end_beside_a_line_by_rounding_cuts_it() -> None:
    through = line((0.1, FAR + 0.3), (100.2, FAR + 47.9))
    near = through.interpolate(33.3)
    branch = line((near.x, near.y), (near.x, near.y + 20))
    assert 0 < through.distance(shapely.Point(branch.coords[0])) < 1e-6
    cut = noded(np.array([through, branch]))
    assert sorted(shapely.length(cut)) == pytest.approx([20, 33.3, through.length - 33.3])
    assert sum(branch.coords[0] in (one.coords[0], one.coords[-1]) for one in cut) == 3


def test_parts_are_taken_apart_and_nothing_is_left_out() -> None:
    both = MultiLineString([[(0, 0), (10, 0)], [(5, -5), (5, 5)]])
    assert lengths(both) == [5, 5, 5, 5]
    assert lengths(line((0, 0), (0, 0)), line((0, 0), (3, 0))) == [3]
    assert len(noded(np.array([], dtype=object))) == 0


def faces(lines: Geometries) -> Geometries:
    found: Geometries = shapely.get_parts(shapely.polygonize(lines))
    return found


@patient
@given(seeds)
def test_as_cutting_all_of_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines = np.concatenate((streets(rng, 15), shapely.boundary(town(rng))))
    cut, plain = noded(lines), shapely.get_parts(shapely.union_all(lines))
    assert shapely.length(cut).sum() == pytest.approx(shapely.length(plain).sum())
    found, expected = faces(cut), faces(plain)
    assert np.sort(shapely.area(found)) == pytest.approx(np.sort(shapely.area(expected)), abs=1e-6)


@patient
@given(seeds)
def test_the_order_of_lines_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines = shapely.set_precision(streets(rng, 12), 1.0)
    other = lines[rng.permutation(len(lines))]
    areas = [np.sort(shapely.area(faces(noded(one)))) for one in (lines, other)]
    assert areas[0] == pytest.approx(areas[1], abs=1e-6)


def test_lines_are_chained_where_just_two_end() -> None:
    lines = [LineString(ends) for ends in (
        [(0, 0), (1, 0)], [(2, 0), (1, 0)], [(2, 0), (2, 1)], [(2, 0), (3, 0)],
        [(9, 9), (9, 8), (8, 8)], [(9, 9), (8, 8)], [(5, 5), (6, 6), (6, 5), (5, 5)],
    )]  # fmt: skip
    found = chained(np.array(lines, dtype=object))
    assert sorted(shapely.get_num_points(found).tolist()) == [2, 2, 3, 4, 4]
    assert shapely.equals(shapely.union_all(found), shapely.union_all(lines))
    assert len(chained(np.array([], dtype=object))) == 0
