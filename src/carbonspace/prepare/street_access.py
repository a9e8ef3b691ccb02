"""What lies away from all streets, and streets that cannot be used as they are drawn."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.model.finding import Finding
from carbonspace.model.layers import ENTRANCES_TO
from carbonspace.model.text import Text
from carbonspace.prepare import street_words as words
from carbonspace.prepare.rows import per_feature, worst_first
from carbonspace.prepare.street_lines import Flags, Integers, listed, told


def far_premises(
    key: str, layer: gpd.GeoDataFrame, chosen: Flags, lines: shapely.STRtree, *, far: float
) -> Iterator[Finding]:
    """Yield which of the chosen features of a layer lie farther than `far` from all streets."""
    shapes = layer.geometry.to_numpy()
    rows = _doubtful(shapes, np.flatnonzero(chosen), lines, far)
    shapes = shapes[rows]
    (which, _), metres = lines.query_nearest(shapes, return_distance=True, all_matches=False)
    away = np.zeros(len(layer))
    away[rows[which]] = metres
    off = worst_first(np.flatnonzero(away > far), away)
    yield from per_feature(key, layer, words.far(far), off, lambda n: f"{away[n]:,.0f} m")


def _doubtful(
    shapes: NDArray[np.object_], rows: Integers, lines: shapely.STRtree, far: float
) -> Integers:
    """Return the rows of which a corner is not near: points are found much faster than areas."""
    count = shapely.get_num_coordinates(shapes[rows])
    first = (np.cumsum(count) - count)[count > 0]
    corners = shapely.points(shapely.get_coordinates(shapes[rows])[first])
    near = np.zeros(len(corners), dtype=bool)
    if far > 0:
        near[lines.query_nearest(corners, max_distance=far, all_matches=False)[0]] = True
    result: Integers = rows[count > 0][~near]
    return result


def stray_entrances(
    entrances: gpd.GeoDataFrame, chosen: Flags, goals: gpd.GeoSeries, *, reach: float
) -> Iterator[Finding]:
    """Yield which of the chosen entrances have nothing within reach that they could lead into."""
    rows = np.flatnonzero(chosen)
    tree = shapely.STRtree(goals.to_numpy())
    doors = entrances.geometry.to_numpy()[rows]
    near, _ = tree.query(doors, predicate="dwithin", distance=reach)
    stray = np.delete(rows, np.unique(near))
    to = entrances["entrance_to"].to_numpy()
    yield from per_feature("entrances", entrances, words.stray(reach), stray,
                           lambda n: ENTRANCES_TO[to[n]])  # fmt: skip


def nobody_walks(roads: gpd.GeoDataFrame) -> Finding:
    """Return that no road is open to people on foot."""
    count = f"{len(roads):,} / {len(roads):,}"
    return told(words.CLOSED, Text(count, count))


def one_way_premises(roads: gpd.GeoDataFrame, drivable: Flags, *, snap: float) -> Iterator[Finding]:
    """Yield which one-way roads end where nobody can drive on, or begin where nobody comes from."""
    lines, road = shapely.get_parts(roads.geometry.to_numpy()[drivable], return_index=True)
    ids = np.flatnonzero(drivable)[road]
    way = np.asarray(roads["oneway"].astype("boolean").fillna(False), dtype=bool)[ids]
    single = np.flatnonzero(way & ~shapely.is_closed(lines))
    start, end = (shapely.get_point(lines, n) for n in (0, -1))
    tree = shapely.STRtree(lines)
    for fault, here in ((words.NO_WAY_OUT, end), (words.NO_WAY_IN, start)):
        near, line = tree.query(here[single], predicate="dwithin", distance=snap)
        other = line != single[near]
        near, line = near[other], line[other]
        opens = ~way[line] | (shapely.distance(here[single][near], here[line]) > snap)
        stuck = single[~np.isin(np.arange(len(single)), near[opens])]
        if len(stuck):
            spot = shapely.get_coordinates(here[stuck[0]])[0]
            yield listed(fault, [str(roads.index[ids[n]]) for n in stuck], spot, lines[stuck])
