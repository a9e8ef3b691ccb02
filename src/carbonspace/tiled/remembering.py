"""What tiles leave to the next run: what of each was asked, and what it came to.

A run that remembers puts it down beside the answers of each tile. Which answers are those of the
run before is told by a list of it; that run is the last one whose results were kept.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from carbonspace.digest import digest_of
from carbonspace.folder import put_whole
from carbonspace.model.once import Once, made_now
from carbonspace.past.derived import Derived
from carbonspace.past.file import load
from carbonspace.past.measures import UNREADABLE
from carbonspace.past.memory import Edits, Memory
from carbonspace.past.remembered import Past
from carbonspace.past.rows import BYTES, Rows
from carbonspace.past.since import Since
from carbonspace.tiled.files import EVIDENCE, PAST, RECEIPT, SHAPES, TILE, put_past
from carbonspace.tiled.running import Receipt
from carbonspace.tiled.tasks import Answering, Blocks, Region, Tile, Wide, this_program

_KEPT, _LATEST = "kept.json", "latest.json"


def memory_of(task: Answering | Wide) -> Memory:
    """Return what the run before left of a tile; it holds while what is known of all does."""
    program = digest_of([task.request.program, task.request.frame, _whole(task)])
    before = None if task.before is None else load(_folder(task) / f"{task.before}{PAST}")
    return Memory(before, program=program, keeps_evidence=False)


def left(task: Answering | Wide, memory: Memory) -> dict[str, Any]:
    """Put down what a memory leaves; return what is told of it: counts, and what was edited."""
    put_past(memory.now, _folder(task) / f"{task.name}{PAST}")
    reach = {layer: metres for told in memory.now.told.values()
             for layer, metres in told.sight.reach.items()}  # fmt: skip
    return {"measured": memory.measured, "taken": memory.taken, "reach": reach,
            "since": memory.knows_past and task.before,
            "edits": {key: [_plain(one.new), _plain(one.gone)]
                      for key, one in memory.edits.items()}}  # fmt: skip


def shapes_of(task: Blocks | Region | Tile) -> Once:
    """Return what the run before left of shapes; it is only asked where a run remembers."""
    if not task.request.remembers:
        return made_now
    past = load(task.folder / f"{task.name}{SHAPES}")
    return Derived(None if past is None else past.derived, task.request.program)


def put_shapes(task: Blocks | Region | Tile, once: Once) -> None:
    """Put down what was found out about shapes, where it is remembered."""
    if isinstance(once, Derived):
        put_past(Past(derived=once.asked), task.folder / f"{task.name}{SHAPES}")


class Ground(NamedTuple):
    """Where the shapes of the units of a plan are remembered."""

    folder: Path
    plan: Path

    @property
    def file(self) -> Path:
        """The file that has them."""
        return self.folder / f"{ground_name(self.plan)}{SHAPES}"

    def once(self) -> Once:
        """Return what the run before left of them."""
        past = load(self.file)
        return Derived(None if past is None else past.derived, this_program())

    def put(self, once: Once) -> None:
        """Put down what was found out about them."""
        if isinstance(once, Derived):
            put_past(Past(derived=once.asked), self.file)


def ground_name(plan: Path) -> str:
    """Return what tells the shapes of the units of a plan from others."""
    return digest_of(["ground", str(plan)])


class Before(NamedTuple):
    """What a run that remembers is told of the one before, as its list has it.

    Attributes
    ----------
    run
        The number of the run whose results this explains.
    answers
        By what tells a tile from others, the name of its answers.
    names
        Of all files that count.
    groups
        The units of each tile.
    reach, aside
        How far tiles looked, and what layers could not be used.
    together
        What all answers were put down as.
    """

    run: int
    answers: dict[str, str]
    names: list[str]
    groups: list[list[str]]
    reach: dict[str, float | None]
    aside: dict[str, list[str]]
    together: str | None


def before(folder: Path) -> Before | None:
    """Return what the run before left, if its results were kept."""
    return _read(folder / _KEPT)


def put_latest(folder: Path, said: Before) -> None:
    """Put down the list of a run; it is that of the run before once it is kept."""
    put_whole(folder / _LATEST, json.dumps(said._asdict()).encode())


def keep_latest(folder: Path, run: int) -> None:
    """Have a run be the one before for the next, if it is the latest; delete all else."""
    said = _read(folder / _LATEST)
    if said is None or said.run != run:
        return
    (folder / _LATEST).replace(folder / _KEPT)
    for file in folder.iterdir():
        if file.suffix in (TILE, RECEIPT, EVIDENCE, PAST, SHAPES) and file.stem.partition("-")[
            0
        ] not in {*said.names}:
            with suppress(OSError):
                file.unlink()


def forget(folder: Path) -> None:
    """Delete what all runs left."""
    files = [*folder.iterdir()] if folder.is_dir() else []
    for file in files:
        with suppress(OSError):
            file.unlink()


def since(
    jobs: Sequence[Answering | Wide], receipts: Sequence[Receipt], layers: Collection[str]
) -> Since:
    """Return what tiles told of what has changed since the run before."""
    told = [*zip(jobs, receipts, strict=True)]
    new = [(job, one) for job, one in told if job.name != job.before]
    known = bool(told) and all(job.before and one["since"] == job.before for job, one in new)
    reach = dict[str, float]()
    for _, one in told:
        reach |= {key: max(metres, reach.get(key, 0.0)) for key, metres in one["reach"].items()}
    measured = sum(one["measured"] for _, one in new)
    every = sum(one["measured"] + one["taken"] for _, one in told)
    return Since(known, _together([one["edits"] for _, one in new]) if known else {}, reach,
                 layers, measured, every - measured)  # fmt: skip


def _together(told: Iterable[Mapping[str, Any]]) -> dict[str, Edits]:
    """Return edits that tiles saw, some of them several, as those of the whole."""
    found = dict[str, tuple[dict[str, Any], dict[str, Any]]]()
    for one in told:
        for key, (new, gone) in one.items():
            both = found.setdefault(key, ({}, {}))
            both[0].update(new)
            both[1].update(gone)
    return {key: Edits(_rows(new), _rows(gone)) for key, (new, gone) in found.items()}


def _plain(rows: Rows) -> dict[str, list[float]]:
    return {str(name): box for name, box in zip(rows.ids, rows.boxes.tolist(), strict=True)}


def _rows(plain: Mapping[str, list[float]]) -> Rows:
    """Return features of which only the names and the places count."""
    boxes = np.array([*plain.values()], dtype=float).reshape(-1, 4)
    return Rows(pd.Index([*plain], dtype=object), np.zeros((len(plain), BYTES), np.uint8), boxes)


def _read(file: Path) -> Before | None:
    try:
        return Before(**json.loads(file.read_bytes()))
    except UNREADABLE:
        return None


def _folder(task: Answering | Wide) -> Path:
    return task.tile.folder if isinstance(task, Answering) else task.folder


def _whole(task: Answering | Wide) -> str:
    return task.whole if isinstance(task, Answering) else ""
