"""Ctrl-C in a real process, at any moment: exit code 130, and nothing but what was there before."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.calls import called

ONE = ("--indicator", "park_coverage")
SOON_S = 15.0
"""Two seconds on a machine that is not busy; whatever the tests wait for takes minutes."""

MAIN = "from carbonspace.cli import main\nmain()\n"
HEARING = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
"""A shell that runs the tests in the background has its children ignore Ctrl-C."""
STUCK = """
import hashlib, sys
def stuck(*_, **__):
    sys.stderr.write("stuck\\n"), sys.stderr.flush()
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
"""
AT_READING = STUCK + "import carbonspace.sources\ncarbonspace.sources.read_as_found = stuck\n"
AT_WRITING = STUCK + "import carbonspace.outputs.writing as one\none.write_reports = stuck\n"
SWALLOWED = """
import sys, time, carbonspace.sources as sources
def read(*given, read=sources.read_as_found, **named):
    sys.stderr.write("stuck\\n"), sys.stderr.flush()
    try:
        time.sleep(300)
    except BaseException:
        pass
    return read(*given, **named)
sources.read_as_found = read
"""

Files = dict[str, tuple[int, bytes]]


def files(folder: Path) -> Files:
    return {str(p.relative_to(folder)): (p.stat().st_ino, p.read_bytes())
            for p in sorted(folder.rglob("*")) if p.is_file()}  # fmt: skip


def started(plan: Path, out: Path, program: str = "") -> subprocess.Popen[str]:
    arguments = ["run", str(plan), "--out", str(out), *ONE, "--force", "--progress", "json"]
    command = [sys.executable, "-c", HEARING + program + MAIN, *arguments, "--lang", "en"]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


def wait_for(child: subprocess.Popen[str], title: str) -> None:
    """Wait until the child says that a step begins."""
    assert child.stderr is not None
    for line in child.stderr:
        said = json.loads(line)["title"]["en"] if line.startswith("{") else line
        if said.startswith(title):
            return
    raise AssertionError(f"it never came to {title}")


def ended(child: subprocess.Popen[str], presses: int = 1) -> str:
    """Press Ctrl-C and return what the child says, once it has ended as it should."""
    began = time.monotonic()
    for _ in range(presses):
        child.send_signal(signal.SIGINT)
        time.sleep(0.05)
    said = child.communicate(timeout=120)[1]
    assert child.returncode == 130, said
    assert time.monotonic() - began < SOON_S
    return "".join(line for line in said.splitlines() if not line.startswith("{"))


@pytest.fixture
def earlier(plan: Path, tmp_path: Path) -> Iterator[Path]:
    """The folder of a plan and of its results, which must come out of the test as it went in."""
    assert called("run", plan, "--out", tmp_path / "out", *ONE) == 0
    before = files(tmp_path)
    yield tmp_path
    assert files(tmp_path) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "plan.gpkg", "plan.toml"]


@pytest.mark.parametrize(
    "title",
    ["Reading the data", "Preparing the data: Parcels", "Homes within reach",
     "Holding values", "Writing the layers", "Writing the page of unit"],
)  # fmt: skip
def test_a_run_is_interrupted_at(plan: Path, earlier: Path, title: str) -> None:
    child = started(plan, earlier / "out")
    wait_for(child, title)
    assert ended(child) == "carbonspace: interrupted, nothing half-written is left"


def test_a_run_is_interrupted_while_it_loads(plan: Path, earlier: Path) -> None:
    child = started(plan, earlier / "out", 'import sys; sys.stderr.write("loading\\n")\n')
    wait_for(child, "loading")
    time.sleep(0.4)
    assert "interrupted" in ended(child)


def test_impatience_does_not_disturb_the_cleaning_up(plan: Path, earlier: Path) -> None:
    child = started(plan, earlier / "out")
    wait_for(child, "Writing the page of the plan")
    assert "interrupted" in ended(child, presses=5)


def test_a_first_run_leaves_nothing(plan: Path, tmp_path: Path) -> None:
    child = started(plan, tmp_path / "new" / "out")
    wait_for(child, "Writing the page of the plan")
    ended(child)
    assert [*(tmp_path / "new").iterdir()] == []


@pytest.mark.parametrize("program", [AT_READING, AT_WRITING], ids=["reading", "writing"])
def test_compiled_code_that_hears_nothing_is_left(plan: Path, earlier: Path, program: str) -> None:
    child = started(plan, earlier / "out", program)
    wait_for(child, "stuck")
    time.sleep(0.2)
    assert "interrupted" in ended(child)


def test_an_interrupt_that_a_library_swallows_is_heard_at_the_next_step(
    plan: Path, earlier: Path
) -> None:
    child = started(plan, earlier / "out", SWALLOWED)
    wait_for(child, "stuck")
    assert "interrupted" in ended(child)


def test_whoever_wants_it_ignored_is_not_interrupted(plan: Path, tmp_path: Path) -> None:
    ignored = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    child = started(plan, tmp_path / "out", ignored)
    wait_for(child, "Writing the layers")
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=120)
    assert child.returncode == 0
    assert (tmp_path / "out" / "run.json").is_file()
