"""Ways along streets on the golden plan, in plain arithmetic: crossings, fronts, distances, shares.

Streets, parcels and parks are parallel to the axes, so that every foot and every crossing is read
off the tables; distances are found with a heap. `docs/explanation/golden.md` tells the rules.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

import design as d
from arithmetic import DesignError
from design import Rect

BESIDE, FAR, SNAP, DOOR = 25.0, 200.0, 1.0, 30.0
"""Metres: a street beside a place; the way to the nearest one; a gap closed; a door of a park."""

Node = tuple[object, ...]


class Front(NamedTuple):
    """A stretch of a street (from low to high along it), and how far away the place is from it."""

    line: int
    low: float
    high: float
    away: float = 0.0


LINES = tuple(s for s in d.STREETS if s.road_class != "expressway")
"""Streets that people may walk along."""


def place(line: d.Street, t: float) -> tuple[float, float]:
    return (t, line.at) if line.axis == "ew" else (line.at, t)


def _meeting(one: d.Street, other: d.Street) -> tuple[float, float] | None:
    """Return where along each of two streets they meet, if they do.

    Streets of one direction meet where one begins as the other ends. Others meet where they cross
    on one level, and wherever one of them ends on the other.
    """
    if one.axis == other.axis:
        ends = {one.start, one.end} & {other.start, other.end}
        return (min(ends), min(ends)) if ends and one.at == other.at else None
    here, there = other.at, one.at
    if not (one.start <= here <= one.end and other.start <= there <= other.end):
        return None
    an_end = here in (one.start, one.end) or there in (other.start, other.end)
    return (here, there) if an_end or one.bridge == other.bridge else None


def _crossings() -> list[dict[float, Node]]:
    """Return the nodes on each street, by where along it; its ends are nodes, too."""
    result: list[dict[float, Node]] = [{t: ("on", i, t) for t in (s.start, s.end)}
                                       for i, s in enumerate(LINES)]  # fmt: skip
    for (i, one), (j, other) in combinations(enumerate(LINES), 2):
        found = _meeting(one, other)
        if found is not None:
            result[i][found[0]] = result[j][found[1]] = place(one, found[0])
    return result


NODES = _crossings()


def away_from(rect: Rect, line: d.Street) -> tuple[float, float, float]:
    """Return how far a rectangle is from a street, and from where to where along it so far."""
    along, across = (rect.w, rect.e), (rect.s, rect.n)
    if line.axis == "ns":
        along, across = across, along
    low, high = max(along[0], line.start), min(along[1], line.end)
    beyond = max(low - high, 0.0)
    off = max(across[0] - line.at, line.at - across[1], 0.0)
    end = line.start if along[1] < line.start else line.end
    return math.hypot(beyond, off), *((end, end) if beyond else (low, high))


def no_end_is_nearly_on_a_street() -> None:
    """Hold the drawing to what `NODES` takes for granted: there are no small gaps to close.

    Raises
    ------
    DesignError
        If there is one.
    """
    for i, one in enumerate(LINES):
        for t in (one.start, one.end):
            x, y = place(one, t)
            for other in (s for j, s in enumerate(LINES) if j != i):
                if 0 < away_from(Rect(x, y, x, y), other)[0] <= 2 * SNAP:
                    raise DesignError(f"{one} ends nearly on {other}")


def _edges(rect: Rect, axis: str) -> Iterator[tuple[float, float, float, float]]:
    """Yield the edges of a rectangle: from and to along an axis, from and to across it."""
    w, s, e, n = rect if axis == "ew" else (rect.s, rect.w, rect.n, rect.e)
    yield from ((w, e, s, s), (w, e, n, n), (w, w, s, n), (e, e, s, n))


def _room(gap: float) -> float:
    """Return how far to both sides what is `gap` away, the other way, is beside; -1 for nothing."""
    return math.sqrt(BESIDE**2 - gap**2) if gap <= BESIDE else -1.0


def _projected(line: d.Street, edge: tuple[float, float, float, float]) -> Iterator[Front]:
    """Yield what the part of an edge that is beside a street is projected on, if there is any.

    What is beside a street is a strip with a half disc at each end. An edge across the street
    gives the one place where it stands, and one beyond its end that end.
    """
    a, b, c, e = edge
    if a == b:
        room = _room(max(line.start - a, a - line.end, 0.0))
        near = room >= 0 and c <= line.at + room and e >= line.at - room
    else:
        room = _room(abs(c - line.at))
        near = room >= 0 and a <= line.end + room and b >= line.start - room
    if near:
        yield Front(-1, *(min(max(t, line.start), line.end) for t in (a, b)))


def _merged(fronts: Iterable[Front]) -> list[Front]:
    """Return stretches without those that overlap."""
    result: list[Front] = []
    for one in sorted(fronts):
        if result and result[-1].line == one.line and one.low <= result[-1].high:
            result[-1] = result[-1]._replace(high=max(one.high, result[-1].high))
        else:
            result.append(one)
    return result


def fronts(rect: Rect) -> list[Front]:
    """Return the stretches of streets that a place has, be they single places.

    A point (a rectangle without size), and what no street is beside, has the place next to it on
    the nearest street.

    Raises
    ------
    DesignError
        If several places of the nearest streets are equally near.
    """
    if rect.area:
        along = _merged(
            f._replace(line=i)
            for i, s in enumerate(LINES)
            for edge in _edges(rect, s.axis)
            for f in _projected(s, edge)
        )
        if along:
            return along
    return _nearest(rect)


def _nearest(rect: Rect) -> list[Front]:
    """Return the place next to a rectangle on the nearest street, of equally near ones the first.

    Raises
    ------
    DesignError
        If that street has several such places.
    """
    far = [away_from(rect, s) for s in LINES]
    away, line = min((metres, i) for i, (metres, _, _) in enumerate(far))
    _, low, high = far[line]
    if away > FAR:
        return []
    if low < high:
        raise DesignError(f"{rect} is equally near to much of {LINES[line]}")
    return [Front(line, low, low, 0.0 if rect.area and away <= BESIDE else round(away, 3))]


def node_at(line: int, t: float) -> Node:
    """Return what stands for a place on a street: where streets meet, the place itself."""
    return NODES[line].get(t, ("on", line, t))


class Edge(NamedTuple):
    """A piece of a street, and how far its ends are from the nearest goal; `at_goal` all along."""

    low: float
    high: float
    from_low: float
    from_high: float
    at_goal: bool

    def away(self, t: float) -> float:
        """Return the way from a place on it to the nearest goal."""
        if self.at_goal:
            return 0.0
        return min(self.from_low + t - self.low, self.from_high + self.high - t)


class Ways(NamedTuple):
    """The way to the nearest goal from everywhere, by street, and how long it may be."""

    edges: list[list[Edge]]
    limit: float

    def around(self, front: Front) -> list[Edge]:
        """Return the pieces of the street on which a front lies, also those it only touches."""
        return [e for e in self.edges[front.line] if e.low <= front.high and e.high >= front.low]

    def away(self, front: Front, t: float) -> float:
        return front.away + min(e.away(t) for e in self.around(Front(front.line, t, t)))


def ways(goals: Sequence[Front], limit: float) -> Ways:
    """Return the way from everywhere to the nearest of some goals, along streets."""
    cuts = [set(nodes) for nodes in NODES]
    for g in goals:
        cuts[g.line] |= {g.low, g.high}
    pieces = [list(pairwise(sorted(c))) for c in cuts]
    best = _distances(pieces, {
        node_at(g.line, t): min(o.away for o in goals if o.line == g.line and o.low <= t <= o.high)
        for g in goals for t in cuts[g.line] if g.low <= t <= g.high
    })  # fmt: skip
    at_goal = {(g.line, a) for g in goals for a, b in pieces[g.line] if g.low <= a < b <= g.high}
    return Ways([[Edge(a, b, best.get(node_at(i, a), math.inf), best.get(node_at(i, b), math.inf),
                       (i, a) in at_goal) for a, b in line]
                 for i, line in enumerate(pieces)], limit)  # fmt: skip


def _distances(
    pieces: list[list[tuple[float, float]]], start: dict[Node, float]
) -> dict[Node, float]:
    """Return the shortest way from any start to every node that can be reached."""
    beside: dict[Node, list[tuple[Node, float]]] = defaultdict(list)
    for i, line in enumerate(pieces):
        for a, b in line:
            beside[node_at(i, a)].append((node_at(i, b), b - a))
            beside[node_at(i, b)].append((node_at(i, a), b - a))
    best: dict[Node, float] = {}
    numbers = {node: n for n, node in enumerate(beside)}
    heap = [(away, numbers[node], node) for node, away in start.items()]
    heapq.heapify(heap)
    while heap:
        away, _, node = heapq.heappop(heap)
        if node not in best:
            best[node] = away
            for other, metres in beside[node]:
                heapq.heappush(heap, (away + metres, numbers[other], other))
    return best


def share(place_fronts: Sequence[Front], every: Sequence[Ways]) -> float:
    """Return the part of a place's front from where all goals are within their limits.

    Single places count where there is nothing else, each as much as any other.
    """
    if not place_fronts:
        return 0.0
    whole = math.fsum(f.high - f.low for f in place_fronts)
    if whole:
        return math.fsum(_within(f, every) for f in place_fronts) / whole
    places = {node_at(f.line, f.low): f for f in place_fronts}
    near = [all(w.away(f, f.low) <= w.limit for w in every) for f in places.values()]
    return sum(near) / len(near)


def _within(front: Front, every: Sequence[Ways]) -> float:
    """Return how many metres of a front are within all limits.

    Between the places where a street is cut, and those where a limit is reached, a front is
    within them all or not at all: its middle tells which.
    """
    marks = {front.low, front.high}
    for w in every:
        for e in w.around(front):
            left, right = w.limit - e.from_low, w.limit - e.from_high
            marks |= {e.low, e.high, e.low + left, e.high - right}
    inside = sorted(t for t in marks if front.low <= t <= front.high)
    return math.fsum(
        b - a
        for a, b in pairwise(inside)
        if all(w.away(front, (a + b) / 2) <= w.limit for w in every)
    )


def shortest(place_fronts: Sequence[Front], found: Ways) -> float:
    """Return the way from a place's nearest point to the nearest goal; infinite if too long."""
    marks = [
        found.away(f, min(max(t, f.low), f.high))
        for f in place_fronts
        for e in found.around(f)
        for t in (e.low, e.high)
    ]
    away = min(marks, default=math.inf)
    return away if away <= found.limit else math.inf


def doors(rect: Rect, into: str) -> list[Rect]:
    """Return what is walked to: the entrances of a place where it has any, else itself."""
    at = [Rect(e.x, e.y, e.x, e.y) for e in d.ENTRANCES if e.kind == into]
    return [point for point in at if straight(point, rect) <= DOOR] or [rect]


def straight(one: Rect, other: Rect) -> float:
    """Return the straight distance between two rectangles."""
    along = max(one.w - other.e, other.w - one.e, 0.0)
    return math.hypot(along, max(one.s - other.n, other.s - one.n, 0.0))
