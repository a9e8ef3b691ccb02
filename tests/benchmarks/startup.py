"""What the command line costs before it computes: help, and a run of which nothing has changed.

Everything is held against a bare start of the same interpreter, turn about in one go.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.measure import ROOT
from tests.benchmarks.row import Row

TIMES = 11
_BARE = (sys.executable, "-c", "pass")
_CARBONSPACE = (sys.executable, "-m", "carbonspace.cli")
_MUST = {"help": 10.0, "help of run": 10.0, "unchanged run": 20.0}


def rows(plan: Path, *, times: int = TIMES) -> Iterator[Row]:
    """Yield how many bare starts each command takes, by CPU; `plan` is run once to begin with."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        run = (*_CARBONSPACE, "run", str(plan), "--out", str(Path(folder) / "out"))
        subprocess.run(run, env=_settings(), check=True, stdout=subprocess.DEVNULL)
        commands = {"bare": _BARE, "help": (*_CARBONSPACE, "--help"),
                    "help of run": (*_CARBONSPACE, "run", "--help"),
                    "unchanged run": run}  # fmt: skip
        costs = _medians(commands, times)
    for name, must in _MUST.items():
        note = f"{costs[name]:.3f} s, a bare start {costs['bare']:.3f} s"
        yield Row(name, must, costs[name] / costs["bare"], "bare starts", False, note)


def _medians(commands: Mapping[str, Sequence[str]], times: int) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            found[name].append(_cpu(command))
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def _cpu(command: Sequence[str]) -> float:
    """Return the CPU seconds of a command that must end well."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=_settings(), check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _settings() -> dict[str, str]:
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
