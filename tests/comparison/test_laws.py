"""What must hold of any two plans: shares add up, reach tells the truth, names do not matter."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely.affinity
from tests.indicators.test_reach import town

from carbonspace import Assessment, Comparison, Plan, compare, evaluate
from carbonspace.comparison.attribution import FIGURES
from carbonspace.comparison.edits import edits_between
from carbonspace.comparison.hybrids import edited
from carbonspace.comparison.sources import Both, reached, sources_of
from carbonspace.measuring import Question
from carbonspace.model.layers import LAYERS
from carbonspace.model.plan import Settings
from carbonspace.model.text import Text
from carbonspace.prepare import prepare

CRS = "EPSG:4547"
ASKED = ("road_density", "intersection_density", "park_coverage", "main_use_floor_share",
         "block_size", "bus_stop_coverage", "walk_network_continuity")  # fmt: skip
EDITED = ("roads", "parks", "parcels", "buildings", "transit_stops")


@cache
def drawn() -> Plan:
    layers = {}
    for key, layer in town(7).items():
        ids = [f"{key[:2]}{n}" for n in range(len(layer))]
        named = layer.reset_index(drop=True).assign(**{LAYERS[key].id: ids})
        layers[key] = named.set_crs(CRS, allow_override=True)
    return Plan(Text("镇", "Town"), layers, Settings(crs=CRS), indicators=ASKED)


@cache
def first() -> Assessment:
    return evaluate(drawn())


def edited_by_chance(seed: int) -> Plan:
    """Return the town with some features of several layers deleted, moved and recoded."""
    draw, plan = np.random.default_rng(seed), drawn()
    layers = dict(plan.layers)
    for key in draw.choice(EDITED, 3, replace=False):
        layer = layers[key].copy()
        chosen = draw.choice(len(layer), 6, replace=False)
        for row in chosen[:3]:
            moved = shapely.affinity.translate(layer.geometry[row], *draw.uniform(-60, 60, 2))
            layer.loc[row, "geometry"] = moved
        if key == "parcels":
            layer.loc[chosen[3], "land_use"] = "0701"
        if key == "buildings":
            layer.loc[chosen[3], "floors"] = 30.0
        layers[key] = layer.drop(index=chosen[4:])
    return replace(plan, layers=layers)


@cache
def second(seed: int) -> Assessment:
    return evaluate(edited_by_chance(seed))


@cache
def found(seed: int) -> Comparison:
    return compare(first(), second(seed))


def assert_shares_add_up(one: Comparison) -> None:
    changes = one.figures.query("kind == 'changed' and level == 'unit'")
    sums = one.shares.groupby(["unit_id", "level", "indicator"])[["alone", "last"]].sum()
    for row in changes.itertuples():
        total = sums.loc[(row.unit_id, row.level, row.indicator)]
        assert total.to_numpy() == pytest.approx(row.change, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shares_add_up_to_the_change(seed: int) -> None:
    assert len(found(seed).edits) > 3
    assert (found(seed).figures["kind"] == "changed").sum() > 3
    assert_shares_add_up(found(seed))
    assert_shares_add_up(compare(first(), second(seed), attribute="layers"))
    assert_shares_add_up(compare(first(), second(seed), limit=2))


def _both(seed: int) -> Both:
    one, other = first(), second(seed)
    asked, asked_other = (
        {key: Question(a.indicators[key], a.run["parameters"][key]) for key in ASKED}
        for a in (one, other)
    )
    units = one.plan.layers["units"].index
    return Both(one.plan, other.plan, asked, asked_other, units, units)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_reach_tells_the_truth_to_the_bit(seed: int) -> None:
    """Where no edit is within reach nothing changed; where one is, it makes the other plan."""
    both = _both(seed)
    edits = edits_between(both.one, both.other, None)
    sources = sources_of(edits, "features", 99)
    near = reached(both, edits, sources)
    assert not near.all()
    hybrids = [evaluate(edited(both.one, both.other, edits, s.rows), ASKED, []) for s in sources]
    for q, key in enumerate(ASKED):
        one, other = (a.measures[key].table[FIGURES].to_numpy() for a in (first(), second(seed)))
        outside = ~near[:, q].any(axis=0)
        np.testing.assert_array_equal(one[outside], other[outside])
        for n, hybrid in enumerate(hybrids):
            tried = hybrid.measures[key].table[FIGURES].to_numpy()
            np.testing.assert_array_equal(tried[~near[n, q]], one[~near[n, q]])
            sole = near[n, q] & (near[:, q].sum(axis=0) == 1)
            np.testing.assert_array_equal(tried[sole], other[sole])


@pytest.mark.parametrize("seed", [1, 2])
def test_shares_are_those_of_evaluating_each_edit_alone(seed: int) -> None:
    """The figures that runs of several sources and of some units give, from whole evaluations."""
    both = _both(seed)
    edits = edits_between(both.one, both.other, None)
    before = first().table.query("level != 'district'").set_index(["unit_id", "indicator"])["value"]
    after = second(seed).table.set_index(["unit_id", "indicator"])["value"]
    for edit, rows in found(seed).shares.query("source == 'feature'").groupby("edit_id"):
        chosen = np.array([int(edit) - 1])
        alone = evaluate(edited(both.one, both.other, edits, chosen), ASKED, []).table
        undone = evaluate(edited(both.other, both.one, edits, chosen, back=True), ASKED, []).table
        alone, undone = (t.set_index(["unit_id", "indicator"])["value"] for t in (alone, undone))
        for row in rows.itertuples():
            at = (row.unit_id, row.indicator)
            assert row.alone == pytest.approx(alone[at] - before[at], abs=1e-9)
            assert row.last == pytest.approx(after[at] - undone[at], abs=1e-9)


def test_all_edits_make_the_other_plan_and_back() -> None:
    one, other = first().plan, second(1).plan
    edits = edits_between(one, other, None)
    everything = np.arange(len(edits.table))
    for plan, goal, back in ((one, other, False), (other, one, True)):
        made = edited(plan, goal, edits, everything, back=back)
        for key, layer in goal.layers.items():
            pd.testing.assert_frame_equal(made.layers[key], layer)


def test_the_order_of_features_and_their_ids_are_no_edits() -> None:
    draw, plan = np.random.default_rng(5), drawn()
    shuffled = {key: layer.iloc[draw.permutation(len(layer))] for key, layer in plan.layers.items()}
    same = compare(first(), replace(plan, layers=shuffled))
    assert same.edits.empty
    assert not same.renumbered
    renumbered = {**plan.layers, "parks": _other_ids(plan.layers["parks"], "park_id"),
                  "roads": _other_ids(plan.layers["roads"], "road_id")}  # fmt: skip
    again = compare(first(), replace(plan, layers=renumbered))
    assert again.edits.empty
    assert set(again.renumbered) == {"parks", "roads"}
    assert set(again.figures["kind"]) == {"same"}


def _other_ids(layer: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Shift the ids by one: each is now that of its neighbour, and one is new."""
    return layer.assign(**{name: [*layer[name][1:], "new"]})


def test_a_comparison_does_not_know_the_order_of_features() -> None:
    draw, other = np.random.default_rng(6), edited_by_chance(1)
    shuffled = {k: layer.iloc[draw.permutation(len(layer))] for k, layer in other.layers.items()}
    again, known = compare(first(), replace(other, layers=shuffled)), found(1)
    pd.testing.assert_frame_equal(again.figures, known.figures)
    pd.testing.assert_frame_equal(again.shares, known.shares)
    pd.testing.assert_frame_equal(
        pd.DataFrame(again.edits.drop(columns="geometry")),
        pd.DataFrame(known.edits.drop(columns="geometry")),
    )


def test_features_without_ids_are_known_by_what_they_are() -> None:
    plan = drawn()
    bare = {key: layer.drop(columns=[c for c in layer.columns if c == "park_id"])
            for key, layer in plan.layers.items()}  # fmt: skip
    fewer = {**bare, "parks": bare["parks"].iloc[1:]}
    one, other = (prepare(replace(plan, layers=layers)) for layers in (bare, fewer))
    edits = edits_between(one, other, None)
    assert edits.table[["layer", "edit"]].to_numpy().tolist() == [["parks", "deleted"]]
