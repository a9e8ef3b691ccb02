"""Corridors as routes: continuity, junctions, crossings, along roads; by hand and unchanged."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.indicators.squares import (
    cut_at,
    layer,
    line,
    moved,
    random_lines,
    shuffled,
    square_unit,
    square_units,
    value,
)

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._routes import breaks, routes_of
from carbonspace.indicators.cycling import bike_route_count
from carbonspace.indicators.cycling_corridors import (
    bike_corridor_along_road_share,
    bike_corridor_crossing_density,
    bike_corridor_junction_density,
    bike_route_continuity,
)
from carbonspace.model.measure import Measure

ACROSS, UP = line((0, 500), (1000, 500)), line((500, 0), (500, 1000))


def corridors(*lines: Any, **columns: Any) -> gpd.GeoDataFrame:
    return layer(lines, id_name="corridor_id", corridor_class=["1"] * len(lines), **columns)


def roads(*lines: Any, road_class: str = "arterial", **columns: Any) -> gpd.GeoDataFrame:
    return layer(lines, id_name="road_id", road_class=[road_class] * len(lines), **columns)


def grouped(frame: gpd.GeoDataFrame, max_break: float = 100.0) -> list[str]:
    routes = routes_of(frame, None, max_break=max_break, max_turn=45)
    return [str(name) for name in routes.names[routes.of]]


def test_a_route_is_told_by_route_then_name_then_by_what_continues() -> None:
    pieces = corridors(
        line((0, 0), (10, 0)), line((500, 500), (600, 500)), line((0, 90), (10, 90)),
        line((0, 900), (100, 900)), line((150, 905), (300, 905)), line((150, 905), (150, 700)),
        route=["R", None, "", None, None, None],
        name=["A", "A", "A", None, "", None],
    )  # fmt: skip
    first, second = "corridor corridor_id4", "corridor corridor_id6"
    assert grouped(pieces) == ["R", "A", "A", first, first, second]
    assert grouped(pieces, max_break=50)[4] == "corridor corridor_id5"


def test_pieces_without_a_name_that_continue_each_other_are_one_route() -> None:
    pieces = corridors(line((0, 500), (480, 500)), line((520, 505), (1000, 505)), UP)
    assert value(bike_route_count(square_unit(), pieces)) == pytest.approx(2)
    assert value(bike_route_count(square_unit(), pieces, max_break=40)) == pytest.approx(3)
    found = bike_route_count(square_unit(), pieces).evidence()
    assert found["direction"].tolist() == ["east_west", "east_west", "north_south"]
    assert found["route_m"].tolist() == pytest.approx([960, 960, 1000])


def test_a_route_is_as_continuous_as_its_longest_piece() -> None:
    units = square_units(2)
    pieces = corridors(line((0, 500), (1400, 500)), line((1460, 500), (2000, 500)), UP)
    measure = bike_route_continuity(units, pieces)
    assert measure.table["numerator"].tolist() == pytest.approx([2000, 400])
    assert measure.table["denominator"].tolist() == pytest.approx([2000, 940])
    named = pieces.assign(route=["甲", "乙", "乙"])
    cut = bike_route_continuity(units, named)
    assert cut.table["numerator"].tolist() == pytest.approx([2000, 400])
    assert value(bike_route_continuity(units, pieces, max_break=50)) == pytest.approx(100)
    assert value(bike_route_continuity(units, pieces, snap=60)) == pytest.approx(100)


def test_breaks_are_told_with_their_width() -> None:
    units = square_units(2)
    pieces = corridors(line((0, 500), (980, 500)), line((1040, 500), (1900, 500)), UP)
    found = bike_route_continuity(units, pieces).evidence()
    assert found.columns[0] == "unit_id"
    gaps = found[found["break_m"].notna()]
    assert gaps["unit_id"].tolist() == ["u1", "u2"]
    assert gaps["length_m"].tolist() == pytest.approx([20, 40])
    assert gaps["break_m"].tolist() == pytest.approx([60, 60])
    assert gaps["counted_m"].tolist() == [0, 0]
    assert set(gaps["route"]) == {"corridor corridor_id1"}
    cut_off = found[(found["counted_m"] == 0) & found["break_m"].isna()]
    assert cut_off["line_id"].tolist() == ["corridor_id2"]
    assert cut_off["length_m"].tolist() == pytest.approx([860])


def test_no_break_no_row_of_one() -> None:
    found = bike_route_continuity(square_unit(), corridors(ACROSS)).evidence()
    assert found["break_m"].isna().tolist() == [True]
    assert math.isnan(value(bike_route_continuity(square_unit(), corridors())))
    assert len(bike_route_continuity(square_unit(), corridors()).evidence()) == 0


def test_the_breaks_of_a_route_join_each_piece_to_the_nearest() -> None:
    points = shapely.points([(0, 0), (10, 0), (13, 0), (10, 4)])
    assert sorted(shapely.length(breaks(points))) == pytest.approx([3, 4, 10])
    assert len(breaks(points[:1])) == len(breaks(points[:0])) == 0


def test_routes_meet_where_they_cross_join_or_come_near() -> None:
    pieces = corridors(
        ACROSS, UP, line((900, 500.9), (900, 900)), line((100, 501.1), (100, 900)),
        line((500, 500), (800, 800)),
    )  # fmt: skip
    measure = bike_corridor_junction_density(square_unit(), pieces)
    assert measure.table["numerator"].tolist() == [2]
    metres = pieces.length.sum()
    assert value(measure) == pytest.approx(2000 / metres)
    found = measure.evidence()
    assert shapely.get_coordinates(found.geometry).round(2).tolist() == [[500, 500], [900, 500.45]]
    assert found["routes"].tolist() == [
        "corridor corridor_id1; corridor corridor_id2; corridor corridor_id5",
        "corridor corridor_id1; corridor corridor_id3",
    ]
    assert value(bike_corridor_junction_density(square_unit(), pieces, snap=2)) == pytest.approx(
        3000 / metres
    )


def test_a_stretch_two_routes_share_is_one_place() -> None:
    one = line((0, 500), (200, 500), (500, 500), (800, 500), (1000, 600))
    other = line((100, 100), (200, 500), (500, 500), (800, 500), (900, 100))
    measure = bike_corridor_junction_density(square_unit(), corridors(one, other))
    assert measure.table["numerator"].tolist() == [1]
    assert measure.evidence().geometry.iloc[0].coords[0] == pytest.approx((500, 500))


def test_pieces_of_one_route_do_not_meet() -> None:
    halves = corridors(line((0, 500), (500, 500)), line((500, 500), (1000, 500)), UP)
    assert bike_corridor_junction_density(square_unit(), halves).total()[0] == 1
    ring = corridors(ACROSS, line((200, 500), (200, 900)), name=["一横", "一横"])
    assert bike_corridor_junction_density(square_unit(), ring).total()[0] == 0


def test_junctions_near_each_other_are_one_place() -> None:
    pieces = corridors(ACROSS, UP, line((530, 0), (530, 1000)))
    assert bike_corridor_junction_density(square_unit(), pieces).total()[0] == 1
    apart = bike_corridor_junction_density(square_unit(), pieces, same_place=20)
    assert apart.total()[0] == 2


def test_a_junction_on_the_boundary_of_units_is_shared() -> None:
    pieces = corridors(line((0, 500), (2000, 500)), line((1000, 0), (1000, 1000)))
    measure = bike_corridor_junction_density(square_units(2), pieces)
    assert measure.table["numerator"].tolist() == [0.5, 0.5]


def test_corridors_cross_major_roads_once_for_both_carriageways() -> None:
    network = roads(UP, line((520, 1000), (520, 0)), line((800, 0), (800, 1000)))
    network["road_class"] = ["arterial", "arterial", "local"]
    measure = bike_corridor_crossing_density(square_unit(), corridors(ACROSS), network)
    assert measure.table.iloc[0].tolist() == pytest.approx([1, 1000, 1])
    assert measure.evidence()["routes"].tolist() == ["corridor corridor_id1"]
    assert measure.evidence().geometry.iloc[0].coords[0] == pytest.approx((510, 500))
    every = bike_corridor_crossing_density(
        square_unit(), corridors(ACROSS), network, road_classes=("arterial", "local")
    )
    assert every.total()[0] == 2


def test_a_route_in_pieces_crosses_and_one_that_ends_there_does_not() -> None:
    pieces = corridors(line((0, 500), (500, 500)), line((500, 500), (1000, 500)))
    assert bike_corridor_crossing_density(square_unit(), pieces, roads(UP)).total()[0] == 1
    ends = corridors(line((0, 500), (500.5, 500)))
    assert bike_corridor_crossing_density(square_unit(), ends, roads(UP)).total()[0] == 0
    over = corridors(line((0, 500), (502, 500)))
    assert bike_corridor_crossing_density(square_unit(), over, roads(UP)).total()[0] == 1


def test_a_corridor_on_a_road_crosses_only_the_others() -> None:
    network = roads(ACROSS, line((0, 501), (1000, 499)), UP)
    measure = bike_corridor_crossing_density(square_unit(), corridors(ACROSS), network)
    assert measure.table["numerator"].tolist() == [1]


def test_the_share_along_major_roads() -> None:
    units = square_units(2)
    network = roads(line((300, 520), (1500, 520)), line((0, 80), (2000, 80)), UP)
    network["road_class"] = ["arterial", "local", "arterial"]
    pieces = corridors(line((0, 500), (2000, 500)), line((0, 100), (1000, 100)))
    measure = bike_corridor_along_road_share(units, pieces, network, overlap_gap=20)
    assert measure.table["numerator"].tolist() == pytest.approx([700, 500])
    assert measure.table["denominator"].tolist() == pytest.approx([2000, 1000])
    found = measure.evidence()
    assert sorted(found["counted_m"]) == pytest.approx([0, 500, 700])
    all_roads = bike_corridor_along_road_share(
        units, pieces, network, road_classes=("arterial", "local"), overlap_gap=20
    )
    assert all_roads.table["numerator"].tolist() == pytest.approx([1700, 500])


def test_the_class_of_roads_must_be_known() -> None:
    unknown = layer([UP], road_class=[None])
    for indicator in (bike_corridor_crossing_density, bike_corridor_along_road_share):
        with pytest.raises(MissingColumnError, match="road_class"):
            indicator(square_unit(), corridors(ACROSS), unknown)


ROADS = roads(*random_lines(6, seed=9))


def everything(units: gpd.GeoDataFrame, some: gpd.GeoDataFrame, streets: gpd.GeoDataFrame = ROADS
               ) -> list[Measure]:  # fmt: skip
    return [
        bike_route_continuity(units, some),
        bike_corridor_junction_density(units, some),
        bike_corridor_crossing_density(units, some, streets),
        bike_corridor_along_road_share(units, some, streets),
        bike_route_count(units, some),
    ]


def several(seed: int) -> gpd.GeoDataFrame:
    """Corridors cut in pieces, half of them with breaks between."""
    parts = [
        shapely.LineString(
            [one.interpolate(a, normalized=True), one.interpolate(b, normalized=True)]
        )
        for one in random_lines(8, seed=seed)
        for a, b in ((0.0, 0.2), (0.25, 0.5), (0.5, 1.0))
    ]
    names = [f"r{n // 3}" if n < 12 else None for n in range(len(parts))]
    return corridors(*parts, route=names)


@settings(max_examples=8, deadline=None)
@given(x=st.floats(1, 999), seed=st.integers(0, 99))
def test_cut_units_add_up(x: float, seed: int) -> None:
    units, some = square_unit(), several(seed)
    for whole, parts in zip(
        everything(units, some), everything(cut_at(units, x), some), strict=True
    ):
        assert parts.total() == pytest.approx(whole.total(), rel=1e-6, nan_ok=True)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 99))
def test_order_changes_no_bit(seed: int) -> None:
    units, some = square_units(2, 2, side=500), several(6)
    mixed = everything(units, shuffled(some, seed), shuffled(ROADS, seed))
    for one, other in zip(everything(units, some), mixed, strict=True):
        assert one.table.equals(other.table)


@settings(max_examples=8, deadline=None)
@given(angle=st.floats(0, 360), seed=st.integers(0, 99))
def test_neither_place_nor_direction_matters(angle: float, seed: int) -> None:
    units, some = square_units(2, 2, side=500), several(seed)

    def elsewhere(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return moved(frame.set_geometry(frame.rotate(angle, origin=(0, 0))), 4e5, 4e6)

    there = everything(elsewhere(units), elsewhere(some), elsewhere(ROADS))
    for one, other in zip(everything(units, some), there, strict=True):
        assert np.allclose(one.table, other.table, rtol=1e-5, equal_nan=True)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 99))
def test_pieces_of_a_route_may_be_cut_anywhere(seed: int) -> None:
    """Where they touch: neither continuity, junctions, crossings nor routes change."""
    units = square_unit()
    whole = corridors(*random_lines(5, seed=seed), route=[f"r{n}" for n in range(5)])
    at = np.random.default_rng(seed).uniform(0.1, 0.9)
    halves = [
        shapely.ops.substring(one, *span, normalized=True)
        for one in whole.geometry
        for span in ((0, at), (at, 1))
    ]
    cut = corridors(*halves, route=[f"r{n // 2}" for n in range(10)])
    for one, other in zip(everything(units, whole), everything(units, cut), strict=True):
        assert np.allclose(one.table, other.table, rtol=1e-6, equal_nan=True)
