"""One night of one city: read, compared with the night before, computed, kept, told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from carbonspace.batch.asking import (
    is_whole,
    keep_tables,
    missed,
    question,
    tables_tonight,
    unwatched,
)
from carbonspace.batch.cityfile import City
from carbonspace.batch.computing import Asked, Computed, Workers, alone, read
from carbonspace.batch.edits import edits_near
from carbonspace.batch.kept import ALL_KEPT, Changes, changes
from carbonspace.batch.lately import Lately
from carbonspace.batch.limits import limited
from carbonspace.batch.log import tell
from carbonspace.batch.message import Told, message_of
from carbonspace.batch.output import units_of, write_output
from carbonspace.batch.owing import owe_output, owes_output, paid, units_owed
from carbonspace.batch.retry import persistently
from carbonspace.batch.rows import rows_of
from carbonspace.batch.store import GOOD, Run, Store
from carbonspace.batch.stores import store_of
from carbonspace.batch.tried import Ended, Tried, how, never_back, said
from carbonspace.digest import digest_of
from carbonspace.errors import CarbonspaceError, InputError, SourceError
from carbonspace.model.progress import Progress, Step, nobody
from carbonspace.model.text import Text
from carbonspace.outputs.plainjson import plain
from carbonspace.sources import read_as_found
from carbonspace.sources.connection import one_picture
from carbonspace.sources.planfile import plan_file
from carbonspace.sources.silence import answers_within
from carbonspace.unchanged import Request, terms

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from carbonspace.model.assessment import Assessment
    from carbonspace.sources.tables_now import TableNow

_KEEPING = 0.95


@dataclass(frozen=True)
class Night:
    """What came of a night: `done` or `unchanged`, what is told of it, and what took how long.

    `figures` says how many figures of units were `measured`, and how many `taken` over. `write`
    writes the GeoPackage and the reports of the units that changed, where the city wants them. By
    tiles it reads once more: until then the moment of the night is held, by whoever called it.
    """

    city: City
    run: int
    status: str
    message: dict[str, Any]
    timings: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, int] = field(default_factory=dict)
    write: Callable[[], Path | None] = field(default=lambda: None, repr=False)


def night(
    city: City, *, full: bool = False, check: bool = False, verify: int = 0,
    progress: Progress = nobody, now: Callable[[], datetime] | None = None,
    workers: Workers = alone,
) -> Night:  # fmt: skip
    """Compute a city where anything has changed since the last good night, and keep what came.

    Parameters
    ----------
    full
        Compute even where nothing has changed.
    check
        Hash the rows of all tables, and compute and tell where they changed though the way they
        are watched did not tell so.
    verify
        How many units, drawn anew each night, are measured without what was taken over from the
        night before, and held against it bit for bit.
    progress
        Hears how far the work is.
    now
        The clock, for tests.
    workers
        Who computes the tiles of a city that has `tile_features`, where there is anything to
        compute.

    Raises
    ------
    InputError, SourceError
        The plan cannot be used, or the results cannot be written.
    ServiceError
        A database does not answer, or another night of the city is under way.
    LimitError
        It took more time or memory than the city allows.
    DifferenceError
        What was taken over is not what measuring gives; nothing is kept.
    """
    before = Tried()
    with limited(city.limits, city.name) as guard, answers_within(city.answer_s):
        heard = guard.checking(progress)
        with Ended(city.name, before) as ended:
            wanted = _Wanted(full, check, verify, workers)
            found = persistently(lambda: _tried(city, wanted, heard, now or _now, before),
                                 city.tries, before.told(city.name))  # fmt: skip
            ended.well(found.status, found.timings, found.message)
    return found


def _tried(
    city: City, wanted: _Wanted, progress: Progress, now: Callable[[], datetime], before: Tried
) -> Night:
    """Compute a city in one session: one lock, one moment of the data."""
    with store_of(city) as store, store.locked(city.name):
        clock = never_back(now, store.latest(city.name))
        if (kept := _kept_after_all(city, store, before, clock)) is not None:
            return kept
        running = [one.id for one in store.runs(city.name, 1) if one.status == "running"]
        if lost := before.run is None and bool(running):
            tell("abandoned", city=city.name, run=running[0])
        at_work = _Work(city, store, wanted, store.last_good(city.name), lost, progress, clock,
                        before.computed)  # fmt: skip
        try:
            run = before.run = store.begin(city.name, clock())
            tell("began", city=city.name, run=run)
            return _night(at_work, run)
        except BaseException as error:
            with suppress(Exception):
                store.end_own(city.name, how(error), clock(), said(error))
            raise


def _kept_after_all(
    city: City, store: Store, before: Tried, clock: Callable[[], datetime]
) -> Night | None:
    """Return the night whose connection was lost when all was kept, but before that was heard."""
    run = None if before.run is None else store.run(before.run)
    if run is not None and run.status == "running":
        store.end(run.id, "failed", clock(), error=before.error)
    if run is None or run.status not in GOOD:
        return None
    return Night(city, run.id, run.status, store.message(run.id) or {})


class _Wanted(NamedTuple):
    """What is wanted of a night: to compute in any case, to hold what tells of changes to rows.

    `verify` is of how many units what was taken over is held against measuring.
    """

    full: bool
    check: bool
    verify: int
    workers: Workers


class _Work(NamedTuple):
    """What a night works with: `before` is the last good night.

    `computed` are assessments by what they were asked for, of earlier tries of this night.
    """

    city: City
    store: Store
    wanted: _Wanted
    before: Run | None
    lost: bool
    progress: Progress
    clock: Callable[[], datetime]
    computed: dict[str, Computed]


def _now() -> datetime:
    return datetime.now(UTC)


def _night(work: _Work, run: int) -> Night:
    city, store, start = work.city, work.store, perf_counter()
    told = Told(city, run, work.clock(), store.last_read(city.name), lost=work.lost)
    asked = _terms(city)
    with ExitStack() as moment:
        moment.enter_context(one_picture(city.connections))
        tables = _tables(work, asked)
        told = replace(told, missed=missed(tables), unwatched=unwatched(tables))
        request, timings = _request(asked, tables), {"comparing": perf_counter() - start}
        if request is not None and not work.wanted.full and _is_as_before(work, request):
            return _unchanged(work, told, _Seen(request, tables), timings)
        if request is None:
            raise _unreadable(city)
        ready = work.computed.get(request)
        compute = read(_asked(work)) if ready is None else (lambda: ready)
        if not _reads_for_output(city):
            moment.close()
        reading = perf_counter() - start
        found = work.computed[request] = compute()
        timings |= {"reading": reading, "evaluating": perf_counter() - start - reading}
        done = _done(work, told, found, _Seen(request, tables), timings)
        return replace(done, write=partial(_within, moment.pop_all(), done.write))


def _reads_for_output(city: City) -> bool:
    """Tell whether layers are read once more when the output is written: at the same moment."""
    return city.output is not None and city.tile_features is not None


def _within(moment: ExitStack, write: Callable[[], Path | None]) -> Path | None:
    with moment:
        return write()


def _done(
    work: _Work, told: Told, found: Computed, seen: _Seen, timings: dict[str, float]
) -> Night:
    """Keep what a night came to, and return it."""
    city, run, start = work.city, told.run, perf_counter()
    work.progress(Step(Text("保存结果", "Keeping the results"), _KEEPING, 1.0))
    plan = found.assessment.plan
    told = replace(told, after=plan.inputs, computed=found,
                   near=edits_near(found.since, plan.layers))  # fmt: skip
    found.leave(run)
    seen = seen if is_whole(plan, seen.tables) else seen._replace(request=None)
    message, units = _kept(work, told, seen, timings)
    found.keep_only(run)
    return Night(city, run, "done", message, {**timings, "keeping": perf_counter() - start},
                 found.figures,
                 lambda: paid(city, lambda: write_output(city, found, units)))  # fmt: skip


def _asked(work: _Work) -> Asked:
    run = None if work.wanted.full else work.store.last_computed(work.city.name)
    wanted = work.wanted
    return Asked(work.city, run, wanted.full, wanted.check, wanted.verify, work.progress,
                 wanted.workers)  # fmt: skip


def _unreadable(city: City) -> CarbonspaceError:
    """Return why a plan, or its rules, cannot be read."""
    found = read_as_found(city.plan).findings
    return InputError(found) if found else SourceError(*_UNREADABLE)


class _Seen(NamedTuple):
    """What determines the results, as a digest, and what tables were seen to hold."""

    request: str | None
    tables: list[TableNow]


def _tables(work: _Work, asked: Request | None) -> list[TableNow]:
    if asked is None or not asked["databases"]:
        return []
    return tables_tonight(work.store, work.city, full=work.wanted.full, check=work.wanted.check)


def _request(asked: Request | None, tables: list[TableNow]) -> str | None:
    return None if asked is None else digest_of([asked, question(tables)])


def _terms(city: City) -> Request | None:
    """Return what is asked, and the files as they are before they are read.

    None where they cannot be read: whoever reads the plan says what is wrong with it.
    """
    try:
        return terms(plan_file(city.plan), city.rules, plain({
            "indicators": city.indicators, "profiles": city.profiles}))  # fmt: skip
    except (InputError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


_UNREADABLE = (
    "a file of rules cannot be read; correct its name under profiles, or its rights",
    "有规则文件无法读取；请改正 profiles 中的文件名或其权限",
)


def _is_as_before(work: _Work, request: str) -> bool:
    """Tell whether nothing changed, and nothing is owed that has to be computed for."""
    if work.before is None or work.before.request != request:
        return False
    return not owes_output(work.store, work.city)


def _unchanged(work: _Work, told: Told, seen: _Seen, timings: dict[str, float]) -> Night:
    message = message_of(told)
    with work.store.sql.transaction():
        keep_tables(work.store, work.city.name, told.run, seen.tables)
        work.store.end(told.run, "unchanged", work.clock(), seen.request, summary=message,
                       timings=timings)  # fmt: skip
        _forget(work)
    Lately(work.city).clear()
    return Night(work.city, told.run, "unchanged", message, timings)


def _kept(
    work: _Work, told: Told, seen: _Seen, timings: dict[str, float]
) -> tuple[dict[str, Any], pd.Index]:
    """Keep what a night came to, in one transaction; return its message and what it changed."""
    store, run, at, assessment = work.store, told.run, work.clock(), told.assessment
    assert assessment is not None
    assert told.computed is not None
    with store.sql.transaction():
        found = _changes(store, work.city.name, assessment)
        for kept in ALL_KEPT:
            store.keep(kept, work.city.name, found[kept.name], run, at)
        store.put_inputs(run, told.after)
        keep_tables(store, work.city.name, run, seen.tables)
        message = message_of(told, found)
        store.end(run, "done", work.clock(), seen.request, summary=message, timings={
            **timings, "indicators": plain(assessment.run["seconds"])},
            ledger=plain(assessment.ledger.reset_index()))  # fmt: skip
        store.sql.show([*assessment.indicators])
        units = units_of(found, told.computed, units_owed(store, work.city))
        if len(units):
            owe_output(store, work.city, run)
        _forget(work)
    return message, units


def _changes(store: Store, city: str, assessment: Assessment) -> dict[str, Changes]:
    return {kept.name: changes(kept, store.current(kept, city), rows_of(kept, assessment))
            for kept in ALL_KEPT}  # fmt: skip


def _forget(work: _Work) -> None:
    """Delete what is older than is wanted; not where the clock has leapt that far at once."""
    if work.city.keep is None or work.before is None:
        return
    before = work.clock() - timedelta(days=work.city.keep)
    if work.before.began >= before:
        work.store.forget(work.city.name, before)
