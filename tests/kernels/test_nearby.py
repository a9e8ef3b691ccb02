"""Which segments lie near which: no pair is missed, however segments are bundled."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from tests.kernels.shapes import patient, seeds, streets, town

from carbonspace.kernels.nearby import near_lines, near_pairs, opposed_pairs
from carbonspace.kernels.segments import Segments, beside, rising, segments

gaps = st.sampled_from([0.0, 0.01, 15.0, 200.0])


def drawn(seed: int) -> tuple[Segments, Segments]:
    rng = np.random.default_rng(seed)
    return segments(streets(rng, 12)), segments(shapely.boundary(town(rng)))


def distances(first: Segments, second: Segments) -> np.ndarray:
    return np.asarray(shapely.distance(first.geometries()[:, None], second.geometries()))


@patient
@given(seeds, gaps)
def test_all_that_is_near_is_found_once(seed: int, gap: float) -> None:
    first, second = drawn(seed)
    one, other = near_pairs(first, second, gap)
    found = np.zeros((len(first.owner), len(second.owner)), dtype=int)
    np.add.at(found, (one, other), 1)
    assert found.max() <= 1
    assert (found[distances(first, second) <= gap] == 1).all()


@patient
@given(seeds, gaps)
def test_all_that_runs_abreast_against_its_group_is_found(seed: int, gap: float) -> None:
    first, second = drawn(seed)
    group, other_group = first.owner % 3, second.owner % 3
    one, other = opposed_pairs(first, second, gap, group, other_group)
    step, another = first.end - first.start, second.end - second.start
    cosine = step @ another.T / np.outer(first.lengths(), second.lengths())
    every = [grid.ravel() for grid in np.indices(cosine.shape)]
    low, _ = beside(first.take(every[0]), second.take(every[1]), gap)
    wanted = ~np.isnan(low).reshape(cosine.shape) & (group[:, None] == other_group)
    wanted &= cosine <= -np.cos(np.radians(30))
    assert set(zip(*np.nonzero(wanted), strict=True)) <= set(zip(one, other, strict=True))
    assert (group[one] == other_group[other]).all()


@patient
@given(seeds, gaps)
def test_all_lines_near_segments_are_found_and_these(seed: int, gap: float) -> None:
    lines, (_, edges) = streets(np.random.default_rng(seed), 12), drawn(seed)
    near = distances(segments(lines), edges) <= gap
    line, edge = near_lines(shapely.STRtree(lines), edges, gap)
    assert set(segments(lines).owner[near.any(axis=1)]) <= set(line)
    assert set(np.flatnonzero(near.any(axis=0))) <= set(edge)


def test_nothing_is_near_nothing() -> None:
    none, some = segments([]), segments([shapely.LineString([(0, 0), (1, 1)])])
    for first, second in ((none, some), (some, none), (none, none)):
        assert [len(found) for found in near_pairs(first, second, 1.0)] == [0, 0]
        groups = first.owner, second.owner
        assert [len(found) for found in opposed_pairs(first, second, 1.0, *groups)] == [0, 0]


def test_two_copies_of_a_segment_rise_alike() -> None:
    one = segments([shapely.LineString([(5, 0), (0, 3), (0, 0)])])
    back = segments([shapely.LineString([(0, 0), (0, 3), (5, 0)])])
    found = [np.concatenate((rising(s).start, rising(s).end), axis=1).tolist() for s in (one, back)]
    assert found[0] == found[1][::-1] == [[0, 3, 5, 0], [0, 0, 0, 3]]
