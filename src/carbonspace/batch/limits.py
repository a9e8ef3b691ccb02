"""Limits of time and memory of a night: work that goes beyond them is ended, and says so.

The work may be anywhere: in Python, in compiled code, waiting for a server. A thread looks at the
clock and at the memory; the main thread is then sent a signal that raises, and a step of progress
raises what something swallowed. Work that does not end even so is left.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from carbonspace.batch.amounts import spoken
from carbonspace.batch.log import tell
from carbonspace.errors import LimitError

Said = TypeVar("Said")
_LOOKS_PER_S = 5
_AGAIN_S, _LEFT_AFTER_S = 15.0, 60.0
_STATM = Path("/proc/self/statm")


class Limits(NamedTuple):
    """How long a night may take, in seconds, and how many bytes of memory; None is no limit."""

    time_s: float | None = None
    memory: float | None = None


NO_LIMITS = Limits()


class Guard:
    """What was found to be too much; None as long as nothing is."""

    def __init__(self, limits: Limits, city: str) -> None:
        self._limits, self._city, self._began = limits, city, time.monotonic()
        self._error: LimitError | None = None
        self._ended = threading.Event()

    def check(self) -> None:
        """Raise what was found, where something swallowed it.

        Raises
        ------
        LimitError
            A limit was reached.
        """
        if self._error is not None and not self._ended.is_set():
            raise LimitError(str(self._error), self._error.zh)

    def checking(self, listen: Callable[[Said], None]) -> Callable[[Said], None]:
        """Return a listener that first looks, and raises what was found: work may be quick."""

        def heard(said: Said) -> None:
            self._look()
            self.check()
            listen(said)

        return heard

    def end(self) -> None:
        """Look no more."""
        self._ended.set()

    def watch(self) -> None:
        """Look until the work ends, or until it has to be ended."""
        while not self._ended.wait(1 / _LOOKS_PER_S):
            self._look()
            if self._error is not None:
                self._end_it()
                return

    def _look(self) -> None:
        self._error = self._error or self._too_long() or self._too_large()

    def _end_it(self) -> None:
        deadline = time.monotonic() + _LEFT_AFTER_S
        while time.monotonic() < deadline:
            _wake_main()
            if self._ended.wait(_AGAIN_S):
                return
        tell("left", city=self._city, error=str(self._error), exit_code=LimitError.exit_code)
        os._exit(LimitError.exit_code)

    def _too_long(self) -> LimitError | None:
        limit = self._limits.time_s
        if limit is None or time.monotonic() - self._began < limit:
            return None
        return LimitError(
            f"{self._city}: the night took longer than time_limit ({spoken(limit)}) and was ended; "
            "the results are those of before. Allow more time, or find out what holds it up.",
            f"{self._city}：本次计算超过 time_limit（{spoken(limit)}），已中止；"
            "结果仍为此前的结果。请放宽时限，或查明何处耗时。",
        )

    def _too_large(self) -> LimitError | None:
        limit, held = self._limits.memory, _memory()
        if limit is None or held < limit:
            return None
        most, found = (f"{one / 1e9:.3g} GB" for one in (limit, held))
        return LimitError(
            f"{self._city}: the night held {found} of memory, more than memory_limit ({most}), and "
            "was ended; the results are those of before. Allow more memory, ask for fewer "
            "indicators, or divide the city.",
            f"{self._city}：本次计算占用内存 {found}，超过 memory_limit（{most}），已中止；"
            "结果仍为此前的结果。请放宽内存限制、减少指标，或拆分城市。",
        )


@contextmanager
def limited(limits: Limits, city: str) -> Iterator[Guard]:
    """Have work end that goes beyond its limits.

    Raises
    ------
    LimitError
        It did.
    """
    guard = Guard(limits, city)
    if limits == NO_LIMITS:
        yield guard
        return
    thread = threading.Thread(target=guard.watch, daemon=True)
    with _heard(guard):
        thread.start()
        try:
            yield guard
        finally:
            guard.end()
            thread.join()


@contextmanager
def _heard(guard: Guard) -> Iterator[None]:
    """Have the main thread, where the work is in it, raise what is found."""
    if threading.current_thread() is not threading.main_thread() or os.name != "posix":
        yield
        return

    def take(*_: Any) -> None:
        guard.check()

    before = signal.signal(signal.SIGALRM, take)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)


def _wake_main() -> None:
    main = threading.main_thread().ident
    if os.name == "posix" and main is not None and callable(signal.getsignal(signal.SIGALRM)):
        signal.pthread_kill(main, signal.SIGALRM)


def _memory() -> int:
    """Return the bytes of memory that this process holds; 0 where the system does not say."""
    try:
        return int(_STATM.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
