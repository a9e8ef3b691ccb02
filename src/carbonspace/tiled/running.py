"""Jobs given to an executor: told one by one, and each failure isolated from the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from typing import Any, Protocol

from carbonspace.errors import CarbonspaceError, LostError
from carbonspace.model.progress import Progress, Step
from carbonspace.model.text import Text
from carbonspace.sources.connection import at_moment
from carbonspace.tiled.tasks import Failed, Request, this_program

Receipt = dict[str, Any]
Doing = Callable[[Any], Receipt]
"""What does a job: a function that other processes know by its name."""
_AGAIN = Text("修正以下各项后用同一文件夹重新运行，已完成的部分会保留：",
              "Mend this and run it again with the same folder, where what was done is "
              "kept:")  # fmt: skip
_OTHER = Text(
    "该工作进程运行的程序与主进程不同，请在各处安装同一版本",
    "the worker runs another program than the coordinator; install the same everywhere",
)


class Job(Protocol):
    """What a worker is given."""

    @property
    def request(self) -> Request:
        """What is asked."""

    @property
    def title(self) -> Text:
        """What it is, for people."""


class TilesError(CarbonspaceError, RuntimeError):
    """Some tiles could not be done, while all others were; `failed` names them with the reason."""

    def __init__(self, failed: Sequence[Text]) -> None:
        self.failed = tuple(failed)
        listed = [one.en for one in failed], [one.zh for one in failed]
        super().__init__(
            "\n".join([f"Nothing was written. {_AGAIN.en}", *listed[0]]),
            "\n".join([f"没有写出结果。{_AGAIN.zh}", *listed[1]]),
        )  # fmt: skip


class LostTilesError(TilesError, LostError):
    """All that failed did so because a connection was lost: trying again may help."""


def attempted(work: Doing, job: Any) -> Receipt | Failed:
    """Do a job on a worker; what goes wrong is told in words, for errors do not travel whole.

    Raises
    ------
    OSError, MemoryError
        As they are: whoever executes knows the machine, and may have another.
    """
    if job.request.program != this_program():
        return Failed(_OTHER)
    try:
        with at_moment(job.request.moment):
            return work(job)
    except CarbonspaceError as error:
        return _words_of(error)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, the other tiles go on
        return _words_of(error)


def done(
    executor: Executor, work: Sequence[tuple[Doing, Job]], progress: Progress, title: Text
) -> list[Receipt]:
    """Return the receipts of jobs, each with what does it, in their order.

    Raises
    ------
    TilesError
        Once all others are done, with every job that failed. It is a `LostError` where they failed
        because connections were lost.
    CarbonspaceError
        The executor itself failed, and that is all: its words.
    """
    receipts, failed = dict[int, Receipt](), dict[int, Failed]()
    tell = _Telling(progress, title, len(work))
    running = dict[Future[Receipt | Failed], int]()
    for n, (do, job) in enumerate(work):
        running[executor.submit(attempted, do, job)] = n
        tell.of(running)
    for n, found in _finished(running, tell):
        if isinstance(found, Failed):
            failed[n] = found._replace(reason=found.reason.of(work[n][1].title))
        else:
            receipts[n] = found
    if failed:
        _raise_of_executor(running)
        kind = LostTilesError if all(one.is_lost for one in failed.values()) else TilesError
        raise kind([failed[n].reason for n in sorted(failed)])
    return [receipts[n] for n in range(len(work))]


def _finished(
    running: dict[Future[Receipt | Failed], int], tell: _Telling
) -> Iterator[tuple[int, Receipt | Failed]]:
    """Yield what each job came to as soon as it has, and tell how many have."""
    for future in as_completed(running):
        error = future.exception()
        yield running[future], future.result() if error is None else _words_of(error)
        tell.of(running)


class _Telling:
    """Tells how many jobs are done whenever that has become more."""

    def __init__(self, progress: Progress, title: Text, total: int) -> None:
        self._progress, self._title, self._total = progress, title, total
        self._begun, self._told = time.monotonic(), 0
        progress(Step(title, 0.0, float(total)))

    def of(self, running: Iterable[Future[Receipt | Failed]]) -> None:
        """Tell of jobs that were given away."""
        count, total = sum(one.done() for one in running), self._total
        if count > self._told:
            self._told, spent = count, time.monotonic() - self._begun
            self._progress(Step(_with_rate(self._title, count, total, spent), float(count),
                                float(total)))  # fmt: skip


def _words_of(error: BaseException) -> Failed:
    if isinstance(error, CarbonspaceError):
        return Failed(Text(error.zh, str(error)), isinstance(error, LostError))
    said = f"{type(error).__name__}: {error}"
    return Failed(Text(said, said))


def _raise_of_executor(running: Iterable[Future[Receipt | Failed]]) -> None:
    """Raise what an executor said of the first job, if it spoke of all that failed."""
    errors = [one.exception() for one in running]
    said = [one for one in errors if isinstance(one, CarbonspaceError)]
    of_jobs = [one for one, error in zip(running, errors, strict=True)
               if error is None and isinstance(one.result(), Failed)]  # fmt: skip
    if said and not of_jobs and len(said) == sum(one is not None for one in errors):
        raise said[0]


def _with_rate(title: Text, count: int, total: int, elapsed_s: float) -> Text:
    """Return the title with how many tiles were done, how fast, and how long the rest may take."""
    rate = 60 * count / max(elapsed_s, 1e-3)
    left = (total - count) * elapsed_s / count
    return Text(f"{title.zh}：{count}/{total} 块，每分钟 {rate:.3g} 块，约剩 {left:.0f} 秒",
                f"{title.en}: {count} of {total} tiles, {rate:.3g} a minute, "
                f"about {left:.0f} s left")  # fmt: skip
