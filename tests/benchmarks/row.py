"""A row of the benchmark: what must be reached and what was, from costs of one run."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.measure import Bench, Cost
from tests.benchmarks.net import SIZES


class Asked(NamedTuple):
    """What is measured: a city of a size, beside a `larger` one, with or without plain script."""

    bench: Bench
    size: str
    larger: Path | None
    plain: bool


class Row(NamedTuple):
    """One requirement. `reached` is None where it could not be measured: `note` says why."""

    what: str
    target: float
    reached: float | None
    unit: str
    more_is_better: bool
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the requirement is met; None where it was not measured."""
        if self.reached is None:
            return None
        if self.more_is_better:
            return self.reached >= self.target
        return self.reached <= self.target


def ratio(
    what: str, target: float, top: Cost, bottom: Cost, unit: str, *, more: bool = True
) -> Row:
    """Return the CPU of one over that of another."""
    note = top.lacking or bottom.lacking
    return Row(what, target, None if note else top.cpu / bottom.cpu, unit, more, note)


def growth(asked: Asked, name: str, task: tuple[str, ...], target: float) -> Row:
    """Return the power of n by which the CPU of a task rises to the larger city."""
    what, power, note = f"growth of {name}, n to the power of", None, "no larger city was asked for"
    if asked.larger:
        small, large = (asked.bench.measure(*task, folder=f) for f in (None, asked.larger))
        times = SIZES[asked.larger.name].parcels / SIZES[asked.size].parcels
        note = small.lacking or large.lacking
        power = None if note else math.log(large.cpu / small.cpu, times)
    return Row(what, target, power, "", False, note)


def apart(one: Cost, other: Cost, limit: float) -> str:
    """Return a warning where two contenders differ by more than a relative limit."""
    if one.facts is None or other.facts is None:
        return ""
    worst = difference(one.facts["found"], other.facts["found"])
    return f"RESULTS DIFFER by {worst:.1e}" if worst > limit else ""


def difference(one: dict[str, float], other: dict[str, float]) -> float:
    """Return the largest difference of two results, relative to the largest of their values.

    Relative to its own value where that is not near nothing: below a millionth of the largest
    value a difference is held against that millionth.
    """
    keys = one.keys() | other.keys()
    pairs = [(one.get(key, 0.0), other.get(key, 0.0)) for key in keys]
    floor = 1e-6 * max((max(abs(a), abs(b)) for a, b in pairs), default=1.0)
    return max((abs(a - b) / max(abs(a), abs(b), floor, 1e-300) for a, b in pairs), default=0.0)
