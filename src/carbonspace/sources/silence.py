"""A server that gives no answer any more does not hold up for ever: its connections are cut.

What TCP notices of itself is a network that is gone. A server that is frozen still has its system
acknowledge all that is sent: only its silence tells.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

_GRACE_S = 10.0
"""So much later than the server should have broken off a statement itself it is cut off."""


class Waiting(Protocol):
    """A connection that knows since when an answer is awaited."""

    since: float | None

    @property
    def closed(self) -> bool:
        """True once it is of no use."""

    @property
    def server(self) -> tuple[object, ...]:
        """What tells its server apart."""

    def cut(self) -> None:
        """End it from another thread."""


class Watch:
    """Cuts connections of which an answer is awaited for too long, as a thread of its own.

    With one all others to its server are cut: nobody waits for the same silence twice.
    """

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self._deadline_s = limit_s + min(_GRACE_S, limit_s)
        self._open = list[Waiting]()
        self._ended, self._lock = threading.Event(), threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, connection: Waiting) -> None:
        """Watch a connection, until it is closed."""
        with self._lock:
            self._open = [*(one for one in self._open if not one.closed), connection]
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, daemon=True)
                self._thread.start()

    def end(self) -> None:
        """Watch no more."""
        self._ended.set()

    def _look(self) -> None:
        while not self._ended.wait(min(1.0, self.limit_s / 4)):
            listed, now = self._open, time.monotonic()
            silent = {one.server for one in listed if not one.closed and one.since is not None
                      and now - one.since > self._deadline_s}  # fmt: skip
            for one in listed:
                if not one.closed and one.server in silent:
                    one.cut()


_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def answers_within(limit_s: float) -> Iterator[None]:
    """Have databases that are opened within this answer in time, or count as lost.

    A statement that takes longer is broken off by the server; a server that does not even do that
    is frozen, and cut off.
    """
    watch = Watch(limit_s)
    before = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(before)
        watch.end()


def watch() -> Watch | None:
    """Return who watches what is opened now."""
    return _WATCH.get()
