"""Bicycle corridors and the slow network, by hand, against overlays, under harmless changes."""

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

from carbonspace.errors import MissingColumnError, UnknownNameError
from carbonspace.indicators import cycling as theme
from carbonspace.indicators.cycling import (
    VARIANTS,
    bike_corridor_connected_share,
    bike_corridor_length,
    bike_route_count,
    slow_network_density,
)
from carbonspace.model.measure import Measure

ACROSS = line((0, 500), (1000, 500))
UP = line((500, 0), (500, 1000))


def corridors(*lines: Any, corridor_class: str = "1", **columns: Any) -> gpd.GeoDataFrame:
    return layer(
        lines, id_name="corridor_id", corridor_class=[corridor_class] * len(lines), **columns
    )


def roads(*lines: Any, road_class: str = "local", **columns: Any) -> gpd.GeoDataFrame:
    return layer(lines, id_name="road_id", road_class=[road_class] * len(lines), **columns)


def by_key(key: str) -> Any:
    return next(v for v in VARIANTS if v.key == key).function


def test_lengths_by_class() -> None:
    lines = corridors(ACROSS, UP, line((0, 0), (300, 400))).assign(corridor_class=["1", "2", "2"])
    assert value(bike_corridor_length(square_unit(), lines)) == pytest.approx(2.5)
    of_class = [
        value(by_key(f"bike_corridor_length_class{c}")(square_unit(), lines)) for c in "123"
    ]
    assert of_class == pytest.approx([1.0, 1.5, 0.0])


def test_a_corridor_across_and_along_the_boundary() -> None:
    lines = corridors(line((400, 500), (1000, 500), (1000, 900), (1800, 900)))
    measure = bike_corridor_length(square_units(2), lines)
    assert measure.is_sum
    assert measure.table["numerator"].tolist() == pytest.approx([600 + 200, 800 + 200])
    assert measure.table["value"].tolist() == pytest.approx([0.8, 1.0])


def test_length_evidence_is_the_corridors_by_unit() -> None:
    units = square_units(2)
    lines = corridors(line((700, 500), (1900, 500)), route=["一横"])
    found = bike_corridor_length(units, lines).evidence()
    assert found.columns[0] == "unit_id"
    assert found.crs == units.crs
    assert found["unit_id"].tolist() == ["u1", "u2"]
    assert found["route"].tolist() == ["一横", "一横"]
    assert found["counted_m"].tolist() == pytest.approx([300, 900])
    assert found.geometry.length.tolist() == pytest.approx([300, 900])


def test_a_class_needs_its_column() -> None:
    plain = layer([ACROSS])
    assert value(bike_corridor_length(square_unit(), plain)) == pytest.approx(1.0)
    with pytest.raises(MissingColumnError, match="corridor_class"):
        bike_corridor_length(square_unit(), plain, corridor_class="1")
    with pytest.raises(UnknownNameError, match="corridor_class"):
        bike_corridor_length(square_unit(), plain, corridor_class="4")  # type: ignore[arg-type]


@pytest.mark.parametrize(("gap", "percent"), [(0.0, 100), (0.9, 100), (1.1, 70)])
def test_the_connected_share(gap: float, percent: float) -> None:
    lines = corridors(line((0, 500), (700, 500)), line((700 + gap, 500), (1000 + gap, 500)))
    measure = bike_corridor_connected_share(square_units(2), lines)
    expected = percent if gap <= 1 else 100 * 700 / (1000 + gap - gap)
    assert value(measure) == pytest.approx(expected)


def test_the_largest_network_is_the_city_s() -> None:
    units = square_units(2)
    lines = corridors(line((0, 100), (400, 100)), line((600, 500), (1900, 500)))
    measure = bike_corridor_connected_share(units, lines)
    assert measure.table["value"].tolist() == pytest.approx([50, 100])
    apart = measure.evidence()
    assert apart["unit_id"].tolist() == ["u1"]
    assert apart["line_id"].tolist() == ["corridor_id1"]
    assert apart["length_m"].tolist() == pytest.approx([400])


def test_corridors_that_cross_are_connected() -> None:
    measure = bike_corridor_connected_share(square_unit(), corridors(ACROSS, UP))
    assert value(measure) == pytest.approx(100)
    assert len(measure.evidence()) == 0


def test_of_equal_networks_the_choice_does_not_depend_on_order() -> None:
    units = square_units(2)
    lines = corridors(line((100, 500), (400, 500)), line((1600, 500), (1900, 500)))
    for ordered in (lines, lines.iloc[::-1]):
        measure = bike_corridor_connected_share(units, ordered)
        assert measure.table["value"].tolist() == pytest.approx([100, 0])


def test_no_corridors_have_no_share() -> None:
    measure = bike_corridor_connected_share(square_unit(), corridors())
    assert math.isnan(value(measure))
    assert len(measure.evidence()) == 0


def six_across_and_four_up() -> gpd.GeoDataFrame:
    across = [line((0, y), (1000, y)) for y in (100, 200, 300, 400, 600)]
    halves = [line((0, 700), (300, 700)), line((450, 710), (1000, 700))]
    up = [line((x, 0), (x + 50, 1000)) for x in (100, 300, 600, 800)]
    names = [None] * 5 + ["六横", "六横"] + [None, "", None, None]
    return corridors(*across, *halves, *up, route=names)


def test_six_routes_across_and_four_up() -> None:
    units, lines = square_units(2, 2, side=500), six_across_and_four_up()
    assert value(bike_route_count(units, lines)) == pytest.approx(10)
    east_west = by_key("bike_route_count_east_west")(units, lines)
    north_south = by_key("bike_route_count_north_south")(units, lines)
    assert value(east_west) == pytest.approx(6)
    assert value(north_south) == pytest.approx(4)
    assert (east_west.table["value"] > 0).all()


def test_a_route_is_shared_by_length() -> None:
    measure = bike_route_count(square_units(2), corridors(line((500, 500), (3000, 500))))
    assert measure.table["value"].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_route_evidence_tells_the_direction() -> None:
    found = bike_route_count(square_unit(), corridors(UP), direction="north_south").evidence()
    assert found["azimuth"].tolist() == pytest.approx([90])
    assert found["counted"].tolist() == [1.0]
    assert found.columns[0] == "unit_id"


def test_other_classes_are_no_routes_of_this_one() -> None:
    lines = corridors(ACROSS, corridor_class="2")
    assert value(bike_route_count(square_unit(), lines)) == 0
    assert value(bike_route_count(square_unit(), lines, corridor_class="all")) == 1


def test_a_direction_must_exist() -> None:
    with pytest.raises(UnknownNameError, match="up"):
        bike_route_count(square_unit(), corridors(UP), direction="up")  # type: ignore[arg-type]


def test_slow_roads_paths_and_free_corridors() -> None:
    network = roads(ACROSS, line((0, 900), (500, 900)), UP, slow_traffic=[True, None, False])
    network["road_class"] = ["arterial", "slow", "arterial"]
    free = corridors(line((0, 510), (1000, 510)), line((0, 100), (250, 100)))
    measure = slow_network_density(square_unit(), network, free)
    assert value(measure) == pytest.approx(1.0 + 0.5 + 0.25)
    found = measure.evidence()
    assert found.columns[0] == "unit_id"
    assert found["layer"].tolist() == ["roads"] * 2 + ["bike_corridors"] * 2
    assert found["counted_m"].tolist() == pytest.approx([1000, 500, 0, 250])
    assert value(slow_network_density(square_unit(), network)) == pytest.approx(1.5)


def test_a_corridor_counts_where_it_leaves_the_road() -> None:
    beside = roads(line((0, 500), (1000, 500)), slow_traffic=[True])
    long = corridors(line((0, 510), (1000, 510), (2000, 510)))
    measure = slow_network_density(square_units(2), beside, long, overlap_gap=10)
    assert measure.table["value"].tolist() == pytest.approx([1.0, 1.0])


def test_twin_carriageways_of_a_slow_road_count_once() -> None:
    back = line((1000, 520), (0, 520))
    pair = roads(ACROSS, back, name=["甲"] * 2, oneway=[True] * 2, slow_traffic=[True] * 2)
    assert value(slow_network_density(square_unit(), pair)) == pytest.approx(1.0)
    assert value(slow_network_density(square_unit(), pair, dual_gap=10)) == pytest.approx(2.0)


def test_slow_traffic_must_be_known_somewhere() -> None:
    with pytest.raises(MissingColumnError, match="slow_traffic"):
        slow_network_density(square_unit(), roads(ACROSS))
    paths = roads(ACROSS, road_class="slow")
    assert value(slow_network_density(square_unit(), paths)) == pytest.approx(1.0)


def test_roads_known_to_have_no_slow_lane_are_no_network() -> None:
    measure = slow_network_density(square_unit(), roads(ACROSS, slow_traffic=[False]))
    assert value(measure) == 0
    assert len(measure.evidence()) == 0


def test_lengths_agree_with_a_plain_overlay() -> None:
    units = square_units(3, 3, side=300)
    lines = corridors(*random_lines(50, seed=2))
    cut = gpd.overlay(lines.reset_index(drop=True), units.reset_index(), keep_geom_type=True)
    expected = cut.geometry.length.groupby(cut["unit_id"]).sum()
    measure = bike_corridor_length(units, lines)
    assert np.abs(measure.table["numerator"] - expected).max() < 1e-3


def straight_parts(lines: gpd.GeoDataFrame) -> list[shapely.LineString]:
    return [
        shapely.LineString(ends)
        for line in lines.geometry
        for ends in zip(line.coords[:-1], line.coords[1:], strict=True)
    ]


def aligned(one: shapely.LineString, other: shapely.LineString) -> bool:
    a, b = np.diff(np.asarray(one.coords), axis=0)[0], np.diff(np.asarray(other.coords), axis=0)[0]
    return bool(abs(a @ b) >= math.cos(math.pi / 6) * one.length * other.length)


def test_the_slow_network_agrees_with_a_plain_overlay() -> None:
    units = square_units(3, 3, side=300)
    paths = roads(*random_lines(8, seed=3), road_class="slow")
    lines = corridors(*random_lines(8, seed=4))
    streets = straight_parts(paths)
    off = [
        part.difference(
            shapely.union_all([s.buffer(15, quad_segs=256) for s in streets if aligned(part, s)])
        )
        for part in straight_parts(lines)
    ]
    both = gpd.GeoDataFrame(geometry=[*paths.geometry, *off], crs=units.crs)
    both = both[~both.is_empty]
    cut = gpd.overlay(both, units.reset_index(), keep_geom_type=True)
    expected = cut.geometry.length.groupby(cut["unit_id"]).sum()
    measure = slow_network_density(units, paths, lines)
    assert np.abs(measure.table["numerator"] - expected).max() < 0.05


def everything(units: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> list[Measure]:
    paths = roads(*random_lines(5, seed=9), road_class="slow")
    return [
        bike_corridor_length(units, lines),
        bike_corridor_connected_share(units, lines),
        bike_route_count(units, lines),
        bike_route_count(units, lines, direction="east_west"),
        slow_network_density(units, paths, lines),
    ]


@settings(max_examples=15, deadline=None)
@given(x=st.floats(1, 999), seed=st.integers(0, 99))
def test_a_unit_cut_in_two_has_the_same_total(x: float, seed: int) -> None:
    lines = corridors(*random_lines(10, seed=seed), line((x, 100), (x, 700)))
    pairs = zip(
        everything(square_unit(), lines), everything(cut_at(square_unit(), x), lines), strict=True
    )
    for whole, parts in pairs:
        assert parts.total() == pytest.approx(whole.total(), rel=1e-6, nan_ok=True)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 99))
def test_order_does_not_matter(seed: int) -> None:
    units, lines = square_units(2, 2, side=500), corridors(*random_lines(12, seed=6))
    mixed = everything(units, shuffled(lines, seed))
    for one, other in zip(everything(units, lines), mixed, strict=True):
        assert np.allclose(one.table, other.table, rtol=1e-12, equal_nan=True)


def test_place_does_not_matter() -> None:
    units, lines = square_units(2, 2, side=500), corridors(*random_lines(12, seed=6))
    here = everything(units, lines)[:4]
    there = everything(moved(units, 5e5, 4e6), moved(lines, 5e5, 4e6))[:4]
    for one, other in zip(here, there, strict=True):
        assert np.allclose(one.table, other.table, rtol=1e-6, equal_nan=True)


def test_evidence_is_made_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theme, "stretch_evidence", None)
    for measure in everything(square_unit(), corridors(ACROSS, UP)):
        with pytest.raises(TypeError):
            measure.evidence()
