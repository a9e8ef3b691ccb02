"""What all tiles came to, put down together: the next night joins to it only what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from carbonspace.digest import digest_of
from carbonspace.measuring import Question
from carbonspace.model.measure import Measure
from carbonspace.model.outcome import Outcome, Reading
from carbonspace.past.measures import contents_of
from carbonspace.tiled.answers import answers_of
from carbonspace.tiled.files import (
    Outcomes,
    content_of,
    digests_in,
    outcomes_in,
    packed_outcomes,
    put,
    receipt_of,
    unseen,
)
from carbonspace.tiled.joining import outcome_of_tiles, summed
from carbonspace.tiled.tasks import Answering, Wide

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from carbonspace.tiled.evaluating import Work

Seconds = dict[str, float]
Labels = dict[str, list[str]]
"""By the words of a reading otherwise the tiles that have it."""


class Together(NamedTuple):
    """What questions came to in all tiles, and what of it hangs on a single one.

    Attributes
    ----------
    tiles
        By tile, in their order, the name of its answers.
    outcomes
        Without evidence.
    seconds
        By tile.
    mute
        By question the first tile that has a reason for giving no answer.
    labels
        By question which tiles have which readings otherwise.
    answers
        By tile and question what tells its answer from others.
    """

    tiles: dict[str, str]
    outcomes: Outcomes
    seconds: dict[str, Seconds]
    mute: dict[str, str]
    labels: dict[str, Labels]
    answers: dict[str, dict[str, str]]

    @property
    def name(self) -> str:
        """What tells it from others."""
        return digest_of(["together", self.tiles])


_NOTHING = Together({}, {}, {}, {}, {}, {})


class _New(NamedTuple):
    """What a tile came to: the answers that are others than before, and what tells all of them."""

    outcomes: Outcomes
    seconds: Seconds
    digests: dict[str, str]


def answers_together(
    work: Work, jobs: Sequence[Answering], wide: Wide | None, before: str | None
) -> tuple[Outcomes, Seconds, str]:
    """Return what `answers_of` does, joined to what was put down before; and the name of that.

    It is put down for the next night, with what is new.
    """
    found = _joined(work, jobs, _read(work.folder, before, work.local))
    if receipt_of(work.folder, found.name) is None:
        put(work.folder, found.name, packed_outcomes(found.outcomes, {}, **_told(found)), {})
    every = cache(lambda: answers_of(work, jobs, wide)[0])
    outcomes = {key: _explained(key, one, every) for key, one in found.outcomes.items()}
    others, seconds = answers_of(work, [], wide)
    return {**outcomes, **others}, summed([*found.seconds.values(), seconds]), found.name


def _told(found: Together) -> dict[str, Any]:
    """Return what is put down beside the outcomes."""
    return {"tiles": found.tiles, "each": found.seconds, "mute": found.mute,
            "labels": found.labels, "answers": found.answers}  # fmt: skip


def _joined(work: Work, jobs: Sequence[Answering], before: Together) -> Together:
    """Return what all tiles came to; all are read where the others do not tell."""
    tiles = {job.tile.name: job.name for job in jobs}
    if [*before.tiles] != [*tiles]:
        before = _NOTHING
    new = {job.tile.name: _new(work, job, before.answers.get(job.tile.name, {}))
           for job in jobs if before.tiles.get(job.tile.name) != job.name}  # fmt: skip
    seconds = {**before.seconds, **{tile: one.seconds for tile, one in new.items()}}
    answers = {**before.answers, **{tile: one.digests for tile, one in new.items()}}
    found = Together(tiles, {}, seconds, {}, {}, answers)
    units = work.ground.layers["units"].index
    for key, question in work.local.items():
        changed = {tile: one.outcomes[key] for tile, one in new.items() if key in one.outcomes}
        if not _join(found, key, question, changed, before, units):
            return _joined(work, jobs, _NOTHING)
    return found


def _new(work: Work, job: Answering, before: Mapping[str, str]) -> _New:
    """Return what a tile came to; of questions that came to the same as before it is not read."""
    file = content_of(work.folder, job.name)
    if file is None:
        raise unseen(work.folder)
    with file:
        digests = digests_in(file)
        asked = {key: one for key, one in work.local.items() if digests[key] != before.get(key)}
        return _New(*outcomes_in(file, asked), digests)


def _join(
    found: Together, key: str, question: Question, new: Mapping[str, Outcome], before: Together,
    units: pd.Index,
) -> bool:  # fmt: skip
    """Add what a question came to in all tiles; return whether that can be told.

    `new` are the tiles that came to something else than before.
    """
    was, old = before.mute.get(key), before.outcomes.get(key)
    if old is not None and not new:
        _take_over(found, key, before)
        return True
    mute = [
        one
        for one in found.tiles
        if (one in new and new[one].reading is None) or (one == was and one not in new)
    ]
    if was in new and was not in mute:
        return False
    if mute:
        told = new.get(mute[0], old)
        assert told is not None
        found.outcomes[key] = outcome_of_tiles(question, [told], units)
        found.mute[key] = mute[0]
        return True
    labels = _labels(before.labels.get(key, {}), new)
    parts = [] if old is None else [_with(old, labels)]
    found.labels[key] = labels
    found.outcomes[key] = outcome_of_tiles(question, [*parts, *new.values()], units)
    return True


def _take_over(found: Together, key: str, before: Together) -> None:
    """Add what a question came to before."""
    found.outcomes[key] = before.outcomes[key]
    if key in before.mute:
        found.mute[key] = before.mute[key]
    if key in before.labels:
        found.labels[key] = before.labels[key]


def _labels(before: Labels, new: Mapping[str, Outcome]) -> Labels:
    """Return which tiles have which readings otherwise; those that none has are not there."""
    found = {label: [one for one in tiles if one not in new] for label, tiles in before.items()}
    for tile, outcome in new.items():
        for label, _ in outcome.variations:
            found.setdefault(label.en, []).append(tile)
    return {label: tiles for label, tiles in found.items() if tiles}


def _with(old: Outcome, labels: Labels) -> Outcome:
    kept = [(label, reading) for label, reading in old.variations if label.en in labels]
    return Outcome(old.indicator, old.reading, variations=tuple(kept))


def _read(folder: Path, name: str | None, asked: Mapping[str, Question]) -> Together:
    """Return what was put down under a name, if it is there and of these questions."""
    file = None if name is None else content_of(folder, name)
    if file is None:
        return _NOTHING
    with file:
        said = contents_of(file)
        if {*said["outcomes"]} != {*asked}:
            return _NOTHING
        outcomes, _ = outcomes_in(file, asked)
    return Together(said["tiles"], outcomes, said["each"], said["mute"], said["labels"],
                    said["answers"])  # fmt: skip


def _explained(key: str, one: Outcome, every: Callable[[], Outcomes]) -> Outcome:
    """Return an outcome of which the evidence is that of its tiles, read when asked for."""
    if one.reading is None:
        return one
    measure = partial(_measure, key, every)
    units = one.reading.units.with_evidence(lambda: measure().evidence())
    return Outcome(one.indicator, Reading(units), variations=one.variations)


def _measure(key: str, every: Callable[[], Outcomes]) -> Measure:
    reading = every()[key].reading
    assert reading is not None
    return reading.units
