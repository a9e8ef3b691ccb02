"""The net of an irregular city: cells of a Voronoi diagram, and the ragged ridges between them.

A cell becomes a parcel; cells near each other make a block, blocks near each other a unit. The
ridges between blocks are streets, those between units their borders.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi, cKDTree

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Geometries = NDArray[np.object_]

CENTRE = (512_000.0, 4_005_000.0)
"""Where the city lies in EPSG:4547, metres."""

_RING = 1.22
_RAGGED = 0.05
_BEND = 0.35


class Size(NamedTuple):
    """How much of everything a city has; `area` in square metres."""

    area: float
    units: int
    parcels: int
    buildings: int
    corridors: int
    stops: int
    parks: int
    car_parks: int
    facilities: int


_M = Size(354e6, 200, 60_000, 250_000, 1_200, 2_000, 800, 1_500, 900)
SIZES = {
    "S": Size(_M.area / 20, *(round(n / 20) for n in _M[1:])),
    "M": _M,
    "L": Size(_M.area * 10, *(10 * n for n in _M[1:])),
}


@dataclass(frozen=True)
class Net:
    """Cells and ridges. A ridge has the cell `left` of its direction, and `right`, -1 outside.

    Its points are `points[first[n]:first[n + 1]]`, both ends included, millimetres rounded.
    """

    seeds: Floats
    block: Integers
    unit: Integers
    quarter: Integers
    left: Integers
    right: Integers
    points: Floats
    first: Integers

    def sides(self, label: Integers) -> tuple[Integers, Integers]:
        """Return the label of the cells on both sides of each ridge, -1 outside."""
        outside = np.append(label, -1)
        return outside[self.left], outside[self.right]

    def lines(self, chosen: Integers | Flags) -> Geometries:
        """Return the chosen ridges as lines, in their direction."""
        rows = np.arange(len(self.left))[chosen]
        index, owner = ragged(self.first[rows], np.diff(self.first)[rows])
        lines: Geometries = shapely.linestrings(self.points[index], indices=owner)
        return lines


def ragged(start: Integers, count: Integers) -> tuple[Integers, Integers]:
    """Return all positions start, start + 1, … of each run, and the run each belongs to."""
    run = np.repeat(np.arange(len(count)), count)
    offset = np.arange(len(run)) - np.repeat(np.cumsum(count) - count, count)
    return start[run] + offset, run


def made_net(size: Size, seed: int) -> Net:
    """Return the net of a city of a size; the same for the same seed."""
    draw = np.random.default_rng([seed, 1])
    seeds, inside = _seeds(size.parcels, draw)
    straight = _straight(seeds, inside)
    placed = _placed(straight, np.sqrt(size.area / _area(straight)))
    return _uncrossed(_labelled(placed, size, draw), draw)


def _seeds(count: int, draw: np.random.Generator) -> tuple[Floats, int]:
    """Return cell seeds about the origin, denser in the middle; the first `count` are inside."""
    step = np.sqrt(np.pi / count * 2 / np.sqrt(3))
    rows = int(np.ceil(1.6 / (step * np.sqrt(3) / 2)))
    row, column = np.mgrid[-rows : rows + 1, -int(1.6 / step) : int(1.6 / step) + 1]
    grid = np.stack([(column + 0.5 * (row % 2)).ravel() * step,
                     row.ravel() * step * np.sqrt(3) / 2], axis=1)  # fmt: skip
    places = grid + draw.uniform(-0.42, 0.42, grid.shape) * step
    phase = draw.uniform(0, 2 * np.pi, 4)
    places += 0.06 * np.sin(3.1 * places[:, ::-1] + phase[:2])
    angle = np.arctan2(places[:, 1], places[:, 0])
    outline = 1 + 0.12 * np.sin(3 * angle + phase[2]) + 0.06 * np.sin(7 * angle + phase[3])
    score = np.hypot(*places.T) / outline
    order = np.argsort(score, kind="stable")
    rank = order[score[order] <= _RING * score[order[count - 1]] + 6 * step]
    chosen = places[rank]
    return chosen * np.hypot(*chosen.T)[:, None] ** 0.2, count


def _straight(seeds: Floats, count: int) -> Net:
    """Return the Voronoi net of the first `count` seeds with straight ridges."""
    diagram: Any = Voronoi(seeds)
    corner = np.asarray(diagram.ridge_vertices)
    cells = np.where(diagram.ridge_points < count, diagram.ridge_points, -1).astype(np.int64)
    kept = (cells.max(axis=1) >= 0) & (corner.min(axis=1) >= 0)
    ends, cells = diagram.vertices[corner[kept]], cells[kept]
    swapped = cells[:, 0] < 0
    cells[swapped] = cells[swapped, ::-1]
    along, beside = ends[:, 1] - ends[:, 0], seeds[cells[:, 0]] - ends[:, 0]
    turned = along[:, 0] * beside[:, 1] - along[:, 1] * beside[:, 0] < 0
    ends[turned] = ends[turned, ::-1]
    none = np.zeros(0, dtype=np.int64)
    first = np.arange(0, 2 * len(ends) + 1, 2)
    return Net(seeds[:count], none, none, none, cells[:, 0], cells[:, 1],
               ends.reshape(-1, 2), first)  # fmt: skip


def _placed(net: Net, factor: float) -> Net:
    """Return the net in its place to the millimetre, without ridges that vanish there."""
    points = np.round(net.points * factor + CENTRE, 3)
    kept = np.any(points[::2] != points[1::2], axis=1)
    return replace(
        net,
        seeds=np.round(net.seeds * factor + CENTRE, 3),
        points=points[np.repeat(kept, 2)],
        first=np.arange(0, 2 * int(kept.sum()) + 1, 2),
        left=net.left[kept],
        right=net.right[kept],
    )


def _area(net: Net) -> float:
    rim = net.right < 0
    a, b = net.points[net.first[:-1][rim]], net.points[net.first[1:][rim] - 1]
    return float(np.sum(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2)


def _labelled(net: Net, size: Size, draw: np.random.Generator) -> Net:
    """Return the net with cells grouped to blocks, blocks to quarters and units."""
    cells = draw.choice(size.parcels, int(size.parcels * 0.105), replace=False)
    block = _nearest(net.seeds[cells], net.seeds)
    quarter = _nearest(net.seeds[cells[: size.units * 9]], net.seeds[cells])[block]
    unit = _nearest(net.seeds[cells[: size.units]], net.seeds[cells])[block]
    left, right = np.append(unit, size.units)[net.left], np.append(unit, size.units)[net.right]
    # Along a border all ridges run the same way, so that a street of its name is one direction.
    turned = (left > right) & (net.right >= 0)
    pairs = net.points.reshape(-1, 2, 2)
    points = np.where(turned[:, None, None], pairs[:, ::-1], pairs).reshape(-1, 2)
    return replace(net, block=block, unit=unit, quarter=quarter, points=points,
                   left=np.where(turned, net.right, net.left),
                   right=np.where(turned, net.left, net.right))  # fmt: skip


def _nearest(to: Floats, places: Floats) -> Integers:
    return np.asarray(cKDTree(to).query(places, workers=1)[1], dtype=np.int64)


def _uncrossed(net: Net, draw: np.random.Generator) -> Net:
    """Return the net with ragged ridges; those that would cross another stay straight."""
    sideways = _sideways(net, draw)
    for _ in range(4):
        bent = _bent(net, *sideways)
        lines = bent.lines(np.arange(len(bent.left)))
        one, other = shapely.STRtree(lines).query(lines, predicate="crosses")
        if not len(one):
            return bent
        sideways[2][np.isin(sideways[1], np.union1d(one, other))] = 0.0
    raise RuntimeError("ridges still cross; expected a planar net: choose another seed")


def _sideways(net: Net, draw: np.random.Generator) -> tuple[Floats, Integers, Floats]:
    """Return for the points between the ends of ridges: t along it, ridge, shift by its length."""
    length = np.hypot(*(net.points[1::2] - net.points[::2]).T)
    count = 2 + draw.poisson(2.2, len(length))
    long = draw.random(len(length)) < 2e-4  # a bank digitised stroke by stroke
    count = np.where(long, draw.integers(400, 1_000, len(length)), count)
    count[length < 2.0] = 0
    position, ridge = ragged(np.zeros(len(count), dtype=np.int64), count)
    t = (position + 1 + draw.uniform(-0.3, 0.3, len(ridge))) / (count[ridge] + 1)
    bend = np.clip(draw.normal(0, 0.6, len(count)), -1.2, 1.2)[ridge]
    noise = draw.normal(0, _BEND, len(ridge)) / np.where(long, 3, 1)[ridge]
    return t, ridge, _RAGGED * 16 * (t * (1 - t)) ** 2 * (bend + noise)


def _bent(net: Net, t: Floats, ridge: Integers, shift: Floats) -> Net:
    start, step = net.points[::2], net.points[1::2] - net.points[::2]
    across = np.stack([-step[:, 1], step[:, 0]], axis=1)
    between = start[ridge] + step[ridge] * t[:, None] + across[ridge] * shift[:, None]
    count = np.bincount(ridge, minlength=len(start)) + 2
    first = np.concatenate([[0], np.cumsum(count)])
    points = np.empty((first[-1], 2))
    inner = np.ones(len(points), dtype=bool)
    inner[first[:-1]] = inner[first[1:] - 1] = False
    points[first[:-1]], points[first[1:] - 1] = start, net.points[1::2]
    points[inner] = np.round(between, 3)
    return replace(net, points=points, first=first)
