"""How lines hang together."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .overlay import Integers, as_geometries


def components(
    lines: ArrayLike,
    *,
    tolerance: float,
    group: ArrayLike | None = None,
    barriers: ArrayLike | None = None,
) -> Integers:
    """Label the connected parts of a network.

    Parameters
    ----------
    lines : lines, points or polygons, n
    tolerance : metres; lines at most this far apart are joined, wherever they meet
    group : int[n]; lines of different groups are never joined. None: they all are of one
    barriers : lines; what lies apart is not joined where the shortest way between crosses one

    Returns
    -------
    int[n], numbered from 0 in order of first appearance; empty geometry stands alone.
    """
    lines = as_geometries(lines)
    first, second = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=tolerance)
    if group is not None:
        alike = np.asarray(group)[first] == np.asarray(group)[second]
        first, second = first[alike], second[alike]
    if barriers is not None:
        clear = ~blocked(lines[first], lines[second], barriers)
        first, second = first[clear], second[clear]
    return labelled(first, second, len(lines))


def labelled(one: Integers, other: Integers, count: int) -> Integers:
    """Label `count` things by what hangs together, from 0 in order of first appearance.

    Pairs of positions say what does.
    """
    _, labels = connected(one, other, count)
    _, appeared, numbered = np.unique(labels, return_index=True, return_inverse=True)
    result: Integers = np.argsort(np.argsort(appeared))[numbered]
    return result


def connected(one: Integers, other: Integers, count: int) -> tuple[int, Integers]:
    """Return how many connected parts `count` things have, and of which part each is."""
    graph = coo_array((np.ones(len(one), dtype=np.bool_), (one, other)), shape=(count, count))
    size, label = connected_components(graph, directed=False)
    return int(size), label.astype(np.intp)


def blocked(lines: ArrayLike, others: ArrayLike, barriers: ArrayLike) -> NDArray[np.bool_]:
    """Tell whether the shortest way between each pair of lines crosses a barrier.

    Parameters
    ----------
    lines, others : geometry, n
    barriers : lines, m

    Returns
    -------
    bool[n]; what meets is never kept apart.
    """
    ways = shapely.shortest_line(as_geometries(lines), as_geometries(others))
    apart = np.flatnonzero(shapely.length(ways) > 0)
    result = np.zeros(len(ways), dtype=np.bool_)
    met, _ = shapely.STRtree(as_geometries(barriers)).query(ways[apart], predicate="intersects")
    result[apart[met]] = True
    return result
