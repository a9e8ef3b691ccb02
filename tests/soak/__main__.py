"""The long form of the list of faults: `make soak`, or `python -m tests.soak --kills 200`.

A town is edited, a night is begun, and something befalls it at a random moment. After each the old
results are whole or the new ones are, the log says in one line what happened, and the next night
repairs it. Servers, processes and small disks are its own, and gone afterwards.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.postgis.cluster import database, running_cluster
from tests.soak.cluster import befallen
from tests.soak.disks import database_full, folder_full
from tests.soak.tiled import resumed, tiled_town
from tests.soak.town import Soaked, soaked
from tests.soak.trials import killed, server_befallen, twice

Trial = Callable[[Soaked, random.Random], str]


def main() -> int:
    """Run all trials, say what was survived, and return 1 where anything was not."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kill -9 at so many moments")
    parser.add_argument("--faults", type=int, default=10, help="so often each fault of a server")
    parser.add_argument("--tiles", type=int, default=200, help="kill -9 between tiles so often")
    parser.add_argument("--clusters", type=int, default=40, help="so often faults of a cluster")
    parser.add_argument("--seed", type=int, default=10)
    given = parser.parse_args()
    found = Counter[tuple[str, str]]()
    _tile_after_tile(found, given.tiles, random.Random(given.seed))
    _on_clusters(found, given.clusters, random.Random(given.seed))
    with running_cluster() as cluster, tempfile.TemporaryDirectory(prefix="soak-") as name:
        plan: list[tuple[str, int, Trial]] = [
            ("kill -9, results in PostgreSQL", given.kills, killed),
            ("kill -9, results in a folder", given.kills, killed),
            *((f"server: {fault}", given.faults, server_befallen(cluster, fault))
              for fault in server_befallen.names),
            ("two nights at a time", given.faults, twice),
        ]  # fmt: skip
        for number, (title, times, trial) in enumerate(plan):
            folder = Path(name) / str(number)
            folder.mkdir()
            with database(cluster.start_of_dsn, f"soak{number}") as dsn:
                town = soaked(folder, dsn, in_folder="folder" in title)
                _repeat(found, title, times, trial, town, random.Random(given.seed))
        for title, disk in (("disk of the database full", database_full),
                            ("disk of the folder full", folder_full)):  # fmt: skip
            _once(found, title, lambda disk=disk: disk(cluster, Path(name)))  # type: ignore[misc]
    return _say(found)


def _tile_after_tile(found: Counter[tuple[str, str]], times: int, chance: random.Random) -> None:
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        town = tiled_town(Path(name))
        _repeat(found, "kill -9, tile after tile", times, resumed, town, chance)


def _on_clusters(found: Counter[tuple[str, str]], times: int, chance: random.Random) -> None:
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        trial = befallen(Path(name) / "town")
        for _ in range(times):
            _once(found, "tiles on a cluster", lambda: trial(chance))


def _repeat(
    found: Counter[tuple[str, str]], title: str, times: int, trial: Trial, town: Soaked,
    chance: random.Random,
) -> None:  # fmt: skip
    for _ in range(times):
        _once(found, title, lambda: trial(town, chance))


def _once(found: Counter[tuple[str, str]], title: str, trial: Callable[[], str]) -> None:
    start = time.monotonic()
    try:
        ended = trial()
    except Exception as error:  # noqa: BLE001  the other trials go on
        ended = f"NOT SURVIVED: {type(error).__name__}: {error}"
    found[title, ended] += 1
    sys.stderr.write(f"{title}: {ended} ({time.monotonic() - start:.1f} s)\n")


def _say(found: Counter[tuple[str, str]]) -> int:
    for (title, ended), times in found.items():
        sys.stdout.write(f"| {title} | {ended} | {times} |\n")
    return int(any(ended.startswith("NOT") for _, ended in found))


if __name__ == "__main__":
    sys.exit(main())
