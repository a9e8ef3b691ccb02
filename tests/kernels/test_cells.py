"""Cells in polygons: by hand, against exactextract, and whatever comes with them."""

from __future__ import annotations

import itertools
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import given
from hypothesis import strategies as st
from tests.kernels.shapes import SIDE, Geometries, blobs, patient, seeds, square, town

from carbonspace.kernels import cells
from carbonspace.kernels.cells import Lattice, class_areas, covered_cells, sums_in

TWO = Lattice(0.0, 20.0, 10.0, 10.0, 0, 0, 2, 2)
"""Four cells of 10 m from the origin."""


def table(polygon: Any, lattice: Lattice = TWO) -> dict[tuple[int, int], float]:
    found = covered_cells([polygon], lattice)
    return {(int(r), int(c)): float(s)
            for r, c, s in zip(found.row, found.column, found.share, strict=True)}  # fmt: skip


def test_a_cell_cut_in_half() -> None:
    assert table(shapely.box(0, 10, 5, 20)) == {(0, 0): 0.5}
    assert table(shapely.box(0, 15, 10, 20)) == {(0, 0): 0.5}
    assert table(shapely.Polygon([(0, 10), (10, 10), (10, 20)])) == {(0, 0): 0.5}


def test_every_cell_by_hand() -> None:
    assert table(shapely.box(5, 5, 20, 20)) == {
        (0, 0): 0.5, (0, 1): 1.0, (1, 0): 0.25, (1, 1): 0.5,
    }  # fmt: skip
    assert table(square(0, 0, 20)) == dict.fromkeys(itertools.product((0, 1), (0, 1)), 1.0)


def test_a_diagonal_through_corners() -> None:
    found = table(shapely.Polygon([(0, 0), (20, 0), (20, 20)]))
    assert found == {(0, 1): 0.5, (1, 0): 0.5, (1, 1): 1.0}


def test_a_hole_and_parts_that_meet_in_one_cell() -> None:
    holed = square(0, 0, 20) - square(5, 5, 10)
    assert table(holed) == dict.fromkeys(itertools.product((0, 1), (0, 1)), 0.75)
    both = shapely.MultiPolygon([shapely.box(0, 10, 2, 20), shapely.box(4, 10, 5, 20)])
    assert table(both)[0, 0] == pytest.approx(0.3)


@pytest.mark.parametrize("turned", [shapely.geometry.polygon.orient, shapely.reverse])
def test_rings_may_run_either_way(turned: Any) -> None:
    holed = shapely.Polygon([(0, 0), (20, 0), (20, 20), (0, 20)],
                            [[(5, 5), (15, 5), (15, 15), (5, 15)]])  # fmt: skip
    assert set(table(turned(holed)).values()) == {0.75}


def test_what_lies_beyond_the_raster_is_not_in_it() -> None:
    assert table(shapely.box(-50, -50, 70, 70)) == table(square(0, 0, 20))
    assert table(shapely.box(15, 5, 90, 25)) == {(0, 1): 0.5, (1, 1): 0.25}
    assert table(shapely.box(-9, 5, -1, 25)) == {}
    assert table(shapely.box(20, 0, 30, 20)) == {}


def test_nothing_covers_nothing() -> None:
    found = covered_cells([None, shapely.Polygon(), square(0, 0, 10), None], TWO)
    assert found.start.tolist() == [0, 0, 0, 1, 1]
    assert covered_cells([], TWO).start.tolist() == [0]
    sums = sums_in([None, square(0, 0, 10)], np.ones((2, 2)), TWO)
    assert sums.area.tolist() == [0.0, 100.0]
    assert np.isnan(sums.lowest[0])


def test_a_sliver_is_measured() -> None:
    sliver = shapely.box(3, 0, 3.0001, 20)
    assert sum(table(sliver).values()) * 100 == pytest.approx(sliver.area, rel=1e-6)


def test_sums_by_hand_without_value_no_area() -> None:
    values = np.array([[1.0, np.nan], [3.0, -4.0]])
    found = sums_in([square(0, 0, 20), shapely.box(5, 5, 20, 20)], values, TWO)
    assert found.area.tolist() == [300.0, 125.0]
    assert found.integral.tolist() == [0.0, 50.0 + 75.0 - 200.0]
    assert found.lowest.tolist() == [-4.0, -4.0]
    assert found.highest.tolist() == [3.0, 3.0]


def test_class_areas_by_hand() -> None:
    classes = np.array([[0, 2], [-1, 2]])
    found = class_areas([square(0, 0, 20), shapely.box(5, 5, 20, 20)], classes, TWO, 3)
    assert found.tolist() == [[100.0, 0.0, 200.0], [50.0, 0.0, 150.0]]


def test_what_is_no_window_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        sums_in([], np.ones((3, 2)), TWO)
    with pytest.raises(ValueError, match="expected -1 to 1"):
        class_areas([], np.full((2, 2), 2), TWO, 2)


def test_cells_need_not_be_square() -> None:
    wide = Lattice(0.0, 20.0, 20.0, 5.0, 0, 0, 4, 1)
    assert table(shapely.box(0, 0, 10, 8), wide) == {(2, 0): pytest.approx(0.3), (3, 0): 0.5}


def raster(rng: np.random.Generator, size: float) -> tuple[np.ndarray, Lattice]:
    """Return values, a tenth of them missing, on a grid that no corner of the town lies on."""
    count = int(SIDE / size) + 3
    values = rng.normal(size=(count, count))
    values[rng.random(values.shape) < 0.1] = np.nan
    return values, Lattice(-size * 1.37, -size * 1.37 + count * size, size, size,
                           0, 0, count, count)  # fmt: skip


def shapes(rng: np.random.Generator) -> Geometries:
    """Concave, with holes, in several parts, from slivers to nearly all of the town."""
    many = blobs(rng, 12, 150.0)
    holed = shapely.difference(blobs(rng, 6, 300.0), shapely.union_all(blobs(rng, 20, 20.0)))
    parted = shapely.union_all(blobs(rng, 30, 30.0))
    thin = shapely.buffer(shapely.linestrings(rng.uniform(0, SIDE, (4, 3, 2))), 0.05)
    result: Geometries = np.array([*many, *holed, parted, *thin], dtype=object)
    return result


def expected(polygons: Geometries, values: np.ndarray, lattice: Lattice) -> Any:
    """Return what exactextract makes of it."""
    at = lattice
    source = NumPyRasterSource(values, at.west, at.north - at.height * at.rows,
                               at.west + at.width * at.columns, at.north)  # fmt: skip
    features = gpd.GeoDataFrame(geometry=polygons, crs="EPSG:4547")
    return exact_extract(source, features, ["count", "sum", "min", "max"], output="pandas")


@pytest.mark.parametrize("size", [7.0, 40.0, 300.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_exactextract(seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    polygons, (values, lattice) = shapes(rng), raster(rng, size)
    table, found = expected(polygons, values, lattice), sums_in(polygons, values, lattice)
    np.testing.assert_allclose(found.area, table["count"] * lattice.cell, rtol=1e-6)
    np.testing.assert_allclose(found.integral, table["sum"] * lattice.cell, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.lowest, table["min"])
    np.testing.assert_allclose(found.highest, table["max"])


@patient
@given(seed=seeds, size=st.sampled_from([3.3, 50.0, 400.0]))
def test_units_that_tile_a_city_hold_what_it_holds(seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    units, (values, lattice) = town(rng), raster(rng, size)
    parts, whole = sums_in(units, values, lattice), sums_in(square(0, 0, SIDE), values, lattice)
    assert parts.area.sum() == pytest.approx(whole.area[0], rel=1e-9)
    assert parts.integral.sum() == pytest.approx(whole.integral[0], rel=1e-9, abs=1e-6)


@patient
@given(seed=seeds)
def test_area_is_that_of_the_polygons(seed: int) -> None:
    rng = np.random.default_rng(seed)
    polygons = shapes(rng)
    lattice = Lattice(-500.0, 1500.0, 11.0, 13.0, 0, 0, 200, 200)
    found = sums_in(polygons, np.ones((200, 200)), lattice)
    np.testing.assert_allclose(found.area, shapely.area(polygons), rtol=1e-9)
    covered = covered_cells(polygons, lattice)
    assert covered.share.max() <= 1.0
    assert covered.share.min() > 0.0


def test_classes_add_up_to_what_is_covered() -> None:
    rng = np.random.default_rng(5)
    polygons, (values, lattice) = shapes(rng), raster(rng, 9.0)
    classes = np.where(np.isnan(values), -1, (values > 0).astype(int))
    found = class_areas(polygons, classes, lattice, 2)
    np.testing.assert_allclose(found.sum(axis=1), sums_in(polygons, values, lattice).area)
    share = np.where(np.isnan(values), np.nan, values > 0)
    np.testing.assert_allclose(found[:, 1], sums_in(polygons, share, lattice).integral)


@patient
@given(seed=seeds)
def test_no_bit_hangs_on_the_window_or_on_other_polygons(seed: int) -> None:
    rng = np.random.default_rng(seed)
    polygons, (values, lattice) = shapes(rng), raster(rng, 8.0)
    whole = sums_in(polygons, values, lattice)
    for n in rng.integers(0, len(polygons), 4):
        west, south, east, north = polygons[n].bounds
        top = max(int((lattice.north - north) / 8.0) - int(rng.integers(0, 9)), 0)
        left = max(int((west - lattice.west) / 8.0) - int(rng.integers(0, 9)), 0)
        low = max(int((lattice.north - south) / 8.0) + 1, top)
        far = max(int((east - lattice.west) / 8.0) + 1, left)
        window = values[top : low + 1, left : far + 1]
        part = lattice._replace(top=top, left=left, rows=window.shape[0], columns=window.shape[1])
        alone = sums_in(polygons[[n]], window, part)
        assert [a[0].hex() for a in alone] == [a[n].hex() for a in whole]


def test_no_bit_hangs_on_how_many_are_walked_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    polygons, (values, lattice) = shapes(rng), raster(rng, 4.0)
    whole = sums_in(polygons, values, lattice)
    monkeypatch.setattr(cells, "_RUNS", 7)
    monkeypatch.setattr(cells, "_CELLS", 1)
    for one, other in zip(sums_in(polygons, values, lattice), whole, strict=True):
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("kind", [np.float32, np.int32, np.uint8])
def test_values_of_any_kind(kind: type) -> None:
    values: np.ndarray = np.array([[1, 2], [3, 4]], dtype=kind)
    assert sums_in(square(0, 0, 20), values, TWO).integral.tolist() == [1000.0]
