"""Streets that hang together, and those that hang apart."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from carbonspace.kernels.lines import zone_lengths
from carbonspace.kernels.streets import Streets
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text, counted
from carbonspace.prepare import street_words as words
from carbonspace.prepare.rows import per_feature, worst_first
from carbonspace.prepare.street_lines import Flags, Integers, Lines, middle, told

_MUCH = 0.05
"""A unit hears of streets that join no others when they are so much of its own."""
_PIECES = 10


def piece_of(streets: Streets, closed: Flags) -> Integers:
    """Return the connected part of each line (-1: it has no length), the longest one 0."""
    count = len(streets.place)
    ends = streets.start[closed], streets.end[closed]
    joined = coo_array((np.ones(len(ends[0]), dtype=bool), ends), shape=(count, count))
    _, part = connected_components(joined, directed=False)
    has = np.diff(streets.first) > 0
    label = np.full(len(streets.lines), -1, dtype=np.intp)
    label[has] = part[streets.start[streets.first[:-1][has]]]
    known, mine = np.unique(label[has], return_inverse=True)
    size = np.bincount(mine, shapely.length(streets.lines[has]), minlength=len(known))
    rank = np.empty(len(known), dtype=np.intp)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(known))
    label[has] = rank[mine]
    return label


def pieces(town: Lines, label: Integers) -> Iterator[Finding]:
    """Yield how much of the network hangs apart from the largest piece, and the largest others."""
    length = shapely.length(town.streets.lines)
    size = np.bincount(label[label >= 0], length[label >= 0])
    if len(size) < 2:
        return
    count = counted(len(size) - 1, "段", "piece", "pieces")
    apart, whole = f"{size[1:].sum() / 1000:,.2f} km", f"{size.sum() / 1000:,.2f} km"
    yield told(words.IN_PIECES, Text(f"另有 {count.zh}，共 {apart}（全部 {whole}）",
                                      f"{count.en} more, {apart} of {whole} in all"))  # fmt: skip
    for piece in range(1, min(len(size), _PIECES + 1)):
        of = np.flatnonzero(label == piece)
        longest = int(of[np.argmax(length[of])])
        lines = counted(len(np.unique(town.road[of])), "条路", "road", "roads")
        found = Text(f"{size[piece]:,.0f} m，{lines.zh}", f"{size[piece]:,.0f} m, {lines.en}")
        shape = shapely.multilinestrings(town.streets.lines[of])
        where = middle(town.streets.lines[longest])
        yield told(words.ISLAND, found, town.name(longest), where, shape)


def pieces_by_unit(units: gpd.GeoDataFrame, town: Lines, label: Integers) -> Iterator[Finding]:
    """Yield the units of whose streets a good part joins no others, the worst first."""
    zones, lines = units.geometry.to_numpy(), town.streets.lines
    loose = np.flatnonzero(label > 0)
    found = zone_lengths(lines[loose], zones)
    apart = np.bincount(found.zone, found.length, minlength=len(zones))
    touched = np.flatnonzero(apart > 0)
    if not len(touched):
        return
    near = np.unique(shapely.STRtree(lines).query(zones[touched])[1])
    every = zone_lengths(lines[near], zones[touched])
    whole = np.zeros(len(zones))
    whole[touched] = np.bincount(every.zone, every.length, minlength=len(touched))
    share = np.divide(apart, whole, out=np.zeros(len(zones)), where=whole > 0)
    rows = worst_first(np.flatnonzero(share >= _MUCH), share)
    yield from per_feature("units", units, words.UNIT, rows,
                           lambda n: f"{share[n]:.0%}, {apart[n]:,.0f} m")  # fmt: skip
