"""Threads that share out jobs: results come in the order of the jobs, whoever did them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from carbonspace.memory import given_back

Result = TypeVar("Result")


def _cores() -> int:
    """Return how many cores this process may use, as far as the system says."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Crew:
    """Some threads; with one, everything is done where it is asked for.

    Shapely, pyogrio and compiled code let go of Python's lock, so that threads are enough.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or _cores()
        self._stopped = threading.Event()

    def done(self, jobs: Sequence[Callable[[], Result]]) -> Iterator[Result]:
        """Yield what the jobs return, in order; whoever asks does his share of them.

        What a job let go of is given back to the system once it is done.

        Where one fails, or whoever asks stops asking, no other job is begun, and those that are
        running end at their next `rest`.
        """
        if self.workers == 1 or len(jobs) < 2:
            yield from (_tidied(job) for job in jobs)
            return
        pool = ThreadPoolExecutor(min(self.workers, len(jobs)) - 1, "carbonspace")
        running = [pool.submit(_tidied, job) for job in jobs]
        try:
            yield from _in_order(jobs, running)
        except BaseException:
            self._stopped.set()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def rest(self) -> None:
        """Stop the job that calls this, if the work is over."""
        if self._stopped.is_set():
            raise InterruptedError


def _in_order(
    jobs: Sequence[Callable[[], Result]], running: Sequence[Future[Result]]
) -> Iterator[Result]:
    """Yield the results; while one is waited for, do here what nobody has begun."""
    mine = dict[int, Result]()
    begun = 0
    for n, one in enumerate(running):
        while begun < len(jobs) and not one.done():
            if running[begun].cancel():
                mine[begun] = _tidied(jobs[begun])
            begun += 1
        yield mine.pop(n) if n in mine else one.result()


def _tidied(job: Callable[[], Result]) -> Result:
    result = job()
    given_back()
    return result


ALONE = Crew(1)
"""No other threads."""
