"""An executor whose workers are all held against the terms, whatever kind of cluster they are of.

No worker does a piece of work before it has been looked at, whenever it came; one that differs is
told of and gets nothing more; and whoever waits is told why where nothing comes.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from carbonspace.cluster import words
from carbonspace.cluster.likeness import (
    Done,
    Failed,
    Seen,
    Terms,
    Unlike,
    others_of,
    performed,
    unseen_of,
)
from carbonspace.errors import CarbonspaceError
from carbonspace.model.text import Text

_LOOK_S = 2.0
_AHEAD = 2
"""So many pieces for each thread are under way: one at work, and one that waits there."""
_TRIES = 5
_PAUSES_S = (0.0, 0.2, 1.0, 3.0)
"""How long after one another it is looked for what a worker wrote; shared storage may be late."""

Told = Callable[[Text], None]
Looks = Mapping[str, Seen | BaseException | None]
"""By worker what it is and sees, why it could not say, or None where it says nothing."""


class Patience(NamedTuple):
    """How many seconds are waited: for an answer, for the first worker, for another worker."""

    answer: float = 30.0
    first: float = 15.0
    another: float = 180.0


class Cluster(Protocol):
    """What a kind of cluster must be able to do; one file for each kind."""

    address: str

    def send(self, work: Callable[[], Any], name: str, to: Sequence[str]) -> Future[Any]:
        """Have a piece done by one of some workers; it is cancelled where all is lost."""

    def present(self) -> Mapping[str, int]:
        """Return the workers there are, and how much each does at a time.

        Raises
        ------
        OSError, TimeoutError, RuntimeError, CancelledError
            Nobody can say.
        """

    def looked(self, terms: Terms, workers: Sequence[str]) -> Looks:
        """Have workers look at themselves, and at what they see."""

    def meaning(self, error: BaseException) -> BaseException:
        """Return what an error of the cluster means to people; others as they are."""

    def close(self) -> None:
        """Let go of all that was sent."""


@dataclass(eq=False)
class _Piece:
    """A piece of work, and to whom it was sent, if it was."""

    work: Callable[[], Any]
    name: str
    outer: Future[Any] = field(default_factory=Future)
    inner: Future[Any] | None = None
    to: frozenset[str] = frozenset()
    tries: int = 0


class Engine(Executor):
    """The workers of a cluster as an executor.

    A function goes by its name, so that it must lie in a module of the workers; a piece may be
    begun more than once, where a worker ends.

    No more is sent than keeps the workers busy, so that those that come later have their share.

    Parameters
    ----------
    good
        The workers that are known to be alike, and how much each does at a time.
    told
        Is told of workers that come later and are not used.
    """

    def __init__(
        self, cluster: Cluster, terms: Terms, good: Mapping[str, int], told: Told,
        patience: Patience,
    ) -> None:  # fmt: skip
        self._cluster, self._terms, self._told, self._patience = cluster, terms, told, patience
        self._good, self._bad = {**good}, set[str]()
        self._waiting, self._sent = deque[_Piece](), set[_Piece]()
        self._over, self._lock = threading.Event(), threading.RLock()
        threading.Thread(target=self._watch, name="carbonspace-cluster", daemon=True).start()

    @property
    def workers(self) -> int:
        """How many workers are known that can be used."""
        return len(self._good)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a function done by a worker."""
        if self._over.is_set():
            raise RuntimeError("cannot schedule new futures after shutdown")
        piece = _Piece(partial(fn, *args, **kwargs), getattr(fn, "__name__", "work"))
        with self._lock:
            self._waiting.append(piece)
            self._send()
        return piece.outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more; what is not done is cancelled, or waited for."""
        with self._lock:
            pieces = [*self._sent, *self._waiting]
        for one in pieces if cancel_futures else ():
            one.outer.cancel()
        for one in pieces if wait else ():
            with suppress(Exception, CancelledError):
                one.outer.exception()
        self._over.set()
        self._cluster.close()

    def _send(self) -> None:
        """Send as much as keeps the workers busy."""
        while self._waiting and len(self._sent) < _AHEAD * sum(self._good.values()):
            piece = self._waiting.popleft()
            if piece.outer.cancelled():
                continue
            piece.to, piece.tries = frozenset(self._good), piece.tries + 1
            work = partial(performed, self._terms, piece.work)
            inner = self._cluster.send(work, piece.name, sorted(piece.to))
            piece.inner = inner
            self._sent.add(piece)
            inner.add_done_callback(partial(self._settle, piece))

    def _settle(self, piece: _Piece, inner: Future[Any]) -> None:
        """Hand on what came of a piece, or have it done again where a worker refused it."""
        with self._lock:
            if piece.inner is not inner or self._over.is_set():
                return
            if inner.cancelled():
                self._give_up(words.lost_scheduler(self._cluster.address))
                return
            found = self._came_of(inner)
            self._sent.discard(piece)
            piece.inner = None
            if isinstance(found, Unlike) and piece.tries < _TRIES:
                self._good.clear()  # one is not what it was: all are looked at again
                self._waiting.appendleft(piece)
                return
            self._send()
        _hand_on(piece.outer, found)

    def _came_of(self, inner: Future[Any]) -> Done | Failed | Unlike:
        """Return what came of a piece."""
        error = inner.exception()
        if error is not None:
            return Failed(self._cluster.meaning(error))
        found: Done | Failed | Unlike = inner.result()
        return found

    def _watch(self) -> None:
        """Look after the workers until the work is over."""
        since = time.monotonic()
        while not self._over.wait(_LOOK_S):
            heard = False
            with suppress(OSError, RuntimeError, CancelledError):
                self._meet(self._cluster.present())
                heard = True
            with self._lock:
                since = time.monotonic() if heard and self._good else since
                if time.monotonic() - since > self._patience.another:
                    say = words.no_workers if heard else words.silent_scheduler
                    self._give_up(say(self._cluster.address, self._patience.another))

    def _meet(self, present: Mapping[str, int]) -> None:
        """Hold workers that came against the terms, and take the work from those that went."""
        new = sorted(present.keys() - self._good.keys() - self._bad)
        found = self._cluster.looked(self._terms, new) if new else {}
        faults = faults_of(self._terms, found)
        for worker, why in faults.items():
            self._told(words.left_out(worker, why))
        with self._lock:
            self._bad |= {*faults}
            alike = {one for one, seen in found.items() if seen is not None and one not in faults}
            self._good = {one: threads for one, threads in present.items()
                          if one in self._good or one in alike}  # fmt: skip
            for piece in [one for one in self._sent if not one.to & self._good.keys()]:
                self._take_back(piece)
            self._send()

    def _take_back(self, piece: _Piece) -> None:
        before, piece.inner = piece.inner, None
        self._sent.discard(piece)
        self._waiting.appendleft(piece)
        if before is not None:
            before.cancel()

    def _give_up(self, why: CarbonspaceError) -> None:
        """Tell whoever waits that there is nobody who works, or nobody who would know."""
        pieces = [*self._sent, *self._waiting]
        self._sent.clear()
        self._waiting.clear()
        for piece in pieces:
            piece.inner = None
            _hand_on(piece.outer, Failed(why))


def _hand_on(outer: Future[Any], found: Done | Failed | Unlike) -> None:
    if not outer.set_running_or_notify_cancel():
        return
    if isinstance(found, Done):
        outer.set_result(found.result)
    else:
        error = words.unlike(found.seen.host) if isinstance(found, Unlike) else found.error
        outer.set_exception(error.with_traceback(None))


def refuse_unlike(terms: Terms, found: Looks, seconds: float) -> list[str]:
    """Return the workers that can be used: all but those that say nothing.

    Raises
    ------
    ServiceError
        One is not of this program, or of another build of it.
    SourceError
        One does not see what the plan names, or the folder.
    LostError
        Not one says anything.
    """
    for fault in faults_of(terms, found).values():
        raise fault
    silent = [one for one, seen in found.items() if seen is None]
    if len(silent) == len(found):
        raise words.no_answer(silent, seconds)
    return [one for one in found if one not in silent]


def faults_of(terms: Terms, found: Looks) -> dict[str, CarbonspaceError]:
    """Return by worker why it cannot be used, the same words for all of one kind."""
    strangers = {one: f"{type(seen).__name__}: {seen}" for one, seen in found.items()
                 if isinstance(seen, BaseException)}  # fmt: skip
    known = {one: seen for one, seen in found.items() if isinstance(seen, Seen)}
    others = {one: other for one, seen in known.items() if (other := others_of(terms, seen))}
    apart = {one: unseen for one, seen in known.items()
             if one not in others and (unseen := _unseen(terms, seen))}  # fmt: skip
    named = {one: f"{one} ({seen.host})" for one, seen in known.items()}
    return {
        **dict.fromkeys(strangers, words.no_program(strangers)),
        **dict.fromkeys(others, words.differing({named[one]: o for one, o in others.items()})),
        **dict.fromkeys(apart, words.not_shared({named[one]: a for one, a in apart.items()})),
    }


def _unseen(terms: Terms, seen: Seen) -> list[str]:
    """Return what a worker does not see, or what it wrote there and is not to be seen here."""
    if unseen := unseen_of(terms, seen):
        return unseen
    for pause in _PAUSES_S:
        time.sleep(pause)
        if (Path(terms.folder) / seen.wrote).is_file():
            return []
    return [terms.folder]
