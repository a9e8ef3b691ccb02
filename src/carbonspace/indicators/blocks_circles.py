"""Life circles: how many people live in them, how large they are, what public green they have."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._circles import (
    LEVELS,
    PEOPLE,
    CircleLevel,
    WidthBy,
    circles_of,
    definition,
    greens_in,
    largest_in,
    residents_of,
    widths,
)
from carbonspace.indicators._documents import GB_50180
from carbonspace.indicators._places import Figure, outermost, together
from carbonspace.indicators._shared import arrays
from carbonspace.kernels import overlay
from carbonspace.model.indicator import LandCodes, Ratio, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_SCALE = f"{GB_50180} §2.0.2–2.0.5"
_GREEN = f"{GB_50180} §4.0.4"


@indicator(
    title=Text("生活圈居住人口规模", "Residents of a life circle"),
    unit="person",
    theme="blocks",
    aggregate="ratio",
    source=_SCALE,
    definition=definition(
        f"生活圈内的常住人口。{PEOPLE.zh}单元与全市为各生活圈的平均。",
        f"Residents of the life circle. {PEOPLE.en} Units and the city have the mean.",
    ),
    levels=LEVELS,
    decimals=0,
    whole=("life_circles",),
    verified=False,
)
def life_circle_population(
    units: gpd.GeoDataFrame,
    life_circles: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    circle_level: CircleLevel = "15",
    shared: Shared | None = None,
) -> Measure:
    """Return the residents of each life circle.

    Parameters
    ----------
    units
        Planning units.
    life_circles
        Polygons with `minutes` (15, 10, 5 or block) and, where it is known, `population`.
    parcels
        Polygons with `population`, for circles that do not state theirs.
    circle_level
        Level of the circles that units and the city count.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Persons; by unit the mean of its circles. `parts` has one row per life circle, with its
        `minutes`. Evidence: the circles.

    Raises
    ------
    MissingColumnError
        If no circle says of which level it is, or no residents are known.

    Notes
    -----
    GB 50180-2018 §2.0.2: 居住人口规模为50000人~100000人.
    """
    places = circles_of(units, life_circles, circle_level, shared)
    people = residents_of(life_circles, parcels, shared)
    return together(places, Figure(people), {**places.about, "value": people})


@indicator(
    title=Text("生活圈用地规模", "Area of a life circle"),
    unit="ha",
    theme="blocks",
    aggregate="ratio",
    source=_SCALE,
    definition=definition(
        "生活圈范围的面积。单元与全市为各生活圈的平均。",
        "Area of the life circle as it is drawn. Units and the city have the mean.",
    ),
    levels=LEVELS,
    decimals=1,
    whole=("life_circles",),
    verified=False,
)
def life_circle_area(
    units: gpd.GeoDataFrame,
    life_circles: gpd.GeoDataFrame,
    *,
    circle_level: CircleLevel = "15",
    shared: Shared | None = None,
) -> Measure:
    """Return the area of each life circle.

    Parameters
    ----------
    units, circle_level, shared
        As for `life_circle_population`.
    life_circles
        Polygons with `minutes`.

    Returns
    -------
    Measure
        Hectares; numerators are m². The rest as for `life_circle_population`.

    Raises
    ------
    MissingColumnError
        If no circle says of which level it is.

    Notes
    -----
    GB 50180-2018 §2.0.2–2.0.5: 用地规模.
    """
    places = circles_of(units, life_circles, circle_level, shared)
    figure = Figure(shapely.area(arrays(units, life_circles)[1]), scale=1e-4)
    return together(places, figure, {**places.about, "value": figure.value})


@indicator(
    title=Text("生活圈步行距离", "Walking distance of a life circle"),
    unit="m",
    theme="blocks",
    aggregate="ratio",
    source=_SCALE,
    definition=definition(
        "由生活圈最小外接圆的圆心至圆周的距离乘以绕行系数。标准只说明步行距离而未说明量法，此为本"
        "项目的理解；标准的用地规模与步行距离按绕行系数 1 相合。单元与全市为各生活圈的平均。",
        "Radius of the smallest circle about the life circle, times the detour. The standard names "
        "a walking distance and not how it is taken: this is our reading, and its areas and "
        "distances agree with a detour of 1. Units and the city have the mean.",
    ),
    levels=LEVELS,
    decimals=0,
    whole=("life_circles",),
    verified=False,
)
def life_circle_distance(
    units: gpd.GeoDataFrame,
    life_circles: gpd.GeoDataFrame,
    *,
    detour: Ratio = 1.0,
    circle_level: CircleLevel = "15",
    shared: Shared | None = None,
) -> Measure:
    """Return how far it is from the middle of each life circle to its farthest corner.

    Parameters
    ----------
    units, life_circles, circle_level, shared
        As for `life_circle_area`.
    detour
        What is walked over the straight line.

    Returns
    -------
    Measure
        Metres. The rest as for `life_circle_population`.

    Raises
    ------
    MissingColumnError
        If no circle says of which level it is.

    Notes
    -----
    GB 50180-2018 §2.0.2: 步行距离 800~1000 m.
    """
    places = circles_of(units, life_circles, circle_level, shared)
    radius = detour * shapely.minimum_bounding_radius(arrays(units, life_circles)[1])
    return together(places, Figure(radius), {**places.about, "value": radius})


@indicator(
    title=Text("生活圈人均公共绿地", "Public green per person in a life circle"),
    unit="m²/person",
    theme="blocks",
    aggregate="ratio",
    source=_GREEN,
    definition=definition(
        f"生活圈内公共绿地（公园图层中用地代码为 1401 或未填者，按范围裁切）面积除以其人口。"
        f"{PEOPLE.zh}表 4.0.4 各级指标不含下一级的公共绿地（凭记忆）；图上无从区分，故全部计入，"
        "数值偏高。",
        "Public green in the life circle (of the layer of parks, those coded 1401 or without a "
        f"code, cut at its edge) over its residents. {PEOPLE.en} In Table 4.0.4 a level leaves out "
        "the green of the level below (from memory); a plan does not tell them apart, so all of it "
        "counts, and figures come out high.",
    ),
    levels=LEVELS,
    whole=("life_circles",),
    verified=False,
)
def circle_public_green(
    units: gpd.GeoDataFrame,
    life_circles: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    public_greens: LandCodes = ("1401",),
    circle_level: CircleLevel = "15",
    shared: Shared | None = None,
) -> Measure:
    """Return the public green per resident of each life circle.

    Parameters
    ----------
    units, life_circles, parcels, circle_level, shared
        As for `life_circle_population`.
    parks
        Polygons, with `land_use` where it is known.
    public_greens
        Land uses of public green, matched by prefix.

    Returns
    -------
    Measure
        m²/person. `parts` and evidence as for `life_circle_population`.

    Raises
    ------
    MissingColumnError
        If no circle says of which level it is, or no residents are known.

    Notes
    -----
    GB 50180-2018 Table 4.0.4: 人均公共绿地面积.
    """
    places = circles_of(units, life_circles, circle_level, shared)
    cut = greens_in(life_circles, parks, public_greens, shared)
    green = overlay.sums(cut.zone, cut.area, len(life_circles))
    figure = Figure(green, residents_of(life_circles, parcels, shared))
    shown = {"green_m2": green, "population": figure.divisor, "value": figure.value}
    return together(places, figure, {**places.about, **shown})


@indicator(
    title=Text("生活圈居住区公园规模", "Largest park of a life circle"),
    unit="ha",
    theme="blocks",
    aggregate="min",
    source=_GREEN,
    definition=definition(
        "生活圈内（至少一半面积在内）最大公园的整体面积；没有公园的为 0。单元与全市取最小的生活圈"
        "。",
        "All the area of the largest park that has at least half of it in the life circle; 0 where "
        "there is none. Units and the city have the figure of the circle that has least.",
    ),
    levels=LEVELS,
    whole=("life_circles",),
    verified=False,
)
def circle_park_area(
    units: gpd.GeoDataFrame,
    life_circles: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    *,
    public_greens: LandCodes = ("1401",),
    circle_level: CircleLevel = "15",
    shared: Shared | None = None,
) -> Measure:
    """Return the area of the largest park of each life circle.

    Parameters
    ----------
    units, life_circles, parks, public_greens, circle_level, shared
        As for `circle_public_green`.

    Returns
    -------
    Measure
        Hectares; numerators are m². `parts` and evidence as for `life_circle_population`.

    Raises
    ------
    MissingColumnError
        If no circle says of which level it is.

    Notes
    -----
    GB 50180-2018 Table 4.0.4: 居住区公园最小规模.
    """
    places = circles_of(units, life_circles, circle_level, shared)
    cut = greens_in(life_circles, parks, public_greens, shared)
    figure = Figure(largest_in(life_circles, parks, cut).area, scale=1e-4)
    return outermost(places, figure, "min", {**places.about, "value": figure.value})


@indicator(
    title=Text("生活圈居住区公园最小宽度", "Width of a life circle's largest park"),
    unit="m",
    theme="blocks",
    aggregate="min",
    source=_GREEN,
    definition=definition(
        "生活圈内最大公园的宽度：外接最小矩形的短边（rectangle），或最大内切圆的直径（inscribed）；"
        "取其最大的一片。没有公园的没有数值。标准未说明量法。单元与全市取最小的生活圈。",
        "Width of the life circle's largest park, of its largest part: the shorter side of the "
        "smallest rectangle about it (rectangle), or across the largest circle within it "
        "(inscribed). Where there is no park there is no value. The standard does not say how it "
        "is taken. Units and the city have the figure of the circle that has least.",
    ),
    levels=LEVELS,
    decimals=1,
    whole=("life_circles",),
    verified=False,
)
def circle_park_width(
    units: gpd.GeoDataFrame,
    life_circles: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    *,
    width_by: WidthBy = "rectangle",
    public_greens: LandCodes = ("1401",),
    circle_level: CircleLevel = "15",
    shared: Shared | None = None,
) -> Measure:
    """Return the width of the largest park of each life circle.

    Parameters
    ----------
    units, life_circles, parks, public_greens, circle_level, shared
        As for `circle_public_green`.
    width_by
        "rectangle": the shorter side of the smallest rectangle; "inscribed": the diameter of the
        largest circle within, to a centimetre.

    Returns
    -------
    Measure
        Metres. `parts` and evidence as for `life_circle_population`.

    Raises
    ------
    MissingColumnError
        If no circle says of which level it is.

    Notes
    -----
    GB 50180-2018 Table 4.0.4: 最小宽度.
    """
    places = circles_of(units, life_circles, circle_level, shared)
    cut = greens_in(life_circles, parks, public_greens, shared)
    largest = largest_in(life_circles, parks, cut)
    width = np.full(len(life_circles), np.nan)
    width[largest.there] = widths(parks, largest.park[largest.there], width_by)
    return outermost(places, Figure(width), "min", {**places.about, "value": width})
