"""Where lines meet: at their ends, where they cross, and where an end nearly touches another line.

Everything is found from a line and its neighbours, in whole millimetres along it, so that a part
of a city gives the junctions of the whole one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from ._apart import surely_apart
from .overlay import Floats, Geometries, Integers

MM = 1000.0
"""Millimetres in a metre."""

_TOUCH = 1e-6
"""Metres; a place that a line is said to pass through lies so near to it."""


_MANY = 1 << 14
"""Pairs of lines; to load what is compiled takes as long as to ask GEOS about so many."""


class Marks(NamedTuple):
    """Places on lines: the line, millimetres along it, and the junction (a number) there."""

    line: Integers
    at: Integers
    junction: Integers


class Links(NamedTuple):
    """Pairs of junctions, and the millimetres between them; none where they are one."""

    one: Integers
    other: Integers
    gap: Integers


class Junctions(NamedTuple):
    """What lines have in common: marks on them, links between junctions, and where these are.

    `drawn` tells which junctions are an end of a line, as against a place found on one.
    """

    marks: Marks
    links: Links
    place: Floats
    drawn: NDArray[np.bool_]


class Rules(NamedTuple):
    """Which lines meet, besides those that share an end.

    Lines cross, and an end reaches over a gap of `snap` metres at most, on one `level` only
    (int[n]: bridges and tunnels have another); an end that touches a line meets it on any. Lines
    of different `side` (int[n]) meet within `reach` metres of one of the `gates` (points) only.
    """

    snap: float
    level: Integers
    side: Integers
    gates: Geometries
    reach: float


def rules(count: int, *, snap: float) -> Rules:
    """Return rules for lines that all lie on one level and one side."""
    same = np.zeros(count, dtype=np.intp)
    return Rules(snap, same, same, np.empty(0, dtype=object), 0.0)


def millimetres(metres: Floats) -> Integers:
    """Return lengths in whole millimetres."""
    result: Integers = np.rint(metres * MM).astype(np.int64)
    return result


def junctions(lines: Geometries, meet: Rules) -> Junctions:
    """Return where single lines (n, with length) meet by these rules."""
    tree, length = shapely.STRtree(lines), millimetres(shapely.length(lines))
    place, start, end, side = _ends(lines, meet.side)
    both = np.arange(len(lines))
    marks = [Marks(both, np.zeros(len(lines), np.int64), start), Marks(both, length, end)]
    near, links, feet = _reached(lines, tree, length, place, (start, end, side), meet)
    crossed, crossings = _crossings(lines, tree, meet, len(place) + len(feet))
    marks += [near, crossed]
    where = np.concatenate((place, feet, crossings))
    return Junctions(
        Marks(*(np.concatenate(column) for column in zip(*marks, strict=True))),
        links,
        where,
        np.arange(len(where)) < len(place),
    )


def _ends(lines: Geometries, side: Integers) -> tuple[Floats, Integers, Integers, Integers]:
    """Return the places where lines of a side end, each line's first and last, and their sides."""
    count = shapely.get_num_points(lines)
    after = np.cumsum(count)
    xy = shapely.get_coordinates(lines)[np.concatenate((after - count, after - 1))]
    side = np.tile(side, 2)
    order = np.lexsort((side, xy[:, 1], xy[:, 0]))
    xy, side = xy[order], side[order]
    fresh = np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1) | (np.diff(side) != 0))
    fresh = fresh[: len(xy)]
    which = np.empty(len(order), dtype=np.intp)
    which[order] = np.cumsum(fresh) - 1
    return xy[fresh], which[: len(lines)], which[len(lines) :], side[fresh]


def _reached(
    lines: Geometries,
    tree: shapely.STRtree,
    length: Integers,
    place: Floats,
    ends: tuple[Integers, Integers, Integers],
    meet: Rules,
) -> tuple[Marks, Links, Floats]:
    """Return where ends of lines touch or nearly touch other lines."""
    start, end, side = ends
    points = shapely.points(place)
    near, line = tree.query(points, predicate="dwithin", distance=max(meet.snap, _TOUCH))
    foreign = (start[line] != near) & (end[line] != near)
    order = np.lexsort((line[foreign], near[foreign]))
    near, line = near[foreign][order], line[foreign][order]
    at = millimetres(shapely.line_locate_point(lines[line], points[near]))
    foot = shapely.line_interpolate_point(lines[line], at / MM)
    gap = millimetres(shapely.distance(points[near], lines[line]))
    fits = (gap == 0) | (at == 0) | (at == length[line]) | _same_level(near, line, ends, meet)
    fits &= (side[near] == meet.side[line]) | _at_gate(points[near], meet)
    near, line, at, gap = near[fits], line[fits], at[fits], gap[fits]
    own = np.arange(len(near)) + len(place)
    return Marks(line, at, own), Links(near, own, gap), shapely.get_coordinates(foot[fits])


def _same_level(
    near: Integers, line: Integers, ends: tuple[Integers, Integers, Integers], meet: Rules
) -> NDArray[np.bool_]:
    """Tell where some line that ends at a place lies on the level of the other line."""
    place = np.concatenate((ends[0], ends[1]))
    level = np.tile(meet.level, 2)
    low = int(level.min(initial=0))
    span = int(level.max(initial=0)) - low + 1
    held = np.unique(place * span + level - low)
    asked = near * span + meet.level[line] - low
    result: NDArray[np.bool_] = np.isin(asked, held)
    return result


def _at_gate(points: Geometries, meet: Rules) -> NDArray[np.bool_]:
    """Tell which points lie at a gate."""
    result = np.zeros(len(points), dtype=np.bool_)
    if len(meet.gates) and len(points):
        tree = shapely.STRtree(meet.gates)
        result[np.unique(tree.query(points, predicate="dwithin", distance=meet.reach)[0])] = True
    return result


def _crossings(
    lines: Geometries, tree: shapely.STRtree, meet: Rules, first: int
) -> tuple[Marks, Floats]:
    """Return where lines of one level cross, part from each other, or cross themselves.

    Numbered from `first`.
    """
    one, other = tree.query(lines)
    pair = (one < other) & (meet.level[one] == meet.level[other])
    simple = shapely.is_simple(lines)
    one, other = _meeting(lines, one[pair], other[pair], simple)
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    points, row = _points_of(shapely.intersection(lines[one], lines[other]))
    may = (meet.side[one[row]] == meet.side[other[row]]) | _at_gate(points, meet)
    points, one, other = points[may], one[row[may]], other[row[may]]
    own = np.arange(len(points)) + first
    marks = [_mark(lines, one, points, own), _mark(lines, other, points, own)]
    again, places = _with_themselves(lines, np.flatnonzero(~simple), first + len(points))
    merged = Marks(*(np.concatenate(c) for c in zip(*marks, again, strict=True)))
    return merged, np.concatenate((shapely.get_coordinates(points), places))


def _meeting(
    lines: Geometries, one: Integers, other: Integers, simple: NDArray[np.bool_]
) -> tuple[Integers, Integers]:
    """Return the pairs of lines that meet between their ends: of many most are surely apart."""
    if len(one) >= _MANY:
        count = shapely.get_num_coordinates(lines)
        apart = surely_apart(one, other, shapely.get_coordinates(lines),
                             np.append(0, np.cumsum(count)), shapely.bounds(lines))  # fmt: skip
        open_ = ~(apart & simple[one] & simple[other])
        one, other = one[open_], other[open_]
    within = shapely.relate_pattern(lines[one], lines[other], "T********")
    return one[within], other[within]


def _mark(lines: Geometries, line: Integers, points: Geometries, junction: Integers) -> Marks:
    return Marks(line, millimetres(shapely.line_locate_point(lines[line], points)), junction)


def _points_of(common: Geometries) -> tuple[Geometries, Integers]:
    """Return the points, and the ends of the lines, that pairs have in common; and whose."""
    parts, row = shapely.get_parts(common, return_index=True)
    line = shapely.get_dimensions(parts) == 1
    which, own = np.unique(row[line], return_inverse=True)
    shared = shapely.line_merge(shapely.multilinestrings(parts[line], indices=own))
    more, of = shapely.get_parts(shapely.boundary(shared), return_index=True)
    points = np.concatenate((parts[~line], more))
    return points, np.concatenate((row[~line], which[of]))


def _with_themselves(lines: Geometries, asked: Integers, first: int) -> tuple[Marks, Floats]:
    """Return where the lines that are asked pass through a place of theirs again."""
    marks = [Marks(*(np.empty(0, dtype=np.int64),) * 3)]
    places = [np.empty((0, 2))]
    for line in asked.tolist():
        at, which, where = _passes(lines[line])
        marks.append(Marks(np.full(len(at), line), at, which + first))
        places.append(where)
        first += len(where)
    return Marks(*(np.concatenate(c) for c in zip(*marks, strict=True))), np.concatenate(places)


def _passes(line: shapely.LineString) -> tuple[Integers, Integers, Floats]:
    """Return millimetres along a line where it meets itself, which of the places it is, and them.

    A place is passed wherever one of its segments comes near enough to it.
    """
    ends = shapely.get_coordinates(shapely.boundary(shapely.get_parts(shapely.node(line))))
    where = np.unique(ends, axis=0)
    points = shapely.get_coordinates(line)
    steps = np.hypot(*np.diff(points, axis=0).T)
    before = np.concatenate(([0.0], np.cumsum(steps)))
    parts = shapely.linestrings(np.stack((points[:-1], points[1:]), axis=1))
    place, step = shapely.STRtree(parts).query(
        shapely.points(where), predicate="dwithin", distance=_TOUCH
    )
    along = shapely.line_locate_point(parts[step], shapely.points(where[place]))
    at = millimetres(before[step] + along)
    pairs = np.unique(np.stack((place, at)), axis=1)
    return pairs[1], pairs[0], where
