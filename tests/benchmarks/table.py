"""The rows of the benchmark: what must be reached, and what was, in one run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from tests.benchmarks import rivals, table_reports, table_sun, table_walk
from tests.benchmarks import steps as overlays
from tests.benchmarks.measure import Cost
from tests.benchmarks.row import Asked, Row, apart, growth, ratio

STEPS = {"park coverage": 30.0, "stations": 15.0, "buildings to parcels": 8.0, "roads": 3.0}
"""Steps held against the plain script, and how many times less CPU they must take."""

ASSIGNED = ("park coverage", "parcels to units", "buildings to parcels")
_PEAK_MB = {"S": 800.0, "M": 800.0, "L": 4_000.0}
_SAME = 1e-9
_ROADS_SAME = 1e-7
"""In SQL and geopandas the band along a border is a buffer: millimetres off at its corners."""

_AS_MEASURED = "the form the requirement was measured against"
_GROWTH = {"whole": 1.05, "step": 1.1}


def rows(asked: Asked, only: Collection[str] = ()) -> list[Row]:
    """Measure all that a run of one size can tell, or only some groups of rows."""
    return [row for name, group in GROUPS.items() if not only or name in only
            for row in group(asked)]  # fmt: skip


def _whole(asked: Asked) -> Iterator[Row]:
    base, mine = asked.bench.measure("read"), asked.bench.measure("whole", "{out}")
    script = _script(asked, "plain", "{out}")
    yield ratio("whole run, read to written", 6.0, mine, base, "R", more=False)
    yield ratio("whole run against the plain script", 15.0, script, mine, "×")
    peak = None if mine.lacking else mine.peak_mb
    yield Row("peak memory of the whole run", _PEAK_MB[asked.size], peak, "MB", False, mine.lacking)


def _steps(asked: Asked) -> Iterator[Row]:
    for name, target in STEPS.items():
        mine = asked.bench.measure("step", "carbonspace", name)
        script = _script(asked, "step", "plain", name)
        note = "straight line" if name == "stations" else ""
        row = ratio(f"{name} against the plain script", target, script, mine, "×")
        yield row._replace(note=row.note or apart(script, mine, 1e-6) or note)
    for name in overlays.OVERLAY:
        other = _script(asked, "step", "overlay", name)
        mine = asked.bench.measure("step", "carbonspace", name)
        row = ratio(f"{name} against one overlay", STEPS[name], other, mine, "×")
        yield row._replace(note=row.note or apart(other, mine, 1e-6) or _AS_MEASURED)


def _script(asked: Asked, *task: str) -> Cost:
    return asked.bench.measure(*task) if asked.plain else Cost(lacking="not run at this size")


def _rivals(asked: Asked) -> Iterator[Row]:
    bench = asked.bench
    for engine in rivals.ENGINES:
        why = rivals.lacking(engine)
        for name in (*ASSIGNED, "roads"):
            mine = bench.measure("step", "carbonspace", name)
            other = Cost(lacking=why) if why else bench.measure("step", engine, name)
            same = _ROADS_SAME if name == "roads" else _SAME
            row = ratio(f"{name} against {engine}", 5.0, other, mine, "×")
            yield row._replace(note=row.note or apart(other, mine, same))


def _growth(asked: Asked) -> Iterator[Row]:
    yield growth(asked, "whole run", ("whole", "{out}"), _GROWTH["whole"])
    for name in STEPS:
        yield growth(asked, name, ("step", "carbonspace", name), _GROWTH["step"])


def _threads(asked: Asked) -> Iterator[Row]:
    one, two = asked.bench.measure("threads", "1"), asked.bench.measure("threads", "2")
    note = one.lacking or two.lacking
    reached = None if note else one.wall / two.wall
    yield Row("two threads against one, wall", 1.6, reached, "×", True, note)


def _edit(asked: Asked) -> Iterator[Row]:
    base, mine = asked.bench.measure("read"), asked.bench.measure("edit")
    row = ratio("units touched by an edited parcel", 0.5, mine, base, "R", more=False)
    facts = mine.facts or {}
    equal = "equal" if facts.get("equal") else "NOT equal"
    said = f"{facts.get('units')} unit(s), {equal} to the whole run bit for bit"
    yield row._replace(note=row.note or said)


GROUPS: Mapping[str, Callable[[Asked], Iterator[Row]]] = {
    "whole": _whole, "steps": _steps, "rivals": _rivals, "growth": _growth,
    "threads": _threads, "edit": _edit,
    "sun": table_sun.sun, "light": table_sun.light, "canopy": table_sun.canopy,
    "walk": table_walk.walk, "reports": table_reports.reports,
}  # fmt: skip
"""Rows that are measured together, by the name they are asked for with."""
