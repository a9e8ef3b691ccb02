from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely

from carbonspace.outputs import lettering, svgmap

VIEW = svgmap.Frame(0, 0, 960, 960)  # one pixel is one metre, ten SVG units


def test_a_square_is_drawn_upside_down_from_the_top_left() -> None:
    assert svgmap.path([shapely.box(10, 10, 20, 20)], VIEW) == "M200 9500l0-100-100 0 0 100z"


def test_holes_lines_and_points() -> None:
    ring = shapely.difference(shapely.box(0, 0, 90, 90), shapely.box(30, 30, 60, 60))
    assert svgmap.path([ring], VIEW).count("z") == 2
    assert svgmap.path([shapely.LineString([(0, 0), (0, 10)])], VIEW) == "M0 9600l0-100"
    assert svgmap.path([shapely.Point(1, 1)], VIEW) == "M10 9590h0"


def test_what_cannot_be_seen_is_left_out() -> None:
    specks = [None, shapely.Polygon(), shapely.box(0, 0, 0.1, 0.1)]
    assert svgmap.path(specks, VIEW) == ""


def test_groups_are_paths_of_their_own_and_a_group_may_be_empty() -> None:
    shapes = np.array([shapely.Point(1, 1), shapely.box(10, 10, 20, 20), shapely.Point(2, 1),
                       shapely.LineString([(0, 0), (0, 10)])], dtype=object)  # fmt: skip
    found = svgmap.paths(shapes, np.array([3, 1, 3, 1]), 5, VIEW)
    assert found == [
        "",
        "M200 9500l0-100-100 0 0 100zM0 9600l0-100",
        "",
        "M10 9590h0M20 9590h0",
        "",
    ]


def test_what_reaches_far_out_of_the_frame_is_cut_outside_it() -> None:
    line = shapely.LineString([(480, -1e6), (480, 1e6)])
    assert svgmap.path([line], VIEW) == "M4800 13440l0-17280"
    assert svgmap.path([shapely.box(-1e6, -1e6, 1e6, 1e6)], VIEW).count("z") == 1
    assert svgmap.path([shapely.Point(1e6, 0)], VIEW) == ""


def _as_written(shape: shapely.Polygon) -> str:
    """Write one polygon as a person would, corner by corner."""
    strokes = []
    for ring in (shape.exterior, *shape.interiors):
        placed = [(round(10 * x), round(10 * (960 - y))) for x, y in ring.coords]
        steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(placed)]
        steps = [step for step in steps if step != (0, 0)][:-1]
        words = " ".join(f"{x} {y}" for x, y in steps).replace(" -", "-")
        strokes.append(f"M{placed[0][0]} {placed[0][1]}l{words}z")
    return "".join(strokes)


def test_many_polygons_are_written_as_each_on_its_own() -> None:
    random = np.random.default_rng(4)
    spots = random.uniform(50, 900, (60, 2))
    spots = shapely.points(random.uniform(50, 900, (60, 2)))
    holes = shapely.buffer(spots, 9, quad_segs=2)
    shapes = shapely.difference(shapely.buffer(spots, 30, quad_segs=3), holes)
    assert svgmap.path(shapes, VIEW, tolerance=0) == "".join(map(_as_written, shapes))


def test_detail_below_half_a_pixel_goes() -> None:
    wiggle = shapely.LineString([(x, 0.1 * (x % 2)) for x in range(500)])
    assert len(svgmap.path([wiggle], VIEW)) < 40


def test_the_frame_holds_the_bounds_and_is_never_a_strip() -> None:
    view = svgmap.frame((0, 0, 1000, 10))
    assert view.box[0] < 0
    assert view.box[2] > 1000
    assert view.height == pytest.approx(0.45 * view.width, abs=1)
    tall = svgmap.frame((0, 0, 10, 1000))
    assert tall.height == pytest.approx(1.15 * tall.width, abs=1)


@pytest.mark.parametrize(
    ("ground", "text"), [(960, "100 m"), (6000, "1 km"), (26000, "5 km"), (12, "2 m")]
)
def test_scale_bar_is_round_and_true(ground: float, text: str) -> None:
    view = svgmap.Frame(0, 0, ground, ground)
    bar = lettering.scale_bar(view)
    amount, unit = bar.text.split()
    metres = float(amount) * (1000 if unit == "km" else 1)
    assert bar.text == text
    assert bar.length == pytest.approx(metres * view.per_unit, abs=1)


def test_labels_do_not_collide_and_the_largest_unit_wins() -> None:
    large, small = shapely.box(100, 300, 500, 700), shapely.box(290, 490, 310, 510)
    placed = lettering.labels([small, large], ["small", "large"], ["✗ 1", "✗ 2"], VIEW)
    assert [one.name for one in placed] == ["large"]


def test_a_label_that_does_not_fit_loses_its_name_first() -> None:
    shapes = [shapely.box(100, 400, 200, 500), shapely.box(200, 405, 290, 495)]
    placed = lettering.labels(
        shapes, ["a very long name", "another long name"], ["✗ 1", "✗ 2"], VIEW
    )
    assert [(one.name, one.note) for one in placed] == [("a very long name", "✗ 1"), ("", "✗ 2")]
