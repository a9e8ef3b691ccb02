"""What happens of a night, one JSON object per line, for programs and for those who look later.

Lines go through `logging`, under the name `carbonspace.batch`: nothing is written unless a file is
asked for, and a program that runs nights itself may listen in its own way.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

from carbonspace.version import __version__

_LOGGER = logging.getLogger("carbonspace.batch")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False
_LEVELS = {"failed": logging.ERROR, "left": logging.ERROR, "interrupted": logging.WARNING,
           "lost": logging.WARNING, "abandoned": logging.WARNING,
           "undelivered": logging.WARNING}  # fmt: skip


def tell(event: str, **facts: Any) -> None:
    """Tell of an event: what is known of it, without what is None."""
    _LOGGER.log(_LEVELS.get(event, logging.INFO), event, extra={"facts": {
        key: value for key, value in facts.items() if value is not None}})  # fmt: skip


@contextmanager
def logged(file: Path | None) -> Iterator[Faults]:
    """Have what is told written to a file, or to none; yields what could not be written."""
    faults = Faults()
    if file is None:
        yield faults
        return
    handler = _Lines(file, faults)
    level = _LOGGER.level
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(logging.INFO)
    try:
        yield faults
    finally:
        _LOGGER.setLevel(level)
        _LOGGER.removeHandler(handler)
        handler.close()


class Faults:
    """Why a line could not be written; the first reason is kept."""

    said: str = ""


class _Lines(WatchedFileHandler):
    """Appends lines; a file that was moved away by logrotate is begun anew."""

    def __init__(self, file: Path, faults: Faults) -> None:
        super().__init__(file, encoding="utf-8", errors="replace", delay=True)
        self.setFormatter(_AsJson())
        self._faults = faults

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        try:
            super().emit(record)
        except OSError:  # of opening, which nobody else catches
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802  its name there
        """Remember why: a log that cannot be written must not cost the night."""
        error = sys.exc_info()[1]
        self._faults.said = self._faults.said or f"{self.baseFilename}: {error}"


class _AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        facts: Mapping[str, Any] = getattr(record, "facts", {})
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return json.dumps({
            "at": at, "level": record.levelname.lower(), "event": record.getMessage(), **facts,
            "pid": os.getpid(), "carbonspace": __version__,
        }, ensure_ascii=False, allow_nan=False, default=str)  # fmt: skip
