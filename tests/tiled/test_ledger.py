"""By tiles the ledger is that of one process, to the last bit, whatever lies across what."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.tiled.conftest import COLUMNS, CRS, ROWS, SIDE, SOUTH, WEST, partitioned, town

from carbonspace import Plan, evaluate, read_plan
from carbonspace.assessing import ledger_of
from carbonspace.city import city_of
from carbonspace.crew import Crew
from carbonspace.evaluation import amounts_of
from carbonspace.model.plan import Settings
from carbonspace.model.progress import nobody
from carbonspace.model.shared import Beyond
from carbonspace.model.text import Text
from carbonspace.prepare import prepare
from carbonspace.robustness import Scope, outcomes_of
from carbonspace.tiled import evaluate_tiled
from carbonspace.tiled.counting import counted, ledger_of_tiles, may_be_owned, zones_layer
from carbonspace.tiled.nights import evaluate_again

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
EVERYTHING = ["area", "road length", "population", "jobs", "floor area"]


def wild(seed: int) -> dict[str, gpd.GeoDataFrame]:
    """Return the town with features that overlap, reach across many units, or lie outside all."""
    draw, layers = np.random.default_rng(seed), town()
    width, height = COLUMNS * SIDE, ROWS * SIDE

    def boxes(count: int, most: float) -> Any:
        low = np.column_stack((WEST + draw.uniform(-300, width, count),
                               SOUTH + draw.uniform(-300, height, count)))  # fmt: skip
        return shapely.box(*low.T, *(low + draw.uniform(5, most, (count, 2))).T)

    layers["parcels"] = _frame(boxes(150, 900), land_use=draw.choice(["0701", "0901"], 150),
                               population=draw.uniform(0, 1e3, 150) / 3)  # fmt: skip
    layers["parcels"]["jobs"] = np.where(draw.uniform(size=150) < 0.5, np.nan, 7.1)
    layers["buildings"] = _frame(boxes(300, 120), building_id=[f"b{n}" for n in range(300)],
                                 floors=draw.integers(1, 30, 300).astype(float))  # fmt: skip
    ends = np.column_stack((WEST + draw.uniform(-400, width + 400, 80),
                            SOUTH + draw.uniform(-400, height + 400, 80)))  # fmt: skip
    along = [[(WEST + SIDE, SOUTH - 50), (WEST + SIDE, SOUTH + height + 50)],
             [(WEST - 50, SOUTH), (WEST + width + 50, SOUTH)],
             [(WEST, SOUTH + 90), (WEST, SOUTH + 700)],
             [(WEST - 900, SOUTH - 90), (WEST - 300, SOUTH - 90)]]  # fmt: skip
    lines = [shapely.LineString(one) for one in [*ends.reshape(-1, 2, 2), *along]]
    layers["roads"] = _frame(lines, road_id=[f"r{n}" for n in range(len(lines))],
                             road_class="local")  # fmt: skip
    del layers["census"]
    return layers


def _frame(shapes: object, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def _same(found: pd.DataFrame, known: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, known, check_exact=True)


def _held(
    plan: Path, one: Executor, folder: Path, asked: tuple[str, ...] = ("park_coverage",),
    sizes: tuple[int, ...] = (10**6, 300),
) -> pd.DataFrame:  # fmt: skip
    """Hold the ledger by tiles of each size against that of one process, and return it."""
    whole = evaluate(read_plan(plan), asked, [], workers=1).ledger
    for features in sizes:
        found = evaluate_tiled(plan, executor=one, folder=folder, indicators=asked, profiles=[],
                               tile_features=features)  # fmt: skip
        _same(found.ledger, whole)
    return whole


@pytest.mark.parametrize("asked", [("road_density",), ("bike_network_connectivity",)])
def test_a_town_whatever_is_asked(
    plan: Path, one: Executor, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    _held(plan, one, tmp_path, asked, sizes=(900, 60))


@pytest.mark.parametrize("seed", [1, 2])
def test_features_across_everything(one: Executor, tmp_path: Path, seed: int) -> None:
    plan = partitioned(tmp_path, wild(seed))
    assert _held(plan, one, tmp_path / "tiles")["quantity"].tolist() == EVERYTHING


@pytest.mark.parametrize("fault", ["overlaps", "slivers", "across_units", "near_misses", "dangles"])
def test_features_that_are_mended_far_away(one: Executor, tmp_path: Path, fault: str) -> None:
    layers = wild(4)
    x, y = WEST + COLUMNS * SIDE - 100, SOUTH + 333.0
    ways = [[(WEST + 5, y), (x, y)], [(x + 0.3, y - 9), (x + 0.3, y + 9)],
            [(WEST + 5, y + 50), (x + 0.4, y + 50)], [(x, y + 40), (x, y + 60)]]  # fmt: skip
    far = [shapely.LineString(way) for way in ways]
    more = _frame(far, road_id=[f"far{n}" for n in range(4)], road_class="local")
    layers["roads"] = gpd.GeoDataFrame(pd.concat([layers["roads"], more], ignore_index=True))
    plan = partitioned(tmp_path, layers)
    plan.write_text(f'{plan.read_text("utf-8")}\n[policy]\n{fault} = "repair"\n', "utf-8")
    _held(plan, one, tmp_path / "tiles", sizes=(200,))


def test_the_samples(one: Executor, tmp_path: Path) -> None:
    for name in ("golden", "barbican"):
        plan = SAMPLES / name / "plan.toml"
        whole = evaluate(read_plan(plan), ("road_density",), [], workers=1).ledger
        found = evaluate_tiled(plan, executor=one, folder=tmp_path / name, profiles=[],
                               indicators=("road_density",), tile_features=2_000)  # fmt: skip
        _same(found.ledger, whole)
        assert len(whole) > 1


def test_a_boundary_that_is_drawn_otherwise(one: Executor, tmp_path: Path) -> None:
    layers = wild(5)
    city = shapely.box(WEST - 1e-5, SOUTH, WEST + COLUMNS * SIDE, SOUTH + ROWS * SIDE + 1e-5)
    plan = partitioned(tmp_path, {**layers, "city": _frame([city], city_id=["c"])})
    assert (_held(plan, one, tmp_path / "tiles")["gaps"] > 0).any()


def test_what_a_boundary_holds_far_from_units_is_counted_by_one_job(
    one: Executor, tmp_path: Path
) -> None:
    layers = wild(6)
    spike = shapely.box(WEST - 2_000, SOUTH, WEST, SOUTH + 1e-4)
    city = shapely.union_all([*layers["units"].geometry, spike])
    plan = partitioned(tmp_path, {**layers, "city": _frame([city], city_id=["c"])})
    prepared = prepare(read_plan(plan))
    assert not may_be_owned(city_of(prepared), prepared.layers["units"])
    _held(plan, one, tmp_path / "tiles")


def test_a_layer_that_nobody_asks_for_and_tiles_cannot_read_is_left_out(
    one: Executor, tmp_path: Path
) -> None:
    layers = wild(8)
    plan = partitioned(tmp_path, {**layers, "buildings": layers["buildings"].to_crs("EPSG:4490")})
    whole = evaluate(read_plan(plan), ("bus_stop_count",), [], workers=1).ledger
    found = evaluate_tiled(plan, executor=one, folder=tmp_path / "tiles", profiles=[],
                           indicators=("bus_stop_count",), tile_features=300)  # fmt: skip
    _same(found.ledger, whole.iloc[:2])
    assert "Not counted in the ledger" in {*found.findings["what"]}


def test_nights_count_what_was_edited_again(tmp_path: Path) -> None:
    layers, tiles = wild(7), tmp_path / "tiles"
    for run in (1, 2, 3):
        plan = partitioned(tmp_path, layers, features=20)
        night = evaluate_again(plan, folder=tiles, indicators=("park_coverage",), profiles=[],
                               tile_features=200, run=run - 1 or None)  # fmt: skip
        night.leave(run)
        night.keep_only(run)
        _same(night.assessment.ledger, evaluate(read_plan(plan), ["park_coverage"], []).ledger)
        layers["roads"] = layers["roads"].iloc[3:].reset_index(drop=True)
        layers["buildings"].loc[run, "floors"] = 77.0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6), st.integers(1, 7))
def test_whoever_has_which_units_each_feature_counts_once(seed: int, tiles: int) -> None:
    layers = {key: layer for key, layer in wild(seed).items()
              if key in ("units", "parcels", "buildings", "roads")}  # fmt: skip
    plan = prepare(Plan(Text("镇", "Town"), layers, Settings(crs=CRS)))
    units, city = plan.layers["units"], city_of(plan)
    scope = Scope(units.index, city, Crew(1), 10**6)

    def amounts(ids: pd.Index) -> Any:
        return outcomes_of(plan, amounts_of(plan.layers), raw=plan, judged=(), progress=nobody,
                           scope=replace(scope, units=ids))[0]  # fmt: skip

    owner = np.random.default_rng(seed).integers(0, tiles, len(units))
    part = replace(plan, beyond=Beyond({"units": units, **plan.layers}))
    zones = zones_layer(city, units.crs)
    told = [counted(part, zones, units.index[owner == n], amounts(units.index[owner == n]))
            for n in range(tiles) if (owner == n).any()]  # fmt: skip
    _same(ledger_of_tiles(units, city, told), ledger_of(plan, scope, amounts(units.index)))
