"""`carbonspace run --cluster` from the outside: what it writes, says and leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.calls import called
from tests.cluster.farm import ROOT, free_port, wait_until
from tests.tiled.conftest import partitioned, town

ONE = ("--indicator", "park_coverage")
MAIN = """
import signal
from carbonspace.cli import main
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
"""


def test_values_are_those_of_one_process(
    plan: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    assert called("run", plan, "--out", ours, *ONE) == 0
    assert called("run", plan, "--out", theirs, *ONE, "--cluster", "local:2", "--lang", "zh") == 0
    assert (theirs / "indicators.csv").read_bytes() == (ours / "indicators.csv").read_bytes()
    assert (theirs / "report.html").is_file()
    assert "集群面板：http://127.0.0.1:" in capfd.readouterr().err
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_dir()) == ["ours", "theirs"]
    assert called("run", plan, "--out", theirs, *ONE, "--cluster", "local:1", "--lang", "en") == 0
    assert "unchanged" in capfd.readouterr().out


@pytest.mark.parametrize("address", ["host:1", "tcp://host", "local:0", "local:", "http://a:1"])
def test_an_address_that_is_none(plan: Path, tmp_path: Path, address: str) -> None:
    assert called("run", plan, "--out", tmp_path / "out", "--cluster", address) == 2


@pytest.mark.parametrize("more", [("--unit", "U1")])
def test_what_tiles_lack_is_refused(
    plan: Path, tmp_path: Path, more: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert called("run", plan, "--out", out, "--cluster", "local:1", *more) == 2
    assert more[0] in capsys.readouterr().err
    assert called("run", plan, "--out", out, "--tiles", tmp_path / "tiles") == 2
    assert called("run", plan, "--out", out, "--tile-features", "900") == 2
    assert "--tile-features" in capsys.readouterr().err


def test_how_large_tiles_are_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    larger, found = partitioned(tmp_path, town()), list[int]()
    for features in ("1000000", "100"):
        assert called("run", larger, "--plan", *ONE, "--tile-features", features, "--json") == 0
        found.append(json.loads(capsys.readouterr().out)["estimate"]["tiles"])
    assert found[0] == 1
    assert found[1] > 1


def test_no_scheduler_leaves_nothing(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonspace.cluster.guarded.Patience.__new__.__defaults__", (5, 2, 5))
    before, address = {*tmp_path.iterdir()}, f"tcp://127.0.0.1:{free_port()}"
    assert called("run", plan, "--out", tmp_path / "out", "--cluster", address, "--json") == 4
    said = json.loads(capsys.readouterr().out)
    assert address in json.dumps(said)
    assert {*tmp_path.iterdir()} == before


def test_the_estimate_computes_nothing(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {*tmp_path.iterdir()}
    assert called("run", plan, "--out", tmp_path / "out", "--plan", *ONE, "--json") == 0
    found = json.loads(capsys.readouterr().out)["estimate"]
    assert found["tiles"] == 1
    assert found["features"] == 4
    assert 0 < found["core_hours"] < 0.001
    assert called("run", plan, "--plan", "--lang", "en") == 0  # one more for the whole plan
    told = capsys.readouterr().out
    assert told.startswith("2 tiles\n")
    assert "core-hours" in told
    assert {*tmp_path.iterdir()} == before


def test_an_interrupt_ends_the_workers_too(plan: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(MAIN, "utf-8")
    arguments = ["run", plan, "--out", tmp_path / "out", "--cluster", "local:2", "--lang", "en"]
    child = subprocess.Popen(
        [sys.executable, program, *map(str, arguments)], text=True, start_new_session=True,
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert child.stderr is not None
    assert "the dashboard of the cluster" in child.stderr.readline()
    workers = _children(child.pid)
    assert len(workers) >= 2
    os.killpg(child.pid, signal.SIGINT)
    said = child.communicate(timeout=60)[1]
    assert child.returncode == 130
    assert said.strip() == "carbonspace: interrupted, nothing half-written is left"
    wait_until(lambda: not any(Path(f"/proc/{one}").exists() for one in workers), 20)
    assert not (tmp_path / "out").exists()


def _children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").iterdir()
    return [int(one) for task in tasks for one in (task / "children").read_text("utf-8").split()]
