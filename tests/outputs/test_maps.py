from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import shapely
from tests.outputs.town import X, Y

from carbonspace.model.assessment import Assessment
from carbonspace.outputs import maps
from carbonspace.outputs.ground import base_of
from carbonspace.outputs.maps import unit_map, unit_sketches
from carbonspace.outputs.svgmap import Grid


def _numbers(d: str) -> int:
    return d.count("l")


def test_a_sketch_shows_what_a_drawing_of_its_own_shows(town: Assessment) -> None:
    base = base_of(town.plan.layers)
    sketches = unit_sketches(base, range(6))
    assert len(sketches) == 1
    for position in range(6):
        spot, _ = unit_map(base, position, sketches=sketches)
        paths = maps._ground(base, spot.view)
        shown = [one for one in (*spot.land, *spot.ground) if one.d]
        assert [one.title for one in shown] == [
            look.title for look, d in zip(base.looks, paths, strict=True) if d
        ]
        assert [_numbers(one.d) for one in shown] == [_numbers(d) for d in paths if d]


def test_what_only_its_box_reaches_into_the_frame_is_not_on_the_map(town: Assessment) -> None:
    roads = town.plan.layers["roads"]
    bend = shapely.LineString([(X - 900, Y - 200), (X - 900, Y + 9000), (X + 3000, Y + 9000)])
    far = roads.iloc[:1].set_geometry([bend], crs=roads.crs).assign(road_class="secondary")
    layers = {**town.plan.layers, "roads": pd.concat([roads, far])}
    base = base_of(layers)
    spot, _ = unit_map(base, 0)
    minor = next(one for one in spot.ground if one.css == "road minor")
    there, _ = unit_map(base_of(town.plan.layers), 0)
    assert minor.d == next(one for one in there.ground if one.css == "road minor").d


def test_what_reaches_far_out_is_cut_at_the_frame(town: Assessment) -> None:
    roads = town.plan.layers["roads"]
    long = shapely.LineString([(X - 1e5, Y + 500), (X + 1e5, Y + 500)])
    one = roads.iloc[:1].set_geometry([long], crs=roads.crs).assign(road_class="secondary")
    base = base_of({"units": town.plan.layers["units"], "roads": one})
    spot, _ = unit_map(base, 0)
    minor = next(drawn for drawn in spot.ground if drawn.css == "road minor")
    assert minor.d == f"M0 {spot.view.height // 2}l{spot.view.width} 0"


def test_too_much_for_a_page_is_drawn_coarser(town: Assessment) -> None:
    around = np.linspace(0, 2 * np.pi, 150_000)
    wave = 300 + 20 * np.sin(around * 9000)
    ring = np.column_stack([X + 500 + wave * np.cos(around), Y + 500 + wave * np.sin(around)])
    roads = town.plan.layers["roads"].iloc[:1]
    dense = roads.set_geometry([shapely.LineString(ring)], crs=roads.crs)
    dense = dense.assign(road_class="secondary")
    base = base_of({"units": town.plan.layers["units"], "roads": dense})
    spot, _ = unit_map(base, 0)
    assert 0 < sum(len(one.d) for one in spot.ground) < 1_300_000


def test_a_map_on_a_coarser_grid_is_the_same_map_in_fewer_corners(town: Assessment) -> None:
    base = base_of(town.plan.layers)
    fine, _ = unit_map(base, 0)
    coarse, _ = unit_map(base, 0, grid=Grid(960, 1.8))
    assert coarse.view.box == fine.view.box
    assert (coarse.view.width, fine.view.width) == (1728, 9600)
    assert coarse.view.height == pytest.approx(fine.view.height * 1728 / 9600, abs=1)
    step = fine.view.width / coarse.view.width
    for one, other in ((fine.outline, coarse.outline), (fine.neighbours, coarse.neighbours)):
        first, second = (np.array([int(n) for n in _start(d)]) for d in (one, other))
        assert np.abs(first / step - second).max() <= 1
    assert len(coarse.outline) <= len(fine.outline)
    wanted = [(one.name, round(one.x / step), round(one.y / step)) for one in fine.labels]
    for (name, x, y), label in zip(wanted, coarse.labels, strict=True):
        assert label.name == name
        assert abs(label.x - x) + abs(label.y - y) <= 2


def _start(d: str) -> list[str]:
    """Return the numbers that the first stroke of a path starts at."""
    found = re.match(r"M(\d+)[ ]?(-?\d+)", d)
    assert found
    return [*found.groups()]
