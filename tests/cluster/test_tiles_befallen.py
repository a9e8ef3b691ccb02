"""The failure table over real tiles: one digest of all values, and a rerun does what is missing."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
from tests.cli.calls import called
from tests.cluster.befalling import (
    ASKED,
    FAULTS,
    FEATURES,
    by_tiles,
    cluster,
    known,
    receipts,
)
from tests.cluster.conftest import long
from tests.cluster.farm import Farm, wait_until
from tests.tiled.conftest import partitioned, town

COMMAND = [word for one in ASKED for word in ("--indicator", one)]
OF_THE_WHOLE = 1
"""What is known of the whole plan is put down by every run."""


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return partitioned(tmp_path_factory.mktemp("town"), town())


@pytest.fixture(scope="module")
def digest(parts: Path) -> str:
    return known(parts)


def test_one_worker_after_the_other(parts: Path, digest: str, tmp_path: Path) -> None:
    faults = dict(zip((4, 12, 20, 28), FAULTS.values(), strict=True))
    with cluster(tmp_path / "farm", 5) as on:
        assert by_tiles(on, parts, tmp_path / "tiles", faults) == digest


@long
@pytest.mark.parametrize("fault", FAULTS)
def test_a_worker_is(fault: str, parts: Path, digest: str, tmp_path: Path) -> None:
    with cluster(tmp_path / "farm", 2) as on:
        assert by_tiles(on, parts, tmp_path / "tiles", {6: FAULTS[fault]}) == digest


def test_the_scheduler_is_killed_and_the_command_run_again(
    parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiles, out, plain = (tmp_path / one for one in ("tiles", "out", "plain"))
    given: list[str | Path] = ["run", parts, *COMMAND, "--out", out, "--tiles", tiles,
                               "--tile-features", str(FEATURES), "--lang", "en"]  # fmt: skip
    with cluster(tmp_path / "farm", 2) as on:
        killing = Thread(target=_kill_when, args=(on.farm, tiles, 24))
        killing.start()
        assert called(*given, "--cluster", on.farm.address) == 4
        killing.join()
    assert "run again" in capsys.readouterr().err
    assert not out.exists()
    before = receipts(tiles)
    with cluster(tmp_path / "another", 2) as on:
        assert called(*given, "--cluster", on.farm.address) == 0
    after = receipts(tiles)
    again = {name for name, time in before.items() if after[name] != time}
    assert 24 <= len(before) < len(after)
    assert len(again) <= OF_THE_WHOLE
    assert called("run", parts, *COMMAND, "--out", plain) == 0
    assert (out / "indicators.csv").read_bytes() == (plain / "indicators.csv").read_bytes()


def _kill_when(farm: Farm, tiles: Path, count: int) -> None:
    wait_until(lambda: len(receipts(tiles)) >= count)
    farm.scheduler.kill()
