"""Streets as lines of a graph, and how they are spoken of."""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.kernels.streets import Streets
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text, counted
from carbonspace.prepare.rows import Fault

_NAMED = 5

Integers = NDArray[np.intp]
Flags = NDArray[np.bool_]


class Lines(NamedTuple):
    """Streets as lines of a graph; line i is part of road `road[i]`, `roads` are all of them.

    Node ``node[k]`` lies on line ``line[k]``, sorted; `first` is one line of each node.
    """

    streets: Streets
    road: Integers
    roads: gpd.GeoDataFrame
    node: Integers
    line: Integers
    first: Integers

    def name(self, line: int) -> str:
        """Return the id of the road of a line."""
        return str(self.roads.index[self.road[line]])

    def at(self, node: int) -> tuple[float, float]:
        """Return where a node is."""
        x, y = self.streets.place[node]
        return float(x), float(y)


def lines_of(streets: Streets, road: Integers, roads: gpd.GeoDataFrame) -> Lines:
    """Return streets as lines that are parts of roads."""
    real = ~streets.gaps
    ends = np.concatenate((streets.start[real], streets.end[real])).astype(np.int64)
    key = np.unique(ends * len(streets.lines) + np.tile(streets.line[real], 2))
    node, line = np.divmod(key, len(streets.lines))
    first = np.full(len(streets.place), -1, dtype=np.intp)
    first[node[::-1]] = line[::-1]
    return Lines(streets, road, roads, node, line, first)


def listed(
    fault: Fault, names: list[str], where: Any, shapes: Any = None, *, count: int = 0
) -> Finding:
    """Return one finding for all places of a kind, with the names of the first."""
    total = count or len(names)
    some = ", ".join(names[:_NAMED]) + ", …" * (total > _NAMED)
    number = counted(total, "处", "place", "places")
    shape = None if shapes is None else shapely.multilinestrings(shapes)
    feature = None if "×" in names[0] or "=" in names[0] else names[0]
    return told(fault, Text(f"{number.zh}：{some}", f"{number.en}: {some}"), feature,
                 None if where is None else (float(where[0]), float(where[1])), shape)  # fmt: skip


def told(
    fault: Fault,
    found: Text,
    feature: str | None = None,
    where: tuple[float, float] | None = None,
    shape: shapely.Geometry | None = None,
) -> Finding:
    """Return a finding about the roads."""
    return Finding(fault.severity, "roads", fault.what, found, fault.expected, fault.action,
                   feature, where, shape=shape)  # fmt: skip


def middle(line: shapely.Geometry) -> tuple[float, float]:
    """Return the place half-way along a line."""
    x, y = shapely.get_coordinates(shapely.line_interpolate_point(line, 0.5, normalized=True))[0]
    return float(x), float(y)
