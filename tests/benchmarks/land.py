"""Parcels and buildings of a made city: ragged, overlapping here and there, not always valid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from tests.benchmarks.net import Flags, Floats, Geometries, Integers, Net, ragged

USES = ("070102", "070101", "07", "070301", "0704", "0801", "0802", "0803", "080403", "0806",
        "0901", "0902", "0903", "1001", "1101", "1102", "1208", "1301", "1402", "1403",
        "16")  # fmt: skip
"""Land-use codes of 2023; parks are coded 1401 besides."""

_SHARE = (34, 6, 3, 5, 2, 3, 1, 1, 4, 2, 7, 5, 1, 10, 3, 1, 1, 3, 4, 2, 2)
_STOREYS = {"07": 9.0, "08": 5.0, "09": 8.0, "10": 2.0, "11": 1.5}


class Land(NamedTuple):
    """Rings of parcels: points `points[first[n]:first[n + 1]]`, about the seed of cell `cell`."""

    cell: Integers
    points: Floats
    first: Integers
    seeds: Floats


def land_of(net: Net, inset: Floats, draw: np.random.Generator) -> Land:
    """Return the ring of each cell, drawn back from streets by `inset` (metres, per ridge).

    One in a hundred is drawn too large, and overlaps its neighbours and the border of its unit.
    """
    cell, ridge, forward = _half_ridges(net)
    count = np.diff(net.first)[ridge] - 1
    step, half = ragged(np.zeros(len(count), dtype=np.int64), count)
    start = np.where(forward, net.first[ridge], net.first[ridge + 1] - 1)
    points = net.points[start[half] + np.where(forward[half], step, -step)]
    own = inset[ridge]
    opens = np.flatnonzero(np.diff(cell, prepend=-1))
    before = np.roll(own, 1)
    before[opens] = own[np.append(opens[1:], len(own)) - 1]
    back = np.where(step == 0, np.maximum(own, before)[half], own[half])
    first = np.append(np.searchsorted(cell[half], np.arange(len(net.seeds))), len(half))
    to_seed = net.seeds[cell[half]] - points
    distance = np.maximum(np.hypot(*to_seed.T), 1e-3)
    move = np.minimum(back / distance, 0.45)
    large = draw.random(len(net.seeds)) < 0.01
    move = np.where(large[cell[half]], -0.07, move)
    rings = np.round(points + to_seed * move[:, None], 3)
    return Land(np.arange(len(net.seeds)), rings, first, net.seeds)


def _half_ridges(net: Net) -> tuple[Integers, Integers, Flags]:
    """Return the ridges around each cell, anticlockwise: cell, ridge, whether it runs that way."""
    number = np.arange(len(net.left))
    both = np.flatnonzero(net.right >= 0)
    cell, ridge = np.concatenate([net.left, net.right[both]]), np.concatenate([number, both])
    start, end = net.points[net.first[:-1]], net.points[net.first[1:] - 1]
    side = net.seeds[cell]
    a, b = start[ridge] - side, end[ridge] - side
    forward = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0] > 0
    middle = (a + b) / 2
    order = np.lexsort((np.arctan2(middle[:, 1], middle[:, 0]), cell))
    return cell[order], ridge[order], forward[order]


def polygons(land: Land, draw: np.random.Generator) -> Geometries:
    """Return the parcels as polygons; a few in a thousand are invalid."""
    points = land.points.copy()
    tied = draw.choice(len(land.cell), 3 + len(land.cell) // 1_500, replace=False)
    tied = tied[np.diff(land.first)[tied] > 6]
    a, b = land.first[tied] + 2, land.first[tied] + 4
    points[a], points[b] = points[b], points[a]  # a bow tie
    owner = np.repeat(np.arange(len(land.cell)), np.diff(land.first))
    shapes: Geometries = shapely.polygons(shapely.linearrings(points, indices=owner))
    for row in draw.choice(len(shapes), 2 + len(shapes) // 6_000, replace=False):
        shapes[row] = nested(shapes[row])
    return shapes


def nested(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a polygon as two parts of which one lies in the other: invalid, the same ground."""
    corner = shapely.get_coordinates(shape.point_on_surface())[0]
    inner = shapely.box(*(corner - 0.5), *(corner + 0.5))
    return shapely.multipolygons([*shapely.get_parts(shape), inner])


def parcel_table(
    net: Net, area: Floats, parks: Integers, draw: np.random.Generator
) -> pd.DataFrame:
    """Return land use, residents and jobs of the parcels."""
    share = np.array(_SHARE, dtype=float) / sum(_SHARE)
    blocks = int(net.block.max()) + 1
    usual = draw.choice(len(USES), blocks, p=share)[net.block]
    other = draw.choice(len(USES), len(area), p=share)
    use = np.array(USES, dtype=object)[np.where(draw.random(len(area)) < 0.6, usual, other)]
    use[parks] = "1401"
    kind = pd.Series(use).str[:2]
    homes, works = kind.eq("07").to_numpy(), kind.isin(["08", "09", "10", "11"]).to_numpy()
    people = np.round(area * draw.gamma(2.0, 0.009, len(area)))
    jobs = np.round(area * draw.gamma(1.5, 0.008, len(area)))
    return pd.DataFrame({
        "parcel_id": [f"P{n:06d}" for n in range(len(area))],
        "land_use": use,
        "population": np.where(homes, people, np.nan),
        "jobs": np.where(works, jobs, np.nan),
    })  # fmt: skip


_PLANS = tuple(np.array(plan, dtype=float) / 2 for plan in (
    [(-1, -1), (1, -1), (1, 1), (-1, 1)],
    [(-1, -1), (1, -1), (1, 0), (0.1, 0), (0.1, 1), (-1, 1)],
    [(-1, -1), (1, -1), (1, 1), (0.5, 1), (0.5, 0), (-0.5, 0), (-0.5, 1), (-1, 1)],
    [(np.cos(a), np.sin(a)) for a in np.arange(0, 2 * np.pi, np.pi / 12)],
    [(-1, -1), (1, -1), (1, 0.4), (0.6, 0.4), (0.6, 1), (0.2, 1), (0.2, 0.4), (-0.2, 0.4),
     (-0.2, 1), (-0.6, 1), (-0.6, 0.4), (-1, 0.4)],
))  # fmt: skip
"""Ground plans, a metre wide: a bar, an L, a U, a round, a comb."""


class Stand(NamedTuple):
    """Where buildings stand: parcel, middle, width and depth in metres, direction in radians."""

    parcel: Integers
    middle: Floats
    size: Floats
    angle: Floats

    def part(self, rows: slice) -> Stand:
        """Return some of the buildings."""
        return Stand(self.parcel[rows], self.middle[rows], self.size[rows], self.angle[rows])


def stands(land: Land, use: pd.Series, count: int, draw: np.random.Generator) -> Stand:
    """Return where about `count` buildings stand, around the middles of their parcels."""
    built = use.fillna("").str[:2].isin(["07", "08", "09", "10", "11", "13"]).to_numpy()
    weight = draw.gamma(2.0, 1.0, len(use)) * built
    many = draw.poisson(weight * count / weight.sum())
    turn, parcel = ragged(np.zeros(len(many), dtype=np.int64), many)
    corners = np.diff(land.first)[parcel]
    place = (turn + draw.uniform(0.1, 0.6, len(turn))) / many[parcel]
    corner = land.points[land.first[parcel] + (place * corners).astype(np.int64)]
    out = corner - land.seeds[parcel]
    room = np.minimum(np.hypot(*out.T), 90.0)
    reach = np.where(many[parcel] == 1, 0.1, draw.uniform(0.42, 0.6, len(turn)))
    reach[draw.random(len(turn)) < 0.01] = 1.0  # these stand across the border
    wide = np.minimum(draw.lognormal(3.0, 0.45, len(turn)), 0.55 * room)
    size = np.stack([wide, wide * draw.uniform(0.3, 0.8, len(turn))], axis=1)
    angle = np.arctan2(out[:, 1], out[:, 0]) + draw.normal(0, 0.1, len(turn))
    return Stand(parcel, land.seeds[parcel] + out * reach[:, None], np.maximum(size, 2.0), angle)


def footprints(stand: Stand, draw: np.random.Generator) -> Geometries:
    """Return the polygons of buildings; one in two thousand is a bow tie, one in 1,500 a copy."""
    kind = draw.choice(len(_PLANS), len(stand.parcel), p=[0.62, 0.2, 0.1, 0.03, 0.05])
    shapes = np.empty(len(kind), dtype=object)
    cos, sin = np.cos(stand.angle), np.sin(stand.angle)
    turned = np.stack([np.stack([cos, sin], axis=1), np.stack([-sin, cos], axis=1)], axis=1)
    for number, plan in enumerate(_PLANS):
        rows = np.flatnonzero(kind == number)
        rings = (plan[None] * stand.size[rows, None]) @ turned[rows] + stand.middle[rows, None]
        tied = np.flatnonzero(draw.random(len(rows)) < 5e-4)
        rings[tied[:, None], [1, 2]] = rings[tied[:, None], [2, 1]]
        shapes[rows] = shapely.polygons(np.round(rings, 3))
    again = np.flatnonzero(draw.random(len(kind)) < 1 / 1_500)
    shapes[again[again > 0]] = shapes[again[again > 0] - 1]
    return shapes


def building_table(
    land_use: NDArray[np.object_], footprint: Floats, start: int, draw: np.random.Generator
) -> pd.DataFrame:
    """Return what is known of buildings on land of these uses; much of it is not."""
    count = len(footprint)
    codes = np.array([code for code in USES if code[:2] in _STOREYS], dtype=object)
    use = np.where(draw.random(count) < 0.8, land_use, draw.choice(codes, count))
    floors = 1 + draw.poisson(pd.Series(use).str[:2].map(_STOREYS).fillna(2.0))
    roof = np.round(footprint * draw.uniform(0.85, 1.15, count), 2)
    kinds = np.array(["flat", "pitched", "metal", "other"], dtype=object)
    panels = np.where(draw.random(count) < 0.25, roof * draw.uniform(0.1, 0.6, count), np.nan)

    def known(values: NDArray[np.object_] | Floats, share: float) -> pd.Series:
        return pd.Series(values).where(draw.random(count) < share)

    return pd.DataFrame({
        "building_id": [f"B{n:07d}" for n in range(start, start + count)],
        "use": known(use, 0.95),
        "floors": known(floors.astype(float), 0.97),
        "floor_area": known(np.round(footprint * floors * draw.uniform(0.9, 1.1, count), 2), 0.5),
        "roof_type": known(draw.choice(kinds, count, p=[0.6, 0.2, 0.15, 0.05]), 0.9),
        "roof_area": known(roof, 0.6),
        "pv_area": np.round(panels, 2),
        "is_new": draw.random(count) < 0.3,
    })  # fmt: skip
