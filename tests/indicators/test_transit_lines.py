"""Streets with lines, each once; bus lanes: by hand, and under harmless changes."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.affinity
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
)

from carbonspace.errors import MissingColumnError, UnknownNameError
from carbonspace.indicators.transit_lines import bus_lane_length, transit_line_density


def lines(*shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
    return layer(shapes, id_name="line_id", **({"mode": ["bus"] * len(shapes)} | columns))


def network(*shapes: Any, **options: Any) -> float:
    """Return metres in the unit square of a kilometre."""
    return transit_line_density(square_unit(), lines(*shapes), **options).total()[0]


def test_a_line_counts_where_it_lies() -> None:
    measure = transit_line_density(square_units(2), lines(line((500, 500), (2500, 500))))
    assert measure.table["numerator"].tolist() == pytest.approx([500, 1000])
    assert measure.total()[2] == pytest.approx(0.75)


def test_several_lines_there_and_back_on_one_street_count_once() -> None:
    """One drawn once, one 10 m beside it, one back on the other carriageway 30 m away."""
    there, beside = line((0, 500), (1000, 500)), line((0, 510), (1000, 510))
    back = line((1000, 530), (0, 530))
    assert network(there, beside, back) == pytest.approx(1000)
    assert network(there, beside, back, count="lines") == pytest.approx(3000)
    assert network(there, back, dual_gap=20.0) == pytest.approx(2000)


def test_lines_of_one_direction_farther_apart_are_two_streets() -> None:
    there, parallel = line((0, 500), (1000, 500)), line((0, 530), (1000, 530))
    assert network(there, parallel) == pytest.approx(2000)
    assert network(there, parallel, overlap_gap=30.0) == pytest.approx(1000)


def test_one_line_that_comes_back_on_its_own_street() -> None:
    """1000 m there, 8 m across, 1000 m back: the way across is new, the way back is not."""
    loop = line((0, 500), (900, 500), (900, 508), (0, 508))
    assert network(loop) == pytest.approx(908)


def test_a_shared_stretch_counts_once_and_what_branches_off_in_full() -> None:
    trunk = line((0, 500), (1000, 500))
    branch = line((0, 500), (400, 500), (400, 1000))
    assert network(trunk, branch) == pytest.approx(1500)
    assert network(branch, trunk) == pytest.approx(1500)


def test_lines_that_cross_count_in_full() -> None:
    assert network(line((0, 500), (1000, 500)), line((500, 0), (500, 1000))) == pytest.approx(2000)


def test_a_bend_does_not_overlap_itself() -> None:
    angles = np.linspace(0, np.pi / 2, 40)
    arc = shapely.LineString(np.c_[400 * np.cos(angles), 400 * np.sin(angles)])
    assert network(arc) == pytest.approx(arc.length)


def test_only_the_chosen_modes_count() -> None:
    both = lines(line((0, 500), (1000, 500)), line((0, 200), (1000, 200)), mode=["bus", "tram"])
    assert transit_line_density(square_unit(), both).total()[0] == pytest.approx(1000)
    chosen = transit_line_density(square_unit(), both, modes=("tram", "bus"))
    assert chosen.total()[0] == pytest.approx(2000)


def test_a_line_on_the_boundary_is_halved_and_one_along_it_too() -> None:
    measure = transit_line_density(square_units(2), lines(line((1000, 0), (1000, 600))))
    assert measure.table["numerator"].tolist() == pytest.approx([300, 300])


def test_the_evidence_adds_up() -> None:
    shapes = [line((0, 500), (1500, 500)), line((1500, 505), (300, 505)), line((0, 9), (99, 9))]
    measure = transit_line_density(square_units(2), lines(*shapes))
    shown = measure.evidence()
    assert shown["counted_m"].sum() == pytest.approx(measure.total()[0]) == pytest.approx(1599)
    assert shown["length_m"].sum() == pytest.approx(sum(one.length for one in shapes))
    assert set(shown["line_id"]) == {"line_id1", "line_id2", "line_id3"}
    assert shown.loc[shown["counted_m"] == 0, "line_id"].tolist() == ["line_id2", "line_id2"]


def test_nothing_runs() -> None:
    measure = transit_line_density(square_unit(), lines(line((0, 0), (9, 9)), mode=["tram"]))
    assert measure.total() == (0, 1e6, 0)
    assert measure.evidence().empty


def test_what_is_unknown_is_named() -> None:
    one = lines(line((0, 500), (1000, 500)))
    with pytest.raises(MissingColumnError, match="mode"):
        transit_line_density(square_unit(), one.drop(columns="mode"))
    with pytest.raises(UnknownNameError, match="routes"):
        transit_line_density(square_unit(), one, count="routes")  # type: ignore[arg-type]


def bundles(seed: int) -> gpd.GeoDataFrame:
    """Lines of which each second one runs back beside the one before."""
    ways = random_lines(8, seed=seed)
    away = np.random.default_rng(seed).uniform(-25, 25, (8, 2))
    both = [(one, shapely.reverse(shapely.affinity.translate(one, *by)))
            for one, by in zip(ways, away, strict=True)]  # fmt: skip
    return lines(*(one for pair in both for one in pair))


@settings(max_examples=20, deadline=None)
@given(x=st.floats(1, 999), seed=st.integers(0, 99))
def test_a_unit_cut_in_two_has_the_same_network(x: float, seed: int) -> None:
    whole = transit_line_density(square_unit(), bundles(seed))
    parts = transit_line_density(cut_at(square_unit(), x), bundles(seed))
    assert parts.total() == pytest.approx(whole.total(), rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99), angle=st.floats(0, 360))
def test_order_place_and_direction_do_not_matter(seed: int, angle: float) -> None:
    units, drawn = square_units(2, 2, side=500), bundles(seed)
    before = transit_line_density(units, drawn).table
    mixed = transit_line_density(units, shuffled(drawn, seed)).table
    assert mixed.equals(before)
    there = transit_line_density(moved(units, 5e5, 4e6), moved(drawn, 5e5, 4e6)).table
    assert np.allclose(there, before, rtol=1e-6)
    turned = [f.set_geometry(f.geometry.rotate(angle, origin=(0, 0))) for f in (units, drawn)]
    assert np.allclose(transit_line_density(*turned).table, before, rtol=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99))
def test_the_network_is_no_longer_than_its_lines_and_covers_them(seed: int) -> None:
    """Whatever does not count lies beside something that does."""
    drawn = bundles(seed)
    measure = transit_line_density(square_unit(), drawn)
    every = transit_line_density(square_unit(), drawn, count="lines")
    assert 0 < measure.total()[0] <= every.total()[0]
    longest = drawn.geometry.intersection(square_unit().geometry.iloc[0]).length
    assert measure.total()[0] >= longest.max() - 1e-6


def roads(**columns: Any) -> gpd.GeoDataFrame:
    shapes = [line((0, 200), (1000, 200)), line((0, 500), (1000, 500)), line((1000, 512), (0, 512)),
              line((0, 900), (1000, 900))]  # fmt: skip
    facts: dict[str, Any] = {"name": ["a", "b", "b", "c"], "oneway": [False, True, True, False],
             "bus_lane": ["one", "all", "all", "no"]}  # fmt: skip
    return layer(shapes, id_name="road_id", **(facts | columns))


def test_bus_lanes_by_direction_and_by_centreline() -> None:
    units = square_unit()
    assert bus_lane_length(units, roads()).total()[2] == pytest.approx(3.0)
    assert bus_lane_length(units, roads(), lane_count="centreline").total()[2] == pytest.approx(2.0)
    both = roads(bus_lane=["all", "no", None, None])
    assert bus_lane_length(units, both).total()[2] == pytest.approx(2.0)
    assert bus_lane_length(units, both, lane_count="centreline").total()[2] == pytest.approx(1.0)


def test_a_twin_without_a_lane_does_not_halve_the_other() -> None:
    half = roads(bus_lane=["no", "all", "no", "no"])
    assert bus_lane_length(square_unit(), half, lane_count="centreline").total()[2] == 1.0


def test_bus_lanes_on_a_boundary_and_their_evidence() -> None:
    road = layer([line((1000, 0), (1000, 800))], bus_lane=["all"])
    measure = bus_lane_length(square_units(2), road)
    assert measure.table["value"].tolist() == pytest.approx([0.8, 0.8])
    assert measure.evidence()["counted_m"].tolist() == pytest.approx([800, 800])


def test_bus_lanes_nobody_knows_of() -> None:
    with pytest.raises(MissingColumnError, match="bus_lane"):
        bus_lane_length(square_unit(), roads(bus_lane=[None] * 4))


@settings(max_examples=15, deadline=None)
@given(x=st.floats(1, 999))
def test_a_unit_cut_in_two_has_the_same_lanes(x: float) -> None:
    for count in ("directions", "centreline"):
        options: dict[str, Any] = {"lane_count": count}
        whole = bus_lane_length(square_unit(), roads(), **options).total()[2]
        parts = bus_lane_length(cut_at(square_unit(), x), roads(), **options).total()[2]
        assert parts == pytest.approx(whole)
