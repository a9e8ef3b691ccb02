"""Blocks found region by region: those of the whole, called alike, whatever the roads are like."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.tiled.conftest import CRS, SOUTH, WEST, partitioned

from carbonspace import read_plan
from carbonspace.model.policy import Policies
from carbonspace.model.progress import nobody
from carbonspace.prepare import prepare
from carbonspace.prepare.alternatives import alternatives
from carbonspace.tiled import looking, numbering
from carbonspace.tiled.blocks import blocks_within
from carbonspace.tiled.evaluating import Work, begun
from carbonspace.tiled.finding import find_blocks, regions_of
from carbonspace.tiled.here import Here

SIDE = 1000.0
Line = Sequence[tuple[float, float]]
Blocks = list[tuple[Policies, list[str], list[bytes]]]
SQUARE: Line = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]


def plan_of(folder: Path, lines: Sequence[Line], units: Sequence[tuple[int, int]]) -> Path:
    """Write a plan of square units and of roads in metres from its corner."""
    x, y = np.array(units, dtype=float).T * SIDE
    ground = shapely.box(WEST + x, SOUTH + y, WEST + x + SIDE, SOUTH + y + SIDE)
    layers = {
        "units": gpd.GeoDataFrame({"unit_id": [f"u{n}" for n in range(len(ground))]},
                                  geometry=ground, crs=CRS),
        "roads": gpd.GeoDataFrame({"road_id": [f"r{n}" for n in range(len(lines))],
                                   "road_class": "local"}, crs=CRS,
                                  geometry=[shapely.LineString(np.add(one, (WEST, SOUTH)))
                                            for one in lines]),
    }  # fmt: skip
    homes = {"land_use": "0701", "population": 100.0}
    layers["parcels"] = layers["units"].drop(columns="unit_id").assign(**homes)
    return partitioned(folder, layers, features=5)


def work_of(plan: Path, tiles: Path) -> Work:
    """Ask for blocks, with verdicts on them, so that faults are treated otherwise, too."""
    return begun(plan, tiles, ["block_size", "pop_density"], ["pku"], None, None)


def by_regions(plan: Path, tiles: Path, features: int) -> Blocks:
    """Return what regions of so many roads come to."""
    work = work_of(plan, tiles)
    find_blocks(work, Here(), features, nobody)
    job = work.blocks_job()
    assert job is not None
    found = blocks_within(tiles, job.name, None).blocks
    return [(policy, [*blocks.index], [*shapely.to_wkb(blocks.geometry)])
            for policy, blocks in found]  # fmt: skip


def as_whole(plan: Path, *, judged: bool = True) -> Blocks:
    """Return what preparing all of the plan comes to."""
    raw = read_plan(plan)
    known = prepare(raw)
    plans = [known, *(one.plan for one in (alternatives(raw, known) if judged else ())
                      if "blocks" in one.differing)]  # fmt: skip
    return [(one.settings.policy, [*one.layers["blocks"].index],
             [*shapely.to_wkb(one.layers["blocks"].geometry)]) for one in plans]  # fmt: skip


def square(x: float, y: float, side: float) -> Line:
    """Return a ring of roads."""
    return [(x + side * a, y + side * b) for a, b in SQUARE]


ROW = [(n, 0) for n in range(5)]
CASES: dict[str, list[Line]] = {
    "squares cut into halves of one box": [
        line for x in range(0, 5000, 250) for line in (
            square(x + 20.0, 100.0, 200.0), [(x + 20.0, 100.0), (x + 220.0, 300.0)],
            square(x + 20.0, 500.0, 200.0), [(x + 20.0, 700.0), (x + 220.0, 500.0)])],
    "the corner of its box far from all of its roads": [
        [(100.0, 900.0), (3000.0, 900.0), (3000.0, 100.0), (4900.0, 100.0)],
        [(100.0, 900.0), (100.0, 950.0), (4900.0, 950.0), (4900.0, 100.0)],
        *(square(x, 200.0, 90.0) for x in range(150, 2900, 300))],
    "a ring around everything, with islands": [
        square(5.0, 5.0, 990.0), [(5.0, 5.0), (5.0, 995.0), (4995.0, 995.0), (4995.0, 5.0),
                                  (5.0, 5.0)],
        *(square(x, 400.0, 150.0) for x in range(1100, 4700, 400))],
    "one stretch across all regions, bent by an end that is rounded": [
        [(10.0, 300.0), (4990.0, 301.0)], *([(x, 300.5), (x, 990.0)] for x in
                                            range(100, 4900, 240)),
        [(4900.0, 300.0 + 4890.0 / 4980.0 + 4e-7), (4900.0, 20.0)],
        [(10.0, 980.0), (4990.0, 980.0)]],
    "two wide blocks begin at one place": [
        [(480.0, 500.0), (4900.0, 950.0), (4900.0, 50.0), (480.0, 500.0), (4900.0, 500.0)],
        *(square(x, 960.0, 30.0) for x in range(100, 4900, 300))],
    "no road in most regions": [square(30.0, 30.0, 50.0), *(square(x, 60.0, 40.0)
                                                            for x in range(100, 600, 60))],
}  # fmt: skip


@pytest.mark.parametrize("features", [2, 7, 1000])
@pytest.mark.parametrize("case", CASES)
def test_blocks_of_regions_are_those_of_the_whole(case: str, features: int, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, CASES[case], ROW)
    whole = as_whole(plan)
    assert by_regions(plan, tmp_path / "tiles", features) == whole


def _drawn(seed: int) -> list[Line]:
    """Draw a small network with islands, dead ends, near misses, copies, and ties of corners."""
    draw = np.random.default_rng(seed)
    step = float(draw.choice([150.0, 300.0, 700.0]))
    lines = list[Line]()
    for at in np.arange(0.0, 3000.0, step):
        ends = np.sort(draw.choice(np.arange(0.0, 3001.0, step), 2, replace=False))
        for turned in (False, True):
            if draw.random() < 0.8:
                bend = draw.choice([0.0, 0.0, 0.3, 40.0])
                line = [
                    (float(ends[0]), at + 1.0),
                    (float(ends.mean()), at + 1.0 + bend),
                    (float(ends[1]) + float(draw.choice([0.0, 0.4, -0.4, 25.0])), at + 1.0),
                ]
                lines.append([(y, x) for x, y in line] if turned else line)
    for x, y in draw.integers(0, 30, (draw.integers(1, 12), 2)) * 100.0:
        side = float(draw.choice([12.0, 60.0, 200.0, 900.0]))
        lines.append(square(float(x), float(y), side))
        if draw.random() < 0.5:
            lines.append([(float(x), float(y)), (float(x) + side, float(y) + side)])
    lines += [lines[n] for n in draw.integers(0, len(lines), draw.integers(0, 3))]
    return lines


def check(folder: Path, seed: int, features: int) -> None:
    """Assert that a drawn network has the same blocks by regions and as a whole."""
    draw = np.random.default_rng(seed)
    every = [(x, y) for x in range(3) for y in range(3)]
    units = [every[n] for n in np.flatnonzero(draw.random(9) < 0.8)] or every[:1]
    plan = plan_of(folder, _drawn(seed), units)
    whole = as_whole(plan)
    found = by_regions(plan, folder / "tiles", features)
    assert found[0] == whole[0]
    for one in whole[1:]:
        assert [other for other in found if other[0] == one[0]] == [one]


def test_what_one_region_does_not_know_is_told_when_all_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbered one region after the other blocks are not called as in the whole."""
    plan = plan_of(tmp_path, CASES["squares cut into halves of one box"], ROW)
    whole = as_whole(plan)
    monkeypatch.setattr(numbering, "placed", _one_after_the_other)
    found = by_regions(plan, tmp_path / "tiles", 7)
    assert {*found[0][2]} == {*whole[0][2]}
    assert found != whole


def _one_after_the_other(keys: list[np.ndarray]) -> list[np.ndarray]:
    return np.split(np.arange(sum(map(len, keys))), np.cumsum([*map(len, keys)])[:-1])


def test_what_bends_a_stretch_is_read_however_far_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it blocks differ by the rounding of an end kilometres away."""
    plan = plan_of(tmp_path, CASES["one stretch across all regions, bent by an end that is "
                                   "rounded"], ROW)  # fmt: skip
    monkeypatch.setattr(looking, "reaching_out", lambda *_: np.empty((0, 4)))
    assert by_regions(plan, tmp_path / "tiles", 7) != as_whole(plan)


@pytest.mark.parametrize("features", [1, 4, 9])
def test_regions_hold_each_place_once(features: int, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, CASES["no road in most regions"], [(0, 0), (3, 2)])
    work = work_of(plan, tmp_path / "tiles")
    job = work.blocks_job()
    assert job is not None
    boxes = [one.box for one in regions_of(work, job, features)]
    assert len(boxes) == -(-sum(job.held["roads"].rows) // features)
    edges = [(x, y) for box in boxes for x in box[::2] for y in box[1::2] if np.isfinite(x + y)]
    for x, y in [*edges, (-1e9, 0.0), (WEST + 10.0, SOUTH + 20.0), (1e9, 1e9)]:
        assert sum(b[0] <= x < b[2] and b[1] <= y < b[3] for b in boxes) == 1


@settings(max_examples=12, deadline=None, suppress_health_check=[*HealthCheck])
@given(seed=st.integers(0, 10_000), features=st.sampled_from([2, 5, 12]))
def test_blocks_of_any_network_are_those_of_the_whole(seed: int, features: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check(Path(folder), seed, features)
