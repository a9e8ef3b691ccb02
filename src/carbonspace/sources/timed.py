"""Connections that know how long an answer is awaited, and whose server watches the time, too."""

from __future__ import annotations

import logging
import os
import socket
import time
from contextlib import suppress
from typing import Any

from psycopg import Connection

from carbonspace.sources.silence import watch

logging.getLogger("psycopg").addHandler(logging.NullHandler())
"""What it says of connections that are lost is said by us, unless a program wants to hear it."""
_SETTINGS = {"tcp_keepalives_idle": "60", "tcp_keepalives_interval": "15",
             "tcp_keepalives_count": "4"}  # fmt: skip
"""For the server: it lets go of locks two minutes after the machine of a night has vanished."""


class Timed(Connection[Any]):
    """A connection that knows since when an answer is awaited."""

    since: float | None = None
    was_cut = False

    @property
    def server(self) -> tuple[object, ...]:
        """What tells its server apart."""
        return self.info.host, self.info.port

    def wait(self, *given: Any, **more: Any) -> Any:
        """Wait for what the server says."""
        self.since = time.monotonic()
        try:
            return super().wait(*given, **more)
        finally:
            self.since = None

    def cut(self) -> None:
        """End it from another thread: whoever waits finds that the other side is gone."""
        self.was_cut = True
        with suppress(OSError), socket.socket(fileno=os.dup(self.fileno())) as one:
            one.shutdown(socket.SHUT_RDWR)


def have_timed(connection: Timed) -> None:
    """Have a connection watched where somebody wants that, and the server know how long."""
    if (watching := watch()) is None:
        return
    watching.add(connection)
    connection.autocommit = True
    settings = {**_SETTINGS, "statement_timeout": str(int(watching.limit_s * 1000))}
    for name, value in settings.items():
        connection.execute("SELECT set_config(%s, %s, false)", [name, value])
    connection.autocommit = False
