"""Figures of the nights for Prometheus, as its node exporter reads them from a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from carbonspace.batch.cityfile import City
from carbonspace.batch.nightly import Night
from carbonspace.batch.owing import pending
from carbonspace.batch.stores import store_of
from carbonspace.errors import CarbonspaceError
from carbonspace.folder import aside_of
from carbonspace.model.rule import STATUS_TITLES

OUTCOMES = ("done", "unchanged", "failed")
_PREFIX = "carbonspace_batch_"
_READABLE = 0o644
_HELP: Mapping[str, str] = {
    "last_run_timestamp_seconds": "When the last night of a city ended.",
    "last_success_timestamp_seconds": "When the last night ended after which results are good.",
    "duration_seconds": "How long the stages of the last night took.",
    "outcome": "1 for how the last night ended, 0 for how it did not.",
    "exit_code": "What the last night contributes to the exit code of the command.",
    "units": "Planning units of a city.",
    "verdicts": "Verdicts that hold now, by status.",
    "verdicts_turned": "Verdicts that turned in the last night.",
    "changed": "1 where anything in the results changed in the last night.",
    "undelivered_messages": "Messages that are still to be sent.",
}
_LINE = re.compile(r'(carbonspace_batch_[a-z_]+)\{city="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Facts:
    """What came of the night of a city, whatever it was."""

    city: City
    outcome: str
    exit_code: int
    ended: datetime
    timings: Mapping[str, float] = field(default_factory=dict)
    turned: int = 0
    changed: bool = False


def facts_of(city: City, found: Night | None, exit_code: int) -> Facts:
    """Return what came of the night of a city that has just ended; none is one that failed."""
    now = datetime.now(UTC)
    if found is None:
        return Facts(city, "failed", exit_code, now)
    turned = found.message.get("flips", {}).get("count", 0)
    return Facts(city, found.status, exit_code, now, found.timings, turned,
                 found.message["changes"])  # fmt: skip


class _Sample(NamedTuple):
    name: str
    labels: Mapping[str, str]
    value: float


def write_metrics(file: Path, found: Sequence[Facts], cities: Sequence[str]) -> None:
    """Write the figures of nights; those of other cities of the file stay as they are.

    The file is replaced at once, so that nobody reads half of it. Everybody may read it: it holds
    counts and times alone.

    Raises
    ------
    OSError
        It cannot be written.
    """
    lines = _kept(file, {*cities} - {one.city.name for one in found})
    for one in found:
        for sample in _samples(one):
            lines.setdefault(f"{_PREFIX}{sample.name}", []).append(_line(sample))
    aside = aside_of(file)
    try:
        aside.write_text("".join(_text(lines)), "utf-8", newline="\n")
        aside.chmod(_READABLE)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def _samples(facts: Facts) -> Iterator[_Sample]:
    city = {"city": facts.city.name}
    yield _Sample("last_run_timestamp_seconds", city, facts.ended.timestamp())
    yield _Sample("exit_code", city, facts.exit_code)
    for outcome in OUTCOMES:
        yield _Sample("outcome", {**city, "outcome": outcome}, float(outcome == facts.outcome))
    for stage, took in facts.timings.items():
        yield _Sample("duration_seconds", {**city, "stage": stage}, took)
    yield _Sample("verdicts_turned", city, facts.turned)
    yield _Sample("changed", city, float(facts.changed))
    with suppress(CarbonspaceError):  # a database that is away tells nothing
        yield from [*_standing(facts.city)]


def _standing(city: City) -> Iterator[_Sample]:
    """Yield what the history of a city says that holds now."""
    name = {"city": city.name}
    with store_of(city, look=True) as store:
        if not store.sql.exists():
            return
        counts = store.standing(city.name)
        good = store.last_good(city.name)
        if good is not None and good.ended is not None:
            yield _Sample("last_success_timestamp_seconds", name, good.ended.timestamp())
        yield _Sample("units", name, counts.units)
        for status in STATUS_TITLES:
            labels = {**name, "status": status}
            yield _Sample("verdicts", labels, counts.verdicts.get(status, 0))
        waiting = sum(len(pending(store, city, one.key)) for one in city.channels)
        yield _Sample("undelivered_messages", name, waiting)


def _kept(file: Path, cities: set[str]) -> dict[str, list[str]]:
    """Return the lines of an earlier file that are of other cities, by their name."""
    found = dict[str, list[str]]()
    with suppress(OSError, UnicodeDecodeError):
        for line in file.read_text("utf-8").splitlines():
            said = _LINE.match(line)
            if said and _unescaped(said[2]) in cities:
                found.setdefault(said[1], []).append(line)
    return found


def _text(lines: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the file: of each name its lines together, with what it is before them."""
    for key, told in _HELP.items():
        name = f"{_PREFIX}{key}"
        if name in lines:
            yield f"# HELP {name} {told}\n# TYPE {name} gauge\n"
            yield from (f"{line}\n" for line in lines[name])


def _line(sample: _Sample) -> str:
    labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in sample.labels.items())
    return f"{_PREFIX}{sample.name}{{{labels}}} {float(sample.value)!r}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda one: "\n" if one[1] == "n" else one[1], value)
