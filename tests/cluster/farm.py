"""A cluster of separate processes over loopback TCP, and what befalls its processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
_SETTINGS = {
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "10",
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "6s",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
}
_UP_S = 60.0


@dataclass
class Farm:
    """A scheduler and its workers; all of them end with the context.

    `security` are options of TLS for both, `folder` is where their logs are.
    """

    folder: Path
    security: Sequence[str] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Farm:
        self.port = free_port()
        try:
            self.scheduler = self._started("scheduler", "--port", str(self.port),
                                           "--dashboard-address", "127.0.0.1:0")  # fmt: skip
            wait_until(lambda: "Scheduler at" in self.log("scheduler"))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        begun = [*self.workers, *([self.scheduler] if hasattr(self, "scheduler") else [])]
        for one in begun:
            one.kill()
        for one in begun:
            one.wait()

    @property
    def address(self) -> str:
        return f"{'tls' if self.security else 'tcp'}://127.0.0.1:{self.port}"

    def worker(
        self, at: str = "", *, before: Sequence[str] = (), **environment: str
    ) -> subprocess.Popen[bytes]:
        """Start a worker without a nanny: it is one process, and killed it is gone.

        It finds the scheduler `at` another address than its own; a program `before` starts it.
        """
        name = f"worker-{len(self.workers)}"
        one = self._started(
            "worker", at or self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
            "--memory-limit", "2GiB", "--local-directory", str(self.folder), "--name", name,
            log=name, before=before, **environment,
        )  # fmt: skip
        self.workers.append(one)
        return one

    def up(self, count: int) -> Farm:
        """Start workers, and wait until the scheduler knows them."""
        for _ in range(count):
            self.worker()
        self.knows(len(self.workers))
        return self

    def knows(self, count: int) -> None:
        """Wait until so many workers have registered."""
        said = "Register worker"
        wait_until(lambda: self.log("scheduler").count(said) >= count)

    def log(self, name: str) -> str:
        file = self.folder / f"{name}.log"
        return file.read_text("utf-8", errors="replace") if file.exists() else ""

    def _started(
        self, what: str, *arguments: str, log: str = "", before: Sequence[str] = (),
        **environment: str,
    ) -> subprocess.Popen[bytes]:  # fmt: skip
        host = ["--host", "127.0.0.1"]
        command = [*before, sys.executable, "-m", "distributed.cli.dask_" + what, *arguments, *host]
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        env = {**os.environ, "PYTHONPATH": path, **_SETTINGS, **self.settings, **environment}
        with (self.folder / f"{log or what}.log").open("wb") as file:
            return subprocess.Popen([*command, *self.security], env=env, stdout=file,
                                    stderr=subprocess.STDOUT, start_new_session=True)  # fmt: skip


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_until(is_so: Callable[[], bool], seconds: float = _UP_S) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "it never came to that"
        time.sleep(0.05)


def frozen(one: subprocess.Popen[bytes]) -> None:
    one.send_signal(signal.SIGSTOP)


def process_in(name: str) -> int:
    """Return the process of a file that it left: `3.begun-1234`."""
    found = re.search(r"-(\d+)$", name)
    assert found is not None
    return int(found[1])
