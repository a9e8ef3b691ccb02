"""What every worker must be and must see, and what one is and sees: run on the workers, too.

Terms are set once by whoever asks for the work, and travel with every piece of it: a worker holds
itself against them before its first piece, whenever it came.
"""

from __future__ import annotations

import errno
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from carbonspace.cluster.canary import canary
from carbonspace.cluster.words import cannot_write, lost_storage, memory_wanting
from carbonspace.errors import CarbonspaceError
from carbonspace.memory import is_memory
from carbonspace.sources.dsn import is_dsn, is_remote, without_password
from carbonspace.sources.marks import mark_of
from carbonspace.unchanged import program, sources_of

Pairs = tuple[tuple[str, str], ...]
"""What is found by name; unlike a mapping it can be a key itself."""
_CANARY = "canary "
_OF_NO_MATTER = ("settings",)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)


class Terms(NamedTuple):
    """What a worker must be (`program`), and what it must see.

    `libraries` are what must be of one version besides what carbonspace computes with. `folder` is
    where workers write, `token` the name of a file there that says its own name, and
    `sources` are what the plan reads, each with the mark that it has here.
    """

    libraries: tuple[str, ...]
    program: Pairs
    folder: str
    token: str
    sources: Pairs


class Seen(NamedTuple):
    """What a worker is and sees; `wrote` is what it left in the folder, `fault` why it could not.

    `token` is what the file of the terms said there.
    """

    host: str
    process: int
    program: Pairs
    token: str
    wrote: str
    fault: str
    sources: Pairs


class Done(NamedTuple):
    """What came of a piece of work."""

    result: Any


class Failed(NamedTuple):
    """Why nothing came of a piece of work, and would not elsewhere."""

    error: BaseException


class Unlike(NamedTuple):
    """A worker that did not do a piece of work, because it is not as the terms have it."""

    seen: Seen


@contextmanager
def terms_of(plan: Path, folder: Path, libraries: tuple[str, ...] = ()) -> Iterator[Terms]:
    """Yield what every worker must be and see; what was put in the folder to tell is taken away.

    Parameters
    ----------
    plan
        The plan.toml; workers must see what it names.
    folder
        Where workers write. It is made where it is not there, and goes if nobody wrote.
    libraries
        What must be of one version besides what carbonspace computes with.

    Raises
    ------
    SourceError
        The folder cannot be written.
    """
    plan, folder = plan.absolute(), folder.absolute()
    token, is_new = f".seen-{secrets.token_hex(6)}", not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / token).write_text(token, "utf-8")
    except OSError as error:
        raise cannot_write(_host(), str(folder), error) from error
    try:
        yield Terms(libraries, _program(libraries), str(folder), token, _marks(plan))
    finally:
        for one in (folder / token, *folder.glob(f"{token}-*")):
            one.unlink(missing_ok=True)
        if is_new:
            with suppress(OSError):
                folder.rmdir()


def _marks(plan: Path) -> Pairs:
    """Return what a plan reads, with its marks here; what cannot be read here is left out."""
    named = [plan.name, *sources_of(plan)]
    found = {one: mark_of(one, plan.parent) for one in named}
    return tuple((_absolute(one, plan.parent), mark) for one, mark in found.items() if mark)


def _absolute(source: str, base: Path) -> str:
    return source if is_dsn(source) or is_remote(source) else str(base / source)


def _program(libraries: tuple[str, ...]) -> Pairs:
    """Return what computes here, by name: versions, the code, and what comes of a small sum."""
    here: Mapping[str, Any] = program()
    facts = {name: str(one) for name, one in here.items()
             if name not in ("libraries", *_OF_NO_MATTER)}  # fmt: skip
    more = {name: metadata.version(name) for name in libraries}
    tried = {f"{_CANARY}{name}": one for name, one in canary().items()}
    return tuple({**facts, **here["libraries"], **more, **tried}.items())


@lru_cache(maxsize=8)
def look(terms: Terms) -> Seen:
    """Return what this process is, and what it sees of what the terms name."""
    folder, wrote, fault, token = Path(terms.folder), "", "", ""
    name = f"{terms.token}-{_host()}-{os.getpid()}"
    try:
        token = (folder / terms.token).read_text("utf-8")
        (folder / name).write_text(name, "utf-8")
        wrote = (folder / name).read_text("utf-8")
    except OSError as error:
        fault = f"{error.strerror} ({error.filename})"
    marks = tuple((one, mark_of(one, folder)) for one, _ in terms.sources)
    return Seen(_host(), os.getpid(), _program(terms.libraries), token, wrote, fault, marks)


def others_of(terms: Terms, seen: Seen) -> dict[str, tuple[str, str]]:
    """Return by name what is otherwise at a worker: what it is here, and what it is there."""
    mine, theirs = dict(terms.program), dict(seen.program)
    return {name: (mine.get(name, "–"), theirs.get(name, "–"))
            for name in [*mine, *(one for one in theirs if one not in mine)]
            if mine.get(name) != theirs.get(name)}  # fmt: skip


def unseen_of(terms: Terms, seen: Seen) -> list[str]:
    """Return what of all that the terms name a worker does not see, or sees otherwise."""
    is_shared = seen.token == terms.token and seen.wrote
    theirs = dict(seen.sources)
    missing = [_shown(one) for one, mark in terms.sources if theirs.get(one) != mark]
    return [*([] if is_shared else [terms.folder]), *missing]


def _shown(source: str) -> str:
    return without_password(source) if is_dsn(source) or is_remote(source) else source


def is_alike(terms: Terms, seen: Seen) -> bool:
    """Return whether a worker is what the terms ask for, and sees what they name."""
    return not others_of(terms, seen) and not unseen_of(terms, seen)


def performed(terms: Terms, work: Callable[[], Any]) -> Done | Failed | Unlike:
    """Do a piece of work where this process is as the terms have it.

    Raises
    ------
    LostError
        Its storage failed, in a way that may be gone another time or elsewhere.
    """
    seen = look(terms)
    if not is_alike(terms, seen):
        return Unlike(seen)
    try:
        return Done(work())
    except CarbonspaceError as error:
        return Failed(error)
    except OSError as error:
        if error.errno in _FULL:
            return Failed(cannot_write(_host(), terms.folder, error))
        raise lost_storage(_host(), error) from None
    except Exception as error:
        if is_memory(error):
            return Failed(memory_wanting(_host()))
        raise


def _host() -> str:
    return socket.gethostname()
