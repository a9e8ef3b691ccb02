"""What befalls a server in the middle of a night, and a wire that can be cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from tests.postgis.cluster import Cluster

Fault = Callable[[Cluster], None]


def restarted(cluster: Cluster) -> None:
    cluster.stop("fast")
    cluster.start()


def crashed(cluster: Cluster) -> None:
    cluster.kill()
    cluster.start()


def away_for_a_while(cluster: Cluster) -> None:
    cluster.stop("immediate")
    threading.Timer(0.5, cluster.start).start()


def frozen_for_a_while(cluster: Cluster) -> None:
    cluster.freeze()
    threading.Timer(5, cluster.thaw).start()


def sessions_ended(cluster: Cluster) -> None:
    with psycopg.connect(f"{cluster.start_of_dsn}/postgres", autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                           "WHERE application_name = 'carbonspace'")  # fmt: skip


SERVER_FAULTS: dict[str, Fault] = {
    one.__name__: one
    for one in (restarted, crashed, away_for_a_while, frozen_for_a_while, sessions_ended)
}


def once_before(function: Callable[..., Any], fault: Callable[[], None]) -> Callable[..., Any]:
    """Return a function before whose first call a fault befalls."""
    done = list[bool]()

    def called(*given: Any, **more: Any) -> Any:
        if not done:
            done.append(True)
            fault()
        return function(*given, **more)

    return called


class Wire:
    """A way to a server on the loopback that can be cut."""

    def __init__(self, to: int) -> None:
        self._to, self._ends, self._is_mute = to, list[socket.socket](), threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._let_in, daemon=True).start()

    def cut(self) -> None:
        """Cut all that goes over it now; what comes later passes."""
        ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mute(self) -> None:
        """Carry nothing any more, and tell neither end."""
        self._is_mute.set()

    def close(self) -> None:
        """Let nobody in any more."""
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.cut()

    def _let_in(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._door.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self._to))
                except OSError:  # the server is gone, and may come back
                    near.close()
                    continue
                self._ends += [near, far]
                threading.Thread(target=_join, args=(near, far, self._is_mute),
                                 daemon=True).start()  # fmt: skip


def _join(near: socket.socket, far: socket.socket, is_mute: threading.Event) -> None:
    back = threading.Thread(target=_carry, args=(far, near, is_mute), daemon=True)
    with near, far:
        back.start()
        _carry(near, far, is_mute)
        back.join()


def _carry(one: socket.socket, other: socket.socket, is_mute: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while said := one.recv(65536):
            if not is_mute.is_set():
                other.sendall(said)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """Yield a wire to a server."""
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.close()
