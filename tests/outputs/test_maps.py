from __future__ import annotations

import base64
import re
from io import BytesIO

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image
from tests.outputs.town import CRS, X, Y

from carbonspace.model.assessment import Assessment
from carbonspace.outputs import maps, room
from carbonspace.outputs.ground import base_of, joined
from carbonspace.outputs.land_picture import land_picture, opaque
from carbonspace.outputs.maps import plan_map, unit_map, unit_sketches
from carbonspace.outputs.summary import unit_counts
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


def _grid(count: int, side: float) -> np.ndarray:
    """Return squares of a side, so many across and up, over the town."""
    x, y = np.meshgrid(X + 3000 * np.arange(count) / count, Y + 2000 * np.arange(count) / count)
    return np.asarray(shapely.box(x, y, x + side, y + side)).ravel()


def _streets(count: int) -> np.ndarray:
    """Return so many times as many pieces of streets, none of which goes on in another."""
    at = np.stack(np.meshgrid(np.arange(count), np.arange(count)), axis=-1).reshape(-1, 2)
    starts = at * (3000 / count, 2000 / count) + (X, Y)
    return np.asarray(
        shapely.linestrings(np.stack([starts, starts + np.array([7.0, 3.0])], axis=1))
    )


def _layer(shapes: np.ndarray, **columns: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, index=range(len(shapes)), geometry=shapes, crs=CRS)


def test_streets_do_not_blot_out_the_land_use(town: Assessment) -> None:
    parcels = _layer(_grid(40, 9.0), land_use="0701")  # about three pixels wide
    roads = _layer(_streets(350), road_class="local")
    base = base_of({"units": town.plan.layers["units"], "parcels": parcels, "roads": roads})
    found = plan_map(base, unit_counts(town.plan.layers["units"], town.table))
    (land,) = found.land
    assert (land.css, found.picture) == ("land", None)
    assert land.d.count("M") == 40**2


def test_each_layer_gets_what_it_needs_or_as_much_as_others() -> None:
    assert room.shares({"a": 10, "b": 100, "c": 40}, 90) == {"a": 10, "b": 40, "c": 40}
    assert room.shares({"a": 10, "b": 100, "c": 80}, 90) == {"a": 10, "b": 40, "c": 40}
    assert room.shares({"a": 10, "b": 20}, 90) == {"a": 10, "b": 20}
    assert room.shares({}, 90) == {}


def test_streets_that_go_on_in_each_other_are_drawn_as_one(town: Assessment) -> None:
    ends = np.linspace((X, Y), (X + 3000, Y + 2000), 60_001)
    pieces = shapely.linestrings(np.stack([ends[:-1], ends[1:]], axis=1))
    layers = {**town.plan.layers, "roads": _layer(pieces, road_class="local")}
    base = joined(base_of(layers))
    found = plan_map(base, unit_counts(town.plan.layers["units"], town.table))
    (road,) = (one for one in found.ground if one.css == "road minor")
    assert road.d.count("M") == 1
    assert len(road.d) < 40


def test_what_is_no_line_stays_as_it_is(town: Assessment) -> None:
    base = base_of(town.plan.layers)
    found = joined(base)
    for n, look in enumerate(base.looks):
        one, other = base.ground.shapes[base.group == n], found.ground.shapes[found.group == n]
        if look.css.startswith("road"):
            assert len(other) <= len(one)
            whole = shapely.union_all(one)
            assert whole.symmetric_difference(shapely.union_all(other)).length < 1e-6
        else:
            assert shapely.equals_exact(one, other).all()
    assert (np.diff(found.group) >= 0).all()


def test_land_use_of_very_many_parcels_is_one_picture(town: Assessment) -> None:
    shapes = _grid(160, 8.0)
    codes = np.where(shapely.bounds(shapes)[:, 0] < X + 1500, "0701", "1001")
    parcels = _layer(shapes).assign(land_use=codes)
    base = base_of({"units": town.plan.layers["units"], "parcels": parcels})
    found = plan_map(base, unit_counts(town.plan.layers["units"], town.table))
    assert [one.d for one in found.land] == ["", ""]
    assert found.picture is not None
    west, south, east, north = shapely.total_bounds(shapes)
    corners = found.view.place(np.array([[west, north], [east, south]]))
    size = found.picture.width, found.picture.height
    assert corners.tolist() == [
        [found.picture.x, found.picture.y],
        [found.picture.x + size[0], found.picture.y + size[1]],
    ]
    drawn = Image.open(BytesIO(base64.b64decode(found.picture.png))).convert("RGBA")
    colours = [drawn.getpixel((x, drawn.height - 2)) for x in (2, drawn.width - 3)]
    assert colours == [(*bytes.fromhex(one.fill[1:]), 255) for one in found.land]


def test_a_picture_for_print_has_the_ground_of_the_map(town: Assessment) -> None:
    found = land_picture(base_of(town.plan.layers))
    assert found is not None
    seen = Image.open(BytesIO(base64.b64decode(found.png))).convert("RGBA")
    filled = Image.open(BytesIO(base64.b64decode(opaque(found.png)))).convert("RGBA")
    one, other = np.asarray(seen), np.asarray(filled)
    assert (other[..., 3] == 255).all()
    through = one[..., 3] == 0
    assert 0 < through.mean() < 1
    assert (other[through][:, :3] == (251, 252, 253)).all()
    assert (one[~through] == other[~through]).all()
