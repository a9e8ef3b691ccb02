"""Ecological corridors: whether they hang together, or roads and gaps part them."""

from __future__ import annotations

import math
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._corridors import (
    ECOLOGICAL,
    LENGTH,
    CorridorTypes,
    Positions,
    lengths_of,
    metres_in,
    of_types,
)
from carbonspace.indicators._documents import JIUJIANG, PKU
from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
    evidence_frame,
    flag,
    of_classes,
    summed,
)
from carbonspace.indicators._traits import Flags
from carbonspace.kernels import network, overlay
from carbonspace.model.indicator import Metres, RoadClasses, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_CUT_M = 0.05
"""A road cuts a corridor by so much to either side, metres; how wide it is makes no difference."""


@indicator(
    title=Text("生态廊道连通度", "Connectivity of ecological corridors"),
    unit="%",
    theme="control",
    aggregate="ratio",
    reach=math.inf,
    source=f"{JIUJIANG} 二(一); {PKU} §7.5(七)3",
    definition=Text(
        "单元内生态廊道长度中，属于全市最大连通片的比例。相距不超过间断容差（缺省 20 米）即视为连通"
        "，被快速路、主干路（桥梁、隧道除外）截断处不连通；"
        f"{LENGTH.zh}，截断后按面积或长度分摊。佐证列出各片与不超过 max_gap 的间断。条文为定性要求"
        "，容差与阻断道路为本工具的设定。",
        "Share of the length of ecological corridors in the unit that belongs to the largest "
        "connected piece of the city. What is no farther apart than the gap allowed (20 m by "
        "default) is connected, but not across expressways and arterial roads, unless on a bridge "
        f"or in a tunnel. {LENGTH.en}; where roads cut it each piece has its share. The evidence "
        "lists the pieces and the gaps up to `max_gap`. The clause asks for it in words; gap and "
        "roads are our own choice.",
    ),
    decimals=1,
    verified=False,
)
def corridor_connectivity(
    units: gpd.GeoDataFrame,
    corridors: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame | None = None,
    *,
    corridor_types: CorridorTypes = ECOLOGICAL,
    corridor_gap: Metres = 20.0,
    barriers: RoadClasses = ("expressway", "arterial"),
    max_gap: Metres = 50.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's ecological corridors in the largest connected piece.

    Parameters
    ----------
    units
        Planning units.
    corridors
        Lines or polygons of the whole city with `corridor_type`.
    roads
        Centrelines with `road_class`; `bridge` and `tunnel` tell what does not cut.
    corridor_types
        Which corridors are looked at.
    corridor_gap
        Corridors no farther apart are connected, metres.
    barriers
        Classes of roads that cut corridors.
    max_gap
        Gaps between pieces up to so many metres are listed.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no corridor. Numerators and denominators are metres.
        Evidence, by `part`: "corridor" with its `piece` (1 is the largest) and the metres of that
        in `piece_m`; "gap" between two pieces, with `gap_m` and whether a road lies `across`.

    Raises
    ------
    UnstatedError
        If the plan has no corridor of these types.

    Notes
    -----
    九江 二(一): 社区间的生态廊道应贯通连续.
    """
    chosen = of_types(corridors, corridor_types, shared)
    cut = _pieces(units, corridors[chosen], roads, barriers, corridor_gap)
    share = metres_in(units, cut.geometry, cut.metres)
    within = cut.piece[share.feature] == 1
    return Measure.of(
        units.index,
        summed(share.zone, share.metres * within, units),
        summed(share.zone, share.metres, units),
        scale=100.0,
        evidence=lambda: _pieces_shown(units, corridors[chosen], cut, max_gap),
    )


class _Cut(NamedTuple):
    """Corridors where roads have cut them: whose each part is, its metres, its connected piece."""

    corridor: Positions
    geometry: Geometries
    metres: Floats
    piece: Positions
    roads: Geometries


def _pieces(
    units: gpd.GeoDataFrame,
    corridors: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame | None,
    classes: RoadClasses,
    gap: float,
) -> _Cut:
    """Return corridors as roads cut them, numbered by connected piece, the largest first."""
    shapes = arrays(units, corridors)[1]
    across = _across(units, roads, classes)
    parts, owner = shapely.get_parts(_cut_by(shapes, across), return_index=True)
    size, whole = _sizes(parts), _sizes(shapes)
    metres = lengths_of(shapes)[owner] * size / np.where(whole > 0, whole, 1.0)[owner]
    label = network.components(parts, tolerance=gap, barriers=across)
    names = np.asarray(corridors.index.astype(str))
    return _Cut(owner, parts, metres, _ranked(label, metres, names[owner]), across)


def _sizes(shapes: Geometries) -> Floats:
    areas = shapely.get_dimensions(shapes) == 2
    return np.asarray(np.where(areas, shapely.area(shapes), shapely.length(shapes)), dtype=float)


def _across(
    units: gpd.GeoDataFrame, roads: gpd.GeoDataFrame | None, classes: RoadClasses
) -> Geometries:
    """Return the roads that cut corridors."""
    if roads is None:
        return np.empty(0, dtype=object)
    cutting = of_classes(roads["road_class"], classes)
    apart = flag(roads, "bridge") | flag(roads, "tunnel")
    return arrays(units, roads)[1][cutting & ~apart]


def _cut_by(shapes: Geometries, roads: Geometries) -> Geometries:
    """Return shapes without a narrow strip along each road that meets them."""
    result = shapes.copy()
    for position, these in overlay.met(shapes, roads):
        strips = overlay.united(shapely.buffer(these, _CUT_M))
        result[position] = shapely.difference(shapes[position], strips)
    return result


def _ranked(label: Positions, metres: Floats, names: NDArray[np.object_]) -> Positions:
    """Return 1 for what is of the largest piece, 2 for the next; of equals the first by name."""
    count = int(label.max(initial=-1)) + 1
    total = overlay.sums(label, metres, count)
    first = [str(names[label == one].min()) for one in range(count)]
    order = sorted(range(count), key=lambda one: (-round(float(total[one]), 3), first[one]))
    rank = np.empty(count, dtype=np.intp)
    rank[order] = np.arange(1, count + 1)
    return rank[label]


def _pieces_shown(
    units: gpd.GeoDataFrame, corridors: gpd.GeoDataFrame, cut: _Cut, max_gap: float
) -> gpd.GeoDataFrame:
    """Return what each unit has of the pieces, and the gaps between them."""
    held = overlay.pieces(arrays(units)[0], cut.geometry)
    total = overlay.sums(cut.piece, cut.metres, int(cut.piece.max(initial=0)) + 1)
    zone, ways, across = _gaps(units, cut, max_gap)
    rows, more = len(held.zone), len(zone)
    ids = np.asarray(corridors.index, dtype=object)[cut.corridor[held.feature]]
    piece = cut.piece[held.feature]
    return evidence_frame(
        units,
        np.concatenate((held.zone, zone)),
        np.concatenate((held.geometry, ways)),
        part=["corridor"] * rows + ["gap"] * more,
        corridor_id=[*ids, *[None] * more],
        piece=np.concatenate((piece.astype(float), np.full(more, np.nan))),
        piece_m=np.concatenate((total[piece], np.full(more, np.nan))),
        gap_m=np.concatenate((np.full(rows, np.nan), shapely.length(ways))),
        across=[None] * rows + [bool(one) for one in across],
    )


def _gaps(
    units: gpd.GeoDataFrame, cut: _Cut, max_gap: float
) -> tuple[Positions, Geometries, Flags]:
    """Return the shortest way between each two pieces near each other, and whether roads cross."""
    shapes = cut.geometry
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=max_gap)
    apart = cut.piece[one] < cut.piece[other]
    one, other = one[apart], other[apart]
    ways = shapely.shortest_line(shapes[one], shapes[other])
    order = np.lexsort((shapely.length(ways), cut.piece[other], cut.piece[one]))
    pair = np.column_stack((cut.piece[one], cut.piece[other]))[order]
    first = order[np.unique(pair, axis=0, return_index=True)[1]]
    middle = shapely.line_interpolate_point(ways[first], 0.5, normalized=True)
    gap, zone = shapely.STRtree(arrays(units)[0]).query(middle, predicate="intersects")
    found = first[gap]
    return zone, ways[found], network.blocked(shapes[one[found]], shapes[other[found]], cut.roads)
