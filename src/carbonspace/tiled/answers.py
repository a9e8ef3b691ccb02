"""What the jobs of tiles came to, read and put together: of all units, or of some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from carbonspace.assessing import assessed
from carbonspace.crew import ALONE
from carbonspace.errors import UnknownNameError
from carbonspace.measuring import FEATURES_PER_PART, Question
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan
from carbonspace.robustness import Scope
from carbonspace.tiled.drawing import drawn_near
from carbonspace.tiled.explaining import explained
from carbonspace.tiled.files import Outcomes, content_of, outcomes_in, unseen
from carbonspace.tiled.joining import exempt_of, outcomes_joined, summed, with_city
from carbonspace.tiled.running import Receipt
from carbonspace.tiled.tasks import Answering, Wide

if TYPE_CHECKING:
    from pathlib import Path

    from carbonspace.tiled.evaluating import Work

Seconds = dict[str, float]


def answers_of(
    work: Work, jobs: Sequence[Answering], wide: Wide | None, units: pd.Index | None = None
) -> tuple[Outcomes, Seconds]:
    """Return what each question came to in these tiles, and the seconds of all who answered it.

    Its evidence is read when it is asked for. Of some `units`, or of all.
    """
    questions = work.questions
    every: list[Answering | Wide] = [*jobs, *([wide] if wide else [])]
    read = [read_answers(work.folder, job.name, questions) for job in every]
    found = explained(zip(every, (one for one, _ in read), strict=True), work.crs, units)
    ids = work.ground.layers["units"].index if units is None else units
    outcomes = outcomes_joined(work.local, found[: len(jobs)], ids) if jobs else {}
    if wide is not None:
        asked = {key: questions[key] for key in wide.asked}
        outcomes |= outcomes_joined(asked, found[-1:], ids)
    return outcomes, summed(seconds for _, seconds in read)


def with_city_alone(
    work: Work, city: Wide, outcomes: Outcomes, seconds: Seconds
) -> tuple[Outcomes, Seconds]:
    """Return what questions came to in units and in the city, which was measured on its own."""
    alone, more = read_answers(work.folder, city.name, work.questions)
    found = {key: with_city(one, alone[key]) for key, one in outcomes.items()}
    return found, summed([seconds, more])


@dataclass(frozen=True)
class Answered:
    """What tiles were asked, and what came of all of them.

    Attributes
    ----------
    jobs, wide
        What was answered, tile by tile and once of all.
    receipts
        What each tile told of what it was settled from.
    assessment, outcomes
        Of all units; the evidence is read when it is asked for.
    """

    work: Work
    jobs: Sequence[Answering]
    wide: Wide | None
    receipts: Sequence[Receipt]
    assessment: Assessment
    outcomes: Outcomes


def assessment_of_units(found: Answered, units: Iterable[str]) -> Assessment:
    """Return the assessment of some units, with evidence: only the tiles that they are in are read.

    Table, measures and evidence are those of `evaluate(plan, units=units)`. Layers have what lies
    near the units. Service areas are those of the whole plan, made where they are asked for.

    Raises
    ------
    UnknownNameError
        The plan has no such unit.
    SourceError
        What tiles put down is not there any more.
    """
    work, ids = found.work, _known(found.work, units)
    near = [(job, receipt) for job, receipt in zip(found.jobs, found.receipts, strict=True)
            if ids.isin(job.tile.units).any()]  # fmt: skip
    asked = replace(work.request, city=False).inquiry(work.asked.plan)
    prepared = _plain(found, [receipt for _, receipt in near])
    outcomes, seconds = answers_of(work, [job for job, _ in near], found.wide, ids)
    outcomes |= {key: one for key, one in found.outcomes.items() if one.reading is None}
    drawn = drawn_near(work, prepared, [job.tile for job, _ in near], ids)
    scope = Scope(ids, None, ALONE, FEATURES_PER_PART)
    made = assessed(asked, prepared, outcomes, seconds, scope, drawn)
    return replace(made, walks=found.assessment.walks)


def _plain(found: Answered, receipts: Sequence[Receipt]) -> Plan:
    """Return the plan with its units, and of exempt features that they are."""
    layers = {**exempt_of(receipts), **found.work.ground.layers}
    return replace(found.assessment.plan, layers=layers, beyond=None)


def _known(work: Work, units: Iterable[str]) -> pd.Index:
    """Return the ids of units in the plan's order."""
    known, asked = work.ground.layers["units"].index, {*units}
    if unknown := sorted(asked - {*known}):
        listed = ", ".join(unknown)
        raise UnknownNameError(f"the plan has no unit {listed}", f"规划中没有单元 {listed}")
    return known[known.isin(asked)]


def read_answers(
    folder: Path, name: str, questions: Mapping[str, Question]
) -> tuple[Outcomes, Seconds]:
    """Return what the questions of a job came to, without evidence, and the seconds of each.

    Raises
    ------
    SourceError
        What was put down is not there any more.
    """
    file = content_of(folder, name)
    if file is None:
        raise unseen(folder)
    with file:
        return outcomes_in(file, questions)
