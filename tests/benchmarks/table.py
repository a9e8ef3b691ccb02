"""The rows of the benchmark: what must be reached, and what was, in one run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import ours, rivals
from tests.benchmarks import steps as overlays
from tests.benchmarks.measure import Bench, Cost

STEPS = {"park coverage": 30.0, "stations": 15.0, "buildings to parcels": 8.0, "roads": 3.0}
"""Steps held against the plain script, and how many times less CPU they must take."""

ASSIGNED = ("park coverage", "parcels to units", "buildings to parcels")
_PEAK_MB = {"S": 800.0, "M": 800.0, "L": 4_000.0}
_SAME = 1e-9
_ROADS_SAME = 1e-7
"""In SQL and geopandas the band along a border is a buffer: millimetres off at its corners."""

_AS_MEASURED = "the form the requirement was measured against"
_GROWTH = {"whole": 1.05, "step": 1.1}


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


def rows(bench: Bench, size: str, *, larger: Path | None, plain: bool) -> list[Row]:
    """Measure all that a run of one size can tell; `larger` is a city ten times as large."""
    return [
        *_whole(bench, size, plain=plain),
        *_steps(bench, plain=plain),
        *_rivals(bench),
        *_growth(bench, larger),
        *_threads(bench),
        *_edit(bench),
    ]


def _whole(bench: Bench, size: str, *, plain: bool) -> Iterator[Row]:
    base, mine = bench.measure("read"), bench.measure("whole", "{out}")
    script = bench.measure("plain", "{out}") if plain else Cost(lacking="not run at this size")
    yield _ratio("whole run, read to written", 6.0, mine, base, "R", more=False)
    yield _ratio("whole run against the plain script", 15.0, script, mine, "×")
    peak = None if mine.lacking else mine.peak_mb
    yield Row("peak memory of the whole run", _PEAK_MB[size], peak, "MB", False, mine.lacking)


def _steps(bench: Bench, *, plain: bool) -> Iterator[Row]:
    for name, target in STEPS.items():
        mine = bench.measure("step", "carbonspace", name)
        script = (bench.measure("step", "plain", name) if plain
                  else Cost(lacking="not run at this size"))  # fmt: skip
        note = "straight line: no indicator walks the network yet" if name == "stations" else ""
        row = _ratio(f"{name} against the plain script", target, script, mine, "×")
        yield row._replace(note=row.note or _apart(script, mine, 1e-6) or note)
    for name in overlays.OVERLAY:
        other = (bench.measure("step", "overlay", name) if plain
                 else Cost(lacking="not run at this size"))  # fmt: skip
        mine = bench.measure("step", "carbonspace", name)
        row = _ratio(f"{name} against one overlay", STEPS[name], other, mine, "×")
        yield row._replace(note=row.note or _apart(other, mine, 1e-6) or _AS_MEASURED)


def _rivals(bench: Bench) -> Iterator[Row]:
    for engine in rivals.ENGINES:
        why = rivals.lacking(engine)
        for name in (*ASSIGNED, "roads"):
            mine = bench.measure("step", "carbonspace", name)
            other = Cost(lacking=why) if why else bench.measure("step", engine, name)
            same = _ROADS_SAME if name == "roads" else _SAME
            row = _ratio(f"{name} against {engine}", 5.0, other, mine, "×")
            yield row._replace(note=row.note or _apart(other, mine, same))


def _growth(bench: Bench, larger: Path | None) -> Iterator[Row]:
    lacking = "" if larger else "no larger city was asked for"
    for name, task in (("whole run", ("whole", "{out}")),
                       *((name, ("step", "carbonspace", name)) for name in STEPS)):  # fmt: skip
        kind = "whole" if name == "whole run" else "step"
        power, note = None, lacking
        if larger:
            small, large = bench.measure(*task), bench.measure(*task, folder=larger)
            note = small.lacking or large.lacking
            power = None if note else math.log10(large.cpu / small.cpu)
        yield Row(f"growth of {name}, n to the power of", _GROWTH[kind], power, "", False, note)


def _threads(bench: Bench) -> Iterator[Row]:
    what, why = "two threads against one, wall", ours.threads_lacking()
    if why:
        yield Row(what, 1.6, None, "×", True, why)
        return
    one, two = bench.measure("threads", "1"), bench.measure("threads", "2")
    note = one.lacking or two.lacking
    yield Row(what, 1.6, None if note else one.wall / two.wall, "×", True, note)


def _edit(bench: Bench) -> Iterator[Row]:
    base, mine = bench.measure("read"), bench.measure("edit")
    row = _ratio("units touched by an edited parcel", 0.5, mine, base, "R", more=False)
    facts = mine.facts or {}
    equal = "equal" if facts.get("equal") else "NOT equal"
    said = f"{facts.get('units')} unit(s), {equal} to the whole run bit for bit"
    yield row._replace(note=row.note or said)


def _ratio(
    what: str, target: float, top: Cost, bottom: Cost, unit: str, *, more: bool = True
) -> Row:
    """Return the CPU of one over that of another."""
    note = top.lacking or bottom.lacking
    return Row(what, target, None if note else top.cpu / bottom.cpu, unit, more, note)


def _apart(one: Cost, other: Cost, limit: float) -> str:
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
