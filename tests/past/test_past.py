"""What is taken over from the past is what measuring would give, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from tests.past.editing import edited, town_of_units

from carbonspace import Assessment, Plan, evaluate
from carbonspace.past.file import load, save
from carbonspace.past.memory import Memory
from carbonspace.past.rows import rows_of

RULES = ("pku", "bayannur", "lianyungang")


@pytest.fixture(scope="module")
def before() -> tuple[Plan, Memory]:
    plan, memory = town_of_units(7), Memory()
    evaluate(plan, None, RULES, memory=memory)
    return plan, memory


def same(one: Assessment, other: Assessment) -> None:
    pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
    pd.testing.assert_frame_equal(one.findings, other.findings)
    pd.testing.assert_frame_equal(one.ledger, other.ledger, check_exact=True)


def test_nothing_is_measured_where_nothing_changed(before: tuple[Plan, Memory]) -> None:
    plan, past = before
    memory = Memory(past.now)
    again = evaluate(plan, None, RULES, memory=memory)
    assert memory.measured == 0 < memory.taken
    assert memory.edits == {}
    same(again, evaluate(plan, None, RULES))


@pytest.mark.parametrize("seed", range(3))
def test_nights_of_random_edits(before: tuple[Plan, Memory], seed: int) -> None:
    (plan, past), draw = before, np.random.default_rng(seed)
    for _ in range(2):
        plan, memory = edited(plan, draw, times=int(draw.integers(1, 4))), Memory(past.now)
        same(evaluate(plan, None, RULES, memory=memory), evaluate(plan, None, RULES))
        past = memory


def test_one_edit_leaves_most_units_alone(before: tuple[Plan, Memory]) -> None:
    plan, past = before
    parks = plan.layers["parks"].iloc[1:]
    memory = Memory(past.now)
    found = evaluate(replace(plan, layers={**plan.layers, "parks": parks}), None, RULES,
                     memory=memory)  # fmt: skip
    assert [*memory.edits] == ["parks"]
    assert [*memory.edits["parks"].gone.ids] == [plan.layers["parks"].iloc[0]["park_id"]]
    assert 0 < memory.measured < memory.taken / 3
    assert len(found.evidence("park_coverage"))


def test_a_removed_tower_is_missed_where_its_shadow_lay(before: tuple[Plan, Memory]) -> None:
    plan, _ = before
    buildings = plan.layers["buildings"].copy()
    inside = plan.layers["units"].union_all().buffer(-300)
    buildings.loc[buildings.within(inside).idxmax(), "floors"] = 70.0
    tower, keys, memory = {**plan.layers, "buildings": buildings}, ["roof_solar_access"], Memory()
    evaluate(replace(plan, layers=tower), keys, RULES, memory=memory)
    again, near = Memory(memory.now), Memory(before[1].now)
    same(evaluate(plan, keys, RULES, memory=again), evaluate(plan, keys, RULES))
    evaluate(replace(plan, layers=edge(plan, "buildings")), keys, RULES, memory=near)
    assert again.measured > near.measured > 0


def edge(plan: Plan, key: str) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers with one feature, well inside, a little smaller."""
    layer = plan.layers[key].copy()
    inside = plan.layers["units"].union_all().buffer(-300)
    one = layer.within(inside).idxmax()
    layer.loc[one, "geometry"] = layer.loc[one, "geometry"].buffer(-1)
    return {**plan.layers, key: layer}


@pytest.mark.parametrize("change", ["units", "column", "layer", "program"])
def test_what_counts_everywhere_begins_anew(before: tuple[Plan, Memory], change: str) -> None:
    plan, past = before
    layers = {**plan.layers}
    if change == "units":
        layers["units"] = layers["units"].iloc[1:]
    elif change == "column":
        layers["parks"] = layers["parks"].assign(name="x")
    elif change == "layer":
        del layers["entrances"]
    memory = Memory(past.now, program="another" if change == "program" else None)
    found = evaluate(replace(plan, layers=layers), ["park_coverage"], RULES, memory=memory)
    assert memory.taken == 0
    same(found, evaluate(replace(plan, layers=layers), ["park_coverage"], RULES))


def test_parameters_are_another_question(before: tuple[Plan, Memory]) -> None:
    plan, past = before
    memory, given = Memory(past.now), {"park_coverage": {"radius": 123.0}}
    found = evaluate(plan, ["park_coverage"], RULES, parameters=given, memory=memory)
    assert memory.measured
    same(found, evaluate(plan, ["park_coverage"], RULES, parameters=given))


def test_a_file_gives_back_what_was_put_in(before: tuple[Plan, Memory], tmp_path: Path) -> None:
    plan, past = before
    save(past.now, tmp_path / "past.zip")
    again = load(tmp_path / "past.zip")
    assert again is not None
    memory = Memory(again)
    same(evaluate(plan, None, RULES, memory=memory), evaluate(plan, None, RULES))
    assert memory.measured == 0
    assert memory.now.noticed == past.now.noticed != {}
    assert [path.name for path in tmp_path.iterdir()] == ["past.zip"]


@pytest.mark.parametrize("content", [b"", b"PK no zip", None])
def test_a_file_that_cannot_be_read_is_no_past(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "past.zip"
    if content is not None:
        path.write_bytes(content)
    assert load(path) is None


def test_whatever_changes_a_feature_changes_its_digest(before: tuple[Plan, Memory]) -> None:
    layer = before[0].layers["buildings"]
    known, expected = rows_of(layer), [True] + [False] * (len(layer) - 1)
    for name in layer.columns.drop("geometry"):
        code = pd.factorize(layer[name])[0]
        if (code == code[0]).all():
            continue
        values = layer[name].copy()
        values.iloc[0] = values.iloc[int((code != code[0]).argmax())]
        found = rows_of(layer.assign(**{name: values}))
        assert (found.digests != known.digests).any(axis=1).tolist() == expected, name
