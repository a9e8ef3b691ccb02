"""Road density, by hand, against a plain overlay, and under changes that must not matter."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.indicators.squares import (
    cut_at,
    layer,
    line,
    moved,
    random_lines,
    shuffled,
    square,
    square_unit,
    square_units,
)

from carbonspace.errors import CrsError, MissingColumnError, MissingLayerError, UnknownNameError
from carbonspace.indicators import roads as theme
from carbonspace.indicators.roads import STREETS, VARIANTS, road_density

ACROSS = line((0, 500), (1000, 500))


def streets(*lines: Any, road_class: str = "local", **columns: Any) -> gpd.GeoDataFrame:
    return layer(lines, id_name="road_id", road_class=[road_class] * len(lines), **columns)


def test_one_kilometre_in_one_square_kilometre() -> None:
    measure = road_density(square_unit(), streets(ACROSS))
    assert measure.table.loc["u1"].tolist() == pytest.approx([1000.0, 1e6, 1.0])


def test_a_road_on_the_boundary_counts_half_to_each() -> None:
    units = square_units(2)
    measure = road_density(units, streets(line((1000, 0), (1000, 1000))))
    assert measure.table["value"].tolist() == pytest.approx([0.5, 0.5])
    assert measure.total() == pytest.approx((1000.0, 2e6, 0.5))
    assert measure.evidence()["counted_m"].tolist() == pytest.approx([500.0, 500.0])


def test_a_road_beside_the_boundary_counts_to_both_within_the_tolerance() -> None:
    beside = streets(line((1000.004, 0), (1000.004, 1000)))
    assert road_density(square_units(2), beside).table["value"].tolist() == pytest.approx(
        [0.5, 0.5]
    )
    strict = road_density(square_units(2), beside, boundary_tolerance=0.001)
    assert strict.table["value"].tolist() == pytest.approx([0.0, 1.0])


def test_a_road_on_the_edge_of_the_city_counts_whole() -> None:
    measure = road_density(square_units(2), streets(line((0, 0), (0, 1000))))
    assert measure.table["value"].tolist() == pytest.approx([1.0, 0.0])


def test_a_crossing_road_is_divided_by_length() -> None:
    measure = road_density(square_units(2), streets(line((700, 500), (1900, 500))))
    assert measure.table["numerator"].tolist() == pytest.approx([300, 900])


def test_roads_inside_compounds_do_not_count_and_are_shown() -> None:
    both = layer(
        [ACROSS, line((0, 100), (400, 100))],
        id_name="road_id",
        road_class=["arterial", "compound"],
        ids=["a", "c"],
    )
    measure = road_density(square_unit(), both)
    assert measure.table.loc["u1", "value"] == pytest.approx(1.0)
    shown = measure.evidence().set_index("line_id")
    assert shown["counted_m"].to_dict() == pytest.approx({"a": 1000.0, "c": 0.0})
    assert shown["length_m"].to_dict() == {"a": 1000.0, "c": 400.0}


@pytest.mark.parametrize(
    ("offset", "back", "names", "kilometres"),
    [
        (20, True, ("解放路", "解放路"), 1.0),
        (20, True, ("解放路", "人民路"), 2.0),
        (20, True, (None, None), 2.0),
        (20, True, ("", ""), 2.0),
        (20, False, ("解放路", "解放路"), 2.0),
        (60, True, ("解放路", "解放路"), 2.0),
    ],
)
def test_twin_carriageways_count_once(
    offset: float, back: bool, names: tuple[str | None, str | None], kilometres: float
) -> None:
    other = [(0, 500 + offset), (1000, 500 + offset)]
    twin = line(*(reversed(other) if back else other))
    pair = streets(ACROSS, twin, name=list(names), oneway=[True, True])
    assert road_density(square_unit(), pair).table.loc["u1", "value"] == pytest.approx(kilometres)


def test_twins_of_different_class_still_add_up() -> None:
    pair = layer(
        [ACROSS, line((1000, 520), (0, 520))],
        road_class=["arterial", "secondary"],
        id_name="road_id",
    ).assign(name="解放路", oneway=True)
    parts = [v.function(square_unit(), pair).table.loc["u1", "numerator"] for v in VARIANTS]
    assert parts == pytest.approx([0.0, 500.0, 500.0, 0.0])
    assert road_density(square_unit(), pair).total()[0] == pytest.approx(1000.0)


def test_two_way_roads_of_one_name_are_not_twins() -> None:
    pair = streets(ACROSS, line((1000, 520), (0, 520)), name=["a", "a"], oneway=[False, None])
    assert road_density(square_unit(), pair).table.loc["u1", "value"] == pytest.approx(2.0)


def test_construction_land_as_the_base() -> None:
    plots = layer(
        [square(0, 0, 500), square(500, 0, 500), square(0, 500, 500), square(500, 500, 500)],
        land_use=["070102", "1207", "0301", "17"],
    )
    measure = road_density(square_unit(), streets(ACROSS), plots, base="construction")
    assert measure.table.loc["u1"].tolist() == pytest.approx([1000.0, 500_000.0, 2.0])


def test_construction_land_needs_parcels_with_land_use() -> None:
    with pytest.raises(MissingLayerError, match="parcels"):
        road_density(square_unit(), streets(ACROSS), base="construction")
    with pytest.raises(MissingColumnError, match="land_use"):
        road_density(square_unit(), streets(ACROSS), layer([square(0, 0)]), base="construction")


def test_in_the_built_up_area_only_its_roads_and_its_ground_count() -> None:
    town = layer([square(0, 0, 500)], boundary_type=["built_up"])
    middle = streets(line((0, 250), (1000, 250)))
    measure = road_density(square_unit(), middle, boundaries=town, base="built_up")
    assert measure.total() == pytest.approx((500, 250_000, 2))
    assert measure.evidence().length.sum() == pytest.approx(500)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(UnknownNameError, match="gross"):
        road_density(square_unit(), streets(ACROSS), base="gross")  # type: ignore[arg-type]
    with pytest.raises(MissingLayerError, match="boundaries"):
        road_density(square_unit(), streets(ACROSS), base="built_up")
    with pytest.raises(MissingColumnError, match="road_class"):
        road_density(square_unit(), layer([ACROSS]))
    with pytest.raises(CrsError, match="one CRS"):
        road_density(square_unit(), streets(ACROSS).to_crs("EPSG:4546"))
    with pytest.raises(CrsError, match="degree"):
        road_density(square_unit().to_crs(4490), streets(ACROSS).to_crs(4490))


def test_no_roads_is_no_density() -> None:
    measure = road_density(square_units(2), streets())
    assert measure.table["value"].tolist() == pytest.approx([0.0, 0.0])
    assert len(measure.evidence()) == 0


def test_agrees_with_a_plain_overlay_to_the_millimetre() -> None:
    units = square_units(3, 3, side=300)
    network = streets(*random_lines(200, seed=1))
    cut = gpd.overlay(network.reset_index()[["geometry"]], units.reset_index(), keep_geom_type=True)
    expected = cut.geometry.length.groupby(cut["unit_id"]).sum()
    measure = road_density(units, network)
    assert np.abs(measure.table["numerator"] - expected).max() < 1e-3
    drawn = measure.evidence()
    assert np.abs(drawn.geometry.length - drawn["counted_m"]).max() < 1e-3


@settings(max_examples=25, deadline=None)
@given(x=st.floats(1, 999), seed=st.integers(0, 99))
def test_a_unit_cut_in_two_has_the_same_roads(x: float, seed: int) -> None:
    along_the_cut = line((x, 100), (x, 700))
    network = streets(*random_lines(20, seed=seed), along_the_cut)
    whole = road_density(square_unit(), network)
    parts = road_density(cut_at(square_unit(), x), network)
    assert parts.total() == pytest.approx(whole.total(), rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99))
def test_order_does_not_matter(seed: int) -> None:
    units = square_units(2, 2, side=500)
    network = streets(*random_lines(20, seed=3), name=["甲", "乙"] * 10, oneway=[True] * 20)
    mixed = road_density(units, shuffled(network, seed)).table
    assert mixed.equals(road_density(units, network).table)


def test_place_does_not_matter() -> None:
    units, network = square_units(2, 2, side=500), streets(*random_lines(20, seed=3))
    there = road_density(moved(units, 5e5, 4e6), moved(network, 5e5, 4e6)).table
    assert np.allclose(there, road_density(units, network).table, rtol=1e-7)


def test_classes_add_up() -> None:
    network = streets(*random_lines(40, seed=5)).assign(road_class=list(STREETS) * 10)
    parts = [v.function(square_unit(), network).total()[0] for v in VARIANTS]
    assert sum(parts) == pytest.approx(road_density(square_unit(), network).total()[0])


def test_evidence_is_made_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    units = square_units(2)
    measure = road_density(units, streets(line((700, 500), (1900, 500))))
    found = measure.evidence()
    assert found.crs == units.crs
    assert found.columns[0] == "unit_id"
    assert found["unit_id"].tolist() == ["u1", "u2"]
    monkeypatch.setattr(theme, "stretch_evidence", None)
    lazy = road_density(units, streets(ACROSS))
    with pytest.raises(TypeError):
        lazy.evidence()


def test_a_twin_halves_the_road_where_it_runs_and_however_it_is_drawn() -> None:
    """A two-kilometre carriageway through two units; its twin runs in the western one only."""
    west, east = line((0, 500), (1000, 500)), line((1000, 500), (2000, 500))
    twin = line((1000, 520), (0, 520))
    for drawn in ([line((0, 500), (2000, 500)), twin], [west, east, twin]):
        lines = streets(*drawn).assign(name="人民路", oneway=True)
        metres = road_density(square_units(2), lines).table["numerator"]
        assert metres.tolist() == pytest.approx([1000, 1000])
