"""What tiles and workers cost as a province grows: `python -m tests.benchmarks.scaling 0.25 1`.

Makes provinces of so many million parcels, and evaluates each in one process as a whole, in one
process by tiles, and by tiles on one and on two workers of Dask: each a run of its own from its
start to its end. Writes scaling.json after each of them, and scaling.svg.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.benchmarks.measure import ROOT
from tests.benchmarks.province import made_province, province_of
from tests.benchmarks.scaling_chart import chart

if TYPE_CHECKING:
    import pandas as pd

WAYS = ("plain", "tiles", "local:1", "local:2")
"""As a whole, by tiles in the same process, and by tiles on so many workers."""
INDICATORS = ("road_density", "park_coverage", "bus_stop_count", "land_use_mix",
              "jobs_housing_ratio", "pv_capacity", "station_coverage")  # fmt: skip
_MOST_PLAIN = 1.0
"""So many million parcels are still evaluated as a whole."""
_TILE = 50_000
_ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Run(NamedTuple):
    """What a run cost, and what it found.

    Attributes
    ----------
    cpu, wall
        Seconds; the former of all processes.
    own_mb, worker_mb
        Peak memory of the process that asks, and of the worker that took most.
    digest
        SHA-256 of all values, as their very bits.
    """

    million: float
    way: str
    cpu: float
    wall: float
    own_mb: float
    worker_mb: float
    rows: int
    digest: str


def run_of(million: float, way: str, plan: Path, indicators: tuple[str, ...]) -> Run:
    """Evaluate a province one way in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="scaling-") as folder:
        facts = Path(folder) / "facts.json"
        command = [sys.executable, "-m", "tests.benchmarks.scaling", "--child", str(facts), way,
                   str(plan), *indicators]  # fmt: skip
        subprocess.run(command, check=True, cwd=ROOT, env=_settings())
        return Run(million, way, **json.loads(facts.read_text("utf-8")))


def _settings() -> dict[str, str]:
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return {**os.environ, "PYTHONPATH": paths, **_ALONE}


def _child(facts: Path, way: str, plan: Path, indicators: list[str]) -> None:
    """Evaluate, and write down what it cost from the start of the process to its end."""
    start = time.perf_counter()
    table = _table(way, plan, indicators, facts.parent / "tiles")
    wall = time.perf_counter() - start
    own, others = (resource.getrusage(who)
                   for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip
    cpu = sum(one.ru_utime + one.ru_stime for one in (own, others))
    told = {"cpu": cpu, "wall": wall, "own_mb": own.ru_maxrss / 1024,
            "worker_mb": others.ru_maxrss / 1024, "rows": len(table),
            "digest": digest_of(table)}  # fmt: skip
    facts.write_text(json.dumps(told), "utf-8")


def _table(way: str, plan: Path, indicators: list[str], folder: Path) -> pd.DataFrame:
    from carbonspace import evaluate, read_plan
    from carbonspace.tiled import evaluate_tiled

    if way == "plain":
        return evaluate(read_plan(plan), indicators, [], workers=1).table
    with _executor(way, plan, folder) as executor:
        return evaluate_tiled(plan, executor=executor, folder=folder, indicators=indicators,
                              profiles=[], tile_features=_TILE).table  # fmt: skip


@contextmanager
def _executor(way: str, plan: Path, folder: Path) -> Iterator[Any]:
    if way == "tiles":
        from carbonspace.tiled.here import Here

        yield Here()
        return
    from carbonspace.cluster.dask_engine import engine

    folder.mkdir()
    with engine(way, plan, folder) as executor:
        yield executor


def digest_of(table: pd.DataFrame) -> str:
    """Return the SHA-256 of a table, floats as their very bits."""
    held = hashlib.sha256()
    for name in sorted(table.columns):
        column = table[name]
        held.update(name.encode())
        if column.dtype.kind == "f":
            held.update(column.to_numpy(dtype="<f8").tobytes())
        else:
            held.update("\n".join(map(repr, column.astype(object).where(column.notna(), None)))
                        .encode("utf-8", "surrogatepass"))  # fmt: skip
    return held.hexdigest()


def study(
    sizes: list[float], folder: Path, out: Path, indicators: tuple[str, ...] = INDICATORS
) -> list[Run]:
    """Measure all sizes in all ways, and write down what is known after each run.

    Raises
    ------
    AssertionError
        One way comes to another value than the others.
    """
    runs = list[Run]()
    for million in sorted(sizes):
        plan = folder / f"{million:g}" / "plan.toml"
        if not plan.exists():
            made_province(province_of(round(million * 1e6)), plan.parent)
        for way in WAYS:
            if way != "plain" or million <= _MOST_PLAIN:
                runs.append(run_of(million, way, plan, indicators))
                sys.stderr.write(f"{runs[-1]}\n")
                _write(runs, out)
        found = {one.digest for one in runs if one.million == million}
        assert len(found) == 1, f"{million:g} M: the values differ"
    return runs


def _write(runs: list[Run], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    told: Mapping[str, Any] = {"indicators": INDICATORS, "tile_features": _TILE,
                               "runs": [one._asdict() for one in runs]}  # fmt: skip
    (out / "scaling.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    (out / "scaling.svg").write_text(chart([one._asdict() for one in runs]), "utf-8")


def main() -> None:
    """Measure provinces of the sizes that are named."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scaling", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=float, default=[0.25, 0.5, 1.0])
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "province")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks")
    asked = parser.parse_args()
    study(asked.sizes, asked.folder, asked.out)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _child(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]), sys.argv[5:])
    else:
        main()
