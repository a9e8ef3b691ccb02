"""A plan in parts: no bit of a number hangs on parts, threads, or the order of features."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.indicators.test_reach import town

from carbonspace import Assessment, Plan, evaluate, read_plan
from carbonspace.model.plan import Settings
from carbonspace.model.text import Text
from carbonspace.parts import tiles
from carbonspace.prepare import prepare

GOLDEN = Path(__file__).parents[1] / "data" / "samples" / "golden" / "plan.toml"
FIGURES = ["unit_id", "indicator", "numerator", "denominator", "value", "status"]


def bits(assessment: Assessment, *, city: bool = True) -> pd.DataFrame:
    """Return every figure, by place and indicator, floats as their very bits."""
    table = assessment.table if city else assessment.table.query("level != 'city'")
    rows = table[FIGURES].copy()
    for name in ("numerator", "denominator", "value"):
        rows[name] = [float(v).hex() for v in rows[name]]
    return rows.sort_values(FIGURES, ignore_index=True)


@pytest.fixture(scope="module", params=["golden", "town"])
def plan(request: pytest.FixtureRequest) -> Plan:
    if request.param == "golden":
        return prepare(read_plan(GOLDEN))
    crs = "EPSG:4547"
    layers = {key: layer.set_crs(crs, allow_override=True) for key, layer in town(7).items()}
    return prepare(Plan(Text("镇", "Town"), layers, Settings(crs=crs)))


@pytest.fixture(scope="module")
def whole(plan: Plan) -> Assessment:
    return evaluate(plan, workers=1, part_features=10**9)


@pytest.mark.parametrize(("features", "workers"), [(1, 1), (1, 2), (300, 3), (800, 1)])
def test_parts_and_threads_change_no_bit(
    plan: Plan, whole: Assessment, features: int, workers: int
) -> None:
    found = evaluate(plan, workers=workers, part_features=features)
    pd.testing.assert_frame_equal(bits(found), bits(whole))
    assert list(found.table["unit_id"]) == list(whole.table["unit_id"])


def test_some_units_from_what_they_see_alone(plan: Plan, whole: Assessment) -> None:
    for unit in plan.layers["units"].index:
        some = bits(evaluate(plan, units=[unit]))
        known = bits(whole, city=False)
        parcels = plan.layers["parcels"].index
        own = known[(known["unit_id"] == unit) | known["unit_id"].isin(parcels)]
        assert set(some["unit_id"]) - set(parcels) == {unit}
        both = own.merge(some, how="right", indicator=True)
        assert (both["_merge"] == "both").all()


def test_the_order_of_features_changes_no_bit(plan: Plan, whole: Assessment) -> None:
    draw = np.random.default_rng(3)
    shuffled = {k: v.iloc[draw.permutation(len(v))] for k, v in plan.layers.items()}
    again = evaluate(replace(plan, layers=shuffled, prepared=False))
    pd.testing.assert_frame_equal(bits(again), bits(whole))


def test_evidence_is_the_same_in_parts(plan: Plan, whole: Assessment) -> None:
    found = evaluate(plan, part_features=300)
    for key in whole.measures:
        one, other = whole.evidence(key), found.evidence(key)
        assert len(one) == len(other)
        assert np.isclose(one.length.sum(), other.length.sum())
        assert sorted(one["unit_id"]) == sorted(other["unit_id"])


def test_a_part_holds_no_more_than_it_sees(plan: Plan) -> None:
    from carbonspace.catalogue import indicators
    from carbonspace.parts import Divider, Sight

    one = indicators()["park_coverage"]
    divider = Divider(plan, Sight.of([(one, one.settings({"radius": 50.0}))])).ready()
    part = divider.part(plan.layers["units"].index[:1])
    assert set(part.layers) == {"units", "parcels", "parks"}
    assert 0 < len(part.layers["parcels"]) < len(plan.layers["parcels"])


@pytest.mark.parametrize("count", [1, 2, 3, 7, 1000])
def test_tiles_hold_every_unit_once(plan: Plan, count: int) -> None:
    units = plan.layers["units"]
    found = list(tiles(units, count))
    assert len(found) == min(count, len(units))
    assert sorted(u for ids in found for u in ids) == sorted(units.index)
