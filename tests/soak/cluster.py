"""Tiles of a town on a cluster: something befalls workers or the scheduler, whenever it may be."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.cluster.befalling import FAULTS, Befallen, Fault, by_tiles, cluster, known, receipts
from tests.tiled.conftest import partitioned, town

from carbonspace.errors import LostError

_WORKERS, _RECEIPTS = 4, 36
_LEAST_LEFT = 1


def befallen(folder: Path) -> Callable[[random.Random], str]:
    """Return what tries once what a cluster survives over the town, which lies in a folder."""
    folder.mkdir()
    plan = partitioned(folder, town())
    digest = cache(lambda: known(plan))

    def tried(chance: random.Random) -> str:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            return _tried(plan, Path(name), chance, digest())

    return tried


def _tried(plan: Path, room: Path, chance: random.Random, digest: str) -> str:
    """Evaluate with faults at random, again where the scheduler was gone; the digest is the one."""
    faults = _faults(chance)
    try:
        with cluster(room / "farm", _WORKERS) as on:
            found = by_tiles(on, plan, room / "tiles", faults)
    except LostError:
        return _again(plan, room, digest)
    assert found == digest, "other values"
    return "same digest"


def _again(plan: Path, room: Path, digest: str) -> str:
    """Run again in the same folder; nothing that is there is done again, but of the whole plan."""
    before = receipts(room / "tiles")
    with cluster(room / "another", 2) as on:
        assert by_tiles(on, plan, room / "tiles", {}) == digest, "other values"
    after = receipts(room / "tiles")
    again = sum(after[name] != time for name, time in before.items())
    assert again <= 1, f"{again} tiles were done again"
    return "the scheduler was gone; the rerun did what was missing, same digest"


def _faults(chance: random.Random) -> dict[int, Fault]:
    """Return what happens after how many receipts: to some workers, now and then to all."""
    count = chance.randint(1, _WORKERS - _LEAST_LEFT)
    faults = {chance.randrange(1, _RECEIPTS): chance.choice([*FAULTS.values()])
              for _ in range(count)}  # fmt: skip
    if chance.random() < 0.4:
        faults[chance.randrange(1, _RECEIPTS)] = _scheduler_killed
    return faults


def _scheduler_killed(on: Befallen, _: int) -> None:
    on.farm.scheduler.kill()
