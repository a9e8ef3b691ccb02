"""What the map of the plan's page is drawn of is what the plan holds."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from tests.outputs.town import SIDE, X, Y, assessment, ragged

from carbonspace.outputs.ground import Base, base_of
from carbonspace.outputs.page_coding import Grid, coded, grid_of
from carbonspace.outputs.page_library import library
from carbonspace.outputs.page_shapes import PageMap, from_far, page_map
from carbonspace.outputs.page_tiles import SHIFT
from carbonspace.outputs.plainjson import in_script
from carbonspace.outputs.results import Results, results_of

MIDDLE = X + 1.5 * SIDE, Y + SIDE


@pytest.fixture(scope="module")
def held() -> Results:
    return results_of(assessment())


@pytest.fixture(scope="module")
def base(held: Results) -> Base:
    return base_of(held.layers)


@pytest.fixture(scope="module")
def few(held: Results, base: Base) -> PageMap:
    return page_map(held, base)


@pytest.fixture(scope="module")
def many(held: Results, base: Base) -> PageMap:
    return page_map(held, base, limit=0)


def _corners(flat: list[int], grid: Grid) -> Any:
    return np.cumsum(np.reshape(flat, (-1, 2)), axis=0) * grid.step + (grid.x, grid.y)


def _polygons(parts: list[list[list[int]]], grid: Grid) -> Any:
    rings = [[_corners(ring, grid) for ring in part] for part in parts]
    return shapely.MultiPolygon([(part[0], part[1:]) for part in rings])


def test_a_ring_is_its_first_corner_and_steps_without_the_last() -> None:
    grid = Grid(0.0, 0.0, 1.0)
    holed = shapely.Polygon([(1, 1), (9, 1), (9, 9)], [[(7, 2), (8, 3), (8, 2)]])
    assert coded(np.array([holed]), grid, dimension=2) == [
        [[[1, 1, 8, 0, 0, 8], [7, 2, 1, 1, 0, -1]]]
    ]


def test_lines_points_parts_and_what_is_not_there() -> None:
    grid = Grid(10.0, 0.0, 0.5)
    shapes = np.array([
        shapely.MultiLineString([[(10, 0), (11, 0), (11, 0.1)], [(0, 0), (0, 2)]]), None,
        shapely.LineString(), shapely.Point(10, 10),
    ], dtype=object)  # fmt: skip
    assert coded(shapes, grid, dimension=1) == [[[0, 0, 2, 0], [-20, 0, 0, 4]], [], [], []]
    assert coded(shapes, grid, dimension=0) == [[], [], [], [[0, 20]]]
    assert coded(shapes[:0], grid, dimension=2) == []


@pytest.mark.parametrize(("size", "metres", "step"), [
    (3_000.0, 1.0, 0.01), (30_000.0, 1.0, 0.1), (30_000.0, 0.3048, 0.01 / 0.3048),
    (60_000.0, 0.3048, 0.1 / 0.3048),
])  # fmt: skip
def test_a_step_is_a_centimetre_or_of_large_plans_a_decimetre(
    size: float, metres: float, step: float
) -> None:
    grid = grid_of((0.0, 0.0, size, 10.0), metres)
    assert grid == pytest.approx((size / 2, 5.0, step))


def test_units_come_back_within_half_a_step(few: PageMap, held: Results) -> None:
    grid = Grid(*MIDDLE, few.told["step"])
    assert few.told["library"] == "leaflet"
    assert few.told["step"] == pytest.approx(0.01)
    assert few.told["box"] == [-150_000, -100_000, 150_000, 100_000]
    for coded_unit, unit in zip(few.told["units"], held.units.geometry, strict=True):
        assert shapely.hausdorff_distance(_polygons(coded_unit, grid), unit) <= 0.0071


def test_labels_stand_in_their_units(few: PageMap, held: Results) -> None:
    grid = Grid(*MIDDLE, few.told["step"])
    spots = [shapely.Point(_corners(spot, grid)[0]) for spot in few.told["anchors"]]
    assert shapely.contains(held.units.geometry.to_numpy(), spots).all()


def test_evidence_comes_back_with_its_kinds_units_and_facts(few: PageMap, held: Results) -> None:
    (parks,) = [one for one in few.told["evidence"] if one["keys"] == ("park_coverage",)]
    (layer,) = [one.layer for one in held.evidence if one.keys == ("park_coverage",)]
    grid = Grid(*MIDDLE, few.told["step"])
    drawn = [_polygons(parts, grid) for parts in parks["shapes"]]
    assert shapely.area(drawn) == pytest.approx([32400.0, 32400.0, 129600.0], abs=10)
    assert [list(held.units.index)[n] for n in parks["unit"]] == layer["unit_id"].tolist()
    assert parks["kind"] == [0, 0, 0]
    assert [kind["css"] for kind in parks["kinds"]] == ["shortfall"]
    (area,) = [fact for fact in parks["facts"] if fact["title"].en == "Area (m²)"]
    assert area["values"] == [32400.0, 32400.0, 129600.0]


def test_a_plan_with_more_features_than_the_limit_comes_in_tiles(
    held: Results, base: Base, few: PageMap
) -> None:
    count = len(base.ground.shapes) + sum(len(one.layer) for one in held.evidence)
    assert page_map(held, base, limit=count).told == few.told
    assert page_map(held, base, limit=count - 1).told["library"] == "maplibre"


def _read(tiles: str, folder: Path) -> gpd.GeoDataFrame:
    path = folder / "read.pmtiles"
    path.write_bytes(base64.b64decode(tiles))
    return pyogrio.read_dataframe(path)


def test_tiles_hold_every_feature_of_the_evidence(
    many: PageMap, held: Results, tmp_path: Path
) -> None:
    for n, one in enumerate(held.evidence):
        found = _read(many.tiles[f"evidence-{n}"], tmp_path)
        there = found.dissolve([found.index]).geometry
        moved = one.layer.geometry.translate(SHIFT - MIDDLE[0], SHIFT - MIDDLE[1])
        for shape in moved:
            near = there[there.distance(shape) < 1.0]
            gap = shapely.difference(shape.buffer(0.01), near.buffer(1.0).union_all())
            assert gap.is_empty
        heading = many.told["evidence"][n]
        assert sum(group[3] for group in heading["groups"]) == len(one.layer)


def test_tiles_tell_units_and_kinds(many: PageMap, held: Results, tmp_path: Path) -> None:
    (n,) = [n for n, one in enumerate(held.evidence) if one.keys == ("road_density",)]
    found, layer = _read(many.tiles[f"evidence-{n}"], tmp_path), held.evidence[n].layer
    expected = layer.assign(u=held.units.index.get_indexer(layer["unit_id"]))
    counted = expected.assign(k=(~(expected["counted_m"] > 0)).astype(int))
    lengths = [
        one.groupby(["u", "k"]).geometry.apply(lambda shapes: shapes.union_all().length).to_dict()
        for one in (found, counted)
    ]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.01)


def test_what_does_not_fit_is_named_and_keeps_its_overview(held: Results, base: Base) -> None:
    roomy = page_map(held, base, limit=0)
    budget = len(in_script(roomy.told)) + 1
    tight = page_map(held, base, limit=0, budget=budget)
    assert tight.tiles == {}
    assert tight.told["left_out"] == [key for one in held.evidence for key in one.keys]
    assert roomy.told["left_out"] == []
    assert [one["groups"] for one in tight.told["evidence"]] == [
        one["groups"] for one in roomy.told["evidence"]
    ]
    assert sum(map(len, roomy.tiles.values())) < 8_000_000


def test_the_same_bytes_twice(held: Results, base: Base, many: PageMap) -> None:
    again = page_map(held, base_of(held.layers), limit=0)
    assert again.tiles == many.tiles
    assert in_script(again.told) == in_script(many.told)


def test_in_feet_the_map_is_in_metres(held: Results) -> None:
    feet = {name: layer.to_crs("EPSG:2263") for name, layer in _in_new_york(held.layers).items()}
    told = page_map(replace(held, layers=feet, evidence=[]), base_of(feet)).told
    width = (told["box"][2] - told["box"][0]) * told["step"]
    assert width == pytest.approx(3000.0, rel=1e-2)


def _in_new_york(layers: Any) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers where feet are measured in."""
    moved = {name: layer.translate(583_000 - X, 4_507_000 - Y) for name, layer in layers.items()}
    return {name: layer.set_geometry(moved[name].set_crs("EPSG:32618", allow_override=True))
            for name, layer in layers.items()}  # fmt: skip


def test_a_unit_without_a_shape_keeps_its_number(held: Results) -> None:
    units = held.units.copy()
    units.loc[units.index[2], "geometry"] = None
    units.loc[units.index[3], "geometry"] = shapely.Polygon()
    layers = {**held.layers, "units": units}
    for limit in (0, 20_000):
        told = page_map(replace(held, layers=layers), base_of(layers), limit=limit).told
        assert [bool(unit) for unit in told["units"]] == [True, True, False, False, True, True]
        assert told["anchors"][2] is told["anchors"][3] is None


def test_ragged_units_of_a_large_plan_lose_corners_not_their_place(held: Results) -> None:
    units = ragged(held.units)
    layers = {**held.layers, "units": units}
    found = page_map(replace(held, layers=layers, evidence=[]), base_of(layers), limit=0)
    assert found.near is not None
    assert len(in_script(found.near)) < 1_500_000
    assert len(in_script(found.told["units"])) < 0.2 * len(in_script(found.near))
    x, y, right, top = shapely.total_bounds(units.geometry.to_numpy())
    grid = Grid((x + right) / 2, (y + top) / 2, found.told["step"])
    for coded_units in (found.told["units"], found.near["units"]):
        drawn = shapely.make_valid(_polygons(coded_units[0], grid))
        assert shapely.area(drawn) == pytest.approx(np.pi * 500**2, rel=0.01)


def test_from_far_shared_borders_stay_shared() -> None:
    y = np.linspace(0, 10_000, 1001)
    border = np.column_stack([5000 + np.random.default_rng(2).normal(0, 3, len(y)), y])
    left = shapely.Polygon([(0, 10_000), (0, 0), *border])
    right = shapely.Polygon([(10_000, 10_000), (10_000, 0), *border])
    bow = shapely.Polygon([(0, 20_000), (9, 20_009), (9, 20_000), (0, 20_009)])
    polygons = np.array([left, right, bow, shapely.Polygon()], dtype=object)
    far = from_far(polygons, 10.0)
    assert shapely.coverage_is_valid(far[:2])
    assert shapely.area(far[:2]).sum() == pytest.approx(1e8)
    assert shapely.get_num_coordinates(far[0]) < 400
    assert shapely.hausdorff_distance(far[0].boundary, left.boundary) < 15.0
    assert shapely.equals_exact(far[2], bow)
    assert shapely.is_empty(far[3])


def test_units_with_few_corners_are_the_same_from_far(many: PageMap) -> None:
    assert many.near is None
    assert many.told["coarse"] == 0


@pytest.mark.parametrize("limit", [-1, 20_000])
def test_nothing_but_units(held: Results, limit: int) -> None:
    layers = {"units": held.layers["units"]}
    found = page_map(replace(held, layers=layers, evidence=[]), base_of(layers), limit=limit)
    assert found.tiles == {}
    assert found.told["ground"] == found.told["evidence"] == found.told["left_out"] == []


@pytest.mark.parametrize("name", ["leaflet", "maplibre"])
def test_a_library_can_stand_in_a_page(name: str) -> None:
    found = library(name)
    for text in (*found.scripts, found.style):
        assert "</script" not in text.lower()
        assert "</style" not in text.lower()
        assert "sourceMappingURL=" not in text.replace("sourceMappingURL=data", "")
    assert "url(images" not in found.style
    assert found.licences.count("Redistribution") >= 1
