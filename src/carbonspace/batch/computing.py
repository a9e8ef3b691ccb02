"""How a night computes a city: as a whole, or by tiles, of which it takes over what it can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from carbonspace.batch.asking import watched_layers
from carbonspace.batch.cityfile import City
from carbonspace.batch.lately import Lately, tile_counts
from carbonspace.batch.log import tell
from carbonspace.batch.verifying import verify, verify_tiles
from carbonspace.errors import DifferenceError
from carbonspace.evaluation import evaluate
from carbonspace.model.progress import Progress, share
from carbonspace.past.since import Since, since_of
from carbonspace.sources import read_as_found
from carbonspace.sources.planfile import plan_file
from carbonspace.tiled.answers import Answered, assessment_of_units
from carbonspace.tiled.nights import evaluate_again
from carbonspace.tiled.remembering import forget

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from pathlib import Path

    import pandas as pd

    from carbonspace.model.assessment import Assessment
    from carbonspace.model.plan import Plan

_READING, _EVALUATING = (0.0, 0.1), (0.1, 0.95)
_PART_FEATURES = 20_000
"""Parts smaller than elsewhere: a night is not alone on its machine, and has time."""


@dataclass(frozen=True)
class Computed:
    """What came of computing a city.

    Attributes
    ----------
    assessment, since
        Of all units; what has changed since the night before, as far as it is known.
    figures
        How many figures of units were `measured`, and how many `taken` over; where tiles are put
        down also how many `tiles`, and how many were `resumed` of a night that was killed: what is
        in them counts as measured.
    of_units
        Returns the assessment of some units, with evidence.
    leave
        Leaves to the next night what explains the results of a run, beside what there is.
    keep_only
        Has that be all that is left, once the results of the run are kept.
    """

    assessment: Assessment
    since: Since
    figures: Mapping[str, int]
    of_units: Callable[[pd.Index], Assessment]
    leave: Callable[[int], None]
    keep_only: Callable[[int], None]


Workers = Callable[["Path", "Path"], AbstractContextManager["Executor | None"]]
"""Gives who computes tiles of a plan.toml that lie in a folder; None: this process."""


def alone(_plan: Path, _folder: Path) -> AbstractContextManager[None]:
    """Have this process compute."""
    return nullcontext()


@dataclass(frozen=True)
class Asked:
    """What is asked of a night: the run before it takes over from (None: it takes nothing over).

    `check` says to trust nothing but rows to tell what changed. `verify` is of how many units what
    was taken over is held against measuring. By tiles `workers` compute, who are there while that
    is asked for.
    """

    city: City
    run: int | None
    full: bool
    check: bool
    verify: int
    progress: Progress
    workers: Workers = alone


Computing = Callable[[], Computed]


def read(asked: Asked) -> Computing:
    """Read a city at the moment that is held, and return what computes it.

    By tiles it is computed while it is read: nobody holds all of it.
    """
    if asked.city.tile_features is not None:
        found = _by_tiles(asked)
        return lambda: found
    plan = read_as_found(asked.city.plan, progress=share(asked.progress, *_READING))
    return partial(_whole, asked, plan)


def _whole(asked: Asked, plan: Plan) -> Computed:
    """Compute what may have changed since the last night that computed, or everything."""
    city, lately = asked.city, Lately(asked.city)
    memory = lately.memory(asked.run, resumes=not asked.full)
    assessment = evaluate(plan, city.indicators, city.profiles, memory=memory,
                          part_features=_PART_FEATURES,
                          progress=share(asked.progress, *_EVALUATING))  # fmt: skip
    counts = tile_counts(memory)
    if resumed := counts.get("resumed"):
        tell("resumed", city=city.name, tiles=resumed)
    if asked.verify and (memory.taken or resumed):
        _verified(city, lambda: verify(assessment, plan, city, asked.verify))
    since = since_of(memory, assessment.plan.layers)
    return Computed(assessment, since, {"measured": since.measured, "taken": since.taken, **counts},
                    partial(_again, city, plan, assessment), partial(lately.leave, memory),
                    lately.keep_only)  # fmt: skip


def _again(city: City, plan: Plan, assessment: Assessment, units: pd.Index) -> Assessment:
    if len(units) == len(assessment.plan.layers["units"]):
        return assessment
    return evaluate(plan, city.indicators, city.profiles, units)


def _by_tiles(asked: Asked) -> Computed:
    """Compute the tiles that see a change since the last night that computed, or all of them."""
    city, lately = asked.city, Lately(asked.city)
    plan, folder = plan_file(city.plan).absolute(), lately.by_tiles.absolute()
    if asked.full:
        forget(folder)
    with asked.workers(plan, folder) as executor:
        again = evaluate_again(
            plan, folder=folder, indicators=city.indicators, profiles=city.profiles,
            tile_features=city.tile_features or 0, run=asked.run,
            watched=() if asked.check else watched_layers(city),
            progress=share(asked.progress, 0.0, _EVALUATING[1]), executor=executor,
        )  # fmt: skip
    if again.resumed:
        tell("resumed", city=city.name, tiles=again.resumed)
    since = again.since
    if asked.verify and (since.taken or again.resumed):
        _verified(city, lambda: verify_tiles(again, city, asked.verify))
    counts = {"tiles": again.put, "resumed": again.resumed}
    return Computed(again.assessment, since,
                    {"measured": since.measured, "taken": since.taken, **counts},
                    partial(_of_tiles, again.answered), again.leave, again.keep_only)  # fmt: skip


def _of_tiles(found: Answered, units: pd.Index) -> Assessment:
    if len(units) == len(found.assessment.plan.layers["units"]):
        return found.assessment
    return assessment_of_units(found, units)


def _verified(city: City, hold: Callable[[], None]) -> None:
    """Hold the increment against measuring; where it differs the next night is a full one."""
    try:
        hold()
    except DifferenceError:
        Lately(city).forget()
        raise
