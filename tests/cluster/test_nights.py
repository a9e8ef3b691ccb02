"""`carbonspace batch --cluster`: nights whose tiles are computed by workers."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.cli.calls import called
from tests.cluster.farm import Farm
from tests.tiled.conftest import partitioned, town

CITY = """[[city]]
name = "Town"
plan = "parts"
results = "{results}"
cache = "{results}"
indicators = ["park_coverage", "road_density"]
profiles = ["pku"]
"""
TILES = "tile_features = 900\n"


def _city(folder: Path, results: str, more: str = TILES) -> Path:
    file = folder / f"{results}.toml"
    file.write_text(CITY.format(results=results) + more, "utf-8")
    return file


def _kept(folder: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / "history.sqlite") as history:
        return history.execute("SELECT level, unit_id, indicator, profile, value, status, "
                               "valid_from IS NULL, valid_to IS NULL FROM verdict "
                               "ORDER BY 1, 2, 3, 4, 5").fetchall()  # fmt: skip


def test_nights_on_a_cluster_keep_what_nights_here_keep(
    farm: Farm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = town()
    partitioned(tmp_path, layers, features=20)
    ours, theirs = _city(tmp_path, "ours"), _city(tmp_path, "theirs")
    for moved in (0.0, 5.0):
        layers["parks"] = layers["parks"].set_geometry(layers["parks"].translate(moved))
        partitioned(tmp_path, layers, features=20)
        assert called("batch", ours) == 0
        capsys.readouterr()
        assert called("batch", theirs, "--cluster", farm.address, "--json", "--lang", "zh") == 0
        shown = capsys.readouterr()
        assert "集群面板" in shown.err
    assert json.loads(shown.out)["cities"][0]["message"]["changes"]
    assert _kept(tmp_path / "theirs") == _kept(tmp_path / "ours")
    assert called("batch", theirs, "--cluster", "tcp://127.0.0.1:1") == 0  # nothing changed


def test_a_city_without_tiles_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    partitioned(tmp_path, town())
    city = _city(tmp_path, "results", "")
    assert called("batch", city, "--cluster", "local:1", "--lang", "en") == 2
    assert "tile_features" in capsys.readouterr().err
    assert called("batch", city, "--cluster-tls-ca", "ca.pem") == 2
    assert not (tmp_path / "results").exists()


def test_workers_that_do_not_see_the_cache(
    own_farm: Farm, tmp_path: Path, capsys: pytest.CaptureFixture[str], unshare: list[str]
) -> None:
    partitioned(tmp_path, town())
    city = _city(tmp_path, "results")
    (tmp_path / "results").mkdir()
    own_farm.worker(before=[*unshare, str(tmp_path / "results")])
    own_farm.knows(1)
    assert called("batch", city, "--cluster", own_farm.address, "--lang", "en") == 3
    said = capsys.readouterr().err
    assert "do not see the same storage" in said
    assert f"{tmp_path}/results" in said
    assert "cache in city.toml" in said
    assert not [*(tmp_path / "results").rglob("*.tile")]
