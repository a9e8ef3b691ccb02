"""Streets as a network: what does not hang together, and how drawing faults were taken.

Nothing is changed here. What is joined and what is not is told once somebody walks the streets.
"""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.kernels.junctions import MM
from carbonspace.kernels.streets import Streets
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.prepare import street_words as words
from carbonspace.prepare.rows import place, worst_first
from carbonspace.prepare.street_lines import Flags, Integers, Lines, listed, middle, told
from carbonspace.prepare.street_pieces import piece_of, pieces, pieces_by_unit

NEAR_M = 5.0
"""Metres; an end of a street so near to another one is likely to be meant to meet it."""

_VERTEX_M = 1e-3
_SHOWN, _NAMED = 10, 5


def street_premises(units: gpd.GeoDataFrame, town: Lines, *, snap: float) -> Iterator[Finding]:
    """Yield what is to be known of a network before anybody walks along it.

    Parameters
    ----------
    units
        Prepared.
    town
        With gaps up to `NEAR_M`, or `snap` if that is more.
    snap
        Metres; gaps so wide are taken as joined.
    """
    closed = ~town.streets.gaps | (town.streets.length <= round(snap * MM))
    label = piece_of(town.streets, closed)
    yield from pieces(town, label)
    yield from pieces_by_unit(units, town, label)
    yield from _joined(town, closed)
    yield from _missed(town, closed, label)
    yield from _crossings(town)
    yield from _loops(town)
    yield from _repeated(town)


def _joined(town: Lines, closed: Flags) -> Iterator[Finding]:
    """Yield how many gaps were taken as joined, the widest first."""
    streets = town.streets
    gaps = np.flatnonzero(streets.gaps & closed)
    gaps = worst_first(gaps, streets.length)
    if len(gaps):
        node = _end_of(streets, gaps)
        widest = f"{streets.length[gaps[0]] / MM:.2f} m"
        yield listed(words.joined(widest), _names(town, node), town.at(node[0]))


def _missed(town: Lines, closed: Flags, label: Integers) -> Iterator[Finding]:
    """Yield ends that stop short of a street by more than is joined.

    First those where that keeps pieces apart. The end of a street that meets the other one nearby,
    a stub or a tail, is none.
    """
    streets = town.streets
    gaps = np.flatnonzero(~closed)
    node, line = _end_of(streets, gaps), town.first
    loose = np.bincount(np.concatenate((streets.start, streets.end))[np.tile(~streets.gaps, 2)],
                        minlength=len(streets.place))[node] == 1  # fmt: skip
    other = np.where(streets.start[gaps] == node, streets.end[gaps], streets.start[gaps])
    loose &= streets.drawn[node] & ~_meet_nearby(town, node, line[node], line[other])
    apart = label[line[node]] != label[line[other]]
    order = np.lexsort((streets.length[gaps], ~apart))
    order = order[loose[order]]
    _, once = np.unique(node[order], return_index=True)
    rows = order[np.sort(once)]
    for n in rows[:_SHOWN]:
        yield _short_of(town, int(node[n]), line[other[n]], streets.length[gaps[n]] / MM)
    if (more := len(rows) - _SHOWN) > 0:
        yield told(words.SHORT, Text(f"另有 {more} 处", f"{more} more places"))


def _meet_nearby(town: Lines, node: Integers, line: Integers, other: Integers) -> Flags:
    """Tell which lines meet others near a node of theirs."""
    first, count = town.streets.first, np.diff(town.streets.first)
    row = np.repeat(np.arange(len(node)), count[line])
    step = np.arange(len(row)) - np.repeat(np.cumsum(count[line]) - count[line], count[line])
    edge = first[line[row]] + step
    result = np.zeros(len(node), dtype=bool)
    known = town.node.astype(np.int64) * len(first) + town.line
    for ends in (town.streets.start, town.streets.end):
        met = np.isin(ends[edge].astype(np.int64) * len(first) + other[row], known)
        away = np.hypot(*(town.streets.place[ends[edge]] - town.streets.place[node[row]]).T)
        result[row[met & (away <= 2 * NEAR_M)]] = True
    return result


def _short_of(town: Lines, node: int, other: int, metres: float) -> Finding:
    name, where = town.name(other), town.at(node)
    found = Text(f"距 {name} {metres:.2f} m", f"{metres:.2f} m from {name}")
    return told(words.SHORT, found, town.name(town.first[node]), where)


def _crossings(town: Lines) -> Iterator[Finding]:
    """Yield how many times lines cross where at most one of them has a vertex."""
    streets = town.streets
    node, line = town.node, town.line
    several = np.bincount(node, minlength=len(streets.place)) > 1
    several &= ~streets.drawn
    spots = np.flatnonzero(several)
    used = np.unique(line[several[node]])
    corners, of = shapely.get_coordinates(streets.lines[used], return_index=True)
    tree = shapely.STRtree(shapely.points(streets.place[spots]))
    corner, spot = tree.query(shapely.points(corners), predicate="dwithin", distance=_VERTEX_M)
    met = np.unique(np.stack((spot, of[corner])), axis=1)[0]
    bare = spots[np.bincount(met, minlength=len(spots)) < 2]
    if len(bare):
        names = [" × ".join(town.name(n) for n in line[node == spot][:2]) for spot in bare[:_NAMED]]
        yield listed(words.CROSSING, names, town.at(bare[0]), count=len(bare))


def _loops(town: Lines) -> Iterator[Finding]:
    """Yield how many streets come back to where they left the others."""
    streets = town.streets
    loop = np.unique(streets.line[(streets.start == streets.end) & ~streets.gaps])
    if len(loop):
        names = [town.name(n) for n in loop]
        yield listed(words.LOOP, names, middle(streets.lines[loop[0]]), streets.lines[loop])


def _repeated(town: Lines) -> Iterator[Finding]:
    """Yield how many stretches are drawn twice: of one length, between the same nodes."""
    streets = town.streets
    real = np.flatnonzero(~streets.gaps)
    ends = np.sort(np.stack((streets.start[real], streets.end[real])), axis=0)
    order = np.lexsort((streets.length[real], ends[1], ends[0]))
    key = np.stack((*ends, streets.length[real]))[:, order]
    again = np.flatnonzero((np.diff(key, axis=1) == 0).all(axis=0))
    one, other = real[order[again]], real[order[again + 1]]
    middle = [shapely.line_interpolate_point(
        streets.lines[streets.line[e]], (streets.low[e] + streets.high[e]) / 2 / MM)
        for e in (one, other)]  # fmt: skip
    same = shapely.distance(*middle) <= _VERTEX_M
    if same.any():
        names = [f"{town.name(streets.line[a])} = {town.name(streets.line[b])}"
                 for a, b in zip(one[same], other[same], strict=True)]  # fmt: skip
        yield listed(words.TWICE, names, place(middle[0][same][0]))


def _end_of(streets: Streets, gaps: Integers) -> Integers:
    """Return for each gap the node that is an end of a line, the first of two."""
    start, end = streets.start[gaps], streets.end[gaps]
    return np.where(streets.drawn[start], start, end)


def _names(town: Lines, nodes: Integers) -> list[str]:
    return [town.name(town.first[node]) for node in nodes]
