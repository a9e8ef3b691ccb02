"""One night of one city: read, compared with the night before, computed, kept, told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from carbonspace.batch.cityfile import City
from carbonspace.batch.kept import ALL_KEPT, Changes, changes
from carbonspace.batch.message import Told, message_of
from carbonspace.batch.rows import rows_of
from carbonspace.batch.store import Run, Store
from carbonspace.batch.stores import store_of
from carbonspace.digest import digest_of
from carbonspace.errors import CarbonspaceError, InputError, SourceError
from carbonspace.evaluation import evaluate
from carbonspace.model.plan import Plan
from carbonspace.model.progress import Progress, Step, nobody, share
from carbonspace.model.text import Text
from carbonspace.outputs.plainjson import plain
from carbonspace.sources import read_as_found
from carbonspace.sources.planfile import plan_file
from carbonspace.unchanged import Request, terms

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
    with store_of(city) as store, store.locked(city.name):
        lost = any(one.status == "running" for one in store.runs(city.name, 1))
        at_work = _Work(city, store, store.last_good(city.name), lost, progress, now or _now)
        run = store.begin(city.name, at_work.clock())
        try:
            return _night(at_work, run, full)
        except BaseException as error:
            with suppress(Exception):
                store.end(run, _how(error), at_work.clock(), error=_said(error))
            raise


class _Work(NamedTuple):
    """What a night works with: `before` is the last good night."""

    city: City
    store: Store
    before: Run | None
    lost: bool
    progress: Progress
    clock: Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


def _how(error: BaseException) -> str:
    return "failed" if isinstance(error, Exception) else "interrupted"


def _said(error: BaseException) -> str:
    """Return what is recorded of an error: words of our own, which hold no password."""
    return str(error) if isinstance(error, CarbonspaceError) else type(error).__name__


def _night(work: _Work, run: int, full: bool) -> Night:
    city, store = work.city, work.store
    start, told = perf_counter(), Told(city, run, work.clock(), store.last_read(city.name),
                                       lost=work.lost)  # fmt: skip
    asked = _terms(city)
    if not (asked is None or asked["databases"] or full) and _is_as_before(work, digest_of(asked)):
        return _unchanged(work, told, digest_of(asked), {"hashing": perf_counter() - start})
    plan = read_as_found(city.plan, progress=share(work.progress, *_READING))
    request, reading = _request(asked, plan), perf_counter() - start
    if not full and _is_as_before(work, request):
        return _unchanged(work, told, request, {"reading": reading})
    assessment = evaluate(plan, city.indicators, city.profiles,
                          progress=share(work.progress, *_EVALUATING))  # fmt: skip
    work.progress(Step(Text("保存结果", "Keeping the results"), _EVALUATING[1], 1.0))
    timings = {"reading": reading, "evaluating": perf_counter() - start - reading}
    told = replace(told, after=plan.inputs, assessment=assessment)
    return Night(city, run, "done", _kept(work, told, request, timings))


def _terms(city: City) -> Request | None:
    """Return what is asked, and the files as they are before they are read.

    None where they cannot be read: whoever reads the plan says what is wrong with it.
    """
    try:
        return terms(plan_file(city.plan), city.rules, plain({
            "indicators": city.indicators, "profiles": city.profiles}))  # fmt: skip
    except (InputError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _request(asked: Request | None, plan: Plan) -> str:
    """Return what determines the results, as a digest: what is asked, and what databases hold."""
    if asked is None:
        raise InputError(plan.findings) if plan.findings else SourceError(*_UNREADABLE)
    if not asked["databases"]:
        return digest_of(asked)
    return digest_of(plain({
        "asked": asked, "inputs": plan.inputs, "uoms": plan.uoms,
        "findings": [one.line() for one in plan.findings],
    }))  # fmt: skip


_UNREADABLE = (
    "a file of rules cannot be read; correct its name under profiles, or its rights",
    "有规则文件无法读取；请改正 profiles 中的文件名或其权限",
)


def _is_as_before(work: _Work, request: str) -> bool:
    return work.before is not None and work.before.request == request


def _unchanged(work: _Work, told: Told, request: str, timings: dict[str, float]) -> Night:
    message = message_of(told)
    with work.store.sql.transaction():
        work.store.end(told.run, "unchanged", work.clock(), request, summary=message,
                       timings=timings)  # fmt: skip
        _forget(work)
    return Night(work.city, told.run, "unchanged", message)


def _kept(work: _Work, told: Told, request: str, timings: dict[str, float]) -> dict[str, Any]:
    """Keep what a night came to, in one transaction, and return its message."""
    store, run, at, assessment = work.store, told.run, work.clock(), told.assessment
    assert assessment is not None
    with store.sql.transaction():
        found = _changes(store, work.city.name, assessment)
        for kept in ALL_KEPT:
            store.keep(kept, work.city.name, found[kept.name], run, at)
        store.put_inputs(run, told.after)
        message = message_of(told, found)
        store.end(run, "done", work.clock(), request, summary=message, timings={
            **timings, "indicators": plain(assessment.run["seconds"])},
            ledger=plain(assessment.ledger.reset_index()))  # fmt: skip
        store.sql.show([*assessment.indicators])
        _forget(work)
    return message


def _changes(store: Store, city: str, assessment: Assessment) -> dict[str, Changes]:
    return {kept.name: changes(kept, store.current(kept, city), rows_of(kept, assessment))
            for kept in ALL_KEPT}  # fmt: skip


def _forget(work: _Work) -> None:
    if work.city.keep is not None:
        before = work.clock() - timedelta(days=work.city.keep)
        work.store.forget(work.city.name, before)
