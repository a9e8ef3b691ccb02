"""An executor that does each job at once, in this thread: nothing is copied, nobody is waited for.

What holds for this thread holds for the jobs: the moment at which a database is looked at, the
limits on time and memory.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

T = TypeVar("T")


class Here(Executor):
    """Does what is submitted before `submit` returns; what it raises is that of the future."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Return a future that is done."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  whoever asks for the result gets it
            future.set_exception(error)
        return future
