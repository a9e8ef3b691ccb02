"""`carbonspace partition` on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.calls import called
from tests.cli.test_full_disk import LIMITED


def test_people_are_told_where_layers_went(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("partition", plan, "--out", tmp_path / "out", "--lang", "zh") == 0
    said = capsys.readouterr().out
    assert "图层" in said
    assert "parcels" in said
    assert called("run", tmp_path / "out", "--out", tmp_path / "r", "--quiet") == 0
    assert called("run", plan, "--out", tmp_path / "s", "--quiet") == 0
    one, other = (tmp_path / name / "indicators.csv" for name in "rs")
    assert one.read_bytes() == other.read_bytes()


def test_a_program_is_told(plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("partition", plan, "--out", tmp_path / "out", "--features", "1", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["plan"] == str(tmp_path / "out" / "plan.toml")
    assert {one["layer"]: (one["features"], one["files"]) for one in told["layers"]} == {
        "units": (1, 1), "parcels": (2, 2), "parks": (1, 1)}  # fmt: skip


def test_what_is_not_ours_is_refused(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("partition", plan, "--out", tmp_path, "--lang", "en") == 3
    assert "was not written by carbonspace partition" in capsys.readouterr().err


def test_a_disk_that_fills_up(plan: Path, tmp_path: Path) -> None:
    """The limit of a process on the size of files stands for it."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(2_000), "partition", plan, "--out",
         tmp_path / "out", "--lang", "en"],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "the partitions cannot be written to" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan.gpkg", "plan.toml"]
