"""Crossings for people on foot: how far apart they are along the roads."""

from __future__ import annotations

import math
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.errors import InputError
from carbonspace.indicators._routes import Turn
from carbonspace.indicators._shared import (
    Floats,
    arrays,
    known,
    of_classes,
    summed,
    text_column,
)
from carbonspace.indicators._steps import Stretches, lines_in, stretch_evidence, taken
from carbonspace.kernels.junctions import MM, millimetres
from carbonspace.kernels.stations import Gaps, gaps, nearest
from carbonspace.kernels.strokes import chains
from carbonspace.model.finding import Finding
from carbonspace.model.indicator import Indicator, Metres, RoadClasses, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

CROSSING = "crossing"
"""The `facility_type` of a crossing, a footbridge or an underpass."""

CROSSED = ("arterial", "secondary")
_GBT51439 = "GB/T 51439-2021 Table 4.2.4"
_SLACK_M = 1.0
_HOW = Text(
    "首尾相接的路段连成一条路（连通容差内相接、转角不超过上限）；设施点落在最近的道路上（不超过设施偏距），"
    "沿路相距不超过合并距离的计为一处。路端至第一处设施的路段按半个间距计，"
    "没有设施的路整条计为一个间距，不长于间距上限的则不计（无需设施）。双幅路的两幅各自计算。",
    "Pieces of road that continue each other (within the tolerance, with no sharper turn than "
    "the limit) are one road; a facility is on the road nearest to it (no further than the "
    "offset), and those within the merging distance along the road are one. From the end of a "
    "road to its first crossing is half a gap, and a road without crossings is one gap, or none "
    "where it is no longer than the limit and needs no crossing. The two carriageways of a road "
    "count by themselves.",
)


class _Spaced(NamedTuple):
    """The gaps along the roads of the plan, as a layer of lines."""

    gaps: Gaps
    layer: gpd.GeoDataFrame


@indicator(
    title=Text("过街设施间距", "Crossing spacing"),
    unit="m",
    theme="streets",
    aggregate="ratio",
    reach=math.inf,
    far=("roads", "facilities"),
    source=_GBT51439,
    definition=Text(
        f"所选等级道路（默认主干路、次干路）的长度除以过街设施的间距个数，即平均间距。{_HOW.zh}",
        "Length of the roads of the chosen classes (arterial and secondary by default) over the "
        f"number of gaps between crossings: the mean spacing. {_HOW.en}",
    ),
    decimals=0,
    verified=False,
)
def crossing_spacing(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    road_classes: RoadClasses = CROSSED,
    max_spacing: Metres = 300.0,
    max_offset: Metres = 15.0,
    same_place: Metres = 40.0,
    snap: Metres = 1.0,
    max_turn: Turn = 45.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the mean distance between crossings along the roads of each unit.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    roads
        Centrelines of the whole city with `road_class`.
    facilities
        Those with `facility_type` "crossing" count: points, or the polygon of the crosswalk.
    road_classes
        Values of `road_class` along which crossings are wanted.
    max_spacing
        Metres from which on the evidence says that crossings are too far apart. A road without
        crossings that is no longer needs none and is left out.
    max_offset
        A crossing is on a road no further away than this many metres.
    same_place
        Crossings no further apart along the road than this many metres are one.
    snap, max_turn
        A road goes on where pieces end within `snap` metres of each other and it turns by
        `max_turn` degrees at most.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Metres. Numerators are metres of road, denominators gaps; a gap across units counts to
        each by its length there. Evidence: every gap with its spacing, `within` or not.

    Raises
    ------
    MissingColumnError
        If `road_class` or `facility_type` is not known.
    InputError
        If no facility of the plan is a crossing: then nothing is known of them.

    Notes
    -----
    GB/T 51439-2021 Table 4.2.4: 过街设施间距 I类区 300, II类区 800.
    """
    spaced = _spaced(
        units, roads, facilities, shared, classes=road_classes, limit=max_spacing,
        offset=max_offset, same=same_place, snap=snap, turn=max_turn,
    )  # fmt: skip
    parts = lines_in(units, spaced.layer, "gaps by unit", shared)
    return Measure.of(
        units.index,
        summed(parts.zone, parts.length, units),
        summed(parts.zone, parts.length / spaced.gaps.spacing[parts.line], units),
        scale=1.0,
        evidence=lambda: _told(units, spaced, parts, max_spacing),
    )


@indicator(
    title=Text("过街设施间距达标路段占比", "Share of roads within the crossing spacing"),
    unit="%",
    theme="streets",
    aggregate="ratio",
    reach=math.inf,
    far=("roads", "facilities"),
    source=_GBT51439,
    definition=Text(
        f"过街设施间距不超过上限的路段长度，除以所选等级道路（默认主干路、次干路）的长度。{_HOW.zh}"
        "默认上限 300 m 为条文Ⅰ类区的数值。",
        "Length of the stretches of road between crossings no further apart than the limit, over "
        "that of the roads of the chosen classes (arterial and secondary by default). "
        f"{_HOW.en} The default limit of 300 m is that of the clause for zones of class I.",
    ),
    decimals=1,
    verified=False,
)
def crossing_spacing_share(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    road_classes: RoadClasses = CROSSED,
    max_spacing: Metres = 300.0,
    max_offset: Metres = 15.0,
    same_place: Metres = 40.0,
    snap: Metres = 1.0,
    max_turn: Turn = 45.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's roads along which crossings are close enough together.

    Parameters
    ----------
    units, roads, facilities, road_classes, max_offset, same_place, snap, max_turn, shared
        As for `crossing_spacing`.
    max_spacing
        Metres between crossings at most. A road without crossings that is no longer is left out.

    Returns
    -------
    Measure
        Percent. Numerators and denominators are metres. Evidence: every gap with its spacing,
        `within` or not.

    Raises
    ------
    MissingColumnError
        If `road_class` or `facility_type` is not known.
    InputError
        If no facility of the plan is a crossing: then nothing is known of them.

    Notes
    -----
    GB/T 51439-2021 Table 4.2.4: 过街设施间距 I类区 300, II类区 800.
    """
    spaced = _spaced(
        units, roads, facilities, shared, classes=road_classes, limit=max_spacing,
        offset=max_offset, same=same_place, snap=snap, turn=max_turn,
    )  # fmt: skip
    parts = lines_in(units, spaced.layer, "gaps by unit", shared)
    within = _within(spaced.gaps.spacing, max_spacing)
    return Measure.of(
        units.index,
        summed(parts.zone, parts.length * within[parts.line], units),
        summed(parts.zone, parts.length, units),
        scale=100.0,
        evidence=lambda: _told(units, spaced, parts, max_spacing),
    )


def _spaced(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    shared: Shared | None,
    *,
    classes: tuple[str, ...],
    limit: float,
    offset: float,
    same: float,
    snap: float,
    turn: float,
) -> _Spaced:
    """Return the gaps between crossings along all roads of some classes."""

    def make() -> _Spaced:
        chosen = of_classes(known(roads, "roads", "road_class", shared), classes)
        kind = known(facilities, "facilities", "facility_type", shared)
        _, lines, places = arrays(units, roads, facilities[of_classes(kind, (CROSSING,))])
        if not len(places):
            raise InputError([_no_crossings()])
        parts, owner = shapely.get_parts(lines, return_index=True)
        counted = chosen[owner]
        place, part = nearest(places, parts, counted, within=offset, slack=_SLACK_M)
        paths, number = chains(parts[counted], gap=snap, turn=turn)
        path = number[(np.cumsum(counted) - 1)[part]]
        place, path = np.unique(np.stack((place, path)), axis=1)
        at = shapely.line_locate_point(paths[path], shapely.centroid(places[place]))
        found = gaps(paths, path, at, same=same)
        found = taken(found, np.isin(found.line, path) | ~_within(found.spacing, limit))
        names = _names(text_column(roads, "name").to_numpy(dtype=object)[owner[counted]], number)
        layer = gpd.GeoDataFrame(
            {"name": names[found.line]}, geometry=gpd.GeoSeries(found.shape, crs=units.crs)
        )
        return _Spaced(found, layer)

    shared = shared or Shared()
    options = (tuple(classes), limit, offset, same, snap, turn)
    return shared.once("crossings along roads", (units, roads, facilities), make, *options)


def _names(name: NDArray[np.object_], number: NDArray[np.intp]) -> NDArray[np.object_]:
    """Return the different names of each path, in order."""
    found: list[set[str]] = [set() for _ in range(number.max(initial=-1) + 1)]
    for path, one in zip(number, name, strict=True):
        if isinstance(one, str) and one:
            found[path].add(one)
    return np.array(["; ".join(sorted(one)) or None for one in found], dtype=object)


def _within(spacing: Floats, limit: float) -> NDArray[np.bool_]:
    """Tell which gaps are no longer than the limit, in whole millimetres: files round, too."""
    return np.asarray(millimetres(spacing) <= round(MM * limit), dtype=bool)


_KINDS = {1.0: "between", 0.5: "to the end of the road"}


def _told(
    units: gpd.GeoDataFrame, spaced: _Spaced, parts: Stretches, max_spacing: float
) -> gpd.GeoDataFrame:
    """Return every gap in each unit with its spacing."""
    spacing, weight = spaced.gaps.spacing[parts.line], spaced.gaps.weight[parts.line]
    found = stretch_evidence(
        units,
        spaced.layer,
        parts,
        spacing_m=spacing,
        stretch=np.array([_KINDS[one] for one in weight], dtype=object),
        within=_within(spacing, max_spacing),
    )
    return found.drop(columns=["line_id", "counted_m"])


def _no_crossings() -> Finding:
    return Finding(
        "error", "facilities", Text("没有过街设施", "None of the facilities is a crossing"),
        Text(f"没有 facility_type = {CROSSING} 的要素",
             f"no feature with facility_type = {CROSSING}"),
        Text("人行横道、天桥、地道的位置", "crosswalks, footbridges and underpasses"),
        Text(f"请在设施点图层中给出过街设施（facility_type = {CROSSING}）。",
             f"Give the crossings in the layer facilities (facility_type = {CROSSING})."),
    )  # fmt: skip


VARIANTS: tuple[Indicator, ...] = ()
