"""Blocks between roads by tiles: drawn by hand, and called and measured as in one process."""

from __future__ import annotations

import json
from concurrent.futures import Executor
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.tiled.conftest import CRS, SOUTH, WEST, bits, partitioned

from carbonspace import evaluate, read_plan
from carbonspace.errors import SourceError
from carbonspace.model.progress import nobody
from carbonspace.prepare import prepare
from carbonspace.sources.window import held_by
from carbonspace.tiled import evaluate_tiled
from carbonspace.tiled.blocks import blocks_within
from carbonspace.tiled.evaluating import begun
from carbonspace.tiled.finding import find_blocks
from carbonspace.tiled.here import Here

UNIT, UNITS = 1000.0, 4
"""Four units of 1 km in a row."""
Lines = list[list[tuple[float, float]]]
ASKED = ("block_size", "pop_density", "road_density")
GRID: Lines = [
    *([(x, 0.0), (x, UNIT)] for x in np.arange(200.0, UNITS * UNIT, 400.0).tolist()),
    [(0.0, 500.0), (UNITS * UNIT, 500.0)],
]
"""Roads that cross without a node, every 400 m, so that no block ends where a unit does."""
CASES: dict[str, Lines] = {
    "crossing without nodes": GRID,
    "larger than a tile": [[(100.0, 100.0), (3900.0, 100.0), (3900.0, 900.0), (100.0, 900.0),
                            (100.0, 100.0)], [(100.0, 300.0), (3900.0, 300.0)]],
    "a dead end": [*GRID, [(700.0, 500.0), (700.0, 800.0)], [(1000.0, 700.0), (1300.0, 700.0)]],
    "along the border of units": [*GRID, [(1000.0, 0.0), (1000.0, UNIT)],
                                  [(2000.0, 100.0), (2000.0, 900.0)],
                                  [(0.0, UNIT), (UNITS * UNIT, UNIT)]],
    "no road in most tiles": [[(50.0, 50.0), (450.0, 50.0), (450.0, 450.0), (50.0, 450.0),
                               (50.0, 50.0)]],
    "an island in a block": [*GRID, [(3050.0, 100.0), (3150.0, 100.0), (3150.0, 200.0),
                                     (3050.0, 200.0), (3050.0, 100.0)]],
}  # fmt: skip


def _plan(folder: Path, lines: Lines, head: str = "") -> Path:
    west = WEST + UNIT * np.arange(UNITS)
    units = gpd.GeoDataFrame(
        {"unit_id": [f"u{n}" for n in range(UNITS)]},
        geometry=shapely.box(west, SOUTH, west + UNIT, SOUTH + UNIT), crs=CRS,
    )  # fmt: skip
    roads = gpd.GeoDataFrame(
        {"road_id": [f"r{n}" for n in range(len(lines))], "road_class": "local"},
        geometry=[shapely.LineString(np.add(one, (WEST, SOUTH))) for one in lines], crs=CRS,
    )  # fmt: skip
    x, y = (one.ravel() for one in np.meshgrid(np.arange(10.0, UNITS * UNIT, 130.0),
                                               np.arange(10.0, UNIT - 100, 110.0)))  # fmt: skip
    parcels = gpd.GeoDataFrame(
        {"parcel_id": [f"p{n}" for n in range(len(x))], "land_use": "0701",
         "population": np.arange(len(x)) % 17 + 1.0},
        geometry=shapely.box(WEST + x, SOUTH + y, WEST + x + 125, SOUTH + y + 105), crs=CRS,
    )  # fmt: skip
    found = partitioned(folder, {"units": units, "roads": roads, "parcels": parcels})
    found.write_text(found.read_text("utf-8") + head, "utf-8")
    return found


@pytest.mark.parametrize("case", CASES)
def test_blocks_are_those_of_the_whole(case: str, one: Executor, tmp_path: Path) -> None:
    plan = _plan(tmp_path, CASES[case])
    whole = evaluate(read_plan(plan), ASKED, ["pku"], workers=1)
    found = evaluate_tiled(plan, executor=one, folder=tmp_path / "tiles", indicators=ASKED,
                           profiles=["pku"], tile_features=80)  # fmt: skip
    pd.testing.assert_frame_equal(bits(found), bits(whole))
    assert "block" in {*found.table["level"]}
    told = found.findings.query("layer == 'blocks'")[["what", "found"]].to_numpy().tolist()
    assert told == whole.findings.query("layer == 'blocks'")[["what", "found"]].to_numpy().tolist()


def _found(plan: Path, tiles: Path, features: int) -> str:
    """Find the blocks of a plan by regions of so many roads, and return what they are called."""
    work = begun(plan, tiles, ["block_size"], [], None, None)
    job = work.blocks_job()
    assert job is not None
    find_blocks(work, Here(), features, nobody)
    return job.name


@pytest.mark.parametrize("features", [1, 3, 1000])
@pytest.mark.parametrize("case", CASES)
def test_what_is_put_down_is_what_preparing_gives(case: str, features: int, tmp_path: Path) -> None:
    plan = _plan(tmp_path, CASES[case])
    name = _found(plan, tmp_path / "tiles", features)
    known = prepare(read_plan(plan)).layers["blocks"]
    found = blocks_within(tmp_path / "tiles", name, None).blocks[0][1]
    assert shapely.to_wkb(found.geometry).tolist() == shapely.to_wkb(known.geometry).tolist()
    assert found.index.equals(known.index)
    assert [*found.columns] == [*known.columns]
    assert found.crs == known.crs
    box = shapely.bounds(known.geometry.iloc[-1]).tolist()
    near = blocks_within(tmp_path / "tiles", name, (box[0], box[1], box[2], box[3]))
    assert known.index[-1] in near.blocks[0][1].index


def test_blocks_are_found_again_only_where_they_are_lost_or_roads_changed(tmp_path: Path) -> None:
    plan, tiles = _plan(tmp_path, GRID), tmp_path / "tiles"
    name = _found(plan, tiles, 3)
    first = blocks_within(tiles, name, None).digest
    before = {file: file.stat().st_mtime_ns for file in tiles.iterdir()}
    _found(plan, tiles, 3)
    assert {file: file.stat().st_mtime_ns for file in tiles.iterdir()} == before
    part = next(tiles.glob(f"{name}-2-0-*.tile"))
    part.write_bytes(b"?")
    with pytest.raises(SourceError, match="missing or corrupt"):
        blocks_within(tiles, name, None)
    _found(plan, tiles, 3)
    assert blocks_within(tiles, name, None).digest == first
    assert len(blocks_within(tiles, name, None).blocks[0][1]) == 22
    assert before[tiles / f"{name}-1.tile"] == (tiles / f"{name}-1.tile").stat().st_mtime_ns
    (tmp_path / "other").mkdir()
    edited = begun(_plan(tmp_path / "other", CASES["a dead end"]), tiles, ["block_size"], [], None,
                   None).blocks_job()  # fmt: skip
    assert edited is not None
    assert edited.seen not in [json.loads(one.read_bytes())["seen"]
                               for one in tiles.glob(f"{name}.receipt")]  # fmt: skip


def test_a_fault_of_roads_far_away_changes_blocks_and_verdicts_as_in_the_whole(
    one: Executor, tmp_path: Path
) -> None:
    # A road that stops 0.3 m short of another: closed, it cuts a block that lies in four units.
    lines = [*CASES["larger than a tile"], [(3000.0, 300.3), (3000.0, 900.0)]]
    plan = _plan(tmp_path, lines)
    whole = evaluate(read_plan(plan), ASKED, ["pku"], workers=1)
    found = evaluate_tiled(plan, executor=one, folder=tmp_path / "tiles", indicators=ASKED,
                           profiles=["pku"], tile_features=80)  # fmt: skip
    pd.testing.assert_frame_equal(bits(found), bits(whole))
    job = begun(plan, tmp_path / "tiles", ASKED, ["pku"], None, None).blocks_job()
    assert job is not None
    assert held_by(plan)["roads"] == job.held["roads"]
    assert len(blocks_within(tmp_path / "tiles", job.name, None).blocks) == 2
