"""One night of one city: read, compared with the night before, computed, kept, told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any

from carbonspace.batch.cityfile import City
from carbonspace.batch.kept import ALL_KEPT, Changes, changes
from carbonspace.batch.message import Told, message_of
from carbonspace.batch.rows import rows_of
from carbonspace.batch.store import Run, Store
from carbonspace.batch.stores import store_of
from carbonspace.digest import digest_of
from carbonspace.errors import CarbonspaceError, InputError
from carbonspace.evaluation import evaluate
from carbonspace.model.plan import Plan
from carbonspace.model.progress import Progress, Step, nobody, share
from carbonspace.model.text import Text
from carbonspace.outputs.plainjson import plain
from carbonspace.sources import read_as_found
from carbonspace.sources.planfile import plan_file
from carbonspace.unchanged import terms

if TYPE_CHECKING:
    from carbonspace.model.assessment import Assessment

_READING, _EVALUATING = (0.0, 0.1), (0.1, 0.95)


@dataclass(frozen=True)
class Night:
    """What came of a night: `done` or `unchanged`, and what is told of it."""

    city: City
    run: int
    status: str
    message: dict[str, Any]


def night(
    city: City, *, full: bool = False, progress: Progress = nobody, now: Callable[[], datetime]
    | None = None,
) -> Night:  # fmt: skip
    """Compute a city where anything has changed since the last good night, and keep what came.

    Parameters
    ----------
    full
        Compute even where nothing has changed.
    progress
        Hears how far the work is.
    now
        The clock, for tests.

    Raises
    ------
    InputError, SourceError
        The plan cannot be used, or the results cannot be written.
    ServiceError
        A database does not answer, or another night of the city is under way.
    """
    clock = now or _now
    with store_of(city) as store, store.locked(city.name):
        before = store.last_good(city.name)
        run = store.begin(city.name, clock())
        try:
            return _night(city, store, run, before, full, progress, clock)
        except BaseException as error:
            with suppress(Exception):
                store.end(run, _how(error), clock(), error=_said(error))
            raise


def _now() -> datetime:
    return datetime.now(UTC)


def _how(error: BaseException) -> str:
    return "failed" if isinstance(error, Exception) else "interrupted"


def _said(error: BaseException) -> str:
    """Return what is recorded of an error: words of our own, which hold no password."""
    return str(error) if isinstance(error, CarbonspaceError) else type(error).__name__


def _night(
    city: City, store: Store, run: int, before: Run | None, full: bool, progress: Progress,
    clock: Callable[[], datetime],
) -> Night:  # fmt: skip
    began, start = clock(), perf_counter()
    plan = read_as_found(city.plan, progress=share(progress, *_READING))
    asked, reading = _request(city, plan), perf_counter() - start
    if before is not None and before.request == asked and not full:
        message = message_of(Told(city, run, began, store.last_read(city.name), plan.inputs))
        with store.sql.transaction():
            store.end(run, "unchanged", clock(), asked, summary=message,
                      timings={"reading": reading})  # fmt: skip
            _forget(city, store, clock())
        return Night(city, run, "unchanged", message)
    assessment = evaluate(plan, city.indicators, city.profiles,
                          progress=share(progress, *_EVALUATING))  # fmt: skip
    progress(Step(Text("保存结果", "Keeping the results"), _EVALUATING[1], 1.0))
    timings = {"reading": reading, "evaluating": perf_counter() - start - reading}
    told = Told(city, run, began, store.last_read(city.name), plan.inputs, assessment)
    return Night(city, run, "done", _kept(told, store, asked, timings, clock))


def _request(city: City, plan: Plan) -> str:
    """Return what determines the results, as a digest: what was read, and what was asked of it."""
    try:
        asked = terms(plan_file(city.plan), city.rules, {
            "indicators": city.indicators, "profiles": city.profiles})  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        if plan.findings:
            raise InputError(plan.findings) from error
        raise
    return digest_of(plain({
        "asked": asked, "inputs": plan.inputs, "uoms": plan.uoms,
        "findings": [one.line() for one in plan.findings],
    }))  # fmt: skip


def _kept(
    told: Told, store: Store, asked: str, timings: dict[str, float],
    clock: Callable[[], datetime],
) -> dict[str, Any]:  # fmt: skip
    """Keep what a night came to, in one transaction, and return its message."""
    city, run, at, assessment = told.city, told.run, clock(), told.assessment
    assert assessment is not None
    with store.sql.transaction():
        found = _changes(store, city.name, assessment)
        for kept in ALL_KEPT:
            store.keep(kept, city.name, found[kept.name], run, at)
        store.put_inputs(run, told.after)
        message = message_of(told, found)
        store.end(run, "done", clock(), asked, summary=message, timings={
            **timings, "indicators": plain(assessment.run["seconds"])},
            ledger=plain(assessment.ledger.reset_index()))  # fmt: skip
        store.sql.show([*assessment.indicators])
        _forget(city, store, at)
    return message


def _changes(store: Store, city: str, assessment: Assessment) -> dict[str, Changes]:
    return {kept.name: changes(kept, store.current(kept, city), rows_of(kept, assessment))
            for kept in ALL_KEPT}  # fmt: skip


def _forget(city: City, store: Store, at: datetime) -> None:
    if city.keep is not None:
        store.forget(city.name, at - timedelta(days=city.keep))
