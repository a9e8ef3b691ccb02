"""Sizes that no plan should have: slower, or refused in words, never wrong."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import box

from carbonspace import evaluate
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan, Settings
from carbonspace.model.text import Text

CRS = "EPSG:4547"
X, Y = 500_000.0, 4_000_000.0
SECONDS = 60.0
"""Far more than any of this takes; what grows with the square takes hours."""
TINY_UNITS = """
import sys
from tests.benchmarks.child import peak_mb
from tests.test_extremes import tiny_units
from carbonspace import evaluate
found = evaluate(tiny_units(int(sys.argv[1])), ["bus_stop_count"])
print(found.measures["bus_stop_count"].total()[0], len(found.table),
      peak_mb())
"""
LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
from carbonspace import cli, evaluation, outputs, terminal
import carbonspace.sources.project
pages = int(Path("/proc/self/statm").read_text().split()[0])
room = pages * resource.getpagesize() + (int(sys.argv.pop(1)) << 20)
resource.setrlimit(resource.RLIMIT_AS, (room, room))
cli.main()
"""


def layer(shapes: Sequence[object], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=np.asarray(shapes, dtype=object), crs=CRS)


def named(letter: str, count: int) -> list[str]:
    return [f"{letter}{n}" for n in range(count)]


def plan(**layers: gpd.GeoDataFrame) -> Plan:
    unit = layer([box(X, Y, X + 2000, Y + 2000)], unit_id=["U"])
    return Plan(Text("极端", "Extreme"), {"units": unit, **layers}, Settings(crs=CRS))


def parcels(shapes: Sequence[object]) -> gpd.GeoDataFrame:
    return layer(shapes, parcel_id=named("p", len(shapes)), land_use=["0701"] * len(shapes),
                 population=[2.0] * len(shapes))  # fmt: skip


def buildings(shapes: Sequence[object]) -> gpd.GeoDataFrame:
    return layer(shapes, building_id=named("b", len(shapes)), use=["0701"] * len(shapes),
                 floors=[3.0] * len(shapes))  # fmt: skip


def tiny_units(side: int) -> Plan:
    """Return a square of units of 20 m, and a bus stop in each of its diagonal."""
    at = np.arange(side) * 20.0
    x, y = (one.ravel() for one in np.meshgrid(X + at, Y + at))
    units = layer(shapely.box(x, y, x + 20, y + 20), unit_id=named("u", side * side))
    stops = layer(shapely.points(X + at + 10, Y + at + 10), stop_id=named("s", side),
                  mode=["bus"] * side)  # fmt: skip
    layers = {"units": units, "transit_stops": stops}
    return Plan(Text("小单元", "Tiny units"), layers, Settings(crs=CRS))


def total(found: Assessment, quantity: str) -> float:
    return float(found.ledger.set_index("quantity").loc[quantity, "city"])


def test_many_tiny_units() -> None:
    """Forty thousand here; a million take 25 times the time and the memory."""
    done = subprocess.run([sys.executable, "-c", TINY_UNITS, "200"], capture_output=True,
                          text=True, check=True, timeout=SECONDS)  # fmt: skip
    count, rows, megabytes = map(float, done.stdout.split())
    assert (count, rows) == (200, 200 * 200 + 1)
    assert megabytes < 500


def test_a_unit_larger_than_a_part() -> None:
    shapes = [box(X + 9 * n, Y, X + 9 * n + 5, Y + 10) for n in range(200)]
    city = plan(buildings=buildings(shapes), parcels=parcels([box(X, Y, X + 1900, Y + 50)]))
    whole, parts = evaluate(city), evaluate(city, part_features=10)
    pd.testing.assert_frame_equal(whole.table, parts.table, check_exact=True)
    assert total(parts, "floor area") == 200 * 50 * 3


def test_a_parcel_of_a_hundred_thousand_vertices() -> None:
    turn = np.linspace(0, 2 * math.pi, 100_000, endpoint=False)
    reach = 700 + 50 * np.cos(500 * turn)
    ring = np.stack((X + 1000 + reach * np.cos(turn), Y + 1000 + reach * np.sin(turn)), axis=1)
    shape = shapely.Polygon(ring)
    houses = [box(X + n, Y + 990, X + n + 10, Y + 1000) for n in range(0, 2000, 20)]
    start = time.process_time()
    found = evaluate(plan(parcels=parcels([shape]), buildings=buildings(houses)))
    assert time.process_time() - start < SECONDS
    assert total(found, "population") == 2.0
    assert found.plan.layers["parcels"].geometry.iloc[0].area == pytest.approx(shape.area)


@pytest.mark.parametrize("profiles", [[], ["pku"]])
def test_buildings_at_one_place(profiles: list[str]) -> None:
    shapes = [box(X + 10, Y + 10, X + 30, Y + 30)] * 10_000
    city = plan(buildings=buildings(shapes), parcels=parcels([box(X, Y, X + 90, Y + 90)]))
    start = time.process_time()
    found = evaluate(city, profiles=profiles)
    assert time.process_time() - start < SECONDS
    assert total(found, "floor area") == 10_000 * 400 * 3
    assert len(found.findings) < 500


@pytest.mark.parametrize("profiles", [[], ["pku"]])
def test_parcels_at_one_place(profiles: list[str]) -> None:
    start = time.process_time()
    found = evaluate(plan(parcels=parcels([box(X, Y, X + 90, Y + 90)] * 5_000)), profiles=profiles)
    assert time.process_time() - start < SECONDS
    assert total(found, "population") == 10_000
    (overlap,) = [one for one in found.plan.repairs if one.fault == "overlaps"]
    assert overlap.features == 4_999
    assert len(found.findings) < 500


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's here")
def test_a_layer_larger_than_the_memory(tmp_path: Path) -> None:
    """It is more than an eighth of what is left; a process that ran out could only die."""
    at = np.arange(300) * 20.0
    x, y = (one.ravel() for one in np.meshgrid(X + at, Y + at))
    shapes = shapely.buffer(shapely.points(x, y), 5, quad_segs=16)
    units = layer([box(X, Y, X + 9000, Y + 9000)], unit_id=["U"])
    units.to_file(tmp_path / "plan.gpkg", layer="units")
    parcels(shapes).to_file(tmp_path / "plan.gpkg", layer="parcels")
    (tmp_path / "plan.toml").write_text(
        'format = 1\nname = "x"\ncrs = "EPSG:4547"\n[layers]\n'
        'units = { source = "plan.gpkg", layer = "units" }\n'
        'parcels = { source = "plan.gpkg", layer = "parcels" }\n', encoding="utf-8",
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", LITTLE_MEMORY, "700", "run", tmp_path / "plan.toml",
         "--out", tmp_path / "out", "--lang", "en"],
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "parcels: The layer is too large" in done.stderr
    assert "MiB by feature" in done.stderr
    assert 'Select features with where = "…" under [layers.parcels]' in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.gpkg", "plan.toml"]
