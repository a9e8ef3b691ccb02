"""Arcs of circles whose length and area are known."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
import shapely

from carbonspace.sources.curves import linearised, without_arcs

TOLERANCE = 0.01


def circular(*points: tuple[float, float], kind: int = 8, width: int = 2) -> bytes:
    """Return ISO well-known binary of a circular string."""
    flat = [value for point in points for value in (*point, *[9.0] * (width - 2))]
    return struct.pack(f"<BII{len(flat)}d", 1, kind, len(points), *flat)


def straight(*points: tuple[float, float]) -> bytes:
    return circular(*points, kind=2)


def collected(kind: int, *parts: bytes) -> bytes:
    return struct.pack("<BII", 1, kind, len(parts)) + b"".join(parts)


HALF = [(100.0, 0.0), (0.0, 100.0), (-100.0, 0.0)]


def test_a_half_circle() -> None:
    line = linearised(circular(*HALF), TOLERANCE)
    assert line.length == pytest.approx(100 * math.pi, rel=1e-4)
    assert shapely.get_coordinates(line)[[0, -1]].tolist() == [[100, 0], [-100, 0]]
    assert shapely.get_coordinates(line)[:, 1].min() >= 0


@pytest.mark.parametrize("tolerance", [1.0, 0.01, 0.001])
@pytest.mark.parametrize("radius", [1.0, 100.0, 5000.0])
def test_segments_stay_within_the_tolerance(radius: float, tolerance: float) -> None:
    scaled = [(radius * x / 100, radius * y / 100) for x, y in HALF]
    points = shapely.get_coordinates(linearised(circular(*scaled), tolerance))
    middles = (points[1:] + points[:-1]) / 2
    assert np.hypot(*points.T) == pytest.approx(radius)
    assert (radius - np.hypot(*middles.T)).max() <= tolerance * (1 + 1e-6)


def test_neighbours_draw_a_shared_arc_alike() -> None:
    there = linearised(circular(*HALF), TOLERANCE)
    back = linearised(circular(*HALF[::-1]), TOLERANCE)
    assert there.reverse().equals_exact(back, 0)


def test_a_disc_of_one_full_circle() -> None:
    ring = circular((100.0, 0.0), (-100.0, 0.0), (100.0, 0.0))
    disc = linearised(collected(10, ring), TOLERANCE)
    assert disc.is_valid
    assert disc.area == pytest.approx(1e4 * math.pi, rel=2e-4)


def test_a_compound_of_arc_and_line() -> None:
    ring = collected(9, circular(*HALF), straight((-100.0, 0.0), (100.0, 0.0)))
    dome = linearised(collected(12, collected(10, ring)), TOLERANCE)
    assert dome.geom_type == "MultiPolygon"
    assert dome.area == pytest.approx(5e3 * math.pi, rel=2e-4)


def test_a_right_turn_goes_round_the_other_way() -> None:
    line = linearised(circular((100.0, 0.0), (0.0, -100.0), (-100.0, 0.0)), TOLERANCE)
    assert shapely.get_coordinates(line)[:, 1].max() <= 1e-9
    assert line.length == pytest.approx(100 * math.pi, rel=1e-4)


@pytest.mark.parametrize(("kind", "width"), [(1008, 3), (2008, 3), (3008, 4)])
def test_heights_and_measures_are_dropped(kind: int, width: int) -> None:
    high = linearised(circular(*HALF, kind=kind, width=width), TOLERANCE)
    assert high.equals_exact(linearised(circular(*HALF), TOLERANCE), 0)


def test_three_points_on_a_line_are_a_line() -> None:
    line = linearised(circular((0.0, 0.0), (5.0, 0.0), (10.0, 0.0)), TOLERANCE)
    assert line.length == 10


@pytest.mark.parametrize(
    "wkt",
    ["POINT (1 2)", "LINESTRING (0 0, 1 1)", "POLYGON ((0 0, 1 0, 1 1, 0 0))", "POINT EMPTY",
     "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))", "LINESTRING EMPTY", "POLYGON EMPTY",
     "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))", "MULTIPOINT ((1 2), (3 4))"],
)  # fmt: skip
def test_what_has_no_arcs_stays(wkt: str) -> None:
    shape = shapely.from_wkt(wkt)
    for flavor in ("iso", "extended"):
        assert linearised(shapely.to_wkb(shape, flavor=flavor), TOLERANCE) == shape
    assert linearised(shapely.to_wkb(shape, byte_order=0), TOLERANCE) == shape


@pytest.mark.parametrize("length", range(0, 52, 3))
def test_a_buffer_cut_off_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="before its end"):
        linearised(circular(*HALF)[:length], TOLERANCE)


def test_a_surface_of_triangles_is_its_triangles() -> None:
    corners = struct.pack("<I8d", 4, 0, 0, 1, 0, 0, 1, 0, 0)
    triangle = struct.pack("<BII", 1, 17, 1) + corners
    surface = linearised(collected(16, triangle, triangle), TOLERANCE)
    assert surface.geom_type == "MultiPolygon"
    assert surface.area == 1.0


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind 99"):
        linearised(collected(99), TOLERANCE)


def test_a_wild_radius_ends() -> None:
    line = linearised(circular((0.0, 0.0), (1e12, 1.0), (2e12, 0.0)), 1e-9)
    assert shapely.get_num_coordinates(line) <= 10_001


def test_the_tolerance_is_in_metres_whatever_the_coordinates_are_in() -> None:
    counts = []
    for crs, unit in (("EPSG:4547", 1.0), ("EPSG:2229", 0.3048006096), ("EPSG:4490", 111_319.49)):
        scaled = [(x / unit, y / unit) for x, y in HALF]
        (line,) = without_arcs([circular(*scaled)], crs, 0.01)
        counts.append(shapely.get_num_coordinates(line))
    assert counts[0] == counts[1] == counts[2] > 100


def test_what_cannot_be_built_is_none() -> None:
    short = circular((0.0, 0.0))
    built = without_arcs([None, short, circular(*HALF)[:20], circular(*HALF)], None, 0.01)
    assert [one is None for one in built] == [True, True, True, False]
