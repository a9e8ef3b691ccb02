"""The size and the form of towns and communities."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._bases import of_type
from carbonspace.indicators._documents import BAYANNUR, HEALTH_CHECK_2021, JIUJIANG, PKU
from carbonspace.indicators._outermost import outermost_of
from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
)
from carbonspace.indicators._traits import Flags
from carbonspace.model.coded import BOUNDARY_TYPES
from carbonspace.model.indicator import Indicator, Metres, Unit, indicator, variant
from carbonspace.model.kinds import Choice
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

BoundaryType = Annotated[str, Unit("code"), Choice(tuple(BOUNDARY_TYPES))]
FormIndex = Literal["richardson", "isoperimetric", "circle"]


@indicator(
    title=Text("城镇区最大面积", "Largest town"),
    unit="km²",
    theme="density",
    aggregate="max",
    source=f"{BAYANNUR} 二(一)1; {HEALTH_CHECK_2021}",
    definition=Text(
        "与单元相交的该类范围中最大一处的整体面积；多处时逐处不应超过上限，故取最大者。",
        "Area of the largest boundary of this kind that meets the unit, all of it: where there are "
        "several each has to keep to the limit, so it is the largest that counts.",
    ),
    whole=("boundaries",),
)
def town_area(
    units: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame,
    *,
    boundary_type: BoundaryType = "county_town",
    shared: Shared | None = None,
) -> Measure:
    """Return the area of the largest town of each unit.

    Parameters
    ----------
    units
        Planning units.
    shared
        Steps to share with other indicators.
    boundaries
        Polygons with `boundary_type`.
    boundary_type
        Which boundaries are looked at.

    Returns
    -------
    Measure
        km²; numerators are m². Evidence: the boundaries, with their area.

    Raises
    ------
    UnstatedError
        If the plan has no boundary of this kind.

    Notes
    -----
    巴彦淖尔 二(一)1: 旗县（区）人民政府所在地城镇区面积不宜超过50平方公里.
    """
    chosen = of_type(boundaries, boundary_type, shared)
    return largest_of(units, boundaries, chosen, "boundary_id", shared)


@indicator(
    title=Text("完整居住社区最大面积", "Largest complete community"),
    unit="km²",
    theme="density",
    aggregate="max",
    source=f"{JIUJIANG} 一(一)",
    definition=Text(
        "与单元相交的社区中最大一处的整体面积；逐处不应超过上限，故取最大者。",
        "Area of the largest community that meets the unit, all of it: each has to keep to the "
        "limit, so it is the largest that counts.",
    ),
    whole=("communities",),
)
def complete_community_area(
    units: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the area of the largest community of each unit.

    Parameters
    ----------
    units, shared
        As for `town_area`.
    communities
        Polygons.

    Returns
    -------
    Measure
        km²; numerators are m². Evidence: the communities, with their area.

    Notes
    -----
    九江: 每个完整居住社区不超过5平方公里.
    """
    return largest_of(units, communities, np.ones(len(communities), bool), "community_id", shared)


@indicator(
    title=Text("外部空间形态紧凑度", "Compactness of the outline"),
    unit="",
    theme="density",
    aggregate="min",
    source=f"{PKU} §7.8",
    definition=Text(
        "与单元相交的该类范围中最不紧凑的一处的紧凑度，圆为 1。取最大的一片，不计孔洞，先按容差简"
        "化（周长取决于绘制精度）。公式：richardson 为 2√(πA)/P（缺省），isoperimetric 为 4πA/P²，"
        "circle 为面积与最小外接圆之比。原文未给出公式。",
        "Compactness of the least compact boundary of this kind that meets the unit; a circle has "
        "1. Its largest part is taken without holes, simplified first, since a perimeter hangs on "
        "how finely it is drawn. richardson: 2√(πA)/P, the default; isoperimetric: 4πA/P²; circle: "
        "area over that of the smallest circle about it. The source gives no formula.",
    ),
    decimals=3,
    verified=False,
    whole=("boundaries",),
)
def compactness_index(
    units: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame,
    *,
    boundary_type: BoundaryType = "new_district",
    form_index: FormIndex = "richardson",
    simplify: Metres = 10.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the compactness of the least compact outline of each unit.

    Parameters
    ----------
    units, boundaries, boundary_type, shared
        As for `town_area`.
    form_index
        The formula.
    simplify
        Tolerance in which outlines are simplified first, metres.

    Returns
    -------
    Measure
        0 to 1. Numerator and denominator are those of the formula. Evidence: the outlines.

    Raises
    ------
    UnstatedError
        If the plan has no boundary of this kind.

    Notes
    -----
    PKU §7.8: 城市新区外部空间形态紧凑度指数不低于0.5.
    """
    chosen = of_type(boundaries, boundary_type, shared)
    shapes = _outlines(arrays(units, boundaries)[1][chosen], simplify)
    top, bottom = _compactness(shapes, form_index)
    return outermost_of(units, boundaries[chosen], shapes, (top, bottom), "boundary_id", "min", 1.0)


def largest_of(
    units: gpd.GeoDataFrame, places: gpd.GeoDataFrame, chosen: Flags, name: str,
    _shared: Shared | None,
) -> Measure:  # fmt: skip
    """Return the area of the largest chosen place that meets each unit, km²."""
    shapes = arrays(units, places)[1][chosen]
    area = shapely.area(shapes)
    return outermost_of(units, places[chosen], shapes, (area, None), name, "max", 1e-6)


def _outlines(shapes: Geometries, simplify: float) -> Geometries:
    """Return the largest part of each shape, without holes and simplified."""
    result = np.empty(len(shapes), dtype=object)
    for n, shape in enumerate(shapes):
        parts = shapely.get_parts(shape)
        largest = parts[np.argmax(shapely.area(parts))]
        ring = shapely.polygons(shapely.get_exterior_ring(largest))
        result[n] = shapely.simplify(ring, simplify, preserve_topology=True)
    return result


def _compactness(shapes: Geometries, form_index: str) -> tuple[Floats, Floats]:
    area, length = shapely.area(shapes), shapely.length(shapes)
    if form_index == "richardson":
        return 2 * np.sqrt(math.pi * area), length
    if form_index == "isoperimetric":
        return 4 * math.pi * area, length**2
    return area, math.pi * shapely.minimum_bounding_radius(shapes) ** 2


VARIANTS: tuple[Indicator, ...] = (
    variant(
        town_area, "cluster_area",
        Text("城市组团最大面积", "Largest cluster of the city"),
        facts={"source": HEALTH_CHECK_2021}, boundary_type="cluster",
    ),
)  # fmt: skip
