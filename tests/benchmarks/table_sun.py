"""The rows of light on roofs, and of cells in parcels."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.measure import Cost
from tests.benchmarks.row import Asked, Row, difference, growth, ratio

WHOLE = ("whole", "{out}", "sun")
"""The task of a whole run with what looks at shadows, too."""

_PEAK_MB = 4_000.0
_EXACT_ROOFS, _LOOPED_ROOFS = "10000", "400"
_SAME = 1e-6


def sun(asked: Asked) -> Iterator[Row]:
    """Yield what the whole run costs with light."""
    base, mine = asked.bench.measure("read"), asked.bench.measure(*WHOLE)
    yield ratio("whole run with sun, read to written", 12.0, mine, base, "R", more=False)
    yield _peak("peak memory of the whole run with sun", mine)
    yield growth(asked, "whole run with sun", WHOLE, 1.05)
    if asked.larger:
        large = asked.bench.measure(*WHOLE, folder=asked.larger)
        yield _peak(f"peak memory of {asked.larger.name} with sun", large)


def _peak(what: str, cost: Cost) -> Row:
    peak = None if cost.lacking else cost.peak_mb
    return Row(what, _PEAK_MB, peak, "MB", False, cost.lacking)


def light(asked: Asked) -> Iterator[Row]:
    """Yield what light on all roofs costs, against a loop over them, and how exact it is."""
    measure = asked.bench.measure
    base, mine, loop = measure("read"), measure("light", "2"), measure("loop", _LOOPED_ROOFS)
    yield _wall("light on all roofs, 7 positions at 1 m, wall", 6.5, mine, base)
    row = Row("light on all roofs against a loop over them", 300.0, None, "×", True,
              mine.lacking or loop.lacking)  # fmt: skip
    if mine.facts and loop.facts:
        many = mine.facts["roofs"] / loop.facts["roofs"]
        said = f"{loop.facts['roofs']} roofs looped over, times {many:.4g}"
        row = row._replace(reached=loop.cpu * many / mine.cpu, note=said)
    yield row
    yield from _accuracy(measure("accuracy", _EXACT_ROOFS))


def _wall(what: str, target: float, mine: Cost, base: Cost) -> Row:
    """Return the wall seconds of one over the CPU seconds of reading."""
    lacking = mine.lacking or base.lacking
    roofs = (mine.facts or {}).get("roofs")
    note = lacking or f"{roofs:,} roofs, {mine.cpu:.3g} CPU s"
    return Row(what, target, None if lacking else mine.wall / base.cpu, "R", False, note)


def _accuracy(found: Cost) -> Iterator[Row]:
    facts = found.facts or {}
    note = found.lacking or f"{facts.get('roofs'):,} roofs"
    for name, target, unit in (("bias", 0.1, "%"), ("mean error", 0.4, "points")):
        reached = facts.get(name.removeprefix("mean "))
        what = f"{name} of lit roof area against exact vector"
        yield Row(what, target, reached, unit, False, note)


def canopy(asked: Asked) -> Iterator[Row]:
    """Yield what the crowns in parcels cost against exactextract."""
    mine = asked.bench.measure("canopy", "carbonspace")
    other = asked.bench.measure("canopy", "exactextract")
    row = ratio("canopy in parcels against exactextract", 30.0, other, mine, "×")
    if mine.facts and other.facts:
        worst = difference(mine.facts["found"], other.facts["found"])
        said = "RESULTS DIFFER" if worst > _SAME else f"{mine.facts['parcels']:,} parcels, apart"
        row = row._replace(note=f"{said} by {worst:.1e} at most")
    yield row
