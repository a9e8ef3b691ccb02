"""What is taken over from the past is what measuring would give, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
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


def night_after(before: Plan, now: Plan, path: Path) -> None:
    """Hold the second night, which has the first one from a file, against measuring."""
    first = Memory()
    evaluate(before, None, RULES, memory=first)
    save(first.now, path)
    same(evaluate(now, None, RULES, memory=Memory(load(path))), evaluate(now, None, RULES))


def with_parcels(plan: Plan, *west: float) -> Plan:
    """Return the units and parcels alone, with more parcels of 100 m from these abscissas on."""
    parcels = plan.layers["parcels"]
    more = parcels.iloc[: len(west)].copy()
    more["parcel_id"] = [f"more-{n}" for n in range(len(west))]
    more.geometry = [shapely.box(x, 0, x + 100, 100) for x in west]
    both = pd.concat([parcels, more], ignore_index=True)
    return replace(plan, layers={"units": plan.layers["units"], "parcels": both})


@pytest.mark.parametrize("far", [(5000.0, 5050.0), (5000.0, 5050.0, 5075.0)])
def test_features_that_overlap_far_from_all_units(
    before: tuple[Plan, Memory], tmp_path: Path, far: tuple[float, ...]
) -> None:
    plan, _ = before
    near, away = with_parcels(plan, 1205.0, 1255.0), with_parcels(plan, *far)
    for first, second in ((near, away), (away, away), (away, near)):
        night_after(first, second, tmp_path / "past.zip")


ODD = {
    "moments of a time zone": pd.date_range("2026-01-01", periods=2, tz="Asia/Shanghai"),
    "yes and nothing of Arrow": pd.array([True, None], dtype=pd.ArrowDtype(pa.bool_())),
    "what pandas takes for the same": pd.Series([1, True], dtype=object),
    "lists": pd.Series([[1], [1, 2]]),
}


@pytest.mark.parametrize("kind", ODD)
def test_values_of_any_type_are_told_apart(before: tuple[Plan, Memory], kind: str) -> None:
    values = pd.Series(ODD[kind])
    layer = before[0].layers["buildings"].iloc[[0, 1, 2]]
    one, other = (layer.assign(more=values.take([0, 1, n]).to_numpy(dtype=object))
                  .astype({"more": values.dtype}) for n in (0, 1))  # fmt: skip
    differs = (rows_of(one).digests != rows_of(other).digests).any(axis=1)
    assert differs.tolist() == [False, False, True]


@pytest.mark.parametrize("column", range(3))
def test_columns_may_have_any_name_even_twice(column: int) -> None:
    values = pd.DataFrame([[1.0, 2.0, 3.0]] * 2, columns=[5, "floors", "floors"])
    layer = gpd.GeoDataFrame(values, geometry=shapely.points([0, 1], [0, 1]))
    changed = layer.copy()
    changed.isetitem(column, np.array([9.0, values.iloc[1, column]]))
    differs = (rows_of(changed).digests != rows_of(layer).digests).any(axis=1)
    assert differs.tolist() == [True, False]


def test_what_is_taken_over_is_shown_as_if_it_were_measured(
    before: tuple[Plan, Memory], tmp_path: Path
) -> None:
    plan, past = before
    save(past.now, tmp_path / "past.zip")
    key = "roof_solar_access"
    found, full = (evaluate(plan, [key], RULES, memory=memory).measures[key].image
                   for memory in (Memory(load(tmp_path / "past.zip")), None))  # fmt: skip
    assert full is not None
    assert found is not None
    assert replace(found, cells=full.cells) == full
    units = plan.layers["units"]["unit_id"]
    seen, expected = (sum(len(some.row) for some in one.cells(pd.Index(units)))
                      for one in (found, full))  # fmt: skip
    assert seen == expected > 0


@pytest.mark.parametrize("make", [lambda: None, Memory], ids=["alone", "with a memory"])
def test_a_unit_that_is_not_there_otherwise_has_its_figures(
    before: tuple[Plan, Memory], make: Callable[[], Memory | None]
) -> None:
    plan, _ = before
    units = plan.layers["units"]
    twice = pd.concat([units, units.iloc[[0]].assign(unit_id="again")], ignore_index=True)
    policy = plan.settings.policy.with_choice("duplicates", "keep")
    drawn = replace(plan, layers={**plan.layers, "units": twice},
                    settings=replace(plan.settings, policy=policy))  # fmt: skip
    first, second = (evaluate(drawn, ["park_coverage"], RULES, [unit], memory=make()).table
                     for unit in (str(units["unit_id"].iloc[0]), "again"))  # fmt: skip
    assert first["value"].tolist() == second["value"].tolist() != []


SHAPES = (
    "POINT (1 2)", "POINT Z (1 2 3)", "POINT Z (1 2 4)", "LINESTRING (1 2, 3 4)", "POINT (2 1)",
    "LINESTRING (3 4, 1 2)", "LINESTRING (1 2, 3 4, 1 2)", "POLYGON ((1 2, 3 4, 5 0, 1 2))",
    "LINESTRING (1 2, 3 4, 5 0, 1 2)", "POLYGON ((3 4, 5 0, 1 2, 3 4))", "MULTIPOINT (1 2, 3 4)",
    "MULTIPOLYGON (((1 2, 3 4, 5 0, 1 2)))", "POLYGON EMPTY", "POINT EMPTY", "POINT (-0.0 0)",
    "POLYGON ((0 0, 9 0, 9 9, 0 0), (3 1, 4 1, 4 2, 3 1))", "POINT (0 0)", "POINT M (1 2 3)",
    "POLYGON ((0 0, 9 0, 9 9, 0 0), (3 1, 4 2, 4 1, 3 1))", "GEOMETRYCOLLECTION (POINT (1 2))",
)  # fmt: skip


def test_shapes_are_told_apart_by_all_that_they_are() -> None:
    shapes = np.array([*shapely.from_wkt(SHAPES), None], dtype=object)
    layer = gpd.GeoDataFrame(geometry=shapes, index=[0] * len(shapes))
    found = rows_of(layer)
    assert len(np.unique(found.digests, axis=0)) == len(shapes)
    np.testing.assert_array_equal(found.boxes, shapely.bounds(shapes))
    alone = [rows_of(layer.iloc[[n]]).digests[0] for n in range(len(layer))]
    np.testing.assert_array_equal(found.digests, alone)


def test_rows_come_back_from_a_file(before: tuple[Plan, Memory], tmp_path: Path) -> None:
    past = before[1].now
    save(past, tmp_path / "past.zip")
    again = load(tmp_path / "past.zip")
    assert again is not None
    for key, rows in past.features[""].items():
        other = again.features[""][key]
        assert [*other.ids] == [*map(str, rows.ids)]
        np.testing.assert_array_equal(other.digests, rows.digests)
        np.testing.assert_array_equal(other.boxes, rows.boxes)
