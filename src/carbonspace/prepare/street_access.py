"""What lies away from all streets, and streets that cannot be used as they are drawn."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.prepare import street_words as words
from carbonspace.prepare.rows import per_feature, worst_first
from carbonspace.prepare.street_lines import Flags, listed, told


def far_premises(
    key: str, layer: gpd.GeoDataFrame, chosen: Flags, lines: shapely.STRtree, *, far: float
) -> Iterator[Finding]:
    """Yield which of the chosen features of a layer lie farther than `far` from all streets."""
    rows = np.flatnonzero(chosen)
    shapes = layer.geometry.to_numpy()[rows]
    (which, _), metres = lines.query_nearest(shapes, return_distance=True, all_matches=False)
    away = np.zeros(len(layer))
    away[rows[which]] = metres
    off = worst_first(np.flatnonzero(away > far), away)
    yield from per_feature(key, layer, words.far(far), off, lambda n: f"{away[n]:,.0f} m")


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
