"""What explains the values of tiles: evidence, layers and service areas as in one process."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from tests.tiled.conftest import RULES, bits

from carbonspace import Assessment, evaluate, read_plan
from carbonspace.errors import UnknownNameError
from carbonspace.model.plan import Plan
from carbonspace.model.progress import nobody
from carbonspace.tiled import assessment_of_units, evaluate_tiled
from carbonspace.tiled.answers import Answered
from carbonspace.tiled.evaluating import begun, evaluated
from carbonspace.tiled.here import Here

ASKED = (
    "road_density", "park_coverage", "block_size", "bike_network_connectivity",
    "park_walk_population_share", "solar_roof_area",
)  # fmt: skip
"""What is local, what hangs on the whole, what counts places across borders."""


def rows(layer: gpd.GeoDataFrame) -> list[tuple[str, ...]]:
    """Return the rows of a layer in an order of their own, floats and geometry as their bits."""
    if "straight_m" in layer:  # beyond the limit it is that of what is in view, in parts, too
        layer = layer.assign(straight_m=layer["straight_m"].where(layer["cause"] != "too_far"))
    named = pd.DataFrame(layer.drop(columns=layer.geometry.name)).astype(object)
    shapes = shapely.to_wkb(layer.geometry.to_numpy(), hex=True)
    said = [(*map(_said, row), str(shape))
            for row, shape in zip(named.itertuples(index=False), shapes, strict=True)]  # fmt: skip
    return sorted(said)


def _said(value: Any) -> str:
    """Return a value as its bits; nothing is nothing, whatever it is called."""
    if value is None or value != value:
        return ""
    return value.hex() if isinstance(value, float) else repr(value)


def assert_same(found: gpd.GeoDataFrame, known: gpd.GeoDataFrame) -> None:
    assert list(found.columns) == list(known.columns)
    assert [*map(str, found.dtypes)] == [*map(str, known.dtypes)]
    assert found.crs.to_string() == known.crs.to_string()
    assert rows(found) == rows(known)


def assert_explained(found: Assessment, known: Assessment) -> None:
    assert found.measures.keys() == known.measures.keys()
    for key in known.measures:
        assert_same(found.evidence(key), known.evidence(key))


@pytest.fixture(scope="module")
def whole(plan: Path) -> Assessment:
    return evaluate(read_plan(plan), ASKED, RULES, workers=1)


@pytest.mark.parametrize("features", [900, 250])
def test_evidence_is_that_of_the_whole(
    plan: Path, whole: Assessment, one: Executor, tmp_path: Path, features: int
) -> None:
    found = evaluate_tiled(plan, executor=one, folder=tmp_path, indicators=ASKED, profiles=RULES,
                           tile_features=features)  # fmt: skip
    assert sum(len(found.evidence(key)) for key in ASKED) > 100
    assert_explained(found, whole)
    for file in tmp_path.glob("*.evidence"):
        file.write_bytes(file.read_bytes()[:-9])
    assert_explained(found, whole)  # measured again


def test_what_is_drawn_is_read_as_in_the_whole(
    plan: Path, whole: Assessment, one: Executor, tmp_path: Path
) -> None:
    found = evaluate_tiled(plan, executor=one, folder=tmp_path, indicators=ASKED[:1], profiles=(),
                           tile_features=900)  # fmt: skip
    assert found.plan.features == pytest.approx(whole.plan.features, rel=0.1)
    assert {*found.plan.layers} == {*whole.plan.layers}
    assert "car_parks" not in found.plan.layers
    for key, layer in whole.plan.layers.items():
        drawn = found.plan.layers[key]
        assert [*drawn.index] == [*layer.index]
        assert (shapely.to_wkb(drawn.geometry) == shapely.to_wkb(layer.geometry)).all()
        assert {*drawn.columns} == {*layer.columns}


def test_service_areas_are_those_of_the_whole(
    plan: Path, whole: Assessment, one: Executor, tmp_path: Path
) -> None:
    found = evaluate_tiled(plan, executor=one, folder=tmp_path, profiles=(),
                           indicators=ASKED[4:5], tile_features=900)  # fmt: skip
    pairs = [*zip(found.walks(), whole.walks(), strict=True)]
    assert pairs
    for ours, theirs in pairs:
        assert (ours.key, ours.indicators) == (theirs.key, theirs.indicators)
        assert_same(ours.areas, theirs.areas)
        assert_same(ours.streets, theirs.streets)


@pytest.fixture
def answered(plan: Path, tmp_path: Path) -> Answered:
    work = begun(plan, tmp_path, ASKED, RULES, None, None)
    return evaluated(work, Here(), 250, nobody).answered


def test_some_units_touch_their_own_tiles_alone(plan: Path, answered: Answered) -> None:
    wanted = ["u0", "u7"]
    mine = {job.name for job in answered.jobs if {*job.tile.units} & {*wanted}}
    theirs = [job for job in answered.jobs if job.name not in mine]
    assert mine
    assert theirs
    for job in theirs:
        for name in (job.name, job.tile.name):
            for file in answered.work.folder.glob(f"{name}*"):
                file.unlink()
    found = assessment_of_units(answered, wanted)
    known = evaluate(read_plan(plan), ASKED, RULES, wanted, workers=1)
    pd.testing.assert_frame_equal(bits(found), bits(known))
    assert_explained(found, known)
    assert_lies_near(found.plan, known.plan, wanted)
    assert found.ledger.equals(known.ledger)


def assert_lies_near(found: Plan, known: Plan, units: list[str]) -> None:
    around = known.layers["units"].loc[units].buffer(140).union_all()
    assert {*found.layers} == {*known.layers}
    for key, layer in known.layers.items():
        near, mine = layer[layer.intersects(around)], found.layers[key]
        assert {*near.index} <= {*mine.index} <= {*layer.index}
        theirs = layer.loc[mine.index]
        assert (shapely.to_wkb(mine.geometry) == shapely.to_wkb(theirs.geometry)).all(), key
    assert len(found.layers["buildings"]) < len(known.layers["buildings"])


def test_some_units_can_be_written(answered: Answered, tmp_path: Path) -> None:
    written = assessment_of_units(answered, ["u3"]).write(tmp_path / "out")
    assert [one.stem for one in written.glob("units/*.html")] == ["u3"]


def test_a_unit_that_there_is_not(answered: Answered) -> None:
    with pytest.raises(UnknownNameError, match="no unit x"):
        assessment_of_units(answered, ["x"])
