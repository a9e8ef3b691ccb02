"""Red lines of roads: the widest, and how much of the streets is wider than it should be."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._documents import BAYANNUR, COUNTY_2021, JIUJIANG
from carbonspace.indicators._exempt import excused_by_unit, exempted
from carbonspace.indicators._extremes import outermost
from carbonspace.indicators._shared import (
    Floats,
    arrays,
    filled,
    known,
    of_classes,
    summed,
)
from carbonspace.indicators._steps import ROADS_BY_UNIT, Stretches, lines_in, stretch_evidence
from carbonspace.indicators._traits import Flags
from carbonspace.indicators.roads import STREETS
from carbonspace.kernels.overlay import met, united
from carbonspace.model.indicator import LandCodes, Metres, RoadClasses, indicator
from carbonspace.model.landuse import matches
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_SOURCE = f"{BAYANNUR} 二(一)2; {JIUJIANG} 三(一); {COUNTY_2021}"
_HIGHWAYS = ("1202",)
_READING = Text(
    "红线宽度取 roads.width（含绿化带），未知的不计；一半及以上长度位于公路用地（1202，需地块"
    "图层）的为穿城公路，不计；小区内部路、慢行路不计。有豁免记录的不计，另行列出。",
    "The width is `width` of roads, green belts included; roads without one do not count. Those of "
    "which half or more lies on land for highways (1202; needs parcels) are highways "
    "and left out, as are ways inside compounds and for walking. Roads with a recorded exemption "
    "do not count and are told.",
)


@indicator(
    title=Text("道路红线最大宽度", "Widest red line of roads"),
    unit="m",
    theme="control",
    aggregate="max",
    whole=("roads",),
    source=_SOURCE,
    definition=Text(
        f"单元内各道路红线宽度的最大值。{_READING.zh}",
        f"The greatest width of any road in the unit. {_READING.en}",
    ),
    decimals=1,
)
def road_redline_width(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    road_classes: RoadClasses = STREETS,
    highways: LandCodes = _HIGHWAYS,
    shared: Shared | None = None,
) -> Measure:
    """Return the greatest red-line width of the roads of each unit.

    Parameters
    ----------
    units
        Planning units.
    roads
        Centrelines with `road_class` and `width` (m).
    parcels
        Polygons with `land_use`: on land for highways roads do not count.
    road_classes
        Classes of roads that count.
    highways
        Land-use codes of highways.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Metres; NaN where a unit has no road of known width. Evidence: the roads, with `width_m`.

    Raises
    ------
    MissingColumnError
        If road classes, or widths, are not known of any road.

    Notes
    -----
    巴彦淖尔 二(一)2: 道路红线宽度不超过40米.
    """
    parts, width, exempt = _in_town(units, roads, parcels, road_classes, highways, shared)
    held = parts.of(~exempt)
    return Measure.of(
        units.index,
        *outermost(units, held.zone, held.line, width, None, "max"),
        scale=1.0,
        extreme="max",
        evidence=lambda: stretch_evidence(units, roads, parts, width_m=width[parts.line]),
        exempt=_excused(units, roads, parts.of(exempt)),
    )


@indicator(
    title=Text("超宽道路长度占比", "Length of roads wider than the limit"),
    unit="%",
    theme="control",
    aggregate="ratio",
    whole=("roads",),
    source=_SOURCE,
    definition=Text(
        f"红线宽度大于上限（缺省 40 米）的道路长度除以宽度已知的道路长度。{_READING.zh}",
        "Length of roads wider than the limit (40 m by default) over that of all roads of known "
        f"width. {_READING.en}",
    ),
    decimals=1,
)
def wide_road_share(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    wider_than: Metres = 40.0,
    road_classes: RoadClasses = STREETS,
    highways: LandCodes = _HIGHWAYS,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of the length of roads that is wider than the limit.

    Parameters
    ----------
    units, roads, parcels, road_classes, highways, shared
        As for `road_redline_width`.
    wider_than
        Width above which a road is too wide, metres.

    Returns
    -------
    Measure
        Percent; numerators and denominators are metres. Evidence: the roads that are too wide.

    Raises
    ------
    MissingColumnError
        If road classes, or widths, are not known of any road.

    Notes
    -----
    九江 三(一): 县城内部道路红线宽度不超过40米.
    """
    parts, width, exempt = _in_town(units, roads, parcels, road_classes, highways, shared)
    judged = parts.of(~exempt)
    wide = judged.of(width > wider_than)
    return Measure.of(
        units.index,
        summed(wide.zone, wide.length, units),
        summed(judged.zone, judged.length, units),
        scale=100.0,
        evidence=lambda: stretch_evidence(units, roads, wide, width_m=width[wide.line]),
        exempt=_excused(units, roads, parts.of(exempt & (width > wider_than))),
    )


@indicator(
    title=Text("超宽道路数量", "Roads wider than the limit"),
    unit="",
    theme="control",
    aggregate="sum",
    whole=("roads",),
    source=_SOURCE,
    definition=Text(
        "红线宽度大于上限（缺省 40 米）的道路（要素）数；跨单元的按长度分摊。" + _READING.zh,
        "Number of roads, as they are drawn, wider than the limit (40 m by default); one in "
        f"several units counts to each in parts, by its length. {_READING.en}",
    ),
)
def wide_road_count(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    wider_than: Metres = 40.0,
    road_classes: RoadClasses = STREETS,
    highways: LandCodes = _HIGHWAYS,
    shared: Shared | None = None,
) -> Measure:
    """Count the roads that are wider than the limit.

    Parameters
    ----------
    units, roads, parcels, road_classes, highways, shared
        As for `road_redline_width`.
    wider_than
        Width above which a road is too wide, metres.

    Returns
    -------
    Measure
        Number of roads. Evidence: these.

    Raises
    ------
    MissingColumnError
        If road classes, or widths, are not known of any road.

    Notes
    -----
    九江 三(一): 县城内部道路红线宽度不超过40米.
    """
    parts, width, exempt = _in_town(units, roads, parcels, road_classes, highways, shared)
    wide = parts.of((width > wider_than) & ~exempt)
    return Measure.of(
        units.index,
        _number(units, roads, wide),
        scale=1.0,
        evidence=lambda: stretch_evidence(units, roads, wide, width_m=width[wide.line]),
        exempt=_excused(units, roads, parts.of((width > wider_than) & exempt)),
    )


def _number(units: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, parts: Stretches) -> Floats:
    """Return the number of roads, each by the share of its length."""
    return summed(parts.zone, _shares(units, roads, parts), units)


def _excused(
    units: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, parts: Stretches
) -> list[frozenset[str]]:
    share = _shares(units, roads, parts)
    return excused_by_unit(units, roads, (parts.zone, parts.line), share)


def _shares(units: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, parts: Stretches) -> Floats:
    whole = shapely.length(arrays(units, roads)[1])[parts.line]
    return parts.length / np.where(whole > 0, whole, 1.0)


def _in_town(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None,
    road_classes: RoadClasses,
    highways: LandCodes,
    shared: Shared | None,
) -> tuple[Stretches, Floats, Flags]:
    """Return the stretches of roads of known width of these classes that are no highways.

    Beside it: the width of each road, and which are exempt.
    """
    known(roads, "roads", "width", shared)
    width = filled(roads, "width", np.full(len(roads), np.nan))
    classes = of_classes(known(roads, "roads", "road_class", shared), road_classes)
    parts = lines_in(units, roads, ROADS_BY_UNIT, shared).of(classes & (width > 0))
    if parcels is not None:
        parts = parts.of(~_are_highways(roads, parcels, highways, shared))
    return parts, width, exempted(roads)


def _are_highways(
    roads: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, highways: LandCodes, shared: Shared | None
) -> Flags:
    """Return which roads run on land for highways for half of their length or more."""
    codes = known(parcels, "parcels", "land_use", shared)
    land = np.asarray(matches(codes, tuple(highways)), dtype=bool)
    lines, lots = arrays(roads, parcels[land])
    on = np.zeros(len(lines))
    for position, these in met(lines, lots):
        on[position] = shapely.length(shapely.intersection(lines[position], united(these)))
    return np.asarray((on > 0) & (on >= 0.5 * shapely.length(lines)), dtype=bool)
