"""Dask's workers as a cluster: the one file that knows Dask.

What Dask does well stays with Dask: who works on what, pieces begun anew where a worker ends, the
dashboard, TLS.
"""

from __future__ import annotations

import logging
import os
import ssl
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, NamedTuple

import dask
from dask.utils import parse_timedelta
from distributed import Client, KilledWorker, LocalCluster
from distributed.security import Security
from distributed.system import MEMORY_LIMIT
from distributed.versions import VersionMismatchWarning

from carbonspace.cluster import words
from carbonspace.cluster.guarded import Engine, Looks, Patience, Told, refuse_unlike
from carbonspace.cluster.likeness import Terms, look, terms_of
from carbonspace.errors import CarbonspaceError

_LIBRARIES = ("dask", "distributed")
_LOCAL = "local:"
_WARNINGS = "PYTHONWARNINGS"
_PLAIN = ("/status", "/info/main/workers.html")
"""The page of the dashboard, and the one that is there without Bokeh."""
_RETRIES = 2
_LOOKER = f"{look.__module__}:{look.__name__}.__module__"
_MOST_MEMORY = 2 << 30
_FAILURES, _TTL_S = 10, 60.0
"""What the scheduler should allow: ends of workers per piece, and seconds without a word."""
_HERE: Mapping[str, Any] = {
    "distributed.scheduler.allowed-failures": _FAILURES,
    "distributed.scheduler.worker-ttl": f"{_TTL_S:.0f}s",
    "distributed.worker.memory.target": False, "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False, "distributed.worker.memory.terminate": 0.95,
    "distributed.worker.preload": ["carbonspace.cluster.deaf"],
}  # fmt: skip
"""Workers of one's own: what they return is small, so that there is nothing to spill."""
_LOGGERS = ("distributed", "distributed.client", "distributed.gc", "tornado", "asyncio")
_PATIENCE = Patience()


class Certificates(NamedTuple):
    """PEM files for TLS; what is None is as Dask's own configuration says."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None


_AS_CONFIGURED = Certificates()


@contextmanager
def engine(
    address: str, plan: Path, folder: Path, *, certificates: Certificates = _AS_CONFIGURED,
    told: Told = lambda _: None, patience: Patience = _PATIENCE,
) -> Iterator[Engine]:  # fmt: skip
    """Yield the workers of a cluster as an executor, each of them held against this process.

    Parameters
    ----------
    address
        `tcp://host:port` or `tls://host:port` of a scheduler, or `local:N` for N processes on this
        machine, which end with the context or with this process.
    plan, folder
        The plan.toml, whose sources workers must see, and where they write.
    told
        Is told where the dashboard is, and later of workers that are not used.

    Raises
    ------
    LostError
        Nobody answers there, or there is nobody who works.
    ServiceError
        A worker differs from this process.
    SourceError
        A worker does not see the plan's data or the folder.
    """
    with (
        _quiet(),
        _client(address, certificates, patience) as client,
        terms_of(plan, folder, _LIBRARIES) as terms,
    ):
        cluster = _Dask(client, address, patience)
        first = cluster.first()
        good = refuse_unlike(terms, cluster.looked(terms, [*first]), patience.answer)
        cluster.tell(told)
        running = Engine(cluster, terms, {one: first[one] for one in good}, told, patience)
        try:
            yield running
        finally:
            running.shutdown(wait=False, cancel_futures=True)


def memory_of_one(count: int) -> int:
    """Return the bytes that each of some workers of this machine may take."""
    return int(min(_MOST_MEMORY, MEMORY_LIMIT / (count + 1)))


@contextmanager
def _quiet() -> Iterator[None]:
    """Have Dask keep its log to itself: what matters is told in words of the house."""
    before = {one: logging.getLogger(one).level for one in _LOGGERS}
    for one in _LOGGERS:
        logging.getLogger(one).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for one, level in before.items():
            logging.getLogger(one).setLevel(level)


@contextmanager
def _client(address: str, certificates: Certificates, patience: Patience) -> Iterator[Client]:
    if address.startswith(_LOCAL):
        with _here(int(address.removeprefix(_LOCAL))) as here, Client(here) as client:
            yield client
        return
    client = _connected(address, certificates, patience)
    try:
        yield client
    finally:
        with suppress(OSError):
            client.close(timeout=2)


@contextmanager
def _here(count: int) -> Iterator[LocalCluster]:
    """Yield workers of this machine, of one thread each; they end with this process in any case."""
    with dask.config.set(_HERE), _without_last_words():
        try:
            cluster = LocalCluster(
                n_workers=count, threads_per_worker=1, processes=True, host="127.0.0.1",
                memory_limit=memory_of_one(count), dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL + 1,
            )  # fmt: skip
        except (RuntimeError, OSError) as error:
            raise words.not_begun(count, str([*_causes(error)][-1])) from None
    with dask.config.set(_HERE), cluster:
        yield cluster


@contextmanager
def _without_last_words() -> Iterator[None]:
    """Have the process that counts semaphores say nothing of a run that Ctrl-C ended at once."""
    before = os.environ.get(_WARNINGS)
    os.environ[_WARNINGS] = ",".join(filter(None, [before, "ignore:resource_tracker"]))
    try:
        yield
    finally:
        os.environ.pop(_WARNINGS)
        if before is not None:
            os.environ[_WARNINGS] = before


def _connected(address: str, certificates: Certificates, patience: Patience) -> Client:
    given = {"tls_ca_file": certificates.ca, "tls_client_cert": certificates.cert,
             "tls_client_key": certificates.key}  # fmt: skip
    files = {name: str(path) for name, path in given.items() if path is not None}
    encrypted = {"require_encryption": True} if address.startswith("tls://") else {}
    try:
        security = Security(**files, **encrypted)
        if encrypted and not _has_certificates(security):
            raise words.no_certificates(address)
        with warnings.catch_warnings():  # which versions differ is told by whoever looks at workers
            warnings.simplefilter("ignore", VersionMismatchWarning)
            return Client(address, security=security, timeout=patience.first, set_as_default=False)
    except CarbonspaceError:
        raise
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise _not_connected(address, error) from None


def _has_certificates(security: Security) -> bool:
    """Return whether TLS can be tried at all: without, Dask would wait for long and then fail."""
    return security.get_connection_args("client")["ssl_context"] is not None


def _not_connected(address: str, error: Exception) -> CarbonspaceError:
    causes = [*_causes(error)]
    said = str(causes[-1]) or type(causes[-1]).__name__
    if not isinstance(error, OSError) or isinstance(error, ssl.SSLError) or error.errno:
        return words.no_certificate(said)
    if any(isinstance(one, ssl.SSLError) or "SSL" in str(one) for one in causes):
        return words.no_handshake(address, said)
    return words.no_scheduler(address, said)


def _causes(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or one.__context__


class _Dask:
    """What is asked of a cluster, asked of a client of Dask."""

    def __init__(self, client: Client, address: str, patience: Patience) -> None:
        self.address, self._client, self._patience = address, client, patience
        self._executor = client.get_executor(pure=False, retries=_RETRIES)

    def send(self, work: Callable[[], Any], name: str, to: Sequence[str]) -> Future[Any]:
        """Have a piece done by one of some workers."""
        sent: Future[Any] = self._executor.submit(
            work, key=f"{name}-{uuid.uuid4().hex}", workers=[*to]
        )
        return sent

    def first(self) -> dict[str, int]:
        """Return the workers there are, once there is one."""
        try:
            self._client.wait_for_workers(1, timeout=self._patience.first)
            return self.present()
        except TimeoutError:
            raise words.no_workers(self.address, self._patience.first) from None
        except (OSError, CancelledError):
            raise words.lost_scheduler(self.address) from None

    def present(self) -> dict[str, int]:
        """Return the addresses of all workers that the scheduler has, with their threads."""
        ask = self._client.scheduler
        if ask is None:
            raise ConnectionError
        limit = self._patience.answer
        found = self._client.sync(ask.identity, n_workers=-1, callback_timeout=limit)
        return {one: facts["nthreads"] for one, facts in found["workers"].items()}

    def looked(self, terms: Terms, workers: Sequence[str]) -> Looks:
        """Have workers look at themselves; one that says nothing has None.

        A function of carbonspace would end a worker of Dask that has none, so that it is first
        asked for by a function of Python.
        """
        there = self._asked(workers, resolve_name, _LOOKER)
        able = [one for one, said in there.items() if isinstance(said, str)]
        return {**there, **self._asked(able, look, terms)}

    def _asked(self, workers: Sequence[str], what: Callable[..., Any], *given: Any) -> Looks:
        asked = {one: self._executor.submit(what, *given, key=f"look-{uuid.uuid4().hex}",
                                            workers=[one], retries=0)
                 for one in workers}  # fmt: skip
        wait(asked.values(), timeout=self._patience.answer)
        return {one: _answer(future) for one, future in asked.items()}

    def tell(self, told: Told) -> None:
        """Tell where the work can be watched, and which settings of the scheduler to change."""
        with suppress(KeyError):
            if link := self._client.dashboard_link:
                told(words.dashboard(link if self._draws() else link.replace(*_PLAIN)))
        if self.address.startswith(_LOCAL):
            return
        failures, ttl = map(self._setting, ("allowed-failures", "worker-ttl"))
        if failures < _FAILURES or not ttl or parse_timedelta(ttl) > _TTL_S:
            told(words.settings(failures, ttl))

    def _draws(self) -> bool:
        """Return whether the scheduler has what its dashboard is drawn with."""
        with suppress(ImportError):
            return bool(self._client.run_on_scheduler(resolve_name, "bokeh:__name__"))
        return False

    def _setting(self, name: str) -> Any:
        return self._client.run_on_scheduler(dask.config.get, f"distributed.scheduler.{name}")

    def meaning(self, error: BaseException) -> BaseException:
        """Return what an error of Dask means to people; others as they are."""
        if isinstance(error, KilledWorker):
            worker = getattr(error.last_worker, "address", error.last_worker)
            return words.killed(error.allowed_failures + 1, str(worker))
        return words.lost_scheduler(self.address) if isinstance(error, CancelledError) else error

    def close(self) -> None:
        """Let go of all that was sent."""
        with suppress(OSError, RuntimeError):
            self._executor.shutdown(wait=False)


def _answer(look: Future[Any]) -> Any:
    """Return what a worker said; whoever has not said anything is not asked any more."""
    if not look.done():
        look.cancel()
    if look.cancelled():
        return None
    return look.exception() or look.result()
