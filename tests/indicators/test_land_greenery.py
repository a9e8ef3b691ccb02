"""Greenery by kind, trait and factor; green area given back."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box
from tests.indicators.squares import (
    cut_at,
    layer,
    moved,
    random_boxes,
    shuffled,
    square,
    square_unit,
    square_units,
    values,
)

from carbonspace.catalogue import indicators
from carbonspace.errors import MissingColumnError
from carbonspace.indicators.land_greenery import (
    FACTORS,
    PLANTED,
    greenery_share,
    greening_return_rate,
    tree_shrub_share,
    urban_greening_factor,
)
from carbonspace.model.coded import GREENERY_TYPES

TWO = square_units(2)


def beds(kinds: list[str], **columns: Any) -> gpd.GeoDataFrame:
    """Return beds of 100 by 100 m every 200 m from 950 m west: the first is across two units."""
    shapes = [square(950 + 200 * n, 0, 100) for n in range(len(kinds))]
    return layer(shapes, id_name="greenery_id", greenery_type=kinds, **columns)


def plots(**columns: Any) -> gpd.GeoDataFrame:
    shapes = [box(0, 0, 970, 500), box(970, 0, 1200, 500), box(1200, 0, 2000, 500)]
    return layer(shapes, ids=list("abc"), id_name="parcel_id", **columns)


def test_trees_and_shrubs_over_what_is_planted() -> None:
    measure = tree_shrub_share(TWO, beds(["tree", "grass", "shrub", "sealed", "water"]), plots())
    assert values(measure) == pytest.approx([100, 100 * 1.5 / 2.5])
    rows = measure.parts["parcel"]
    assert rows["numerator"].tolist() == pytest.approx([2000, 8000, 10_000])
    assert rows["denominator"].tolist() == pytest.approx([2000, 8000 + 5000, 5000 + 10_000])
    assert rows["unit_id"].tolist() == ["u1", "u2", "u2"]
    assert measure.evidence()["greenery_type"].tolist() == ["grass"]


def test_without_parcels_there_are_no_figures_by_parcel() -> None:
    assert tree_shrub_share(TWO, beds(["tree"])).parts == {}


def test_a_parcel_without_greenery_has_no_row() -> None:
    rows = tree_shrub_share(TWO, beds(["tree"]), plots()).parts["parcel"]
    assert rows.index.tolist() == ["a", "b"]


def test_native_plants_among_those_that_say() -> None:
    plants = beds(["tree", "grass", "shrub", "sealed"], is_native=[True, None, False, True])
    native = indicators()["native_plant_share"].function(TWO, plants)
    assert values(native) == pytest.approx([100, 100 / 3])
    assert native.evidence()["greenery_id"].tolist() == ["greenery_id3"]


def test_mixed_stands_among_stands_of_trees() -> None:
    woods = beds(["tree", "tree", "tree", "shrub"], forest_type=["mixed", "pure", None, "mixed"])
    mixed = indicators()["mixed_forest_share"].function(TWO, woods)
    assert values(mixed) == pytest.approx([100, 100 / 3])


def test_green_given_back_parcel_by_parcel() -> None:
    land = plots(green_area=[50.0, None, 300.0], green_area_before=[100.0, 80.0, None])
    measure = greening_return_rate(TWO, land)
    share = 30 / 230  # of parcel b lies in u1
    before = [100 + share * 80, (1 - share) * 80]
    assert measure.table["denominator"].tolist() == pytest.approx(before)
    assert values(measure) == pytest.approx([5000 / before[0], 0])
    assert measure.parts["parcel"]["value"].tolist() == [50, 0]
    shown = measure.evidence().groupby("parcel_id")["amount"].sum()
    assert shown.to_dict() == pytest.approx({"a": 50, "b": 80})


def test_surfaces_weigh_by_their_factor_on_the_parcels_asked() -> None:
    land = plots(is_new=[True, True, False])
    green = beds(["tree", "grass", "sealed"], factor=[None, 1.0, None])
    measure = urban_greening_factor(TWO, green, land)
    rows = measure.parts["parcel"]
    assert rows["numerator"].tolist() == pytest.approx([0.8 * 2000, 0.8 * 8000 + 5000])
    assert rows["denominator"].tolist() == pytest.approx([485_000, 115_000])
    assert measure.table["numerator"].tolist() == pytest.approx([4000, 4000 + 5000])
    assert measure.table["denominator"].tolist() == pytest.approx([500_000, 100_000])
    assert measure.evidence()["factor"].tolist() == [0.8, 0.8, 0.8, 1.0]
    every = urban_greening_factor(TWO, green, land.drop(columns="is_new"), age="all")
    assert every.total()[1] == pytest.approx(1_000_000)
    own = urban_greening_factor(TWO, green, land, greening_factors=(("tree", 0.5),))
    assert own.parts["parcel"]["numerator"].tolist() == pytest.approx([1000, 4000 + 5000])


def test_every_kind_of_surface_has_a_factor() -> None:
    assert {kind for kind, _ in FACTORS} == set(GREENERY_TYPES)
    assert set(PLANTED) <= set(GREENERY_TYPES)


def test_what_is_missing_is_named() -> None:
    unit, green, land = square_unit(), beds(["tree"]), plots()
    with pytest.raises(MissingColumnError, match="greenery_type"):
        tree_shrub_share(unit, green.drop(columns="greenery_type"))
    with pytest.raises(MissingColumnError, match="is_native"):
        greenery_share(unit, green)
    with pytest.raises(MissingColumnError, match="forest_type"):
        greenery_share(unit, green, green_trait="mixed_forest")
    with pytest.raises(MissingColumnError, match="green_area_before"):
        greening_return_rate(unit, land.assign(green_area=1.0))
    with pytest.raises(MissingColumnError, match="is_new"):
        urban_greening_factor(unit, green, land)


def test_nothing_planted_is_no_share() -> None:
    none = beds(["tree"]).iloc[:0]
    assert all(map(math.isnan, values(tree_shrub_share(TWO, none, plots()))))
    bare = urban_greening_factor(TWO, none, plots(is_new=[True, True, True]))
    assert values(bare) == [0, 0]


def scattered(seed: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    draw = np.random.default_rng(seed)
    kinds = draw.choice(np.array([*GREENERY_TYPES], dtype=object), 80)
    green = layer(random_boxes(80, seed=seed, side=1900), id_name="greenery_id",
                  greenery_type=kinds, is_native=pd.array(draw.random(80) < 0.5, dtype="boolean"),
                  factor=np.where(draw.random(80) < 0.5, np.nan, draw.random(80)))  # fmt: skip
    cells = [square(x, y, 170) for x in range(0, 2000, 180) for y in range(0, 2000, 180)]
    return green, layer(cells, id_name="parcel_id", is_new=draw.random(len(cells)) < 0.5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_are_those_of_a_plain_overlay(seed: int) -> None:
    green, land = scattered(seed)
    units = square_units(2, 2)
    woody = tree_shrub_share(units, green, land)
    factors = urban_greening_factor(units, green, land)
    pieces = gpd.overlay(green.reset_index(), land.reset_index(), keep_geom_type=True)
    weight = pieces["greenery_type"].map(dict(FACTORS))
    pieces["weighted"] = pieces["factor"].fillna(weight) * pieces.area
    by_plot = pieces.groupby("parcel_id")["weighted"].sum()
    for parcel, row in factors.parts["parcel"].iterrows():
        assert row["numerator"] == pytest.approx(by_plot.get(parcel, 0.0), rel=1e-9)
        assert row["denominator"] == pytest.approx(170 * 170)
    new = pieces[pieces["is_new"]]
    for unit_id, unit in units.geometry.items():
        share = new.intersection(unit).area / new.area
        held = (share * new["weighted"]).sum()
        assert factors.table.loc[unit_id, "numerator"] == pytest.approx(held, rel=1e-9)
        planted = green[green["greenery_type"].isin(PLANTED)]
        trees = planted[planted["greenery_type"].isin(["tree", "shrub"])]
        share = trees.intersection(unit).area.sum() / planted.intersection(unit).area.sum()
        assert woody.table.loc[unit_id, "value"] == pytest.approx(100 * share, rel=1e-9)


@pytest.mark.parametrize("seed", [1, 2])
def test_order_place_and_units_change_nothing_they_should_not(seed: int) -> None:
    green, land = scattered(seed)
    units = square_units(2, 2)
    for function in (tree_shrub_share, urban_greening_factor):
        whole = function(units, green, land)
        mixed = function(shuffled(units, 1), shuffled(green, 2), shuffled(land, 3))
        pd.testing.assert_frame_equal(mixed.table.loc[units.index], whole.table, rtol=1e-12)
        split = function(cut_at(units, 731), green, land)
        assert split.total() == pytest.approx(whole.total(), rel=1e-9)
        far = function(*(moved(frame, 7000, -3000) for frame in (units, green, land)))
        assert values(far) == pytest.approx(values(whole), rel=1e-9)
