"""Links that are missing: straight ways from dead ends to other streets, and what they would do."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from .frontage import Fronts
from .junctions import MM, millimetres
from .overlay import Floats, Geometries, Integers
from .pieces import corners
from .reach import Reach, arcs, distance_at, divided, edges_of, seeds
from .streets import Streets


class Links(NamedTuple):
    """Straight ways that are not there: each from a dead end to a place on another line.

    `line` and `at` (mm along it) are where both ends lie (int[2, n]); `gap` is how long it is, mm.
    """

    line: Integers
    at: Integers
    gap: Integers

    def drawn(self, streets: Streets, which: Integers) -> Geometries:
        """Return links as lines."""
        lines, at = streets.lines[self.line[:, which]], self.at[:, which] / MM
        ends = shapely.get_coordinates(shapely.line_interpolate_point(lines, at).ravel())
        both = ends.reshape(2, len(which), 2).transpose(1, 0, 2)
        return np.asarray(shapely.linestrings(both), dtype=object)


class Linked(NamedTuple):
    """How far places are from the nearest source by way of one link, mm, and which one.

    Infinite and -1 where none brings them within the limit.
    """

    far: Floats
    link: Integers


def missing(streets: Streets, level: Integers, *, far: float) -> Links:
    """Return the ways from dead ends to all other lines of their level within `far` metres.

    Of `streets` as drawn: cut where sources are on one of two lines that are drawn twice, these
    would be two streets.
    """
    line, at, place = _dead_ends(streets)
    tree = shapely.STRtree(streets.lines)
    end, other = tree.query(shapely.points(place), predicate="dwithin", distance=far)
    chosen = (line[end] != other) & (level[line[end]] == level[other])
    end, other = end[chosen], other[chosen]
    points = shapely.points(place[end])
    gap = millimetres(shapely.distance(streets.lines[other], points))
    foot = millimetres(shapely.line_locate_point(streets.lines[other], points))
    order = np.lexsort((other, end))
    order = order[gap[order] > 0]
    return Links(
        np.stack((line[end], other))[:, order], np.stack((at[end], foot))[:, order], gap[order]
    )


def linked(found: Reach, links: Links, places: Fronts, count: int) -> Linked:
    """Return how far each of `count` places would be if one link were there.

    Parameters
    ----------
    found : what is within reach without
    links : of its streets; gone along both ways
    places : stretches of lines
    count : number of places

    Returns
    -------
    Linked
        Of several links the one with the shortest way, then the first.
    """
    sources = _far_sides(found, links)
    cut = divided(found.streets, sources.line, sources.low)
    forth, back = (_as_before(found, cut, one) for one in (found.forth, found.back))
    # Distance and link are one number, so that the search brings along which link it came by.
    many = len(links.gap) + 1
    nodes, away = seeds(cut, sources)
    label = np.tile(sources.place, 2)
    graph = arcs(cut, forth, back, cut.length * many, (nodes, away * many + label))
    both = dijkstra(graph, indices=len(cut.place), limit=float(found.limit * many + many))[:-1]
    whole = np.isfinite(both)
    far, link = np.full(len(both), np.inf), np.full(len(both), -1)
    far[whole], link[whole] = both[whole] // many, both[whole] % many
    reach = Reach(cut, found.limit, far, forth, back, np.zeros(len(forth), dtype=np.bool_))
    return _nearest(reach, link, places, count)


def _dead_ends(streets: Streets) -> tuple[Integers, Integers, Floats]:
    """Return the line that ends at each dead end, mm along it, and where that is."""
    met = corners(streets)
    edge = np.flatnonzero(~streets.gaps)
    node = np.concatenate((streets.start[edge], streets.end[edge]))
    line, at = (
        np.tile(streets.line[edge], 2),
        np.concatenate((streets.low[edge], streets.high[edge])),
    )
    dead = met.legs[met.of[node]] == 1
    _, first = np.unique(met.of[node[dead]], return_index=True)
    chosen = np.flatnonzero(dead)[first]
    return line[chosen], at[chosen], streets.place[node[chosen]]


def _far_sides(found: Reach, links: Links) -> Fronts:
    """Return the ends of links that would be nearer by them, `place` being which link it is."""
    now = np.stack(
        [distance_at(found, line, at) for line, at in zip(links.line, links.at, strict=True)]
    )
    then = now[::-1] + links.gap
    side, link = np.nonzero((then < now) & (then <= found.limit))
    order = np.lexsort((side, link))
    side, link = side[order], link[order]
    line, at = links.line[side, link], links.at[side, link]
    return Fronts(link, line, at, at, then[side, link].astype(np.int64))


def _as_before(found: Reach, cut: Streets, open_: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what is known of edges for those they are cut into."""
    lines = np.zeros(len(cut.lines), dtype=np.bool_)
    street = ~found.streets.gaps
    lines[found.streets.line[street]] = open_[street]
    return np.where(cut.gaps, True, lines[cut.line])


def _nearest(found: Reach, link: Integers, places: Fronts, count: int) -> Linked:
    """Return how far places are at their nearest point, and the link by which they are."""
    made = found.streets
    row, edge = edges_of(made, places, points=True)
    tried = []
    for end in (made.low[edge], made.high[edge]):
        at = np.clip(end, places.low[row], places.high[row])
        line = made.line[edge]
        for node, metres, open_ in (
            (made.start[edge], made.between(line, made.low[edge], at), found.back[edge]),
            (made.end[edge], made.between(line, at, made.high[edge]), found.forth[edge]),
        ):
            far = np.where(open_, found.away[node] + metres + places.away[row], np.inf)
            tried.append((places.place[row], far, link[node]))
    place, far, by = (np.concatenate(column) for column in zip(*tried, strict=True))
    near = np.flatnonzero(far <= found.limit)
    near = near[np.lexsort((by[near], far[near], place[near]))]
    first = near[np.diff(place[near], prepend=-1) > 0]
    result = Linked(np.full(count, np.inf), np.full(count, -1, dtype=np.intp))
    result.far[place[first]], result.link[place[first]] = far[first], by[first]
    return result
