from __future__ import annotations

import pytest
import shapely

from carbonspace.outputs import svgmap

VIEW = svgmap.Frame(0, 0, 960, 960)  # one pixel is one metre, ten SVG units


def test_a_square_is_drawn_upside_down_from_the_top_left() -> None:
    assert svgmap.path([shapely.box(10, 10, 20, 20)], VIEW) == "M200 9500l0 -100 -100 0 0 100z"


def test_holes_lines_and_points() -> None:
    ring = shapely.difference(shapely.box(0, 0, 90, 90), shapely.box(30, 30, 60, 60))
    assert svgmap.path([ring], VIEW).count("z") == 2
    assert svgmap.path([shapely.LineString([(0, 0), (0, 10)])], VIEW) == "M0 9600l0 -100"
    assert svgmap.path([shapely.Point(1, 1)], VIEW) == "M10 9590h0"


def test_what_cannot_be_seen_is_left_out() -> None:
    specks = [None, shapely.Polygon(), shapely.box(0, 0, 0.1, 0.1)]
    assert svgmap.path(specks, VIEW) == ""


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
    bar = svgmap.scale_bar(view)
    amount, unit = bar.text.split()
    metres = float(amount) * (1000 if unit == "km" else 1)
    assert bar.text == text
    assert bar.length == pytest.approx(metres * view.per_unit, abs=1)


def test_labels_do_not_collide_and_the_largest_unit_wins() -> None:
    large, small = shapely.box(100, 300, 500, 700), shapely.box(290, 490, 310, 510)
    placed = svgmap.labels([small, large], ["small", "large"], ["✗ 1", "✗ 2"], VIEW)
    assert [one.name for one in placed] == ["large"]


def test_a_label_that_does_not_fit_loses_its_name_first() -> None:
    shapes = [shapely.box(100, 400, 200, 500), shapely.box(200, 405, 290, 495)]
    placed = svgmap.labels(shapes, ["a very long name", "another long name"], ["✗ 1", "✗ 2"], VIEW)
    assert [(one.name, one.note) for one in placed] == [("a very long name", "✗ 1"), ("", "✗ 2")]
