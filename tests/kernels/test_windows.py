"""Light on facades: in the head, and against single rays drawn with shapely."""

from __future__ import annotations

from math import atan, degrees, radians, tan
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray
from shapely import Polygon, box
from tests.kernels.shapes import Geometries, blobs, moved, offsets, patient, seeds, turned

from carbonspace.kernels.facades import Points, points_on
from carbonspace.kernels.overlay import Floats
from carbonspace.kernels.shading import Town, town_of
from carbonspace.kernels.windows import foot_of, hours_lit, lit, most_hours

SILL = 0.9
Flags = NDArray[np.bool_]

DAY = np.array([(a, 5 + 30 * np.sin(radians(a - 115) / 130 * 180)) for a in range(120, 241, 5)])
"""A winter's day: the sun from the south-east to the south-west, 30 degrees and more at noon."""


def district(rng: np.random.Generator, count: int = 40) -> tuple[Geometries, Floats]:
    """Prisms on 300 m, concave, some with courtyards, that overlap here and there."""
    shapes = blobs(rng, count, 30.0)
    shapes = shapely.affinity.scale(shapely.multipolygons(shapes), 0.25, 0.25, origin=(0, 0)).geoms
    solid = np.array([shapely.make_valid(shape) for shape in shapes])
    hollow = rng.random(count) < 0.3
    solid[hollow] = shapely.difference(solid[hollow], shapely.buffer(solid[hollow], -4.0))
    return solid, rng.choice([3.0, 6.0, 9.0, 15.0, 30.0], count)


def facing(points: Points, east: float, north: float) -> Flags:
    return points.outward @ (east, north) > 0.99


def longest_reached(
    time: ArrayLike, metres: ArrayLike, prism: ArrayLike, wanted: ArrayLike
) -> Floats:
    """Return the most hours that so many metres reach, by prism: added up one by one."""
    result = np.full(np.size(wanted), np.nan)
    for p, enough in enumerate(np.asarray(wanted)):
        mine = np.asarray(prism) == p
        some = zip(np.asarray(time)[mine], np.asarray(metres)[mine], strict=True)
        total = 0.0
        for hours, length in sorted(some, key=lambda one: (-one[0], one[1])):
            result[p] = hours
            total += length
            if total >= enough - 1e-9:
                break
    return result


def seen(
    shapes: ArrayLike,
    tops: list[float],
    suns: Floats,
    *,
    spacing: float = 1.0,
    level: float = SILL,
) -> tuple[Points, Flags]:
    """Return the points of the first prism, and which suns reach them at a level."""
    town = town_of(shapes, tops, suns, level=SILL)
    points = points_on(shapes, spacing, asked=[0])
    return points, lit(points, SILL, suns, town)


# --- points along walls


def test_points_stand_in_the_middle_of_equal_stretches_of_each_wall() -> None:
    points = points_on([box(0, 0, 10, 2)], 4.0)
    south = facing(points, 0, -1)
    assert sorted(points.place[south, 0]) == pytest.approx([10 / 6, 5, 50 / 6])
    assert points.place[south, 1].tolist() == [0, 0, 0]
    assert points.length[south] == pytest.approx([10 / 3] * 3)
    assert points.place[facing(points, 1, 0)].tolist() == [[10, 1]]
    assert points.length.sum() == pytest.approx(24)


def test_walls_look_away_from_their_prism_in_courtyards_too() -> None:
    ring = box(0, 0, 30, 30).difference(box(10, 10, 20, 20))
    points = points_on([box(50, 50, 60, 60), ring.reverse()], 2.0, asked=[1])
    ahead = shapely.points(points.place + 0.1 * points.outward)
    assert not shapely.intersects(ring, ahead).any()
    assert points.length.sum() == pytest.approx(160)
    assert set(points.prism.tolist()) == {1}


def test_nothing_has_no_walls() -> None:
    empty = np.array([None, Polygon()], dtype=object)
    assert len(points_on(empty, 1.0).prism) == 0
    assert len(points_on([], 1.0).prism) == 0


# --- light, in the head


def test_a_lone_box_has_the_sun_all_day_on_its_south_side_and_none_on_the_north() -> None:
    points, light = seen([box(0, 0, 20, 10)], [9.0], DAY)
    assert light[facing(points, 0, -1)].all()
    assert not light[facing(points, 0, 1)].any()
    assert (light[facing(points, 1, 0)] == (DAY[:, 0] < 180)).all()
    assert (light[facing(points, -1, 0)] == (DAY[:, 0] > 180)).all()


@pytest.mark.parametrize("noon", [20.0, 33.8, 60.0])
def test_the_textbook_distance_between_two_rows(noon: float) -> None:
    """The shadow of an eave `rise` above the sill ends `rise / tan(elevation)` to the north."""
    rise, suns = 18.0 - SILL, np.array([(180.0, noon)])
    for nearer, expected in ((0.01, False), (-0.01, True)):
        north = rise / tan(radians(noon)) - nearer
        rows = [box(0, north, 60, north + 12), box(-200, -12, 260, 0)]
        points, light = seen(rows, [18.0, 18.0], suns)
        assert (light[facing(points, 0, -1)] == expected).all()


def test_the_shadow_of_a_tower_passes_from_west_to_east() -> None:
    row, tower = box(0, 0, 100, 10), box(45, -40, 55, -30)
    points, light = seen([row, tower], [9.0, 300.0], DAY)
    south = np.flatnonzero(facing(points, 0, -1))
    for azimuth in (150.0, 180.0, 210.0):
        (k,) = np.flatnonzero(DAY[:, 0] == azimuth)
        dark = points.place[south[~light[south, k]], 0]
        shift = tan(radians(180 - azimuth)) * -1
        corners = [x + y * shift for x in (45, 55) for y in (30, 40)]
        expected = [x for x in np.arange(0.5, 100) if min(corners) < x < max(corners)]
        assert sorted(dark) == pytest.approx(expected)


def test_light_falls_into_a_courtyard_over_the_opposite_wing() -> None:
    ring = box(0, 0, 40, 40).difference(box(10, 10, 30, 30))
    limit = degrees(atan((9.0 - SILL) / 20))
    for elevation, expected in ((limit - 0.01, False), (limit + 0.01, True)):
        points, light = seen([ring], [9.0], np.array([(180.0, elevation)]))
        inner = facing(points, 0, -1) & (points.place[:, 1] == 30)
        assert inner.sum() == 20
        assert (light[inner, 0] == expected).all()


def test_a_wing_of_the_house_itself_shades_it() -> None:
    """An L whose eastern wing reaches 20 m to the south: mornings are dark near it."""
    house = Polygon([(0, 0), (40, 0), (40, -20), (50, -20), (50, 10), (0, 10)])
    points, light = seen([house], [30.0], np.array([(135.0, 20.0), (225.0, 20.0)]))
    wall = facing(points, 0, -1) & (points.place[:, 1] == 0)
    shaded = points.place[wall & ~light[:, 0], 0]
    assert sorted(shaded) == pytest.approx(np.arange(20.5, 40))
    assert light[wall, 1].all()


def test_neither_equal_nor_lower_walls_shade() -> None:
    rows = [box(0, 10, 60, 20), box(-90, 0, 150, 5)]
    for top, expected in ((SILL, True), (0.5, True), (SILL + 10, False)):
        points, light = seen(rows, [9.0, top], np.array([(180.0, 20.0)]))
        assert (light[facing(points, 0, -1)] == expected).all()


def test_walls_in_line_with_the_facade_do_not_shade_it() -> None:
    """A terrace seen end-on, also due north and due east, where azimuths begin anew."""
    for turn in (0, 90, 45, 180, 270, 17):
        row = [box(10 * k, 0, 10 * k + 10, 8) for k in (2, 0, 1, 3, 4)]
        row = list(shapely.affinity.rotate(shapely.MultiPolygon(row), -turn, origin=(0, 0)).geoms)
        points, light = seen(row, [9.0] * 5, np.add(DAY, (turn, 0)))
        way = np.radians(180 + turn)
        assert light[facing(points, np.sin(way), np.cos(way))].all()


def test_suns_on_the_horizon_and_below_reach_nothing() -> None:
    points, light = seen([box(0, 0, 9, 9)], [9.0], np.array([(180.0, 0.0), (180.0, -5), (180, 1)]))
    assert light[facing(points, 0, -1)].tolist() == [[False, False, True]] * 9
    _, none = seen([box(0, 0, 9, 9)], [9.0], np.empty((0, 2)))
    assert none.shape == (36, 0)


def test_light_along_the_wall_can_be_left_out() -> None:
    suns = np.array([(90.0, 20.0), (100.0, 20.0), (110.0, 20.0)])
    house = [box(0, 0, 9, 9)]
    points, town = points_on(house, 3.0), town_of(house, [9.0], suns, level=0.0)
    south = facing(points, 0, -1)
    for least, expected in ((0.0, [False, True, True]), (15.0, [False, False, True])):
        light = lit(points, SILL, suns, town, least_angle=least)
        assert (light[south] == expected).all()


# --- what stands against a wall


def test_a_podium_and_a_neighbour_stand_against_the_walls() -> None:
    tower, podium, terrace = box(10, 10, 20, 20), box(0, 0, 40, 20), box(20, 20, 30, 30)
    shapes = [tower, podium, terrace]
    town = town_of(shapes, [60.0, 8.0, 90.0], DAY, level=0.0)
    points = points_on(shapes, 1.0, asked=[0, 2])
    foot = foot_of(points, town)
    flush = (points.prism == 0) & facing(points, 0, 1)
    assert (foot[flush] == -np.inf).all()
    assert (foot[(points.prism == 0) & ~flush] == 8).all()
    assert (foot[(points.prism == 2) & facing(points, 0, -1)] == 8).all()
    row = [box(0, 0, 10, 10), box(10, 0, 20, 10)]
    points = points_on(row, 1.0)
    foot = foot_of(points, town_of(row, [9.0, 6.0], DAY, level=0.0))
    walls = {(n, way): foot[(points.prism == n) & facing(points, way, 0)].max()
             for n in (0, 1) for way in (-1, 1)}  # fmt: skip
    assert walls == {(0, 1): 6.0, (0, -1): -np.inf, (1, -1): 9.0, (1, 1): -np.inf}


# --- time


def test_hours_are_those_of_the_suns_that_reach_a_point() -> None:
    house = [box(0, 0, 10, 10)]
    points, town = points_on(house, 2.0), town_of(house, [9.0], DAY, level=0.0)
    hours = np.full(25, 1 / 3)
    hours[[0, -1]] /= 2
    time = hours_lit(points, SILL, DAY, hours, town)
    assert time[facing(points, 0, -1)] == pytest.approx([8.0] * 5)
    assert time[facing(points, 0, 1)].tolist() == [0.0] * 5
    assert time[facing(points, 1, 0)] == pytest.approx([4 - 1 / 6] * 5)


def test_thousands_in_one_place_shade_as_one_does() -> None:
    shapes = np.array([box(0, 0, 20, 10), box(0, 20, 20, 30), box(2, 20, 20, 30)], dtype=object)
    tops, crowd = np.array([30.0, 9.0, 9.0]), np.array([1, 0, 0, 2, 0, 1, 1])
    suns, hours = DAY, np.full(len(DAY), 1 / 3)
    points = points_on(shapes, 1.0)
    alone = town_of(shapes, tops, suns, level=SILL)
    many = town_of(shapes[crowd], tops[crowd], suns, level=SILL)
    assert len(many.prism) == len(alone.prism)
    one, other = (hours_lit(points, SILL, suns, hours, town) for town in (alone, many))
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(foot_of(points, alone), foot_of(points, many))


def test_short_light_does_not_count_and_the_longest_may_count_alone() -> None:
    """A tower hides the suns from 162 to 198 degrees; after it only three are left."""
    row, tower = box(0, 0, 1, 10), box(-6, -40, 7, -20)
    suns = np.array([(a, 10.0) for a in range(140, 206, 2)], dtype=float)
    shapes = [row, tower]
    points, town = points_on(shapes, 1.0, asked=[0]), town_of(shapes, [9.0, 90.0], suns, level=0.0)
    south = facing(points, 0, -1)
    dark = ~lit(points, SILL, suns, town)[south][0]
    assert np.flatnonzero(dark).tolist() == list(range(11, 30))
    step = np.full(33, 0.1)

    def time(shortest: float, *, longest: bool) -> float:
        (one,) = hours_lit(
            points, SILL, suns, step, town, shortest=shortest, longest=longest
        )[south]  # fmt: skip
        return float(one)

    assert time(0.0, longest=False) == pytest.approx(1.4)
    assert time(0.3, longest=False) == pytest.approx(1.4)
    assert time(0.31, longest=False) == pytest.approx(1.1)
    assert time(0.0, longest=True) == pytest.approx(1.1)
    assert time(1.2, longest=True) == 0.0


def test_a_facade_has_the_hours_that_so_many_metres_of_it_have() -> None:
    time, metres, prism = [1.0, 3.0, 2.0, 3.0, 5.0], [4.0, 0.2, 1.0, 0.3, 1.0], [0, 0, 0, 0, 2]

    def reached(wanted: float) -> list[float]:
        return list(longest_reached(time, metres, prism, [wanted] * 3)[[0, 2]])

    assert reached(0.0) == [3.0, 5.0]
    assert reached(0.5) == [3.0, 5.0]
    assert reached(1.0) == [2.0, 5.0]
    assert reached(1.6) == [1.0, 5.0]
    assert reached(99.0) == [1.0, 5.0]
    assert np.isnan(longest_reached(time, metres, prism, [0.0] * 4)[[1, 3]]).all()


def test_without_any_sun_the_best_place_has_none() -> None:
    house, none = [box(0, 0, 9, 9)], np.empty((0, 2))
    points, town = points_on(house, 3.0), town_of(house, [9.0], none, level=0.0)
    owner, level = np.zeros(12, dtype=np.intp), np.full(12, SILL)
    found = most_hours(points, level, none, [], town, owner, np.array([1.0, 1.0]))
    np.testing.assert_array_equal(found, [0.0, np.nan])


@patient
@given(seed=seeds, wanted=st.sampled_from([0.0, 1.0, 15.0, 60.0, 1e4]), longest=st.booleans())
def test_walls_that_are_not_looked_at_change_no_bit(
    seed: int, wanted: float, *, longest: bool
) -> None:
    rng = np.random.default_rng(seed)
    shapes, tops = district(rng)
    hours, town = np.full(len(DAY), 1 / 3), town_of(shapes, tops, DAY, level=0.0)
    points = points_on(shapes, 2.0, asked=np.arange(3, 40, 2))
    points = points.of(foot_of(points, town) < SILL)
    mine, owner = np.unique(points.prism, return_inverse=True)
    metres, level = np.full(len(mine), wanted), np.full(len(owner), SILL)
    how: dict[str, Any] = {"shortest": 0.5, "longest": longest}
    every = hours_lit(points, level, DAY, hours, town, **how)
    expected = longest_reached(every, points.length, owner, metres)
    found = most_hours(points, level, DAY, hours, town, owner, metres, **how)
    assert found.tobytes() == expected.tobytes()


# --- against single rays


def ray(points: Points, n: int, level: float, shapes: Geometries, tops: Floats,
        sun: tuple[float, float], stretch: float) -> bool:  # fmt: skip
    """Walk from a point towards the sun: is no higher prism met before its top is passed?"""
    way = np.array([np.sin(radians(sun[0])), np.cos(radians(sun[0]))])
    if points.outward[n] @ way <= 0:
        return False
    start = points.place[n] + 1e-7 * points.outward[n]
    far = np.maximum(tops - level, 0)[:, None] / tan(radians(sun[1])) * stretch * way
    rays = shapely.linestrings(np.stack((np.broadcast_to(start, far.shape), start + far), axis=1))
    met = shapely.intersects(shapes, rays) & (tops > level)
    return not met.any()


@patient
@given(seed=seeds, azimuth=st.floats(0, 360), elevation=st.floats(2, 80))
def test_points_are_lit_as_single_rays_say(seed: int, azimuth: float, elevation: float) -> None:
    rng = np.random.default_rng(seed)
    shapes, tops = district(rng)
    suns = np.array([(azimuth + turn, elevation) for turn in (0.0, 120.0, 240.0)])
    town, points = town_of(shapes, tops, suns, level=0.0), points_on(shapes, 2.0)
    free = np.flatnonzero(foot_of(points, town) < SILL)
    chosen = rng.choice(free, 150)
    some = points.of(chosen)
    light = lit(some, SILL, suns, town)
    compared = 0
    for n, k in np.ndindex(light.shape):
        about = [
            ray(some, n, SILL, shapes, tops, (suns[k, 0] + turn, suns[k, 1]), stretch)
            for turn in (-1e-5, 1e-5)
            for stretch in (1 - 1e-6, 1 + 1e-6)
        ]
        if len(set(about)) == 1:
            compared += 1
            assert light[n, k] == about[0]
    assert compared > 440


@patient
@given(seed=seeds, east=offsets, north=offsets)
def test_moving_turning_and_order_change_nothing(seed: int, east: int, north: int) -> None:
    rng = np.random.default_rng(seed)
    shapes, tops = district(rng)
    suns = np.add(DAY, (0.123, 0.0))

    def light(where: Geometries, heights: Floats, sky: Floats) -> Flags:
        return lit(points_on(where, 5.0), SILL, sky, town_of(where, heights, sky, level=0.0))

    before, order = light(shapes, tops, suns), rng.permutation(len(shapes))
    rows = [np.flatnonzero(points_on(shapes, 5.0).prism == k) for k in order]
    mixed = light(shapes[order], tops[order], suns)
    assert (mixed == before[np.concatenate(rows)]).all()
    assert (light(moved(shapes, east, north), tops, suns) != before).mean() < 1e-3
    assert (light(turned(shapes), tops, np.subtract(suns, (90, 0))) != before).mean() < 1e-3
    lifted = lit(points_on(shapes, 5.0), SILL + 70, suns,
                 town_of(shapes, tops + 70, suns, level=70.0))  # fmt: skip
    assert (lifted != before).mean() < 1e-3


@patient
@given(seed=seeds)
def test_a_part_of_the_town_gives_the_same_bits(seed: int) -> None:
    """What is farther than the tallest one's longest shadow may be there or not."""
    rng = np.random.default_rng(seed)
    shapes, tops = district(rng)
    suns, hours = DAY, np.full(len(DAY), 1 / 3)
    asked = rng.choice(len(shapes), 3, replace=False)
    far = tops.max() / tan(radians(suns[:, 1].min()))
    near = shapely.dwithin(shapely.union_all(shapes[asked]), shapes, far)

    def time(where: Geometries, heights: Floats, which: NDArray[np.intp]) -> Floats:
        town: Town = town_of(where, heights, suns, level=0.0)
        points = points_on(where, 1.0, asked=which)
        return hours_lit(points, SILL, suns, hours, town, shortest=0.5)

    whole, kept = time(shapes, tops, asked), np.flatnonzero(near)
    some = time(shapes[near], tops[near], np.searchsorted(kept, asked))
    assert some.tobytes() == whole.tobytes()


def test_two_districts_far_apart_and_an_absurd_tower_take_no_memory() -> None:
    far = shapely.affinity.translate(box(0, 10, 20, 20), 3e6, 2e6)
    shapes = [box(0, 10, 20, 20), box(-90, 0, 150, 5), far, box(5e5, 0, 5e5 + 10, 10)]
    town = town_of(shapes, [9.0, 30.0, 9.0, 1e5], DAY, level=0.0)
    assert len(town.prism) < 5000
    points = points_on(shapes, 5.0, asked=[0, 2])
    light = lit(points, SILL, DAY, town)
    south = facing(points, 0, -1)
    assert light[south & (points.prism == 2)].all()
    assert not light[south & (points.prism == 0)].any()


@pytest.mark.parametrize(
    ("tops", "suns", "word"),
    [([np.nan], [(180.0, 30.0)], "not finite"), ([9.0, 9.0], [(180.0, 30.0)], "2 tops"),
     ([9.0], [(np.nan, 30.0)], "azimuth"), ([9.0], [(180.0, np.inf)], "azimuth")],
)  # fmt: skip
def test_a_town_of_what_is_no_number_is_refused(
    tops: list[float], suns: list[tuple[float, float]], word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        town_of([box(0, 0, 1, 1)], tops, suns, level=0.0)


@pytest.mark.parametrize("spacing", [0.0, -1.0, np.nan, np.inf])
def test_a_spacing_that_is_none_is_refused(spacing: float) -> None:
    with pytest.raises(ValueError, match="spacing"):
        points_on([box(0, 0, 1, 1)], spacing)


def test_levels_angles_and_durations_are_looked_at() -> None:
    house = [box(0, 0, 1, 1)]
    town, points = town_of(house, [9.0], DAY, level=0.0), points_on(house, 1.0)
    with pytest.raises(ValueError, match="4 levels are not finite"):
        lit(points, np.nan, DAY, town)
    with pytest.raises(ValueError, match="90\\.0 degrees"):
        lit(points, SILL, DAY, town, least_angle=90.0)
    with pytest.raises(ValueError, match="2 durations"):
        hours_lit(points, SILL, DAY, [1.0, 1.0], town)
    with pytest.raises(ValueError, match="not negative"):
        hours_lit(points, SILL, DAY, np.full(len(DAY), -1.0), town)
