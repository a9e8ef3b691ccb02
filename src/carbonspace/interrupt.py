"""Ctrl-C ends the work soon and cleanly, whatever the work is doing.

Python hears a signal between two of its own steps. A library may swallow it, and a long
computation in compiled code holds it up; neither may keep a person waiting.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

Said = TypeVar("Said")
_CLEANING_S = 2.0
_PATIENCE_S = 1.0


class Interrupt:
    """Whether somebody asked to stop, and what to do should the work not stop by itself.

    A signal raises `KeyboardInterrupt` where the work is. More signals within two seconds do not
    disturb the cleaning up that it sets off; after that they raise again.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._last: list[Callable[[], None]] = []

    @property
    def asked(self) -> bool:
        """True once somebody asked."""
        return self._since is not None

    def check(self) -> None:
        """Raise what was asked for before, where something swallowed it."""
        if self.asked:
            raise KeyboardInterrupt

    def checking(self, listen: Callable[[Said], None]) -> Callable[[Said], None]:
        """Return a listener that first raises what was asked for and went unheard."""

        def tell(said: Said) -> None:
            self.check()
            listen(said)

        return tell

    def at_last(self, action: Callable[[], None]) -> None:
        """Do this, too, where the work has to be left in the middle; the latest is done first."""
        self._last.append(action)

    def leave(self, code: int) -> None:
        """End the process from another thread than the one that works."""
        try:
            for action in reversed(self._last):
                action()
        finally:
            os._exit(code)

    def __call__(self, *_: object) -> None:
        """Take a signal."""
        now = time.monotonic()
        if self._since is not None and now - self._since < _CLEANING_S:
            return
        self._since = now
        raise KeyboardInterrupt


def of_command() -> Interrupt:
    """Return what hears Ctrl-C for the command that runs, else one that is deaf."""
    return click.get_current_context().find_object(Interrupt) or Interrupt()


@contextmanager
def listening(code: int) -> Iterator[Interrupt]:
    """Yield an `Interrupt` that hears Ctrl-C, unless whoever started this wants it ignored.

    Work that has not ended a second after that ends with the exit code `code`.
    """
    interrupt = Interrupt()
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield interrupt
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        with _watched(interrupt, code):
            yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _watched(interrupt: Interrupt, code: int) -> Iterator[None]:
    """Have a thread told of signals as they come, by the pipe that Python writes them to."""
    if os.name != "posix":
        yield
        return
    heard, told = os.pipe()
    os.set_blocking(told, False)
    ended = threading.Event()
    before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    watcher = threading.Thread(target=_watch, args=(heard, ended, interrupt, code), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        signal.set_wakeup_fd(before)
        os.close(told)
        watcher.join()
        os.close(heard)


def _watch(heard: int, ended: threading.Event, interrupt: Interrupt, code: int) -> None:
    while signals := os.read(heard, 64):
        if signal.SIGINT in signals and not ended.wait(_PATIENCE_S):
            interrupt.leave(code)
