"""Ventilation and view corridors, waterfronts: what stands too high in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._building_figures import heights_known, parts_of, violations_of
from carbonspace.indicators._corridors import CorridorTypes
from carbonspace.indicators._documents import JIUJIANG
from carbonspace.indicators._shade import Storey
from carbonspace.indicators._shared import (
    ON_EDGE_M,
    Floats,
    Geometries,
    arrays,
    filled,
    known,
    of_classes,
)
from carbonspace.model.indicator import Layers, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text


def _half_width(_settings: Mapping[str, Any], layers: Layers) -> float:
    """Return how far the ground of a corridor reaches from its line, metres."""
    corridors = layers.get("corridors")
    if corridors is None or "width" not in corridors:
        return 0.0
    lines = corridors[shapely.get_dimensions(corridors.geometry.to_numpy()) == 1]
    return float(np.max(filled(lines, "width", np.zeros(len(lines))), initial=0.0)) / 2


@indicator(
    title=Text("廊道内超限高建筑数量", "Buildings too high in view and wind corridors"),
    unit="",
    theme="control",
    aggregate="sum",
    reach=_half_width,
    whole=("buildings",),
    far=("corridors",),
    source=f"{JIUJIANG} 二(一)",
    definition=Text(
        "位于通风廊道、景观视廊、滨水空间内且高度大于廊道限高的建筑栋数：线状廊道按 width 取两侧各"
        "半（端部平齐），部分位于廊道内的建筑也计；位于多条廊道的取最低限高。未给限高的廊道与高度"
        "未知的建筑不判定。有豁免记录的不计，另行列出。跨单元的建筑按基底面积分摊。条文未给出数值"
        "。",
        "Number of buildings in ventilation and view corridors and on waterfronts that are higher "
        "than the limit there. A corridor drawn as a line is half its `width` to either side, with "
        "flat ends; a building that is partly in it counts, and in several the lowest limit holds. "
        "Corridors without a limit and buildings of unknown height are not judged. Those with a "
        "recorded exemption do not count and are told; one in several units counts to each in "
        "parts, by its footprint. The clause states no value.",
    ),
    levels=("unit", "city", "building"),
    verified=False,
)
def view_wind_corridor(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    corridors: gpd.GeoDataFrame,
    *,
    corridor_types: CorridorTypes = ("ventilation", "view", "waterfront"),
    storey_height: Storey = 3.0,
    shared: Shared | None = None,
) -> Measure:
    """Count the buildings that are higher than corridors allow.

    Parameters
    ----------
    units
        Planning units.
    buildings
        Footprints with `height` (m) or `floors`.
    corridors
        Lines with `width` (m) or polygons, with `corridor_type` and `height_limit` (m).
    corridor_types
        Which corridors are looked at.
    storey_height
        Height of a storey where only floors are known, metres.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Number of buildings. Evidence: these, with `height_m` and `limit_m`. Parts: 1 where a
        building in a corridor is too high, else 0.

    Raises
    ------
    MissingColumnError
        If no corridor has a limit, or no height is known.

    Notes
    -----
    九江 二(一): 加强生态廊道、景观视廊、通风廊道、滨水空间和城市绿道统筹布局.
    """
    known(corridors, "corridors", "height_limit", shared)
    height = heights_known(buildings, storey_height, shared)
    limit = _limits(units, buildings, corridors, corridor_types)
    judged = ~np.isnan(height) & np.isfinite(limit)
    high = judged & (height > limit)
    parts = parts_of(units, buildings, (high.astype(float), None), judged, shared)
    return violations_of(
        units, buildings, high.astype(float), high, parts, shared, height_m=height, limit_m=limit
    )


def _limits(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    corridors: gpd.GeoDataFrame,
    corridor_types: CorridorTypes,
) -> Floats:
    """Return the lowest limit of the corridors each building stands in, m; infinite for none."""
    limit = filled(corridors, "height_limit", np.full(len(corridors), np.nan))
    chosen = of_classes(corridors["corridor_type"], corridor_types) & ~np.isnan(limit)
    asked, limit = corridors[chosen], limit[chosen]
    _, shapes, ways = arrays(units, buildings, asked)
    ground = _ground(ways, filled(asked, "width", np.zeros(len(asked))))
    building, way = shapely.STRtree(ground).query(shapes, predicate="intersects")
    inside = ~shapely.touches(shapes[building], ground[way])
    result = np.full(len(buildings), np.inf)
    np.minimum.at(result, building[inside], limit[way[inside]])
    return result


def _ground(ways: Geometries, width: Floats) -> Geometries:
    """Return polygons, and lines as wide as they are said to be, less a centimetre at the edge.

    A building that adjoins a corridor does not stand in it, whatever the last digit of where it is.
    """
    lines = (shapely.get_dimensions(ways) == 1) & (width > 0)
    result = ways.copy()
    result[lines] = shapely.buffer(ways[lines], width[lines] / 2, cap_style="flat")
    areas = shapely.get_dimensions(result) == 2
    result[areas] = shapely.buffer(result[areas], -ON_EDGE_M, join_style="mitre")
    return result
