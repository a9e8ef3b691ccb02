"""By tiles the account of repairs is that of one process, of layers read when it is asked for."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from tests.tiled.conftest import SOUTH, WEST, partitioned, town

from carbonspace import evaluate, read_plan
from carbonspace.tiled import evaluate_tiled

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
ASKED = ("park_coverage",)
MENDING = "\n".join(f'{one} = "repair"' for one in (
    "duplicates", "slivers", "overlaps", "near_misses", "dangles", "across_units"))  # fmt: skip


def faulty() -> dict[str, gpd.GeoDataFrame]:
    """Return the town with faults of all kinds, some far outside of all units."""
    layers = town()
    columns = layers["parcels"].bounds["minx"] // 300
    layers["parcels"]["block_id"] = [f"k{n:.0f}" for n in columns]
    west, east = (WEST, SOUTH, WEST + 40, SOUTH + 30), (WEST - 5000, SOUTH, WEST - 4990, SOUTH + 9)
    bow = shapely.Polygon([(WEST, SOUTH), (WEST + 70, SOUTH + 50), (WEST + 70, SOUTH),
                           (WEST, SOUTH + 60)])  # fmt: skip
    thin = shapely.box(WEST + 5, SOUTH + 900, WEST + 60, SOUTH + 900.02)
    over = shapely.box(WEST + 590, SOUTH + 100, WEST + 600.3, SOUTH + 140)
    new = {"parcels": [bow, thin, over, shapely.box(*east), shapely.box(*east)],
           "buildings": [bow, shapely.box(*west), shapely.box(*west), shapely.box(*east)],
           "parks": [bow, shapely.Polygon()], "census": [shapely.box(*west)],
           "roads": [shapely.LineString([(WEST + 37, SOUTH + 37.3), (WEST + 40, SOUTH + 90)]),
                     shapely.LineString([(WEST - 9e3, SOUTH), (WEST - 8e3, SOUTH + 7)]),
                     shapely.LineString([(WEST - 8.5e3, SOUTH + 3.9), (WEST - 8.5e3, SOUTH + 99)])],
           "transit_stops": [shapely.Point()]}  # fmt: skip
    for key, shapes in new.items():
        rows = layers[key].iloc[[0] * len(shapes)].set_geometry(shapes, crs=layers[key].crs)
        for name in [one for one in rows if str(one).endswith("_id") and one != "block_id"]:
            rows[name] = [f"more{n}" for n in range(len(rows))]
        layers[key] = gpd.GeoDataFrame(pd.concat([layers[key], rows], ignore_index=True))
    return layers


def _held(plan: Path, one: Executor, folder: Path, features: int = 900) -> pd.DataFrame:
    whole = evaluate(read_plan(plan), ASKED, [], workers=1).repairs
    found = evaluate_tiled(plan, executor=one, folder=folder, indicators=ASKED, profiles=[],
                           tile_features=features)  # fmt: skip
    pd.testing.assert_frame_equal(found.repairs, whole, check_exact=True)
    return whole


@pytest.mark.parametrize("policy", ["", MENDING])
@pytest.mark.parametrize("basis", ["roads", "parcels"])
def test_faults_of_all_kinds(one: Executor, tmp_path: Path, policy: str, basis: str) -> None:
    plan = partitioned(tmp_path, faulty())
    text = plan.read_text("utf-8").replace('blocks = "roads"', f'blocks = "{basis}"')
    plan.write_text(f"{text}\n[policy]\n{policy}\n", "utf-8")
    told = _held(plan, one, tmp_path / "tiles")
    assert {"invalid", "duplicates", "slivers", "overlaps"} <= {*told["fault"]}
    assert {"parcels", "buildings", "parks", "census", "roads"} <= {*told["layer"]}


def test_lines_that_are_outlines_of_parcels(one: Executor, tmp_path: Path) -> None:
    layers = town()
    rings = shapely.boundary(layers["parcels"].geometry.to_numpy())
    layers["bike_corridors"] = gpd.GeoDataFrame(
        {"corridor_id": [f"c{n}" for n in range(len(rings))], "corridor_class": "1"},
        geometry=rings, crs=layers["parcels"].crs)  # fmt: skip
    plan = partitioned(tmp_path, layers)
    plan.write_text(f'{plan.read_text("utf-8")}\n[policy]\noutlines = "keep"\n', "utf-8")
    assert "outlines" in {*_held(plan, one, tmp_path / "tiles")["fault"]}


@pytest.mark.parametrize("name", ["golden", "barbican"])
def test_the_samples(one: Executor, tmp_path: Path, name: str) -> None:
    _held(SAMPLES / name / "plan.toml", one, tmp_path, 5_000)


def test_what_was_drawn_is_not_read_again(
    one: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = partitioned(tmp_path, faulty())
    found = evaluate_tiled(plan, executor=one, folder=tmp_path / "tiles", indicators=ASKED,
                           profiles=[], tile_features=900)  # fmt: skip
    assert {*found.plan.layers} > {"parcels", "roads", "buildings"}
    monkeypatch.setattr("carbonspace.tiled.mending.read_window", None)
    assert len(found.repairs)


def test_layers_that_are_too_large_are_told(
    one: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonspace.tiled.mending.KEPT_FEATURES", 150)
    plan = partitioned(tmp_path, faulty())
    found = evaluate_tiled(plan, executor=one, folder=tmp_path / "tiles", indicators=ASKED,
                           profiles=[], tile_features=900)  # fmt: skip
    said = found.findings.query("what == 'Too many features for the account of repairs'")
    assert {*said["layer"]} & {*found.repairs["layer"]} == set()
    assert "parcels" in {*said["layer"]}
    assert "parks" in {*found.repairs["layer"]}
