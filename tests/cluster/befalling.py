"""A small town evaluated by tiles on a cluster to which something happens in the middle of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.conftest import PATIENCE
from tests.cluster.farm import Farm, frozen
from tests.postgis.faults import Wire, wire_to
from tests.tiled.conftest import RULES, bits

from carbonspace import Assessment, evaluate, read_plan
from carbonspace.cluster.dask_engine import engine
from carbonspace.model.progress import Step
from carbonspace.tiled import evaluate_tiled

ASKED = ("road_density", "park_coverage", "block_size", "bus_stop_count", "bike_route_count")
FEATURES = 100
"""So small that each of the eighteen units is a tile of its own."""


@dataclass
class Befallen:
    """A cluster, and the wire over which each of its workers reaches the scheduler."""

    farm: Farm
    wires: list[Wire]


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Befallen]:
    """Yield a cluster of separate processes that a test may harm."""
    folder.mkdir()
    with ExitStack() as stack:
        farm = stack.enter_context(Farm(folder))
        wires = [stack.enter_context(wire_to(farm.port)) for _ in range(workers)]
        for one in wires:
            farm.worker(f"tcp://127.0.0.1:{one.port}")
        farm.knows(workers)
        yield Befallen(farm, wires)


Fault = Callable[[Befallen, int], None]
FAULTS: dict[str, Fault] = {
    "killed": lambda on, n: on.farm.workers[n].kill(),
    "frozen": lambda on, n: frozen(on.farm.workers[n]),
    "cut off": lambda on, n: on.wires[n].close(),
    "cut off without a word": lambda on, n: on.wires[n].mute(),
}


def digest_of(found: Assessment) -> str:
    """Return what tells the values and verdicts of an assessment from any others."""
    return hashlib.sha256(bits(found).to_csv().encode()).hexdigest()


def known(plan: Path) -> str:
    """Return the digest that one process comes to, untiled."""
    return digest_of(evaluate(read_plan(plan), ASKED, RULES, workers=1))


def by_tiles(on: Befallen, plan: Path, tiles: Path, faults: Mapping[int, Fault]) -> str:
    """Return the digest of a run; after so many receipts something happens to the next worker."""
    left = [*enumerate(sorted(faults.items()))]

    def heard(_step: Step) -> None:
        while left and len(receipts(tiles)) >= left[0][1][0]:
            worker, (_, fault) = left.pop(0)
            fault(on, worker)

    with engine(on.farm.address, plan, tiles, patience=PATIENCE) as running:
        found = evaluate_tiled(plan, executor=running, folder=tiles, indicators=ASKED,
                               profiles=RULES, tile_features=FEATURES, progress=heard)  # fmt: skip
    assert not left
    return digest_of(found)


def receipts(tiles: Path) -> dict[str, int]:
    """Return the receipts that lie there, and when each was written."""
    return {file.name: file.stat().st_mtime_ns for file in tiles.glob("*.receipt")}
