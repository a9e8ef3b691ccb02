"""A plan evaluated by tiles night after night: only tiles that see an edit are done again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from carbonspace.memory import sparing
from carbonspace.model.assessment import Assessment
from carbonspace.model.progress import Progress, nobody
from carbonspace.past.since import Since
from carbonspace.sources.connection import one_picture
from carbonspace.tiled.answers import Answered
from carbonspace.tiled.evaluating import begun, evaluated
from carbonspace.tiled.here import Here
from carbonspace.tiled.remembering import (
    Before,
    before,
    ground_name,
    keep_latest,
    put_latest,
    since,
)
from carbonspace.tiled.running import Receipt
from carbonspace.tiled.tasks import Answering, Wide


@dataclass(frozen=True)
class Again:
    """What came of a night by tiles, and what has changed since the one before.

    Attributes
    ----------
    assessment
        Of all units; of the layers it has those that are always held.
    jobs, receipts
        The tiles that were answered, or taken over, and what each told.
    answered
        What `assessment_of_units` is made of, while the files of the night are there.
    together
        What the answers of all tiles were put down as.
    """

    folder: Path
    assessment: Assessment
    since: Since
    jobs: Sequence[Answering | Wide]
    receipts: Sequence[Receipt]
    answered: Answered
    together: str | None

    @property
    def put(self) -> int:
        """How many tiles were put down by this night."""
        return sum("resumed" not in one for one in self.receipts)

    @property
    def resumed(self) -> int:
        """How many were put down by a night that was killed before its results were kept."""
        return sum(one.get("resumed", False) and job.name != job.before
                   for job, one in zip(self.jobs, self.receipts, strict=True))  # fmt: skip

    def leave(self, run: int) -> None:
        """Leave to the next night what explains the results of a run."""
        put_latest(self.folder, _list(run, self.jobs, self.together))

    def keep_only(self, run: int) -> None:
        """Have that be all that is left, once the results of the run are kept."""
        keep_latest(self.folder, run)


def evaluate_again(
    plan_file: Path, *, folder: Path, indicators: Iterable[str] | None = None,
    profiles: Iterable[str] | None = None, tile_features: int, run: int | None = None,
    watched: Collection[str] = (), progress: Progress = nobody, executor: Executor | None = None,
) -> Again:  # fmt: skip
    """Evaluate a plan by tiles, and take over what no edit since can be seen from.

    Tiles are known by what they saw: by digests that a database makes of the rows in a box, or by
    those of partitions. A tile that sees an edit takes over from its own past what it can.

    Parameters
    ----------
    folder
        Where tiles, receipts and what is remembered of each lie from one night to the next.
    run
        The last run whose results were kept; None: what has changed since is not known.
    watched
        The layers in tables of which versions of rows are trusted to tell what changed in a box;
        of others the rows are hashed.
    executor
        Who does the work, and sees the folder; None: this thread.

    Raises
    ------
    InputError, SourceError, UnknownNameError, TilesError
        As `evaluate_tiled`.
    """
    sparing()
    if run is not None:
        keep_latest(folder, run)  # a night that was killed between keeping its results and this
    last = before(folder)
    with one_picture():
        work = begun(plan_file, folder, indicators, profiles, None, None, remembers=True,
                     watched=watched)  # fmt: skip
        found = evaluated(work, executor or Here(), tile_features, progress, last)
    changed = since(found.jobs, found.receipts, {*work.held})
    if last is None or last.run != run:
        changed = changed._replace(known=False, edits={})
    plan = replace(found.assessment.plan, layers=work.ground.layers)
    return Again(folder, replace(found.assessment, plan=plan), changed, found.jobs, found.receipts,
                 found.answered, found.together)  # fmt: skip


def _list(run: int, jobs: Collection[Answering | Wide], together: str | None) -> Before:
    """Return what the next night is told of this one."""
    tiles = [one for one in jobs if isinstance(one, Answering)]
    names = [name for one in tiles for name in (one.name, one.tile.name, one.whole)]
    names += [one.name for one in jobs if isinstance(one, Wide)]
    names += [one.tile.blocks for one in tiles[:1] if one.tile.blocks]
    names += [together] if together else []
    names += [ground_name(one.request.plan) for one in [*jobs][:1]]
    answers = {one.tile.name if isinstance(one, Answering) else one.key: one.name for one in jobs}
    last = tiles[0].tile if tiles else None
    return Before(run, answers, names, [[*one.tile.units] for one in tiles],
                  dict(last.reach) if last else {},
                  {key: [*why] for key, why in last.aside.items()} if last else {},
                  together)  # fmt: skip
