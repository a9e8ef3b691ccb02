"""How far crossings are apart along roads: by hand, and under harmless changes."""

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

from carbonspace.errors import InputError, MissingColumnError
from carbonspace.indicators.streets_crossings import crossing_spacing, crossing_spacing_share
from carbonspace.model.measure import Measure

ACROSS, UP = line((0, 500), (1000, 500)), line((500, 0), (500, 1000))


def roads(
    *lines: Any, road_class: str | list[str] = "arterial", **columns: Any
) -> gpd.GeoDataFrame:
    classes = [road_class] * len(lines) if isinstance(road_class, str) else road_class
    return layer(lines, id_name="road_id", road_class=classes, **columns)


def crossings(*places: Any, kind: str = "crossing") -> gpd.GeoDataFrame:
    shapes = [shapely.Point(p) if isinstance(p, tuple) else p for p in places]
    return layer(shapes, id_name="facility_id", facility_type=[kind] * len(shapes))


def test_the_mean_spacing_along_a_road() -> None:
    two = crossings((200, 500), (800, 505))
    measure = crossing_spacing(square_unit(), roads(ACROSS), two)
    assert measure.table.iloc[0].tolist() == pytest.approx([1000, 2, 500])
    share = crossing_spacing_share(square_unit(), roads(ACROSS), two, max_spacing=400)
    assert share.table.iloc[0].tolist() == pytest.approx([400, 1000, 40])


@pytest.mark.parametrize(("off", "near"), [(0, True), (4e-4, True), (-4e-4, True), (1e-3, False)])
@pytest.mark.parametrize("shift", [(0.0, 0.0), (512_345.678, 3_987_654.321)])
def test_crossings_exactly_at_the_limit_are_within_it(
    off: float, near: bool, shift: tuple[float, float]
) -> None:
    """Coordinates of a file are rounded: what is less than half a millimetre is no distance."""
    two = crossings((350, 500), (650 + off, 505))
    asked = [moved(one, *shift) for one in (square_unit(), roads(ACROSS), two)]
    share = crossing_spacing_share(*asked)
    assert share.table["numerator"].tolist() == pytest.approx([300.0 if near else 0.0], abs=1e-3)
    assert share.evidence()["within"].any() == near


def test_a_road_without_a_crossing_is_one_gap() -> None:
    both = roads(ACROSS, line((0, 100), (800, 100)))
    measure = crossing_spacing(square_unit(), both, crossings((500, 500)))
    assert measure.table.iloc[0].tolist() == pytest.approx([1800, 2, 900])


@pytest.mark.parametrize(("limit", "figures"), [(300, [1000, 1]), (299, [1300, 2])])
def test_a_short_road_needs_no_crossing(limit: float, figures: list[float]) -> None:
    both = roads(ACROSS, line((0, 100), (300, 100)))
    measure = crossing_spacing(square_unit(), both, crossings((500, 500)), max_spacing=limit)
    assert measure.table.iloc[0, :2].tolist() == pytest.approx(figures)


def test_gaps_too_long_are_told() -> None:
    units = square_units(2)
    road = roads(line((0, 500), (2000, 500)), name=["一路"])
    found = crossing_spacing(units, road, crossings((900, 500), (1150, 500))).evidence()
    assert found.columns[0] == "unit_id"
    assert found["unit_id"].tolist() == ["u1", "u1", "u2", "u2"]
    assert found["spacing_m"].tolist() == pytest.approx([1800, 250, 250, 1700])
    assert found["within"].tolist() == [False, True, True, False]
    assert found["length_m"].tolist() == pytest.approx([900, 100, 150, 850])
    assert set(found["name"]) == {"一路"}
    assert found["stretch"].tolist() == ["to the end of the road", "between", "between",
                                         "to the end of the road"]  # fmt: skip


def test_a_gap_across_units_counts_to_each_by_length() -> None:
    units, road = square_units(2), roads(line((0, 500), (2000, 500)))
    measure = crossing_spacing(units, road, crossings((20, 500), (800, 500), (1990, 500)))
    assert measure.table["numerator"].tolist() == pytest.approx([1000, 1000])
    assert measure.table["denominator"].tolist() == pytest.approx([1 + 200 / 1200, 1000 / 1200])
    assert value(measure) == pytest.approx(1000)


def test_pieces_of_a_road_are_one_road_at_junctions_too() -> None:
    pieces = roads(
        line((0, 500), (500, 500)), line((500.4, 500), (1000, 500)), UP,
        road_class=["arterial", "arterial", "secondary"],
    )  # fmt: skip
    measure = crossing_spacing(square_unit(), pieces, crossings((200, 500), (700, 500)))
    assert sorted(set(measure.evidence()["spacing_m"].round())) == [400, 500, 600, 1000]
    assert value(measure) == pytest.approx(2000 / 3)


def test_a_crossing_is_on_its_nearest_road_alone() -> None:
    """On the arm of a junction it does not help those who walk along that arm's crossing road."""
    both = roads(ACROSS, UP)
    measure = crossing_spacing(square_unit(), both, crossings((510, 500)))
    assert measure.evidence()["spacing_m"].tolist() == pytest.approx([1020, 980, 1000])
    local = roads(ACROSS, line((0, 506), (1000, 506)), road_class=["arterial", "local"])
    away = crossing_spacing(square_unit(), local, crossings((200, 505), (300, 500)))
    assert away.evidence()["spacing_m"].tolist() == pytest.approx([600, 1400])


def test_a_crosswalk_drawn_over_both_carriageways_serves_both() -> None:
    pair = roads(ACROSS, line((1000, 520), (0, 520)))
    over = crossings(shapely.box(298, 490, 302, 530))
    assert crossing_spacing(square_unit(), pair, over).evidence()["spacing_m"].tolist() == (
        pytest.approx([600, 1400, 1400, 600])
    )


def test_crossings_near_each_other_are_one() -> None:
    four = crossings((485, 500), (515, 500), (500, 485), (500, 515))
    measure = crossing_spacing(square_unit(), roads(ACROSS, UP), four)
    assert measure.table.iloc[0].tolist() == pytest.approx([2000, 2, 1000])


def test_other_facilities_and_other_roads_do_not_count() -> None:
    mixed = crossings((300, 500), (600, 500)).assign(facility_type=["crossing", "school"])
    network = roads(ACROSS, UP, road_class=["arterial", "local"])
    assert crossing_spacing(square_unit(), network, mixed).total() == pytest.approx((1000, 1, 1000))
    local = crossing_spacing(square_unit(), network, mixed, road_classes=("local",))
    assert local.total() == pytest.approx((1000, 1, 1000))
    none = crossing_spacing(square_unit(), network, mixed, road_classes=("expressway",))
    assert math.isnan(value(none))
    assert len(none.evidence()) == 0


def test_where_no_crossing_is_known_nothing_is_said() -> None:
    for indicator in (crossing_spacing, crossing_spacing_share):
        with pytest.raises(InputError, match="None of the facilities is a crossing"):
            indicator(square_unit(), roads(ACROSS), crossings((300, 500), kind="school"))
    with pytest.raises(MissingColumnError, match="facility_type"):
        crossing_spacing(square_unit(), roads(ACROSS), layer([shapely.Point(0, 0)]))


NETWORK = roads(*random_lines(6, seed=9), road_class="secondary")
SOME = crossings(*(
    one.interpolate(at, normalized=True)
    for one in NETWORK.geometry for at in (0.17, 0.44, 0.46, 0.81)
))  # fmt: skip


def everything(
    units: gpd.GeoDataFrame, network: gpd.GeoDataFrame = NETWORK, some: gpd.GeoDataFrame = SOME
) -> list[Measure]:
    return [
        crossing_spacing(units, network, some),
        crossing_spacing_share(units, network, some, max_spacing=500),
    ]


@settings(max_examples=8, deadline=None)
@given(x=st.floats(1, 999))
def test_cut_units_add_up(x: float) -> None:
    for whole, parts in zip(
        everything(square_unit()), everything(cut_at(square_unit(), x)), strict=True
    ):
        assert parts.total() == pytest.approx(whole.total(), rel=1e-6)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 99))
def test_order_changes_no_bit(seed: int) -> None:
    units = square_units(2, 2, side=500)
    mixed = everything(units, shuffled(NETWORK, seed), shuffled(SOME, seed))
    for one, other in zip(everything(units), mixed, strict=True):
        assert one.table.equals(other.table)


@settings(max_examples=8, deadline=None)
@given(angle=st.floats(0, 360))
def test_neither_place_nor_direction_matters(angle: float) -> None:
    units = square_units(2, 2, side=500)

    def elsewhere(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return moved(frame.set_geometry(frame.rotate(angle, origin=(0, 0))), 4e5, 4e6)

    there = everything(*(elsewhere(frame) for frame in (units, NETWORK, SOME)))
    for one, other in zip(everything(units), there, strict=True):
        assert np.allclose(one.table, other.table, rtol=1e-5)


def test_roads_may_be_cut_anywhere() -> None:
    halves = [
        shapely.ops.substring(one, *span, normalized=True)
        for one in NETWORK.geometry
        for span in ((0, 0.3), (0.3, 1))
    ]
    units = square_units(2, 2, side=500)
    cut = roads(*halves, road_class="secondary")
    for one, other in zip(everything(units), everything(units, cut), strict=True):
        assert np.allclose(one.table, other.table, rtol=1e-6)
