"""Lengths by zone, twins and neighbours: in the head, against a plain overlay, and properties."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, box
from tests.kernels.shapes import (
    SIDE,
    Geometries,
    moved,
    offsets,
    patient,
    seeds,
    square,
    streets,
    town,
    turned,
)

from carbonspace.kernels.lines import again, along, azimuth, faces, zone_lengths
from carbonspace.kernels.lines import twins as twins_of
from carbonspace.kernels.overlay import Floats

PAIR = [square(0, 0, 100), square(100, 0, 100)]
MILLIMETRE = 1e-3


def matrix(lines: Geometries, zones: Geometries, *, tolerance: float = 0.01) -> Floats:
    """Metres by zone (rows) and line (columns)."""
    found = zone_lengths(lines, zones, tolerance=tolerance)
    result = np.zeros((len(zones), len(lines)))
    result[found.zone, found.feature] = found.length
    return result


def metres(*points: tuple[float, float], tolerance: float = 0.01) -> list[float]:
    """Metres of one line in each of the two squares."""
    found = matrix(np.array([LineString(points)]), np.array(PAIR), tolerance=tolerance)
    return [float(value) for value in found[:, 0]]


def plain(lines: Geometries, zones: Geometries) -> Floats:
    left = gpd.GeoDataFrame({"line": range(len(lines))}, geometry=lines)
    right = gpd.GeoDataFrame({"zone": range(len(zones))}, geometry=zones)
    cut = gpd.overlay(left, right, how="intersection", keep_geom_type=True)
    result = np.zeros((len(zones), len(lines)))
    np.add.at(result, (cut["zone"].to_numpy(), cut["line"].to_numpy()), cut.length.to_numpy())
    return result


def test_inside_across_and_beyond() -> None:
    assert metres((10, 10), (10, 60)) == [50, 0]
    assert metres((50, 50), (130, 50)) == pytest.approx([50, 30], abs=1e-6)
    assert metres((150, 50), (300, 50)) == pytest.approx([0, 50], abs=1e-6)
    assert metres((300, 50), (400, 50)) == [0, 0]


def test_a_road_on_the_shared_boundary_is_halved() -> None:
    assert metres((100, 0), (100, 100)) == pytest.approx([50, 50])
    assert metres((99.995, 10), (100.005, 90)) == pytest.approx([40, 40], abs=1e-4)
    assert metres((99.98, 10), (99.98, 90)) == [80, 0]
    assert metres((99.98, 10), (99.98, 90), tolerance=0.05) == pytest.approx([40, 40])


def test_a_road_on_the_outer_boundary_counts_whole_even_a_hair_outside() -> None:
    assert metres((0, 0), (0, 100)) == pytest.approx([100, 0])
    assert metres((-0.005, 0), (-0.005, 100)) == pytest.approx([100, 0])
    assert metres((-0.02, 0), (-0.02, 100)) == [0, 0]


def test_a_road_that_turns_onto_the_boundary_is_halved_only_there() -> None:
    assert metres((50, 50), (100, 50), (100, 90), (130, 90)) == pytest.approx([70, 50], abs=1e-6)


@pytest.mark.parametrize("rise", [0.05, 0.5, 5.0, 50.0])
def test_a_road_that_crosses_at_any_angle_is_cut_exactly(rise: float) -> None:
    start, end = (50.0, 100 - rise), (150.0, 100 + rise / 2)
    crossing = 50 + 100 * rise / (1.5 * rise)
    length = LineString([start, end]).length
    inside = length * (crossing - 50) / 100
    left = inside * 50 / (crossing - 50)
    assert metres(start, end) == pytest.approx([left, inside - left], abs=MILLIMETRE)


def test_a_road_that_ends_at_the_boundary_or_a_hair_beyond_is_cut_exactly() -> None:
    assert metres((50, 50), (100.004, 50)) == pytest.approx([50, 0.004], abs=1e-6)
    assert metres((50, 50), (99.996, 50)) == pytest.approx([49.996, 0], abs=1e-6)
    assert zone_lengths([LineString([(100, 50), (150, 50)])], PAIR).zone.tolist() == [1]


def test_zones_that_overlap_share_a_line() -> None:
    twice = np.array([square(0, 0, 100), square(0, 0, 100)])
    lines = np.array([LineString([(10, 10), (60, 10)]), LineString([(50, 50), (150, 50)])])
    np.testing.assert_allclose(matrix(lines, twice), [[25, 25], [25, 25]], atol=1e-6)


def test_three_zones_meet_along_one_road() -> None:
    zones = np.array([box(0, 0, 100, 100), box(0, 100, 40, 200), box(40, 100, 100, 200)])
    road = np.array([LineString([(0, 100), (100, 100)])])
    np.testing.assert_allclose(matrix(road, zones)[:, 0], [50, 20, 30], atol=0.02)


def test_a_zone_over_a_shared_boundary_takes_part_where_it_lies() -> None:
    zones = np.array([*PAIR, box(50, 20, 150, 40)])
    road = np.array([LineString([(100, 0), (100, 100)])])
    third = 20 / 3
    expected = [40 + third, 40 + third, third]
    np.testing.assert_allclose(matrix(road, zones)[:, 0], expected, atol=1e-6)


def test_parts_of_a_line_away_from_the_boundary_between_them_count_where_they_are() -> None:
    parts = MultiLineString([[(10, 10), (20, 10)], [(150, 50), (180, 50)], [(300, 0), (400, 0)]])
    np.testing.assert_allclose(matrix(np.array([parts]), np.array(PAIR))[:, 0], [10, 30])


def test_a_line_is_wholly_of_each_zone_it_runs_in_or_along_from_end_to_end() -> None:
    inside, border = LineString([(10, 10), (100, 10)]), LineString([(100, 0), (100, 100)])
    across = LineString([(50, 50), (150, 50)])
    found = zone_lengths([inside, border, across, shapely.union_all([inside, across])], PAIR)
    assert found.zone.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert found.feature.tolist() == [0, 1, 2, 3, 1, 2, 3]
    assert found.whole.tolist() == [True, True, False, False, True, False, False]


def test_nothing_empty_and_in_parts() -> None:
    assert len(zone_lengths([], PAIR).zone) == 0
    assert len(zone_lengths([LineString([(0, 0), (9, 9)])], []).zone) == 0
    parts = MultiLineString([[(10, 10), (20, 10)], [(90, 50), (110, 50)]])
    found = matrix(np.array([None, parts, LineString()]), np.array(PAIR))
    np.testing.assert_allclose(found, [[0, 20, 0], [0, 10, 0]], atol=1e-6)


@pytest.mark.parametrize("origin", [0.0, 38_500_000.0])
@pytest.mark.parametrize("seed", range(8))
def test_it_agrees_with_a_plain_overlay_to_the_millimetre(seed: int, origin: float) -> None:
    rng = np.random.default_rng(seed)
    zones, lines = moved(town(rng), origin, origin), moved(streets(rng, 120), origin, origin)
    np.testing.assert_allclose(
        matrix(lines, zones), plain(lines, zones), rtol=0, atol=0.1 * MILLIMETRE
    )


@patient
@given(seed=seeds, east=offsets, north=offsets)
def test_moving_and_turning_change_no_length(seed: int, east: int, north: int) -> None:
    rng = np.random.default_rng(seed)
    zones, lines = town(rng), streets(rng, 20)
    borders = shapely.boundary(zones)
    lines = np.concatenate((lines, borders))
    before = matrix(lines, zones)
    for change in (turned, lambda geometry: moved(geometry, east, north)):
        after = matrix(change(lines), change(zones))
        np.testing.assert_allclose(after, before, rtol=0, atol=MILLIMETRE)


@patient
@given(seed=seeds)
def test_the_order_of_lines_and_zones_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    zones = town(rng)
    lines = np.concatenate((streets(rng, 20), shapely.boundary(zones)))
    rows, columns = rng.permutation(len(zones)), rng.permutation(len(lines))
    expected = matrix(lines, zones)[rows][:, columns]
    np.testing.assert_allclose(matrix(lines[columns], zones[rows]), expected, rtol=0, atol=1e-9)


@patient
@given(seed=seeds, at=st.floats(1, SIDE - 1))
def test_splitting_a_zone_conserves_the_total(seed: int, at: float) -> None:
    lines = np.append(streets(np.random.default_rng(seed), 20), LineString([(at, 0), (at, SIDE)]))
    whole = matrix(lines, np.array([square(0, 0, SIDE)])).sum(axis=0)
    halves = matrix(lines, np.array([box(0, 0, at, SIDE), box(at, 0, SIDE, SIDE)])).sum(axis=0)
    np.testing.assert_allclose(halves, whole, rtol=0, atol=MILLIMETRE)


@patient
@given(seed=seeds)
def test_boundaries_of_a_tiling_are_conserved(seed: int) -> None:
    zones = town(np.random.default_rng(seed))
    found = matrix(shapely.boundary(zones), zones)
    np.testing.assert_allclose(found.sum(axis=0), shapely.length(zones), rtol=0, atol=MILLIMETRE)


def twins(
    lines: list[LineString], group: list[int] | None = None, *, gap: float = 40
) -> list[float]:
    """Share of each line that has a twin among all of them."""
    group = group or [0] * len(lines)
    return list(twins_of(lines, group, lines, group, gap=gap).share())


EAST, WEST = LineString([(0, 0), (100, 0)]), LineString([(100, 20), (0, 20)])


def test_twins_run_against_each_other_within_the_gap() -> None:
    half = LineString([(50, 20), (-50, 20)])
    same = LineString([(0, 20), (100, 20)])
    assert twins([EAST, WEST]) == [1, 1]
    assert twins([EAST, half]) == [0.5, 0.5]
    assert twins([EAST, same]) == [0, 0]
    assert twins([EAST, WEST], gap=19) == [0, 0]


def test_only_lines_of_one_group_are_twins() -> None:
    assert twins([EAST, WEST], [0, 1]) == [0, 0]


def test_how_lines_are_cut_does_not_matter() -> None:
    hairpin = LineString([(0, 0), (100, 0), (100, 20), (0, 20)])
    legs = [LineString([(0, 0), (100, 0), (100, 10)]), LineString([(100, 10), (100, 20), (0, 20)])]
    assert twins([hairpin])[0] * hairpin.length == pytest.approx(200)
    assert np.dot(twins(legs), [leg.length for leg in legs]) == pytest.approx(200)
    west_half = LineString([(0, 0), (50, 0)])
    assert list(twins_of([west_half], [0], [EAST, WEST], [0, 0], gap=40).share()) == [1]


def test_a_share_among_some_is_what_they_alone_would_give() -> None:
    lines = [EAST, LineString([(60, 20), (0, 20)]), LineString([(100, 30), (40, 30)])]
    found = twins_of(lines, [0] * 3, lines, [0] * 3, gap=40)
    assert found.share().tolist() == pytest.approx([1, 1, 1])
    assert found.share(np.array([True, True, False])).tolist() == pytest.approx([0.6, 1, 1])


def test_twins_in_a_bend_are_whole_on_both_sides() -> None:
    outer = LineString([(0, 0), (200, 0), (400, 60)])
    inner = shapely.reverse(shapely.offset_curve(outer, 20.0))
    np.testing.assert_allclose(twins([outer, inner]), 1.0, atol=1e-9)


def test_along_counts_what_runs_beside_any_other_line_once() -> None:
    road = LineString([(0, 0), (100, 0)])
    others = [LineString([(50, 8), (70, 8)]), LineString([(80, -8), (60, -8)])]
    assert along([road], others, 8.0)[0] == pytest.approx(0.3)
    assert along([road, road], [], 10.0).tolist() == [0, 0]
    assert along([road, None], [road], 0.0).tolist() == [1, 0]


def test_a_line_that_crosses_does_not_run_along() -> None:
    road, street = LineString([(0, 0), (100, 0)]), LineString([(50, -50), (50, 50)])
    assert along([road], [street], 15.0).tolist() == [0]


def two_point_lines(lines: Sequence[LineString]) -> list[LineString]:
    return [
        LineString(ends)
        for line in lines
        for ends in zip(line.coords[:-1], line.coords[1:], strict=True)
    ]


def aligned(one: LineString, other: LineString) -> bool:
    (a, b), (c, d) = np.asarray(one.coords), np.asarray(other.coords)
    turn = abs(np.dot(b - a, d - c)) / (one.length * other.length)
    return bool(turn >= np.cos(np.pi / 6))


@pytest.mark.parametrize("seed", range(5))
def test_along_agrees_with_fine_buffers_of_what_is_aligned(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines, others = streets(rng, 20), two_point_lines(list(streets(rng, 3)))
    bands = {other: shapely.buffer(other, 15.0, quad_segs=256) for other in others}
    expected = [
        sum(
            part.intersection(
                shapely.union_all([b for o, b in bands.items() if aligned(part, o)])
            ).length
            for part in two_point_lines([line])
        )
        / line.length
        for line in lines
    ]
    np.testing.assert_allclose(along(lines, others, 15.0), expected, rtol=0, atol=1e-6)


def test_faces_are_what_crossing_lines_enclose() -> None:
    cross = [LineString([(-10, 30), (110, 30)]), LineString([(40, -10), (40, 110)])]
    found = faces(cross, within=square(0, 0, 100))
    assert shapely.area(found).tolist() == [1200, 2800, 1800, 4200]
    assert len(faces(cross)) == len(faces([])) == 0
    assert shapely.area(faces([square(0, 0, 5).exterior])).tolist() == [25]


@pytest.mark.parametrize(
    ("points", "degrees"),
    [
        ([(0, 0), (10, 0)], 0),
        ([(10, 0), (0, 0)], 0),
        ([(0, 0), (0, 10)], 90),
        ([(0, 0), (10, 10), (0, 0)], 45),
        ([(0, 0), (10, -10)], 135),
        ([(0, 0), (100, 0), (100, 10)], 0),
    ],
)
def test_azimuth_is_the_direction_most_of_the_line_has(
    points: list[tuple[float, float]], degrees: float
) -> None:
    assert azimuth([LineString(points)])[0] == pytest.approx(degrees)


def test_a_line_without_direction_has_no_azimuth() -> None:
    assert np.isnan(azimuth([None, LineString([(0, 0), (10, 0), (10, 10)])])).all()


# --- what runs beside an earlier line


def repeated(lines: Sequence[LineString], gap: float = 15.0, opposed: float = 40.0) -> list[float]:
    """Share of each line beside one before it."""
    drawn = np.array(lines, dtype=object)
    return list(again(drawn, np.arange(len(drawn)), drawn, gap=gap, opposed_gap=opposed))


def test_a_line_beside_an_earlier_one() -> None:
    first = LineString([(0, 0), (100, 0)])
    beside, back = LineString([(50, 10), (150, 10)]), LineString([(100, 30), (60, 30)])
    assert repeated([first, beside, back]) == pytest.approx([0, 0.5, 1])
    assert repeated([first, beside, back], gap=9.0) == pytest.approx([0, 0, 1])
    assert repeated([first, beside, back], opposed=19.0) == pytest.approx([0, 0.5, 0])


def test_a_line_that_crosses_or_follows_is_not_beside() -> None:
    first = LineString([(0, 0), (100, 0)])
    assert repeated([first, LineString([(50, -50), (50, 50)])]) == [0, 0]
    assert repeated([first, LineString([(100, 0), (200, 20)])]) == [0, 0]


@patient
@given(seed=seeds, east=offsets, north=offsets)
def test_what_is_beside_stays_so_where_all_is_moved_and_turned(
    seed: int, east: int, north: int
) -> None:
    lines = streets(np.random.default_rng(seed), 30)
    rank = np.arange(len(lines))
    before = again(lines, rank, lines, gap=15.0, opposed_gap=40.0)
    for there in (moved(lines, east, north), turned(lines)):
        found = again(there, rank, there, gap=15.0, opposed_gap=40.0)
        assert np.allclose(found, before, atol=1e-6)
