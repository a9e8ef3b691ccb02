"""Tasks in processes of their own: CPU and wall seconds of what is timed, peak memory of all."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]


class Cost(NamedTuple):
    """Medians of `runs` runs; `facts` are those of the last one. `lacking` says why there is none.

    `cpu` and `wall` are seconds between the clocks of the task, `peak_mb` is of the whole process.
    """

    cpu: float = 0.0
    wall: float = 0.0
    peak_mb: float = 0.0
    runs: int = 0
    facts: dict[str, Any] | None = None
    lacking: str = ""


class Bench:
    """Runs tasks on one city, each up to `runs` times or as often as fits into `budget` seconds."""

    def __init__(
        self, folder: Path, *, runs: int, budget: float, tell: Callable[[str], None]
    ) -> None:
        self.folder, self.runs, self.budget, self.tell = folder, runs, budget, tell
        self.costs: dict[str, Cost] = {}

    def measure(self, task: str, *more: str, folder: Path | None = None) -> Cost:
        """Return what a task costs; measured once, remembered by its name."""
        name = " ".join((task, *more)) + ("" if folder is None else f" @{folder.name}")
        if name not in self.costs:
            self.tell(name)
            self.costs[name] = _medians([*self._repeated(task, folder or self.folder, more)])
        return self.costs[name]

    def _repeated(self, task: str, folder: Path, more: tuple[str, ...]) -> Iterator[Cost]:
        started = time.monotonic()
        for _ in range(self.runs):
            yield (cost := run_once(task, folder, *more))
            if cost.lacking or time.monotonic() - started > self.budget:
                return


def run_once(task: str, folder: Path, *more: str) -> Cost:
    """Run a task in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as aside:
        found, said = Path(aside) / "facts.json", Path(aside) / "stderr"
        given = [argument.replace("{out}", str(Path(aside) / "out")) for argument in more]
        command = [sys.executable, "-m", "tests.benchmarks.child", task, str(folder), str(found)]
        with said.open("wb") as errors:
            done = subprocess.run([*command, *given], cwd=ROOT, stderr=errors, env=_settings(),
                                  check=False)  # fmt: skip
        if done.returncode:
            return Cost(lacking=_last_line(said.read_text(encoding="utf-8", errors="replace")))
        facts = json.loads(found.read_text(encoding="utf-8"))
    return Cost(facts["cpu"], facts["wall"], facts["peak_mb"], 1, facts)


def _settings() -> dict[str, str]:
    """Return the environment of a child: the checkout's package, threads only where asked for."""
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p),
            "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # fmt: skip


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "ended without a word"


def _medians(costs: list[Cost]) -> Cost:
    done = [cost for cost in costs if not cost.lacking]
    if len(done) < len(costs):
        return costs[-1]
    cpu, wall, peak = (statistics.median(values) for values in zip(*(c[:3] for c in done)))  # noqa: B905
    return Cost(cpu, wall, peak, len(done), done[-1].facts)
