"""What real workers cannot work with: named with the remedy, and nothing is half-written."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.cli.calls import called
from tests.cluster.farm import Farm
from tests.soak.disks import disk
from tests.tiled.conftest import partitioned, town

ONE = ("--indicator", "park_coverage")
SMALL = ("--tile-features", "100")
POWERLESS = ["setpriv", "--bounding-set=-dac_override"]
"""What makes of root somebody who may not write into folders of others."""


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    (tmp_path / "plan").mkdir()
    return partitioned(tmp_path / "plan", town())


def _refused(capsys: pytest.CaptureFixture[str], code: int, *given: str | Path) -> dict[str, str]:
    """Return what a run is refused with, in both languages."""
    capsys.readouterr()
    assert called("run", *given, *ONE, *SMALL, "--json") == code
    said: Any = json.loads(capsys.readouterr().out)["error"]
    assert said["zh"] != said["en"]
    return dict(said)


def test_data_that_workers_do_not_see(
    own_farm: Farm, parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    unshare: list[str],
) -> None:  # fmt: skip
    own_farm.worker(before=[*unshare, str(parts.parent)])
    own_farm.knows(1)
    out = tmp_path / "out"
    said = _refused(capsys, 3, parts, "--out", out, "--cluster", own_farm.address)
    assert "do not see the same storage" in said["en"]
    assert f"{parts}, " in said["en"]
    assert str(parts.parent / "parcels") in said["zh"]
    assert "NFS" in said["zh"]
    assert not out.exists()
    assert not [*tmp_path.rglob("*.tile")]


def test_a_folder_of_tiles_that_workers_do_not_see(
    own_farm: Farm, parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    unshare: list[str],
) -> None:  # fmt: skip
    tiles = tmp_path / "tiles"
    tiles.mkdir()
    own_farm.worker(before=[*unshare, str(tiles)])
    own_farm.knows(1)
    said = _refused(capsys, 3, parts, "--out", tmp_path / "out", "--cluster", own_farm.address,
                    "--tiles", tiles)  # fmt: skip
    assert f": {tiles}\n" in said["en"]
    assert str(parts) not in said["en"]
    assert "--tiles" in said["zh"]
    assert [*tiles.iterdir()] == []


def test_a_worker_that_may_not_write(
    own_farm: Farm, parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiles = tmp_path / "tiles"
    tiles.mkdir(mode=0o755)
    if os.geteuid() or subprocess.run([*POWERLESS, "true"], check=False).returncode:
        pytest.skip("only root can make folders of others here")
    os.chown(tiles, 65534, 65534)
    own_farm.worker(before=POWERLESS)
    own_farm.knows(1)
    said = _refused(capsys, 3, parts, "--out", tmp_path / "out", "--cluster", own_farm.address,
                    "--tiles", tiles)  # fmt: skip
    assert f": {tiles}\n" in said["en"]
    assert "allowed to write" in said["en"]
    assert "写入权限" in said["zh"]


@pytest.mark.parametrize("broken", ["missing", "corrupt"])
def test_a_partition_that_is(
    broken: str, farm: Farm, parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tile that would read it is named; the others are done, and need not be again."""
    out, tiles = tmp_path / "out", tmp_path / "tiles"
    given = (parts, "--out", out, "--cluster", farm.address, "--tiles", tiles)
    file = sorted((parts.parent / "parcels").glob("*.parquet"))[0]
    before = file.read_bytes()
    if broken == "missing":
        file.unlink()
    else:
        file.write_bytes(before[:200] + bytes(len(before) - 400) + before[-200:])
    said = _refused(capsys, 3, *given)
    assert "Nothing was written" in said["en"]
    assert 0 < len(re.findall(r"tile \d+ of 18 ", said["en"])) < 18
    assert f"parcels/{file.name}" in said["en"]
    assert re.search(r"第 \d+/18 块", said["zh"])
    assert not out.exists()
    done = {one.name: one.stat().st_mtime_ns for one in tiles.glob("*.receipt")}
    assert done
    file.write_bytes(before)
    assert called("run", *given, *ONE, *SMALL) == 0
    assert all((tiles / name).stat().st_mtime_ns == time for name, time in done.items())


def test_a_full_disk(
    farm: Farm, parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What fits is kept whole, the old results stay, and with more room the rest is done."""
    out, small = tmp_path / "out", tmp_path / "small"
    assert called("run", parts, "--out", out, *ONE) == 0
    old = (out / "indicators.csv").read_bytes()
    with disk(small, "200k") as tiles:
        if tiles is None:
            pytest.skip("no disk can be mounted here")
        given = (parts, "--out", out, "--cluster", farm.address, "--tiles", tiles, "--force")
        said = _refused(capsys, 3, *given)
        assert "No space left on device" in said["en"]
        assert f"{os.uname().nodename}: {tiles}" in said["en"]
        assert "Make room" in said["en"]
        assert "请腾出空间" in said["zh"]
        assert {one.suffix for one in tiles.iterdir()} <= {".tile", ".receipt"}
        assert (out / "indicators.csv").read_bytes() == old
        done = len([*tiles.glob("*.receipt")])
        subprocess.run(["mount", "-o", "remount,size=64m", str(tiles)], check=True)
        assert called("run", *given, *ONE, *SMALL) == 0
        assert 0 < done < len([*tiles.glob("*.receipt")])
        assert (out / "indicators.csv").read_bytes() == old
