"""A disk that fills up while results are written: said so, and what was there before stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.calls import called

ONE = ("--indicator", "park_coverage", "--lang", "en")
MAIN = "from carbonspace.cli import main\nmain()\n"
LIMITED = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))\n" + MAIN
IN_NAMESPACE = ("unshare", "--mount", "--map-root-user")
SMALL_DISK = """
set -eu
mount -t tmpfs -o size=4m none "$DISK"
run() { "$PYTHON" -c "$MAIN" run "$PLAN" --out "$DISK/out" "$@"; }
run --indicator park_coverage > /dev/null
find "$DISK/out" -type f -exec sha256sum {} + > "$SUMS"
head -c 4m /dev/zero > "$DISK/filler" 2> /dev/null || true
truncate -s "-$ROOM" "$DISK/filler"
code=0; run --indicator park_coverage --force --lang en 2> "$SUMS.said" || code=$?
echo "code $code"
sha256sum --check --quiet "$SUMS"
echo "left $(ls -A "$DISK" | tr '\\n' ' ')"
"""


def has_a_disk() -> bool:
    """Return whether this machine lets a process have a file system of its own."""
    trial = [*IN_NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"]
    return shutil.which("unshare") is not None and not subprocess.run(trial, check=False).returncode


def files(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("limit", [8_000, 60_000, 104_000])
def test_a_file_that_cannot_grow(plan: Path, tmp_path: Path, limit: int) -> None:
    """The limit of a process on the size of files: whichever writer meets it first."""
    out = tmp_path / "out"
    assert called("run", plan, "--out", out, *ONE) == 0
    assert max(path.stat().st_size for path in out.rglob("*")) > limit
    before = files(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(limit), "run", plan, "--out", out, *ONE, "--force"],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "the results cannot be written to" in done.stderr
    assert files(tmp_path) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "plan.gpkg", "plan.toml"]


@pytest.mark.parametrize("room_kb", [8, 64, 200])
def test_a_disk_that_is_full(plan: Path, tmp_path: Path, room_kb: int) -> None:
    """A real file system without room, where this machine lets us have one of our own."""
    if not has_a_disk():
        pytest.skip("no file system of its own to be had here")
    (tmp_path / "disk").mkdir()
    said = tmp_path / "sums"
    settings = {"PLAN": plan, "DISK": tmp_path / "disk", "SUMS": said, "PYTHON": sys.executable,
                "MAIN": MAIN, "ROOM": f"{room_kb}K"}  # fmt: skip
    done = subprocess.run(
        [*IN_NAMESPACE, "sh", "-c", SMALL_DISK],
        env={**os.environ, **{name: str(value) for name, value in settings.items()}},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["code 3", "left filler out "], done.stderr
    assert "the disk is full" in Path(f"{said}.said").read_text("utf-8")
