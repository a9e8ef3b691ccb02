"""By tiles the city has the rows it has in one process, where its units do not tile it, too."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import affinity
from tests.tiled.conftest import RULES, bits, partitioned, town

from carbonspace import evaluate, read_plan
from carbonspace.tiled import evaluate_tiled
from carbonspace.tiled.nights import evaluate_again
from carbonspace.tiled.sizes import sizes_of

ASKED = ("road_density", "park_coverage", "block_size", "bike_network_connectivity", "pop_density",
         "sunlight_hours")  # fmt: skip


def _moved(layers: dict[str, gpd.GeoDataFrame], draw: np.random.Generator) -> None:
    """Turn and shift the whole town."""
    angle, shift = draw.uniform(0, 90), draw.uniform(-5000, 5000, 2)
    for layer in layers.values():
        turned = [affinity.translate(affinity.rotate(one, angle, origin=(500_000, 4_000_000)),
                                     *shift) for one in layer.geometry]  # fmt: skip
        layer["geometry"] = turned


def disturbed(seed: int) -> dict[str, gpd.GeoDataFrame]:
    """Return the town turned and shifted; some units overlap others, or leave a gap."""
    draw, layers = np.random.default_rng(seed), town()
    units = layers["units"]
    if seed % 2:
        layers["city"] = units.dissolve()[["geometry"]].assign(city_id="c")
    for row in draw.choice(len(units), 3, replace=False):
        west, south, east, north = units.geometry[row].bounds
        more = draw.choice([-40.0, 35.0, -0.4, 0.3])
        units.loc[row, "geometry"] = shapely.box(west, south, east + more, north + more)
    _moved(layers, draw)
    return layers


@pytest.mark.parametrize("seed", [1, 2])
def test_a_city_of_units_that_overlap_or_leave_gaps(
    one: Executor, tmp_path: Path, seed: int
) -> None:
    plan = partitioned(tmp_path, disturbed(seed))
    whole = evaluate(read_plan(plan), ASKED, RULES, workers=1)
    assert len(whole.ledger) == 4
    assert whole.ledger[["gaps", "overlaps"]].to_numpy().max() > 100
    for features in (10**6, 300):
        found = evaluate_tiled(plan, executor=one, folder=tmp_path / "tiles", indicators=ASKED,
                               profiles=RULES, tile_features=features)  # fmt: skip
        pd.testing.assert_frame_equal(bits(found), bits(whole))
        assert "city" in {*found.table["level"]}
        pd.testing.assert_frame_equal(found.ledger, whole.ledger, check_exact=True)


def test_a_city_with_a_wider_boundary(one: Executor, tmp_path: Path) -> None:
    layers = town()
    wider = layers["units"].dissolve().buffer(50).to_frame("geometry").assign(city_id="c")
    plan = partitioned(tmp_path, {**layers, "city": wider})
    whole = evaluate(read_plan(plan), ASKED, RULES, workers=1)
    found = evaluate_tiled(plan, executor=one, folder=tmp_path / "tiles", indicators=ASKED,
                           profiles=RULES, tile_features=900)  # fmt: skip
    pd.testing.assert_frame_equal(bits(found), bits(whole))


WEST, SOUTH, EAST, NORTH = town()["units"].geometry[7].bounds
FAULTY = {
    "overlaps": shapely.box(WEST, SOUTH, EAST + 0.2, NORTH),
    "gaps": shapely.box(WEST, SOUTH, EAST - 0.2, NORTH),
    "invalid": shapely.Polygon([(WEST, SOUTH), (EAST, NORTH), (EAST, SOUTH), (WEST, NORTH)]),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_verdicts_on_a_city_whose_units_might_be_treated_otherwise(
    one: Executor, tmp_path: Path, fault: str
) -> None:
    layers = town()
    layers["units"].loc[7, "geometry"] = FAULTY[fault]
    plan = partitioned(tmp_path, layers)
    whole = evaluate(read_plan(plan), ASKED[:2], RULES, workers=1)
    assert (fault, "units") in {(one.fault, one.layer) for one in whole.plan.repairs}
    found = evaluate_tiled(plan, executor=one, folder=tmp_path / "tiles", indicators=ASKED[:2],
                           profiles=RULES, tile_features=400)  # fmt: skip
    pd.testing.assert_frame_equal(bits(found), bits(whole))
    pd.testing.assert_frame_equal(found.ledger, whole.ledger, check_exact=True)


def test_the_city_counts_as_a_job_in_the_estimate(tmp_path: Path) -> None:
    plan = partitioned(tmp_path, disturbed(1))
    asked = {"indicators": ["road_density"], "profiles": []}
    known = sizes_of(plan, **asked)  # type: ignore[arg-type]
    (tmp_path / "as_it_was").mkdir()
    tiling = sizes_of(partitioned(tmp_path / "as_it_was", town()), **asked)  # type: ignore[arg-type]
    assert len(known) == len(tiling) + 1


def test_nights_measure_such_a_city_again_after_an_edit(tmp_path: Path) -> None:
    layers, tiles = disturbed(1), tmp_path / "tiles"
    for run in (1, 2):
        plan = partitioned(tmp_path, layers, features=20)
        night = evaluate_again(plan, folder=tiles, indicators=ASKED[:3], profiles=RULES,
                               tile_features=900, run=run - 1 or None)  # fmt: skip
        night.leave(run)
        night.keep_only(run)
        whole = evaluate(read_plan(plan), ASKED[:3], RULES, workers=1)
        pd.testing.assert_frame_equal(bits(night.assessment), bits(whole))
        pd.testing.assert_frame_equal(night.assessment.ledger, whole.ledger, check_exact=True)
        layers["roads"] = layers["roads"].iloc[1:].reset_index(drop=True)
    assert night.since.known
    assert (night.since.edits["roads"].new.ids.tolist(),
            night.since.edits["roads"].gone.ids.tolist()) == ([], ["r0"])  # fmt: skip
