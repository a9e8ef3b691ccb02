"""Nights on a memory held against evaluating anew: `python -m tests.past.sequences --cities 1000`.

Each city is drawn by chance and edited over several nights, wildly; each night is evaluated twice,
with the memory of a night before and without any, and both have to be the same bit for bit: table,
findings, ledger, or what was refused and why. A city is known by its seed and its number.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, starmap
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tests.past.cities import small_city
from tests.past.scenes import Scene, after_a_day, first_scene
from tests.past.wild import Draw
from tests.test_parts import bits

from carbonspace import Assessment, Plan, read_plan
from carbonspace.catalogue import indicators
from carbonspace.errors import CarbonspaceError
from carbonspace.model.layers import LAYERS
from carbonspace.past.file import load, save
from carbonspace.past.memory import Memory
from carbonspace.past.remembered import Past

ROOT = Path(__file__).parents[2]
SIZES = {"small": (40, 3), "M": (12, 3)}
"""The most indicators, and the most nights, of a city of each size."""
_DEAR = ("sun", "light", "solar", "pv", "sky", "view", "shade", "heat", "walk")
"""Indicators whose names say so are not measured on M: they take minutes each."""
_PAUSE = 60.0


@dataclass
class Told:
    """What came of the nights of one city."""

    number: int
    nights: int = 0
    refused: int = 0
    taken: int = 0
    measured: int = 0
    seconds: float = 0.0
    differs: str = ""
    indicators: tuple[str, ...] = ()
    edits: Counter[str] = field(default_factory=Counter)


def outcome(scene: Scene, memory: Memory | None = None) -> Assessment | str:
    """Return what comes of a scene, or why it is refused."""
    try:
        return scene.evaluated(memory)
    except CarbonspaceError as error:
        return f"{type(error).__name__}: {error}"


def difference(one: Assessment | str, other: Assessment | str) -> str:
    """Return the first rows in which two outcomes differ; nothing where they are the same."""
    if isinstance(one, str) or isinstance(other, str):
        said = [one if isinstance(one, str) else "a result" for one in (one, other)]
        return "" if said[0] == said[1] else " | ".join(said)
    tables = {"bits": (bits(one), bits(other)), "table": (one.table, other.table),
              "findings": (one.findings, other.findings),
              "ledger": (one.ledger, other.ledger)}  # fmt: skip
    return "\n".join(filter(None, starmap(_rows_that_differ, tables.items())))


def _rows_that_differ(name: str, both: tuple[pd.DataFrame, pd.DataFrame]) -> str:
    one, other = both
    if one.equals(other):
        return ""
    if one.shape != other.shape:
        rows = one.merge(other.astype(one.dtypes), how="outer", indicator=True)
        rows = rows[rows["_merge"] != "both"]
        return f"{name}: {one.shape} and {other.shape}\n{rows.head(6).to_string()}"
    rows = ~((one == other) | (one.isna() & other.isna())).all(axis=1)
    shown = [frame[rows].head(6).to_string() for frame in both]
    return f"{name}: {int(rows.sum())} rows\n" + "\nnot\n".join(shown)


def city_of_size(size: str, draw: Draw, folder: Path, large: Path) -> Scene:
    """Return the first night of a city that is drawn, or of the large one."""
    keys, most = [*indicators()], SIZES[size][0]
    if size == "small":
        return first_scene(small_city(draw, folder), draw, keys, most)
    cheap = [key for key in keys if not any(word in key for word in _DEAR)]
    return first_scene(read_plan(large), draw, cheap, most)


def sequence(number: int, *, seed: int, size: str, large: Path) -> Told:
    """Return what came of the nights of a city."""
    draw, begun, told = np.random.default_rng([seed, number]), time.process_time(), Told(number)
    with tempfile.TemporaryDirectory(prefix="sequence-") as name:
        scene = city_of_size(size, draw, Path(name), large)
        told.indicators = scene.indicators
        try:
            told.differs = next(_nights(scene, draw, Path(name), told, SIZES[size][1]), "")
        except Exception:  # noqa: BLE001  the other cities go on
            told.differs = traceback.format_exc()
    told.seconds = time.process_time() - begun
    return told


def _nights(scene: Scene, draw: Draw, folder: Path, told: Told, most: int) -> Iterator[str]:
    """Yield of each night that differs from evaluating anew what is different."""
    memory, origin = Memory(), scene.plan
    outcome(scene, memory)
    scenes, pasts = [scene], [memory.now]
    for night in range(draw.integers(2, most + 1)):
        scene, edits = _another_night(scenes, origin, draw, folder)
        memory = Memory(_past(pasts, draw, folder / "past.zip"))
        found = outcome(scene, memory)
        told.refused += isinstance(found, str)
        told.taken, told.measured = told.taken + memory.taken, told.measured + memory.measured
        told.edits.update(edits)
        said = difference(found, outcome(scene))
        told.nights += 1
        if said:
            yield f"night {night}, after {'; '.join(edits)}\n{said}"
        scenes.append(scenes[-1] if isinstance(found, str) and draw.random() < 0.8 else scene)
        pasts.append(pasts[-1] if isinstance(found, str) else memory.now)


def _another_night(
    scenes: list[Scene], origin: Plan, draw: Draw, folder: Path
) -> tuple[Scene, list[str]]:
    """Return what the next night is asked: what is after a day, or what was once before."""
    if draw.random() < 0.15:
        return scenes[draw.integers(len(scenes))], ["undone"]
    return after_a_day(scenes[-1], origin, draw, folder, many=int(draw.choice([1, 3, 6, 20])))


def _past(pasts: list[Past], draw: Draw, file: Path) -> Past | None:
    """Return what the night before left, or now and then an earlier one; often from a file."""
    past = pasts[-1] if draw.random() < 0.9 else pasts[draw.integers(len(pasts))]
    if draw.random() < 0.5:
        return past
    save(past, file)
    return load(file)


def run(given: argparse.Namespace) -> int:
    """Run the cities that are asked for, say how it goes, and return 1 where any differs."""
    one = partial(sequence, seed=given.seed, size=given.size, large=given.plan)
    numbers = range(given.first, given.first + given.cities)
    found, since, spoken = list[Told](), time.monotonic(), time.monotonic()
    with get_context("spawn").Pool(given.jobs) as pool:
        for told in pool.imap_unordered(one, numbers):
            found.append(told)
            if told.differs:
                sys.stdout.write(f"seed {given.seed}, city {told.number}: {told.differs}\n")
            if told.differs or time.monotonic() > spoken + _PAUSE:
                spoken = time.monotonic()
                sys.stdout.write(f"{len(found)} of {len(numbers)} cities\n")
                sys.stdout.flush()
            if time.monotonic() > since + 60 * given.minutes:
                break
    told_all = summary(found, given, time.monotonic() - since)
    sys.stdout.write(json.dumps(told_all, indent=1) + "\n")
    if given.out:
        write(given.out, given.size, told_all)
    return int(any(one.differs for one in found))


def summary(found: list[Told], given: argparse.Namespace, elapsed: float) -> dict[str, Any]:
    """Return what came of all cities, for the documentation."""
    asked = Counter(key for one in found for key in one.indicators)
    edits = Counter(map(_kind, chain.from_iterable(one.edits.elements() for one in found)))
    return {
        "size": given.size, "seed": given.seed, "first": given.first,
        "sequences": len(found), "nights": sum(one.nights for one in found),
        "differing": sorted(one.number for one in found if one.differs),
        "nights refused alike": sum(one.refused for one in found),
        "figures taken over": sum(one.taken for one in found),
        "figures measured": sum(one.measured for one in found),
        "edits": sum(edits.values()), "kinds of edits": len(edits),
        "indicators": len(asked),
        "sequences of the rarest indicator": min(asked.values()),
        "cpu seconds": round(sum(one.seconds for one in found)), "seconds": round(elapsed),
        "commit": _git("rev-parse", "--short", "HEAD"), "date": time.strftime("%Y-%m-%d"),
    }  # fmt: skip


def _kind(edit: str) -> str:
    """Return what was done, without the layer it was done to."""
    layer, _, done = edit.partition(" ")
    return done if layer in LAYERS else edit


def _git(*command: str) -> str:
    return subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True,
                          check=False).stdout.strip()  # fmt: skip


def write(file: Path, size: str, told: dict[str, Any]) -> None:
    """Keep what was found of one size beside what was found of others."""
    known = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    file.write_text(json.dumps({**known, size: told}, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.past.sequences", description=__doc__)
    parser.add_argument("--cities", type=int, default=1000, help="how many, each with its nights")
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the number of the first city")
    parser.add_argument("--size", choices=[*SIZES], default="small")
    parser.add_argument("--minutes", type=float, default=math.inf, help="no more than these")
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    parser.add_argument("--plan", type=Path, default=ROOT / "build/bench/M/plan.toml",
                        help="the city of size M (make bench makes it)")  # fmt: skip
    parser.add_argument("--out", type=Path, help="a JSON that keeps what was found")
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
