"""A plan in parts: no bit of a number hangs on parts, threads, or the order of features."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.indicators.test_reach import town

from carbonspace import Assessment, Plan, evaluate, read_plan
from carbonspace.crew import Crew
from carbonspace.indicators._steps import mostly_in
from carbonspace.measuring import Question, measured
from carbonspace.model.indicator import declaration_of, indicator
from carbonspace.model.levels import LAYER_OF, Level
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Settings
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text
from carbonspace.parts import tiles
from carbonspace.prepare import prepare

GOLDEN = Path(__file__).parents[1] / "data" / "samples" / "golden" / "plan.toml"
FIGURES = ["unit_id", "level", "indicator", "numerator", "denominator", "value", "status"]


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


def test_what_is_declared_an_extreme_is_measured_as_one(whole: Assessment) -> None:
    for key, measure in whole.measures.items():
        declared = whole.indicators[key].aggregate
        assert measure.extreme == (declared if declared in ("max", "min") else "")


def test_some_units_from_what_they_see_alone(plan: Plan, whole: Assessment) -> None:
    for unit in plan.layers["units"].index:
        some = bits(evaluate(plan, units=[unit]))
        known = bits(whole, city=False)
        assert set(some.loc[some["level"] == "unit", "unit_id"]) == {unit}
        own = known[(known["unit_id"] == unit) | (known["level"] != "unit")]
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


@indicator(
    title=Text("邻里", "Neighbours"), unit="count/m²", theme="amounts", aggregate="sum",
    source="s", definition=Text("甲", "a"), levels=("unit", "city", *LAYER_OF),
    whole=tuple(LAYER_OF.values()),
)  # fmt: skip
def neighbours(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    life_circles: gpd.GeoDataFrame,
    *,
    shared: Shared | None = None,
) -> Measure:
    """Count the buildings that meet each place, also where it reaches into another unit."""
    tree, parts = shapely.STRtree(buildings.geometry.to_numpy()), {}
    layers: dict[Level, gpd.GeoDataFrame] = {
        "block": blocks, "parcel": parcels, "building": buildings, "life_circle": life_circles,
    }  # fmt: skip
    for level, places in layers.items():
        met, _ = tree.query(places.geometry.to_numpy(), predicate="intersects")
        count, area = np.bincount(met, minlength=len(places)), places.area.to_numpy()
        held = pd.DataFrame(
            {"unit_id": mostly_in(units, places, level, shared), "numerator": count,
             "denominator": area, "value": count / area}
        )  # fmt: skip
        parts[level] = held[held["unit_id"].notna()]
    return Measure.of(units.index, units.area, scale=1, evidence=gpd.GeoDataFrame, parts=parts)


@pytest.fixture(scope="module")
def numbered() -> Plan:
    """The town, its units, blocks, parcels and buildings all called 1, 2, 3 …"""
    drawn, layers = town(7), {}
    for level, key in {"unit": "units", **LAYER_OF}.items():
        layer = drawn[key].set_crs("EPSG:4547", allow_override=True).reset_index(drop=True)
        layers[key] = layer.assign(**{f"{level}_id": [str(n + 1) for n in range(len(layer))]})
    return prepare(Plan(Text("镇", "Town"), layers, Settings(crs="EPSG:4547")))


def places_of(plan: Plan, units: pd.Index, features: int, workers: int) -> Measure:
    found = measured(plan, {"n": Question(declaration_of(neighbours), {})}, units=units,
                     crew=Crew(workers), features=features).found["n"]  # fmt: skip
    assert isinstance(found, Measure)
    return found


@pytest.mark.parametrize(("features", "workers"), [(1, 1), (1, 3), (200, 2)])
def test_places_of_one_id_are_kept_apart_in_parts_and_threads(
    numbered: Plan, features: int, workers: int
) -> None:
    units = numbered.layers["units"].index
    whole = places_of(numbered, units, 10**9, 1).parts
    found = places_of(numbered, units, features, workers).parts
    assert list(whole) == list(LAYER_OF)
    for level, rows in whole.items():
        pd.testing.assert_frame_equal(found[level], rows)
        layer = numbered.layers[LAYER_OF[level]]
        areas = layer.area.reindex(rows.index)
        assert rows.index.is_unique
        assert (rows["denominator"] == areas).all()
        for unit in units:
            alone = places_of(numbered, pd.Index([unit]), features, workers).parts[level]
            pd.testing.assert_frame_equal(alone, rows[rows["unit_id"] == unit])
    assert len(whole["block"].index.intersection(whole["building"].index)) > 10
    assert not whole["block"]["numerator"].equals(whole["parcel"]["numerator"])


@pytest.mark.parametrize("count", [1, 2, 3, 7, 1000])
def test_tiles_hold_every_unit_once(plan: Plan, count: int) -> None:
    units = plan.layers["units"]
    found = list(tiles(units, count))
    assert len(found) == min(count, len(units))
    assert sorted(u for ids in found for u in ids) == sorted(units.index)
