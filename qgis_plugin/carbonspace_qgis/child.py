"""Work beside the window; a child process started clean, heard, and ended with all it started."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shlex
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import IO, Any, NamedTuple

from qgis.core import Qgis, QgsApplication, QgsMessageLog, QgsTask

from .words import TABLES, say

_LONGEST_LINE, _LONGEST_KEPT, _LINES_KEPT, _MOST_OUTPUT = 1 << 16, 1 << 11, 400, 1 << 28
_POLL_S = 0.1
WINDOWS = os.name == "nt"
_OWN_GROUP, _NO_WINDOW = 0x200, 0x08000000
_GENTLE_S, _FIRM_S = 4.0, 2.0
_running: set[subprocess.Popen[bytes]] = set()

Told = Callable[[dict[str, Any]], None]


class Ended(NamedTuple):
    """How a child ended; `why` is "", "cancelled" or "timeout", `log` the end of its stderr."""

    code: int
    out: str
    log: str
    why: str = ""


class ChildError(Exception):
    """A child failed; the message is for people and says what to do."""


def environment() -> dict[str, str]:
    """Return the environment of QGIS without what would lead the child to QGIS's libraries."""
    harmful = TABLES["harmful"]  # what QGIS sets for itself breaks the libraries of another Python
    kept = {key: value for key, value in os.environ.items() if key.upper() not in harmful}
    return {**kept, **TABLES["set"]}


def run(
    command: Sequence[str], *, told: Told | None = None,
    said: Callable[[str], None] | None = None, cancelled: Callable[[], bool] = bool,
    timeout_s: float | None = None,
) -> Ended:  # fmt: skip
    """Run a command and return how it ended.

    Objects on its stderr that tell of progress go to `told`, other lines to `said`. `cancelled`
    is asked ten times a second or more. Nothing that it started is left.
    """
    child = _started(command)
    lines: queue.Queue[bytes] = queue.Queue(10_000)
    out = bytearray()
    work: Any = ((child.stdout, lambda line: out.extend(line[: _MOST_OUTPUT - len(out)])),
                 (child.stderr, lines.put))  # fmt: skip
    readers = [threading.Thread(target=_read, args=one, daemon=True) for one in work]
    for reader in readers:
        reader.start()
    until, why, silent = time.monotonic() + (timeout_s or float("inf")), "", False
    log: deque[str] = deque(maxlen=_LINES_KEPT)
    try:
        while not why and child.poll() is None:
            silent = silent or _heard(lines, told, said, log)
            why = "cancelled" if cancelled() else "timeout" if time.monotonic() > until else ""
            if silent:
                time.sleep(_POLL_S / 2)
    finally:
        stop(child)
        until = time.monotonic() + _FIRM_S
        heard = None if why else said  # nobody wants to read how it was interrupted
        while not silent and time.monotonic() < until:  # what it said last
            silent = _heard(lines, told, heard, log)
        for reader, stream in zip(readers, (child.stdout, child.stderr)):
            reader.join(_FIRM_S)
            if stream and not reader.is_alive():
                stream.close()
        _running.discard(child)
    why = why if child.returncode else ""  # it was done before it could be stopped
    return Ended(child.returncode, out.decode("utf-8", "replace"), "\n".join(log), why)


def checked(command: Sequence[str], *, fine: Sequence[int] = (0,), **options: Any) -> Ended:
    """Run a command; raise `ChildError` with words for people unless its code is `fine`."""
    ended = run(command, **options)
    if ended.why:
        raise ChildError(say(ended.why, seconds=options.get("timeout_s"), log=ended.log))
    if ended.code not in fine:
        raise ChildError(fault(ended))
    return ended


def shown(command: Sequence[str]) -> str:
    """Return a command as a person would type it."""
    return subprocess.list2cmdline(command) if WINDOWS else shlex.join(command)


def fault(ended: Ended) -> str:
    """Return what went wrong: carbonspace's own words, or what the way it ended tells."""
    if ended.code in (-signal.SIGTERM, -9, 137, 0xC0000017):
        return say("killed", log=ended.log)
    if ended.code < 0 or ended.code >= 0xC0000000:
        return say("crashed", code=ended.code, log=ended.log)
    own = (ended.log or ended.out[-_LONGEST_KEPT:]).strip().replace("carbonspace: ", "", 1)
    own = own.partition("\nError: ")[2] or own  # without how the command is used
    return own or say("silent", code=ended.code)


def stop(child: subprocess.Popen[bytes]) -> None:
    """End a child and all it started: asked first, so that it tidies up, then forced."""
    if child.poll() is None:
        asked = _signal(child, signal.CTRL_BREAK_EVENT if WINDOWS else signal.SIGINT)  # type: ignore[attr-defined,unused-ignore]
        if not (asked and _gone(child, _GENTLE_S)) and not WINDOWS:
            _signal(child, signal.SIGTERM)
            _gone(child, _FIRM_S)
    if not WINDOWS:
        _signal(child, signal.SIGKILL)  # what is left of its group
    elif child.poll() is None:
        with contextlib.suppress(OSError):
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(child.pid)], check=False,
                           capture_output=True, creationflags=_NO_WINDOW)  # fmt: skip
        child.kill()
    child.wait()


def stop_all() -> None:
    """End every child that still runs: QGIS is being closed, or the plugin unloaded."""
    for child in tuple(_running):
        stop(child)


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    flags = _OWN_GROUP | _NO_WINDOW if WINDOWS else 0
    try:
        child = subprocess.Popen(
            [*map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=environment(),
            start_new_session=not WINDOWS, creationflags=flags)  # fmt: skip
    except (OSError, ValueError) as error:
        raise ChildError(say("cannot_start", program=command[0], error=error)) from error
    _running.add(child)
    return child


def _read(stream: IO[bytes], take: Callable[[bytes], Any]) -> None:
    """Hand on what a stream says, line by line, and b"" at its end."""
    for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
        take(line)
    take(b"")


def _heard(lines: queue.Queue[bytes], told: Told | None, said: Any, log: deque[str]) -> bool:
    """Pass on a line, if one comes soon; return whether the stream has ended."""
    try:
        line = lines.get(timeout=_POLL_S)
    except queue.Empty:
        return False
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    if (step := progress_of(text)) is not None:
        if told:
            told(step)
    elif text.strip():
        log.append(text[:_LONGEST_KEPT])
        if said:
            said(log[-1])
    return not line


def progress_of(text: str) -> dict[str, Any] | None:
    """Return what a line tells of progress, in percent; None for any other line."""
    if not text.startswith("{"):
        return None
    try:
        step = json.loads(text)
        step["done"] = min(100.0, max(0.0, float(step["done"])))
        step["title"] = {key: str(step["title"][key]) for key in ("zh", "en")}
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return dict(step)


def _signal(child: subprocess.Popen[bytes], sent: int) -> bool:
    """Return whether it could be asked: a window of Windows has no console to ask from."""
    with contextlib.suppress(OSError, ValueError):
        child.send_signal(sent) if WINDOWS else os.killpg(child.pid, sent)
        return True
    return False


def _gone(child: subprocess.Popen[bytes], seconds: float) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(seconds)
    return child.returncode is not None


def log(text: str) -> None:
    """Keep what a child says in the window of messages."""
    QgsMessageLog.logMessage(text, "carbonspace", Qgis.Info)


class Desk:
    """A widget that has work done beside the window; while it is, `busy` widgets are disabled."""

    task: Any = None
    busy: tuple[Any, ...] = ()

    def begin(self, work: Callable[[Any], Any], done: Callable[[Any, Any], Any]) -> None:
        """Do `work`, which is given its task; then `done` gets what went wrong, and what was made.

        What comes of it after `leave` is for nobody.
        """

        def ended(error: Any, made: Any = None) -> None:
            if task is self.task:
                self.leave()
                done(say("cancelled") if error and task.isCanceled() else error, made)

        self.task = task = QgsTask.fromFunction("carbonspace", work, on_finished=ended)
        for one in self.busy:
            one.setEnabled(False)
        QgsApplication.taskManager().addTask(task)

    def cancel(self) -> None:
        """End what is at work; what it began is removed."""
        if self.task is not None:
            self.task.cancel()

    def leave(self) -> None:
        """Wait no longer for what is at work."""
        self.task = None
        for one in self.busy:
            one.setEnabled(True)
