"""The rows of ways on foot."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from tests.benchmarks import plain_walk
from tests.benchmarks.measure import Cost
from tests.benchmarks.row import Asked, Row, growth, ratio

_MINE = ("walk", "carbonspace")
_TYPES = ("facilities",)
_RIVALS = {"osmnx": 20.0, "networkx": 7.0}


def walk(asked: Asked) -> Iterator[Row]:
    """Yield what coverage along streets costs, against what others take."""
    measure = asked.bench.measure
    base, mine = measure("read"), measure(*_MINE)
    row = ratio("parcels near stops along streets, snapping included", 0.7, mine, base, "R",
                more=False)  # fmt: skip
    yield row._replace(note=row.note or _said(mine))
    for who, target in _RIVALS.items():
        other = measure("walk", who)
        row = ratio(f"parcels near stops against {who}", target, other, mine, "×")
        yield row._replace(note=row.note or _apart(mine, other))
    if not plain_walk.lacking("pandana"):
        other = measure("walk", "pandana")
        yield ratio("parcels near stops against pandana", 1.0, other, mine, "×")
    ten = measure(*_TYPES)
    row = ratio("ten types of facilities within 15 minutes", 3.5, ten, base, "R", more=False)
    yield row._replace(note=row.note or "with the graph of streets, by unit")
    yield growth(asked, "parcels near stops along streets", _MINE, 1.05)
    yield growth(asked, "ten types of facilities", _TYPES, 1.05)


def _said(mine: Cost) -> str:
    facts = mine.facts or {}
    size = ", ".join(f"{facts.get(key, 0):,} {key}" for key in ("parcels", "stops", "edges"))
    return f"{size}; the graph took {facts.get('graph', 0.0):.2g} CPU s before"


def _apart(mine: Cost, other: Cost) -> str:
    """Return by how much in or out differs from the share of fronts, on the average."""
    if not mine.facts or not other.facts:
        return ""
    one, two = (np.nan_to_num(c.facts["found"]) for c in (mine, other) if c.facts)
    return f"{100 * np.mean(np.abs(one - two)):.1f} points apart by parcel: nodes, not fronts"
