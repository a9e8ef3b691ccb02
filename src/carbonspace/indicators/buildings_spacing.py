"""How far homes stand from the building to the south of them, by its height."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._building_figures import extreme_of, heights_known
from carbonspace.indicators._building_traits import Asked, asked_of
from carbonspace.indicators._documents import PKU
from carbonspace.indicators._shade import Storey
from carbonspace.indicators._shared import Floats, Geometries, arrays
from carbonspace.indicators._traits import Flags
from carbonspace.indicators.buildings_form import HOMES_ASKED
from carbonspace.kernels import overlay
from carbonspace.model.indicator import Metres, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_ATTACHED = 0.1
"""Buildings as near as this, in metres, are one body: their walls do not face each other."""


@indicator(
    title=Text("建筑间距系数", "Spacing of buildings by height"),
    unit="",
    theme="buildings",
    aggregate="min",
    reach="south_far",
    whole=("buildings",),
    far=("buildings",),
    source=f"{PKU} §7.6(四)10",
    definition=Text(
        "每栋所选建筑（缺省为住宅）与其正南方向所对各建筑的最小净距除以南侧建筑高度，取最小者；单元"
        "取各栋的最小值。所对指自本楼向正南平移不超过 south_far 扫过的范围（按外轮廓凸包）碰到的建"
        "筑；相距不超过 0.1 米者为同一体量。南侧无建筑的不计；有豁免记录的不计，另行列出。条文未给"
        "出数值与算法，此为本工具的读法；日照另见日照时数。",
        "Of each building asked (homes by default) the shortest distance to a building it faces to "
        "the south, over the height of that one; of several the smallest counts, and so in a unit. "
        "Faced is what the building meets on its way due south, up to `south_far`, drawn by its "
        "convex hull; what stands within 0.1 m is the same body. A building with none to the "
        "south does not count; one with a recorded exemption neither, and is told. The clause has "
        "no value and no method: this is our reading. See the hours of sunlight, too.",
    ),
    levels=("unit", "city", "building"),
    verified=False,
)
def building_spacing(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    south_far: Metres = 200.0,
    storey_height: Storey = 3.0,
    asked: Asked = HOMES_ASKED,
    shared: Shared | None = None,
) -> Measure:
    """Return the smallest distance to the building to the south over its height.

    Parameters
    ----------
    units
        Planning units.
    buildings
        Footprints with `height` (m) or `floors`.
    south_far
        How far to the south a building is looked for, metres.
    storey_height
        Height of a storey where only floors are known, metres.
    asked
        Which buildings count; any building may be the one to the south.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Distance over height; NaN where no building asked faces another. Numerators and
        denominators are metres. Evidence and parts: the buildings.

    Raises
    ------
    MissingColumnError
        If neither heights nor floors are known of any building, or a use or age that is asked for.

    Notes
    -----
    PKU §7.6(四)10 names the spacing of buildings among what plans control.
    """
    height = heights_known(buildings, storey_height, shared)
    chosen = asked_of(buildings, asked, shared)
    apart, above = _southern(arrays(units, buildings)[1], height, chosen, south_far)
    faced = chosen & ~np.isnan(apart)
    return extreme_of(units, buildings, (apart, above), faced, shared, extreme="min")


def _southern(
    shapes: Geometries, height: Floats, chosen: Flags, far: float
) -> tuple[Floats, Floats]:
    """Return distance and height of the building to the south that stands nearest by its height.

    Of buildings of one shape the highest stands for all: they have the same neighbours.
    """
    kind, first = np.unique(overlay.alike(shapes), return_inverse=True)
    tallest, counts = np.zeros(len(kind)), np.zeros(len(kind), dtype=bool)
    np.fmax.at(tallest, first, height)
    np.logical_or.at(counts, first, chosen)
    apart, above = _nearest(shapes[kind], tallest, counts, far)
    return apart[first], above[first]


def _nearest(
    shapes: Geometries, height: Floats, chosen: Flags, far: float
) -> tuple[Floats, Floats]:
    """Return what is to the south of each shape that is chosen, NaN where nothing is."""
    asked = np.flatnonzero(chosen)
    away = shapely.transform(shapes[asked], lambda points: points - (0.0, far))
    ways = shapely.convex_hull(shapely.geometrycollections(np.column_stack((shapes[asked], away))))
    one, other = shapely.STRtree(shapes).query(ways, predicate="intersects")
    one = asked[one]
    middle = shapely.bounds(shapes)[:, [1, 3]].sum(axis=1)
    kept = (one != other) & (height[other] > 0) & (middle[other] < middle[one])
    one, other = one[kept], other[kept]
    apart = shapely.distance(shapes[one], shapes[other])
    facing = apart > _ATTACHED
    one, other, apart = one[facing], other[facing], apart[facing]
    order = np.lexsort((apart, apart / height[other], one))
    house, first = np.unique(one[order], return_index=True)
    distance, tall = np.full(len(shapes), np.nan), np.full(len(shapes), np.nan)
    distance[house], tall[house] = apart[order][first], height[other[order][first]]
    return distance, tall
