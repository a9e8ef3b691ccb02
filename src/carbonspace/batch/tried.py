"""Tries of a night: what is left of those that a lost connection ended, and what the log says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any

from carbonspace.batch.log import tell
from carbonspace.errors import CarbonspaceError, ServiceError

if TYPE_CHECKING:
    from carbonspace.batch.computing import Computed


class Tried:
    """What is left of tries that a lost connection ended: the run, why, and what was computed."""

    def __init__(self) -> None:
        self.run: int | None = None
        self.error = ""
        self.computed: dict[str, Computed] = {}

    def told(self, city: str) -> Callable[[ServiceError, int, float], None]:
        """Return whom a loss is told."""

        def tell_it(error: ServiceError, number: int, pause_s: float) -> None:
            self.error = str(error)
            tell("lost", city=city, run=self.run, error=self.error, attempt=number,
                 pause_s=round(pause_s, 1))  # fmt: skip

        return tell_it


class Ended:
    """Has the log say in one line how a night ended."""

    def __init__(self, city: str, tried: Tried) -> None:
        self._city, self._tried, self._start = city, tried, perf_counter()
        self._facts: Mapping[str, Any] = {}

    def well(self, status: str, timings: Mapping[str, float], message: Mapping[str, Any]) -> None:
        """Take down how it ended, where it ended well."""
        stages = {stage: round(took, 3) for stage, took in timings.items()}
        self._facts = {"event": status, "seconds": stages, "changes": message["changes"],
                       "flips": message.get("flips", {}).get("count")}  # fmt: skip

    def __enter__(self) -> Ended:
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        facts = self._facts if error is None else {"event": how(error), "error": said(error)}
        tell(**facts, city=self._city, run=self._tried.run,
             took_s=round(perf_counter() - self._start, 3))  # fmt: skip


def how(error: BaseException) -> str:
    """Return how a night ends that an error ends."""
    return "failed" if isinstance(error, Exception) else "interrupted"


def said(error: BaseException) -> str:
    """Return what is recorded of an error: words of our own, which hold no password."""
    return str(error) if isinstance(error, CarbonspaceError) else type(error).__name__


def never_back(now: Callable[[], datetime], latest: datetime | None) -> Callable[[], datetime]:
    """Return a clock that never says less than what is recorded: clocks are set back."""
    return lambda: max(filter(None, (now(), latest)))
