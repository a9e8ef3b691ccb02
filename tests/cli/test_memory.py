"""What is said where memory does not suffice, and that giving it back harms nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import shapely
from tests.cli.calls import called

from carbonspace import assessing
from carbonspace.memory import given_back, raise_if_memory


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        shapely.GEOSException("std::bad_alloc"),
        RuntimeError("can't start new thread"),
        OSError(12, "Cannot allocate memory"),
        ImportError("libgdal.so: failed to map segment from shared object"),
    ],
)
def test_want_of_memory_is_said_in_words(
    error: Exception,
    plan: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(assessing, "tall_table", fails)
    assert called("run", plan, "--out", tmp_path / "out", "--lang", "en") == 3
    assert "the memory does not suffice; nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_other_errors_are_what_they_are() -> None:
    raise_if_memory(ValueError("a ring has too few points"))
    given_back()


@pytest.mark.skipif(os.name != "posix", reason="there is no such limit")
@pytest.mark.parametrize("megabytes", [450, 600])
def test_a_limit_of_the_shell_is_said_in_words(plan: Path, tmp_path: Path, megabytes: int) -> None:
    """Libraries that cannot be loaded for want of memory are no fault of carbonspace."""
    code = ("import resource, sys\n"
            f"resource.setrlimit(resource.RLIMIT_AS, ({megabytes << 20}, {megabytes << 20}))\n"
            "from carbonspace.cli import main\nmain()\n")  # fmt: skip
    command = [sys.executable, "-c", code, "run", str(plan), "--out", str(tmp_path / "out")]
    ended = subprocess.run([*command, "--lang", "en"], check=False, capture_output=True, text=True)
    assert (ended.returncode, "memory does not suffice" in ended.stderr) == (3, True)
