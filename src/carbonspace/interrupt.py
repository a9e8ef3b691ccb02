"""Ctrl-C ends the work soon and cleanly, also where a library swallows it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_CLEANING_S = 2.0


class Interrupt:
    """Whether somebody asked to stop.

    A signal raises `KeyboardInterrupt` where the work is. More signals within two seconds do not
    disturb the cleaning up that it sets off; after that they raise again.
    """

    def __init__(self) -> None:
        self._since: float | None = None

    @property
    def asked(self) -> bool:
        """True once somebody asked."""
        return self._since is not None

    def check(self) -> None:
        """Raise what was asked for before, where something swallowed it."""
        if self.asked:
            raise KeyboardInterrupt

    def __call__(self, *_: object) -> None:
        """Take a signal."""
        now = time.monotonic()
        if self._since is not None and now - self._since < _CLEANING_S:
            return
        self._since = now
        raise KeyboardInterrupt


@contextmanager
def listening() -> Iterator[Interrupt]:
    """Yield an `Interrupt` that hears Ctrl-C, unless whoever started this wants it ignored."""
    interrupt = Interrupt()
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield interrupt
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
