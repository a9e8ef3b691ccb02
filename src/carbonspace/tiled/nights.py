"""A plan evaluated by tiles night after night: only tiles that see an edit are done again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from carbonspace.memory import sparing
from carbonspace.model.assessment import Assessment
from carbonspace.model.progress import Progress, nobody
from carbonspace.past.since import Since
from carbonspace.tiled.evaluating import begun, evaluated
from carbonspace.tiled.here import Here
from carbonspace.tiled.remembering import (
    WIDE,
    Before,
    before,
    forget,
    keep_latest,
    put_latest,
    since,
)
from carbonspace.tiled.tasks import Answering, Wide


class Again(NamedTuple):
    """What came of a night by tiles; `keep` it once its results are kept."""

    assessment: Assessment
    since: Since
    keep: Callable[[], None]


def evaluate_again(
    plan_file: Path, *, folder: Path, indicators: Iterable[str] | None = None,
    profiles: Iterable[str] | None = None, tile_features: int, resumes: bool = True,
    progress: Progress = nobody,
) -> Again:  # fmt: skip
    """Evaluate a plan by tiles in this process, and take over what no edit since can be seen from.

    Tiles are known by what they saw: by digests that a database makes of the rows in a box, or by
    those of partitions. A tile that sees an edit takes over from its own past what it can.

    Parameters
    ----------
    folder
        Where tiles, receipts and what is remembered of each lie from one night to the next.
    resumes
        Whether anything that lies there is taken over.

    Raises
    ------
    InputError, SourceError, UnknownNameError, TilesError
        As `evaluate_tiled`.
    """
    sparing()
    if not resumes:
        forget(folder)
    work = begun(plan_file, folder, indicators, profiles, None, None, remembers=True)
    found, jobs = evaluated(work, Here(), tile_features, progress, before(folder))
    put_latest(folder, _list(jobs))
    return Again(found, since(jobs, {*work.held}), partial(keep_latest, folder))


def _list(jobs: Iterable[Answering | Wide]) -> Before:
    """Return what the next night is told of this one."""
    tiles = [one for one in jobs if isinstance(one, Answering)]
    names = [name for one in tiles for name in (one.name, one.tile.name, one.whole)]
    names += [one.name for one in jobs if isinstance(one, Wide)]
    names += [one.tile.blocks for one in tiles[:1] if one.tile.blocks]
    answers = {one.tile.name if isinstance(one, Answering) else WIDE: one.name for one in jobs}
    last = tiles[0].tile if tiles else None
    return Before(answers, names, [[*one.tile.units] for one in tiles],
                  dict(last.reach) if last else {},
                  {key: [*why] for key, why in last.aside.items()} if last else {})  # fmt: skip
