"""Blocks and the streets around them: by hand, against a search, under harmless changes."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate
from tests.indicators.squares import (
    cut_at,
    layer,
    moved,
    shuffled,
    square_unit,
    square_units,
    value,
)

from carbonspace.errors import UnknownNameError
from carbonspace.indicators.streets import (
    block_perimeter,
    block_shape_index,
    block_size,
    street_spacing,
    street_spacing_share,
)
from carbonspace.model.measure import Measure

NARROW = shapely.box(0, 0, 600, 200)
SQUARE = shapely.box(700, 0, 1000, 300)
CORNER = shapely.Polygon([(0, 300), (400, 300), (400, 400), (100, 400), (100, 700), (0, 700)])


def blocks(*shapes: Any) -> gpd.GeoDataFrame:
    return layer(shapes, id_name="block_id")


def by_block(measure: Measure) -> list[float]:
    return [float(v) for v in measure.parts["block"]["value"]]


def test_the_longer_side_of_a_narrow_block_counts() -> None:
    measure = street_spacing(square_unit(), blocks(NARROW, SQUARE))
    assert by_block(measure) == pytest.approx([600, 300])
    assert measure.table.iloc[0].tolist() == pytest.approx([900, 2, 450])


def test_the_mean_side_is_twice_the_area_over_half_the_perimeter() -> None:
    measure = street_spacing(square_unit(), blocks(NARROW, SQUARE), spacing_by="mean_side")
    assert by_block(measure) == pytest.approx([2 * 600 * 200 / 800, 300])


def test_there_are_two_ways_to_take_a_spacing() -> None:
    with pytest.raises(UnknownNameError, match="spacing_by"):
        street_spacing(square_unit(), blocks(SQUARE), spacing_by="side")  # type: ignore[arg-type]


@pytest.mark.parametrize(("limit", "percent"), [(300, 50), (299.9, 0), (600, 100)])
def test_the_share_of_blocks_within_the_limit(limit: float, percent: float) -> None:
    measure = street_spacing_share(square_unit(), blocks(NARROW, SQUARE), max_spacing=limit)
    assert measure.total() == pytest.approx((percent / 50, 2, percent))


def test_size_perimeter_and_shape_by_hand() -> None:
    units, three = square_unit(), blocks(NARROW, SQUARE, CORNER)
    assert by_block(block_size(units, three)) == pytest.approx([12, 9, 7])
    assert by_block(block_perimeter(units, three)) == pytest.approx([1600, 1200, 1600])
    index = [1600 / (4 * math.sqrt(120_000)), 1.0, 1600 / (4 * math.sqrt(70_000))]
    assert by_block(block_shape_index(units, three)) == pytest.approx(index)
    assert value(block_size(units, three)) == pytest.approx(28 / 3)
    assert value(block_perimeter(units, three)) == pytest.approx(4400 / 3)
    assert value(block_shape_index(units, three)) == pytest.approx(sum(index) / 3)


def test_a_block_around_another_has_an_inner_border() -> None:
    ring = shapely.difference(shapely.box(0, 0, 400, 400), shapely.box(100, 100, 300, 300))
    both = blocks(ring, shapely.box(100, 100, 300, 300))
    assert by_block(block_perimeter(square_unit(), both)) == pytest.approx([2400, 800])
    assert by_block(block_size(square_unit(), both)) == pytest.approx([12, 4])
    assert by_block(street_spacing(square_unit(), both)) == pytest.approx([400, 200])


def test_a_block_across_units_counts_to_each_by_area_and_is_told_once() -> None:
    across = blocks(shapely.box(700, 0, 1100, 200), shapely.box(1500, 0, 1600, 100))
    measure = street_spacing(square_units(2), across)
    assert measure.table["denominator"].tolist() == pytest.approx([0.75, 1.25])
    assert measure.table["numerator"].tolist() == pytest.approx([300, 200])
    parts = measure.parts["block"]
    assert parts["unit_id"].tolist() == ["u1", "u2"]
    assert parts["denominator"].tolist() == [1, 1]


def test_rules_may_select_blocks_of_homes() -> None:
    two = blocks(NARROW, SQUARE)
    land = layer([shapely.box(0, 0, 350, 200), shapely.box(350, 0, 600, 200), SQUARE],
                 land_use=["070102", "0901", "1207"])  # fmt: skip
    found = street_spacing(square_unit(), two, land).parts["block"]
    assert found["land_use"].iloc[0] == "07"
    assert found["land_use"].isna().tolist() == [False, True]
    assert "land_use" not in street_spacing(square_unit(), two).parts["block"]
    unknown = street_spacing(square_unit(), two, land.assign(land_use=None)).parts["block"]
    assert unknown["land_use"].isna().all()


def test_the_evidence_is_the_blocks_with_their_figures() -> None:
    units, two = square_units(2), blocks(shapely.box(700, 0, 1100, 200), SQUARE)
    found = street_spacing(units, two).evidence()
    assert found.columns[0] == "unit_id"
    assert found["unit_id"].tolist() == ["u1", "u1", "u2"]
    assert found["within"].tolist() == [False, True, False]
    assert found["spacing_m"].tolist() == pytest.approx([400, 300, 400])
    assert found["area_m2"].tolist() == pytest.approx([60_000, 90_000, 20_000])
    form = block_shape_index(units, two).evidence()
    assert form["block_m2"].tolist() == pytest.approx([80_000, 90_000, 80_000])
    assert form["shape_index"].tolist() == pytest.approx([1200 / 4 / math.sqrt(80_000), 1, 1.06066])


def test_no_blocks_no_figure() -> None:
    measure = street_spacing(square_unit(), blocks())
    assert math.isnan(value(measure))
    assert len(measure.evidence()) == 0
    assert len(measure.parts["block"]) == 0


def corners(seed: int, count: int = 6) -> gpd.GeoDataFrame:
    """Blocks of several corners, each in a cell of its own."""
    draw = np.random.default_rng(seed)
    shapes = []
    for n in range(count):
        turn = np.sort(draw.uniform(0, 2 * np.pi, 7))
        far = draw.uniform(50, 150, 7)[:, None] * np.column_stack((np.cos(turn), np.sin(turn)))
        middle = np.array([170 + 330 * (n % 3), 170 + 330 * (n // 3)])
        shapes.append(shapely.Polygon(far + middle).buffer(0))
    return blocks(*shapes)


def everything(units: gpd.GeoDataFrame, some: gpd.GeoDataFrame) -> list[Measure]:
    return [
        street_spacing(units, some),
        street_spacing(units, some, spacing_by="mean_side"),
        street_spacing_share(units, some, max_spacing=200),
        block_size(units, some),
        block_perimeter(units, some),
        block_shape_index(units, some),
    ]


def brute_longer_side(shape: shapely.Polygon) -> float:
    """The longer side of the smallest of the rectangles along the sides of the convex hull."""
    ends = np.asarray(shape.convex_hull.exterior.coords)
    best = (math.inf, 0.0)
    for step in np.diff(ends, axis=0):
        turned = rotate(shape, -math.degrees(math.atan2(step[1], step[0])), origin=(0, 0))
        w, s, e, n = turned.bounds
        best = min(best, ((e - w) * (n - s), max(e - w, n - s)))
    return best[1]


@pytest.mark.parametrize("seed", range(5))
def test_the_rectangle_is_the_smallest_there_is(seed: int) -> None:
    some = corners(seed)
    found = by_block(street_spacing(square_unit(), some))
    assert found == pytest.approx([brute_longer_side(one) for one in some.geometry])


@settings(max_examples=15, deadline=None)
@given(x=st.floats(1, 999), seed=st.integers(0, 99))
def test_cut_units_add_up(x: float, seed: int) -> None:
    units, some = square_unit(), corners(seed)
    at = shapely.get_coordinates(some.geometry.to_numpy())[:, 0] - units.total_bounds[0]
    assume(np.abs(at - x).min() > 1)  # a sliver of a block counts as rounding
    for whole, parts in zip(
        everything(units, some), everything(cut_at(units, x), some), strict=True
    ):
        assert parts.total() == pytest.approx(whole.total(), rel=1e-6)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 99))
def test_order_does_not_matter(seed: int) -> None:
    units, some = square_units(2, 2, side=500), corners(3)
    for one, other in zip(
        everything(units, some), everything(units, shuffled(some, seed)), strict=True
    ):
        assert one.table.equals(other.table)
        for level, rows in one.parts.items():
            assert rows.equals(other.parts[level].loc[rows.index])


@settings(max_examples=10, deadline=None)
@given(angle=st.floats(0, 360), seed=st.integers(0, 99))
def test_neither_place_nor_direction_matters(angle: float, seed: int) -> None:
    units, some = square_units(2, 2, side=500), corners(seed)

    def elsewhere(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return moved(frame.set_geometry(frame.rotate(angle, origin=(0, 0))), 4e5, 4e6)

    for one, other in zip(
        everything(units, some), everything(elsewhere(units), elsewhere(some)), strict=True
    ):
        assert np.allclose(one.table, other.table, rtol=1e-6)
