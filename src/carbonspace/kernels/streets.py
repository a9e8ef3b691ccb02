"""Lines as a graph: nodes where they meet, edges between them, lengths in whole millimetres."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .junctions import Junctions, Marks, Rules, junctions, rules
from .network import connected
from .overlay import Floats, Geometries, Integers, as_geometries
from .slopes import Worth


class Streets(NamedTuple):
    """Lines as a graph.

    Edges run from node `start` to node `end`, `length` millimetres; they are sorted, and edges
    ``first[i]`` to ``first[i + 1]`` are line i from `low` to `high` (mm along it). The last ones,
    of line -1, are gaps between lines that count as joined.

    `place` is where nodes are (float[k, 2]), `drawn` whether a line ends there: the others are
    crossings without an end, and places on lines that the end of another reaches. `span` is more
    than any line is long, mm. Where `worth` tells what ways along lines are worth on the level,
    `length` is that; places on lines are where they are drawn.
    """

    lines: Geometries
    first: Integers
    line: Integers
    low: Integers
    high: Integers
    start: Integers
    end: Integers
    length: Integers
    place: Floats
    drawn: NDArray[np.bool_]
    span: int
    worth: Worth | None = None

    @property
    def gaps(self) -> NDArray[np.bool_]:
        """Tell which edges are gaps."""
        result: NDArray[np.bool_] = self.line < 0
        return result

    def edges_at(self, line: Integers, at: Integers) -> Integers:
        """Return the edge on which places on lines lie: of two that meet there, the first."""
        drawn = slice(self.first[-1])
        key = self.line[drawn] * self.span + self.high[drawn]
        found: Integers = np.searchsorted(key, line.astype(np.int64) * self.span + at)
        return found

    def between(self, line: Integers, low: Integers, high: Integers) -> Integers:
        """Return how long ways along lines are, from low to high (mm along each), mm."""
        return high - low if self.worth is None else self.worth.between(line, low, high)

    def up_to(self, line: Integers, low: Integers, left: Floats) -> Floats:
        """Return how far along lines one gets from low with so much left, mm along each."""
        return low + left if self.worth is None else self.worth.up_to(line, low, left)

    def down_to(self, line: Integers, high: Integers, left: Floats) -> Floats:
        """Return how far against lines one gets from high with so much left, mm along each."""
        return high - left if self.worth is None else self.worth.down_to(line, high, left)

    def sloped(self, worth: Worth | None) -> Streets:
        """Return the same streets, ways along which are worth what is told; gaps are level."""
        made = self._replace(worth=worth)
        length = np.where(self.gaps, self.length, made.between(self.line, self.low, self.high))
        return made._replace(length=length)


def streets(lines: ArrayLike, *, snap: float = 0.0, meet: Rules | None = None) -> Streets:
    """Return lines as a graph.

    Parameters
    ----------
    lines : single lines, n, in metres; those without length have no edges
    snap : metres; an end so near to another line is joined to it, by an edge as long as the gap
    meet : which lines meet, instead of all that cross or come near

    Returns
    -------
    Streets
        Lengths are rounded to a millimetre; so are the places where lines meet.
    """
    lines = as_geometries(lines)
    has_length = shapely.length(lines) > 0
    meet = rules(len(lines), snap=snap) if meet is None else meet
    which = np.flatnonzero(has_length)
    chosen = meet._replace(level=meet.level[which], side=meet.side[which])
    found = junctions(lines[which], chosen)
    marks = found.marks._replace(line=which[found.marks.line])
    return _graph(lines, found._replace(marks=marks))


def _graph(lines: Geometries, found: Junctions) -> Streets:
    """Return the graph of lines from where they meet."""
    marks = _sorted(found.marks)
    node, place, drawn = _nodes(found, marks)
    mine = node[marks.junction]
    follows = (np.diff(marks.line) == 0) & (np.diff(marks.at) > 0)
    low = np.flatnonzero(follows)
    line, begin, finish = marks.line[low], marks.at[low], marks.at[low + 1]
    one, other, gap = _gaps(found, node)
    none = np.zeros(len(one), dtype=np.int64)
    return Streets(
        lines,
        np.searchsorted(line, np.arange(len(lines) + 1)),
        np.concatenate((line, none - 1)),
        np.concatenate((begin, none)),
        np.concatenate((finish, none)),
        np.concatenate((mine[low], one)),
        np.concatenate((mine[low + 1], other)),
        np.concatenate((finish - begin, gap)),
        place,
        drawn,
        int(finish.max(initial=0)) + 2,
    )


def _sorted(marks: Marks) -> Marks:
    order = np.lexsort((marks.at, marks.line))
    return Marks(*(column[order] for column in marks))


def _nodes(found: Junctions, marks: Marks) -> tuple[Integers, Floats, NDArray[np.bool_]]:
    """Return the node of each junction, and of each node its place and whether it is drawn.

    Junctions at one place of a line are one node, as are those with no gap between them.
    """
    same = np.flatnonzero((np.diff(marks.line) == 0) & (np.diff(marks.at) == 0))
    closed = found.links.gap == 0
    one = np.concatenate((marks.junction[same], found.links.one[closed]))
    other = np.concatenate((marks.junction[same + 1], found.links.other[closed]))
    count = len(found.place)
    size, node = connected(one, other, count)
    order = np.lexsort((found.place[:, 1], found.place[:, 0], ~found.drawn, node))
    first = order[np.flatnonzero(np.diff(node[order], prepend=-1))]
    drawn = np.zeros(size, dtype=np.bool_)
    drawn[node[found.drawn]] = True
    return node, found.place[first], drawn


def _gaps(found: Junctions, node: Integers) -> tuple[Integers, Integers, Integers]:
    """Return the gaps between nodes, the shortest where there are several."""
    open_ = found.links.gap > 0
    ends = np.sort(np.stack((node[found.links.one[open_]], node[found.links.other[open_]])), axis=0)
    gap = found.links.gap[open_]
    order = np.lexsort((gap, ends[1], ends[0]))
    ends, gap = ends[:, order], gap[order]
    fresh = (np.diff(ends, axis=1, prepend=-1) != 0).any(axis=0) & (ends[0] != ends[1])
    return ends[0, fresh], ends[1, fresh], gap[fresh]
