"""A conversation that is cut after a time, however slowly the other side goes on talking."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cut_after(limit_s: float, talking: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Cut the socket that is talked over once the time is up.

    A limit of each read alone would let a server go on for ever, drop by drop.

    Raises
    ------
    TimeoutError
        It was cut, also where what came before may look like an answer.
    """
    was_cut = threading.Event()

    def cut() -> None:
        was_cut.set()
        with suppress(OSError):  # it is closed already
            if (one := talking()) is not None:
                one.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(limit_s, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if was_cut.is_set():
        raise TimeoutError("no answer in time")
